"""Do managers find any lead, correct it, stop it and put it back, and only their customers' leads?"""

from __future__ import annotations

import csv
import io

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from campaigns.admin.leads import lead_export_pages, lead_filters
from campaigns.leads.export import JOB_KIND
from campaigns.models import DoNotCall, Lead, LeadChange, LeadExport
from personas.models import Membership
from tests.campaigns.admin.answers import html_of, said
from tests.campaigns.cast import BOSTON, make_campaign, make_lead, make_list
from tests.campaigns.entries import add
from tests.campaigns.imports.cast import upload
from tests.conftest import make_customer, sign_in_member
from voiceplatform.jobs.job import Job
from voiceplatform.jobs.running import run

pytestmark = pytest.mark.django_db
LIST = "/admin/campaigns/lead/"


def address(lead: Lead, name: str = "change") -> str:
    return reverse(f"admin:campaigns_lead_{name}", args=[lead.pk])


def rows(client: Client, **query) -> list[str]:
    return [lead.name for lead in client.get(LIST, query).context["cl"].result_list]


def act(client: Client, action: str, *leads: Lead):
    return client.post(LIST, {"action": action, "_selected_action": [str(lead.pk) for lead in leads]})


def state_of(lead: Lead) -> str:
    return str(Lead.objects.get(pk=lead.pk).state)


def save(client: Client, lead: Lead, **values):
    names = ["name", "first_name", "last_name", "company", "title", "email", "resource_name"]
    names += ["time_zone", "country", "region_name", "postal_code"]
    form = {name: getattr(lead, name) for name in names} | {"phone": lead.phone, "consent_on": ""}
    return client.post(address(lead), form | values)


# -- the list


def test_an_empty_list_teaches(manager):
    assert "import a file of leads" in html_of(manager.get(LIST))


def test_the_sidebar_and_the_tabs_lead_to_leads_lists_and_imports(viewer):
    html = html_of(viewer.get(LIST))

    for name in ("lead", "leadlist", "leadimport"):
        assert f'href="/admin/campaigns/{name}/"' in html


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("0142", ["Ana"]),
        ("(212) 555-0142", ["Ana"]),
        ("+1 212 555 0142", ["Ana"]),
        ("tel:+12125550142", ["Ana"]),
        ("212 555 0199", []),
        ("front desk", []),
        ("9" * 300, []),
    ],
)
def test_a_lead_is_found_by_its_number_in_any_format(manager, typed, found):
    leads = make_list()
    make_lead(leads, "+12125550142", name="Ana")
    make_lead(leads, name="Bob")

    assert rows(manager, q=typed) == found


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("smi ana", ["Ana-Maria Smith"]),
        ("MARIA", ["Ana-Maria Smith"]),
        ("ana.smith@acme.example", ["Ana-Maria Smith"]),
        ("acme", ["Li Wu", "Ana-Maria Smith"]),  # the newest first
        ("ACME inc.", ["Li Wu"]),
        ("li", ["Li Wu"]),
        ("mit", []),  # no beginning
        ("O'Ne", ["Bob O'Neill"]),
        ("3m", ["Bob O'Neill"]),
        ("\\ ' : & | ! <->", []),
        ("()", []),
    ],
)
def test_a_lead_is_found_by_how_words_of_its_name_company_or_email_begin(manager, typed, found):
    leads = make_list()
    make_lead(leads, name="Ana-Maria Smith", company="(Acme)", email="ana.smith@acme.example")
    make_lead(leads, name="Bob O'Neill", company="3M")
    make_lead(leads, name="Li Wu", company="Acme Inc")

    assert rows(manager, q=typed) == found


def test_a_search_finds_no_lead_of_another_customer(manager):
    make_lead(make_list(make_campaign(customer=make_customer("other"))), name="Ana")

    assert rows(manager, q="ana") == []


def test_a_search_shows_some_of_many_leads_and_exports_all(manager, monkeypatch):
    monkeypatch.setattr(lead_filters, "COUNTED_TO", 2)
    leads = make_list()
    for _ in range(4):
        make_lead(leads, name="Ana")

    assert len(rows(manager, q="ana")) == 3
    assert "Export 4 leads?" in html_of(manager.get(f"{LIST}export/?q=ana"))


