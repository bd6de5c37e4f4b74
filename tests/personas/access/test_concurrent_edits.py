"""Two users save one row: nothing is lost, and nothing is overwritten that a user did not touch."""

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from personas.models import ApiKey, Customer, Membership, Persona, RoutingRule
from tests.conftest import ANA, make_customer


def address(row) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def load(client: Client, row) -> dict[str, object]:
    """Return what the browser would send if the page were saved as it was loaded."""
    context = client.get(address(row)).context
    bound = [context["adminform"].form]
    sent: dict[str, object] = {context["loaded_name"]: context["loaded_values"]}
    for inline in context["inline_admin_formsets"]:
        bound += [inline.formset.management_form, *inline.formset.forms]
    for form in bound:
        for field in form:
            sent |= inputs(field)
    return sent


def inputs(field) -> dict[str, object]:
    widget, value = getattr(field.field.widget, "widget", field.field.widget), field.value()
    if hasattr(widget, "decompress"):
        parts = zip(widget.widgets_names, widget.decompress(value), strict=True)
        return {field.html_name + ending: part or "" for ending, part in parts}
    if getattr(widget, "input_type", "") == "checkbox" and not hasattr(widget, "choices"):
        return {field.html_name: "on"} if value else {}
    if type(widget).__name__ in ("SecretWidget", "ReadOnlyPasswordHashWidget"):
        return {}
    return {field.html_name: "" if value is None else value}


def said(response) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]


def errors(response) -> dict[str, str]:
    forms = [response.context["adminform"].form]
    forms += [form for inline in response.context["inline_admin_formsets"] for form in inline.formset.forms]
    return {form.add_prefix(name): " ".join(found) for form in forms for name, found in form.errors.items()}


@pytest.fixture
def mona(django_user_model) -> Client:
    client = Client()
    client.force_login(django_user_model.objects.create_superuser("mona"))
    return client


@pytest.fixture
def rule(nora) -> RoutingRule:
    return RoutingRule.objects.create(customer=nora.customer, caller=ANA, persona=nora)


@pytest.fixture
def key(nora):
    return ApiKey.objects.create_key(name="Dialer", customer=nora.customer, scopes=["calls:read"])[0]


EDITED = [
    ("nora", "welcome_message", "closing_message"),
    ("clinic", "label", "region"),
    ("rule", "note", "persona"),
    ("customer", "description", "time_zone"),
    ("key", "name", "scopes"),
    ("staff", "first_name", "last_name"),
]
OTHER_VALUES = {"region": "DE", "time_zone": "Europe/Berlin", "scopes": ["calls:write"]}


@pytest.fixture
def row(request, nora):
    if request.param == "customer":
        return nora.customer
    if request.param == "staff":
        return User.objects.create_user("staff", is_staff=True)
    return request.getfixturevalue(request.param)


@pytest.mark.parametrize(("row", "mine", "theirs"), EDITED, indirect=["row"])
def test_a_field_that_only_the_other_user_changed_stays_as_they_saved_it(admin_client, mona, row, mine, theirs):
    twin = Persona.objects.create(customer=make_twin_customer(row), slug="twin", name="Twin")
    other_value = {**OTHER_VALUES, "persona": twin.pk}.get(theirs, "Theirs")
    my_page = load(admin_client, row)
    assert mona.post(address(row), load(mona, row) | {theirs: other_value}).status_code == 302

    response = admin_client.post(address(row), my_page | {mine: "Mine"})

    stored = type(row).objects.get(pk=row.pk)
    assert response.status_code == 302
    assert (getattr(stored, mine), stored._meta.get_field(theirs).value_from_object(stored)) == ("Mine", other_value)
    assert any("was also changed by mona: " in message for message in said(response))


def make_twin_customer(row):
    return getattr(row, "customer", None) or Customer.objects.first()


@pytest.mark.parametrize(("row", "field", "_"), EDITED, indirect=["row"])
def test_a_field_that_both_changed_comes_back_with_both_values(admin_client, mona, row, field, _):
    my_page = load(admin_client, row)
    mona.post(address(row), load(mona, row) | {field: "Theirs"})

    response = admin_client.post(address(row), my_page | {field: "Mine"})

    assert getattr(type(row).objects.get(pk=row.pk), field) == "Theirs"
    assert "mona also changed this" in errors(response)[field]
    assert "Theirs" in errors(response)[field]
    assert response.context["adminform"].form[field].value() == "Mine"


