"""Drafts never speak: publishing freezes a version, and nothing changes it."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from functools import partial

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections, transaction
from django.db.utils import InternalError, ProgrammingError

from personas.answering.who_answers import find_who_answers
from personas.models import Agent, Persona, PersonaVersion
from personas.persona.spec import AgentSpec, PersonaSpec, VoiceSpec
from tests.conftest import ANA, CLINIC, make_customer, make_number, make_persona


def test_a_draft_does_not_speak(db):
    nora = make_persona("Nora", publish=False)
    make_number(CLINIC, persona=nora)

    answer = find_who_answers(dialed=CLINIC, caller=ANA)

    assert answer.version is None
    assert "Nora is not published" in answer.explain()


def test_what_speaks_is_what_was_published(nora, clinic):
    nora.welcome_message = "A draft."
    nora.save(update_fields=["welcome_message"])

    answer = find_who_answers(dialed=CLINIC, caller=ANA)

    assert answer.spec.welcome_message == "Hello, this is Nora."
    assert nora.has_unpublished_changes()


def test_publishing_counts_up_and_says_by_whom(nora, admin_user):
    nora.agents.update(instructions="Be brief.")

    version = nora.publish(by=admin_user, note="Shorter")

    assert (version.number, version.by, version.note) == (2, admin_user, "Shorter")
    assert Persona.objects.get(pk=nora.pk).published == version
    assert not nora.has_unpublished_changes()


def test_publishing_what_is_published_makes_no_version(nora):
    assert nora.publish(by=None).number == 1
    assert nora.versions.count() == 1


def test_a_draft_with_mistakes_is_refused_with_all_of_them(db):
    nora = make_persona("Nora", instructions=" ", publish=False, language="English")

    with pytest.raises(ValidationError) as refused:
        nora.publish(by=None)

    assert [message.split()[0] for message in refused.value.messages] == ["Instructions", "Language"]
    assert not nora.versions.exists()


def test_restoring_makes_a_new_version_and_rewrites_the_draft(nora):
    first = nora.published
    nora.agents.update(instructions="Be brief.")
    nora.publish(by=None)

    third = nora.restore(first, by=None)

    assert (third.number, third.note) == (3, "Restored version 1")
    assert third.persona_spec() == first.persona_spec()
    assert nora.agents.get().instructions == "You answer for Riverside Clinic."


def test_a_stranger_s_version_is_not_restored(nora):
    leo = make_persona("Leo")

    with pytest.raises(ValidationError, match=r"is of Leo, not of Nora"):
        nora.restore(leo.published, by=None)


def test_a_draft_written_from_an_old_copy_leaves_the_published_version(nora):
    old_copy = Persona.objects.get(pk=nora.pk)
    Agent.objects.filter(persona=nora).update(instructions="Be brief.")
    second = Persona.objects.get(pk=nora.pk).publish(by=None)

    old_copy.write_draft(old_copy.draft())

    assert Persona.objects.get(pk=nora.pk).published == second


def test_the_database_refuses_to_change_a_version(nora):
    with (
        pytest.raises((InternalError, ProgrammingError), match="a published version is never changed"),
        transaction.atomic(),
    ):
        PersonaVersion.objects.filter(pk=nora.published_id).update(note="Changed")


def test_a_version_outlives_the_user_who_published_it(nora, django_user_model):
    leaving = django_user_model.objects.create(username="leaving")
    nora.agents.update(instructions="Be brief.")
    version = nora.publish(by=leaving)

    leaving.delete()

    version.refresh_from_db()
    assert (version.by, version.number) == (None, 2)


@pytest.mark.django_db(transaction=True)
def test_two_who_publish_at_once_make_one_version():
    # The flush before a test like this took the customer that a migration makes; nothing here needs it.
    nora = make_persona("Nora", publish=False)

    def publish(_: int) -> int:
        try:
            return Persona.objects.get(pk=nora.pk).publish(by=None).number
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(publish, range(4)))

    assert numbers == [1, 1, 1, 1]
    assert connection.is_usable()


def test_a_persona_created_published_is_what_a_draft_becomes_by_publishing(nora):
    spec = nora.published.persona_spec()

    twin = Persona.create_published(spec, customer=nora.customer, slug="twin", note="From the CRM")

    fresh = Persona.objects.get(pk=twin.pk)
    assert fresh.draft() == spec == fresh.published.persona_spec()
    assert (fresh.version_number, fresh.published.note, fresh.has_unpublished_changes()) == (1, "From the CRM", False)
    assert {record.history_type for record in fresh.history.all()} == {"+", "~"}


def filled_spec() -> PersonaSpec:
    """A spec in which every field differs from its default."""
    voice = VoiceSpec(provider="offline", model="m", voice="Puck", language="de-DE", emotion="Calm", temperature=1.25)
    agents = tuple(
        AgentSpec(name=name, instructions=f"I am {name}.", on_enter_prompt="Greet.", tools=("end_call", name))
        for name in ("first", "second")
    )
    return PersonaSpec(
        name="Full",
        voice=voice,
        welcome_message="Hello.",
        closing_message="Goodbye.",
        entry_agent="second",
        agents=agents,
        recording=True,
    )


@pytest.mark.parametrize("part", [filled_spec(), filled_spec().voice, filled_spec().agents[0]], ids=type)
def test_the_filled_spec_fills_every_field_so_that_a_new_one_cannot_be_forgotten(part):
    written = {field.name: getattr(part, field.name) for field in fields(part) if field.name != "schema"}

    assert all(value != field.default for field in fields(part) if (value := written.get(field.name)) is not None)
    assert all(written.values())


@pytest.mark.parametrize("create", [Persona.create_draft, partial(Persona.create_published, note="")])
def test_no_field_of_a_spec_is_lost_in_the_rows_of_a_draft(db, create):
    spec = filled_spec()

    persona = create(spec, customer=make_customer(), slug="full")

    assert Persona.objects.get(pk=persona.pk).draft() == spec
    assert PersonaSpec.from_json(spec.to_json()) == spec


def test_no_field_of_a_spec_is_lost_by_changing_duplicating_and_discarding(nora):
    spec = filled_spec()

    nora.change_draft(spec, slug="full")
    nora.publish(by=None)
    twin = nora.duplicate(name="Full", slug="twin")
    nora.agents.update(tools=[], instructions="Other.")
    nora.discard_draft()

    assert Persona.objects.get(pk=nora.pk).draft() == Persona.objects.get(pk=twin.pk).draft() == spec
