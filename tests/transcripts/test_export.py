"""Is an export one line of JSON a call, named as in the API, complete, and of these calls only?"""

import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from calls.models import Call, CallEvent
from tests.calls.admin.test_call import ANSWERED, RINGING, make_call, say
from tests.campaigns.cast import make_lead
from tests.conftest import ANA, make_customer, make_key, make_number, make_persona
from transcripts import export
from transcripts.export import export_calls
from transcripts.models import Turn

pytestmark = pytest.mark.django_db
LEO = "+4930901820"


@pytest.fixture
def call(clinic) -> Call:
    call = make_call()
    call.answer(ANSWERED)
    say(call, "Hello, this is Nora.", after=1, speaker=Turn.Speaker.AGENT)
    say(call, "It's Ana Ruiz of Acme, 617-555-0101.", after=3)
    call.record(CallEvent.Name.DO_NOT_CALL, ANSWERED, said="never call +16175550101")
    return call


@pytest.fixture
def berlin(db) -> Call:
    leo = make_persona("Leo", customer=make_customer("berlin", region="DE"))
    make_number(LEO, persona=leo)
    call = make_call("berlin", dialed=LEO, at=RINGING - timedelta(days=4))
    say(call, "Guten Tag.", after=1)
    return call


def lines(calls=None, **options) -> list[dict]:
    text = "".join(export_calls(Call.objects.all() if calls is None else calls, **options))
    assert text == "" or text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def test_a_line_has_what_the_api_says_of_a_call_and_its_transcript(call, client):
    key = {"Authorization": f"Api-Key {make_key('calls:read', customer=call.customer)}"}
    of_call = client.get(f"/api/v1/calls/{call.pk}", headers=key).json()
    transcript = client.get(f"/api/v1/calls/{call.pk}/transcript", headers=key).json()

    assert lines() == [{**of_call, **transcript}]


def test_times_are_in_utc_wherever_the_page_is(call):
    with timezone.override("Asia/Tokyo"):
        (line,) = lines()

    assert line["queued_at"] == "2026-11-21T09:00:00Z"
    assert line["turns"][0]["started_at"] == "2026-11-21T09:00:02Z"


def test_the_oldest_call_comes_first(call, berlin):
    assert [line["id"] for line in lines()] == [str(berlin.pk), str(call.pk)]


def test_a_word_that_ends_lines_elsewhere_ends_none_here(call):
    words = "One\u2028two\u2029three\x85four\nfive “zażółć”"
    Turn.objects.filter(speaker="caller").update(text=words)

    (line,) = lines()

    assert line["turns"][1]["text"] == words


def test_redacted_nothing_of_the_person_is_in_the_file(call):
    call.lead = make_lead(name="Ana Ruiz", company="Acme, Inc.")
    call.name = "Ana Ruiz"
    call.save(update_fields=["lead", "name"])
    Call.objects.update(brief={**call.brief, "params": {"tier": "gold for Ana"}})

    (line,) = lines(redacted=True)

    assert [turn["text"] for turn in line["turns"]] == ["Hello, this is Nora.", "It's [name] of [name], [phone]."]
    assert (line["phone"], line["name"], line["params"], line["room_name"]) == ("[phone]", "[name]", {}, "")
    assert line["events"][-1]["data"] == {"said": "never call [phone]"}
    assert not [word for word in ("Ana", "Ruiz", "Acme", "6175550101", ANA) if word in json.dumps(line)]
    assert line["id"] == str(call.pk)


def test_more_calls_cost_no_more_queries_until_a_piece_is_full(call, berlin, django_assert_num_queries, monkeypatch):
    with django_assert_num_queries(3):
        assert len(lines()) == 2
    monkeypatch.setattr(export, "BATCH", 1)
    with django_assert_num_queries(5):
        assert len(list(export_calls(Call.objects.all()))) == 2


# -- the command


def run(tmp_path, *arguments) -> list[str]:
    file = tmp_path / "calls.jsonl"
    call_command("export_transcripts", *arguments, "--output", str(file))
    return [json.loads(line)["id"] for line in file.read_text(encoding="utf-8").split("\n")[:-1]]


def test_the_command_writes_one_customers_calls_and_no_others(call, berlin, tmp_path):
    assert run(tmp_path) == [str(berlin.pk), str(call.pk)]
    assert run(tmp_path, "--customer", "berlin") == [str(berlin.pk)]
    assert run(tmp_path, "--customer", "berlin", "--persona", "nora") == []


def test_the_command_narrows_by_campaign_persona_and_time(call, berlin, tmp_path):
    lead = make_lead()
    Call.objects.filter(pk=call.pk).update(campaign=lead.campaign)

    assert run(tmp_path, "--campaign", lead.campaign.module) == [str(call.pk)]
    assert run(tmp_path, "--persona", "leo") == run(tmp_path, "--persona", str(berlin.persona.uid)) == [str(berlin.pk)]
    assert run(tmp_path, "--since", "2026-11-18") == [str(call.pk)]
    assert run(tmp_path, "--until", "2026-11-21T09:00:00Z") == [str(berlin.pk)]


def test_test_calls_are_left_out_unless_asked_for(call, tmp_path):
    Call.objects.update(simulated=True)

    assert run(tmp_path) == []
    assert run(tmp_path, "--test-calls") == [str(call.pk)]


def test_without_a_file_the_lines_are_printed(call, capsys):
    call_command("export_transcripts", "--redact")

    assert json.loads(capsys.readouterr().out)["phone"] == "[phone]"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--customer", "nowhere"], "There is no customer 'nowhere'."),
        (["--campaign", "nothing"], "There is no campaign 'nothing'."),
        (["--persona", "x"], "There is no persona 'x'."),
        (["--since", "yesterday"], "'yesterday' is no day or time"),
    ],
)
def test_what_does_not_exist_is_said(arguments, said):
    with pytest.raises(CommandError, match=said):
        call_command("export_transcripts", *arguments)
