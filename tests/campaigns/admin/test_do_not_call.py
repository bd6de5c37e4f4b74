"""Do managers keep their customers' do-not-call list, and only theirs?"""

from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from campaigns.models import DoNotCall
from campaigns.models.pasted_numbers import MOST_LINES
from tests.campaigns.admin.answers import said
from tests.campaigns.cast import make_campaign, make_lead, make_list
from tests.campaigns.entries import BLOCKED, NINE, add
from tests.conftest import make_customer, sign_in_member

pytestmark = pytest.mark.django_db
LIST = "/admin/campaigns/donotcall/"


def rows(client: Client, query: str = "") -> list[str]:
    return [str(row) for row in client.get(f"{LIST}?{query}").context["cl"].result_list]


def send(client: Client, **values):
    form = {"scope": "customer", "customer": make_customer().pk, "campaign": "", "reason": "Asked by e-mail", **values}
    return client.post(f"{LIST}add/", form)


def errors(response) -> dict:
    return dict(response.context["adminform"].form.errors)


# -- the list


def test_an_empty_list_teaches(admin_client):
    assert "Numbers that campaigns must not call." in admin_client.get(LIST).content.decode()


def test_the_sidebar_leads_to_the_list(viewer):
    html = viewer.get("/admin/").content.decode()

    assert f'href="{LIST}"' in html
    assert "Outbound" in html


def test_removed_entries_are_left_out_until_asked_for(admin_client):
    add()
    add("+12125550143").remove(by="leo", reason="New consent", now=NINE)

    assert rows(admin_client) == ["+1 555 010 0007"]
    assert rows(admin_client, "removed=yes") == ["+1 212 555 0143"]
    assert len(rows(admin_client, "removed=both")) == 2
    assert "New consent" in admin_client.get(f"{LIST}?removed=yes").content.decode()


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("0142", ["+1 212 555 0142"]),
        ("(212) 555-0142", ["+1 212 555 0142"]),
        ("+1 212 555 0142", ["+1 212 555 0142"]),
        ("tel:+12125550142", ["+1 212 555 0142"]),
        ("1900", ["+1900*"]),
        ("+1 900*", ["+1900*"]),
        ("900-555-0134", ["+1900*"]),
        ("front desk", []),
        ("📵", []),
        ("9" * 300, []),
    ],
)
def test_a_number_is_found_in_any_format_and_with_the_range_that_has_it(admin_client, typed, found):
    add("+12125550142")
    add(prefix="+1900")

    response = admin_client.get(LIST, {"q": typed})

    assert [str(row) for row in response.context["cl"].result_list] == found


@pytest.mark.parametrize(
    ("query", "found"),
    [("scope__exact=all", ["+1900*"]), ("source__exact=caller_asked", ["+1 212 555 0142"]), ("scope__exact=x", [])],
)
def test_a_filter_narrows_the_list(admin_client, query, found):
    add("+12125550142", source="caller_asked")
    add(prefix="+1900", scope="all")

    assert rows(admin_client, query) == found


def test_more_entries_cost_no_more_queries(admin_client, django_assert_max_num_queries):
    def fill(numbers) -> None:
        for n in numbers:
            add(f"+1212555{n:04}", customer=make_customer(f"c{n}"))

    fill(range(2))
    admin_client.get(LIST)
    with django_assert_max_num_queries(20) as few:
        admin_client.get(LIST)
    fill(range(2, 20))
    with django_assert_max_num_queries(len(few)):
        assert len(rows(admin_client)) == 20


def test_a_number_is_checked_without_searching(viewer):
    add()
    add(prefix="+1900", scope="all", reason="Premium-rate numbers")
    add("+12125550142", customer=make_customer("other"))

    def check(number: str) -> str:
        return unescape(viewer.get(f"{LIST}check-number/", {"number": number}).content.decode())

    assert "+1 555 010 0007 is blocked for Riverside since 21 Nov 2026: Asked by e-mail" in check("555 010 0007")
    assert "All numbers that begin with +1900 are blocked for all customers" in check("900 555 0134")
    assert "+1 212 555 0142 is not on the list." in check("212 555 0142")
    assert "“front desk” is not a phone number." in check("front desk")
    assert check("\x00") == ""


