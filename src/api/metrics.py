"""Measurements for Prometheus: the end of the log, and how far behind it everything is."""

from collections.abc import Iterable, Sequence

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from ..projections import Progress
from ..reactions import Progress as ReactionProgress
from ..wiring import App

MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_OF = ("projection", "generation", "active")


class _Measured(Collector):
    """What was just read from the database; nothing is kept between two scrapes."""

    def __init__(self, head: int, projections: Sequence[Progress], reactions: Sequence[ReactionProgress]) -> None:
        self._head, self._projections, self._reactions = head, projections, reactions

    def collect(self) -> Iterable[Metric]:
        yield GaugeMetricFamily("projectory_log_position", "The end of the event log.", value=self._head)
        lag = GaugeMetricFamily("projectory_projection_lag_events", "Events not passed yet.", labels=_OF)
        age = GaugeMetricFamily("projectory_projection_lag_seconds", "Age of the oldest of them.", labels=_OF)
        speed = GaugeMetricFamily("projectory_projection_speed", "Events a second, as last measured.", labels=_OF)
        faults = GaugeMetricFamily("projectory_projection_faults", "Events that could not be applied.", labels=_OF)
        running = GaugeMetricFamily("projectory_projection_running", "1 unless paused or faulted.", labels=_OF)
        passed = CounterMetricFamily("projectory_projection_events", "Events passed.", labels=_OF)
        bucket = GaugeMetricFamily(
            "projectory_bucket_lag_events", "Of buckets that are behind.", labels=(*_OF, "bucket")
        )
        for each in self._projections:
            labels = [each.projection, str(each.generation), str(each.active).lower()]
            lag.add_metric(labels, each.lag)
            age.add_metric(labels, each.lag_seconds)
            speed.add_metric(labels, each.speed)
            faults.add_metric(labels, len(each.faults))
            running.add_metric(labels, each.state in {"running", "building"})
            passed.add_metric(labels, each.events)
            for behind in each.behind:
                bucket.add_metric([*labels, str(behind.bucket)], behind.lag)
        yield from (lag, age, speed, faults, running, passed, bucket)
        waiting = GaugeMetricFamily("projectory_reaction_lag", "Events or ticks left to do.", labels=("reaction",))
        failing = GaugeMetricFamily("projectory_reaction_attempts", "Failures of the next one.", labels=("reaction",))
        for reaction in self._reactions:
            waiting.add_metric([reaction.name], reaction.lag)
            failing.add_metric([reaction.name], reaction.attempts)
        yield from (waiting, failing)


async def measured(app: App) -> bytes:
    """All measurements in Prometheus' text format."""
    registry = CollectorRegistry()
    registry.register(_Measured(await app.log.head(), await app.runner.progress(), await app.reactor.progress()))
    return generate_latest(registry)
