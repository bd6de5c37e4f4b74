"""What does the CRM say about a number? Cache, one flight, failures and what is kept."""

import logging
import threading
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from personas.crm import lookup as crm
from personas.crm.payload import CrmPayloadError
from personas.models import CrmSnapshot, Customer, Persona, PersonaVersion
from tests.conftest import make_customer, make_persona
from tests.personas.crm.crm_server import after, answer, drip_body, running, say_nothing

pytestmark = pytest.mark.django_db

DIGITS = "15559990199"
LATER = timedelta(minutes=6)  # the answer of before is no longer fresh


def saying(name="Nora", instructions="You answer for Riverside.", **persona):
    """The CRM's answer that describes one persona."""
    return answer(
        body={
            "mobileNo": DIGITS,
            "campaigns": [{"voiceAgents": [{"persona": {"name": name, "personality": instructions, **persona}}]}],
        }
    )


@pytest.fixture
def script(settings):
    """Let the CRM play these steps from now on."""
    with running(say_nothing) as server:
        settings.PERSONA_API_BASE, settings.PERSONA_API_BUDGET_SECONDS = server.base, 2

        def play(*steps):
            server.script[len(server.requests) :] = steps
            return server

        yield play


@pytest.fixture
def riverside(db):
    return make_customer()


def snapshot(customer):
    return CrmSnapshot.objects.get(customer=customer, digits=DIGITS)


def version_of(found):
    """The version that speaks in the CRM's answer."""
    assert found
    assert found.speaker
    return PersonaVersion.objects.get(pk=found.speaker.version_id)


def edit(persona, instructions):
    """A person changes the instructions in the admin."""
    persona.agents.update(instructions=instructions)


def make_person():
    return User.objects.get_or_create(username="maria")[0]


def test_what_the_crm_names_becomes_a_published_persona(script, riverside):
    script(saying(language="de-DE", closingMessage="Goodbye."))

    found = crm.look_up(DIGITS, riverside)

    persona = Persona.objects.get(slug=f"crm-{DIGITS}")
    assert (persona.customer, persona.origin, persona.name) == (riverside, Persona.Origin.CRM, "Nora")
    assert (persona.language, persona.closing_message) == ("de-DE", "Goodbye.")
    assert version_of(found) == persona.published
    assert found.reason == ""
    assert not persona.has_unpublished_changes()


def test_the_raw_answer_is_kept_with_when_and_from_where(script, riverside):
    server = script(
        answer(
            body=b'{"campaigns": [{"voiceAgents": [{"persona": {"name": "N\x00ora", "new": 1}}]}]}'.replace(
                b"\x00", b"\\u0000"
            )
        )
    )

    crm.look_up(DIGITS, riverside)

    row = snapshot(riverside)
    assert row.url == f"{server.base}/{DIGITS}"
    assert '"new": 1' in row.body
    assert row.fetched_at
    assert row.synced_version == row.persona.published
    assert row.persona.name == "Nora"


def test_a_fresh_answer_is_not_asked_for_again(script, riverside, django_assert_max_num_queries):
    server = script(saying())
    first = crm.look_up(DIGITS, riverside)

    with django_assert_max_num_queries(2):
        assert crm.look_up(DIGITS, riverside) == first
    assert len(server.requests) == 1


@pytest.mark.parametrize("step", [answer(404), answer(204), answer(body={"campaigns": []})])
def test_that_nothing_is_known_is_remembered_too(script, riverside, step):
    server = script(step)

    first, second = crm.look_up(DIGITS, riverside), crm.look_up(DIGITS, riverside)

    assert first == second
    assert (first.speaker, first.reason) == (None, "the CRM knows no persona for this number")
    assert len(server.requests) == 1


def test_after_its_time_the_answer_is_asked_for_again(script, riverside):
    server = script(saying(), saying(instructions="New words."))
    crm.look_up(DIGITS, riverside)

    with time_machine.travel(timezone.now() + LATER):
        found = crm.look_up(DIGITS, riverside)

    assert len(server.requests) == 2
    assert version_of(found).spec["agents"][0]["instructions"] == "New words."


def test_the_same_answer_makes_no_new_version(script, riverside):
    script(saying(temperature="0.333"))
    crm.look_up(DIGITS, riverside)
    persona = Persona.objects.get(slug=f"crm-{DIGITS}")
    before = (persona.versions.count(), persona.history.count())

    with time_machine.travel(timezone.now() + LATER):
        crm.look_up(DIGITS, riverside)

    assert (persona.versions.count(), persona.history.count()) == before == (1, before[1])


@pytest.mark.parametrize(
    ("step", "reason"),
    [
        (answer(503), "the CRM answered 503"),
        (answer(401), "the CRM answered 401"),
        (answer(body=b"<html>maintenance</html>"), "the CRM's answer is not JSON"),
        (answer(302, Location="/login"), "the CRM answered with a redirect (302), which is not followed"),
        (answer(body=b"[" * 1_000_001), "the CRM's answer is larger than 1,000,000 bytes"),
    ],
)
def test_a_failure_is_an_answer_in_words_and_is_not_remembered(script, riverside, step, reason):
    server = script(step)

    failed = crm.look_up(DIGITS, riverside)

    assert (failed.speaker, failed.reason) == (None, reason)
    assert (snapshot(riverside).last_error, snapshot(riverside).fetching_until) == (reason, None)
    script(saying())
    assert crm.look_up(DIGITS, riverside).speaker
    assert len(server.requests) > 1


