"""Measures whether pages stay quick when the tables are big: lists, pages and the API at 1,000,000 calls and 20,000,000 turns beside
100 calls.

Makes both databases in a PostgreSQL of its own (20 GB, some minutes), asks each page of each as a superuser and as a
manager of one customer, and compares queries and time. What misses its limit is shown with its slowest query explained.
Pages that answer 404 are skipped with a line. Example: `python benchmarks/big_data.py --check`, or smaller: `--calls
50000`. `--keep DIRECTORY` leaves the data there for the next run.
"""

from __future__ import annotations

import argparse
import os
import re
import statistics
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceplatform.settings")

import django

from benchmarks.table import describe_machine, report
from tests.scratch_postgres import ScratchPostgres

FEW, MANY = "few", "many"
FEW_CALLS = 100
TURNS_A_CALL = 20
MOST_TIMES = 2.0
FLOOR_SECONDS = 0.010  # below that a ratio of two times says nothing
FULL_PAGE = (
    "superuser",
    "calls",
)  # a filter that finds 2 of 100 calls draws a short page: it is compared with a full one
MOST_API_SECONDS = 0.050
# For filling only: nothing in here is worth a flush to disk.
CONFIGURATION = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "8GB",
    "maintenance_work_mem": "512MB",
}

# Denser towards now; two in a hundred fail, a twelfth ring only, the last ones are live.
CALLS = """
CREATE TEMP TABLE owners AS
    SELECT row_number() OVER (ORDER BY n.id) - 1 AS place, n.id AS number_id, n.phone, n.customer_id, p.id AS persona_id, p.published_id, p.name
    FROM personas_phonenumber n JOIN personas_persona p ON p.id = n.persona_id;
INSERT INTO calls_call (id, customer_id, direction, simulated, room_name, room_sid, participant_sid, phone, dialed,
        number_id, persona_id, persona_version_id, persona_source, persona_reason, brief, status, result, disposition, ended_by, end_reason,
        queued_at, ringing_at, answered_at, ended_at, dispatch_asked_at, dispatched_at, agent_job_id, agent_claimed_at)
    SELECT gen_random_uuid(), h.customer_id, 'inbound', n %% 50 = 0, 'call_' || n, 'RM_' || n, 'PA_' || n,
        '+1555' || lpad((n * 7919 %% 9999999)::text, 7, '0'), h.phone, h.number_id, h.persona_id, h.published_id, 'number', '',
        jsonb_build_object('persona', h.name, 'instructions', repeat('Be warm and brief. ', 20)),
        CASE WHEN live THEN 'active' ELSE 'ended' END,
        CASE WHEN live THEN '' WHEN n %% 50 = 7 THEN 'failed' WHEN n %% 12 = 0 THEN 'cancelled' ELSE 'completed' END,
        '', CASE WHEN live THEN '' WHEN n %% 3 = 0 THEN 'agent' ELSE 'caller' END, CASE WHEN live THEN '' ELSE 'the caller hung up' END,
        at, at, CASE WHEN n %% 12 > 0 OR live THEN at + interval '2 seconds' END, CASE WHEN NOT live THEN at + interval '130 seconds' END,
        at, at, CASE WHEN n %% 12 > 0 OR live THEN 'AJ_' || n ELSE '' END, at
    FROM (
        SELECT n, n > %(calls)s - %(live)s AS live, now() - interval '%(days)s days' * (1 - sqrt(n::float / %(calls)s)) AS at
        FROM generate_series(1, %(calls)s::bigint) n
    ) made JOIN owners h ON h.place = n %% 100;
"""
EVENTS = """
INSERT INTO calls_callevent (call_id, name, at, data)
    SELECT c.id, e.name, c.queued_at + e.after, e.data FROM calls_call c CROSS JOIN (VALUES
        ('call_ringing', interval '0', '{}'::jsonb), ('persona_loaded', interval '5 ms', '{"source": "number"}'),
        ('agent_dispatched', interval '9 ms', '{}'), ('call_answered', interval '2 s', '{}'),
        ('first_word', interval '2 s', '{"after_ring_ms": 810}'), ('call_ended', interval '130 s', '{"result": "completed"}')
    ) AS e (name, after, data) WHERE c.status = 'ended' OR e.name <> 'call_ended';
"""
TURNS = """
INSERT INTO transcripts_turn (call_id, item_id, speaker, agent, text, started_at, ended_at, interrupted, latency_ms)
    SELECT c.id, 'item_' || n, CASE WHEN n %% 2 = 0 THEN 'agent' ELSE 'caller' END, CASE WHEN n %% 2 = 0 THEN 'main' ELSE '' END,
        'Sentence ' || n || ' of a conversation about opening hours.', c.queued_at + n * interval '6 s',
        c.queued_at + n * interval '6 s' + interval '4 s', n %% 15 = 0, CASE WHEN n %% 2 = 0 THEN 700 + (n * 37) %% 500 END
    FROM calls_call c CROSS JOIN generate_series(0, %(turns)s - 1) n;
"""
DELIVERIES = """
INSERT INTO calls_webhookdelivery
        (event_id, name, room_name, room_sid, participant_sid, body, received_at, handled_at, times_received, outcome)
    SELECT 'EV_' || e || '_' || room_name, e, room_name, room_sid, participant_sid, '{}', queued_at, queued_at, 1, 'call opened: agent requested'
    FROM calls_call CROSS JOIN (VALUES ('participant_joined'), ('participant_left'), ('room_finished')) AS events (e)
    WHERE queued_at > now() - interval '30 days';
"""
# A column that a later version adds gets an empty value, so that this file need not know it.
DEFAULTS = """
DO $$ DECLARE c record; BEGIN
    FOR c IN SELECT table_name, column_name, data_type FROM information_schema.columns
        WHERE table_name IN ('calls_call', 'calls_callevent', 'calls_webhookdelivery', 'transcripts_turn')
            AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO'
    LOOP
        EXECUTE format('ALTER TABLE %I ALTER COLUMN %I SET DEFAULT %s', c.table_name, c.column_name, CASE
            WHEN c.data_type IN ('character varying', 'text') THEN quote_literal('') WHEN c.data_type = 'boolean' THEN 'false'
            WHEN c.data_type = 'jsonb' THEN quote_literal('{}') WHEN c.data_type = 'uuid' THEN 'gen_random_uuid()'
            WHEN c.data_type LIKE 'timestamp%' THEN 'now()' ELSE '0' END);
    END LOOP;
END $$;
"""


