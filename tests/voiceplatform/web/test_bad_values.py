"""Do values that parse, but that the next layer cannot use, end in a 400, a 404 or the list, and never in a 5xx?

Every page of the admin with each of them in its path, every list with each of them in each parameter, and the same for
the API.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle
from urllib.parse import urlencode

import pytest
from django.contrib import admin
from django.db import DataError, transaction
from django.http import HttpResponse
from django.template.response import SimpleTemplateResponse
from django.test import Client
from django.urls import reverse

from tests.api.cast import api, make_cast
from tests.api.operations import document, operations
from tests.voiceplatform.observability.planted import Tenant, make_delivery, make_tenant
from tests.voiceplatform.web.crawler import addresses
from voiceplatform.web.bad_values import BadValues

pytestmark = pytest.mark.django_db
IN_PATHS = ["None", "abc", "-1", "0", "9" * 25, "1e400", "%00", "%ED%A0%80", "(", "%F0%9F%98%80", "a" * 300]
IN_PARAMETERS = ["", "abc", "None", "-1", "9" * 25, "1e400", "\0", "\udc80", "(", "a" * 3_000, "99999999", "[]", "{}"]
IN_DATES = [
    *["0001-01-01T00:00:00-23:59", "0001-01-01", "9999-12-31", "9999-12-31T23:59:59-23:59", "10000-01-01", "NaN"],
    *IN_PARAMETERS,
]
LOOKUPS = [
    "",
    "__exact",
    "__in",
    "__isnull",
    "__regex",
    "__gte",
    "__lt",
    "__year",
    "__id__exact",
    "__pk__exact",
    "_from",
    "_to",
]
WRITTEN_EVERY = 61  # of the addresses of a list: its whole page
PLACE = re.compile(r"\(\?P<[^>]+>[^)]*\)|<[^>]+>")
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


@pytest.fixture(autouse=True)
def unlogged() -> Iterator[None]:
    """Leave out the log lines: a traceback for each of ten thousand refused addresses takes longer than the answers."""
    logging.disable(logging.CRITICAL)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture
def tenant() -> Tenant:
    make_delivery()
    return make_tenant("riverside", "+15551230100")


def visitors(tenant: Tenant, django_user_model) -> dict[str, Client]:
    """A superuser, a manager, and a user without a role."""
    people = {
        "superuser": django_user_model.objects.create_superuser("boss"),
        "manager": tenant.people["manager"],
        "staff": django_user_model.objects.create_user("without-role", is_staff=True),
    }
    clients = {name: Client(raise_request_exception=False) for name in people}
    for name, client in clients.items():
        client.force_login(people[name])
    return clients


def pages() -> list[str]:
    """Every address of the admin that has a place for a value."""
    found = {pattern for pattern in addresses() if pattern.startswith("admin/") and PLACE.search(pattern)}
    assert len(found) > 30
    return sorted(found)


def fill(pattern: str, value: str, *, last: str | None = None) -> str:
    plain = pattern.replace("^", "").replace("$", "").replace("\\Z", "").replace("\\.", ".").replace("/?", "/")
    places = len(PLACE.findall(plain))
    values = iter([value] * (places - 1) + [last if last is not None else value])
    return "/" + PLACE.sub(lambda _: next(values), plain)


@pytest.mark.parametrize("value", IN_PATHS, ids=lambda value: value[:12])
def test_no_page_of_the_admin_breaks_over_its_path(tenant, django_user_model, value):
    clients = visitors(tenant, django_user_model)
    asked = [fill(page, value) for page in pages()] + [
        fill(page, str(tenant.persona.pk), last=value) for page in pages() if len(PLACE.findall(page)) > 1
    ]

    broken = {(name, page) for name, client in clients.items() for page in asked if ask(client, page) >= 500}
    assert broken == set()


def ask(client: Client, address: str) -> int:
    """Return the answer's status, in a savepoint: what the database refuses must not end the test's transaction."""
    with transaction.atomic():
        status = client.get(address).status_code
        transaction.set_rollback(True)
    return status


def offered(model) -> set[str]:
    """What the list's filters read, and what each list of Django's admin does."""
    names = {"q", "o", "p", "e", "all", "_popup", "_to_field", "_facets"}
    for entry in admin.site._registry[model].list_filter:
        if hasattr(entry, "parameter_name"):
            names.add(entry.parameter_name)
        else:
            field = entry[0] if isinstance(entry, list | tuple) else entry
            names |= {f"{field}{lookup}" for lookup in ("__exact", "__id__exact", "__in", "__isnull", "_from", "_to")}
    return names


def values_for(parameter: str) -> list[str]:
    return IN_DATES if parameter.endswith(("_from", "_to", "_at")) else IN_PARAMETERS


def queries(model) -> list[str]:
    fields = [field.name for field in model._meta.concrete_fields]
    wanted = [(name, value) for name in sorted(offered(model)) for value in values_for(name)]
    # Parameters that a list does not offer are refused by name: each field and each lookup once will do, not each pair.
    wanted += [(f"{field}{lookup}", "(") for field, lookup in zip(fields, cycle(LOOKUPS), strict=False)]
    wanted += [(f"{field}{lookup}", "\0") for lookup, field in zip(LOOKUPS, cycle(fields), strict=False)]
    return [urlencode({name: value}, errors="surrogateescape") for name, value in wanted]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_no_list_of_the_admin_breaks_over_its_parameters(tenant, admin_client, model):
    admin_client.raise_request_exception = False
    address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    asked = queries(model)

    with lists_read_but_not_written():
        broken = {query for query in asked if ask(admin_client, f"{address}?{query}") >= 500}
    broken |= {query for query in asked[::WRITTEN_EVERY] if ask(admin_client, f"{address}?{query}") >= 500}
    assert broken == set()


@contextmanager
def lists_read_but_not_written() -> Iterator[None]:
    """Let lists query their rows and filters, and leave out their HTML: that takes nine tenths of the time."""

    def read(response: SimpleTemplateResponse) -> str:
        if changes := (response.context_data or {}).get("cl"):
            list(changes.result_list)
            for found in changes.filter_specs:
                list(found.choices(changes))
        return ""

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(SimpleTemplateResponse, "rendered_content", property(read))
        yield


@pytest.mark.parametrize("lookup", ["phone__regex", "brief__icontains", "phone", "persona__name", "queued_at__year"])
def test_a_list_is_filtered_only_by_what_it_offers(admin_client, lookup):
    assert admin_client.get(f"/admin/calls/call/?{lookup}=1").status_code == 400


def test_a_list_is_filtered_by_what_it_offers(tenant, admin_client):
    page = admin_client.get(f"/admin/calls/call/?persona__id__exact={tenant.persona.pk}&result__exact=failed")

    assert page.status_code == 200


def test_no_list_of_the_api_breaks_over_its_parameters(settings):
    settings.API_REQUESTS_PER_MINUTE = 1_000_000
    make_cast()
    client = api()
    client.raise_request_exception = False
    broken = set()
    for path, methods in document()["paths"].items():
        names = [each["name"] for each in methods.get("get", {}).get("parameters", []) if each["in"] == "query"]
        for query in (urlencode({n: v}, errors="surrogateescape") for n in names for v in IN_DATES):
            address = path.replace("{id}", "0192f3a0-0000-7000-8000-000000000001")
            if ask(client, f"{address}?{query}") >= 500:
                broken.add(f"{address}?{query}")

    assert broken == set()


@pytest.mark.parametrize("value", IN_PATHS, ids=lambda value: value[:12])
def test_no_endpoint_breaks_over_its_path(settings, value):
    settings.API_REQUESTS_PER_MINUTE = 1_000_000
    make_cast()
    client = api()
    client.raise_request_exception = False
    asked = {re.sub(r"\{\w+\}", value, operation.template) for operation in operations() if "{" in operation.template}

    answers = {path: client.get(path).status_code for path in asked}
    assert {path: status for path, status in answers.items() if status not in (404, 405)} == {}  # 405: it only writes


@pytest.mark.parametrize(("path", "kind"), [("/admin/x/", "text/html"), ("/api/v1/x", "application/problem+json")])
def test_a_value_that_the_database_refuses_is_a_400(rf, path, kind):
    answer = BadValues(lambda request: HttpResponse()).process_exception(
        rf.get(path), DataError("integer out of range")
    )

    assert answer is not None
    assert answer.status_code == 400
    assert answer["Content-Type"].startswith(kind)
    assert "integer" not in answer.content.decode()
