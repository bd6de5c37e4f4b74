"""Grants the right to dial, once for each call and within the trunk's limits, and notes how dialing went.

The right is granted in one transaction under the locks of the call and of its trunk, so limits are exact however many
processes dial, and it is committed before anything rings. A call that was granted it is not dialed a second time, unless
the carrier itself refused before a phone could ring.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from calls.models import Call, Trunk
from calls.models.heartbeat import database_now
from calls.outbound.caller_id import choose_caller_id
from calls.outbound.dial_errors import Failure, explain
from calls.outbound.permission import check_call
from calls.outbound.sip_outcome import About
from calls.outcomes import EndedBy, EndReason, Result
from campaigns.permission.may_call import Answer
from personas.models import Customer
from voiceplatform.encryption.secret import NoKeyFitsError

logger = logging.getLogger(__name__)

LATEST_AFTER_DUE = timedelta(
    hours=1
)  # a call that could not be placed until then is given up, however often it was tried
MOST_DIALS = 5  # of one call, while its trunk refuses
FIRST_RETRY = timedelta(seconds=5)  # doubled with each refusal, unless the carrier says for how long
LONGEST_RETRY = timedelta(minutes=5)
FREE_LINE_SECONDS = 1.0  # after which a trunk whose lines are all taken is asked again


@dataclass(frozen=True, kw_only=True)
class Dial:
    """The right to dial now: everything LiveKit SIP needs."""

    phone: str  # E.164
    caller_id: str  # E.164
    ringing_seconds: int
    trunk_id: str  # in LiveKit; "" = the request brings the trunk's own configuration
    address: str
    transport: str
    auth_username: str
    auth_password: str


@dataclass(frozen=True, kw_only=True)
class Wait:
    """The trunk is at a limit."""

    seconds: float  # after which to ask again


@dataclass(frozen=True, kw_only=True)
class Dialed:
    """The call was dialed before, by an agent that was lost: its phone is in the room, or the call is over."""

    ringing_seconds: int


@dataclass(frozen=True, kw_only=True)
class Over:
    """The call has ended, or was ended now because it may not be placed."""


def claim_dial(call_id: uuid.UUID, job_id: str) -> Dial | Wait | Dialed | Over:
    """Win the right to dial the call for the job that holds it. Cost: about ten queries."""
    with transaction.atomic():
        call = _calls_to_dial().get(pk=call_id)
        if call.status == Call.Status.ENDED or call.agent_job_id != job_id:
            return Over()
        if call.status != Call.Status.QUEUED:
            return Dialed(ringing_seconds=call.trunk.ringing_seconds if call.trunk else 0)
        now = database_now()
        if now - (call.scheduled_at or call.queued_at) > LATEST_AFTER_DUE:
            return _give_up(call, EndReason.TOO_LATE, now)
        answer = check_call(call, now)
        if not answer.allowed:
            return _refuse(call, answer, now)
        trunk = _lock_trunk(call)
        if trunk is None or not trunk.numbers:
            return _give_up(call, EndReason.NO_TRUNK, now)
        now = database_now()  # again: calls that started while we waited for the lock lie before it and count
        if wait := _seconds_until_free(trunk, now):
            return Wait(seconds=wait)
        try:
            password = trunk.auth_password.reveal()
        except NoKeyFitsError:
            logger.exception("The password of a trunk cannot be opened", extra={"trunk": str(trunk.uid)})
            return _give_up(call, EndReason.TRUNK_FAILED, now)
        call.start_dialing(now, trunk=trunk, caller_id=_caller_id(call, trunk), permission=answer.to_json())
    return Dial(
        phone=call.phone,
        caller_id=call.caller_id,
        ringing_seconds=trunk.ringing_seconds,
        trunk_id=trunk.livekit_id,
        address=trunk.address,
        transport=trunk.transport,
        auth_username=trunk.auth_username,
        auth_password=password,
    )


def rehearse() -> None:
    """Run what `claim_dial` reads, for a call that does not exist. Writes and locks nothing.

    The first queries of a process take several times as long as later ones.
    """
    no_call = uuid.UUID(int=0)
    with transaction.atomic():
        _calls_to_dial().filter(pk=no_call).first()
        now = database_now()
        check_call(Call(pk=no_call, customer=Customer(pk=0), phone="+12025550100"), now)
        Trunk.objects.usable_by(0).select_for_update().filter(pk=0).first()
        _seconds_until_free(Trunk(pk=0), now)


def _calls_to_dial() -> QuerySet[Call]:
    return Call.objects.select_for_update(of=("self",)).select_related("customer", "campaign", "lead")


def _give_up(call: Call, reason: EndReason, now: datetime) -> Over:
    call.finish(now, ended_by=EndedBy.SYSTEM, reason=reason, result=Result.FAILED)
    return Over()


def _refuse(call: Call, answer: Answer, now: datetime) -> Over:
    """End a call that may not be placed. Its permission says why, by which rules."""
    Call.objects.filter(pk=call.pk).update(permission=answer.to_json())
    detail = answer.reason.value if answer.reason else ""
    call.finish(now, ended_by=EndedBy.SYSTEM, reason=EndReason.MAY_NOT_CALL, detail=detail, result=Result.BLOCKED)
    return Over()


def _lock_trunk(call: Call) -> Trunk | None:
    """Return the call's trunk, locked; another one when it was deleted or switched off since. None when there is none."""
    usable = Trunk.objects.usable_by(call.customer_id).select_for_update()
    own: Trunk | None = usable.filter(pk=call.trunk_id).first()
    return own or next((trunk for trunk in usable if trunk.numbers), None)


