"""Why a log cannot be copied. Nothing was written then."""

from collections.abc import Sequence


class NotEmptyError(Exception):
    """The database that is to be written holds something already; the text says what."""


class NotOwnerError(Exception):
    """The role may not write a log: only the one that owns its tables may."""


class LogFileError(Exception):
    """The file is no whole copy of a log; the text says where and why."""

    def __init__(self, why: str, line: int | None = None) -> None:
        super().__init__(why if line is None else f"line {line}: {why}")
        self.line = line


class CutOffError(LogFileError):
    """The file ends before its last line."""


class DamagedLogError(Exception):
    """What was to be copied is no sound log; the text names what is wrong."""

    def __init__(self, what: str, problems: Sequence[str] = ()) -> None:
        super().__init__(f"{what}: {'; '.join(problems)}" if problems else what)
