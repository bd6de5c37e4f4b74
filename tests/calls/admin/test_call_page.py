"""What does the page of one call say, and while the call runs?"""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from calls.admin.call_sentences import summarise
from calls.models import Call, CallEvent
from tests.calls.admin.test_call import ANSWERED, RINGING, make_call, page_of, say
from tests.conftest import make_customer, sign_in_member
from tests.fakes.livekit_api import Failure
from transcripts.models import Turn


@pytest.fixture
def call(clinic) -> Call:
    call = make_call()
    call.answer(ANSWERED)
    call.record_first_word(ANSWERED)
    call.refresh_from_db()
    return call


def live(client: Client, call: Call, after: str | int = 0) -> str:
    return client.get(reverse("admin:calls_call_live", args=[call.pk]), {"after": after}).content.decode()


def end(client: Client, call: Call):
    return client.post(reverse("admin:calls_call_end", args=[call.pk]))


def test_the_whole_call_is_summarised_in_three_sentences(call):
    call.finish(ANSWERED + timedelta(seconds=130), ended_by=Call.EndedBy.AGENT, reason=Call.EndReason.AGENT_ENDED)

    assert summarise(call) == [
        "+1 555 010 0001 called +1 555 123 0100.",
        "Answered by Nora (v1, assigned to the number) in 1.0 s.",
        "Ended after 2:10: agent ended the call.",
    ]


def test_an_abandoned_call_is_summarised_as_such(clinic):
    call = make_call(caller="")
    call.finish(RINGING, ended_by=Call.EndedBy.CALLER, reason=Call.EndReason.CALLER_HUNG_UP_RINGING)

    assert summarise(call) == [
        "A caller who withheld their caller ID called +1 555 123 0100.",
        "Not answered (would have been Nora, v1, assigned to the number).",
        "Ended before it was answered: caller hung up while ringing.",
    ]


def test_the_stages_are_measured_from_the_ring(admin_client, call):
    call.record(CallEvent.Name.AGENT_DISPATCHED, RINGING + timedelta(milliseconds=100))
    call.record(CallEvent.Name.AGENT_JOINED, RINGING + timedelta(milliseconds=600))
    for place, latency in enumerate((400, 800, 2400)):
        say(call, "Yes.", after=place, speaker=Turn.Speaker.AGENT, latency_ms=latency)

    html = page_of(admin_client, call)

    assert "<dt>Setup</dt>" in html
    assert ">0.1 + 0.5 + 0.4 s<" in html
    assert "median 0.8 s · 95% under 2.2 s · slowest 2.4 s" in html


def test_the_picture_shows_who_spoke_when_and_what_happened(admin_client, call):
    say(call, "Are you open?", after=2, ended_at=ANSWERED + timedelta(seconds=4))
    say(call, "From nine.", after=5, speaker=Turn.Speaker.AGENT, latency_ms=1000, interrupted=True)
    call.record(CallEvent.Name.TOOL_CALLED, ANSWERED + timedelta(seconds=6), tool="end_call")
    call.finish(ANSWERED + timedelta(seconds=9), ended_by=Call.EndedBy.AGENT, reason=Call.EndReason.AGENT_ENDED)

    html = page_of(admin_client, call)

    assert '<rect class="vp-bar vp-bar-caller vp-bar-speech" x="30.00%" y="74" width="20.00%"' in html
    assert '<rect class="vp-bar vp-bar-agent vp-bar-thinking" x="50.00%" y="40" width="10.00%"' in html
    assert "Agent, 0:06 (interrupted): From nine." in html
    assert "<title>Tool called, 0:07</title>" in html


def test_a_running_call_gives_only_what_is_new(admin_client, call):
    first = say(call, "Are you open?", after=2)
    say(call, "From nine.", after=5, speaker=Turn.Speaker.AGENT)

    html = live(admin_client, call, after=first.pk)
    words = html.split('hx-swap-oob="beforeend:#conversation"')[1]

    assert "From nine." in words
    assert "Are you open?" not in words
    assert "hx-trigger" in html


def test_an_ended_call_stops_asking_and_gives_everything(admin_client, call):
    first = say(call, "Are you open?", after=2)
    call.finish(ANSWERED, ended_by=Call.EndedBy.CALLER, reason=Call.EndReason.CALLER_HUNG_UP)

    html = live(admin_client, call, after=first.pk)

    assert "Are you open?" in html.split('id="conversation"')[1]
    assert "hx-trigger" not in html
    assert "every 2s" not in page_of(admin_client, call)


@pytest.mark.parametrize("after", ["", "-1", "x", "9" * 40])
def test_whatever_a_page_says_it_knows_is_no_error(admin_client, call, after):
    say(call, "Are you open?", after=2)

    assert "Are you open?" in live(admin_client, call, after=after)


def test_what_a_caller_says_is_no_markup_in_the_living_part(admin_client, call):
    say(call, "<script>alert(1)</script>", after=1)

    assert "<script>" not in live(admin_client, call)


def test_the_living_part_costs_the_same_for_two_turns_and_for_twenty(admin_client, django_assert_num_queries, call):
    say(call, "Hm.", after=0)
    live(admin_client, call)
    with django_assert_num_queries(8, exact=False) as few:
        live(admin_client, call)
    for place in range(1, 20):
        say(call, "Hm.", after=place)

    with django_assert_num_queries(len(few.captured_queries)):
        live(admin_client, call)


def test_a_supervisor_ends_a_call_after_confirming(livekit, call):
    client = sign_in_member(call.customer, "supervisor")
    address = reverse("admin:calls_call_end", args=[call.pk])

    assert address in page_of(client, call)
    assert "+1 555 010 0001, 21 Nov 09:00" in client.get(address).content.decode()
    assert livekit.deleted_rooms == []

    end(client, call)
    call.refresh_from_db()
    assert livekit.deleted_rooms == [call.room_name]
    assert call.why_ended == "Ended by supervisor"
    assert "<dd>supervisor (user)</dd>" in page_of(client, call)


def test_a_viewer_may_not_end_a_call(livekit, call):
    client = sign_in_member(call.customer, "viewer")

    assert "End call" not in page_of(client, call)
    assert end(client, call).status_code == 403
    assert livekit.deleted_rooms == []


def test_a_stranger_s_call_does_not_exist(livekit, call):
    call.customer = make_customer("other")
    client = sign_in_member(call.customer, "manager")

    assert end(client, call).status_code == 404
    assert client.get(reverse("admin:calls_call_live", args=[call.pk])).status_code == 404
    assert livekit.deleted_rooms == []


def test_a_refusal_of_livekit_is_said_and_the_call_goes_on(admin_client, livekit, call):
    livekit.always = Failure()

    response = admin_client.post(reverse("admin:calls_call_end", args=[call.pk]), follow=True)

    assert "The call could not be ended: LiveKit refused to delete a room" in response.content.decode()
    call.refresh_from_db()
    assert call.status == Call.Status.ACTIVE
