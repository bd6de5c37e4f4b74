"""What is counted of calls and of LiveKit? Each metric is described in docs/operations.md."""

from __future__ import annotations

from calls.outcomes import Direction, EndedBy, Result
from voiceplatform.observability.metrics import HUMAN, OTHER, PREFIX, Counter, Histogram, declare

EVENTS = (
    "participant_joined",
    "participant_left",
    "participant_connection_aborted",
    "room_started",
    "room_finished",
    "track_published",
)
# How the words of `calls.inbound.webhooks` begin, up to the colon; and what the view says of a delivery that it does
# not hand on.
OUTCOMES = (
    "nothing to do",
    "delivered before",
    "call opened",
    "call opened as ended",
    "call known",
    "call ended",
    "not answered",
)
REFUSED, NO_AGENT, BROKE = "refused", "no_agent", "broke"

CALLS_OPENED = declare(
    Counter(
        name=f"{PREFIX}calls_opened_total",
        help="Calls that began, without simulated ones",
        labels={"direction": Direction.values},
    )
)
CALLS_ENDED = declare(
    Counter(
        name=f"{PREFIX}calls_ended_total",
        help="Calls that ended, without simulated ones",
        labels={"direction": Direction.values, "result": Result.values, "ended_by": EndedBy.values},
    )
)
ANSWER_TIME = declare(
    Histogram(name=f"{PREFIX}call_answer_seconds", help="From the first ring to the agent's first sound", bounds=HUMAN)
)
WEBHOOKS = declare(
    Counter(
        name=f"{PREFIX}webhook_deliveries_total",
        help="What LiveKit delivered, by what came of it",
        labels={
            "event": EVENTS,
            "outcome": (*(words.replace(" ", "_") for words in OUTCOMES), REFUSED, NO_AGENT, BROKE),
        },
    )
)
WEBHOOK_LAG = declare(
    Histogram(
        name=f"{PREFIX}webhook_lag_seconds",
        help="From when LiveKit made an event, cut to whole seconds, to when it came",
        bounds=HUMAN,
    )
)
WEBHOOK_TIME = declare(
    Histogram(
        name=f"{PREFIX}webhook_duration_seconds", help="How long a delivery took here, with database, CRM and LiveKit"
    )
)
DISPATCHES = declare(
    Histogram(
        name=f"{PREFIX}dispatch_duration_seconds",
        help="How long LiveKit took to accept a request for an agent",
        labels={"result": ("accepted", "refused", "unreachable")},
    )
)


def outcome_label(words: str) -> str:
    """Return the label for what came of a delivery, from the words that people read."""
    beginning = words.partition(":")[0]
    return beginning.replace(" ", "_") if beginning in OUTCOMES else OTHER
