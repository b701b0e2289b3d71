"""Files that are broken, hostile or too large are refused, in bounded memory."""

import codecs
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from src.importing import ImportRefused, read_mspdi, xml_stream
from src.importing import mspdi as reader
from src.importing.limits import MAX_BYTES
from src.importing.xml_stream import NAMESPACE

from .mspdi_text import SAMPLE, document, link, read, refusal, task

LAUGHS = (
    '<?xml version="1.0"?>\n<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;">]>' + document(task(1, name="&c;"))
)


def declared(encoding: str, content: str) -> str:
    """A file that says its encoding."""
    return f'<?xml version="1.0" encoding="{encoding}"?>{content}'


@pytest.mark.parametrize(
    "content",
    [
        LAUGHS.encode(),
        codecs.BOM_UTF8 + LAUGHS.encode(),
        LAUGHS.encode("utf-16"),
        codecs.BOM_UTF16_BE + LAUGHS.encode("utf-16-be"),
        LAUGHS.encode("utf-16-le"),
        b"<!-- harmless --><?pi?>" + LAUGHS.split("\n")[1].encode(),
        b"<!DOCTYPE html><html/>",
        b'<!DOCTYPE Project SYSTEM "http://example.org/evil.dtd"><Project/>',
    ],
)
def test_a_document_type_is_refused(tmp_path: Path, content: bytes) -> None:
    """No file with a DOCTYPE gets as far as the parser, whatever its encoding."""
    assert refusal(tmp_path, content).code == "XML_ENTITIES_REFUSED"


@pytest.mark.parametrize("looked_at", [True, False])
def test_an_external_entity_is_never_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, looked_at: bool) -> None:
    """A file named by an entity stays unread, even if the prolog's check were passed by."""
    if not looked_at:
        monkeypatch.setattr(xml_stream, "check_prolog", lambda *_, **__: None)
    secret = tmp_path / "secret"
    secret.write_text("the secret text")
    os.utime(secret, (0, 0))
    evil = f'<!DOCTYPE p [<!ENTITY e SYSTEM "{secret.as_uri()}">]>' + document(task(1, name="&e;"))
    refused = refusal(tmp_path, evil)
    assert refused.code == "XML_ENTITIES_REFUSED"
    assert "secret text" not in str(refused)
    assert secret.stat().st_atime == 0


@pytest.mark.parametrize(
    "content",
    [
        declared("UTF-7", "+ADwAIQ-DOCTYPE x+AD4-<Project/>").encode(),
        declared("UTF-16", document()).encode(),
        declared("UTF-8", document()).encode("utf-16"),
        document().encode("utf-32"),
        declared("IBM037", document()).encode(),
    ],
)
def test_an_encoding_that_could_hide_something_is_refused(tmp_path: Path, content: bytes) -> None:
    """The prolog must mean to the parser what it means to its check."""
    assert refusal(tmp_path, content).code == "ENCODING_REFUSED"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_usual_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    """Files written with other settings, or by other programs, are read too."""
    content = declared(encoding.removesuffix("-sig"), document(task(1, name="Grün")))
    assert read(tmp_path, content.encode(encoding)).tasks[0].name == "Grün"


def test_a_document_type_in_a_text_is_text(tmp_path: Path) -> None:
    """Only the prolog can hold a declaration; a note may speak of one."""
    assert read(tmp_path, document(task(1, Notes="<![CDATA[<!DOCTYPE x>]]>"))).tasks[0].notes == "<!DOCTYPE x>"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\0\0<",
        b"UID,Name\n1,Dig\n",
        b"\xd0\xcf\x11\xe0 a .mpp file",
        b"PK\x03\x04",
        b"<\0\0\0P\0\0\0",
        b"<?xml version='1.0' encodin='x'?><Project/>",
        b"<!-- no end",
        b"   ",
        document(task(1)).replace("</Name>", "</Nome>").encode(),
        document(task(1, name="a & b")).encode(),
        document(task(1, name="&undefined;")).encode(),
        document(task(1, name="\x01")).encode(),
        document(task(1, name="&#1;")).encode(),
        document(task(1)).encode() + b"<more/>",
        document(task(1, "<x>" * 300 + "</x>" * 300)).encode(),
        document(task(1, name="Gr\xfcn")).encode("latin-1"),
    ],
)
def test_what_is_not_xml_is_refused(tmp_path: Path, content: bytes) -> None:
    """The refusal says so, with a hint for those who gave a .mpp or a table."""
    refused = refusal(tmp_path, content)
    assert refused.code == "NOT_XML"
    assert refused.line is not None
    assert refused.hint


@pytest.mark.parametrize(
    "content", [b"<html/>", b"<Project><Tasks/></Project>", b'<Plan xmlns="http://schemas.microsoft.com/project"/>']
)
def test_other_xml_is_refused(tmp_path: Path, content: bytes) -> None:
    """Only the format's own root element is a plan."""
    assert refusal(tmp_path, content).code == "NOT_MSPDI"


