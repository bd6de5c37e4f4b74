"""What the conversation does with a model, a caller and a clock that do as they are told. In virtual time."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from livekit.agents import CloseReason, llm

from agent_worker.conversation.conversation import ENDING_ALREADY, KEEP_TALKING, STILL_THERE
from agent_worker.database import Earlier
from agent_worker.ending import CALLER_HUNG_UP, HANDED_OVER, NO_SPEECH, SAID_GOODBYE, TAKEN_OVER, TIME_IS_UP, Ending
from calls.outcomes import EndReason
from personas.persona.prompt import render_exact_words
from tests.agent_worker.conversation.stage import (
    CLOSING,
    WELCOME,
    RealtimeModel,
    Stage,
    hang_up_later,
    make_brief,
    obey,
    play,
)
from tests.fakes.scripted_session import tool_call
from tests.fakes.virtual_time import run_in_virtual_time

# -- how it begins ------------------------------------------------------------------------------------------------------


def test_the_welcome_is_said_first():
    ending, stage = play(obey, hang_up_later)

    assert (ending, stage.said) == (CALLER_HUNG_UP, [WELCOME])


def test_a_persona_without_a_welcome_greets_in_its_own_words():
    _, stage = play(obey, hang_up_later, brief=replace(make_brief(), welcome_message=""))

    assert stage.said == ["(greet)"]


def test_an_agent_that_takes_over_goes_on_instead_of_greeting():
    earlier = Earlier(said=(), seconds=30.0, disclosed=False, lost_at=datetime(2026, 11, 28, tzinfo=UTC))

    _, stage = play(obey, hang_up_later, earlier=earlier)

    assert stage.said == ["(resume)"]


# -- silence and time ---------------------------------------------------------------------------------------------------


def test_a_silent_caller_is_asked_twice_then_the_agent_says_goodbye():
    ending, stage = play(obey)

    assert (ending, stage.said) == (NO_SPEECH, [WELCOME, STILL_THERE, STILL_THERE, CLOSING])


def test_the_maximum_duration_ends_the_call_after_the_closing_message():
    async def talk(stage: Stage) -> None:
        for _ in range(20):
            await asyncio.sleep(8)
            await stage.session.caller_talks(2)
            await stage.session.model_speaks("I see.")

    ending, stage = play(obey, talk, brief=make_brief(max_duration_seconds=60))

    assert (ending, stage.said) == (TIME_IS_UP, [WELCOME, CLOSING])


def test_a_caller_who_never_pauses_cannot_prolong_the_call_indefinitely():
    async def talk_on(stage: Stage) -> None:
        await stage.session.caller_talks(3600)

    ending, stage = play(talk_on, brief=make_brief(max_duration_seconds=60))

    assert ending == TIME_IS_UP
    assert stage.line.played == []


def test_the_maximum_duration_also_ends_a_goodbye_that_the_caller_never_lets_happen():
    async def talk_into_the_goodbye(stage: Stage) -> None:
        stage.session.llm = RealtimeModel()  # type: ignore[assignment]
        await close_after_welcome(stage)
        await stage.session.caller_talks(3600)

    ending, stage = play(talk_into_the_goodbye, brief=make_brief(max_duration_seconds=60))

    assert ending == TIME_IS_UP
    assert stage.recorder.events.count("max_duration") == 1


def test_a_caller_who_talks_when_asked_is_answered_and_not_asked_again():
    async def answer_the_question(stage: Stage) -> None:
        await stage.session.until_asked(2)
        await stage.session.caller_talks(8)
        await stage.session.model_speaks("Good.")
        stage.line.lost.set_result(CALLER_HUNG_UP)

    async def welcome_only(stage: Stage) -> None:
        await stage.session.model_speaks(WELCOME, speech=await stage.session.until_asked(1))

    ending, stage = play(welcome_only, answer_the_question)

    assert ending == CALLER_HUNG_UP
    assert stage.line.played == []


# -- a voice that fails -------------------------------------------------------------------------------------------------


def test_a_voice_that_never_speaks_is_replaced_by_the_apology():
    ending, stage = play()

    assert (ending.reason, ending.detail, stage.line.played) == (EndReason.MODEL_SILENT, "10", ["apology"])
    assert stage.recorder.events[-2:] == ["model_failed", "apology_played"]


def test_a_model_that_needs_nine_seconds_is_waited_for_although_the_framework_gave_up():
    async def be_slow(stage: Stage) -> None:
        speech = await stage.session.until_asked(1)
        await asyncio.sleep(5)
        speech.end(error=llm.RealtimeError("timed out"))
        await asyncio.sleep(4)
        await stage.session.model_speaks(WELCOME)
        stage.line.lost.set_result(CALLER_HUNG_UP)

    ending, stage = play(be_slow)

    assert (ending, stage.line.played, len(stage.session.asked)) == (CALLER_HUNG_UP, [], 1)


def test_the_caller_is_not_apologized_to_while_they_talk():
    async def talk(stage: Stage) -> None:
        await stage.session.caller_talks(60)
        assert stage.line.played == []

    ending, stage = play(talk)

    assert ending.reason is EndReason.MODEL_SILENT
    assert stage.line.played == ["apology"]


def test_a_session_that_breaks_is_followed_by_the_apology():
    async def break_it(stage: Stage) -> None:
        await asyncio.sleep(1)
        error = type("Failure", (), {"reason": CloseReason.ERROR, "error": ValueError("broken")})
        stage.session.emit("close", error)

    ending, stage = play(break_it)

    assert (ending.reason, ending.detail, stage.line.played) == (EndReason.MODEL_FAILED, "ValueError", ["apology"])


def test_another_agent_is_not_talked_over_by_the_apology():
    async def speak_elsewhere(stage: Stage) -> None:
        stage.line.other_agent_spoke.set()

    _, stage = play(speak_elsewhere)

    assert stage.line.played == []


def test_a_lost_connection_is_noted_and_the_welcome_said_again():
    async def lose_it(stage: Stage) -> None:
        await stage.session.until_asked(1)
        watch = stage.conversation._speech
        watch.connection_lost(cut_item_id="")
        await asyncio.sleep(0.2)
        watch.connection_back(after_seconds=0.2)
        await stage.session.model_speaks(WELCOME, speech=await stage.session.until_asked(2))
        stage.line.lost.set_result(CALLER_HUNG_UP)

    ending, stage = play(lose_it)

    assert ending == CALLER_HUNG_UP
    assert [speech.words for speech in stage.session.asked] == [WELCOME, WELCOME]
    assert {"model_reconnected", "repeated welcome"} <= set(stage.recorder.events)


# -- endings ------------------------------------------------------------------------------------------------------------


async def close_after_welcome(stage: Stage, *, said_first: tuple[str, ...] = ()) -> str:
    await stage.session.model_speaks(WELCOME, speech=await stage.session.until_asked(1))
    speech = stage.session.asked[0]
    speech.chat_items.clear()
    return await stage.conversation.start_ending(tool_call(speech, said_first=said_first))


def test_end_call_ends_the_call_once_the_closing_message_was_heard():
    heard_at: list[float] = []

    async def close(stage: Stage) -> None:
        assert await close_after_welcome(stage) == render_exact_words(CLOSING)
        await stage.session.model_speaks(CLOSING, seconds=25)
        heard_at.append(asyncio.get_running_loop().time())

    async def model_replies_unasked(stage: Stage) -> None:
        stage.session.llm = RealtimeModel()  # type: ignore[assignment]

    ending, stage = play(model_replies_unasked, close)

    assert ending == SAID_GOODBYE
    assert stage.session.is_closed
    assert heard_at


def test_a_goodbye_said_before_end_call_is_enough():
    async def close(stage: Stage) -> None:
        assert await close_after_welcome(stage, said_first=("See you tomorrow!",)) == ""

    ending, stage = play(close)

    assert ending == SAID_GOODBYE
    assert len(stage.session.asked) == 1


def test_end_call_while_the_caller_talks_keeps_the_call():
    async def talk_on(stage: Stage) -> None:
        await stage.session.model_speaks(WELCOME, speech=await stage.session.until_asked(1))
        talking = asyncio.ensure_future(stage.session.caller_talks(5))
        await asyncio.sleep(1)
        assert await stage.conversation.start_ending(tool_call(stage.session.asked[0])) == KEEP_TALKING
        await talking
        stage.line.lost.set_result(CALLER_HUNG_UP)

    assert play(talk_on)[0] == CALLER_HUNG_UP


def test_end_call_twice_is_asked_for_the_closing_message():
    async def close_twice(stage: Stage) -> None:
        stage.session.llm = RealtimeModel()  # type: ignore[assignment]
        await close_after_welcome(stage)
        again = tool_call(stage.session.asked[0], "call-2")
        assert await stage.conversation.start_ending(again) == ENDING_ALREADY
        await stage.session.model_speaks(CLOSING, speech=await stage.session.until_asked(2))

    ending, stage = play(close_twice)

    assert (ending, stage.session.asked[-1].words) == (SAID_GOODBYE, CLOSING)


def test_a_cancelled_end_call_goes_back_to_talking():
    async def cancel(stage: Stage) -> None:
        stage.session.llm = RealtimeModel()  # type: ignore[assignment]
        await close_after_welcome(stage)
        stage.conversation._speech.tool_calls_cancelled(["call-1"])
        await stage.session.model_speaks("Yes, of course.")
        await asyncio.sleep(1)
        stage.line.lost.set_result(CALLER_HUNG_UP)

    assert play(cancel)[0] == CALLER_HUNG_UP


# -- a job that must stop -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("taken", "expected"), [(True, HANDED_OVER.reason), (False, EndReason.WORKER_STOPPED)])
def test_a_job_that_is_stopped_gives_its_call_away_or_apologizes(taken, expected):
    async def hold() -> tuple[Ending, Stage]:
        stage = Stage(make_brief(), others_take_it=taken)
        running = asyncio.ensure_future(stage.conversation.run())
        await asyncio.sleep(1)
        running.cancel()
        return await running, stage

    ending, stage = run_in_virtual_time(hold())

    assert ending.reason == expected
    assert stage.line.played == ([] if taken else ["apology"])


def test_a_job_whose_call_another_agent_has_leaves_without_a_word():
    async def lose_call(stage: Stage) -> None:
        await asyncio.sleep(1)
        stage.conversation.leave()

    ending, stage = play(lose_call)

    assert (ending, stage.line.played) == (TAKEN_OVER, [])
