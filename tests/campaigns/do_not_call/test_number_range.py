"""Which texts are the prefix of a range of numbers?"""

import pytest

from campaigns.do_not_call.number_range import explain_prefix, is_range, list_prefixes, parse_prefix


@pytest.mark.parametrize("written", ["+1900", "+1 900*", "+1 (900)", "+1-900-*", "001900", " +1\u00a0900 *", "+1.900"])
def test_a_prefix_is_read_as_people_write_it(written):
    assert parse_prefix(written) == "+1900"


@pytest.mark.parametrize(
    "written",
    [
        "",
        "*",
        "+",
        "+1",
        "+12",
        "1900",
        "0231",
        "+0231",
        "+1 900 x",
        "+١٩٠٠",
        "+1*900",
        "☎",
        "+1" + "0" * 14,
        "9" * 10_000,
    ],
)
def test_what_is_no_prefix_is_refused(written):
    assert parse_prefix(written) is None


def test_a_refusal_names_the_text_and_what_is_allowed():
    assert explain_prefix("+1") == (
        "“+1” is not the beginning of a phone number. Enter + and 3 to 14 digits with the country code, e.g. +1900."
    )


def test_a_star_at_the_end_means_a_range():
    assert [is_range(text) for text in ("+1 900* ", "+1 900", "*1900", "")] == [True, False, False, False]


def test_the_prefixes_of_a_number_are_all_that_a_range_may_have():
    assert list_prefixes("+155501") == ["+155", "+1555", "+15550", "+155501"]
    assert list_prefixes("+123456789012345")[-1] == "+12345678901234"
