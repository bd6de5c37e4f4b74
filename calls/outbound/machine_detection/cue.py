"""Lists the cues that a decision about an opening rests on."""

from __future__ import annotations

from enum import Flag, auto


class Cue(Flag):
    """What was found in the words or the timings of an opening. A key in `wording/*.toml` is a member in lower case."""

    NONE = 0
    # Words of machines
    TONE = auto()  # "after the beep"
    LEAVE_MESSAGE = auto()  # the imperative, not an offer to take a message
    MAILBOX = auto()  # says that a voicemail, an answering machine was reached
    MAILBOX_WORD = auto()  # the word alone, which people say as well: "I got your voicemail"
    REACHED = auto()  # "you have reached …"
    ABSENT = auto()  # "I can't come to the phone"
    CALL_BACK = auto()  # "I'll call you back"
    FULL = auto()  # no message can be left: "the mailbox is full", "do not leave a message"
    NAME_AND_NUMBER = auto()  # what a voicemail asks for, and no screening
    SAY_NAME = auto()  # "state your name"
    SCREENER = auto()  # asks on behalf of "the person you are calling"
    SEES_IF = auto()  # "I'll see if they are available": a secretary says so as well
    HOLD = auto()  # "stay on the line"
    DIGIT = auto()  # "press one for"
    MENU = auto()  # other words of menus and of voice assistants
    QUEUE = auto()  # "all our agents are busy", "calls are recorded"
    CLOSED = auto()  # "our office is closed"
    NETWORK = auto()  # "the number you have dialed is not in service"
    # Words of people
    PERSON = auto()  # asks, offers or refuses as a person does
    SELF = auto()  # "I", "my": the notices of a company and of the network do not speak of themselves
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
    | Cue.MAILBOX_WORD
    | Cue.REACHED
    | Cue.ABSENT
    | Cue.CALL_BACK
    | Cue.SAY_NAME
    | Cue.SCREENER
    | Cue.SEES_IF
    | Cue.HOLD
    | Cue.DIGIT
    | Cue.MENU
    | Cue.QUEUE
    | Cue.CLOSED
    | Cue.NETWORK
)
