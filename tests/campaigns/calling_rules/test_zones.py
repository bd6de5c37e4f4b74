"""Where may the person be? Every collected case, every area code, and rows that contradict themselves."""

from pathlib import Path
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.cases import answer_time_zone, read_cases
from campaigns.calling_rules import place_tables
from campaigns.calling_rules.clocks import same_clock, shared
from campaigns.calling_rules.zones import (
    Doubt,
    KnownBy,
    Place,
    Policy,
    UnknownPlaceError,
    find_regions,
    find_zones,
)

CASES = read_cases(Path(__file__).parents[2] / "data/cases", "time_zones")


def zones_of(**row) -> set[str]:
    return {zone.key for zone in find_zones(Place(**row)).zones}


@pytest.mark.parametrize("case", CASES, ids=[f"{case['id']} {case['why']}" for case in CASES])
def test_each_collected_row_is_in_the_zones_expected(case):
    answer = answer_time_zone(case)

    assert answer.is_right, answer.said


def test_every_area_code_that_the_phone_library_knows_is_in_the_table():
    known = {
        str(code)
        for code in range(200, 1000)
        if any(
            phonenumbers.is_valid_number(phonenumbers.parse(f"+1{code}{exchange}0123"))
            for exchange in ("234", "300", "555", "641", "722", "999")
        )
    }

    assert known - set(place_tables.area_codes()) == set()


def test_each_geographic_area_code_agrees_with_the_phone_library_on_the_country():
    wrong = {
        code
        for code, area in place_tables.area_codes().items()
        if area.zones
        and (found := phonenumbers.region_code_for_number(phonenumbers.parse(f"+1{code}2340123")))
        and found not in (*area.countries, *area.states)
    }

    assert wrong == set()


@pytest.mark.parametrize("state", sorted(place_tables.states()["US"]))
def test_each_zone_of_a_state_is_one_of_an_area_code_of_it(state):
    area = place_tables.states()["US"][state]
    by_phone = [
        ZoneInfo(zone)
        for code in place_tables.area_codes().values()
        if code.states == (state,) and code.countries == ("US",)
        for zone in code.zones
    ]

    zones = [ZoneInfo(zone) for zone in area.zones]
    assert list(shared(zones, by_phone)) == zones
    assert list(shared(by_phone, zones)) == by_phone


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"phone": "+16025550101", "postal_code": "86515"}, {"America/Phoenix", "America/Denver"}),
        ({"phone": "+12125550101", "state": "FL"}, {"America/New_York", "America/Chicago"}),
        ({"phone": "+19155550101", "state": "Texas"}, {"America/Denver"}),
        ({"state": "CA", "postal_code": "10001", "country": "us"}, {"America/New_York", "America/Los_Angeles"}),
        ({"phone": "+18005550100", "state": "TX", "postal_code": "75201-1234"}, {"America/Chicago"}),
        ({"postal_code": "6390", "country": "US"}, {"America/New_York"}),  # a spreadsheet ate the zero of 06390
        ({"country": "PR"}, {"America/Puerto_Rico"}),
        ({"postal_code": "v1c 1a1", "country": "CA"}, {"America/Edmonton"}),
        ({"phone": "+14185550111"}, {"America/Toronto", "America/Halifax", "America/Blanc-Sablon"}),
        ({"phone": "+12505550111"}, {"America/Vancouver", "America/Edmonton"}),
        ({"phone": "+74012123456"}, {"Europe/Kaliningrad"}),
        ({"phone": "+526641234567"}, {"America/Tijuana"}),
        ({"phone": "+351912345678"}, {"Europe/Lisbon", "Atlantic/Azores"}),
        ({"country": "AU", "postal_code": "2880"}, {"Australia/Broken_Hill"}),
        (
            {"phone": "+491512345678", "state": "TX", "country": "US"},
            {"America/Chicago", "America/Denver", "Europe/Berlin"},
        ),
    ],
)
def test_a_row_is_in_all_the_zones_that_are_possible(row, expected):
    assert zones_of(**row) == expected


