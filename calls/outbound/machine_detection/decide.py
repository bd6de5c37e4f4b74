"""Decides who or what picked up a call that we placed, from the words heard, the timings and the tones.

Pure: no Django, no LiveKit. A person taken for a machine is the mistake that costs most, so the wording of a person
outweighs most of a machine's, and where no rule applies the answer is human. The rules are the table `RULES`; the first
that applies decides. What is said in which language is data: `wording/*.toml`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import or_

from calls.outbound.machine_detection.cue import MACHINE_WORDS, Cue
from calls.outbound.machine_detection.opening import Finding, Label, Opening
from calls.outbound.machine_detection.wording import Found, find_wordings, plain
from calls.outcomes import Choice

_LONGEST_TEXT = 1_000  # characters: an opening is a few sentences
_BRIEF_WORDS = 4
_LONG_WORDS = 9
_KNOWN_LANGUAGE_CHARACTERS = 8  # how much the callee's known language weighs in what language was spoken
_SOON_BEEP_S = 2.0  # an earlier beep without words may be the line's
_PAUSE_AFTER_MACHINE_S = 1.0  # a greeting that turns into a person does so before
_PAUSE_AFTER_PERSON_S = 1.2
_LONGEST_HELLO_S = 3.0


class Rule(Choice):
    """What decided."""

    TONES_ALONE = "tones_alone"
    BEEP_ALONE = "beep_alone"
    NO_WORDS = "no_words"
    TURNED_HUMAN = "turned_human"
    SCREENER_WORDS = "screener_words"
    NAME_TO_SEE_IF = "name_to_see_if"
    NAME_AFTER_TONE = "name_after_tone"
    NAME_ASKED = "name_asked"
    RECORD_AFTER_TONE = "record_after_tone"
    PRESS_DIGIT = "press_digit"
    MENU_WORDS = "menu_words"
    MAILBOX_NAMED = "mailbox_named"
    LEAVE_MESSAGE = "leave_message"
    MAILBOX_AND_MORE = "mailbox_and_more"
    NETWORK_WORDS = "network_words"
    TONES_AND_WORDS = "tones_and_words"
    QUEUE_WORDS = "queue_words"
    CLOSED_WORDS = "closed_words"
    REACHED_AND_ABSENT = "reached_and_absent"
    ABSENT_AND_BEEP = "absent_and_beep"
    SPEECH_AND_BEEP = "speech_and_beep"
    NOISE_ALONE = "noise_alone"
    PERSON_WORDS = "person_words"
    NO_MACHINE_WORDS = "no_machine_words"


@dataclass(frozen=True, kw_only=True)
class RuleRow:
    """One rule: it applies when each of `all_of` has a cue that was found, and none of `none_of` was."""

    rule: Rule
    label: Label
    all_of: tuple[Cue, ...] = ()
    none_of: Cue = Cue.NONE

    def applies(self, cues: Cue) -> bool:
        return all(cues & wanted for wanted in self.all_of) and not cues & self.none_of


_ABSENCE = Cue.ABSENT | Cue.CALL_BACK
_SPOKEN = Cue.PERSON | Cue.SELF
_MESSAGE = Cue.LEAVE_MESSAGE | Cue.MAILBOX
RULES = (
    RuleRow(rule=Rule.TONES_ALONE, label=Label.CARRIER_INTERCEPT, all_of=(Cue.SIT, Cue.SILENT)),
    RuleRow(rule=Rule.BEEP_ALONE, label=Label.MACHINE_VOICEMAIL, all_of=(Cue.BEEP, Cue.SILENT)),
    RuleRow(rule=Rule.NO_WORDS, label=Label.UNSURE, all_of=(Cue.SILENT,)),
    RuleRow(rule=Rule.TURNED_HUMAN, label=Label.HUMAN, all_of=(Cue.TURNED,)),
    RuleRow(rule=Rule.SCREENER_WORDS, label=Label.CALL_SCREENING, all_of=(Cue.SCREENER,), none_of=_MESSAGE),
    RuleRow(
        rule=Rule.NAME_TO_SEE_IF,
        label=Label.CALL_SCREENING,
        all_of=(Cue.SAY_NAME, Cue.SEES_IF),
        none_of=_MESSAGE | Cue.PERSON,
    ),
    RuleRow(
        rule=Rule.NAME_AFTER_TONE,
        label=Label.CALL_SCREENING,
        all_of=(Cue.SAY_NAME, Cue.TONE),
        none_of=_MESSAGE | _ABSENCE | Cue.NAME_AND_NUMBER,
    ),
    RuleRow(
        rule=Rule.NAME_ASKED,
        label=Label.CALL_SCREENING,
        all_of=(Cue.SAY_NAME,),
        none_of=_MESSAGE | _ABSENCE | Cue.NAME_AND_NUMBER | Cue.PERSON | Cue.MENU,
    ),
    RuleRow(rule=Rule.RECORD_AFTER_TONE, label=Label.MACHINE_VOICEMAIL, all_of=(Cue.TONE,)),
    RuleRow(rule=Rule.PRESS_DIGIT, label=Label.MACHINE_IVR, all_of=(Cue.DIGIT,), none_of=Cue.PERSON),
    RuleRow(rule=Rule.MENU_WORDS, label=Label.MACHINE_IVR, all_of=(Cue.MENU,)),
    RuleRow(rule=Rule.MAILBOX_NAMED, label=Label.MACHINE_VOICEMAIL, all_of=(Cue.MAILBOX,), none_of=Cue.PERSON),
    RuleRow(rule=Rule.LEAVE_MESSAGE, label=Label.MACHINE_VOICEMAIL, all_of=(Cue.LEAVE_MESSAGE,), none_of=Cue.PERSON),
    RuleRow(
        rule=Rule.MAILBOX_AND_MORE,
        label=Label.MACHINE_VOICEMAIL,
        all_of=(Cue.MAILBOX_WORD, Cue.REACHED | _ABSENCE | Cue.NETWORK | Cue.FULL | Cue.HOLD | Cue.BEEP),
        none_of=Cue.PERSON,
    ),
    RuleRow(rule=Rule.NETWORK_WORDS, label=Label.CARRIER_INTERCEPT, all_of=(Cue.NETWORK,), none_of=_SPOKEN),
    RuleRow(
        # Some people play the tones in front of their "Hello?" against dialers.
        rule=Rule.TONES_AND_WORDS,
        label=Label.CARRIER_INTERCEPT,
        all_of=(Cue.SIT,),
        none_of=Cue.PERSON | Cue.BRIEF,
    ),
    RuleRow(rule=Rule.QUEUE_WORDS, label=Label.MACHINE_IVR, all_of=(Cue.QUEUE,), none_of=_SPOKEN),
    RuleRow(rule=Rule.CLOSED_WORDS, label=Label.MACHINE_IVR, all_of=(Cue.CLOSED, Cue.LONG), none_of=_SPOKEN),
    RuleRow(
        rule=Rule.REACHED_AND_ABSENT,
        label=Label.MACHINE_VOICEMAIL,
        all_of=(Cue.REACHED, _ABSENCE),
        none_of=Cue.PERSON,
    ),
    RuleRow(
        rule=Rule.ABSENT_AND_BEEP,
        label=Label.MACHINE_VOICEMAIL,
        all_of=(Cue.BEEP, Cue.REACHED | _ABSENCE),
        none_of=Cue.PERSON,
    ),
    RuleRow(
        rule=Rule.SPEECH_AND_BEEP,
        label=Label.MACHINE_VOICEMAIL,
        all_of=(Cue.BEEP,),
        none_of=Cue.PERSON | Cue.BRIEF | Cue.ONLY_NOISE,
    ),
    RuleRow(rule=Rule.NOISE_ALONE, label=Label.UNSURE, all_of=(Cue.ONLY_NOISE,)),
    RuleRow(rule=Rule.PERSON_WORDS, label=Label.HUMAN, all_of=(Cue.PERSON,)),
    RuleRow(rule=Rule.NO_MACHINE_WORDS, label=Label.HUMAN),
)

# "The voicemail of …", "leave your number and I'll tell her", "this call is recorded, my name is …"
_SAID_BY_PEOPLE = {Rule.MAILBOX_NAMED, Rule.LEAVE_MESSAGE, Rule.QUEUE_WORDS}


def decide_opening(opening: Opening) -> Finding:
    """Return who or what picked up. May be asked again as more is heard; keeps nothing between.

    Cost: two to four milliseconds of the processor, at most about 15, without I/O after the first call.
    """
    found, cues = _read(opening)
    row = next(row for row in RULES if row.applies(cues))
    evidence = _evidence(row, found)
    return Finding(
        label=row.label,
        rule=row.rule,
        words=tuple(dict.fromkeys(each.words for each in evidence)),
        language=evidence[0].language if evidence else "",
        takes_message=row.label is not Label.MACHINE_VOICEMAIL or not cues & Cue.FULL,
    )


def decide_so_far(opening: Opening, heard_s: float, *, bound_s: float = 4.0) -> Finding | None:
    """Return the finding once it can be relied on, None while undecided. At `bound_s` there is always a finding.

    A finding of a machine after that, when more is heard, is as good: ask on. One that a person's next words may still
    turn is unsure at the bound, so that a person is not cut off in the middle of a sentence.
    """
    finding = decide_opening(opening)
    ends_s = _ends_of_speech(opening)
    if heard_s >= bound_s:
        is_talking = bool(ends_s) and max(ends_s) >= heard_s
        return replace(finding, label=Label.UNSURE) if is_talking and _may_turn(finding, opening) else finding
    if not ends_s:
        return finding if finding.is_machine else None
    quiet_s = heard_s - max(ends_s)
    if finding.is_machine:
        return finding if quiet_s >= _PAUSE_AFTER_MACHINE_S or _has_beep_after(opening) else None
    is_settled = finding.label is Label.HUMAN and opening.first_stretch_s <= _LONGEST_HELLO_S
    return finding if is_settled and quiet_s >= _PAUSE_AFTER_PERSON_S else None


def _read(opening: Opening) -> tuple[list[Found], Cue]:
    """Return the wordings found in what was said, and the cues of words and sound."""
    text = plain(" ".join(segment.text for segment in opening.segments)[:_LONGEST_TEXT])
    found = _of_one_language(list(find_wordings(text, opening.language)), opening.language)
    cues = _cues_of_words(text, found, has_beep_after=_has_beep_after(opening)) | _cues_of_sound(opening)
    return found, cues


def _may_turn(finding: Finding, opening: Opening) -> bool:
    """Return whether nothing but words that people say as well speaks for the machine."""
    machine = {each.cue for each in _read(opening)[0] if each.cue in MACHINE_WORDS}
    return finding.rule in _SAID_BY_PEOPLE and len(machine - {Cue.MAILBOX_WORD}) == 1


def _of_one_language(found: Sequence[Found], known: str) -> list[Found]:
    """Return what was found in the language that explains most of the text; in the others it is chance."""
    lengths: Counter[str] = Counter({known: _KNOWN_LANGUAGE_CHARACTERS} if known else {})
    for each in found:
        lengths[each.language] += len(each.words)
    language = max(lengths, key=lambda name: lengths[name], default="")
    return [each for each in found if each.language == language or each.cue is Cue.NOISE]


def _cues_of_words(text: str, found: Sequence[Found], *, has_beep_after: bool) -> Cue:
    """Return the cues of the words and of how many there are."""
    cues = Cue.NONE
    for each in found:
        cues |= each.cue
    cues &= ~Cue.TURNED
    if not has_beep_after and _turns_human(found):
        cues |= Cue.TURNED
    if has_beep_after and _ends_as_recording(found):
        cues &= ~Cue.PERSON
    count = len(text.split())
    if count == 0:
        cues |= Cue.SILENT
    elif count == sum(len(each.words.split()) for each in _distinct(found) if each.cue is Cue.NOISE):
        cues |= Cue.ONLY_NOISE
    if count <= _BRIEF_WORDS:
        cues |= Cue.BRIEF
    return cues | Cue.LONG if count >= _LONG_WORDS else cues


def _turns_human(found: Sequence[Found]) -> bool:
    """Return whether a person speaks after all words of a machine: turns up, or asks after "leave a message"."""
    machine_at = max((each.at for each in found if each.cue in MACHINE_WORDS), default=-1)
    cues_after = [each.cue for each in found if each.at > machine_at]
    has_recording = any(each.cue in Cue.TONE | Cue.LEAVE_MESSAGE for each in found)
    return Cue.TURNED in cues_after or (has_recording and Cue.PERSON in cues_after)


def _ends_as_recording(found: Sequence[Found]) -> bool:
    """Return whether "leave a message" comes after all words of a person; "want to leave a message?" does not."""
    person_end = max((each.at + len(each.words) for each in found if each.cue is Cue.PERSON), default=-1)
    return any(each.cue in Cue.LEAVE_MESSAGE | Cue.TONE and each.at > person_end for each in found)


def _distinct(found: Sequence[Found]) -> list[Found]:
    """Return one of those that several languages found in the same place."""
    return list({(each.cue, each.at): each for each in found}.values())


def _cues_of_sound(opening: Opening) -> Cue:
    return (Cue.SIT if opening.sit_tone else Cue.NONE) | (Cue.BEEP if _has_beep_after(opening) else Cue.NONE)


def _has_beep_after(opening: Opening) -> bool:
    """Return whether a beep came after the last words; one between the words of a person is the line's."""
    if opening.beep_at_s is None:
        return False
    last_end_s = max(_ends_of_speech(opening), default=_SOON_BEEP_S)
    return opening.beep_at_s >= last_end_s - 0.3  # the recogniser's end of a word is that inexact


def _ends_of_speech(opening: Opening) -> list[float]:
    """Return where each segment with words ends; a recogniser also gives empty ones."""
    return [segment.end_s for segment in opening.segments if plain(segment.text).strip()]


def _evidence(row: RuleRow, found: Sequence[Found]) -> list[Found]:
    wanted = reduce(or_, row.all_of, Cue.NONE)
    if wanted & Cue.TURNED:
        wanted |= Cue.PERSON
    return [each for each in found if each.cue & wanted]
