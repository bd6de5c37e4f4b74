"""What goes wrong with realtime models, as scripts of the played one. Every provider is tried with these.

In each call the caller hears the welcome, asks when the practice is open, hears the answer, and says goodbye; a fault
changes one thing of that.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from tests.fakes.gemini_script import ABORTED, Answer, Loss, Moment, Script

WELCOME = "Hello, this is Nora of the dental clinic. How can I help you today?"
OPEN = "We are open every day until six o'clock in the evening."
CLOSING = "Thank you for calling. Goodbye from all of us."
LONG_CLOSING_SECONDS = 25.0

ASKS = Answer(hears="When are you open?", says=OPEN)
LEAVES = Answer(hears="Thank you, that was all.", calls="end_call")
ORDINARY = (ASKS, LEAVES)
MORE = Answer(hears="One more thing.", says="Yes, of course.")


@dataclass(frozen=True, kw_only=True)
class Fault:
    """One fault, and what the caller is owed in spite of it."""

    name: str
    script: Callable[[], Script]
    hears: Sequence[str] = (WELCOME, OPEN, CLOSING)  # in this order, each whole, perhaps in two turns
    caller_turns: int = 2
    talks_first_seconds: float = 0.0  # the caller talks as the line opens
    talks_when_asked_seconds: float = 0.0  # the caller stays silent, and talks when asked whether they are there
    turn_seconds: float = 1.6  # of one turn of the caller
    talks_into_closing: bool = False
    is_dead: bool = False  # the model never comes back: an apology is all that is left


def _script(**changes: Any) -> Callable[[], Script]:
    return lambda: Script(**{"answers": ORDINARY, "again": OPEN, **changes})


def _loses(moment: Moment, nth: int = 1, **how: Any) -> Callable[[], Script]:
    return _script(losses=[Loss(moment=moment, nth=nth, **how)])


def _answers(*answers: Answer, **changes: Any) -> Callable[[], Script]:
    return _script(answers=answers, **changes)


FAULTS = [
    Fault(name="none", script=_script()),
    Fault(name="7 s slow", script=_script(think_seconds=7.0)),
    Fault(name="9 s slow", script=_script(think_seconds=9.0)),
    Fault(name="caller talks as the line opens", script=_answers(ASKS, ASKS, LEAVES), talks_first_seconds=8.0),
    Fault(
        name="caller talks when asked",
        script=_script(),
        talks_when_asked_seconds=8.0,
    ),
    Fault(name="1011 before the welcome", script=_loses(Moment.ASKED)),
    Fault(name="abort before the welcome", script=_loses(Moment.ASKED, code=ABORTED)),
    Fault(name="1011 in the welcome", script=_loses(Moment.SPEAKING)),
    Fault(name="abort in the welcome", script=_loses(Moment.SPEAKING, code=ABORTED)),
    Fault(name="1011 before the answer", script=_loses(Moment.HEARD_CALLER)),
    Fault(name="1011 in the answer", script=_loses(Moment.SPEAKING, 2)),
    Fault(name="1011 after end_call", script=_loses(Moment.TOOL_ANSWERED)),
    Fault(name="1011 in the closing", script=_loses(Moment.SPEAKING, 3)),
    Fault(name="goAway in the welcome", script=_loses(Moment.SPEAKING, announced_seconds=5.0)),
    Fault(name="goAway at once before the answer", script=_loses(Moment.HEARD_CALLER, announced_seconds=0.2)),
    Fault(name="goAway in the closing", script=_loses(Moment.SPEAKING, 3, announced_seconds=5.0)),
    Fault(name="1007 before the answer", script=_loses(Moment.HEARD_CALLER, code=1007)),
    Fault(name="1008 before the answer", script=_loses(Moment.HEARD_CALLER, code=1008)),
    Fault(
        name="away for 2 s",
        script=_script(losses=[Loss(moment=Moment.HEARD_CALLER)], refuses_seconds=2.0),
    ),
    Fault(name="empty turn", script=_answers(Answer(hears="When are you open?", says=""), LEAVES)),
    Fault(name="empty turn, not transcribed", script=_answers(Answer(hears="", says=""), LEAVES)),
    Fault(
        name="transcribed late",
        script=_answers(Answer(hears="When are you open?", says=OPEN, seconds=4.0, hears_late=True), LEAVES),
    ),
    Fault(
        name="end_call cancelled",
        script=_answers(
            ASKS,
            Answer(hears="That was all. No, wait.", calls="end_call", cancels_call_after=0.05, says="Yes, of course."),
            LEAVES,
        ),
        hears=(WELCOME, OPEN, "Yes, of course.", CLOSING),
        caller_turns=3,
    ),
    Fault(name="end_call again", script=_script(calls_tool_again=1)),
    # A model that does nothing else may be hung up on.
    Fault(name="end_call indefinitely", script=_script(calls_tool_again=1000), hears=(WELCOME, OPEN)),
    Fault(
        name="goodbye and end_call in one turn",
        script=_answers(ASKS, Answer(hears="Bye.", says_first="Goodbye, see you.", calls="end_call")),
        hears=(WELCOME, OPEN, "Goodbye, see you."),
    ),
    Fault(
        name="one more thing into the goodbye",
        script=_answers(ASKS, LEAVES, MORE, LEAVES, lasts={CLOSING: 4.0}),
        hears=(WELCOME, OPEN, "Yes, of course.", CLOSING),
        talks_into_closing=True,
    ),
    Fault(name="a closing of 25 s", script=_script(lasts={CLOSING: LONG_CLOSING_SECONDS})),
    Fault(
        name="closing in other words",
        script=_script(paraphrases={CLOSING: "Gracias por llamar. Adiós."}),
        hears=(WELCOME, OPEN, "Gracias por llamar. Adiós."),
    ),
    Fault(
        name="repeats itself", script=_script(paraphrases={words: f"{words} {words}" for words in (WELCOME, CLOSING)})
    ),
    Fault(
        name="a monologue of 30 s",
        script=_answers(Answer(hears="When are you open?", says=OPEN, seconds=30.0), LEAVES),
    ),
    Fault(name="mute", script=_script(is_mute=True), hears=(), caller_turns=0, is_dead=True),
    Fault(
        name="mute from the answer on",
        script=_script(goes_mute_after_turns=1),
        hears=(WELCOME,),
        caller_turns=1,
        is_dead=True,
    ),
    Fault(name="refuses", script=_script(refuses_with=1008), hears=(), caller_turns=0, is_dead=True),
    Fault(
        name="dies for good under a talking caller",
        script=_script(losses=[Loss(moment=Moment.CALLER_BEGAN)], refuses_seconds=1000.0),
        hears=(WELCOME,),
        caller_turns=1,
        turn_seconds=13.0,
        is_dead=True,
    ),
    Fault(
        name="dies for good",
        script=_script(losses=[Loss(moment=Moment.HEARD_CALLER)], refuses_seconds=1000.0),
        hears=(WELCOME,),
        caller_turns=1,
        is_dead=True,
    ),
]
