"""The scopes of the API, and which role has which.

Pure: no Django, no LiveKit.
"""

LISTEN = "recordings:read"
SCOPES = {
    "calls:read": "View calls and transcripts",
    "calls:write": "Place and end calls",
    "calls:override": "Place calls outside the calling hours",
    LISTEN: "Listen to recordings of calls",
    "personas:read": "View personas, phone numbers and routing rules",
    "personas:write": "Change and publish personas, phone numbers and routing rules",
    "campaigns:read": "View campaigns, leads and imports",
    "campaigns:write": "Change campaigns, and import leads",
    "do_not_call:read": "View the do-not-call list",
    "do_not_call:write": "Change the do-not-call list",
    "trunks:read": "View trunks",
    "trunks:write": "Change trunks",
    "metrics": "Read Prometheus metrics",
}
INSTALLATION_SCOPES = frozenset({"metrics"})  # about all customers at once: only administrators give them


def find_unknown(scopes: object) -> list[str]:
    """Return what is not a scope, as text; a list that is no list at all is one mistake."""
    if not isinstance(scopes, list):
        return [str(scopes)]
    return [str(scope) for scope in scopes if not isinstance(scope, str) or scope not in SCOPES]


def is_reading(scope: str) -> bool:
    """Whether a viewer of one customer has the scope."""
    return scope.endswith(":read") and scope != LISTEN


def is_of_one_customer(scope: str) -> bool:
    """Whether a manager of one customer has the scope, and may give it to a key."""
    return scope not in INSTALLATION_SCOPES
