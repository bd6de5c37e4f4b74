"""Do people see their campaigns, start and stop them, and only theirs?"""

import pytest

from campaigns.models import Campaign
from tests.campaigns.admin.answers import said
from tests.campaigns.admin.campaign.pages import LIST, address, html
from tests.campaigns.cast import make_campaign, make_lead, make_list
from tests.campaigns.imports.cast import upload as upload_file
from tests.conftest import make_customer, make_persona

pytestmark = pytest.mark.django_db
PAGES = ["overview", "change", "rules", "variants", "history", "duplicate"]


def names(client, query: str = "") -> list[str]:
    return [row.name for row in client.get(f"{LIST}?{query}").context["cl"].result_list]


# -- the list


def test_the_sidebar_leads_to_the_campaigns(viewer):
    assert f'href="{LIST}"' in viewer.get("/admin/").content.decode()


def test_without_a_campaign_the_list_says_what_is_missing(manager):
    missing = manager.get(LIST).context["cl"].requirements
    make_persona("Nora").publish(by=None)
    there = manager.get(LIST).context["cl"].requirements

    assert [each.met for each in missing] == [False, False]
    assert [each.met for each in there] == [True, False]
    assert "a list of people to call" in manager.get(LIST).content.decode()


def test_a_filter_without_a_result_does_not_speak_of_a_first_campaign(manager):
    make_campaign()

    assert manager.get(f"{LIST}?status=running").context["cl"].requirements == []


def test_a_search_is_a_chip_that_can_be_removed(viewer):
    make_campaign()
    chips = viewer.get(f"{LIST}?q=renewals").context["cl"].chips

    assert [(chip.name, chip.value) for chip in chips] == [("Search", "renewals")]
    assert "Remove the filter Search: renewals" in viewer.get(f"{LIST}?q=renewals").content.decode()


def test_running_campaigns_stand_first_and_finished_ones_are_left_out(viewer):
    for module, status in [("a", "draft"), ("b", "finished"), ("c", "running"), ("d", "paused")]:
        make_campaign(module, status=status)

    assert names(viewer) == ["C", "D", "A"]
    assert names(viewer, "status=finished") == ["B"]
    assert len(names(viewer, "status=all")) == 4


def test_a_row_opens_the_overview_and_shows_how_far_the_campaign_is(viewer):
    campaign = make_campaign()
    of = make_list(campaign)
    for state, reason in [("new", ""), ("done", ""), ("waiting", ""), ("stopped", "by_hand")]:
        make_lead(of, state=state, stop_reason=reason)
    shown = viewer.get(LIST).content.decode()

    assert f'href="{address(campaign)}' in shown
    assert "2 of 3 called · 4 leads" in shown


def test_a_running_campaign_is_paused_from_its_row(manager):
    campaign = make_campaign(status="running")
    pause = address(campaign, "status/pause")
    assert f'formaction="{pause}"' in manager.get(LIST).content.decode()

    answer = manager.post(pause, {"back": "list"})

    assert (answer.status_code, answer["Location"]) == (302, LIST)
    campaign.refresh_from_db()
    assert (campaign.status, campaign.status_by) == ("paused", "manager")


def test_a_viewer_has_no_buttons_and_may_not_change_anything(viewer):
    campaign = make_campaign(status="running")

    assert "formaction" not in viewer.get(LIST).content.decode()
    assert "pause-dialog" not in html(viewer, campaign)
    assert viewer.post(address(campaign, "status/pause")).status_code == 403
    assert viewer.get(address(campaign, "duplicate")).status_code == 403
    assert viewer.get(f"{LIST}add/").status_code == 403
    campaign.refresh_from_db()
    assert campaign.status == "running"


# -- another customer's


@pytest.mark.parametrize("page", [*PAGES, "preview", "status/start"])
def test_another_customers_campaign_does_not_exist(manager, page):
    foreign = make_campaign(customer=make_customer("brightline"))

    assert manager.get(address(foreign, page)).status_code in (302, 404)
    assert manager.post(address(foreign, page)).status_code in (302, 403, 404)
    foreign.refresh_from_db()
    assert foreign.status == "draft"
    assert names(manager) == []


# -- a new one


def create(client, **values):
    form = {"customer": make_customer().pk, "name": "Q4 Sales", "module": "", "persona": "", **values}
    return client.post(f"{LIST}add/", form)


def test_a_new_campaign_gets_its_module_name_from_its_name(manager):
    create(manager)
    create(manager)

    assert list(Campaign.objects.order_by("pk").values_list("module", flat=True)) == ["q4_sales", "q4_sales_2"]


def test_a_new_campaign_opens_its_script(manager):
    answer = create(manager, module="q4")

    assert answer["Location"] == address(Campaign.objects.get(module="q4"), "change")


def test_a_module_name_that_is_taken_is_refused(manager):
    make_campaign("q4")

    form = create(manager, module="q4").context["adminform"].form

    assert "already exists" in str(form.errors)
    assert Campaign.objects.count() == 1