# -- adding


def test_a_manager_adds_a_number_as_people_write_it(manager):
    response = send(manager, number="(212) 555-0142")

    entry = DoNotCall.objects.get()
    assert (entry.phone, entry.source, entry.added_by) == ("+12125550142", "manual", "manager")
    assert (response["Location"], said(response)) == (LIST, ["Added +1 212 555 0142 for Riverside."])


def test_adding_a_number_says_how_many_leads_it_stops(manager):
    for module in ("renewals", "winback"):
        make_lead(make_list(make_campaign(module)), "+12125550142")

    assert said(send(manager, number="(212) 555-0142")) == [
        "Added +1 212 555 0142 for Riverside. 2 leads in 2 campaigns stopped."
    ]


def test_pasting_numbers_says_how_many_leads_they_stop(manager):
    make_lead(phone="+12125550142")
    form = {"scope": "customer", "customer": make_customer().pk, "reason": "Asked", "numbers": "212 555 0142"}

    assert "1 added · 0 already listed · 0 refused. 1 lead in 1 campaign stopped." in (
        manager.post(f"{LIST}add-several/", form).content.decode()
    )


def test_removing_an_entry_says_that_its_leads_stay_stopped(manager):
    make_lead(phone=BLOCKED)
    entry = add()

    response = manager.post(f"{LIST}remove/?ids={entry.pk}", {"reason": "New consent"})

    assert said(response) == ["Removed 1 entry from the list. 1 lead stays stopped."]


def test_a_star_makes_a_range(manager):
    send(manager, number="+1 900*", scope="campaign", campaign="q4_sales")

    assert DoNotCall.objects.get().prefix == "+1900"


def test_what_is_listed_already_is_said_and_stays(manager):
    add()

    response = send(manager, number=BLOCKED, reason="Again")

    expected = "+1 555 010 0007 is on the list for Riverside since 21 Nov 2026, 09:00: Asked by e-mail"
    assert said(response) == [expected]
    assert DoNotCall.objects.get().reason == "Asked by e-mail"


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"number": "12"}, "number", "“12” is not a valid number for the United States."),
        ({"number": "+1"}, "number", "“+1” is not a valid phone number."),
        ({"number": "+1*"}, "number", "Enter + and 3 to 14 digits"),
        ({"number": "📵"}, "number", "is not a valid number"),
        ({"number": "front desk"}, "number", "“front desk” is not a valid number"),
        ({"number": "sip:ana@host"}, "number", "“sip:ana@host” is not a valid number"),
        ({"number": "x" * 10_000}, "number", "at most 200 characters"),
        ({"number": "\x00"}, "number", "required"),
        ({"number": ""}, "number", "required"),
        ({"number": BLOCKED, "reason": "\u200b"}, "reason", "required"),
        ({"number": BLOCKED, "reason": "x" * 501}, "reason", "at most 500 characters"),
        ({"number": BLOCKED, "customer": ""}, "customer", "Choose the customer whose calls this blocks."),
        ({"number": BLOCKED, "scope": "campaign"}, "campaign", "Enter the module name of the campaign"),
        (
            {"number": BLOCKED, "scope": "campaign", "campaign": "q4 sales"},
            "campaign",
            "“q4 sales” is not a campaign's",
        ),
        ({"number": BLOCKED, "scope": "world"}, "scope", "Select a valid choice"),
    ],
)
def test_what_cannot_be_listed_is_refused_beside_its_field(manager, values, field, message):
    found = errors(send(manager, **values))

    assert set(found) == {field}
    assert message in found[field][0]
    assert not DoNotCall.objects.exists()


def test_the_form_says_while_typing_how_a_number_will_be_saved(manager):
    def read(**query) -> str:
        return unescape(manager.get(f"{LIST}read-number/", query).content.decode())

    riverside, other = make_customer().pk, make_customer("other", region="DE").pk
    assert "Will be saved as +1 212 555 0142" in read(number="212 555 0142", customer=riverside)
    assert "Enter it with the country code" in read(number="212 555 0142", customer=riverside, scope="all")
    assert "Germany" not in read(number="0231 140099", customer=other)
    assert "Will block every number that begins with +1900." in read(number="+1 900*")
    assert read(number="", customer="x") == ""


