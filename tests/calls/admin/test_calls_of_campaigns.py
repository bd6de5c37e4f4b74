"""How do people see which campaign and which lead a call was for?"""

import pytest

from calls.models import Call
from tests.calls.admin.test_call import found, make_call, page_of
from tests.campaigns.cast import make_campaign, make_lead, make_list


@pytest.fixture
def call(clinic) -> Call:
    call = make_call()
    lead = make_lead(make_list(make_campaign("renewals", customer=call.customer)), name="Ana <b>Ruiz</b>")
    Call.objects.filter(pk=call.pk).update(campaign=lead.campaign, lead=lead, variant="B", attempt=2)
    return Call.objects.get(pk=call.pk)


def test_the_page_names_campaign_variant_lead_and_attempt(admin_client, call):
    html = page_of(admin_client, call)

    assert "Renewals" in html
    assert "Variant “B”" in html
    assert "Ana &lt;b&gt;Ruiz&lt;/b&gt;" in html
    assert "Attempt 2" in html


def test_the_list_is_narrowed_to_a_campaign_or_a_lead(admin_client, call):
    make_call("another")

    assert found(admin_client, campaign__id__exact=call.campaign_id) == [call]
    assert found(admin_client, lead=call.lead_id) == [call]
    assert found(admin_client, lead="nonsense") == found(admin_client, lead=call.pk) == []
