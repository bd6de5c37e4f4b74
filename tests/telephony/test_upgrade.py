"""Does a caller notice when a new version takes over?

The new worker starts beside the old one, which finishes its calls and goes.
"""

import pytest

from calls.models import Call
from tests.conftest import ANA, CLINIC, make_number, make_persona
from tests.fakes.gemini import pitch_of
from tests.fakes.gemini_script import Answer, Script
from tests.telephony.calls_seen import call_of, until_ended, until_said
from tests.telephony.processes import Process, manage
from tests.telephony.sound import tone

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.usefixtures("web", "worker", "crm", "calls_end"),
]
BEN, LEDA = "+15550100002", pitch_of("Leda")


@pytest.fixture
def clinic(db):
    return make_number(CLINIC, persona=make_persona("Nora", voice="Leda"))


async def test_calls_go_on_while_a_new_worker_takes_over(network, gemini, worker, product_environment, logs, clinic):
    gemini.scripts["Your name is Nora."] = Script(answers=[Answer(hears="Still there?", says="Yes, I am.")])
    ana = await network.ring(ANA, CLINIC)
    await ana.until_it_hears(LEDA)
    await ana.until_it_is_quiet()
    new = Process("new-worker", manage("run_agent"), product_environment, logs)
    await new.start()
    try:
        worker._process.terminate()  # and not stop(): that one waits for the end, and the call goes on meanwhile

        ben = await network.ring(BEN, CLINIC)
        await ben.until_it_hears(LEDA)
        await ana.say(tone(0.6, 250))
        await until_said(ana, "Yes, I am.")
        assert worker.is_running
        assert (await call_of(ana)).status == Call.Status.ACTIVE
        for phone in (ana, ben):
            await phone.hang_up()
            assert (await until_ended(phone)).result == Call.Result.COMPLETED
        await worker.stop()
    finally:
        await new.stop()
