"""How do people look at calls?"""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from calls.admin.event_words import describe_facts
from calls.inbound.opening import Arrival, open_inbound_call
from calls.models import Call, CallEvent, WebhookDelivery
from tests.conftest import ANA, CLINIC, make_customer, make_number, make_persona, sign_in_member
from transcripts.models import Turn, save_turn
from transcripts.spoken_turn import Speaker, SpokenTurn
from voiceplatform.formats import format_elapsed, format_tenths

RINGING = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
ANSWERED = RINGING + timedelta(seconds=1)
LIST = "/admin/calls/call/"


def make_call(room: str = "room-1", *, dialed: str = CLINIC, caller: str = ANA, at: datetime = RINGING) -> Call:
    return open_inbound_call(Arrival(room_name=room, caller=caller, dialed=dialed), at)


@pytest.fixture
def call(clinic) -> Call:
    call = make_call()
    call.answer(ANSWERED)
    call.refresh_from_db()
    return call


def say(call: Call, text: str, *, after: float, speaker: Speaker = Speaker.CALLER, **values) -> Turn:
    return save_turn(
        call,
        SpokenTurn(
            item_id=f"item-{after}",
            speaker=speaker,
            text=text,
            started_at=ANSWERED + timedelta(seconds=after),
            **values,
        ),
    )


def page_of(client: Client, call: Call) -> str:
    return client.get(reverse("admin:calls_call_change", args=[call.pk])).content.decode()


def found(client: Client, **query) -> list[Call]:
    return list(client.get(LIST, query).context["cl"].result_list)


def test_the_conversation_is_shown_with_names_times_and_latency(admin_client, call):
    say(call, "Are you open on Saturday?", after=7)
    say(call, "From nine to noon.", after=9, speaker=Turn.Speaker.AGENT, latency_ms=840, interrupted=True)

    html = page_of(admin_client, call)

    assert "<b>Caller</b> 0:07" in html
    assert "<b>Nora</b> 0:09 · 0.8 s response · interrupted by caller" in html
    assert html.index("Are you open on Saturday?") < html.index("From nine to noon.")


def test_what_a_lost_connection_cut_off_is_marked_where_it_was_cut_and_where_it_was_said_again(admin_client, call):
    say(call, "From nine", after=9, speaker=Turn.Speaker.AGENT, cut_off=True)
    say(call, "From nine to noon.", after=12, speaker=Turn.Speaker.AGENT, resumed=True)
    call.record(CallEvent.Name.MODEL_RECONNECTED, ANSWERED, after_ms=310)
    call.record(CallEvent.Name.SPEECH_REPEATED, ANSWERED, what="answer", continued=False)

    html = page_of(admin_client, call)

    assert "<b>Nora</b> 0:09 · cut off, connection lost" in html
    assert "From nine …" in html
    assert "<b>Nora</b> 0:12 · said again" in html
    assert "Model reconnected" in html
    assert describe_facts("speech_repeated", {"what": "answer", "continued": False}) == [
        "Answer to the caller",
        "from the start",
    ]


def test_what_a_caller_says_is_never_markup(admin_client, call):
    say(call, "<script>alert('x')</script><img src=x onerror=alert(1)>", after=1)
    call.record(CallEvent.Name.TOOL_CALLED, ANSWERED, tool="<script>evil()</script>")

    html = page_of(admin_client, call)

    assert "&lt;script&gt;alert(&#x27;x&#x27;)&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;" in html
    assert "<script>alert" not in html
    assert "<script>evil" not in html


def test_a_hostile_caller_id_is_never_markup(admin_client, clinic):
    call = make_call(caller="<script>alert(1)</script>")

    assert "<script>alert(1)" not in page_of(admin_client, call)
    assert "<script>alert(1)" not in admin_client.get(LIST).content.decode()


def test_the_timeline_counts_from_the_ring(admin_client, call):
    call.record(CallEvent.Name.FIRST_WORD, ANSWERED + timedelta(seconds=2), latency_ms=2000)

    html = page_of(admin_client, call)

    assert html.index("<b>Ringing</b>") < html.index("<b>Answered</b>") < html.index("<b>First response</b>")
    assert ">0:03.0</time>" in html
    assert "latency: 2.00 s" in html
    assert "<dt>Time to first response</dt>" in html


def test_the_page_says_why_this_persona_answers(admin_client, db):
    make_number(CLINIC, persona=make_persona("Leo", publish=False))

    html = page_of(admin_client, make_call())

    assert "Generic assistant (no persona is assigned)" in html
    assert "Leo is not published" in html


def test_the_page_shows_what_the_agent_was_told_and_what_livekit_said(admin_client, call):
    WebhookDelivery.objects.create(
        event_id="EV_1",
        name="participant_joined",
        room_name="room-1",
        body={},
        received_at=RINGING,
        outcome="call_opened",
    )

    html = page_of(admin_client, call)

    assert "You answer for Riverside Clinic." in html
    assert "participant_joined" in html
    assert "Call started, agent requested" in html


@pytest.mark.parametrize("written", ["+1 555 010 0001", "(555) 010-0001", "001 555.010.0001", "5550100001"])
def test_a_call_is_found_by_its_phone_in_any_format(admin_client, call, written):
    make_call("room-2", caller="+15557770000")

    assert found(admin_client, q=written) == [call]


