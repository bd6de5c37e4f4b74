"""What does an event of LiveKit change? Opens calls, asks for their agents, notes answers and ends.

Events come up to five times, in any order, several at once, or never: each function here may run twice or too late.
"""

from __future__ import annotations

import logging
import time
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone

from calls.inbound.opening import Arrival, open_new_call
from calls.livekit.event import LiveKitEvent, Participant, read_event
from calls.livekit.gateway import LiveKitError, dispatch_agent
from calls.livekit.leaving import explain_leaving
from calls.livekit.participant import clean_text, read_numbers
from calls.models import Call, CallEvent, WebhookDelivery, call_of_room
from calls.outcomes import EndedBy, EndReason
from voiceplatform.observability.logs import note_context

logger = logging.getLogger(__name__)

NOTHING_TO_DO = "nothing to do"
DELIVERED_BEFORE = "delivered before"
LEASE_BEYOND_BUDGET = timedelta(seconds=0.5)  # whoever asks for an agent has given up by then
_LOOK_AGAIN_SECONDS = 0.05  # while another delivery asks for the agent
_LEFT = {"participant_left", "participant_connection_aborted"}
# Important: all others are let go at once. LiveKit delivers a room's events one after the other, so each millisecond
# spent
# on its room_started is one more of ringing.
KEPT_EVENTS = {"participant_joined", "room_finished", *_LEFT}


def receive(data: object, now: datetime) -> str:
    """Handle one delivery and return what came of it, in words.

    Raises NotAnEventError when the JSON is no event, and LiveKitError when no agent could be requested: the delivery
    then stays unhandled, and the next one of the same event completes the same call.
    Cost: none for an event that means nothing to us; for a new call some ten queries, the CRM's budget when the number
    is unknown, and the budget of a dispatch.
    """
    event = read_event(data)
    if event.name not in KEPT_EVENTS:
        return f"{NOTHING_TO_DO}: {event.name} means nothing here"
    if event.name == "participant_joined" and event.participant and event.participant.is_agent:
        return f"{NOTHING_TO_DO}: agents say themselves that they joined"
    delivery = WebhookDelivery.objects.record_received(event, now)
    if delivery.handled_at:
        return DELIVERED_BEFORE
    outcome = _handle_first(event, now) if delivery.times_received == 1 else _handle(event, now)
    delivery.record_handled(timezone.now(), outcome)
    return outcome


def handle_stored(delivery: WebhookDelivery, now: datetime) -> str:
    """Handle a delivery that was stored, with its signature checked, but not completed.

    Returns what came of it. Raises as `receive`.
    """
    outcome = _handle(read_event(delivery.body), now)
    delivery.record_handled(timezone.now(), outcome)
    return outcome


def _handle_first(event: LiveKitEvent, now: datetime) -> str:
    """Handle what came for the first time: a phone that calls us has no call yet, nearly always, so nobody looks for
    it.

    Should it have one after all, a worker's, opening another fails on the room's name, and the call that is there
    counts.
    """
    who = event.participant
    if event.name == "participant_joined" and event.room_name and who and who.is_phone and who.is_calling_us:
        return _phone_arrived(event, who, now)
    return _handle(event, now)


def _handle(event: LiveKitEvent, now: datetime) -> str:
    """Let the event do what it means for the call of its room."""
    call = call_of_room(event.room_name) if event.room_name else None
    if call:
        note_context(call_id=str(call.pk))
    if event.name == "participant_joined" and event.room_name and event.participant:
        return _someone_joined(event, event.participant, call, now)
    if call is None:
        return f"{NOTHING_TO_DO}: no call has this room"
    _note_answer(call, event.participant, now)
    if event.name in _LEFT and event.participant:
        return _someone_left(event.participant, call, now)
    if event.name == "room_finished":
        return _room_finished(event, call, now)
    return NOTHING_TO_DO


