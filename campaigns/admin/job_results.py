"""What jobs of apps above this one worked on: those apps hand in who can say it, by the kind of job."""

from __future__ import annotations

from collections.abc import Callable

from voiceplatform.jobs.job import Job

Finder = Callable[[Job], tuple[str, str] | None]  # in words, and as an address
_finders: dict[str, Finder] = {}


def hand_in(kind: str, find: Finder) -> None:
    """Let the page of a job of this kind show its result. Called once, when the app is ready."""
    _finders[kind] = find


def find_handed_in(job: Job) -> tuple[str, str] | None:
    """Return what the job worked on; None when it has no result, or its kind is of no such app."""
    find = _finders.get(job.kind)
    return find(job) if find else None
