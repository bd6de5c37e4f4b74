"""How is an entry of the do-not-call list read?"""

import pytest
from django.core.exceptions import ValidationError

from campaigns.do_not_call.listed_number import ListedNumber, preview_listed_number, read_listed_number


@pytest.mark.parametrize(
    ("written", "region", "read"),
    [
        ("(555) 010-0007", "US", ListedNumber(phone="+15550100007")),
        ("0231 140099", "DE", ListedNumber(phone="+49231140099")),
        ("sip:+15550100007@host", "", ListedNumber(phone="+15550100007")),
        ("+1 900*", "", ListedNumber(prefix="+1900")),
        ("900-555-0134", "US", ListedNumber(phone="+19005550134")),  # may not be dialed, so it may be listed
    ],
)
def test_a_number_is_read_in_any_format_and_a_star_means_a_range(written, region, read):
    assert read_listed_number(written, region) == read


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("12", "“12” is not a valid number for the United States."),
        ("911", "“911” is an emergency number."),
        ("+1", "“+1” is not a valid phone number."),
        ("12*", "“12*” is not the beginning of a phone number. Enter + and 3 to 14 digits"),
        ("(212) 555-0128 / (646) 555-0129", "has 2 phone numbers. Enter one."),
        ("x" * 10_000, "“" + "x" * 60 + "…” is not a valid number"),
    ],
)
def test_what_is_no_number_is_refused_with_what_to_enter(written, message):
    with pytest.raises(ValidationError) as refused:
        read_listed_number(written, "US")

    assert message in refused.value.messages[0]


def test_a_preview_says_how_an_entry_will_be_saved():
    assert preview_listed_number("(212) 555-0142", "US") == "Will be saved as +1 212 555 0142 (United States)."
    assert preview_listed_number("+1 900*", "") == "Will block every number that begins with +1900."
    assert preview_listed_number("0231", "").startswith("“0231” is not a valid phone number.")
    assert preview_listed_number("  ", "US") == ""
