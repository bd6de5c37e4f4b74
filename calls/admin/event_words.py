"""Says in words what an event of a call is, and what its facts mean."""

from __future__ import annotations

from typing import Any

from calls.labels import RESULTS, ROUTED_BY
from calls.models import CallEvent
from calls.outbound.opt_out.wording import BY_TOOL, Rule
from calls.words import MACHINES, RECORDING_PROBLEMS, describe_end_event, describe_loss

NAMES = {
    CallEvent.Name.PERSONA_LOADED: "Persona selected",
    CallEvent.Name.PERSONA_NOT_FOUND: "No persona found",
    CallEvent.Name.PERSONA_APPLIED: "Persona loaded by agent",
    CallEvent.Name.AGENT_DISPATCHED: "Agent requested",
    CallEvent.Name.DISPATCH_FAILED: "Agent request failed",
    CallEvent.Name.AGENT_JOINED: "Agent joined",
    CallEvent.Name.AGENT_LOST: "Agent disconnected",
    CallEvent.Name.AGENT_RESUMED: "Agent resumed",
    CallEvent.Name.CALL_REQUESTED: "Call requested",
    CallEvent.Name.DIALING: "Dialing",
    CallEvent.Name.DIAL_FAILED: "Trunk refused the call",
    CallEvent.Name.CALL_RINGING: "Ringing",
    CallEvent.Name.CALL_ANSWERED: "Answered",
    CallEvent.Name.FIRST_WORD: "First response",
    CallEvent.Name.INTERRUPTED: "Interrupted by caller",
    CallEvent.Name.TOOL_CALLED: "Tool called",
    CallEvent.Name.SILENCE: "Silence",
    CallEvent.Name.MAX_DURATION: "Maximum duration reached",
    CallEvent.Name.MODEL_ERROR: "Model error",
    CallEvent.Name.MODEL_RECONNECTED: "Model reconnected",
    CallEvent.Name.SPEECH_REPEATED: "Said again",
    CallEvent.Name.MODEL_FAILED: "Model failed",
    CallEvent.Name.APOLOGY_PLAYED: "Apology message played",
    CallEvent.Name.DISCLOSURE_HEARD: "Disclosure heard",
    CallEvent.Name.MACHINE_DETECTED: "Who picked up",
    CallEvent.Name.DO_NOT_CALL: "Asked not to be called again",
    CallEvent.Name.RECORDING_FAILED: "Recording ended early",
    CallEvent.Name.CALL_ENDED: "Call ended",
}

# The facts that people read of an event, in this order; of the others all. A rule of who picked up is for engineers.
SHOWN = {
    CallEvent.Name.MACHINE_DETECTED: ("machine", "words"),
    CallEvent.Name.DO_NOT_CALL: ("said", "rule", "listed"),
}
SPOKEN = {  # what the agent owes, of the event SPEECH_REPEATED
    "disclosure": "Disclosure",
    "opt_out": "Confirmation of the opt-out",
    "message": "Message for the answering machine",
    "welcome": "Welcome message",
    "answer": "Answer to the caller",
    "presence_check": "“Are you still there?”",
    "closing": "Closing message",
}


OPT_OUTS = {  # what was asked, of the event DO_NOT_CALL
    Rule.STOP_CALLING.value: "asked to stop calling",
    Rule.NO_MORE_CALLS.value: "wants no more calls",
    Rule.REMOVE.value: "asked to be removed",
    Rule.LEAVE_ALONE.value: "asked to be left alone",
    Rule.LISTED.value: "named the do-not-call list",
    Rule.WITHDRAW.value: "withdrew consent",
    Rule.ANSWER.value: "answered the agent's question",
    BY_TOOL: "noticed by the agent",
}


def name_event(name: str) -> str:
    """Return an event's name for people; one that has no words yet as it is written."""
    return NAMES.get(name, name.replace("_", " ").capitalize())  # type: ignore[call-overload,no-any-return]


def describe_facts(name: str, data: Any) -> list[str]:
    """Return an event's facts as phrases: `{"after_ring_ms": 1050}` becomes "1.05 s after first ring"."""
    if not isinstance(data, dict):
        return [str(data)]
    if name == CallEvent.Name.CALL_ENDED:
        data = describe_end_event(data)
    elif name == CallEvent.Name.AGENT_LOST:
        data = {**data, "reason": describe_loss(str(data.get("reason", "")))}
    shown = SHOWN.get(name, data)  # type: ignore[call-overload]
    facts = [(key, data[key]) for key in shown if key in data]
    return [_phrase(str(key), value) for key, value in facts if value not in ("", None, [], {})]


def _phrase(key: str, value: Any) -> str:
    """Return one fact in words; a fact that has none yet as its name and value."""
    match key, value:
        case "what", str() if value in SPOKEN:
            return SPOKEN[value]
        case "machine", str() if value in MACHINES:
            return MACHINES[value]
        case "words", list():
            return "recognized by " + ", ".join(f"“{words}”" for words in value)
        case "said", str():
            return f"“{value}”"
        case "rule", str() if value in OPT_OUTS:
            return OPT_OUTS[value]
        case "listed", bool():
            return "number is on the do-not-call list" if value else "no number was listed"
        case "continued", bool():
            return "from where it was cut off" if value else "from the start"
        case "source", str() if value in ROUTED_BY:
            return f"Routed by {_lower(ROUTED_BY[value])}"
        case "reason", str():
            return RECORDING_PROBLEMS.get(value, value)
        case "ended_by", str():
            return f"by {value}"
        case "result", str() if value in RESULTS:
            return RESULTS[value]
        case "after_ring_ms", int() | float():
            return f"{value / 1000:.2f} s after first ring"
        case "after_answer_ms", int() | float():
            return f"{value / 1000:.2f} s after the answer"
        case "will_retry", bool():
            return "retried" if value else "not retried"
        case "permanent", bool():
            return "not retried" if value else "retried"
        case "late", True:
            return "during the call"
        case _, bool():
            return f"{key.replace('_', ' ')}: {'yes' if value else 'no'}"
        case _, int() | float() if key.endswith("_ms"):
            return f"{_spaced(key, '_ms')}: {value / 1000:.2f} s"
        case _, int() | float() if key.endswith("_seconds"):
            return f"{_spaced(key, '_seconds')}: {value:g} s"
    return f"{key.replace('_', ' ')}: {value}"


def _spaced(key: str, unit: str) -> str:
    return key.removesuffix(unit).replace("_", " ")


def _lower(words: str) -> str:
    """Return the words as they stand inside a sentence; an abbreviation stays."""
    return words if words[:2].isupper() else f"{words[:1].lower()}{words[1:]}"
