"""What travels with a wake-up: whose news it is, for the logs and for traces."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import structlog
from opentelemetry import propagate, trace

_tracer = trace.get_tracer(__name__)


def told() -> dict[str, str]:
    """The correlation id and the W3C trace context of the command that is being executed here, if it has any."""
    context: dict[str, str] = {}
    propagate.inject(context)
    correlation_id = structlog.contextvars.get_contextvars().get("correlation_id")
    return context if correlation_id is None else {**context, "correlation_id": correlation_id}


@contextmanager
def heard(context: Mapping[str, Any]) -> Iterator[None]:
    """Goes on with the trace, and logs under the same ids. Without an SDK of OpenTelemetry a span costs nothing."""
    kind = trace.SpanKind.CONSUMER
    with _tracer.start_as_current_span("catch_up", context=propagate.extract(context), kind=kind) as span:
        ids = {"correlation_id": context["correlation_id"]} if "correlation_id" in context else {}
        if (traced := span.get_span_context()).is_valid:
            ids["trace_id"] = trace.format_trace_id(traced.trace_id)
        with structlog.contextvars.bound_contextvars(**ids):
            yield
