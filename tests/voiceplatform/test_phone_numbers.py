"""What number is meant by what people, carriers and SIP headers write?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voiceplatform.phone_numbers import (
    E164,
    format_caller,
    is_withheld,
    mask_phone,
    only_digits,
    parse_phone,
    possible_phones,
    strip_sip,
)


@pytest.mark.parametrize(
    "written",
    [
        "+15551230100",
        "+1 555-123-0100",
        "15551230100",
        "(555) 123-0100",
        "555.123.0100",
        "0015551230100",
        "sip:+15551230100@pbx.example",
        "SIPS:+15551230100@pbx.example;transport=tls",
        "tel:+1-555-123-0100",
        '"Ana 7" <sip:+15551230100@pbx.example>;tag=4f',
        "sip:%2B15551230100@pbx.example",
        "sip_+15551230100",
        "\x00+15551230100\r\n",
        "+１５５５１２３０１００",
    ],
)
def test_every_way_to_write_a_number_means_the_same(written):
    assert parse_phone(written, "US") == "+15551230100"


@pytest.mark.parametrize(
    ("written", "region", "phone"),
    [
        ("030 901820", "DE", "+4930901820"),
        ("8655701159", "IN", "+918655701159"),
        ("020 7946 0000", "GB", "+442079460000"),
        ("011 49 30 901820", "US", "+4930901820"),
        ("0049 30 901820", "us", "+4930901820"),
    ],
)
def test_the_national_form_is_read_as_in_the_region(written, region, phone):
    assert parse_phone(written, region) == phone


@pytest.mark.parametrize(
    "written", ["", "+", "anonymous", "911", "alice", "sip:alice@pbx.example", "+1555", "1" * 500, "+1555123010\ud800"]
)
def test_what_is_no_phone_number_is_none(written):
    assert parse_phone(written, "US") is None


def test_a_number_without_country_means_nothing_without_a_region():
    assert parse_phone("(555) 123-0100", "") is None
    assert parse_phone("+15551230100", "") == "+15551230100"


def test_a_carrier_may_drop_the_plus_of_a_foreign_number():
    assert possible_phones("4930901820", ["US"])[-1] == "+4930901820"


def test_the_likeliest_reading_comes_first_and_none_twice():
    assert possible_phones("15551230100", ["US", "CA"]) == ["+15551230100"]
    assert possible_phones("8655701159", ["IN", "US"]) == ["+918655701159", "+18655701159", "+8655701159"]


def test_only_digits_go_into_an_address():
    assert only_digits("+1 (555) 123-0100/../admin?x=1"[:17]) == "15551230100"
    assert only_digits("sip:+15551230100@10.0.0.1:5060") == "15551230100"
    assert only_digits("9" * 500) == "9" * 20


def test_what_is_no_number_stays_readable_and_short():
    assert strip_sip("sip:alice@pbx.example") == "alice"
    assert strip_sip("Anonymous\x00\r\n") == "Anonymous"
    assert len(strip_sip("x" * 10_000)) == 64


@pytest.mark.parametrize(
    ("phone", "masked"), [("+15551230100", "+1555…00"), ("15551230100", "15551…00"), ("911", "…"), ("", "…")]
)
def test_a_log_line_never_holds_the_whole_number(phone, masked):
    assert mask_phone(phone) == masked


@given(st.text(st.characters(exclude_categories=[]), max_size=100), st.sampled_from(["US", "DE", "IN", ""]))
def test_any_text_is_read_without_an_error_and_what_is_found_is_a_phone(written, region):
    phones = possible_phones(written, [region])

    assert all(E164.match(phone) for phone in phones)
    assert only_digits(written).isascii()
    assert "\0" not in strip_sip(written)
    strip_sip(written).encode()


@pytest.mark.parametrize(
    "written",
    [
        "+15551230100;npdi;rn=+15559990000",
        "+15551230100;cic=0001",
        "+15551230100@192.0.2.10",
        "+15551230100@192.0.2.10;user=phone",
        "sip:+15551230100;npdi@192.0.2.10;user=phone",
        "sip:%2B15551230100@192.0.2.10:5060",
        "%2B15551230100@192.0.2.10",
        '"Ana" <sip:+15551230100@example.com>;tag=1',
        "<+15551230100>",
        "tel:+1-555-123-0100;phone-context=example.com",
        "tel:555-123-0100;phone-context=+1",
        "sip:+15551230100;cpc=ordinary@host",
        "+1 555 123 0100;cpc=ordinary",
    ],
)
def test_the_parameters_and_host_of_a_sip_address_are_no_part_of_the_number(written):
    assert parse_phone(written, "DE") == "+15551230100"


def test_a_number_without_its_country_loses_its_parameters_as_well():
    assert parse_phone("15551230100;cic=0001", "US") == "+15551230100"


def test_text_that_is_no_number_stays_as_it_came():
    assert strip_sip("ana@example.com; front desk") == "ana@example.com; front desk"


def test_what_hides_or_breaks_a_line_is_taken_out_after_unquoting():
    assert strip_sip("sip:%E2%80%AE%0a1b%1b[31m@h") == "1b[31m"
    assert strip_sip("sip:%0d%0aX%2B1555@h") == "X+1555"


@pytest.mark.parametrize(
    "caller",
    [
        "",
        "anonymous",
        "Anonymous",
        "sip:anonymous@anonymous.invalid",
        "anonymous@anonymous.invalid",
        "ID unavailable",
        "Restricted",
        "UNAVAILABLE",
        "unknown",
        "Caller ID withheld",
        "+266696687",
        "266696687",
        "+12562533",
        "7378742833",
        "0000000000",
        "tenant-secret",
    ],
)
def test_a_withheld_caller_id_is_recognised_however_the_carrier_writes_it(caller):
    assert is_withheld(caller, ["Tenant-Secret"])


@pytest.mark.parametrize(
    "caller", ["+15550100077", "+17378842833", "+17378742833", "ana", "+4923114009", "911", "unknown-soldier-inn"]
)
def test_a_caller_who_says_who_calls_is_not_withheld(caller):
    assert not is_withheld(caller)


@pytest.mark.parametrize("stored", ["", "anonymous", "Restricted"])
def test_a_withheld_caller_is_shown_as_one_even_where_an_older_row_has_the_carriers_word(stored):
    assert format_caller(stored) == "Caller ID withheld"
    assert format_caller("+15550100077") == "+1 555 010 0077"
