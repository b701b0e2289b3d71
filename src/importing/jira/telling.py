"""A file of Jira as commands, in order of time, each with the person and the moment of what it tells."""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid5

from ...commands.on_task import TaskCommand
from ...commands.plan import MoveTask
from ...commands.progress import DONE, RecordProgress
from ...commands.task import AddTask, UpdateTask
from ...commands.task_fields import MAX_TEXT, MAX_TEXTS, SetFields
from ...commands.task_schedule import SetDeadline
from ..limits import MAX_NAME
from .folding import Fields, at_creation, things
from .reading import PERSONS
from .values import CUT, Issue, JiraFile, Value, prefix

END_OF_DAY = time(23, 59)
_AFTER = timedelta(milliseconds=1)
"""Right behind the last moment of which a file tells: until then it is what the changes say."""
RENAMED = "as the file has it in the end: a name was changed in Jira, which its history does not tell"
REOPENED = "reopened in Jira"
_OWN = ("summary", "description")
"""Fields that are attributes of a task instead."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command. `id` is the same at every import; `optional`: the plan may have a reason to do without it."""

    command: TaskCommand | AddTask | MoveTask
    id: UUID
    at: datetime
    author: UUID | None
    about: str
    reason: str | None = None
    optional: bool = False

    @property
    def task(self) -> UUID:
        """The one that it is about."""
        return self.command.task or self.id


class Telling:
    """Tells a file in a project. `people`: the ids of persons here; `tops`: whether Jira projects are summaries."""

    def __init__(self, file: JiraFile, project: UUID, people: Mapping[str, UUID], *, tops: bool) -> None:
        self._file, self._project, self._people, self._tops = file, project, people, tops
        self._issues: dict[str, Issue] = {}
        for issue in file.issues:
            self._issues.update({key: issue for key in issue.keys if key not in self._issues})
        self._issues.update({issue.key: issue for issue in file.issues})
        self.cut: Counter[str] = Counter()
        self.settled: Counter[str] = Counter()
        self.end = max(moment for issue in file.issues for moment in _moments(issue)) + _AFTER
        self._parents: set[str] = set()

    def task(self, issue: Issue) -> UUID:
        return uuid5(self._project, f"jira:{issue.identity}")

    def top(self, jira_project: str) -> UUID:
        return top_of(self._project, jira_project)

    def steps(self) -> list[Step]:
        """All of them, in order of time."""
        self._parents = set(self._all_parents())
        found = list(self._summaries()) if self._tops else []
        for issue in self._file.issues:
            found += self._of(issue)
        return sorted(found, key=lambda step: step.at)

    def _all_parents(self) -> Iterator[str]:
        """The issues that have sub-tasks at some time: a summary's progress is that of its tasks."""
        for issue in self._file.issues:
            sides = [issue.state.get("Parent"), *_parents_in(issue)]
            for key in sides:
                if isinstance(key, str) and (parent := self._issues.get(key)) is not None:
                    yield parent.identity

    def _summaries(self) -> Iterator[Step]:
        since: dict[str, datetime] = {}
        for issue in self._file.issues:
            for key, at in _stays(issue):
                since[prefix(key)] = min(at, since.get(prefix(key), at))
        for key, at in since.items():
            name = self._file.projects.get(key, key)
            add = AddTask(project=self._project, task=self.top(key), name=name[:MAX_NAME], external_id=key)
            yield Step(add, self._id(f"project:{key}", "AddTask"), at, None, key)

    def _of(self, issue: Issue) -> Iterator[Step]:
        fields, task = at_creation(issue), self.task(issue)
        start = fields.values()
        author = self._person(issue.creator)
        home = self._home(issue, start, issue.created)
        add = AddTask(
            project=self._project,
            task=task,
            parent=home,
            name=self._name(issue, start),
            notes=_text(start.get("description")),
            external_id=issue.key,
        )
        yield self._step(issue, "created", add, issue.created, author)
        yield from self._said(issue, "created", dict(start), issue.created, author, new=True)
        for change in issue.changes:
            changed = fields.apply(change.items)
            author = self._person(change.author)
            now = fields.values()
            yield from self._said(issue, change.id, changed, change.at, author)
            there = self._home(issue, now, change.at)
            if there != home:
                move = MoveTask(project=self._project, task=task, parent=there)
                yield self._step(issue, change.id, move, change.at, author, optional=True)
                home = there
        yield from self._settled(issue, fields)

    def _said(
        self,
        issue: Issue,
        change: str,
        changed: dict[str, Value | None],
        at: datetime,
        author: UUID | None,
        *,
        new: bool = False,
    ) -> Iterator[Step]:
        """What a change comes to; `new`: name and notes are those that the task was added with."""
        project, task = self._project, self.task(issue)
        own = {name: changed.pop(name) for name in _OWN if name in changed}
        if own and not new:
            name = self._name(issue, own) if "summary" in own else None
            notes = _text(own["description"]) if "description" in own else None
            yield self._step(issue, change, UpdateTask(project=project, task=task, name=name, notes=notes), at, author)
        if changed:
            fields = {name: self._value(name, value) for name, value in changed.items() if value is not None}
            removed = tuple(sorted(name for name, value in changed.items() if value is None))
            set_ = SetFields(project=project, task=task, fields=fields, removed=removed)
            yield self._step(issue, change, set_, at, author)
        if "duedate" in changed:
            due = _deadline(changed["duedate"])
            if due is not None or not new:
                yield self._step(issue, change, SetDeadline(project=project, task=task, deadline=due), at, author)
        if "resolution" in changed and issue.identity not in self._parents:
            if changed["resolution"] is not None:
                done = RecordProgress(project=project, task=task, percent_complete=DONE)
                yield self._step(issue, change, done, at, author, optional=True)
            elif not new:
                again = RecordProgress(project=project, task=task, percent_complete=0)
                yield self._step(issue, change, again, at, author, optional=True, reason=REOPENED)

    def _settled(self, issue: Issue, fields: Fields) -> Iterator[Step]:
        """What is called otherwise in the end than the changes say, right behind the last moment of the file."""
        ours, renamed = fields.values(), {}
        for name, state in issue.state.items():
            mine = ours.get(name)
            if name not in _OWN and things(name, mine) != things(name, state):
                renamed[name] = state
        self.settled.update(renamed.keys())
        if renamed:
            set_ = {name: self._value(name, value) for name, value in renamed.items() if value is not None}
            gone = tuple(sorted(name for name, value in renamed.items() if value is None))
            command = SetFields(project=self._project, task=self.task(issue), fields=set_, removed=gone)
            yield self._step(issue, f"settled:{self.end.isoformat()}", command, self.end, None, reason=RENAMED)

    def _home(self, issue: Issue, fields: Mapping[str, Value], at: datetime) -> UUID | None:
        """Below which task the issue is: its parent, if that is there yet; else that of its Jira project."""
        key = fields.get("Parent")
        parent = self._issues.get(key) if isinstance(key, str) else None
        if parent is not None and parent is not issue and parent.created <= at:
            return self.task(parent)
        own = fields.get("Key")
        return self.top(prefix(own)) if self._tops and isinstance(own, str) else None

    def _value(self, name: str, value: Value) -> Value:
        """As it is kept: of a person the id here, which says nothing once the account is deleted."""
        if isinstance(value, str):
            return str(self._people[value]) if name in PERSONS else value[:MAX_TEXT]
        if len(value) > MAX_TEXTS:
            self.cut[CUT] += 1
        return value[:MAX_TEXTS]

    def _name(self, issue: Issue, fields: Mapping[str, Value | None]) -> str:
        name = " ".join(_text(fields.get("summary")).split())
        if len(name) > MAX_NAME:
            self.cut[CUT] += 1
        return name[:MAX_NAME].strip() or issue.key

    def _person(self, id_: str | None) -> UUID | None:
        return None if id_ is None else self._people[id_]

    def _step(
        self,
        issue: Issue,
        change: str,
        command: TaskCommand | AddTask | MoveTask,
        at: datetime,
        author: UUID | None,
        *,
        reason: str | None = None,
        optional: bool = False,
    ) -> Step:
        id_ = self._id(f"{issue.identity}:{change}", type(command).__name__)
        return Step(command, id_, at, author, issue.key, reason, optional)

    def _id(self, what: str, command: str) -> UUID:
        return uuid5(self._project, f"jira:{what}:{command}")


