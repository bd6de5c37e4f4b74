"""What is there to see on a first look?"""

import pytest

from personas.answering.who_answers import find_who_answers
from personas.models import Customer, Persona, PersonaVersion, PhoneNumber, RoutingRule
from personas.samples.content import SAMPLES
from personas.samples.loading import load_samples

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("dialed", "name"), [("+15551230100", "Nora"), ("+15551230200", "Leo"), ("+15551230300", "Mia")]
)
def test_each_number_is_answered_by_its_persona(dialed, name):
    load_samples()

    assert find_who_answers(dialed=dialed, caller="+15550100001").spec.name == name


def test_the_caller_with_a_rule_gets_another_persona():
    load_samples()

    assert find_who_answers(dialed="+15551230100", caller="+15550100002").spec.name == "Theo"


def test_every_row_is_said_in_one_line():
    lines = load_samples()

    assert len(lines) == 3 + 4 + 3 + 1  # customers, personas, numbers, rule
    assert "persona Nora of Riverside Clinic, version 1" in lines


def test_a_second_time_changes_nothing():
    load_samples()
    counts = [model.objects.count() for model in (Customer, Persona, PersonaVersion, PhoneNumber, RoutingRule)]

    assert load_samples() == []
    assert [model.objects.count() for model in (Customer, Persona, PersonaVersion, PhoneNumber, RoutingRule)] == counts


def test_what_people_edited_stays():
    load_samples()
    Persona.objects.filter(slug="nora").update(welcome_message="Ours.")
    PhoneNumber.objects.filter(phone="+15551230100").update(persona=Persona.objects.get(slug="theo"))

    load_samples()

    assert Persona.objects.get(slug="nora").welcome_message == "Ours."
    assert PhoneNumber.objects.filter(phone="+15551230100", persona__slug="theo").exists()


def test_every_sample_knows_facts_and_limits():
    for persona in (persona for sample in SAMPLES for persona in sample.personas):
        assert "What you know:" in persona.instructions
        assert "What you do not do:" in persona.instructions
