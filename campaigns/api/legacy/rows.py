"""Shows leads and campaigns under the older dialer's names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from campaigns.models import Campaign, Lead
from campaigns.models.campaign import BUILT_IN_MODULE
from campaigns.older_prompts.module_names import BUILT_IN_OLDER_MODULE

# The older file's columns, in its order, and where a lead has them.
COLUMNS = {
    "prospect_name": "name",
    "company_name": "company",
    "job_title": "title",
    "phone": "phone",
    "email": "email",
    "timezone": "time_zone",
    "resource_name": "resource_name",
}


def name_module(campaign: Campaign) -> str:
    """Return the module as the older dialer names it."""
    return BUILT_IN_OLDER_MODULE if campaign.module == BUILT_IN_MODULE else campaign.module


def show_prospect(lead: Lead) -> dict[str, Any]:
    return {
        "index": lead.position,
        **_columns_of(lead),
        "extra": _extra_of(lead),
        "state": lead.state,
        "do_not_call": lead.do_not_call,
    }


def show_table(leads: Iterable[Lead]) -> tuple[list[str], list[dict[str, str]]]:
    """Return columns and rows as the older file has them. A further column never hides one of the seven."""
    rows = [_extra_of(lead) | _columns_of(lead) for lead in leads]
    further = dict.fromkeys(column for row in rows for column in row if column not in COLUMNS)
    return [*COLUMNS, *further], rows


def _columns_of(lead: Lead) -> dict[str, str]:
    return {column: getattr(lead, field) for column, field in COLUMNS.items()}


def _extra_of(lead: Lead) -> dict[str, str]:
    return {str(column): str(value) for column, value in lead.extra.items()}
