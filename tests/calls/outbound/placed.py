"""Calls that we place, as far as a test needs them."""

from datetime import datetime
from typing import Any

from calls.models import Call
from calls.outbound.opening import open_outbound_call
from calls.outbound.request import CallRequest
from tests.conftest import make_customer

PHONE, JOB = "+13125550142", "AJ_1"


def make_placed_call(now: datetime, *, phone: str = PHONE, **values: Any) -> Call:
    """A call that was requested at the moment, whatever the hours, and is due; its agent has not come."""
    call = open_outbound_call(
        CallRequest(
            customer=make_customer(),
            phone=phone,
            requested_by="test",
            instruction="Say hello.",
            override_hours=True,
        )
    )
    times = {"queued_at": now, "next_dial_at": now, "dispatch_asked_at": None}
    Call.objects.filter(pk=call.pk).update(**{**times, **values})
    return Call.objects.get(pk=call.pk)
