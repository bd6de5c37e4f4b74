"""Counters and histograms that many processes add up in the database.

Counting only adds to a number in its process: no query, so that a caller never waits for it. Every few seconds
each process adds what it gathered to the totals in the database, in one statement. Whichever web process is scraped
answers for all. A process that is killed loses the last seconds of its counting.

Each app declares what it counts in its `metrics.py`. A label has a fixed set of values, anything else becomes “other”:
so no number, name or word can reach a label, and the totals stay few.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from django.db import connection, transaction

from voiceplatform.models import Key, MetricTotal

Labels = Mapping[str, Collection[str]]  # the values each label may have
Reading = Iterable[tuple[Mapping[str, str], float]]
D = TypeVar("D", bound="Counter | Gauge")

PREFIX = "voiceplatform_"
OTHER = "other"
FLUSH_SECONDS = 5.0
INFINITY = "+Inf"
QUICK = (
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
)  # seconds; for what a machine does
HUMAN = (0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 5.0, 8.0, 13.0, 30.0)  # seconds; for what a caller waits for

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Counter:
    """How often something happened. Ends in `_total`."""

    name: str
    help: str
    labels: Labels = field(default_factory=dict)

    def add(self, amount: float = 1, **values: str) -> None:
        """Count. Cost: no query."""
        _gather({(self.name, labels_text(self.labels, values)): amount})


@dataclass(frozen=True, kw_only=True)
class Histogram(Counter):
    """How long things took. Ends in `_seconds`."""

    bounds: tuple[float, ...] = QUICK  # seconds, rising; each gets the measurements up to it

    def observe(self, seconds: float, **values: str) -> None:
        """Measure. Cost: no query."""
        bound = next((str(float(bound)) for bound in self.bounds if seconds <= bound), INFINITY)
        bucket = labels_text({**self.labels, "le": [bound]}, {**values, "le": bound})
        _gather(
            {
                (f"{self.name}_bucket", bucket): 1,
                (f"{self.name}_sum", labels_text(self.labels, values)): max(seconds, 0),
            }
        )


@dataclass(frozen=True, kw_only=True)
class Gauge:
    """How something is right now.

    `read` is asked at each scrape: its queries must not grow with the calls there were.
    """

    name: str
    help: str
    read: Callable[[], Reading]
    labels: Labels = field(default_factory=dict)


_declared: dict[str, Counter | Gauge] = {}
_gathered: defaultdict[Key, float] = defaultdict(float)
_lock = threading.Lock()
_flushed_at = time.monotonic()
_thread: threading.Thread | None = None


def declare(metric: D) -> D:
    """Make a metric known to /metrics. Declaring the same name twice is a mistake in the program."""
    if metric.name in _declared:
        raise ValueError(f"two metrics are called {metric.name}")
    _declared[metric.name] = metric
    return metric


def declared() -> list[Counter | Gauge]:
    """Return every metric, by name."""
    return [_declared[name] for name in sorted(_declared)]


def labels_text(labels: Labels, values: Mapping[str, str]) -> str:
    """Return the labels as they are kept.

    A value that is not foreseen becomes “other”; a missing or unknown label is an error.
    """
    if values.keys() != labels.keys():
        raise ValueError(f"the labels are {sorted(labels)}, not {sorted(values)}")
    return json.dumps({label: values[label] if values[label] in labels[label] else OTHER for label in sorted(labels)})


@contextmanager
def stopwatch() -> Iterator[Callable[[], float]]:
    """Yield a function that returns the seconds since it began."""
    began = time.monotonic()
    yield lambda: time.monotonic() - began


def flush() -> None:
    """Add what this process gathered to the totals. Cost: one statement, none when there is nothing.

    Important: never inside a transaction: one that is rolled back would lose it, and the rows would stay locked until
    its end.
    """
    global _flushed_at
    with _lock:
        amounts = dict(_gathered)
        _gathered.clear()
        _flushed_at = time.monotonic()
    try:
        MetricTotal.objects.increase(amounts)
    except Exception:
        _gather(amounts)  # for the next time
        raise


def flush_if_due(*, after_seconds: float = FLUSH_SECONDS) -> None:
    """Flush when the last time is so long ago: for a process with a thread that writes to the database anyway.

    Never raises.
    """
    if time.monotonic() - _flushed_at < after_seconds:
        return
    try:
        with transaction.atomic(durable=True):
            flush()
    except Exception as error:
        # What is counted must not harm the call that is being counted; nothing is lost, the next flush takes it along.
        logger.warning("the metrics could not be stored; will try again", extra={"error": type(error).__name__})


def keep_flushing() -> None:
    """Flush every few seconds on a thread of its own, for as long as this process lives.

    Call it once a process, after any fork.
    """
    global _thread
    if _thread is None:
        _thread = threading.Thread(target=_flush_regularly, name="metrics", daemon=True)
        _thread.start()


def flush_at_exit() -> None:
    """Store what is left, when a process stops in good order."""
    flush_if_due(after_seconds=0)
    connection.close()


def _flush_regularly() -> None:
    while True:
        time.sleep(FLUSH_SECONDS)
        flush_if_due()
        connection.close_if_unusable_or_obsolete()


def _gather(amounts: Mapping[Key, float]) -> None:
    with _lock:
        for key, amount in amounts.items():
            _gathered[key] += amount


def _forget_in_child() -> None:
    """What the parent gathered is the parent's to store; its thread did not come along."""
    global _lock, _thread
    _lock = threading.Lock()
    _thread = None
    _gathered.clear()


os.register_at_fork(after_in_child=_forget_in_child)
