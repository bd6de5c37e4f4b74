"""How is a long list read? Page by page, each row once, whatever comes meanwhile."""

from datetime import timedelta
from uuid import UUID

import pytest

from personas.models import RoutingRule
from tests.api.cast import NINE, api, make_call, make_nora, running
from tests.conftest import make_customer, make_number, make_persona

CALLS = "/api/v1/calls"


def make_calls(count: int, *, first: int = 0, **values):
    """Calls of which each three began at the same moment."""
    return [
        make_call(call_id=UUID(int=n + 1), queued_at=NINE + timedelta(minutes=n // 3), **values)
        for n in range(first, first + count)
    ]


def walk(client, address: str, direction: str = "next"):
    while address:
        page = client.get(address).json()
        yield page
        address = page[direction]


def ids(pages) -> list[str]:
    return [row["id"] for page in pages for row in page["results"]]


@pytest.mark.parametrize(("ordering", "turned"), [("-queued_at", True), ("queued_at", False)])
def test_each_row_comes_once_in_order_also_among_rows_of_one_moment(all_customers, ordering, turned):
    expected = [str(call.pk) for call in make_calls(8)]

    assert ids(walk(all_customers, f"{CALLS}?limit=2&ordering={ordering}")) == (expected[::-1] if turned else expected)


def test_the_way_back_shows_the_same_pages(all_customers):
    make_calls(7)
    forth = list(walk(all_customers, f"{CALLS}?limit=3"))

    back = list(walk(all_customers, forth[-1]["previous"], "previous"))
    assert [page["results"] for page in back] == [page["results"] for page in forth[-2::-1]]
    assert (forth[0]["previous"], back[-1]["previous"], forth[-1]["next"]) == (None, None, None)


def test_a_call_that_comes_meanwhile_moves_nothing(all_customers):
    make_calls(4)
    first = all_customers.get(f"{CALLS}?limit=2").json()
    make_calls(1, first=9)

    assert not set(ids([first])) & set(ids(walk(all_customers, first["next"])))


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=201", "limit"),
        ("limit=many", "limit"),
        ("cursor=abc", "cursor"),
        ("ordering=phone", "ordering"),
        ("resutl=failed", "resutl"),
        ("format=json", "format"),
        ("status=over", "status"),
        ("phone=ana", "phone"),
        ("queued_after=yesterday", "queued_after"),
        ("persona=0192f3a0-0000-7000-8000-0000000000ff", "persona"),
    ],
)
def test_a_parameter_that_is_wrong_is_refused_by_name(all_customers, query, field):
    answer = all_customers.get(f"{CALLS}?{query}")

    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert (error["field"], error["value"]) == (field, query.partition("=")[2])
    assert error["message"]


def test_a_cursor_of_another_ordering_is_refused(all_customers):
    make_calls(2)
    cursor = all_customers.get(f"{CALLS}?limit=1").json()["next"]

    assert all_customers.get(f"{cursor}&ordering=queued_at").status_code == 400


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=active", {2}),
        ("live=true", {2}),
        ("live=false", {1, 3}),
        ("machine=voicemail", {3}),
        ("opted_out=true", {2}),
        ("opted_out=false", {1, 3}),
        ("result=failed", {3}),
        ("direction=outbound", {3}),
        ("phone=%2B15550100001", {1}),
        ("phone=(555) 010-0001", {1}),
        ("phone=+1 555 010 0001", {1}),
        ("number=555-123-0100", {1}),
        ("persona=0192f3a0-0000-7000-8000-000000000001", {1}),
        ("queued_after=2026-11-21T09:01:00Z", {2, 3}),
        ("queued_before=2026-11-21T09:01:00Z", {1}),
        ("queued_after=2026-11-21T10:01:00%2B01:00&status=ended", {3}),
        ("customer=riverside", {1, 2}),
    ],
)
def test_a_filter_finds_the_calls_it_names(all_customers, query, found):
    nora = make_nora()
    make_call(call_id=UUID(int=1), queued_at=NINE, number=make_number(persona=nora), persona=nora)
    make_call(
        call_id=UUID(int=2), queued_at=NINE + timedelta(minutes=1), phone="+15550100002", opted_out_at=NINE, **running()
    )
    other: dict = {
        "direction": "outbound",
        "result": "failed",
        "customer": make_customer("other"),
        "phone": "+15550100003",
        "machine": "voicemail",
    }
    make_call(call_id=UUID(int=3), queued_at=NINE + timedelta(minutes=2), **other)

    assert {UUID(row["id"]).int for row in all_customers.get(f"{CALLS}?{query}").json()["results"]} == found


def make_rows(first: int, count: int) -> None:
    for n in range(first, first + count):
        persona = make_persona(f"Nora{n}")
        number = make_number(f"+155512301{n:02}", persona=persona)
        RoutingRule.objects.create(
            customer=persona.customer, caller=f"+155501000{n:02}", persona=persona, number=number
        )
        make_call(call_id=UUID(int=n), number=number, persona=persona)


@pytest.mark.parametrize("path", ["calls", "personas", "numbers", "routing-rules"])
def test_more_rows_cost_no_more_queries(db, path, django_assert_max_num_queries):
    client = api(customer=make_customer())
    make_rows(1, 2)
    with django_assert_max_num_queries(20) as few:
        client.get(f"/api/v1/{path}")
    make_rows(3, 10)
    with django_assert_max_num_queries(len(few)):
        assert len(client.get(f"/api/v1/{path}").json()["results"]) == 12
