"""Declares what is counted of calls and of LiveKit. Each metric is described in docs/operations.md."""

from __future__ import annotations

from calls.outcomes import Direction, EndedBy, Result, WebhookOutcome
from voiceplatform.observability.metrics import HUMAN, PREFIX, Counter, Histogram, declare

EVENTS = (
    "participant_joined",
    "participant_left",
    "participant_connection_aborted",
    "room_started",
    "room_finished",
    "track_published",
)

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
FIRST_WORD_TIME = declare(
    Histogram(
        name=f"{PREFIX}call_first_word_seconds",
        help="From the answer of a call that we placed to the agent's first sound",
        bounds=HUMAN,
    )
)
WEBHOOKS = declare(
    Counter(
        name=f"{PREFIX}webhook_deliveries_total",
        help="What LiveKit delivered, by what came of it",
        labels={"event": EVENTS, "outcome": WebhookOutcome.values},
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
