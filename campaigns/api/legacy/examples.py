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
    "custom": [
        {"name": "Reminders", "module": "reminders"},
        {"name": "Renewals", "module": "renewals"},
        {"name": "Spring Sale", "module": "spring_sale"},
        {"name": "Winback", "module": "winback"},
    ],
}
TEXTS: dict[str, Any] = {
    "ok": True,
    "items": [
        {"module": "backend.prompts", "name": "Default", "agent_text": "", "session_text": ""},
        {"module": "reminders", "name": "Reminders", "agent_text": "", "session_text": ""},
        {
            "module": "renewals",
            "name": "Renewals",
            "agent_text": "",
            "session_text": "Hello {{ prospect_name | there }}.",
        },
        {"module": "spring_sale", "name": "Spring Sale", "agent_text": "", "session_text": ""},
        {"module": "winback", "name": "Winback", "agent_text": "", "session_text": ""},
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
        {"name": name, "campaign": campaign, "active": True, "size": size, "mtime": 1_795_251_600_000, "prospects": 1}
        for name, campaign, size in (
            ("prospects.csv", "renewals", 100),
            (LIST, "backend.prompts", 0),
            ("prospects.csv", "reminders", 0),
            ("prospects.csv", "winback", 0),
        )
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
