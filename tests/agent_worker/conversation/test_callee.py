"""When does the agent begin to speak in a call that we place, and what does a machine hear? In virtual time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from types import SimpleNamespace

import pytest

from agent_worker.ending import CALLER_HUNG_UP
from agent_worker.line import Noticed
from calls.brief import CallBrief
from calls.outbound.machine_detection.sound import Sound
from personas.persona.placed_call import OnMachine
from tests.agent_worker.conversation.stage import WELCOME, Stage, hang_up_later_still, make_brief, obey, play

MESSAGE = "This is Nora of the clinic. Please call us back."
SCREENING_ANSWER = "Nora of Riverside Clinic, about your appointment."
DISCLOSURE = "This is an automated voice."
LOUD = -20.0


def waiting(**values: object) -> CallBrief:
    brief = replace(make_brief(), we_call=True, speaks_first=False, on_machine=OnMachine.LEAVE_MESSAGE)
    return replace(brief, voicemail_message=MESSAGE, screening_answer=SCREENING_ANSWER, **values)  # type: ignore[arg-type]


class Phone:
    """What is heard of the other end: sound at once, words a moment later."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        self.loop = asyncio.get_running_loop()

    async def says(self, words: str, seconds: float) -> None:
        await self._until_heard()
        self._notice(Sound.SPEECH_BEGAN)
        talking = asyncio.ensure_future(self.stage.session.caller_talks(seconds))
        await asyncio.sleep(seconds * 0.8)
        self._transcribe(words)
        await talking
        await asyncio.sleep(0.3)
        self._notice(Sound.SPEECH_ENDED, ago=0.3)

    async def beeps(self) -> None:
        await self._until_heard()
        self._notice(Sound.BEEP)

    async def _until_heard(self) -> None:
        while not hasattr(self.stage.line, "noticed"):  # noqa: ASYNC110 # in virtual time
            await asyncio.sleep(0.01)

    def _notice(self, sound: Sound, *, ago: float = 0.0) -> None:
        self.stage.line.noticed(Noticed(sound=sound, at=self.loop.time() - ago, level_db=LOUD))

    def _transcribe(self, words: str) -> None:
        self.stage.session.emit(
            "user_input_transcribed", SimpleNamespace(transcript=words, is_final=False, item_id=words)
        )


# -- the first word ----------------------------------------------------------------------------------------------------------


def first_words_at(*acts: Callable[[Stage], Awaitable[None]], brief: CallBrief) -> float:
    """Return when the welcome was asked for, in seconds from the answer. Nothing else was asked for before it."""
    asked: list[float] = []

    async def note_time(stage: Stage) -> None:
        began = asyncio.get_running_loop().time()
        assert (await stage.session.until_asked(1)).words == WELCOME
        asked.append(asyncio.get_running_loop().time() - began)

    play(obey, note_time, *acts, hang_up_later_still, brief=brief)
    return asked[0]


def test_the_agent_waits_for_the_person_s_first_word():
    async def say_hello(stage: Stage) -> None:
        await asyncio.sleep(1.5)
        await Phone(stage).says("Hello?", 0.4)

    assert 2.2 <= first_words_at(say_hello, brief=waiting()) <= 2.4  # 0.4 s after the end of "Hello?"


def test_a_person_who_says_nothing_is_spoken_to():
    assert first_words_at(brief=waiting()) == pytest.approx(2.5, abs=0.1)


def test_an_agent_that_speaks_first_does_not_wait():
    assert first_words_at(brief=replace(waiting(), speaks_first=True)) < 0.1


def test_a_person_with_a_long_greeting_is_not_talked_over():
    async def answer(stage: Stage) -> None:
        await Phone(stage).says("Riverside Dental, good morning, this is Kim speaking, how may I help you today?", 5.0)

    assert 5.4 <= first_words_at(answer, brief=waiting()) <= 6.5


def test_what_the_model_answers_unasked_is_not_heard_before_the_first_words():
    async def say_hello(stage: Stage) -> None:
        phone = asyncio.ensure_future(Phone(stage).says("Hello?", 1.0))
        await asyncio.sleep(0.5)
        speech = asyncio.ensure_future(stage.session.model_speaks("Hi! Want to buy a car?"))
        await asyncio.sleep(0)
        assert stage.session.current_speech
        assert stage.session.current_speech.interrupted
        await asyncio.gather(phone, speech)

    _, stage = play(obey, say_hello, hang_up_later_still, brief=waiting(disclosure=DISCLOSURE))

    assert stage.said[:2] == [DISCLOSURE, WELCOME]


# -- an answering machine -------------------------------------------------------------------------------------------------------


