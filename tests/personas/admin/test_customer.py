"""The form of a customer: only time zones and countries that exist, and a default persona of its own."""

from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.urls import reverse

from personas.models import Customer
from tests.conftest import make_customer, make_persona
from voiceplatform.countries import list_countries
from voiceplatform.local_time import list_zones, read_zone, validate_zone


def form_of(customer: Customer, **changes: str) -> dict[str, str]:
    shown = ("name", "slug", "description", "region", "time_zone")
    members = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0"}
    return {**{field: getattr(customer, field) for field in shown}, "default_persona": "", **members, **changes}


@pytest.mark.parametrize(
    "name", ["Mars/Base", "../../etc/passwd", "/etc/passwd", "Europe", "europe/berlin", "localtime", "", "UTC\n"]
)
def test_a_time_zone_that_does_not_exist_is_refused(name):
    with pytest.raises(ValidationError):
        validate_zone(name)


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/Argentina/Ushuaia", "CET"])
def test_a_time_zone_that_exists_is_taken(name):
    validate_zone(name)  # raises nothing

    assert str(read_zone(name)) == name


def test_every_time_zone_offered_is_taken():
    for name in list_zones():
        validate_zone(name)  # raises nothing

    assert {"UTC", "Europe/Berlin", "America/New_York"} < set(list_zones())


def test_every_country_offered_has_a_name():
    assert all(len(code) == 2 and name[0].isupper() for code, name in list_countries())
    assert {"DE": "Germany", "XK": "Kosovo"}.items() <= dict(list_countries()).items()


@pytest.mark.parametrize(
    ("field", "value"), [("time_zone", "Mars/Base"), ("region", "ZZ"), ("region", "us"), ("region", "")]
)
def test_the_form_refuses_a_value_that_is_not_in_its_list(admin_client, field, value):
    customer = make_customer("Riverside", time_zone="America/New_York")
    address = f"/admin/personas/customer/{customer.pk}/change/"

    page = admin_client.post(address, form_of(customer, **{field: value}))

    assert page.status_code == 200
    assert list(page.context["adminform"].form.errors) == [field]
    customer.refresh_from_db()
    assert (customer.time_zone, customer.region) == ("America/New_York", "US")


def test_an_old_name_of_a_time_zone_survives_saving(admin_client):
    customer = make_customer("Riverside", time_zone="CET")
    address = f"/admin/personas/customer/{customer.pk}/change/"

    page = admin_client.get(address)
    saved = admin_client.post(address, form_of(customer, region="DE"))

    assert '<option value="CET" selected>' in page.content.decode()
    assert saved.status_code == 302
    customer.refresh_from_db()
    assert (customer.time_zone, customer.region) == ("CET", "DE")


def test_the_migration_mends_what_was_stored(db):
    mars = make_customer("mars", time_zone="Mars/Base", region="ZZ")
    london = make_customer("london", time_zone="Europe/London", region="UK")

    migration = import_module("personas.migrations.0010_valid_time_zones_and_countries")
    migration.mend_stored_values(apps, None)

    mars.refresh_from_db()
    london.refresh_from_db()
    assert (mars.time_zone, mars.region) == ("UTC", "US")
    assert (london.time_zone, london.region) == ("Europe/London", "GB")


def test_a_customer_s_default_persona_is_one_of_its_own(admin_client, nora):
    stranger = make_persona("Leo", customer=make_customer("other"))

    form = (
        admin_client.get(reverse("admin:personas_customer_change", args=[nora.customer.pk])).context["adminform"].form
    )

    assert list(form.fields["default_persona"].queryset) == [nora]
    assert stranger not in form.fields["default_persona"].queryset


def test_the_installation_customer_cannot_be_deleted(admin_client, db):
    unassigned = Customer.objects.default()

    assert (
        admin_client.post(reverse("admin:personas_customer_delete", args=[unassigned.pk]), {"post": "yes"}).status_code
        == 403
    )


@pytest.mark.parametrize(
    ("before", "becomes"),
    [
        ({}, ("Unassigned", "Calls to numbers that belong to no customer.")),
        ({"name": "Head office"}, ("Head office", "Calls to numbers that belong to no customer.")),
        ({"description": "Ours"}, ("Unassigned", "Ours")),
    ],
)
def test_the_default_customer_gets_its_new_name_where_it_was_not_changed_by_hand(db, before, becomes):
    migration = import_module("personas.migrations.0016_unassigned_customer")
    Customer.objects.filter(pk=Customer.objects.default().pk).update(**(migration.BEFORE | before))

    migration.name_the_default_customer(apps, None)

    assert Customer.objects.values_list("name", "description").get(slug="default") == becomes
