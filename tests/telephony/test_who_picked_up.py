"""Does the agent wait for a person, and is a machine told from one? Our web and worker, a real LiveKit, phones that speak."""

from pathlib import Path

import pytest

from calls.models import Call, Trunk
from campaigns.models import Campaign, Lead
from tests.fakes.gemini import FakeGemini, pitch_of, speaking_seconds
from tests.fakes.gemini_script import Answer, Script
from tests.telephony.calls_seen import said_in, until_ended, until_said
from tests.telephony.carrier import BEEP_HZ, Carrier, Dial
from tests.telephony.leads import make_leads
from tests.telephony.rig_outbound import Place
from tests.telephony.sound import read_clip, silence, tone

pytestmark = [
    pytest.mark.livekit,
    pytest.mark.asyncio(loop_scope="session"),
    pytest.mark.django_db(transaction=True, serialized_rollback=True),
    pytest.mark.usefixtures("web", "worker", "crm", "gemini", "calls_end"),
]

CLIPS = Path(__file__).parent / "clips"
PHONE = "+13125501200"
LEDA = pitch_of("Leda")
DISCLOSURE = "This is an automated voice of Riverside Clinic."
MESSAGE = "Please call us back about your plan."
SCREENING_ANSWER = "Nora of Riverside Clinic, about your plan."
OPENS = "Ana Ruiz, your Gold plan ends."
OF_ITS_OWN = "Hi there, nice weather today."


def clip(name: str) -> bytes:
    return read_clip(CLIPS / f"{name}.wav")


async def call_lead(
    place: Place, carrier: Carrier, gemini: FakeGemini, trunk: Trunk, *answers: Answer, **campaign: object
) -> tuple[Lead, Dial]:
    """Call a lead; the model hears these words, and answers them unasked unless it is kept from it."""
    (lead,) = await make_leads(trunk, PHONE)
    texts = {"on_machine": "leave_message", "voicemail_message": MESSAGE, "screening_answer": SCREENING_ANSWER}
    await Campaign.objects.filter(pk=lead.campaign_id).aupdate(**texts | campaign)
    gemini.scripts["Begin with"] = Script(greeting=OPENS, answers=answers)
    await place(PHONE, persona="", campaign="renewals")
    return lead, await carrier.until_answered(PHONE)


async def end(dial: Dial) -> Call:
    await dial.phone.hang_up()
    return await until_ended(dial.phone)


# -- people --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "words", "after"),
    [
        ("hello", "Hello?", 0.2),
        ("hello", "Hello?", 1.2),
        ("child", "Hello, who is this?", 0.5),
        ("front_desk", "Good morning, Riverside Dental, this is Kim speaking. How may I help you?", 0.3),
    ],
)
async def test_a_person_finishes_their_greeting_and_hears_the_disclosure_first(
    place: Place, carrier: Carrier, gemini: FakeGemini, trunk: Trunk, name: str, words: str, after: float
):
    answer = Answer(hears=words, says=OF_ITS_OWN)
    _, dial = await call_lead(place, carrier, gemini, trunk, answer, disclosure=DISCLOSURE)

    await dial.phone.say(silence(after) + clip(name))
    finished_at = dial.phone.seconds_since_joining
    heard_at = await dial.phone.until_it_hears(LEDA)
    await until_said(dial.phone, OPENS)
    call = await end(dial)

    assert heard_at > finished_at - 0.3
    assert (await said_in(call))[:3] == [words, DISCLOSURE, OPENS]
    assert call.machine in ("human", "unsure")


async def test_a_person_who_says_nothing_is_spoken_to(place: Place, carrier: Carrier, gemini: FakeGemini, trunk: Trunk):
    _, dial = await call_lead(place, carrier, gemini, trunk)

    await until_said(dial.phone, OPENS)

    assert (await said_in(await end(dial)))[0] == OPENS