def test_the_budget_holds_and_the_reason_names_it(script, riverside, settings):
    settings.PERSONA_API_BUDGET_SECONDS = 0.3
    script(drip_body)

    assert crm.look_up(DIGITS, riverside).reason == "the CRM did not answer within 0.3 s"


def test_when_the_crm_fails_its_earlier_persona_answers(script, riverside):
    script(saying(), answer(503))
    with time_machine.travel("2026-11-20 10:00Z", tick=False):
        earlier = crm.look_up(DIGITS, riverside)

    with time_machine.travel("2026-11-20 11:00Z", tick=False):
        now = crm.look_up(DIGITS, riverside)

    assert now.speaker == earlier.speaker
    assert now.reason == "the CRM answered 503; its answer of 2026-11-20 10:00 UTC is used"


def test_when_the_crm_fails_an_earlier_nothing_stays_nothing(script, riverside):
    script(saying(), answer(404), answer(400))
    for hours in (0, 1):
        with time_machine.travel(timezone.now() + timedelta(hours=hours)):
            crm.look_up(DIGITS, riverside)

    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        now = crm.look_up(DIGITS, riverside)

    assert now.speaker is None
    assert now.reason.startswith("the CRM answered 400; it said that it knows no persona")


def test_what_people_published_is_kept(script, riverside, caplog):
    script(saying(), saying(instructions="The CRM's new words."))
    crm.look_up(DIGITS, riverside)
    persona = Persona.objects.get(slug=f"crm-{DIGITS}")
    edit(persona, "Maria's words.")
    theirs = persona.publish(by=make_person())

    with time_machine.travel(timezone.now() + LATER), caplog.at_level(logging.INFO, "personas"):
        found = crm.look_up(DIGITS, riverside)

    assert version_of(found) == theirs
    assert persona.agents.get().instructions == "Maria's words."
    assert "The CRM's new words." in snapshot(riverside).body
    assert "kept what people wrote, not what the CRM says now" in caplog.messages


def test_what_people_are_writing_is_kept(script, riverside):
    script(saying(), saying(instructions="The CRM's new words."))
    spoken = crm.look_up(DIGITS, riverside).speaker
    persona = Persona.objects.get(slug=f"crm-{DIGITS}")
    edit(persona, "Maria's draft.")

    with time_machine.travel(timezone.now() + LATER):
        found = crm.look_up(DIGITS, riverside)

    assert found.speaker == spoken
    assert persona.agents.get().instructions == "Maria's draft."


def test_who_brings_the_crms_version_back_follows_the_crm_again(script, riverside):
    script(saying(), saying(instructions="The CRM's new words."))
    crm.look_up(DIGITS, riverside)
    persona = Persona.objects.get(slug=f"crm-{DIGITS}")
    edit(persona, "Maria's words.")
    persona.publish(by=make_person())
    persona.bring_back(snapshot(riverside).synced_version, by=make_person())

    with time_machine.travel(timezone.now() + LATER):
        crm.look_up(DIGITS, riverside)

    assert persona.agents.get().instructions == "The CRM's new words."


def test_a_persona_of_people_with_the_same_slug_is_theirs(script, riverside):
    script(saying())
    theirs = make_persona("Vera", customer=riverside)
    Persona.objects.filter(pk=theirs.pk).update(slug=f"crm-{DIGITS}")

    found = crm.look_up(DIGITS, riverside)

    assert version_of(found) == theirs.published
    assert theirs.versions.count() == 1


def test_a_deleted_persona_is_brought_again(script, riverside):
    script(saying())
    crm.look_up(DIGITS, riverside)
    Persona.objects.all().delete()

    assert version_of(crm.look_up(DIGITS, riverside)) == version_of(crm.remembered(DIGITS, riverside))
    assert Persona.objects.get().slug == f"crm-{DIGITS}"


def test_a_deleted_snapshot_does_not_freeze_its_persona(script, riverside):
    script(saying(), saying(instructions="The CRM's new words."))
    crm.look_up(DIGITS, riverside)
    CrmSnapshot.objects.all().delete()

    crm.look_up(DIGITS, riverside)

    assert Persona.objects.get().agents.get().instructions == "The CRM's new words."


def test_two_customers_do_not_share_a_persona(script, riverside):
    script(saying())
    other = make_customer("other")

    ours, theirs = crm.look_up(DIGITS, riverside), crm.look_up(DIGITS, other)

    assert ours.speaker != theirs.speaker
    assert Persona.objects.get(pk=snapshot(other).persona_id).customer == other


