"""Measures whether the list of leads and its search stay quick at 1,000,000 leads, beside 1,000.

Makes both databases in a PostgreSQL of its own, asks each page as a superuser and as a manager of one customer, and
compares queries and time. Both are asked in turns, so that what else runs on the machine slows both. A page that misses
its limit is shown with its slowest query explained.
Example: `python benchmarks/lead_search.py --check`, or smaller: `--rows 200000`.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceplatform.settings")

import django

from benchmarks.big_data import CONFIGURATION, FEW, MANY, database, explain
from benchmarks.table import describe_machine, report
from tests.scratch_postgres import ScratchPostgres

FEW_LEADS = 1_000
MOST_TIMES = 2.0
TURNS = 5
LISTS = 20  # in ten campaigns of two customers
LIST = "/admin/campaigns/lead/"
# By name: the words of the search, or of the filters.
PAGES = {
    "the list": "",
    "the list, page 2": "?p=2",
    "a word of every lead": "?q=example",
    "a word of one lead in five": "?q=acme",
    "a word of one in five, page 2": "?q=acme&p=2",
    "a beginning of many words": "?q=user",
    "two words": "?q=acme+ana",
    "a word of one lead": "?q=user{one}@",
    "a word that no lead has": "?q=xylophone",
    "a number": "?q={phone}",
    "the last digits of a number": "?q={ending}",
    "a common word in one list": "?q=acme&lead_list__id__exact={list}",
    "a common word in one campaign": "?q=acme&campaign__id__exact={campaign}",
    "a common word, and a state": "?q=acme&state__exact=new",
    "a word of the oldest list only": "?q=oldest",
    "one campaign": "?campaign__id__exact={campaign}",
    "one state": "?state__exact=new",
}
FILL = """
    INSERT INTO campaigns_lead (id, customer_id, campaign_id, lead_list_id, place_id, position, phone, other_phones, name,
        company, email, state, next_call_at, created_at)
    SELECT (lpad(to_hex(1700000000000 + n), 12, '0') || '70008' || lpad(to_hex(n), 15, '0'))::uuid, l.customer_id,
        l.campaign_id, l.id, %(place)s, n / %(lists)s + 1, '+1617' || lpad(n::text, 7, '0'), '{}',
        (ARRAY['Ana','Bob','José','Jörg','Dot','Łukasz'])[n %% 6 + 1] || ' ' || (ARRAY['Ruiz','Smith','O''Neil','Díaz'])[n %% 4 + 1],
        (ARRAY['Acme','Hare Ltd','Cube Inc','The Best',''])[abs(hashint4(n)) %% 5 + 1]
            || CASE WHEN n %% %(lists)s = 0 AND n < 4000 THEN ' Oldest' ELSE '' END,
        'user' || n || '@example.com example', (ARRAY['new','waiting','done'])[n %% 3 + 1], now(), now()
    FROM generate_series(0, %(rows)s - 1) AS n
    JOIN (SELECT *, row_number() OVER (ORDER BY id) - 1 AS place FROM campaigns_leadlist) AS l ON l.place = n %% %(lists)s
