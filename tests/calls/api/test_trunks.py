"""What the API does with trunks that the roles and the examples do not show."""

import json
import logging
from itertools import product

import pytest

from calls.api.trunk_examples import NEW_TRUNK, TRUNK, TRUNK_ID
from calls.models import Trunk
from tests.api.cast import api, make_call, make_example_trunk, running
from tests.conftest import make_customer, make_trunk

pytestmark = pytest.mark.django_db
TRUNKS = "/api/v1/trunks"
ONE = f"{TRUNKS}/{TRUNK_ID}"
PASSWORD = NEW_TRUNK["auth_password"]
NONSENSE: list = [
    None,
    "",
    " ",
    "x" * 300,
    "\u0000",
    "\ud83d",
    True,
    -1,
    0,
    1.5,
    10**18,
    [],
    [[]],
    [None],
    {},
    {"a": 1},
    "sip:x@y",
]


def write(client, body, path=TRUNKS, method="post", **headers):
    return getattr(client, method)(path, data=json.dumps(body), content_type="application/json", headers=headers)


def errors_of(answer) -> list[tuple]:
    return [(error["field"], error["value"]) for error in answer.json()["errors"]]


def test_a_trunk_is_made_as_people_write_it():
    make_customer()

    made = write(api(), NEW_TRUNK)

    assert (made.status_code, made.json()["numbers"]) == (201, ["+13125550142"])
    assert made["Location"] == f"{TRUNKS}/{made.json()['id']}"
    assert set(made.json()) == set(TRUNK)
    assert Trunk.objects.get().auth_password.reveal() == PASSWORD


def test_a_repeated_request_makes_one_trunk():
    make_customer()
    client = api()

    first, again = (write(client, NEW_TRUNK, idempotency_key="once").json() for _ in range(2))

    assert first == again
    assert Trunk.objects.count() == 1


# -- the password


def test_the_password_is_in_no_answer_log_or_history(caplog):
    make_customer()
    client = api()
    caplog.set_level(logging.DEBUG)

    made = write(client, NEW_TRUNK)
    where = made["Location"]
    answers = [made, client.get(where), client.get(TRUNKS), write(client, {"auth_password": PASSWORD}, where, "patch")]

    assert not any(PASSWORD in answer.content.decode() for answer in answers)
    assert PASSWORD not in caplog.text
    assert not any(PASSWORD in str(record.__dict__) for record in Trunk.objects.get().history.all())


@pytest.mark.parametrize(
    "given",
    [
        {"auth_password": PASSWORD + "\n\u0007 second line"},
        {"auth_password": PASSWORD * 50},
        {"auth_pasword": PASSWORD, "password": PASSWORD},
        {"auth_password": PASSWORD, "auth_username": ""},
        {"auth_password": [PASSWORD]},
        {"auth_password": PASSWORD, "numbers": []},
    ],
)
def test_a_refused_password_does_not_come_back(given):
    make_customer()

    refused = write(api(), NEW_TRUNK | given)

    assert refused.status_code == 400
    assert PASSWORD not in refused.content.decode()


def test_a_password_that_looks_sealed_is_stored_as_it_was_given():
    make_customer()
    write(api(), NEW_TRUNK | {"auth_password": "fernet:abc"})

    assert Trunk.objects.get().auth_password.reveal() == "fernet:abc"


def test_the_history_names_the_key_and_that_the_password_changed():
    trunk = make_example_trunk()

    write(api(), {"auth_password": "new"}, ONE, "patch")
    write(api(name="second"), {"auth_password": ""}, ONE, "patch")

    reasons = [record.history_change_reason for record in trunk.history.all()[:2]]
    assert reasons == ["Password cleared, API key second", "Password set, API key nightly export"]


# -- whose trunk


def test_shared_trunks_are_read_by_all_and_changed_by_keys_for_all_customers():
    shared = make_trunk()
    client = api(customer=make_customer())
    where = f"{TRUNKS}/{shared.uid}"

    assert [row["customer"] for row in client.get(TRUNKS).json()["results"]] == [None]
    for refused in (write(client, {"name": "mine"}, where, "patch"), client.delete(where)):
        assert refused.status_code == 403
        assert "shared by all customers" in refused.json()["detail"]
    assert write(api(), {"name": "renamed", "customer": None}, where, "patch").json()["name"] == "renamed"


def test_null_makes_a_shared_trunk_for_a_key_of_all_customers():
    make_customer()

    made = write(api(), NEW_TRUNK | {"customer": None, "numbers": ["+1 312 555 0142"]})
    refused = write(api(customer=make_customer()), NEW_TRUNK | {"customer": None})

    assert (made.status_code, made.json()["customer"]) == (201, None)
    assert refused.status_code == 403


