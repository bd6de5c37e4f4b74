"""Is a caller answered, by the right persona, whatever happens? Our web and worker, a real LiveKit, played phones."""

import asyncio

import pytest
from livekit import api

from calls.models import Call, CallEvent
from personas.answering.routing import Source
from personas.models import Customer, RoutingRule
from tests.conftest import ANA, CLINIC, make_number, make_persona
from tests.fakes.gemini import pitch_of
from tests.fakes.gemini_script import Answer, Script
from tests.telephony.calls_seen import (
    agents_in,
    call_of,
    events_of,
    said_in,
    until,
    until_agents_in,
    until_ended,
    until_said,
)
from tests.telephony.crm_server import CrmReply, crm_persona
from tests.telephony.processes import Process
from tests.telephony.sound import speech, tone, unbroken_speech
from transcripts.models import Turn

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.usefixtures("web", "worker", "crm", "calls_end"),
]

BEN, BAKERY = "+15550100002", "+15551230200"
LEDA, PUCK, KORE = pitch_of("Leda"), pitch_of("Puck"), pitch_of("Kore")
AGENT_NAME = "voiceplatform"
A_SPOKEN_SENTENCE_SECONDS = 1.0
A_SENTENCE = tone(0.6, 250)


@pytest.fixture
def nora(db):
    return make_persona("Nora", voice="Leda")


@pytest.fixture
def clinic(nora):
    return make_number(CLINIC, persona=nora)


@pytest.fixture
def max_(db):
    return make_persona("Max", voice="Puck")


@pytest.fixture
def bakery(max_):
    return make_number(BAKERY, persona=max_)


@pytest.fixture
def default_persona(db):
    """The default persona of calls to numbers that belong to no customer."""
    persona = make_persona("Reception", voice="Kore", customer=Customer.objects.default())
    Customer.objects.filter(pk=persona.customer_id).update(default_persona=persona)
    return persona


# -- who answers ------------------------------------------------------------------------------------------------------


async def test_the_persona_of_the_dialed_number_answers(network, gemini, clinic):
    phone = await network.ring(ANA, CLINIC.removeprefix("+"))  # as many carriers write it

    await phone.until_it_hears(LEDA)
    await until_said(phone, "Hello, this is Nora.")

    call = await call_of(phone)
    assert (str(call.persona), call.persona_source, call.phone, call.dialed) == ("Nora", Source.NUMBER, ANA, CLINIC)
    assert call.status == Call.Status.ACTIVE
    assert call.answered_at
    assert {"persona_loaded", "agent_dispatched", "call_answered", "persona_applied", "first_word"} <= set(
        await events_of(call)
    )


async def test_the_welcome_is_the_first_thing_in_the_transcript(network, clinic):
    phone = await network.ring(ANA, CLINIC)

    await until_said(phone, "Hello, this is Nora.")

    first = await (await call_of(phone)).turns.aget()
    assert (first.speaker, first.text) == (Turn.Speaker.AGENT, "Hello, this is Nora.")


async def test_the_model_gets_what_the_persona_says(network, gemini, clinic, nora):
    phone = await network.ring(ANA, CLINIC)
    await phone.until_it_hears(LEDA)

    (connection,) = gemini.connections
    assert "Your name is Nora." in connection.instructions
    assert (await nora.agents.aget()).instructions in connection.instructions
    assert (connection.voice, connection.temperature) == ("Leda", pytest.approx(0.2))
    assert "end_call" in connection.tools


async def test_a_rule_for_the_caller_goes_before_the_number(network, clinic, max_):
    await RoutingRule.objects.acreate(customer=clinic.customer, caller=ANA, persona=max_)

    phone = await network.ring(ANA, CLINIC)
    await phone.until_it_hears(PUCK)

    assert (await call_of(phone)).persona_source == Source.RULE_FOR_CALLER
    assert phone.seconds_of(LEDA) == 0


