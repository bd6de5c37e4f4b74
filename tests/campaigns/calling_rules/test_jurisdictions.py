"""Which rules count for a person, and is every call that they allow a permitted one?"""

import json
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from campaigns.calling_rules import jurisdictions, place_tables
from campaigns.calling_rules.jurisdictions import AppliesTo, Basis, Purpose, describe, describe_all, rules_for
from campaigns.calling_rules.permission import Circumstances, Reason, decide
from campaigns.calling_rules.rule_set import BadRuleSetError, Window, read_rule_set
from campaigns.calling_rules.zones import Place, find_regions, find_zones

COLLECTED = json.loads((Path(__file__).parents[2] / "data/cases/calling_times.json").read_text())["rule_sets"]
DOCUMENTATION = Path(__file__).parents[3] / "docs/calling-rules.md"
YEARS = (2026, 2027)
US_CODES = sorted(code for code, area in place_tables.area_codes().items() if area.countries == ("US",) and area.zones)
MOMENTS = st.datetimes(datetime(2026, 1, 1), datetime(2028, 12, 31))  # noqa: DTZ001 # hypothesis wants them naive
READ_AGAIN_AFTER = timedelta(days=400)
US_STATES = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR PA "
    "RI SC SD TN TX UT VT VA WA WV WI WY"
)
ENTRY = """
[[rule]]
region = "XX"
title = "Somewhere"
basis = "law"
hours = { mon-fri = ["09:00-17:00"], sat-sun = [] }
consent = ""
notes = ""
source = "a law"
source_date = "2026"
as_of = 2026-11-28
confidence = "high"
verified = false
"""


def names(regions, **options):
    return [rules.name for rules in rules_for(regions, YEARS, **options)]


def rule(name, region=""):
    return next(rules for rules in rules_for([region or name], YEARS) if rules.name == name)


# -- every verdict ---------------------------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(US_CODES), MOMENTS)
def test_no_call_to_the_united_states_is_allowed_before_8_or_after_21_in_any_possible_zone(code, moment):
    place, now = Place(phone=f"+1{code}5550101"), moment.replace(tzinfo=UTC)
    verdict = decide(circumstances_of(place, now), now)

    allowed_at = now if verdict.allowed else verdict.next_allowed
    assume(allowed_at is not None)
    for zone in place_tables.area_codes()[code].zones:
        assert time(8) <= allowed_at.astimezone(ZoneInfo(zone)).time() < time(21), zone


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["+18505550101", "+3312345678", "+4930123456", "+5521912345678", "+61491570156"]), MOMENTS)
def test_the_next_permitted_moment_is_permitted_and_the_minute_before_is_not(phone, moment):
    place, now = Place(phone=phone), moment.replace(tzinfo=UTC, second=0, microsecond=0)
    circumstances = circumstances_of(place, now)

    verdict = decide(circumstances, now)

    assert (verdict.next_allowed is None) == verdict.allowed
    if verdict.next_allowed:
        assert decide(circumstances, verdict.next_allowed).allowed
        assert not decide(circumstances, verdict.next_allowed - timedelta(minutes=1)).allowed


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(US_CODES), MOMENTS)
def test_one_state_more_never_allows_a_call_that_one_state_forbids(code, moment):
    now = moment.replace(tzinfo=UTC)
    alone = circumstances_of(Place(phone=f"+1{code}5550101"), now)
    moved = circumstances_of(Place(phone=f"+1{code}5550101", state="ME"), now)

    assert decide(alone, now).allowed or not decide(moved, now).allowed


def circumstances_of(place, now):
    return Circumstances(
        zones=find_zones(place).zones, rule_sets=rules_for(find_regions(place), (now.year, now.year + 1))
    )


# -- which rules count -----------------------------------------------------------------------------------------------


def test_a_state_has_the_country_s_rule_and_its_own():
    assert names(["US-FL"]) == ["US", "US-FL"]
    assert names(["US-CO"]) == ["US", "US-CO"]  # “as federal”, with its own source
    assert names(["US-FL", "US-TX"]) == ["US", "US-FL", "US-TX"]


def test_a_country_without_a_state_has_the_rules_of_all_its_states():
    assert {"US", "US-FL", "US-ME", "US-PA-2026"} <= set(names(["US"]))
    assert {"DE", "DE-BY", "DE-TH"} <= set(names(["DE"]))
    assert names(["DE-BE"]) == ["DE", "DE-BE"]


def test_a_country_without_a_rule_has_a_careful_default():
    assert names(["JP"]) == ["DEFAULT"]
    assert names([]) == ["DEFAULT"]
    assert names(["RE"]) == ["FR", "FR-2026"]
    assert describe(["JP"])[0].basis is Basis.DEFAULT
    assert rule("DEFAULT", "JP").weekly[5:] == [[Window(600, 1020)], []]