def test_a_contradiction_is_named_and_agreement_is_not():
    assert find_zones(Place(phone="+12125550101", state="CA")).doubts == (Doubt.CONTRADICTION,)
    assert find_zones(Place(phone="+12125550101", state="NJ")).doubts == ()


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("america/los angeles", "America/Los_Angeles"),
        ("US/Pacific", "America/Los_Angeles"),
        ("Asia/Calcutta", "Asia/Kolkata"),
        ("EST5EDT", "America/New_York"),
        ("Europe/Amsterdam", "Europe/Amsterdam"),  # a link too, but the name of a country's zone
        ("(UTC-08:00) Pacific Time (US & Canada)", "America/Los_Angeles"),
        ("W. Europe Standard Time", "Europe/Berlin"),
        ("mst", "America/Denver"),
        ("Los Angeles", "America/Los_Angeles"),
        ("UTC", "America/New_York"),  # no clock on a wall: the phone counts
        ("-05:00", "America/New_York"),
        ("Marsland", "America/New_York"),
        ("../etc/passwd", "America/New_York"),
        ("x" * 10_000, "America/New_York"),
    ],
)
def test_a_given_zone_is_read_as_it_is_meant_or_not_at_all(written, expected):
    assert zones_of(phone="+12125550101", given=written) == {expected}


def test_an_abbreviation_means_the_zone_of_the_row():
    assert zones_of(phone="+16025550101", given="MST") == {"America/Phoenix"}
    assert zones_of(phone="+919000000138", given="IST") == {"Asia/Kolkata"}
    assert zones_of(phone="+442071838750", given="EST") == {"Europe/London"}


def test_a_fixed_offset_is_kept_with_a_doubt():
    found = find_zones(Place(phone="+12125550101", given="Etc/GMT-5"))

    assert found.doubts == (Doubt.FIXED_OFFSET, Doubt.CONTRADICTION)


def test_what_told_the_zone_is_named():
    assert find_zones(Place(phone="+12125550101", given="EST")).known_by is KnownBy.GIVEN
    assert find_zones(Place(phone="+18505550101", postal_code="32501")).known_by is KnownBy.POSTAL_CODE
    assert find_zones(Place(phone="+18505550101", state="FL")).known_by is KnownBy.STATE
    assert find_zones(Place(phone="+18505550101")).known_by is KnownBy.PHONE
    assert find_zones(Place(phone="+18005550101")).known_by is KnownBy.COUNTRY


@pytest.mark.parametrize("phone", ["", "+881612345678", "212"])
def test_a_row_without_a_country_has_no_zone(phone):
    with pytest.raises(UnknownPlaceError):
        find_zones(Place(phone=phone))


def test_regions_are_those_of_the_state_and_of_the_number():
    assert find_regions(Place(phone="+12125550101", state="FL", country="US")) == ("US-FL", "US-NY")
    assert find_regions(Place(phone="+18005550101", state="FL")) == ("US-FL",)
    assert find_regions(Place(phone="+18005550101", country="US")) == ("US",)
    assert find_regions(Place(phone="+5521912345678")) == ("BR-RJ",)
    assert find_regions(Place(phone="+491512345678")) == ("DE",)


@settings(max_examples=300, deadline=None)
@given(
    st.text("0123456789", min_size=4, max_size=14),
    st.sampled_from(["", "FL", "CA", "ON", "NSW", "Saarland", "nowhere"]),
    st.sampled_from(["", "32501", "86515", "X0C", "2880", "??"]),
    st.sampled_from(["", "US", "CA", "AU", "DE", "AQ", "XX"]),
)
def test_any_row_has_zones_with_different_clocks_or_none_at_all(digits, state, postal_code, country):
    try:
        found = find_zones(Place(phone=f"+{digits}", state=state, postal_code=postal_code, country=country))
    except UnknownPlaceError:
        return

    assert found.zones
    assert (len(found.zones) == 1) == (found.policy is Policy.ONE)
    assert not any(same_clock(one, other) for one in found.zones for other in found.zones if one is not other)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ('[[area]]\ncountry = "XX"\nprefixes = ["1"]\nzones = ["Mars/Base"]', "is no zone such as America/Chicago"),
        ('[[area]]\ncountry = "XX"\nprefixes = ["1"]\nzones = []', "needs “zones”"),
        ('[[area]]\ncountry = "XX"\nprefixes = ["1", "1"]\nzones = ["UTC"]', "stands twice"),
        ("[[area", "cannot be read"),
    ],
)
def test_a_table_that_cannot_be_read_names_the_file_and_the_entry(tmp_path, monkeypatch, broken, said):
    monkeypatch.setattr(place_tables, "DATA", tmp_path)
    (tmp_path / "broken.toml").write_text(broken)

    place_tables._read.cache_clear()
    with pytest.raises(place_tables.BadTableError, match=said) as caught:
        place_tables._prefixes.__wrapped__("broken.toml")
    place_tables._read.cache_clear()

    assert str(caught.value).startswith("broken.toml: ")
