"""Does each list of the admin say how many rows it shows, and what narrows it?"""

from datetime import UTC, datetime

import pytest
from django.contrib import admin
from django.urls import reverse
from unfold.paginator import InfinitePaginator

from calls.models import WebhookDelivery
from tests.conftest import make_number, make_persona
from voiceplatform.lists import FilteredList

LISTS = [
    model
    for model, model_admin in admin.site._registry.items()
    if model._meta.app_label in ("personas", "calls", "auth", "axes") and model._meta.model_name != "group"
]


@pytest.mark.parametrize("model", LISTS, ids=lambda model: model._meta.model_name)
@pytest.mark.django_db
def test_every_list_counts_its_rows_and_offers_no_way_out_of_filters_that_are_not_there(admin_client, model):
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")

    response = admin_client.get(address)
    shown = response.context["cl"]

    assert isinstance(shown, FilteredList)
    assert shown.count_in_words or isinstance(shown.paginator, InfinitePaginator)
    assert "Show all" not in response.content.decode()
    assert "Clear filters" not in response.content.decode()


def test_a_filtered_list_names_the_filter_and_says_how_many_of_how_many(admin_client, db):
    make_number("+15551230100", persona=make_persona("Nora"))
    make_number("+15551230200")

    response = admin_client.get("/admin/personas/phonenumber/", {"persona_needed": "needed"})
    (chip,) = response.context["cl"].chips

    assert (chip.name, chip.value, chip.remove) == ("Assignment", "No published persona", "?")
    assert "1 of 2 phone numbers<" in response.content.decode()


def test_personas_that_were_never_published_can_be_listed(admin_client, db):
    make_persona("Nora")
    leo = make_persona("Leo", publish=False)

    response = admin_client.get("/admin/personas/persona/", {"publish": "needed"})

    assert list(response.context["cl"].result_list) == [leo]


@pytest.mark.parametrize(
    ("address", "field"), [("calls/webhookdelivery", "received_at"), ("axes/accesslog", "attempt_time")]
)
@pytest.mark.parametrize("written", ["27.11.2026x", "03/04/2026", "0001-01-01", "9999-12-31"])
def test_a_day_that_cannot_be_read_is_an_error_on_every_list_of_days(admin_client, address, field, written):
    response = admin_client.get(f"/admin/{address}/", {f"{field}_to": written})

    assert list(response.context["cl"].result_list) == []
    assert response.context["cl"].chips[0].error
    assert 'class="vp-error"' in response.content.decode()


def test_deliveries_of_a_day_are_found(admin_client, db):
    made = [
        WebhookDelivery.objects.create(
            event_id=f"EV_{day}", name="room_finished", body={}, received_at=datetime(2026, 11, day, 12, tzinfo=UTC)
        )
        for day in (26, 27)
    ]

    response = admin_client.get("/admin/calls/webhookdelivery/", {"received_at_from": "27.11.2026"})

    assert list(response.context["cl"].result_list) == made[1:]