def test_a_search_looks_for_its_words_once(manager):
    leads = make_list()
    make_lead(leads, name="Ana")
    manager.get(LIST)

    with CaptureQueriesContext(connection) as captured:
        assert rows(manager, q="ana") == ["Ana"]

    assert sum("to_tsvector" in query["sql"] for query in captured.captured_queries) == 1


def test_filters_narrow_the_list(manager):
    boston = make_list(make_campaign())
    york = make_list(make_campaign("q4_sales"))
    make_lead(boston, BOSTON, name="Ana", last_result="busy", attempts=1, state="waiting")
    make_lead(york, "+12125550142", name="Bob", do_not_call=True, state="stopped", stop_reason="do_not_call")

    assert rows(manager, campaign__id__exact=boston.campaign_id) == ["Ana"]
    assert rows(manager, lead_list__id__exact=york.pk) == ["Bob"]
    assert rows(manager, state__exact="waiting") == ["Ana"]
    assert rows(manager, place="US-MA") == ["Ana"]
    assert sorted(rows(manager, place="US")) == ["Ana", "Bob"]
    assert rows(manager, listed="yes") == ["Bob"]
    assert rows(manager, result="busy") == ["Ana"]
    assert rows(manager, result="none") == ["Bob"]


@pytest.mark.parametrize(
    "query", ["campaign__id__exact=x", "lead_list__id__exact=9" * 30, "state__exact=x", "place=%00"]
)
def test_a_filter_that_means_nothing_breaks_nothing(manager, query):
    make_lead()

    assert manager.get(f"{LIST}?{query}").status_code in (200, 302)


def test_leads_of_a_list_stand_in_the_order_of_the_file(manager):
    leads = make_list()
    for name in ("Ana", "Bob", "Cal"):
        make_lead(leads, name=name)

    assert rows(manager, lead_list__id__exact=leads.pk) == ["Ana", "Bob", "Cal"]


def test_more_leads_cost_no_more_queries(manager, django_assert_max_num_queries):
    leads = make_list()
    make_lead(leads)
    manager.get(LIST)
    with django_assert_max_num_queries(25) as few:
        manager.get(LIST)
    for n in range(20):
        make_lead(make_list(leads.campaign, f"list {n}"))
    with django_assert_max_num_queries(len(few)):
        assert len(rows(manager)) == 21


def test_a_running_import_is_named_above_the_list(viewer):
    make_lead()
    own = upload("Name,Phone\nAnn,2125550101\n", make_campaign("spring"))
    own.start("ana")
    foreign = upload("Name,Phone\nAnn,2125550101\n", make_campaign(customer=make_customer("brightline")))
    foreign.start("ana")

    html = html_of(viewer.get(LIST))

    assert f"/leadimport/{own.pk}/change/" in html
    assert f"/leadimport/{foreign.pk}/change/" not in html


def test_other_customers_leads_do_not_exist(manager):
    foreign = make_lead(make_list(make_campaign(customer=make_customer("brightline"))))

    assert rows(manager) == []
    for name in ("stop", "put_back", "do_not_call", "person", "erase"):
        assert manager.post(address(foreign, name)).status_code == 404
    act(manager, "stop_selected", foreign)
    assert state_of(foreign) == "new"


# -- many


def test_selected_leads_are_stopped_and_the_change_is_undone(manager):
    leads = make_list()
    ana, bob = make_lead(leads), make_lead(leads, state="done")

    response = act(manager, "stop_selected", ana, bob)
    assert "Stopped 1 lead. 1 lead left as it is" in said(response)[0]
    assert state_of(ana) == "stopped"

    change = LeadChange.objects.get()
    assert "1 lead as before" in said(manager.post(reverse("admin:campaigns_lead_undo", args=[change.pk])))[-1]
    assert state_of(ana) == "new"


