"""Says in words why a routing decision came out as it did.

Pure: no Django, no LiveKit.
"""

from personas.answering.routing import Route, Skipped, SkipReason, Source
from personas.crm.words import describe

CHOSEN = {  # why the persona answers, as it stands in a sentence
    Source.RULE_FOR_CALLER_AND_NUMBER: "routing rule for this caller and number",
    Source.RULE_FOR_CALLER: "routing rule for this caller",
    Source.NUMBER: "assigned to the number",
    Source.CRM: "named by the CRM",
    Source.CUSTOMER_DEFAULT: "the customer's default persona",
    Source.BUILT_IN: "no persona is assigned",
    Source.JOB_METADATA: "named in the dispatch metadata",
    Source.CAMPAIGN: "the campaign's",
    Source.REQUEST: "chosen for this call",
}
STEPS = {  # the places that are checked for a persona, in order
    Source.RULE_FOR_CALLER_AND_NUMBER: "Rule for this caller and number",
    Source.RULE_FOR_CALLER: "Rule for this caller on all numbers",
    Source.NUMBER: "Phone number",
    Source.CRM: "CRM",
    Source.CUSTOMER_DEFAULT: "Customer default",
    Source.BUILT_IN: "Generic assistant",
}


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
    reasons = [f"{STEPS[skipped.source]}: {describe_skipped(skipped)}" for skipped in route.skipped]
    if remark := describe_remark(route):
        reasons.append(f"{STEPS[route.source]}: {remark}")
    return "; ".join(reasons)
