"""A process dies while a call is placed: nothing rings twice, nothing stays “dialing”, no person is left in silence."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from calls.livekit.local_server import LocalLiveKit
from calls.models import Call, Trunk
from tests.fakes.gemini import FakeGemini, pitch_of
from tests.fakes.gemini_script import Answer, Script
from tests.reliability.figures import publish
from tests.reliability.holders import holder_of
from tests.telephony.calls_seen import events_of, until, until_ended, until_said
from tests.telephony.carrier import Behaviour, Carrier, Then
from tests.telephony.leads import make_leads
from tests.telephony.processes import Process, manage
from tests.telephony.rig_outbound import Place
from tests.telephony.sound import tone

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.reliability,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.usefixtures("web", "worker", "keeper", "crm", "calls_end"),
]
PHONE = "+13125501200"
LEDA = pitch_of("Leda")
SORRY = "Sorry, we were cut off. Where were we?"
A_SENTENCE = tone(0.6, 250)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def keeper(product_environment: dict[str, str], logs: Path) -> AsyncIterator[Process]:
    process = Process("keeper", manage("run_keeper", "--every=2"), product_environment, logs)
    await process.start()
    yield process
    await process.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def second_worker(worker: Process, product_environment: dict[str, str], logs: Path) -> AsyncIterator[Process]:
    process = Process("second-worker", manage("run_agent", "--idle-processes=2"), product_environment, logs)
    await process.start()
    yield process
    await process.stop()


async def kill_holder(call_id: str, *workers: Process) -> None:
    """Kill the worker that has the call, with all its processes."""
    await (await holder_of(await Call.objects.aget(pk=call_id), *workers)).kill_with_children()


async def test_a_phone_that_rings_while_its_worker_is_killed_is_answered_by_another(
    place: Place, carrier: Carrier, worker, second_worker
):
    carrier.phones[PHONE] = Behaviour(then=Then.KEEP_RINGING)
    placed = await place(PHONE)
    dial = await carrier.until_ringing(PHONE)

    await kill_holder(placed["id"], worker, second_worker)
    lost = Call.objects.filter(pk=placed["id"], agents_lost=1).exclude(agent_job_id="")
    await until(lost.aexists, within=15)
    dial.phone.pick_up()
    await dial.phone.until_it_hears(LEDA)

    assert len(carrier.dialed) == 1
    call = await Call.objects.aget(pk=placed["id"])
    assert (call.status, call.dials) == (Call.Status.ACTIVE, 1)
    await dial.phone.hang_up()
    assert (await until_ended(dial.phone)).result == Call.Result.COMPLETED


async def test_a_person_whose_agent_is_killed_hears_another_that_goes_on(
    place: Place, carrier: Carrier, gemini: FakeGemini, worker, second_worker
):
    gemini.scripts["Nora"] = Script(
        answers=[Answer(hears="My name is Ana.", says="Good morning, Ana.")], greeting=SORRY
    )
    placed = await place(PHONE)
    dial = await carrier.until_answered(PHONE)
    await dial.phone.until_it_hears(LEDA)
    await dial.phone.until_it_is_quiet()
    await dial.phone.say(A_SENTENCE)
    await until_said(dial.phone, "Good morning, Ana.")

    killed_at = dial.phone.seconds_since_joining
    await kill_holder(placed["id"], worker, second_worker)
    heard_at = await dial.phone.until_it_hears(LEDA, after=killed_at + 0.5, within=20)
    await until_said(dial.phone, SORRY)

    publish("outbound worker killed, silence", heard_at - killed_at, "s")
    assert len(carrier.dialed) == 1
    assert "agent_resumed" in await events_of(await Call.objects.aget(pk=placed["id"]))
    await dial.phone.hang_up()
    assert (await until_ended(dial.phone)).result == Call.Result.COMPLETED


async def test_the_only_worker_killed_while_it_rings_ends_the_call_once_the_phone_gave_up(
    place: Place, carrier: Carrier, worker
):
    carrier.phones[PHONE] = Behaviour(then=Then.KEEP_RINGING)
    await place(PHONE)
    dial = await carrier.until_ringing(PHONE)

    await worker.kill_with_children()
    dial.phone.refuse(486)
    call = await until_ended(dial.phone, within=60)

    assert (call.result, call.end_reason) == ("failed", "dial_lost")
    assert len(carrier.dialed) == 1


async def test_a_lead_whose_worker_is_killed_while_it_rings_waits_again(
    place: Place, carrier: Carrier, trunk: Trunk, worker
):
    (lead,) = await make_leads(trunk, PHONE)
    carrier.phones[PHONE] = Behaviour(then=Then.KEEP_RINGING)
    await place(PHONE, persona="", campaign="renewals")
    dial = await carrier.until_ringing(PHONE)
    await lead.arefresh_from_db()
    assert lead.state == "calling"

    await worker.kill_with_children()
    dial.phone.refuse(486)
    await until_ended(dial.phone, within=60)

    await lead.arefresh_from_db()
    assert (lead.state, lead.attempts, lead.last_result) == ("waiting", 1, "failed")
    assert len(carrier.dialed) == 1


async def test_a_call_that_is_due_while_no_worker_runs_is_placed_once_by_the_next(
    place: Place, carrier: Carrier, worker
):
    await worker.stop()
    placed = await place(PHONE)
    await asyncio.sleep(2)
    assert not carrier.dialed

    await worker.start()
    dial = await carrier.until_answered(PHONE, within=30)
    await dial.phone.until_it_hears(LEDA)

    assert len(carrier.dialed) == 1
    assert (await Call.objects.aget(pk=placed["id"])).dials == 1


async def test_a_livekit_server_that_dies_while_it_rings_leaves_no_call_dialing(
    place: Place, carrier: Carrier, livekit: LocalLiveKit
):
    carrier.phones[PHONE] = Behaviour(then=Then.KEEP_RINGING)
    await place(PHONE)
    dial = await carrier.until_ringing(PHONE)

    await asyncio.to_thread(livekit.restart_livekit)
    call = await until_ended(dial.phone, within=90)

    assert call.result in ("failed", "no_answer")
    assert len(carrier.dialed) == 1


async def test_a_scheduled_call_survives_a_restart_of_redis(place: Place, carrier: Carrier, livekit: LocalLiveKit):
    placed = await place(PHONE, schedule_at=(datetime.now(UTC) + timedelta(seconds=4)).isoformat())
    await asyncio.to_thread(livekit.restart_redis)

    dial = await carrier.until_answered(PHONE, within=40)
    await dial.phone.until_it_hears(LEDA)

    assert (await Call.objects.aget(pk=placed["id"])).status == Call.Status.ACTIVE
