"""The page “Calling rules”: all rules with their sources, which a person verifies, and customers' own hours. For administrators."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from unfold.decorators import action, display

from campaigns.admin.campaign.rules_fields import ROWS, HoursField
from campaigns.calling_rules.hours.words import describe_hours
from campaigns.calling_rules.jurisdictions import AppliedRule, describe_all
from campaigns.models import CallingRuleOverride, CallingRuleReading
from personas.access.roles import is_superuser
from personas.access.scoped_admin import ScopedAdmin, ScopedFilter
from voiceplatform.countries import name_country

LIST = "admin:campaigns_callingruleoverride_changelist"
RULES = "admin:campaigns_callingruleoverride_rules"


@dataclass(frozen=True, kw_only=True)
class ShownRule:
    """A rule as the page shows it."""

    rule: AppliedRule
    hours: str
    holidays: str
    caps: str
    reading: CallingRuleReading | None  # of this version


@dataclass(frozen=True, kw_only=True)
class Country:
    """The rules of a country and its states."""

    code: str
    name: str
    rules: Sequence[ShownRule]
    is_open: bool


class OwnHoursForm(forms.ModelForm):  # type: ignore[type-arg]
    """Hours of a customer for a region. The model says which are refused."""

    class Meta:
        model = CallingRuleOverride
        fields = ["customer", "region", "hours", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["hours"] = HoursField(rows=ROWS, label="Hours", help_text="On the clock of the person called.")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors:
            year = timezone.now().year
            rest = {"hours": cleaned["hours"], "reason": cleaned["reason"], "year": year}
            try:
                cleaned["region"] = CallingRuleOverride.checked_region(cleaned["region"], **rest)
            except ValidationError as error:
                self.add_error(None, error)
        return cleaned


@admin.register(CallingRuleOverride)
class CallingRuleOverrideAdmin(ScopedAdmin):
    """Customers' own calling hours. New ones end the old ones, which stay in the list."""

    title = "Own calling hours"
    form = OwnHoursForm
    list_display = ["region", "customer", "shown_hours", "wider", "reason", "by", "at", "ended"]
    list_filter = [("customer", ScopedFilter), "region"]
    list_select_related = ["customer"]
    fields = ["customer", "region", "hours", "reason"]
    teaching = "Calling hours of a customer that replace those of a rule. Wider hours need a reason, which is kept."
    actions = ["end_selected"]
    actions_list = ["rules_page"]

    def get_urls(self) -> list[URLPattern]:
        own = [
            path("rules/", self.admin_site.admin_view(self.rules), name="campaigns_callingruleoverride_rules"),
            path("verify/", self.admin_site.admin_view(self.verify), name="campaigns_callingruleoverride_verify"),
        ]
        return [*own, *super().get_urls()]

    def rules(self, request: HttpRequest) -> HttpResponse:
        """Show every rule, by country."""
        self._require_administrator(request)
        context = {**self.admin_site.each_context(request), "opts": self.opts, "title": "Calling rules"}
        countries = list_countries_of_rules(request.GET.get("country", ""))
        return TemplateResponse(request, "admin/campaigns/calling_rules.html", context | {"countries": countries})

    def verify(self, request: HttpRequest) -> HttpResponse:
        """Record that the user has read a rule's source (POST)."""
        self._require_administrator(request)
        country = ""
        if request.method == "POST":
            try:
                by = request.user.get_username()
                reading = CallingRuleReading.record(request.POST.get("rule", ""), by=by, now=timezone.now())
                country = reading.rule.partition("-")[0]
                messages.success(request, f"{reading.rule} is verified by {reading.by}.")
            except ValidationError as error:
                messages.error(request, " ".join(error.messages))
        return HttpResponseRedirect(f"{reverse(RULES)}?country={country}")

    @action(description="All rules", url_path="all-rules", icon="gavel")
    def rules_page(self, request: HttpRequest) -> HttpResponse:
        return HttpResponseRedirect(reverse(RULES))

    @admin.action(description="End (the rule's hours apply again)")
    def end_selected(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        by, now = request.user.get_username(), timezone.now()
        ended = [row for row in queryset if row.end(by=by, now=now)]
        for row in ended:
            self.log_change(request, row, "Ended.")
        messages.success(request, f"{len(ended)} ended.")

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Replace the earlier hours of the customer for the region."""
        stored = CallingRuleOverride.set(
            customer=obj.customer,
            region=obj.region,
            hours=obj.hours,
            reason=obj.reason,
            by=request.user.get_username(),
            now=timezone.now(),
        )
        obj.pk = stored.pk

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @display(description="hours")
    def shown_hours(self, row: CallingRuleOverride) -> str:
        return describe_hours(row.hours)

    @display(description="wider than the rule", boolean=True)
    def wider(self, row: CallingRuleOverride) -> bool:
        return row.is_wider

    @display(description="ended")
    def ended(self, row: CallingRuleOverride) -> str:
        return f"{row.ended_at:%Y-%m-%d} by {row.ended_by}" if row.ended_at else "–"

    def _require_administrator(self, request: HttpRequest) -> None:
        if not is_superuser(request):
            raise PermissionDenied


def list_countries_of_rules(chosen: str) -> list[Country]:
    """Return all rules by country; the chosen country is unfolded. Cost: one query."""
    readings = {(reading.rule, reading.version): reading for reading in CallingRuleReading.objects.all()}
    by_country: dict[str, list[ShownRule]] = {}
    for rule in describe_all():
        shown = ShownRule(
            rule=rule,
            hours=_hours(rule),
            holidays=", ".join(name.replace("_", " ") for name in rule.holidays),
            caps=", ".join(f"{cap['max']} in {cap['per']}" for cap in rule.caps),
            reading=readings.get((rule.name, rule.version)),
        )
        by_country.setdefault(rule.region.partition("-")[0], []).append(shown)
    return [
        Country(
            code=code,
            name="All other countries" if code == "*" else name_country(code),
            rules=rules,
            is_open=code == chosen,
        )
        for code, rules in by_country.items()
    ]


def _hours(rule: AppliedRule) -> str:
    """Return the hours in words: `mon–fri 09:00–20:00, sat–sun none`."""
    return "; ".join(
        f"{days.replace('-', '–')} {', '.join(window.replace('-', '–') for window in windows) or 'none'}"
        for days, windows in rule.hours.items()
    )