async def test_an_unknown_number_is_answered_by_the_default_persona(network, default_persona):
    phone = await network.ring(ANA, BAKERY)

    await phone.until_it_hears(KORE)

    call = await call_of(phone)
    assert call.persona_source == Source.CUSTOMER_DEFAULT
    assert "persona_not_found" in await events_of(call)


async def test_two_calls_at_once_never_mix(network, gemini, clinic, bakery):
    gemini.scripts["Your name is Nora."] = Script(answers=[Answer(hears="The clinic?", says="Yes, the clinic.")])
    gemini.scripts["Your name is Max."] = Script(answers=[Answer(hears="The bakery?", says="Yes, the bakery.")])

    ana, ben = await asyncio.gather(network.ring(ANA, CLINIC), network.ring(BEN, BAKERY))
    await asyncio.gather(ana.until_it_hears(LEDA), ben.until_it_hears(PUCK))
    await asyncio.gather(ana.until_it_is_quiet(), ben.until_it_is_quiet())
    await asyncio.gather(ana.say(A_SENTENCE), ben.say(A_SENTENCE))
    await asyncio.gather(until_said(ana, "Yes, the clinic."), until_said(ben, "Yes, the bakery."))

    assert ana.seconds_of(PUCK) == ben.seconds_of(LEDA) == 0
    assert await said_in(await call_of(ana)) == ["Hello, this is Nora.", "The clinic?", "Yes, the clinic."]
    assert await said_in(await call_of(ben)) == ["Hello, this is Max.", "The bakery?", "Yes, the bakery."]


# -- the CRM ----------------------------------------------------------------------------------------------------------


async def test_the_crm_knows_who_answers_a_number_that_we_do_not(network, crm, gemini):
    crm.replies[BAKERY.removeprefix("+")] = CrmReply(persona=crm_persona("Zoe"))

    phone = await network.ring(ANA, BAKERY)
    await until_said(phone, "Hello, this is Zoe from the CRM.")

    assert (await call_of(phone)).persona_source == Source.CRM
    assert len(gemini.connections_of("You are Zoe")) == 1


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(CrmReply(persona=crm_persona("Zoe"), seconds=8), id="slow"),
        pytest.param(CrmReply(hangs_up=True), id="down"),
        pytest.param(CrmReply(raw="<html>Bad gateway</html>"), id="garbage"),
    ],
)
async def test_a_crm_that_fails_leaves_the_call_to_the_default_persona(network, crm, default_persona, reply):
    crm.replies[BAKERY.removeprefix("+")] = reply

    phone = await network.ring(ANA, BAKERY)
    heard_at = await phone.until_it_hears(KORE, within=8)

    assert heard_at < 6  # the CRM's budget is 1 s in these tests
    event = await (await call_of(phone)).events.aget(name=CallEvent.Name.PERSONA_NOT_FOUND)
    assert event.data["reason"]


# -- one call, one agent ----------------------------------------------------------------------------------------------


async def test_webhooks_that_come_thrice_and_shuffled_make_one_call_with_one_agent(network, webhooks, gemini, clinic):
    webhooks.deliver_thrice_and_shuffled()

    phone = await network.ring(ANA, CLINIC)
    await until_said(phone, "Hello, this is Nora.")
    await webhooks.settle()
    await phone.hang_up()
    call = await until_ended(phone)

    assert await Call.objects.acount() == 1
    assert len(phone.speakers()) == len(gemini.connections) == 1
    events = await events_of(call)
    assert events.count("agent_dispatched") == events.count("call_ended") == 1
    assert len(webhooks.named("participant_joined", phone.room_name)[0].statuses) == 3