def test_without_a_crm_or_a_number_nobody_is_asked(settings, riverside):
    settings.PERSONA_API_BASE = ""

    assert crm.look_up(DIGITS, riverside).reason == "no CRM is set up (PERSONA_API_BASE)"
    assert crm.look_up("anonymous", riverside).reason == "there is no number to ask the CRM for"
    assert not CrmSnapshot.objects.exists()


def test_only_a_fresh_answer_is_remembered(script, riverside):
    server = script(saying())
    assert crm.remembered(DIGITS, riverside) is None
    found = crm.look_up(DIGITS, riverside)

    assert crm.remembered(DIGITS, riverside) == found
    with time_machine.travel(timezone.now() + LATER):
        assert crm.remembered(DIGITS, riverside) is None
    assert len(server.requests) == 1


def test_a_fetch_is_one_log_line_without_number_and_words(script, riverside, caplog):
    script(saying(instructions="Secret words."), answer(400, b"Secret words."))

    with caplog.at_level(logging.DEBUG, "personas"):
        crm.look_up(DIGITS, riverside)
        with time_machine.travel(timezone.now() + LATER):
            crm.look_up(DIGITS, riverside)

    found, failed = [vars(record) for record in caplog.records]
    assert (found["message"], found["result"], found["digits"]) == ("asked the CRM", "found", "15559…99")
    assert (failed["result"], failed["reason"]) == ("failed", "the CRM answered 400")
    assert isinstance(found["milliseconds"], int)
    assert "Secret" not in str([found, failed])
    assert DIGITS not in str([found, failed])


def test_a_holder_that_died_loses_the_flight(script, riverside):
    script(saying())
    now = timezone.now()
    row = CrmSnapshot.objects.create(
        customer=riverside, digits=DIGITS, fetching_until=now + timedelta(milliseconds=150)
    )

    assert crm.look_up(DIGITS, riverside).speaker
    assert CrmSnapshot.objects.get(pk=row.pk).fetching_until is None


def test_who_waits_for_another_one_waits_no_longer_than_the_budget(script, riverside, settings):
    settings.PERSONA_API_BUDGET_SECONDS = 0.2
    server = script(saying())
    CrmSnapshot.objects.create(customer=riverside, digits=DIGITS, fetching_until=timezone.now() + timedelta(minutes=1))

    waited = crm.look_up(DIGITS, riverside)

    assert waited.reason == "the CRM did not answer within 0.2 s (it was asked for another call)"
    assert server.requests == []


def test_the_flight_is_won_once():
    row = CrmSnapshot.objects.create(customer=Customer.objects.house(), digits=DIGITS)
    other = CrmSnapshot.objects.get(pk=row.pk)
    now = timezone.now()

    assert row.claim_fetch(now, until=now + timedelta(seconds=3))
    assert not other.claim_fetch(now, until=now + timedelta(seconds=3))
    assert other.claim_fetch(now + timedelta(seconds=3), until=now + timedelta(seconds=6))


def test_the_flight_is_not_won_when_news_has_come():
    row = CrmSnapshot.objects.create(customer=Customer.objects.house(), digits=DIGITS)
    CrmSnapshot.objects.get(pk=row.pk).record_failure(timezone.now(), "the CRM answered 503")

    assert not row.claim_fetch(timezone.now(), until=timezone.now() + timedelta(seconds=3))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("step", "name"), [(saying(), "Nora"), (answer(400), None)])
def test_of_eight_that_ask_at_once_one_does(script, step, name):
    server = script(after(0.3, step))
    customer = Customer.objects.house()
    answers, together = [], threading.Barrier(8)

    def ask():
        together.wait()
        answers.append(crm.look_up(DIGITS, customer))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(server.requests) == 1
    assert len(answers) == 8
    assert {found.speaker.persona if found.speaker else None for found in answers} == {name}
    assert len({found.reason for found in answers}) == 1


def test_what_a_job_brings_is_kept_and_speaks(riverside):
    payload = {"campaigns": [{"voiceAgents": [{"persona": {"name": "Nora", "personality": "You answer."}}]}]}

    version = crm.keep_brought(payload, digits=DIGITS, customer=riverside)

    assert version == Persona.objects.get(customer=riverside, slug=f"crm-{DIGITS}").published
    assert snapshot(riverside).url == "job metadata"
    assert crm.remembered(DIGITS, riverside) is None


def test_what_a_job_brings_twice_is_one_version(riverside):
    payload = '{"mobileNo": 8655701159, "campaigns": [{"voiceAgents": [{"persona": {"name": "Nora"}}]}]}'

    first, second = (crm.keep_brought(payload, digits="", customer=riverside) for _ in range(2))

    assert first
    assert first == second
    assert first.persona.slug == "crm-8655701159"


def test_a_job_that_brings_no_persona_keeps_nothing(riverside):
    assert crm.keep_brought(b'{"campaigns": []}', digits=DIGITS, customer=riverside) is None
    assert not CrmSnapshot.objects.exists()


def test_a_job_that_brings_garbage_is_told_so(riverside):
    with pytest.raises(CrmPayloadError, match="is not JSON"):
        crm.keep_brought("{broken", digits=DIGITS, customer=riverside)
