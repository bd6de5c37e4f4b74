"""Reads from a LiveKit job's metadata which call it is for: the call's id, the CRM's whole JSON, or nothing.

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
class CrmConfiguration:
    """The job carries the CRM's JSON, unchecked."""

    payload: dict[str, Any]


@dataclass(frozen=True)
class NoMetadata:
    """The metadata does not identify the call; the room and its participants do."""

    reason: str  # "empty", or what is wrong with the metadata


JobMetadata = KnownCall | CrmConfiguration | NoMetadata


def parse_job_metadata(text: str) -> JobMetadata:
    """Return what the metadata means. Never raises: a caller is waiting, whatever it holds."""
    if not text.strip():
        return NoMetadata("empty")
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return NoMetadata("not JSON")
    if not isinstance(data, dict):
        return NoMetadata("not a JSON object")
    if not data:
        return NoMetadata("empty")
    return _of_object(data)


def _of_object(data: dict[str, Any]) -> JobMetadata:
    if isinstance(data.get("call_id"), str):
        try:
            return KnownCall(uuid.UUID(data["call_id"]))
        except ValueError:
            return NoMetadata("call_id is not a UUID")
    return CrmConfiguration(data)
