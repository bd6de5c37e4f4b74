"""Says in words why a routing decision came out as it did.

Pure: no Django, no LiveKit.
"""

from personas.answering.routing import Route, Skipped, SkipReason
from personas.crm.words import describe


def describe_skipped(skipped: Skipped) -> str:
    """Return why the candidate does not answer, without a capital or a full stop."""
    if skipped.reason is SkipReason.NOT_PUBLISHED:
        return f"{skipped.persona} is not published"
    return describe(skipped.crm) if skipped.crm else ""


def describe_remark(route: Route) -> str:
    """Return what is unusual about the persona that answers, e.g. that the CRM's answer is an earlier one; "" for nothing."""
    return describe(route.crm) if route.crm else ""


def explain_route(route: Route) -> str:
    """Return in one line what was skipped and why, and what is unusual about the persona that answers."""
    reasons = [f"{skipped.source.replace('_', ' ')}: {describe_skipped(skipped)}" for skipped in route.skipped]
    if remark := describe_remark(route):
        reasons.append(f"{route.source.replace('_', ' ')}: {remark}")
    return "; ".join(reasons)
