"""Every operation of the OpenAPI document, and its examples."""

import json
from dataclasses import dataclass, field
from functools import cache

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer

from calls.api.examples import CALL_ID
from calls.api.trunk_examples import TRUNK_ID
from campaigns.api.campaigns.examples import EMPTY, PAUSED, RUNNING
from campaigns.api.examples import ENTRY_ID
from campaigns.api.import_examples import IMPORT_ID, MODULE, QUEUED_IMPORT_ID
from campaigns.api.leads.examples import LEAD_ID, LIST_ID
from campaigns.api.legacy.examples import LIST
from personas.api.examples import PERSONA_ID, RULE_ID
from tests.conftest import CLINIC

IDS = {
    **{"personas": PERSONA_ID, "routing-rules": RULE_ID, "calls": CALL_ID, "numbers": CLINIC},
    **{"do-not-call": ENTRY_ID, "trunks": TRUNK_ID, "campaigns": MODULE, "imports": IMPORT_ID},
    **{"leads": LEAD_ID, "lead-lists": LIST_ID, "csv": LIST},
}
ROWS = {
    **{"imports_cancel": QUEUED_IMPORT_ID, "campaigns_delete": EMPTY, "campaigns_resume": PAUSED},
    **{"campaigns_pause": RUNNING, "campaigns_stop": RUNNING},
}  # where an operation needs another row than the rest of its kind
QUERIES = {
    "campaigns_list": "?status=draft",
    "lead_lists_list": "?campaign=reminders",
    "leads_list": "?campaign=reminders",
    "routing_test": "?dialed=%2B15551230100&caller=%2B15550100001",
    "leads_may_call": "?at=2026-12-02T02:00:00Z",
    "campaigns_preflight": "?at=2026-12-01T17:00:00Z",
    "older_lists_preview": f"?name={LIST}",
}


@dataclass(frozen=True, kw_only=True)
class Operation:
    name: str
    method: str
    path: str  # with the ids of the examples
    template: str  # as the document writes it
    requests: list = field(default_factory=list)
    answers: list = field(default_factory=list)
    is_form: bool = False

    @property
    def row(self) -> str:
        """What stands in the address for the row of the examples."""
        return ROWS.get(self.name) or IDS[self.template.split("/")[3]]

    @property
    def body(self):
        return self.requests[0] if self.requests else None

    def send(self, client: Client, body=None, **headers):
        if self.is_form:
            return client.post(self.path, _as_form(body or self.body), headers=headers)
        content = (
            {}
            if self.method == "get" or (self.method == "delete" and not self.requests)
            else {"data": body if body is not None else self.body or {}, "content_type": "application/json"}
        )
        return getattr(client, self.method)(self.path, **content, headers=headers)


@cache
def document() -> dict:
    described: dict = json.loads(OpenApiJsonRenderer().render(SchemaGenerator().get_schema(request=None, public=True)))
    return described


@cache
def operations() -> list[Operation]:
    return [
        _operation(path, method, about)
        for path, methods in document()["paths"].items()
        for method, about in methods.items()
    ]


def _operation(template: str, method: str, about: dict) -> Operation:
    name = about["operationId"]
    kind = template.split("/")[3] if template.startswith("/api/") else "calls"
    row = ROWS.get(name) or IDS.get(kind, "")
    path = "/".join(row if part.startswith("{") else part for part in template.split("/"))
    contents = [
        content
        for status, answer in about["responses"].items()
        if status < "300"
        for content in answer.get("content", {}).values()
    ]
    bodies = about.get("requestBody", {}).get("content", {})
    return Operation(
        name=name,
        method=method,
        path=path.replace("+", "%2B") + QUERIES.get(name, ""),
        template=template,
        requests=[example for content in bodies.values() for example in _examples(content)],
        is_form="multipart/form-data" in bodies,
        answers=[example for content in contents for example in _examples(content)],
    )


def _as_form(body: dict) -> dict:
    """Return the body of a form; its file, where it has one, is written as text in the example."""
    return body | ({"file": SimpleUploadedFile("prospects.csv", body["file"].encode())} if "file" in body else {})


def _examples(content: dict) -> list:
    return [example["value"] for example in content.get("examples", {}).values()]
