"""Turns a record into a lead, or says why it is none. Pure.

Strict about the phone, since a wrong number would be called; generous about everything else, since a lead must not be
lost for a long company name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from campaigns.calling_rules.zones import KnownBy, Place, Policy, UnknownPlaceError, find_regions, find_zones
from campaigns.lead_import.columns import Column, Layout
from campaigns.lead_import.country_names import read_country
from campaigns.lead_import.dates import read_date
from campaigns.lead_import.header_words import Field
from campaigns.lead_import.read import Record, looks_like_phone
from campaigns.lead_import.rows import LeadRow, Reason, RejectedRow, Warned, WarningKind
from voiceplatform.north_american import read_number_quickly as read_number
from voiceplatform.text import clean_line, clean_text
from voiceplatform.written_numbers import ReadNumber, Rejection

LONGEST_FIELD = 200  # characters
LONGEST_EXTRA = 2_000  # characters
MOST_SEARCHED = 100  # cells in which a number out of place is looked for
LONGEST_SHOWN = 200  # characters of a rejected value
# What programs write for “nothing”. In these cases only: Null is a family, and NA, NO and ND are places.
_NOTHING = frozenset(
    {"", "-", "--", "---", "–", "—", "?", "NULL", "null", "(null)", "[null]", "<NA>", "NaN", "nan", "None", "none"}
    | {"N/A", "n/a", "#N/A", "undefined", "\\N"}
)
# What people and programs write into the column of the phone number for “nothing”.
_NO_PHONE = frozenset(
    {"", "-", "--", "---", "–", "—", ".", "..", "...", "?", "/", "x", "#n/a", "<na>", "[null]", "\\n", "0"}
    | {"n/a", "n.a.", "na", "nan", "null", "nil", "none", "no", "nothing", "not available", "not provided", "missing"}
    | {
        "unknown",
        "undefined",
        "empty",
        "blank",
        "tbd",
        "tba",
        "no phone",
        "no number",
        "not given",
        "(blank)",
        "(null)",
    }
    | {"k.a.", "k. a.", "keine", "keine angabe", "unbekannt", "kein telefon", "ohne", "nicht bekannt"}
    | {"inconnu", "aucun", "néant", "non renseigné", "s/n", "sin teléfono", "ninguno", "desconocido", "no tiene", "n/d"}
    | {
        "n.d.",
        "nd",
        "nessuno",
        "sconosciuto",
        "sem telefone",
        "nenhum",
        "desconhecido",
        "onbekend",
        "geen",
        "n.v.t.",
        "nvt",
    }
    | {"brak", "nieznany", "b/d", "b.d."}
)
_FORMULA = re.compile(r"=(?!\s*(?:\"[^\"]{0,60}\"|'?[+(]?\d[\d ().+-]{0,40})'?\s*$).*", re.DOTALL)
_NUMBER_LIKE = re.compile(r"\+?[\d(][\d() .-]{6,40}", re.ASCII)
_TOTALS = re.compile(
    r"(?:grand |sub)?totals?|sum|count|average|summe|gesamt|insgesamt|anzahl|total général|somme|suma|totale|somma|soma"
    r"|totaal|razem|łącznie|records?|rows?|end of (?:report|file|list)",
    re.IGNORECASE,
)


@dataclass(frozen=True, kw_only=True)
class _Refused:
    """Why the phone columns have no number."""

    reason: Reason
    column: str | None
    value: str


class _Found(NamedTuple):
    """The number to call."""

    number: ReadNumber
    others: tuple[str, ...]
    is_first: bool  # False: an earlier phone column has something that is no number
    column: str


def clean_record(record: Record, layout: Layout, region: str) -> LeadRow | RejectedRow:
    """Return the lead of a record, or why there is none. `region`: ISO 3166, for numbers of rows without a country."""
    if record.problem is not None:
        return _reject_unreadable(record, layout)
    if "@" not in record.text and layout.is_repeated_header(record.cells):
        return _reject(record, Reason.REPEATED_HEADER)
    cells = _Cells(record, layout)
    country = read_country(cells.value(Field.COUNTRY)) or ""
    found = _find_phone(cells, country or region)
    if isinstance(found, _Refused):
        return _reject(record, found.reason, column=found.column, value=found.value)
    return _make_lead(cells, found, country, region)


class _Cells:
    """The cells of a record by field."""

    __slots__ = ("_is_clean", "layout", "record", "values")

    def __init__(self, record: Record, layout: Layout) -> None:
        self.record, self.layout = record, layout
        self._is_clean = _is_clean(record)
        self.values = {field: self._first(columns) for field, columns in layout.texts}

    def raw(self, column: Column) -> str:
        """Return a cell as written; "" where the row is too short."""
        return self.record.cells[column.place] if column.place < len(self.record.cells) else ""

    def value(self, field: Field) -> str:
        """Return the first cell of the field that has something, cleaned."""
        return self.values.get(field, "")

    def extra_text(self, column: Column) -> str:
        """Return a cell of which several lines are kept, cleaned."""
        return self.raw(column).strip() if self._is_clean else _extra(self.raw(column))

    def _first(self, columns: list[Column]) -> str:
        cells = self.record.cells
        for column in columns:
            if column.place < len(cells):
                cell = cells[column.place]
                value = cell.strip() if self._is_clean else clean_line(cell, LONGEST_FIELD)
                if value not in _NOTHING:
                    return value
        return ""

    @property
    def has_beyond(self) -> bool:
        """Whether the row has more cells than the layout has columns."""
        return len(self.record.cells) > len(self.layout.columns)

    def beyond(self) -> dict[str, str]:
        """Return what stands to the right of the last column, by a name for its place."""
        width = len(self.layout.columns)
        values = {f"column {place}": cell for place, cell in enumerate(self.record.cells[width:], width + 1)}
        return {name: text for name, cell in values.items() if (text := _extra(cell))}


def _is_clean(record: Record) -> bool:
    """Whether cleaning could only strip the cells: looked up once for the row, not for each of its cells."""
    text = record.text
    return len(text) <= LONGEST_FIELD and "  " not in text and text.isprintable() and not record.is_of_sheet


def _extra(cell: str) -> str:
    return clean_text(cell[: LONGEST_EXTRA * 2]).strip()[:LONGEST_EXTRA]


# --- The phone


def _find_phone(cells: _Cells, region: str) -> _Found | _Refused:
    """Return the first number of the phone columns; else why the first of them that is filled has none."""
    found: list[tuple[Column, ReadNumber]] = []
    refused: list[_Refused] = []
    for column in cells.layout.of(Field.PHONE):
        number = _read_phone(cells.raw(column), region, is_of_sheet=cells.record.is_of_sheet)
        if isinstance(number, ReadNumber):
            found.append((column, number))
        else:
            value = _shown(cells.raw(column))
            refused.append(_Refused(reason=number, column=column.name, value=value))
    if found and not _is_totals(cells, found[0][1]):
        return _combine(found, _first_filled(refused))
    return _explain(cells, region, refused, has_number=bool(found))


def _read_phone(cell: str, region: str, *, is_of_sheet: bool) -> ReadNumber | Reason:
    if _NUMBER_LIKE.fullmatch(cell):  # as most are: neither a word for nothing nor a formula
        number = read_number(cell, region)
        if isinstance(number, ReadNumber):
            return number
    if clean_line(cell, LONGEST_SHOWN).casefold() in _NO_PHONE:
        return Reason.MISSING_PHONE
    if _FORMULA.fullmatch(cell.strip()[:LONGEST_SHOWN]):
        return Reason.FORMULA_WITHOUT_VALUE
    number = read_number(cell, region)
    if number is Rejection.TOO_LONG and is_of_sheet and cell.isdecimal():
        with_plus = read_number(f"+{cell}", region)
        number = with_plus if isinstance(with_plus, ReadNumber) else number
    return number if isinstance(number, ReadNumber) else Reason(number.value)


def _combine(found: list[tuple[Column, ReadNumber]], refused: _Refused | None) -> _Found:
    column, number = found[0]
    if len(found) == 1 and not number.other_phones:
        return _Found(number, others=(), is_first=refused is None, column=column.name)
    others = [*number.other_phones, *(phone for _, other in found[1:] for phone in (other.e164, *other.other_phones))]
    unlike = tuple(phone for phone in dict.fromkeys(others) if phone != number.e164)
    return _Found(number, others=unlike, is_first=refused is None, column=column.name)


def _first_filled(refused: list[_Refused]) -> _Refused | None:
    return next((each for each in refused if each.reason is not Reason.MISSING_PHONE), None)


def _explain(cells: _Cells, region: str, refused: list[_Refused], *, has_number: bool) -> _Refused:
    if has_number:
        return _Refused(reason=Reason.TOTALS_ROW, column=None, value="")
    if not refused:
        return _Refused(reason=Reason.MISSING_PHONE, column=None, value="")
    main = _first_filled(refused) or refused[0]
    is_shifted = _has_phone_elsewhere(cells, region, is_text=_is_text(main))
    return _Refused(reason=Reason.SHIFTED_COLUMNS, column=main.column, value=main.value) if is_shifted else main


def _is_text(refused: _Refused) -> bool:
    return refused.reason is Reason.NOT_A_PHONE and sum(map(str.isdigit, refused.value)) < 4


def _has_phone_elsewhere(cells: _Cells, region: str, *, is_text: bool) -> bool:
    """Whether a number stands where none belongs, as after a comma that should have been quoted."""
    columns = {column.place: column.field for column in cells.layout.columns}
    free = (Field.EXTRA, Field.IGNORED)
    for place, cell in enumerate(cells.record.cells[:MOST_SEARCHED]):
        field = columns.get(place)
        is_expected = field is Field.PHONE or (field in free and not is_text)
        if not is_expected and looks_like_phone(cell) and isinstance(read_number(cell, region), ReadNumber):
            return True
    return False


def _is_totals(cells: _Cells, number: ReadNumber) -> bool:
    """Whether the row sums up: the sum or the largest of phone numbers may be one that exists."""
    if number.region is None or cells.value(Field.EMAIL):
        return False
    written = [cell for cell in cells.record.cells if cell.strip()]
    if len(written) > 3:
        return False
    filled = [clean_line(cell, LONGEST_SHOWN) for cell in written]
    name = filled[0].strip(" :()*=-")
    return any(cell.isdecimal() for cell in filled[1:]) and bool(_TOTALS.fullmatch(name))


# --- The rest of the lead


def _make_lead(cells: _Cells, found: _Found, country: str, region: str) -> LeadRow:
    number, record, text = found.number, cells.record, cells.values.get
    state, postal_code = text(Field.STATE, ""), text(Field.POSTAL_CODE, "")
    written = _WrittenPlace(state, postal_code, country, text(Field.TIME_ZONE, ""))
    place = _find_place(number.e164, written)
    consent = text(Field.CONSENT, "")
    consent_on = read_date(consent, country or number.country or region) if consent else None
    has_unread_consent = bool(consent) and not consent_on
    has_unknown_zone = bool(written.time_zone) and not place.is_zone_read
    return LeadRow(
        line=record.line,
        last_line=record.last_line,
        text=record.text,
        phone=number.e164,
        phone_column=found.column,
        other_phones=found.others,
        extension=number.extension or "".join(filter(str.isdecimal, text(Field.EXTENSION, "")))[:7],
        name=_find_name(cells),
        first_name=text(Field.FIRST_NAME, ""),
        last_name=text(Field.LAST_NAME, ""),
        company=text(Field.COMPANY, ""),
        title=text(Field.TITLE, ""),
        email=text(Field.EMAIL, ""),
        time_zone=place.zones[0] if len(place.zones) == 1 else "",
        time_zones=place.zones,
        regions=place.regions,
        has_place=any(written),
        state=state,
        postal_code=postal_code,
        country=country or number.country,
        resource_name=text(Field.RESOURCE_NAME, ""),
        consent_on=consent_on.isoformat() if consent_on else "",
        extra=dict(_extras(cells, has_unread_consent=has_unread_consent)),
        warnings=tuple(
            _warnings(cells, found, country, has_unknown_zone=has_unknown_zone, has_unread_consent=has_unread_consent)
        ),
    )


def _find_name(cells: _Cells) -> str:
    """Return the full name. “Nom” beside “Prénom” is the last name, “Name” beside “Surname” the first."""
    name, first, last = cells.value(Field.NAME), cells.value(Field.FIRST_NAME), cells.value(Field.LAST_NAME)
    if not name or (first and last):
        return name or f"{first} {last}".strip()
    known = first or last
    if not known or known.casefold() in name.casefold():
        return name
    return f"{first} {name}" if first else f"{name} {last}"


class _WrittenPlace(NamedTuple):
    """What a row says about where the person is."""

    state: str
    postal_code: str
    country: str  # ISO 3166
    time_zone: str


class _FoundPlace(NamedTuple):
    """Where the person may be."""

    zones: tuple[str, ...]  # IANA
    regions: tuple[str, ...]
    is_zone_read: bool  # the row's own zone was understood


def _find_place(phone: str, written: _WrittenPlace) -> _FoundPlace:
    """Return where the person may be. In North America the area code says all that a number says about it."""
    return _find_known_place(phone[:5] + "2000000" if phone.startswith("+1") else phone, written)


@lru_cache(maxsize=20_000)
def _find_known_place(phone: str, written: _WrittenPlace) -> _FoundPlace:
    place = Place(
        phone=phone,
        state=written.state,
        postal_code=written.postal_code,
        country=written.country,
        given=written.time_zone,
    )
    regions = find_regions(place)
    try:
        found = find_zones(place)
    except UnknownPlaceError:
        return _FoundPlace((), regions, is_zone_read=False)
    zones = tuple(zone.key for zone in found.zones)
    is_given = found.known_by is KnownBy.GIVEN
    return _FoundPlace(zones[:1] if found.policy is Policy.ONE else zones, regions, is_zone_read=is_given)


def _extras(cells: _Cells, *, has_unread_consent: bool) -> Iterator[tuple[str, str]]:
    """Yield the other columns; those of one name are told apart by their place."""
    seen: set[str] = set()
    kept = cells.layout.of(Field.CONSENT) if has_unread_consent else []
    for column in [*cells.layout.of(Field.EXTRA), *kept]:
        if value := cells.extra_text(column):
            yield (f"{column.name} ({column.place + 1})" if column.name in seen else column.name), value
        seen.add(column.name)
    if cells.has_beyond:
        yield from cells.beyond().items()


def _warnings(
    cells: _Cells, found: _Found, country: str, *, has_unknown_zone: bool, has_unread_consent: bool
) -> Iterator[Warned]:
    if cells.record.is_mixed:
        yield Warned(kind=WarningKind.ENCODING_MIXED)
    if cells.has_beyond and cells.layout.header_line is not None and cells.beyond():
        yield Warned(kind=WarningKind.EXTRA_CELLS)
    if not found.is_first:
        yield Warned(kind=WarningKind.OTHER_PHONE_USED, column=found.column)
    if cells.value(Field.COUNTRY) and not country:
        yield Warned(kind=WarningKind.UNKNOWN_COUNTRY, column=cells.layout.of(Field.COUNTRY)[0].name)
    if has_unknown_zone:
        yield Warned(kind=WarningKind.UNKNOWN_TIME_ZONE, column=cells.layout.of(Field.TIME_ZONE)[0].name)
    if has_unread_consent:
        yield Warned(kind=WarningKind.UNKNOWN_CONSENT_DATE, column=cells.layout.of(Field.CONSENT)[0].name)


# --- Rejections


def _reject_unreadable(record: Record, layout: Layout) -> RejectedRow:
    names = {column.place: column.name for column in layout.columns}
    column = names.get(record.open_cell) if record.open_cell is not None else None
    reason = Reason(record.problem.value) if record.problem else Reason.NOT_A_PHONE
    return _reject(record, reason, column=column, value=_shown(record.open_text or record.text))


def _reject(record: Record, reason: Reason, *, column: str | None = None, value: str | None = None) -> RejectedRow:
    warnings = (Warned(kind=WarningKind.ENCODING_MIXED),) if record.is_mixed else ()
    return RejectedRow(
        line=record.line,
        last_line=record.last_line,
        text=record.text,
        reason=reason,
        column=column,
        value=value,
        warnings=warnings,
    )


def _shown(cell: str) -> str:
    return clean_line(cell, LONGEST_SHOWN)
