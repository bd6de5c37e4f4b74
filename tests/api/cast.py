"""Rows that the API's examples speak of, and clients with a key."""

from datetime import UTC, datetime

from django.test import Client

from calls.api.examples import CALL, CALL_ID
from calls.api.trunk_examples import TRUNK, TRUNK_ID
from calls.models import Call, CallEvent, Trunk
from campaigns.api.campaigns.examples import CAMPAIGN, CAMPAIGN_ID, EMPTY, PAUSED, RUNNING
from campaigns.api.examples import ENTRY, ENTRY_ID
from campaigns.api.import_examples import IMPORT, IMPORT_ID, MODULE, QUEUED_IMPORT_ID, REJECTION
from campaigns.api.leads.examples import LEAD, LEAD_ID, LIST_ID
from campaigns.api.legacy.examples import LEAD as OLDER_LEAD
from campaigns.api.legacy.examples import LIST
from campaigns.models import Campaign, DoNotCall, LeadImport, LeadImportRow, LeadList
from personas.api.examples import PERSONA_ID, RULE_ID
from personas.models import Persona, PhoneNumber, RoutingRule
from tests.campaigns.cast import make_campaign, make_lead, make_list
from tests.conftest import ANA, CLINIC, make_customer, make_key, make_number, make_persona
from transcripts.models import Turn
from voiceplatform.jobs.job import Job

V1 = "/api/v1"
EVERYTHING = [
    *["calls:read", "calls:write", "personas:read", "personas:write"],
    *["do_not_call:read", "do_not_call:write", "trunks:read", "trunks:write", "campaigns:read", "campaigns:write"],
]
NINE = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def make_nora() -> Persona:
    """The persona of the examples, published at nine."""
    nora = make_persona("Nora", uid=PERSONA_ID, publish=False)
    nora.versions.create(number=1, spec=nora.draft().to_json(), at=NINE)
    nora.published = nora.versions.get()
    nora.save(update_fields=["published"])
    return nora


def make_rule(persona: Persona, number: PhoneNumber) -> RoutingRule:
    return RoutingRule.objects.create(
        uid=RULE_ID, customer=persona.customer, caller=ANA, persona=persona, number=number, note="Prefers Nora"
    )


def make_entry(**values) -> DoNotCall:
    """The do-not-call entry of the examples."""
    given: dict = {"phone": ENTRY["phone"], "reason": ENTRY["reason"], "source": "api", "at": NINE, "uid": ENTRY_ID}
    owner = {} if values.get("scope") == "all" or "customer" in values else {"customer": make_customer()}
    return DoNotCall.objects.create(**{**given, **owner, **values})


def make_call(
    *, call_id=CALL_ID, number: PhoneNumber | None = None, persona: Persona | None = None, customer=None, **values
) -> Call:
    """The call of the examples, with what was said in it."""
    given: dict = {
        field: CALL[field]
        for field in ["direction", "status", "result", "phone", "persona_source", "ended_by", "end_reason"]
    }
    given |= {
        field: datetime.fromisoformat(CALL[field]) for field in ["queued_at", "ringing_at", "answered_at", "ended_at"]
    }
    given |= {
        "room_name": CALL["room_name"] if call_id == CALL_ID else f"call-{call_id}",
        "brief": {"params": {}, "voice": {"language": CALL["language"], "emotion": CALL["emotion"]}},
        "number": number,
        "persona": persona,
    }
    given |= {"persona_version": persona.published if persona else None}
    return Call.objects.create(
        id=call_id, customer=customer or (persona.customer if persona else make_customer()), **{**given, **values}
    )


def make_example_trunk() -> Trunk:
    values = {field: value for field, value in TRUNK.items() if field not in ("id", "customer")}
    return Trunk.objects.create(uid=TRUNK_ID, customer=make_customer(), **values)


def make_example_campaigns(persona: Persona) -> LeadList:
    """The campaigns of the examples: one with a lead that runs, one that is paused, one without leads, and a draft, whose list is returned."""
    make_lead(make_list(make_campaign(PAUSED, status="paused", persona=persona), created_at=NINE))
    make_campaign(EMPTY, status="finished")
    leads = make_list(make_campaign(RUNNING, status="running"), uid=LIST_ID, created_at=NINE)
    make_lead(leads, LEAD["phone"], id=LEAD_ID, created_at=NINE, next_call_at=NINE)
    values = {field: CAMPAIGN[field] for field in ["session_instructions", "retry"]}
    draft = make_campaign(MODULE, uid=CAMPAIGN_ID, status_at=NINE, created_at=NINE, persona=persona, **values)
    return make_lead(make_list(draft)).lead_list


def make_imports(leads: LeadList) -> None:
    """The imports of the examples: one that is done, with a rejected line, and one that waits."""
    for import_id, status in ((IMPORT_ID, "done"), (QUEUED_IMPORT_ID, "queued")):
        ended_at = datetime.fromisoformat(IMPORT["finished_at"]) if status == "done" else None
        job = Job.objects.create(kind="lead_import", customer=leads.customer, status=status, finished_at=ended_at)
        counters = {field: IMPORT[field] for field in ["rows", "created", "rejected", "last_line"]}
        read = {field: IMPORT[field] for field in ["file_name", "region", "encoding", "delimiter"]}
        LeadImport.objects.create(
            id=import_id,
            customer=leads.customer,
            campaign=leads.campaign,
            lead_list=leads,
            job=job,
            size=100,
            created_at=NINE,
            read_mapping=IMPORT["mapping"],
            header="Name,Phone",
            **counters,
            **read,
        )
    line = {field: value for field, value in REJECTION.items() if field != "message"}
    LeadImportRow.objects.create(lead_import_id=IMPORT_ID, kind="rejected", last_line=4, text="Bob,555-01", **line)


def make_older_list() -> None:
    """The list of the older dialer's examples, with one lead."""
    built_in = Campaign.objects.built_in_of(make_customer())
    Campaign.objects.filter(pk=built_in.pk).update(status="paused")
    leads = make_list(built_in, LIST, created_at=NINE)
    make_lead(
        leads,
        OLDER_LEAD["phone"],
        name=OLDER_LEAD["prospect_name"],
        company=OLDER_LEAD["company_name"],
        title=OLDER_LEAD["job_title"],
        email=OLDER_LEAD["email"],
        resource_name=OLDER_LEAD["resource_name"],
        extra={"Industry": "Retail"},
    )


def running(**values) -> dict:
    return {"status": "active", "result": "", "ended_at": None, "ended_by": "", "end_reason": "", **values}


def make_cast(**call) -> Call:
    """Everything that the examples name."""
    nora = make_nora()
    number = make_number(CLINIC, persona=nora, label="Front desk")
    make_rule(nora, number)
    make_example_trunk()
    make_entry()
    make_imports(make_example_campaigns(nora))
    make_older_list()
    made = make_call(number=number, persona=nora, **call)
    Turn.objects.create(
        call=made,
        item_id="1",
        speaker="agent",
        agent="main",
        text="Hello, this is Nora.",
        started_at=made.queued_at.replace(second=1),
        ended_at=NINE.replace(minute=30, second=3),
    )
    CallEvent.objects.create(call=made, name="call_answered", at=made.queued_at.replace(second=1))
    return made


def api(*scopes: str, customer=None, **values) -> Client:
    """A client with a key; all scopes unless some are named. Without a customer it is a all_customers key."""
    return Client(headers={"x-api-key": make_key(*(scopes or EVERYTHING), customer=customer, **values)})
