"""Is a call recorded as it was heard, over a real LiveKit, and does it go on whatever becomes of its recording?"""

import asyncio
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import av
import numpy as np
import psutil
import pytest
from asgiref.sync import sync_to_async

from calls.models import Call, Recording
from calls.outcomes import RecordingProblem
from tests.conftest import ANA, CLINIC, make_number, make_persona
from tests.fakes.gemini import pitch_of
from tests.fakes.gemini_script import Answer, Script
from tests.reliability.holders import job_process_of
from tests.telephony.calls_seen import call_of, events_of, until, until_ended, until_said
from tests.telephony.sound import strongest_hertz, tone, unbroken_speech

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.usefixtures("web", "crm", "calls_end"),
]
LEDA = pitch_of("Leda")
NORA = "Your name is Nora."
PERSON_HZ = 250
HEARD = "Yes, I am listening."
LOST_SECONDS = 2.0  # the promise
RATE = 48_000


@pytest.fixture
def clinic(db, gemini):
    gemini.scripts[NORA] = Script(answers=[Answer(hears="Can you hear me?", says=HEARD)])
    return make_number(CLINIC, persona=make_persona("Nora", voice="Leda", recording=True))


@pytest.fixture
def empty_recordings(recordings: Path):
    shutil.rmtree(recordings, ignore_errors=True)
    yield recordings
    shutil.rmtree(recordings, ignore_errors=True)


def decode(path: Path) -> np.ndarray:
    """Return the person and the agent, one row each."""
    with av.open(str(path)) as file:
        sound = np.concatenate([frame.to_ndarray() for frame in file.decode(audio=0)], axis=1)
    return (sound * 32767).astype("<i2") if sound.dtype.kind == "f" else sound


def seconds_of(side: np.ndarray, hertz: float) -> float:
    """Return for how long a tone is in one side."""
    piece = RATE // 10
    pieces = [side[at : at + piece] for at in range(0, len(side) - piece, piece)]
    loud = [each for each in pieces if np.abs(each.astype(int)).max() > 500]
    return sum(abs(strongest_hertz(each.tobytes(), rate=RATE) - hertz) < 25 for each in loud) / 10


def loud_seconds(side: np.ndarray) -> float:
    piece = RATE // 10
    pieces = [side[at : at + piece].astype(int) for at in range(0, len(side) - piece, piece)]
    return len([each for each in pieces if np.abs(each).max() > 500]) / 10


async def until_kept(call: Call, *, within: float = 15.0) -> Recording:
    rows = Recording.objects.filter(call=call, state=Recording.State.KEPT)
    try:
        await until(rows.aexists, within=within)
    except TimeoutError:
        pytest.fail(
            f"no recording was kept: {[(r.state, r.problem, r.storage_error) async for r in call.recordings.all()]}"
        )
    return await rows.alatest("started_at")


async def test_both_sides_are_recorded_each_in_its_channel(network, worker, clinic, empty_recordings):
    phone = await network.ring(ANA, CLINIC)
    await phone.until_it_hears(LEDA)
    await phone.until_it_is_quiet()
    await phone.say(tone(1.0, PERSON_HZ))
    await until_said(phone, HEARD)
    await phone.until_it_is_quiet()
    await phone.hang_up()

    call = await until_ended(phone)
    recording = await until_kept(call)

    person, agent = decode(empty_recordings / "kept" / recording.name)
    assert seconds_of(person, PERSON_HZ) == pytest.approx(1.0, abs=0.3)
    assert seconds_of(person, LEDA) == 0
    assert seconds_of(agent, LEDA) == pytest.approx(phone.seconds_of(LEDA), abs=0.4)
    assert seconds_of(agent, PERSON_HZ) == 0
    assert call.duration
    assert len(person) / RATE == pytest.approx(call.duration.total_seconds(), abs=0.7)
    assert recording.seconds == pytest.approx(len(person) / RATE, abs=0.1)
    assert recording.problem == ""
    assert ANA.strip("+") not in recording.name
    assert not list((empty_recordings / "unfinished").iterdir())


