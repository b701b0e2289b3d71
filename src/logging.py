"""Structured logs: for people on a terminal, JSON in production. Secrets never reach them."""

import logging
import re
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

from .config import Settings, SettingsError

_SECRET_NAMES = re.compile(
    r"passw|secret|token|authori[sz]ation|credential|cookie|(master|api|private)_?key", re.IGNORECASE
)
_CREDENTIALS = re.compile(r"(?<=://)([^:/@\s]*):[^/\s]*(?=@)")
_TOKEN = re.compile(r"\beyJ[\w-]*\.[\w-]+\.[\w-]*")
_HIDDEN = "[hidden]"


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
    logging.basicConfig(handlers=[handler], level=level, force=True)
    for noisy in ("uvicorn.access", "alembic", "httpx", "httpx2", "httpcore2", "dramatiq"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def hide_secrets(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hides values whose name says that they are secret, and credentials and tokens in texts, wherever they stand."""
    for name, value in entry.items():
        entry[name] = _hidden(name, value)
    return entry


def _hidden(name: str, value: Any) -> Any:
    if _SECRET_NAMES.search(name):
        return _HIDDEN
    match value:
        case str():
            return _TOKEN.sub(_HIDDEN, _CREDENTIALS.sub(rf"\1:{_HIDDEN}", value))
        case Mapping():
            return {key: _hidden(str(key), inner) for key, inner in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_hidden(name, inner) for inner in value]
        case _:
            return value