def test_only_superusers_list_numbers_for_all_customers(manager, admin_client):
    assert "scope" in errors(send(manager, number=BLOCKED, scope="all", customer=""))

    send(admin_client, number=BLOCKED, scope="all")

    assert DoNotCall.objects.get().customer is None


# -- many


def paste(client: Client, numbers: str, **values):
    form = {"scope": "customer", "customer": make_customer().pk, "reason": "List of 2026", "numbers": numbers, **values}
    return client.post(f"{LIST}add-several/", form)


def test_many_numbers_are_added_with_a_report_of_every_line(manager):
    add()

    response = paste(manager, f"212 555 0142\r\n\r\nfront desk\r\n{BLOCKED}\r\n+1 900*\r\n<script>")

    report, html = response.context["report"], response.content.decode()
    assert "2 added · 1 already listed · 2 refused" in html
    assert [line.place for line in report.refused] == [3, 6]
    assert "Line 3</td><td>front desk</td><td>“front desk” is not a valid number" in unescape(html)
    assert "<script></td>" not in html
    assert response.context["form"].initial["numbers"] == "front desk\n<script>"
    assert {entry.added_by for entry in DoNotCall.objects.exclude(phone=BLOCKED)} == {"manager"}


@pytest.mark.parametrize(
    ("values", "field", "message"),
    [
        ({"numbers": "+12125550142\n" * (MOST_LINES + 1)}, "numbers", "10,001 lines. Enter at most 10,000"),
        ({"numbers": " \n\n"}, "numbers", "Enter at least one number."),
        ({"numbers": ""}, "numbers", "required"),
        ({"numbers": BLOCKED, "reason": ""}, "reason", "required"),
        ({"numbers": BLOCKED, "customer": ""}, "customer", "Choose the customer"),
        ({"numbers": BLOCKED, "scope": "all"}, "scope", "Select a valid choice"),
    ],
)
def test_many_numbers_without_what_they_share_are_not_added(manager, values, field, message):
    response = paste(manager, **values)

    assert message in response.context["form"].errors[field][0]
    assert not DoNotCall.objects.exists()


def test_ten_thousand_lines_are_taken(manager):
    text = "\r\n".join(f"+1212{n:07}" for n in range(2_000_000, 2_000_000 + MOST_LINES))

    report = paste(manager, text).context["report"]

    assert len(report.added) + len(report.refused) == MOST_LINES
    assert DoNotCall.objects.count() == len(report.added)


# -- removing


def remove(client: Client, *entries: DoNotCall, **values):
    return client.post(f"{LIST}remove/?ids={','.join(str(entry.pk) for entry in entries)}", values)


def test_the_action_asks_for_a_reason_before_it_removes(manager):
    entry = add()

    response = manager.post(LIST, {"action": "remove_selected", "_selected_action": [entry.pk]})

    assert response["Location"] == f"{LIST}remove/?ids={entry.pk}"
    assert "Remove +1 555 010 0007 from the list?" in manager.get(response["Location"]).content.decode()
    assert not DoNotCall.objects.get().is_removed


def test_removed_entries_stay_with_who_removed_them_and_why(manager):
    entries = [add(), add("+12125550142")]

    response = remove(manager, *entries, reason="New consent")

    assert said(response) == ["Removed 2 entries from the list."]
    assert {(each.removed_by, each.removal_reason) for each in DoNotCall.objects.all()} == {("manager", "New consent")}
    page = manager.get(f"{LIST}{entries[0].pk}/change/").content.decode()
    assert "New consent" in page
    assert "Asked by e-mail" in page


@pytest.mark.parametrize("reason", ["", " ", "x" * 501])
def test_nothing_is_removed_without_a_reason(manager, reason):
    response = remove(manager, add(), reason=reason)

    assert response.context["form"].errors["reason"]
    assert not DoNotCall.objects.get().is_removed


def test_what_a_caller_asked_for_is_confirmed_once_more(manager):
    entry = add(source="caller_asked")

    refused = remove(manager, entry, reason="New consent")
    assert "Confirm that the person agreed" in refused.context["form"].errors["has_consent"][0]
    assert not DoNotCall.objects.get().is_removed

    remove(manager, entry, reason="New consent", has_consent="on")
    assert DoNotCall.objects.get().is_removed


