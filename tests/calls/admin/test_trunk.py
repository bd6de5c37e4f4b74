"""The list and the form of trunks: who sees which, and what is refused."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from calls.models import Trunk
from personas.models import Customer
from tests.api.cast import make_call, running
from tests.conftest import make_customer, make_trunk, sign_in_member
from tests.personas.admin.persona_pages import said

WITH_CODE = "Enter it with the country code, e.g. +49 231 140099."
TWO = "+1 312 555 0100, +1 312 555 0101"
LIST, ADD = "/admin/calls/trunk/", "/admin/calls/trunk/add/"


def form_of(customer: Customer | None, **changes) -> dict:
    """What the browser sends when a trunk is saved."""
    sent = {
        "customer": customer.pk if customer else "",
        "name": "Twilio US",
        "enabled": "on",
        "address": "example.pstn.twilio.com",
        "transport": "tcp",
        "auth_username": "us",
        "auth_password": "hunter2",
        "numbers": "(312) 555-0100\n+49 231 140099" if customer else "+1 312 555 0100",
        "calls_per_second": 2,
        "concurrency": 20,
        "ringing_seconds": 25,
        "livekit_id": "",
    }
    return sent | changes


def page_of(trunk: Trunk, name: str = "change", *more) -> str:
    return reverse(f"admin:calls_trunk_{name}", args=[trunk.pk, *more])


def errors_of(response) -> dict:
    return dict(response.context["adminform"].form.errors)


# -- the form


def test_a_trunk_is_stored_with_its_numbers_in_e164(admin_client):
    response = admin_client.post(ADD, form_of(make_customer()))

    trunk = Trunk.objects.get()
    assert trunk.numbers == ["+13125550100", "+49231140099"]
    assert (trunk.calls_per_second, trunk.concurrency, trunk.ringing_seconds) == (2, 20, 25)
    assert "Saved as +1 312 555 0100 (read as a number in the United States)." in said(response)


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"numbers": ""}, "numbers", "Enter at least one number."),
        ({"numbers": " \r\n "}, "numbers", "Enter at least one number."),
        ({"numbers": "911"}, "numbers", "Line 1: “911” is an emergency number. Enter another number."),
        ({"numbers": "+13125550100\nx"}, "numbers", f"Line 2: “x” is not a valid number for the United States. {WITH_CODE}"),
        ({"numbers": "+13125550100\n(312) 555-0100"}, "numbers", "Line 2: +1 312 555 0100 is given twice."),
        ({"numbers": TWO}, "numbers", f"Line 1: “{TWO}” has 2 phone numbers. Enter one per line."),
        ({"numbers": "\n".join(f"+1312555{n:04}" for n in range(1001))}, "numbers", "1,001 numbers are too many: 1,000 at most."),
        ({"address": "sip:carrier.example"}, "address", "“sip:carrier.example” is not a host such as sip.example.com or 192.0.2.10:5060."),
        ({"auth_username": ""}, "auth_username", "A password needs a user name."),
        ({"ringing_seconds": 90}, "ringing_seconds", "Ensure this value is less than or equal to 70."),
        ({"calls_per_second": 0}, "calls_per_second", "Ensure this value is greater than or equal to 1."),
        ({"livekit_id": "a b"}, "livekit_id", "“a b” is not an ID such as ST_abc123."),
        ({"auth_password": "two\nlines"}, "auth_password", "A secret is one line of printable characters. Copy it again, without line breaks."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_beside_its_field(admin_client, changes, field, message):
    response = admin_client.post(ADD, form_of(make_customer(), **changes))

    assert errors_of(response) == {field: [message]}
    assert "hunter2" not in response.content.decode()


def test_the_password_is_never_shown_and_stays_unless_it_is_typed_anew(admin_client):
    trunk = make_trunk(auth_username="us", auth_password="hunter2")

    page = admin_client.get(page_of(trunk)).content.decode()
    admin_client.post(page_of(trunk), form_of(None, auth_password="", name="New name"))

    assert "hunter2" not in page
    assert "Saved. Enter a new password to replace it." in page
    trunk.refresh_from_db()
    assert (trunk.name, trunk.auth_password.reveal()) == ("New name", "hunter2")


def test_the_history_says_that_the_password_changed_and_not_what_it_is(admin_client):
    trunk = make_trunk(auth_username="us", auth_password="hunter2")
    admin_client.post(page_of(trunk), form_of(None, auth_password="correct horse"))

    page = admin_client.get(page_of(trunk, "history")).content.decode()
    record = trunk.history.first()
    older = admin_client.get(page_of(trunk, "simple_history", record.history_id))

    assert "Password set" in page
    assert older.status_code == 200
    assert "correct horse" not in page + older.content.decode()


def test_numbers_in_another_format_are_no_change(admin_client):
    trunk = make_trunk()
    sent = form_of(None, numbers="+1 (312) 555-0100", name=trunk.name, address=trunk.address, transport="auto")
    sent |= {"auth_username": "", "auth_password": "", "calls_per_second": 1, "concurrency": 10, "ringing_seconds": 30}

    admin_client.post(page_of(trunk), sent)

    assert trunk.history.count() == 1


def test_a_number_that_was_stored_before_todays_rules_stays_valid(admin_client):
    trunk = make_trunk(numbers=["+911234"])

    admin_client.post(page_of(trunk), form_of(None, numbers="+911234\n+1 312 555 0100"))

    trunk.refresh_from_db()
    assert trunk.numbers == ["+911234", "+13125550100"]


def test_two_who_save_at_once_do_not_overwrite_each_other(admin_client):
    trunk = make_trunk()
    loaded = admin_client.get(page_of(trunk)).context["loaded_values"]
    Trunk.objects.get(pk=trunk.pk)
    trunk.concurrency = 99
    trunk.save(update_fields=["concurrency"])

    sent = form_of(None, _loaded=loaded, concurrency=10, name="Mine", numbers="+1 312 555 0100")
    admin_client.post(page_of(trunk), sent)

    trunk.refresh_from_db()
    assert (trunk.name, trunk.concurrency) == ("Mine", 99)


# -- who sees and changes what


def manager_of(slug: str) -> Client:
    return sign_in_member(make_customer(slug), "manager", name=slug)


@pytest.fixture
def trunks(db) -> dict[str, Trunk]:
    made = {slug: make_trunk(f"{slug} line", customer=make_customer(slug)) for slug in ("ours", "other")}
    return made | {"shared": make_trunk("shared line")}


def test_a_member_sees_the_own_and_the_shared_ones(trunks):
    page = manager_of("ours").get(LIST).content.decode()

    assert "ours line" in page
    assert "shared line" in page
    assert "other line" not in page


def test_a_user_without_a_customer_sees_none(trunks):
    client, user = Client(), User.objects.create(username="new", is_staff=True)
    client.force_login(user)

    assert client.get(LIST).status_code == 403
    assert client.get(page_of(trunks["shared"])).status_code in (302, 403)


def test_a_manager_edits_the_own_ones_and_reads_the_shared_ones(trunks):
    client = manager_of("ours")

    client.post(page_of(trunks["ours"]), form_of(trunks["ours"].customer, name="renamed"))
    refused = client.post(page_of(trunks["shared"]), form_of(None, name="renamed"))

    assert refused.status_code == 403
    assert sorted(Trunk.objects.values_list("name", flat=True)) == ["other line", "renamed", "shared line"]
    page = client.get(page_of(trunks["shared"])).content.decode()
    assert "+1 312 555 0100" in page
    assert "Delete trunk" not in page


@pytest.mark.parametrize("name", ["change", "delete", "history"])
def test_another_customers_trunk_does_not_exist(trunks, name):
    response = manager_of("ours").get(page_of(trunks["other"], name))

    assert response.status_code in (302, 404)
    assert "other line" not in response.content.decode()


@pytest.mark.parametrize("name", ["delete", "change"])
def test_a_shared_trunk_is_not_deleted_or_changed_by_a_manager(trunks, name):
    client = manager_of("ours")

    client.post(page_of(trunks["shared"], name), {"post": "yes"})
    client.post(LIST, {"action": "delete_selected", "_selected_action": [trunks["shared"].pk], "post": "yes"})

    assert Trunk.objects.count() == 3


def test_a_manager_makes_no_shared_trunk_and_enters_no_livekit_id(db):
    client = manager_of("ours")

    refused = client.post(ADD, form_of(None))
    client.post(ADD, form_of(make_customer("ours"), livekit_id="ST_theirs"))

    assert "customer" in errors_of(refused)
    assert Trunk.objects.get().livekit_id == ""


def test_a_manager_makes_no_trunk_for_another_customer(db):
    make_customer("other")

    refused = manager_of("ours").post(ADD, form_of(make_customer("other")))

    assert "customer" in errors_of(refused)


def test_a_viewer_only_reads(trunks):
    client = sign_in_member(make_customer("ours"), "viewer")

    assert client.get(page_of(trunks["ours"])).status_code == 200
    assert client.post(page_of(trunks["ours"]), form_of(trunks["ours"].customer)).status_code == 403
    assert client.get(ADD).status_code == 403


# -- list, filters, deletion


def test_the_list_counts_the_calls_that_run_over_a_trunk(admin_client):
    trunk = make_trunk()
    make_call(trunk=trunk, **running())
    make_call(call_id="0192f3a0-0000-7000-8000-00000000000b", trunk=trunk, **running(status="queued"))
    make_call(call_id="0192f3a0-0000-7000-8000-00000000000c", trunk=trunk)

    (row,) = admin_client.get(LIST).context["cl"].result_list
    assert row.running_ == 1


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("", ["other line", "ours line", "shared line"]),
        ("customer__isnull=True", ["shared line"]),
        ("enabled__exact=0", []),
        ("q=+1312", ["other line", "ours line", "shared line"]),
        ("q=shared", ["shared line"]),
        ("q=%00", None),
        ("customer__id__exact=abc", None),
        ("e=1", None),
    ],
)
def test_the_list_is_filtered_and_survives_what_makes_no_sense(admin_client, trunks, query, names):
    response = admin_client.get(f"{LIST}?{query}", follow=True)

    assert response.status_code == 200
    if names is not None:
        assert [row.name for row in response.context["cl"].result_list] == names


def test_an_empty_list_teaches(admin_client):
    assert "A trunk is your carrier&#x27;s line for outbound calls" in admin_client.get(LIST).content.decode()


def test_the_list_costs_the_same_for_two_rows_and_for_twenty(admin_client, django_assert_num_queries):
    for n in range(2):
        make_trunk(f"t{n}", customer=make_customer(f"c{n}"))
    admin_client.get(LIST)
    with django_assert_num_queries(30, exact=False) as few:
        admin_client.get(LIST)
    for n in range(2, 20):
        make_trunk(f"t{n}", customer=make_customer(f"c{n}"))

    with django_assert_num_queries(len(few.captured_queries)):
        admin_client.get(LIST)


def test_deleting_says_what_happens_to_calls_and_in_livekit(admin_client):
    trunk = make_trunk(livekit_id="ST_abc")
    make_call(trunk=trunk, **running())

    page = admin_client.get(page_of(trunk, "delete")).content.decode()
    admin_client.post(page_of(trunk, "delete"), {"post": "yes"})

    assert "1 call is running or queued over this trunk" in page
    assert "LiveKit keeps its trunk ST_abc. Delete it there too." in page
    assert not Trunk.objects.exists()
