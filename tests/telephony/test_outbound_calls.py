"""Is the person called, once, by an agent that speaks at once? Our web and worker, a real LiveKit, played phones."""

import asyncio
import json
import os
from datetime import UTC, datetime, timedelta, timezone

import aiohttp
import pytest
from livekit import api

from calls.models import Call, Trunk
from calls.outbound.opt_out.confirmation import confirmation_in
from campaigns.models import Campaign, DoNotCall
from personas.models import Persona, PhoneNumber
from tests.conftest import ANA, CLINIC
from tests.fakes.gemini import FakeGemini, pitch_of
from tests.fakes.gemini_script import Answer, Script
from tests.telephony.calls_seen import call_of, events_of, said_in, until, until_ended, until_said
from tests.telephony.carrier import JOIN_SECONDS, Behaviour, Carrier, Then
from tests.telephony.crm_server import crm_persona
from tests.telephony.leads import make_leads
from tests.telephony.phones import PhoneNetwork
from tests.telephony.rig_outbound import CALLER_ID, Place
from tests.telephony.sound import speech

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.usefixtures("web", "worker", "crm", "gemini", "calls_end"),
]

ANSWERS, OTHER = "+13125501200", "+13125502200"
LONG = " ".join(f"Item {place} costs {place} dollars." for place in range(1, 20))
A_FEW_WORDS_SECONDS = 2.0
MOST_AT_ONCE = min(20, 6 * (os.cpu_count() or 2))  # a worker takes six a core, and lets further calls wait
LEDA = pitch_of("Leda")


async def test_the_person_hears_the_first_word_as_soon_as_they_answer(place: Place, carrier: Carrier):
    placed = await place(ANSWERS, name="Ana")

    dial = await carrier.until_answered(ANSWERS)
    await dial.phone.until_it_hears(LEDA)
    await until_said(dial.phone, "Hello, this is Nora.")

    call = await Call.objects.aget(pk=placed["id"])
    assert (call.status, call.phone, call.caller_id) == (Call.Status.ACTIVE, ANSWERS, CALLER_ID)
    assert (dial.caller_id, dial.trunk_host, dial.ringing_timeout) == (CALLER_ID, "sip.example.com", 30.0)
    names = await events_of(call)
    assert names[:6] == [
        "call_requested",
        "persona_loaded",
        "agent_dispatched",
        "dialing",
        "call_ringing",
        "call_answered",
    ]
    await dial.phone.hang_up()
    ended = await until_ended(dial.phone)
    assert (ended.result, ended.ended_by, ended.end_reason) == ("completed", "callee", "callee_hung_up")


@pytest.mark.parametrize(
    ("behaviour", "result", "reason", "sip_status"),
    [
        (Behaviour(ring_seconds=0.5, then=486), "busy", "callee_busy", 486),
        (Behaviour(ring_seconds=0.5, then=603), "declined", "callee_declined", 603),
        (Behaviour(then=608), "blocked", "caller_id_blocked", 608),
        (Behaviour(then=404), "invalid_number", "no_such_number", 404),
        (Behaviour(then=484), "invalid_number", "no_such_number", 484),
        (Behaviour(ring_seconds=0.5, then=480), "no_answer", "not_answered", 480),
    ],
)
async def test_a_call_that_is_not_answered_ends_with_a_result_and_rings_once(
    place: Place, carrier: Carrier, behaviour, result, reason, sip_status
):
    carrier.phones[ANSWERS] = behaviour
    await place(ANSWERS)

    dial = await carrier.until_dialed(ANSWERS)
    call = await until_ended(dial.phone)

    assert (call.result, call.end_reason, call.sip_status) == (result, reason, sip_status)
    assert len(carrier.dials_of(ANSWERS)) == 1
    assert call.answered_at is None
    assert await said_in(call) == []


async def test_a_phone_that_is_not_picked_up_and_a_trunk_that_is_silent_are_told_apart(
    place: Place, carrier: Carrier, trunk: Trunk
):
    await Trunk.objects.filter(pk=trunk.pk).aupdate(ringing_seconds=15)
    carrier.phones[ANSWERS] = Behaviour(then=Then.KEEP_RINGING)
    carrier.phones[OTHER] = Behaviour(then=Then.STAY_SILENT)
    await asyncio.gather(place(ANSWERS), place(OTHER))

    rang, silent = await carrier.until_dialed(ANSWERS), await carrier.until_dialed(OTHER)
    unanswered, failed = await until_ended(rang.phone, within=25), await until_ended(silent.phone, within=25)

    assert (unanswered.result, unanswered.end_reason, unanswered.sip_status) == ("no_answer", "not_answered", None)
    assert (failed.result, failed.end_reason, failed.sip_status) == ("failed", "trunk_failed", None)
    assert len(carrier.dialed) == 2


