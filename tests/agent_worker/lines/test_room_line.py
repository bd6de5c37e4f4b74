"""When is the caller gone? A phone leaves for many reasons, and some of them announce its return. In virtual time."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from livekit import rtc

from agent_worker.ending import CALLER_HUNG_UP, CALLER_LEFT_RINGING, CONNECTION_LOST, ROOM_CLOSED, Ending
from agent_worker.line import NoCallerError
from agent_worker.lines.room_line import PHONE_RETURNS_WITHIN_SECONDS, RoomLine
from tests.fakes.scripted_room import ScriptedJob, ScriptedPhone
from tests.fakes.virtual_time import run_in_virtual_time

Reason = rtc.DisconnectReason
RETURNS = [Reason.DUPLICATE_IDENTITY, Reason.MIGRATION, Reason.STATE_MISMATCH, Reason.SIGNAL_CLOSE]


class Stage:
    """A line with its phone in the room."""

    def __init__(self) -> None:
        self.job, self.phone = ScriptedJob(), ScriptedPhone()
        self.line = RoomLine(self.job, noise_cancellation=False)  # type: ignore[arg-type]
        self.room = self.job.room

    async def lost_within(self, seconds: float) -> Ending | None:
        """Return how the line was lost, None when it was not."""
        await asyncio.wait({self.line.lost}, timeout=seconds)
        return self.line.lost.result() if self.line.lost.done() else None


def play(act: Callable[[Stage], Awaitable[Ending | None]]) -> Ending | None:
    async def hold() -> Ending | None:
        stage = Stage()
        stage.room.join(stage.phone)
        await stage.line.wait_for_phone()
        return await act(stage)

    return run_in_virtual_time(hold())


@pytest.mark.parametrize("reason", [Reason.CLIENT_INITIATED, Reason.ROOM_DELETED, Reason.CONNECTION_TIMEOUT])
def test_a_phone_that_leaves_has_hung_up(reason):
    async def act(stage: Stage) -> Ending | None:
        stage.room.leave(stage.phone, reason)
        return await stage.lost_within(0)

    assert play(act) == CALLER_HUNG_UP


@pytest.mark.parametrize("reason", RETURNS)
@pytest.mark.parametrize("after", [0.0, 1.0, 3.0])
def test_a_phone_that_announces_its_return_is_waited_for(reason, after):
    async def act(stage: Stage) -> Ending | None:
        stage.room.leave(stage.phone, reason)
        await asyncio.sleep(after)
        stage.room.join(ScriptedPhone(sid="PA_2"))
        return await stage.lost_within(60)

    assert play(act) is None


@pytest.mark.parametrize("reason", RETURNS)
def test_a_phone_that_is_back_before_its_old_stay_ends_goes_on(reason):
    async def act(stage: Stage) -> Ending | None:
        stage.room.join(ScriptedPhone(sid="PA_2"))
        stage.room.leave(stage.phone, reason)
        return await stage.lost_within(60)

    assert play(act) is None


def test_a_phone_that_came_back_can_hang_up():
    async def act(stage: Stage) -> Ending | None:
        stage.room.leave(stage.phone, Reason.SIGNAL_CLOSE)
        again = ScriptedPhone(sid="PA_2")
        stage.room.join(again)
        await asyncio.sleep(1)
        stage.room.leave(again, Reason.CLIENT_INITIATED)
        return await stage.lost_within(0)

    assert play(act) == CALLER_HUNG_UP


@pytest.mark.parametrize("reason", RETURNS)
def test_a_phone_that_does_not_return_is_lost(reason):
    async def act(stage: Stage) -> Ending | None:
        stage.room.leave(stage.phone, reason)
        return await stage.lost_within(PHONE_RETURNS_WITHIN_SECONDS + 1)

    assert play(act) == CONNECTION_LOST


def test_a_phone_that_said_it_hangs_up_is_not_waited_for():
    async def act(stage: Stage) -> Ending | None:
        stage.phone.attributes["sip.callStatus"] = "hangup"
        stage.room.leave(stage.phone, Reason.SIGNAL_CLOSE)
        return await stage.lost_within(0)

    assert play(act) == CALLER_HUNG_UP


def test_another_phone_may_leave():
    async def act(stage: Stage) -> Ending | None:
        other = ScriptedPhone(sid="PA_9", identity="sip_other")
        stage.room.join(other)
        stage.room.leave(other, Reason.CLIENT_INITIATED)
        return await stage.lost_within(1)

    assert play(act) is None


def test_a_room_that_closes_takes_the_line_with_it():
    async def act(stage: Stage) -> Ending | None:
        stage.room.emit("disconnected", "reason")
        return await stage.lost_within(0)

    assert play(act) == ROOM_CLOSED


def test_an_agent_that_publishes_has_taken_the_call_over():
    async def act(stage: Stage) -> Ending | None:
        agent = ScriptedPhone(kind=rtc.ParticipantKind.PARTICIPANT_KIND_AGENT)
        stage.room.emit("track_published", None, agent)
        assert stage.line.other_agent_spoke.is_set()
        return None

    play(act)


def test_a_phone_that_never_comes_has_left_ringing():
    async def hold() -> None:
        stage = Stage()
        with pytest.raises(NoCallerError) as caught:
            await stage.line.wait_for_phone()
        assert caught.value.ending == CALLER_LEFT_RINGING

    run_in_virtual_time(hold())
