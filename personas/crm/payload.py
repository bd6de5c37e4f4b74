"""Reads the persona out of the CRM's JSON, in every shape that CRMs send.

Pure: no Django, no LiveKit, no network. The CRM is the operator's own: its prompts are trusted as instructions. Fields
that are not read here are not lost: the raw answer is kept as it came. Provider and model are not read on purpose: they
belong to this installation, and a model of another vendor would leave the caller in silence.
"""

import json
import math
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from personas.crm.answer import CrmError, CrmReason
from personas.crm.empty_answer import MOST_LEVELS, PERSONA_TEXTS, WRAPPERS, require_empty
from personas.crm.php_list import as_list
from personas.persona.built_in import BUILT_IN_PERSONA, DEFAULT_INSTRUCTIONS
from personas.persona.prompt import EMOTIONS
from personas.persona.spec import LANGUAGE, LONGEST_INSTRUCTIONS, LONGEST_MESSAGE, AgentSpec, PersonaSpec, VoiceSpec
from voiceplatform.text import clean_text

T = TypeVar("T")

LONGEST_NAME = 100
LONGEST_VOICE = 50
LONGEST_LANGUAGE = 15
DEEPEST_STRUCTURE = 8  # levels of a conversation structure that are still read aloud to the model
AGENT = "main"
NAMES_OF_LANGUAGES = {
    "english": "en-US",
    "spanish": "es-ES",
    "french": "fr-FR",
    "german": "de-DE",
    "italian": "it-IT",
    "portuguese": "pt-BR",
    "dutch": "nl-NL",
    "polish": "pl-PL",
    "japanese": "ja-JP",
    "chinese": "zh",
    "hindi": "hi-IN",
}


@dataclass(frozen=True, kw_only=True)
class CrmPersona:
    """A persona as the CRM describes it, fit to be published."""

    spec: PersonaSpec
    number: str = ""  # the number the answer says it is about, as it is written there
    remarks: tuple[str, ...] = ()  # what was cut or replaced, in words


def parse_crm_answer(answer: bytes | str | Mapping[str, Any] | list[Any]) -> CrmPersona | None:
    """Return the first persona of the first campaign that has one; None when the answer names none.

    Raises CrmError when the answer cannot be read, reports an error, or has none of the known fields.
    """
    document = _load(answer)
    roots = list(_roots(document))
    number = next((written for root in roots if (written := _scalar(root.get("mobileNo")))), "")
    for persona, voice_agent in _personas(roots):
        if (reader := _Reader(persona, voice_agent)).says_something():
            return replace(reader.persona(), number=number)
    require_empty(document)
    return None


def raw_text(answer: bytes | str | Mapping[str, Any] | list[Any]) -> str:
    """Return the answer as it came, as far as a text column can hold it."""
    if isinstance(answer, bytes):
        return clean_text(answer.decode(json.detect_encoding(answer), "replace"))
    return clean_text(answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False))


def _load(answer: bytes | str | Mapping[str, Any] | list[Any]) -> Any:
    if not isinstance(answer, str | bytes):
        return answer
    try:
        document = json.loads(answer.removeprefix("\ufeff") if isinstance(answer, str) else answer)
    except RecursionError as error:
        raise CrmError(CrmReason.NESTED_TOO_DEEPLY) from error
    except ValueError as error:
        # Important: `from None`. The decoder's error carries the whole answer, and tracebacks end in logs.
        raise CrmError(CrmReason.NOT_UTF8 if isinstance(error, UnicodeError) else CrmReason.NOT_JSON) from None
    if document is not None and not isinstance(document, Mapping | list):
        raise CrmError(CrmReason.NEITHER_OBJECT_NOR_LIST)
    return document


def _roots(document: Any, levels: int = MOST_LEVELS) -> Iterator[Mapping[str, Any]]:
    for root in _objects(document) if levels else []:
        yield root
        for wrapper in WRAPPERS:
            yield from _roots(root.get(wrapper), levels - 1)


