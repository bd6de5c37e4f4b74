"""Do programs keep the do-not-call list as managers do, each its own customer's?"""

import json
from typing import Any

import pytest

from campaigns.api.examples import ENTRY, ENTRY_ID
from campaigns.models import DoNotCall
from tests.api.cast import NINE, api, make_entry
from tests.campaigns.cast import make_lead
from tests.conftest import make_customer, sign_in_member
from voiceplatform.text import clean_text

LIST = "/api/v1/do-not-call"
ONE = f"{LIST}/{ENTRY_ID}"
OTHERS = "0192f3a0-0000-7000-8000-0000000000ff"


def post(client, **body):
    given = {"customer": "riverside", "reason": "Asked by e-mail", **body}
    return client.post(LIST, {key: value for key, value in given.items() if value is not ...}, "application/json")


def delete(client, address=ONE, **body):
    return client.delete(address, json.dumps(body), content_type="application/json")


def phones(client, query: str = "") -> list[str]:
    return [row["phone"] or row["prefix"] for row in client.get(f"{LIST}?{query}").json()["results"]]


def test_a_number_is_added_in_any_format_and_found_in_any(all_customers):
    make_customer()

    answer = post(all_customers, phone="(555) 010-0008")

    assert (answer.status_code, answer.json()["phone"]) == (201, "+15550100008")
    assert answer["Location"] == f"{LIST}/{answer.json()['id']}"
    assert all_customers.get(answer["Location"]).json() == answer.json()
    assert phones(all_customers, "phone=555.010.0008") == ["+15550100008"]
    assert DoNotCall.objects.get().added_by == "API key “nightly export”"


def test_what_is_listed_already_is_answered_with_the_first_entry(all_customers):
    make_entry()

    answer = post(all_customers, phone="+15550100007", reason="Again")

    assert (answer.status_code, answer.json()) == (200, ENTRY)


def test_a_range_is_found_by_each_number_in_it(all_customers):
    make_customer()

    assert post(all_customers, prefix="+1 555 010*").json()["prefix"] == "+1555010"
    assert phones(all_customers, "phone=%2B15550100007") == ["+1555010"]


def test_a_key_of_one_customer_need_not_name_it(db):
    answer = post(api(customer=make_customer()), customer=..., phone="+15550100008")

    assert answer.json()["customer"] == "riverside"


def test_a_repeated_request_is_done_once(all_customers):
    make_customer()
    body = {"customer": "riverside", "reason": "Asked", "phone": "+15550100008"}

    first, again = (
        all_customers.post(LIST, body, "application/json", headers={"idempotency-key": "a"}) for _ in range(2)
    )

    assert (first.status_code, first.json()) == (again.status_code, again.json())
    assert again["Idempotency-Replayed"] == "true"