def test_selected_leads_are_put_back_but_never_a_blocked_one(manager):
    leads = make_list()
    ana = make_lead(leads, state="done", attempts=2)
    bob = make_lead(leads, state="stopped", stop_reason="do_not_call", do_not_call=True)

    act(manager, "put_back_selected", ana, bob)

    assert (state_of(ana), state_of(bob)) == ("waiting", "stopped")


def test_another_users_change_is_not_undone(manager):
    lead = make_lead()
    act(sign_in_member(make_customer(), "manager", name="leo"), "stop_selected", lead)

    assert manager.post(reverse("admin:campaigns_lead_undo", args=[LeadChange.objects.get().pk])).status_code == 404
    assert state_of(lead) == "stopped"


def test_a_change_is_not_undone_by_a_user_who_may_no_longer_edit_its_leads(manager):
    lead = make_lead()
    act(manager, "stop_selected", lead)
    Membership.objects.update(role="viewer")

    assert manager.post(reverse("admin:campaigns_lead_undo", args=[LeadChange.objects.get().pk])).status_code == 403
    assert state_of(lead) == "stopped"


def test_selected_leads_are_deleted_after_the_count_was_confirmed(manager):
    leads = make_list()
    ana, bob, cal = make_lead(leads), make_lead(leads, state="calling"), make_lead(leads)

    response = act(manager, "delete_selected_leads", ana, bob)
    page = manager.get(response.headers["Location"])
    assert "Delete 2 leads?" in html_of(page)
    assert "1 in a call" in html_of(page)

    assert "Deleted 1 lead." in said(manager.post(response.headers["Location"]))
    assert set(Lead.objects.all()) == {bob, cal}


@pytest.mark.time_machine("2026-12-01T17:00Z", tick=False)
def test_selected_leads_are_called_back_after_they_were_counted_and_it_is_undone(manager):
    leads = make_list()
    ana, bob = make_lead(leads), make_lead(leads)
    done, listed = make_lead(leads, state="done"), make_lead(leads, do_not_call=True)

    at = act(manager, "call_back_selected", ana, bob, done, listed)["Location"]
    page = html_of(manager.get(at))
    assert "When to call back 2 leads?" in page
    assert "2 leads stay as they are: 1 done, 1 on the do-not-call list." in page
    past = html_of(manager.post(at, {"date": "2026-12-01", "time": "12:00"}))
    assert "2026-12-01 12:00 is past in America/New_York, where it is 2026-12-01 12:00 now." in past
    answer = said(manager.post(at, {"date": "2026-12-01", "time": "12:01"}))[0]

    assert "2 leads to be called back on 2026-12-01 at 12:01 local time. 2 leads stay as they are" in answer
    assert set(Lead.objects.exclude(call_back_at=None)) == {ana, bob}
    assert "No lead to call back." in html_of(manager.get(at))
    manager.post(reverse("admin:campaigns_lead_undo", args=[LeadChange.objects.get().pk]))
    assert not Lead.objects.exclude(call_back_at=None).exists()


@pytest.mark.parametrize("values", [{}, {"date": "tomorrow", "time": "9"}, {"date": "0001-01-01", "time": "00:00"}])
def test_a_wrong_time_to_call_back_is_said_in_the_form(manager, values):
    at = act(manager, "call_back_selected", make_lead())["Location"]

    response = manager.post(at, values)

    assert response.context["form"].errors
    assert not LeadChange.objects.exists()


def test_leads_that_are_all_finished_are_not_called_back(manager):
    at = act(manager, "call_back_selected", make_lead(state="stopped", stop_reason="by_hand"))["Location"]

    assert "1 lead stays as it is: 1 stopped." in html_of(manager.get(at))


def test_another_customers_leads_are_not_called_back(manager):
    foreign = make_lead(make_list(make_campaign(customer=make_customer("brightline"))))
    session = manager.session
    session["leads_to_call_back"] = [str(foreign.pk)]
    session.save()

    assert "No lead to call back." in html_of(manager.get(f"{LIST}call-back/"))
    manager.post(f"{LIST}call-back/", {"date": "2099-01-01", "time": "09:00"})
    assert not LeadChange.objects.exists()


