"""What is special in a call that we place: what must be said first, a machine that picks up, a wish not to be called again."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest

from agent_worker.conversation.conversation import LISTED_ALREADY
from agent_worker.database import Earlier
from agent_worker.ending import CALLER_HUNG_UP, SAID_GOODBYE
from calls.brief import CallBrief, Patience
from calls.outbound.opt_out.confirmation import confirmation_in
from calls.outcomes import EndReason
from personas.persona.placed_call import OnMachine
from personas.persona.prompt import render_exact_words
from tests.agent_worker.conversation.stage import (
    CLOSING,
    WELCOME,
    RealtimeModel,
    Stage,
    hang_up_later,
    hang_up_later_still,
    make_brief,
    obey,
    play,
)
from tests.fakes.scripted_session import tool_call

CONFIRMATION = confirmation_in("en-US")


# -- a person who asks not to be called again ---------------------------------------------------------------------------


async def ask_not_to_be_called(stage: Stage, words: str = "Take me off your list.") -> None:
    await stage.session.until_asked(1)
    await asyncio.sleep(2)
    talking = asyncio.ensure_future(stage.session.caller_talks(1))
    await asyncio.sleep(0.5)
    stage.session.emit("user_input_transcribed", SimpleNamespace(transcript=words, is_final=False, item_id=""))
    await talking


async def answer_anyway(stage: Stage) -> None:
    """Answer as a model that did not notice it."""
    await stage.session.until_asked(1)
    await asyncio.sleep(3.1)
    await stage.session.model_speaks("But our offer ends today!", seconds=2)


def test_a_person_whom_we_call_is_listed_told_so_and_left_whatever_the_model_says():
    ending, stage = play(obey, ask_not_to_be_called, answer_anyway, brief=replace(make_brief(), we_call=True))

    assert stage.recorder.opt_outs == [("Take me off your list.", "remove")]
    assert stage.said[1:] == [CONFIRMATION, CLOSING]
    assert ending == SAID_GOODBYE


def test_a_caller_who_wants_no_more_calls_is_told_so_and_may_go_on():
    async def hang_up_at_last(stage: Stage) -> None:
        await asyncio.sleep(60)
        stage.line.lost.set_result(CALLER_HUNG_UP)

    brief = replace(make_brief(), patience=Patience(silence_seconds=300))
    ending, stage = play(obey, ask_not_to_be_called, answer_anyway, hang_up_at_last, brief=brief)

    assert CONFIRMATION in stage.said
    assert CLOSING not in stage.said
    assert ending == CALLER_HUNG_UP


def test_nothing_is_promised_when_the_number_is_unknown():
    async def without_a_number(stage: Stage) -> None:
        stage.recorder.can_list = False

    _, stage = play(without_a_number, obey, ask_not_to_be_called, answer_anyway, hang_up_later)

    assert stage.recorder.opt_outs
    assert CONFIRMATION not in stage.said


def test_a_model_that_notices_it_is_told_the_words_and_they_are_said_once():
    async def use_the_tool(stage: Stage) -> None:
        stage.session.llm = RealtimeModel()  # type: ignore[assignment]
        await ask_not_to_be_called(stage)
        told = await stage.conversation.stop_calling(tool_call(stage.session.asked[0]))
        assert told == render_exact_words(CONFIRMATION)
        await stage.session.model_speaks(CONFIRMATION, seconds=3)

    ending, stage = play(obey, use_the_tool, brief=replace(make_brief(), we_call=True))

    assert stage.recorder.opt_outs == [("Take me off your list.", "tool")]
    assert stage.said[1:] == [CLOSING]
    assert ending == SAID_GOODBYE


def test_a_goodbye_of_the_model_s_own_waits_for_the_confirmation():
    async def say_goodbye_at_once(stage: Stage) -> None:
        await stage.session.until_asked(1)
        await asyncio.sleep(3.4)
        speech = stage.session.asked[0]
        speech.chat_items.clear()
        await stage.conversation.start_ending(tool_call(speech, said_first=("Goodbye!",)))

    ending, stage = play(obey, ask_not_to_be_called, say_goodbye_at_once, brief=replace(make_brief(), we_call=True))

    assert stage.said[1:] == [CONFIRMATION]
    assert ending == SAID_GOODBYE


def test_a_model_that_notices_it_after_the_confirmation_is_told_so():
    told: list[str] = []

    async def use_the_tool_late(stage: Stage) -> None:
        while CONFIRMATION not in stage.said:  # noqa: ASYNC110 # in virtual time
            await asyncio.sleep(0.1)
        await asyncio.sleep(1.5)  # it was heard
        told.append(await stage.conversation.stop_calling(tool_call(stage.session.asked[0])))

    _, stage = play(
        obey, ask_not_to_be_called, answer_anyway, use_the_tool_late, brief=replace(make_brief(), we_call=True)
    )

    assert told == [LISTED_ALREADY]
    assert stage.said.count(CONFIRMATION) == 1


# -- what must be said first ------------------------------------------------------------------------------------------------

DISCLOSURE = "This is an automated voice, calling for Riverside Clinic."
TAKES_OVER = Earlier(said=(), seconds=30.0, disclosed=False, lost_at=datetime(2026, 11, 28, tzinfo=UTC))


def disclosing() -> CallBrief:
    return replace(make_brief(), we_call=True, disclosure=DISCLOSURE)


def test_the_disclosure_is_said_before_the_welcome_and_noted_when_it_was_heard():
    ending, stage = play(obey, hang_up_later, brief=disclosing())

    assert stage.said == [DISCLOSURE, WELCOME]
    assert stage.recorder.events.count("disclosed") == 1
    assert ending == CALLER_HUNG_UP


def test_a_person_who_talks_into_the_disclosure_hears_the_rest_of_it_before_anything_else():
    async def talk_into_it(stage: Stage) -> None:
        speech = await stage.session.until_asked(1)
        speech.interrupted = True
        talking = asyncio.ensure_future(stage.session.caller_talks(1))
        await stage.session.model_speaks("This is an automated voice,", seconds=1, speech=speech)
        await talking
        assert "disclosed" not in stage.recorder.events
        rest = await stage.session.until_asked(2)
        assert rest.words in DISCLOSURE
        await stage.session.model_speaks(rest.words, speech=rest)
        assert (await stage.session.until_asked(3)).words == WELCOME
        stage.line.lost.set_result(CALLER_HUNG_UP)

    _, stage = play(talk_into_it, brief=disclosing())

    assert stage.recorder.events.count("disclosed") == 1


def test_a_person_who_hangs_up_in_the_disclosure_has_not_heard_it():
    async def hang_up(stage: Stage) -> None:
        await stage.session.until_asked(1)
        stage.line.lost.set_result(CALLER_HUNG_UP)

    assert "disclosed" not in play(hang_up, brief=disclosing())[1].recorder.events


@pytest.mark.parametrize(("disclosed", "said"), [(False, [DISCLOSURE, "(resume)"]), (True, ["(resume)"])])
def test_an_agent_that_takes_over_says_what_was_not_heard_yet(disclosed, said):
    _, stage = play(obey, hang_up_later, brief=disclosing(), earlier=replace(TAKES_OVER, disclosed=disclosed))

    assert stage.said == said


def test_a_voice_that_does_not_say_the_disclosure_is_replaced_by_the_apology():
    ending, stage = play(brief=disclosing())

    assert ending.reason is EndReason.MODEL_SILENT
    assert stage.line.played == ["apology"]


def test_a_machine_hears_its_message_and_no_disclosure_after_it():
    brief = replace(calling(OnMachine.LEAVE_MESSAGE), disclosure=DISCLOSURE)
    _, stage = play(obey, answer_with_a_greeting, brief=brief)

    assert stage.said[-1] == MESSAGE
    assert WELCOME not in stage.said[stage.said.index(MESSAGE) :]


# -- a machine that picks up ------------------------------------------------------------------------------------------------

GREETING = "Hi, you have reached Sam. Please leave a message after the tone."
MESSAGE = "This is Nora of the clinic. Please call us back."


def calling(on_machine: OnMachine, **values: Any) -> CallBrief:
    return replace(make_brief(), we_call=True, on_machine=on_machine, voicemail_message=MESSAGE, **values)


async def answer_with_a_greeting(stage: Stage) -> None:
    await asyncio.sleep(0.2)
    talking = asyncio.ensure_future(stage.session.caller_talks(6))
    await asyncio.sleep(0.5)
    stage.session.emit("user_input_transcribed", SimpleNamespace(transcript=GREETING, is_final=False, item_id=""))
    await talking


def test_a_machine_is_hung_up_on():
    ending, stage = play(obey, answer_with_a_greeting, brief=calling(OnMachine.HANG_UP))

    assert (ending.reason, ending.detail, ending.result) == ("machine_answered", "voicemail", "voicemail")
    assert stage.recorder.picked_up == ["voicemail"]
    assert MESSAGE not in stage.said


def test_the_message_is_left_whole_after_the_greeting_to_a_closed_ear():
    async def talk_into_it(stage: Stage) -> None:
        while MESSAGE not in [speech.words for speech in stage.session.asked]:  # noqa: ASYNC110 # in virtual time
            await asyncio.sleep(0.1)
        assert not stage.session.hears
        assert "caller" not in stage.conversation._talking
        await stage.session.caller_talks(0.2)  # a noise

    ending, stage = play(obey, answer_with_a_greeting, talk_into_it, brief=calling(OnMachine.LEAVE_MESSAGE))

    assert stage.said[-1] == MESSAGE
    assert stage.said.count(MESSAGE) == 1
    assert (ending.reason, ending.result) == ("message_left", "voicemail")


def test_a_greeting_that_asks_not_to_be_called_is_listed_and_left_no_message():
    async def answer(stage: Stage) -> None:
        await asyncio.sleep(0.2)
        talking = asyncio.ensure_future(stage.session.caller_talks(6))
        await asyncio.sleep(0.5)
        for words, seconds in ((GREETING, 4.5), (f"{GREETING} Salespeople, take me off your list.", 0.0)):
            stage.session.emit("user_input_transcribed", SimpleNamespace(transcript=words, is_final=False, item_id=""))
            await asyncio.sleep(seconds)
        await talking

    ending, stage = play(obey, answer, brief=calling(OnMachine.LEAVE_MESSAGE))

    assert stage.recorder.opt_outs
    assert MESSAGE not in stage.said
    assert ending.reason == "machine_answered"


def test_without_a_message_a_machine_is_hung_up_on():
    brief = replace(calling(OnMachine.LEAVE_MESSAGE), voicemail_message="")

    assert play(obey, answer_with_a_greeting, brief=brief)[0].reason == "machine_answered"


def test_a_machine_is_talked_to_where_the_campaign_says_so():
    ending, stage = play(obey, answer_with_a_greeting, hang_up_later_still, brief=calling(OnMachine.CONTINUE))

    assert stage.recorder.picked_up == ["voicemail"]
    assert ending == CALLER_HUNG_UP


def test_a_person_hears_nothing_of_it():
    async def say_hello(stage: Stage) -> None:
        await asyncio.sleep(0.2)
        await stage.session.caller_talks(0.5)
        stage.session.emit("user_input_transcribed", SimpleNamespace(transcript="Hello?", is_final=True, item_id=""))

    ending, stage = play(obey, say_hello, hang_up_later_still, brief=calling(OnMachine.HANG_UP))

    assert stage.recorder.picked_up == ["human"]
    assert ending == CALLER_HUNG_UP


def test_who_calls_us_is_not_judged():
    _, stage = play(obey, answer_with_a_greeting, hang_up_later_still)

    assert stage.recorder.picked_up == []
