"""The list and the form of routing rules."""

from django.urls import reverse

from personas.models import RoutingRule
from tests.conftest import ANA, CLINIC, make_customer, make_number, make_persona
from tests.personas.admin.persona_pages import ROUTING_TEST, said
from voiceplatform.phone_numbers import format_phone


def test_a_rule_s_page_leads_to_the_routing_test_of_its_caller(admin_client, nora, clinic):
    rule = RoutingRule.objects.create(customer=nora.customer, caller=ANA, persona=nora)

    response = admin_client.get(reverse("admin:personas_routingrule_test_routing", args=[rule.pk]))

    assert response["Location"] == f"{ROUTING_TEST}?dialed=%2B15551230100&caller=%2B15550100001"


def test_a_rule_s_caller_says_how_it_was_read(admin_client, nora):
    form = {"customer": nora.customer.pk, "caller": "(212) 555-0142 x3", "persona": nora.pk}

    response = admin_client.post(reverse("admin:personas_routingrule_add"), form)

    assert "Saved as +1 212 555 0142 (read as a number in the United States)." in said(response)
    assert any("Extension 3 was ignored" in message for message in said(response))


def test_a_rule_reads_as_a_sentence_and_says_what_is_in_its_way(admin_client, nora, clinic):
    theo = make_persona("Theo")
    make_number("+15551230101", persona=nora)
    RoutingRule.objects.create(customer=nora.customer, caller=ANA, persona=theo)
    RoutingRule.objects.create(customer=nora.customer, caller=ANA, persona=nora, number=clinic)

    html = admin_client.get(reverse("admin:personas_routingrule_changelist")).content.decode()

    assert f"Calls from {format_phone(ANA)} to all numbers of Riverside are answered by Theo." in html
    assert f"Does not apply to {format_phone(CLINIC)} (more specific rule)." in html
    assert "Overrides the all-numbers rule (Theo)." in html


def test_saving_a_rule_that_changes_nothing_says_so(admin_client, nora, clinic):
    form = {"customer": nora.customer.pk, "caller": ANA, "number": clinic.pk, "persona": nora.pk}

    response = admin_client.post(reverse("admin:personas_routingrule_add"), form)

    assert "No effect: the number has the same persona." in said(response)


def choices_of(client, address: str) -> dict[str, list[str]]:
    """What the page offers for persona and number, without the empty choice."""
    fields = client.get(address).context["adminform"].form.fields
    return {name: [label for value, label in fields[name].choices if value] for name in ("persona", "number")}


def test_a_rule_offers_only_the_personas_and_numbers_of_its_customer(admin_client, nora, clinic):
    other = make_customer("other")
    make_number("+15551230109", persona=make_persona("Leo", customer=other))
    rule = RoutingRule.objects.create(customer=nora.customer, caller=ANA, persona=nora)

    offered = choices_of(admin_client, reverse("admin:personas_routingrule_change", args=[rule.pk]))

    assert offered == {"persona": ["Nora"], "number": ["+1 555 123 0100"]}


def test_a_new_rule_names_the_customer_of_each_persona_and_number(admin_client, nora, clinic):
    make_persona("Nora", customer=make_customer("other"))

    offered = choices_of(admin_client, reverse("admin:personas_routingrule_add"))

    assert offered == {"persona": ["Nora (Other)", "Nora (Riverside)"], "number": ["+1 555 123 0100 (Riverside)"]}


def test_a_new_rule_with_the_persona_of_another_customer_is_refused(admin_client, nora, clinic):
    leo = make_persona("Leo", customer=make_customer("other"))
    form = {"customer": nora.customer.pk, "caller": ANA, "persona": leo.pk}

    response = admin_client.post(reverse("admin:personas_routingrule_add"), form)

    assert response.context["adminform"].form.errors["persona"] == ["“Leo” belongs to another customer."]
    assert not RoutingRule.objects.exists()
