"""The API of leads and lists: leads are read as a lead file is, and found by what people know of them."""

import pytest

from campaigns.api.leads import filters
from campaigns.api.leads.examples import NEW_LEAD
from campaigns.models import Lead, LeadList, lead
from tests.api.cast import V1, api
from tests.campaigns.cast import BOSTON, make_campaign, make_lead, make_list
from tests.campaigns.entries import add
from tests.campaigns.imports.cast import upload
from tests.conftest import make_customer
from voiceplatform.jobs.job import Job
from voiceplatform.jobs.running import run

pytestmark = pytest.mark.django_db
AT, LISTS = f"{V1}/leads", f"{V1}/lead-lists"
NOWHERE = "0192f3a0-0000-7000-8000-0000000000ff"


def send(method: str, path: str, client=None, **body):
    return getattr(client or api(), method)(path, body, content_type="application/json")


def create(client=None, **changed):
    values = {**NEW_LEAD, **changed}
    return send("post", AT, client, **{field: value for field, value in values.items() if value is not ...})


def found(query: str, client=None) -> list[str]:
    answer = (client or api()).get(f"{AT}{query}")
    assert answer.status_code == 200, answer.content
    return [each["phone"] for each in answer.json()["results"]]


def errors_of(answer) -> dict[str, str]:
    assert answer.status_code == 400, answer.content
    return {each["field"]: each["message"] for each in answer.json()["errors"]}


def test_a_lead_is_read_as_a_row_of_a_file_is():
    leads = make_list(make_campaign())
    make_lead(leads)

    answer = create(country="Vereinigte Staaten", time_zone="Eastern", consent_on="2026-11-02")
    lead = answer.json()

    assert (answer.status_code, answer["Location"]) == (201, f"{AT}/{lead['id']}")
    assert (lead["phone"], lead["country"], lead["time_zone"]) == ("+16175550143", "US", "America/New_York")
    assert (lead["list"], lead["position"], lead["state"]) == (str(leads.uid), 2, "new")
    assert (lead["extra"], lead["region"], lead["consent_on"]) == ({"Plan": "Basic"}, "MA", "2026-11-02")
    assert api().get(f"{AT}/{lead['id']}").json() == lead
    assert "US-MA" in Lead.objects.get(pk=lead["id"]).place.regions


def test_a_campaign_without_a_list_gets_one():
    make_campaign()

    assert create().status_code == 201
    assert LeadList.objects.get().is_active


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"phone": "12"}, "phone"),
        ({"phone": "ask reception"}, "phone"),
        ({"phone": ...}, "phone"),
        ({"campaign": "nothing"}, "campaign"),
        ({"list": NOWHERE}, "list"),
        ({"list": "prospects.csv"}, "list"),
        ({"extra": {"Plan": 5}}, "extra"),
        ({"extra": "Plan"}, "extra"),
        ({"state": "done"}, "state"),
        ({"shoe": "43"}, "shoe"),
        ({"consent_on": "soon"}, "consent_on"),
    ],
)
def test_what_a_lead_cannot_have_is_refused_by_field(changed, field):
    make_list(make_campaign())

    assert field in errors_of(create(**changed))
    assert not Lead.objects.exists()


def test_a_number_that_the_campaign_has_is_a_conflict():
    make_lead(make_list(make_campaign()), "+16175550143")

    assert create().status_code == 409


def test_a_listed_number_is_added_and_stopped():
    make_campaign()
    add("+16175550143")

    lead = create().json()

    assert (lead["state"], lead["stop_reason"], lead["do_not_call"]) == ("stopped", "do_not_call", True)


def test_a_campaign_of_two_customers_needs_the_customer():
    make_campaign()
    make_campaign(customer=make_customer("other"))

    assert "customer" in errors_of(create(customer=...))
    assert create(customer="other").json()["customer"] == "other"
    assert create(client=api(customer=make_customer()), customer=...).json()["customer"] == "riverside"


