"""The admin pages of routing rules."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from unfold.decorators import display

from personas.access.scoped_admin import RecordedAdmin, ScopedFilter
from personas.admin import routing_test
from personas.admin.number_facts import facts_of, with_rivals
from personas.admin.routing_test_links import RoutingTestLinks
from personas.answering.rule_warnings import find_remarks, read_rule
from personas.models import RoutingRule
from personas.models.written_phone import explain_reading


@admin.register(RoutingRule)
class RoutingRuleAdmin(RecordedAdmin, RoutingTestLinks):
    """List and form of routing rules."""

    list_display = ["sentence", "remarks", "customer", "note"]
    list_filter = [("customer", ScopedFilter), ("persona", ScopedFilter)]
    search_fields = ["caller", "note", "persona__name", "number__phone"]
    list_select_related = ["customer", "persona", "number"]
    ordering = ["caller", "number"]
    teaching = "Send specific callers to a specific persona, on one number or all."
    fieldsets = [
        (
            "Caller",
            {
                "fields": ["customer", "caller", "number"],
                "description": "A rule for one number overrides a rule for all numbers.",
            },
        ),
        (
            "Persona",
            {"fields": ["persona", "note"]},
        ),
    ]

    def parties_of(self, row: RoutingRule) -> dict[str, str]:
        return routing_test.address_of(number=row.number or row.customer.numbers.first(), caller=row.caller)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_rivals(super().get_queryset(request))

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if "caller" in form.changed_data:
            for remark in explain_reading(form.data.get("caller", ""), obj.national_region):
                messages.info(request, remark)

    @display(description="rule", ordering="caller")
    def sentence(self, rule: Any) -> str:
        return read_rule(facts_of(rule))

    @display(description="warnings")
    def remarks(self, rule: Any) -> str:
        return " ".join(find_remarks(facts_of(rule))) or "–"

    def response_add(self, request: HttpRequest, obj: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        self._warn(request, obj)
        return cast(HttpResponse, super().response_add(request, obj, *args, **kwargs))

    def response_change(self, request: HttpRequest, obj: Any) -> HttpResponse:
        self._warn(request, obj)
        return cast(HttpResponse, super().response_change(request, obj))

    def _warn(self, request: HttpRequest, rule: RoutingRule) -> None:
        """Show the warnings of the rule that was just saved."""
        for remark in find_remarks(facts_of(with_rivals(RoutingRule.objects.filter(pk=rule.pk)).get())):
            messages.warning(request, remark)
