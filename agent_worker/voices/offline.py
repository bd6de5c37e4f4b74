"""The offline voice: a scripted model that needs no key and hums its words.

The same session, agent and tools as with any provider; only the parts that listen, think and speak are ours.
"""

from __future__ import annotations

import array
import json
import math
from typing import Any, Never

from livekit.agents import (
    DEFAULT_API_CONNECT_OPTIONS,
    NOT_GIVEN,
    APIConnectOptions,
    NotGivenOr,
    TurnHandlingOptions,
    inference,
    llm,
    stt,
    tts,
    utils,
)
from livekit.agents.voice import SpeechHandle

from agent_worker.caller_context import CallerContext
from agent_worker.voices.offline_script import (
    OPEN_THE_CALL,
    UNHEARD,
    EndCall,
    Say,
    choose_opening,
    choose_reply,
    exact_words,
)
from agent_worker.voices.voice import Session, Voice

RATE_HZ = 24_000
WORD_SECONDS = 0.18


def make_offline_voice(*, hears: bool) -> Voice:
    """Return the voice of one call; `hears` False leaves out what only a call with sound needs."""

    def make_session(context: CallerContext) -> Session:
        # TurnHandlingOptions: "vad" ends a turn on silence alone; the default would load an end-of-turn model.
        listening: dict[str, Any] = {"stt": UnhearingSTT(), "vad": inference.VAD()} if hears else {"vad": None}
        turns = TurnHandlingOptions(turn_detection="vad" if hears else None)
        return Session(
            llm=ScriptedLLM(),
            tts=HummingTTS(),
            userdata=context,
            turn_handling=turns,
            user_away_timeout=None,
            **listening,
        )

    return Voice(
        make_session=make_session,
        say_exactly=_say_exactly,
        greet=_greet,
        open_call=_open_call,
        resume=_resume,
        answer=_answer,
    )


def _say_exactly(session: Session, words: str) -> SpeechHandle:
    return session.say(words)


def _greet(session: Session) -> SpeechHandle:
    return session.say(f"Hello, this is {session.userdata.persona}. How can I help you?")


def _open_call(session: Session) -> SpeechHandle:
    return session.generate_reply(instructions=OPEN_THE_CALL)


def _resume(session: Session) -> SpeechHandle:
    return session.say("I am sorry, we were interrupted for a moment. Please go on.")


def _answer(session: Session, *, asked: str, heard: str) -> SpeechHandle:
    return session.generate_reply()


class ScriptedLLM(llm.LLM[Never]):
    """Answers by `offline_script`."""

    @property
    def model(self) -> str:
        return "scripted"

    @property
    def provider(self) -> str:
        return "offline"

    def chat(
        self,
        *,
        chat_ctx: llm.ChatContext,
        tools: list[llm.Tool] | None = None,
        conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS,
        parallel_tool_calls: NotGivenOr[bool] = NOT_GIVEN,
        tool_choice: NotGivenOr[llm.ToolChoice] = NOT_GIVEN,
        extra_kwargs: NotGivenOr[dict[str, Any]] = NOT_GIVEN,
    ) -> llm.LLMStream:
        return ScriptedStream(self, chat_ctx=chat_ctx, tools=tools or [], conn_options=conn_options)


class ScriptedStream(llm.LLMStream):
    """One reply."""

    async def _run(self) -> None:
        reply_id = utils.shortuuid("reply_")
        match self._choose():
            case Say(words):
                delta = llm.ChoiceDelta(role="assistant", content=words)
            case EndCall():
                call = llm.FunctionToolCall(name="end_call", arguments=json.dumps({}), call_id=utils.shortuuid("call_"))
                delta = llm.ChoiceDelta(role="assistant", tool_calls=[call])
        self._event_ch.send_nowait(llm.ChatChunk(id=reply_id, delta=delta))

    def _choose(self) -> Say | EndCall:
        instructions = "\n".join(
            i.text_content or "" for i in self._chat_ctx.items if i.type == "message" and i.role == "system"
        )
        last = self._chat_ctx.items[-1]
        if last.type == "function_call_output":
            return Say(exact_words(last.output) or last.output)
        text = (last.text_content or "") if last.type == "message" else ""
        if words := exact_words(text):
            return Say(words)
        if OPEN_THE_CALL in text:
            return choose_opening(instructions)
        return choose_reply(instructions, text)


class UnhearingSTT(stt.STT[Never]):
    """Notices that the caller spoke, not what was said."""

    def __init__(self) -> None:
        super().__init__(capabilities=stt.STTCapabilities(streaming=False, interim_results=False))

    async def _recognize_impl(
        self, buffer: utils.AudioBuffer, *, language: NotGivenOr[str] = NOT_GIVEN, conn_options: APIConnectOptions
    ) -> stt.SpeechEvent:
        # The plugin's LanguageCode is a str
        heard = stt.SpeechData(language="", text=UNHEARD)  # type: ignore[arg-type]
        return stt.SpeechEvent(type=stt.SpeechEventType.FINAL_TRANSCRIPT, alternatives=[heard])


class HummingTTS(tts.TTS[Never]):
    """Hums one soft tone a word."""

    def __init__(self) -> None:
        super().__init__(capabilities=tts.TTSCapabilities(streaming=False), sample_rate=RATE_HZ, num_channels=1)

    def synthesize(
        self, text: str, *, conn_options: APIConnectOptions = DEFAULT_API_CONNECT_OPTIONS
    ) -> tts.ChunkedStream:
        return HummedWords(tts=self, input_text=text, conn_options=conn_options)


class HummedWords(tts.ChunkedStream):
    """Mono 16-bit PCM at RATE_HZ."""

    async def _run(self, output_emitter: tts.AudioEmitter) -> None:
        output_emitter.initialize(
            request_id=utils.shortuuid(), sample_rate=RATE_HZ, num_channels=1, mime_type="audio/pcm"
        )
        for word in self._input_text.split():
            output_emitter.push(hum(word))
        output_emitter.flush()


def hum(word: str) -> bytes:
    """Return WORD_SECONDS of a tone whose pitch comes from the word, swelling and fading."""
    samples = int(RATE_HZ * WORD_SECONDS)
    hertz = 180 + sum(map(ord, word)) % 120
    wave = (
        int(7000 * math.sin(math.pi * n / samples) * math.sin(2 * math.pi * hertz * n / RATE_HZ))
        for n in range(samples)
    )
    return array.array("h", wave).tobytes()
