"""A tenant in which every kind of row exists and every secret is known, so that a test can look for them."""

from __future__ import annotations

from dataclasses import dataclass, field

from django.contrib.auth.models import User
from django.utils import timezone

from calls.models import Call, CallEvent, WebhookDelivery
from personas.models import Agent, CrmSnapshot, Customer, Membership, Persona, PhoneNumber, RoutingRule
from transcripts.models import Turn

PASSWORD = "Planted-Passw0rd-7391"


@dataclass(kw_only=True)
class Tenant:
    """Rows of a customer, and who works for it."""

    customer: Customer
    persona: Persona
    number: PhoneNumber
    rule: RoutingRule
    snapshot: CrmSnapshot
    call: Call
    people: dict[str, User] = field(default_factory=dict)  # by role

    @property
    def rows(self) -> list:
        return [self.customer, self.persona, self.number, self.rule, self.snapshot, self.call]


def make_tenant(slug: str, phone: str, *, crm_token: str = "") -> Tenant:
    """Names, texts and numbers hold the slug or the phone: what belongs to one tenant can be told from another's."""
    customer = Customer.objects.create(slug=slug, name=f"Tenant {slug}", crm_token=crm_token)
    persona = Persona.objects.create(
        customer=customer, slug=slug, name=f"Voice {slug}", welcome_message=f"Welcome to {slug}"
    )
    Agent.objects.create(persona=persona, instructions=f"Speak for {slug}.")
    persona.publish(by=None)
    number = PhoneNumber.objects.create(customer=customer, phone=phone, persona=persona, label=f"Desk {slug}")
    rule = RoutingRule.objects.create(customer=customer, caller="+15550100001", persona=persona, number=number)
    snapshot = CrmSnapshot.objects.create(
        customer=customer,
        digits=phone[1:],
        outcome="found",
        persona=persona,
        body='{"a": 1}',
        fetched_at=timezone.now(),
    )
    call = Call.objects.create(
        customer=customer,
        direction="inbound",
        room_name=f"room-{slug}",
        phone="+15550100001",
        dialed=phone,
        number=number,
        persona=persona,
        persona_version=persona.published,
        persona_source="number",
        queued_at=timezone.now(),
        brief={},
    )
    CallEvent.objects.create(call=call, name="call_ringing", at=timezone.now())
    Turn.objects.create(call=call, item_id="1", speaker="caller", text=f"Hello {slug}", started_at=timezone.now())
    tenant = Tenant(customer=customer, persona=persona, number=number, rule=rule, snapshot=snapshot, call=call)
    for role in Membership.Role.values:
        tenant.people[role] = User.objects.create(username=f"{role}-{slug}", is_staff=True)
        Membership.objects.create(user=tenant.people[role], customer=customer, role=role)
    return tenant


def make_delivery() -> WebhookDelivery:
    return WebhookDelivery.objects.create(
        event_id="EV_1",
        name="room_started",
        room_name="room",
        body={"event": "room_started"},
        received_at=timezone.now(),
    )
