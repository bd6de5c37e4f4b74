"""Compares the variants of a campaign with its own texts."""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.admin.campaign.script_preview import LABELS
from campaigns.models import Campaign, Variant
from campaigns.script.variants import shares
from personas.persona.differences import Difference, compare_lines

COMPARED = ("agent_instructions", "session_instructions")


@dataclass(frozen=True, kw_only=True)
class ComparedVariant:
    """A variant, the share of the leads that hear it, and what it says otherwise."""

    variant: Variant
    share: float  # percent
    differences: list[Difference]


def compare_variants(campaign: Campaign) -> list[ComparedVariant]:
    """Return the saved variants. Cost: one query."""
    variants = list(campaign.variants.all())
    parts = shares((variant.pk, variant.weight) for variant in variants)
    return [
        ComparedVariant(variant=each, share=100 * parts[each.pk], differences=_compare(campaign, each))
        for each in variants
    ]


def _compare(campaign: Campaign, variant: Variant) -> list[Difference]:
    own, other = dict(campaign.texts().items()), dict(campaign.texts(variant).items())
    return [
        Difference(field=LABELS[name], before=own[name], after=other[name], lines=compare_lines(own[name], other[name]))
        for name in COMPARED
        if own[name] != other[name]
    ]