@pytest.mark.parametrize("ids", ["", "x", "1,x", "9" * 30, "%00", "-1", "٣"])
def test_an_address_that_names_no_entry_removes_nothing(manager, ids):
    response = manager.post(f"{LIST}remove/?ids={ids}", {"reason": "New consent"})

    assert response.status_code == 200
    assert "Nothing to remove." in response.content.decode()


def test_too_many_at_once_are_refused(admin_client):
    for n in range(201):
        add(f"+1212555{n:04}", now=NINE + timedelta(seconds=n))

    chosen = {"action": "remove_selected", "_selected_action": [DoNotCall.objects.first().pk], "select_across": "1"}
    response = admin_client.post(LIST, chosen)

    assert said(response) == ["Nothing was removed. Select at most 200 entries at once."]


def test_an_entry_is_neither_edited_nor_deleted(admin_client):
    entry = add()

    edited = admin_client.post(f"{LIST}{entry.pk}/change/", {"reason": "Other"})
    deleted = admin_client.post(f"{LIST}{entry.pk}/delete/", {"post": "yes"})

    assert (edited.status_code, deleted.status_code) == (403, 403)
    assert DoNotCall.objects.get().reason == "Asked by e-mail"


def test_an_entry_s_page_is_its_history(manager):
    entry = add()

    assert "History" not in manager.get(f"{LIST}{entry.pk}/change/").content.decode()
    assert manager.get(f"{LIST}{entry.pk}/history/").status_code == 404


# -- who may


def test_members_see_their_customers_entries_and_those_for_all(manager):
    own, strangers, shared = (
        add(),
        add(customer=make_customer("other")),
        add(prefix="+1900", scope="all", added_by="root@example.org"),
    )

    assert rows(manager) == ["+1900*", "+1 555 010 0007"]
    assert manager.get(f"{LIST}{own.pk}/change/").status_code == 200
    assert manager.get(f"{LIST}{strangers.pk}/change/")["Location"] == "/admin/"
    page = manager.get(f"{LIST}{shared.pk}/change/").content.decode()
    assert "Administrator" in page
    assert "root@example.org" not in page


def test_a_manager_removes_neither_a_stranger_s_entry_nor_one_for_all(manager):
    strangers, shared = add(customer=make_customer("other")), add(scope="all")

    response = remove(manager, strangers, shared, reason="Mine")

    assert "Nothing to remove." in response.content.decode()
    assert not DoNotCall.objects.removed().exists()
    assert "Remove from the list" not in manager.get(f"{LIST}{shared.pk}/change/").content.decode()


def test_a_manager_lists_nothing_for_a_stranger(manager):
    other = make_customer("other")

    assert "customer" in errors(send(manager, number=BLOCKED, customer=other.pk))
    assert "customer" in paste(manager, BLOCKED, customer=other.pk).context["form"].errors
    assert not DoNotCall.objects.exists()


@pytest.mark.parametrize("role", ["viewer", "supervisor"])
def test_viewers_and_supervisors_read_only(role):
    client, entry = sign_in_member(make_customer(), role), add()

    html = client.get(LIST).content.decode()
    assert "+1 555 010 0007" in html
    assert "Add several" not in html
    assert "Remove from the list" not in html + client.get(f"{LIST}{entry.pk}/change/").content.decode()
    assert send(client, number="212 555 0142").status_code == 403
    assert paste(client, "212 555 0142").status_code == 403
    assert remove(client, entry, reason="Mine").status_code == 403
    assert client.get(f"{LIST}{entry.pk}/remove/").status_code == 403
    client.post(LIST, {"action": "remove_selected", "_selected_action": [entry.pk]})
    assert not DoNotCall.objects.get().is_removed


def test_staff_without_a_customer_sees_nothing(django_user_model):
    client = Client()
    client.force_login(django_user_model.objects.create(username="new", is_staff=True))
    add(scope="all")

    assert client.get(LIST).status_code == 403
    assert client.get(f"{LIST}check-number/", {"number": BLOCKED}).status_code == 403


def test_a_manager_s_filter_names_no_stranger(manager):
    make_customer("other")
    add()

    assert "Other" not in manager.get(LIST).content.decode()
