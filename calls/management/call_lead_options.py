"""Reads what `manage.py call_lead` is to call: a place in a campaign's list, or a number. Errors name the option."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import CommandError
from django.db.models import Max

from calls.models import Call
from calls.outbound.lead_call import call_lead
from calls.outbound.reading import read_request
from calls.outbound.request import CallRequest
from campaigns.models import Campaign, find_active_list
from personas.models import Customer

OPTIONS = ("name", "persona", "language", "emotion", "from_number", "trunk", "max_duration")


def call_lead_of_list(options: dict[str, Any]) -> Call:
    """Call the lead at a place of the active list."""
    if given := [name for name in (*OPTIONS, "instruction") if options[name]]:
        raise CommandError(f"--{given[0].replace('_', '-')} goes with --phone: the campaign says it.", returncode=2)
    campaign = _campaign(options["campaign"], options["customer"])
    leads = find_active_list(campaign)
    if leads is None:
        raise CommandError(f"--lead: neither “{campaign}” nor the built-in campaign has an active list.", returncode=2)
    lead = leads.leads.select_related("campaign", "place").filter(position=options["lead"]).first()
    if lead is None:
        last = leads.leads.aggregate(last=Max("position"))["last"] or 0
        raise CommandError(f"--lead: “{leads}” has no lead {options['lead']}. Places: 1 to {last}.", returncode=2)
    return call_lead(lead, by="call_lead", campaign=campaign)


def _campaign(named: str, customer: str | None) -> Campaign:
    slug, _, module = named.rpartition("/")  # also as customer/module, as import_leads takes it
    slug = customer or slug
    found = Campaign.objects.named(module).filter(**({"customer__slug": slug} if slug else {}))
    campaigns: list[Campaign] = list(found.select_related("customer")[:2])
    if len(campaigns) == 1:
        return campaigns[0]
    if campaigns:
        raise CommandError(f"--customer: several customers have a campaign “{named}”. Name one.", returncode=2)
    modules = ", ".join(Campaign.objects.values_list("module", flat=True)[:20]) or "none"
    raise CommandError(f"--campaign: there is no campaign “{named}”. Campaigns: {modules}", returncode=2)


def read_options(options: dict[str, Any]) -> CallRequest:
    try:
        params = json.loads(options["params"])
    except ValueError as error:
        raise CommandError(f"--params is not JSON: {error}", returncode=2) from error
    values = {name: options[name] for name in OPTIONS}
    values |= {"phone_number": options["phone"], "dynamic_instruction": options["instruction"]}
    values |= {"additional_params": params, "campaign": options["campaign"]}
    try:
        campaign = _campaign(options["campaign"], options["customer"]) if options["campaign"] else None
        customer = campaign.customer if campaign else _customer(options["customer"])
        return read_request(values, customer=customer, requested_by="call_lead")
    except ValidationError as error:
        wrong = [f"{field}: {' '.join(messages)}" for field, messages in error.message_dict.items()]
        raise CommandError("\n".join(wrong), returncode=2) from error


def _customer(slug: str | None) -> Customer:
    found = Customer.objects.filter(slug=slug) if slug else Customer.objects.filter(trunks__enabled=True).distinct()
    customers: list[Customer] = list(found[:2])
    if len(customers) == 1:
        return customers[0]
    slugs = ", ".join(Customer.objects.values_list("slug", flat=True)[:20])
    raise CommandError(f"--customer: name one of {slugs}", returncode=2)
