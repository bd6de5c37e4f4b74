"""Measures an import of lead files: rows a second with all checks and the report, beside a raw COPY, and its memory.

Makes a messy file in a temporary folder and a PostgreSQL of its own. Each import runs in a process of its own, whose
highest memory is measured. The raw COPY writes the same leads, clean and ready, into the same table with its indexes.
Example: `python benchmarks/lead_import.py --rows 200000 --check`; with `--kills 20` a further import is killed so often
at random points, and compared row by row with one that was left alone.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "voiceplatform.settings")

from benchmarks.table import describe_machine, report
from tests.scratch_postgres import ScratchPostgres

LEAST_ROWS_A_SECOND = 30_000
LEAST_OF_COPY = 0.70
LEAST_OF_OTHER = 50.0  # times as fast as django-import-export
MOST_MEGABYTES = 150
OTHER_ROWS = 20_000
ROOT = Path(__file__).resolve().parent.parent
HEADER = "Name,Phone,Company,Email,Job title,Notes\n"
AREAS = ("212", "213", "214", "303", "305", "312", "404", "415", "503", "512", "602", "614", "617", "702", "713", "718")
WAYS = ("({a}) {b}-{c}", "{a}-{b}-{c}", "+1 {a} {b} {c}", "1{a}{b}{c}", "{a}.{b}.{c}", "{a}{b}{c}", "+1{a}{b}{c}")
NO_PHONES = ("n/a", "", "12", "555-0101", "call me", "1.21256E+10")
FIRST, LAST = ("Ana", "Bob", "José", "Jörg", "Dot", "Łukasz"), ("Ruiz", "Smith", "O'Neil", "Díaz")
COMPANIES = ("Acme", '"Hare, Ltd"', "Cube Inc", '"The ""Best"""', "")
LEAD_TABLE = "campaigns_lead"


@dataclass(frozen=True, kw_only=True)
class Import:
    """How one import went."""

    rows: int
    created: int
    seconds: float
    megabytes: float  # highest memory of its process and of the one that reads the file, together
    cpu_seconds: float  # of both, without the database
    started_megabytes: float  # before the first row

    @property
    def rows_a_second(self) -> float:
        return self.rows / self.seconds


def write_messy_file(path: Path, rows: int) -> None:
    """Write a file of which 3 percent has no number, 5 percent is a duplicate and 2 percent is abroad."""
    choose = random.Random(1)
    with path.open("w", encoding="utf-8") as file:
        file.write(HEADER)
        file.writelines(_messy_lines(choose, rows))


def _messy_lines(choose: random.Random, rows: int) -> Iterator[str]:
    for number in range(rows):
        name = f"{choose.choice(FIRST)} {choose.choice(LAST)}"
        rest = f"{choose.choice(COMPANIES)},user{number}@example.com,{choose.choice(('CEO', 'Buyer', ''))}"
        yield f"{name},{_messy_phone(choose, number)},{rest},note {number % 97}\n"


def _messy_phone(choose: random.Random, number: int) -> str:
    kind = choose.random()
    if kind < 0.03:
        return choose.choice(NO_PHONES)
    if kind < 0.05:
        return f"+44 20 79{number // 10_000 % 100:02d} {number % 10_000:04d}"
    place = choose.randrange(number) if kind < 0.10 and number else number
    area, rest = AREAS[place % len(AREAS)], place // len(AREAS)
    return choose.choice(WAYS).format(a=area, b=f"{200 + rest // 10_000 % 800:03d}", c=f"{rest % 10_000:04d}")


def run_manage(*words: str, url: str) -> str:
    done = subprocess.run(
        [sys.executable, str(ROOT / "manage.py"), *words],
        env={**os.environ, "DATABASE_URL": url},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return done.stdout


def run_import(module: str, path: Path, url: str) -> Import:
    """Import a file in a process of its own."""
    code = f"import benchmarks.lead_import as here; here.import_and_measure({module!r}, {str(path)!r})"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "DATABASE_URL": url},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    return Import(**json.loads(done.stdout.splitlines()[-1]))


