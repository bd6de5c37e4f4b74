"""Decides whether a phone number may be added to a customer.

Calls follow the number: the customer who adds it gets its calls and their transcripts. So a number that calls or CRM lookups
of another customer know already is assigned by administrators only. All others get the same
words as for a number that is taken: they must not reveal which numbers other customers have.
"""

from __future__ import annotations

import logging
from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet

from personas.models import CrmSnapshot, Customer, PhoneNumber
from voiceplatform.phone_numbers import mask_phone, only_digits, parse_phone

logger = logging.getLogger(__name__)

IN_USE = "Already in use. Contact your administrator."


def require_claimable(number: PhoneNumber, *, visible: QuerySet[Customer], may_assign: bool) -> None:
    """Raise ValidationError on `phone` unless the number may be added, or may become another one.

    `visible`: the customers whose names the client may read. `may_assign`: the client is an administrator. Cost: five
    queries at most.
    """
    rows = PhoneNumber.objects.exclude(pk=number.pk).select_related("customer")
    taken: PhoneNumber | None = rows.filter(phone=number.phone).first()
    if taken and visible.filter(pk=taken.customer_id).exists():
        label = f" (“{taken.label}”)" if taken.label else ""
        raise ValidationError({"phone": f"Already used by {taken.customer}{label}."})
    if taken or (not may_assign and (is_known_elsewhere(number) or reads_as_anothers(number))):
        facts = {"phone": mask_phone(number.phone), "customer_id": number.customer_id}
        logger.warning("Refused to add a number that another customer uses", extra=facts)
        raise ValidationError({"phone": IN_USE})


def is_known_elsewhere(number: PhoneNumber) -> bool:
    """Whether calls to this number, or CRM lookups of it, belong to another customer."""
    written = _ways_to_write(number.phone)
    lookups = CrmSnapshot.objects.exclude(customer=number.customer_id)
    if lookups.filter(digits__in={only_digits(way) for way in written}).exists():
        return True
    # This app knows the relation's name and nothing else of calls. A call whose number exists has it in `number`.
    call: type[Model] = Customer._meta.get_field("calls").related_model
    calls = call._default_manager.exclude(customer=number.customer_id).filter(number=None, dialed__in=written)
    return bool(calls.filter(direction="inbound", simulated=False).exists())


def reads_as_anothers(number: PhoneNumber) -> bool:
    """Whether a number of another customer has the same digits without its country.

    Carriers may leave the country out: then the digits alone decide, and a number chosen to have the same ones in another
    country would take the other customer's calls.
    """
    national = _national(number.phone)
    alike = PhoneNumber.objects.exclude(customer=number.customer_id).filter(phone__endswith=national)
    return any(_national(phone) == national for phone in alike.values_list("phone", flat=True))


def _national(phone: str) -> str:
    import phonenumbers  # here, not above: it takes 20 ms

    return phonenumbers.national_significant_number(phonenumbers.parse(phone, None))


def _ways_to_write(phone: str) -> Collection[str]:
    """Return how the number stands in calls and lookups that had no row for it: with and without its country."""
    national = _national(phone)
    digits = only_digits(phone)
    as_default_reads_it = parse_phone(national, Customer.objects.default().region)
    ways = {phone, digits, f"00{digits}", national, f"0{national}", as_default_reads_it}
    return {way for way in ways if way}
