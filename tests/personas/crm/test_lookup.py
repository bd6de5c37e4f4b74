"""Looking up a number in the CRM: the cache, one request at a time, failures and what is stored."""

import logging
import threading
from datetime import timedelta

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import connection
from django.utils import timezone

from personas.crm.answer import CrmAnswer, CrmError, CrmReason
from personas.crm.lookup import cached_answer, look_up, store_from_job
from personas.crm.words import describe
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
    """The version that the CRM's answer names."""
    assert found
    assert found.candidate
    return PersonaVersion.objects.get(pk=found.candidate.version_id)


def edit(persona, instructions):
    """A person changes the instructions in the admin."""
    persona.agents.update(instructions=instructions)


def make_person():
    return User.objects.get_or_create(username="maria")[0]


def test_what_the_crm_names_becomes_a_published_persona(script, riverside):
    script(saying(language="de-DE", closingMessage="Goodbye."))

    found = look_up(DIGITS, riverside)

    persona = Persona.objects.get(slug=f"crm-{DIGITS}")
    assert (persona.customer, persona.origin, persona.name) == (riverside, Persona.Origin.CRM, "Nora")
    assert (persona.language, persona.closing_message) == ("de-DE", "Goodbye.")
    assert version_of(found) == persona.published
    assert found.reason is None
    assert not persona.has_unpublished_changes()


def test_the_raw_answer_is_stored_with_its_time_and_url(script, riverside):
    server = script(
        answer(
            body=b'{"campaigns": [{"voiceAgents": [{"persona": {"name": "N\x00ora", "new": 1}}]}]}'.replace(
                b"\x00", b"\\u0000"
            )
        )
    )

    look_up(DIGITS, riverside)

    row = snapshot(riverside)
    assert row.url == f"{server.base}/{DIGITS}"
    assert '"new": 1' in row.body
    assert row.fetched_at
    assert row.synced_version == row.persona.published
    assert row.persona.name == "Nora"


def test_a_fresh_answer_is_not_asked_for_again(script, riverside, django_assert_max_num_queries):
    server = script(saying())
    first = look_up(DIGITS, riverside)

    with django_assert_max_num_queries(2):
        assert look_up(DIGITS, riverside) == first
    assert len(server.requests) == 1


@pytest.mark.parametrize("step", [answer(404), answer(204), answer(body={"campaigns": []})])
def test_not_found_is_cached_too(script, riverside, step):
    server = script(step)

    first, second = look_up(DIGITS, riverside), look_up(DIGITS, riverside)

    assert first == second
    assert first == CrmAnswer(candidate=None, reason=CrmReason.NOT_FOUND)
    assert len(server.requests) == 1


def test_after_its_time_the_answer_is_asked_for_again(script, riverside):
    server = script(saying(), saying(instructions="New words."))
    look_up(DIGITS, riverside)

    with time_machine.travel(timezone.now() + LATER):
        found = look_up(DIGITS, riverside)

    assert len(server.requests) == 2
    assert version_of(found).spec["agents"][0]["instructions"] == "New words."


def test_the_same_answer_makes_no_new_version(script, riverside):
    script(saying(temperature="0.333"))
    look_up(DIGITS, riverside)
    persona = Persona.objects.get(slug=f"crm-{DIGITS}")
    before = (persona.versions.count(), persona.history.count())

    with time_machine.travel(timezone.now() + LATER):
        look_up(DIGITS, riverside)

    assert (persona.versions.count(), persona.history.count()) == before == (1, before[1])


@pytest.mark.parametrize(
    ("step", "reason", "detail"),
    [
        (answer(503), CrmReason.HTTP_STATUS, "503"),
        (answer(401), CrmReason.HTTP_STATUS, "401"),
        (answer(body=b"<html>maintenance</html>"), CrmReason.NOT_JSON, ""),
        (answer(302, Location="/login"), CrmReason.REDIRECT, "302"),
        (answer(body=b"[" * 1_000_001), CrmReason.TOO_LARGE, "1,000,000"),
    ],
)
def test_a_failure_has_a_reason_and_is_not_cached(script, riverside, step, reason, detail):
    server = script(step)

    failed = look_up(DIGITS, riverside)

    row = snapshot(riverside)
    assert failed == CrmAnswer(candidate=None, reason=reason, detail=detail)
    assert (row.last_error, row.last_error_detail, row.fetching_until) == (reason, detail, None)
    script(saying())
    assert look_up(DIGITS, riverside).candidate
    assert len(server.requests) > 1


def test_the_budget_holds_and_the_reason_names_it(script, riverside, settings):
    settings.PERSONA_API_BUDGET_SECONDS = 0.3
    script(drip_body)

    assert describe(look_up(DIGITS, riverside)) == "the CRM did not answer within 0.3 s"


