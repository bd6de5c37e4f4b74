"""Does the script's editor show what a lead will hear, before anything is saved?"""

from html import unescape

import pytest

from campaigns.models import Campaign
from tests.campaigns.admin.campaign.pages import address, html
from tests.campaigns.cast import make_campaign, make_lead, make_list
from tests.conftest import make_customer

pytestmark = pytest.mark.django_db


def preview(client, campaign: Campaign, **values):
    response = client.post(address(campaign, "preview"), values)
    assert response.status_code == 200
    return response.context["preview"]


def heard(client, campaign: Campaign, **values) -> str:
    return str(preview(client, campaign, **values).name)


def sentences(client, campaign: Campaign, text: str) -> list[str]:
    return [found.sentence for found in preview(client, campaign, session_instructions=text).findings]


def test_the_unsaved_text_is_shown_as_the_lead_hears_it(viewer):
    campaign = make_campaign(session_instructions="Old")
    make_lead(make_list(campaign), name="Ana Ruiz", company="")
    text = "Hello [Prospect Name] of {{ company | your company }}, {{ budget }}?"
    answer = viewer.post(address(campaign, "preview"), {"session_instructions": text})
    parts = answer.context["preview"].texts[0].parts

    assert [(part.kind, part.said) for part in parts if part.kind != "text"] == [
        ("known", "Ana Ruiz"),
        ("fallback", "your company"),
        ("unknown", ""),
    ]
    assert "As Ana Ruiz hears it" in answer.content.decode()
    campaign.refresh_from_db()
    assert campaign.session_instructions == "Old"


def test_who_may_not_edit_sees_the_saved_text(viewer):
    lead = make_lead(make_list(make_campaign(session_instructions="Hello [Prospect Name]")), name="Ana Ruiz")

    assert preview(viewer, lead.campaign).texts[0].parts[1].said == "Ana Ruiz"


def test_the_lead_context_is_shown_as_the_model_gets_it(viewer):
    lead = make_lead(make_list(), name="Ana Ruiz", company="Bright\u202eline\nDental", extra={"Plan": "gold"})

    assert preview(viewer, lead.campaign).lead_context == lead.facts().context()
    assert "Company: Brightline Dental" in lead.facts().context()


def test_a_campaign_without_leads_is_shown_for_an_invented_one(viewer):
    shown = html(viewer, make_campaign(session_instructions="Hello [Prospect Name]"), "preview")

    assert "As Maria Gomez hears it" in shown
    assert "An invented lead" in shown


def test_markup_in_a_lead_is_text(viewer):
    lead = make_lead(make_list(), name="<script>alert(1)</script>")
    answer = viewer.post(address(lead.campaign, "preview"), {"session_instructions": "Hello [Prospect Name]"})

    assert "<script>" not in answer.content.decode()
    assert "<script>alert(1)</script>" in unescape(answer.content.decode())


# -- which lead


def test_the_neighbors_of_a_lead_are_one_button_away(viewer):
    of = make_list()
    ana, leo = make_lead(of, name="Ana Ruiz"), make_lead(of, name="Leo Brandt")

    assert heard(viewer, of.campaign) == "Ana Ruiz"
    assert heard(viewer, of.campaign, lead=ana.pk, pick="next") == "Leo Brandt"
    assert heard(viewer, of.campaign, lead=leo.pk, pick="next") == "Leo Brandt"
    assert heard(viewer, of.campaign, lead=leo.pk, pick="previous") == "Ana Ruiz"
    chosen = preview(viewer, of.campaign, lead=leo.pk).chosen
    assert (chosen.place, chosen.total) == (2, 2)


def test_the_longest_and_the_emptiest_lead_are_found_with_their_own_columns(viewer):
    of = make_list()
    make_lead(of, name="Ana Ruiz", company="Brightline")
    make_lead(of, name="Leo", extra={"Note": "x" * 100})
    make_lead(of, name="Mia")

    assert heard(viewer, of.campaign, pick="longest") == "Leo"
    assert heard(viewer, of.campaign, pick="emptiest") == "Mia"
    assert heard(viewer, of.campaign, pick="random") in ("Ana Ruiz", "Leo", "Mia")


