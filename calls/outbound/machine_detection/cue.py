"""Lists the cues that a decision about an opening rests on."""

from __future__ import annotations

from enum import Flag, auto


class Cue(Flag):
    """What was found in the words or the timings of an opening. A key in `wording/*.toml` is a member in lower case."""

    NONE = 0
    # Words of machines
    TONE = auto()  # "after the beep"
    LEAVE_MESSAGE = auto()  # the imperative, not an offer to take a message
    MAILBOX = auto()  # names a voicemail, an answering machine
    REACHED = auto()  # "you have reached …"
    ABSENT = auto()  # "I can't come to the phone"
    CALL_BACK = auto()  # "I'll call you back"
    NAME_AND_NUMBER = auto()  # what a voicemail asks for, and no screening
    SAY_NAME = auto()  # "state your name"
    SCREENER = auto()  # asks on behalf of "the person you are calling"
    HOLD = auto()  # "stay on the line"
    DIGIT = auto()  # "press one for"
    MENU = auto()  # other words of menus and of voice assistants
    QUEUE = auto()  # "all our agents are busy", "calls are recorded"
    CLOSED = auto()  # "our office is closed"
    NETWORK = auto()  # "the number you have dialed is not in service"
    # Words of people
    PERSON = auto()  # asks, offers or refuses as a person does
    TURNED = auto()  # "oh, hello", "just kidding": what was said before does not count
    NOISE = auto()  # a word that says nothing: "mm", "[music]"
    # Timings and tones
    BEEP = auto()  # after the last words
    SIT = auto()
    SILENT = auto()  # no words at all
    BRIEF = auto()  # few words
    LONG = auto()  # more words than a shopkeeper says about closing time
    ONLY_NOISE = auto()  # nothing but NOISE


MACHINE_WORDS = (
    Cue.TONE
    | Cue.LEAVE_MESSAGE
    | Cue.MAILBOX
    | Cue.REACHED
    | Cue.ABSENT
    | Cue.CALL_BACK
    | Cue.SAY_NAME
    | Cue.SCREENER
    | Cue.HOLD
    | Cue.DIGIT
    | Cue.MENU
    | Cue.QUEUE
    | Cue.CLOSED
    | Cue.NETWORK
)
