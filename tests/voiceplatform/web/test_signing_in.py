"""Who can sign in, for how long, and what guessing reveals."""

import pytest
from axes.models import AccessAttempt
from django.contrib.auth.models import User
from django.test import Client, RequestFactory
from django.utils import timezone

from voiceplatform.web.client_address import find_address, network_of
from voiceplatform.web.login_limits import FAILURES_OF_ADDRESS, FAILURES_OF_NAME

pytestmark = pytest.mark.django_db
LOGIN = "/admin/login/"
RIGHT = "correct horse battery staple"


@pytest.fixture
def boss(db):
    return User.objects.create_superuser("boss", password=RIGHT)


def attempt(client, password, *, name="boss", address="192.0.2.7", **extra):
    return client.post(LOGIN, {"username": name, "password": password, **extra}, REMOTE_ADDR=address)


def lock(client, name="boss"):
    return [attempt(client, "wrong", name=name) for _ in range(5)][-1]


def test_the_fifth_wrong_password_is_answered_in_words(client, boss):
    page = lock(client)

    assert (page.status_code, page["Retry-After"]) == (429, "900")
    assert "blocked from your network for up to 15 minutes" in page.content.decode()


def test_then_the_right_one_does_not_help_from_there(client, boss):
    lock(client)

    assert attempt(client, RIGHT).status_code == 429
    assert "_auth_user_id" not in client.session


def test_but_from_elsewhere_it_does(client, boss):
    lock(client)

    assert attempt(client, RIGHT, address="192.0.2.8").status_code == 302


def test_after_a_quarter_of_an_hour_it_does_too(client, boss, time_machine):
    time_machine.move_to("2026-11-21 10:00Z", tick=False)
    lock(client)
    time_machine.move_to("2026-11-21 10:14Z", tick=False)
    early = attempt(client, RIGHT)
    time_machine.move_to("2026-11-21 10:16Z", tick=False)

    assert (early.status_code, attempt(client, RIGHT).status_code) == (429, 302)


def test_an_administrator_unlocks_a_login(client, boss, admin_client):
    lock(client)
    chosen = {"action": "unlock", "_selected_action": [AccessAttempt.objects.get().pk]}

    answer = admin_client.post("/admin/axes/accessattempt/", chosen, follow=True)

    assert "Unlocked 1 login." in answer.content.decode()
    assert attempt(client, RIGHT).status_code == 302


def test_a_failed_login_shows_until_when_it_is_locked(client, boss, admin_client, time_machine):
    time_machine.move_to("2026-11-21 10:00Z", tick=False)
    lock(client)
    row = AccessAttempt.objects.get()

    listed = admin_client.get("/admin/axes/accessattempt/").content.decode()
    page = admin_client.get(f"/admin/axes/accessattempt/{row.pk}/change/").content.decode()

    assert "Locked until 10:15" in listed
    assert "Locked until 10:15" in page
    assert "&#x27;locked&#x27;" not in page
    assert "21 Nov 2026, 10:00" in page


def make_failures(count: int, *, name: str = "user-{}", address: str = "192.0.2.{}") -> None:
    for place in range(count):
        who = {"username": name.format(place), "ip_address": address.format(place)}
        AccessAttempt.objects.create(failures_since_start=1, **who)


def test_a_locked_address_and_a_slowed_user_are_shown_and_unlocked(admin_client):
    make_failures(FAILURES_OF_ADDRESS, address="198.51.100.1")
    make_failures(FAILURES_OF_NAME, name="boss")
    listed = admin_client.get("/admin/axes/accessattempt/").content.decode()
    rows = AccessAttempt.objects.filter(ip_address="198.51.100.1")[:1].union(
        AccessAttempt.objects.filter(username="boss")[:1]
    )
    chosen = {"action": "unlock", "_selected_action": [row.pk for row in rows]}

    answer = admin_client.post("/admin/axes/accessattempt/", chosen, follow=True)

    assert "Address locked until" in listed
    assert "User slowed to one attempt in 10 s" in listed
    assert "Unlocked 2 logins." in answer.content.decode()
    assert not AccessAttempt.objects.exists()


def test_deleting_the_row_in_the_admin_unlocks_too(client, boss, admin_client):
    lock(client)
    listed = admin_client.get("/admin/axes/accessattempt/").content.decode()
    admin_client.post(f"/admin/axes/accessattempt/{AccessAttempt.objects.get().pk}/delete/", {"post": "yes"})

    assert "Locked until" in listed
    assert attempt(client, RIGHT).status_code == 302