def test_when_the_crm_fails_its_earlier_persona_answers(script, riverside):
    script(saying(), answer(503))
    with time_machine.travel("2026-11-20 10:00Z", tick=False):
        earlier = look_up(DIGITS, riverside)

    with time_machine.travel("2026-11-20 11:00Z", tick=False):
        now = look_up(DIGITS, riverside)

    assert now.candidate == earlier.candidate
    assert describe(now) == "the CRM answered 503; its answer of 2026-11-20 10:00 UTC is used"


@pytest.mark.parametrize(
    "body", [{"status": "error"}, {"message": "Too many requests"}, {"ok": False}, {"detail": "x"}]
)
def test_an_answer_that_is_not_understood_keeps_the_last_good_one(script, riverside, body):
    script(saying(), answer(body=body))
    earlier = look_up(DIGITS, riverside)

    with time_machine.travel(timezone.now() + LATER):
        now = look_up(DIGITS, riverside)

    row = snapshot(riverside)
    assert now.candidate == earlier.candidate
    assert row.outcome == CrmSnapshot.Outcome.FOUND
    assert row.last_error in (CrmReason.REPORTED_ERROR, CrmReason.NOT_UNDERSTOOD)
    assert "is used" in describe(now)


def test_when_the_crm_fails_an_earlier_nothing_stays_nothing(script, riverside):
    script(saying(), answer(404), answer(400))
    for hours in (0, 1):
        with time_machine.travel(timezone.now() + timedelta(hours=hours)):
            look_up(DIGITS, riverside)

    with time_machine.travel(timezone.now() + timedelta(hours=2)):
        now = look_up(DIGITS, riverside)

    assert now.candidate is None
    assert describe(now).startswith("the CRM answered 400; its answer “not found” of")


def test_what_users_published_is_kept(script, riverside, caplog):
    script(saying(), saying(instructions="The CRM's new words."))
    look_up(DIGITS, riverside)
    persona = Persona.objects.get(slug=f"crm-{DIGITS}")
    edit(persona, "Maria's words.")
    theirs = persona.publish(by=make_person())

    with time_machine.travel(timezone.now() + LATER), caplog.at_level(logging.INFO, "personas"):
        found = look_up(DIGITS, riverside)

    assert version_of(found) == theirs
    assert persona.agents.get().instructions == "Maria's words."
    assert "The CRM's new words." in snapshot(riverside).body
    assert "kept the persona that users edited, not the one the CRM sent" in caplog.messages


def test_a_draft_that_users_edit_is_kept(script, riverside):
    script(saying(), saying(instructions="The CRM's new words."))
    spoken = look_up(DIGITS, riverside).candidate
    persona = Persona.objects.get(slug=f"crm-{DIGITS}")
    edit(persona, "Maria's draft.")

    with time_machine.travel(timezone.now() + LATER):
        found = look_up(DIGITS, riverside)

    assert found.candidate == spoken
    assert persona.agents.get().instructions == "Maria's draft."


def test_restoring_the_crms_version_follows_the_crm_again(script, riverside):
    script(saying(), saying(instructions="The CRM's new words."))
    look_up(DIGITS, riverside)
    persona = Persona.objects.get(slug=f"crm-{DIGITS}")
    edit(persona, "Maria's words.")
    persona.publish(by=make_person())
    persona.restore(snapshot(riverside).synced_version, by=make_person())

    with time_machine.travel(timezone.now() + LATER):
        look_up(DIGITS, riverside)

    assert persona.agents.get().instructions == "The CRM's new words."


def test_a_persona_made_by_users_with_the_same_slug_is_kept(script, riverside):
    script(saying())
    theirs = make_persona("Vera", customer=riverside)
    Persona.objects.filter(pk=theirs.pk).update(slug=f"crm-{DIGITS}")

    found = look_up(DIGITS, riverside)

    assert version_of(found) == theirs.published
    assert theirs.versions.count() == 1


def test_a_deleted_persona_is_created_again(script, riverside):
    script(saying())
    look_up(DIGITS, riverside)
    Persona.objects.all().delete()

    assert version_of(look_up(DIGITS, riverside)) == version_of(cached_answer(DIGITS, riverside))
    assert Persona.objects.get().slug == f"crm-{DIGITS}"


def test_a_deleted_snapshot_does_not_freeze_its_persona(script, riverside):
    script(saying(), saying(instructions="The CRM's new words."))
    look_up(DIGITS, riverside)
    CrmSnapshot.objects.all().delete()

    look_up(DIGITS, riverside)

    assert Persona.objects.get().agents.get().instructions == "The CRM's new words."


def test_two_customers_do_not_share_a_persona(script, riverside):
    script(saying())
    other = make_customer("other")

    ours, theirs = look_up(DIGITS, riverside), look_up(DIGITS, other)

    assert ours.candidate != theirs.candidate
    assert Persona.objects.get(pk=snapshot(other).persona_id).customer == other


def test_without_a_crm_or_a_number_nothing_is_requested(settings, riverside):
    settings.PERSONA_API_BASE = ""

    assert look_up(DIGITS, riverside).reason is CrmReason.NOT_CONFIGURED
    assert look_up("anonymous", riverside).reason is CrmReason.NO_NUMBER
    assert not CrmSnapshot.objects.exists()