@dataclass
class Page:
    """One address, asked by one kind of user."""

    who: str
    name: str
    path: str
    seconds: dict[str, float] = field(default_factory=dict)  # by database
    queries: dict[str, list[str]] = field(default_factory=dict)
    full_seconds: float = 0.0  # what a full page of the same list takes at few calls
    slowest: str = ""  # the query that took longest among many rows
    skipped: str = ""

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/api/")

    def misses(self) -> list[str]:
        if self.skipped:
            return []
        few, many = self.seconds[FEW], self.seconds[MANY]
        found = []
        # Fewer are well: a list that is cut at its limit does not count how many rows there are without its filter.
        if len(self.queries[FEW]) < len(self.queries[MANY]):
            found.append(f"{len(self.queries[FEW])} queries at {FEW_CALLS} calls and {len(self.queries[MANY])} at many")
        if many > MOST_TIMES * max(few, self.full_seconds, FLOOR_SECONDS):
            found.append(f"{many * 1000:.0f} ms, {many / few:.1f} times as long; {MOST_TIMES:.0f} times are allowed")
        if self.is_api and many > MOST_API_SECONDS:
            found.append(f"{many * 1000:.0f} ms; a page of the API has {MOST_API_SECONDS * 1000:.0f}")
        return [f"{self.who}, {self.name}: {miss}" for miss in found]


CALLS = "/admin/calls/call/"
# By name; `{call}`, `{persona}` and `{number}` are filled in for each database.
PAGES_OF_ALL = {
    "home": "/admin/",
    "calls": CALLS,
    "calls, page 2": f"{CALLS}?p=2",
    "calls on the line": f"{CALLS}?when=now",
    "calls today": f"{CALLS}?when=today",
    "calls failed today": f"{CALLS}?when=failed_today",
    "calls failed yesterday": f"{CALLS}?when=failed_yesterday",
    "calls abandoned today": f"{CALLS}?when=abandoned_today",
    "calls of two days": f"{CALLS}?queued_at_from=2026-01-01&queued_at_to=2026-01-02",
    "calls, test calls included": f"{CALLS}?test_calls=on",
    "calls of 7 days": f"{CALLS}?when=week",
    "calls that failed": f"{CALLS}?result__exact=failed",
    "calls, a result that no call has": f"{CALLS}?result__exact=voicemail",
    "calls that are active": f"{CALLS}?status__exact=active",
    "calls out": f"{CALLS}?direction__exact=outbound",
    "calls of a persona": f"{CALLS}?persona__id__exact={{persona}}",
    "calls of a customer": f"{CALLS}?customer__id__exact={{customer}}",
    "calls by phone, E.164": f"{CALLS}?q=%2B{{digits}}",
    "calls by phone, as written": f"{CALLS}?q={{written}}",
    "calls by a phone that no call has": f"{CALLS}?q=%2B19998887766",
    "calls by id": f"{CALLS}?q={{call}}",
    "a call": f"{CALLS}{{call}}/change/",
    "personas": "/admin/personas/persona/",
    "a persona": "/admin/personas/persona/{persona}/change/",
    "numbers": "/admin/personas/phonenumber/",
    "a number": "/admin/personas/phonenumber/{number}/change/",
    "API: calls": "/api/v1/calls",
    "API: calls, next page": "next /api/v1/calls",
    "API: calls, 20 pages on": "next20 /api/v1/calls",
    "API: calls that failed": "/api/v1/calls?result=failed",
    "API: calls on the line": "/api/v1/calls?status=active",
    "API: calls by phone": "/api/v1/calls?phone=%2B{digits}",
    "API: a call": "/api/v1/calls/{call}",
    "API: a transcript": "/api/v1/calls/{call}/transcript",
    "API: personas": "/api/v1/personas",
    "API: numbers": "/api/v1/numbers",
}
PAGES_OF_SUPERUSERS = {
    "deliveries": "/admin/calls/webhookdelivery/",
    "deliveries by name": "/admin/calls/webhookdelivery/?name__exact=room_finished",
    "deliveries by room": "/admin/calls/webhookdelivery/?q=call_17",
}