def test_a_machine_hears_its_message_after_the_beep_and_nothing_before():
    async def answer(stage: Stage) -> None:
        phone = Phone(stage)
        await asyncio.sleep(0.5)
        await phone.says("Hi, you have reached Sam. Please leave a message after the tone.", 5.0)
        await asyncio.sleep(1.5)
        assert MESSAGE not in stage.said
        await phone.beeps()
        await asyncio.sleep(0.4)
        assert stage.said == [MESSAGE]

    ending, stage = play(obey, answer, brief=waiting(disclosure=DISCLOSURE))

    assert stage.said == [MESSAGE]
    assert ending.reason == "message_left"


def test_a_full_mailbox_is_hung_up_on():
    async def answer(stage: Stage) -> None:
        await Phone(stage).says("The mailbox is full and cannot accept any messages at this time. Goodbye.", 4.0)

    ending, stage = play(obey, answer, brief=waiting())

    assert stage.said == []
    assert ending.reason == "machine_answered"


def test_a_message_that_the_greeting_goes_into_is_said_again_whole():
    async def answer(stage: Stage) -> None:
        phone = Phone(stage)
        await phone.says("You have reached the voicemail of Sam Stone.", 3.0)
        await stage.session.until_asked(1)
        await asyncio.sleep(0.2)
        await phone.says("I am away until Monday.", 2.0)

    ending, stage = play(obey, answer, brief=waiting())

    assert stage.said == [MESSAGE, MESSAGE]
    assert ending.reason == "message_left"


# -- call screening ---------------------------------------------------------------------------------------------------------

SCREENER = "Hi, if you record your name and reason for calling, I'll see if this person is available."


def test_call_screening_is_told_who_calls_and_the_call_begins_anew_for_the_person():
    async def answer(stage: Stage) -> None:
        phone = Phone(stage)
        await asyncio.sleep(0.3)
        await phone.says(SCREENER, 4.0)
        await stage.session.until_asked(1)
        await asyncio.sleep(3)
        assert stage.said == [SCREENING_ANSWER]
        await phone.says("Thanks. Please stay on the line.", 2.0)
        await asyncio.sleep(6)
        assert stage.said == [SCREENING_ANSWER]
        await phone.says("Hello, who is this?", 1.0)
        await asyncio.sleep(5)
        stage.line.lost.set_result(CALLER_HUNG_UP)

    ending, stage = play(obey, answer, brief=waiting(disclosure=DISCLOSURE))

    assert stage.said == [SCREENING_ANSWER, DISCLOSURE, WELCOME]
    assert stage.recorder.picked_up == ["screening", "human"]
    assert ending == CALLER_HUNG_UP


def test_a_disclosure_that_only_the_screening_heard_is_said_to_the_person():
    async def answer(stage: Stage) -> None:
        phone = Phone(stage)
        await asyncio.sleep(2.5)
        await phone.says(SCREENER, 4.0)
        await asyncio.sleep(4)
        await phone.says("Hello?", 0.8)
        await asyncio.sleep(5)
        stage.line.lost.set_result(CALLER_HUNG_UP)

    _, stage = play(obey, answer, brief=replace(waiting(disclosure=DISCLOSURE), speaks_first=True))

    assert stage.said == [DISCLOSURE, WELCOME, SCREENING_ANSWER, DISCLOSURE, WELCOME]


def test_screening_that_asks_again_is_answered_again():
    async def answer(stage: Stage) -> None:
        phone = Phone(stage)
        await phone.says(SCREENER, 4.0)
        await stage.session.until_asked(1)
        await asyncio.sleep(2)
        await phone.says("Sorry, please state your name and why you are calling.", 3.0)
        await asyncio.sleep(3)
        stage.line.lost.set_result(CALLER_HUNG_UP)

    _, stage = play(obey, answer, brief=waiting())

    assert stage.said == [SCREENING_ANSWER, SCREENING_ANSWER]


def test_a_mailbox_behind_the_screening_gets_the_message():
    async def answer(stage: Stage) -> None:
        phone = Phone(stage)
        await phone.says(SCREENER, 4.0)
        await stage.session.until_asked(1)
        await asyncio.sleep(2)
        await phone.says("The person is not available. Please leave a message after the tone.", 4.0)
        await phone.beeps()

    ending, stage = play(obey, answer, brief=waiting())

    assert stage.said == [SCREENING_ANSWER, MESSAGE]
    assert ending.reason == "message_left"


def test_screening_without_a_person_is_hung_up_on_after_a_minute():
    async def answer(stage: Stage) -> None:
        await Phone(stage).says(SCREENER, 4.0)

    ending, stage = play(obey, answer, brief=waiting())

    assert stage.said == [SCREENING_ANSWER]
    assert (ending.reason, ending.detail) == ("machine_answered", "screening")