@pytest.mark.parametrize("says_which_call", [True, False], ids=["same metadata", "empty metadata"])
async def test_a_second_agent_for_the_same_call_leaves(network, livekit_api, worker, gemini, clinic, says_which_call):
    phone = await network.ring(ANA, CLINIC)
    await phone.until_it_hears(LEDA)
    call = await call_of(phone)
    metadata = f'{{"call_id": "{call.pk}"}}' if says_which_call else ""

    wanted = api.CreateAgentDispatchRequest(agent_name=AGENT_NAME, room=phone.room_name, metadata=metadata)
    await livekit_api.agent_dispatch.create_dispatch(wanted)
    await until_a_job_left(worker, phone.room_name)
    await until_agents_in(livekit_api, phone.room_name, 1)

    assert len(phone.speakers()) == len(gemini.connections) == 1
    assert (await call_of(phone)).status == Call.Status.ACTIVE


async def until_a_job_left(worker: Process, room_name: str) -> None:
    """LiveKit shows a job as running for as long as the room lives, so the worker's own log has to say it."""
    end_of_name = room_name.rpartition("_")[2]  # the log leaves out the caller's number

    async def has_left() -> bool:
        return any("this job leaves" in line and end_of_name in line for line in worker.log.read_text().splitlines())

    await until(has_left)


async def test_an_agent_that_no_webhook_announced_answers_as_well(network, webhooks, clinic):
    webhooks.drop("participant_joined")
    by_dispatch_rule = api.RoomConfiguration(agents=[api.RoomAgentDispatch(agent_name=AGENT_NAME)])

    phone = await network.ring(ANA, CLINIC, room_config=by_dispatch_rule)
    await phone.until_it_hears(LEDA)

    assert str((await call_of(phone)).persona) == "Nora"


async def test_a_caller_who_found_no_worker_is_answered_once_one_is_back(network, worker, clinic):
    await worker.stop()
    phone = await network.ring(ANA, CLINIC)
    await asyncio.sleep(5)
    assert not phone.is_answered

    await worker.start()
    await phone.until_it_hears(LEDA, within=20)

    assert len(phone.speakers()) == 1


# -- how it ends ------------------------------------------------------------------------------------------------------


async def test_a_caller_who_hangs_up_while_it_rings_leaves_no_one_behind(network, livekit_api, clinic):
    phone = await network.ring(ANA, CLINIC)
    await phone.hang_up()

    call = await until_ended(phone)

    assert (call.result, call.ended_by) == (Call.Result.CANCELLED, Call.EndedBy.CALLER)
    for _ in range(100):
        if not (await livekit_api.room.list_rooms(api.ListRoomsRequest(names=[phone.room_name]))).rooms:
            break
        await asyncio.sleep(0.1)
    else:
        pytest.fail(f"{await agents_in(livekit_api, phone.room_name)} agents still wait in the room after 10 s")


async def test_a_caller_who_hangs_up_ends_the_call(network, clinic):
    phone = await network.ring(ANA, CLINIC)
    await until_said(phone, "Hello, this is Nora.")

    await phone.hang_up()
    call = await until_ended(phone)

    assert (call.result, call.ended_by) == (Call.Result.COMPLETED, Call.EndedBy.CALLER)
    assert call.duration


async def test_a_phone_whose_connection_is_replaced_goes_on_talking(network, gemini, clinic, livekit_api):
    gemini.scripts["Your name is Nora."] = Script(answers=[Answer(hears="Still me.", says="Good to hear you.")])
    phone = await network.ring(ANA, CLINIC)
    await until_said(phone, "Hello, this is Nora.")

    again = await network.rejoin(phone)
    await phone.until_the_line_is_dead()  # the old stay
    await asyncio.sleep(2)
    await again.say(unbroken_speech(1.5))
    await again.until_it_hears(LEDA, after=again.seconds_since_joining)
    await until_said(phone, "Good to hear you.")

    assert (await call_of(phone)).status == Call.Status.ACTIVE
    await again.hang_up()
    call = await until_ended(phone)
    assert (call.result, call.ended_by) == (Call.Result.COMPLETED, Call.EndedBy.CALLER)


