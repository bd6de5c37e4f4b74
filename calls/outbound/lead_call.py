"""Calls a lead: with the words of its campaign, once, however many processes want to."""

from __future__ import annotations

from calls.models import Call
from calls.outbound.opening import open_outbound_call
from calls.outbound.request import CallRequest
from campaigns.models import Campaign, Lead
from personas.answering.routing import Source
from personas.models import PersonaVersion


def call_lead(lead: Lead, *, by: str, campaign: Campaign | None = None, override_hours: bool = False) -> Call:
    """Call a lead now. `by`: the user, the API key or the command; `campaign`: another one than the lead's own.

    Raises as `open_outbound_call` does: AlreadyCallingError, LeadClosedError, MayNotCallError, NoTrunkError.
    Cost: about fifteen queries and one request to LiveKit.
    """
    return open_outbound_call(request_for(lead, by=by, campaign=campaign, override_hours=override_hours))


def request_for(lead: Lead, *, by: str, campaign: Campaign | None = None, override_hours: bool = False) -> CallRequest:
    """Return the call of a lead as it would be placed now. Cost: about four queries."""
    speaks_for = campaign or lead.campaign
    version, source = find_persona(speaks_for)
    return CallRequest(
        customer=lead.customer,
        phone=lead.phone,
        requested_by=by,
        name=lead.name,
        version=version,
        version_source=source,
        campaign=speaks_for,
        lead=lead,
        variant=speaks_for.variant_for(lead.pk),
        override_hours=override_hours,
    )


def find_persona(campaign: Campaign) -> tuple[PersonaVersion | None, Source]:
    """Return the published version that speaks for a campaign; None when its texts are all there is. Cost: two queries."""
    if campaign.persona and campaign.persona.published:
        return campaign.persona.published, Source.CAMPAIGN
    default = campaign.customer.default_persona
    return (default.published, Source.CUSTOMER_DEFAULT) if default and default.published else (None, Source.CAMPAIGN)
