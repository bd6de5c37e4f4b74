"""Is a machine told from a person while the agent talks already? In virtual time."""

import asyncio
from collections.abc import Awaitable, Callable

from agent_worker.conversation.answer_watch import BOUND_SECONDS, AnswerWatch
from tests.agent_worker.conversation.person import Person
from tests.fakes.scripted_session import ScriptedSession
from tests.fakes.virtual_time import run_in_virtual_time

GREETING = "Hi, you've reached Sam. I can't come to the phone right now, please leave a message after the tone."


def watch(act: Callable[[Person], Awaitable[None]], *, is_answered: bool = True) -> list[tuple[str, float]]:
    """Return the findings, with the seconds since the answer."""

    async def play() -> list[tuple[str, float]]:
        loop = asyncio.get_running_loop()
        session, began, found = ScriptedSession(), loop.time(), []
        watching = AnswerWatch(
            session,  # type: ignore[arg-type]
            language="en-US",
            on_finding=lambda finding: found.append((finding.label.picked_up.value, round(loop.time() - began, 1))),
        )
        watching.listen()
        if is_answered:
            watching.begin()
            watching.begin()  # LiveKit may tell it twice
        await act(Person(session))
        await asyncio.sleep(60)
        watching.stop()
        return found

    return run_in_virtual_time(play())


async def says(person: Person, words: str, seconds: float, *, after: float = 0.3) -> None:
    await asyncio.sleep(after)
    person.begins()
    person.is_transcribed(words)
    await asyncio.sleep(seconds)
    person.pauses()


def test_a_person_who_says_hello_is_one_before_the_bound():
    ((who, at),) = watch(lambda person: says(person, "Hello?", 0.5))

    assert who == "human"
    assert at < BOUND_SECONDS


def test_a_short_greeting_is_a_machine_in_the_pause_after_it():
    ((who, at),) = watch(lambda person: says(person, "Please leave a message after the tone.", 2.0))

    assert who == "voicemail"
    assert at < BOUND_SECONDS


def test_a_long_greeting_is_a_machine_while_it_is_still_said():
    assert watch(lambda person: says(person, GREETING, 8.0)) == [("voicemail", BOUND_SECONDS)]


def test_silence_is_no_machine():
    async def nothing(person: Person) -> None: ...

    assert watch(nothing) == [("unsure", BOUND_SECONDS)]


def test_a_greeting_whose_words_come_late_is_found_when_they_come():
    async def transcribed_late(person: Person) -> None:
        await asyncio.sleep(0.3)
        person.begins()
        await asyncio.sleep(5)
        person.pauses()
        await asyncio.sleep(2)
        person.is_in_transcript(GREETING)

    assert [who for who, _ in watch(transcribed_late)] == ["unsure", "voicemail"]


def test_what_a_person_says_later_makes_no_machine_of_them():
    async def talk(person: Person) -> None:
        await says(person, "Hello?", 0.5)
        await says(person, GREETING, 5.0, after=15)

    assert [who for who, _ in watch(talk)] == ["human"]


def test_call_screening_is_followed_by_the_person():
    async def screen(person: Person) -> None:
        await says(person, "Please say your name and why you are calling, and I'll see if this person is available.", 4)
        await says(person, "Oh, hello, this is Ana.", 1.5, after=4)

    assert [who for who, _ in watch(screen)] == ["screening", "human"]


def test_nothing_is_found_before_the_phone_was_answered():
    assert watch(lambda person: says(person, GREETING, 5.0), is_answered=False) == []