def _caller_id(call: Call, trunk: Trunk) -> str:
    """Return the number that the call shows: the one that was chosen, while the trunk has it."""
    return call.caller_id if call.caller_id in trunk.numbers else choose_caller_id(trunk.numbers, call.phone)


def _seconds_until_free(trunk: Trunk, now: datetime) -> float:
    """Return how long the trunk starts no other call; 0 = it can now. Cost: two queries, each over an index."""
    running = Call.objects.live().filter(trunk=trunk).exclude(status=Call.Status.QUEUED)
    if running.count() >= trunk.concurrency:
        return FREE_LINE_SECONDS
    second = timedelta(seconds=1)
    # Not later than now: after the clock was set back, what lies ahead must not block the trunk.
    recent = Call.objects.filter(trunk=trunk, dialing_at__gt=now - second, dialing_at__lte=now).order_by("-dialing_at")
    started = list(recent.values_list("dialing_at", flat=True)[: trunk.calls_per_second])
    if len(started) < trunk.calls_per_second:
        return 0.0
    oldest = started[-1]
    return max((oldest + second - now).total_seconds(), 0.01) if oldest else 0.0


def note_unanswered(call_id: uuid.UUID, job_id: str, failure: Failure) -> bool:
    """Note how a dial ended that was not answered: the call ends, or waits for its trunk, which returns True.

    Nothing happens when the job no longer holds the call, or the call has ended.
    """
    now = database_now()
    call = Call.objects.get(pk=call_id)
    call.note_sip_answer(job_id, failure.sip_status, failure.words)
    outcome = failure.outcome()
    if failure.was_refused_by_trunk and call.dials < MOST_DIALS:
        retry_at = now + _pause(call.dials, outcome.retry_after_seconds)
        if call.wait_for_trunk(now, job_id=job_id, retry_at=retry_at):
            return True
    mine = {"agent_job_id": job_id, "answered_at": None}
    ended_by = EndedBy.CALLEE if outcome.about is About.CALLEE else EndedBy.SYSTEM
    call.finish(
        now,
        ended_by=ended_by,
        reason=explain(outcome),
        result=outcome.result,
        is_permanent=outcome.is_permanent,
        while_still=mine,
    )
    return False


def _pause(dials: int, wanted_seconds: int | None) -> timedelta:
    if wanted_seconds is not None:
        return min(max(timedelta(seconds=wanted_seconds), timedelta(seconds=1)), LONGEST_RETRY)
    pause: timedelta = FIRST_RETRY * 2 ** max(dials - 1, 0)
    return min(pause, LONGEST_RETRY)


def give_back(call_id: uuid.UUID, job_id: str) -> None:
    """Return a call that waits for a free line to the queue, so that it keeps no agent busy meanwhile."""
    now = database_now()
    call = Call.objects.get(pk=call_id)
    call.return_to_queue(job_id=job_id, due_at=now + FIRST_RETRY)


def note_ringing(call_id: uuid.UUID, at: datetime) -> None:
    """Note that the phone rings. The first time counts."""
    Call(pk=call_id).note_ringing(at)
