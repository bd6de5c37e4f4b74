"""Are calling hours and retry rules written as rows and sentences, and stored as the API has them?"""

import pytest

from campaigns.models import Campaign
from campaigns.retries.rules import default_retry
from tests.campaigns.admin.campaign.pages import address, html, loaded_form
from tests.campaigns.cast import make_campaign, make_ready_campaign

pytestmark = pytest.mark.django_db
HOURS = [
    {"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "20:00"},
    {"days": ["sat"], "from": "10:00", "to": "14:00"},
]


def save(client, campaign: Campaign, **values):
    answer = client.post(address(campaign, "rules"), {**loaded_form(client, campaign, "rules"), **values})
    campaign.refresh_from_db()
    return answer


def errors(answer) -> dict:
    return dict(answer.context["adminform"].form.errors)


def test_saving_an_untouched_page_changes_nothing(manager):
    campaign = make_campaign(calling_hours=HOURS)
    before = campaign.history.count()
    save(manager, campaign)

    assert campaign.calling_hours == HOURS
    assert campaign.retry == default_retry()
    assert campaign.history.count() == before


def test_a_refused_form_shows_the_hours_as_they_were_typed(manager):
    campaign = make_campaign(calling_hours=HOURS)
    answer = save(manager, campaign, calling_hours_1_from="15:00")

    assert "calling_hours" in errors(answer)
    assert 'value="15:00"' in answer.content.decode()


def test_hours_are_written_in_rows(manager):
    campaign = make_campaign()
    save(
        manager,
        campaign,
        calling_hours_0_days=["tue", "mon"],
        calling_hours_0_from="09:00",
        calling_hours_0_to="17:30",
    )

    assert campaign.calling_hours == [{"days": ["mon", "tue"], "from": "09:00", "to": "17:30"}]
    assert "On the lead's own clock: Mon, Tue 09:00–17:30." in html(manager, campaign, "rules")


def test_a_row_is_removed_by_emptying_it(manager):
    campaign = make_campaign(calling_hours=HOURS)
    save(manager, campaign, calling_hours_0_days=[], calling_hours_0_from="", calling_hours_0_to="")

    assert campaign.calling_hours == HOURS[1:]


def test_hours_without_days_are_refused_with_the_row(manager):
    campaign = make_campaign()
    answer = save(manager, campaign, calling_hours_0_from="09:00", calling_hours_0_to="17:30")

    assert "Window 1" in str(errors(answer)["calling_hours"])
    assert campaign.calling_hours == []


def test_a_campaign_with_many_windows_keeps_them(manager):
    many = [{"days": ["mon"], "from": f"{hour:02d}:00", "to": f"{hour:02d}:30"} for hour in range(5, 20)]
    campaign = make_campaign(calling_hours=many)
    save(manager, campaign, max_attempts=4)

    assert campaign.calling_hours == many
    assert campaign.max_attempts == 4


def test_retry_rules_are_numbers_in_sentences(manager):
    campaign = make_campaign()
    save(manager, campaign, retry_busy_wait="45", retry_busy_attempts="5")

    assert campaign.retry["busy"] == {"wait_minutes": 45, "attempts": 5}
    assert campaign.retry["failed"] == default_retry()["failed"]
    assert "After a busy line: again in" in html(manager, campaign, "rules")


def test_a_result_without_numbers_is_not_tried_again(manager):
    campaign = make_campaign()
    save(manager, campaign, retry_voicemail_wait="", retry_voicemail_attempts="")

    assert "voicemail" not in campaign.retry


def test_half_a_sentence_is_refused(manager):
    answer = save(manager, make_campaign(), retry_busy_wait="")

    assert errors(answer)["retry"] == ["After a busy line: enter both numbers, or leave both empty not to call again."]


def test_only_the_other_editors_hours_are_taken_over(manager):
    campaign = make_campaign()
    mine = loaded_form(manager, campaign, "rules")
    Campaign.objects.filter(pk=campaign.pk).update(calling_hours=HOURS)
    manager.post(address(campaign, "rules"), {**mine, "max_attempts": 5})
    campaign.refresh_from_db()

    assert (campaign.calling_hours, campaign.max_attempts) == (HOURS, 5)


def test_a_time_zone_is_chosen_and_an_old_name_of_one_stays(manager):
    campaign = make_campaign(time_zone="CET")
    save(manager, campaign)
    assert campaign.time_zone == "CET"

    save(manager, campaign, time_zone="America/Denver")
    assert campaign.time_zone == "America/Denver"


def test_the_module_name_and_the_customer_stay(manager):
    campaign = make_campaign()
    save(manager, campaign, module="other", customer="999")

    assert campaign.module == "renewals"


def test_every_field_of_the_rules_has_an_effect(manager):
    assert "Has no effect yet" not in html(manager, make_campaign(), "rules")


# -- variants


def test_a_variant_is_added_and_compared(manager):
    campaign = make_campaign(session_instructions="Hello\nHow are you?")
    form = {
        "variants-TOTAL_FORMS": 1,
        "variants-INITIAL_FORMS": 0,
        "variants-0-name": "Short",
        "variants-0-weight": 30,
        "variants-0-session_instructions": "Hello",
    }
    answer = manager.post(address(campaign, "variants"), form)

    assert answer["Location"] == address(campaign, "variants")
    assert [(each.name, each.weight) for each in campaign.variants.all()] == [("Short", 30)]
    shown = html(manager, campaign, "variants")
    assert "Short: 100% of the leads" in shown
    assert "How are you?" in shown


def test_the_history_says_who_changed_the_status(manager):
    campaign = make_ready_campaign()
    manager.post(address(campaign, "status/start"))

    assert "Running by manager" in html(manager, campaign, "history")


# -- the script's history


def test_a_script_is_restored_from_the_history(manager):
    campaign = make_campaign(session_instructions="Hello")
    manager.post(address(campaign, "change"), {"session_instructions": "Good day"})
    scripts = manager.get(address(campaign, "history")).context["scripts"]
    assert [script.is_current for script in scripts] == [True, False]

    manager.post(address(campaign, f"restore/{scripts[1].record_id}"))

    campaign.refresh_from_db()
    assert campaign.session_instructions == "Hello"


def test_a_viewer_restores_nothing_and_no_record_of_another_campaign_is_taken(manager, viewer):
    campaign = make_campaign(session_instructions="Hello")
    other = make_campaign("other", session_instructions="Other")

    assert viewer.post(address(campaign, f"restore/{campaign.history.get().pk}")).status_code == 403
    assert manager.post(address(campaign, f"restore/{other.history.get().pk}")).status_code == 404


def test_a_record_of_the_history_is_shown_whole(viewer):
    campaign = make_campaign(session_instructions="Hello")
    shown = html(viewer, campaign, f"history/{campaign.history.get().pk}")

    assert "Hello" in shown
    assert "Attempts per lead" in shown
