"""What became of a played phone's call? Asked of the database and of LiveKit, until it is so."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from livekit import api

from calls.models import Call
from tests.telephony.phones import Phone
from transcripts.models import Turn


async def until(happened: Callable[[], Awaitable[bool]], *, within: float = 10.0) -> None:
    """Ask twenty times a second. Raises TimeoutError."""
    async with asyncio.timeout(within):
        while True:
            if await happened():
                return
            await asyncio.sleep(0.05)


async def call_of(phone: Phone) -> Call:
    call: Call = await Call.objects.select_related("persona").aget(room_name=phone.room_name)
    return call


async def until_ended(phone: Phone, *, within: float = 10.0) -> Call:
    """Wait for the phone's call to end and return it."""
    ended = Call.objects.filter(room_name=phone.room_name, status=Call.Status.ENDED)
    try:
        await until(ended.aexists, within=within)
    except TimeoutError:
        pytest.fail(f"the call of {phone} did not end: {await events_of(await call_of(phone))}")
    return await call_of(phone)


async def until_said(phone: Phone, words: str, *, within: float = 10.0) -> None:
    turns = Turn.objects.filter(call__room_name=phone.room_name, text=words)
    try:
        await until(turns.aexists, within=within)
    except TimeoutError:
        pytest.fail(f"{phone}: “{words}” is not in the transcript {await said_in(await call_of(phone))}")


async def events_of(call: Call) -> list[str]:
    return [event.name async for event in call.events.all()]


async def said_in(call: Call) -> list[str]:
    """Return the transcript, without who spoke."""
    return [turn.text async for turn in call.turns.all()]


async def agents_in(livekit_api: api.LiveKitAPI, room_name: str) -> int:
    found = await livekit_api.room.list_participants(api.ListParticipantsRequest(room=room_name))
    return sum(participant.kind == api.ParticipantInfo.Kind.AGENT for participant in found.participants)


async def until_agents_in(livekit_api: api.LiveKitAPI, room_name: str, wanted: int) -> None:
    """LiveKit's list of participants follows a moment after an agent came or left."""

    async def as_wanted() -> bool:
        return await agents_in(livekit_api, room_name) == wanted

    await until(as_wanted)
