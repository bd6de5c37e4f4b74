"""The page “Check telephony”: what the check finds, grouped by severity, and a button that applies the changes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone

from calls.livekit.telephony_facts import Severity
from calls.livekit.telephony_words import Sentence, describe_change, describe_problem
from calls.telephony.changes import ApplyingError, apply_changes
from calls.telephony.check import Report, check
from personas.access.roles import is_superuser

TITLES = {Severity.ERROR: "Errors", Severity.WARNING: "Warnings", Severity.INFO: "For your information"}
ICONS = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "info"}


@dataclass(frozen=True, kw_only=True)
class Group:
    """Findings of one severity."""

    severity: str
    title: str
    icon: str
    findings: list[Sentence]


def answer(request: HttpRequest, site: AdminSite) -> HttpResponse:
    """Show the check; POST applies what was confirmed. For superusers.

    Cost: some five seconds at most while LiveKit does not answer, and twenty for applying.
    """
    if not is_superuser(request):
        raise PermissionDenied
    if request.method == "POST":
        if settings.LIVEKIT_CONFIGURED:
            _apply(request)
        return HttpResponseRedirect(reverse("admin:calls_trunk_check_telephony"))
    context: dict[str, Any] = {**site.each_context(request), "title": "Check telephony"}
    if settings.LIVEKIT_CONFIGURED:
        context |= {"report": (report := _check(request)), **_show(report)}
    return TemplateResponse(request, "admin/calls/telephony.html", context)


def _check(request: HttpRequest) -> Report:
    return check(webhook_address=request.build_absolute_uri(reverse("livekit-webhook")))


def _show(report: Report) -> dict[str, Any]:
    groups = [
        Group(
            severity=severity.value,
            title=title,
            icon=ICONS[severity],
            findings=[describe_problem(each) for each in report.problems if each.severity is severity],
        )
        for severity, title in TITLES.items()
    ]
    return {
        "groups": [group for group in groups if group.findings],
        "changes": [describe_change(change) for change in report.changes],
        "plan": report.digest(),
        "checked_at": timezone.now(),
    }


def _apply(request: HttpRequest) -> None:
    """Apply the changes that were confirmed, and say how each went."""
    report = _check(request)
    if report.digest() != request.POST.get("plan"):
        messages.warning(
            request, "Nothing was changed: other changes are needed now than when you confirmed. See below."
        )
        return
    try:
        applied = apply_changes(report.changes)
    except ApplyingError as error:
        messages.error(request, str(error))
        return
    if count := sum(not each.error for each in applied):
        messages.success(request, f"{count} change{'' if count == 1 else 's'} applied.")
    for each in applied:
        if each.error:
            messages.error(request, f"Failed: {describe_change(each.change)} {each.error}")