"""


@dataclass
class Page:
    """One address, asked by one kind of user."""

    who: str
    name: str
    query: str
    seconds: dict[str, list[float]] = field(default_factory=dict)  # by database
    queries: dict[str, int] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)  # on the page
    slowest: str = ""  # the query that took longest among many leads

    @property
    def times(self) -> float:
        return self.quickest(MANY) / self.quickest(FEW)

    def quickest(self, name: str) -> float:
        """Return the time of the quickest request: what else runs on the machine only adds to it."""
        return min(self.seconds[name])

    def misses(self) -> list[str]:
        found = []
        if self.queries[MANY] > self.queries[FEW]:
            found.append(f"{self.queries[FEW]} queries at {FEW_LEADS:,} leads and {self.queries[MANY]} at many")
        # A page with more rows on it is drawn longer, whatever the database does: it is held against a full one.
        if self.times > MOST_TIMES and self.rows[MANY] == self.rows[FEW]:
            found.append(f"{self.times:.1f} times as long; {MOST_TIMES:.0f} times are allowed")
        return [f"{self.who}, {self.name}: {miss}" for miss in found]


def list_pages() -> list[Page]:
    return [Page(who, name, query) for who in ("superuser", "manager") for name, query in PAGES.items()]


def fill(rows: int) -> None:
    """Migrate an empty database, and fill it. Cost: about a minute for a million leads."""
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection

    from campaigns.models import CallingPlace, PlaceKey
    from personas.models import Membership
    from tests.campaigns.cast import make_campaign, make_list
    from tests.conftest import make_customer

    call_command("migrate", verbosity=0)
    customers = [make_customer("first"), make_customer("second")]
    for n in range(LISTS):
        make_list(make_campaign(f"campaign_{n}", customer=customers[n % 2]), f"list {n}.csv")
    key = PlaceKey.of(["America/New_York"], ["US-MA"])
    place = CallingPlace.objects.ids_of([key])[key]
    with connection.cursor() as cursor:
        cursor.execute(FILL, {"rows": rows, "lists": LISTS, "place": place})
        cursor.execute("VACUUM ANALYZE")
    User.objects.create_superuser("superuser")
    manager = User.objects.create_user("manager", is_staff=True)
    Membership.objects.create(user=manager, customer=customers[0], role=Membership.Role.MANAGER)


def ask(pages: list[Page], name: str, times: int) -> None:
    """Time each page in this database, and count its queries."""
    from django.contrib.auth.models import User
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from campaigns.models import Lead

    clients = {who: Client() for who in ("superuser", "manager")}
    for who, client in clients.items():
        client.force_login(User.objects.get(username=who))
    some: Any = Lead.objects.filter(customer__slug="first").order_by("-position")[0]
    facts = {"one": int(some.phone[5:]), "phone": f"%2B{some.phone[1:]}", "ending": some.phone[-7:]}
    facts |= {"list": some.lead_list_id, "campaign": some.campaign_id}
    for page in pages:
        address, client = LIST + page.query.format(**facts), clients[page.who]
        assert client.get(address).status_code == 200, address
        for _ in range(times):
            began = time.perf_counter()
            client.get(address)
            page.seconds.setdefault(name, []).append(time.perf_counter() - began)
        with CaptureQueriesContext(connection) as captured:
            response: Any = client.get(address)
        page.queries[name], page.rows[name] = len(captured), len(response.context["cl"].result_list)
        page.slowest = max(captured.captured_queries, key=lambda query: float(query["time"]))["sql"]


def render_table(pages: list[Page], rows: int) -> list[str]:
    lines = [describe_machine(), f"{'':44} {'queries':>8} {'rows':>8} {FEW_LEADS:>10,} {rows:>12,}  times"]
    for page in pages:
        queries = "/".join(dict.fromkeys(str(page.queries[name]) for name in (FEW, MANY)))
        shown = "/".join(dict.fromkeys(str(page.rows[name]) for name in (FEW, MANY)))
        lines.append(
            f"{f'{page.who}, {page.name}':44} {queries:>8} {shown:>8} {page.quickest(FEW) * 1000:7.1f} ms "
            f"{page.quickest(MANY) * 1000:9.1f} ms {page.times:6.2f}{'  missed' if page.misses() else ''}"
        )
    return lines


def measure(options: argparse.Namespace) -> int:
    from django.db import connection

    pages = list_pages()
    with database("postgres"), connection.cursor() as cursor:
        for name in (FEW, MANY):
            cursor.execute(f"CREATE DATABASE {name}")
    for name, rows in ((FEW, FEW_LEADS), (MANY, options.rows)):
        with database(name):
            fill(rows)
    for _ in range(TURNS):
        for name in (FEW, MANY):
            with database(name):
                ask(pages, name, options.times)
    with database(MANY):
        plans = [f"{page.who}, {page.name}:\n{explain(page.slowest)}" for page in pages if page.misses()]
    misses = [miss for page in pages for miss in page.misses()]
    return report([*render_table(pages, options.rows), *plans], misses, check=options.check)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000, help="leads in the big database (default 1000000)")
    parser.add_argument(
        "--times", type=int, default=4, help=f"each page is asked so often in each of {TURNS} turns (default 4)"
    )
    parser.add_argument("--check", action="store_true", help="exit with 1 when a limit is missed")
    return parser.parse_args()


if __name__ == "__main__":
    wanted = parse_options()
    with (
        tempfile.TemporaryDirectory() as temporary,
        ScratchPostgres(Path(temporary), configuration=CONFIGURATION) as postgres,
    ):
        os.environ["DATABASE_URL"] = postgres.url()
        django.setup()
        from django.test.utils import setup_test_environment

        setup_test_environment(debug=False)
        status = measure(wanted)
    sys.exit(status)