def test_a_locked_name_keeps_neither_webhooks_nor_others_out(client, boss):
    lock(client)

    assert (
        client.post("/livekit-webhook", b"{}", content_type="application/json", REMOTE_ADDR="192.0.2.7").status_code
        == 401
    )
    assert attempt(client, "x", name="another").status_code == 200


def test_no_password_and_no_name_is_kept_or_logged(client, boss, caplog):
    lock(client)

    row = AccessAttempt.objects.get()
    assert "wrong" not in row.post_data + row.get_data
    assert "boss" not in caplog.text


def body_without_token(page):
    return page.content.decode().replace("no-such-user", "boss").partition('name="csrfmiddlewaretoken"')[2][120:]


def test_a_wrong_password_and_an_unknown_name_look_the_same(boss):
    known, unknown = attempt(Client(), "wrong"), attempt(Client(), "wrong", name="no-such-user")

    assert (known.status_code, body_without_token(known)) == (unknown.status_code, body_without_token(unknown))


def test_a_locked_name_looks_the_same_whether_it_exists_or_not(boss):
    assert lock(Client()).content == lock(Client(), name="no-such-user").content


def test_a_user_who_is_switched_off_looks_like_none(boss):
    User.objects.create_user("gone", password=RIGHT, is_staff=True, is_active=False)
    off, unknown = attempt(Client(), RIGHT, name="gone"), attempt(Client(), RIGHT, name="no-such-user")

    assert "Wrong username or password" in off.content.decode()
    assert off.status_code == unknown.status_code


def test_no_one_signs_in_by_an_address(client, boss):
    assert client.get(LOGIN, {"username": "boss", "password": RIGHT}).status_code == 200
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    "elsewhere",
    [
        "https://evil.example.org/",
        "//evil.example.org",
        "https:evil.example.org",
        "/\\evil.example.org",
        "javascript:alert(1)",
    ],
)
def test_signing_in_leads_nowhere_else(client, boss, elsewhere):
    assert attempt(client, RIGHT, next=elsewhere)["Location"] == "/admin/"


def test_signing_in_gives_a_new_session(client, boss):
    client.get(LOGIN)
    client.session.save()
    before = client.session.session_key
    attempt(client, RIGHT)

    assert client.session.session_key != before


def test_no_one_signs_out_a_user_else_with_a_picture(admin_client):
    assert admin_client.get("/admin/logout/").status_code == 405


# -- many names, many addresses


def attempts_of_axes(count: int, *, name="boss", address="192.0.2.7") -> None:
    AccessAttempt.objects.create(
        username=name, ip_address=address, user_agent="", failures_since_start=count, attempt_time=timezone.now()
    )


def test_one_ipv6_network_is_one_address(client, boss):
    pages = [attempt(client, "wrong", address=f"2001:db8:1:2::{n:x}") for n in range(1, 6)]

    assert pages[-1].status_code == 429
    assert attempt(client, RIGHT, address="2001:db8:1:2:ffff::1").status_code == 429
    assert attempt(client, RIGHT, address="2001:db8:1:3::1").status_code == 302


def test_an_address_that_tries_many_names_is_locked(client, boss):
    for n in range(FAILURES_OF_ADDRESS):
        attempts_of_axes(1, name=f"name{n}")

    assert attempt(client, RIGHT).status_code == 429
    assert attempt(client, RIGHT, address="192.0.2.8").status_code == 302


def test_a_name_that_many_addresses_try_is_slowed_but_not_locked(client, boss, time_machine):
    time_machine.move_to("2026-11-21 10:00:00Z", tick=False)
    for n in range(FAILURES_OF_NAME):
        attempts_of_axes(1, address=f"198.51.100.{n}")
    at_once = attempt(client, RIGHT)
    time_machine.move_to("2026-11-21 10:00:11Z", tick=False)

    assert (at_once.status_code, attempt(client, RIGHT).status_code) == (429, 302)


def test_where_the_user_has_logged_in_before_they_are_not_slowed(client, boss):
    attempt(client, RIGHT)
    for n in range(FAILURES_OF_NAME):
        attempts_of_axes(1, address=f"198.51.100.{n}")

    assert attempt(Client(), RIGHT).status_code == 302
    assert attempt(Client(), RIGHT, address="192.0.2.8").status_code == 429


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("fe80::1%eth0", "fe80::"),
    ],
)
def test_a_client_is_counted_by_its_network(address, counted):
    assert network_of(address) == counted


