"""Reads the older dialer's list of campaigns, campaigns.json. Pure: no Django.

Its versions wrote it differently: a list of campaigns, an object of such lists (`builtin`, `custom`, …), names with their
modules, or modules with what they are.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from campaigns.older_prompts.module_names import derive_module_name, read_module_name

LARGEST_REGISTRY = 10_000_000  # bytes
_LISTS = ("builtin", "custom", "campaigns", "items")


class RegistryProblem(StrEnum):
    """Why the list cannot be read."""

    TOO_LARGE = "too_large"
    NOT_JSON = "not_json"
    NOT_CAMPAIGNS = "not_campaigns"
    NOT_A_CAMPAIGN = "not_a_campaign"
    NO_MODULE = "no_module"
    NOT_TEXT = "not_text"


class RegistryError(Exception):
    """The list cannot be read. `place`: a line, or which campaign."""

    def __init__(self, problem: RegistryProblem, place: str = "") -> None:
        super().__init__(f"{problem.value} {place}".rstrip())
        self.problem, self.place = problem, place


@dataclass(frozen=True, kw_only=True)
class RegisteredCampaign:
    """One campaign of the list."""

    module: str  # without package and ending
    name: str = ""
    agent_constant: str = ""  # empty: the usual constant
    session_constant: str = ""
    agent_text: str | None = None  # None: in the module
    session_text: str | None = None


def read_registry(content: bytes) -> list[RegisteredCampaign]:
    """Return the campaigns in their order. Raises RegistryError."""
    if len(content) > LARGEST_REGISTRY:
        raise RegistryError(RegistryProblem.TOO_LARGE)
    try:
        listed = json.loads(content.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise RegistryError(RegistryProblem.NOT_JSON, f"line {error.lineno}") from error
    except (ValueError, RecursionError) as error:
        raise RegistryError(RegistryProblem.NOT_JSON) from error
    return [_read_campaign(values, place) for place, values in _list_entries(listed)]


def _list_entries(listed: Any) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if isinstance(listed, list):
        for place, entry in enumerate(listed, 1):
            if not isinstance(entry, dict):
                raise RegistryError(RegistryProblem.NOT_A_CAMPAIGN, f"campaign {place}")
            yield f"campaign {place}", entry
    elif not isinstance(listed, dict):
        raise RegistryError(RegistryProblem.NOT_CAMPAIGNS)
    elif any(isinstance(listed.get(name), list) for name in _LISTS):
        for name in _LISTS:
            yield from _list_entries(listed.get(name, []))
    else:
        for key, value in listed.items():
            yield f"campaign “{key[:100]}”", _read_pair(key, value)


def _read_pair(key: str, value: Any) -> Mapping[str, Any]:
    """Read `"Google Outreach": "google"`, and `"google": {"name": "Google Outreach"}`."""
    if isinstance(value, str):
        return {"name": key, "module": value}
    if isinstance(value, dict):
        return {"module": key, **value}
    raise RegistryError(RegistryProblem.NOT_A_CAMPAIGN, f"campaign “{key[:100]}”")


def _read_campaign(values: Mapping[str, Any], place: str) -> RegisteredCampaign:
    def text(*names: str) -> str | None:
        found = next((values[name] for name in names if values.get(name) is not None), None)
        if found is not None and not isinstance(found, str):
            raise RegistryError(RegistryProblem.NOT_TEXT, f"{place}, {names[0]}")
        return found

    name = text("name") or ""
    module = read_module_name(text("module") or "") or derive_module_name(name)
    if not module:
        raise RegistryError(RegistryProblem.NO_MODULE, place)
    return RegisteredCampaign(
        module=module,
        name=name,
        agent_constant=text("agent_name", "agent_attr") or "",
        session_constant=text("session_name", "session_attr") or "",
        agent_text=text("agent_text"),
        session_text=text("session_text"),
    )