def list_pages() -> list[Page]:
    """Return every page that must bear a big database, for each kind of user that sees it."""
    superusers = [Page("superuser", *page) for page in (PAGES_OF_ALL | PAGES_OF_SUPERUSERS).items()]
    return superusers + [Page("manager", *page) for page in PAGES_OF_ALL.items()]


# -- filling ----------------------------------------------------------------------------------------------------------


@contextmanager
def database(name: str) -> Iterator[None]:
    """Let Django use this database."""
    from django.db import connection

    connection.close()
    connection.settings_dict["NAME"] = name
    yield
    connection.close()


def fill(calls: int) -> None:
    """Migrate an empty database and fill it. Cost: some four minutes for a million calls."""
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    make_house()
    # The few are all of today, so that home has the same to show: a day without calls needs fewer queries.
    spread = {"days": 90 if calls > FEW_CALLS else 0.01, "live": 30}
    with connection.cursor() as cursor:
        for sql in (
            DEFAULTS,
            *(CALLS % {"calls": calls, **spread}).split(";\n")[:2],
            EVENTS,
            TURNS % {"turns": TURNS_A_CALL},
            DELIVERIES,
        ):
            began = time.perf_counter()
            cursor.execute(sql)
            if calls > FEW_CALLS:
                print(
                    f"  {sql.split('(')[0].strip()[:60]}: {time.perf_counter() - began:.0f} s",
                    file=sys.stderr,
                    flush=True,
                )
        cursor.execute("VACUUM ANALYZE")


def make_house() -> None:
    """Make ten customers, fifty personas, a hundred numbers, a superuser and a manager."""
    from django.contrib.auth.models import User

    from personas.models import Membership
    from tests.conftest import make_customer, make_number, make_persona

    personas = [make_persona(f"Persona{n}", customer=make_customer(f"customer-{n % 10}")) for n in range(50)]
    for n in range(100):
        make_number(f"+1555123{n:04}", persona=personas[n % 50], label=f"Reception {n}")
    User.objects.create_superuser("superuser")
    manager = User.objects.create_user("manager", is_staff=True)
    Membership.objects.create(user=manager, customer=make_customer("customer-1"), role=Membership.Role.MANAGER)


# -- asking -----------------------------------------------------------------------------------------------------------


class Asker:
    """Asks pages in one database."""

    def __init__(self, name: str, times: int) -> None:
        from django.contrib.auth.models import User
        from django.test import Client

        from calls.models import Call
        from personas.models import PhoneNumber

        self.name, self._times = name, times
        self._clients = {who: Client() for who in ("superuser", "manager")}
        for who, client in self._clients.items():
            client.force_login(User.objects.get(username=who))
        number = PhoneNumber.objects.filter(customer__slug="customer-1").select_related("persona").order_by("pk")[0]
        call = Call.objects.filter(customer=number.customer, number=number, status="ended", simulated=False).order_by(
            "-queued_at"
        )[0]
        digits = call.phone.removeprefix("+")
        self._facts = {
            "call": call.pk,
            "persona": number.persona_id,
            "number": number.pk,
            "customer": number.customer_id,
            "digits": digits,
            "written": f"({digits[1:4]})+{digits[4:7]}-{digits[7:]}",
        }

    def ask(self, page: Page) -> None:
        """Time the page and count its queries."""
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        client = self._clients[page.who]
        path = self._find(client, page.path)
        if path is None:
            page.skipped = "there is no further page"
            return
        if (status := client.get(path).status_code) != 200:
            page.skipped = f"answers {status}"
            return
        times = []
        for _ in range(self._times):
            began = time.perf_counter()
            client.get(path)
            times.append(time.perf_counter() - began)
        page.seconds[self.name] = statistics.median(times)
        with CaptureQueriesContext(connection) as captured:
            client.get(path)
        page.queries[self.name] = [query["sql"] for query in captured.captured_queries]
        page.slowest = max(captured.captured_queries, key=lambda query: float(query["time"]), default={"sql": ""})[
            "sql"
        ]

    def _find(self, client, path: str) -> str | None:
        """Return the address; for `next…` follow the cursor so many times.

        Few calls have no such page: then the last there is.
        """
        how, _, start = path.rpartition(" ")
        found = start.format(**self._facts)
        for _ in range(int(how.removeprefix("next") or 1) if how else 0):
            answer = client.get(found)
            if answer.status_code != 200:
                return found
            further: str | None = answer.json().get("next")
            if not further:
                return found if self.name == FEW else None
            found = further
        return found


