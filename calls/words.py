"""Says in words for people why a call ended and what came of a webhook. The database holds codes.

Pure: no Django, no LiveKit.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from calls.outcomes import EndedBy, EndReason, LostReason, PickedUp, RecordingProblem, WebhookOutcome
from campaigns.calling_rules.words import name_reason

RECORDING_PROBLEMS = {
    RecordingProblem.DISK_FULL.value: "the worker's disk is full",
    RecordingProblem.ENCODER_FAILED.value: "the sound could not be encoded",
    RecordingProblem.WORKER_KILLED.value: "the worker was stopped",
    RecordingProblem.NO_SOUND.value: "nothing was written",
}
END_REASONS = {
    EndReason.CALLER_HUNG_UP: "Caller hung up",
    EndReason.CALLER_HUNG_UP_RINGING: "Caller hung up while ringing",
    EndReason.CALLEE_HUNG_UP: "Person called hung up",
    EndReason.MAY_NOT_CALL: "Not allowed to call",
    EndReason.CALLEE_BUSY: "Busy",
    EndReason.CALLEE_DECLINED: "Declined",
    EndReason.NOT_ANSWERED: "Not answered",
    EndReason.NO_SUCH_NUMBER: "Number does not exist",
    EndReason.NUMBER_BLOCKED: "Number blocked by its network",
    EndReason.CALLER_ID_BLOCKED: "Our number blocked by a filter",
    EndReason.TRUNK_FAILED: "Trunk could not place the call",
    EndReason.NO_TRUNK: "No trunk to call through",
    EndReason.TOO_LATE: "Could not be placed in time",
    EndReason.MACHINE_ANSWERED: "A machine answered",
    EndReason.MESSAGE_LEFT: "Message left on an answering machine",
    EndReason.DIAL_LOST: "Agent lost while dialing, not dialed again",
    EndReason.AGENT_ENDED: "Agent ended the call",
    EndReason.NO_SPEECH: "No speech from the caller",
    EndReason.MAXIMUM_DURATION: "Maximum duration reached",
    EndReason.STAFF_ENDED: "Ended by a user",
    EndReason.MODEL_FAILED: "Voice provider error",
    EndReason.MODEL_SILENT: "Voice provider error: no speech",
    EndReason.WORKER_ERROR: "Worker error",
    EndReason.WORKER_STOPPED: "Worker stopped",
    EndReason.WORKER_CRASHED: "Worker crashed, no replacement in time",
    EndReason.TOO_MANY_AGENTS_LOST: "Too many agents crashed in this call",
    EndReason.SIMULATION_STOPPED: "Test call stopped",
    EndReason.CONNECTION_LOST: "Phone connection lost",
    EndReason.LIVEKIT_UNREACHABLE: "LiveKit unreachable for the agent",
    EndReason.LIVEKIT_SHUT_DOWN: "LiveKit shut down",
    EndReason.SIP_CONNECTION_LOST: "LiveKit SIP lost its connection",
    EndReason.CONNECTION_MOVED: "LiveKit moved the connection",
    EndReason.ROOM_DELETED: "Room deleted",
    EndReason.ROOM_CLOSED: "Room closed",
    EndReason.PHONE_REMOVED: "Phone removed from the room",
    EndReason.PHONE_REJOINED: "Phone joined the room again",
    EndReason.PHONE_COULD_NOT_JOIN: "Phone could not join the room",
    EndReason.NO_AUDIO: "No audio from the phone",
    EndReason.ROOM_GONE: "Room closed without notice",
    EndReason.PHONE_GONE: "Phone left without notice",
    EndReason.NEVER_ANSWERED: "Never answered",
    EndReason.OVERRAN: "Exceeded its maximum duration",
    EndReason.TAKEN_OVER: "Taken over by another agent",
    EndReason.HANDED_OVER: "Handed to another worker",
    EndReason.QUEUED_AGAIN: "Dialed again later",
    EndReason.OTHER: "Other reason",
}
MACHINES: dict[str, str] = {  # who picked up, at the beginning of a sentence
    PickedUp.HUMAN: "A person",
    PickedUp.VOICEMAIL: "An answering machine",
    PickedUp.IVR: "A menu or recorded notice",
    PickedUp.SCREENING: "Call screening",
    PickedUp.INTERCEPT: "An announcement of the network",
    PickedUp.UNSURE: "A person, probably",
}
PROVIDER_ERRORS = {  # by the class of the error; others are shown as they are
    "APITimeoutError": "timeout",
    "TimeoutError": "timeout",
    "APIConnectionError": "connection lost",
    "APIStatusError": "request refused",
    "RealtimeError": "session failed",
}
WEBHOOK_OUTCOMES = {
    WebhookOutcome.CALL_OPENED: "Call started, agent requested",
    WebhookOutcome.CALL_ABANDONED: "Call recorded as abandoned: caller left before the webhook arrived",
    WebhookOutcome.AGENT_REQUESTED: "Agent requested for a known call",
    WebhookOutcome.AGENT_REQUESTED_BEFORE: "Ignored: agent already requested",
    WebhookOutcome.CALL_ENDED: "Call ended",
    WebhookOutcome.PHONE_MAY_RETURN: "Phone connection replaced, call goes on",
    WebhookOutcome.LEFT_TO_AGENT: "Phone left unanswered, its agent ends the call",
    WebhookOutcome.PHONE_FOLLOWED: "Phone that was dialed joined",
    WebhookOutcome.AGENT_LEFT: "Agent left after the call",
    WebhookOutcome.AGENT_LEFT_EARLY: "Agent left during the call",
    WebhookOutcome.ROOM_REUSED: "Not answered: the room belongs to a call that has ended",
    WebhookOutcome.DELIVERED_BEFORE: "Ignored: delivered before",
    WebhookOutcome.IGNORED_EVENT: "Ignored: event not used",
    WebhookOutcome.IGNORED_AGENT: "Ignored: agent joined",
    WebhookOutcome.IGNORED_PARTICIPANT: "Ignored: neither phone nor agent",
    WebhookOutcome.IGNORED_OUTBOUND: "Ignored: not an inbound call",
    WebhookOutcome.IGNORED_OTHER_PHONE: "Ignored: another phone in the room",
    WebhookOutcome.IGNORED_NO_CALL: "Ignored: no call in this room",
    WebhookOutcome.IGNORED_EARLIER_ROOM: "Ignored: earlier room of the same name",
    WebhookOutcome.IGNORED_ENDED: "Ignored: call already ended",
    WebhookOutcome.IGNORED_NO_CHANGE: "Ignored: nothing changed",
    WebhookOutcome.GIVEN_UP: "Given up after an hour",
    WebhookOutcome.REFUSED: "Refused",
    WebhookOutcome.NO_AGENT: "No agent dispatched",
    WebhookOutcome.BROKE: "Failed",
}
LOST_REASONS = {
    LostReason.NO_HEARTBEAT: "Worker not responding",
    LostReason.WORKER_CRASHED: "Worker crashed",
    LostReason.WORKER_STOPPED: "Worker stopped",
}


def describe_end(reason: str, *, detail: str = "", ended_by: str = "", asked_by: str = "") -> str:
    """Return why a call ended, as a sentence without a full stop.

    `asked_by` names the user or key that ended it. Text that is no EndReason, from an older version, is returned as
    it is.
    """
    match reason:
        case "":
            return f"Ended by {EndedBy(ended_by).label.lower()}" if ended_by else "No reason recorded"
        case EndReason.STAFF_ENDED:
            return f"Ended by {asked_by or 'a user'}{': ' if detail else ''}{detail}"
        case EndReason.MODEL_FAILED if detail:
            return f"{END_REASONS[EndReason.MODEL_FAILED]}: {PROVIDER_ERRORS.get(detail, detail)}"
        case EndReason.MODEL_SILENT if detail:
            return f"{END_REASONS[EndReason.MODEL_SILENT]} within {detail} s"
        case EndReason.MACHINE_ANSWERED if detail in MACHINES:
            return f"{MACHINES[detail]} answered"
        case EndReason.MAY_NOT_CALL if detail:
            words = name_reason(detail)
            return f"Not called: {words[:1].lower()}{words[1:]}"
        case EndReason.OTHER if detail:
            return detail
    return END_REASONS[EndReason(reason)] if reason in EndReason.values else reason


def describe_end_event(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the facts of a `call_ended` event with the reason in words. Older events hold a sentence already."""
    words = describe_end(
        str(data.get("reason", "")), detail=str(data.get("detail", "")), asked_by=str(data.get("asked_by", ""))
    )
    kept = {name: value for name, value in data.items() if name not in ("reason", "detail", "asked_by")}
    return {**kept, "reason": words}


def describe_loss(reason: str) -> str:
    """Return why an agent was lost. Older events hold a sentence already."""
    return LOST_REASONS[LostReason(reason)] if reason in LostReason.values else reason


def describe_outcome(outcome: str) -> str:
    """Return what came of a webhook; "" when it has not been handled. Text that is no code is returned as it is."""
    return WEBHOOK_OUTCOMES[WebhookOutcome(outcome)] if outcome in WebhookOutcome.values else outcome