def test_saving_again_after_seeing_both_values_keeps_mine(admin_client, mona, nora):
    my_page = load(admin_client, nora) | {"welcome_message": "Mine"}
    mona.post(address(nora), load(mona, nora) | {"welcome_message": "Theirs"})
    answer = admin_client.post(address(nora), my_page)

    admin_client.post(address(nora), my_page | {"_loaded": answer.context["loaded_values"]})

    assert Persona.objects.get(pk=nora.pk).welcome_message == "Mine"


def test_instructions_that_both_changed_are_lost_by_neither(admin_client, mona, nora):
    my_page = load(admin_client, nora)
    mona.post(address(nora), load(mona, nora) | {"agents-0-instructions": "Theirs.\nTwo lines."})

    response = admin_client.post(address(nora), my_page | {"agents-0-instructions": "Mine."})

    assert nora.agents.get().instructions == "Theirs.\nTwo lines."
    assert "Theirs.\nTwo lines." in errors(response)["agents-0-instructions"]
    assert 'name="agents-0-instructions"' in response.content.decode()
    assert "Mine." in response.content.decode()


def test_publishing_does_not_publish_a_change_that_the_user_has_not_seen(admin_client, mona, nora):
    my_page = load(admin_client, nora) | {"welcome_message": "Mine", "_publish": "1"}
    mona.post(address(nora), load(mona, nora) | {"agents-0-instructions": "Half done", "_continue": "1"})

    response = admin_client.post(address(nora), my_page)

    assert nora.versions.count() == 1
    assert "mona changed this" in errors(response)["agents-0-instructions"]
    again = my_page | {"_loaded": response.context["loaded_values"], "agents-0-instructions": "Half done"}
    admin_client.post(address(nora), again)
    assert nora.versions.first().spec["agents"][0]["instructions"] == "Half done"


def test_a_token_that_only_the_other_user_set_stays_set_and_is_never_shown(admin_client, mona, nora):
    customer = nora.customer
    my_page = load(admin_client, customer)
    mona.post(address(customer), load(mona, customer) | {"crm_token": "sesame-1"})

    admin_client.post(address(customer), my_page | {"description": "Mine"})
    clash = admin_client.post(address(customer), my_page | {"crm_token": "sesame-2"})

    assert Customer.objects.get(pk=customer.pk).crm_token.reveal() == "sesame-1"
    assert "sesame" not in clash.content.decode()


def test_a_member_s_role_that_both_changed_comes_back_with_both_values(admin_client, mona, nora, django_user_model):
    member = Membership.objects.create(
        user=django_user_model.objects.create(username="vera"), customer=nora.customer, role="viewer"
    )
    my_page = load(admin_client, nora.customer)
    mona.post(address(nora.customer), load(mona, nora.customer) | {"memberships-0-role": "manager"})

    response = admin_client.post(address(nora.customer), my_page | {"memberships-0-role": "supervisor"})

    member.refresh_from_db()
    assert member.role == "manager"
    assert "Manager" in errors(response)["memberships-0-role"]


def test_a_member_whose_role_was_changed_meanwhile_is_not_removed_unseen(admin_client, mona, nora, django_user_model):
    Membership.objects.create(
        user=django_user_model.objects.create(username="vera"), customer=nora.customer, role="viewer"
    )
    my_page = load(admin_client, nora.customer)
    mona.post(address(nora.customer), load(mona, nora.customer) | {"memberships-0-role": "manager"})

    admin_client.post(address(nora.customer), my_page | {"memberships-0-DELETE": "on"})

    assert nora.customer.memberships.get().role == "manager"


def test_a_forged_or_foreign_record_of_the_loaded_values_overwrites_nothing(admin_client, mona, nora):
    other = Persona.objects.create(customer=make_customer("other"), slug="leo", name="Leo")
    my_page = load(admin_client, nora)
    mona.post(address(nora), load(mona, nora) | {"welcome_message": "Theirs"})

    for forged in ("nonsense", load(admin_client, other)["_loaded"]):
        response = admin_client.post(address(nora), my_page | {"_loaded": forged})
        assert "welcome_message" in errors(response)

    assert Persona.objects.get(pk=nora.pk).welcome_message == "Theirs"


def test_an_untouched_page_conflicts_with_nothing(admin_client, nora, clinic, rule, key):
    for row in (nora, clinic, rule, key, nora.customer, User.objects.get(username="admin")):
        response = admin_client.post(address(row), load(admin_client, row))

        assert response.status_code == 302
        assert not [message for message in said(response) if "also changed" in message]