# -- its place


@pytest.mark.parametrize("page", PAGES)
def test_each_page_shows_the_tabs(manager, page):
    shown = html(manager, make_campaign(), page)

    assert all(f">{tab}</a>" in shown for tab in ("Overview", "Script", "Rules", "Variants", "History"))


def test_the_overview_adds_up_to_the_list_and_says_who_is_next(viewer):
    of = make_list(make_campaign())
    make_lead(of, name="Ana Ruiz")
    make_lead(of, name="Leo Brandt", state="done", attempts=2)
    answer = viewer.get(address(of.campaign))
    overview = answer.context["overview"]

    assert sum(segment.leads for segment in overview.counts.segments) == overview.counts.total == 2
    assert [lead.name for lead in overview.next_up] == ["Ana Ruiz"]
    assert overview.attempts == 2


@pytest.mark.parametrize("page", [LIST, "overview"])
def test_only_who_may_import_is_led_to_the_import(manager, viewer, page):
    page = page if page == LIST else address(make_campaign(), page)
    upload = "/admin/campaigns/leadimport/upload/"

    assert upload in manager.get(page).content.decode()
    assert upload not in viewer.get(page).content.decode()


def test_the_overview_names_the_status_of_an_import(viewer):
    assert "· Not started ·" in html(viewer, upload_file("Name,Phone\n").campaign)


def test_the_overview_says_who_calls_and_when(viewer):
    persona = make_persona("Nora")
    hours = [{"days": ["mon", "tue", "wed"], "from": "09:00", "to": "20:00"}]
    shown = html(viewer, make_campaign(persona=persona, calling_hours=hours))

    assert ">Nora</a>" in shown
    assert "Mon–Wed 09:00–20:00" in shown


def test_the_question_before_stopping_has_the_numbers(manager):
    of = make_list(make_campaign(status="running"))
    make_lead(of)
    make_lead(of, state="calling")

    assert "1 call in progress finishes. 1 lead will not be called." in html(manager, of.campaign)
    assert "1 call in progress finishes." in html(manager, of.campaign, "status/stop")


def test_a_reason_is_kept_with_the_status(manager):
    campaign = make_campaign(status="running")
    manager.post(address(campaign, "status/stop"), {"reason": "Offer\u202e ended"})

    assert "“Offer ended”" in html(manager, campaign)


def test_a_status_that_does_not_allow_it_is_explained(manager):
    answer = manager.post(address(make_campaign(), "status/resume"))

    assert said(answer) == ["“Renewals” is draft. To resume it, it must be paused."]


def test_a_campaign_that_is_not_ready_is_explained_by_the_pre_launch_check(manager):
    campaign = make_campaign()
    answer = manager.post(address(campaign, "status/start"))

    assert answer["Location"] == address(campaign, "preflight")
    assert "“Renewals” is not ready: No persona is chosen" in said(answer)[0]
    campaign.refresh_from_db()
    assert campaign.status == "draft"


def test_an_unknown_change_does_not_exist(manager):
    assert manager.post(address(make_campaign(), "status/explode")).status_code == 404


def test_a_duplicate_is_a_draft_with_the_script_the_rules_and_the_variants(manager):
    campaign = make_campaign(status="running", session_instructions="Hello [Prospect Name]", max_attempts=7)
    campaign.variants.create(name="Short", weight=30, session_instructions="Hi")
    make_lead(make_list(campaign))
    proposed = manager.get(address(campaign, "duplicate")).context["form"].initial

    manager.post(address(campaign, "duplicate"), proposed)

    copy = Campaign.objects.get(module="renewals_copy")
    assert (copy.status, copy.session_instructions, copy.max_attempts) == ("draft", "Hello [Prospect Name]", 7)
    assert [variant.name for variant in copy.variants.all()] == ["Short"]
    assert campaign.variants.count() == 1
    assert copy.leads.count() == 0


def test_a_duplicate_needs_a_module_name_of_its_own(manager):
    campaign = make_campaign()
    manager.post(address(campaign, "duplicate"), {"name": "Again", "module": "renewals"})

    assert Campaign.objects.count() == 1


def test_only_a_campaign_that_has_no_leads_and_is_not_running_is_deleted(manager):
    for campaign in (make_campaign("a", status="running"), make_lead(make_list(make_campaign("b"))).campaign):
        assert manager.post(address(campaign, "delete"), {"post": "yes"}).status_code == 403
    manager.post(address(make_campaign("c"), "delete"), {"post": "yes"})

    assert sorted(Campaign.objects.values_list("module", flat=True)) == ["a", "b"]


def test_several_campaigns_are_not_deleted_at_once(manager):
    campaign = make_campaign()
    manager.post(LIST, {"action": "delete_selected", "_selected_action": campaign.pk, "post": "yes"})

    assert Campaign.objects.exists()
