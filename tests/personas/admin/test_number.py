"""The list and the form of phone numbers."""

from importlib import import_module

import pytest
from django.apps import apps
from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse

from personas.models import PhoneNumber
from tests.conftest import make_customer, make_number, make_persona, sign_in_member
from tests.personas.admin.persona_pages import ROUTING_TEST, said

READ_NUMBER = "/admin/personas/phonenumber/read-number/"


def test_a_number_is_kept_in_e164_however_it_is_written(admin_client, nora):
    form = {"customer": nora.customer.pk, "phone": "(212) 555-0142", "persona": nora.pk, "loading": "blocking"}

    admin_client.post(reverse("admin:personas_phonenumber_add"), form)

    assert PhoneNumber.objects.get().phone == "+12125550142"


def test_the_customer_of_a_new_number_is_chosen(admin_client, nora):
    make_customer("other")

    assert "Choose a customer" in admin_client.get(reverse("admin:personas_phonenumber_add")).content.decode()


def test_what_is_no_number_is_refused_with_a_way_out(admin_client, nora):
    form = {"customer": nora.customer.pk, "phone": "front desk", "loading": "blocking"}

    response = admin_client.post(reverse("admin:personas_phonenumber_add"), form)

    message = (
        "“front desk” is not a valid number for the United States. Enter it with the country code, e.g. +49 231 140099."
    )
    assert message in response.content.decode()


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        ("(212) 555-0142", "Will be saved as +1 212 555 0142 (United States)."),
        ("+49 231 140099", "Will be saved as +49 231 140099 (Germany)."),
        ("911", "“911” is an emergency number. Enter another number."),
        ("", ""),
        ("<script>", "“&lt;script&gt;” is not a valid number for the United States. Enter it with the country code, e.g. +49 231 140099."),
    ],
)  # fmt: skip
def test_a_number_is_read_while_it_is_typed(admin_client, nora, typed, read):
    answer = admin_client.get(READ_NUMBER, {"phone": typed, "customer": nora.customer.pk})

    assert answer.content.decode() == read


def test_another_customer_s_country_is_not_told(nora):
    other = make_customer("other", region="DE")

    answer = sign_in_member(nora.customer).get(READ_NUMBER, {"phone": "231 140099", "customer": str(other.pk)})

    assert "Will be saved" not in answer.content.decode()


@pytest.mark.parametrize("wrong", ["abc", "None", "9" * 30, "-1", "\0"])
def test_a_customer_that_does_not_exist_reads_without_a_country(admin_client, wrong):
    assert admin_client.get(READ_NUMBER, {"phone": "231 140099", "customer": wrong, "region": wrong}).status_code == 200


def test_a_number_s_page_leads_to_the_routing_test(admin_client, clinic):
    response = admin_client.get(reverse("admin:personas_phonenumber_test_routing", args=[clinic.pk]))

    assert response["Location"] == f"{ROUTING_TEST}?dialed=%2B15551230100&caller="


def test_a_number_written_without_its_country_says_how_it_was_read(admin_client, nora):
    form = {"customer": nora.customer.pk, "phone": "(212) 555-0142", "loading": "blocking"}

    response = admin_client.post(reverse("admin:personas_phonenumber_add"), form)

    assert "Saved as +1 212 555 0142 (read as a number in the United States)." in said(response)


def test_an_extension_that_is_left_out_is_named(admin_client, nora):
    form = {"customer": nora.customer.pk, "phone": "+49 231 1400 94 ext 5", "loading": "blocking"}

    response = admin_client.post(reverse("admin:personas_phonenumber_add"), form)

    assert "Extension 5 was ignored: phone numbers are stored without extensions." in said(response)
    assert PhoneNumber.objects.get().phone == "+49231140094"


@pytest.mark.parametrize("written", ["sip:+49231140099@pbx.example", "tel:+49-231-140099", "0049 231 140099"])
def test_nothing_is_said_of_a_number_written_with_its_country(admin_client, nora, written):
    form = {"customer": nora.customer.pk, "phone": written, "loading": "blocking"}

    response = admin_client.post(reverse("admin:personas_phonenumber_add"), form)

    assert PhoneNumber.objects.get().phone == "+49231140099"
    assert not any("Saved as" in message for message in said(response))


def test_the_list_of_numbers_says_who_does_not_speak(admin_client, nora, clinic):
    make_number("+15551230101", persona=make_persona("Leo", publish=False))
    make_number("+15551230102")

    html = admin_client.get(reverse("admin:personas_phonenumber_changelist")).content.decode()

    assert [html.count(words) for words in ("Ready", "Persona not published", "No one answers")] == [1, 1, 1]


def test_the_country_of_a_number_is_chosen_from_a_list(admin_client, clinic):
    form = admin_client.get(reverse("admin:personas_phonenumber_change", args=[clinic.pk])).context["adminform"].form

    assert ("DE", "Germany") in form.fields["region"].choices


def test_a_country_that_does_not_exist_is_refused(clinic):
    clinic.region = "UK"

    with pytest.raises(ValidationError, match=r"“UK” is not a country's ISO 3166 code, e\.g\. US or DE\."):
        clinic.full_clean()


@pytest.mark.parametrize(("stored", "becomes"), [("UK", "GB"), ("ZZ", ""), ("DE", "DE"), ("", "")])
def test_a_stored_country_that_does_not_exist_gives_way_to_the_one_meant_or_the_customer_s(clinic, stored, becomes):
    PhoneNumber.objects.update(region=stored)

    import_module("personas.migrations.0015_numbers_and_rules_help_texts").mend_stored_countries(apps, None)

    assert PhoneNumber.objects.get().region == becomes


@pytest.mark.parametrize(("base", "is_shown"), [("", False), ("https://crm.example.org", True)])
def test_the_settings_of_the_crm_are_shown_only_when_one_is_connected(
    admin_client, clinic, monkeypatch, base, is_shown
):
    monkeypatch.setattr(settings, "PERSONA_API_BASE", base)

    page = admin_client.get(reverse("admin:personas_phonenumber_change", args=[clinic.pk])).content.decode()
    numbers = admin_client.get(reverse("admin:personas_phonenumber_changelist")).content.decode()

    shown = [words in page for words in ("Look up by caller&#x27;s number", "Answer immediately, switch when it")]
    assert [*shown, "loading__exact" in numbers] == [is_shown] * 3
