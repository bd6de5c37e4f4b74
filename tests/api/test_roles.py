"""Who may do what? Every operation for every role, written down; an operation that is not listed fails here.

Each role meets the row of the examples, which belongs to Riverside.
"""

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.test import Client

from personas.models import Membership
from tests.api.cast import EVERYTHING, api, make_cast, running
from tests.api.operations import document, operations
from tests.conftest import make_customer

ROLES = [
    "anonymous",
    "viewer",
    "manager",
    "stranger",
    "key_without_scope",
    "key_with_scope",
    "key_of_stranger",
    "superuser",
    "key_for_all_customers",
]

# What each role gets, in the order of ROLES. A list is 200 for a stranger, who sees none of Riverside's rows: see
# below.
LIST = [401, 200, 200, 200, 403, 200, 200, 200, 200]
READ = [401, 200, 200, 404, 403, 200, 404, 200, 200]
CREATE = [401, 403, 201, 400, 403, 201, 400, 201, 201]  # a stranger is told that there is no such customer
CHANGE = [401, 403, 200, 404, 403, 200, 404, 200, 200]
DELETE = [401, 403, 204, 404, 403, 204, 404, 204, 204]
DELETE_USED = [401, 403, 409, 404, 403, 409, 404, 409, 409]
# The older dialer's addresses name no customer: a stranger reads and writes what is the stranger's.
OLDER_READ = [401, 200, 200, 200, 403, 200, 200, 200, 200]
OLDER_WRITE = [401, 403, 200, 200, 403, 200, 200, 200, 200]

EXPECTED = {
    "calls_end": ("calls:write", CHANGE),
    "calls_list": ("calls:read", LIST),
    "calls_place": ("calls:write", CREATE),
    "calls_retrieve": ("calls:read", READ),
    "calls_transcript": ("calls:read", READ),
    "campaigns_create": ("campaigns:write", CREATE),
    "campaigns_delete": ("campaigns:write", DELETE),
    "campaigns_list": ("campaigns:read", LIST),
    "campaigns_pause": ("campaigns:write", CHANGE),
    "campaigns_preview": ("campaigns:read", READ),
    "campaigns_resume": ("campaigns:write", CHANGE),
    "campaigns_retrieve": ("campaigns:read", READ),
    "campaigns_start": ("campaigns:write", CHANGE),
    "campaigns_stop": ("campaigns:write", CHANGE),
    "campaigns_update": ("campaigns:write", CHANGE),
    "campaigns_preflight": ("campaigns:read", READ),
    "campaigns_results": ("campaigns:read", READ),
    "do_not_call_create": ("do_not_call:write", CREATE),
    "do_not_call_create_many": ("do_not_call:write", [401, 403, 200, 400, 403, 200, 400, 200, 200]),
    "do_not_call_delete": ("do_not_call:write", DELETE),
    "do_not_call_list": ("do_not_call:read", LIST),
    "do_not_call_retrieve": ("do_not_call:read", READ),
    "imports_cancel": ("campaigns:write", CHANGE),
    "imports_create": ("campaigns:write", [401, 403, 202, 404, 403, 202, 404, 202, 202]),
    "imports_rejections": ("campaigns:read", READ),
    "imports_retrieve": ("campaigns:read", READ),
    "imports_undo": ("campaigns:write", CHANGE),
    "lead_lists_delete": ("campaigns:write", DELETE),
    "lead_lists_list": ("campaigns:read", LIST),
    "lead_lists_retrieve": ("campaigns:read", READ),
    "lead_lists_update": ("campaigns:write", CHANGE),
    "leads_create": ("campaigns:write", CREATE),
    "leads_delete": ("campaigns:write", DELETE),
    "leads_list": ("campaigns:read", LIST),
    "leads_retrieve": ("campaigns:read", READ),
    "leads_update": ("campaigns:write", CHANGE),
    "leads_may_call": ("campaigns:read", READ),
    "may_call": ("calls:read", [401, 200, 200, 400, 403, 200, 400, 200, 200]),
    "numbers_create": ("personas:write", CREATE),
    "numbers_delete": ("personas:write", DELETE),
    "numbers_list": ("personas:read", LIST),
    "numbers_retrieve": ("personas:read", READ),
    "numbers_update": ("personas:write", CHANGE),
    "older_campaigns_create": ("campaigns:write", OLDER_WRITE),
    "older_campaigns_list": ("campaigns:read", OLDER_READ),
    "older_campaigns_texts": ("campaigns:read", OLDER_READ),
    "older_campaigns_update": ("campaigns:write", CHANGE),
    "older_lists": ("campaigns:read", OLDER_READ),
    "older_lists_delete": ("campaigns:write", CHANGE),
    "older_lists_preview": ("campaigns:read", READ),
    "older_lists_select": ("campaigns:write", CHANGE),
    "older_lists_upload": ("campaigns:write", OLDER_WRITE),
    "older_prospects": ("campaigns:read", OLDER_READ),
    "personas_create": ("personas:write", CREATE),
    "personas_delete": ("personas:write", DELETE_USED),
    "personas_list": ("personas:read", LIST),
    "personas_publish": ("personas:write", CHANGE),
    "personas_restore": ("personas:write", CHANGE),
    "personas_retrieve": ("personas:read", READ),
    "personas_update": ("personas:write", CHANGE),
    "personas_versions": ("personas:read", READ),
    "routing_rules_create": ("personas:write", CREATE),
    "routing_rules_delete": ("personas:write", DELETE),
    "routing_rules_list": ("personas:read", LIST),
    "routing_rules_retrieve": ("personas:read", READ),
    "routing_rules_update": ("personas:write", CHANGE),
    "trunks_create": ("trunks:write", CREATE),
    "trunks_delete": ("trunks:write", DELETE),
    "trunks_list": ("trunks:read", LIST),
    "trunks_retrieve": ("trunks:read", READ),
    "trunks_update": ("trunks:write", CHANGE),
    "routing_test": ("personas:read", READ),
}
BY_NAME = {operation.name: operation for operation in operations()}


