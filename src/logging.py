"""Structured logs: for people on a terminal, JSON in production. Secrets never reach them."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

from .config import Settings, SettingsError

_SECRET_NAMES = re.compile(
    r"passw|secret|token|authori[sz]ation|credential|cookie|(master|api|private|idempotency)[_-]?key", re.IGNORECASE
)
_PACKAGES = (__name__.partition(".")[0], "workers")
_CREDENTIALS = re.compile(r"(?<=://)([^:/@\s]*):[^/\s]*(?=@)")
_TOKEN = re.compile(r"\beyJ[\w-]*\.[\w-]+\.[\w-]*")
_HIDDEN = "[hidden]"
_IN_TEXTS = (
    (_CREDENTIALS, rf"\1:{_HIDDEN}"),
    (_TOKEN, _HIDDEN),
    (re.compile(r"\b(Bearer|Basic) +[\w.~+/=-]{16,}"), rf"\1 {_HIDDEN}"),
    # What a database says of a row that it refused: all that is in it.
    (re.compile(r"(DETAIL:).+"), rf"\1 {_HIDDEN}"),
    # A value behind its name, as in a query, in JSON, and where Python shows what it holds.
    (
        re.compile(
            r"""((?:passw(?:or)?d|secret|token|credential|cookie|authori[sz]ation|(?:master|api|private|idempotency)[_-]?key)
            ["']?\s*[:=]\s*b?["']?(?:(?:Bearer|Basic)\ +)?)[^\s"'&,;)}\]]+""",
            re.IGNORECASE | re.VERBOSE,
        ),
        rf"\1{_HIDDEN}",
    ),
)


def configure(settings: Settings) -> None:
    """Sets up structlog, and routes the standard library's logging through it, to standard error.

    Raises SettingsError for a level that is none.
    """
    level = logging.getLevelNamesMapping().get(settings.log_level.upper())
    if level is None:
        raise SettingsError(f"PROJECTORY_LOG_LEVEL is {settings.log_level!r}; try DEBUG, INFO, WARNING or ERROR")
    as_json = settings.log_json if settings.log_json is not None else not sys.stderr.isatty()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        hide_secrets,
    ]
    # Tracebacks are plain: the pretty ones show the values of variables, and keys are among them.
    console = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    renderer: Any = structlog.processors.JSONRenderer() if as_json else console
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
        )
    )
    # At DEBUG libraries tell what they are handed: parameters, headers, rows. What we tell ourselves is chosen.
    logging.basicConfig(handlers=[handler], level=max(level, logging.INFO), force=True)
    for package in _PACKAGES:
        logging.getLogger(package).setLevel(level)
    for noisy in ("uvicorn.access", "alembic", "httpx", "httpx2", "httpcore2", "dramatiq", "sqlalchemy"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def hide_secrets(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hides values whose name says that they are secret, and credentials and tokens in texts, wherever they stand."""
    for name, value in entry.items():
        if not name.startswith("_"):  # the logging's own
            entry[name] = _hidden(name, value)
    return entry


def _hidden(name: str, value: Any) -> Any:
    if _SECRET_NAMES.search(name):
        return _HIDDEN
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            for pattern, shown in _IN_TEXTS:
                value = pattern.sub(shown, value)
            return value
        case Mapping():
            return {key: _hidden(str(key), inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_hidden(name, inner) for inner in value]
        case _:
            return _hidden(name, repr(value))