@pytest.mark.parametrize(
    ("action", "state"),
    [
        ("stop_selected", "new"),
        ("put_back_selected", "done"),
        ("call_back_selected", "new"),
        ("delete_selected_leads", "new"),
    ],
)
def test_a_viewer_changes_nothing(viewer, action, state):
    lead = make_lead(state=state)

    act(viewer, action, lead)

    assert {"leads_to_delete", "leads_to_call_back"}.isdisjoint(viewer.session.keys())
    assert state_of(lead) == state


def test_a_viewer_deletes_nothing_that_an_earlier_role_chose(manager):
    lead = make_lead()
    act(manager, "delete_selected_leads", lead)
    Membership.objects.update(role="viewer")

    manager.post(f"{LIST}delete-several/")

    assert Lead.objects.get() == lead


# -- export


def exported(response) -> list[dict[str, str]]:
    text = b"".join(response.streaming_content).decode().removeprefix("\ufeff")
    return list(csv.DictReader(io.StringIO(text)))


def test_the_export_says_how_many_and_has_what_the_filters_show(viewer):
    leads = make_list()
    make_lead(leads, name="Ana", state="done")
    make_lead(leads, name="Bob")
    query = f"{LIST}export/?state__exact=done"

    assert "Export 1 lead?" in html_of(viewer.get(query))
    assert [line["prospect_name"] for line in exported(viewer.post(query))] == ["Ana"]


def test_the_list_links_to_the_export_with_its_filters(viewer):
    make_lead(make_list(), BOSTON)

    assert "/admin/campaigns/lead/export/?place=US-MA&amp;result=none" in html_of(
        viewer.get(LIST, {"place": "US-MA", "result": "none", "p": "1"})
    )


def test_many_leads_are_exported_by_a_job(viewer, monkeypatch):
    monkeypatch.setattr(lead_export_pages, "AT_ONCE", 1)
    leads = make_list()
    make_lead(leads, name="Ana", state="done")
    make_lead(leads, name="Bob", state="done")
    make_lead(leads, name="Cal")

    viewer.post(f"{LIST}export/?state__exact=done")
    job = Job.objects.get()
    assert (job.kind, job.title) == (JOB_KIND, "Export of 2 leads")
    run(job)

    file = reverse("admin:campaigns_lead_export_file", args=[job.pk])
    assert [line["prospect_name"] for line in exported(viewer.get(file))] == ["Bob", "Ana"]
    assert Job.objects.get().status == "done"
    assert sign_in_member(make_customer("brightline"), "manager", name="leo").get(file).status_code == 404


def test_a_long_export_holds_one_customers_leads(viewer, monkeypatch):
    monkeypatch.setattr(lead_export_pages, "AT_ONCE", 0)
    make_lead(name="Ana")
    other = make_lead(make_list(make_campaign(customer=make_customer("brightline"))), name="Bob")
    Membership.objects.create(user=User.objects.get(), customer=other.customer, role="viewer")

    assert "Choose a customer or a campaign first" in said(viewer.post(f"{LIST}export/"))[0]
    viewer.post(f"{LIST}export/?customer__id__exact={other.customer_id}")
    job = Job.objects.get()
    run(job)

    assert job.customer == other.customer
    file = viewer.get(reverse("admin:campaigns_lead_export_file", args=[job.pk]))
    assert [line["prospect_name"] for line in exported(file)] == ["Bob"]


def test_an_export_that_runs_again_has_each_lead_once(viewer, monkeypatch):
    monkeypatch.setattr(lead_export_pages, "AT_ONCE", 0)
    make_lead(name="Ana")
    viewer.post(f"{LIST}export/")
    run(Job.objects.get())
    Job.objects.update(status="queued", finished_at=None)
    run(Job.objects.get())

    assert LeadExport.objects.get().rows == 1
    assert len(exported(viewer.get(reverse("admin:campaigns_lead_export_file", args=[Job.objects.get().pk])))) == 1


# -- the page of one lead


