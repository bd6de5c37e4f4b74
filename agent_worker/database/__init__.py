"""The worker's only access to Django: what it reads from and writes to the database.

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
    open_simulated_outbound,
    warm_up,
)
from agent_worker.database.dialing import (
    Dial,
    Dialed,
    Over,
    Wait,
    claim_dial,
    give_back,
    note_ringing,
    note_unanswered,
    read_calling_rules,
)
from agent_worker.database.handing_over import (
    CANNOT_CLOSE_ROOM,
    HEARTBEAT_TIMEOUT_SECONDS,
    close_room,
    holds,
    leave,
    record_heartbeat,
    release_to_others,
    request_missing_agents,
)
from agent_worker.database.recordings import (
    begin_recording,
    end_recording,
    keep_recordings,
    new_recording_id,
    unfinished_recording,
)
from agent_worker.database.thread import DATABASE_AWAY, beside_the_call, close, on_database_thread, on_this_thread
from agent_worker.database.worker_settings import WorkerSettings, worker_settings
from agent_worker.database.writing import (
    Event,
    answer,
    finish,
    note_disclosed,
    note_picked_up,
    opt_out,
    record_event,
    record_first_word,
    record_resumed,
    record_turn,
    store_metrics,
)

__all__ = [
    "CANNOT_CLOSE_ROOM",
    "DATABASE_AWAY",
    "HEARTBEAT_TIMEOUT_SECONDS",
    "Claim",
    "Dial",
    "Dialed",
    "Earlier",
    "Event",
    "Over",
    "PhoneInRoom",
    "Refusal",
    "RefusalReason",
    "Said",
    "Wait",
    "WorkerSettings",
    "answer",
    "begin_recording",
    "beside_the_call",
    "claim_call",
    "claim_dial",
    "claim_room",
    "close",
    "close_room",
    "end_recording",
    "finish",
    "give_back",
    "holds",
    "keep_recordings",
    "leave",
    "load_late_persona",
    "new_recording_id",
    "note_disclosed",
    "note_picked_up",
    "note_ringing",
    "note_unanswered",
    "on_database_thread",
    "on_this_thread",
    "open_and_claim",
    "open_simulated",
    "open_simulated_outbound",
    "opt_out",
    "read_calling_rules",
    "record_event",
    "record_first_word",
    "record_heartbeat",
    "record_resumed",
    "record_turn",
    "release_to_others",
    "request_missing_agents",
    "store_metrics",
    "unfinished_recording",
    "warm_up",
    "worker_settings",
]
