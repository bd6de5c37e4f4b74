"""Is every page locked, also one that was added yesterday? Asks every address of the admin, not a list of them."""

import pytest
from django.core import serializers
from django.test import Client

from personas.models import Customer, Persona, PhoneNumber, RoutingRule
from tests.voiceplatform.observability.planted import Tenant, make_delivery, make_tenant
from tests.voiceplatform.web.crawler import addresses, crawl, filled

pytestmark = pytest.mark.django_db
OURS, STRANGERS = "+15551230100", "+15559870200"
OPEN = {"/admin/login/", "/admin/logout/", "/admin/jsi18n/"}
KINDS = {
    "persona": "persona",
    "phonenumber": "number",
    "routingrule": "rule",
    "crmsnapshot": "snapshot",
    "customer": "customer",
    "call": "call",
}


@pytest.fixture
def ours() -> Tenant:
    return make_tenant("riverside", OURS)


@pytest.fixture
def other_tenant(ours) -> Tenant:
    return make_tenant("other_tenant", STRANGERS)


def signed_in(user, **options) -> Client:
    client = Client(**options)
    client.force_login(user)
    return client


def addresses_of(tenant: Tenant) -> list[str]:
    """Every address of the admin, with the ids of this tenant where an id belongs."""
    found = []
    for pattern in addresses():
        parts = pattern.split("/")
        if parts[0] == "admin" and "(?P<url>" not in pattern:
            row = getattr(tenant, KINDS.get(parts[2] if len(parts) > 2 else "", "persona"))
            found.append(filled(pattern.replace("<int:number>", "1"), str(row.pk)))
    assert len(found) > 60
    return found


def as_stored(tenant: Tenant):
    return serializers.serialize("json", [type(row)._default_manager.get(pk=row.pk) for row in tenant.rows])


def is_shut(response) -> bool:
    """403, 404, another method, or back to the home page: what a page says that is not one's own."""
    elsewhere = response.headers.get("Location", "")
    # Django sends the old address of a row to `…/change/`, whether there is one or not; that page is asked as well.
    return response.status_code in (403, 404, 405) or elsewhere == "/admin/" or elsewhere.endswith("/change/")


def test_without_login_every_page_leads_to_the_login(client, ours):
    make_delivery()
    opened = {
        page: (r.status_code, r.headers.get("Location"))
        for page in addresses_of(ours)
        if page not in OPEN
        for r in [client.get(page)]
    }

    assert {
        page: said for page, said in opened.items() if said[0] != 302 or not said[1].startswith("/admin/login/?next=")
    } == {}


def test_without_login_nothing_is_changed_either(client, ours):
    before = as_stored(ours)
    statuses = {
        client.post(page, {"post": "yes", "name": "X"}).status_code for page in addresses_of(ours) if page not in OPEN
    }

    assert statuses == {302}
    assert as_stored(ours) == before


def test_who_is_no_staff_is_sent_away_as_well(ours, django_user_model):
    outsider = signed_in(django_user_model.objects.create(username="outsider"))

    assert {outsider.get(page).status_code for page in addresses_of(ours) if page not in OPEN} == {302}


@pytest.mark.parametrize("role", ["manager", "supervisor", "viewer"])
def test_a_stranger_s_rows_do_not_exist(ours, other_tenant, role):
    member = signed_in(ours.people[role])
    inside = [
        page
        for page in addresses_of(other_tenant)
        if any(f"/{kind}/{getattr(other_tenant, name).pk}/" in page for kind, name in KINDS.items())
    ]
    got = {page: member.get(page) for page in inside}
    posted = {page: member.post(page, {"post": "yes", "name": "X"}) for page in inside}

    assert len(inside) > 25
    assert [page for page, response in (got | posted).items() if not is_shut(response)] == []
    assert [page for page, response in got.items() if "other_tenant" in response.content.decode()] == []


def test_no_page_that_links_lead_to_names_a_stranger(ours, other_tenant):
    pages = dict(crawl(signed_in(ours.people["manager"]), "/admin/"))

    assert len(pages) > 25
    assert {address for address, page in pages.items() if page.status_code not in (200, 302)} == set()
    told = {
        address
        for address, page in pages.items()
        for word in ("other_tenant", STRANGERS)
        if not page.streaming and word in page.content.decode()
    }
    assert told == set()


def test_a_search_finds_no_stranger_either(ours, other_tenant):
    manager = signed_in(ours.people["manager"])
    for address in ("/admin/personas/persona/", "/admin/personas/phonenumber/", "/admin/calls/call/", "/admin/search/"):
        page = manager.get(address, {"q": "5559870200", "s": "other_tenant"})
        assert "Desk other_tenant" not in page.content.decode()


def test_members_see_neither_users_nor_sign_ins_nor_deliveries(ours):
    manager = signed_in(ours.people["manager"])

    for address in ("auth/user", "axes/accesslog", "axes/accessattempt", "calls/webhookdelivery"):
        assert manager.get(f"/admin/{address}/").status_code == 403, address