async def test_a_phone_that_answers_and_hangs_up_at_once_was_reached(place: Place, carrier: Carrier):
    carrier.phones[ANSWERS] = Behaviour(hang_up_after=0.0)
    await place(ANSWERS)

    dial = await carrier.until_dialed(ANSWERS)
    call = await until_ended(dial.phone)

    assert (call.result, call.end_reason, call.ended_by) == ("completed", "callee_hung_up", "callee")
    assert len(carrier.dials_of(ANSWERS)) == 1


async def test_a_person_who_hangs_up_in_mid_sentence_leaves_what_they_heard(
    place: Place, carrier: Carrier, gemini: FakeGemini
):
    gemini.scripts["Nora"] = Script(greeting=LONG)
    await place(ANSWERS, dynamic_instruction="Read the whole price list.")
    dial = await carrier.until_answered(ANSWERS)
    await dial.phone.until_it_hears(LEDA)
    await asyncio.sleep(A_FEW_WORDS_SECONDS)
    await dial.phone.hang_up()

    call = await until_ended(dial.phone)

    assert (call.result, call.end_reason) == ("completed", "callee_hung_up")
    (turn,) = [turn async for turn in call.turns.all()]
    assert turn.text
    assert LONG.startswith(turn.text)


async def test_a_busy_carrier_is_asked_again_and_the_person_is_rung_once(place: Place, carrier: Carrier):
    carrier.refuse_next(503)
    await place(ANSWERS)

    dial = await carrier.until_answered(ANSWERS, within=25)
    await dial.phone.until_it_hears(LEDA)

    call = await Call.objects.aget(room_name=dial.room_name)
    assert (call.dials, call.sip_status, call.status) == (2, 503, Call.Status.ACTIVE)
    assert "dial_failed" in await events_of(call)
    assert [dial.phone.statuses.count("ringing") for dial in carrier.dials_of(ANSWERS)] == [0, 1]


@pytest.mark.timeout(400)
@pytest.mark.parametrize("number", [2, MOST_AT_ONCE])
async def test_calls_at_once_hear_their_own_instruction_and_no_other(
    place: Place, carrier: Carrier, gemini: FakeGemini, trunk: Trunk, number: int
):
    # All join at once, while a process starts for each of their agents.
    carrier.joins_within = 60.0
    await Trunk.objects.filter(pk=trunk.pk).aupdate(ringing_seconds=60)
    phones = [f"+131255{place:02}200" for place in range(number)]
    for phone in phones:
        carrier.phones[phone] = Behaviour(ring_seconds=0.5)
    answers = await asyncio.gather(
        *(
            place(phone, persona="", dynamic_instruction=f"You sell item {phone[-5:]}.", language="de", emotion="Calm")
            for phone in phones
        )
    )

    await asyncio.gather(*(_hear(carrier, phone) for phone in phones))

    assert len({answer["id"] for answer in answers}) == number
    told = sorted(connection.instructions for connection in gemini.connections)
    assert len(told) == number
    for phone in phones:
        (own,) = [text for text in told if f"item {phone[-5:]}." in text]
        assert phone in own
        assert not any(other in own for other in phones if other != phone)


async def _hear(carrier: Carrier, phone: str) -> None:
    """Wait until the phone is answered and hears its agent."""
    dial = await carrier.until_answered(phone, within=120)
    await dial.phone.until_it_hears_anything(within=60)


async def test_a_trunk_starts_no_more_calls_a_second_than_it_allows(place: Place, carrier: Carrier, trunk: Trunk):
    await Trunk.objects.filter(pk=trunk.pk).aupdate(calls_per_second=2)
    phones = [f"+131255{place:02}486" for place in range(5)]

    await asyncio.gather(*(place(phone) for phone in phones))
    for phone in phones:
        await until_ended((await carrier.until_dialed(phone, within=20)).phone, within=20)

    starts = sorted([call.dialing_at.timestamp() async for call in Call.objects.all() if call.dialing_at])
    assert min(starts[i + 2] - starts[i] for i in range(3)) >= 1.0


