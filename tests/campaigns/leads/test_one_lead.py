"""What changing a single lead does to a state that was changed meanwhile."""

from datetime import UTC, datetime

import pytest

from campaigns.lead_import.header_words import Field
from campaigns.lead_import.rows import LeadRow
from campaigns.leads.one_lead import change_lead, read_lead
from campaigns.models import DoNotCall, Lead
from tests.campaigns.cast import make_lead

pytestmark = pytest.mark.django_db
LISTED = "+16175550199"


def test_a_call_that_ended_while_the_lead_was_edited_does_not_begin_again():
    lead = make_lead(state="calling")
    DoNotCall.add(
        phone=LISTED, customer=lead.customer, reason="Asked", source="api", added_by="eva", now=datetime.now(UTC)
    )
    Lead.objects.filter(pk=lead.pk).update(state="done")

    row = read_lead({Field.PHONE: LISTED}, {}, "US")
    assert isinstance(row, LeadRow)
    change_lead(lead, row, {"phone"})

    lead.refresh_from_db()
    assert (lead.phone, lead.state, lead.do_not_call) == (LISTED, "done", True)
