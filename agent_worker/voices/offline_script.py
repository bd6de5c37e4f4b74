"""Chooses what the offline voice answers: the sentence of its instructions that is closest to what was said.

Pure: no Django, no LiveKit. No model, no key: enough to see that a persona's words matter, for demos and tests.
"""

import re
from dataclasses import dataclass

UNHEARD = "(something was said; the offline voice does not understand speech)"
_GOODBYE = re.compile(
    r"\b(bye|goodbye|good bye|that'?s all|that is all|hang up|tschüss|auf wiedersehen|adiós|au revoir)\b", re.IGNORECASE
)
_EXACTLY = re.compile(r"^Say exactly the following words[^\n]*\n", re.MULTILINE)
_SMALL_WORDS = re.compile(
    r"^(an?|and|are|at|be|can|could|do|does|for|from|have|hello|hi|how|i|in|is|it|me|much|my|no|of|on|or|our|please|tell|thanks?|that|the|there|"
    r"to|was|we|what|when|where|which|who|will|with|would|yes|your?)$"
)


OPEN_THE_CALL = "Begin the call: say who you are and why you call."
_NAME = re.compile(r"^Your name is ([^\n]{1,100})\.$", re.MULTILINE)
_TASK = re.compile(r"# What this call is for\n(.+?)(?:\n# |\Z)", re.DOTALL)


@dataclass(frozen=True)
class Say:
    """Words to speak."""

    words: str


@dataclass(frozen=True)
class EndCall:
    """Call the tool end_call."""


def exact_words(instruction: str) -> str | None:
    """Return the words an instruction of `personas.persona.prompt.render_exact_words` wants to hear, None for any other
    text.
    """
    match = _EXACTLY.search(instruction)
    return instruction[match.end() :].strip() if match else None


def choose_opening(instructions: str) -> Say:
    """Return the first words of a call that we placed: the name, and the first sentence of what the call is for."""
    name, task = _NAME.search(instructions), _TASK.search(instructions)
    sentences = _sentences(task[1]) if task else []
    words = ["Hello.", f"This is {name[1]}." if name else "", sentences[0] if sentences else "Do you have a moment?"]
    return Say(" ".join(filter(None, words)))


def choose_reply(instructions: str, said: str) -> Say | EndCall:
    """Return what to do after the caller said something."""
    if UNHEARD in said:  # once for each stretch of speech
        return Say(
            "I hear that you speak, but I am the offline voice and do not understand speech. Please set a key for a real voice."
        )
    if _GOODBYE.search(said):
        return EndCall()
    best = max(_sentences(instructions), key=lambda sentence: len(_words(sentence) & _words(said)), default="")
    if not _words(best) & _words(said):
        return Say("I am sorry, I have nothing about that in front of me. What else can I do for you?")
    return Say(best)


def _sentences(instructions: str) -> list[str]:
    """Return the sentences of the persona's own part, without headings and the rules of the line."""
    own = instructions.split("\n# How you speak")[0]
    lines = [line.strip(" -*•\t") for line in own.splitlines() if not line.startswith("#")]
    return [sentence for line in lines for sentence in re.split(r"(?<=[.!?])\s+", line) if sentence]


def _words(text: str) -> frozenset[str]:
    """Return the words that carry meaning, without endings: “opening hours” meets “opens … hour”."""
    words = re.findall(r"[^\W\d_]{2,}", text.lower())
    # As many endings as there are: “opening” must lose the one that “open” loses, too.
    return frozenset(re.sub(r"(?<=..)(?:ing|ed|es|s|en)+$", "", word) for word in words if not _SMALL_WORDS.match(word))