async def test_a_full_trunk_lets_a_call_wait_for_a_free_line(place: Place, carrier: Carrier, trunk: Trunk):
    await Trunk.objects.filter(pk=trunk.pk).aupdate(concurrency=1)
    carrier.phones[OTHER] = Behaviour(then=486)
    await place(ANSWERS)
    first = await carrier.until_answered(ANSWERS)

    await place(OTHER)
    await asyncio.sleep(2)
    assert not carrier.dials_of(OTHER)
    await first.phone.hang_up()

    second = await carrier.until_dialed(OTHER)
    assert (await until_ended(second.phone)).result == "busy"


async def test_a_scheduled_call_is_placed_when_its_time_has_come(place: Place, carrier: Carrier):
    at = datetime.now(UTC).astimezone(timezone(timedelta(hours=-6))) + timedelta(seconds=3)
    placed = await place(ANSWERS, schedule_at=at.isoformat())
    assert placed["status"] == "queued"
    assert not carrier.dialed

    dial = await carrier.until_dialed(ANSWERS, within=15)

    assert dial.at >= at.timestamp()
    assert len(carrier.dials_of(ANSWERS)) == 1


async def test_a_call_that_is_ended_while_it_rings_stops_ringing(
    place: Place, carrier: Carrier, web: str, api_key: str
):
    carrier.phones[ANSWERS] = Behaviour(then=Then.KEEP_RINGING)
    placed = await place(ANSWERS)
    dial = await carrier.until_ringing(ANSWERS)

    url, reason = f"{web}/calls/{placed['id']}/end", {"reason": "Not needed"}
    async with aiohttp.ClientSession(headers={"X-Api-Key": api_key}) as client, client.post(url, json=reason) as answer:
        assert answer.status == 200

    await dial.phone.until_the_line_is_dead()
    call = await until_ended(dial.phone)
    assert (call.result, call.ended_by, call.end_detail) == ("cancelled", "staff", "Not needed")
    await asyncio.sleep(1)
    assert len(carrier.dials_of(ANSWERS)) == 1


async def test_a_voice_that_fails_while_the_phone_rings_stops_the_ringing(
    place: Place, carrier: Carrier, gemini: FakeGemini
):
    carrier.phones[ANSWERS] = Behaviour(then=Then.KEEP_RINGING)
    gemini.scripts["Nora"] = Script(refuses_with=1008)
    placed = await place(ANSWERS)

    ended = Call.objects.filter(pk=placed["id"], status=Call.Status.ENDED)
    await until(ended.aexists, within=30)

    call = await ended.aget()
    assert (call.result, call.end_reason, call.answered_at) == ("failed", "model_failed", None)
    for dial in carrier.dialed:  # none, when the voice failed before
        await dial.phone.until_the_line_is_dead(within=3)


async def test_a_trunk_that_is_switched_off_before_dialing_fails_the_call(place: Place, carrier: Carrier, trunk: Trunk):
    soon = datetime.now(UTC) + timedelta(seconds=2)
    placed = await place(ANSWERS, schedule_at=soon.isoformat())
    await Trunk.objects.filter(pk=trunk.pk).aupdate(enabled=False)

    ended = Call.objects.filter(pk=placed["id"], status=Call.Status.ENDED)
    await until(ended.aexists, within=15)

    assert (await ended.aget()).end_reason == "no_trunk"
    assert not carrier.dialed


async def test_a_person_who_is_listed_between_request_and_dialing_is_not_rung(
    place: Place, carrier: Carrier, trunk: Trunk
):
    soon = datetime.now(UTC) + timedelta(seconds=2)
    placed = await place(ANSWERS, schedule_at=soon.isoformat())
    entry = DoNotCall(phone=ANSWERS, customer_id=trunk.customer_id, reason="Asked us to stop", added_by="Eva")
    await entry.asave()

    ended = Call.objects.filter(pk=placed["id"], status=Call.Status.ENDED)
    await until(ended.aexists, within=15)

    call = await ended.aget()
    assert (call.result, call.end_reason, call.end_detail) == ("blocked", "may_not_call", "do_not_call")
    assert not carrier.dialed


