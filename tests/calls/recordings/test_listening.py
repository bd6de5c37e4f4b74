"""Who hears a recording, for how long is an address good, and is it written down?"""

from datetime import timedelta

import pytest
import time_machine
from django.core.files.storage import Storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from calls.models import RecordingAccess
from tests.api.cast import V1, make_call
from tests.calls.recordings.cast import SOUND, make_recording
from tests.conftest import make_customer, make_key, sign_in_member

pytestmark = pytest.mark.django_db


class ElsewhereStorage(Storage):
    """A storage whose files have addresses of their own."""

    def url(self, name, parameters=None):
        return f"https://s3.example.org/{name}?signed"

    def exists(self, name):
        return False

    def _save(self, name, content):
        return name


@pytest.fixture
def recording(storage):
    return make_recording(make_call())


def page_address(recording, **query):
    return reverse("admin:calls_call_recording", args=[recording.call_id, recording.pk], query=query)


def hear(client, recording, *, headers=None, **query):
    """Open the address as a player does."""
    return client.get(client.get(page_address(recording, **query))["Location"], headers=headers)


def body(response) -> bytes:
    return b"".join(response.streaming_content)


def accesses():
    return list(RecordingAccess.objects.values_list("who", "kind", "via"))


def test_a_manager_hears_it_and_it_is_written_down(recording):
    client = sign_in_member(recording.call.customer, "manager")

    answer = hear(client, recording)

    assert (answer.status_code, answer["Content-Type"], answer["Cache-Control"]) == (
        200,
        "audio/ogg",
        "private, no-store",
    )
    assert body(answer) == SOUND
    ((_, kind, via),) = accesses()
    assert (kind, via) == ("play", "page")


def test_a_player_asks_for_parts_and_that_is_one_listening(recording):
    client = sign_in_member(recording.call.customer, "supervisor")

    answer = hear(client, recording, headers={"Range": "bytes=10-19"})
    assert (answer.status_code, answer["Content-Range"]) == (206, f"bytes 10-19/{len(SOUND)}")
    assert body(answer) == SOUND[10:20]
    assert hear(client, recording, headers={"Range": f"bytes={len(SOUND)}-"}).status_code == 416
    assert len(accesses()) == 1


def test_a_download_is_a_file_and_written_down_as_one(recording):
    client = sign_in_member(recording.call.customer, "manager")

    answer = hear(client, recording, download=1)

    assert body(answer) == SOUND
    assert answer["Content-Disposition"] == f'attachment; filename="call-{recording.call_id}.ogg"'
    assert [kind for _, kind, _ in accesses()] == ["download"]


def test_a_viewer_may_not_listen(recording):
    client = sign_in_member(recording.call.customer, "viewer")

    assert client.get(page_address(recording)).status_code == 403
    page = client.get(reverse("admin:calls_call_change", args=[recording.call_id])).content.decode()
    assert "Managers and supervisors may listen to it." in page
    assert "player-audio" not in page


def test_another_customers_recording_does_not_exist(recording):
    client = sign_in_member(make_customer("bakery"), "manager")

    assert client.get(page_address(recording)).status_code == 404


def test_a_recording_is_not_found_under_another_call(recording):
    client = sign_in_member(recording.call.customer, "manager")
    other = make_call(call_id="01997fa4-0000-7000-8000-000000000077")

    assert client.get(reverse("admin:calls_call_recording", args=[other.pk, recording.pk])).status_code == 404


def test_an_address_is_good_for_five_minutes(recording):
    client = sign_in_member(recording.call.customer, "manager")
    address = client.get(page_address(recording))["Location"]

    with time_machine.travel(timezone.now() + timedelta(seconds=299)):
        assert body(Client().get(address)) == SOUND
    with time_machine.travel(timezone.now() + timedelta(seconds=301)):
        assert Client().get(address).status_code == 403
    assert Client().get(address[:-1] + ("x" if address[-1] != "x" else "y")).status_code == 403
    assert len(accesses()) == 1


def test_a_deleted_recording_is_not_heard_under_an_address_from_before(recording):
    client = sign_in_member(recording.call.customer, "manager")
    address = client.get(page_address(recording))["Location"]
    recording.state = "deleted"
    recording.save()

    assert client.get(address).status_code == 404


def test_a_missing_file_is_not_found(storage, recording):
    (storage / "kept" / recording.name).unlink()

    assert hear(sign_in_member(recording.call.customer, "manager"), recording).status_code == 404


def test_a_storage_elsewhere_is_sent_to_under_its_own_address(settings, recording):
    elsewhere = {"BACKEND": "tests.calls.recordings.test_listening.ElsewhereStorage"}
    settings.STORAGES = {**settings.STORAGES, "recordings": elsewhere}

    answer = hear(sign_in_member(recording.call.customer, "manager"), recording)

    assert (answer.status_code, answer["Location"]) == (302, f"https://s3.example.org/{recording.name}?signed")
    assert len(accesses()) == 1


def call_by_api(*scopes):
    key = make_key(*scopes, customer=make_customer())
    return Client(headers={"X-Api-Key": key}).get(f"{V1}/calls").json()["results"][0]


def test_a_key_with_the_scope_gets_an_address_and_is_written_down(recording):
    shown = call_by_api("calls:read", "recordings:read")

    assert body(Client().get(shown["recording_url"])) == SOUND
    assert [part["seconds"] for part in shown["recordings"]] == [2.0]
    assert accesses() == [("API key “nightly export”", "play", "api")]


def test_a_key_without_the_scope_gets_none(recording):
    shown = call_by_api("calls:read")

    assert (shown["recording_url"], shown["recordings"]) == (None, [])


def test_calls_are_filtered_by_whether_they_are_recorded(recording):
    other = make_call(call_id="01997fa4-0000-7000-8000-000000000077")
    client = Client(headers={"X-Api-Key": make_key("calls:read")})

    def ids(value):
        return [call["id"] for call in client.get(f"{V1}/calls", {"has_recording": value}).json()["results"]]

    assert ids("true") == [str(recording.call_id)]
    assert ids("false") == [str(other.pk)]
