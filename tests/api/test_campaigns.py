"""The API of campaigns: what is created, changed, started and previewed, and what is refused."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from campaigns.api.campaigns.examples import HOURS, NEW_CAMPAIGN, VARIANT
from campaigns.models import Campaign
from campaigns.models.import_locks import take_turn
from tests.api.cast import V1, api
from tests.blocked import wait_until_blocked
from tests.campaigns.cast import make_campaign, make_lead, make_list, make_ready_campaign
from tests.conftest import make_customer, make_persona

pytestmark = pytest.mark.django_db
AT = f"{V1}/campaigns"


def send(method: str, path: str = "", client=None, **body):
    return getattr(client or api(), method)(f"{AT}{path}", body, content_type="application/json")


def create(**changed):
    make_customer()
    return send("post", **{**NEW_CAMPAIGN, **changed})


def delete_in_a_connection_of_its_own():
    try:
        return send("delete", "/renewals")
    finally:
        connection.close()


def start_it(campaign: Campaign) -> None:
    Campaign.objects.filter(pk=campaign.pk).update(status=Campaign.Status.RUNNING)


def delete_it(campaign: Campaign) -> None:
    campaign.delete()


def errors_of(answer) -> dict[str, str]:
    assert answer.status_code == 400, answer.content
    return {each["field"]: each["message"] for each in answer.json()["errors"]}


def test_a_campaign_is_created_as_a_draft_with_all_that_was_given():
    answer = create(calls_per_second=0.1, starts_on="2027-01-04", concurrency=7)
    campaign = answer.json()

    assert (answer.status_code, answer["Location"]) == (201, f"{AT}/{campaign['id']}")
    assert (campaign["status"], campaign["calling_hours"], campaign["variants"]) == ("draft", HOURS, [VARIANT])
    assert (campaign["calls_per_second"], campaign["starts_on"], campaign["concurrency"]) == (0.1, "2027-01-04", 7)
    assert send("get", "/q4_sales").json() == send("get", f"/{campaign['id']}").json() == campaign


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"module": "../etc"}, "module"),
        ({"module": ""}, "module"),
        ({"calling_hours": [{"days": ["someday"], "from": "09:00", "to": "10:00"}]}, "calling_hours"),
        ({"calling_hours": {"mon": 9}}, "calling_hours"),
        ({"retry": {"bored": {"wait_minutes": 1, "attempts": 1}}}, "retry"),
        ({"starts_on": "2027-02-01", "ends_on": "2027-01-01"}, "ends_on"),
        ({"region": "Texas"}, "region"),
        ({"region": "ZZ"}, "region"),
        ({"time_zone": "Mars/Base"}, "time_zone"),
        ({"concurrency": 0}, "concurrency"),
        ({"calls_per_second": 0}, "calls_per_second"),
        ({"status": "running"}, "status"),
        ({"wording": "x"}, "wording"),
        ({"variants": [VARIANT, VARIANT]}, "variants"),
        ({"persona": "0192f3a0-0000-7000-8000-0000000000ff"}, "persona"),
    ],
)
def test_what_a_campaign_cannot_have_is_refused_by_field(changed, field):
    assert field in errors_of(create(**changed))
    assert not Campaign.objects.exists()


def test_another_customer_s_persona_is_refused():
    theirs = make_persona("Nora", customer=make_customer("other"))

    assert "persona" in errors_of(create(persona=str(theirs.uid)))


def test_a_module_is_taken_once_for_each_customer():
    create()
    other = make_customer("other")

    assert "module" in errors_of(create())
    assert create(customer=other.slug).status_code == 201


def test_a_module_of_two_customers_needs_the_customer():
    make_campaign(customer=make_customer("first"))
    make_campaign(customer=make_customer("second"))

    refused = send("get", "/renewals")

    assert "first, second" in errors_of(refused)["customer"]
    assert send("get", "/renewals?customer=second").json()["customer"] == "second"
    assert send("get", "/renewals?customer=third").status_code == 404


def test_a_module_that_looks_like_an_id_is_found_by_it():
    module = "0192f3a0000070008000000000000099"
    lead = make_lead(make_list(make_campaign(module)))

    assert send("get", f"/{module}").json()["module"] == module
    assert [row["id"] for row in api().get(f"{V1}/leads?campaign={module}").json()["results"]] == [str(lead.pk)]
    assert api("calls:read").get(f"{V1}/calls?campaign={module}").status_code == 200


def test_a_key_of_a_customer_needs_no_customer_and_learns_of_no_other():
    make_campaign(customer=make_customer("first"))
    make_campaign(customer=make_customer("second"))

    assert send("get", "/renewals", api(customer=make_customer("first"))).json()["customer"] == "first"
    assert send("get", "/renewals?customer=second", api(customer=make_customer("first"))).status_code == 404


def test_a_change_leaves_what_was_not_given():
    make_campaign(session_instructions="Hello", concurrency=9)

    changed = send("patch", "/renewals", name="New name", consent_required=True).json()

    assert (changed["name"], changed["consent_required"]) == ("New name", True)
    assert (changed["session_instructions"], changed["concurrency"]) == ("Hello", 9)


@pytest.mark.parametrize("body", [{"module": "other"}, {"customer": "other"}])
def test_a_campaign_keeps_its_module_and_its_customer(body):
    make_campaign()
    make_customer("other")

    assert set(errors_of(send("patch", "/renewals", **body))) == set(body)


def test_a_list_of_variants_replaces_the_one_before_and_keeps_those_of_the_same_name():
    campaign = make_campaign()
    kept = campaign.variants.create(name="short", weight=10)
    campaign.variants.create(name="long")

    shown = send("patch", "/renewals", variants=[VARIANT, {"name": "new"}]).json()["variants"]

    assert [variant["name"] for variant in shown] == ["short", "new"]
    assert (campaign.variants.get(name="short").pk, shown[0]["weight"]) == (kept.pk, 30)


def test_a_refused_variant_leaves_the_whole_campaign_as_it_was():
    make_campaign(name="Old")

    answer = send("patch", "/renewals", name="New", variants=[{"name": "x", "weight": 5_000}])

    assert (answer.status_code, Campaign.objects.get().name) == (400, "Old")


def test_a_campaign_is_started_paused_resumed_and_stopped():
    make_ready_campaign()

    statuses = [send("post", f"/renewals/{verb}").json()["status"] for verb in ("start", "pause", "resume", "stop")]

    assert statuses == ["running", "paused", "running", "finished"]


def test_a_campaign_that_is_not_ready_is_a_conflict_that_names_what_is_in_the_way():
    make_campaign()

    refused = send("post", "/renewals/start")

    assert (refused.status_code, refused.json()["code"]) == (409, "not_ready")
    assert [finding["code"] for finding in refused.json()["findings"]] == ["no_persona", "no_leads", "no_trunk"]


def test_a_verb_that_the_status_does_not_allow_is_a_conflict_that_says_why():
    make_campaign()

    refused = send("post", "/renewals/pause")

    assert refused.status_code == 409
    assert "must be running" in refused.json()["detail"]


def test_the_reason_and_the_key_are_kept_with_the_status():
    make_campaign(status="running")

    shown = send("post", "/renewals/pause", api(name="nightly"), reason="Wrong\nscript").json()

    assert shown["status_reason"] == "Wrong script"
    assert Campaign.objects.get().status_by == "API key “nightly”"


@pytest.mark.parametrize("values", [{"status": "running"}, {"status": "paused"}])
def test_a_campaign_with_leads_and_one_that_runs_are_not_deleted(values):
    campaign = make_campaign(**values)
    if campaign.status != "running":
        make_lead(make_list(campaign))

    assert send("delete", "/renewals").status_code == 409
    assert Campaign.objects.exists()


def test_a_campaign_without_leads_is_deleted():
    make_list(make_campaign())

    assert send("delete", "/renewals").status_code == 204
    assert not Campaign.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("meanwhile", "status"), [(start_it, 409), (delete_it, 404)])
def test_what_happens_to_a_campaign_while_its_deletion_waits_counts(meanwhile, status):
    campaign = make_campaign()
    with ThreadPoolExecutor(1) as threads, transaction.atomic():
        take_turn(campaign.pk)  # as each deletion does before it locks a row
        Campaign.objects.select_for_update().get(pk=campaign.pk)
        answer = threads.submit(delete_in_a_connection_of_its_own)
        wait_until_blocked()
        meanwhile(campaign)

    assert answer.result().status_code == status


@pytest.mark.django_db(transaction=True)
def test_a_deletion_waits_for_the_batch_that_an_import_writes():
    campaign = make_campaign()
    with ThreadPoolExecutor(1) as threads, transaction.atomic():
        take_turn(campaign.pk)
        answer = threads.submit(delete_in_a_connection_of_its_own)
        wait_until_blocked()
        make_lead(make_list(campaign))

    assert answer.result().status_code == 409


def test_a_preview_speaks_to_a_lead_and_reports_what_is_missing():
    lead = make_lead(
        make_list(make_campaign(session_instructions="Hi {{ prospect_name }}, {{ company_name }}, {{ shoe }}"))
    )

    shown = send("post", "/renewals/preview", lead=str(lead.pk)).json()

    assert shown["session_instructions"].startswith("Hi Ana Ruiz")
    assert [(each["placeholder"], each["kind"]) for each in shown["findings"]] == [
        ("company_name", "missing_value"),
        ("shoe", "unknown_placeholder"),
    ]


def test_a_preview_for_a_person_made_up_takes_columns_of_any_name():
    make_campaign(session_instructions="Hi {{ name }}, size {{ Shoe size }}")

    shown = send("post", "/renewals/preview", lead={"prospect_name": "Bob Stone", "shoe size": "43"}).json()

    assert shown["session_instructions"] == "Hi Bob Stone, size 43"


def test_a_preview_hears_the_lead_s_variant():
    campaign = make_campaign(session_instructions="Long")
    campaign.variants.create(name="short", session_instructions="Short", weight=100)

    shown = send("post", "/renewals/preview", lead=str(make_lead(make_list(campaign)).pk)).json()

    assert (shown["variant"], shown["session_instructions"]) == ("short", "Short")


@pytest.mark.parametrize("lead", ["0192f3a0-0000-7000-8000-0000000000ff", "5", 5, None, [], {"prospect_name": 5}])
def test_a_preview_without_such_a_lead_is_refused(lead):
    make_campaign()

    assert "lead" in errors_of(send("post", "/renewals/preview", lead=lead))


def test_campaigns_are_filtered_by_status_and_customer():
    make_campaign(status="running")
    make_campaign(customer=make_customer("other"), status="paused")

    running = send("get", "?status=running").json()["results"]
    others = send("get", "?customer=other").json()["results"]

    assert ([each["status"] for each in running], [each["status"] for each in others]) == (["running"], ["paused"])
    assert send("get", "?status=asleep").status_code == 400


def test_more_campaigns_cost_no_more_queries(django_assert_max_num_queries):
    for n in range(12):
        make_campaign(f"c{n}").variants.create(name="short")

    with django_assert_max_num_queries(8):
        assert len(send("get").json()["results"]) == 12
