"""Tells whether the worker that started this job process is still alive: its main process may be killed alone."""

import multiprocessing


def is_orphan() -> bool:
    """Whether this is a job process whose worker has died."""
    # By a pipe that the worker holds, not by getppid(): a job is the child of a forkserver, which outlives the worker.
    parent = multiprocessing.parent_process()
    return parent is not None and not parent.is_alive()


def parent_pid() -> int | None:
    """Return the process id of the worker, even of one that died; None outside of a job process."""
    parent = multiprocessing.parent_process()
    return parent.pid if parent else None
