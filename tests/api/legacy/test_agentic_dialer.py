"""Every request that the older dialer's manual shows, sent as its clients send it, and the answer that they read.

Its requests about calls are not among them: `call/start`, `call/next`, `call/end`, `call/auto-next` and `call/status`
are tested where calls are placed.
"""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from campaigns.models import Campaign, Lead, LeadList
from tests.api.cast import api
from tests.conftest import make_customer

pytestmark = pytest.mark.django_db
LEADS = (
    "prospect_name,company_name,job_title,phone,email,timezone,resource_name\n"
    "Ana Ruiz,Acme,Head of Sales,+16175550100,ana@acme.example,America/New_York,Sarah\n"
)
MODULE = b"""
ENHANCED_DEMANDIFY_CALLER_INSTRUCTIONS = '''
You call for Acme. Be brief.
'''.strip()

SESSION_INSTRUCTION = '''
Hi [Prospect Name], this is [Resource Name].
'''.strip()
"""


@pytest.fixture
def client():
    return api("campaigns:read", "campaigns:write", customer=make_customer())


def upload(client, path="/api/agentic/csv/upload", name="prospects.csv"):
    return client.post(path, {"file": SimpleUploadedFile(name, LEADS.encode())})


def send_form(client, path, body):
    return client.post(path, body, content_type="application/x-www-form-urlencoded")


@pytest.mark.parametrize("path", ["/api/agentic/csv/upload", "/api/csv/upload"])
def test_a_file_is_uploaded_and_its_leads_are_there_at_once(client, path):
    answer = upload(client, path)

    said = answer.json()
    assert (answer.status_code, said["ok"], said["name"], said["created"]) == (200, True, "prospects.csv", 1)
    assert Lead.objects.get().name == "Ana Ruiz"


def test_a_file_is_previewed(client):
    upload(client)

    said = client.get("/api/agentic/csv/preview?name=prospects.csv&limit=10").json()

    header, line = (row.split(",") for row in LEADS.splitlines())
    assert (said["ok"], said["columns"], said["rows"]) == (True, header, [dict(zip(header, line, strict=True))])


def test_a_file_is_selected(client):
    for name in ("first.csv", "prospects.csv"):
        upload(client, name=name)

    said = send_form(client, "/api/agentic/csv/select", "name=prospects.csv").json()

    assert (said["ok"], said["name"], said["active"]) == (True, "prospects.csv", True)
    assert [row.name for row in LeadList.objects.filter(is_active=True)] == ["prospects.csv"]


def test_files_are_listed(client):
    upload(client)

    (file,) = client.get("/api/agentic/csv/list").json()["files"]

    assert (file["name"], file["size"], file["active"], file["mtime"] > 0) == ("prospects.csv", len(LEADS), True, True)


def test_a_file_is_deleted(client):
    upload(client)

    said = client.delete("/api/agentic/csv/prospects.csv").json()

    assert (said["ok"], said["name"], Lead.objects.exists()) == (True, "prospects.csv", False)


def test_campaigns_are_listed(client):
    send_form(client, "/api/agentic/campaigns/legacy/create", "name=Google+Outreach&module=google")

    assert client.get("/api/agentic/campaigns/legacy/list").json() == {
        "ok": True,
        "builtin": [{"name": "Default", "module": "backend.prompts", "builtin": True, "key": "Default (prompts)"}],
        "custom": [{"name": "Google Outreach", "module": "google"}],
    }


def test_a_campaign_is_created_and_updated_by_form(client):
    body = "name=Q4+Sales+Campaign&agent_text=Be+brief.&session_text=Hi+[Prospect+Name].&module=q4_sales"
    assert send_form(client, "/api/agentic/campaigns/legacy/create", body).json()["ok"]
    made = Campaign.objects.get()
    assert (made.module, made.agent_instructions, made.session_instructions) == (
        "q4_sales",
        "Be brief.",
        "Hi [Prospect Name].",
    )

    body = "module=q4_sales&name=Q4+again&agent_text=Be+kind.&session_text=Hello."
    said = send_form(client, "/api/agentic/campaigns/legacy/update", body).json()

    made.refresh_from_db()
    assert said == {"ok": True, "name": "Q4 again", "module": "q4_sales"}
    assert (made.name, made.agent_instructions, made.session_instructions) == ("Q4 again", "Be kind.", "Hello.")


def test_a_campaign_is_created_from_a_prompt_module(client):
    files = {name: SimpleUploadedFile("my_campaign.py", MODULE) for name in ("agent_text", "session_text")}

    answer = client.post("/api/campaigns/legacy/create", {"name": "My Campaign", "module": "my_campaign", **files})

    made = Campaign.objects.get()
    assert answer.json() == {"ok": True, "name": "My Campaign", "module": "my_campaign"}
    assert made.agent_instructions == "You call for Acme. Be brief."
    assert made.session_instructions == "Hi [Prospect Name], this is [Resource Name]."


@pytest.mark.parametrize("path", ["/api/campaigns", "/api/agentic/campaigns"])
def test_campaigns_are_read_with_their_texts(client, path):
    send_form(client, "/api/agentic/campaigns/legacy/create", "name=Google&module=google&agent_text=Be+brief.")

    assert client.get(path).json()["items"] == [
        {"module": "google", "name": "Google", "agent_text": "Be brief.", "session_text": ""}
    ]


def test_prospects_are_shown_page_by_page(client):
    upload(client)

    said = client.get("/api/agentic/prospects?page=1").json()

    assert (said["ok"], said["page"], said["pages"], said["total"]) == (True, 1, 1, 1)
    assert (said["prospects"][0]["index"], said["prospects"][0]["prospect_name"]) == (1, "Ana Ruiz")


def test_a_file_that_is_too_large_is_refused_in_the_older_shape(client, settings):
    settings.LEAD_UPLOAD_LARGEST_BYTES = 50

    answer = upload(client)

    assert (answer.status_code, answer.json()["ok"]) == (413, False)
    assert "at most 50 bytes" in answer.json()["error"]


def test_the_eleventh_upload_of_a_minute_is_refused(client, time_machine):
    time_machine.move_to("2026-11-21T12:00:20Z", tick=False)

    answers = [upload(client) for _ in range(11)]

    assert [answer.status_code for answer in answers] == [200] * 10 + [429]
    assert (answers[10]["Retry-After"], answers[10].json()["ok"]) == ("40", False)


def test_a_request_without_a_key_is_refused_in_the_older_shape(client):
    from django.test import Client

    answer = Client().get("/api/agentic/campaigns/legacy/list")

    assert (answer.status_code, answer.json()["ok"]) == (401, False)
    assert answer.json()["error"] == answer.json()["detail"]
