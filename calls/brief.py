"""The whole configuration of one call, rendered once when the call is opened.

Pure: no Django, no LiveKit. Kept on the call as JSON with a schema version; an old brief stays readable indefinitely.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from personas.persona.closing import default_closing_message
from personas.persona.placed_call import OnMachine, PlacedCall
from personas.persona.placeholders import NO_VALUES, fill, fill_spoken
from personas.persona.prompt import render_instructions
from personas.persona.spec import PersonaSpec, VoiceSpec

SCHEMA = 1


@dataclass(frozen=True, kw_only=True)
class AgentBrief:
    """One agent as it is told to speak."""

    name: str
    instructions: str  # rendered: nothing is left to fill in
    on_enter_prompt: str = ""
    tools: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Patience:
    """How long the agent waits, in seconds."""

    silence_seconds: float = 15.0  # without speech for so long: ask whether the caller is there
    questions: int = 2  # so often; after that goodbye
    max_duration_seconds: float = 1800.0  # then the closing message
    first_word_seconds: float = 10.0  # the model must have begun to speak by then


@dataclass(frozen=True, kw_only=True)
class CallBrief:
    """The whole configuration of one call."""

    call_id: str
    persona: str  # the name it introduces itself with
    persona_version: int | None  # the number of the published version; None = the built-in persona
    persona_source: str  # a value of personas.answering.routing.Source
    caller: str  # E.164, or as it came, or ""; of a call that we place: our number
    dialed: str  # E.164, or as it came, or ""; of a call that we place: the person's
    voice: VoiceSpec
    welcome_message: str
    closing_message: str
    entry_agent: str
    agents: tuple[AgentBrief, ...]
    patience: Patience = field(default_factory=Patience)
    persona_pending: bool = False  # the CRM is asked during the call and its persona takes over
    params: Mapping[str, Any] = field(default_factory=dict)
    we_call: bool = False  # we place this call; its agent speaks once the person has answered
    name: str = ""  # of the person called
    disclosure: str = ""  # said first, word for word; nothing is left to fill in
    on_machine: str = OnMachine.CONTINUE
    voicemail_message: str = ""  # nothing is left to fill in
    speaks_first: bool = True  # False: in a call that we place the agent waits for the person's first word
    screening_answer: str = ""  # nothing is left to fill in; "" = in the agent's own words
    recording: bool = False  # both sides are recorded
    schema: int = SCHEMA

    def entry(self) -> AgentBrief:
        """Return the agent that speaks first. Raises KeyError when the brief has none of that name."""
        for agent in self.agents:
            if agent.name == self.entry_agent:
                return agent
        raise KeyError(self.entry_agent)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "CallBrief":
        """Return the brief. Raises KeyError or TypeError when the JSON is not a brief."""
        agents = tuple(AgentBrief(**{**agent, "tools": tuple(agent.get("tools", ()))}) for agent in data["agents"])
        voice, patience = VoiceSpec(**data["voice"]), Patience(**data.get("patience", {}))
        return cls(**{**data, "agents": agents, "voice": voice, "patience": patience})


def render_brief(
    spec: PersonaSpec,
    *,
    call_id: str,
    version: int | None,
    source: str,
    caller: str,
    dialed: str,
    persona_pending: bool = False,
    placed: PlacedCall | None = None,
    max_duration_seconds: float = Patience.max_duration_seconds,
    recording: bool | None = None,
) -> CallBrief:
    """Return the brief of a call that this persona answers, or, with `placed`, one that we place.

    `recording`: whether it is recorded; None = as the persona says.
    """
    values = placed.values() if placed else NO_VALUES
    agents = tuple(
        AgentBrief(
            name=agent.name,
            instructions=render_instructions(spec, agent, caller=caller, dialed=dialed, placed=placed),
            on_enter_prompt=fill(agent.on_enter_prompt, values),
            tools=agent.tools,
        )
        for agent in spec.agents
    )
    return CallBrief(
        call_id=call_id,
        persona=spec.name,
        persona_version=version,
        persona_source=source,
        caller=caller,
        dialed=dialed,
        voice=spec.voice,
        welcome_message=fill_spoken(spec.welcome_message, values),
        closing_message=fill_spoken(spec.closing_message, values) or default_closing_message(spec.voice.language),
        entry_agent=spec.entry_agent,
        agents=agents,
        patience=Patience(max_duration_seconds=max_duration_seconds),
        persona_pending=persona_pending,
        params=placed.params if placed else {},
        we_call=placed is not None,
        name=placed.person if placed else "",
        disclosure=placed.disclosure if placed else "",
        on_machine=placed.on_machine if placed else CallBrief.on_machine,
        voicemail_message=placed.voicemail_message if placed else "",
        speaks_first=placed.speaks_first if placed else CallBrief.speaks_first,
        screening_answer=placed.screening_answer if placed else "",
        recording=spec.recording if recording is None else recording,
    )


def with_provider(brief: CallBrief, provider: str) -> CallBrief:
    """Return the brief with the installation's provider where the persona names none."""
    return replace(brief, voice=replace(brief.voice, provider=brief.voice.provider or provider))
