"""Reconciles calls with LiveKit: closes calls whose end was lost, and finishes what other processes left undone.

About every second it looks for callers without an agent, twice a minute at everything. Several recovery processes at
once change nothing twice: all they use are the verbs of webhooks and workers, and each wins a race or does nothing. When
LiveKit does not answer, or something else answers in its place, no call is changed.
"""

from __future__ import annotations

import logging
import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import DatabaseError

from calls.dispatch.database_contact import DatabaseContact
from calls.dispatch.lost_agents import release_lost_agents
from calls.dispatch.waiting import PATIENCE, ask_again, first_registered, pick_up_waiting
from calls.inbound.webhooks import handle_stored
from calls.livekit.gateway import LiveKitError, Room, delete_room, has_phone, list_rooms, verify_livekit
from calls.models import Call, WebhookDelivery
from calls.models.heartbeat import HEARTBEAT_TIMEOUT, KeeperBeat, Worker, database_now
from calls.one_by_one.calling import follow_ended_calls
from calls.outbound.placing import LATEST_AFTER_DUE
from calls.outcomes import WebhookOutcome
from calls.reconcile import rules
from calls.reconcile.leads import release_leads
from calls.tasks import retry_stalled_jobs

logger = logging.getLogger(__name__)

REQUEST_SECONDS = 3.0  # for LiveKit to answer one question
PASS_SECONDS = 10.0  # for all of them: who is in whose room
ROOMS_OUTLIVE = timedelta(
    seconds=30
)  # an ended call's room may stay so long: LiveKit closes it automatically after 20 s
DELIVERIES_WAIT = timedelta(
    seconds=15
)  # the process that received it has finished by then, and LiveKit has repeated what failed
DELIVERIES_TRIED = timedelta(hours=1)  # its event no longer matters after that
DELIVERIES_AT_ONCE = 500


@dataclass
class Pass:
    """What one pass changed."""

    closed: int = 0
    rooms_deleted: int = 0
    agents_asked: int = 0
    deliveries_handled: int = 0
    jobs_put_back: int = 0
    leads_released: int = 0
    watching: int = 0  # calls of which something is missing, not yet for long
    errors: list[str] = field(default_factory=list)

    @property
    def changed(self) -> int:
        mended = self.closed + self.rooms_deleted + self.agents_asked + self.deliveries_handled
        return mended + self.jobs_put_back + self.leads_released

    def __str__(self) -> str:
        counted = {
            "calls closed": self.closed,
            "rooms deleted": self.rooms_deleted,
            "agents requested": self.agents_asked,
            "deliveries handled": self.deliveries_handled,
            "stalled jobs put back": self.jobs_put_back,
            "leads released": self.leads_released,
        }
        return ", ".join(f"{what}: {count}" for what, count in counted.items() if count) or "nothing to reconcile"


class Keeper:
    """One recovery process: `request_missing_agents` every second, `reconcile` twice a minute."""

    def __init__(self) -> None:
        self.id = uuid.uuid4()
        self._contact = DatabaseContact()

    def request_missing_agents(self) -> int:
        """Record the heartbeat, release calls whose agent died, request agents while there is a worker. Returns how many.

        Calls the next lead where calls are to follow each other. Raises DatabaseError. Cost: six queries when no caller
        waits.
        """
        KeeperBeat.objects.record_heartbeat(self.id)
        self._contact.note_contact(time.monotonic())
        now = database_now()
        if self._contact.lasted(time.monotonic()) >= HEARTBEAT_TIMEOUT.total_seconds():
            release_lost_agents(now)
        since = first_registered(now)
        # Without a worker the request would be lost: the next worker that registers makes it itself.
        if since is None:
            return 0
        requested = pick_up_waiting(now, no_worker_before=since)
        follow_ended_calls(now)
        return requested

    def reconcile(self) -> Pass:
        """Look at everything once and note how it went.

        Raises DatabaseError; everything else is in the pass's errors.
        """
        KeeperBeat.objects.record_heartbeat(self.id)
        done, now = Pass(), database_now()
        for step in (
            _handle_deliveries,
            _reconcile_simulated_calls,
            _close_calls_not_placed,
            _reconcile_calls,
            _release_leads,
            _put_jobs_back,
            _delete_old_heartbeats,
        ):
            _try(step, done, now)
        KeeperBeat.objects.record_pass(self.id, database_now(), changed=done.changed, error="; ".join(done.errors))
        return done

    def stop(self) -> None:
        """Delete the heartbeat: a process that was stopped did not die."""
        KeeperBeat.objects.filter(pk=self.id).delete()


