"""In which time zone are the admin's pages?"""

from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from calls.models import Call
from personas.models import Membership
from tests.calls.admin.test_call import make_call, page_of
from tests.conftest import make_customer, make_member, make_number, make_persona
from voiceplatform.local_time import list_zones
from voiceplatform.models import Preferences

NIGHT = datetime(2026, 11, 28, 3, 30, tzinfo=UTC)  # 22:30 of the day before in New York
LIST, CHOICE = "/admin/calls/call/", "/admin/time-zone/"


@pytest.fixture(autouse=True)
def night(time_machine):
    time_machine.move_to(NIGHT, tick=False)


@pytest.fixture
def call(db) -> Call:
    customer = make_customer("riverside", time_zone="America/New_York")
    make_number(persona=make_persona(customer=customer))
    return make_call(at=NIGHT)


@pytest.fixture
def user(call) -> User:
    return make_member(call.customer, name="vera")


@pytest.fixture
def client(user) -> Client:
    client = Client()
    client.force_login(user)
    return client


def zone_said(client: Client, address: str) -> str:
    html = client.get(address).content.decode()
    assert html.count('class="vp-zone"') == 1
    return html.split('<span class="vp-unseen">Times in </span>')[1].split("<")[0]


def test_times_are_where_the_user_s_only_customer_is(client, call):
    assert zone_said(client, LIST) == "America/New_York"
    assert "27 Nov 2026, 22:30" in client.get(LIST).content.decode()


def test_a_user_whose_customers_share_a_zone_sees_it(client, user):
    Membership.objects.create(user=user, customer=make_customer("b", time_zone="America/New_York"), role="viewer")

    assert zone_said(client, LIST) == "America/New_York"


def test_a_user_with_customers_in_several_zones_sees_each_call_where_its_customer_is(client, user, call):
    Membership.objects.create(user=user, customer=make_customer("berlin", time_zone="Europe/Berlin"), role="viewer")

    assert zone_said(client, LIST) == "UTC"
    assert zone_said(client, f"{LIST}{call.pk}/change/") == "America/New_York"
    assert "27 Nov 2026, 22:30:00" in page_of(client, call)
    assert "27 Nov 2026, 22:30:00" in client.get(f"{LIST}{call.pk}/live/").content.decode()


def test_the_user_s_own_choice_comes_first_and_lasts(client, user, call):
    client.post(CHOICE, {"time_zone": "Asia/Kolkata"})
    client.logout()
    client.force_login(user)

    assert zone_said(client, LIST) == zone_said(client, f"{LIST}{call.pk}/change/") == "Asia/Kolkata"
    assert "28 Nov 2026, 09:00" in client.get(LIST).content.decode()


def test_the_choice_can_be_taken_back(client, user):
    Preferences.objects.create(user=user, time_zone="Asia/Kolkata")

    client.post(CHOICE, {"time_zone": ""})

    assert zone_said(client, LIST) == "America/New_York"


@pytest.mark.parametrize("zone", ["Mars/Base", "../../etc/passwd", "a" * 200])
def test_a_zone_that_is_none_is_refused(client, zone):
    response = client.post(CHOICE, {"time_zone": zone})

    assert "is not one of the available choices" in response.content.decode()
    assert not Preferences.objects.exists()


@pytest.mark.parametrize("zone", ["Mars/Base", "", "America"])
def test_a_customer_s_zone_that_is_none_is_ignored(client, call, zone):
    call.customer.time_zone = zone
    call.customer.save(update_fields=["time_zone"])

    assert zone_said(client, LIST) == "UTC"
    assert client.get(f"{LIST}{call.pk}/change/").status_code == 200


def test_choosing_leads_back_to_the_page_and_never_to_another_site(client):
    back = client.post(CHOICE, {"time_zone": "UTC", "next": LIST}).headers["Location"]
    elsewhere = client.post(CHOICE, {"time_zone": "UTC", "next": "https://evil.example/admin/"}).headers["Location"]

    assert (back, elsewhere) == (LIST, "/admin/")
    assert f'value="{LIST}?when=week"' in client.get(f"{CHOICE}?next={quote(f'{LIST}?when=week')}").content.decode()


def test_who_is_not_signed_in_chooses_nothing(db):
    assert Client().post(CHOICE, {"time_zone": "UTC"}).headers["Location"].startswith("/admin/login/")
    assert not Preferences.objects.exists()


def test_today_begins_at_the_zone_s_midnight_everywhere(client, call):
    make_call("yesterday", at=datetime(2026, 11, 27, 4, 59, tzinfo=UTC))  # 23:59 of the 26th in New York
    make_call("morning", at=datetime(2026, 11, 27, 5, 0, tzinfo=UTC))

    assert client.get("/admin/").context["total"] == 2
    assert client.get(LIST, {"when": "today"}).context["cl"].result_count == 2
    assert (
        client.get(LIST, {"queued_at_from": "26.11.2026", "queued_at_to": "26.11.2026"}).context["cl"].result_count == 1
    )
    number, persona = call.number, call.persona
    numbers = client.get("/admin/personas/phonenumber/").context["cl"].result_list
    assert [row.calls_since for row in numbers if row.pk == number.pk] == [2]
    assert client.get(f"/admin/personas/persona/{persona.pk}/change/").context["usage"].calls_today.counted == 2


def test_the_zone_of_a_request_does_not_outlive_it(client):
    client.get(LIST)

    assert timezone.get_current_timezone_name() == "UTC"


def test_the_api_stays_in_utc(client, call):
    answer = client.get(f"/api/v1/calls/{call.pk}").json()

    assert answer["queued_at"] == "2026-11-28T03:30:00Z"


def test_the_zones_to_choose_from_are_places():
    zones = list_zones()

    assert {"UTC", "America/New_York", "Asia/Kolkata"} <= set(zones)
    assert not {"localtime", "posixrules", "Factory", "Etc/GMT+5"} & set(zones)


def test_the_zone_costs_one_query(client, django_assert_num_queries):
    client.get(LIST)
    with django_assert_num_queries(3):  # the session, the user, the zone
        client.get(CHOICE + "x")
