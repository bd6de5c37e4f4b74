"""Decides what an event of LiveKit changes: opens calls, requests their agents, notes answers and ends.

Events come up to five times, in any order, several at once, or never: each function here may run twice or too late.
"""

from __future__ import annotations

import logging
from datetime import datetime

from django.conf import settings
from django.utils import timezone

from calls.dispatch.dispatch import AgentRequest, dispatch_first_agent, request_agent
from calls.inbound.joined import Decision, Joined, KnownCall, Stay, decide
from calls.inbound.opening import Arrival, open_new_call, read_arrival
from calls.livekit.event import LiveKitEvent, Participant, read_event
from calls.livekit.leaving import explain_leaving
from calls.models import Call, WebhookDelivery, call_of_room
from calls.outcomes import EndedBy, EndReason, WebhookOutcome
from voiceplatform.observability.logs import note_context

logger = logging.getLogger(__name__)

LEFT = frozenset({"participant_left", "participant_connection_aborted"})
# Important: all others are answered at once. LiveKit delivers a room's events one after the other, so each millisecond
# spent on its room_started is one more of ringing.
KEPT_EVENTS = frozenset({"participant_joined", "room_finished", *LEFT})

IGNORED = {
    Decision.IGNORE_PARTICIPANT: WebhookOutcome.IGNORED_PARTICIPANT,
    Decision.IGNORE_OUTBOUND: WebhookOutcome.IGNORED_OUTBOUND,
    Decision.IGNORE_OTHER_PHONE: WebhookOutcome.IGNORED_OTHER_PHONE,
    Decision.IGNORE_ENDED: WebhookOutcome.IGNORED_ENDED,
    Decision.REFUSE_REUSED_ROOM: WebhookOutcome.ROOM_REUSED,
}
REQUESTED = {
    AgentRequest.MADE: WebhookOutcome.AGENT_REQUESTED,
    AgentRequest.MADE_BEFORE: WebhookOutcome.AGENT_REQUESTED_BEFORE,
    AgentRequest.CALL_ENDED: WebhookOutcome.IGNORED_ENDED,
}


def receive(data: object, now: datetime) -> WebhookOutcome:
    """Handle one delivery and return what came of it.

    Raises NotAnEventError when the JSON is no event, and LiveKitError when no agent could be requested: the delivery
    then stays unhandled, and the next one of the same event completes the same call.
    Cost: none for an event that means nothing to us; for a new call about 15 statements, the CRM's budget when the
    number is unknown, and the budget of a dispatch.
    """
    event = read_event(data)
    if event.name not in KEPT_EVENTS:
        return WebhookOutcome.IGNORED_EVENT
    if event.name == "participant_joined" and event.participant and event.participant.is_agent:
        return WebhookOutcome.IGNORED_AGENT  # the worker itself notes that its agent joined
    delivery = WebhookDelivery.objects.record_received(event, now)
    if delivery.handled_at:
        return WebhookOutcome.DELIVERED_BEFORE
    outcome = _handle(event, now, is_first=delivery.times_received == 1)
    delivery.record_handled(timezone.now(), outcome)
    return outcome


def handle_stored(delivery: WebhookDelivery, now: datetime) -> WebhookOutcome:
    """Handle a delivery that was stored, with its signature checked, but not completed. As `receive`."""
    outcome = _handle(read_event(delivery.body), now, is_first=False)
    delivery.record_handled(timezone.now(), outcome)
    return outcome


def _handle(event: LiveKitEvent, now: datetime, *, is_first: bool) -> WebhookOutcome:
    participant = event.participant
    if event.name == "participant_joined" and event.room_name and participant:
        return _handle_joined(event, participant, now, is_first=is_first)
    call = call_of_room(event.room_name) if event.room_name else None
    if call is None:
        return WebhookOutcome.IGNORED_NO_CALL
    note_context(call_id=str(call.pk))
    _note_answer(call, participant, now)
    if event.name in LEFT and participant:
        return _handle_left(participant, call, now)
    if event.name == "room_finished" and not call.is_being_placed:
        if call.room_sid and event.room_sid and call.room_sid != event.room_sid:
            return WebhookOutcome.IGNORED_EARLIER_ROOM
        return _finish(call, now, ended_by=EndedBy.SYSTEM, reason=EndReason.ROOM_CLOSED)
    return WebhookOutcome.IGNORED_NO_CHANGE


