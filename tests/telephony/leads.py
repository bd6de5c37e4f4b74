"""Leads whom the tests over a real LiveKit call."""

from asgiref.sync import sync_to_async

from calls.models import Trunk
from campaigns.models import Lead
from personas.models import Persona
from tests.campaigns.cast import make_campaign, make_lead, make_list


@sync_to_async
def make_leads(trunk: Trunk, *phones: str) -> list[Lead]:
    """Ana Ruiz and Leo Vega, as many as there are numbers, whom Nora calls with a campaign's script."""
    prospects = make_list(
        make_campaign(
            customer=trunk.customer,
            persona=Persona.objects.get(slug="nora"),
            session_instructions="Begin with: {{ name }}, your {{ plan }} plan ends.",
        )
    )
    people = [("Ana Ruiz", "Gold"), ("Leo Vega", "Silver")]
    return [
        make_lead(prospects, phone, name=name, extra={"plan": plan}, time_zone="America/Chicago")
        for phone, (name, plan) in zip(phones, people, strict=False)
    ]
