"""Names for people what a call's row holds: outcomes, statuses, how it was routed."""

from __future__ import annotations

from calls.models import Call
from personas.answering.routing import Source

RESULTS = {
    Call.Result.COMPLETED.value: "Completed",
    Call.Result.BUSY.value: "Busy",
    Call.Result.NO_ANSWER.value: "No answer",
    Call.Result.VOICEMAIL.value: "Voicemail",
    Call.Result.DECLINED.value: "Declined",
    Call.Result.INVALID_NUMBER.value: "Invalid number",
    Call.Result.FAILED.value: "Failed",
    Call.Result.CANCELLED.value: "Canceled",
    Call.Result.BLOCKED.value: "Blocked by rule",
}
ABANDONED = "Abandoned"  # an inbound call that its caller gave up
STATUSES = {
    Call.Status.QUEUED.value: "Queued",
    Call.Status.DIALING.value: "Dialing",
    Call.Status.RINGING.value: "Ringing",
    Call.Status.ACTIVE.value: "In conversation",
    Call.Status.ENDED.value: "Ended",
}
ROUTED_BY = {
    Source.RULE_FOR_CALLER_AND_NUMBER.value: "Rule (caller + number)",
    Source.RULE_FOR_CALLER.value: "Rule (caller)",
    Source.NUMBER.value: "Phone number",
    Source.CRM.value: "CRM",
    Source.CUSTOMER_DEFAULT.value: "Customer default",
    Source.BUILT_IN.value: "Generic assistant",
    Source.JOB_METADATA.value: "Dispatch metadata",
    Source.CAMPAIGN.value: "Campaign",
    Source.REQUEST.value: "Call request",
}
COLORS = {  # green went well, blue is in progress, amber needs a person, red failed; the rest is grey
    "Completed": "good",
    "In conversation": "info",
    "Ringing": "info",
    "Dialing": "info",
    "Queued": "info",
    "Failed": "bad",
    "Blocked by rule": "bad",
    "Invalid number": "bad",
    ABANDONED: "warning",
    "Busy": "warning",
    "No answer": "warning",
    "Voicemail": "warning",
    "Declined": "warning",
}
GENERIC_ASSISTANT = "Generic assistant"  # answers when no persona is assigned


def name_outcome(call: Call) -> str:
    """Return how the call went, or how it stands while it runs."""
    if call.result == Call.Result.CANCELLED and call.direction == Call.Direction.INBOUND:
        return ABANDONED
    return RESULTS.get(call.result) or STATUSES[call.status]


def color_of(outcome: str) -> str:
    """Return the color that belongs to an outcome or status: "good", "info", "bad", "warning" or "plain"."""
    return COLORS.get(outcome, "plain")


def name_version(call: Call, name: str) -> str:
    """Return who answered with the version as it was then: `Nora v1`."""
    if call.persona_version:
        return f"{name} v{call.persona_version.number}"
    if call.persona_source == Source.BUILT_IN:
        return GENERIC_ASSISTANT
    return f"{name} (deleted)" if name and call.persona_source != Source.JOB_METADATA else name
