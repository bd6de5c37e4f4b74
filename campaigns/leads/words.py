"""Names for people what a lead's row holds: how far it is with a lead, why it was stopped, how the last call went. Pure."""

from __future__ import annotations

NAMES = {
    "new": "New",
    "waiting": "Waiting",
    "calling": "In a call",
    "done": "Done",
    "stopped": "Stopped",
}
STOP_REASONS = {
    "do_not_call": "Do not call",
    "invalid_number": "Number not in service",
    "declined": "Refused",
    "by_hand": "Stopped",
    "forgotten": "Personal data erased",
}
COLORS = {  # blue is in progress, amber needs a person, red must not be called; the rest is grey
    "new": "plain",
    "waiting": "info",
    "calling": "info",
    "done": "good",
    "stopped": "warning",
    "do_not_call": "bad",
}
RESULTS = {
    "completed": "Completed",
    "busy": "Busy",
    "no_answer": "No answer",
    "voicemail": "Voicemail",
    "declined": "Declined",
    "invalid_number": "Invalid number",
    "failed": "Failed",
    "cancelled": "Canceled",
    "blocked": "Blocked by rule",
}


def name_state(state: str, stop_reason: str = "") -> str:
    """Return how far it is with a lead; for a stopped one, why."""
    return STOP_REASONS.get(stop_reason) or NAMES.get(state, state)


def color_of(state: str, stop_reason: str = "") -> str:
    """Return "good", "info", "warning", "bad" or "plain"."""
    return COLORS.get(stop_reason) or COLORS.get(state, "plain")


def name_result(result: str) -> str:
    """Return how a call went; "" when there was none."""
    return RESULTS.get(result) or result.replace("_", " ").capitalize()


def count(number: int, noun: str, plural: str = "") -> str:
    """Return `1 lead` or `12,000 leads`."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"
