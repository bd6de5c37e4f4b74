"""What is counted of routing. Each metric is described in docs/operations.md."""

from personas.answering.routing import Source
from voiceplatform.observability.metrics import PREFIX, Counter, declare

LOOKUPS = declare(
    Counter(
        name=f"{PREFIX}persona_lookups_total",
        help="From where calls got their persona; “fallback” is a call to which no own persona answers",
        labels={"source": tuple(Source), "result": ("found", "fallback", "pending")},
    )
)