def _personas(roots: list[Mapping[str, Any]]) -> Iterator[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    for root in roots:
        for campaign in _objects(root.get("campaigns")):
            for voice_agent in _objects(campaign.get("voiceAgents")):
                for persona in _objects(voice_agent.get("persona")):
                    yield persona, voice_agent


def _objects(value: Any) -> list[Mapping[str, Any]]:
    """Return the objects of a list, or the one object that stands where a list is expected."""
    items = as_list(value)
    candidates = [value] if items is None else items
    return [candidate for candidate in candidates if isinstance(candidate, Mapping)]


class _Reader:
    """Reads one persona; what it leaves out is looked for on the voice agent around it."""

    def __init__(self, persona: Mapping[str, Any], voice_agent: Mapping[str, Any]) -> None:
        self._persona = persona
        self._sources = [persona, voice_agent]
        self._remarks: list[str] = []

    def says_something(self) -> bool:
        """Whether there is a persona in it: an empty one must not silence the customer's default."""
        return any(render_structure(self._persona.get(field)) for field in PERSONA_TEXTS)

    def persona(self) -> CrmPersona:
        spec = PersonaSpec(
            name=self._fit("name", _parse_name, BUILT_IN_PERSONA.name),
            voice=self._voice(),
            welcome_message=self._message("welcome"),
            closing_message=self._message("closing"),
            entry_agent=AGENT,
            agents=(AgentSpec(name=AGENT, instructions=self._instructions()),),
        )
        return CrmPersona(spec=spec, remarks=tuple(self._remarks))

    def _instructions(self) -> str:
        for field in ("personality", "conversationStructure"):
            if text := render_structure(self._persona.get(field)):
                return self._cut(field, text, LONGEST_INSTRUCTIONS)
        return DEFAULT_INSTRUCTIONS

    def _message(self, which: str) -> str:
        field = f"{which}Message"
        places = [self._persona.get(field)]
        for messages in (found for source in self._sources for found in _objects(source.get("messages"))):
            places += [messages.get(field), messages.get(which)]
        return self._cut(
            field, next((text for place in places if (text := render_structure(place))), ""), LONGEST_MESSAGE
        )

    def _voice(self) -> VoiceSpec:
        defaults = VoiceSpec()
        return VoiceSpec(
            voice=self._fit("voice", _parse_voice, defaults.voice),
            language=self._fit("language", _parse_language, defaults.language),
            emotion=self._fit("emotion", _parse_emotion, defaults.emotion),
            temperature=self._fit("temperature", _parse_temperature, defaults.temperature),
        )

    def _fit(self, field: str, parse: Callable[[str], T | None], default: T) -> T:
        """Return the first value that fits; the default, with a remark, when none does."""
        written = [text for source in self._sources if (text := _scalar(source.get(field)))]
        fitting = next((value for text in written if (value := parse(text)) is not None), None)
        if written and fitting is None:
            self._remarks.append(f"{field}: “{written[0][:30]}” is not usable, {default} instead")
        return default if fitting is None else fitting

    def _cut(self, field: str, text: str, longest: int) -> str:
        if len(text) <= longest:
            return text
        self._remarks.append(f"{field}: cut from {len(text):,} to {longest:,} characters")
        return text[:longest].rstrip()


def render_structure(value: Any, depth: int = 0) -> str:
    """Return text, a list or an object as lines that a person, and a model, can read. "" when there is nothing in it."""
    if depth >= DEEPEST_STRUCTURE:
        return ""
    if (items := as_list(value)) is not None:
        return "\n".join("- " + _indent(text) for item in items if (text := render_structure(item, depth + 1)))
    if isinstance(value, Mapping):
        return "\n".join(
            _line(f"{_heading(key)}:", text)
            for key, item in value.items()
            if (text := render_structure(item, depth + 1))
        )
    return _scalar(value)


def _line(heading: str, text: str) -> str:
    return f"{heading}\n  {_indent(text)}" if "\n" in text or text.startswith("- ") else f"{heading} {text}"


def _indent(text: str) -> str:
    return text.replace("\n", "\n  ")


def _heading(key: object) -> str:
    """Return `closingRules` or `closing_rules` as `Closing rules`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", clean_text(str(key))).replace("_", " ").split()
    return " ".join([word.capitalize() if place == 0 else word.lower() for place, word in enumerate(words)])


def _scalar(value: Any) -> str:
    """Return text or a number as text; "" for everything else."""
    if isinstance(value, str):
        return clean_text(value).strip()
    if isinstance(value, bool) or not isinstance(value, int | float):
        return ""
    if isinstance(value, int):
        return str(value) if value.bit_length() <= 64 else ""
    return f"{value:g}" if math.isfinite(value) else ""


def _parse_name(text: str) -> str | None:
    name = " ".join(text.split())
    return name if 0 < len(name) <= LONGEST_NAME else None


def _parse_voice(text: str) -> str | None:
    return text if len(text) <= LONGEST_VOICE and re.fullmatch(r"[\w.:-]+( [\w.:-]+)*", text) else None


def _parse_language(text: str) -> str | None:
    """Return the tag for `en-US`, `en_us`, `EN` or `English`."""
    if named := NAMES_OF_LANGUAGES.get(text.lower()):
        return named
    first, *rest = re.split(r"[-_]", text)
    tag = "-".join([first.lower(), *(part.title() if len(part) == 4 else part.upper() for part in rest)])
    return tag if len(tag) <= LONGEST_LANGUAGE and LANGUAGE.fullmatch(tag) else None


def _parse_emotion(text: str) -> str | None:
    return next((emotion for emotion in EMOTIONS if emotion.lower() == text.lower()), None)


def _parse_temperature(text: str) -> float | None:
    try:
        temperature = round(float(text), 2)  # as exactly as the column keeps it
    except ValueError:
        return None
    return temperature if 0 <= temperature <= 2 else None
