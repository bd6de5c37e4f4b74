"""The /metrics page of Prometheus, and who may read it. Every declared metric: totals from the database, gauges asked at this
moment.

For this machine, or a key with the scope `metrics`. A proxy on this machine is not this machine: it says for whom it
asks.
"""

from __future__ import annotations

import json
import logging
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from ipaddress import ip_address
from typing import Any

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from voiceplatform.models import MetricTotal
from voiceplatform.observability import metrics
from voiceplatform.observability.metrics import INFINITY, Counter, Gauge, Histogram, declared

logger = logging.getLogger(__name__)

Totals = dict[str, dict[str, float]]  # name -> labels -> value
_FORWARDED = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Real-Ip", "Forwarded", "Via")


class MetricsPage(APIView):
    """All metrics as text for Prometheus."""

    schema = None  # not JSON, and not for the clients of the API
    throttle_classes = ()
    read_scope = "metrics"

    def get_permissions(self) -> Sequence[Any]:
        return [AllowAny()] if is_from_this_machine(self.request) else super().get_permissions()

    def perform_content_negotiation(self, request: Request, force: bool = False) -> Any:
        return super().perform_content_negotiation(
            request, force=True
        )  # Prometheus asks for text, which DRF has no renderer for

    def get(self, request: Request) -> HttpResponse:
        """Answer 503 while the database is away: no figures are better than zeros, and Prometheus then says that we are
        down.
        """
        try:
            page = render()
        except DatabaseError as error:
            logger.error("The metrics could not be read", extra={"reason": type(error).__name__})
            return HttpResponse("The database does not answer.\n", content_type="text/plain; charset=utf-8", status=503)
        return HttpResponse(page, content_type=CONTENT_TYPE_LATEST, headers={"Cache-Control": "no-store"})


def is_from_this_machine(request: HttpRequest) -> bool:
    """Whether a program on this machine asks for itself."""
    if any(header in request.headers for header in _FORWARDED):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:  # a Unix socket has no address: a client there is a proxy
        return False


def render() -> bytes:
    """Return all metrics as Prometheus reads them.

    Cost: one query for the totals, one or two for each gauge, none of which grows.
    """
    metrics.flush()
    registry = CollectorRegistry()
    registry.register(_Collector())
    return generate_latest(registry)


class _Collector:
    def collect(self) -> Iterator[Metric]:
        totals: Totals = defaultdict(dict)
        for name, labels, value in MetricTotal.objects.values_list("name", "labels", "value"):
            totals[name][labels] = value
        for metric in declared():
            yield from _families(metric, totals)

    def describe(self) -> list[Metric]:
        return []


def _families(metric: Counter | Gauge, totals: Totals) -> Iterator[Metric]:
    if isinstance(metric, Gauge):
        yield from _gauge(metric)
    elif isinstance(metric, Histogram):
        yield _histogram(metric, totals)
    else:
        yield _counter(metric, totals)


def _counter(metric: Counter, totals: Totals) -> Metric:
    family = CounterMetricFamily(metric.name, metric.help, labels=sorted(metric.labels))
    for labels, value in totals[metric.name].items() or ({} if metric.labels else {"{}": 0.0}).items():
        family.add_metric(_values(json.loads(labels)), value)
    return family


def _histogram(metric: Histogram, totals: Totals) -> Metric:
    family = HistogramMetricFamily(metric.name, metric.help, labels=sorted(metric.labels))
    buckets: dict[str, dict[str, float]] = defaultdict(dict)
    for text, value in totals[f"{metric.name}_bucket"].items():
        labels = json.loads(text)
        bound = labels.pop("le")
        buckets[json.dumps(labels)][bound] = value
    for text, counted in buckets.items():
        family.add_metric(
            _values(json.loads(text)), _cumulated(metric, counted), totals[f"{metric.name}_sum"].get(text, 0.0)
        )
    return family


def _cumulated(metric: Histogram, counted: Mapping[str, float]) -> list[tuple[str, float]]:
    """Return Prometheus's buckets: each holds all that is at or below its bound, also what was kept under a bound of an
    older version.
    """
    own = [*metric.bounds, float("inf")]
    return [
        (
            INFINITY if at == float("inf") else str(float(at)),
            sum(value for bound, value in counted.items() if float(bound) <= at),
        )
        for at in own
    ]


def _gauge(metric: Gauge) -> Iterator[Metric]:
    """A gauge that cannot be read is left out, which an alert notices: a zero would be a lie."""
    family = GaugeMetricFamily(metric.name, metric.help, labels=sorted(metric.labels))
    try:
        for labels, value in metric.read():
            family.add_metric(_values(labels), value)
    except DatabaseError:
        logger.exception("a metric could not be read", extra={"metric": metric.name})
        return
    yield family


def _values(labels: Mapping[str, str]) -> list[str]:
    return [labels[label] for label in sorted(labels)]
