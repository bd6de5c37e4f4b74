"""The page “Pre-launch check” of a campaign: who can be called when, who not and why, minutes and cost, what is in the way.

`class CampaignAdmin(PreflightPage)` adds it; its address is `admin:campaigns_campaign_preflight`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone

from campaigns.admin.campaign.pages import CampaignPages
from campaigns.calling_rules.words import REASONS
from campaigns.models import Campaign, Lead
from campaigns.permission.terms import Whereabouts
from campaigns.preflight.check import Preflight, check
from campaigns.preflight.counts import ReasonCount, When
from campaigns.preflight.forecast import Assumptions
from campaigns.preflight.hours_picture import draw
from campaigns.preflight.obstacles import Severity
from campaigns.preflight.samples import choose_samples
from voiceplatform.phone_numbers import format_phone

WAITS_FOR_ITS_TURN = "A retry or a call-back, when its time comes"
TITLES = {When.NOW: "Now", When.TODAY: "Later today", When.LATER: "Another day", When.NEVER: "Not at all"}


@dataclass(frozen=True, kw_only=True)
class Row:
    """One reason, as the table shows it."""

    when: str
    words: str
    leads: int
    next_at: datetime | None
    examples: str


class AssumptionsForm(forms.Form):
    """What the person at the page assumes instead of what was measured."""

    answer_percent = forms.FloatField(label="Answered, %", min_value=1, max_value=100)
    talk_minutes = forms.FloatField(label="Minutes of talk", min_value=0.1, max_value=60)
    price_per_minute = forms.FloatField(label="Price of a minute", min_value=0, max_value=100)


class PreflightPage(CampaignPages):
    """Adds the page to a campaign's."""

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.preflight)
        own = path("<int:object_id>/preflight/", view, name="campaigns_campaign_preflight")
        return [own, *super().get_urls()]

    def preflight(self, request: HttpRequest, object_id: int) -> HttpResponse:
        """Check the campaign as it is now. The assumptions in the address replace the measured ones."""
        campaign, now = self._seen(request, object_id), timezone.now()
        form = AssumptionsForm(request.GET or None)
        assumed = _read(form.cleaned_data) if form.is_bound and form.is_valid() else None
        found = check(campaign, now, assumptions=assumed)
        return self._campaign_page(
            request, "preflight.html", campaign, describe(campaign, found, form if form.errors else None)
        )


def describe(campaign: Campaign, found: Preflight, form: AssumptionsForm | None = None) -> dict[str, Any]:
    """Return what the template shows. Cost: three queries."""
    counts, zone = found.counts, timezone.get_current_timezone()
    names = {place: name_zone(whereabouts) for place, whereabouts in found.places.items()}
    return {
        "found": found,
        "callable": counts.leads(When.NOW, When.TODAY, When.LATER),
        "tiles": [(title, counts.leads(when)) for when, title in TITLES.items()],
        "rows": _rows(counts.by_reason),
        "errors": [finding for finding in found.findings if finding.severity is Severity.ERROR],
        "warnings": [finding for finding in found.findings if finding.severity is Severity.WARNING],
        "picture": draw(found.forecast.hours, names, zone) if found.forecast.hours else None,
        "zone": timezone.get_current_timezone_name(),
        "ends_at": found.forecast.ends_at,
        "form": form or AssumptionsForm(initial=_initial(found.assumptions)),
        "samples": choose_samples(campaign),
    }


def name_zone(whereabouts: Whereabouts) -> str:
    """Return how the zones of a place are called in the picture: `New York`, or `several zones`."""
    if not whereabouts.zones:
        return "unknown zone"
    first = whereabouts.zones[0].rpartition("/")[2].replace("_", " ")
    return first if len(whereabouts.zones) == 1 else f"{first} and other zones"


def _rows(counts: Sequence[ReasonCount]) -> list[Row]:
    """Return the table: what can be called first, then what cannot, most leads first."""
    leads = Lead.objects.in_bulk([example for count in counts for example in count.examples])
    order = list(When)
    return [
        Row(
            when=TITLES[count.when],
            words=REASONS[count.reason] if count.reason else _without_reason(count.when),
            leads=count.leads,
            next_at=count.next_at,
            examples=", ".join(_name(leads[example]) for example in count.examples if example in leads),
        )
        for count in sorted(counts, key=lambda count: order.index(count.when))
    ]


def _without_reason(when: When) -> str:
    return "Nothing is in the way" if when is When.NOW else WAITS_FOR_ITS_TURN


def _name(lead: Lead) -> str:
    return lead.name or format_phone(lead.phone)


def _initial(assumptions: Assumptions) -> dict[str, float]:
    return {
        "answer_percent": round(assumptions.answer_rate * 100, 1),
        "talk_minutes": round(assumptions.talk_seconds / 60, 1),
        "price_per_minute": assumptions.price_per_minute,
    }


def _read(given: dict[str, float]) -> Assumptions:
    return Assumptions(
        answer_rate=given["answer_percent"] / 100,
        talk_seconds=given["talk_minutes"] * 60,
        price_per_minute=given["price_per_minute"],
    )
