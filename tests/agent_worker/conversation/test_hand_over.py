"""To whom does a job give its call when it must stop? On the real database."""

import asyncio
import uuid

import pytest
from django.utils import timezone

from agent_worker import database
from agent_worker.conversation.hand_over import hand_over
from agent_worker.conversation.recorder import Recorder
from agent_worker.database import Claim, Event
from calls.inbound.opening import Arrival, open_inbound_call
from calls.models import Call
from calls.models.heartbeat import Worker
from tests.conftest import ANA, CLINIC

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def claim(transactional_db, clinic):
    call = open_inbound_call(Arrival(room_name="r", caller=ANA, dialed=CLINIC), timezone.now())
    claimed = database.claim_call(call.pk, "job-1")
    assert isinstance(claimed, Claim)
    yield claimed
    database.close()


@pytest.fixture
def other_worker(claim):
    worker_id = uuid.UUID(int=1)
    Worker.objects.record_heartbeat(worker_id, jobs=set(), max_calls=10, draining=False, registered_seconds=5.0)


def give_away(claim: Claim) -> bool:
    async def give() -> bool:
        recorder = Recorder(claim.brief.call_id)
        recorder.note(Event.SILENCE, question=1)
        try:
            return await hand_over(claim, recorder)
        finally:
            await recorder.close()

    return asyncio.run(give())


def test_a_worker_with_room_takes_the_call_and_finds_what_was_noted(claim, other_worker):
    assert give_away(claim)

    call = Call.objects.get()
    assert (call.agent_job_id, call.status != Call.Status.ENDED) == ("", True)
    assert call.events.filter(name="silence").exists()
    assert call.events.filter(name="agent_lost").exists()


def test_without_another_worker_the_call_stays_with_its_job(claim):
    assert not give_away(claim)

    assert Call.objects.get().agent_job_id == "job-1"


def test_a_call_that_was_given_away_already_is_not_this_jobs(claim):
    Call.objects.update(agent_job_id="job-2")

    assert give_away(claim)

    assert Call.objects.get().agent_job_id == "job-2"


def test_a_database_that_does_not_answer_leaves_the_call_where_it_is(claim, other_worker, monkeypatch):
    def break_off(*_: object, **__: object) -> bool:
        raise database.DATABASE_AWAY[0]("gone")

    monkeypatch.setattr(database, "release_to_others", break_off)

    assert not give_away(claim)
