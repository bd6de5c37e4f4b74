"""What the model is told about a call that we place: whom it called, what the call is for, and the request's parameters.

Pure: no Django, no LiveKit. Names and parameters come from lead lists and other systems: they reach the prompt as single
lines below “This call”, as data, and are never read for placeholders themselves.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import islice
from typing import Any

from personas.persona.placeholders import column_of
from voiceplatform.text import clean_line

LONGEST_VALUE = 500  # characters of one parameter that the model reads
LONGEST_LABEL = 500
MOST_VALUES = 100


class OnMachine(StrEnum):
    """What to do when a machine picks up."""

    HANG_UP = "hang_up"
    LEAVE_MESSAGE = "leave_message"
    CONTINUE = "continue"  # as with a person


@dataclass(frozen=True, kw_only=True)
class PlacedCall:
    """The request for a call, as far as the prompt is concerned."""

    name: str = ""  # of the person called
    instruction: str = ""  # for this call only, beside the persona's own
    params: Mapping[str, Any] = field(default_factory=dict)  # JSON
    agent_instructions: str = ""  # of the campaign: what the agent keeps to in all its calls, beside the persona's own
    context: str = ""  # what is known of a lead, one fact a line, as `render_facts` returns it: data, never filled
    disclosure: str = ""  # said first, word for word
    on_machine: str = OnMachine.CONTINUE
    voicemail_message: str = ""  # said word for word to an answering machine
    speaks_first: bool = True  # False: the agent waits for the person's first word
    screening_answer: str = ""  # said word for word to an assistant that screens calls: who calls and why
    lead_values: Mapping[str, str] = field(default_factory=dict)  # for placeholders only, by `column_of`

    @property
    def person(self) -> str:
        """The name as one line."""
        return clean_line(self.name, LONGEST_VALUE)

    def values(self) -> dict[str, str]:
        """Return the values of placeholders by their columns: `{"customer": {"tier": "gold"}}` fills `{{ customer tier }}`."""
        names = {"name": self.person, "prospect_name": self.person} if self.person else {}
        return names | dict(self.lead_values) | dict(self._flat())

    def facts(self) -> str:
        """Return the parameters one a line, for the model to read."""
        return render_facts(self._flat())

    def _flat(self) -> list[tuple[str, str]]:
        return list(islice(_flatten(self.params, ""), MOST_VALUES))


def render_facts(facts: Iterable[tuple[str, str]]) -> str:
    """Return facts from outside one a line, for the model to read: no line break, control or turned text gets in.

    What is too long is cut, what is empty is left out, and so is what comes after MOST_VALUES lines.
    """
    lines = ((clean_line(label, LONGEST_LABEL), clean_line(value, LONGEST_VALUE)) for label, value in facts)
    return "\n".join(islice((f"{label}: {value}" for label, value in lines if label and value), MOST_VALUES))


def _flatten(value: Any, column: str) -> Iterator[tuple[str, str]]:
    """Yield (column, text) of every value that can be said; objects nest with `_`, lists are joined with commas."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _flatten(inner, f"{column}_{column_of(str(key))}" if column else column_of(str(key)))
    elif text := _say(value):
        yield column[:LONGEST_VALUE], text


def _say(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return clean_line(", ".join(filter(None, map(_say, value))), LONGEST_VALUE)
    return clean_line(str(value), LONGEST_VALUE) if isinstance(value, str | int | float) else ""