def _someone_joined(event: LiveKitEvent, participant: Participant, call: Call | None, now: datetime) -> str:
    if not participant.is_phone:
        return f"{NOTHING_TO_DO}: neither phone nor agent"
    if call is None:
        return (
            _phone_arrived(event, participant, now)
            if participant.is_calling_us
            else f"{NOTHING_TO_DO}: a phone that is being called"
        )
    return _phone_joined_known_call(event, participant, call, now)


def _phone_joined_known_call(event: LiveKitEvent, participant: Participant, call: Call, now: datetime) -> str:
    _note_answer(call, participant, now)
    if call.direction != Call.Direction.INBOUND or call.simulated:
        return f"{NOTHING_TO_DO}: the call was opened by us"
    return _phone_joined_again(event, participant, call, now)


def _phone_arrived(event: LiveKitEvent, participant: Participant, now: datetime) -> str:
    """Open the call and ask for its agent, unless the phone is gone already.

    Important: whether it left is asked after the call was committed. A leaving that arrives later finds the call and
    ends it; one that arrived earlier is found here. Asked before, one that comes in between would be seen by nobody.
    """
    call = open_new_call(_arrival(event, participant), now, asks_for_agent=True)
    if call is None:
        return _phone_joined_known_call(event, participant, Call.objects.get(room_name=event.room_name), now)
    note_context(call_id=str(call.pk))
    if WebhookDelivery.objects.has_left(participant.sid, event.room_sid):
        call.finish(now, ended_by=EndedBy.CALLER, reason=EndReason.CALLER_HUNG_UP_RINGING)
        return "call opened as ended: the phone had left before"
    _note_answer(call, participant, now)
    _dispatch(call, budget_seconds=settings.LIVEKIT_DISPATCH_BUDGET_SECONDS)
    return "call opened: agent requested"


def _phone_joined_again(event: LiveKitEvent, participant: Participant, call: Call, now: datetime) -> str:
    """The call is there: the event came before and was not completed, a worker opened the call, or the phone came back."""
    if call.status == Call.Status.ENDED:
        return _phone_joined_ended_call(participant, call)
    if WebhookDelivery.objects.has_left(participant.sid, event.room_sid):
        return _phone_left_again(participant, call, now)
    if call.participant_sid != participant.sid:
        if call.participant_sid and not _came_back(participant, call):
            return f"{NOTHING_TO_DO}: another phone in the room of a call"
        call.follow_phone(participant.sid, room_sid=event.room_sid)
        _note_answer(call, participant, now)
    return f"call known: {ask_for_agent(call)}"


def _phone_left_again(participant: Participant, call: Call, now: datetime) -> str:
    """End the call when the phone that left is its own: whoever opened it may have died before looking for that."""
    if call.participant_sid != participant.sid:
        return f"{NOTHING_TO_DO}: the phone left again"
    return _finish(call, now, ended_by=EndedBy.CALLER, reason=EndReason.CALLER_HUNG_UP_RINGING)


def _phone_joined_ended_call(participant: Participant, call: Call) -> str:
    if call.participant_sid in ("", participant.sid):
        return f"{NOTHING_TO_DO}: the call has ended"
    # A room is one call's: a second phone in it rings unanswered, so somebody must hear of the rule that allows it.
    logger.error(
        "A phone joined a room whose call has ended: use a dispatch rule of type “individual”",
        extra={"call_id": str(call.pk)},
    )
    return "not answered: the room belongs to a call that has ended"


def _came_back(participant: Participant, call: Call) -> bool:
    """Whether this is the call's phone after a reconnect: the same identity, joined later. LiveKit issue 2399."""
    earlier = WebhookDelivery.objects.filter(name="participant_joined", participant_sid=call.participant_sid).first()
    before = read_event(earlier.body).participant if earlier else None
    return bool(before and before.identity == participant.identity and before.joined_at_ms < participant.joined_at_ms)