def test_a_change_leaves_what_was_not_given():
    lead = make_lead(make_list(make_campaign()), BOSTON, company="Acme", extra={"Plan": "Basic"}, email="a@example.org")

    changed = send("patch", f"{AT}/{lead.pk}", company="", title="Buyer").json()

    assert (changed["company"], changed["title"], changed["email"]) == ("", "Buyer", "a@example.org")
    assert (changed["extra"], changed["phone"], changed["name"]) == ({"Plan": "Basic"}, BOSTON, "Ana Ruiz")
    assert send("patch", f"{AT}/{lead.pk}", extra={"Size": "43"}).json()["extra"] == {"Size": "43"}


def test_another_number_moves_the_lead_and_is_held_against_the_do_not_call_list():
    lead = make_lead(make_list(make_campaign()), BOSTON)
    add("+13125550142")

    changed = send("patch", f"{AT}/{lead.pk}", phone="(312) 555-0142", time_zone="").json()

    assert (changed["phone"], changed["time_zone"]) == ("+13125550142", "America/Chicago")
    assert (changed["state"], changed["do_not_call"]) == ("stopped", True)


def test_another_lead_s_number_is_a_conflict():
    leads = make_list(make_campaign())
    make_lead(leads, "+16175550143")
    lead = make_lead(leads)

    assert send("patch", f"{AT}/{lead.pk}", phone="617 555 0143").status_code == 409


@pytest.mark.parametrize("body", [{"campaign": "other"}, {"list": NOWHERE}, {"customer": "other"}])
def test_a_lead_stays_where_it_is(body):
    lead = make_lead()

    assert set(errors_of(send("patch", f"{AT}/{lead.pk}", **body))) == set(body)


def test_a_lead_is_deleted_unless_it_is_in_a_call():
    leads = make_list()
    free, in_call = make_lead(leads), make_lead(leads, state="calling")

    assert send("delete", f"{AT}/{free.pk}").status_code == 204
    assert send("delete", f"{AT}/{in_call.pk}").status_code == 409
    assert list(Lead.objects.all()) == [in_call]


def test_leads_are_filtered_by_campaign_list_state_and_number():
    first, second = make_list(make_campaign()), make_list(make_campaign("winback"))
    make_lead(first, BOSTON)
    make_lead(first, "+13125550142", state="done")
    make_lead(second, "+14155550123")

    assert found("?campaign=renewals") == [BOSTON, "+13125550142"]
    assert found(f"?campaign={second.campaign.uid}") == found(f"?list={second.uid}") == ["+14155550123"]
    assert found("?campaign=renewals&state=done") == ["+13125550142"]
    assert found("?phone=(617) 555-0100") == [BOSTON]
    assert found("?campaign=nothing") == []


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("ruiz", ["Ana Ruiz"]),
        ("acme", ["Ana Ruiz", "Bob Lee"]),
        ("bob@", ["Bob Lee"]),
        ("(617) 555-0100", ["Ana Ruiz"]),
        ("0142", ["Bob Lee"]),
        ("zoe", []),
        ("", ["Ana Ruiz", "Bob Lee"]),
    ],
)
def test_leads_are_searched_by_words_and_numbers(typed, names):
    leads = make_list(make_campaign())
    make_lead(leads, BOSTON, company="Acme")
    make_lead(leads, "+13125550142", name="Bob Lee", company="Acme", email="bob@example.org")

    answer = api().get(AT, {"search": typed})

    assert [each["name"] for each in answer.json()["results"]] == names


def test_a_search_is_for_readers_and_finds_only_their_customer_s_leads():
    make_lead(name="Ana")
    stranger = api(customer=make_customer("other"))

    assert found("?search=ana", stranger) == []
    assert api("calls:read").get(f"{AT}?search=ana").status_code == 403