def top_of(project: UUID, jira_project: str) -> UUID:
    """The summary of a Jira project."""
    return uuid5(project, f"jira:project:{jira_project}")


def jira_projects(file: JiraFile) -> list[str]:
    """The keys of all Jira projects that issues were in."""
    return sorted({prefix(key) for issue in file.issues for key in issue.keys})


def _stays(issue: Issue) -> Iterator[tuple[str, datetime]]:
    """The keys of the issue, each with since when."""
    yield issue.keys[0], issue.created
    for change in issue.changes:
        for item in change.items:
            if item.field == "Key" and item.after_text:
                yield item.after_text, change.at


def _parents_in(issue: Issue) -> Iterator[str | None]:
    for change in issue.changes:
        for item in change.items:
            if item.field in ("Parent", "IssueParentAssociation"):
                yield item.before_text
                yield item.after_text


def _moments(issue: Issue) -> Iterator[datetime]:
    yield issue.created
    if issue.changes:
        yield issue.changes[-1].at
    if issue.updated is not None:
        yield issue.updated


def _text(value: Value | None) -> str:
    return value if isinstance(value, str) else ""


def _deadline(value: Value | None) -> datetime | None:
    """The end of the day, on the wall of the project."""
    try:
        return None if value is None else datetime.combine(date.fromisoformat(_text(value)[:10]), END_OF_DAY)
    except ValueError:
        return None
