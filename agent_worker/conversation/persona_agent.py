"""The persona as LiveKit runs it: its instructions, what was said before, its tools."""

from __future__ import annotations

from typing import Protocol

from livekit.agents import Agent, RunContext, function_tool, llm

from agent_worker.caller_context import CallerContext
from agent_worker.database import Earlier
from calls.brief import AgentBrief


class Talk(Protocol):
    """What an agent asks of its conversation."""

    def welcome(self) -> None: ...

    async def start_ending(self, context: RunContext[CallerContext]) -> str: ...

    async def stop_calling(self, context: RunContext[CallerContext]) -> str: ...


class PersonaAgent(Agent):
    """One agent of the persona. A subclass, since `Agent(id=…)` itself ignores the id."""

    def __init__(self, brief: AgentBrief, talk: Talk, said_before: llm.ChatContext | None = None) -> None:
        self._talk = talk
        super().__init__(id=brief.name, instructions=brief.instructions, chat_ctx=said_before)

    async def on_enter(self) -> None:
        self._talk.welcome()

    @function_tool
    async def end_call(self, context: RunContext[CallerContext]) -> str:
        """End the telephone call. Use it when the caller says goodbye or the matter is settled, never before."""
        return await self._talk.start_ending(context)

    @function_tool
    async def add_to_do_not_call_list(self, context: RunContext[CallerContext]) -> str:
        """Put the person's number on the do-not-call list. Use it at once when they ask not to be called again, in whatever
        words. Not for a wish about the time, the day, or another number.
        """
        return await self._talk.stop_calling(context)


def as_context(earlier: Earlier | None) -> llm.ChatContext | None:
    """Return what was said as the model remembers it."""
    if earlier is None:
        return None
    context = llm.ChatContext.empty()
    for said in earlier.said:
        context.add_message(role="user" if said.by_caller else "assistant", content=said.text)
    return context
