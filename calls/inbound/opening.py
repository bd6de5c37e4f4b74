"""Opens an inbound call: one for each room, routed, its brief rendered, its first events recorded.

Two callers: the webhook, and a worker whose job came without our metadata.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from calls.brief import CallBrief, render_brief
from calls.livekit.participant import read_numbers
from calls.metrics import CALLS_OPENED
from calls.models import Call, CallEvent, call_of_room
from personas.answering.metrics import LOOKUPS
from personas.answering.routing import Route, Source
from personas.answering.who_answers import Answer, find_who_answers, identify
from personas.models import PersonaVersion
from voiceplatform.ids import uuid7

FALLBACKS = (Source.CUSTOMER_DEFAULT, Source.BUILT_IN)  # who answers when no persona is assigned to this number


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A phone that joined a room and wants to be answered."""

    room_name: str
    caller: str  # as it came; "" = unknown
    dialed: str  # as it came; "" = unknown
    room_sid: str = ""
    participant_sid: str = ""
    simulated: bool = False


def read_arrival(
    attributes: Mapping[str, Any],
    *,
    metadata: str,
    room_metadata: str,
    identity: str,
    room_name: str,
    participant_sid: str,
    room_sid: str = "",
) -> Arrival:
    """Return the arrival of a phone as LiveKit shows it. Cost: none."""
    numbers = read_numbers(
        attributes,
        metadata=metadata,
        room_metadata=room_metadata,
        identity=identity,
        default_caller=settings.DEFAULT_CALLER,
        withheld=settings.WITHHELD_CALLER_IDS,
    )
    return Arrival(
        room_name=room_name,
        room_sid=room_sid,
        participant_sid=participant_sid,
        caller=numbers.caller,
        dialed=numbers.dialed,
    )


def open_inbound_call(arrival: Arrival, now: datetime, *, answer: Answer | None = None) -> Call:
    """Return the call of the arrival's room, opened now unless it was before.

    Cost: about ten queries; the CRM's budget when the number is unknown. Asks the CRM outside any transaction.
    """
    known = call_of_room(arrival.room_name) or open_new_call(arrival, now, answer=answer)
    return known or Call.objects.get(room_name=arrival.room_name)


def open_new_call(
    arrival: Arrival, now: datetime, *, answer: Answer | None = None, asks_for_agent: bool = False
) -> Call | None:
    """Open the call of the arrival's room; None when another process was quicker: the call that is there counts.

    `asks_for_agent`: this process also holds the right to dispatch its agent, as if by `Call.claim_dispatch`.
    """
    answer = answer or find_who_answers(dialed=arrival.dialed, caller=arrival.caller)
    try:
        call = _create(arrival, answer, now, asks_for_agent=asks_for_agent)
    except IntegrityError:
        if call_of_room(arrival.room_name) is None:
            raise
        return None
    if not arrival.simulated:
        CALLS_OPENED.add(direction=call.direction)
        LOOKUPS.add(source=answer.route.source, result=_result(answer))
    return call


def _result(answer: Answer) -> str:
    """Return whether a persona was set up for this call; “pending”: the CRM is still to be asked, during the call."""
    if answer.persona_pending:
        return "pending"
    return "fallback" if answer.route.source in FALLBACKS else "found"


def answer_with(version: PersonaVersion, arrival: Arrival, *, source: Source) -> Answer:
    """Return the answer when the persona was chosen elsewhere: by a job that brought its configuration along."""
    parties = identify(dialed=arrival.dialed, caller=arrival.caller)
    return Answer(parties=parties, route=Route(source=source, version_id=version.pk), version=version)


def _create(arrival: Arrival, answer: Answer, now: datetime, *, asks_for_agent: bool) -> Call:
    call_id = uuid7()
    with transaction.atomic():
        call = Call.objects.create(
            id=call_id,
            customer=answer.parties.customer,
            direction=Call.Direction.INBOUND,
            simulated=arrival.simulated,
            room_name=arrival.room_name,
            room_sid=arrival.room_sid,
            participant_sid=arrival.participant_sid,
            phone=answer.parties.caller,
            dialed=answer.parties.dialed,
            number=answer.parties.number,
            persona=answer.version.persona if answer.version else None,
            persona_version=answer.version,
            persona_source=answer.route.source,
            persona_reason=answer.explain(),
            brief=_brief(str(call_id), answer).to_json(),
            status=Call.Status.RINGING,
            queued_at=now,
            ringing_at=now,
            dispatch_asked_at=timezone.now() if asks_for_agent else None,  # not `now`: the CRM may have taken its time
        )
        _note_the_beginning(call, answer, now)
    return call


def _brief(call_id: str, answer: Answer) -> CallBrief:
    return render_brief(
        answer.spec,
        call_id=call_id,
        version=answer.version.number if answer.version else None,
        source=answer.route.source,
        caller=answer.parties.caller,
        dialed=answer.parties.dialed,
        persona_pending=answer.persona_pending,
    )


def _note_the_beginning(call: Call, answer: Answer, now: datetime) -> None:
    names = CallEvent.Name
    if answer.route.source in FALLBACKS and not answer.persona_pending:
        reason = answer.explain() or "no rule, number or CRM names a persona"
        persona = CallEvent(
            call=call, name=names.PERSONA_NOT_FOUND, at=now, data={"reason": reason, "instead": answer.spec.name}
        )
    else:
        persona = CallEvent(
            call=call,
            name=names.PERSONA_LOADED,
            at=now,
            data={"persona": answer.spec.name, "source": answer.route.source},
        )
    CallEvent.objects.bulk_create([CallEvent(call=call, name=names.CALL_RINGING, at=now), persona])
