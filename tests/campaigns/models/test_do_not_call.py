"""Which numbers must not be called, for whom, and what stays of an entry that was removed?"""

import threading
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction

from campaigns.do_not_call.listed_number import ListedNumber
from campaigns.models import DoNotCall, find_block
from campaigns.models.phone_hash import read_key
from tests.calls.conftest import committed  # noqa: F401
from tests.campaigns.entries import BLOCKED, NINE, add
from tests.conftest import ANA, make_customer

pytestmark = pytest.mark.django_db


def test_a_listed_number_is_blocked_for_its_customer_only():
    entry = add()

    assert find_block(BLOCKED, customer=make_customer()) == entry
    assert find_block(BLOCKED, customer=make_customer("other")) is None
    assert find_block(ANA, customer=make_customer()) is None


def test_an_entry_for_all_customers_blocks_every_customer():
    entry = add(scope="all")

    assert {find_block(BLOCKED, customer=make_customer(slug)) for slug in ("riverside", "other")} == {entry}


def test_an_entry_of_a_campaign_blocks_that_campaign_of_that_customer_only():
    entry = add(scope="campaign", campaign="q4_sales")

    assert find_block(BLOCKED, customer=make_customer(), campaign="q4_sales") == entry
    assert find_block(BLOCKED, customer=make_customer(), campaign="q3_sales") is None
    assert find_block(BLOCKED, customer=make_customer()) is None
    assert find_block(BLOCKED, customer=make_customer("other"), campaign="q4_sales") is None


@pytest.mark.parametrize("prefix", ["+155", "+15550", "+1555010000"])
def test_a_range_blocks_all_numbers_that_begin_so(prefix):
    entry = add(prefix=prefix)

    assert find_block(ANA, customer=make_customer()) == entry
    assert find_block("+4923114009", customer=make_customer()) is None


def test_of_several_entries_the_oldest_is_named():
    add(now=NINE + timedelta(days=1))
    oldest = add(scope="all")

    assert find_block(BLOCKED, customer=make_customer()) == oldest


def test_adding_what_is_listed_already_returns_the_first_entry_as_it_is():
    first = add()

    told = {"reason": "Again", "source": "api", "added_by": "leo"}
    again, is_new = DoNotCall.add(phone=BLOCKED, customer=first.customer, now=NINE, **told)

    assert (again, is_new, again.reason, again.added_by) == (first, False, "Asked by e-mail", "mia")
    assert DoNotCall.objects.count() == 1


def test_one_number_may_be_listed_in_each_scope_and_for_each_customer():
    add()
    add(scope="all")
    add(scope="campaign", campaign="q4_sales")
    add(scope="campaign", campaign="q3_sales")
    add(customer=make_customer("other"))
    add(prefix="+1555")

    assert DoNotCall.objects.count() == 6


def test_a_removed_entry_blocks_nothing_and_keeps_its_history():
    entry = add()

    assert entry.remove(by="leo", reason=" New\nconsent ", now=NINE + timedelta(days=2))

    assert find_block(BLOCKED, customer=make_customer()) is None
    stored = DoNotCall.objects.get()
    assert (stored.reason, stored.added_by, stored.at) == ("Asked by e-mail", "mia", NINE)
    assert (stored.removal_reason, stored.removed_by) == ("New consent", "leo")
    assert stored.removed_at == NINE + timedelta(days=2)


def test_a_removed_number_can_be_listed_again():
    add().remove(by="leo", reason="New consent", now=NINE)

    again = add()

    assert find_block(BLOCKED, customer=make_customer()) == again
    assert DoNotCall.objects.count() == 2


def test_the_second_removal_changes_nothing():
    entry = add()
    entry.remove(by="leo", reason="New consent", now=NINE)

    assert not DoNotCall.objects.get().remove(by="mia", reason="Other", now=NINE + timedelta(days=1))
    assert DoNotCall.objects.get().removed_by == "leo"


