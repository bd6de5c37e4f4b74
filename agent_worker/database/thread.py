"""Runs the database functions of the worker in order on one thread, so that the event loop never touches the ORM."""

from __future__ import annotations

# First: what follows imports models, in whatever process this is.
import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from functools import cache, partial
from typing import ParamSpec, TypeVar

from django.db import InterfaceError, OperationalError, close_old_connections, connection

from voiceplatform.observability import metrics

DATABASE_AWAY = (OperationalError, InterfaceError)  # the same write may succeed a little later
P = ParamSpec("P")
T = TypeVar("T")


@cache
def _database_thread() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="database")


async def on_database_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run one of the functions below without blocking the loop; they run in the order in which they were called."""
    # The context comes along: what these functions log belongs to the call.
    work = partial(_with_fresh_connection, function, *args, **kwargs)
    return await asyncio.get_running_loop().run_in_executor(_database_thread(), copy_context().run, work)


async def beside_the_call(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run something slow on a thread and connection of its own, so that turns need not wait for it."""
    return await asyncio.to_thread(partial(_then_close, function, *args, **kwargs))


def on_this_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run one of the functions below on a thread that is not the loop's.

    Its connection stays open until the function `leave`.
    """
    return _with_fresh_connection(function, *args, **kwargs)


def _with_fresh_connection(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    close_old_connections()
    try:
        return function(*args, **kwargs)
    finally:
        metrics.flush_if_due()


def _then_close(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    try:
        return function(*args, **kwargs)
    finally:
        connection.close()


def close() -> None:
    """Close the thread's connection; the next function opens it again."""
    # A lambda: `connection` means another connection in each thread, so it is looked up in that one.
    _database_thread().submit(lambda: connection.close()).result()