def import_and_measure(module: str, path: str) -> None:
    """Run in the child: import, and print the figures as JSON."""
    import django

    django.setup()
    from django.conf import settings

    from campaigns.imports.in_place import ImportInPlace
    from campaigns.models import Campaign

    settings.DEBUG = False  # Django would note every query
    at_start = _highest_megabytes()
    reader: list[float] = [0.0]
    threading.Thread(target=_watch_reader, args=[reader], daemon=True).start()
    started = time.perf_counter()
    done = ImportInPlace(Campaign.objects.get(module=module), Path(path), by="benchmark").run()
    seconds = time.perf_counter() - started
    used = os.times()
    figures = {
        "rows": done.rows,
        "created": done.created,
        "seconds": seconds,
        "megabytes": _highest_megabytes() + max(reader),
        "cpu_seconds": sum(used[:4]),
        "started_megabytes": at_start,
    }
    print(json.dumps(figures))


def _watch_reader(megabytes: list[float]) -> None:
    """Note the highest memory of the process that reads the file, until this one ends."""
    while True:
        for child in Path("/proc/self/task").glob("*/children"):
            megabytes.extend(_highest_megabytes(number) for number in child.read_text().split())
        megabytes[:] = [max(megabytes)]
        time.sleep(0.2)


def _highest_megabytes(process: str = "self") -> float:
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process}/status").read_text())
    except OSError:  # it has ended
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def make_campaign(module: str) -> Any:
    from campaigns.models import Campaign
    from personas.models import Customer

    customer, _ = Customer.objects.get_or_create(slug="bench", defaults={"name": "Bench", "region": "US"})
    return Campaign.objects.create(customer=customer, module=module, name=module, region="US")


def measure_copy(module: str) -> float:
    """Return the seconds that a raw COPY takes for the leads of a campaign, which are deleted before."""
    from django.db import connection

    from campaigns.models import Campaign, Lead

    columns = ", ".join(f'"{field.column}"' for field in Lead._meta.concrete_fields)
    of = f"campaign_id = {Campaign.objects.get(module=module).pk}"
    with connection.cursor() as cursor, tempfile.TemporaryFile() as file:
        with cursor.copy(f"COPY (SELECT {columns} FROM {LEAD_TABLE} WHERE {of}) TO STDOUT") as copy:
            for data in copy:
                file.write(data)
        cursor.execute(f"DELETE FROM {LEAD_TABLE} WHERE {of}")
        cursor.execute(f"VACUUM ANALYZE {LEAD_TABLE}")
        file.seek(0)
        started = time.perf_counter()
        with cursor.copy(f"COPY {LEAD_TABLE} ({columns}) FROM STDIN") as copy:
            while data := file.read(1_000_000):
                copy.write(data)
        return time.perf_counter() - started


def measure_other(path: Path) -> float | None:
    """Return the rows a second of django-import-export, without any check of the phone; None when it is not installed."""
    if importlib.util.find_spec("import_export") is None:
        return None
    from import_export import resources  # type: ignore[import-not-found,import-untyped,unused-ignore]
    from tablib import Dataset  # type: ignore[import-not-found,import-untyped,unused-ignore]

    from campaigns.models import CallingPlace, Lead, LeadList

    class Resource(resources.ModelResource):  # type: ignore[misc]
        class Meta:
            model = Lead
            import_id_fields = ("phone",)
            fields = ("customer", "campaign", "lead_list", "place", "position", "phone", "name", "company", "email")

    campaign = make_campaign("other")
    leads = LeadList.objects.create(customer=campaign.customer, campaign=campaign, name="other")
    owners = (campaign.customer_id, campaign.pk, leads.pk, CallingPlace.objects.values_list("pk", flat=True)[0])
    rows = Dataset(headers=Resource.Meta.fields)
    with path.open(encoding="utf-8", newline="") as file:
        for number, cells in enumerate(islice(csv.DictReader(file), OTHER_ROWS), 1):
            person = (cells["Name"], cells["Company"], cells["Email"])
            rows.append((*owners, number, f"+1206{2_000_000 + number}", *person))
    started = time.perf_counter()
    Resource().import_data(rows, raise_errors=True)
    return len(rows) / (time.perf_counter() - started)


