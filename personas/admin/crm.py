"""What the CRM answered, as it came."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from unfold.decorators import display

from personas.access.roles import is_superuser
from personas.access.scoped_admin import ScopedReadOnlyAdmin
from personas.models import CrmSnapshot, Persona
from voiceplatform.web.readable_json import render_json_text


@admin.register(CrmSnapshot)
class CrmSnapshotAdmin(ScopedReadOnlyAdmin):
    """What the CRM said, as it came. Answers that became no persona are the superusers' to see."""

    list_display = ["digits", "said", "persona", "fetched_at", "fresh_until", "last_error"]
    list_filter = ["outcome"]
    search_fields = ["digits", "persona__name"]
    list_select_related = ["persona"]
    readonly_fields = ["readable_body"]
    teaching = (
        "When a number is called that nobody set up here, the CRM is asked, and its answer is kept here. "
        "Set PERSONA_API_BASE to configure one."
    )
    fieldsets = [
        (
            "Question",
            {
                "fields": ["digits", "url", "fetched_at", "fresh_until", "fetching_until"],
                "description": "What was asked and when.",
            },
        ),
        (
            "Answer",
            {
                "fields": ["outcome", "persona", "synced_version", "readable_body"],
                "description": "What came, and the persona it became.",
            },
        ),
        (
            "Trouble",
            {"fields": ["last_error", "last_error_at"], "description": "The last time that the CRM did not answer."},
        ),
    ]

    def visible(self, rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
        return rows if is_superuser(request) else rows.filter(persona__in=Persona.objects.visible_to(request.user))

    def owner(self, row: Any) -> int | None:
        return row.persona.customer_id if row.persona else None

    @display(
        description="outcome",
        ordering="outcome",
        label={"found": "success", "not found": "info", "no answer yet": "warning"},
    )
    def said(self, snapshot: CrmSnapshot) -> str:
        return snapshot.get_outcome_display().lower() or "no answer yet"

    @display(description="body")
    def readable_body(self, snapshot: CrmSnapshot) -> str:
        return render_json_text(snapshot.body)
