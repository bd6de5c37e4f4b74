"""A voice whose model raises, or never answers."""

import asyncio

from livekit.agents import APIConnectionError, APIConnectOptions, llm

from agent_worker.caller_context import CallerContext
from agent_worker.voices.offline import HummingTTS, ScriptedLLM, ScriptedStream
from agent_worker.voices.voice import Session, Voice

ONE_TRY = APIConnectOptions(max_retry=0, retry_interval=0, timeout=1)


class RaisingStream(ScriptedStream):
    async def _run(self) -> None:
        raise APIConnectionError("the model is down", retryable=False)


class SilentStream(ScriptedStream):
    async def _run(self) -> None:
        await asyncio.sleep(60)


class BrokenLLM(ScriptedLLM):
    def __init__(self, how: str) -> None:
        super().__init__()
        self.stream = {"raises": RaisingStream, "never answers": SilentStream}[how]

    def chat(self, *, chat_ctx: llm.ChatContext, tools=None, **options) -> llm.LLMStream:
        return self.stream(self, chat_ctx=chat_ctx, tools=tools or [], conn_options=ONE_TRY)


def make_broken_voice(how: str) -> Voice:
    def make_session(context: CallerContext) -> Session:
        return Session(
            llm=BrokenLLM(how),
            tts=HummingTTS(),
            userdata=context,
            vad=None,
            turn_handling={"turn_detection": None},
            user_away_timeout=None,
        )

    def say(session: Session, words: str = ""):
        return session.generate_reply(instructions=words or "Greet.")

    def answer(session: Session, *, asked: str, heard: str):
        return session.generate_reply()

    return Voice(make_session=make_session, say_exactly=say, greet=say, open_call=say, resume=say, answer=answer)