async def test_calls_in_and_out_at_once_do_not_mind_each_other(
    place: Place, carrier: Carrier, network: PhoneNetwork, trunk: Trunk
):
    nora = await Persona.objects.aget(slug="nora")
    await PhoneNumber.objects.acreate(phone=CLINIC, customer_id=nora.customer_id, persona=nora)

    caller, _ = await asyncio.gather(network.ring(ANA, CLINIC), place(ANSWERS, persona="", dynamic_instruction="Hi."))
    dial = await carrier.until_answered(ANSWERS)
    await asyncio.gather(caller.until_it_hears(LEDA), dial.phone.until_it_hears_anything())

    directions = {call.phone: call.direction async for call in Call.objects.all()}
    assert directions == {ANA: "inbound", ANSWERS: "outbound"}
    await caller.hang_up()
    await until_ended(caller)
    assert (await call_of(dial.phone)).status == Call.Status.ACTIVE


async def test_a_call_that_an_older_dispatcher_placed_has_the_persona_it_brought_along(
    carrier: Carrier, livekit_api: api.LiveKitAPI, trunk: Trunk
):
    room, agents = "older-dispatcher-1", [{"persona": crm_persona("Max")}]
    brought = json.dumps({"mobileNo": CALLER_ID, "campaigns": [{"voiceAgents": agents}]})
    dialed = api.CreateSIPParticipantRequest(
        sip_call_to=ANSWERS,
        sip_number=CALLER_ID,
        trunk=api.SIPOutboundConfig(hostname="sip.example.com"),
        room_name=room,
        participant_identity=f"sip_{ANSWERS}",
        wait_until_answered=True,
    )
    wanted = api.CreateAgentDispatchRequest(agent_name="voiceplatform", room=room, metadata=brought)

    await livekit_api.agent_dispatch.create_dispatch(wanted)
    await livekit_api.sip.create_sip_participant(dialed)
    dial = await carrier.until_answered(ANSWERS)
    await dial.phone.until_it_hears_anything()
    await until_said(dial.phone, "Hello, this is Max from the CRM.")

    assert len(carrier.dialed) == 1
    assert (await call_of(dial.phone)).persona_source == "job_metadata"


@pytest.mark.parametrize("after_seconds", [0.0, 0.05, 0.2, 0.6])
async def test_a_call_that_is_ended_while_it_is_being_dialed_never_rings_on(
    place: Place, carrier: Carrier, web: str, api_key: str, after_seconds: float
):
    carrier.phones[ANSWERS] = Behaviour(then=Then.KEEP_RINGING)
    placed = await place(ANSWERS)
    await until(Call.objects.filter(pk=placed["id"], status=Call.Status.DIALING).aexists)
    await asyncio.sleep(after_seconds)

    url = f"{web}/calls/{placed['id']}/end"
    async with aiohttp.ClientSession(headers={"X-Api-Key": api_key}) as client, client.post(url, json={}) as answer:
        assert answer.status == 200

    await asyncio.sleep(1.0)  # the phone may be about to join
    for dial in carrier.dialed:
        await dial.phone.until_the_line_is_dead(within=JOIN_SECONDS + 3)  # it may still be joining a deleted room
    assert len(carrier.dialed) <= 1
    assert (await Call.objects.aget(pk=placed["id"])).result == "cancelled"


# -- a person who asks not to be called again -------------------------------------------------------------------------------

OPT_OUTS = {
    "en": "Please take me off your list.",
    "de": "Rufen Sie mich bitte nicht mehr an.",
    "es": "No me vuelvan a llamar nunca más.",
    "fr": "Ne m'appelez plus jamais.",
    "it": "Non chiamatemi più.",
}


async def test_people_who_ask_not_to_be_called_again_are_listed_though_the_model_ignores_it(
    place: Place, carrier: Carrier, gemini: FakeGemini
):
    phones = {language: f"+1312550{number}200" for number, language in enumerate(OPT_OUTS, start=3)}
    for language, words in OPT_OUTS.items():
        # In half of the calls the words are transcribed only after the model's answer, as a realtime model may do.
        ignores = Answer(hears=words, says="But our offer ends today.", hears_late=language in ("de", "fr"))
        gemini.scripts[f"Sell in {language}."] = Script(answers=[ignores])
        await place(phones[language], persona="", dynamic_instruction=f"Sell in {language}.", language=language)

    async def ask(language: str) -> Call:
        dial = await carrier.until_answered(phones[language], within=30)
        await dial.phone.until_it_hears_anything()
        await dial.phone.until_it_is_quiet()
        await dial.phone.say(speech())
        return await until_ended(dial.phone, within=40)

    for call in await asyncio.gather(*(ask(language) for language in OPT_OUTS)):
        language = next(each for each, phone in phones.items() if phone == call.phone)
        assert (await said_in(call))[-2] == confirmation_in(language)
        assert (call.end_reason, call.result) == ("agent_ended", "completed")
        assert (await call.events.aget(name="do_not_call")).data["said"] == OPT_OUTS[language]
    listed = {entry.phone async for entry in DoNotCall.objects.filter(source="caller_asked")}
    assert listed == set(phones.values())