Step = Callable[[Pass, datetime], None]


def _try(step: Step, done: Pass, now: datetime) -> None:
    """Let one step fail alone: a LiveKit that does not answer must not keep jobs from being put back."""
    try:
        step(done, now)
    except LiveKitError as error:
        done.errors.append(str(error))
    except DatabaseError:
        raise
    except Exception as error:
        logger.exception("A part of the recovery process broke", extra={"step": step.__name__})
        done.errors.append(f"{step.__name__.strip('_').replace('_', ' ')}: {type(error).__name__}")


def _handle_deliveries(done: Pass, now: datetime) -> None:
    """Handle stored webhooks that no process finished. One that cannot be handled is tried for an hour."""
    livekit_answers = True
    for delivery in WebhookDelivery.objects.unhandled(before=now - DELIVERIES_WAIT)[:DELIVERIES_AT_ONCE]:
        # Only an arrival asks LiveKit for something: when it does not answer, ends must not wait for arrivals.
        if not livekit_answers and delivery.name == "participant_joined":
            continue
        try:
            handle_stored(delivery, now)
            done.deliveries_handled += 1
        except LiveKitError as error:
            livekit_answers = False
            _keep_or_give_up(delivery, done, now, str(error))
        except DatabaseError:
            raise
        except Exception as error:
            logger.exception("A stored delivery broke", extra={"delivery": delivery.event_id})
            _keep_or_give_up(delivery, done, now, f"delivery {delivery.event_id}: {type(error).__name__}")


def _keep_or_give_up(delivery: WebhookDelivery, done: Pass, now: datetime, error: str) -> None:
    done.errors.append(error)
    if delivery.received_at < now - DELIVERIES_TRIED:
        delivery.record_handled(now, WebhookOutcome.GIVEN_UP)


def _reconcile_simulated_calls(done: Pass, now: datetime) -> None:
    """Close those beyond their maximum end; LiveKit knows nothing of them."""
    for call in Call.objects.live().filter(simulated=True):
        _carry_out(rules.decide(_facts(call, now, has_room=True, has_phone=True)), call, None, done, now)


def _reconcile_calls(done: Pass, now: datetime) -> None:
    """Compare live calls with LiveKit's rooms.

    Raises LiveKitError as soon as one question is not answered: nothing is changed unseen.
    """
    if not settings.LIVEKIT_CONFIGURED:
        return
    rooms = list_rooms(budget_seconds=REQUEST_SECONDS)
    old_enough = now - timedelta(seconds=rules.YOUNG)
    ours = Call.objects.live().filter(simulated=False, queued_at__lt=old_enough).exclude(status=Call.Status.QUEUED)
    calls = list(ours.order_by())
    if any(call.room_name not in rooms for call in calls):
        verify_livekit(budget_seconds=REQUEST_SECONDS)
    random.shuffle(calls)  # when there is no time for all, the others come next time
    until = time.monotonic() + PASS_SECONDS
    for place, call in enumerate(calls):
        if time.monotonic() > until:
            raise LiveKitError(
                f"LiveKit is too slow: {place} of {len(calls)} calls could be looked at", permanent=False
            )
        room = rooms.get(call.room_name)
        phone = room is not None and has_phone(room.name, budget_seconds=REQUEST_SECONDS)
        _carry_out(rules.decide(_facts(call, now, has_room=room is not None, has_phone=phone)), call, room, done, now)
    _delete_rooms_of_ended_calls(rooms, done, now)


