"""Says in words why the CRM named no persona.

Pure: no Django, no LiveKit.
"""

from personas.crm.answer import CrmAnswer, CrmReason

SENTENCES = {
    CrmReason.NO_NUMBER: "there is no number to look up in the CRM",
    CrmReason.NOT_CONFIGURED: "no CRM is connected",
    CrmReason.NO_TOKEN: "the customer has no CRM token",
    CrmReason.NOT_QUERIED: "not queried in this test; it is on a real call",
    CrmReason.PENDING: "follows during the call (loading in the background)",
    CrmReason.TOKEN_UNREADABLE: "the customer's CRM token cannot be decrypted: no key in FIELD_ENCRYPTION_KEYS fits",
    CrmReason.NOT_FOUND: "the CRM has no persona for this number",
    CrmReason.TIMED_OUT: "the CRM did not answer within {} s",
    CrmReason.TIMED_OUT_WAITING: "the CRM did not answer within {} s (it was queried for another call)",
    CrmReason.UNREACHABLE: "the CRM could not be reached, or closed the connection",
    CrmReason.CERTIFICATE: "the CRM's TLS certificate was rejected",
    CrmReason.HTTP_STATUS: "the CRM answered {}",
    CrmReason.REDIRECT: "the CRM answered with a redirect ({}), which is not followed",
    CrmReason.CUT_OFF: "the CRM's answer was cut off",
    CrmReason.TOO_LARGE: "the CRM's answer is larger than {} bytes",
    CrmReason.FAILED: "the CRM could not be queried ({})",
    CrmReason.NOT_JSON: "the CRM's answer is not JSON",
    CrmReason.NOT_UTF8: "the CRM's answer is not UTF-8",
    CrmReason.NESTED_TOO_DEEPLY: "the CRM's answer is nested too deeply",
    CrmReason.NEITHER_OBJECT_NOR_LIST: "the CRM's answer is JSON, but neither an object nor a list",
    CrmReason.REPORTED_ERROR: "the CRM reported an error",
    CrmReason.NOT_UNDERSTOOD: "the CRM's answer has none of the expected fields",
    CrmReason.EARLIER_VERSION: "{}",
}


def describe_reason(reason: CrmReason, detail: str = "") -> str:
    """Return the sentence, without a capital or a full stop: it stands after “CRM:”."""
    return SENTENCES[reason].format(detail)


def describe(answer: CrmAnswer) -> str:
    """Return why the answer names no persona, or why it is an earlier one; "" when there is nothing to explain."""
    if answer.reason is None:
        return ""
    why = describe_reason(answer.reason, answer.detail)
    if answer.given_at is None:
        return why
    what = "its answer" if answer.candidate else "its answer “not found”"
    return f"{why}; {what} of {answer.given_at:%Y-%m-%d %H:%M} UTC is used"
