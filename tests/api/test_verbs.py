"""Do programs change what managers change, with the same effect?"""

import pytest

from calls.models import Call
from personas.api.examples import PERSONA_ID
from personas.models import Persona, PersonaVersion
from tests.api.cast import api, make_call, make_cast, make_nora, running
from tests.conftest import make_customer, make_number, make_persona
from tests.fakes.livekit_api import Failure

NORA = f"/api/v1/personas/{PERSONA_ID}"
END = "/api/v1/calls/0192f3a0-0000-7000-8000-00000000000a/end"


def send(client, method, path, **body):
    return getattr(client, method)(path, body, content_type="application/json")


# -- personas


def test_a_draft_changes_without_what_speaks(all_customers):
    make_nora()

    changed = send(all_customers, "patch", NORA, welcome_message="Good day.", temperature=0.456).json()

    assert (changed["welcome_message"], changed["temperature"]) == ("Good day.", 0.46)
    assert (changed["published_version"], changed["has_unpublished_changes"]) == (1, True)
    assert PersonaVersion.objects.get().spec["welcome_message"] == "Hello, this is Nora."


def test_agents_are_replaced_and_the_first_one_speaks_first(all_customers):
    make_nora()
    agents = [{"name": "intake", "instructions": "Ask."}, {"name": "nurse", "instructions": "Advise."}]

    changed = send(all_customers, "patch", NORA, agents=agents).json()

    assert [agent["name"] for agent in changed["agents"]] == ["intake", "nurse"]
    assert changed["entry_agent"] == "intake"
    assert send(all_customers, "patch", NORA, entry_agent="nurse").json()["entry_agent"] == "nurse"


def test_publishing_lets_the_draft_speak_and_a_version_can_come_back(all_customers):
    make_nora()
    send(all_customers, "patch", NORA, welcome_message="Good day.")

    assert send(all_customers, "post", f"{NORA}/publish", note="Greeting").json()["number"] == 2
    assert send(all_customers, "post", f"{NORA}/restore", version=1).json()["number"] == 3
    versions = all_customers.get(f"{NORA}/versions").json()["results"]
    assert [(v["number"], v["note"]) for v in versions] == [(3, "Restored version 1"), (2, "Greeting"), (1, "")]
    assert Persona.objects.get().draft().welcome_message == "Hello, this is Nora."


def test_the_old_names_of_restore_and_the_routing_test_still_work(all_customers):
    make_cast()

    assert send(all_customers, "post", f"{NORA}/bring-back", version=1).json()["number"] == 1
    answers = [
        all_customers.get(f"/api/v1/{name}?dialed=%2B15551230100").json()
        for name in ("who-would-answer", "routing-test")
    ]
    assert answers[0] == answers[1]
    assert answers[0]["skipped"] == answers[0]["passed_over"]


def test_a_draft_that_cannot_speak_is_not_published(all_customers):
    make_nora()
    send(all_customers, "patch", NORA, agents=[])

    answer = send(all_customers, "post", f"{NORA}/publish")
    assert answer.status_code == 400
    assert "Instructions are empty" in answer.json()["detail"]


def test_a_persona_in_use_is_not_deleted(all_customers):
    make_cast()

    answer = all_customers.delete(NORA)
    assert answer.status_code == 409
    assert "phone number +1 555 123 0100 Front desk" in answer.json()["detail"]


def test_an_unused_persona_is_deleted(all_customers):
    make_nora()

    assert all_customers.delete(NORA).status_code == 204
    assert not Persona.objects.exists()


def test_a_key_of_one_customer_need_not_name_it(db):
    client = api(customer=make_customer())

    assert send(client, "post", "/api/v1/personas", slug="iris", name="Iris").json()["customer"] == "riverside"


def test_a_row_stays_with_its_customer(all_customers):
    make_nora()
    make_customer("other")

    assert send(all_customers, "patch", NORA, customer="other").json()["errors"][0]["field"] == "customer"


# -- numbers and rules


