"""Stores what a background job counted, when it is done.

Jobs come minutes apart, and a worker may be stopped in between: so after each, and not on a clock.
"""

from __future__ import annotations

import asyncio
from typing import Any

from procrastinate import App, JobContext
from procrastinate.middleware import AsyncCallNext
from procrastinate.worker import Worker

from voiceplatform.observability.metrics import flush_at_exit


def prepare(app: App) -> None:
    """Called by procrastinate when Django is ready (setting PROCRASTINATE_ON_APP_READY)."""
    app.worker_defaults["worker_middleware"] = [store_what_it_counted]


async def store_what_it_counted(call_next: AsyncCallNext, context: JobContext, worker: Worker) -> Any:
    """Run one job, then store its counts on a thread and connection of their own, which are gone afterwards."""
    try:
        return await call_next()
    finally:
        await asyncio.to_thread(flush_at_exit)
