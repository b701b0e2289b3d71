"""The check of what comes before the first element, made before any XML parser sees the file.

Entity bombs and external entities need a DOCTYPE, and a DOCTYPE can only stand there. The parser could
be told to ignore it; refusing the file is simpler to be sure of. To read the prolog as the parser
will, the encoding must be one in which both see the same characters, so others are refused.
"""

import codecs
import re

from .plan_file import ImportRefused, RefusalCode

_HINT = "Export the plan again as XML from Microsoft Project."
_DECLARATION = re.compile(
    r"""<\?xml[ \t\r\n]+version[ \t\r\n]*=[ \t\r\n]*(?:"[0-9.]+"|'[0-9.]+')"""
    r"""(?:[ \t\r\n]+encoding[ \t\r\n]*=[ \t\r\n]*["'](?P<encoding>[A-Za-z0-9._-]+)["'])?"""
    r"""(?:[ \t\r\n]+standalone[ \t\r\n]*=[ \t\r\n]*["'](?:yes|no)["'])?[ \t\r\n]*\?>"""
)
_ASCII_BASED = re.compile(r"utf-?8|(us-)?ascii|iso-8859-\d{1,2}|(windows-|cp)125\d", re.IGNORECASE)
_WIDE = re.compile(r"utf-?16(le|be)?", re.IGNORECASE)
_FIRST_ELEMENT = re.compile(r"<[A-Za-z_:\x80-\uffff]")  # no NUL: "<" in UTF-32 begins like "<" in UTF-16
_PASSED_OVER = re.compile(r"[ \t\r\n]+|<\?.*?\?>|<!--.*?-->", re.DOTALL)


def check_prolog(head: bytes, *, whole: bool) -> None:
    """Refuse a file whose first bytes hold a DOCTYPE, are not XML, or are in an unusual encoding.

    `whole` says that `head` is all there is.
    """
    text = _decoded(head)
    end = 0
    while passed := _PASSED_OVER.match(text, end):
        end = passed.end()
    rest = text[end : end + 4]
    if rest.startswith("<!") and rest != "<!--":
        raise ImportRefused(
            RefusalCode.XML_ENTITIES_REFUSED,
            "The file has a document type declaration, which plan files do not need and attacks do.",
            text.count("\n", 0, end) + 1,
            "Remove the <!DOCTYPE …> declaration, or export the plan again as XML from Microsoft Project.",
        )
    if rest.startswith(("<!--", "<?")) or (not rest and not whole):
        raise ImportRefused(RefusalCode.NOT_XML, "The file's first element does not begin where it should.", 1, _HINT)
    if not _FIRST_ELEMENT.match(rest):
        what = "The file is empty." if not head else "The file is not XML."
        raise ImportRefused(RefusalCode.NOT_XML, what, 1, f"If it is a .mpp file, save it as XML first. {_HINT}")


def _decoded(head: bytes) -> str:
    """The prolog's text, in the encoding that the parser will use for it."""
    if head.startswith((codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE)):
        raise _encoding_refused("UTF-32")
    if head.startswith((codecs.BOM_UTF16_LE, b"<\0")):
        text, allowed = head.decode("utf-16-le", "replace"), _WIDE
    elif head.startswith((codecs.BOM_UTF16_BE, b"\0<")):
        text, allowed = head.decode("utf-16-be", "replace"), _WIDE
    else:
        text, allowed = head.removeprefix(codecs.BOM_UTF8).decode("latin-1"), _ASCII_BASED
    text = text.removeprefix("\ufeff")
    if re.match(r"<\?xml[ \t\r\n]", text):
        declaration = _DECLARATION.match(text)
        if declaration is None:
            raise ImportRefused(RefusalCode.NOT_XML, "The XML declaration on top of the file is broken.", 1, _HINT)
        encoding = declaration["encoding"]
        if encoding is not None and not allowed.fullmatch(encoding):
            raise _encoding_refused(encoding)
    return text


def _encoding_refused(encoding: str) -> ImportRefused:
    return ImportRefused(
        RefusalCode.ENCODING_REFUSED,
        f"The file says that its encoding is {encoding}, which it is not or which is not read here.",
        1,
        "Save the file as UTF-8, the encoding in which Microsoft Project writes XML.",
    )