def test_a_lead_is_found_by_name_company_and_the_end_of_its_number(viewer):
    of = make_list()
    make_lead(of, name="Ana Ruiz")
    make_lead(of, "+16175550177", name="Leo Brandt", company="Acme")

    assert heard(viewer, of.campaign, q="brandt") == "Leo Brandt"
    assert heard(viewer, of.campaign, q="acm") == "Leo Brandt"
    assert heard(viewer, of.campaign, q="0177") == "Leo Brandt"
    missing = preview(viewer, of.campaign, q="Zoe")
    assert (missing.name, missing.chosen.is_found) == ("Ana Ruiz", False)


@pytest.mark.parametrize("value", ["", "x", "0", "💥", "../1"])
def test_any_wish_is_answered(viewer, value):
    campaign = make_lead().campaign

    assert heard(viewer, campaign, lead=value, pick=value) == "Ana Ruiz"


def test_another_campaigns_lead_is_not_shown(viewer):
    mine, other = make_lead(name="Ana Ruiz"), make_lead(make_list(make_campaign("other")), name="Leo Brandt")

    assert heard(viewer, mine.campaign, lead=other.pk) == "Ana Ruiz"


def test_another_customers_campaign_has_no_preview(viewer):
    foreign = make_campaign(customer=make_customer("brightline"))

    assert viewer.post(address(foreign, "preview")).status_code == 404


# -- what to check


def test_an_unknown_placeholder_is_named_with_what_was_meant(viewer):
    found = sentences(viewer, make_lead().campaign, "Hello {{ compani_name }}")

    assert found == [
        "“compani_name” is not a column of the leads. The model reads “(not known)” instead. "
        "Did you mean “company_name”?"
    ]


def test_an_empty_column_is_counted(viewer):
    of = make_list()
    make_lead(of, company="Brightline")
    make_lead(of)

    with_fallback = sentences(viewer, of.campaign, "From {{ company | your company }}")
    without = sentences(viewer, of.campaign, "From {{ company }}")
    assert with_fallback == ["“company_name” is empty in 1 of 2. The fallback is said."]
    assert without == [
        "“company_name” is empty in 1 of 2. The model reads “(not known)” instead. Add a fallback after a bar: |"
    ]


def test_what_is_said_word_for_word_leaves_it_out(viewer):
    found = preview(viewer, make_lead().campaign, disclosure="A call for {{ compani_name }}").findings

    assert "It is left out." in found[0].sentence


def test_a_value_that_looks_like_a_placeholder_is_found(viewer):
    lead = make_lead(make_list(), name="{{ company }}")

    assert "looks like a placeholder" in sentences(viewer, lead.campaign, "Hello [Prospect Name]")[0]


# -- the form


def test_the_script_is_saved_and_the_columns_are_listed(manager):
    lead = make_lead(make_list(make_campaign(status="running")), extra={"Renewal Date": "May 1"})
    assert "{{ renewal_date }}" in html(manager, lead.campaign, "change")

    answer = manager.post(
        address(lead.campaign, "change"), {"session_instructions": "Hello", "disclosure": "I am a bot."}
    )

    assert answer["Location"] == address(lead.campaign, "change")
    lead.campaign.refresh_from_db()
    assert (lead.campaign.session_instructions, lead.campaign.disclosure) == ("Hello", "I am a bot.")
    assert "Applies from the next call." in html(manager, lead.campaign, "change")


def test_two_editors_do_not_overwrite_each_other(manager):
    campaign = make_campaign(session_instructions="Old")
    loaded = manager.get(address(campaign, "change")).context["loaded_values"]
    Campaign.objects.filter(pk=campaign.pk).update(session_instructions="Theirs")

    answer = manager.post(address(campaign, "change"), {"_loaded": loaded, "session_instructions": "Mine"})

    assert "Theirs" in answer.content.decode()
    campaign.refresh_from_db()
    assert campaign.session_instructions == "Theirs"


def test_a_viewer_reads_the_script_and_does_not_save_it(viewer):
    campaign = make_campaign(session_instructions="Hello")

    assert "Hello" in html(viewer, campaign, "change")
    assert viewer.post(address(campaign, "change"), {"session_instructions": "Mine"}).status_code == 403