def test_debt_and_sales_have_rules_of_their_own():
    assert names(["IN"]) == ["IN"]
    assert names(["IN"], purpose=Purpose.DEBT) == ["IN-DEBT"]
    assert names(["US-FL"], purpose=Purpose.DEBT) == ["US", "US-DEBT"]


def test_mississippi_counts_on_central_time_and_on_the_callee_s():
    assert [(rules.name, rules.zone and rules.zone.key) for rules in rules_for(["US-MS"], YEARS)[1:]] == [
        ("US-MS", "America/Chicago"),
        ("US-MS-LOCAL", None),
    ]


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("FR", None, "2026-08-10"),
        ("FR-2026", "2026-08-11", None),
        ("NL", None, "2026-06-30"),
        ("NL-2026", "2026-07-01", None),
        ("US-OR", "2026-01-01", None),
        ("US-PA-2026", "2026-10-18", None),
    ],
)
def test_a_law_that_changed_has_its_dates(name, first, last):
    region = name.removesuffix("-2026")
    applied = next(each for each in describe([region]) if each.name == name)

    assert (applied.effective and str(applied.effective), applied.until and str(applied.until)) == (first, last)


@pytest.mark.parametrize("name", sorted(set(COLLECTED) - {"HOUSE-9-20", "ALWAYS", "US-PA", "US-PA-SUN"}))
def test_a_rule_says_what_the_collected_cases_say(name):
    wanted, ours = read_rule_set(name, COLLECTED[name]), rule(name)

    assert ours.weekly == wanted.weekly
    assert ours.closed_dates >= wanted.closed_dates
    assert ours.special_dates.items() >= wanted.special_dates.items()
    assert {(cap.max, cap.per) for cap in ours.caps} >= {(cap.max, cap.per) for cap in wanted.caps}
    assert ours.zone == wanted.zone


def test_a_shortened_day_never_opens_what_is_closed():
    dutch = rule("NL")

    assert dutch.windows_on(date(2026, 12, 24)) == [Window(540, 1110)]  # a Thursday
    assert dutch.windows_on(date(2026, 12, 5)) == [Window(600, 960)]  # a Saturday
    assert rule("IT").windows_on(date(2026, 8, 14)) == [Window(600, 1140)]
    assert rule("US-NE").windows_on(date(2026, 11, 26)) == [Window(780, 1260)]


def test_a_new_year_s_day_that_is_observed_in_the_old_year_is_closed():
    assert date(2027, 12, 31) in rule("US-UT").closed_dates  # 1 January 2028 is a Saturday


# -- what the rules made necessary in the decision ---------------------------------------------------------------------


def test_after_a_refusal_in_france_there_is_a_pause_of_sixty_days():
    now, zones = datetime(2026, 11, 30, 10, tzinfo=UTC), [ZoneInfo("Europe/Paris")]
    refused = Circumstances(
        zones=zones, rule_sets=rules_for(["FR"], YEARS), refused_at=datetime(2026, 11, 2, 10, tzinfo=UTC)
    )

    verdict = decide(refused, now)

    assert verdict.reason is Reason.REFUSED
    assert verdict.next_allowed == datetime(2027, 1, 4, 9, tzinfo=UTC)  # the 60 days end on New Year's Day, a Friday


def test_the_cap_of_oregon_does_not_count_for_customers():
    now, zones = datetime(2026, 12, 1, 20, tzinfo=UTC), [ZoneInfo("America/Los_Angeles")]
    attempts = [now - timedelta(hours=hours) for hours in (1, 2, 3)]
    rule_sets = rules_for(["US-OR"], YEARS)

    strangers = decide(Circumstances(zones=zones, rule_sets=rule_sets, attempts=attempts), now)
    customers = decide(Circumstances(zones=zones, rule_sets=rule_sets, attempts=attempts, has_relationship=True), now)

    assert (strangers.reason, customers.reason) == (Reason.CAP_REACHED, None)


def test_a_rule_ends_after_its_last_day():
    data = {"weekly": {day: [] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}, "until": "2026-12-01"}
    closed = Circumstances(zones=[ZoneInfo("Europe/Paris")], rule_sets=[read_rule_set("old", data)])

    assert not decide(closed, datetime(2026, 12, 1, 22, 59, tzinfo=UTC)).allowed
    assert decide(closed, datetime(2026, 12, 1, 23, 0, tzinfo=UTC)).allowed


# -- the data --------------------------------------------------------------------------------------------------------


def test_each_rule_has_a_source_that_was_read_lately_and_waits_for_a_person():
    for applied in describe_all():
        assert applied.title, applied.name
        assert applied.source, applied.name
        assert applied.source_date, applied.name
        assert applied.quote or applied.notes or applied.consent, applied.name
        assert not applied.verified, f"{applied.name}: who read its source?"


