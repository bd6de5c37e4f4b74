"""Do the hours of today come out right in every zone and on the days when clocks change?"""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from calls.dashboard.today import Outcome, count_by_hour
from calls.models import Call
from tests.calls.admin.test_call import make_call


@pytest.mark.parametrize(
    ("zone", "now", "length", "labels"),
    [
        ("UTC", datetime(2026, 11, 27, 1, 0, tzinfo=UTC), 24, ["0:00", "1:00", "2:00"]),
        # 1:00 comes twice.
        ("America/New_York", datetime(2026, 11, 1, 7, tzinfo=UTC), 25, ["0:00", "1:00", "1:00 EST", "2:00"]),
        # 2:00 is missing.
        ("Europe/Berlin", datetime(2026, 3, 29, 2, tzinfo=UTC), 23, ["0:00", "1:00", "3:00"]),
        # Half an hour off.
        ("Asia/Kolkata", datetime(2026, 11, 27, 20, tzinfo=UTC), 24, ["0:00", "1:00", "2:00"]),
        # The day begins at 1:00.
        ("Africa/Cairo", datetime(2026, 4, 23, 23, tzinfo=UTC), 23, ["1:00", "2:00"]),
        # Clocks change by half an hour: 1:30 comes twice.
        ("Australia/Lord_Howe", datetime(2026, 4, 4, 20, tzinfo=UTC), 25, ["0:00", "1:00", "1:30", "2:30"]),
    ],
)
@pytest.mark.django_db
def test_each_hour_of_the_day_stands_as_the_local_clock_shows_it(zone, now, length, labels, time_machine):
    time_machine.move_to(now, tick=False)

    with timezone.override(zone):
        shown = [hour.label for hour in count_by_hour(Call.objects.all())]

    assert len(shown) == length
    assert shown[: len(labels)] == labels


@pytest.mark.parametrize(
    ("zone", "began"),
    [
        ("America/New_York", datetime(2026, 11, 1, 4, 0, tzinfo=UTC)),
        ("Asia/Kathmandu", datetime(2026, 11, 26, 18, 15, tzinfo=UTC)),
        ("Australia/Lord_Howe", datetime(2026, 4, 4, 13, 0, tzinfo=UTC)),  # clocks change by half an hour
    ],
)
def test_a_call_counts_in_the_hour_it_began_in(clinic, zone, began, time_machine):
    for hour in range(20):
        time_machine.move_to(began + timedelta(hours=hour, minutes=59), tick=False)
        make_call(f"room-{hour}", at=began + timedelta(hours=hour, minutes=59))

    with timezone.override(zone):
        counts = [hour.counts[Outcome.IN_PROGRESS] for hour in count_by_hour(Call.objects.all())]

    assert counts[:20] == [1] * 20
    assert sum(counts) == 20


def test_an_outbound_call_that_was_canceled_is_not_abandoned(clinic, time_machine):
    now = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
    time_machine.move_to(now, tick=False)
    for direction in (Call.Direction.INBOUND, Call.Direction.OUTBOUND):
        call = make_call(f"room-{direction}", at=now)
        call.finish(now, ended_by=Call.EndedBy.CALLER, reason=Call.EndReason.CALLER_HUNG_UP)
        Call.objects.filter(pk=call.pk).update(direction=direction)

    counts = count_by_hour(Call.objects.all())[12].counts

    assert (counts[Outcome.ABANDONED], counts[Outcome.OTHER]) == (1, 1)
