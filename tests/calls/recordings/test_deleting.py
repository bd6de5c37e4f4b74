"""Is a recording deleted when its time is over, with its call, and when its person is forgotten?"""

from datetime import timedelta

import pytest

from calls.models import Recording
from calls.outcomes import RecordingDeletion
from calls.recordings.deleting import delete_due
from campaigns.leads.person_data import erase_person, export_person
from tests.api.cast import make_call
from tests.calls.recordings.cast import STARTED, is_stored, make_recording, take_away, use_storage
from tests.conftest import ANA, make_customer

pytestmark = pytest.mark.django_db


def days(number):
    return STARTED + timedelta(days=number, seconds=1)


@pytest.fixture
def recording(storage):
    return make_recording(make_call())


def test_a_recording_is_deleted_after_the_installations_days(settings, recording):
    settings.RECORDINGS_KEPT_DAYS = 30

    assert delete_due(days(29)) == 0
    assert is_stored(recording)
    assert delete_due(days(30)) == 1

    recording.refresh_from_db()
    assert (recording.state, recording.deleted_at) == (Recording.State.DELETED, days(30))
    assert recording.deleted_because == RecordingDeletion.RETENTION
    assert not is_stored(recording)
    assert delete_due(days(31)) == 0


def test_a_customers_own_days_go_before(settings, recording):
    settings.RECORDINGS_KEPT_DAYS = 30
    customer = recording.call.customer
    customer.recordings_kept_days = 60
    customer.save()

    assert delete_due(days(59)) == 0
    assert delete_due(days(60)) == 1


def test_the_recording_of_a_deleted_call_is_deleted(recording):
    recording.call.delete()

    assert delete_due(days(1)) == 1

    assert not is_stored(recording)
    assert not Recording.objects.exists()


def test_a_storage_that_is_away_keeps_the_row_until_the_file_is_gone(settings, storage, recording):
    take_away(settings, storage)
    assert delete_due(days(1_000)) == 0
    recording.refresh_from_db()
    assert recording.state == Recording.State.KEPT

    use_storage(settings, storage)
    assert delete_due(days(1_000)) == 1


def test_forgetting_a_person_deletes_the_recordings_of_their_calls(storage, recording):
    other = make_recording(make_call(call_id="01997fa4-0000-7000-8000-000000000077", phone="+15550100009"))
    assert export_person(recording.call.customer, ANA, STARTED)["recordings_of_calls"] == 1

    erased = erase_person(recording.call.customer, ANA)

    assert erased.recordings == 1
    recording.refresh_from_db()
    assert (recording.state, recording.deleted_because) == (Recording.State.DELETED, RecordingDeletion.PERSON)
    assert not is_stored(recording)
    assert is_stored(other)


def test_a_forgotten_person_is_heard_by_no_one_while_the_storage_is_away(settings, storage, recording):
    take_away(settings, storage)
    erase_person(recording.call.customer, ANA)
    recording.refresh_from_db()
    assert recording.state == Recording.State.DELETED
    use_storage(settings, storage)
    assert is_stored(recording)

    assert delete_due(days(1)) == 1
    assert not is_stored(recording)


def test_another_customers_recordings_stay(recording):
    erase_person(make_customer("bakery"), ANA)

    recording.refresh_from_db()
    assert recording.state == Recording.State.KEPT
