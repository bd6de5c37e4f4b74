"""The sidebar offers what a role can use, and nothing else; it highlights the item of the page."""

import pytest

from tests.conftest import make_customer, sign_in_member
from voiceplatform.navigation import find_item

MANAGERS_ONLY = ["CRM lookups", "API keys", "API reference"]
ADMINISTRATORS_ONLY = ["Users", "Webhook log", "Login history", "Failed logins"]


@pytest.fixture
def sidebar_of(admin_client):
    def read(role: str) -> str:
        client = admin_client if role == "administrator" else sign_in_member(make_customer(), role)
        page = client.get("/admin/").content.decode()
        return page[page.index('id="nav-sidebar') :]

    return read


def test_a_viewer_sees_no_settings_of_managers(sidebar_of):
    sidebar = sidebar_of("viewer")

    assert "Call history" in sidebar
    assert [title for title in [*MANAGERS_ONLY, *ADMINISTRATORS_ONLY] if title in sidebar] == []


def test_a_manager_sees_their_settings_but_not_the_systems(sidebar_of):
    sidebar = sidebar_of("manager")

    assert [title for title in MANAGERS_ONLY if title not in sidebar] == []
    assert [title for title in ADMINISTRATORS_ONLY if title in sidebar] == []


def test_an_administrator_sees_everything(sidebar_of):
    sidebar = sidebar_of("administrator")

    assert [title for title in [*MANAGERS_ONLY, *ADMINISTRATORS_ONLY] if title not in sidebar] == []


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/admin/", "Dashboard"),
        ("/admin/calls/call/", "Call history"),
        ("/admin/calls/call/place/", "Call a number"),
        ("/admin/personas/phonenumber/1/change/", "Phone numbers"),
        ("/admin/personas/phonenumber/routing-test/", "Routing test"),
        ("/admin/calls/trunk/check-telephony/", "Check telephony"),
        ("/admin/campaigns/callingruleoverride/rules/", "Calling rules"),
        ("/admin/campaigns/callingruleoverride/add/", "Calling rules"),
        ("/admin/password_change/", None),
    ],
)
def test_a_page_belongs_to_the_item_with_the_longest_address(path, title):
    found = find_item(path)

    assert (found and found.title) == title


@pytest.mark.parametrize("page", ["lead", "leadlist", "leadimport"])
def test_the_tabs_of_leads_highlight_leads(page, admin_client):
    groups = admin_client.get(f"/admin/campaigns/{page}/").context["sidebar_navigation"]

    assert [item["title"] for group in groups for item in group["items"] if item["active"]] == ["Leads"]
