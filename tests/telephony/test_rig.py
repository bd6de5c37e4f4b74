"""Does the telephone rig itself work?

A bare agent of LiveKit's own answers a played phone; nothing of the product is in it.
"""

import sys

import pytest
import pytest_asyncio
from livekit import api

from benchmarks import peers
from tests.fakes.gemini import pitch_of
from tests.fakes.gemini_script import Answer, Script
from tests.telephony.bare_webhook import BareWebhook
from tests.telephony.ports import free_port
from tests.telephony.processes import Process
from tests.telephony.sound import tone

pytestmark = [pytest.mark.livekit, pytest.mark.asyncio(loop_scope="session")]
VOICE = pitch_of(peers.VOICE)
CALLER, OURS = "+15550100001", "+15551230100"
BY_TOKEN = api.RoomConfiguration(agents=[api.RoomAgentDispatch(agent_name=peers.AGENT_NAME)])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def bare(livekit, gemini_server, logs):
    process = Process(
        "bare_agent",
        [sys.executable, "-m", "benchmarks.peers.bare_agent"],
        livekit.environment() | gemini_server.environment(),
        logs,
    )
    await process.start()
    yield process
    await process.stop()


@pytest.fixture(autouse=True)
def no_product(webhooks, monkeypatch):
    """Other tests leave our web and worker running: were they told of these calls, their agent would answer too."""
    monkeypatch.setattr(webhooks, "target", "")


async def test_a_phone_hears_the_agent_that_its_room_asked_for(bare, network, gemini):
    phone = await network.ring(CALLER, OURS, room_config=BY_TOKEN)

    await phone.until_it_hears(VOICE)

    assert phone.is_answered
    assert gemini.connections[0].instructions == peers.INSTRUCTIONS
    assert gemini.connections[0].voice == peers.VOICE


async def test_a_webhook_brings_the_agent(bare, network, webhooks, livekit_api, monkeypatch):
    async with BareWebhook(livekit_api, agent_name=peers.AGENT_NAME, rule_id="SDR_test", port=free_port()) as webhook:
        monkeypatch.setattr(webhooks, "target", webhook.url)
        phone = await network.ring(CALLER, OURS)

        await phone.until_it_hears(VOICE)

    assert webhooks.named("participant_joined", phone.room_name)[0].statuses == [200]


async def test_the_model_hears_the_caller_and_answers(bare, network, gemini):
    gemini.scripts[peers.INSTRUCTIONS] = Script(
        answers=[Answer(hears="Are you open?", says="We are open until eight.")]
    )
    phone = await network.ring(CALLER, OURS, room_config=BY_TOKEN)
    await phone.until_it_hears(VOICE)
    await phone.until_it_is_quiet()

    await phone.say(tone(0.6, 250))
    await phone.until_it_hears(VOICE, after=phone.seconds_since_joining)

    assert gemini.connections[0].said == [peers.WORDS, "We are open until eight."]