def sign_in(customer: str, role: str) -> Client:
    client, user = Client(), User.objects.create(username=role, is_staff=True, is_superuser=role == "superuser")
    if role != "superuser":
        Membership.objects.create(user=user, customer=make_customer(customer), role=role)
    client.force_login(user)
    return client


def client_of(role: str, scope: str) -> Client:
    match role:
        case "anonymous":
            return Client()
        case "stranger":
            return sign_in("other", "manager")
        case "key_without_scope":
            return api(*[each for each in [*EVERYTHING, "metrics"] if each != scope], customer=make_customer())
        case "key_with_scope":
            return api(scope, customer=make_customer())
        case "key_of_stranger":
            return api(*EVERYTHING, customer=make_customer("other"))
        case "key_for_all_customers":
            return api(scope)
    return sign_in("riverside", role)


def test_each_operation_is_decided_on():
    assert set(EXPECTED) == set(BY_NAME)


def ask(name: str, role: str) -> int:
    """Return how the role is answered, and leave everything as it was."""
    with transaction.atomic():
        answer = BY_NAME[name].send(client_of(role, EXPECTED[name][0]))
        transaction.set_rollback(True)
    assert answer.status_code < 300 or answer["Content-Type"] == "application/problem+json"
    return int(answer.status_code)


@pytest.mark.time_machine("2026-12-01T17:00Z", tick=False)  # people may be called then
@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_an_operation_is_for_whom_it_is_for(db, livekit, name):
    make_cast(**running())

    assert {role: ask(name, role) for role in ROLES} == dict(zip(ROLES, EXPECTED[name][1], strict=True))


@pytest.mark.parametrize("name", [name for name, (_, statuses) in EXPECTED.items() if statuses is LIST])
@pytest.mark.parametrize("role", ["stranger", "key_of_stranger"])
def test_a_stranger_s_list_is_empty(db, name, role):
    make_cast()

    assert BY_NAME[name].send(client_of(role, "")).json()["results"] == []


@pytest.mark.parametrize("name", sorted(EXPECTED))
def test_the_document_names_the_scope(name):
    about = document()["paths"][BY_NAME[name].template][BY_NAME[name].method]
    assert about["description"].endswith(f"Scope: `{EXPECTED[name][0]}`.")
