"""Measures whether leads may be called: one verdict, the check before launch of a million leads, and who is next.

Makes a PostgreSQL of its own (2 GB, some minutes) with a campaign of 10,000 leads and one of a million, in some 25 places,
of which a fifth were called before. Also asks 200,000 generated leads in SQL and in Python and compares each answer.
Example: `python benchmarks/calling_rules.py --check`, or smaller: `--leads 100000 --cases 5000`.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceplatform.settings")

import django

from benchmarks.big_data import CONFIGURATION
from benchmarks.table import describe_machine, percentile, report
from tests.scratch_postgres import ScratchPostgres

if TYPE_CHECKING:
    from campaigns.models import Campaign

NOW = datetime(2026, 12, 1, 17, tzinfo=UTC)  # a Tuesday: open in America, closed in Asia, closing in Europe
FEW_LEADS = 10_000
LEADS_A_CASE_CAMPAIGN = 5_000
MOST_VERDICT_MICROSECONDS = 60.0
MOST_PREFLIGHT_SECONDS = 15.0
MOST_NEXT_TIMES = 1.5
FLOOR_SECONDS = 0.002  # below that a ratio of two times says nothing

LEADS = """
INSERT INTO campaigns_lead (id, customer_id, campaign_id, lead_list_id, position, phone, other_phones, place_id, name,
        next_call_at, created_at)
    SELECT gen_random_uuid(), %(customer)s, %(campaign)s, %(list)s, n, '+1617' || lpad(n::text, 7, '0'), '{}',
        (%(places)s::bigint[])[1 + (n * 7919) %% cardinality(%(places)s::bigint[])], 'Lead ' || n,
        %(now)s - (n %% 100000) * interval '1 second', %(now)s
    FROM generate_series(1, %(leads)s::bigint) n;
"""
CALLS = """
INSERT INTO calls_call (id, customer_id, direction, simulated, room_name, room_sid, participant_sid, phone, dialed,
        persona_source, persona_reason, brief, status, result, disposition, ended_by, end_reason, end_asked_by,
        queued_at, dialing_at, ringing_at, ended_at, agent_job_id, agents_lost)
    SELECT gen_random_uuid(), %(customer)s, 'outbound', false, 'call_' || %(campaign)s || '_' || n, '', '',
        '+1617' || lpad((n * 5)::text, 7, '0'), '', 'request', '', '{}', 'ended', 'no_answer', '', 'callee', '', '',
        at, at, at, at, '', 0
    FROM (
        SELECT n, %(now)s - interval '1 hour' - (n %% 400) * interval '1 hour' AS at FROM generate_series(1, %(leads)s::bigint / 5) n
    ) made;
"""


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One line of the table."""

    name: str
    measured: str
    target: str = ""
    is_missed: bool = False


def fill(leads: int) -> Campaign:
    """Return a running campaign of its own customer with so many leads."""
    from django.db import connection

    from campaigns.calling_rules.zones import find_regions, find_zones
    from campaigns.models import CallingPlace, Campaign, LeadList, PlaceKey
    from personas.models import Customer
    from tests.campaigns.permission.generated import PLACES

    customer = Customer.objects.create(slug=f"of-{leads}", name=f"Of {leads}", time_zone="America/New_York")
    campaign = Campaign.objects.create(
        customer=customer, module="big", name="Big", status="running", concurrency=500, calls_per_second=50
    )
    lead_list = LeadList.objects.create(customer=customer, campaign=campaign, name="big.csv")
    keys = [PlaceKey.of([zone.key for zone in find_zones(place).zones], find_regions(place)) for place in PLACES]
    places = list(CallingPlace.objects.ids_of(keys).values())
    values: dict[str, Any] = {
        "customer": customer.pk,
        "campaign": campaign.pk,
        "list": lead_list.pk,
        "places": places,
        "leads": leads,
        "now": NOW,
    }
    with connection.cursor() as cursor:
        cursor.execute(LEADS, values)
        cursor.execute(CALLS, values)
        cursor.execute("ANALYZE")
    return campaign


def median_seconds(ask: Callable[[], Any], *, times: int) -> float:
    """Return the median of some runs, after one that warms up."""
    ask()
    took = []
    for _ in range(times):
        begin = time.perf_counter()
        ask()
        took.append(time.perf_counter() - begin)
    return percentile(took, 50)


