"""How do operators find a call among a million?"""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from calls.admin.call_filters import LimitedPaginator
from calls.models import Call
from personas.answering.routing import Source
from tests.calls.admin.test_call import LIST, RINGING, found, make_call
from tests.conftest import ANA, make_customer, make_number, make_persona


@pytest.fixture
def calls(clinic) -> dict[str, Call]:
    leo = make_number("+4930901820", persona=make_persona("Leo", customer=make_customer("berlin", region="DE")))
    return {
        "today": make_call("today"),
        "tuesday": make_call("tuesday", at=RINGING - timedelta(days=4)),
        "berlin": make_call("berlin", dialed=leo.phone, caller="+491712345678", at=RINGING - timedelta(days=9)),
    }


def test_each_filter_finds_what_it_names(admin_client, calls, nora):
    berlin = calls["berlin"]
    own = {"persona": {"persona__id__exact": berlin.persona_id}, "number": {"number__id__exact": berlin.number_id}}

    assert found(admin_client, **own["persona"]) == found(admin_client, **own["number"]) == [berlin]
    assert found(admin_client, customer__id__exact=berlin.customer_id) == [berlin]
    assert found(admin_client, persona_source__exact=Source.CRM) == []
    assert len(found(admin_client, persona_source__exact=Source.NUMBER)) == 3


def test_days_are_included_on_both_ends(admin_client, calls):
    assert found(admin_client, queued_at_from="2026-11-17", queued_at_to="2026-11-17") == [calls["tuesday"]]
    assert found(admin_client, queued_at_from="2026-11-17") == [calls["today"], calls["tuesday"]]
    assert len(found(admin_client, queued_at_from="yesterday", queued_at_to="2026-99-99")) == 3


def test_callers_who_gave_up_are_found(admin_client, calls, time_machine):
    time_machine.move_to(RINGING + timedelta(hours=1))
    for call in calls.values():
        call.finish(RINGING, ended_by=Call.EndedBy.CALLER, reason=Call.EndReason.CALLER_HUNG_UP_RINGING)

    assert found(admin_client, when="gave_up_today") == [calls["today"]]


def test_simulated_calls_can_be_told_from_real_ones(admin_client, calls):
    Call.objects.filter(pk=calls["today"].pk).update(simulated=True)

    assert found(admin_client, kind="simulated") == [calls["today"]]
    assert found(admin_client, kind="outbound") == []


@pytest.mark.parametrize("written", ["0171 2345678", "+49 171 2345678", "0049 (171) 234-5678", "2345678"])
def test_a_number_is_found_as_its_country_writes_it(admin_client, calls, written):
    assert found(admin_client, q=written) == [calls["berlin"]]


def test_calls_to_one_of_our_numbers_are_found_by_it(admin_client, calls):
    assert found(admin_client, q="030 901820") == [calls["berlin"]]


def test_a_caller_whose_address_is_no_number_is_found(admin_client, calls):
    anna = make_call("anna", caller="sip:anna@example.org")

    assert found(admin_client, q=anna.phone) == [anna]


def test_the_filters_offer_nothing_of_other_customers(django_user_model, calls):
    user = django_user_model.objects.create(username="vera", is_staff=True)
    user.memberships.create(customer=calls["today"].customer, role="viewer")
    client = Client()
    client.force_login(user)

    assert found(client) == [calls["today"], calls["tuesday"]]
    assert found(client, q="+491712345678") == found(client, q="030 901820") == []
    assert "Leo" not in client.get(LIST).content.decode()


def test_pages_are_counted_to_a_limit_and_say_so(admin_client, clinic, monkeypatch):
    monkeypatch.setattr(LimitedPaginator, "most", 60)
    Call.objects.bulk_create(_copies(make_call(), 70))

    response = admin_client.get(LIST)

    assert response.context["cl"].paginator.count == 60
    assert "narrow them with a filter" in response.content.decode()


def test_a_phone_is_looked_for_along_an_index(calls):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        plan = Call.objects.ending_with("0001").explain()

    assert "call_phone_backwards" in plan
    assert list(Call.objects.ending_with(ANA[-6:])) == [calls["today"], calls["tuesday"]]


def _copies(call: Call, count: int) -> list[Call]:
    fields = {
        field.attname: getattr(call, field.attname)
        for field in Call._meta.concrete_fields
        if field.attname not in ("id", "room_name")
    }
    return [Call(**fields, room_name=f"copy-{place}") for place in range(count)]
