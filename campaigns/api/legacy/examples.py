"""Examples of the older dialer's forms and answers, as the OpenAPI document shows them. A test sends each one."""

from typing import Any

MODULE = "q4_sales"
LIST = "leads.csv"
LEAD: dict[str, Any] = {
    "index": 1,
    "prospect_name": "Ana Ruiz",
    "company_name": "Acme",
    "job_title": "Head of Sales",
    "phone": "+16175550100",
    "email": "ana@acme.example",
    "timezone": "America/New_York",
    "resource_name": "Sarah",
}

CAMPAIGNS: dict[str, Any] = {
    "ok": True,
    "builtin": [{"name": "Default", "module": "backend.prompts", "builtin": True, "key": "Default (prompts)"}],
    "custom": [{"name": "Renewals", "module": "renewals"}],
}
TEXTS: dict[str, Any] = {
    "ok": True,
    "items": [
        {"module": "backend.prompts", "name": "Default", "agent_text": "", "session_text": ""},
        {"module": "renewals", "name": "Renewals", "agent_text": "", "session_text": ""},
    ],
}
NEW_CAMPAIGN = {
    "name": "Q4 sales",
    "module": MODULE,
    "agent_text": "You call for Acme. Be brief and friendly.",
    "session_text": "Hi [Prospect Name], this is [Resource Name] from Acme.",
}
CHANGED_CAMPAIGN = {"module": "renewals", "name": "Renewals, second round", "agent_text": "You call about renewals."}
UPLOAD: dict[str, Any] = {"file": "prospect_name,phone,company_name\r\nBob Stone,(617) 555-0101,Acme\r\n"}
FILES: dict[str, Any] = {
    "ok": True,
    "files": [
        {
            "name": "prospects.csv",
            "campaign": "renewals",
            "active": True,
            "size": 100,
            "mtime": 1_795_251_600_000,
            "prospects": 0,
        },
        {
            "name": LIST,
            "campaign": "backend.prompts",
            "active": True,
            "size": 0,
            "mtime": 1_795_251_600_000,
            "prospects": 1,
        },
    ],
}
PREVIEW: dict[str, Any] = {
    "ok": True,
    "name": LIST,
    "campaign": "backend.prompts",
    "columns": [*[column for column in LEAD if column != "index"], "Industry"],
    "rows": [{**{column: value for column, value in LEAD.items() if column != "index"}, "Industry": "Retail"}],
    "total": 1,
}
PROSPECTS: dict[str, Any] = {
    "ok": True,
    "name": LIST,
    "campaign": "backend.prompts",
    "page": 1,
    "pages": 1,
    "page_size": 10,
    "total": 1,
    "prospects": [{**LEAD, "extra": {"Industry": "Retail"}, "state": "new", "do_not_call": False}],
}