def test_only_a_fresh_answer_is_read_from_the_cache(script, riverside):
    server = script(saying())
    assert cached_answer(DIGITS, riverside) is None
    found = look_up(DIGITS, riverside)

    assert cached_answer(DIGITS, riverside) == found
    with time_machine.travel(timezone.now() + LATER):
        assert cached_answer(DIGITS, riverside) is None
    assert len(server.requests) == 1


def test_a_fetch_is_one_log_line_without_number_and_words(script, riverside, caplog):
    script(saying(instructions="Secret words."), answer(400, b"Secret words."))

    with caplog.at_level(logging.DEBUG, "personas"):
        look_up(DIGITS, riverside)
        with time_machine.travel(timezone.now() + LATER):
            look_up(DIGITS, riverside)

    found, failed = [vars(record) for record in caplog.records]
    assert (found["message"], found["result"], found["digits"]) == ("asked the CRM", "found", "15559…99")
    assert (failed["result"], failed["reason"], failed["detail"]) == ("failed", "http_status", "400")
    assert isinstance(found["milliseconds"], int)
    assert "Secret" not in str([found, failed])
    assert DIGITS not in str([found, failed])


def test_a_process_that_died_loses_the_right_to_ask(script, riverside):
    script(saying())
    now = timezone.now()
    row = CrmSnapshot.objects.create(
        customer=riverside, digits=DIGITS, fetching_until=now + timedelta(milliseconds=150)
    )

    assert look_up(DIGITS, riverside).candidate
    assert CrmSnapshot.objects.get(pk=row.pk).fetching_until is None


def test_waiting_for_another_process_takes_no_longer_than_the_budget(script, riverside, settings):
    settings.PERSONA_API_BUDGET_SECONDS = 0.2
    server = script(saying())
    CrmSnapshot.objects.create(customer=riverside, digits=DIGITS, fetching_until=timezone.now() + timedelta(minutes=1))

    waited = look_up(DIGITS, riverside)

    assert (waited.reason, waited.detail) == (CrmReason.TIMED_OUT_WAITING, "0.2")
    assert server.requests == []


def test_one_process_wins_the_right_to_ask():
    row = CrmSnapshot.objects.create(customer=Customer.objects.default(), digits=DIGITS)
    other = CrmSnapshot.objects.get(pk=row.pk)
    now = timezone.now()

    assert row.claim_fetch(now, until=now + timedelta(seconds=3))
    assert not other.claim_fetch(now, until=now + timedelta(seconds=3))
    assert other.claim_fetch(now + timedelta(seconds=3), until=now + timedelta(seconds=6))


def test_the_right_to_ask_is_not_won_when_a_result_has_been_stored():
    row = CrmSnapshot.objects.create(customer=Customer.objects.default(), digits=DIGITS)
    CrmSnapshot.objects.get(pk=row.pk).record_failure(timezone.now(), CrmReason.HTTP_STATUS, "503")

    assert not row.claim_fetch(timezone.now(), until=timezone.now() + timedelta(seconds=3))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("step", "name"), [(saying(), "Nora"), (answer(400), None)])
def test_of_eight_lookups_at_once_one_asks_the_crm(script, step, name):
    server = script(after(0.3, step))
    customer = Customer.objects.default()
    answers, together = [], threading.Barrier(8)

    def ask():
        together.wait()
        answers.append(look_up(DIGITS, customer))
        connection.close()

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(server.requests) == 1
    assert len(answers) == 8
    assert {found.candidate.persona if found.candidate else None for found in answers} == {name}
    assert len({found.reason for found in answers}) == 1


def test_an_answer_from_a_job_is_stored_and_answers(riverside):
    payload = {"campaigns": [{"voiceAgents": [{"persona": {"name": "Nora", "personality": "You answer."}}]}]}

    version = store_from_job(payload, digits=DIGITS, customer=riverside)

    assert version == Persona.objects.get(customer=riverside, slug=f"crm-{DIGITS}").published
    assert snapshot(riverside).url == "job metadata"
    assert cached_answer(DIGITS, riverside) is None


def test_the_same_answer_from_two_jobs_is_one_version(riverside):
    payload = '{"mobileNo": 8655701159, "campaigns": [{"voiceAgents": [{"persona": {"name": "Nora"}}]}]}'

    first, second = (store_from_job(payload, digits="", customer=riverside) for _ in range(2))

    assert first
    assert first == second
    assert first.persona.slug == "crm-8655701159"


def test_a_job_without_a_persona_stores_nothing(riverside):
    assert store_from_job(b'{"campaigns": []}', digits=DIGITS, customer=riverside) is None
    assert not CrmSnapshot.objects.exists()


def test_an_unreadable_answer_from_a_job_is_an_error(riverside):
    with pytest.raises(CrmError) as refused:
        store_from_job("{broken", digits=DIGITS, customer=riverside)

    assert refused.value.reason is CrmReason.NOT_JSON
