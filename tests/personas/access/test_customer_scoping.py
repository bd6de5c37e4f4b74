"""Members see only their own customers' rows, and a viewer changes none."""

import pytest
from django.test import Client
from django.urls import reverse

from personas.models import CrmSnapshot, Membership, Persona, PhoneNumber, RoutingRule
from tests.conftest import ANA, CLINIC, make_customer, make_number, make_persona, sign_in_member

OTHERS = "+15551239999"
WHO = "/admin/personas/phonenumber/routing-test/"


@pytest.fixture
def leo(db) -> Persona:
    """Another customer's persona, with a number, a rule and a CRM answer."""
    leo = make_persona("Leo", customer=make_customer("other"))
    number = make_number(OTHERS, persona=leo)
    RoutingRule.objects.create(customer=leo.customer, caller=ANA, persona=leo, number=number)
    CrmSnapshot.objects.create(customer=leo.customer, digits="15551239999", outcome="found", persona=leo)
    return leo


@pytest.fixture
def manager(nora) -> Client:
    return sign_in_member(nora.customer, "manager")


@pytest.fixture
def viewer(nora) -> Client:
    return sign_in_member(nora.customer, "viewer")


def rows(client: Client, model: str):
    return list(client.get(reverse(f"admin:personas_{model}_changelist")).context["cl"].queryset)


def test_a_manager_s_lists_hold_only_own_rows(manager, nora, clinic, leo):
    assert rows(manager, "persona") == [nora]
    assert rows(manager, "phonenumber") == [clinic]
    assert rows(manager, "customer") == [nora.customer]
    assert rows(manager, "routingrule") == rows(manager, "crmsnapshot") == []


def test_the_filters_name_no_stranger(manager, nora, clinic, leo):
    html = manager.get(reverse("admin:personas_phonenumber_changelist")).content.decode()

    assert "Other" not in html
    assert "Leo" not in html


@pytest.mark.parametrize("name", ["change", "delete", "preview", "versions", "history", "duplicate", "discard"])
def test_a_stranger_s_persona_does_not_exist(manager, leo, name):
    response = manager.get(reverse(f"admin:personas_persona_{name}", args=[leo.pk]))

    assert response.status_code in (302, 404)
    assert response.status_code == 404 or response["Location"] == "/admin/"


def test_a_stranger_s_version_is_not_restored(manager, leo):
    assert manager.post(reverse("admin:personas_persona_restore", args=[leo.pk, 1])).status_code == 404


@pytest.mark.parametrize("model", [PhoneNumber, RoutingRule, CrmSnapshot])
def test_a_stranger_s_other_rows_do_not_exist_either(manager, leo, model):
    row = model.objects.get()

    response = manager.get(reverse(f"admin:personas_{model._meta.model_name}_change", args=[row.pk]))

    assert (response.status_code, response["Location"]) == (302, "/admin/")


def test_a_manager_chooses_among_own_rows_only(manager, nora, clinic, leo):
    form = manager.get(reverse("admin:personas_routingrule_add")).context["adminform"].form

    choices = {name: list(form.fields[name].queryset) for name in ("customer", "persona", "number")}
    assert choices == {"customer": [nora.customer], "persona": [nora], "number": [clinic]}


def test_a_stranger_s_persona_that_is_sent_anyway_is_refused(manager, nora, leo):
    form = {"customer": nora.customer.pk, "phone": CLINIC, "persona": leo.pk, "loading": "blocking"}

    response = manager.post(reverse("admin:personas_phonenumber_add"), form)

    assert "Select a valid choice" in response.content.decode()
    assert not PhoneNumber.objects.filter(phone=CLINIC).exists()


def test_a_manager_edits_and_publishes_without_further_permissions(manager, nora):
    form = {
        "name": "Nora",
        "slug": "nora",
        "welcome_message": "New.",
        "voice": "Leda",
        "language": "en-US",
        "emotion": "Calm",
        "temperature": "0.2",
    }
    agent = {
        "0-id": nora.agents.get().pk,
        "0-persona": nora.pk,
        "0-instructions": "Be brief.",
        "TOTAL_FORMS": 1,
        "INITIAL_FORMS": 1,
    }
    inline = {f"agents-{key}": value for key, value in agent.items()}

    manager.post(reverse("admin:personas_persona_change", args=[nora.pk]), form | inline | {"_publish": "1"})

    assert nora.versions.get(number=2).spec["agents"][0]["instructions"] == "Be brief."


def test_a_viewer_reads_and_has_no_button(viewer, nora):
    html = viewer.get(reverse("admin:personas_persona_change", args=[nora.pk])).content.decode()

    assert "You answer for Riverside Clinic." in html
    assert "Save and publish" not in html


@pytest.mark.parametrize(
    ("name", "more"), [("change", []), ("delete", []), ("restore", [1]), ("discard", []), ("duplicate", [])]
)
def test_a_viewer_changes_nothing(viewer, nora, name, more):
    assert (
        viewer.post(
            reverse(f"admin:personas_persona_{name}", args=[nora.pk, *more]), {"name": "X", "post": "yes"}
        ).status_code
        == 403
    )


def test_a_viewer_adds_nothing(viewer):
    assert viewer.get(reverse("admin:personas_persona_add")).status_code == 403


def test_a_manager_of_one_is_a_viewer_of_another(manager, django_user_model, leo):
    Membership.objects.create(
        user=django_user_model.objects.get(username="manager"), customer=leo.customer, role="viewer"
    )
    address = reverse("admin:personas_persona_change", args=[leo.pk])

    assert manager.get(address).status_code == 200
    assert manager.post(address, {"name": "X"}).status_code == 403
    assert (
        leo.customer
        not in manager.get(reverse("admin:personas_persona_add")).context["adminform"].form.fields["customer"].queryset
    )


def test_the_routing_test_treats_a_stranger_s_number_like_no_one_s(manager, clinic, leo):
    own = manager.get(WHO, {"dialed": CLINIC}).content.decode()
    strangers = manager.get(WHO, {"dialed": OTHERS}).content.decode()
    nobodys = manager.get(WHO, {"dialed": "+15551110000"}).content.decode()

    assert ">Nora</a>" in own
    assert "Leo" not in strangers
    assert all("You do not have access to this number" in html for html in (strangers, nobodys))


def test_a_manager_neither_hands_out_memberships_nor_adds_customers(manager, nora):
    html = manager.get(reverse("admin:personas_customer_change", args=[nora.customer.pk])).content.decode()

    assert "Membership" not in html
    assert manager.get(reverse("admin:personas_customer_add")).status_code == 403


def test_staff_without_a_membership_sees_nothing(django_user_model, nora, clinic):
    client = Client()
    client.force_login(django_user_model.objects.create(username="new", is_staff=True))

    assert client.get(reverse("admin:personas_persona_changelist")).status_code == 403
    assert client.get(WHO, {"dialed": CLINIC}).status_code == 403


def test_who_is_no_staff_is_sent_to_the_login(client, clinic):
    assert client.get(WHO, {"dialed": CLINIC})["Location"].startswith("/admin/login/")
