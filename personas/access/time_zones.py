"""Decides in which time zone the admin shows times and begins a day.

The user's own choice, else the zone that all their customers share, else the zone of the customer whose row is shown,
else the installation's (settings.TIME_ZONE). The API is not concerned: it speaks UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.db.models import IntegerField, Value
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from unfold.widgets import UnfoldAdminSelectWidget

from personas.models import DEFAULT_CUSTOMER, Customer
from voiceplatform.local_time import list_zone_choices, read_zone
from voiceplatform.models import Preferences

ADMIN = "/admin/"


@dataclass(frozen=True, kw_only=True)
class UserZone:
    """The time zone of a user's pages."""

    zone: ZoneInfo | None  # None: the installation's
    chosen: bool  # by the user, so that no row's customer replaces it
    shared: bool  # by all their customers


class TimeZoneMiddleware:
    """Activates the user's time zone for pages of the admin."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(ADMIN) or not request.user.is_authenticated:
            return self.get_response(request)
        with timezone.override(None):
            if zone := zone_of_user(request).zone:
                timezone.activate(zone)
            return self.get_response(request)


def zone_of_user(request: HttpRequest) -> UserZone:
    """Return the user's time zone. Cost: one query for each request, however often it is asked."""
    known: UserZone | None = getattr(request, "_zone_of_user", None)
    if known is None:
        known = request._zone_of_user = _read_zone_of_user(request)  # type: ignore[attr-defined]
    return known


def use_zone_of_customer(request: HttpRequest, customer_id: int | None) -> None:
    """Activate the zone of the customer whose row the page shows, for a user with several customers and no choice.

    Cost: one query for these users, none for others.
    """
    user_zone = zone_of_user(request)
    if customer_id is None or user_zone.chosen or user_zone.shared:
        return
    name = Customer.objects.filter(pk=customer_id).values_list("time_zone", flat=True).first()
    if zone := read_zone(name or ""):
        timezone.activate(zone)


def _read_zone_of_user(request: HttpRequest) -> UserZone:
    chosen, of_customer = Value(1, IntegerField()), Value(0, IntegerField())
    own = Preferences.objects.filter(user=request.user.pk).exclude(time_zone="").values_list("time_zone", chosen)
    # Calls to numbers that belong to no customer have no place, so the customer that owns them does not count.
    customers: Any = Customer.objects.visible_to(request.user).exclude(slug=DEFAULT_CUSTOMER).order_by()
    rows = own.union(customers.values_list("time_zone", of_customer))  # a union drops repetitions
    found = [(zone, rank) for name, rank in rows if (zone := read_zone(name))]
    for zone, rank in found:
        if rank:
            return UserZone(zone=zone, chosen=True, shared=False)
    if len(found) == 1:
        return UserZone(zone=found[0][0], chosen=False, shared=True)
    return UserZone(zone=None, chosen=False, shared=False)


class TimeZoneForm(forms.Form):
    """The user's choice."""

    time_zone = forms.ChoiceField(
        label="Time zone",
        required=False,
        widget=UnfoldAdminSelectWidget,
        choices=lambda: [("", "Customer's time zone"), *list_zone_choices()],
    )


def choose_time_zone(request: HttpRequest) -> HttpResponse:
    """Show the user's choice (GET) and store it (POST)."""
    stored = Preferences.objects.filter(user=request.user.pk).values_list("time_zone", flat=True).first() or ""
    form = TimeZoneForm(request.POST or None, initial={"time_zone": stored})
    back = _own_address(request, request.POST.get("next") or request.GET.get("next") or "")
    if request.method == "POST" and form.is_valid():
        user = cast(User, request.user)  # the admin asks for a login first
        Preferences.objects.update_or_create(user=user, defaults=form.cleaned_data)
        messages.success(request, "Saved.")
        return HttpResponseRedirect(back)
    context = {**admin.site.each_context(request), "title": "Time zone", "form": form, "back": back}
    return TemplateResponse(request, "admin/personas/time_zone.html", context)


def _own_address(request: HttpRequest, address: str) -> str:
    """Return the address to go back to; never another site's."""
    safe = url_has_allowed_host_and_scheme(address, allowed_hosts={request.get_host()})
    return address if safe and address.startswith(ADMIN) else ADMIN
