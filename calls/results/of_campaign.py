"""Counts what came of a campaign's calls: by result, disposition, hour, variant and caller ID."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db.models import Count, DateTimeField, F, Func, Q, QuerySet, Sum, Value

from calls.models import Call
from calls.results.figures import Figures
from campaigns.models import Campaign

BIN = timedelta(minutes=30)  # so that hours are right in zones that are half an hour off, too
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


class Group(StrEnum):
    """By what calls are compared. Values but the hour are fields of Call."""

    RESULT = "result"
    DISPOSITION = "disposition"
    HOUR = "hour"  # on the clock of the lead
    VARIANT = "variant"
    CALLER_ID = "caller_id"


@dataclass(frozen=True, kw_only=True)
class CampaignResults:
    """What came of a campaign's calls that have ended."""

    total: Figures
    groups: dict[Group, list[tuple[str | int, Figures]]]  # the hour as a number; "" = none, e.g. no variant


def campaign_results(campaign: Campaign) -> CampaignResults:
    """Return the figures of a campaign. Cost: five queries, each over the campaign's calls, along `call_campaign_page`."""
    calls = Call.objects.filter(
        campaign=campaign, direction=Call.Direction.OUTBOUND, status=Call.Status.ENDED, simulated=False
    )
    groups = {
        group: _by_hour(calls, campaign) if group is Group.HOUR else _by_field(calls, group.value) for group in Group
    }
    return CampaignResults(total=sum((each for _, each in groups[Group.RESULT]), Figures()), groups=groups)


def _by_field(calls: QuerySet[Call], field: str) -> list[tuple[str | int, Figures]]:
    rows = _count(calls.order_by().values(field))
    return sorted(((row[field], _figures(row)) for row in rows), key=lambda each: (-each[1].calls, str(each[0])))


def _by_hour(calls: QuerySet[Call], campaign: Campaign) -> list[tuple[str | int, Figures]]:
    """Return the figures by the hour of dialing, on the lead's clock, or the campaign's where the lead's is not known.

    The database counts half hours; which hour that is on which clock is decided here, for it knows other zones than we.
    """
    half_hour = Func(Value(BIN), F("dialing_at"), Value(EPOCH), function="date_bin", output_field=DateTimeField())
    dialed = calls.filter(dialing_at__isnull=False).annotate(half_hour=half_hour)
    found: dict[int, Figures] = defaultdict(Figures)
    own = ZoneInfo(campaign.effective_time_zone)
    for row in _count(dialed.order_by().values("lead__time_zone", "half_hour")):
        zone = _zone(row["lead__time_zone"] or "", otherwise=own)
        found[row["half_hour"].astimezone(zone).hour] += _figures(row)
    return sorted(found.items())


def _zone(name: str, *, otherwise: ZoneInfo) -> ZoneInfo:
    try:
        return ZoneInfo(name) if name else otherwise
    except (ZoneInfoNotFoundError, ValueError):
        return otherwise


def _count(rows: QuerySet[Any, Any]) -> QuerySet[Any, Any]:
    counted: QuerySet[Any, Any] = rows.annotate(
        calls=Count("pk"),
        dialed=Count("dialing_at"),
        answered=Count("answered_at"),
        completed=Count("pk", filter=Q(result=Call.Result.COMPLETED)),
        talked=Sum(F("ended_at") - F("answered_at")),
    )
    return counted


def _figures(row: dict[str, Any]) -> Figures:
    return Figures(
        calls=row["calls"],
        dialed=row["dialed"],
        answered=row["answered"],
        completed=row["completed"],
        talked=row["talked"] or timedelta(),
    )
