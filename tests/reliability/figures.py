"""What was measured? Printed at the end of the run, for docs/reliability.md."""

_figures: list[str] = []


def publish(what: str, value: float, unit: str) -> None:
    """Keep a figure for the summary."""
    _figures.append(f"{what}: {value:.1f} {unit}")


def published() -> list[str]:
    return _figures
