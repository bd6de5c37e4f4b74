"""Defines what is heard when a call that we placed is answered, and what a finding about it says.

Pure: no Django, no LiveKit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from calls.outcomes import Choice, PickedUp


class Label(Choice):
    """Who or what picked up."""

    HUMAN = "human"
    MACHINE_VOICEMAIL = "machine_voicemail"
    MACHINE_IVR = "machine_ivr"  # a menu, a queue, a recorded notice of a company
    CALL_SCREENING = "call_screening"  # asks the caller's name for the callee, who may still answer
    CARRIER_INTERCEPT = "carrier_intercept"  # the network: number not in service, phone switched off
    UNSURE = "unsure"  # go on as with a human

    @property
    def picked_up(self) -> PickedUp:
        """The same as calls keep it."""
        return _PICKED_UP[self]


_PICKED_UP = {
    Label.HUMAN: PickedUp.HUMAN,
    Label.MACHINE_VOICEMAIL: PickedUp.VOICEMAIL,
    Label.MACHINE_IVR: PickedUp.IVR,
    Label.CALL_SCREENING: PickedUp.SCREENING,
    Label.CARRIER_INTERCEPT: PickedUp.INTERCEPT,
    Label.UNSURE: PickedUp.UNSURE,
}


@dataclass(frozen=True, kw_only=True)
class Segment:
    """One stretch of speech as the recogniser gives it."""

    start_s: float  # seconds from the answer
    end_s: float
    text: str


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What was heard so far, in seconds from the answer."""

    segments: Sequence[Segment] = ()
    first_stretch_s: float = 0.0  # length of the first unbroken speech
    longest_pause_s: float = 0.0  # between two segments
    beep_at_s: float | None = None  # a single tone, as before a recording
    sit_tone: bool = False  # the three rising tones of a network announcement (ITU-T E.180)
    language: str = ""  # of the callee, where it is known; a network may announce in another


@dataclass(frozen=True, kw_only=True)
class Finding:
    """Who or what picked up, and on what that rests. Kept with the call."""

    label: Label
    rule: str  # the member of `Rule` that decided
    words: tuple[str, ...] = ()  # as heard, without case and punctuation
    language: str = ""  # of the wording that was found
    takes_message: bool = True  # False: a voicemail that is full, not set up, or says to leave no message

    @property
    def is_machine(self) -> bool:
        """Return whether to stop talking as with a person; unsure counts as a person."""
        return self.label not in (Label.HUMAN, Label.UNSURE)
