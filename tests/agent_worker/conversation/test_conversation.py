"""What the conversation does with a model, a caller and a clock that do as they are told. In virtual time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from livekit.agents import CloseReason, llm

from agent_worker.conversation.conversation import ENDING_ALREADY, KEEP_TALKING, STILL_THERE, Conversation
from agent_worker.database import Earlier
from agent_worker.ending import CALLER_HUNG_UP, HANDED_OVER, NO_SPEECH, SAID_GOODBYE, TAKEN_OVER, TIME_IS_UP, Ending
from calls.brief import CallBrief, Patience, render_brief
from calls.outbound.opt_out.confirmation import confirmation_in
from calls.outcomes import EndReason
from personas.answering.routing import Source
from personas.persona.built_in import BUILT_IN_PERSONA
from personas.persona.placed_call import OnMachine
from personas.persona.prompt import render_exact_words
from tests.fakes.scripted_session import (
    ScriptedLine,
    ScriptedRecorder,
    ScriptedSession,
    make_scripted_voice,
    tool_call,
)
from tests.fakes.virtual_time import run_in_virtual_time

CONFIRMATION = confirmation_in("en-US")
WELCOME, CLOSING = "Hello, this is Nora. How can I help?", "Goodbye from Nora."


def make_brief(*, max_duration_seconds: float = 1800.0) -> CallBrief:
    brief = render_brief(BUILT_IN_PERSONA, call_id="c", version=None, source=Source.BUILT_IN, caller="", dialed="")
    return replace(
        brief,
        welcome_message=WELCOME,
        closing_message=CLOSING,
        patience=Patience(max_duration_seconds=max_duration_seconds),
    )


class Stage:
    """One conversation and all that it touches."""

    def __init__(self, brief: CallBrief, *, earlier: Earlier | None = None, others_take_it: bool = False) -> None:
        self.session, self.line, self.recorder = ScriptedSession(), ScriptedLine(), ScriptedRecorder()

        async def hand_over() -> bool:
            return others_take_it

        self.conversation = Conversation(
            brief,
            make_scripted_voice(self.session),
            self.line,
            self.recorder,  # type: ignore[arg-type]
            earlier=earlier,
            hand_over=hand_over,
        )
        self.said: list[str] = []

    async def model_obeys(self) -> None:
        """Say whatever is asked, a second each, indefinitely."""
        for place in range(1000):
            speech = await self.session.until_asked(place + 1)
            if not speech.is_over:
                self.said.append(speech.words)
                await self.session.model_speaks(speech.words, speech=speech)


def play(
    *acts: Callable[[Stage], Awaitable[None]],
    brief: CallBrief | None = None,
    earlier: Earlier | None = None,
    others_take_it: bool = False,
) -> tuple[Ending, Stage]:
    """Hold a conversation while these acts go on; return how it ended."""

    async def hold() -> tuple[Ending, Stage]:
        stage = Stage(brief or make_brief(), earlier=earlier, others_take_it=others_take_it)
        acting = [asyncio.ensure_future(act(stage)) for act in acts]
        try:
            return await stage.conversation.run(), stage
        finally:
            for act in acting:
                act.cancel()
            await asyncio.gather(*acting, return_exceptions=True)

    return run_in_virtual_time(hold())


async def obey(stage: Stage) -> None:
    await stage.model_obeys()


async def hang_up_later_still(stage: Stage) -> None:
    await asyncio.sleep(14)
    stage.line.lost.set_result(CALLER_HUNG_UP)


async def hang_up_later(stage: Stage) -> None:
    await asyncio.sleep(5)
    stage.line.lost.set_result(CALLER_HUNG_UP)


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
        stage.session.llm = _RealtimeModel()  # type: ignore[assignment]
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
        stage.session.llm = _RealtimeModel()  # type: ignore[assignment]

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
        stage.session.llm = _RealtimeModel()  # type: ignore[assignment]
        await close_after_welcome(stage)
        again = tool_call(stage.session.asked[0], "call-2")
        assert await stage.conversation.start_ending(again) == ENDING_ALREADY
        await stage.session.model_speaks(CLOSING, speech=await stage.session.until_asked(2))

    ending, stage = play(close_twice)

    assert (ending, stage.session.asked[-1].words) == (SAID_GOODBYE, CLOSING)


def test_a_cancelled_end_call_goes_back_to_talking():
    async def cancel(stage: Stage) -> None:
        stage.session.llm = _RealtimeModel()  # type: ignore[assignment]
        await close_after_welcome(stage)
        stage.conversation._speech.tool_calls_cancelled(["call-1"])
        await stage.session.model_speaks("Yes, of course.")
        await asyncio.sleep(1)
        stage.line.lost.set_result(CALLER_HUNG_UP)

    assert play(cancel)[0] == CALLER_HUNG_UP


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
        stage.session.llm = _RealtimeModel()  # type: ignore[assignment]
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
        await stage.session.caller_talks(0.5)

    ending, stage = play(obey, answer_with_a_greeting, talk_into_it, brief=calling(OnMachine.LEAVE_MESSAGE))

    assert stage.said[-1] == MESSAGE
    assert stage.said.count(MESSAGE) == 1
    assert (ending.reason, ending.result) == ("message_left", "voicemail")


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


class _RealtimeModel(llm.RealtimeModel):
    """Only its kind matters: a model that replies to a tool's output on its own."""

    def __init__(self) -> None: ...

    def session(self, **_: object) -> llm.RealtimeSession:
        raise NotImplementedError

    async def aclose(self) -> None: ...
