"""A believable day of calls, for looking at pages: some answered, some failed, some abandoned, some live.

The same each time.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from calls.inbound.opening import Arrival, open_inbound_call
from calls.models import Call, CallEvent, WebhookDelivery
from personas.models import PhoneNumber
from tests.conftest import make_customer, make_number, make_persona
from transcripts.models import Turn, save_turn
from transcripts.spoken_turn import SpokenTurn

TALK = (
    ("agent", "Riverside Clinic, this is Nora. How can I help you?", 3.1, None),
    ("caller", "Hi, are you open on Saturday?", 2.4, None),
    ("agent", "We are, from nine to noon. Would you like me to find you an appointment?", 4.6, 780),
    ("caller", "Yes please. It is for my daughter, she has had a cough for a week.", 4.2, None),
    ("agent", "I am sorry to hear that. Doctor Lee has a place at ten fifteen. Shall I", 4.8, 910),
    ("caller", "Ten fifteen is fine.", 1.6, None),
    ("agent", "Then it is ten fifteen on Saturday with Doctor Lee. What is your daughter's name?", 5.0, 640),
    ("caller", "Ines Moreira. M, O, R, E, I, R, A.", 3.8, None),
    ("agent", "Thank you. Ines Moreira, Saturday at ten fifteen. Is there anything else?", 4.4, 1320),
    ("caller", "No, that is all. Thank you, goodbye!", 2.2, None),
    ("agent", "Thank you for calling Riverside Clinic. Goodbye!", 2.9, 700),
)
RESULTS = ["completed"] * 7 + ["failed", "completed", "cancelled", "completed", "completed"]


def make_day(now: datetime | None = None) -> Call:
    """Fill today up to now; returns a call that ended well."""
    now = now or timezone.now()
    customer = make_customer("riverside", name="Riverside Clinic")
    desk = make_number("+15551230100", persona=make_persona("Nora", customer=customer), label="Front desk")
    make_persona("Leo", customer=customer, publish=False)
    make_number("+15551230177", persona=make_persona("Marta", customer=customer), label="Billing")
    begun = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    day = (now - begun) / timedelta(minutes=1)
    for place in range(48):
        _past_call(desk, begun + timedelta(minutes=day * (0.25 + 0.7 * place / 48)), place)
    whole = _past_call(desk, now - timedelta(minutes=14), 0, name="whole")
    _running_call(desk, now - timedelta(seconds=41), caller="+15550100077", turns=5)
    _running_call(PhoneNumber.objects.get(label="Billing"), now - timedelta(seconds=9), caller="+442079460018", turns=0)
    return whole


def _past_call(number: PhoneNumber, at: datetime, place: int, *, name: str = "") -> Call:
    result = RESULTS[place % len(RESULTS)]
    call = _open(number, at, caller=f"+1555010{place:04}", room=name or f"call-{place}")
    if result == "cancelled":
        call.finish(
            at + timedelta(seconds=11 + place % 7),
            ended_by=Call.EndedBy.CALLER,
            reason=Call.EndReason.CALLER_HUNG_UP_RINGING,
        )
        return call
    end = _talk(call, at, turns=len(TALK) if name else 3 + place % 8, hurry=place % 5 * 90)
    failed: dict[str, Any] = {
        "ended_by": Call.EndedBy.SYSTEM,
        "reason": Call.EndReason.MODEL_FAILED,
        "detail": "APITimeoutError",
        "result": Call.Result.FAILED,
    }
    well: dict[str, Any] = {"ended_by": Call.EndedBy.AGENT, "reason": Call.EndReason.AGENT_ENDED}
    if result == "failed":
        call.record(CallEvent.Name.MODEL_ERROR, end, error="APITimeoutError", will_retry=False)
        call.record(CallEvent.Name.APOLOGY_PLAYED, end + timedelta(seconds=1))
    call.finish(end + timedelta(seconds=2), **(failed if result == "failed" else well))
    return call


def _running_call(number: PhoneNumber, at: datetime, *, caller: str, turns: int) -> Call:
    call = _open(number, at, caller=caller, room=f"live-{caller}")
    if turns:
        _talk(call, at, turns=turns, hurry=0)
    else:
        call.record(
            CallEvent.Name.DISPATCH_FAILED,
            at + timedelta(seconds=3),
            reason="No response from LiveKit within 3 s (to dispatch an agent)",
            permanent=False,
        )
    return call


def _open(number: PhoneNumber, at: datetime, *, caller: str, room: str) -> Call:
    call = open_inbound_call(Arrival(room_name=room, caller=caller, dialed=number.phone), at)
    WebhookDelivery.objects.create(
        event_id=f"EV_{room}",
        name="participant_joined",
        room_name=room,
        body={},
        received_at=at,
        handled_at=at,
        outcome="opened a call",
    )
    return call


def _talk(call: Call, at: datetime, *, turns: int, hurry: int) -> datetime:
    """Say the first sentences; returns when the last one ended."""
    call.record_dispatched(at + timedelta(milliseconds=90), dispatch_id="AD_1")
    call.record(CallEvent.Name.AGENT_JOINED, at + timedelta(milliseconds=480))
    call.record(CallEvent.Name.PERSONA_APPLIED, at + timedelta(milliseconds=520), persona="Nora", version=1)
    call.claim_for_agent("AJ_1", at)
    moment = at + timedelta(milliseconds=900 + hurry)
    call.answer(moment)
    call.record_first_word(moment + timedelta(milliseconds=150))
    for place, (speaker, words, lasts, latency) in enumerate(TALK[:turns]):
        moment += timedelta(milliseconds=latency or 350)
        ended = moment + timedelta(seconds=lasts)
        cut = words.endswith("Shall I")
        values: dict[str, Any] = {
            "started_at": moment,
            "ended_at": ended,
            "latency_ms": latency and latency + hurry,
            "interrupted": cut,
        }
        save_turn(call, SpokenTurn(item_id=f"item-{place}", speaker=Turn.Speaker(speaker), text=words, **values))
        if cut:
            call.record(CallEvent.Name.INTERRUPTED, ended)
        if place == 6:
            call.record(CallEvent.Name.TOOL_CALLED, ended, tool="book_appointment", failed=False)
        moment = ended
    return moment
