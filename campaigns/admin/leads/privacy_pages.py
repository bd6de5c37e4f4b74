"""A person's rights: all that is kept about a number as a file, and its erasure."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone

from campaigns.admin.leads.lead_actions import LIST, PAGE, LeadActions
from campaigns.lead_words import count
from campaigns.models import Lead
from campaigns.person_data import Holdings, PersonInCallError, count_holdings, erase_person, export_person
from voiceplatform.text import clean_line
from voiceplatform.written_numbers import Rejection, read_number

LONGEST_NUMBER = 200  # characters, as people write one


class PrivacyPages(LeadActions):
    """For managers. The number has to be typed before anything is erased."""

    def privacy_urls(self) -> list[URLPattern]:
        pages = [("person.json", self.export_person, "person"), ("erase/", self.erase, "erase")]
        return [
            path(f"<uuid:lead_id>/{end}", self.admin_site.admin_view(view), name=f"campaigns_lead_{name}")
            for end, view, name in pages
        ]

    def export_person(self, request: HttpRequest, lead_id: uuid.UUID) -> HttpResponse:
        """Send all that campaigns keep about the lead's number."""
        lead = self.require_editable(request, lead_id)
        response = JsonResponse(
            export_person(lead.customer, lead.phone, timezone.now()),
            json_dumps_params={"indent": 2, "ensure_ascii": False},
        )
        response["Content-Disposition"] = 'attachment; filename="person.json"'
        return response

    def erase(self, request: HttpRequest, lead_id: uuid.UUID) -> HttpResponse:
        """Say what is erased and what stays (GET), and erase it once the number was typed (POST)."""
        lead = self.require_editable(request, lead_id)
        error = ""
        if request.method == "POST":
            if not _is_number_of(lead, request.POST.get("number", "")):
                error = "This is not the number of this lead. Nothing was erased."
            else:
                return self._erase(request, lead)
        context: dict[str, Any] = {
            "lead": lead,
            "holdings": count_holdings(lead.customer, lead.phone),
            "error": error,
            "page_url": reverse(PAGE, args=[lead.pk]),
        }
        return self._page(request, "erase.html", "Erase a person's data", context)

    def _erase(self, request: HttpRequest, lead: Lead) -> HttpResponse:
        customer = lead.customer
        try:
            erased = erase_person(customer, lead.phone)
        except PersonInCallError:
            messages.error(
                request,
                "Nothing was erased: a call or an import with this number is running. Try again when it has ended.",
            )
            return HttpResponseRedirect(reverse(PAGE, args=[lead.pk]))
        words = _summarize(erased)
        self.log_change(request, customer, f"Erased a person's data: {words}.")
        messages.success(request, f"Erased: {words}. Do-not-call entries still block the number, as a hash.")
        return HttpResponseRedirect(reverse(LIST))


def _is_number_of(lead: Lead, typed: str) -> bool:
    number = read_number(clean_line(typed, LONGEST_NUMBER), lead.campaign.effective_region)
    return not isinstance(number, Rejection) and number.e164 == lead.phone


def _summarize(erased: Holdings) -> str:
    """Return `2 leads, 1 line of reports, 1 stored file`."""
    return ", ".join(
        [
            count(erased.leads, "lead"),
            count(erased.report_rows, "line of reports", "lines of reports"),
            count(erased.files, "stored file"),
        ]
    )