def _close_calls_not_placed(done: Pass, now: datetime) -> None:
    """End calls that were due long ago and could not be placed: an hour later the person is no longer expecting them."""
    for call in Call.objects.wanted_before(now - LATEST_AFTER_DUE):
        ended = call.finish(
            now,
            ended_by=Call.EndedBy.SYSTEM,
            reason=Call.EndReason.TOO_LATE,
            result=Call.Result.FAILED,
            while_still={"status": Call.Status.QUEUED, "agent_job_id": ""},
        )
        done.closed += ended


def _release_leads(done: Pass, now: datetime) -> None:
    done.leads_released += release_leads(now)


def _facts(call: Call, now: datetime, *, has_room: bool, has_phone: bool) -> rules.CallFacts:
    return rules.CallFacts(
        age=(now - (call.dialing_at or call.queued_at)).total_seconds(),
        open_for=_since(call.answered_at, now),
        longest=call.longest_seconds,
        has_room=has_room,
        has_phone=has_phone,
        missing_for=_since(call.missing_since, now),
        has_agent=bool(call.agent_job_id) or call.simulated,
        is_placed=call.direction == Call.Direction.OUTBOUND,
    )


def _since(at: datetime | None, now: datetime) -> float | None:
    return (now - at).total_seconds() if at else None


def _carry_out(decision: rules.Decision, call: Call, room: Room | None, done: Pass, now: datetime) -> None:
    match decision.action:
        case rules.Action.WATCH:
            call.note_missing(now)
            done.watching += 1
        case rules.Action.FOUND:
            call.note_missing(None)
        case rules.Action.ASK if first_registered(now):
            done.agents_asked += ask_again(call, now, asked_before=now - PATIENCE)
        case rules.Action.CLOSE:
            _close(decision, call, room, done, now)
        case _:
            done.watching += call.missing_since is not None


def _close(decision: rules.Decision, call: Call, room: Room | None, done: Pass, now: datetime) -> None:
    """Close the call unless something happened since it was looked at: compared under the row's lock."""
    stay = {name: getattr(call, name) for name in ("participant_sid", "room_sid", "missing_since", "answered_at")}
    result, reason = Call.Result.FAILED if decision.failed else None, decision.reason or Call.EndReason.OTHER
    if not call.finish(now, ended_by=Call.EndedBy.SYSTEM, reason=reason, result=result, while_still=stay):
        return
    logger.warning(
        "A call was closed by the recovery process", extra={"call_id": str(call.pk), "reason": decision.reason}
    )
    done.closed += 1
    if room:
        _delete(room, done)


def _delete_rooms_of_ended_calls(rooms: dict[str, Room], done: Pass, now: datetime) -> None:
    """Delete rooms whose call has ended: a phone may still be in there and hears nothing.

    Important: even a newer room of the same name. After livekit-server was restarted the phone comes back into one.
    """
    ended = Call.objects.filter(room_name__in=list(rooms), status=Call.Status.ENDED, ended_at__lt=now - ROOMS_OUTLIVE)
    for name in ended.values_list("room_name", flat=True):
        _delete(rooms[name], done)


def _delete(room: Room, done: Pass) -> None:
    delete_room(room.name, budget_seconds=REQUEST_SECONDS)
    done.rooms_deleted += 1


def _put_jobs_back(done: Pass, now: datetime) -> None:
    """Put stalled background jobs back: the task that does so every ten minutes may itself be stalled."""
    done.jobs_put_back += async_to_sync(retry_stalled_jobs.func)(int(now.timestamp()))


def _delete_old_heartbeats(done: Pass, now: datetime) -> None:
    Worker.objects.gone(now).delete()
    KeeperBeat.objects.gone(now).delete()
