"""Progress out of sequence: it is recorded, and whoever reports it is told what should have come first."""

from src.commands.progress import RecordProgress
from src.scheduling import Lag, LagUnit, LinkType
from src.testing import NOW, Given, done
from tests.commands.garden import LEAD, PLOT, add, begin, garden, id_of, link, unlink

TWO = garden(a="", b="").also(link("ab"))


def finish(task: str) -> RecordProgress:
    """A report that it is complete."""
    return RecordProgress(project=PLOT, task=id_of(task), percent_complete=100)


async def warned(plan: Given, command: RecordProgress) -> list[str]:
    """The warnings' texts."""
    answer = await plan.when(command).answer()
    told = getattr(answer, "warnings", ())
    assert {warning.code for warning in told} <= {"PROGRESS_OUT_OF_SEQUENCE"}
    return [warning.message.partition(": ")[2] for warning in told]


async def test_a_task_that_begins_before_another_is_finished_is_out_of_sequence() -> None:
    """Not begun or not complete, of one or of several; the warning names those."""
    assert await warned(TWO, begin("b")) == ["1"]
    assert await warned(TWO.also(begin("a")), finish("b")) == ["1"]
    assert await warned(TWO.also(finish("a")), begin("b")) == []
    several = TWO.also(add("c"), add("d"), link("cb"), link("bd"))
    assert sorted((await warned(several, begin("b")))[0].split(", ")) == ["1", "3"]
    assert await warned(several.also(finish("a")), begin("b")) == ["3"]
    assert await warned(several, begin("a")) == []


async def test_long_lists_are_cut() -> None:
    """Five are named."""
    many = garden(a="").also(*[add(name) for name in "bcdefgh"], *[link(f"{name}a") for name in "bcdefgh"])
    assert (await warned(many, begin("a")))[0].endswith(" and 2 more")


async def test_a_report_that_begins_nothing_is_not_out_of_sequence() -> None:
    """Such as one that takes a start back."""
    begun = TWO.also(begin("b"))
    nothing = RecordProgress(project=PLOT, task=id_of("b"), percent_complete=0)
    decision = begun.when(nothing, reason="the wrong task")
    assert getattr(await decision.answer(), "warnings", None) == ()


async def test_other_links_and_leads_let_a_task_begin_before() -> None:
    """So does a link that is gone; a lag does not."""
    for kind in (LinkType.START_START, LinkType.FINISH_FINISH, LinkType.START_FINISH):
        assert await warned(garden(a="", b="").also(link("ab", type=kind)), begin("b")) == []
    assert await warned(garden(a="", b="").also(link("ab", lag=LEAD)), begin("b")) == []
    assert await warned(TWO.also(unlink("ab")), begin("b")) == []
    lag = Lag(amount=10, unit=LagUnit.ELAPSED)
    assert await warned(garden(a="", b="").also(link("ab", lag=lag)), begin("b")) == ["1"]


async def test_what_a_summary_waits_for_its_tasks_wait_for() -> None:
    """When a summary that is waited for finishes, only the schedule knows."""
    plan = garden(a="", b="", c="b")
    assert await warned(plan.also(link("ab")), begin("c")) == ["1"]
    assert await warned(plan.also(link("ba")), begin("a")) == []


async def test_a_report_is_decided_on_what_comes_before_as_it_is() -> None:
    """Within a bulk as well."""
    both = TWO.when(finish("a"), begin("b"), now=NOW)
    assert getattr(await both.answer(), "warnings", None) == ()
    assert await warned(TWO.also(done(finish("a"))), begin("b")) == []
