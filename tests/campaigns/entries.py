"""Makes do-not-call entries for tests."""

from datetime import UTC, datetime

from campaigns.models import DoNotCall
from tests.conftest import make_customer

NINE = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
BLOCKED = "+15550100007"


def add(phone: str = BLOCKED, **values) -> DoNotCall:
    """List a number for Riverside, unless told otherwise."""
    if values.get("scope") != "all":
        values.setdefault("customer", make_customer())
    if values.get("prefix"):
        phone = ""
    given = {"reason": "Asked by e-mail", "source": "manual", "added_by": "mia", "now": NINE}
    return DoNotCall.add(phone=phone, **{**given, **values})[0]