def test_no_source_was_read_longer_ago_than_400_days():
    old = [applied.name for applied in describe_all() if datetime.now(UTC).date() - applied.as_of > READ_AGAIN_AFTER]

    assert not old, "Read the sources of these again, and set “as_of”."


def test_each_state_of_the_countries_called_most_has_a_rule():
    regions = {applied.region for applied in describe_all()}

    assert {f"US-{state}" for state in US_STATES.split()} <= regions
    assert {f"CA-{province}" for province in ["AB", "BC", "MB", "NB", "NL", "NS", "ON", "PE", "QC", "SK"]} <= regions
    assert {"GB", "IE", "DE", "FR", "ES", "IT", "NL", "PL", "CH", "AT", "BE", "PT", "SE"} <= regions


def test_what_is_described_is_what_counts():
    assert [applied.name for applied in describe(["US-SD"])] == names(["US-SD"])
    assert describe(["US-SD"])[1].applies_to is AppliesTo.AUTOMATED


def test_a_version_changes_with_the_entry(tmp_path):
    first, second = (read_written(tmp_path, ENTRY.replace("09:00", opens)) for opens in ("09:00", "10:00"))

    assert jurisdictions._describe(first).version != jurisdictions._describe(second).version
    assert len(jurisdictions._describe(first).version) == 10


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('basis = "law"', 'basis = "hearsay"', "one of law, code, house, default"),
        ('source = "a law"', "", "XX: needs source"),
        ('notes = ""', 'notes = ""\nnote = ""', "note is not known"),
        ("mon-fri", "mon-fry", "no day such as mon or mon-fri"),
        ("09:00-17:00", "09:00", "no list of windows"),
        ("sat-sun = []", "sun = []", "needs each of mon"),
        ('hours = { mon-fri = ["09:00-17:00"], sat-sun = [] }', 'hours = "always"', "“hours” is a table"),
        ('notes = ""', 'notes = ""\nuntil = "soon"', "no date such as"),
        ('notes = ""', 'notes = ""\nholidays = ["festivus"]', "XX: “festivus” is no holiday"),
        ('notes = ""', 'notes = ""\npurposes = ["spam"]', "one of sales, debt"),
        ('notes = ""', 'notes = ""\nrefusal_pause_days = 0', "no number from 1"),
        ("as_of = 2026-11-28", 'as_of = "2026"', "“2026” in “as_of” is no date"),
        ('notes = ""', 'notes = ""\nquote = " "', "“ ” in “quote” is no text"),
        ('notes = ""', 'notes = ""\nquote = 5', "“5” in “quote” is no text"),
        ('notes = ""', f'notes = ""\nquote = "{"a" * 301}"', "XX: “quote” has 301 characters; at most 300"),
        ('notes = ""', 'notes = ""\nquote_from = "https://example.org/law"', "“quote_from” needs “quote”"),
        ('notes = ""', 'notes = ""\nquote = "a"\nquote_from = "page 5"', "“page 5” in “quote_from” is no address"),
        ('notes = ""', 'notes = ""\nquote = "a"\nquote_from = "javascript:alert(1)"', "is no address"),
        ("[[rule]]", "[[rules]]", "cannot be read"),
    ],
)
def test_an_entry_that_cannot_be_read_says_what_is_allowed(tmp_path, before, after, said):
    with pytest.raises(BadRuleSetError, match=said):
        read_written(tmp_path, ENTRY.replace(before, after))


def test_a_mistake_in_an_entry_names_its_file(tmp_path):
    with pytest.raises(BadRuleSetError, match=r"^written.toml: XX: “quote” has 301 characters"):
        read_written(tmp_path, ENTRY.replace('notes = ""', f'notes = ""\nquote = "{"a" * 301}"'))


def test_a_quote_is_described_with_the_address_where_it_was_read(tmp_path):
    written = 'quote = "No calls after noon."\nquote_from = "https://example.org/law"'

    applied = jurisdictions._describe(read_written(tmp_path, f"{ENTRY}{written}"))

    assert (applied.quote, applied.quote_from) == ("No calls after noon.", "https://example.org/law")


def test_a_quote_leaves_what_was_verified_and_stored_as_it_is(tmp_path):
    bare, quoted = (read_written(tmp_path, f"{ENTRY}{more}") for more in ("", 'quote = "No calls after noon."'))

    assert jurisdictions._describe(quoted).version == jurisdictions._describe(bare).version


def test_the_documentation_counts_the_rules_with_and_without_a_quote():
    quoted, rules = sum(bool(applied.quote) for applied in describe_all()), len(describe_all())

    assert f"{quoted} of {rules} rules have a quote; {rules - quoted} have none yet" in DOCUMENTATION.read_text()


def read_written(folder, text):
    path = folder / "written.toml"
    path.write_text(text)
    return jurisdictions._read_entries(path)[0]