BAD: dict[str, dict] = {
    "NUL": {"phone": "\x00\x00"},
    "emoji": {"phone": "☎📵"},
    "10 kB": {"phone": "5" * 10_000},
    "letters": {"phone": "front desk"},
    "country only": {"phone": "+1"},
    "short SIP address": {"phone": "sip:ana@host"},
    "emergency": {"phone": "911"},
    "surrogate": {"phone": "\ud83d"},
    "two numbers": {"phone": "+12125550142, +12125550143"},
    "computed": {"phone": "1.21256E+10"},
    "arabic letters": {"phone": "رقم"},
    "number as JSON": {"phone": 1},
    "list": {"phone": ["+15550100007"]},
    "neither": {},
    "both": {"phone": "+15550100008", "prefix": "+1555"},
    "short prefix": {"prefix": "+1"},
    "long prefix": {"prefix": "+" + "1" * 15},
    "national prefix": {"prefix": "0231"},
    "no reason": {"phone": "+15550100008", "reason": " "},
    "long reason": {"phone": "+15550100008", "reason": "x" * 501},
    "invisible reason": {"phone": "+15550100008", "reason": "\u200b"},
    "unknown source": {"phone": "+15550100008", "source": "rumour"},
    "unknown scope": {"phone": "+15550100008", "scope": "world"},
    "campaign missing": {"phone": "+15550100008", "scope": "campaign"},
    "campaign without its scope": {"phone": "+15550100008", "campaign": "q4_sales"},
    "campaign with a NUL": {"phone": "+15550100008", "scope": "campaign", "campaign": "q4\x00 x"},
    "long campaign": {"phone": "+15550100008", "scope": "campaign", "campaign": "q" * 101},
    "customer with the scope all": {"phone": "+15550100008", "scope": "all"},
    "unknown customer": {"phone": "+15550100008", "customer": "missing"},
    "unknown field": {"phone": "+15550100008", "number": "1"},
}
FIELDS = {
    "neither": "phone",
    "both": "phone",
    "short prefix": "prefix",
    "long prefix": "prefix",
    "national prefix": "prefix",
    "no reason": "reason",
    "long reason": "reason",
    "invisible reason": "reason",
    "unknown source": "source",
    "unknown scope": "scope",
    "campaign missing": "campaign",
    "campaign without its scope": "campaign",
    "campaign with a NUL": "campaign",
    "long campaign": "campaign",
    "customer with the scope all": "customer",
    "unknown customer": "customer",
    "unknown field": "number",
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_with_its_field_and_value(all_customers, name):
    make_customer()

    answer = post(all_customers, **BAD[name])

    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    (error,) = answer.json()["errors"]
    assert error["field"] == FIELDS.get(name, "phone")
    assert error["message"]
    given = {"customer": "riverside", "reason": "Asked by e-mail", **BAD[name]}.get(error["field"])
    if isinstance(given, str):
        assert error["value"].removesuffix("…") == clean_text(given)[: len(error["value"].removesuffix("…"))]
    assert not DoNotCall.objects.exists()


def test_the_field_and_the_value_of_a_wrong_number_are_named_with_what_is_allowed(all_customers):
    make_customer()

    (error,) = post(all_customers, phone="12").json()["errors"]

    assert (error["field"], error["value"]) == ("phone", "12")
    assert error["message"] == (
        "“12” is not a valid number for the United States. Enter it with the country code, e.g. +49 231 140099."
    )


@pytest.mark.parametrize(
    "query", ["phone=ana", "scope=x", "source=x", "customer=x", "removed=x", "campaign=%00", "x=1"]
)
def test_a_filter_that_is_wrong_is_refused_by_name(all_customers, query):
    answer = all_customers.get(f"{LIST}?{query}")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, query.partition("=")[0])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"+15550100007", "+1900", "+15550100009"}),
        ("scope=all", {"+1900"}),
        ("scope=campaign&campaign=q4_sales", {"+15550100009"}),
        ("campaign=q3_sales", set()),
        ("customer=riverside", {"+15550100007", "+15550100009"}),
        ("source=register", {"+1900"}),
        ("removed=true", {"+15550100006"}),
        ("removed=false", {"+15550100007", "+1900", "+15550100009"}),
        ("phone=(900) 555-0134", {"+1900"}),
    ],
)
def test_a_filter_finds_the_entries_it_names(all_customers, query, found):
    make_entry()
    make_entry(uid=OTHERS, scope="all", phone="", prefix="+1900", source="register")
    make_entry(uid=OTHERS.replace("ff", "fe"), scope="campaign", campaign="q4_sales", phone="+15550100009")
    gone = make_entry(uid=OTHERS.replace("ff", "fd"), phone="+15550100006")
    gone.remove(by="mia", reason="New consent", now=NINE)

    assert set(phones(all_customers, query)) == found


def test_a_removed_entry_stays_readable_and_is_removed_once(all_customers):
    make_entry()

    assert delete(all_customers, reason="New consent").status_code == 204

    entry = all_customers.get(ONE).json()
    assert (entry["removal_reason"], entry["removed_at"] is not None) == ("New consent", True)
    assert phones(all_customers) == []
    assert phones(all_customers, "removed=true") == ["+15550100007"]
    assert delete(all_customers, reason="Again").status_code == 409


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "\u200b"}, {"reason": "x" * 501}, {"reason": None}])
def test_nothing_is_removed_without_a_reason(all_customers, body):
    make_entry()

    answer = delete(all_customers, **body)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "reason")
    assert not DoNotCall.objects.get().is_removed


def test_a_customer_sees_its_own_entries_and_those_for_all_customers(db):
    make_entry()
    make_entry(uid=OTHERS, scope="all", phone="", prefix="+1900")
    stranger = api(customer=make_customer("other"))

    assert phones(stranger) == ["+1900"]
    assert phones(stranger, "phone=%2B15550100007") == []
    assert stranger.get(ONE).status_code == 404
    assert delete(stranger, reason="Mine").status_code == 404


