"""What Google's session tells that its plugin does not, and how it connects again. The real plugin, a played model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from livekit import rtc
from livekit.agents import llm

from agent_worker.voices import google
from agent_worker.voices.google_session import GoogleSession
from agent_worker.voices.voice import Wanted
from calls.brief import render_brief
from personas.answering.routing import Source
from personas.persona.built_in import BUILT_IN_PERSONA
from personas.persona.prompt import render_exact_words
from tests.fakes.gemini import FakeGemini
from tests.fakes.gemini_script import Answer, Loss, Moment, Script
from tests.telephony.sound import tone

# The plugin sets what google-genai will remove one day.
pytestmark = pytest.mark.filterwarnings("ignore:Setting `LiveConnectConfig:DeprecationWarning")
HEARS_HZ = 16_000


@dataclass
class Told:
    """Notes what the session tells (ModelEvents)."""

    events: list[str] = field(default_factory=list)
    quiet: bool = True
    only: Wanted | None = None

    def connection_lost(self, *, cut_item_id: str) -> None:
        self.events.append("lost, cut" if cut_item_id else "lost")

    def connection_back(self, *, after_seconds: float) -> None:
        self.events.append("back")

    def empty_turn(self) -> None:
        self.events.append("empty turn")

    def tool_calls_cancelled(self, call_ids: Sequence[str]) -> None:
        self.events.append(f"cancelled {', '.join(call_ids)}")

    def wanted(self) -> Wanted | None:
        return self.only

    def reply_dropped(self) -> None:
        self.events.append("dropped")

    def is_quiet(self) -> bool:
        return self.quiet


@dataclass
class Stage:
    """One session of the real plugin, connected to a played model."""

    gemini: FakeGemini
    session: GoogleSession
    told: Told
    errors: list[llm.RealtimeModelError] = field(default_factory=list)
    transcripts: list[llm.InputTranscriptionCompleted] = field(default_factory=list)
    generations: list[llm.GenerationCreatedEvent] = field(default_factory=list)

    async def hear_caller(self) -> None:
        """A caller talks for half a second and pauses."""
        for sound in (tone(0.5, 250, rate=HEARS_HZ), bytes(2 * HEARS_HZ)):
            self.session.push_audio(rtc.AudioFrame(sound, HEARS_HZ, 1, len(sound) // 2))
            await asyncio.sleep(0.05)

    async def until(self, happened: Callable[[], bool], within: float = 5.0) -> None:
        for _ in range(int(within / 0.02)):
            if happened():
                return
            await asyncio.sleep(0.02)
        raise TimeoutError(f"{self.told.events} {self.errors}")


@asynccontextmanager
async def staged(directory: Path, script: Script) -> AsyncIterator[Stage]:
    async with FakeGemini(directory) as gemini:
        gemini.scripts[""] = script  # every connection's
        told = Told()
        brief = render_brief(BUILT_IN_PERSONA, call_id="c", version=None, source=Source.BUILT_IN, caller="", dialed="")
        model = google.make_google_model(brief, api_key="fake", base_url=gemini.base_url)
        model.tell(told)
        session = model.session()
        stage = Stage(gemini, session, told)
        session.on("error", stage.errors.append)
        session.on("input_audio_transcription_completed", stage.transcripts.append)
        session.on("generation_created", stage.generations.append)
        await gemini.until_connected(times=1)
        try:
            yield stage
        finally:
            await session.aclose()


@pytest.fixture
def play(tmp_path, monkeypatch):
    def run(script: Script, act: Callable[[Stage], Awaitable[None]]) -> Stage:
        async def hold() -> Stage:
            async with staged(tmp_path, script) as stage:
                await act(stage)
                return stage

        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        google._tls_context.cache_clear()
        try:
            return asyncio.run(hold())
        finally:
            google._tls_context.cache_clear()

    return run


def test_a_lost_connection_and_its_return_are_told(play):
    async def act(stage: Stage) -> None:
        await stage.hear_caller()
        await stage.until(lambda: "back" in stage.told.events)

    assert play(Script(losses=[Loss(moment=Moment.HEARD_CALLER)]), act).told.events == ["lost", "back"]


def test_a_turn_that_the_loss_cuts_off_is_told(play):
    async def act(stage: Stage) -> None:
        stage.session.generate_reply(instructions="Greet.")
        await stage.until(lambda: "back" in stage.told.events)

    assert play(Script(losses=[Loss(moment=Moment.SPEAKING)]), act).told.events == ["lost, cut", "back"]


def test_a_planned_replacement_waits_for_a_quiet_moment(play):
    async def act(stage: Stage) -> None:
        stage.told.quiet = False
        stage.session.generate_reply(instructions="Greet.")
        await asyncio.sleep(1.5)
        assert stage.told.events == []
        stage.told.quiet = True
        await stage.until(lambda: stage.told.events == ["lost", "back"])

    play(Script(losses=[Loss(moment=Moment.SPEAKING, announced_seconds=10.0)]), act)


def test_a_planned_replacement_happens_in_time_when_it_is_never_quiet(play):
    async def act(stage: Stage) -> None:
        stage.told.quiet = False
        stage.session.generate_reply(instructions="Greet.")
        await stage.until(lambda: stage.told.events == ["lost", "back"], within=2.5)

    assert not play(Script(losses=[Loss(moment=Moment.SPEAKING, announced_seconds=2.0)]), act).errors


def test_a_refused_connection_is_tried_again_while_the_loss_is_recent(play):
    async def act(stage: Stage) -> None:
        await stage.hear_caller()
        await stage.until(lambda: "back" in stage.told.events)

    stage = play(Script(losses=[Loss(moment=Moment.HEARD_CALLER)], refuses_seconds=1.0), act)

    assert all(error.recoverable for error in stage.errors)


def test_a_session_that_never_connected_gives_up_at_once(play):
    async def act(stage: Stage) -> None:
        await stage.until(lambda: bool(stage.errors))

    stage = play(Script(refuses_with=1008), act)

    assert not stage.errors[0].recoverable
    assert len(stage.gemini.connections) == 1


def test_a_conversation_that_is_too_long_goes_on_with_its_last_turns(play):
    async def act(stage: Stage) -> None:
        for number in range(60):
            stage.session._chat_ctx.add_message(role="user", content=f"turn {number}")
        await stage.hear_caller()
        await stage.until(lambda: "back" in stage.told.events)
        await stage.until(lambda: any("turn 59" in text for text in stage.gemini.connections[-1].told))

    stage = play(Script(losses=[Loss(moment=Moment.HEARD_CALLER, code=1007)]), act)

    assert not any("turn 39" in text for text in stage.gemini.connections[-1].told)


def test_an_empty_turn_is_told(play):
    async def act(stage: Stage) -> None:
        await stage.hear_caller()
        await stage.until(lambda: bool(stage.told.events))

    assert play(Script(answers=[Answer(hears="", says="")]), act).told.events == ["empty turn"]


def test_a_cancelled_tool_call_is_told(play):
    async def act(stage: Stage) -> None:
        await stage.hear_caller()
        await stage.until(lambda: bool(stage.told.events))

    script = Script(answers=[Answer(calls="end_call", cancels_call_after=0.1, says="Yes?")])

    assert play(script, act).told.events == ["cancelled call-1"]


def test_words_transcribed_after_the_answer_belong_to_the_question(play):
    async def act(stage: Stage) -> None:
        await stage.hear_caller()
        await stage.until(lambda: bool(stage.transcripts))

    stage = play(Script(answers=[Answer(hears="When are you open?", says="At nine.", hears_late=True)]), act)

    assert [(words.transcript, words.is_final) for words in stage.transcripts] == [("When are you open?", True)]
    assert len(stage.generations) == 1  # the words began no turn of their own


# -- where only one thing may be heard -----------------------------------------------------------------------------------------

DISCLOSURE = "This is an automated voice of Riverside Clinic."
OF_ITS_OWN = "Hi there, nice weather today."


async def words_of(generation: llm.GenerationCreatedEvent) -> str:
    said = [text async for message in generation.message_stream async for text in message.text_stream]
    return "".join(said).strip()


def test_the_answer_to_hello_is_not_taken_for_the_words_that_were_asked_for(play):
    async def act(stage: Stage) -> None:
        stage.told.only = Wanted(is_asked=True, words=DISCLOSURE)
        await stage.hear_caller()
        asked = stage.session.generate_reply(instructions=render_exact_words(DISCLOSURE))
        assert await words_of(await asyncio.wait_for(asked, 5)) == DISCLOSURE

    stage = play(Script(answers=[Answer(hears="Hello?", says=OF_ITS_OWN)]), act)

    assert "dropped" in stage.told.events
    assert [generation.user_initiated for generation in stage.generations] == [True]
    assert stage.transcripts[-1].transcript == "Hello?"
    assert OF_ITS_OWN not in str(stage.session.chat_ctx.to_dict())


def test_nothing_is_heard_while_nothing_may_be(play):
    async def act(stage: Stage) -> None:
        stage.told.only = Wanted(is_asked=False)
        await stage.hear_caller()
        await stage.until(lambda: "dropped" in stage.told.events)
        stage.told.only = None
        await stage.hear_caller()
        await stage.until(lambda: bool(stage.generations))

    stage = play(Script(answers=[Answer(says=OF_ITS_OWN), Answer(says="Yes, of course.")]), act)

    assert len(stage.generations) == 1


def test_an_opening_in_its_own_words_is_not_the_answer_to_hello(play):
    async def act(stage: Stage) -> None:
        stage.told.only = Wanted(is_asked=True)
        await stage.hear_caller()
        asked = stage.session.generate_reply(instructions="Say who you are.")
        assert await words_of(await asyncio.wait_for(asked, 5)) == "This is Nora."

    play(Script(greeting="This is Nora.", answers=[Answer(hears="Hello?", says=OF_ITS_OWN)]), act)