def test_no_form_is_taken_from_another_site(ours, admin_user):
    boss = signed_in(admin_user, enforce_csrf_checks=True)
    statuses = {page: boss.post(page, {"post": "yes"}).status_code for page in addresses_of(ours)}

    assert {page: status for page, status in statuses.items() if status != 403} == {}


# -- rows do not change hands


PERSONA = {
    "name": "Nora",
    "slug": "riverside",
    "voice": "Leda",
    "language": "en-US",
    "emotion": "Calm",
    "temperature": "0.2",
}
NUMBER = {"phone": OURS, "loading": "blocking", "label": "", "region": ""}


def inline(persona) -> dict[str, object]:
    agent = {
        "0-id": persona.agents.get().pk,
        "0-persona": persona.pk,
        "0-instructions": "New.",
        "TOTAL_FORMS": 1,
        "INITIAL_FORMS": 1,
    }
    return {f"agents-{key}": value for key, value in agent.items()}


def test_a_persona_stays_with_its_customer_whatever_is_posted(ours, other_tenant):
    form = (
        PERSONA
        | inline(ours.persona)
        | {"customer": other_tenant.customer.pk, "published": other_tenant.persona.published_id, "origin": "crm"}
    )
    response = signed_in(ours.people["manager"]).post(f"/admin/personas/persona/{ours.persona.pk}/change/", form)

    saved = Persona.objects.get(pk=ours.persona.pk)
    assert response.status_code == 302
    assert saved.name == "Nora"
    assert (saved.customer, saved.published_id, saved.origin) == (ours.customer, ours.persona.published_id, "people")


def test_a_stranger_s_agent_is_not_edited_through_one_s_own_persona(ours, other_tenant):
    agent = other_tenant.persona.agents.get()
    form = PERSONA | inline(ours.persona) | {"agents-0-id": agent.pk}
    signed_in(ours.people["manager"]).post(f"/admin/personas/persona/{ours.persona.pk}/change/", form)

    agent.refresh_from_db()
    assert (agent.instructions, agent.persona) == ("Speak for other_tenant.", other_tenant.persona)


def test_nothing_is_added_for_a_stranger(ours, other_tenant):
    manager = signed_in(ours.people["manager"])
    empty = {"agents-TOTAL_FORMS": 0, "agents-INITIAL_FORMS": 0}
    manager.post(
        "/admin/personas/persona/add/", PERSONA | empty | {"slug": "planted", "customer": other_tenant.customer.pk}
    )
    manager.post(
        "/admin/personas/phonenumber/add/", NUMBER | {"phone": "+15550001111", "customer": other_tenant.customer.pk}
    )
    manager.post(
        "/admin/personas/routingrule/add/",
        {"caller": "+15550002222", "customer": other_tenant.customer.pk, "persona": ours.persona.pk},
    )

    assert not Persona.objects.filter(slug="planted").exists()
    assert not PhoneNumber.objects.filter(phone="+15550001111").exists()
    assert not RoutingRule.objects.filter(caller="+15550002222").exists()


def test_a_stranger_s_persona_answers_neither_number_nor_rule_nor_customer(ours, other_tenant):
    manager, foreign = signed_in(ours.people["manager"]), other_tenant.persona.pk
    manager.post(
        f"/admin/personas/phonenumber/{ours.number.pk}/change/",
        NUMBER | {"persona": foreign, "customer": other_tenant.customer.pk},
    )
    manager.post(
        f"/admin/personas/routingrule/{ours.rule.pk}/change/",
        {"caller": "+15550100001", "persona": foreign, "number": other_tenant.number.pk},
    )
    values = {"name": "X", "slug": "riverside", "region": "US", "time_zone": "UTC", "default_persona": foreign}
    manager.post(f"/admin/personas/customer/{ours.customer.pk}/change/", values)

    assert PhoneNumber.objects.get(pk=ours.number.pk).persona == ours.persona
    assert RoutingRule.objects.get(pk=ours.rule.pk).persona == ours.persona
    assert Customer.objects.get(pk=ours.customer.pk).default_persona is None


def test_a_manager_makes_no_one_a_superuser_and_no_member(ours, other_tenant):
    manager, user = signed_in(ours.people["manager"]), ours.people["manager"]
    member = {
        "memberships-TOTAL_FORMS": 1,
        "memberships-INITIAL_FORMS": 0,
        "memberships-0-user": user.pk,
        "memberships-0-role": "manager",
    }
    manager.post(f"/admin/auth/user/{user.pk}/change/", {"username": user.username, "is_superuser": "on"})
    manager.post(f"/admin/personas/customer/{other_tenant.customer.pk}/change/", member | {"name": "X"})

    user.refresh_from_db()
    assert not user.is_superuser
    assert list(user.memberships.values_list("customer", flat=True)) == [ours.customer.pk]