def _someone_left(participant: Participant, call: Call, now: datetime) -> str:
    """End the call when its phone left.

    The stay counts, not the identity: an old stay may end after a new one began.
    """
    if participant.is_agent:
        return "agent left" if call.status == Call.Status.ENDED else "agent left while the call goes on"
    if participant.sid != call.participant_sid and (call.participant_sid or not participant.is_phone):
        return f"{NOTHING_TO_DO}: not the call's phone"
    leaving = explain_leaving(answered=call.answered_at is not None, disconnect_reason=participant.disconnect_reason)
    return _finish(call, now, ended_by=leaving.ended_by, reason=leaving.reason)


def _room_finished(event: LiveKitEvent, call: Call, now: datetime) -> str:
    if call.room_sid and event.room_sid and call.room_sid != event.room_sid:
        return f"{NOTHING_TO_DO}: an earlier room of this name"
    return _finish(call, now, ended_by=EndedBy.SYSTEM, reason=EndReason.ROOM_CLOSED)


def _finish(call: Call, now: datetime, *, ended_by: EndedBy, reason: EndReason) -> str:
    return (
        f"call ended: {reason}"
        if call.finish(now, ended_by=ended_by, reason=reason)
        else f"{NOTHING_TO_DO}: the call had ended"
    )


def _note_answer(call: Call, participant: Participant | None, now: datetime) -> None:
    """Note that the line is open, when any event of the call's phone shows so:

    LiveKit has no event for the answer itself.
    """
    if participant is None or not participant.is_phone or participant.call_status != "active":
        return
    if call.answered_at is None and call.participant_sid in ("", participant.sid):
        call.answer(now)


def _arrival(event: LiveKitEvent, participant: Participant) -> Arrival:
    numbers = read_numbers(
        participant.attributes,
        metadata=participant.metadata,
        room_metadata=event.room_metadata,
        identity=participant.identity,
        default_caller=settings.DEFAULT_CALLER,
    )
    return Arrival(
        room_name=event.room_name,
        room_sid=event.room_sid,
        participant_sid=participant.sid,
        caller=numbers.caller,
        dialed=numbers.dialed,
    )


def ask_for_agent(call: Call) -> str:
    """Have exactly one agent asked into the call's room, by us or by whoever is asking already. Returns how, in words.

    Raises LiveKitError when nobody could within the budget. Network: never inside a transaction.
    """
    budget = settings.LIVEKIT_DISPATCH_BUDGET_SECONDS
    give_up_at = time.monotonic() + budget
    while True:
        if call.claim_dispatch(timezone.now(), lease=timedelta(seconds=budget) + LEASE_BEYOND_BUDGET):
            _dispatch(call, budget_seconds=max(give_up_at - time.monotonic(), 0.1))
            return "agent requested"
        call.refresh_from_db(fields=["status", "dispatched_at", "agent_job_id"])
        if call.dispatched_at or call.agent_job_id:
            return "agent had been requested"
        if call.status == Call.Status.ENDED:
            return "no agent: the call has ended"
        if time.monotonic() > give_up_at:
            raise LiveKitError(
                f"another delivery is asking for the agent of this call for more than {budget:g} s", permanent=False
            )
        time.sleep(_LOOK_AGAIN_SECONDS)


def _dispatch(call: Call, *, budget_seconds: float) -> None:
    """Ask LiveKit for the agent.

    Whoever calls this has won the right to, by opening the call or by `claim_dispatch`.
    """
    try:
        dispatch_id = dispatch_agent(call.room_name, str(call.pk), budget_seconds=budget_seconds)
    except LiveKitError as error:
        call.release_dispatch()
        call.record(
            CallEvent.Name.DISPATCH_FAILED,
            timezone.now(),
            reason=clean_text(str(error), 300),
            permanent=error.permanent,
        )
        raise
    call.record_dispatched(timezone.now(), dispatch_id=dispatch_id)
