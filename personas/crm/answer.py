"""What came of asking the CRM who answers a number.

Pure: no Django, no LiveKit.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Speaker:
    """A persona that could answer."""

    persona: str  # its name
    version_id: int | None  # of the published version; None = only a draft


@dataclass(frozen=True, kw_only=True)
class CrmAnswer:
    """What came of asking the CRM."""

    speaker: Speaker | None
    reason: str = ""  # why there is no speaker, or why it is an old one
