"""Runs several processes as one: started together, their output in one place, all stopped when one ends."""

from __future__ import annotations

import asyncio
import os
import signal
from asyncio.subprocess import PIPE, STDOUT, Process
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass

PATIENCE_SECONDS = 60.0  # a worker lets its calls finish, then apologises in those that go on
LONGEST_LINE = 1_000_000  # bytes; a longer one is shown in pieces
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, kw_only=True)
class Member:
    """One process of the group."""

    name: str  # stands before each of its lines
    command: Sequence[str]


class ProcessGroup:
    """Runs its members until one ends or stop is requested."""

    def __init__(
        self,
        members: Sequence[Member],
        write: Callable[[str, str], None],
        *,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        """`write(name, line)` shows a line; the group's own lines have the name ''."""
        self._members = members
        self._write = write
        self._patience_seconds = patience_seconds
        self._running: dict[str, Process] = {}
        self._stop = asyncio.Event()
        self._ending = False

    async def run(self) -> int:
        """Return the exit code of the member that ended first, or 0 after a stop.

        1. Start all; a signal to us is a request to stop.
        2. Wait until one ends or a stop is asked for.
        3. Ask the others to end (SIGTERM), kill those that do not in time, or at once at the second signal.
        """
        self._listen_for_signals()
        watching = {asyncio.create_task(self._watch(member)): member for member in self._members}
        stop = asyncio.create_task(self._stop.wait())
        ended, _ = await asyncio.wait({stop, *watching}, return_when=asyncio.FIRST_COMPLETED)
        first = next((task for task in watching if task in ended), None)
        if first:
            self._write("", f"{watching[first].name} ended with exit code {first.result()}: stopping the others")
        else:
            self._write("", "stopping; Ctrl-C again to stop at once")
        await self._end_the_others(watching.keys() - ended)
        stop.cancel()
        return first.result() if first else 0

    def stop(self) -> None:
        """Ask for the end; asked a second time, it does not wait."""
        if self._stop.is_set():
            self._signal_all(signal.SIGKILL)
        self._stop.set()

    def _listen_for_signals(self) -> None:
        loop = asyncio.get_running_loop()
        for number in STOP_SIGNALS:
            loop.add_signal_handler(number, self.stop)

    async def _watch(self, member: Member) -> int:
        """Run one member to its end, passing on its lines. Returns its exit code, 128 + n after signal n."""
        # Important: a session of its own. Ctrl-C at a terminal would otherwise reach all members, and calls at hand would
        # be cut.
        process = await asyncio.create_subprocess_exec(
            *member.command,
            stdout=PIPE,
            stderr=STDOUT,
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,
            limit=LONGEST_LINE,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
        )
        self._running[member.name] = process
        if self._ending:
            process.terminate()  # started in the very moment the group began to end
        reading = asyncio.create_task(self._pass_on(member.name, process))
        code = await process.wait()
        # A grandchild may hold the pipe open: what it still has to say must not keep the group waiting.
        await asyncio.wait({reading}, timeout=1)
        reading.cancel()
        del self._running[member.name]
        return code if code >= 0 else 128 - code

    async def _pass_on(self, name: str, process: Process) -> None:
        assert process.stdout
        while True:
            try:
                line = await process.stdout.readline()
            except ValueError:  # longer than LONGEST_LINE: readline has dropped it
                line = b"(a line too long to show)\n"
            if not line:
                return
            self._write(name, line.decode(errors="replace").rstrip())

    async def _end_the_others(self, watching: Collection[asyncio.Task[int]]) -> None:
        if not watching:
            return
        self._ending = True
        for process in self._running.values():
            with suppress(ProcessLookupError):
                process.terminate()
        _, late = await asyncio.wait(watching, timeout=self._patience_seconds)
        if late:
            self._write("", f"{', '.join(sorted(self._running))} did not end in {self._patience_seconds:g} s: killed")
            self._signal_all(signal.SIGKILL)
            await asyncio.wait(late)

    def _signal_all(self, number: signal.Signals) -> None:
        for process in self._running.values():
            with suppress(ProcessLookupError):
                os.killpg(process.pid, number)
