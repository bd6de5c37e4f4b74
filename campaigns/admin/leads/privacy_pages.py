"""A person's rights: all that is kept about a number as a file, and its erasure. From a lead's page, or by number."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from campaigns.admin.leads.lead_actions import LIST, PAGE, LeadActions
from campaigns.leads.person_data import Holdings, PersonInCallError, count_holdings, erase_person, export_person
from campaigns.leads.words import count
from personas.access.roles import edited_by, is_superuser
from personas.models import Customer
from personas.models.written_phone import explain_rejection
from voiceplatform.clean_fields import CleanLineField
from voiceplatform.text import clean_line
from voiceplatform.written_numbers import Rejection, read_number

LONGEST_NUMBER = 200  # characters, as people write one


class PersonForm(forms.Form):
    """Whose data about which number."""

    customer = forms.ModelChoiceField(
        Customer.objects.none(), empty_label="Choose a customer", widget=UnfoldAdminSelectWidget()
    )
    number = CleanLineField(
        label="Phone number",
        max_length=LONGEST_NUMBER,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "tel", "autocomplete": "off"}),
        help_text="Any format.",
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        customers = Customer.objects.order_by("name")
        choice: Any = self.fields["customer"]
        choice.queryset = customers if is_superuser(request) else customers.filter(pk__in=edited_by(request))

    def clean(self) -> dict[str, Any]:
        """Add `phone`, the number in E.164."""
        cleaned: dict[str, Any] = super().clean() or {}
        if "customer" in cleaned and "number" in cleaned:
            region = cleaned["customer"].region
            number = read_number(cleaned["number"], region)
            if isinstance(number, Rejection):
                self.add_error("number", explain_rejection(number, cleaned["number"], region))
            else:
                cleaned["phone"] = number.e164
        return cleaned


class PrivacyPages(LeadActions):
    """For managers. The number has to be typed before anything is erased; it stands in no address, which logs keep."""

    def privacy_urls(self) -> list[URLPattern]:
        pages = [
            ("person-data/", self.find_person, "find_person"),
            ("<uuid:lead_id>/person.json", self.export_person, "person"),
            ("<uuid:lead_id>/erase/", self.erase, "erase"),
        ]
        return [path(at, self.admin_site.admin_view(view), name=f"campaigns_lead_{name}") for at, view, name in pages]

    def find_person(self, request: HttpRequest) -> HttpResponse:
        """Ask for a number (GET); say what is kept about it, export it or erase it (POST), with or without a lead."""
        if not self.has_change_permission(request):
            raise PermissionDenied
        form = PersonForm(request.POST or None, initial=self.get_changeform_initial_data(request), request=request)
        context: dict[str, Any] = {"form": form}
        if request.method == "POST" and form.is_valid():
            customer, phone = form.cleaned_data["customer"], form.cleaned_data["phone"]
            if "export" in request.POST:
                return _as_file(customer, phone)
            again = reverse("admin:campaigns_lead_find_person")
            if (answer := self._erase(request, customer, phone, again)) is not None:
                return answer
            context |= _describe(request, customer, phone)
        return self._page(request, "person.html", "A person's data", context)

    def export_person(self, request: HttpRequest, lead_id: uuid.UUID) -> HttpResponse:
        """Send all that campaigns keep about the lead's number."""
        lead = self.require_editable(request, lead_id)
        return _as_file(lead.customer, lead.phone)

    def erase(self, request: HttpRequest, lead_id: uuid.UUID) -> HttpResponse:
        """Say what is erased and what stays (GET), and erase it once the number was typed (POST)."""
        lead = self.require_editable(request, lead_id)
        page = reverse(PAGE, args=[lead.pk])
        if request.method == "POST" and (answer := self._erase(request, lead.customer, lead.phone, page)) is not None:
            return answer
        context = _describe(request, lead.customer, lead.phone) | {"page_url": page}
        return self._page(request, "erase.html", "Erase a person's data", context)

    def _erase(self, request: HttpRequest, customer: Customer, phone: str, page: str) -> HttpResponse | None:
        """Erase a person whose number was typed, and say so. None: it was not typed; nothing was erased."""
        if not _is_typed(request, customer, phone):
            return None
        try:
            words = _summarize(erase_person(customer, phone))
        except PersonInCallError:
            messages.error(
                request,
                "Nothing was erased: a call or an import with this number is running. Try again when it has ended.",
            )
            return HttpResponseRedirect(page)
        self.log_change(request, customer, f"Erased a person's data: {words}.")
        messages.success(request, f"Erased: {words}. Do-not-call entries still block the number, as a hash.")
        return HttpResponseRedirect(reverse(LIST))


def _describe(request: HttpRequest, customer: Customer, phone: str) -> dict[str, Any]:
    """Return what is kept, and what was wrong with the number that was typed to confirm."""
    is_wrong = "confirm" in request.POST
    return {
        "customer": customer,
        "phone": phone,
        "holdings": count_holdings(customer, phone),
        "error": "This is not the number of this person. Nothing was erased." if is_wrong else "",
    }


def _is_typed(request: HttpRequest, customer: Customer, phone: str) -> bool:
    """Whether the number was typed to confirm: as E.164, or as the customer's country writes it."""
    typed = clean_line(request.POST.get("confirm", ""), LONGEST_NUMBER)
    number = read_number(typed, customer.region)
    return not isinstance(number, Rejection) and number.e164 == phone


def _as_file(customer: Customer, phone: str) -> HttpResponse:
    data = export_person(customer, phone, timezone.now())
    response = JsonResponse(data, json_dumps_params={"indent": 2, "ensure_ascii": False})
    response["Content-Disposition"] = 'attachment; filename="person.json"'
    return response


def _summarize(erased: Holdings) -> str:
    """Return `2 leads, 1 line of reports, 1 stored file, 0 recordings`."""
    return ", ".join(
        [
            count(erased.leads, "lead"),
            count(erased.report_rows, "line of reports", "lines of reports"),
            count(erased.files, "stored file"),
            count(erased.recordings, "recording"),
        ]
    )