def test_a_call_is_found_by_id_and_by_room(admin_client, call):
    make_call("other")

    assert found(admin_client, q=str(call.pk)) == found(admin_client, q="room-1") == [call]


def test_the_filters_answer_what_failed_today(admin_client, clinic, time_machine):
    time_machine.move_to(RINGING + timedelta(hours=2))
    yesterday, failed, fine = make_call("a", at=RINGING - timedelta(days=1)), make_call("b"), make_call("c")
    for call in (yesterday, failed):
        call.finish(
            RINGING, ended_by=Call.EndedBy.SYSTEM, reason=Call.EndReason.MODEL_FAILED, result=Call.Result.FAILED
        )

    assert found(admin_client, when="failed_today") == [failed]
    assert set(found(admin_client, when="today")) == {failed, fine}
    assert found(admin_client, when="now") == [fine]


def test_the_list_names_the_persona_as_it_was_in_the_call(admin_client, nora, call):
    nora.name = "Nina"
    nora.save(update_fields=["name"])

    assert "Nora v1" in admin_client.get(LIST).content.decode()


def test_the_list_costs_the_same_for_two_calls_and_for_twenty(admin_client, django_assert_num_queries, clinic):
    for n in range(2):
        make_call(f"room-{n}")
    admin_client.get(LIST)
    with django_assert_num_queries(15, exact=False) as few:
        admin_client.get(LIST)
    for n in range(2, 20):
        make_call(f"room-{n}")

    with django_assert_num_queries(len(few.captured_queries)):
        admin_client.get(LIST)


def test_the_page_costs_the_same_for_two_turns_and_for_twenty(admin_client, django_assert_num_queries, call):
    for n in range(2):
        say(call, "Hm.", after=n)
    page_of(admin_client, call)
    with django_assert_num_queries(20, exact=False) as few:
        page_of(admin_client, call)
    for n in range(2, 20):
        say(call, "Hm.", after=n, latency_ms=500)

    with django_assert_num_queries(len(few.captured_queries)):
        page_of(admin_client, call)


def test_a_call_cannot_be_edited(admin_client, call):
    address = reverse("admin:calls_call_change", args=[call.pk])

    assert admin_client.post(address, {"phone": "+15550000000"}).status_code == 403
    assert admin_client.get("/admin/calls/call/add/").status_code == 403


def test_members_see_their_customer_s_calls_only(call):
    make_number("+15551239999", persona=make_persona("Leo", customer=make_customer("other")))
    foreign = make_call("room-2", dialed="+15551239999")
    client = sign_in_member(call.customer, "viewer", name="vera")

    assert found(client) == [call]
    assert "Leo" not in client.get(LIST).content.decode()
    assert client.get(reverse("admin:calls_call_change", args=[foreign.pk])).status_code == 302
    assert client.get("/admin/calls/webhookdelivery/").status_code == 403


def test_a_delivery_shows_its_body_escaped(admin_client, db):
    delivery = WebhookDelivery.objects.create(
        event_id="EV_1", name="room_started", body={"name": "<script>alert(1)</script>"}
    )

    html = admin_client.get(reverse("admin:calls_webhookdelivery_change", args=[delivery.pk])).content.decode()

    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>alert(1)" not in html


@pytest.mark.parametrize(("passed", "written"), [(7, "0:07"), (750, "12:30"), (3723, "1:02:03"), (-2, "−0:02")])
def test_a_span_is_written_as_people_write_it(passed, written):
    assert format_elapsed(timedelta(seconds=passed)) == written


@pytest.mark.parametrize(
    ("passed", "written"),
    [(0, "0:00.0"), (0.42, "0:00.4"), (59.97, "1:00.0"), (3723.1, "1:02:03.1"), (-1.5, "−0:01.5")],
)
def test_an_event_s_offset_is_written_to_a_tenth(passed, written):
    assert format_tenths(timedelta(seconds=passed)) == written


def test_facts_of_an_event_become_phrases():
    facts = {"source": "number", "after_ring_ms": 1050, "will_retry": False, "after_seconds": 15, "reason": ""}

    assert describe_facts("persona_loaded", facts) == [
        "Routed by phone number",
        "1.05 s after first ring",
        "not retried",
        "after: 15 s",
    ]


@pytest.mark.parametrize("data", [["odd"], "odd", {"source": ["odd"]}, {"after_ring_ms": "odd"}, {"result": 7}])
def test_facts_of_an_unknown_shape_are_shown_as_they_are(data):
    assert describe_facts("other", data)


def test_deliveries_are_found_by_their_room_without_looking_through_the_table(admin_client):
    WebhookDelivery.objects.create(event_id="EV_1", name="room_finished", room_name="call_1", body={})
    WebhookDelivery.objects.create(event_id="EV_2", name="room_finished", room_name="call_12", body={})

    with CaptureQueriesContext(connection) as asked:
        html = admin_client.get("/admin/calls/webhookdelivery/?q=call_1&name=room_finished").content.decode()

    assert "call_1<" in html
    assert "call_12" not in html
    assert not [query for query in asked.captured_queries if "DISTINCT" in query["sql"] or "UPPER" in query["sql"]]
