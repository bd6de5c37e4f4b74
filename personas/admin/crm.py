"""Shows the CRM lookups: what was requested, what came back, and the last error."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from personas.access.roles import is_superuser
from personas.access.scoped_admin import ScopedReadOnlyAdmin
from personas.crm.answer import CrmReason
from personas.crm.words import describe_reason
from personas.models import CrmSnapshot, Persona
from voiceplatform.web.readable_json import render_json_text

FAILED = "failed"
NO_RESULT = "no result yet"


@admin.register(CrmSnapshot)
class CrmSnapshotAdmin(ScopedReadOnlyAdmin):
    """Lookups that named no persona are visible to superusers only."""

    list_display = ["digits", "result", "persona", "fetched_at", "fresh_until", "error"]
    list_filter = ["outcome"]
    search_fields = ["digits", "persona__name"]
    list_select_related = ["persona"]
    teaching = "Calls to numbers without a persona are looked up in your CRM; results are cached here."
    readonly_fields = ["readable_body", "error"]
    fieldsets = [
        ("Request", {"fields": ["digits", "url", "fetched_at", "fresh_until"]}),
        ("Response", {"fields": ["outcome", "persona", "synced_version", "readable_body"]}),
        ("Errors", {"fields": ["error", "last_error_at"]}),
    ]

    def visible(self, rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
        return rows if is_superuser(request) else rows.filter(persona__in=Persona.objects.visible_to(request.user))

    def owner(self, row: Any) -> int | None:
        return row.persona.customer_id if row.persona else None

    @display(
        description="result",
        ordering="outcome",
        label={
            CrmSnapshot.Outcome.FOUND: "success",
            CrmSnapshot.Outcome.NOT_FOUND: "info",
            FAILED: "danger",
            NO_RESULT: "warning",
        },
    )
    def result(self, snapshot: CrmSnapshot) -> tuple[str, str]:
        if snapshot.outcome:
            return snapshot.outcome, snapshot.get_outcome_display()
        return (FAILED, "Failed") if snapshot.last_error else (NO_RESULT, "No result yet")

    @display(description="last error", ordering="last_error_at")
    def error(self, snapshot: CrmSnapshot) -> str:
        if not snapshot.last_error:
            return ""
        said = describe_reason(CrmReason(snapshot.last_error), snapshot.last_error_detail)
        return said[:1].upper() + said[1:] + "."

    @display(description="payload")
    def readable_body(self, snapshot: CrmSnapshot) -> str:
        return render_json_text(snapshot.body)
