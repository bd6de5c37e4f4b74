"""Examples of imports, as the OpenAPI document shows them. A test sends each one."""

from typing import Any

MODULE = "renewals"
IMPORT_ID = "0192f3a0-0000-7000-8000-000000000021"
QUEUED_IMPORT_ID = "0192f3a0-0000-7000-8000-000000000022"

UPLOAD: dict[str, Any] = {
    "file": "Name,Tel.,Company\r\nAna Ruiz,(212) 555-0101,Acme\r\n",
    "duplicates": "update",
    "region": "US",
    "mapping": '{"Tel.": "phone"}',
}
IMPORT: dict[str, Any] = {
    "id": IMPORT_ID,
    "status": "done",
    "campaign": MODULE,
    "customer": "riverside",
    "list": "prospects.csv",
    "file_name": "prospects.csv",
    "dry_run": False,
    "region": "US",
    "policy": "skip",
    "rows": 3,
    "created": 2,
    "updated": 0,
    "duplicates": 0,
    "rejected": 1,
    "do_not_call": 0,
    "mapping": {"Name": "name", "Phone": "phone"},
    "encoding": "utf-8",
    "delimiter": ",",
    "last_line": 4,
    "failure": "",
    "failure_detail": "",
    "undo": None,
    "created_at": "2026-11-21T09:00:00Z",
    "finished_at": "2026-11-21T09:00:02Z",
}
REJECTION: dict[str, Any] = {
    "line": 4,
    "column": "Phone",
    "value": "555-01",
    "reason": "too_short",
    "message": "The number has too few digits. Check it against the source of the file.",
}