def measure_verdict(campaign: Campaign) -> Figure:
    """Time the decision about one lead after another, at places that were seen before."""
    from campaigns.calling_rules.permission import decide, years_from
    from campaigns.models import Lead
    from campaigns.permission.lead import record_of, terms_of, whereabouts_of
    from campaigns.permission.lead_record import circumstances_of

    terms, years = terms_of(campaign), years_from(NOW)
    leads = list(Lead.objects.filter(campaign=campaign).select_related("place")[:5_000])
    known = [(record_of(lead, [], None), whereabouts_of(lead.place)) for lead in leads]

    def decide_all() -> None:
        for record, whereabouts in known:
            decide(circumstances_of(record, terms, whereabouts, NOW, years=years), NOW)

    microseconds = median_seconds(decide_all, times=7) / len(known) * 1e6
    return Figure(
        name="one verdict, with the next moment",
        measured=f"{microseconds:.0f} µs",
        target=f"<= {MOST_VERDICT_MICROSECONDS:.0f} µs",
        is_missed=microseconds > MOST_VERDICT_MICROSECONDS,
    )


def measure_preflight(campaign: Campaign, leads: int) -> Figure:
    from campaigns.preflight.check import check

    begin = time.perf_counter()
    found = check(campaign, NOW)
    seconds = time.perf_counter() - begin
    assert found.counts.total == leads
    return Figure(
        name=f"check before launch, {leads:,} leads",
        measured=f"{seconds:.1f} s",
        target=f"< {MOST_PREFLIGHT_SECONDS:.0f} s",
        is_missed=seconds >= MOST_PREFLIGHT_SECONDS,
    )


def measure_next(few: Campaign, many: Campaign, leads: int) -> list[Figure]:
    """Time the look for the next ten, in both campaigns, and with nine of ten due leads where it is closed."""
    seconds = {campaign.pk: median_seconds(partial(next_ten, campaign), times=31) for campaign in (few, many)}
    times = seconds[many.pk] / max(seconds[few.pk], FLOOR_SECONDS)
    night = datetime(2026, 12, 2, 2, tzinfo=UTC)  # open in Tokyo and Honolulu alone
    at_night = median_seconds(partial(next_ten, many, night), times=31)
    return [
        Figure(name=f"next ten due of {FEW_LEADS:,}", measured=f"{seconds[few.pk] * 1000:.1f} ms"),
        Figure(
            name=f"next ten due of {leads:,}",
            measured=f"{seconds[many.pk] * 1000:.1f} ms, {times:.2f} times",
            target=f"<= {MOST_NEXT_TIMES} times",
            is_missed=times > MOST_NEXT_TIMES,
        ),
        Figure(name="the same at night, when few places are open", measured=f"{at_night * 1000:.1f} ms"),
    ]


def next_ten(campaign: Campaign, at: datetime = NOW) -> list[Any]:
    from calls.outbound.permission import attempts_of
    from campaigns.permission.many_leads import ManyLeads

    attempts = attempts_of(campaign.customer, at).values_list("phone", "dialing_at")
    found: list[Any] = ManyLeads.of(campaign, at, attempts).next_due(10)
    assert len(found) == 10
    return found


def compare(cases: int) -> Figure:
    """Ask generated leads in SQL and in Python."""
    from tests.campaigns.permission.generated import expect, judge, make_random_campaign

    asked = different = outside = allowed = 0
    while asked < cases:
        leads = min(LEADS_A_CASE_CAMPAIGN, cases - asked)
        campaign, at = make_random_campaign(Random(asked + 7), leads=leads)
        expected, judged = expect(campaign, at), judge(campaign, at)
        different += sum(judged.get(lead) != each.reason for lead, each in expected.items())
        outside += sum(each.opens_outside for each in expected.values())
        allowed += sum(each.reason is None for each in expected.values())
        asked += len(expected)
    return Figure(
        name=f"SQL beside Python, {asked:,} generated leads",
        measured=f"{different} different, {allowed:,} allowed, {outside} of them outside",
        target="0 different, 0 outside",
        is_missed=bool(different or outside),
    )


def measure(options: argparse.Namespace) -> int:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    few, many = fill(FEW_LEADS), fill(options.leads)
    figures = [
        measure_verdict(many),
        *measure_next(few, many, options.leads),
        measure_preflight(many, options.leads),
        compare(options.cases),
    ]
    lines = [describe_machine(), *(f"{each.name:52} {each.measured:>30}  {each.target}" for each in figures)]
    misses = [f"{each.name}: {each.measured}, {each.target}" for each in figures if each.is_missed]
    return report(lines, misses, check=options.check)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--leads", type=int, default=1_000_000, help="of the big campaign (default 1000000)")
    parser.add_argument("--cases", type=int, default=200_000, help="generated leads to compare (default 200000)")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a target is missed")
    return parser.parse_args()


if __name__ == "__main__":
    wanted = parse_options()
    with (
        tempfile.TemporaryDirectory() as temporary,
        ScratchPostgres(Path(temporary), configuration=CONFIGURATION) as postgres,
    ):
        os.environ["DATABASE_URL"] = postgres.url()
        django.setup()
        status = measure(wanted)
    sys.exit(status)
