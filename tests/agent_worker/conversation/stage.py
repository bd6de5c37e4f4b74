"""A conversation whose model, caller and clock do as a test says. In virtual time."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from livekit.agents import llm

from agent_worker.conversation.conversation import Conversation
from agent_worker.database import Earlier
from agent_worker.ending import CALLER_HUNG_UP, Ending
from calls.brief import CallBrief, Patience, render_brief
from personas.answering.routing import Source
from personas.persona.built_in import BUILT_IN_PERSONA
from tests.fakes.scripted_session import ScriptedLine, ScriptedRecorder, ScriptedSession, make_scripted_voice
from tests.fakes.virtual_time import run_in_virtual_time

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
    """Hold a conversation while these acts go on; return how it ended. Raises what an act raised."""

    async def hold() -> tuple[Ending, Stage]:
        stage = Stage(brief or make_brief(), earlier=earlier, others_take_it=others_take_it)
        acting = [asyncio.ensure_future(act(stage)) for act in acts]
        try:
            return await stage.conversation.run(), stage
        finally:
            for act in acting:
                act.cancel()
            results = await asyncio.gather(*acting, return_exceptions=True)
            for error in (each for each in results if isinstance(each, Exception)):
                raise error

    return run_in_virtual_time(hold())


async def obey(stage: Stage) -> None:
    await stage.model_obeys()


async def hang_up_later_still(stage: Stage) -> None:
    await asyncio.sleep(14)
    stage.line.lost.set_result(CALLER_HUNG_UP)


async def hang_up_later(stage: Stage) -> None:
    await asyncio.sleep(5)
    stage.line.lost.set_result(CALLER_HUNG_UP)


class RealtimeModel(llm.RealtimeModel):
    """Only its kind matters: a model that replies to a tool's output on its own."""

    def __init__(self) -> None: ...

    def session(self, **_: object) -> llm.RealtimeSession:
        raise NotImplementedError

    async def aclose(self) -> None: ...
