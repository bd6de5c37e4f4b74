"""Shows the CRM lookups: what was requested, what came back, and the last error."""

from __future__ import annotations

from django.contrib import admin
from unfold.decorators import display

from personas.access.scoped_admin import ScopedReadOnlyAdmin
from personas.crm.answer import CrmReason
from personas.crm.words import describe_reason
from personas.models import CrmSnapshot
from voiceplatform.web.readable_json import render_json_text

FAILED = "failed"
NO_RESULT = "no result yet"


@admin.register(CrmSnapshot)
class CrmSnapshotAdmin(ScopedReadOnlyAdmin):
    """Members see the lookups of their customers, failed ones too: they explain why a persona did not answer."""

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
    def error(self, snapshot: CrmSnapshot) -> str | None:
        if not snapshot.last_error:
            return None
        said = describe_reason(CrmReason(snapshot.last_error), snapshot.last_error_detail)
        return said[:1].upper() + said[1:] + "."

    @display(description="payload")
    def readable_body(self, snapshot: CrmSnapshot) -> str:
        return render_json_text(snapshot.body)
