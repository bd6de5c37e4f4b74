"""Reads and writes a single lead, given by a program or a form, exactly as the import reads a row of a file."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Max

from campaigns.lead_import.clean import clean_record
from campaigns.lead_import.columns import Column, Layout
from campaigns.lead_import.header_words import Field
from campaigns.lead_import.read import Record
from campaigns.lead_import.rows import LeadRow, RejectedRow
from campaigns.leads.place import TELLS_PLACE
from campaigns.models import CallingPlace, Campaign, Lead, LeadList, PlaceKey
from campaigns.models.import_locks import take_turn
from campaigns.models.lead import OPEN_STATES
from campaigns.models.listed_numbers import find_listed

LIST_NAME = "Added one by one"  # of leads without a list, where the campaign has none
# Fields of a lead by what the import calls them; the rest have one name.
_STORED_AS = {Field.STATE: "region_name"}


class KnownNumberError(Exception):
    """The campaign has a lead with this number."""


def read_lead(values: Mapping[Field, str], extra: Mapping[str, str], region: str) -> LeadRow | RejectedRow:
    """Return the lead that these values make, or why they make none. `region`: ISO 3166, for a number without a country."""
    named = [(each.value, each, value) for each, value in values.items()]
    further = [(header, Field.EXTRA, value) for header, value in extra.items()]
    columns = [Column(place=place, name=name, field=each) for place, (name, each, _) in enumerate([*named, *further])]
    cells = [value for _, _, value in [*named, *further]]
    return clean_record(Record(line=1, last_line=1, cells=cells, text=""), Layout(columns=tuple(columns)), region)


def add_lead(campaign: Campaign, row: LeadRow, lead_list: LeadList | None = None) -> Lead:
    """Add a lead at the end of a list; without one, of the campaign's active list. One that is listed is stopped.

    Raises KnownNumberError and ListHeldError. Cost: about ten queries.
    """
    with transaction.atomic():
        take_turn(campaign.pk)
        if Lead.objects.filter(campaign=campaign, phone=row.phone).exists():
            raise KnownNumberError
        of = lead_list or _active_list(campaign)
        of.require_free()
        last = Lead.objects.filter(lead_list=of).aggregate(last=Max("position"))["last"] or 0
        lead = Lead(customer=campaign.customer, campaign=campaign, lead_list=of, position=last + 1)
        _fill(lead, row)
        _stop_if_listed(lead)
        lead.save(force_insert=True)
    return lead


def change_lead(lead: Lead, row: LeadRow, given: set[str]) -> None:
    """Write the given fields of a lead as they were read, and where the person is when one of them tells.

    Raises KnownNumberError.
    """
    with transaction.atomic():
        take_turn(lead.campaign_id)
        # A call may have begun or ended since the lead was read.
        newest = Lead.objects.select_for_update(of=("self",))
        lead.refresh_from_db(fields=["state", "stop_reason"], from_queryset=newest)
        others = Lead.objects.filter(campaign=lead.campaign_id, phone=row.phone).exclude(pk=lead.pk)
        if others.exists():
            raise KnownNumberError
        fields = given | ({"time_zone", "country", "place"} if given & TELLS_PLACE else set())
        fields |= {"other_phones", "extension"} if "phone" in given else set()
        _fill(lead, row, only=fields)
        if "phone" in given and _stop_if_listed(lead):
            fields |= {"state", "stop_reason", "do_not_call"}
        lead.save(update_fields=sorted(fields))


def values_of(lead: Lead) -> dict[Field, str]:
    """Return what is known of a lead, as the import would read it again."""
    fields = [each for each in Field if each not in (Field.EXTRA, Field.IGNORED)]
    return {each: _written(getattr(lead, stored_as(each))) for each in fields}


def stored_as(field: Field) -> str:
    return _STORED_AS.get(field, field.value)


def _written(value: Any) -> str:
    return "" if value is None else str(value)


def _fill(lead: Lead, row: LeadRow, only: set[str] | None = None) -> None:
    key = PlaceKey.of(row.time_zones, row.regions)
    values: dict[str, Any] = {
        **{name: getattr(row, name) for name in ("phone", "extension", "name", "first_name", "last_name", "company")},
        **{name: getattr(row, name) for name in ("title", "email", "resource_name", "time_zone", "postal_code")},
        **{"country": row.country, "region_name": row.state, "other_phones": list(row.other_phones)},
        **{"consent_on": row.consent_on or None, "extra": dict(row.extra)},
        "place": CallingPlace.objects.get(pk=CallingPlace.objects.ids_of([key])[key]),
    }
    for name, value in values.items():
        if only is None or name in only:
            setattr(lead, name, value)


def _stop_if_listed(lead: Lead) -> bool:
    if not find_listed([lead.phone], lead.campaign):
        return False
    lead.do_not_call = True
    if lead.state in OPEN_STATES:
        lead.state, lead.stop_reason = Lead.State.STOPPED, Lead.StopReason.DO_NOT_CALL
    return True


def _active_list(campaign: Campaign) -> LeadList:
    lists = LeadList.objects.filter(campaign=campaign)
    found: LeadList | None = lists.filter(is_active=True).first()
    if found is None:
        found = lists.get_or_create(
            campaign=campaign, name=LIST_NAME, defaults={"customer": campaign.customer, "is_active": True}
        )[0]
    return found
