"""LiveKit's own worker with one prompt in the code: the peer for the answer time.

The peer of our worker: the same plugin, the same model, job processes warmed up, no database, no configuration.
Reads LIVEKIT_URL, LIVEKIT_API_KEY, LIVEKIT_API_SECRET, GOOGLE_API_KEY, GOOGLE_BASE_URL from the environment.
"""

import asyncio
import os
import signal
from collections.abc import Awaitable, Callable

from google.genai import types
from livekit.agents import Agent, AgentServer, AgentSession, JobContext, inference
from livekit.plugins import google

from benchmarks.peers import AGENT_NAME, INSTRUCTIONS, VOICE, WORDS


async def answer(ctx: JobContext) -> None:
    session = make_session()
    await session.start(Agent(instructions=INSTRUCTIONS), room=ctx.room)
    await speak(session)


def make_session() -> AgentSession[None]:
    model = google.realtime.RealtimeModel(
        voice=VOICE, http_options=types.HttpOptions(base_url=os.environ["GOOGLE_BASE_URL"])
    )
    return AgentSession(llm=model, vad=inference.VAD())


async def speak(session: AgentSession[None]) -> None:
    await session.generate_reply(
        instructions=f"Say exactly the following words, nothing before and nothing after:\n{WORDS}"
    )


def make_server(job: Callable[[JobContext], Awaitable[None]], *, agent_name: str) -> AgentServer:
    server = AgentServer(load_fnc=lambda _: 0.0, num_idle_processes=2, port=0, host="127.0.0.1")
    server.rtc_session(job, agent_name=agent_name)
    server.on("worker_registered", lambda *_: print("ready", flush=True))
    return server


async def run(server: AgentServer) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    running, stopping = asyncio.create_task(server.run()), asyncio.create_task(stop.wait())
    await asyncio.wait({running, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if running.done():
        running.result()  # raises why it gave up
    stopping.cancel()
    await server.aclose()


if __name__ == "__main__":
    asyncio.run(run(make_server(answer, agent_name=AGENT_NAME)))
