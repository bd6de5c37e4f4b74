"""The filters of personas, numbers and rules. Phone numbers are found in any format."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework.request import Request

from personas.access.api_auth import Client
from personas.models import Customer, Persona
from voiceplatform.phone_numbers import parse_phone, possible_phones
from voiceplatform.web.problems import BadQueryError

MOST_REGIONS = 50  # one text may be a number of each of them


def own_customers(request: Request) -> QuerySet[Customer]:
    return Client.of(request).customers()


def own_personas(request: Request) -> QuerySet[Any]:
    return Client.of(request).visible(Persona.objects.all())


def read_phone(written: str, request: Request, *, parameter: str) -> list[str]:
    """Return the E.164 numbers that the text may stand for with this client's customers. Cost: one query for a national
    form.

    Raises BadQueryError when it is no phone number.
    """
    # In an address a + means a space, and many forget to write %2B.
    text = f"+{written[1:]}" if written.startswith(" ") else written
    regions = (
        []
        if parse_phone(text, "")
        else sorted(set(own_customers(request).values_list("region", flat=True)[:MOST_REGIONS]))
    )
    phones = possible_phones(text, ["", *regions])
    if not phones:
        raise BadQueryError(
            {
                parameter: [
                    "Not a phone number. Write it with + (in an address: %2B) and country code, e.g. %2B15551230100."
                ]
            }
        )
    return phones


class PhoneFilter(django_filters.CharFilter):  # type: ignore[misc]
    """A phone number in any format. `parameter` is its name in the address."""

    def __init__(self, parameter: str, **kwargs: Any) -> None:
        super().__init__(max_length=64, strip=False, **kwargs)
        self.parameter = parameter

    def filter(self, rows: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return rows
        return rows.filter(
            **{f"{self.field_name}__in": read_phone(value, self.parent.request, parameter=self.parameter)}
        )


class OwnedFilters(django_filters.FilterSet):  # type: ignore[misc]
    customer = django_filters.ModelChoiceFilter(
        queryset=own_customers, to_field_name="slug", help_text="Slug of a customer."
    )


class PersonaFilters(OwnedFilters):
    slug = django_filters.CharFilter(max_length=50, help_text="The slug, exactly.")
    origin = django_filters.ChoiceFilter(choices=Persona.Origin.choices, help_text="Who made it.")


class NumberFilters(OwnedFilters):
    phone = PhoneFilter("phone", help_text="The number, in any format.")
    persona = django_filters.ModelChoiceFilter(
        queryset=own_personas, to_field_name="uid", help_text="Numbers that this persona answers."
    )


class RuleFilters(OwnedFilters):
    caller = PhoneFilter("caller", help_text="Who calls, in any format.")
    number = PhoneFilter("number", field_name="number__phone", help_text="Rules for this phone number.")
    persona = django_filters.ModelChoiceFilter(
        queryset=own_personas, to_field_name="uid", help_text="Rules that lead to this persona."
    )
