"""The checks of a plan's links: both ends exist, none holds a task to itself, and none go round in circles."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from .plan_file import FileLink, FileTask, ImportRefused, RefusalCode

_SHOWN_AT_EACH_END = 6


def checked_links(tasks: Sequence[FileTask], links: Iterable[FileLink]) -> tuple[FileLink, ...]:
    """The links, each once. Raises ImportRefused for one that cannot be, and for a cycle through summaries."""
    index = {task.uid: place for place, task in enumerate(tasks)}
    parents = [-1 if task.parent is None else index[task.parent] for task in tasks]
    last_below = _last_below(parents)
    distinct: dict[tuple[int, int], FileLink] = {}
    for link in links:
        ends = (link.predecessor, link.successor)
        if ends not in distinct:
            _check_ends(link, tasks, index, last_below)
            distinct[ends] = link
        elif (distinct[ends].type, distinct[ends].lag) != (link.type, link.lag):
            raise ImportRefused(
                RefusalCode.DUPLICATE_LINK,
                f"{_named(tasks[index[ends[1]]])} is linked twice, differently, to {_named(tasks[index[ends[0]]])};"
                f" the other link is on line {distinct[ends].line}.",
                link.line,
                "Keep one of the two.",
            )
    pairs = [(index[predecessor], index[successor]) for predecessor, successor in distinct]
    cycle = find_cycle(parents, pairs)
    if cycle is not None:
        raise _cycle_refused([tasks[place] for place in cycle], distinct)
    return tuple(distinct.values())


def find_cycle(parents: Sequence[int], links: Iterable[tuple[int, int]]) -> list[int] | None:
    """The tasks of a cycle, the first again at the end, or None, in time linear in tasks and links.

    `parents` holds each task's parent by index, -1 at the top. A link of a summary stands for links of all tasks
    below it. Writing those out could take tasks × tasks, so every task is two nodes instead, one that leads
    down to its beginnings and one that gathers its ends: in(summary) → in(child), in(leaf) → out(leaf),
    out(child) → out(summary), and out(predecessor) → in(successor) for a link.
    """
    count = len(parents)
    after: list[list[int]] = [[] for _ in range(2 * count)]  # in(t) is t, out(t) is t + count
    is_leaf = [True] * count
    for task, parent in enumerate(parents):
        if parent >= 0:
            is_leaf[parent] = False
            after[parent].append(task)
            after[task + count].append(parent + count)
    for task in range(count):
        if is_leaf[task]:
            after[task].append(task + count)
    for predecessor, successor in links:
        after[predecessor + count].append(successor)
    nodes = _circle(after)
    return None if nodes is None else _tasks_on(nodes, count)


def _circle(after: Sequence[Sequence[int]]) -> list[int] | None:
    """Nodes of a directed cycle in order, or None."""
    waiting_for = [0] * len(after)
    for successors in after:
        for node in successors:
            waiting_for[node] += 1
    free = [node for node, count in enumerate(waiting_for) if count == 0]
    for node in free:  # grows while it is walked
        for successor in after[node]:
            waiting_for[successor] -= 1
            if waiting_for[successor] == 0:
                free.append(successor)
    if len(free) == len(after):
        return None
    # What is left waits for something left: walking back from any of it comes round.
    before = {successor: node for node, count in enumerate(waiting_for) if count for successor in after[node]}
    node = next(node for node, count in enumerate(waiting_for) if count)
    seen: dict[int, None] = {}
    while node not in seen:
        seen[node] = None
        node = before[node]
    walked = list(seen)
    return walked[walked.index(node) :][::-1]


def _tasks_on(nodes: Sequence[int], count: int) -> list[int]:
    """The ends of the links on a circle of nodes, without the way down and up through summaries."""
    ends = [
        task % count
        for node, following in pairwise([*nodes, nodes[0]])
        if node >= count > following
        for task in (node, following)
    ]
    first = ends.index(min(ends))
    ends = ends[first:] + ends[:first]
    path = [task for previous, task in pairwise([-1, *ends]) if task != previous]
    return path if path[-1] == path[0] else [*path, path[0]]


def _last_below(parents: Sequence[int]) -> list[int]:
    """For each task the last index of its subtree, which document order keeps in one piece."""
    last = list(range(len(parents)))
    for task in reversed(range(len(parents))):
        if parents[task] >= 0:
            last[parents[task]] = max(last[parents[task]], last[task])
    return last


def _check_ends(link: FileLink, tasks: Sequence[FileTask], index: Mapping[int, int], last_below: Sequence[int]) -> None:
    successor = tasks[index[link.successor]]
    if link.predecessor not in index:
        code, what = RefusalCode.DANGLING_LINK, f"a task that is not in the file (UID {link.predecessor})"
        if link.predecessor == 0:
            code, what = RefusalCode.LINK_TO_ANCESTOR, "the whole project (UID 0), of which it is a part"
    else:
        before, after = index[link.predecessor], index[link.successor]
        if before == after:
            code, what = RefusalCode.LINK_TO_ITSELF, "itself"
        elif before < after <= last_below[before] or after < before <= last_below[after]:
            code, what = RefusalCode.LINK_TO_ANCESTOR, f"{_named(tasks[before])}, and one of them is part of the other"
        else:
            return
    raise ImportRefused(code, f"{_named(successor)} is linked to {what}.", link.line, "Remove the link.")


def _cycle_refused(cycle: Sequence[FileTask], links: Mapping[tuple[int, int], FileLink]) -> ImportRefused:
    uids = [task.uid for task in cycle]
    on_it = [links[ends] for ends in pairwise(uids) if ends in links]
    names = [_named(task) for task in cycle]
    hidden = len(names) - 2 * _SHOWN_AT_EACH_END
    if hidden > 1:
        names[_SHOWN_AT_EACH_END:-_SHOWN_AT_EACH_END] = [f"… {hidden:,} more …"]
    return ImportRefused(
        RefusalCode.LINK_CYCLE,
        f"The links go round in a circle: {' → '.join(names)}.",
        max(link.line for link in on_it),
        "Remove one of these links. A link of a summary task counts for every task below it.",
    )


def _named(task: FileTask) -> str:
    return f"“{task.name}” (UID {task.uid})"
