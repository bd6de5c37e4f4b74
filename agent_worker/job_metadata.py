"""What does a LiveKit job tell us about its call? The id of the call, the CRM's whole JSON, or nothing.

Pure: no Django, no LiveKit. Our own webhook sends `{"call_id": "…"}`; older dispatchers send the CRM's JSON; a job
dispatched by a rule or by hand may say anything.
"""

import json
import uuid
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class KnownCall:
    """The job is for this call."""

    call_id: uuid.UUID


@dataclass(frozen=True)
class BroughtConfiguration:
    """The job brought a configuration along: the CRM's JSON, unchecked."""

    payload: dict[str, Any]


@dataclass(frozen=True)
class NothingSaid:
    """The job says nothing that helps; the room and its participants have to."""

    reason: str  # "empty", or what is wrong with the metadata


JobMetadata = KnownCall | BroughtConfiguration | NothingSaid


def parse_job_metadata(text: str) -> JobMetadata:
    """Return what the metadata means. Never raises: whatever it holds, somebody is on the phone."""
    if not text.strip():
        return NothingSaid("empty")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return NothingSaid("not JSON")
    if not isinstance(data, dict):
        return NothingSaid("not a JSON object")
    if not data:
        return NothingSaid("empty")
    return _of_object(data)


def _of_object(data: dict[str, Any]) -> JobMetadata:
    if isinstance(data.get("call_id"), str):
        try:
            return KnownCall(uuid.UUID(data["call_id"]))
        except ValueError:
            return NothingSaid("call_id is not a UUID")
    return BroughtConfiguration(data)
