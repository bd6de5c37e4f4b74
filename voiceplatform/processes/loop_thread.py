"""Runs coroutines for synchronous code: one event loop on one thread in each process."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")


class LoopThread:
    """An event loop on a thread that starts with the first coroutine and ends with the process.

    Make one for each module that needs one, not one for each use.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._inherited: list[asyncio.AbstractEventLoop] = []
        os.register_at_fork(after_in_child=self._start_over)

    def run(self, coroutine: Coroutine[Any, Any, T], *, timeout: float) -> T:
        """Return what the coroutine returns.

        Raises TimeoutError after `timeout` seconds, whatever the coroutine waits for; it is cancelled then.
        """
        future = asyncio.run_coroutine_threadsafe(coroutine, self._running_loop())
        try:
            return future.result(timeout)
        finally:
            future.cancel()

    def _running_loop(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name=self._name, daemon=True).start()
            return self._loop

    def _start_over(self) -> None:
        """Forget the parent's loop in a forked child: its thread does not exist here.

        Important: the loop is kept in a list. Collecting it would close its sockets, and take the parent's out of the
        epoll that both share.
        """
        self._lock = threading.Lock()
        if self._loop:
            self._inherited.append(self._loop)
            self._loop = None