def kill_and_compare(path: Path, url: str, times: int, undisturbed: str) -> str:
    """Import with kill -9 at random points. Returns what differs from the import that was left alone, "" when nothing."""
    from django.db import connection

    make_campaign("killed")
    seconds = random.Random(3)
    for _ in range(times):
        child = subprocess.Popen(
            [sys.executable, str(ROOT / "manage.py"), "import_leads", "killed", str(path)],
            env={**os.environ, "DATABASE_URL": url},
            stdout=subprocess.DEVNULL,
        )
        time.sleep(1.5 + 2.5 * seconds.random())
        child.kill()
        child.wait()
    run_manage("import_leads", "killed", str(path), url=url)
    connection.close()
    left, right = _facts("killed"), _facts(undisturbed)
    return "" if left == right else f"{left} instead of {right}"


def _facts(module: str) -> tuple[Any, ...]:
    """Return counters of the import and a digest of its leads and its report."""
    from django.db import connection

    sql = """
        SELECT i.rows, i.created, i.duplicate_rows, i.rejected, i.last_line,
            (SELECT md5(string_agg(concat_ws('|', phone, name, position, line), ',' ORDER BY position))
             FROM campaigns_lead WHERE campaign_id = c.id),
            (SELECT md5(string_agg(concat_ws('|', kind, line, first_line), ',' ORDER BY line, kind))
             FROM campaigns_leadimportrow WHERE lead_import_id = i.id)
        FROM campaigns_campaign c JOIN campaigns_leadimport i ON i.campaign_id = c.id WHERE c.module = %s
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [module])
        found: tuple[Any, ...] = cursor.fetchone()
    return found


def measure(options: argparse.Namespace, directory: Path, url: str) -> tuple[list[str], list[str]]:
    """Return the lines of the table, and what missed its limit."""
    machine = describe_machine()
    import django
    from django.conf import settings

    django.setup()
    settings.DEBUG = False  # Django would note every query
    run_manage("migrate", "--verbosity", "0", url=url)
    path, short = directory / "prospects.csv", directory / "short.csv"
    write_messy_file(path, options.rows)
    write_messy_file(short, max(1_000, options.rows // 10))
    for module in ("short", "whole"):
        make_campaign(module)
    few, done = run_import("short", short, url), run_import("whole", path, url)
    differs = kill_and_compare(path, url, options.kills, "whole") if options.kills else ""
    other = measure_other(path)
    copy_rate = done.created / measure_copy("whole")
    ratio = done.created / done.seconds / copy_rate
    lines = [
        machine,
        f"{done.rows:,} rows in {done.seconds:.1f} s: {done.rows_a_second:,.0f} rows/s, {done.created:,} leads created",
        f"{done.cpu_seconds / done.rows * 1e6:.0f} µs of CPU a row in Python, both processes, with the start",
        f"raw COPY of these leads into the same table: {copy_rate:,.0f} rows/s; the import reaches {ratio:.2f} of it",
        f"memory {done.megabytes:.0f} MB at most; {few.megabytes:.0f} MB with a tenth of the rows, {done.started_megabytes:.0f} MB before",
        f"django-import-export: {_name_other(other, done)}",
    ]
    if options.kills:
        lines.append(f"killed {options.kills} times: {differs or 'the same leads, places, lines and counts'}")
    misses = [
        *([f"{done.rows_a_second:,.0f} rows/s"] if done.rows_a_second < LEAST_ROWS_A_SECOND else []),
        *([f"{ratio:.2f} of COPY, {LEAST_OF_COPY} are wanted"] if ratio < LEAST_OF_COPY else []),
        *([f"{done.megabytes:.0f} MB"] if done.megabytes > MOST_MEGABYTES else []),
        *(
            ["fewer than 50 times django-import-export"]
            if other and done.rows_a_second < LEAST_OF_OTHER * other
            else []
        ),
        *(["a killed import differs"] if differs else []),
    ]
    return lines, misses


def _name_other(rate: float | None, done: Import) -> str:
    if rate is None:
        return "not installed, so not compared (`uv pip install django-import-export` in an environment of its own)"
    return (
        f"{rate:,.0f} rows/s at {OTHER_ROWS:,} rows, without checks; {done.rows_a_second / rate:.0f} times as many here"
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--kills", type=int, default=0, help="kill a further import so often (20 in the published run)")
    parser.add_argument("--check", action="store_true", help="exit with 1 when a limit is missed")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made, ScratchPostgres(Path(made) / "db") as postgres:
        os.environ["DATABASE_URL"] = postgres.url()
        lines, misses = measure(options, Path(made), postgres.url())
    return report(lines, misses, check=options.check)


if __name__ == "__main__":
    raise SystemExit(main())
