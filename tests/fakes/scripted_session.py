"""A session, a voice, a line and a recorder that do as a test says, without sound, models or a database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

from livekit import rtc
from livekit.agents import llm

from agent_worker.caller_context import CallerContext
from agent_worker.ending import Ending
from agent_worker.voices.voice import ModelEvents, Voice


class ScriptedSpeech:
    """What a SpeechHandle shows."""

    def __init__(self, words: str) -> None:
        self.words = words  # that it was asked for
        self.chat_items: list[Any] = []
        self.interrupted = False
        self._error: BaseException | None = None
        self._over: list[Callable[[ScriptedSpeech], None]] = []
        self.is_over = False

    def add_done_callback(self, callback: Callable[[ScriptedSpeech], None]) -> None:
        self._over.append(callback)

    def exception(self) -> BaseException | None:
        return self._error

    def interrupt(self, *, force: bool = False) -> None:
        if not self.is_over:
            self.interrupted = True
            self.end()

    def end(self, heard: str = "", *, error: BaseException | None = None) -> None:
        self.is_over, self._error = True, error
        if heard:
            self.chat_items.append(llm.ChatMessage(role="assistant", content=[heard]))
        for callback in self._over:
            callback(self)


class ScriptedSession(rtc.EventEmitter[str]):
    """An AgentSession whose model is the test."""

    def __init__(self) -> None:
        super().__init__()
        self.llm = None
        self.agent_state = "listening"
        self.current_speech: ScriptedSpeech | None = None
        self.asked: list[ScriptedSpeech] = []  # what the voice was asked to say
        self.is_closed = False
        self.hears = True  # whether the model still gets the caller's sound
        self.input = SimpleNamespace(set_audio_enabled=lambda enabled: setattr(self, "hears", enabled))

    async def interrupt(self, *, force: bool = False) -> None:
        if self.current_speech:
            self.current_speech.interrupt(force=force)

    async def aclose(self) -> None:
        self.is_closed = True

    # -- what the model and the caller do ---------------------------------------------------------------------------

    def ask(self, words: str) -> ScriptedSpeech:
        speech = ScriptedSpeech(words)
        self.asked.append(speech)
        self.emit("speech_created", SimpleNamespace(speech_handle=speech, user_initiated=True))
        return speech

    async def model_speaks(self, heard: str, *, seconds: float = 1.0, speech: ScriptedSpeech | None = None) -> None:
        """Say something; the speech that was asked for last, or another."""
        if speech is None:
            speech = ScriptedSpeech("")
            self.emit("speech_created", SimpleNamespace(speech_handle=speech, user_initiated=False))
        self.current_speech = speech
        self._set_agent_state("speaking")
        await asyncio.sleep(seconds)
        self.current_speech = None
        self._set_agent_state("listening")
        if not speech.is_over:  # else it was interrupted meanwhile
            speech.end(heard)

    async def caller_talks(self, seconds: float) -> None:
        self.emit("user_state_changed", SimpleNamespace(new_state="speaking"))
        await asyncio.sleep(seconds)
        self.emit("user_state_changed", SimpleNamespace(new_state="listening"))

    async def until_asked(self, times: int) -> ScriptedSpeech:
        """Wait until the voice was asked so often; return the last request."""
        while len(self.asked) < times:  # noqa: ASYNC110 # in virtual time
            await asyncio.sleep(0.01)
        return self.asked[-1]

    def _set_agent_state(self, state: str) -> None:
        self.agent_state = state
        self.emit("agent_state_changed", SimpleNamespace(new_state=state))


def make_scripted_voice(session: ScriptedSession) -> Voice:
    """Return a voice that notes what it is asked for: exact words, or "(greet)", "(resume)", "(answer …)"."""
    told: list[ModelEvents] = []

    def make_session(context: CallerContext) -> Any:
        return session

    def answer(session: Any, *, asked: str, heard: str) -> Any:
        return session.ask(f"(answer {heard})")

    def say_exactly(session: Any, words: str) -> Any:
        return session.ask(words)

    def greet(session: Any) -> Any:
        return session.ask("(greet)")

    def open_call(session: Any) -> Any:
        return session.ask("(open the call)")

    def resume(session: Any) -> Any:
        return session.ask("(resume)")

    return Voice(
        make_session=make_session,
        say_exactly=say_exactly,
        greet=greet,
        open_call=open_call,
        resume=resume,
        answer=answer,
        tell=told.append,
    )


@dataclass
class ScriptedLine:
    """A line that opens at once and notes what is played."""

    hears: bool = True
    played: list[str] = field(default_factory=list)
    lost: asyncio.Future[Ending] = field(default_factory=lambda: asyncio.get_running_loop().create_future())
    other_agent_spoke: asyncio.Event = field(default_factory=asyncio.Event)

    async def open(self, session: Any, agent: Any, *, on_answered: Callable[..., None]) -> None:
        await agent.on_enter()
        on_answered(datetime.now(UTC))

    async def listen(self, on_noticed: Any) -> None:
        self.noticed = on_noticed

    def record(self, session: Any, tape: Any) -> None: ...

    async def play(self, sound: Any) -> None:
        self.played.append(sound.stem)

    async def hang_up(self) -> None: ...

    async def give_up(self) -> None: ...


class ScriptedRecorder:
    """Notes events in a list."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.cut: list[str] = []
        self.opt_outs, self.picked_up = [], []
        self.resumed_after = None

    def listen_to(self, session: Any) -> None: ...

    def speaks_as(self, agent: str) -> None: ...

    def note(self, name: Any, at: Any = None, **data: Any) -> None:
        self.events.append(str(name.value))

    def note_answered(self, at: Any) -> None: ...

    def note_recording(self, recording_id: Any, at: Any) -> None:
        self.events.append("recording")

    def note_recording_over(self, recording_id: Any, seconds: float, problem: Any) -> None:
        self.events.append("recording over")

    def note_disclosed(self) -> None:
        self.events.append("disclosed")

    picked_up: list[str]

    def note_picked_up(self, finding: Any) -> None:
        self.picked_up.append(finding.label.picked_up.value)

    def note_repeated(self, what: str, *, continued: bool) -> None:
        self.events.append(f"repeated {what}{', continued' if continued else ''}")

    def mark_cut(self, item_id: str) -> None:
        self.cut.append(item_id)

    opt_outs: list[tuple[str, str]]  # the words and the rule
    can_list = True  # False: the call shows no phone number

    async def opt_out(self, said: str, *, rule: str) -> bool:
        self.opt_outs.append((said, rule))
        return self.can_list

    async def flush(self) -> None: ...


def tool_call(speech: ScriptedSpeech, call_id: str = "call-1", *, said_first: Sequence[str] = ()) -> Any:
    """Return the context that a tool is called with, after the words that were said before it."""
    for words in said_first:
        speech.chat_items.append(llm.ChatMessage(role="assistant", content=[words]))

    async def wait_for_playout() -> None:
        await asyncio.sleep(0)

    return SimpleNamespace(
        speech_handle=speech, function_call=SimpleNamespace(call_id=call_id), wait_for_playout=wait_for_playout
    )
