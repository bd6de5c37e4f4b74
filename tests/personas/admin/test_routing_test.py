"""The routing test: which persona would answer, and why."""

import pytest
from django.urls import reverse

from personas.models import RoutingRule
from tests.conftest import ANA, CLINIC, make_persona
from tests.personas.admin.persona_pages import ROUTING_TEST


def test_a_number_s_page_shows_the_answer_at_once(admin_client, nora, clinic):
    html = admin_client.get(reverse("admin:personas_phonenumber_change", args=[clinic.pk])).content.decode()

    assert ">Nora</a>" in html
    assert "assigned to the number" in html


def test_a_bad_caller_is_explained_inside_the_answer_when_a_number_s_page_asks(admin_client, clinic):
    html = admin_client.get(
        ROUTING_TEST, {"dialed": CLINIC, "caller": "x"}, headers={"HX-Request": "true"}
    ).content.decode()

    assert "“x” is not a phone number." in html[html.index('id="answer"') :]


def test_the_old_address_of_the_routing_test_leads_to_the_new_one(admin_client, db):
    response = admin_client.get("/admin/personas/phonenumber/who-would-answer/?dialed=1")

    assert response["Location"] == f"{ROUTING_TEST}?dialed=1"


def test_the_routing_test_says_the_persona_the_version_and_why(admin_client, nora, clinic):
    html = admin_client.get(ROUTING_TEST, {"dialed": "+1 (555) 123-0100", "caller": "555 010 0001"}).content.decode()

    assert ">Nora</a>" in html
    assert ">v1<" in html
    assert "assigned to the number" in html


def test_the_routing_test_lists_every_step_and_why_one_was_skipped(admin_client, nora, clinic):
    leo = make_persona("Leo", publish=False)
    RoutingRule.objects.create(customer=nora.customer, caller=ANA, persona=leo)

    html = admin_client.get(ROUTING_TEST, {"dialed": CLINIC, "caller": ANA}).content.decode()

    assert "Rule for this caller on all numbers</span>: skipped: Leo is not published" in html
    assert [html.count(f">{sign}<") for sign in "✕✓–"] == [1, 1, 4]


@pytest.mark.parametrize(
    ("query", "words"),
    [({"dialed": ""}, "Enter the dialed number."), ({"dialed": "abc"}, "“abc” is not a phone number")],
)
def test_bad_input_gets_a_clear_message(admin_client, db, query, words):
    assert words in admin_client.get(ROUTING_TEST, query).content.decode()