def test_a_key_of_one_customer_may_leave_the_customer_out():
    given = {name: value for name, value in NEW_TRUNK.items() if name != "customer"}

    assert write(api(customer=make_customer()), given).json()["customer"] == "riverside"


def test_a_trunk_stays_with_its_customer():
    make_example_trunk()
    make_customer("other")

    for customer in (None, "other"):
        assert errors_of(write(api(), {"customer": customer}, ONE, "patch")) == [("customer", customer)]


def test_only_who_reaches_all_customers_sets_a_livekit_id():
    make_example_trunk()
    own = api(customer=make_customer())

    refused = write(own, {"livekit_id": "ST_theirs"}, ONE, "patch")
    unchanged = write(own, {"livekit_id": TRUNK["livekit_id"], "name": "renamed"}, ONE, "patch")
    allowed = write(api(), {"livekit_id": "ST_new"}, ONE, "patch")

    assert errors_of(refused) == [("livekit_id", "ST_theirs")]
    assert (unchanged.status_code, allowed.json()["livekit_id"]) == (200, "ST_new")


def test_a_livekit_id_belongs_to_one_trunk():
    make_example_trunk()
    make_trunk(livekit_id="ST_taken")

    refused = write(api(), {"livekit_id": "ST_taken"}, ONE, "patch")

    assert refused.status_code == 400
    assert "Another trunk has this LiveKit ID." in refused.json()["detail"]


# -- values, filters, deletion


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"numbers": ["911"]}, "numbers"),
        ({"numbers": []}, "numbers"),
        ({"numbers": ["+13125550100", "(312) 555-0100"]}, "numbers"),
        ({"numbers": ["+13125550100"] * 1001}, "numbers"),
        ({"address": "sip:x"}, "address"),
        ({"transport": "sctp"}, "transport"),
        ({"ringing_seconds": 14}, "ringing_seconds"),
        ({"ringing_seconds": 71}, "ringing_seconds"),
        ({"calls_per_second": 0}, "calls_per_second"),
        ({"concurrency": 10_001}, "concurrency"),
        ({"livekit_id": "a b"}, "livekit_id"),
        ({"auth_username": ""}, "auth_username"),
    ],
)
def test_a_wrong_value_is_refused_at_its_field(given, field):
    make_customer()

    refused = write(api(), NEW_TRUNK | given)

    assert refused.status_code == 400
    assert {where for where, _ in errors_of(refused)} == {field}


def test_no_nonsense_is_answered_with_500():
    trunk = make_example_trunk()
    client = api()
    client.raise_request_exception = False
    statuses = {}

    for field, value in product([*TRUNK, "auth_password", "unknown"], NONSENSE):
        for method, path in (("post", TRUNKS), ("patch", ONE)):
            body = (NEW_TRUNK if method == "post" else {}) | {field: value}
            statuses[method, field, str(value)] = write(client, body, path, method).status_code

    assert {key: status for key, status in statuses.items() if status not in (200, 201, 400)} == {}
    trunk.refresh_from_db()


@pytest.mark.parametrize(
    ("query", "status", "names"),
    [
        ("", 200, ["Twilio US", "off", "shared"]),
        ("?enabled=true", 200, ["Twilio US", "shared"]),
        ("?enabled=false", 200, ["off"]),
        ("?customer=riverside", 200, ["Twilio US"]),
        ("?customer=missing", 400, None),
        ("?enabled=perhaps", 200, None),
        ("?enable=true", 400, None),
        ("?ordering=name", 400, None),
    ],
)
def test_the_list_is_filtered(query, status, names):
    make_example_trunk()
    make_trunk("off", enabled=False)
    make_trunk("shared")

    answer = api().get(f"{TRUNKS}{query}")

    assert answer.status_code == status
    if names is not None:
        assert sorted((row["name"] for row in answer.json()["results"]), key=str.lower) == sorted(names, key=str.lower)


def test_the_list_costs_the_same_for_two_rows_and_for_twenty(django_assert_max_num_queries):
    for n in range(20):
        make_trunk(f"t{n}", customer=make_customer(f"c{n}"))
    client = api()

    with django_assert_max_num_queries(5):
        assert len(client.get(TRUNKS).json()["results"]) == 20


@pytest.mark.parametrize(("values", "status"), [(running(), 409), (running(status="queued"), 409), ({}, 204)])
def test_a_trunk_is_not_deleted_under_its_calls(values, status):
    make_call(trunk=make_example_trunk(), **values)

    assert api().delete(ONE).status_code == status
    assert Trunk.objects.exists() is (status == 409)
