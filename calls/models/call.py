"""Each call: what it is, and how it may change.

Each verb wins a race or returns False: LiveKit may report anything twice, late or never.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Collate, Now, Reverse
from django.utils import timezone
from django.utils.formats import date_format

from calls import outcomes
from calls.async_commit import async_commit
from calls.attempt import counts_as_attempt
from calls.brief import CallBrief, Patience
from calls.metrics import ANSWER_TIME, CALLS_ENDED, FIRST_WORD_TIME
from calls.models.call_queryset import CallQuerySet
from calls.models.event import CallEvent
from calls.models.placed_call import PlacedCall
from calls.models.trunk import Trunk
from calls.words import describe_end
from campaigns.calling_rules.permission import Reason
from campaigns.models import DoNotCall, Lead
from campaigns.retries.next_call import CallOutcome
from personas.answering.routing import Source
from personas.models import Customer, Persona, PersonaVersion, PhoneNumber
from voiceplatform.ids import uuid7
from voiceplatform.phone_numbers import E164, format_caller

LONGEST_SAID = 300  # characters of what a person said, on the timeline and on the do-not-call list


class Call(PlacedCall):
    """One call, in or out, simulated or real."""

    Direction = outcomes.Direction
    Status = outcomes.Status
    Result = outcomes.Result
    EndedBy = outcomes.EndedBy
    EndReason = outcomes.EndReason
    InstructionsSource = outcomes.InstructionsSource

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="calls")
    direction = models.CharField(max_length=10, choices=Direction.choices)
    simulated = models.BooleanField(default=False)

    room_name = models.CharField(max_length=256, unique=True)
    room_sid = models.CharField(max_length=64, blank=True)
    participant_sid = models.CharField(max_length=64, blank=True, help_text="The phone's participant in LiveKit.")
    phone = models.CharField(
        max_length=64,
        blank=True,
        help_text="The caller's or called number: E.164, or as it came when it is no phone number.",
    )
    dialed = models.CharField(max_length=64, blank=True, help_text="What was dialed: E.164, or as it came.")
    number = models.ForeignKey(PhoneNumber, null=True, blank=True, on_delete=models.SET_NULL, related_name="calls")

    persona = models.ForeignKey(Persona, null=True, blank=True, on_delete=models.SET_NULL, related_name="calls")
    persona_version = models.ForeignKey(
        PersonaVersion, null=True, blank=True, on_delete=models.SET_NULL, related_name="calls"
    )
    persona_source = models.CharField(max_length=20, choices=[(s.value, s.value.replace("_", " ")) for s in Source])
    persona_reason = models.TextField(blank=True, help_text="What was skipped, and why.")
    brief = models.JSONField(help_text="The configuration this call runs with.")

    status = models.CharField(max_length=10, choices=Status.choices, default=Status.QUEUED.value)
    result = models.CharField(max_length=15, choices=Result.choices, blank=True)
    disposition = models.CharField(max_length=50, blank=True)
    ended_by = models.CharField(max_length=10, choices=EndedBy.choices, blank=True)
    # 300: as wide as when it held sentences. Narrowing the column would rewrite the table while calls come in.
    end_reason = models.CharField(max_length=300, choices=EndReason.choices, blank=True)
    end_detail = models.CharField(
        max_length=300, blank=True, db_default="", help_text="The voice provider's error, or the user's own words."
    )
    end_asked_by = models.CharField(
        max_length=150, blank=True, help_text="The user or API key that is ending the call, or ended it."
    )

    queued_at = models.DateTimeField(default=timezone.now)
    ringing_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    dispatch_asked_at = models.DateTimeField(null=True, blank=True, help_text="When an agent was last requested.")
    dispatched_at = models.DateTimeField(null=True, blank=True, help_text="When LiveKit last accepted that.")
    agent_job_id = models.CharField(max_length=64, blank=True, help_text="The job that claimed the call.")
    agent_claimed_at = models.DateTimeField(null=True, blank=True)
    first_word_ms = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="From the first ring, or the answer of a call we placed, to the agent's first word.",
    )
    agents_lost = models.PositiveSmallIntegerField(default=0, help_text="How many agents died in this call.")
    opted_out_at = models.DateTimeField(
        null=True, blank=True, help_text="When the person asked not to be called again."
    )
    missing_since = models.DateTimeField(
        null=True, blank=True, help_text="Since when LiveKit does not show its room or its phone."
    )

    objects = CallQuerySet.as_manager()

    class Meta:
        ordering = ["-queued_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status="ended", ended_at__isnull=False) & ~Q(result="")
                | ~Q(status="ended") & Q(ended_at=None, result=""),
                name="result_exactly_when_ended",
            ),
        ]
        indexes = [
            # For pages of the API and the admin's lists: newest first, the id deciding between calls of one moment. The
            # dashboard counts a day's calls from the first alone, however big the rows are; the others serve the
            # filters, or a rare kind would be looked for among a million.
            models.Index(
                fields=["-queued_at", "-id"],
                name="call_newest",
                include=["customer", "result", "direction", "simulated", "status", "first_word_ms"],
            ),
            models.Index(fields=["customer", "-queued_at", "-id"], name="call_customer_page"),
            models.Index(fields=["phone", "-queued_at", "-id"], name="call_phone_page"),
            models.Index(fields=["result", "-queued_at", "-id"], name="call_result_page"),
            models.Index(fields=["direction", "-queued_at", "-id"], name="call_direction_page"),
            models.Index(fields=["persona_source", "-queued_at", "-id"], name="call_source_page"),
            # These two also count a persona's and a number's calls, test calls left out.
            models.Index(fields=["persona", "-queued_at", "-id"], name="call_persona_newest", include=["simulated"]),
            models.Index(fields=["number", "-queued_at", "-id"], name="call_number_newest", include=["simulated"]),
            models.Index(fields=["-queued_at", "-id"], name="call_simulated", condition=Q(simulated=True)),
            # A campaign's and a lead's calls, newest first. Calls without them, most in many installations, cost nothing.
            models.Index(
                fields=["campaign", "-queued_at", "-id"], name="call_campaign_page", condition=~Q(campaign=None)
            ),
            models.Index(fields=["lead", "-queued_at", "-id"], name="call_lead_page", condition=~Q(lead=None)),
            # The calls in which a person asked not to be called again: few among many.
            models.Index(fields=["-queued_at", "-id"], name="call_opted_out", condition=Q(opted_out_at__isnull=False)),
            models.Index(fields=["machine", "-queued_at", "-id"], name="call_machine_page", condition=~Q(machine="")),
            # For number_claims.is_known_elsewhere: was a number called before it belonged to a customer?
            models.Index(fields=["dialed"], name="call_dialed_unassigned", condition=Q(number=None)),
            # For the search (backwards()): people know a number by its last digits, with or without the country code.
            models.Index(Collate(Reverse("phone"), "C"), name="call_phone_backwards"),
            # For CallQuerySet.waiting_for_agent, which every worker runs every second.
            models.Index(fields=["queued_at"], name="call_waiting", condition=~Q(status="ended") & Q(agent_job_id="")),
            # For the calls that are due to be placed, which every worker looks for every second.
            models.Index(fields=["next_dial_at"], name="call_due", condition=Q(status="queued", direction="outbound")),
            # For a trunk's calls per second.
            models.Index(fields=["trunk", "-dialing_at"], name="call_trunk", condition=~Q(dialing_at=None)),
            # For live(): the handful of calls that have not ended.
            models.Index(fields=["status"], name="call_live", condition=~Q(status="ended")),
        ]

    def __str__(self) -> str:
        at = date_format(timezone.localtime(self.queued_at), "j M H:i")
        return f"{format_caller(self.phone)}, {at}"

    @property
    def duration(self) -> timedelta | None:
        """How long the two talked; None before the end or when it was never answered."""
        return self.ended_at - self.answered_at if self.ended_at and self.answered_at else None

    @property
    def is_being_placed(self) -> bool:
        """Whether it is ours to place and was not answered yet: its agent knows more of it than LiveKit's events tell."""
        placed = self.direction == self.Direction.OUTBOUND and self.answered_at is None
        return placed and self.status != self.Status.ENDED

    @property
    def why_ended(self) -> str:
        """Why the call ended, in words for people."""
        return describe_end(self.end_reason, detail=self.end_detail, ended_by=self.ended_by, asked_by=self.end_asked_by)

    @property
    def longest_seconds(self) -> float:
        """How long the conversation may take, even when the rest of the brief cannot be read."""
        patience = self.brief.get("patience", {}) if isinstance(self.brief, dict) else {}
        return float(patience.get("max_duration_seconds", Patience.max_duration_seconds))

    def call_brief(self) -> CallBrief:
        return CallBrief.from_json(self.brief)

    def record(self, name: CallEvent.Name, at: datetime | None = None, **data: Any) -> CallEvent:
        """Append to the timeline."""
        return CallEvent.objects.create(call=self, name=name, at=at or timezone.now(), data=data)

    def claim_dispatch(self, now: datetime, *, lease: timedelta) -> bool:
        """Win the right to ask LiveKit for an agent, or return False while another process is asking.

        A holder that dies loses the right after `lease`; a call whose agent was granted, or came unasked, needs no
        other.
        """
        free = Q(dispatch_asked_at=None) | Q(dispatch_asked_at__lt=now - lease)
        waiting = Call.objects.filter(free, pk=self.pk, dispatched_at=None, agent_job_id="").exclude(
            status=self.Status.ENDED
        )
        return self._ask_now(waiting, now)

    def claim_redispatch(self, now: datetime, *, asked_before: datetime) -> bool:
        """Win the right to ask once more, because the agent that was granted never came."""
        free = Q(dispatch_asked_at=None) | Q(dispatch_asked_at__lt=asked_before)
        waiting = Call.objects.live().filter(free, pk=self.pk, agent_job_id="")
        return self._ask_now(waiting, now)

    def _ask_now(self, waiting: CallQuerySet, now: datetime) -> bool:
        won = waiting.update(dispatch_asked_at=now) == 1
        self.dispatch_asked_at = now if won else self.dispatch_asked_at
        return won

    def record_dispatched(self, now: datetime, *, dispatch_id: str, **facts: Any) -> None:
        """Note that LiveKit accepted the request for an agent.

        A note that a power cut takes is a second request, whose agent leaves because the call is claimed.
        """
        with async_commit():
            Call.objects.filter(pk=self.pk).update(dispatched_at=now)
            self.record(CallEvent.Name.AGENT_DISPATCHED, now, dispatch_id=dispatch_id, **facts)
        self.dispatched_at = now

    def release_dispatch(self) -> None:
        """Give the right to ask back after LiveKit refused or did not answer.

        Only the right this instance holds: a process that won it since, because the lease had run out, keeps it.
        """
        Call.objects.filter(pk=self.pk, dispatch_asked_at=self.dispatch_asked_at).update(dispatch_asked_at=None)
        self.dispatch_asked_at = None

    def follow_phone(self, participant_sid: str, *, room_sid: str) -> None:
        """Take the phone's present stay in the room for the call's: who opened the call did not know it, or the phone
        came back.
        """
        Call.objects.filter(pk=self.pk).exclude(status=self.Status.ENDED).update(
            participant_sid=participant_sid, room_sid=room_sid, missing_since=None
        )
        self.participant_sid, self.room_sid = participant_sid, room_sid

    def claim_for_agent(self, job_id: str, now: datetime | Now) -> bool:
        """Win the call for one job. A second agent, or one for a call that has ended, gets False and must leave."""
        free = Call.objects.filter(pk=self.pk, agent_job_id="").exclude(status=self.Status.ENDED)
        return free.update(agent_job_id=job_id, agent_claimed_at=now) == 1

    def release_lost_agent(self, now: datetime, *, job_id: str, reason: outcomes.LostReason) -> bool:
        """Take the call from a job that died or must stop, so that another agent may be requested at once.

        False when it has changed hands.
        """
        with transaction.atomic():
            lost = Call.objects.live().filter(pk=self.pk, agent_job_id=job_id).exclude(agent_job_id="")
            free = {"agent_job_id": "", "agent_claimed_at": None, "dispatch_asked_at": None, "dispatched_at": None}
            if lost.update(agents_lost=F("agents_lost") + 1, **free) != 1:
                return False
            self.record(CallEvent.Name.AGENT_LOST, now, job_id=job_id, reason=reason)
        return True

    def note_missing(self, now: datetime | None) -> None:
        """Note since when LiveKit does not show the call's room or phone; None = it does."""
        Call.objects.live().filter(pk=self.pk).update(missing_since=now)
        self.missing_since = now

    def start_dialing(self, now: datetime, *, trunk: Trunk, caller_id: str, permission: dict[str, Any]) -> None:
        """Note that the call is dialed now. Important: under the row's lock, and committed before anything rings."""
        self.status, self.dialing_at, self.dials, self.trunk = self.Status.DIALING, now, self.dials + 1, trunk
        self.caller_id, self.permission, self.next_dial_at = caller_id, permission, None
        changed = ["status", "dialing_at", "dials", "trunk", "caller_id", "permission", "next_dial_at"]
        self.save(update_fields=changed)
        self.record(CallEvent.Name.DIALING, now, trunk=trunk.name, caller_id=self.caller_id)

    def ring_in_simulation(self, now: datetime) -> None:
        """Note that a simulated phone rings: there is none to dial."""
        Call.objects.filter(pk=self.pk, simulated=True).update(dialing_at=now, status=self.Status.DIALING)
        self.note_ringing(now)

    def note_ringing(self, at: datetime) -> bool:
        """Note that the phone that we dialed rings. The first time wins."""
        with transaction.atomic():
            dialing = Call.objects.filter(pk=self.pk, status=self.Status.DIALING)
            if dialing.update(status=self.Status.RINGING, ringing_at=at) != 1:
                return False
            self.record(CallEvent.Name.CALL_RINGING, at)
        return True

    def note_sip_answer(self, job_id: str, status: int | None, words: str) -> None:
        """Keep what the carrier answered to the dial, as data."""
        mine = Call.objects.live().filter(pk=self.pk, agent_job_id=job_id)
        mine.update(sip_status=status, sip_reason=words[:200])

    def wait_for_trunk(self, now: datetime, *, job_id: str, retry_at: datetime) -> bool:
        """Let the call be dialed again later: the trunk refused it before any phone could ring."""
        with transaction.atomic():
            if not self.return_to_queue(job_id=job_id, due_at=retry_at):
                return False
            facts = Call.objects.values("sip_status", "sip_reason").get(pk=self.pk)
            known = {name: value for name, value in facts.items() if value}
            self.record(CallEvent.Name.DIAL_FAILED, now, **known, retry_at=retry_at.isoformat())
        return True

    def return_to_queue(self, *, job_id: str, due_at: datetime) -> bool:
        """Take the call from its agent; another one gets it when it is due. False when it is no longer the job's."""
        mine = Call.objects.live().filter(pk=self.pk, agent_job_id=job_id, answered_at=None, end_asked_by="")
        free = {"agent_job_id": "", "agent_claimed_at": None, "dispatch_asked_at": None, "dispatched_at": None}
        gone = {"participant_sid": "", "room_sid": "", "missing_since": None, "ringing_at": None}
        return mine.update(status=self.Status.QUEUED, next_dial_at=due_at, **free, **gone) == 1

    def answer(self, now: datetime) -> bool:
        """Note that the line is open. The first time wins."""
        with transaction.atomic():
            ringing = Call.objects.filter(pk=self.pk, answered_at=None).exclude(status=self.Status.ENDED)
            if ringing.update(status=self.Status.ACTIVE, answered_at=now) != 1:
                return False
            self.record(CallEvent.Name.CALL_ANSWERED, now)
        self.status, self.answered_at = self.Status.ACTIVE, now
        return True

    def finish(
        self,
        now: datetime,
        *,
        ended_by: outcomes.EndedBy,
        reason: outcomes.EndReason,
        detail: str = "",
        result: outcomes.Result | None = None,
        is_permanent: bool = False,
        while_still: Mapping[str, Any] | None = None,
    ) -> bool:
        """End the call. The first caller of this wins, all others get False.

        Without `result` it follows from whether the call was ever answered: completed, else cancelled. While a user is
        ending the call, it was that user, whichever process is the first to notice that the call is over. Its lead learns
        how it went; `is_permanent`: the network says never to dial the number again. `while_still`
        names fields that must not have changed since the process looked; they are compared under the row's lock.
        """
        ending = ["result", "status", "ended_at", "ended_by", "end_reason", "end_detail"]
        with transaction.atomic():
            call = Call.objects.select_for_update().get(pk=self.pk)
            self.agent_job_id = call.agent_job_id
            if call.status == self.Status.ENDED or any(
                getattr(call, field) != value for field, value in (while_still or {}).items()
            ):
                return False
            if call.end_asked_by:
                ended_by, reason, detail, result = self.EndedBy.STAFF, self.EndReason.STAFF_ENDED, call.end_detail, None
            call.result = result or (self.Result.COMPLETED if call.answered_at else self.Result.CANCELLED)
            call.status, call.ended_at, call.ended_by = self.Status.ENDED, now, ended_by
            call.end_reason, call.end_detail = reason, detail[:300]
            call.save(update_fields=ending)
            call.record(CallEvent.Name.CALL_ENDED, now, **call._end_facts())
            if call.lead_id is not None:
                Lead(pk=call.lead_id).record_outcome(call._outcome_for_lead(call.lead_id, is_permanent=is_permanent))
        for field in ending:
            setattr(self, field, getattr(call, field))
        if not call.simulated:
            CALLS_ENDED.add(direction=call.direction, result=call.result, ended_by=call.ended_by)
        return True

    def _outcome_for_lead(self, lead_id: uuid.UUID, *, is_permanent: bool) -> CallOutcome:
        """Return what an ended call tells its lead. Cost: one query."""
        forbidden = self.permission if self.end_reason == self.EndReason.MAY_NOT_CALL and self.permission else {}
        allowed_from = forbidden.get("next_at")
        return CallOutcome(
            result=self.result,
            at=self.ended_at or timezone.now(),
            counts_as_attempt=counts_as_attempt(
                self.result, self.end_reason, has_rung=bool(self.ringing_at or self.answered_at)
            ),
            is_permanent=is_permanent,
            same_results=Call.objects.count_attempts(lead_id, self.result),
            allowed_from=datetime.fromisoformat(allowed_from) if allowed_from else None,
            is_on_do_not_call_list=self.opted_out_at is not None or forbidden.get("reason") == Reason.DO_NOT_CALL.value,
            disposition=self.disposition,
        )

    def _end_facts(self) -> dict[str, str]:
        facts = {
            "result": self.result,
            "ended_by": self.ended_by,
            "reason": self.end_reason,
            "detail": self.end_detail,
            "asked_by": self.end_asked_by,
        }
        return {name: str(value) for name, value in facts.items() if value}

    def note_disclosed(self, now: datetime) -> None:
        """Note that the whole disclosure was heard. The last time counts: call screening may have heard it before."""
        not_later = Q(disclosed_at=None) | Q(disclosed_at__lt=now)
        with transaction.atomic():
            if Call.objects.filter(not_later, pk=self.pk).update(disclosed_at=now) == 1:
                self.record(CallEvent.Name.DISCLOSURE_HEARD, now)

    def note_picked_up(self, now: datetime, who: outcomes.PickedUp, **evidence: Any) -> None:
        """Note who or what picked up, with what that rests on. The latest finding counts."""
        with transaction.atomic():
            Call.objects.filter(pk=self.pk).update(machine=who)
            self.record(CallEvent.Name.MACHINE_DETECTED, now, machine=who, **evidence)

    def opt_out(self, now: datetime, *, said: str, rule: str) -> bool:
        """Put the person's number on their customer's do-not-call list, because they asked for it in this call.

        Returns whether they may be told so: False when the call shows no phone number. A simulated call lists none, and
        acts as if it did. `said`: their own words; `rule`: a value of `calls.outbound.opt_out.wording.Rule`, or BY_TOOL. Asked
        again, it changes nothing. Cost: eight queries.
        """
        call = Call.objects.select_related("customer").only("phone", "simulated", "customer__slug").get(pk=self.pk)
        can_list = not call.simulated and bool(E164.match(call.phone))
        words = said[:LONGEST_SAID]
        with transaction.atomic():
            if Call.objects.filter(pk=self.pk, opted_out_at=None).update(opted_out_at=now) == 1:
                if can_list:
                    DoNotCall.add(
                        phone=call.phone,
                        customer=call.customer,
                        reason=f"Said in a call: “{words}”" if words else "Asked in a call",
                        source=DoNotCall.Source.CALLER_ASKED,
                        added_by=f"Call {self.pk}",
                        now=now,
                    )
                self.record(CallEvent.Name.DO_NOT_CALL, now, said=words, rule=rule, listed=can_list)
        return can_list or call.simulated

    def record_first_word(self, at: datetime) -> None:
        """Note when the person first heard the agent; the first time counts, even when another agent takes the call
        over. Counted from the ring, or, in a call that we placed, from the answer. Cost: three queries.
        """
        call = Call.objects.only("direction", "queued_at", "answered_at", "simulated").get(pk=self.pk)
        placed = call.direction == self.Direction.OUTBOUND
        since = (call.answered_at or at) if placed else call.queued_at
        waited_ms = max(round((at - since).total_seconds() * 1000), 0)
        with transaction.atomic():
            is_first = Call.objects.filter(pk=self.pk, first_word_ms=None).update(first_word_ms=waited_ms) == 1
            self.record(CallEvent.Name.FIRST_WORD, at, **{"after_answer_ms" if placed else "after_ring_ms": waited_ms})
        if is_first and not call.simulated:
            (FIRST_WORD_TIME if placed else ANSWER_TIME).observe(waited_ms / 1000)

    def claim_ending(self, by: str, why: str) -> bool:
        """Note that the user or API key `by` is ending the call: whatever ends it from now on, it was them.

        False when it has ended already. `why` is in their own words.
        """
        won = Call.objects.live().filter(pk=self.pk).update(end_asked_by=by[:150], end_detail=why[:300]) == 1
        if won:
            self.end_asked_by, self.end_detail = by[:150], why[:300]
        return won

    def release_ending(self) -> None:
        """Take the note back: the room could not be closed, and the call goes on."""
        Call.objects.live().filter(pk=self.pk).update(end_asked_by="", end_detail="")
        self.end_asked_by = self.end_detail = ""

    def apply_late_persona(self, brief: CallBrief, version: PersonaVersion, now: datetime, *, reason: str) -> None:
        """Let a persona that came during the call take over: number setting "background"."""
        with transaction.atomic():
            self.brief, self.persona_version, self.persona = brief.to_json(), version, version.persona
            self.persona_source, self.persona_reason = Source.CRM, reason
            self.save(update_fields=["brief", "persona_version", "persona", "persona_source", "persona_reason"])
            self.record(CallEvent.Name.PERSONA_LOADED, now, source=Source.CRM, late=True)


def call_of_room(room_name: str) -> Call | None:
    """Return the call that has this room. Cost: one query."""
    return Call.objects.filter(room_name=room_name).first()


def call_by_id(call_id: uuid.UUID) -> Call | None:
    """Return the call. Cost: one query."""
    return Call.objects.filter(pk=call_id).first()
