"""The kinds of rows that an import answers with. Every line of the file is in exactly one of them. Pure: data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from campaigns.lead_import.header_words import Field


class Reason(StrEnum):
    """Why a row is rejected. Those of a phone number are called as in `written_numbers.Rejection`."""

    NOT_A_PHONE = "not_a_phone"
    DAMAGED_BY_SPREADSHEET = "damaged_by_spreadsheet"
    PLACEHOLDER = "placeholder"
    LOCAL_ONLY = "local_only"
    TOO_SHORT = "too_short"
    TOO_LONG = "too_long"
    INVALID_NUMBER = "invalid_number"
    AMBIGUOUS = "ambiguous"
    EMERGENCY = "emergency"
    SHORT_CODE = "short_code"
    PREMIUM_RATE = "premium_rate"
    PERSONAL_NUMBER = "personal_number"
    MISSING_PHONE = "missing_phone"
    SHIFTED_COLUMNS = "shifted_columns"  # the number stands in another column, after a delimiter without quotes
    REPEATED_HEADER = "repeated_header"
    TOTALS_ROW = "totals_row"
    FORMULA_WITHOUT_VALUE = "formula_without_value"
    UNTERMINATED_QUOTE = "unterminated_quote"
    LINE_TOO_LONG = "line_too_long"
    WORKBOOK = "workbook"


class WarningKind(StrEnum):
    """What a person should look at, though the lead is imported."""

    ENCODING_MIXED = "encoding_mixed"
    EXTRA_CELLS = "extra_cells"  # the row has more cells than the header
    UNKNOWN_COUNTRY = "unknown_country"  # the region of the list was used instead
    UNKNOWN_TIME_ZONE = "unknown_time_zone"  # the zones of the phone number and address were used instead
    UNKNOWN_CONSENT_DATE = "unknown_consent_date"  # kept beside the lead as text
    OTHER_PHONE_USED = "other_phone_used"  # the first phone column has no number that can be dialed, a later one has
    DO_NOT_CALL = "do_not_call"


class Skip(StrEnum):
    """Why a row is in no count."""

    BLANK = "blank"
    HEADER = "header"
    ABOVE_HEADER = "above_header"  # a title, a date, a summary


@dataclass(frozen=True, kw_only=True, slots=True)
class Warned:
    """A warning about one row."""

    kind: WarningKind
    column: str | None = None


@dataclass(kw_only=True, slots=True)
class Row:
    """Where a row stands in the file."""

    line: int  # first physical line, from 1
    last_line: int
    text: str  # as in the file, for the downloadable report


@dataclass(kw_only=True, slots=True)
class LeadRow(Row):
    """A lead to create, or to update when its number is known. Unknown fields are ""."""

    phone: str  # E.164
    phone_column: str = ""  # name of the column it is from
    other_phones: tuple[str, ...] = ()  # E.164
    extension: str = ""
    name: str = ""
    first_name: str = ""
    last_name: str = ""
    company: str = ""
    title: str = ""
    email: str = ""
    time_zone: str = ""  # IANA; "" when several are possible
    time_zones: tuple[str, ...] = ()  # IANA, all in which the person may be
    state: str = ""
    regions: tuple[str, ...] = ()  # whose rules count: US-FL, DE, as `find_regions` returns them
    has_place: bool = False  # the row itself says where the person is, not only the number
    postal_code: str = ""
    country: str = ""  # ISO 3166: of the row, else of the number
    resource_name: str = ""
    consent_on: str = ""  # ISO 8601
    extra: Mapping[str, str] = field(default_factory=dict)  # by column name
    warnings: tuple[Warned, ...] = ()
    is_update: bool = False  # of a lead that exists
    on_do_not_call_list: bool = False

    def filled_fields(self) -> dict[str, str]:
        """Return the fields that the row has: an update must not erase what is known with an empty cell."""
        names = [each.value for each in Field if each not in (Field.EXTRA, Field.IGNORED)]
        return {name: value for name in names if (value := getattr(self, name))}


@dataclass(kw_only=True, slots=True)
class RejectedRow(Row):
    """A row that is not imported."""

    reason: Reason
    column: str | None = None
    value: str | None = None  # as written, cut
    warnings: tuple[Warned, ...] = ()


@dataclass(kw_only=True, slots=True)
class DuplicateRow(Row):
    """A row whose number was in the file before, or is a lead already."""

    phone: str  # E.164
    first_line: int | None = None  # in the file; None: the lead existed before


@dataclass(kw_only=True, slots=True)
class SkippedRow(Row):
    """A row that is no lead and no mistake."""

    why: Skip


Result = LeadRow | RejectedRow | DuplicateRow | SkippedRow