def test_a_file_that_ends_too_early_is_refused(tmp_path: Path) -> None:
    """A half-copied file is not half a plan."""
    text = document(task(1), task(2))
    assert refusal(tmp_path, text[: text.index("<UID>2")]).code == "TRUNCATED"


@settings(max_examples=60)
@given(st.data())
def test_no_beginning_of_a_file_is_a_plan(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Wherever a file is cut, the rest is refused; once it has begun to be a plan, for being cut."""
    whole = SAMPLE.read_bytes().rstrip()
    part = whole[: data.draw(st.integers(0, len(whole) - 1))]
    refused = refusal(tmp_path_factory.mktemp("cut"), part)
    begun = NAMESPACE.encode() + b'">' in part
    assert refused.code == "TRUNCATED" if begun else refused.code in ("NOT_XML", "NOT_MSPDI", "TRUNCATED")


@pytest.mark.parametrize("namespace", ["}ttp://schemas.microsoft.com/project", "a}b", "{", "{a}"])
def test_a_namespace_with_braces_is_another_format(tmp_path: Path, namespace: str) -> None:
    """A name that XML allows and few expect is told like any other."""
    refused = refusal(tmp_path, document(task(1)).replace(NAMESPACE, namespace).encode())
    assert (refused.code, "<Project>" in str(refused)) == ("NOT_MSPDI", True)


@settings(max_examples=100)
@given(st.integers(0, 2_000), st.binary(min_size=1, max_size=4))
def test_a_damaged_file_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, place: int, damage: bytes) -> None:
    """Bytes written over a file never cause anything but a plan or a refusal."""
    whole = document(task(1, link(2), Duration="PT8H0M0S"), task(2, Notes="x"), task(3, level=2)).encode()
    place %= len(whole)
    path = tmp_path_factory.mktemp("damaged") / "plan.xml"
    path.write_bytes(whole[:place] + damage + whole[place + len(damage) :])
    try:
        read_mspdi(path)
    except ImportRefused as refused:
        assert str(refused)  # noqa: PT017 - either outcome is right


def test_a_path_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    """A missing file, a folder and a pipe are refused like any other bad file."""
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "missing.xml", tmp_path, tmp_path / "pipe"):
        with pytest.raises(ImportRefused) as refused:
            read_mspdi(path)
        assert refused.value.code == "FILE_UNREADABLE"


def test_an_oversized_file_is_refused_before_it_is_read(tmp_path: Path) -> None:
    """The size is looked at first."""
    path = tmp_path / "huge.xml"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    told: list[int] = []
    with pytest.raises(ImportRefused) as refused:
        read_mspdi(path, told.append)
    assert (refused.value.code, told) == ("FILE_TOO_LARGE", [])


def test_a_file_that_grows_while_it_is_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read is counted too, so the limit holds whatever the size was."""
    path = tmp_path / "growing.xml"
    path.write_text(document(*(task(uid) for uid in range(1, 3_000))))
    monkeypatch.setattr(xml_stream, "MAX_BYTES", path.stat().st_size + 1_000)

    def grow(_: int) -> None:
        with path.open("ab") as file:
            file.write(b" " * 50_000)

    with pytest.raises(ImportRefused) as refused:
        read_mspdi(path, grow)
    assert refused.value.code == "FILE_TOO_LARGE"


@pytest.mark.parametrize(
    "module, limit, code",
    [
        (reader, "MAX_TASKS", "TOO_MANY_TASKS"),
        (xml_stream, "MAX_LINKS", "TOO_MANY_LINKS"),
        (xml_stream, "MAX_ELEMENTS", "FILE_TOO_LARGE"),
    ],
)
def test_counts_have_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, module: object, limit: str, code: str
) -> None:
    """A file with more tasks, links or elements than the limit is refused where it passes it."""
    text = document(task(1), task(2, link(1)), task(3, link(2)), task(4, link(3)))
    monkeypatch.setattr(module, limit, 2)
    refused = refusal(tmp_path, text)
    assert refused.code == code
    assert refused.line is not None


def resident() -> int:
    """The memory of this process in bytes."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="memory is measured where Linux shows it")
def test_memory_does_not_grow_with_the_file(tmp_path: Path) -> None:
    """40 MB of assignments and unknown elements pass through without being kept, and progress is told."""
    path = tmp_path / "large.xml"
    work = "x" * 150
    assignment = f"<Assignment><TimephasedData><Value>{work}</Value></TimephasedData></Assignment>\n" * 1_000
    unknown = f"<b c='{work}'/>{work}<!-- {work} -->" * 1_000
    with path.open("w") as file:
        file.write(
            f'<Project xmlns="{NAMESPACE}"><Tasks>{task(1, f"<Other>{unknown}</Other>" * 40)}</Tasks><Assignments>'
        )
        for _ in range(90):
            file.write(assignment)
        file.write("</Assignments></Project>")
    size = path.stat().st_size
    assert size > 38_000_000
    before, most, told = resident(), 0, 0

    def watch(done: int) -> None:
        nonlocal most, told
        most, told = max(most, resident()), done

    plan = read_mspdi(path, watch)
    assert plan.left_out[0].count == 90_000
    assert told == size
    assert most - before < 25_000_000
