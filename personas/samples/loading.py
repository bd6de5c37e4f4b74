"""Makes the samples where they are missing; what people edited stays as it is."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from personas.models import Agent, Customer, Persona, PhoneNumber, RoutingRule
from personas.samples.content import SAMPLES, SampleCustomer, SamplePersona

NOTE = "Sample"


def load_samples() -> list[str]:
    """Make what is missing of each sample customer, whole or not at all. Returns a line for each row that was made."""
    made: list[str] = []
    for sample in SAMPLES:
        with transaction.atomic():
            made += _load(sample)
    return made


def _load(sample: SampleCustomer) -> list[str]:
    values = {"name": sample.name, "description": sample.description, "time_zone": sample.time_zone}
    customer, is_new = Customer.objects.get_or_create(slug=sample.slug, defaults=values)
    made = [f"customer {customer}"] if is_new else []
    personas = {}
    for persona in sample.personas:
        personas[persona.slug], line = _load_persona(customer, persona)
        made += line
    first = personas[sample.personas[0].slug]
    if is_new:
        customer.default_persona = first
        customer.save(update_fields=["default_persona"])
    return made + _load_number(customer, sample, first) + _load_rules(customer, sample, personas)


def _load_persona(customer: Customer, sample: SamplePersona) -> tuple[Persona, list[str]]:
    persona, is_new = Persona.objects.get_or_create(
        customer=customer,
        slug=sample.slug,
        defaults={
            "name": sample.name,
            "welcome_message": sample.welcome,
            "closing_message": sample.closing,
            "emotion": sample.emotion,
            "voice": sample.voice,
            "temperature": Decimal("0.2"),
        },
    )
    if not is_new:
        return persona, []
    Agent.objects.create(persona=persona, instructions=sample.instructions)
    version = persona.publish(by=None, note=NOTE)
    return persona, [f"persona {persona} of {customer}, version {version.number}"]


def _load_number(customer: Customer, sample: SampleCustomer, persona: Persona) -> list[str]:
    values = {"customer": customer, "label": sample.label, "persona": persona}
    number, is_new = PhoneNumber.objects.get_or_create(phone=sample.phone, defaults=values)
    return [f"number {number} of {customer}, answered by {persona}"] if is_new else []


def _load_rules(customer: Customer, sample: SampleCustomer, personas: dict[str, Persona]) -> list[str]:
    made = []
    for rule in sample.rules:
        values = {"persona": personas[rule.persona], "note": rule.note}
        row, is_new = RoutingRule.objects.get_or_create(
            customer=customer, caller=rule.caller, number=None, defaults=values
        )
        if is_new:
            made.append(f"rule {row} on all numbers of {customer}")
    return made
