"""How do operators find a call among a million?"""

from datetime import timedelta
from html import unescape

import pytest
from django.db import connection

from calls.admin.call_search import search
from calls.models import Call
from personas.answering.routing import Source
from tests.calls.admin.test_call import LIST, RINGING, found, make_call
from tests.conftest import ANA, make_customer, make_number, make_persona, sign_in_member
from voiceplatform import lists


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


def test_abandoned_calls_are_found(admin_client, calls, time_machine):
    time_machine.move_to(RINGING + timedelta(hours=1))
    for call in calls.values():
        call.finish(RINGING, ended_by=Call.EndedBy.CALLER, reason=Call.EndReason.CALLER_HUNG_UP_RINGING)

    assert found(admin_client, when="abandoned_today") == [calls["today"]]


def test_test_calls_are_left_out_until_the_box_is_ticked(admin_client, calls):
    Call.objects.filter(pk=calls["today"].pk).update(simulated=True)

    assert found(admin_client) == [calls["tuesday"], calls["berlin"]]
    assert found(admin_client, test_calls="on") == [calls["today"], calls["tuesday"], calls["berlin"]]
    assert 'vp-badge-plain">Test</span>' in admin_client.get(LIST, {"test_calls": "on"}).content.decode()


def test_a_search_and_the_live_calls_include_test_calls(admin_client, calls):
    Call.objects.filter(pk=calls["today"].pk).update(simulated=True)

    assert found(admin_client, q=str(calls["today"].pk)) == [calls["today"]]
    assert calls["today"] in found(admin_client, when="now")


def test_yesterday_and_its_failed_calls_are_found(admin_client, calls, time_machine):
    time_machine.move_to(RINGING - timedelta(days=3))
    failed = make_call("failed", at=RINGING - timedelta(days=4))
    failed.finish(RINGING, ended_by=Call.EndedBy.SYSTEM, reason=Call.EndReason.MODEL_FAILED, result=Call.Result.FAILED)

    assert set(found(admin_client, when="yesterday")) == {calls["tuesday"], failed}
    assert found(admin_client, when="failed_yesterday") == [failed]


@pytest.mark.parametrize("written", ["17.11.2026", "17/11/2026", "11/17/2026", "17 Nov 2026", "November 17, 2026"])
def test_a_day_is_read_as_people_write_it(admin_client, calls, written):
    assert found(admin_client, queued_at_from=written, queued_at_to=written) == [calls["tuesday"]]


@pytest.mark.parametrize(
    ("days", "said"),
    [
        ({"queued_at_from": "the other day"}, "“the other day” is not a date. Write 27 Nov 2026 or 2026-11-27."),
        ({"queued_at_to": "03/04/2026"}, "could be 3 Apr or 4 Mar. Write 2026-04-03 or 2026-03-04."),
        ({"queued_at_to": "2026-99-99"}, "is not a day of the calendar"),
        ({"queued_at_to": "9999-12-31"}, "The year must be between 2000 and 2100."),
        ({"queued_at_from": "0001-01-01"}, "The year must be between 2000 and 2100."),
        ({"queued_at_from": "2026-11-18", "queued_at_to": "2026-11-17"}, "This day is before the first one."),
        ({"queued_at_from": "a\0b"}, "Null characters are not allowed."),
        ({"queued_at_from": "9" * 500}, "at most 60 characters"),
    ],
)
def test_a_day_that_cannot_be_read_finds_nothing_and_is_an_error_beside_its_field(admin_client, calls, days, said):
    response = admin_client.get(LIST, days)
    html = unescape(response.content.decode())

    assert list(response.context["cl"].result_list) == []
    assert said in html.split('class="vp-error"')[1]
    assert said in html.split("vp-chip-bad")[1].split("</li>")[0]


def test_each_active_filter_is_a_chip_that_removes_it_alone(admin_client, calls, time_machine):
    time_machine.move_to(RINGING + timedelta(hours=1))
    query = {"when": "week", "queued_at_from": "17.11.2026", "number__id__exact": calls["today"].number_id}

    response = admin_client.get(LIST, query)
    chips = response.context["cl"].chips

    assert [(chip.name, chip.value) for chip in chips] == [
        ("Period", "Last 7 days"),
        ("From", "17 Nov 2026"),
        ("Your number", str(calls["today"].number)),
    ]
    assert chips[1].remove == f"?number__id__exact={calls['today'].number_id}&when=week"
    assert chips[1].remove.replace("&", "&amp;") in response.content.decode()


def test_removing_the_search_keeps_filters_whose_names_begin_alike(admin_client, calls):
    query = {"q": ANA, "queued_at_from": "17.11.2026", "persona__id__exact": calls["today"].persona_id}

    search = admin_client.get(LIST, query).context["cl"].chips[0]

    assert search.name == "Search"
    assert search.remove == f"?persona__id__exact={calls['today'].persona_id}&queued_at_from=17.11.2026"