# -- a machine that picks up --------------------------------------------------------------------------------------------------

GREETING = "Hi, you have reached Sam. Please leave a message after the tone."
MESSAGE = "Please call us back about your plan."


@pytest.mark.parametrize(
    ("on_machine", "reason", "said_last"),
    [("hang_up", "machine_answered", GREETING), ("leave_message", "message_left", MESSAGE)],
)
async def test_an_answering_machine_is_hung_up_on_or_left_the_message(
    place: Place, carrier: Carrier, gemini: FakeGemini, trunk: Trunk, on_machine: str, reason: str, said_last: str
):
    lead, _ = await make_leads(trunk, ANSWERS, OTHER)
    await Campaign.objects.filter(pk=lead.campaign_id).aupdate(on_machine=on_machine, voicemail_message=MESSAGE)
    gemini.scripts["Begin with"] = Script(answers=[Answer(hears=GREETING, says="Hello Sam, how are you?")])
    await place(ANSWERS, persona="", campaign="renewals")
    dial = await carrier.until_answered(ANSWERS)

    await dial.phone.say(speech())
    call = await until_ended(dial.phone, within=40)

    assert (call.machine, call.result, call.end_reason) == ("voicemail", "voicemail", reason)
    evidence = (await call.events.filter(name="machine_detected").alast()).data
    assert (evidence["machine"], evidence["rule"]) == ("voicemail", "record_after_tone")
    assert said_last in await said_in(call)
    await lead.arefresh_from_db()
    assert (lead.state, lead.attempts, lead.last_result) == ("waiting", 1, "voicemail")


# -- leads ------------------------------------------------------------------------------------------------------------


DISCLOSURE = "This is an automated voice of Riverside Clinic."


async def test_each_lead_hears_its_own_script_and_is_done(
    place: Place, carrier: Carrier, gemini: FakeGemini, trunk: Trunk
):
    ana, leo = await make_leads(trunk, ANSWERS, OTHER)
    await Campaign.objects.filter(pk=ana.campaign_id).aupdate(disclosure=DISCLOSURE)
    for words in ("Ana Ruiz, your Gold plan ends.", "Leo Vega, your Silver plan ends."):
        gemini.scripts[f"Begin with: {words}"] = Script(greeting=words)

    placed, _ = await asyncio.gather(*[place(phone, persona="", campaign="renewals") for phone in (ANSWERS, OTHER)])

    to_ana, to_leo = await carrier.until_answered(ANSWERS), await carrier.until_answered(OTHER)
    await until_said(to_ana.phone, "Ana Ruiz, your Gold plan ends.")
    await until_said(to_leo.phone, "Leo Vega, your Silver plan ends.")
    await to_ana.phone.until_it_hears(LEDA)
    assert (placed["lead"], placed["attempt"]) == (str(ana.pk), 1)
    for dial, lead in ((to_ana, ana), (to_leo, leo)):
        await dial.phone.hang_up()
        call = await until_ended(dial.phone)
        assert (await said_in(call))[0] == DISCLOSURE
        assert call.disclosed_at is not None
        await lead.arefresh_from_db()
        assert (lead.state, lead.attempts, lead.last_result) == ("done", 1, "completed")


async def test_a_busy_lead_waits_for_its_next_call(place: Place, carrier: Carrier, trunk: Trunk):
    lead, _ = await make_leads(trunk, ANSWERS, OTHER)
    carrier.phones[ANSWERS] = Behaviour(ring_seconds=0.5, then=486)

    await place(ANSWERS, persona="", campaign="renewals")

    dial = await carrier.until_dialed(ANSWERS)
    call = await until_ended(dial.phone)
    await lead.arefresh_from_db()
    assert (lead.state, lead.attempts, lead.last_result) == ("waiting", 1, "busy")
    assert call.ended_at
    assert lead.next_call_at == call.ended_at + timedelta(minutes=30)
