"""Says a call in three sentences: who called, who spoke and why, how it ended; more when a machine answered or the person
opted out.
"""

from __future__ import annotations

from django.utils import timezone
from django.utils.formats import date_format

from calls.labels import GENERIC_ASSISTANT
from calls.models import Call
from calls.outcomes import PickedUp
from calls.words import MACHINES
from personas.answering.routing import Source
from personas.answering.words import CHOSEN
from voiceplatform.formats import format_elapsed, format_seconds
from voiceplatform.phone_numbers import format_caller, format_phone

MACHINES_NAMED = frozenset({PickedUp.VOICEMAIL, PickedUp.IVR, PickedUp.SCREENING, PickedUp.INTERCEPT})
OPTED_OUT = "The person asked not to be called again."
WAITING = {
    Call.Status.QUEUED: "Waits to be placed.",
    Call.Status.DIALING: "Dialing.",
    Call.Status.RINGING: "Ringing.",
    Call.Status.ACTIVE: "In conversation.",
}


def summarise(call: Call) -> list[str]:
    """Return the call in three to five sentences. Cost: none."""
    picked_up = f"{MACHINES[PickedUp(call.machine)]} picked up." if call.machine in MACHINES_NAMED else ""
    opted_out = OPTED_OUT if call.opted_out_at else ""
    sentences = [_who_called(call), picked_up, _who_spoke(call), _how_it_ended(call), opted_out]
    return [sentence for sentence in sentences if sentence]


def name_persona(call: Call) -> str:
    """Return who speaks, as it was in the call; "" when that is unknown."""
    if call.persona_source == Source.BUILT_IN:
        return GENERIC_ASSISTANT
    return str(call.brief.get("persona") or "")


def name_number(call: Call) -> str:
    """Return the customer's number in the call, with its label: `+1 555 123 0100 Front desk`."""
    label = call.number.label if call.number else ""
    ours = call.caller_id if call.direction == Call.Direction.OUTBOUND else call.dialed
    return f"{format_phone(ours)} {label}".strip()


def name_person(call: Call) -> str:
    """Return the caller or the person called, as the transcript names them."""
    return (call.name or "Person called") if call.direction == Call.Direction.OUTBOUND else "Caller"


def _who_called(call: Call) -> str:
    kind = " (test call)" if call.simulated else ""
    number = name_number(call) or "an unknown number"
    if call.direction == Call.Direction.OUTBOUND:
        phone = format_phone(call.phone) or "an unknown number"
        whom = f"{call.name} ({phone})" if call.name else phone
        tense = "calls" if call.status == Call.Status.QUEUED else "called"
        return f"{number[:1].upper()}{number[1:]} {tense} {whom}{kind}."
    return f"{format_caller(call.phone, 'A caller who withheld their caller ID')} called {number}{kind}."


def _who_spoke(call: Call) -> str:
    version = call.brief.get("persona_version")
    details = [f"v{version}"] if version else []
    details += [CHOSEN[Source(call.persona_source)]] if call.persona_source else []
    name = name_persona(call) or "the agent"
    who = f"{name} ({', '.join(details)})" if details else name
    if call.direction == Call.Direction.OUTBOUND:
        return _who_spoke_to_the_person(call, who)
    if call.first_word_ms is not None:
        return f"Answered by {who} in {format_seconds(call.first_word_ms)}."
    if call.answered_at:
        return f"Answered by {who}."
    if call.status == Call.Status.ENDED:
        return f"Not answered (would have been {', '.join([name, *details])})."
    return f"Will be answered by {who}."


def _who_spoke_to_the_person(call: Call, who: str) -> str:
    if call.first_word_ms is not None:
        return f"{who} spoke {format_seconds(call.first_word_ms)} after the answer."
    if call.answered_at:
        return f"Answered; {who} speaks."
    return f"{who} would have spoken." if call.status == Call.Status.ENDED else f"{who} will speak."


def _how_it_ended(call: Call) -> str:
    if call.status != Call.Status.ENDED:
        return _how_it_stands(call)
    when = f"after {format_elapsed(call.duration)}" if call.duration is not None else "before it was answered"
    return f"Ended {when}: {_inside_a_sentence(call.why_ended)}."


def _how_it_stands(call: Call) -> str:
    due = call.next_dial_at
    if call.status == Call.Status.QUEUED and due and due > timezone.now():
        return f"Due on {date_format(timezone.localtime(due), 'DATETIME_FORMAT')}."
    return "In conversation." if call.answered_at else WAITING[Call.Status(call.status)]


def _inside_a_sentence(words: str) -> str:
    """Return the words with a small first letter; a name keeps its own."""
    first = words.split(" ")[0]
    return words.rstrip(".") if first[1:] != first[1:].lower() else f"{words[:1].lower()}{words[1:]}".rstrip(".")
