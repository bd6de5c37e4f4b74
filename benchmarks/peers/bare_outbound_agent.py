"""LiveKit's own example of an agent that calls a number: the peer of our outbound calls.

The job's metadata names the phone. The session starts while LiveKit SIP dials, and the agent speaks once the phone was
answered. The model, the words and the worker are those of `bare_agent`.
Source: https://github.com/livekit-examples/outbound-caller-python, agent.py.
"""

import asyncio
import json

from livekit import api
from livekit.agents import Agent, JobContext

from benchmarks.peers import CALLED_IDENTITY, CALLER_ID, INSTRUCTIONS, OUTBOUND_NAME, TRUNK_ADDRESS
from benchmarks.peers.bare_agent import make_server, make_session, run, speak


async def call(ctx: JobContext) -> None:
    await ctx.connect()
    phone = json.loads(ctx.job.metadata)["phone_number"]
    session = make_session()
    session_started = asyncio.create_task(session.start(Agent(instructions=INSTRUCTIONS), room=ctx.room))
    await ctx.api.sip.create_sip_participant(
        api.CreateSIPParticipantRequest(
            room_name=ctx.room.name,
            trunk=api.SIPOutboundConfig(hostname=TRUNK_ADDRESS),
            sip_number=CALLER_ID,
            sip_call_to=phone,
            participant_identity=CALLED_IDENTITY,
            wait_until_answered=True,
        )
    )
    await session_started
    await ctx.wait_for_participant(identity=CALLED_IDENTITY)
    await speak(session)


if __name__ == "__main__":
    asyncio.run(run(make_server(call, agent_name=OUTBOUND_NAME)))