@pytest.mark.time_machine("2026-12-01T17:00Z", tick=False)  # noon in Boston
def test_the_page_says_who_where_and_whether_now(viewer):
    lead = make_lead(phone=BOSTON, company="Acme", title="Buyer", extra={"tier": "gold"})

    html = html_of(viewer.get(address(lead)))

    assert "+1 617 555 0100" in html
    assert "America/New_York" in html
    assert "May be called now." in html
    assert '<span class="vp-time">12:00</span>' in html
    assert "<dt>tier</dt><dd>gold</dd>" in html
    assert "lead 1" in html


def test_a_blocked_lead_says_why(viewer):
    lead = make_lead(phone=BOSTON)
    add(BOSTON, reason="Asked by e-mail")

    html = html_of(viewer.get(address(lead)))
    assert "Not called any more: do not call." in html
    assert "Asked by e-mail" in html


def test_the_page_links_to_the_same_number_elsewhere_in_the_customer(viewer):
    lead = make_lead(make_list(make_campaign()), BOSTON)
    same = make_lead(make_list(make_campaign("q4_sales")), BOSTON)
    foreign = make_lead(make_list(make_campaign("spring", customer=make_customer("brightline"))), BOSTON)

    html = html_of(viewer.get(address(lead)))

    assert address(same) in html
    assert str(foreign.pk) not in html


def test_an_edit_is_in_the_history_and_finds_the_place_again(manager):
    lead = make_lead(phone=BOSTON)

    save(manager, lead, phone="(212) 555-0142", time_zone="", name="Ana R.")

    lead.refresh_from_db()
    assert (lead.phone, lead.name, lead.place.regions) == ("+12125550142", "Ana R.", ["US-NY"])
    assert lead.history.count() == 2


def test_a_number_of_another_lead_of_the_campaign_is_refused(manager):
    leads = make_list()
    lead = make_lead(leads)
    make_lead(leads, "+12125550142", name="Bob")

    response = save(manager, lead, phone="212-555-0142")

    assert "is the number of Bob" in str(response.context["adminform"].form.errors["phone"])


def test_an_edit_to_a_blocked_number_stops_the_lead(manager):
    add("+12125550142")
    lead = make_lead()

    response = save(manager, lead, phone="+12125550142")

    lead.refresh_from_db()
    assert (lead.state, lead.do_not_call) == ("stopped", True)
    assert "the lead was stopped" in said(response)[0]


def test_an_edit_to_a_number_off_the_list_takes_the_mark_away_and_the_lead_stays_stopped(manager):
    lead = make_lead(do_not_call=True, state="stopped", stop_reason="do_not_call")

    save(manager, lead, phone="+12125550142")

    lead.refresh_from_db()
    assert (lead.state, lead.do_not_call) == ("stopped", False)


def test_one_lead_is_stopped_and_put_back(manager):
    lead = make_lead()

    manager.post(address(lead, "stop"))
    assert state_of(lead) == "stopped"
    manager.post(address(lead, "put_back"))
    assert state_of(lead) == "new"
    manager.get(address(lead, "stop"))
    assert state_of(lead) == "new"


def test_do_not_call_lists_the_number_and_stops_all_its_leads(manager):
    lead = make_lead(make_list(make_campaign()), BOSTON)
    same = make_lead(make_list(make_campaign("q4_sales")), BOSTON)

    response = manager.post(address(lead, "do_not_call"), {"reason": "Asked by email"})

    assert (state_of(lead), state_of(same)) == ("stopped", "stopped")
    assert DoNotCall.objects.get().reason == "Asked by email"
    assert "2 leads stopped" in said(response)[0]


def test_do_not_call_needs_a_reason(manager):
    lead = make_lead()

    manager.post(address(lead, "do_not_call"), {"reason": " "})

    assert not DoNotCall.objects.exists()


@pytest.mark.parametrize("name", ["stop", "put_back", "do_not_call", "person", "erase"])
def test_a_viewer_sees_no_button_and_may_use_none(viewer, name):
    lead = make_lead()

    assert viewer.post(address(lead, name), {"reason": "x", "confirm": lead.phone}).status_code == 403
    assert address(lead, name) not in html_of(viewer.get(address(lead)))
    assert Lead.objects.count() == 1
