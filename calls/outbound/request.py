"""A call that is wanted: what the API, the form and the command hand over once the values are checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from calls.models import Trunk
from calls.outcomes import InstructionsSource
from campaigns.models import Campaign, Lead, Variant
from campaigns.script.lead_fields import LeadFacts
from campaigns.script.texts import CampaignWords, campaign_words
from personas.answering.routing import Source
from personas.models import Customer, PersonaVersion
from personas.persona.built_in import BUILT_IN_PERSONA
from personas.persona.placed_call import PlacedCall
from personas.persona.spec import AgentSpec, PersonaSpec

SHORTEST_CALL_SECONDS, LONGEST_CALL_SECONDS = 10, 7_200
LONGEST_AHEAD_DAYS = 365  # that a call may be scheduled


@dataclass(frozen=True, kw_only=True)
class CallRequest:
    """A call that is wanted. Values are checked; whether the person may be called is not."""

    customer: Customer
    phone: str  # E.164
    requested_by: str  # a user or an API key
    name: str = ""  # of the person called
    instruction: str = ""  # beside the persona's, or instead of it
    version: PersonaVersion | None = None  # None = the request brings its own instructions
    version_source: Source = Source.REQUEST
    language: str = ""  # BCP 47; "" = the persona's
    emotion: str = ""  # "" = the persona's
    params: Mapping[str, Any] = field(default_factory=dict)
    trunk: Trunk | None = None  # None = the customer's first one, else a shared one
    caller_id: str = ""  # "" = the trunk's number nearest to the phone
    scheduled_at: datetime | None = None  # None = at once
    max_duration_seconds: float | None = None
    override_hours: bool = False
    campaign: Campaign | None = None
    lead: Lead | None = None  # whom the campaign calls; of its own lists or of the customer's built-in campaign
    variant: Variant | None = None  # the lead's
    simulated: bool = False

    @property
    def instructions_source(self) -> InstructionsSource:
        if self.words:
            return InstructionsSource.CAMPAIGN
        if self.version is None:
            return InstructionsSource.INSTRUCTION
        return InstructionsSource.PERSONA_AND_INSTRUCTION if self.instruction else InstructionsSource.PERSONA

    @property
    def attempt(self) -> int:
        """Which call to the lead this is, from 1."""
        return self.lead.attempts + 1 if self.lead else 1

    @cached_property
    def words(self) -> CampaignWords | None:
        """The campaign's texts, filled with what is known of the person; the request's parameters count as columns."""
        if self.campaign is None:
            return None
        known = self.lead.facts() if self.lead else LeadFacts(name=self.name, phone=self.phone)
        columns = PlacedCall(params=self.params).values()
        facts = replace(known, name=self.name or known.name, extra={**known.extra, **columns})
        return campaign_words(self.campaign.texts(self.variant), facts)

    def spec(self) -> PersonaSpec:
        """Return the persona as it speaks in this call.

        The persona's greeting is for its own calls: one with an instruction of its own begins in the model's words.
        """
        spec = PersonaSpec.from_json(self.version.spec) if self.version else self._improvised()
        voice = replace(
            spec.voice, language=self.language or spec.voice.language, emotion=self.emotion or spec.voice.emotion
        )
        spec = replace(spec, voice=voice)
        has_words_of_its_own = self.instruction or (self.words and self.words.session_instructions)
        return replace(spec, welcome_message="") if has_words_of_its_own else spec

    def _improvised(self) -> PersonaSpec:
        own = "" if self.words else self.instruction  # beside a campaign's texts it stands with them
        agent = AgentSpec(name=BUILT_IN_PERSONA.entry_agent, instructions=own)
        return replace(BUILT_IN_PERSONA, agents=(agent,), welcome_message="", closing_message="")

    def placed(self) -> PlacedCall:
        """Return what the prompt says of this call. Without a persona the instruction is the agent's own already."""
        if self.words:
            texts = filter(None, [self.words.session_instructions, self.instruction])
            return replace(self.words.placed_call(self.params), instruction="\n\n".join(texts))
        return PlacedCall(name=self.name, instruction=self.instruction if self.version else "", params=self.params)
