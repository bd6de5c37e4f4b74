"""Is an opt-out noticed as soon as the person pauses, once, and never in half a sentence? In virtual time."""

import asyncio
from collections.abc import Awaitable, Callable

from agent_worker.conversation.opt_out_watch import PAUSE_SECONDS, OptOutWatch
from tests.agent_worker.conversation.person import Person
from tests.fakes.scripted_session import ScriptedSession
from tests.fakes.virtual_time import run_in_virtual_time

SOON = PAUSE_SECONDS + 0.05


def watch(act: Callable[[Person], Awaitable[None]], *, language: str = "en") -> list[tuple[str, str]]:
    """Return what was noticed, as words and rule."""

    async def play() -> list[tuple[str, str]]:
        noticed: list[tuple[str, str]] = []
        session = ScriptedSession()
        watching = OptOutWatch(
            session,  # type: ignore[arg-type]
            language=language,
            on_opt_out=lambda said, rule: noticed.append((said, rule.value)),
        )
        watching.listen()
        await act(Person(session))
        await asyncio.sleep(SOON)
        return noticed

    return run_in_virtual_time(play())


def test_it_is_noticed_in_the_pause_before_the_whole_turn_is_transcribed():
    async def ask(person: Person) -> None:
        person.begins()
        person.is_transcribed("Stop calling me.")
        person.pauses()

    assert watch(ask) == [("Stop calling me.", "stop_calling")]


def test_words_that_come_after_the_person_stopped_are_judged_too():
    async def ask(person: Person) -> None:
        person.begins()
        person.pauses()
        await asyncio.sleep(SOON)
        person.is_transcribed("Take me off")
        await asyncio.sleep(0.1)
        person.is_transcribed("Take me off your list.")

    assert watch(ask) == [("Take me off your list.", "remove")]


def test_a_turn_whose_words_come_only_with_the_transcript_is_judged():
    async def ask(person: Person) -> None:
        person.is_in_transcript("Please remove my number.")

    assert watch(ask) == [("Please remove my number.", "remove")]


def test_half_a_sentence_is_not_judged_while_the_person_goes_on():
    async def wish(person: Person) -> None:
        person.begins()
        person.is_transcribed("Don't call me")
        person.pauses()
        await asyncio.sleep(PAUSE_SECONDS / 2)
        person.begins()
        person.is_transcribed("Don't call me before nine.")
        person.pauses()

    assert watch(wish) == []


def test_an_answer_has_its_meaning_from_what_the_agent_asked_before():
    async def agree(person: Person) -> None:
        person.is_in_transcript("Shall I take you off our list?", role="assistant")
        person.begins()
        person.is_transcribed("Yes, please.")
        person.pauses()
        await asyncio.sleep(SOON)

    async def agree_to_something_else(person: Person) -> None:
        person.is_in_transcript("Shall I book the appointment?", role="assistant")
        person.begins()
        person.is_transcribed("Yes, please.")
        person.pauses()

    assert watch(agree) == [("Yes, please.", "answer")]
    assert watch(agree_to_something_else) == []


def test_it_is_told_once_however_often_the_person_asks():
    async def ask_twice(person: Person) -> None:
        for _ in range(2):
            person.begins()
            person.is_transcribed("Stop calling me.")
            person.pauses()
            await asyncio.sleep(1)
            person.is_in_transcript("Stop calling me.")

    assert len(watch(ask_twice)) == 1


def test_it_is_noticed_in_another_language_than_the_call_s():
    async def ask(person: Person) -> None:
        person.is_in_transcript("Rufen Sie mich nie wieder an.")

    assert [rule for _, rule in watch(ask, language="es")] == ["stop_calling"]
