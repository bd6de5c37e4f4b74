"""The one door of the worker to Django: what it reads from and writes to the database.

Each of these functions is sync. `on_database_thread` runs them one after the other on one thread, so writes keep the
order in which things happened, and the connection is opened before a call needs it.
"""

# First: what follows imports models, in whatever process this is.
from agent_worker import bootstrap  # noqa: F401  # isort: skip

from agent_worker.database.claims import (
    Claim,
    Earlier,
    PhoneInRoom,
    Refusal,
    RefusalReason,
    Said,
    claim_call,
    claim_room,
    load_late_persona,
    open_and_claim,
    open_simulated,
    warm_up,
)
from agent_worker.database.handing_over import (
    BEATS_WITHIN_SECONDS,
    CANNOT_CLOSE_ROOM,
    beat,
    close_room,
    holds,
    leave,
    look_after_callers,
    release_to_others,
)
from agent_worker.database.thread import DATABASE_AWAY, beside_the_call, close, on_database_thread, on_this_thread
from agent_worker.database.worker_settings import WorkerSettings, worker_settings
from agent_worker.database.writing import (
    Event,
    Speaker,
    answer,
    finish,
    record_event,
    record_first_word,
    record_resumed,
    record_turn,
    store_metrics,
)

__all__ = [
    "BEATS_WITHIN_SECONDS",
    "CANNOT_CLOSE_ROOM",
    "DATABASE_AWAY",
    "Claim",
    "Earlier",
    "Event",
    "PhoneInRoom",
    "Refusal",
    "RefusalReason",
    "Said",
    "Speaker",
    "WorkerSettings",
    "answer",
    "beat",
    "beside_the_call",
    "claim_call",
    "claim_room",
    "close",
    "close_room",
    "finish",
    "holds",
    "leave",
    "load_late_persona",
    "look_after_callers",
    "on_database_thread",
    "on_this_thread",
    "open_and_claim",
    "open_simulated",
    "record_event",
    "record_first_word",
    "record_resumed",
    "record_turn",
    "release_to_others",
    "store_metrics",
    "warm_up",
    "worker_settings",
]
