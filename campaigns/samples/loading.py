"""Makes the sample campaign with its leads where it is missing; what people edited stays as it is."""

from __future__ import annotations

from django.db import transaction

from campaigns.calling_rules.zones import Place, find_regions, find_zones
from campaigns.models import CallingPlace, Campaign, Lead, LeadList, PlaceKey
from campaigns.samples import content
from campaigns.script.lead_fields import LeadFacts
from personas.models import Persona


def load_sample_campaign() -> list[str]:
    """Make the campaign, whole or not at all. Returns a line for each row that was made; the leads share one.

    The personas' samples are there already: `personas.samples.loading`.
    """
    persona = Persona.objects.select_related("customer").get(customer__slug=content.CUSTOMER, slug=content.PERSONA)
    with transaction.atomic():
        campaign, is_new = Campaign.objects.get_or_create(
            customer=persona.customer, module=content.MODULE, defaults={"persona": persona, **_texts()}
        )
        if not is_new:
            return []
        leads = _make_leads(campaign)
    return [f"campaign {campaign} of {persona.customer}", f"list {content.LIST} with {leads} leads of {campaign}"]


def _texts() -> dict[str, object]:
    return {
        "name": content.NAME,
        "agent_instructions": content.AGENT_INSTRUCTIONS,
        "session_instructions": content.SCRIPT,
        "voicemail_message": content.VOICEMAIL,
        "disclosure": content.DISCLOSURE,
        "calling_hours": content.HOURS,
    }


def _make_leads(campaign: Campaign) -> int:
    lead_list = LeadList.objects.create(
        campaign=campaign, customer=campaign.customer, name=content.LIST, source_note="Invented."
    )
    people = list(content.list_leads())
    keys = [_place_of(person.phone) for person in people]
    ids = CallingPlace.objects.ids_of(keys)
    rows = [
        _lead(lead_list, position, person, key, ids[key])
        for position, (person, key) in enumerate(zip(people, keys, strict=True), 1)
    ]
    return len(Lead.objects.bulk_create(rows))


def _place_of(phone: str) -> PlaceKey:
    place = Place(phone=phone)
    return PlaceKey.of([zone.key for zone in find_zones(place).zones], find_regions(place))


def _lead(lead_list: LeadList, position: int, person: LeadFacts, key: PlaceKey, place_id: int) -> Lead:
    return Lead(
        customer_id=lead_list.customer_id,
        campaign_id=lead_list.campaign_id,
        lead_list=lead_list,
        position=position,
        place_id=place_id,
        time_zone=key.zones[0] if len(key.zones) == 1 else "",
        country="US",
        phone=person.phone,
        name=person.name,
        first_name=person.first_name,
        last_name=person.last_name,
        company=person.company,
        title=person.title,
        email=person.email,
        resource_name=person.resource_name,
        extra=dict(person.extra),
    )
