"""Runs the routing test: which persona would answer a caller on a number, and how that was decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextInputWidget

from personas.admin.crm_query import find_objection, may_query_crm
from personas.answering.routing import Route
from personas.answering.who_answers import Answer, find_who_answers, identify
from personas.answering.words import CHOSEN, STEPS, describe_remark, describe_skipped
from personas.crm.answer import CrmReason
from personas.crm.lookup import look_up, read_cache
from personas.models import Customer, PhoneNumber
from personas.persona.placeholders import fill_spoken
from voiceplatform.phone_numbers import format_caller, format_phone, only_digits


class RoutingTestForm(forms.Form):
    """Two phone numbers, as people write them."""

    dialed = forms.CharField(
        label="Dialed number",
        max_length=64,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "+1 555 123 0100", "inputmode": "tel"}),
        error_messages={"required": "Enter the dialed number."},
    )
    caller = forms.CharField(
        label="Caller's number",
        max_length=64,
        required=False,
        widget=UnfoldAdminTextInputWidget(
            attrs={"placeholder": "Leave empty for withheld caller ID", "inputmode": "tel"}
        ),
    )

    def clean_dialed(self) -> str:
        return self._phone("dialed", "Enter it with the country code, e.g. +1 555 123 0100.")

    def clean_caller(self) -> str:
        return self._phone("caller", "Enter it with the country code, or leave it empty for withheld caller ID.")

    def _phone(self, field: str, remedy: str) -> str:
        written: str = self.cleaned_data[field]
        if written and len(only_digits(written)) < 3:
            raise forms.ValidationError(f"“{written}” is not a phone number. {remedy}")
        return written


@dataclass(frozen=True, kw_only=True)
class Step:
    """One of the six places that are checked for a persona."""

    sign: str
    name: str
    outcome: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The answer in words."""

    answer: Answer
    source: str
    dialed: str  # as people read it
    caller: str  # the same; "" = withheld
    greeting: str  # as the caller hears it; "" = the agent greets in its own words
    steps: list[Step]  # every step of the decision, in order
    crm_unasked: bool  # what the CRM answers could change the decision


def find(request: HttpRequest) -> dict[str, Any]:
    """Return what the page shows for the numbers in the request. GET reads the cache; POST also queries the CRM."""
    written = request.POST if request.method == "POST" else request.GET
    asked = "dialed" in written
    form = RoutingTestForm(written if asked else None)
    # `fragment`: a number's page asks for the answer alone and has no other place for what is wrong with the question.
    context: dict[str, Any] = {"form": form, "asked": asked, "fragment": "HX-Request" in request.headers}
    if not asked or not form.is_valid():
        return context
    dialed, caller = form.cleaned_data["dialed"], form.cleaned_data["caller"]
    parties = identify(dialed=dialed, caller=caller)
    if not Customer.objects.visible_to(request.user).filter(pk=parties.customer.pk).exists():
        return context | {"foreign": dialed}  # also for numbers that belong to no customer
    objection = find_objection(request, parties) if request.method == "POST" else ""
    queries = request.method == "POST" and not objection
    answer = find_who_answers(
        dialed=dialed, caller=caller, ask_crm=look_up if queries else read_cache, wait_for_crm=queries
    )
    return context | {
        "finding": explain(answer),
        "crm_objection": objection,
        "may_query_crm": may_query_crm(request, parties.customer),
        "written": {"dialed": dialed, "caller": caller},
    }


def prepare_test(request: HttpRequest, number: PhoneNumber) -> dict[str, Any]:
    """Return what the box on a number's page shows at first: who answers an anonymous caller."""
    return {
        "test_form": RoutingTestForm(initial={"dialed": number.phone}),
        "finding": explain(find_who_answers(dialed=number.phone, caller="", ask_crm=read_cache)),
        "may_query_crm": may_query_crm(request, number.customer),
        "written": {"dialed": number.phone, "caller": ""},
        "number": number,
    }


def explain(answer: Answer) -> Finding:
    """Return the answer in words."""
    unasked = answer.crm is not None and answer.crm.reason in (CrmReason.NOT_QUERIED, CrmReason.PENDING)
    return Finding(
        answer=answer,
        source=CHOSEN[answer.route.source],
        dialed=format_phone(answer.parties.dialed),
        caller=format_caller(answer.parties.caller),
        greeting=fill_spoken(answer.spec.welcome_message),
        steps=list_steps(answer.route),
        crm_unasked=unasked,
    )


def list_steps(route: Route) -> list[Step]:
    """Return the six steps in order: used, skipped and why, nothing set, or not reached."""
    skipped = {each.source: describe_skipped(each) for each in route.skipped}
    order = list(STEPS)
    decided = order.index(route.source) if route.source in STEPS else len(order)
    steps = []
    for place, source in enumerate(order):
        if place == decided:
            remark = describe_remark(route)
            sign, outcome = "✓", f"used ({remark})" if remark else "used"
        elif place > decided:
            sign, outcome = "–", "not needed"
        elif source in skipped:
            sign, outcome = "✕", f"skipped: {skipped[source]}"
        else:
            sign, outcome = "–", "nothing set"
        steps.append(Step(sign=sign, name=STEPS[source], outcome=outcome))
    return steps


def address_of(*, number: PhoneNumber | None, caller: str = "") -> dict[str, str]:
    """Return the page's query for a phone number and a caller."""
    return {"dialed": number.phone if number else "", "caller": caller}
