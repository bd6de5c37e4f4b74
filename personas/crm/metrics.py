"""Declares the metrics of CRM lookups. Each is described in docs/operations.md."""

from voiceplatform.observability.metrics import PREFIX, Histogram, declare

CRM_FETCHES = declare(
    Histogram(
        name=f"{PREFIX}crm_fetch_duration_seconds",
        help="How long the CRM took when it was asked, retries included",
        labels={"result": ("found", "not_found", "failed")},
    )
)
