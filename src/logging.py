"""Structured logs: for people on a terminal, JSON in production. Secrets never reach them."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from .config import Settings

_SECRET_NAMES = re.compile(r"password|secret|token|authorization|master_key|api_key", re.IGNORECASE)
_CREDENTIALS = re.compile(r"(?<=://)([^:/@\s]*):([^@\s]+)(?=@)")
_HIDDEN = "[hidden]"


def configure(settings: Settings) -> None:
    """Sets up structlog, and routes the standard library's logging through it, to standard error."""
    as_json = settings.log_json if settings.log_json is not None else not sys.stderr.isatty()
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info if as_json else _unchanged,
        hide_secrets,
    ]
    renderer: Any = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer()
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
    logging.basicConfig(handlers=[handler], level=settings.log_level.upper(), force=True)
    for noisy in ("uvicorn.access", "alembic", "httpx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def hide_secrets(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hides values whose name says that they are secret, and credentials in URLs, wherever they stand."""
    for name, value in entry.items():
        if _SECRET_NAMES.search(name):
            entry[name] = _HIDDEN
        elif isinstance(value, str) and "://" in value:
            entry[name] = _CREDENTIALS.sub(rf"\1:{_HIDDEN}", value)
    return entry


def _unchanged(_logger: Any, _method: str, entry: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return entry
