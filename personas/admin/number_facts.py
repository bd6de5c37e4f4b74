"""Gathers what the pages of numbers and rules show besides their fields: status, calls, and competing rules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ValidationError
from django.db.models import Count, F, Func, IntegerField, Model, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.html import format_html

from personas.access.number_claims import require_claimable
from personas.admin.usage import COUNTED_TO
from personas.admin.usage import Count as Counted
from personas.answering.rule_warnings import RuleFacts
from personas.models import Customer, PhoneNumber, RoutingRule
from voiceplatform.phone_numbers import format_phone


class PhoneNumberForm(forms.ModelForm):  # type: ignore[type-arg]
    """Refuses a number that another customer uses."""

    asker: User | AnonymousUser = AnonymousUser()  # who fills the form in; the admin sets it for each request

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if phone := self.fields.get("phone"):
            phone.widget.attrs |= {
                "hx-get": reverse("admin:personas_phonenumber_read_number"),
                "hx-trigger": "input changed delay:300ms, change from:#id_customer, change from:#id_region",
                "hx-include": "[name=customer],[name=region]",
                "hx-target": "#phone-reading",
            }
            reading = '{} <output id="phone-reading" for="id_phone" class="block mt-1"></output>'
            phone.help_text = format_html(reading, phone.help_text)

    def validate_unique(self) -> None:
        number = self.instance
        if number.customer_id and "phone" not in self.errors and number.phone != self.initial.get("phone"):
            visible = Customer.objects.visible_to(self.asker)
            try:
                require_claimable(number, visible=visible, may_assign=bool(self.asker.is_superuser))
            except ValidationError as refusal:
                self._update_errors(refusal)  # type: ignore[attr-defined]
                return
        super().validate_unique()


def with_calls(numbers: QuerySet[Any], *, since: datetime) -> QuerySet[Any]:
    """Return the numbers with `last_call_at` and `calls_since`, test calls left out.

    Cost: two looks into an index for each number, of no more than COUNTED_TO calls.
    """
    # This app knows the relation's name and nothing else of calls.
    call: type[Model] = PhoneNumber._meta.get_field("calls").related_model
    calls = call._default_manager.filter(number=OuterRef("pk"), simulated=False).order_by("-queued_at")
    recent = calls.filter(queued_at__gte=since).values("pk")[: COUNTED_TO + 1]
    shown: QuerySet[Any] = numbers.annotate(
        last_call_at=Subquery(calls.values("queued_at")[:1]),
        calls_since=Func(ArraySubquery(recent), function="cardinality", output_field=IntegerField()),
    )
    return shown


def count_in_words(counted: int) -> str:
    """Return `12`, or `more than 1,000` where counting stopped."""
    return str(Counted(counted=min(counted, COUNTED_TO), is_all=counted <= COUNTED_TO))


READY, USES_DEFAULT, NOT_PUBLISHED, NO_ONE = "Ready", "Uses default", "Persona not published", "No one answers"
STATUS_COLORS = {READY: "success", USES_DEFAULT: "info", NOT_PUBLISHED: "warning", NO_ONE: "danger"}


def status_of(number: PhoneNumber) -> str:
    """Return which persona answers that was chosen here: the number's own, or the customer's default."""
    if number.persona and number.persona.published_id:
        return READY
    if number.persona:
        return NOT_PUBLISHED
    default = number.customer.default_persona
    return USES_DEFAULT if default and default.published_id else NO_ONE


def with_rivals(rules: QuerySet[Any]) -> QuerySet[Any]:
    """Return the rules with what `facts_of` needs. Cost: no query of its own."""
    rivals = RoutingRule.objects.filter(
        customer=OuterRef("customer"), caller=OuterRef("caller"), persona__published__isnull=False
    )
    numbers = (
        PhoneNumber.objects.filter(customer=OuterRef("customer"))
        .order_by()
        .values("customer")
        .annotate(n=Count("pk"))
        .values("n")
    )
    shown: QuerySet[Any] = rules.annotate(
        narrower=ArraySubquery(rivals.filter(number__isnull=False).order_by("number__phone").values("number__phone")),
        wider=Subquery(rivals.filter(number=None).values("persona__name")[:1]),
        of_number=F("number__persona__name"),
        number_count=Subquery(numbers),
    )
    return shown


def facts_of(rule: Any) -> RuleFacts:
    """Return what is to say about a rule that came `with_rivals`."""
    is_for_all = rule.number_id is None
    return RuleFacts(
        caller=format_phone(rule.caller),
        number=None if is_for_all else str(rule.number),
        customer=str(rule.customer),
        persona=str(rule.persona),
        is_live=rule.persona.published_id is not None,
        narrower=[format_phone(phone) for phone in rule.narrower] if is_for_all else (),
        numbers=rule.number_count or 0,
        wider=None if is_for_all else rule.wider,
        of_number=rule.of_number,
    )