def test_the_count_says_how_many_of_how_many(admin_client, calls):
    narrowed = {"customer__id__exact": calls["berlin"].customer_id}

    assert "3 calls<" in admin_client.get(LIST).content.decode()
    assert "1 of 3 calls<" in admin_client.get(LIST, narrowed).content.decode()
    assert "1 of 3 calls<" in admin_client.get(LIST, {"q": "0171 2345678"}).content.decode()


def test_the_count_leaves_test_calls_out_as_the_list_does(admin_client, calls):
    Call.objects.filter(pk=calls["today"].pk).update(simulated=True)
    narrowed = {"customer__id__exact": calls["berlin"].customer_id}

    assert "2 calls<" in admin_client.get(LIST).content.decode()
    assert "1 of 2 calls<" in admin_client.get(LIST, narrowed).content.decode()
    assert "1 of 3 calls<" in admin_client.get(LIST, narrowed | {"test_calls": "on"}).content.decode()


def test_an_unanswered_call_shows_a_dash_for_what_it_lacks(admin_client, calls):
    html = admin_client.get(LIST).content.decode()

    assert ">–<" in "".join(html.split())


def test_counting_stops_at_a_limit(admin_client, clinic, monkeypatch):
    monkeypatch.setattr(lists, "COUNTED_TO", 5)
    Call.objects.bulk_create(_copies(make_call(), 9))

    html = admin_client.get(LIST, {"q": ANA}).content.decode()

    assert "10 of more than 5 calls<" in html


@pytest.mark.parametrize("written", ["0171 2345678", "+49 171 2345678", "0049 (171) 234-5678", "2345678"])
def test_a_number_is_found_as_its_country_writes_it(admin_client, calls, written):
    assert found(admin_client, q=written) == [calls["berlin"]]


def test_calls_to_one_of_our_numbers_are_found_by_it(admin_client, calls):
    assert found(admin_client, q="030 901820") == [calls["berlin"]]


def test_a_caller_whose_address_is_no_number_is_found(admin_client, calls):
    anna = make_call("anna", caller="sip:anna@example.org")

    assert found(admin_client, q=anna.phone) == [anna]


def test_the_filters_offer_nothing_of_other_customers(calls):
    client = sign_in_member(calls["today"].customer, "viewer", name="vera")

    assert found(client) == [calls["today"], calls["tuesday"]]
    assert found(client, q="+491712345678") == found(client, q="030 901820") == []
    assert "Leo" not in client.get(LIST).content.decode()


def test_pages_are_counted_to_a_limit_and_say_so(admin_client, clinic, monkeypatch):
    monkeypatch.setattr(lists.LimitedPaginator, "most", 60)
    Call.objects.bulk_create(_copies(make_call(), 70))

    response = admin_client.get(LIST)

    assert response.context["cl"].paginator.count == 60
    assert "Showing the latest 60 calls. Narrow the date range" in response.content.decode()
    assert "More than 60 calls" in response.content.decode()
    assert "Showing the oldest 60 calls. Narrow" in admin_client.get(LIST, {"o": "1"}).content.decode()


def test_digits_are_looked_for_along_indexes(calls, rf, admin_user):
    request = rf.get("/")
    request.user = admin_user
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        # Without an order: a table of three rows may be read along that.
        plan = search(Call.objects.all(), "0100", request).order_by().explain()

    assert "call_phone_backwards" in plan
    assert "call_number" in plan


def _copies(call: Call, count: int) -> list[Call]:
    fields = {
        field.attname: getattr(call, field.attname)
        for field in Call._meta.concrete_fields
        if field.attname not in ("id", "room_name")
    }
    return [Call(**fields, room_name=f"copy-{place}") for place in range(count)]


def test_last_digits_find_callers_and_own_numbers_alike(admin_client, calls):
    number = make_number("+15551230200", customer=make_customer("other"))
    caller = make_call("caller", dialed=number.phone, caller="+15557770100", at=RINGING - timedelta(days=5))

    other = make_call("other", dialed=number.phone, caller="+15557771100", at=RINGING - timedelta(days=5))

    assert caller in found(admin_client, q="0100")
    assert other not in found(admin_client, q="0100")
    assert calls["today"] in found(admin_client, q="0100")  # to our +1 555 123 0100


def test_one_of_our_numbers_written_whole_finds_its_calls_alone(admin_client, calls):
    make_call("caller", dialed="+4930901820", caller="+15551230100", at=RINGING - timedelta(days=5))

    assert set(found(admin_client, q="+1 555 123 0100")) == {calls["today"], calls["tuesday"]}