@pytest.mark.parametrize("reason", ["", "  \n", "\u200b", "x" * 501])
def test_a_removal_needs_a_reason_of_a_length_that_can_be_stored(reason):
    with pytest.raises(ValidationError) as refused:
        add().remove(by="leo", reason=reason, now=NINE)

    assert set(refused.value.message_dict) == {"reason"}
    assert not DoNotCall.objects.get().is_removed


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"phone": ""}, "phone"),
        ({"phone": BLOCKED, "prefix": "+1555"}, "phone"),
        ({"phone": "(555) 010-0007"}, "phone"),
        ({"prefix": "+15"}, "prefix"),
        ({"reason": ""}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"source": "rumour"}, "source"),
        ({"scope": "everything"}, "scope"),
        ({"scope": "all", "customer": "riverside"}, "customer"),
        ({"scope": "customer", "customer": None}, "customer"),
        ({"scope": "campaign"}, "campaign"),
        ({"scope": "campaign", "campaign": "q4 sales!"}, "campaign"),
        ({"campaign": "q4_sales"}, "campaign"),
    ],
)
def test_what_does_not_fit_together_is_refused_by_field(values, field):
    if values.get("customer"):
        values = values | {"customer": make_customer()}
    phone = "" if "prefix" in values and "phone" not in values else BLOCKED
    given = {"reason": "Asked", "source": "manual", "added_by": "mia", "now": NINE, "phone": phone}
    if "scope" not in values or values["scope"] != "all":
        given["customer"] = make_customer()

    with pytest.raises(ValidationError) as refused:
        DoNotCall.add(**{**given, **values})

    assert field in refused.value.message_dict
    assert not DoNotCall.objects.exists()


@pytest.mark.parametrize(
    "values",
    [
        {"scope": "all"},
        {"customer": None},
        {"scope": "campaign"},
        {"campaign": "q4_sales"},
        {"phone": ""},
        {"prefix": "+1555"},
        {"phone": "5550100007"},
        {"phone": "", "prefix": "+15"},
        {"reason": ""},
        {"source": "rumour"},
        {"removed_at": NINE},
        {"removed_at": NINE, "removed_by": "leo"},
        {"removed_by": "leo"},
    ],
)
def test_the_database_itself_refuses_a_contradictory_row(values):
    given = {"customer": make_customer(), "phone": BLOCKED, "reason": "Asked"}

    with pytest.raises(IntegrityError), transaction.atomic():
        DoNotCall.objects.create(**{**given, **values})


def test_the_database_itself_refuses_a_second_active_entry():
    add(scope="all")

    with pytest.raises(IntegrityError), transaction.atomic():
        DoNotCall.objects.create(scope="all", phone=BLOCKED, reason="Asked")


def test_of_many_who_add_the_same_number_at_once_one_creates_it(committed):  # noqa: F811
    customer, added = make_customer(), []

    def list_it() -> None:
        told = {"reason": "Asked", "source": "api", "added_by": "key"}
        added.append(DoNotCall.add(phone=BLOCKED, customer=customer, now=NINE, **told))
        connection.close()

    threads = [threading.Thread(target=list_it) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(is_new for _, is_new in added) == [False] * 5 + [True]
    assert len({entry.pk for entry, _ in added}) == 1


def test_a_block_is_found_by_one_query_along_one_index(django_assert_num_queries):
    add()
    customer = make_customer()
    read_key()  # once in a process
    with django_assert_num_queries(1):
        find_block(BLOCKED, customer=customer, campaign="q4_sales")

    numbers = [ListedNumber(phone=f"+1212{n:07}") for n in range(5_000)]
    DoNotCall.add_many(numbers, customer=customer, reason="List of 2026", source="register", at=NINE)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE campaigns_donotcall")
    plan = DoNotCall.objects.block(BLOCKED, customer_id=customer.pk, campaign="q4_sales").order_by().explain()

    assert plan.count("Bitmap Index Scan on one_active_entry") == 3
    assert "Seq Scan" not in plan


def test_an_entry_names_its_number_and_whose_calls_it_blocks():
    entries = [add(), add(prefix="+1900", scope="all"), add(scope="campaign", campaign="q4_sales")]

    assert [str(entry) for entry in entries] == ["+1 555 010 0007", "+1900*", "+1 555 010 0007"]
    assert [entry.owner_in_words for entry in entries] == ["Riverside", "all customers", "Riverside, campaign q4_sales"]
