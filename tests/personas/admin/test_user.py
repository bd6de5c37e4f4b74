"""One form makes a user who can sign in and work for a customer."""

import pytest
from django.contrib.auth.models import User
from django.urls import reverse

from tests.conftest import make_customer

PASSWORD = "correct horse battery staple"
ADD = "/admin/auth/user/add/"


@pytest.fixture
def new_user():
    return {
        "username": "mona",
        "first_name": "Mona",
        "password1": PASSWORD,
        "password2": PASSWORD,
        "is_staff": "on",
        "memberships-TOTAL_FORMS": "1",
        "memberships-INITIAL_FORMS": "0",
    }


def test_one_form_makes_a_user_with_a_role(admin_client, new_user):
    customer = make_customer()
    role = {"memberships-0-customer": customer.pk, "memberships-0-role": "manager"}

    answer = admin_client.post(ADD, new_user | role)

    assert answer.url == reverse("admin:auth_user_changelist")
    mona = User.objects.get(username="mona")
    assert mona.is_staff
    assert not mona.is_superuser
    assert list(mona.memberships.values_list("customer", "role")) == [(customer.pk, "manager")]
    assert mona.check_password(PASSWORD)


def test_an_administrator_needs_no_role(admin_client, new_user):
    empty = {"memberships-0-customer": "", "memberships-0-role": "viewer"}

    admin_client.post(ADD, new_user | empty | {"is_superuser": "on"})

    mona = User.objects.get(username="mona")
    assert mona.is_superuser
    assert not mona.memberships.exists()


def test_a_new_user_can_sign_in_unless_unticked(admin_client, db):
    form = admin_client.get(ADD).context["adminform"].form

    assert form["is_staff"].initial is True
    assert str(form["is_staff"].label) == "Can sign in"
    assert str(form["is_superuser"].label) == "Administrator (all customers)"


@pytest.mark.parametrize("field", ["groups", "user_permissions", "usable_password"])
def test_groups_and_permissions_are_not_offered(admin_client, admin_user, field):
    change = reverse("admin:auth_user_change", args=[admin_user.pk])

    assert all(f'name="{field}"' not in admin_client.get(page).content.decode() for page in (ADD, change))


def test_a_user_s_page_shows_their_roles(admin_client, admin_user):
    admin_user.memberships.create(customer=make_customer(name="Riverside Clinic"), role="supervisor")

    page = admin_client.get(reverse("admin:auth_user_change", args=[admin_user.pk])).content.decode()

    assert "Riverside Clinic" in page
    assert "also ends live calls" in page