async def test_an_agent_that_speaks_first_does_not_wait_for_a_word(
    place: Place, carrier: Carrier, gemini: FakeGemini, trunk: Trunk
):
    _, dial = await call_lead(place, carrier, gemini, trunk, speaks_first=True)

    heard_at = await dial.phone.until_it_hears(LEDA)

    assert dial.phone.picked_up_at is not None
    assert heard_at - dial.phone.picked_up_at < 2.5
    await end(dial)


# -- machines ------------------------------------------------------------------------------------------------------------------


async def test_a_mailbox_hears_the_message_whole_after_its_beep(
    place: Place, carrier: Carrier, gemini: FakeGemini, trunk: Trunk
):
    greeting = "Hi, you have reached Sam. Please leave a message after the tone."
    answers = [Answer(hears=greeting, says=OF_ITS_OWN), Answer(hears="", says="")]  # the beep is no turn
    lead, dial = await call_lead(place, carrier, gemini, trunk, *answers, disclosure=DISCLOSURE)

    await dial.phone.say(silence(0.5) + clip("greeting") + silence(1.2) + tone(0.5, BEEP_HZ))
    beeped_at = dial.phone.seconds_since_joining
    call = await until_ended(dial.phone, within=40)

    heard_at = dial.phone.audible()[0].at
    assert heard_at > beeped_at - 0.3
    assert await said_in(call) == [greeting, MESSAGE]
    assert (call.machine, call.result, call.end_reason) == ("voicemail", "voicemail", "message_left")
    await lead.arefresh_from_db()
    assert (lead.state, lead.last_result) == ("waiting", "voicemail")


async def test_a_message_begun_in_a_pause_of_the_greeting_is_said_again_whole(
    place: Place, carrier: Carrier, gemini: FakeGemini, trunk: Trunk
):
    mailbox = "You have reached the voicemail of Sam Stone."
    _, dial = await call_lead(place, carrier, gemini, trunk, Answer(hears=mailbox, says=OF_ITS_OWN))

    await dial.phone.say(silence(0.3) + clip("mailbox"))
    await dial.phone.until_it_hears(LEDA)
    await dial.phone.say(clip("goes_on"))
    said_at = dial.phone.seconds_since_joining
    call = await until_ended(dial.phone, within=40)

    assert (await said_in(call))[-1] == MESSAGE
    assert dial.phone.seconds_of(LEDA, after=said_at) > 0.8 * speaking_seconds(MESSAGE)
    assert call.end_reason == "message_left"


async def test_the_tones_of_a_network_are_enough_without_words(
    place: Place, carrier: Carrier, gemini: FakeGemini, trunk: Trunk
):
    _, dial = await call_lead(place, carrier, gemini, trunk, Answer(hears="", says=OF_ITS_OWN))

    tones = tone(0.33, 950) + tone(0.33, 1400) + tone(0.33, 1800)
    await dial.phone.say(silence(0.3) + tones + silence(0.2) + clip("announcement"))
    call = await until_ended(dial.phone)

    assert (call.machine, call.result, call.end_reason) == ("intercept", "no_answer", "machine_answered")
    assert dial.phone.audible() == []


async def test_call_screening_is_told_who_calls_and_the_person_hears_the_call_from_its_beginning(
    place: Place, carrier: Carrier, gemini: FakeGemini, trunk: Trunk
):
    answers = [
        Answer(
            hears="If you record your name and reason for calling, I will see if this person is available.", says="Hi."
        ),
        Answer(hears="Hello, who is this?", says=OF_ITS_OWN),
    ]
    _, dial = await call_lead(place, carrier, gemini, trunk, *answers, disclosure=DISCLOSURE)

    await dial.phone.say(silence(0.3) + clip("screening"))
    await until_said(dial.phone, SCREENING_ANSWER)
    await dial.phone.until_it_is_quiet()
    await dial.phone.say(silence(2) + clip("child"))
    await until_said(dial.phone, OPENS)
    call = await end(dial)

    said = await said_in(call)
    assert said == [answers[0].hears, SCREENING_ANSWER, answers[1].hears, DISCLOSURE, OPENS]
    assert call.machine == "human"
