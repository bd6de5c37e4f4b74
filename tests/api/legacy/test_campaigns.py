"""Campaigns over the older dialer's endpoints: names, texts from files, refusals."""

from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from campaigns.models import Campaign
from tests.api.cast import api
from tests.api.legacy.cast import OLDER, dialer, send
from tests.campaigns.cast import make_campaign
from tests.conftest import make_customer

pytestmark = pytest.mark.django_db
CREATE, UPDATE = "campaigns/legacy/create", "campaigns/legacy/update"


def file(content: bytes, name: str = "google.py") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_a_campaign_without_a_module_gets_one_of_its_name():
    assert send(dialer(), CREATE, name="Q4 Sales!").json()["module"] == "q4_sales"


def test_a_name_without_a_letter_needs_a_module():
    answer = send(dialer(), CREATE, name="電話")

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "module")


@pytest.mark.parametrize("module", ["backend.campaigns_prompts.google", "campaigns_prompts.google", "google.py"])
def test_a_module_may_be_written_with_its_package(module):
    send(dialer(), CREATE, name="Google", module=module)

    assert send(dialer(), UPDATE, module=module, name="Again").json() == {
        "ok": True,
        "name": "Again",
        "module": "google",
    }


def test_only_what_is_given_is_changed():
    made = make_campaign("google", agent_instructions="Be kind.", session_instructions="Hello.")

    send(dialer(), UPDATE, module="google", session_text="Good day.")

    made.refresh_from_db()
    assert (made.name, made.agent_instructions, made.session_instructions) == ("Google", "Be kind.", "Good day.")


@pytest.mark.parametrize("module", ["backend.prompts", "Default (prompts)", "default"])
def test_the_campaign_that_is_always_there_is_updated_and_never_created(module):
    assert send(dialer(), CREATE, name="Mine", module=module).status_code == 409
    assert send(dialer(), UPDATE, module=module, agent_text="Be brief.").json()["module"] == "backend.prompts"

    made = Campaign.objects.get()
    assert (made.is_built_in, made.agent_instructions) == (True, "Be brief.")


def test_a_name_that_would_be_the_module_of_that_campaign_needs_another_module():
    assert send(dialer(), CREATE, name="Default").status_code == 409


def test_a_second_campaign_of_a_module_is_refused():
    make_campaign("google")

    answer = send(dialer(), CREATE, name="Google", module="google")

    assert (answer.status_code, answer.json()["ok"]) == (409, False)
    assert "There is a campaign google already." in answer.json()["error"]


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"module": "google"}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"name": "Google", "module": "no spaces"}, "module"),
        ({"name": "Google", "module": "../google"}, "module"),
        ({"name": "Google", "agent_text": "x" * 40_001}, "agent_text"),
    ],
)
def test_a_wrong_field_is_named(values, field):
    answer = send(dialer(), CREATE, **values)

    assert (answer.status_code, answer.json()["errors"][0]["field"], answer.json()["ok"]) == (400, field, False)
    assert not Campaign.objects.exists()


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"X = 1\nSESSION_INSTRUCTION = f'Hi {X}'", "google.py", "google.py:2: an f-string"),
        (b"import os", "google.py", "google.py: there is no constant SESSION_INSTRUCTION"),
        (b"SESSION_INSTRUCTION = ", "google.py", "google.py:1: this is not Python"),
        (b"\xff\xfe", "script.txt", "script.txt is not UTF-8 text"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_its_line(content, name, said):
    answer = send(dialer(), CREATE, name="Google", session_text=file(content, name))

    assert answer.status_code == 400
    assert said in answer.json()["error"]


def test_a_text_file_is_taken_as_it_is():
    send(dialer(), CREATE, name="Google", session_text=file("\ufeffHi,\r\n[Prospect Name]".encode(), "script.txt"))

    assert Campaign.objects.get().session_instructions == "Hi,\n[Prospect Name]"


def test_a_module_is_never_run(tmp_path):
    trace = tmp_path / "trace"
    module = f"open({str(trace)!r}, 'w')\nENHANCED_DEMANDIFY_CALLER_INSTRUCTIONS = 'Be kind.'".encode()

    send(dialer(), CREATE, name="Google", agent_text=file(module))

    assert Campaign.objects.get().agent_instructions == "Be kind."
    assert not trace.exists()


def test_a_form_that_is_too_large_is_refused():
    body = urlencode({"name": "Google", "agent_text": "x" * 2_500_000})

    answers = [
        dialer().post(f"{OLDER}/{CREATE}", body, content_type="application/x-www-form-urlencoded"),
        send(dialer(name="other"), CREATE, name="Google", agent_text="x" * 2_500_001),
    ]

    assert [(answer.status_code, answer.json()["ok"]) for answer in answers] == [(413, False), (413, False)]


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        ("&".join(f"f{n}=1" for n in range(2_001)), "application/x-www-form-urlencoded", 400),
        ("name=Google", "application/x-www-form-urlencoded; charset=klingon", 200),
        ("name=Google", "multipart/form-data", 400),
        ("name=Google", "multipart/form-data; boundary=x", 400),
        ("{}", "application/json", 415),
        ("name=%ff", "application/x-www-form-urlencoded", 400),
    ],
)
def test_a_strange_body_is_no_failure_of_ours(body, content_type, status):
    answer = dialer().generic("POST", f"{OLDER}/{CREATE}", body, content_type=content_type)

    assert (answer.status_code, answer.json()["ok"]) == (status, status == 200)


def test_another_customer_s_campaign_does_not_exist():
    make_campaign("google")
    stranger = api(customer=make_customer("harbor"))

    assert send(stranger, UPDATE, module="google", name="Mine").status_code == 404
    assert stranger.get(f"{OLDER}/campaigns/legacy/list").json()["custom"] == []
    assert stranger.get(f"{OLDER}/campaigns").json()["items"] == []


def test_a_key_for_all_customers_names_the_customer(all_customers):
    for slug in ("riverside", "harbor"):
        make_campaign("google", customer=make_customer(slug), name=slug.title())

    refused = all_customers.get(f"{OLDER}/campaigns/legacy/list")
    named = all_customers.get(f"{OLDER}/campaigns/legacy/list?customer=harbor")
    changed = send(all_customers, UPDATE, module="google", name="Mine", customer="harbor")

    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "customer")
    assert named.json()["custom"] == [{"name": "Harbor", "module": "google"}]
    assert (changed.status_code, Campaign.objects.get(name="Mine").customer.slug) == (200, "harbor")
    assert all_customers.get(f"{OLDER}/campaigns/legacy/list?customer=missing").status_code == 404


def test_a_repeated_request_creates_once():
    client = dialer()

    answers = [
        client.post(f"{OLDER}/{CREATE}", {"name": "Google"}, headers={"Idempotency-Key": "one"}) for _ in range(2)
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert (answers[1]["Idempotency-Replayed"], Campaign.objects.count()) == ("true", 1)
