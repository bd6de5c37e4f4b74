"""Does the quick reader answer what the thorough one answers?"""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.voiceplatform.test_written_numbers import CASES
from voiceplatform.north_american import read_number_quickly
from voiceplatform.written_numbers import read_number

WRITTEN = [
    *["({a}) {b}-{c}", "{a}-{b}-{c}", "{a}.{b}.{c}", "{a}{b}{c}", "({a}){b}{c}", "{a} {b} {c}"],
    *["+1{a}{b}{c}", "+1 ({a}) {b}-{c}", "1{a}{b}{c}", "1-{a}-{b}-{c}", "+1.{a}.{b}.{c}"],
]
DIGITS = st.text("0123456789", min_size=3, max_size=3)
LINES = st.text("0123456789", min_size=4, max_size=4)
AREAS = st.sampled_from(["212", "305", "416", "555", "800", "809", "876", "246", "900", "500", "911", "710"]) | DIGITS
REGIONS = st.sampled_from(["US", "CA", "DO", "BS", "GB", "DE", ""])


@settings(max_examples=1_000, deadline=None)
@given(st.sampled_from(WRITTEN), AREAS, DIGITS, LINES, REGIONS)
def test_both_readers_answer_the_same(written, area, exchange, line, region):
    text = written.format(a=area, b=exchange, c=line)

    assert read_number_quickly(text, region) == read_number(text, region)


@pytest.mark.parametrize(
    "written", ["2465210123", "2465211123", "8766060123", "212 222 2222", "123-456-7890", "1111111111"]
)
def test_a_number_whose_last_digits_matter_is_read_thoroughly(written):
    assert read_number_quickly(written, "US") == read_number(written, "US")


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_both_readers_answer_the_same_for_each_collected_number(case):
    assert read_number_quickly(case["input"], case["region"]) == read_number(case["input"], case["region"])