async def test_what_the_caller_cut_off_is_cut_off_in_the_recording(network, worker, gemini, clinic, empty_recordings):
    long = "Let me tell you everything about our opening hours."
    gemini.scripts[NORA] = Script(answers=[Answer(says=long, seconds=20.0), Answer(says=HEARD)])
    phone = await network.ring(ANA, CLINIC)
    await phone.until_it_hears(LEDA)
    await phone.until_it_is_quiet()
    await phone.say(tone(0.6, PERSON_HZ))
    await phone.until_it_hears(LEDA, after=phone.seconds_since_joining)
    await asyncio.sleep(2.0)
    await phone.say(unbroken_speech(3.0))
    await phone.until_it_is_quiet(within=20.0)
    await phone.hang_up()

    recording = await until_kept(await until_ended(phone))

    _, agent = decode(empty_recordings / "kept" / recording.name)
    assert seconds_of(agent, LEDA) == pytest.approx(phone.seconds_of(LEDA), abs=0.5)
    assert seconds_of(agent, LEDA) < 15


async def test_a_call_that_is_not_recorded_leaves_no_byte(network, worker, clinic, empty_recordings):
    clinic.persona.recording = False
    await clinic.persona.asave()
    await sync_to_async(clinic.persona.publish)(by=None)
    phone = await network.ring(ANA, CLINIC)
    await phone.until_it_hears(LEDA)
    await phone.hang_up()

    call = await until_ended(phone)

    assert not await Recording.objects.filter(call=call).aexists()
    assert not [path for path in empty_recordings.rglob("*") if path.is_file()]


async def test_a_killed_worker_costs_two_seconds_of_the_recording_at_most(network, worker, clinic, empty_recordings):
    phone = await network.ring(ANA, CLINIC)
    await phone.until_it_hears(LEDA)
    await phone.until_it_is_quiet()
    saying = asyncio.create_task(phone.say(tone(6.0, PERSON_HZ)))
    await asyncio.sleep(4.0)
    call = await call_of(phone)
    began = (await Recording.objects.aget(call=call)).started_at

    killed_at = datetime.now(UTC)
    await worker.kill_with_children()
    await saying
    await phone.hang_up()
    await worker.start()

    await until(lambda: Recording.objects.filter(call=call, state=Recording.State.KEPT).aexists(), within=30.0)
    recording = await Recording.objects.filter(call=call).afirst()
    assert recording.problem == RecordingProblem.WORKER_KILLED
    person, _ = decode(empty_recordings / "kept" / recording.name)
    lost = (killed_at - began).total_seconds() - len(person) / RATE
    assert 0 <= lost <= LOST_SECONDS
    await until_ended(phone, within=60.0)


async def test_a_full_disk_ends_the_recording_and_not_the_call(network, worker, clinic, empty_recordings):
    phone = await network.ring(ANA, CLINIC)
    await phone.until_it_hears(LEDA)
    job = job_process_of(worker)
    (path,) = (empty_recordings / "unfinished").iterdir()
    size = path.stat().st_size
    psutil.Process(job.pid).rlimit(psutil.RLIMIT_FSIZE, (size, size))

    await phone.until_it_is_quiet()
    await phone.say(tone(2.0, PERSON_HZ))
    await until_said(phone, HEARD)
    await phone.hang_up()

    call = await until_ended(phone)
    assert call.result == Call.Result.COMPLETED
    assert "recording_failed" in await events_of(call)
    rows = Recording.objects.filter(call=call, problem=RecordingProblem.DISK_FULL)
    await until(rows.aexists)


async def test_a_storage_that_is_away_gets_the_recording_when_it_is_back(network, worker, clinic, empty_recordings):
    os.makedirs(empty_recordings, exist_ok=True)
    (empty_recordings / "kept").touch()  # a file where the folder should be
    phone = await network.ring(ANA, CLINIC)
    await phone.until_it_hears(LEDA)
    await phone.hang_up()
    call = await until_ended(phone)
    await until(Recording.objects.filter(call=call, tries__gt=0).aexists)
    waiting = await Recording.objects.aget(call=call)
    assert waiting.state == Recording.State.WAITING
    assert waiting.storage_error

    (empty_recordings / "kept").unlink()

    recording = await until_kept(call, within=30.0)
    assert loud_seconds(decode(empty_recordings / "kept" / recording.name)[1]) > 0
