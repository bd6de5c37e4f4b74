"""Are the filters of a list kept under a name, for their user or for a customer's members, and for no other?"""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from personas.models import Customer, SavedView
from tests.conftest import make_customer, make_member, sign_in_member

pytestmark = pytest.mark.django_db
LEADS, VIEWS = "/admin/campaigns/lead/", "/admin/personas/savedview/"
DONE = "q=ana&state__exact=done"


def save(client: Client, name: str = "Done", shared_with: Customer | None = None, **values):
    form = {"name": name, "page": "campaigns.lead", "query": DONE, **values}
    return client.post(f"{VIEWS}add/", form | ({"shared_with": shared_with.pk} if shared_with else {}))


def names(client: Client, page: str = LEADS) -> list[str]:
    return [link.name for link in client.get(page).context["saved_views"].links]


def errors(answer) -> dict[str, list[str]]:
    assert answer.status_code == 200
    return dict(answer.context["adminform"].form.errors)


def address(view: SavedView, name: str = "change") -> str:
    return reverse(f"admin:personas_savedview_{name}", args=[view.pk])


@pytest.mark.parametrize("role", ["viewer", "supervisor", "manager"])
def test_every_role_saves_what_a_list_shows(role):
    client = sign_in_member(make_customer(), role)
    offered = client.get(f"{LEADS}?{DONE}&p=2").context["saved_views"].save

    form = client.get(offered).context["adminform"].form
    answer = save(client, query=form.initial["query"])

    assert answer["Location"] == f"{LEADS}?{DONE}"
    views = client.get(answer["Location"]).context["saved_views"]
    assert [(link.name, link.is_current) for link in views.links] == [("Done", True)]
    assert views.save == ""  # it is saved


def test_a_list_without_filters_offers_nothing_to_save():
    assert sign_in_member(make_customer()).get(f"{LEADS}?p=1&q=").context["saved_views"].save == ""


@pytest.mark.parametrize("page", ["calls.call", "campaigns.campaign", "personas.persona", "campaigns.donotcall"])
def test_every_list_has_its_own_views(page):
    client = sign_in_member(make_customer(), "manager")

    assert save(client, page=page, query="q=5").status_code == 302
    assert names(client, reverse(f"admin:{page.replace('.', '_')}_changelist")) == ["Done"]
    assert names(client) == []


def test_a_private_view_is_seen_by_its_user_only():
    boss = Client()
    boss.force_login(User.objects.create_superuser("boss"))
    save(sign_in_member(make_customer(), "manager", name="ana"))

    assert names(sign_in_member(make_customer(), "manager", name="bob")) == names(boss) == []


def test_a_shared_view_is_seen_by_the_customer_s_members_and_by_no_other():
    acme = make_customer()
    save(sign_in_member(acme, "manager", name="ana"), shared_with=acme)
    stranger = sign_in_member(make_customer("other"), "manager", name="eve")

    assert names(sign_in_member(acme, name="bob")) == ["Done"]
    assert names(stranger) == []
    for page in ("change", "delete"):
        assert stranger.get(address(SavedView.objects.get(), page)).status_code in (302, 404)
    stranger.post(address(SavedView.objects.get(), "delete"), {"post": "yes"})
    assert SavedView.objects.exists()
    assert "Done" not in stranger.get(VIEWS).content.decode()


def test_a_viewer_shares_nothing():
    acme = make_customer()

    save(sign_in_member(acme), shared_with=acme)

    assert SavedView.objects.get().shared_with is None


def test_a_manager_shares_with_no_customer_of_others():
    answer = save(sign_in_member(make_customer(), "manager"), shared_with=make_customer("other"))

    assert "shared_with" in errors(answer)


@pytest.mark.parametrize(("role", "may"), [("viewer", False), ("supervisor", False), ("manager", True)])
def test_a_shared_view_is_changed_by_its_user_and_by_managers(role, may):
    acme = make_customer()
    view = SavedView.objects.create(
        user=make_member(acme, "viewer", name="ana"), shared_with=acme, page="campaigns.lead", name="Done", query=DONE
    )
    client = sign_in_member(acme, role, name="bob")

    client.post(address(view), {"name": "Ended", "shared_with": acme.pk})
    assert SavedView.objects.get().name == ("Ended" if may else "Done")
    client.post(address(view, "delete"), {"post": "yes"})
    assert SavedView.objects.exists() is not may


def test_a_viewer_renames_and_deletes_their_own():
    client = sign_in_member(make_customer())
    save(client)
    view = SavedView.objects.get()

    client.post(address(view), {"name": "Ended"})
    assert names(client) == ["Ended"]
    client.post(address(view, "delete"), {"post": "yes"})
    assert names(client) == []


def test_what_cannot_be_a_view_is_refused():
    client = sign_in_member(make_customer(), "manager")
    save(client)

    assert "name" in errors(save(client))
    assert "name" in errors(save(client, name=""))
    assert "page" in errors(save(client, name="2", page="auth.user"))
    assert "page" in errors(save(client, name="2", page="nonsense"))
    assert "query" in errors(save(client, name="2", query="q=" + "9" * 3_000))
    assert SavedView.objects.count() == 1


def test_views_cost_one_query_however_many(django_assert_max_num_queries):
    acme = make_customer()
    client = sign_in_member(acme, name="bob")
    user = User.objects.get(username="bob")
    client.get(LEADS)
    for number in range(10):
        SavedView.objects.create(user=user, page="campaigns.lead", name=str(number), query=DONE)

    with django_assert_max_num_queries(16):
        assert len(names(client)) == 10
