"""What do our processes leave behind of a real call?

Measurements from each of them, and no number, name or word of a person.
"""

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families

from calls.models import Call
from tests.conftest import ANA, CLINIC, make_number, make_persona
from tests.fakes.gemini import pitch_of
from tests.fakes.gemini_script import Answer, Script
from tests.telephony.calls_seen import until, until_ended, until_said
from tests.telephony.carrier import Behaviour
from tests.telephony.sound import tone

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.usefixtures("web", "worker", "crm", "calls_end"),
]
HEARD, SAID = "my left shoulder hurts terribly", "I am sorry to hear that, Anastasia."
PERSONAL = [ANA[1:], CLINIC[1:], "shoulder", "Anastasia", "Hello, this is Nora"]


@pytest.fixture
def clinic(db):
    return make_number(CLINIC, persona=make_persona("Nora", voice="Leda"))


async def samples(web: str) -> tuple[str, dict[str, float]]:
    async with aiohttp.ClientSession() as session, session.get(f"{web}/metrics") as answer:
        page = await answer.text()
    return page, {
        sample.name: sample.value for family in text_string_to_metric_families(page) for sample in family.samples
    }


async def test_a_call_shows_in_metrics_and_logs_without_anything_personal(network, gemini, web, logs, clinic):
    gemini.scripts["Your name is Nora."] = Script(
        answers=[Answer(hears=HEARD, says=SAID)], dies_after_turns=3, stays_dead=True
    )
    phone = await network.ring(ANA, CLINIC)
    await phone.until_it_hears(pitch_of("Leda"))
    await phone.until_it_is_quiet()
    await phone.say(tone(0.6, 250))
    await until_said(phone, SAID)
    await phone.until_it_is_quiet()
    await phone.say(tone(0.6, 250))
    call = await until_ended(phone, within=30)

    async def job_has_stored_what_it_measured():
        return (await samples(web))[1].get("voiceplatform_calls_ended_total", 0) >= 1

    await until(job_has_stored_what_it_measured)
    page, read = await samples(web)
    assert read["voiceplatform_calls_opened_total"] == 1  # the web counted this
    assert read["voiceplatform_call_answer_seconds_count"] == 1  # and the job's process this
    assert read["voiceplatform_dispatch_duration_seconds_count"] == 1
    written = "".join((logs / f"{name}.{kind}").read_text() for name in ("web", "worker") for kind in ("log", "out"))
    assert f"call_id={call.pk}" in written
    assert call.result == Call.Result.FAILED
    assert not [part for part in PERSONAL if part in page + written]


async def test_a_person_whom_we_call_leaves_neither_number_nor_name_in_logs(place, carrier, logs):
    phone = "+13125561200"
    carrier.phones[phone] = Behaviour()
    await place(phone, name="Anastasia Diaz", additional_params={"illness": "lumbago"})
    dial = await carrier.until_answered(phone)
    await dial.phone.until_it_hears(pitch_of("Leda"))
    await dial.phone.hang_up()
    await until_ended(dial.phone)
    carrier.phones[phone] = Behaviour(then=486)
    busy = await place(phone, name="Anastasia Diaz")
    await until_ended((await carrier.until_dialed(phone, times=2)).phone)

    written = "".join((logs / f"{name}.{kind}").read_text() for name in ("web", "worker") for kind in ("log", "out"))
    assert f"call_id={busy['id']}" in written  # “a dial was not answered”
    assert not [part for part in (phone[1:], "Anastasia", "lumbago") if part in written]
