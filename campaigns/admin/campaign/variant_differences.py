"""Compares the variants of a campaign with its own texts."""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.admin.campaign.script_versions import compare_texts
from campaigns.models import Campaign, Variant
from campaigns.script.variants import shares
from personas.persona.differences import Difference


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
    own = dict(campaign.texts().items())
    return [
        ComparedVariant(
            variant=each,
            share=100 * parts[each.pk],
            differences=compare_texts(own, dict(campaign.texts(each).items())),
        )
        for each in variants
    ]