def name_extra_queries(page: Page) -> str:
    """Return the queries that are asked at many calls and not at few, values left out."""
    few, many = (
        Counter(re.sub(r"'[^']*'|\b\d+\b", "…", query) for query in page.queries[name]) for name in (FEW, MANY)
    )
    return "".join(f"    only at many: {query[:400]}\n" for query in (many - few))


def explain(query: str) -> str:
    """Return what PostgreSQL does for it."""
    from django.db import connection

    if not query.upper().startswith("SELECT"):
        return query[:500]
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {query}")
        plan = "\n".join(f"      {line}" for (line,) in cursor.fetchall())
    return f"    {query[:600]}\n{plan}"


def render_table(pages: list[Page], calls: int) -> list[str]:
    lines = [describe_machine(), f"{'':46} {'queries':>8} {FEW_CALLS:>9} {calls:>11}  times"]
    for page in pages:
        name = f"{page.who}, {page.name}"
        if page.skipped:
            lines.append(f"{name:46} skipped: {page.skipped}")
            continue
        few, many = page.seconds[FEW], page.seconds[MANY]
        counted = "/".join(dict.fromkeys(str(len(page.queries[name])) for name in (FEW, MANY)))
        lines.append(
            f"{name:46} {counted:>8} {few * 1000:6.1f} ms {many * 1000:8.1f} ms {many / few:6.2f}{'  missed' if page.misses() else ''}"
        )
    return lines


def note_full_pages(pages: list[Page]) -> None:
    full = next(page for page in pages if (page.who, page.name) == FULL_PAGE)
    for page in pages:
        if page.path.startswith(full.path + "?") and not full.skipped:
            page.full_seconds = full.seconds[FEW]


def measure(options: argparse.Namespace) -> int:
    from django.db import connection

    pages = list_pages()
    sizes = {FEW: FEW_CALLS, MANY: options.calls}
    with database("postgres"), connection.cursor() as cursor:
        cursor.execute("SELECT datname FROM pg_database")
        there = {name for (name,) in cursor.fetchall()}
        for name in sizes.keys() - there:
            cursor.execute(f"CREATE DATABASE {name}")
    for name, calls in sizes.items():
        with database(name):
            if name not in there:
                fill(calls)
            asker = Asker(name, options.times)
            for page in pages:
                if not page.skipped:
                    asker.ask(page)
    note_full_pages(pages)
    misses = [miss for page in pages for miss in page.misses()]
    with database(MANY):
        plans = [
            f"{page.who}, {page.name}:\n{name_extra_queries(page)}{explain(page.slowest)}"
            for page in pages
            if page.misses() and page.who == "superuser"
        ]
    return report([*render_table(pages, options.calls), *plans], misses, check=options.check)


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument(
        "--calls",
        type=int,
        default=1_000_000,
        help=f"in the big database, with {TURNS_A_CALL} turns each (default 1000000)",
    )
    parser.add_argument("--times", type=int, default=7, help="each page is asked so often (default 7)")
    parser.add_argument(
        "--keep",
        type=Path,
        help="make the databases in this directory and leave them there; used again when they are there",
    )
    parser.add_argument("--check", action="store_true", help="exit with 1 when a target is missed")
    return parser.parse_args()


if __name__ == "__main__":
    wanted = parse_options()
    with (
        tempfile.TemporaryDirectory() as temporary,
        ScratchPostgres(
            wanted.keep or Path(temporary), configuration=CONFIGURATION, keep=bool(wanted.keep)
        ) as postgres,
    ):
        os.environ["DATABASE_URL"] = postgres.url()
        django.setup()
        from django.test.utils import setup_test_environment

        setup_test_environment(debug=False)
        status = measure(wanted)
    sys.exit(status)
