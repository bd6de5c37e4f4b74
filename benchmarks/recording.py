"""What does recording a call cost, and how much of it does a kill -9 lose?

    python -m benchmarks.recording [--seconds 30] [--kills 20]

The tape and its encoder run as in a call: 100 ms of the person ten times a second, 50 ms of the agent twenty times a
second. The session, the room and the native resampling of the phone's track are not part of it. What each kill loses is
the time since the start, as the process noted it, less what can be decoded.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import av
import numpy as np
import psutil
from livekit import rtc

from agent_worker.recording.tape import Tape
from agent_worker.recording.timeline import RATE
from benchmarks.table import describe_machine


def frame(seconds: float, hertz: float) -> rtc.AudioFrame:
    samples = round(RATE * seconds)
    sound = (8000 * np.sin(2 * np.pi * hertz * np.arange(samples) / RATE)).astype("<i2")
    return rtc.AudioFrame(sound.tobytes(), RATE, 1, samples)


async def talk(tape: Tape | None, seconds: float) -> None:
    """Let both sides talk all the time, in real time."""
    person, agent = frame(0.1, 300), frame(0.05, 700)
    if tape:
        tape.start()
    begun = time.monotonic()
    for tick in range(round(seconds / 0.05)):
        now = begun + tick * 0.05
        await asyncio.sleep(max(0.0, now - time.monotonic()))
        if tape:
            tape.hear_agent(agent, now + 0.2)
            if tick % 2 == 0:
                tape.hear_person(person)
    if tape:
        await tape.close()
        tape.release()


def child(path: str, seconds: float) -> None:
    """Be a process that records, or does not: prints its CPU seconds and memory in MB at the end."""

    async def run() -> None:
        tape = Tape(Path(path), on_failed=print) if path else None
        begun = time.process_time()
        print("started", flush=True)
        await talk(tape, seconds)
        print(time.process_time() - begun, psutil.Process().memory_info().rss / 1e6, flush=True)

    asyncio.run(run())


def start(path: str, seconds: float) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", "benchmarks.recording", "--child", path, "--seconds", str(seconds)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    assert process.stdout
    process.stdout.readline()
    return process


def cost(path: str, seconds: float) -> tuple[float, float]:
    """Return percent of a core, and MB."""
    cpu, megabytes = start(path, seconds).communicate()[0].split()
    return 100 * float(cpu) / seconds, float(megabytes)


def lost(path: str, after: float) -> float:
    """Return how many seconds a kill at this moment loses."""
    process = start(path, 600)
    begun = time.monotonic()
    time.sleep(after)
    os.kill(process.pid, signal.SIGKILL)
    lived = time.monotonic() - begun
    process.communicate()
    with av.open(path) as file:
        samples = sum(decoded.samples for decoded in file.decode(audio=0))
    return lived - samples / 48_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--child", default=None)
    options = parser.parse_args()
    if options.child is not None:
        return child(options.child, options.seconds)
    with tempfile.TemporaryDirectory() as folder:
        off, on = cost("", options.seconds), cost(f"{folder}/cost.ogg", options.seconds)
        chance = random.Random(7)
        losses = [lost(f"{folder}/{kill}.ogg", chance.uniform(3, 12)) for kill in range(options.kills)]
    print(describe_machine())
    print("| a call | off | on | recording costs | at most |\n| --- | --- | --- | --- | --- |")
    print(f"| CPU, percent of a core | {off[0]:.2f} | {on[0]:.2f} | {on[0] - off[0]:.2f} | 3 |")
    print(f"| memory, MB | {off[1]:.1f} | {on[1]:.1f} | {on[1] - off[1]:.1f} | 15 |")
    print(f"\n{options.kills} kills lose {min(losses):.2f} to {max(losses):.2f} s, at most 2 allowed")
    sys.exit(0 if max(losses) <= 2 else 1)


if __name__ == "__main__":
    main()
