"""What a published persona consists of: frozen values, written to and read from a version's JSON.

Pure: no Django, no LiveKit. A version that was written once must stay readable indefinitely: new fields get defaults.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from voiceplatform.text import clean_json

SCHEMA = 1
AGENT_NAME = re.compile(r"^[a-z][a-z0-9_]{0,49}$")
LONGEST_INSTRUCTIONS = 40_000  # characters, about 10,000 tokens: beyond that a realtime model answers late and forgets
LONGEST_MESSAGE = 2_000  # characters, about two minutes of speech
LANGUAGE = re.compile(r"^[a-z]{2,3}(-[A-Z][a-z]{3})?(-[A-Z]{2})?$")


@dataclass(frozen=True, kw_only=True)
class VoiceSpec:
    """How the voice sounds."""

    provider: str = ""  # "google" or "offline"; "" = what VOICE_PROVIDER says when the call comes
    model: str = ""  # "" = the provider's own default
    voice: str = "Leda"
    language: str = "en-US"  # BCP 47
    emotion: str = "Neutral"
    temperature: float = 0.2  # 0 to 2


@dataclass(frozen=True, kw_only=True)
class AgentSpec:
    """One prompt of a persona. Edges and tools of later versions find their place here."""

    name: str  # unique in the persona: a-z, 0-9, _
    instructions: str
    on_enter_prompt: str = ""  # what to do when the conversation comes to this agent
    tools: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PersonaSpec:
    """A persona as it speaks: the whole of what a version freezes."""

    name: str
    voice: VoiceSpec
    welcome_message: str
    closing_message: str
    entry_agent: str
    agents: tuple[AgentSpec, ...]
    recording: bool = False  # its calls are recorded, but for those of campaigns, which say so themselves
    schema: int = SCHEMA

    def agent(self, name: str) -> AgentSpec:
        """Return the agent of that name. Raises KeyError when the persona has none."""
        for agent in self.agents:
            if agent.name == name:
                return agent
        raise KeyError(name)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "PersonaSpec":
        """Return the spec that `to_json` wrote. Texts come back cleaned: versions from before the cleaner may hold \\r\\n."""
        data = clean_json(data)
        agents = tuple(AgentSpec(**{**agent, "tools": tuple(agent.get("tools", ()))}) for agent in data["agents"])
        return cls(**{**data, "voice": VoiceSpec(**data["voice"]), "agents": agents})


class MistakeKind(StrEnum):
    """What keeps a persona from being published."""

    NO_NAME = "no_name"
    NO_INSTRUCTIONS = "no_instructions"
    UNKNOWN_ENTRY_AGENT = "unknown_entry_agent"
    AGENT_NAME_TWICE = "agent_name_twice"
    BAD_AGENT_NAME = "bad_agent_name"
    UNSUPPORTED_LANGUAGE = "unsupported_language"


@dataclass(frozen=True, kw_only=True)
class Mistake:
    """One thing to mend before publishing."""

    kind: MistakeKind
    field: str  # of PersonaSpec, AgentSpec or VoiceSpec
    value: str = ""  # what stands there
    agent: str = ""  # only where the persona has several
    choices: tuple[str, ...] = ()


def find_mistakes(spec: PersonaSpec) -> list[Mistake]:
    """Return what keeps the persona from being published."""
    mistakes = []
    if not spec.name.strip():
        mistakes.append(Mistake(kind=MistakeKind.NO_NAME, field="name"))
    mistakes += _find_agent_mistakes(spec)
    if not LANGUAGE.match(spec.voice.language):
        mistakes.append(Mistake(kind=MistakeKind.UNSUPPORTED_LANGUAGE, field="language", value=spec.voice.language))
    return mistakes


def _find_agent_mistakes(spec: PersonaSpec) -> list[Mistake]:
    names = tuple(agent.name for agent in spec.agents)
    if not names:
        return [Mistake(kind=MistakeKind.NO_INSTRUCTIONS, field="instructions")]
    mistakes = []
    if spec.entry_agent not in names:
        unknown = MistakeKind.UNKNOWN_ENTRY_AGENT
        mistakes.append(Mistake(kind=unknown, field="entry_agent", value=spec.entry_agent, choices=names))
    repeated = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    mistakes += [Mistake(kind=MistakeKind.AGENT_NAME_TWICE, field="name", value=name) for name in repeated]
    for agent in spec.agents:
        if not AGENT_NAME.match(agent.name):
            mistakes.append(Mistake(kind=MistakeKind.BAD_AGENT_NAME, field="name", value=agent.name))
        if not agent.instructions.strip():
            named = agent.name if len(names) > 1 else ""
            mistakes.append(Mistake(kind=MistakeKind.NO_INSTRUCTIONS, field="instructions", agent=named))
    return mistakes


def describe_mistake(mistake: Mistake) -> str:
    """Return the mistake as a sentence that says where it is and what to do."""
    value = mistake.value
    match mistake.kind:
        case MistakeKind.NO_NAME:
            return "Name is empty."
        case MistakeKind.NO_INSTRUCTIONS:
            return f"Instructions of agent “{mistake.agent}” are empty." if mistake.agent else "Instructions are empty."
        case MistakeKind.UNKNOWN_ENTRY_AGENT:
            choices = ", ".join(mistake.choices)
            return f"Entry agent: “{value}” is not an agent of this persona. Choose one of: {choices}."
        case MistakeKind.AGENT_NAME_TWICE:
            return f"Agents: the name “{value}” is used twice. Names are unique in a persona."
        case MistakeKind.BAD_AGENT_NAME:
            return f"Agent “{value}”: a name is a small letter, then small letters, digits or _, 50 at most."
        case MistakeKind.UNSUPPORTED_LANGUAGE:
            return f"Language “{value}” is not supported. Choose one from the list."


def list_differences(old: PersonaSpec | None, new: PersonaSpec) -> list[tuple[str, str, str]]:
    """Return (field, before, after) of everything that differs, in the order people read a persona."""
    with_names = any(len(spec.agents) > 1 for spec in (old, new) if spec)
    before = _flat(old, with_names=with_names) if old else {}
    after = _flat(new, with_names=with_names)
    fields = [*after, *(field for field in before if field not in after)]
    return [(f, before.get(f, ""), after.get(f, "")) for f in fields if before.get(f, "") != after.get(f, "")]


def _flat(spec: PersonaSpec, *, with_names: bool) -> dict[str, str]:
    """Return the fields by their labels; the agents are named only where there are several."""
    flat = {"Name": spec.name, "Greeting": spec.welcome_message, "Closing message": spec.closing_message}
    flat |= {field.capitalize(): str(value) for field, value in asdict(spec.voice).items()}
    flat["Recording"] = "on" if spec.recording else "off"
    if with_names:
        flat["Entry agent"] = spec.entry_agent
    for agent in spec.agents:
        name = f" of {agent.name}" if with_names else ""
        flat[f"Instructions{name}"] = agent.instructions
        flat[f"Prompt on handoff{name}"] = agent.on_enter_prompt
        flat[f"Tools{name}"] = ", ".join(agent.tools)
    return flat