@pytest.mark.parametrize("kind", ["key", "manager"])
def test_entries_for_all_customers_are_changed_by_administrators_only(db, kind):
    make_entry(scope="all")
    riverside = make_customer()
    client = api(customer=riverside) if kind == "key" else sign_in_member(riverside, "manager")

    added = post(client, customer=..., scope="all", phone="+15550100008")
    removed = delete(client, reason="Mine")

    assert (client.get(ONE).status_code, added.status_code, removed.status_code) == (200, 403, 403)
    assert "administrators and keys for all customers only" in removed.json()["detail"]


def test_a_key_for_all_customers_adds_entries_for_all_and_reads_their_numbers_with_a_country_only(all_customers):
    entry = post(all_customers, customer=..., scope="all", phone="+1 555 010 0008").json()

    assert (entry["customer"], entry["scope"], entry["phone"]) == (None, "all", "+15550100008")
    assert post(all_customers, customer=..., scope="all", phone="(555) 010-0008").status_code == 400


def test_more_entries_cost_no_more_queries(all_customers, django_assert_max_num_queries):
    for n in range(12):
        make_entry(uid=OTHERS.replace("ff", f"{n:02}"), phone=f"+155501000{n:02}", customer=make_customer(f"c{n}"))

    with django_assert_max_num_queries(4):
        assert len(phones(all_customers)) == 12


def post_many(client, *numbers, **values):
    body = {"customer": make_customer().slug, "numbers": numbers, "reason": "Register", **values}
    return client.post(f"{LIST}/many", body, content_type="application/json")


def test_many_numbers_are_added_and_those_that_cannot_be_read_are_reported(all_customers):
    make_entry(phone="+16175550142")
    lead = make_lead(phone="+16175550143")

    report = post_many(all_customers, "+1 617 555 0142", "617 555 0143", "ask", "+1900*").json()

    assert (report["added"], report["listed"], report["leads_stopped"]) == (2, 1, 1)
    assert [(each["place"], each["value"]) for each in report["refused"]] == [(3, "ask")]
    lead.refresh_from_db()
    assert lead.state == "stopped"
    assert set(DoNotCall.objects.values_list("phone", "prefix")) == {
        ("+16175550142", ""),
        ("+16175550143", ""),
        ("", "+1900"),
    }


@pytest.mark.parametrize("numbers", [[], [5, {}], ["+16175550142"] * 5_001])
def test_a_list_of_numbers_that_is_none_is_refused(all_customers, numbers):
    assert post_many(all_customers, *numbers).status_code == 400
    assert not DoNotCall.objects.exists()


def test_a_key_of_one_customer_adds_many_for_itself_only(db):
    mine = api(customer=make_customer())

    assert post_many(mine, "+16175550142", customer=make_customer("other").slug).status_code == 400
    assert post_many(mine, "+16175550142", scope="all", customer=None).status_code == 403
    assert not DoNotCall.objects.exists()


def test_all_entries_come_as_csv_with_the_filters_of_the_list(all_customers):
    make_entry(phone="+16175550142", reason='=cmd "x", y')
    make_entry(uid=OTHERS, phone="", prefix="+1900", scope="all", reason="Premium")
    make_entry(uid=OTHERS.replace("ff", "fe"), phone="", phone_hash="0" * 64)  # of a person who was erased

    def read(query: str = "") -> list[str]:
        answer: Any = all_customers.get(f"{LIST}?format=csv{query}")
        assert answer["Content-Type"] == "text/csv; charset=utf-8"
        return b"".join(answer.streaming_content).decode().splitlines()

    assert read() == [
        "phone,prefix,scope,customer,campaign,reason,source,at",
        '+16175550142,,customer,riverside,,"\'=cmd ""x"", y",api,2026-11-21T09:00:00+00:00',
        ",+1900,all,,,Premium,api,2026-11-21T09:00:00+00:00",
    ]
    assert len(read("&scope=all")) == 2


def test_a_file_has_the_entries_of_the_key_s_customer_only(all_customers):
    make_entry(customer=make_customer("other"))
    mine = api(customer=make_customer())

    answer: Any = mine.get(f"{LIST}?format=csv")

    assert len(b"".join(answer.streaming_content).splitlines()) == 1


def test_another_format_is_refused(all_customers):
    assert all_customers.get(f"{LIST}?format=xml").status_code == 400