def _handle_joined(event: LiveKitEvent, phone: Participant, now: datetime, *, is_first: bool) -> WebhookOutcome:
    """Open the phone's call and request its agent, or what is left to do of that.

    A phone whose first delivery this is nearly always has no call yet, so none is looked for. When a worker opened one,
    opening another fails on the room's name, and that call counts.
    Important: whether the phone left is looked up after the call was committed. A leaving that arrives later finds the
    call and ends it; one that arrived earlier is found here. Looked up before, one in between would be found by neither.
    """
    call = None if is_first and phone.is_calling_us else call_of_room(event.room_name)
    decision = decide(_joined(event, phone, call))
    opened = None
    if decision is Decision.OPEN:
        opened = open_new_call(_arrival(event, phone), now, asks_for_agent=True)
        call = opened or Call.objects.get(room_name=event.room_name)
        decision = decide(_joined(event, phone, call))
    if call is None:
        return IGNORED[decision]
    note_context(call_id=str(call.pk))
    if decision is Decision.ABANDON:
        ended = call.finish(now, ended_by=EndedBy.CALLER, reason=EndReason.CALLER_HUNG_UP_RINGING)
        return WebhookOutcome.CALL_ABANDONED if ended else WebhookOutcome.IGNORED_ENDED
    if decision in (Decision.FOLLOW, Decision.FOLLOW_DIALED):
        call.follow_phone(phone.sid, room_sid=event.room_sid)
    _note_answer(call, phone, now)
    if decision is Decision.REFUSE_REUSED_ROOM:
        # A room is one call's: a second phone in it rings unanswered, so operators must learn of the rule at fault.
        logger.error(
            "A phone joined a room whose call has ended: use a dispatch rule of type “individual”",
            extra={"call_id": str(call.pk)},
        )
    if decision is Decision.FOLLOW_DIALED:
        return WebhookOutcome.PHONE_FOLLOWED
    if decision in IGNORED:
        return IGNORED[decision]
    if opened:  # opening a call includes the right to dispatch its agent
        dispatch_first_agent(opened, budget_seconds=settings.LIVEKIT_DISPATCH_BUDGET_SECONDS)
        return WebhookOutcome.CALL_OPENED
    return REQUESTED[request_agent(call)]


def _joined(event: LiveKitEvent, phone: Participant, call: Call | None) -> Joined:
    """Return the facts to decide on. Cost: up to two queries for a live inbound call."""
    if call is None or not phone.is_phone:
        return Joined(is_phone=phone.is_phone, is_calling_us=phone.is_calling_us, call=None)
    is_inbound = call.direction == Call.Direction.INBOUND and not call.simulated
    has_ended = call.status == Call.Status.ENDED
    return Joined(
        is_phone=phone.is_phone,
        is_calling_us=phone.is_calling_us,
        call=KnownCall(is_inbound=is_inbound, has_ended=has_ended, stay=_stay(phone, call)),
        has_left=is_inbound and not has_ended and WebhookDelivery.objects.has_left(phone.sid, event.room_sid),
    )


def _stay(phone: Participant, call: Call) -> Stay:
    if call.participant_sid == phone.sid:
        return Stay.SAME
    if not call.participant_sid:
        return Stay.UNKNOWN
    if call.status == Call.Status.ENDED:
        return Stay.OTHER
    # The same identity, joined later, is the call's phone after a reconnect. LiveKit issue 2399.
    earlier = WebhookDelivery.objects.filter(name="participant_joined", participant_sid=call.participant_sid).first()
    before = read_event(earlier.body).participant if earlier else None
    returned = before and before.identity == phone.identity and before.joined_at_ms < phone.joined_at_ms
    return Stay.RETURNED if returned else Stay.OTHER


def _arrival(event: LiveKitEvent, phone: Participant) -> Arrival:
    return read_arrival(
        phone.attributes,
        metadata=phone.metadata,
        room_metadata=event.room_metadata,
        identity=phone.identity,
        room_name=event.room_name,
        room_sid=event.room_sid,
        participant_sid=phone.sid,
    )


def _handle_left(participant: Participant, call: Call, now: datetime) -> WebhookOutcome:
    """End the call when its phone left.

    The stay counts, not the identity: an old stay may end after a new one began.
    """
    if participant.is_agent:
        has_ended = call.status == Call.Status.ENDED
        return WebhookOutcome.AGENT_LEFT if has_ended else WebhookOutcome.AGENT_LEFT_EARLY
    if participant.sid != call.participant_sid and (call.participant_sid or not participant.is_phone):
        return WebhookOutcome.IGNORED_OTHER_PHONE
    if participant.may_return:
        return WebhookOutcome.PHONE_MAY_RETURN  # its agent waits some seconds; the recovery process ends the call else
    if call.is_being_placed and participant.call_status == "hangup":
        call.answer(now)  # only a phone that was answered says so as it leaves
    if call.is_being_placed:
        return (
            WebhookOutcome.LEFT_TO_AGENT
        )  # a SIP status says why; without an agent the recovery process ends the call
    leaving = explain_leaving(
        answered=call.answered_at is not None,
        disconnect_reason=participant.disconnect_reason,
        by_callee=call.direction == Call.Direction.OUTBOUND,
    )
    return _finish(call, now, ended_by=leaving.ended_by, reason=leaving.reason)


def _finish(call: Call, now: datetime, *, ended_by: EndedBy, reason: EndReason) -> WebhookOutcome:
    ended = call.finish(now, ended_by=ended_by, reason=reason)
    return WebhookOutcome.CALL_ENDED if ended else WebhookOutcome.IGNORED_ENDED


def _note_answer(call: Call, participant: Participant | None, now: datetime) -> None:
    """Note that the call was answered, when any event of its phone shows it: LiveKit has no event for the answer."""
    if participant is None or not participant.is_phone or participant.call_status != "active":
        return
    if call.answered_at is None and call.participant_sid in ("", participant.sid):
        call.answer(now)
