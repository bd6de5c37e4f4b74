"""The sidebar offers what a role can use, and nothing else."""

import pytest

from tests.conftest import make_customer, sign_in_member

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
