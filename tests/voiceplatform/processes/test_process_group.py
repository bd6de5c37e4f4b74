"""Does a group of processes start, speak and stop as one?"""

import asyncio
import os
import signal
import sys
import time

from voiceplatform.processes.process_group import Member, ProcessGroup

READY_THEN_WAIT = "import time; print('ready', flush=True); time.sleep(60)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"
SAYS_GOODBYE = "import signal, sys, time; signal.signal(15, lambda *_: sys.exit(print('goodbye'))); print('ready', flush=True); time.sleep(60)"


def member(name: str, code: str) -> Member:
    return Member(name=name, command=[sys.executable, "-c", code])


class Screen:
    """What the group wrote; acts once a given number of members is ready."""

    def __init__(self, *, ready: int = 1, then=lambda: None) -> None:
        self.lines: list[tuple[str, str]] = []
        self._missing, self._then = ready, then

    def __call__(self, name: str, line: str) -> None:
        self.lines.append((name, line))
        self._missing -= line == "ready"
        if self._missing == 0 and line == "ready":
            self._then()


def send_ourselves(number: int):
    return lambda: os.kill(os.getpid(), number)


def is_running(code: str) -> bool:
    marker = code.encode()
    return any(marker in _cmdline(pid) for pid in os.listdir("/proc") if pid.isdigit() and int(pid) != os.getpid())


def _cmdline(pid: str) -> bytes:
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read()
    except (FileNotFoundError, ProcessLookupError):
        return b""


async def test_when_one_fails_the_others_stop_and_its_code_is_ours():
    screen = Screen()
    waiting = READY_THEN_WAIT + "  # beside one that fails"

    code = await ProcessGroup([member("web", waiting), member("worker", "raise SystemExit(3)")], screen).run()

    assert code == 3
    assert ("", "worker ended with exit code 3: stopping the others") in screen.lines
    assert not is_running(waiting)


async def test_one_that_is_killed_counts_as_failed():
    code = await ProcessGroup([member("worker", "import os; os.kill(os.getpid(), 9)")], Screen()).run()

    assert code == 128 + signal.SIGKILL


async def test_sigterm_reaches_all_and_is_no_failure():
    screen = Screen(ready=2, then=send_ourselves(signal.SIGTERM))

    code = await ProcessGroup([member("web", SAYS_GOODBYE), member("worker", SAYS_GOODBYE)], screen).run()

    assert code == 0
    assert {("web", "goodbye"), ("worker", "goodbye")} <= set(screen.lines)


async def test_one_that_does_not_end_is_killed_and_named():
    screen = Screen(then=send_ourselves(signal.SIGINT))

    await ProcessGroup([member("worker", DEAF)], screen, patience_seconds=0.2).run()

    assert ("", "worker did not end in 0.2 s: killed") in screen.lines


async def test_the_second_signal_waits_for_no_process():
    began = time.monotonic()
    ready = asyncio.Event()
    group = ProcessGroup([member("worker", DEAF)], Screen(then=ready.set), patience_seconds=50)
    running = asyncio.create_task(group.run())
    await ready.wait()

    group.stop()
    await asyncio.sleep(0.05)
    group.stop()

    assert await running == 0
    assert time.monotonic() - began < 10


async def test_lines_keep_the_name_of_who_said_them():
    screen = Screen()

    await ProcessGroup([member("web", "print('one'); print('two ü')")], screen).run()

    assert screen.lines[:2] == [("web", "one"), ("web", "two ü")]
