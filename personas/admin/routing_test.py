"""Who would answer, if this caller dialed this number now? A page to ask that before somebody calls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import forms
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextInputWidget

from personas.admin.crm_query import find_objection, may_query_crm
from personas.answering.routing import Source
from personas.answering.who_answers import Answer, find_who_answers, identify
from personas.crm.answer import CrmReason
from personas.crm.lookup import look_up, read_cache
from personas.models import Customer, PhoneNumber
from personas.persona.placeholders import fill_spoken
from voiceplatform.phone_numbers import only_digits

IN_WORDS = {
    Source.RULE_FOR_CALLER_AND_NUMBER: "a routing rule for this caller on this number",
    Source.RULE_FOR_CALLER: "a routing rule for this caller on every number",
    Source.NUMBER: "the number's own persona",
    Source.CRM: "the CRM",
    Source.CUSTOMER_DEFAULT: "the customer's default persona",
    Source.BUILT_IN: "the built-in persona, because nobody else is set up",
    Source.JOB_METADATA: "the configuration that came with the job",
}


class WhoAnswersForm(forms.Form):
    """Two phone numbers, as people write them."""

    dialed = forms.CharField(
        label="Number dialed",
        max_length=64,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "+1 555 123 0100", "inputmode": "tel"}),
        error_messages={"required": "Type the number that somebody dials, e.g. +1 555 123 0100."},
    )
    caller = forms.CharField(
        label="Caller",
        max_length=64,
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "empty: hides the number", "inputmode": "tel"}),
    )

    def clean_dialed(self) -> str:
        return self._phone("dialed", "Write it with + and country code, e.g. +1 555 123 0100.")

    def clean_caller(self) -> str:
        return self._phone(
            "caller", "Write it with + and country code, or leave it empty for a caller who hides the number."
        )

    def _phone(self, field: str, remedy: str) -> str:
        written: str = self.cleaned_data[field]
        if written and len(only_digits(written)) < 3:
            raise forms.ValidationError(f"“{written}” is not a phone number. {remedy}")
        return written


@dataclass(frozen=True, kw_only=True)
class PassedOverInWords:
    source: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """The answer in words."""

    answer: Answer
    source: str
    first_words: str  # as the caller hears them; "" = the model greets in its own
    passed_over: list[PassedOverInWords]
    crm_unasked: bool  # what the CRM answers could change the decision


def find(request: HttpRequest) -> dict[str, Any]:
    """Return what the page shows for the numbers in the request. GET reads the cache; POST also queries the CRM."""
    written = request.POST if request.method == "POST" else request.GET
    asked = "dialed" in written
    form = WhoAnswersForm(written if asked else None)
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
        "form_who": WhoAnswersForm(initial={"dialed": number.phone}),
        "finding": explain(find_who_answers(dialed=number.phone, caller="", ask_crm=read_cache)),
        "may_query_crm": may_query_crm(request, number.customer),
        "written": {"dialed": number.phone, "caller": ""},
        "number": number,
    }


def explain(answer: Answer) -> Finding:
    """Return the answer in words."""
    passed_over = [PassedOverInWords(source=IN_WORDS[p.source], reason=p.reason) for p in answer.route.passed_over]
    unasked = answer.crm is not None and answer.crm.reason in (CrmReason.NOT_QUERIED, CrmReason.PENDING)
    first_words = fill_spoken(answer.spec.welcome_message)
    return Finding(
        answer=answer,
        source=IN_WORDS[answer.route.source],
        first_words=first_words,
        passed_over=passed_over,
        crm_unasked=unasked,
    )


def address_of(*, number: PhoneNumber | None, caller: str = "") -> dict[str, str]:
    """Return the page's query for a number of ours and a caller."""
    return {"dialed": number.phone if number else "", "caller": caller}
