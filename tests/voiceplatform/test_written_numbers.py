"""Is a phone number read as the person who wrote it meant, and is what must not be dialed refused?"""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceplatform.phone_numbers import E164
from voiceplatform.written_numbers import _LONGEST_EMERGENCY, ReadNumber, Rejection, read_number

CASES = json.loads((Path(__file__).parents[1] / "data/cases/phones.json").read_text())


@pytest.mark.parametrize("case", CASES, ids=[f"{case['id']} {case['why']}" for case in CASES])
def test_each_collected_way_to_write_a_number_is_read_or_refused_as_expected(case):
    expected = case["expected"]

    number = read_number(case["input"], case["region"])

    if expected["reject"]:
        assert number == Rejection(expected["reject"])
        return
    assert isinstance(number, ReadNumber), number
    assert number.e164 == expected["e164"]
    assert number.extension == expected.get("extension", "")
    assert list(number.other_phones) == expected.get("other_phones", [])
    assert number.country == expected.get("country", number.country)
    assert number.is_toll_free == (expected.get("kind") == "toll_free")


@pytest.mark.parametrize(
    ("written", "region", "e164"),
    [
        ("+15551230100", "DE", "+15551230100"),
        ("(555) 123-0100", "US", "+15551230100"),
        ("(0231) 1400-99", "DE", "+49231140099"),
        ("0231/140099", "DE", "+49231140099"),
        ("0231/140099/98", "DE", "+49231140099"),
        ("++49 231 140099", "US", "+49231140099"),
        ("+0049 231 140099", "DE", "+49231140099"),
        ("+49 [0] 231 140099", "DE", "+49231140099"),
        ("0011 49 231 140099", "AU", "+49231140099"),
        ("0049 231 140099", "AU", "+49231140099"),
        ("5213310000137", "MX", "+523310000137"),
        ("Tel.: 0231 140099 Fax: 0231 140098", "DE", "+49231140099"),
        ("Ana Ruiz (office) 212-555-0124", "US", "+12125550124"),
        ("212-MATTRES", "US", "+12126288737"),
        ("1-800-flowers", "GB", "+18003569377"),
        ("sip:%2B49231140099@pbx.example;transport=tls", "US", "+49231140099"),
        ('"Ana 7" <sip:+15551230100@pbx.example>', "US", "+15551230100"),
        ("+15551230100@192.0.2.10", "DE", "+15551230100"),
        ("tel:555-0101;phone-context=+1-212", "DE", "+12125550101"),
        ("https://api.whatsapp.com/send?phone=49231140099", "US", "+49231140099"),
        ("1,2125550118E+10", "US", "+12125550118"),
    ],
)
def test_other_ways_of_the_same_kinds_are_read(written, region, e164):
    number = read_number(written, region)

    assert isinstance(number, ReadNumber), number
    assert number.e164 == e164


@pytest.mark.parametrize(
    "mark",
    [
        "x12",
        "X 12",
        "×12",
        "ext 12",
        "Ext: 12",
        "ext.#12",
        "extension 12",
        "#12",
        ",,12#",
        "p12",
        ";ext=12",
        "(Durchwahl 12)",
    ],
)
def test_an_extension_is_kept_apart_however_it_is_marked(mark):
    number = read_number(f"212-555-0112 {mark}", "US")

    assert isinstance(number, ReadNumber), number
    assert (number.e164, number.extension) == ("+12125550112", "12")


@pytest.mark.parametrize(
    ("written", "region", "reason"),
    [
        ("", "US", Rejection.NOT_A_PHONE),
        ("n/a", "US", Rejection.NOT_A_PHONE),
        ("ana.1234567890@mail.example", "US", Rejection.NOT_A_PHONE),
        ("https://shop.example/2125550101", "US", Rejection.NOT_A_PHONE),
        ("A2125550124", "US", Rejection.NOT_A_PHONE),
        ("Fax: 212-555-0101", "US", Rejection.NOT_A_PHONE),
        ("212-555-0101" + " " * 500, "US", Rejection.NOT_A_PHONE),
        ("#REF!", "US", Rejection.DAMAGED_BY_SPREADSHEET),
        ("########", "US", Rejection.DAMAGED_BY_SPREADSHEET),
        ("2024-12-31", "DE", Rejection.DAMAGED_BY_SPREADSHEET),
        ("31.12.2024", "DE", Rejection.DAMAGED_BY_SPREADSHEET),
        ("4,92311E+10", "DE", Rejection.DAMAGED_BY_SPREADSHEET),
        ("1234567890", "US", Rejection.PLACEHOLDER),
        ("+1 222 222 2222", "US", Rejection.PLACEHOLDER),
        ("(212) 555-0101", "", Rejection.LOCAL_ONLY),
        ("911", "DE", Rejection.LOCAL_ONLY),
        ("49231140099", "DE", Rejection.AMBIGUOUS),
        ("+1 911", "DE", Rejection.EMERGENCY),
        ("+49 112", "US", Rejection.EMERGENCY),
        ("911 / 5", "US", Rejection.EMERGENCY),
        ("116117", "DE", Rejection.SHORT_CODE),
        ("212-976-0101", "US", Rejection.PREMIUM_RATE),
        ("+1 200 555 0101", "US", Rejection.INVALID_NUMBER),
    ],
)
def test_other_texts_of_the_same_kinds_are_refused(written, region, reason):
    assert read_number(written, region) is reason


def test_the_region_is_kept_only_when_the_country_was_not_written():
    assert read_number("0231 140099", "DE").region == "DE"
    for with_country in ("+49 231 140099", "0049 231 140099", "sip:+49231140099@pbx.example", "tel:+49-231-140099"):
        assert read_number(with_country, "DE").region is None


def test_every_number_of_a_cell_keeps_its_place_and_none_comes_twice():
    number = read_number("home 212-555-0128 x3 work 646-555-0129 or (212) 555-0128\n+49 231 140099", "US")

    assert (number.e164, number.extension) == ("+12125550128", "3")
    assert number.other_phones == ("+16465550129", "+49231140099")


@given(st.text(st.characters(exclude_categories=[]), max_size=220), st.sampled_from(["US", "DE", "IN", "MX", ""]))
def test_any_text_is_read_without_an_error(written, region):
    number = read_number(written, region)

    assert isinstance(number, Rejection) or E164.match(number.e164)


@given(st.text(" 0123456789+()-./,;#xeE'=abtoruyTELOI@:%\n", max_size=200), st.sampled_from(["US", "DE", "MX", ""]))
def test_any_text_like_a_number_is_read_without_an_error(written, region):
    number = read_number(written, region)

    phones = () if isinstance(number, Rejection) else (number.e164, *number.other_phones)
    assert all(E164.match(phone) for phone in phones)
    assert len(set(phones)) == len(phones)


def test_no_emergency_number_is_longer_than_those_that_are_looked_up():
    from phonenumbers import PhoneMetadata
    from phonenumbers.shortnumberinfo import SUPPORTED_SHORT_REGIONS

    plans = filter(None, map(PhoneMetadata.short_metadata_for_region, SUPPORTED_SHORT_REGIONS))
    lengths = [length for plan in plans if plan.emergency for length in plan.emergency.possible_length or ()]

    assert max(lengths) == _LONGEST_EMERGENCY


def test_numbers_that_an_address_book_joined_are_told_apart():
    number = read_number("(212) 555-0120 ::: (212) 555-0121", "US")

    assert (number.e164, number.other_phones) == ("+12125550120", ("+12125550121",))
