"""When does a day begin in the time zone of the page?"""

from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from voiceplatform.local_time import read_zone, start_of_day, start_of_today


@pytest.mark.parametrize(
    ("zone", "now", "begun"),
    [
        ("UTC", datetime(2026, 11, 28, 3, tzinfo=UTC), datetime(2026, 11, 28, 0, tzinfo=UTC)),
        ("America/New_York", datetime(2026, 11, 28, 3, tzinfo=UTC), datetime(2026, 11, 27, 5, tzinfo=UTC)),
        ("Asia/Kolkata", datetime(2026, 11, 28, 20, tzinfo=UTC), datetime(2026, 11, 28, 18, 30, tzinfo=UTC)),
        ("Asia/Kathmandu", datetime(2026, 11, 28, 3, tzinfo=UTC), datetime(2026, 11, 27, 18, 15, tzinfo=UTC)),
        ("Pacific/Kiritimati", datetime(2026, 11, 28, 11, tzinfo=UTC), datetime(2026, 11, 28, 10, tzinfo=UTC)),
        # Clocks went back at 2:00: the day began in summer time.
        ("America/New_York", datetime(2026, 11, 1, 20, tzinfo=UTC), datetime(2026, 11, 1, 4, tzinfo=UTC)),
        # Clocks went forward at 2:00: the day began in winter time.
        ("Europe/Berlin", datetime(2026, 3, 29, 20, tzinfo=UTC), datetime(2026, 3, 28, 23, tzinfo=UTC)),
        # Midnight does not exist: clocks go from 23:59 to 1:00.
        ("Africa/Cairo", datetime(2026, 4, 24, 12, tzinfo=UTC), datetime(2026, 4, 23, 22, tzinfo=UTC)),
        # Midnight comes twice, and it is after the second one.
        ("America/Havana", datetime(2026, 11, 1, 5, 30, tzinfo=UTC), datetime(2026, 11, 1, 4, tzinfo=UTC)),
    ],
)
def test_today_begins_at_the_zone_s_first_midnight(zone, now, begun):
    with timezone.override(zone):
        assert start_of_today(now).astimezone(UTC) == begun


def test_a_day_of_23_hours_ends_where_the_next_begins():
    with timezone.override("Europe/Berlin"):
        length = start_of_day(date(2026, 3, 30)).astimezone(UTC) - start_of_day(date(2026, 3, 29)).astimezone(UTC)

    assert length.total_seconds() == 23 * 3600


@pytest.mark.parametrize("name", ["Mars/Base", "../../etc/passwd", "", "America", "x\0", "é", "a" * 300])
def test_a_stored_zone_that_is_none_is_no_error(name):
    assert read_zone(name) is None
