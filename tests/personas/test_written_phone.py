"""Is a number that was entered checked strictly, and is a refusal explained with what to do?"""

import pytest
from django.core.exceptions import ValidationError

from personas.models import PhoneNumber, RoutingRule
from personas.models.written_phone import explain_reading, explain_rejection
from tests.conftest import make_customer, make_number, make_persona
from voiceplatform.written_numbers import Rejection, read_number


@pytest.mark.parametrize(
    ("written", "region", "message"),
    [
        ("911", "DE", "“911” is not a valid number for Germany. Enter it with the country code, e.g. +49 231 140099."),
        ("911", "US", "“911” is an emergency number. Enter another number."),
        ("411", "US", "“411” is a short code. Enter a full number, e.g. +49 231 140099."),
        (
            "555-0131",
            "",
            "“555-0131” is not a valid phone number. Enter it with the country code, e.g. +49 231 140099.",
        ),
        ("020 12", "GB", "“020 12” is not a valid number for the United Kingdom."),
        ("+49 12", "DE", "“+49 12” is not a valid phone number. Check its digits."),
        ("900-555-0134", "US", "“900-555-0134” is a premium-rate number, which is not allowed."),
        ("070 1234 5678", "GB", "“070 1234 5678” is a personal number, charged like premium rate"),
        ("1.21256E+10", "US", "“1.21256E+10” was changed by a spreadsheet. Enter all its digits."),
        ("0000000000", "US", "“0000000000” is a placeholder. Enter a real number."),
        ("49231140099", "DE", "“49231140099” can be read with and without a country code."),
    ],
)
def test_a_refusal_says_what_is_wrong_and_what_to_enter(written, region, message):
    reason = read_number(written, region)

    assert isinstance(reason, Rejection)
    assert explain_rejection(reason, written, region).startswith(message)


@pytest.mark.parametrize("reason", Rejection)
def test_every_reason_has_a_sentence(reason):
    assert explain_rejection(reason, "12", "DE").startswith("“12” ")


def test_a_national_number_and_an_extension_are_explained_and_an_international_number_is_not():
    assert explain_reading("(0231) 1400-99 x5", "DE") == [
        "Saved as +49 231 140099 (read as a number in Germany).",
        "Extension 5 was ignored: phone numbers are stored without extensions.",
    ]
    assert explain_reading("+49 231 140099", "DE") == []
    assert explain_reading("front desk", "DE") == []


@pytest.mark.django_db
def test_a_number_stored_before_it_was_refused_can_still_be_edited_but_not_added():
    premium = make_number("+19005550134")
    premium.label = "Hotline"

    premium.full_clean()

    assert premium.phone == "+19005550134"
    with pytest.raises(ValidationError, match="premium-rate"):
        PhoneNumber(customer=premium.customer, phone="+19005550135").clean()
    premium.phone = "+19005550136"
    with pytest.raises(ValidationError, match="premium-rate"):
        premium.clean()


@pytest.mark.django_db
def test_a_rule_takes_one_caller_only():
    customer = make_customer()
    rule = RoutingRule(customer=customer, persona=make_persona(customer=customer))
    rule.caller = "(212) 555-0128 / (646) 555-0129"

    with pytest.raises(ValidationError, match="has 2 phone numbers"):
        rule.clean()
