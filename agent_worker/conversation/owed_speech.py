"""Keeps account of what the agent owes the caller, and decides: wait, say it (again), give up, or hang up.

A welcome, an answer or a closing message is owed until the caller has heard it, whatever the model does meanwhile: it is
slow, loses its connection in the middle of a word, says nothing, or calls a tool instead of speaking.

Pure: no Django, no LiveKit, no clock. Moments are seconds of one monotonic clock, given by the caller of each function.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum

from agent_worker.spoken_words import is_much, is_part_of, matches, words_left

MAX_REQUESTS = 4  # for one thing: the first, and three more
MAX_WITHDRAWN_ENDINGS = 3  # after that a goodbye counts even when the caller talks into it
PAUSE_SECONDS = 0.3  # before something is said again: the model may be about to speak
STILL_COMES_SECONDS = 2.0  # after the model said something else, before it is asked again
TALKED_SECONDS = 0.7  # a shorter noise, with the silence after it, asks for no answer unless words were understood
CALLER_PAUSES_SECONDS = 0.6  # in the middle of a sentence; the agent speaks after a longer silence
NOTICED_AFTER_SECONDS = 0.6  # at the latest, that the caller has stopped
WORDS_PER_SECOND = 1.2  # slower than any voice speaks
CLOSING_MARGIN_SECONDS = 30.0  # beyond what the words take: a model that rambles is hung up on
TALKS_ON_SECONDS = 20.0  # after the maximum duration


class Kind(Enum):
    DISCLOSURE = "disclosure"  # before anything else
    WELCOME = "welcome"
    ANSWER = "answer"
    PRESENCE_CHECK = "presence_check"  # "Are you still there?"
    OPT_OUT = "opt_out"  # that the person will not be called again
    CLOSING = "closing"
    MESSAGE = "message"  # for an answering machine; nothing else is owed to one, …
    SCREENING = "screening"  # … but to one that screens calls: who calls and why


# Said to their end, even when the callee talks into them.
WHOLE = frozenset({Kind.DISCLOSURE, Kind.OPT_OUT, Kind.MESSAGE, Kind.SCREENING})


class Mode(Enum):
    """How something owed is said now."""

    FIRST = "first"
    AGAIN = "again"  # from the start: little or nothing of it was heard
    CONTINUED = "continued"  # from where it was cut


class Outcome(Enum):
    """How one speech of the agent ended."""

    WHOLE = "whole"
    INTERRUPTED = "interrupted"  # the caller talked into it
    CUT = "cut"  # the connection to the model was lost
    NO_REPLY = "no_reply"  # the model took longer than the framework waits; its reply may still come
    FAILED = "failed"  # with an error: no reply will come
    TOOL_CALL = "tool_call"  # the model called a tool instead of speaking; its words come after the tool
    WITHDRAWN = "withdrawn"  # we asked anew


@dataclass(eq=False)
class Owed:
    """Something that the agent has to say."""

    kind: Kind
    words: str  # "" = in the model's own words
    since: float  # of an answer: when the caller began to talk
    requests: int = 0  # how often the model was asked for it; an answer needs no asking
    requested_at: float = 0.0
    say_at: float | None = None  # when it has to be asked for; None = the model is about to say it
    heard: str = ""  # before it was cut
    error: str = ""  # the class of the last error


@dataclass(eq=False)
class Speech:
    """One speech of the agent, from its request or first packet to its last sound."""

    created_at: float
    reply_to: Owed | None = None  # what we asked for; None = the model speaks on its own
    began_at: float | None = None  # its first sound


@dataclass(frozen=True)
class Wait:
    """Nothing to do now."""


@dataclass(frozen=True)
class Say:
    """Ask the model for this."""

    owed: Owed
    mode: Mode
    words: str  # what is left of the exact words; "" = in the model's own words


@dataclass(frozen=True)
class GiveUp:
    """The voice is dead: `error` is the class of its error, "" when it keeps silent."""

    error: str = ""


@dataclass(frozen=True)
class HangUp:
    """The closing message was heard, and nothing else is owed."""


Decision = Wait | Say | GiveUp | HangUp


@dataclass
class OwedSpeech:
    """The account of one conversation. Feed it what happens, then ask `decide`."""

    first_word_seconds: float  # for the model to begin, from when it is the agent's turn to speak
    _owed: list[Owed] = field(default_factory=list)
    _speeches: list[Speech] = field(default_factory=list)  # requested or begun, and not over
    _caller_began_at: float | None = None
    _caller_stopped_at: float | None = None
    _caller_talks: bool = False
    _lost_at: float | None = None  # the connection, and it is not back
    _turn_at: float = 0.0  # the last moment that gave the model its time anew
    _talked_seconds: float = 0.0  # by the caller, since then
    _segment_at: float = 0.0  # when the caller last began to make a sound
    _answered_at: float | None = None  # when the last whole speech began
    _withdrawn_endings: int = 0
    _closing_is_final: bool = False
    _closing_was_heard: bool = False
    speaks_to_machine: bool = False
    _heard_whole: set[Kind] = field(default_factory=set)

    # -- what is owed ---------------------------------------------------------------------------------------------------

    def owe(self, kind: Kind, words: str, now: float) -> Owed:
        """Owe this from now on; `decide` says when to ask the model for it."""
        owed = self._find(kind)
        if owed is None:
            owed = Owed(kind, words, since=now)
            self._owed.append(owed)
        if owed.say_at is None:
            owed.say_at = now
        return owed

    def owe_closing(self, words: str, now: float, *, is_final: bool) -> None:
        """Owe the closing message. A final one ends the call even when the caller talks into it."""
        self._closing_is_final = is_final
        self.owe(Kind.CLOSING, words, now)

    def owe_by_tool(self, kind: Kind, words: str, now: float, speech: Speech | None = None) -> bool:
        """Owe what the model was told to say by a tool's output, in `speech` if it is known. A closing message is not
        final.

        Returns False when it is owed already: the model called the tool again instead of speaking, and is asked.
        """
        if owed := self._find(kind):
            owed.say_at = now
            return False
        if kind is Kind.CLOSING:
            self._closing_is_final = False
        owed = Owed(kind, words, since=now, requests=1, requested_at=now)
        self._owed.append(owed)
        self._give_time(now)
        if speech:
            speech.reply_to = owed
        return True

    def ignore_machine(self) -> None:
        """A machine is on the line: nothing is owed to it, and what it says asks for no answer."""
        self.speaks_to_machine, self._caller_talks = True, False
        self._owed.clear()

    def meet_person(self) -> None:
        """A person has come on the line after a machine: what the machine heard counts for nothing."""
        self.speaks_to_machine = False
        self._owed.clear()
        self._heard_whole.clear()

    def take_turn(self) -> None:
        """The person has said their first words, whatever a slower detector still says: ours answer them."""
        self._caller_talks, self._caller_stopped_at = False, None
        self.forget(Kind.ANSWER)

    def forget(self, kind: Kind) -> None:
        """Owe this no longer, however much of it was said."""
        self._owed = [owed for owed in self._owed if owed.kind is not kind]

    def note_goodbye_heard(self) -> None:
        """The model said goodbye in its own words, and they were heard: nothing else is owed but a confirmation."""
        self._owed = [owed for owed in self._owed if owed.kind is Kind.OPT_OUT]
        self._closing_was_heard = True

    def withdraw_closing(self, now: float) -> None:
        """Go back to talking: the caller has something to add."""
        if owed := self._find(Kind.CLOSING):
            self._owed.remove(owed)
            self._withdrawn_endings += 1
            self._give_time(now)

    @property
    def is_settled(self) -> bool:
        """Whether nothing is owed."""
        return not self._owed

    def was_heard(self, kind: Kind) -> bool:
        """Whether exact words of this kind were said to their end."""
        return kind in self._heard_whole

    def owes(self, kind: Kind) -> bool:
        return self._find(kind) is not None

    @property
    def is_closing(self) -> bool:
        return self._closing_was_heard or self._find(Kind.CLOSING) is not None

    @property
    def is_closing_for_good(self) -> bool:
        """Whether the closing message ends the call even when the caller talks into it."""
        return self._closing_was_heard or (self._closing_is_final and self.is_closing)

    @property
    def caller_talks(self) -> bool:
        return self._caller_talks

    # -- what happens ---------------------------------------------------------------------------------------------------

    def note_caller_began(self, now: float) -> None:
        if self.speaks_to_machine:
            return
        began, stopped = self._caller_began_at, self._caller_stopped_at
        self._caller_talks, self._segment_at = True, now
        is_same_sentence = began is not None and stopped is not None and now - stopped <= CALLER_PAUSES_SECONDS
        if not is_same_sentence or any(speech.began_at for speech in self._speeches):
            self._caller_began_at = now

    def note_caller_stopped(self, now: float) -> None:
        if not self._caller_talks or self._caller_began_at is None:
            return
        self._caller_talks, self._caller_stopped_at = False, now
        if self.is_settled:
            self._give_time(now)
        else:
            # Not anew: a caller who says "Hello?" again and again to a dead voice would never hear the apology.
            self._talked_seconds += now - max(self._segment_at, self._turn_at)
        if now - self._caller_began_at >= TALKED_SECONDS:
            self._owe_answer(self._caller_began_at)

    def note_caller_words(self, now: float) -> None:
        """The model or the speech recognition understood something: however short it was, it is owed an answer."""
        if self.speaks_to_machine:
            return
        began = self._caller_began_at
        if began is not None and self._answered_at is not None and self._answered_at > began:
            return  # transcribed after the answer
        self._owe_answer(now if began is None else began)

    def note_requested(self, owed: Owed, now: float) -> Speech:
        """The model was asked for something; returns the speech in which it is expected."""
        owed.requests += 1
        owed.requested_at, owed.say_at = now, None
        self._give_time(now)
        return self.note_speech(now, reply_to=owed)

    def note_speech(self, now: float, *, reply_to: Owed | None = None) -> Speech:
        """The model was asked to speak, or began to on its own."""
        speech = Speech(created_at=now, reply_to=reply_to)
        self._speeches.append(speech)
        return speech

    def note_first_sound(self, speech: Speech, now: float) -> None:
        speech.began_at = speech.began_at or now

    def note_speech_over(
        self, speech: Speech, outcome: Outcome, now: float, *, heard: str = "", error: str = ""
    ) -> None:
        """A speech ended: settle what it said."""
        if speech in self._speeches:
            self._speeches.remove(speech)
        if outcome is Outcome.WITHDRAWN:
            return
        if heard and outcome is Outcome.WHOLE:
            self._answered_at = speech.began_at or speech.created_at
        for owed in [owed for owed in self._owed if self._concerns(speech, owed)]:
            self._settle(owed, speech, outcome, heard.strip(), now, error)

    def note_connection_lost(self, now: float) -> None:
        """The connection to the model was lost, or is being replaced."""
        self._lost_at = self._lost_at or now

    def note_connection_back(self, now: float) -> None:
        """The model is connected again. What was asked before the loss has to be asked for again."""
        if self._lost_at is None:
            return
        for owed in self._owed:
            if owed.say_at is not None or self._was_asked_before(self._lost_at, owed):
                owed.say_at = now + PAUSE_SECONDS
        self._lost_at = None
        self._give_time(now)

    def note_empty_turn(self, now: float) -> None:
        """The model ended its turn without a word."""
        for owed in self._owed:
            if owed.say_at is None and not any(speech.began_at for speech in self._speeches):
                owed.say_at = now + PAUSE_SECONDS

    def note_reply_dropped(self, now: float) -> None:
        """The model said something that was not asked for, and was not heard. What was asked for may still come."""
        for owed in self._owed:
            if owed.requests and owed.say_at is None and not any(speech.began_at for speech in self._speeches):
                owed.say_at = now + STILL_COMES_SECONDS

    # -- what to do -----------------------------------------------------------------------------------------------------

    def decide(self, now: float) -> Decision:
        """Return what to do now. Never speaks while the caller does."""
        is_closed = self._closing_was_heard and not self.owes(Kind.OPT_OUT)
        if is_closed or self._closing_overruns(now) or self._caller_never_pauses(now):
            return HangUp()
        if self._caller_talks or any(speech.began_at for speech in self._speeches):
            return Wait()
        if not self._owed:
            return Wait()
        if self._lost_at is not None:
            return self._give_up_after(now - self._lost_at)
        waiting = [owed for owed in self._owed if owed.kind is Kind.DISCLOSURE] or self._owed
        due = [owed for owed in waiting if owed.say_at is not None and owed.say_at <= now]
        pauses = self._caller_stopped_at is not None and now - self._caller_stopped_at < CALLER_PAUSES_SECONDS
        if due and not pauses and not self._model_is_about_to_speak(now):
            return self._ask(due[0], now)
        if due or any(owed.say_at is not None for owed in waiting):
            return Wait()
        return self._wait_for_model(waiting[0], now)

    def _wait_for_model(self, owed: Owed, now: float) -> Decision:
        waited = now - self._turn_at - self._talked_seconds
        if waited < self.first_word_seconds:
            return Wait()
        # An answer comes on its own, so its first request is the second chance.
        return GiveUp(owed.error) if owed.requests else self._ask(owed, now)

    def _ask(self, owed: Owed, now: float) -> Decision:
        if owed.requests < MAX_REQUESTS:
            left = words_left(owed.words, owed.heard)
            mode = Mode.FIRST if not owed.requests and not owed.heard else Mode.AGAIN
            if owed.heard and (left != owed.words if owed.words else is_much(owed.heard)):
                mode = Mode.CONTINUED
            return Say(owed, mode, left)
        if owed.kind is Kind.CLOSING and self._answered_at is not None:
            return HangUp()  # the caller said goodbye: an apology would be worse than no closing message
        if self._answered_at is not None and self._answered_at >= owed.since:
            self._owed.remove(owed)  # the voice is alive, but does not say this
            return self.decide(now)
        return GiveUp(owed.error)

    def _give_time(self, now: float) -> None:
        """Let the model have its time for the first word from now on; the caller's talking does not count."""
        self._turn_at, self._talked_seconds = now, 0.0

    def _was_asked_before(self, moment: float, owed: Owed) -> bool:
        """Whether this was asked for, by us or by the caller, over a connection that was lost at that moment."""
        if owed.kind is Kind.ANSWER and not owed.requests:
            return self._caller_stopped_at is None or self._caller_stopped_at - NOTICED_AFTER_SECONDS <= moment
        return owed.requested_at <= moment

    def _give_up_after(self, seconds: float) -> Decision:
        return GiveUp() if seconds >= self.first_word_seconds else Wait()

    def _model_is_about_to_speak(self, now: float) -> bool:
        """Whether the model began a speech of its own whose first sound is still to come."""
        return any(
            speech.reply_to is None and now - speech.created_at < self.first_word_seconds for speech in self._speeches
        )

    def _closing_overruns(self, now: float) -> bool:
        """Whether the model goes on and on instead of ending its goodbye, whether we or its tool asked for that."""
        owed = self._find(Kind.CLOSING)
        if owed is None:
            return False
        limit = CLOSING_MARGIN_SECONDS + len(owed.words.split()) / WORDS_PER_SECOND
        began = [speech.began_at for speech in self._speeches if speech.began_at and self._concerns(speech, owed)]
        return any(now - at > limit for at in began)

    def _caller_never_pauses(self, now: float) -> bool:
        """Whether a call whose time is up is talked on into: then it ends without the closing message."""
        owed = self._find(Kind.CLOSING)
        return (
            owed is not None and self._closing_is_final and self._caller_talks and now - owed.since > TALKS_ON_SECONDS
        )

    # -- how a speech settles what is owed --------------------------------------------------------------------------------

    def _concerns(self, speech: Speech, owed: Owed) -> bool:
        """Whether this speech can be the one that is owed, by its time alone."""
        if speech.reply_to is not None and owed.words:
            return speech.reply_to is owed
        if owed.kind is Kind.ANSWER:
            return owed.since <= (speech.began_at or speech.created_at)
        return speech.reply_to is owed or (owed.requests > 0 and owed.since <= speech.created_at)

    def _settle(self, owed: Owed, speech: Speech, outcome: Outcome, heard: str, now: float, error: str) -> None:
        match outcome:
            case Outcome.WHOLE if heard and self._is_it(owed, speech, heard):
                self._pay(owed)
            case Outcome.WHOLE if heard:
                self._note_other_words(owed, now)
            case Outcome.INTERRUPTED:
                self._note_interrupted(owed, heard, now)
            case Outcome.CUT:
                if is_part_of(owed.words, heard):
                    owed.heard = f"{owed.heard} {heard}".strip()
                owed.say_at = now + PAUSE_SECONDS
            case Outcome.WHOLE:  # without a word
                owed.say_at = now + PAUSE_SECONDS
            case Outcome.FAILED:
                owed.error, owed.say_at = error, now + PAUSE_SECONDS
            case Outcome.TOOL_CALL:
                self._give_time(now)
            case _:
                pass  # NO_REPLY: it may still come

    def _is_it(self, owed: Owed, speech: Speech, heard: str) -> bool:
        """Whether these words are what is owed. Models say things a little differently, so they are compared only when
        the caller talked since they were asked for: then they may be an answer.
        """
        began_at = speech.began_at or speech.created_at
        talked = (
            self._caller_began_at is not None
            and self._caller_began_at < began_at
            and (self._caller_talks or (self._caller_stopped_at or 0.0) > owed.requested_at)
        )
        return not (owed.words and talked) or matches(owed.words, f"{owed.heard} {heard}")

    def _note_other_words(self, owed: Owed, now: float) -> None:
        """The model said something else, after the caller talked."""
        if owed.kind is Kind.CLOSING and not self._endings_are_final():
            self.withdraw_closing(now)
        else:
            owed.say_at = now + PAUSE_SECONDS

    def _note_interrupted(self, owed: Owed, heard: str, now: float) -> None:
        """The caller talked into a speech, or the model replaced one of its own that had not begun."""
        is_little = owed.kind is Kind.WELCOME and words_left(owed.words, heard) == owed.words != ""
        if not heard or not is_part_of(owed.words, heard) or is_little:
            owed.say_at = None  # the model goes on on its own; its words are compared
        elif owed.kind in WHOLE:
            owed.heard = f"{owed.heard} {heard}".strip()
            owed.say_at = now + PAUSE_SECONDS  # it is promised as a whole
        elif owed.kind is not Kind.CLOSING:
            self._owed.remove(owed)  # the caller took the turn; what they say is owed an answer of its own
        elif self._endings_are_final():
            self._pay(owed)
        else:
            self.withdraw_closing(now)

    def _endings_are_final(self) -> bool:
        return self._closing_is_final or self._withdrawn_endings >= MAX_WITHDRAWN_ENDINGS

    def _pay(self, owed: Owed) -> None:
        self._owed.remove(owed)
        self._heard_whole.add(owed.kind)
        if owed.kind in (Kind.CLOSING, Kind.MESSAGE):
            self._closing_was_heard = True

    def _owe_answer(self, since: float) -> None:
        self._owed = [owed for owed in self._owed if owed.kind is not Kind.PRESENCE_CHECK]  # the caller is there
        owed = self._find(Kind.ANSWER)
        if owed is None:
            self._owed.append(Owed(Kind.ANSWER, "", since=since))
        elif any(owed.since <= speech.began_at < since for speech in self._speeches if speech.began_at):
            owed.since = since  # said into the answer: that one does not answer this

    def _find(self, kind: Kind) -> Owed | None:
        return next((owed for owed in self._owed if owed.kind is kind), None)
