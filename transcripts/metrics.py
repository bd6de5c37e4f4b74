"""What is measured of conversations. Each metric is described in docs/operations.md."""

from voiceplatform.observability.metrics import HUMAN, PREFIX, Histogram, declare

TURN_LATENCY = declare(
    Histogram(
        name=f"{PREFIX}turn_latency_seconds",
        help="From the end of the caller's words to the agent's first sound",
        bounds=HUMAN,
    )
)
