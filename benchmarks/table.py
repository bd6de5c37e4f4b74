"""The words that every benchmark prints around its figures: the machine, the date, the verdict."""

from __future__ import annotations

import os
import platform
import statistics
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path


def describe_machine() -> str:
    """Return processor, cores, Python and the date, in one line; and what else is running, which may spoil the figures."""
    load = os.getloadavg()[0]
    facts = [
        _processor(),
        f"{os.cpu_count()} cores",
        f"Python {platform.python_version()}",
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
    ]
    return ", ".join(facts) + f"; load before the run {load:.1f}"


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def percentile(values: Sequence[float], percent: int) -> float:
    """Return the value below which so many percent lie."""
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1] if len(values) > 1 else values[0]


def report(lines: Sequence[str], misses: Sequence[str], *, check: bool) -> int:
    """Print the table and what was missed; return the exit status."""
    print(*lines, *(f"Missed: {miss}." for miss in misses), sep="\n", flush=True)
    return 1 if misses and check else 0