async def test_end_call_says_the_closing_message_and_hangs_up(network, gemini, clinic):
    gemini.scripts["Your name is Nora."] = Script(answers=[Answer(hears="That is all, thank you.", calls="end_call")])
    phone = await network.ring(ANA, CLINIC)
    await phone.until_it_hears(LEDA)
    await phone.until_it_is_quiet()

    await phone.say(A_SENTENCE)
    await phone.until_it_hears(LEDA, after=phone.seconds_since_joining)
    await phone.until_the_line_is_dead()

    call = await until_ended(phone)
    assert (call.result, call.ended_by) == (Call.Result.COMPLETED, Call.EndedBy.AGENT)
    assert await said_in(call) == ["Hello, this is Nora.", "That is all, thank you.", "Goodbye from Nora."]
    assert "tool_called" in await events_of(call)


async def test_how_quickly_the_agent_answered_is_in_the_transcript(network, gemini, clinic):
    gemini.scripts["Your name is Nora."] = Script(answers=[Answer(hears="It is broken.", says="I am sorry.")])
    phone = await network.ring(ANA, CLINIC)
    await phone.until_it_hears(LEDA)
    await phone.until_it_is_quiet()

    await phone.say(speech())
    await until_said(phone, "I am sorry.")

    turn = await Turn.objects.aget(text="I am sorry.")
    assert turn.latency_ms
    assert turn.latency_ms < 5000
    assert (await CallEvent.objects.aget(name="first_word")).data["after_ring_ms"] > 0


async def test_a_worker_that_is_told_to_stop_lets_its_call_finish(network, worker, clinic):
    phone = await network.ring(ANA, CLINIC)
    await phone.until_it_hears(LEDA)
    await phone.until_it_is_quiet()

    stopping = asyncio.create_task(worker.stop())
    await phone.say(A_SENTENCE)
    await phone.until_it_hears(LEDA, after=phone.seconds_since_joining)
    assert not stopping.done()
    await phone.hang_up()
    await stopping

    call = await until_ended(phone)
    assert (call.result, call.ended_by) == (Call.Result.COMPLETED, Call.EndedBy.CALLER)
    assert "stopping: no new calls, 1 running may finish" in worker.said()


async def test_a_model_that_dies_for_good_is_followed_by_an_apology_and_the_end(network, gemini, clinic):
    gemini.scripts["Your name is Nora."] = Script(dies_after_turns=1, stays_dead=True)
    phone = await network.ring(ANA, CLINIC)
    await phone.until_it_hears(LEDA)

    await phone.until_the_line_is_dead(within=30)

    call = await until_ended(phone)
    assert phone.seconds_of_anything_but(LEDA) > A_SPOKEN_SENTENCE_SECONDS
    assert call.result == Call.Result.FAILED
    assert call.end_reason in (Call.EndReason.MODEL_FAILED, Call.EndReason.MODEL_SILENT)
    assert {"model_failed", "apology_played"} <= set(await events_of(call))


async def test_a_model_that_dies_once_is_not_noticed(network, gemini, clinic):
    gemini.scripts["Your name is Nora."] = Script(
        dies_after_turns=1, answers=[Answer(hears="Hello?", says="I am still here.")]
    )
    phone = await network.ring(ANA, CLINIC)
    await phone.until_it_hears(LEDA)
    await gemini.until_connected(times=2)

    await phone.say(A_SENTENCE)
    await until_said(phone, "I am still here.")

    assert (await call_of(phone)).status == Call.Status.ACTIVE


@pytest.mark.parametrize("script", [Script(is_mute=True), Script(refuses_with=1008)], ids=["never answers", "refuses"])
async def test_a_model_that_never_speaks_is_replaced_by_an_apology(network, gemini, clinic, script):
    gemini.scripts["Your name is Nora."] = script
    phone = await network.ring(ANA, CLINIC)

    await phone.until_the_line_is_dead(within=30)

    call = await until_ended(phone)
    assert phone.seconds_of_anything_but(LEDA) > A_SPOKEN_SENTENCE_SECONDS
    assert call.result == Call.Result.FAILED
    assert "model_failed" in await events_of(call)