# -- how long


def test_two_idle_hours_end_a_session(admin_client, time_machine):
    time_machine.move_to("2026-11-21 10:00Z", tick=False)
    admin_client.get("/admin/")
    time_machine.move_to("2026-11-21 12:01Z", tick=False)

    assert admin_client.get("/admin/")["Location"] == "/admin/login/?next=/admin/"


def test_who_clicks_stays_but_not_longer_than_a_day_s_work(admin_client, time_machine):
    statuses = []
    for hour in range(6, 20):
        time_machine.move_to(f"2026-11-21 {hour:02}:00Z", tick=False)
        statuses.append(admin_client.get("/admin/").status_code)

    assert statuses == [200] * 12 + [302] * 2


def test_a_page_that_refreshes_itself_keeps_no_one_signed_in(admin_client, time_machine):
    time_machine.move_to("2026-11-21 10:00Z", tick=False)
    admin_client.get("/admin/")
    time_machine.move_to("2026-11-21 11:30Z", tick=False)
    during = admin_client.get("/admin/", HTTP_HX_REQUEST="true")
    time_machine.move_to("2026-11-21 12:01Z", tick=False)
    after = admin_client.get("/admin/", HTTP_HX_REQUEST="true")

    assert (during.status_code, after.status_code, after["HX-Refresh"]) == (200, 204, "true")


def test_clicking_about_writes_once_a_minute(admin_client, django_assert_max_num_queries):
    admin_client.get("/admin/login/")

    with django_assert_max_num_queries(3):  # the session, the user and their time zone
        admin_client.get("/admin/login/")


def test_a_new_password_ends_the_sessions_elsewhere(boss, client):
    client.force_login(boss)
    boss.set_password("another horse, another battery")
    boss.save()

    assert client.get("/admin/").status_code == 302


def test_who_is_switched_off_is_out_at_once(boss, client):
    client.force_login(boss)
    User.objects.update(is_active=False)

    assert client.get("/admin/").status_code == 302


@pytest.mark.parametrize("weak", ["short", "password1234", "918273645546372819"])
def test_a_weak_password_is_refused_in_words(admin_client, boss, weak):
    page = admin_client.post(
        "/admin/auth/user/add/",
        {"username": "newcomer", "usable_password": "true", "password1": weak, "password2": weak},
    )

    assert not User.objects.filter(username="newcomer").exists()
    assert "This password is" in page.content.decode()


# -- from where


@pytest.mark.parametrize(
    ("forwarded", "proxies", "found"),
    [
        ("198.51.100.1", 0, "10.0.0.1"),  # no proxy of ours: that header may be forged
        ("198.51.100.1", 1, "198.51.100.1"),
        ("1.1.1.1, 198.51.100.1", 1, "198.51.100.1"),  # what the client made up stands left
        ("1.1.1.1, 198.51.100.1, 10.0.0.2", 2, "198.51.100.1"),
        ("", 1, "10.0.0.1"),
        ("not an address", 1, "10.0.0.1"),
        ("2001:db8::1", 1, "2001:db8::1"),
    ],
)
def test_the_address_that_our_outermost_proxy_heard_from_counts(forwarded, proxies, found):
    assert find_address("10.0.0.1", forwarded, proxies=proxies) == found


def test_a_made_up_header_does_not_get_around_the_lock(client, boss, settings):
    settings.TRUSTED_PROXIES = 1
    pages = [
        client.post(LOGIN, {"username": "boss", "password": "x"}, HTTP_X_FORWARDED_FOR=f"203.0.113.{n}, 198.51.100.1")
        for n in range(5)
    ]

    assert pages[-1].status_code == 429


def test_a_peer_without_address_is_a_user_all_the_same():
    assert find_address("", "", proxies=1) is None
    assert RequestFactory().get("/").META["REMOTE_ADDR"]


@pytest.mark.parametrize(
    ("debug", "name", "is_hinted"), [(True, "demo", True), (True, "boss", False), (False, "demo", False)]
)
def test_the_login_says_how_to_get_into_the_demo_and_only_there(client, settings, debug, name, is_hinted):
    User.objects.create(username=name, is_staff=True)
    settings.DEBUG = debug

    page = client.get(LOGIN).content.decode()

    assert ("with the password that <code>make demo</code> printed" in page) is is_hinted
