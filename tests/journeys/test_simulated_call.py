"""Whole calls through routing, brief, worker code and database, with a simulated caller and the offline voice."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from agent_worker import database
from agent_worker.conversation.conversation import Conversation
from agent_worker.conversation.recorder import Recorder
from agent_worker.entrypoint import hold_conversation
from agent_worker.lines.simulated_line import SimulatedLine, ignore
from agent_worker.simulation import simulate_call
from agent_worker.voices.offline import make_offline_voice
from calls.brief import CallBrief, Patience
from calls.models import Call
from calls.outcomes import EndedBy
from tests.conftest import ANA, CLINIC, make_number, make_persona
from tests.fakes.broken_voice import make_broken_voice

pytestmark = pytest.mark.django_db(transaction=True)
UNKNOWN = "+15559990000"


def play(*lines: str, caller: str = ANA, dialed: str = CLINIC) -> Call:
    played = asyncio.run(simulate_call(caller=caller, dialed=dialed, lines=lines))
    return Call.objects.get(pk=played.call_id)


def words_of(call: Call) -> list[tuple[str, str]]:
    return [(turn.speaker, turn.text.strip()) for turn in call.turns.all()]


def events_of(call: Call) -> list[str]:
    return [event.name for event in call.events.all()]


def test_the_welcome_is_first_and_the_closing_last(clinic):
    call = play("Goodbye!")

    assert words_of(call) == [
        ("agent", "Hello, this is Nora."),
        ("caller", "Goodbye!"),
        ("agent", "Goodbye from Nora."),
    ]
    assert (call.status, call.result, call.ended_by) == ("ended", "completed", "agent")


def test_the_timeline_tells_the_call_in_order(clinic):
    call = play("Goodbye!")

    expected = [
        "call_ringing",
        "persona_loaded",
        "call_answered",
        "agent_joined",
        "persona_applied",
        "first_word",
        "tool_called",
        "call_ended",
    ]
    assert events_of(call) == expected
    assert call.events.get(name="persona_applied").data == {"persona": "Nora", "version": 1, "source": "number"}


def test_a_caller_who_just_hangs_up_ended_the_call(clinic):
    call = play("Hello?")

    assert (call.result, call.ended_by, call.end_reason) == ("completed", "caller", "caller_hung_up")


def test_an_unknown_number_is_answered_by_the_built_in_persona_and_the_call_says_so(db):
    call = play("Goodbye!", dialed=UNKNOWN)

    assert words_of(call)[0] == ("agent", "Hello, thank you for calling. How can I help you?")
    assert call.persona_source == "built_in"
    assert "persona_not_found" in events_of(call)


def test_publishing_during_a_call_does_not_change_it(clinic, nora):
    call = play("Goodbye!")
    nora.welcome_message = "Changed."
    nora.save()
    nora.publish(by=None)

    assert Call.objects.get(pk=call.pk).call_brief().welcome_message == "Hello, this is Nora."
    assert words_of(play("Goodbye!"))[0] == ("agent", "Changed.")


def test_two_calls_at_once_never_mix(clinic):
    make_number("+15551230200", persona=make_persona("Leo", instructions="You sell. A licence costs ten dollars."))

    async def both():
        return await asyncio.gather(
            simulate_call(caller=ANA, dialed=CLINIC, lines=["Riverside?", "Bye"]),
            simulate_call(caller=ANA, dialed="+15551230200", lines=["What does a licence cost?", "Bye"]),
        )

    first, second = (words_of(Call.objects.get(pk=played.call_id)) for played in asyncio.run(both()))

    assert {words for who, words in first if who == "agent"} == {
        "Hello, this is Nora.",
        "You answer for Riverside Clinic.",
        "Goodbye from Nora.",
    }
    assert {words for who, words in second if who == "agent"} == {
        "Hello, this is Leo.",
        "A licence costs ten dollars.",
        "Goodbye from Leo.",
    }


async def open_call(**patience: Any) -> CallBrief:
    """Open and claim a call whose agent waits as long as told."""
    call_id = await database.on_database_thread(database.open_simulated, room_name="a-room", caller=ANA, dialed=CLINIC)
    claim = await database.on_database_thread(database.claim_call, Call(pk=call_id).pk, "job-1")
    assert isinstance(claim, database.Claim)
    return replace(claim.brief, patience=replace(Patience(), **patience))


class SilentCaller(SimulatedLine):
    """Stays on the line and says nothing."""

    async def _speak(self, session):
        await asyncio.sleep(60)


async def no_worker_can() -> bool:
    """Take the call over."""
    return False


async def converse(brief, voice, line):
    recorder = Recorder(brief.call_id)
    ending = await Conversation(brief, voice, line, recorder, earlier=None, hand_over=no_worker_can).run()
    await recorder.close()
    return ending, await database.on_database_thread(Call.objects.get, pk=brief.call_id)


async def test_a_silent_caller_is_asked_twice_then_left_with_the_closing_words(clinic):
    brief = await open_call(silence_seconds=0.1, questions=2)

    ending, call = await converse(brief, make_offline_voice(hears=False), SilentCaller([], hear=ignore))

    said = [words for _, words in await database.on_database_thread(words_of, call)]
    assert said == ["Hello, this is Nora.", "Are you still there?", "Are you still there?", "Goodbye from Nora."]
    assert ending.by is EndedBy.AGENT


async def test_a_call_that_lasts_too_long_ends_with_the_closing_words(clinic):
    brief = await open_call(max_duration_seconds=0.1)

    ending, call = await converse(brief, make_offline_voice(hears=False), SilentCaller([], hear=ignore))

    assert ending.reason == "maximum_duration"
    assert (await database.on_database_thread(words_of, call))[-1] == ("agent", "Goodbye from Nora.")


@pytest.mark.parametrize("how", ["raises", "never answers"])
async def test_a_voice_that_fails_is_replaced_by_the_apology_and_the_call_says_why(clinic, how):
    brief = await open_call(first_word_seconds=0.3)
    heard = []
    line = SilentCaller([], hear=lambda who, words: heard.append(who))

    ending, call = await converse(brief, make_broken_voice(how), line)

    assert heard == ["sound"]
    assert ending.failed
    assert ending.reason in ("model_failed", "model_silent")
    assert {"model_failed", "apology_played"} <= set(await database.on_database_thread(events_of, call))


async def test_the_call_is_ended_in_the_database_before_the_line_is_hung_up(clinic):
    brief = await open_call()

    class WatchfulLine(SimulatedLine):
        async def hang_up(self):
            self.status_at_hang_up = (await database.on_database_thread(Call.objects.get, pk=brief.call_id)).status
            await super().hang_up()

    line = WatchfulLine(["Bye"], hear=ignore)
    await hold_conversation(database.Claim(brief=brief, job_id="job-1"), line)

    assert line.status_at_hang_up == "ended"


async def test_a_second_job_for_the_same_call_is_refused(clinic):
    brief = await open_call()

    second = await database.on_database_thread(database.claim_call, Call(pk=brief.call_id).pk, "job-2")

    assert second == database.Refusal(reason=database.RefusalReason.TAKEN)


async def test_a_conversation_that_breaks_ends_with_an_apology_and_a_failed_call(clinic, monkeypatch):
    brief = await open_call()
    heard = []
    monkeypatch.setattr("agent_worker.entrypoint.make_voice", lambda *_, **__: 1 / 0)

    ending = await hold_conversation(
        database.Claim(brief=brief, job_id="job-1"), SilentCaller([], hear=lambda who, words: heard.append(who))
    )

    call = await database.on_database_thread(Call.objects.get, pk=brief.call_id)
    assert heard == ["sound"]
    assert (ending.reason, call.result, call.end_reason) == ("worker_error", "failed", "worker_error")