def test_a_search_that_matches_too_many_leads_is_refused(monkeypatch):
    monkeypatch.setattr(filters, "MOST_FOUND", 1)
    first, second = make_list(make_campaign()), make_list(make_campaign("winback"))
    make_lead(first, BOSTON)
    make_lead(second)

    assert "More than 1 leads" in errors_of(api().get(f"{AT}?search=ana"))["search"]
    assert found("?search=ana&campaign=renewals") == [BOSTON]


@pytest.mark.parametrize("query", ["?phone=abc", "?state=gone", "?list=5", "?campain=renewals", "?search=%00"])
def test_a_filter_that_cannot_be_is_refused(query):
    assert api().get(f"{AT}{query}").status_code == 400


def test_another_customer_s_leads_and_lists_do_not_exist():
    lead = make_lead()
    stranger = api(customer=make_customer("other"))

    assert found("?campaign=renewals", stranger) == found("", stranger) == []
    assert stranger.get(f"{AT}?list={lead.lead_list.uid}").status_code == 400
    assert stranger.get(f"{LISTS}/{lead.lead_list.uid}").status_code == 404


def test_pages_of_leads_cost_no_more_queries_for_more_rows(django_assert_max_num_queries):
    leads = make_list()
    for _ in range(12):
        make_lead(leads)

    with django_assert_max_num_queries(8):
        assert len(found("")) == 12


def test_a_list_is_renamed_and_becomes_the_active_one():
    campaign = make_campaign()
    first, second = make_list(campaign), make_list(campaign, "november.csv")

    shown = send("patch", f"{LISTS}/{second.uid}", name="November", active=True).json()

    assert (shown["name"], shown["active"], shown["campaign"]) == ("November", True, "renewals")
    assert not LeadList.objects.get(pk=first.pk).is_active
    assert [each["name"] for each in api().get(f"{LISTS}?active=true").json()["results"]] == ["November"]
    assert send("patch", f"{LISTS}/{second.uid}", active=False).json()["active"] is False


def test_a_list_s_name_is_taken_once_in_a_campaign():
    campaign = make_campaign()
    make_list(campaign)
    second = make_list(campaign, "november.csv")

    assert "name" in errors_of(send("patch", f"{LISTS}/{second.uid}", name="prospects.csv"))


def test_a_list_is_deleted_with_its_leads_unless_one_is_in_a_call():
    lead = make_lead(state="calling")
    path = f"{LISTS}/{lead.lead_list.uid}"

    assert send("delete", path).status_code == 409
    Lead.objects.update(state="done")
    assert send("delete", path).status_code == 204
    assert not Lead.objects.exists()


def test_a_long_list_is_deleted_in_the_background(monkeypatch):
    monkeypatch.setattr(lead, "REMOVED_AT_ONCE", 0)
    leads = make_lead().lead_list
    path = f"{LISTS}/{leads.uid}"

    answer = send("delete", path)

    assert (answer.status_code, answer["Location"]) == (202, path)
    assert answer.json()["removal"] == {"status": "queued", "done": 0, "total": None}
    assert send("delete", path).status_code == 409
    assert create(campaign="renewals", list=str(leads.uid), phone="617-555-0199").status_code == 409
    run(Job.objects.get(kind="list_deletion"))
    assert api().get(path).status_code == 404


def test_a_list_is_not_deleted_while_a_file_is_imported_into_it():
    running = upload("Name,Phone\nAnn,2125550101\n")
    path = f"{LISTS}/{running.lead_list.uid}"

    running.start("ana")
    assert send("delete", path).status_code == 409
    running.cancel("ana")
    assert send("delete", path).status_code == 204


def test_more_leads_cost_no_more_queries_to_delete_their_list(django_assert_max_num_queries):
    leads = make_list()
    for _ in range(30):
        make_lead(leads)

    with django_assert_max_num_queries(40):
        assert api().delete(f"{LISTS}/{leads.uid}").status_code == 204
    assert not Lead.objects.exists()
