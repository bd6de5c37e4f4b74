"""The scopes of the API, and which role has which.

Pure: no Django, no LiveKit.
"""

SCOPES = {
    "calls:read": "see calls and what was said",
    "calls:write": "end calls",
    "personas:read": "see personas, numbers and routing rules",
    "personas:write": "change and publish personas, numbers and routing rules",
    "campaigns:read": "see campaigns (to come)",
    "campaigns:write": "change campaigns (to come)",
    "metrics": "read the installation's metrics",
}
HOUSE_SCOPES = frozenset({"metrics"})  # tell of all customers at once: a superuser's to give


def find_unknown(scopes: object) -> list[str]:
    """Return what is not a scope, as text; a list that is no list at all is one mistake."""
    if not isinstance(scopes, list):
        return [str(scopes)]
    return [str(scope) for scope in scopes if not isinstance(scope, str) or scope not in SCOPES]


def is_reading(scope: str) -> bool:
    """Whether a viewer of one customer has the scope."""
    return scope.endswith(":read")


def is_of_one_customer(scope: str) -> bool:
    """Whether a manager of one customer has the scope, and may give it to a key."""
    return scope not in HOUSE_SCOPES
