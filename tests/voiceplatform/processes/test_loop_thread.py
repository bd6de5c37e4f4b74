"""Running coroutines from synchronous code, on one thread in each process."""

import asyncio
import threading
import time

import pytest

from voiceplatform.processes.loop_thread import LoopThread


@pytest.fixture(scope="module")
def loop_thread():
    return LoopThread("test-loop")


async def name_thread():
    return threading.current_thread().name


def test_a_coroutine_runs_on_the_thread_and_returns(loop_thread):
    assert loop_thread.run(name_thread(), timeout=5) == "test-loop"


def test_all_coroutines_share_one_thread(loop_thread):
    for _ in range(3):
        loop_thread.run(name_thread(), timeout=5)

    assert [thread.name for thread in threading.enumerate()].count("test-loop") == 1


def test_what_a_coroutine_raises_is_raised(loop_thread):
    async def fail():
        raise LookupError("nothing there")

    with pytest.raises(LookupError, match="nothing there"):
        loop_thread.run(fail(), timeout=5)


def test_a_coroutine_that_takes_too_long_is_cancelled(loop_thread):
    cancelled = threading.Event()

    async def wait():
        try:
            await asyncio.sleep(60)
        finally:
            cancelled.set()

    with pytest.raises(TimeoutError):
        loop_thread.run(wait(), timeout=0.05)

    assert cancelled.wait(5)


def test_a_blocked_loop_does_not_hold_the_caller(loop_thread):
    unblock = threading.Event()

    async def block():
        unblock.wait(10)

    blocking = threading.Thread(target=loop_thread.run, args=[block()], kwargs={"timeout": 20})
    blocking.start()
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        loop_thread.run(asyncio.sleep(0), timeout=0.05)

    assert time.monotonic() - began < 5
    unblock.set()
    blocking.join()


def test_threads_run_their_coroutines_at_the_same_time(loop_thread):
    together = asyncio.Barrier(3)
    results = []

    def run():
        results.append(loop_thread.run(asyncio.wait_for(together.wait(), 5), timeout=10))

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(results) == [0, 1, 2]
