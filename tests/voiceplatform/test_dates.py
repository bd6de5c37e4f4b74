"""Which day does a person mean?"""

import re
from datetime import date

import pytest

from voiceplatform.dates import UnreadableDateError, parse_day

DAY = date(2026, 11, 27)


@pytest.mark.parametrize(
    "written",
    [
        "2026-11-27",
        "2026/11/27",
        "27.11.2026",
        "27. 11. 2026",
        "27/11/2026",
        "27-11-2026",
        "11/27/2026",
        "27 Nov 2026",
        "27 november 2026",
        "Nov 27, 2026",
        "November 27 2026",
        "  27  Nov  2026 ",
    ],
)
def test_a_day_is_read_in_each_form_that_leaves_one_reading(written):
    assert parse_day(written) == DAY


def test_a_day_and_month_that_are_equal_leave_one_reading():
    assert parse_day("4/4/2026") == date(2026, 4, 4)


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("03/04/2026", "“03/04/2026” could be 3 Apr or 4 Mar. Write 2026-04-03 or 2026-03-04."),
        ("27/13/2026", "is not a day of the calendar"),
        ("31.11.2026", "is not a day of the calendar"),
        ("29 Feb 2026", "is not a day of the calendar"),
        ("27.11.26", "is not a date. Write 27 Nov 2026 or 2026-11-27."),
        ("27 Foo 2026", "is not a date"),
        ("yesterday", "is not a date"),
        ("0001-01-01", "The year must be between 2000 and 2100."),
        ("9999-12-31", "The year must be between 2000 and 2100."),
        ("x" * 200, f"“{'x' * 30}…” is not a date"),
    ],
)
def test_a_text_that_names_no_day_or_two_is_refused_with_what_to_write(written, said):
    with pytest.raises(UnreadableDateError, match=re.escape(said)):
        parse_day(written)