def test_a_number_is_kept_in_one_form_and_found_in_any(all_customers):
    make_customer()

    answer = send(all_customers, "post", "/api/v1/numbers", customer="riverside", phone="(555) 123-0177")
    assert (answer.json()["phone"], answer["Location"]) == ("+15551230177", "/api/v1/numbers/+15551230177")
    assert all_customers.get("/api/v1/numbers?phone=555.123.0177").json()["results"] == [answer.json()]


@pytest.mark.parametrize(
    ("phone", "message"),
    [
        ("12", "“12” is not a valid number for the United States. Enter it with the country code"),
        ("900-555-0134", "is a premium-rate number"),
        ("(212) 555-0128 / (646) 555-0129", "has 2 phone numbers. Enter one."),
        ("+15551230100", "Already used by Riverside."),
    ],
)
def test_a_number_that_cannot_be_ours_is_refused(all_customers, phone, message):
    make_number()

    assert message in send(all_customers, "post", "/api/v1/numbers", customer="riverside", phone=phone).json()["detail"]


def test_a_country_that_does_not_exist_is_refused_with_its_field(all_customers):
    make_customer()

    answer = send(all_customers, "post", "/api/v1/numbers", customer="riverside", phone="+15551230177", region="UK")

    error = {"field": "region", "message": "“UK” is not a country's ISO 3166 code, e.g. US or DE.", "value": "UK"}
    assert (answer.status_code, answer.json()["errors"]) == (400, [error])


def test_another_customer_s_persona_answers_no_number(all_customers):
    make_nora()
    make_customer("other")

    answer = send(all_customers, "post", "/api/v1/numbers", customer="other", phone="+15551230177", persona=PERSONA_ID)
    assert "belongs to another customer" in answer.json()["detail"]


def test_a_second_rule_for_the_same_caller_is_refused(all_customers):
    make_cast()

    answer = send(
        all_customers,
        "post",
        "/api/v1/routing-rules",
        customer="riverside",
        caller="+15550100001",
        number="+15551230100",
        persona=PERSONA_ID,
    )
    assert "A rule for this caller and number already exists." in answer.json()["detail"]


def test_a_stranger_s_number_looks_like_none(db):
    make_persona("Leo", customer=make_customer("other"))
    make_number(customer=make_customer("other"))
    client = api(customer=make_customer())

    answers = [
        client.get(f"/api/v1/routing-test?dialed={phone}").json() for phone in ("%2B15551230100", "%2B15559999999")
    ]
    assert answers[0] == answers[1]
    assert answers[0]["status"] == 404


# -- calls


def test_ending_a_call_closes_its_room(all_customers, livekit):
    make_cast(**running())

    ended = send(all_customers, "post", END, reason="Wrong number").json()

    assert (ended["status"], ended["result"], ended["ended_by"]) == ("ended", "completed", "staff")
    assert livekit.deleted_rooms == [ended["room_name"]]
    assert (ended["end_reason"], ended["end_message"]) == (
        "staff_ended",
        "Ended by API key “nightly export”: Wrong number",
    )


def test_a_call_that_has_ended_cannot_be_ended(all_customers, livekit):
    make_cast()

    assert send(all_customers, "post", END).status_code == 409
    assert not livekit.deleted_rooms


def test_a_call_whose_line_could_not_be_closed_goes_on(all_customers, livekit):
    make_cast(**running())
    livekit.failures = [Failure()]

    assert send(all_customers, "post", END).status_code == 503
    assert Call.objects.get().status == "active"


def test_a_simulated_call_ends_without_a_line_to_close(all_customers):
    make_call(**running(simulated=True))

    assert send(all_customers, "post", END).json()["ended_by"] == "staff"


def test_a_running_call_says_nothing_of_its_end(all_customers):
    make_call(**running())

    (call,) = all_customers.get("/api/v1/calls").json()["results"]
    assert [
        call[field] for field in ("result", "ended_at", "ended_by", "end_reason", "end_message", "disposition")
    ] == [None] * 6
