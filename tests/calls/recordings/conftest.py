"""A storage for each test."""

from tests.calls.recordings.cast import storage

__all__ = ["storage"]
