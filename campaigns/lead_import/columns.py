"""Finds the header of a lead file and decides which column fills which field of a lead. Pure.

1. The first rows are searched for one whose cells are names of columns, a phone column among them.
2. Without one, the column whose cells read as phone numbers is the phone; a row of words above it is the header.
3. Without a header, other columns are told by their content as well.
4. An explicit mapping goes before all of this.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from campaigns.lead_import.header_words import Field, is_vague, plain_name, read_header_name
from campaigns.lead_import.read import Record, looks_like_phone
from voiceplatform.text import clean_line
from voiceplatform.written_numbers import ReadNumber, read_number

LONGEST_COLUMN_NAME = 80  # characters
SAMPLE_RECORDS = 60  # from the beginning of the file, among which the header is searched
MOST_ALIKE = 20  # columns of one field, as Phone 1 to Phone 20; more are extra
# Columns of different names may have these.
_REPEATABLE = {Field.PHONE, Field.EXTRA, Field.IGNORED}
_UNNAMED = re.compile(r"(?:column )?(\d{1,4})", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column of the file."""

    place: int  # from 0
    name: str  # as in the header; “column 3” where there is none
    field: Field


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where the fields of a lead are found."""

    columns: tuple[Column, ...]
    header_line: int | None = None  # None: the file has no header
    header: tuple[str, ...] = ()  # plain names
    header_text: str = ""  # as it stands in the file

    def of(self, field: Field) -> list[Column]:
        """Return the columns of a field in the order in which they are tried."""
        return self._by_field.get(field, [])

    @cached_property
    def _by_field(self) -> dict[Field, list[Column]]:
        fields = dict.fromkeys(column.field for column in self.columns)
        return {field: [column for column in self.columns if column.field is field] for field in fields}

    @cached_property
    def texts(self) -> list[tuple[Field, list[Column]]]:
        """Return the columns of each field that is a text of the lead."""
        others = (Field.PHONE, Field.EXTRA, Field.IGNORED)
        return [(field, columns) for field, columns in self._by_field.items() if field not in others]

    @property
    def mapping(self) -> dict[str, str]:
        """Return the field of every column by name, as a person may correct it and send it as the explicit mapping."""
        return {column.name: column.field.value for column in self.columns}

    def is_repeated_header(self, cells: Sequence[str]) -> bool:
        """Whether a row below the header is a header again: that of this file, or of another one pasted below it."""
        if _has_values(cells):
            return False
        names = [plain_name(cell) for cell in cells]
        filled = [(place, name) for place, name in enumerate(names) if name]
        is_enough = len(filled) >= min(2, sum(map(bool, self.header)) or 2)
        if is_enough and all(place < len(self.header) and name == self.header[place] for place, name in filled):
            return True
        return len(filled) > 1 and _is_header(cells) and all(read_header_name(cells[place]) for place, _ in filled)


class MappingError(ValueError):
    """An explicit mapping that does not fit the file. `columns`: the names it is about."""

    def __init__(self, message: str, columns: Sequence[str]) -> None:
        super().__init__(message)
        self.columns = tuple(columns)


def find_layout(sample: Sequence[Record], region: str, mapping: Mapping[str, str] | None = None) -> Layout:
    """Return the layout of the file. `mapping`: column name, or “column 3” without a header, to the name of a field.

    Raises MappingError when a column or a field does not exist, or when two columns are mapped to one field.
    """
    rows = [record for record in sample if record.problem is None and not record.is_blank]
    wanted = _read_mapping(mapping or {})
    header = _find_mapped_header(rows, wanted) or _find_header(rows)
    phone = None if header else _find_phone_place(rows, region)
    if header is None and phone is not None:
        header = _find_header_above(rows, phone)
    if header is None:
        header = next((row for row in rows if _known_names(row.cells) > 1 and not _has_values(row.cells)), None)
    fields = _fields_of_header(header.cells, phone) if header else _fields_by_content(rows, phone)
    names = _name_columns(header.cells if header else [""] * len(fields))
    return _build(names, _override(names, fields, wanted), header)


# --- The header


def _find_header(rows: Sequence[Record]) -> Record | None:
    """Return the row with the most known names; the first of equals. One with a single cell only in a file of one column."""
    is_narrow = all(_filled(row.cells) < 2 for row in rows)
    headers: list[Record] = []
    for row in rows:
        if _is_header(row.cells) and (is_narrow or _filled(row.cells) > 1):
            headers.append(row)
        elif headers and any(map(looks_like_phone, row.cells)):
            break  # leads have begun: a header below them is that of another file
    return max(headers, key=lambda row: _known_names(row.cells), default=None)


def _is_header(cells: Sequence[str]) -> bool:
    return any(read_header_name(cell) is Field.PHONE for cell in cells) and not _has_values(cells)


def _has_values(cells: Sequence[str]) -> bool:
    """Whether a row has what no column is called: a number, an address."""
    return any("@" in cell or sum(map(str.isdigit, cell)) >= 7 for cell in cells)


def _known_names(cells: Sequence[str]) -> int:
    return sum(read_header_name(cell) is not None for cell in cells)


def _filled(cells: Sequence[str]) -> int:
    return sum(1 for cell in cells if cell.strip())


def _find_phone_place(rows: Sequence[Record], region: str) -> int | None:
    """Return the column in which most cells read as phone numbers; of equals the one written with spaces or signs."""
    points: dict[int, tuple[int, int]] = {}
    for row in rows:
        for place, cell in enumerate(row.cells[:100]):
            if looks_like_phone(cell) and isinstance(read_number(cell, region), ReadNumber):
                numbers, formatted = points.get(place, (0, 0))
                points[place] = numbers + 1, formatted + (not cell.strip().isdecimal())
    return max(points, key=lambda place: (points[place], -place), default=None)


def _find_header_above(rows: Sequence[Record], phone: int) -> Record | None:
    """Return the first row when its cell above the phone numbers is a word: a header in a language we do not know."""
    first = rows[0]
    name = first.cells[phone].strip() if phone < len(first.cells) else ""
    is_word = len(name) > 3 and not any(map(str.isdigit, name)) and any(map(str.isalpha, name))
    return first if is_word and not _has_values(first.cells) else None


# --- The fields


def _fields_of_header(cells: Sequence[str], phone: int | None) -> list[Field]:
    """Return the fields by name. Of columns with different names for one field, all but the surest become extra."""
    found = [Field.PHONE if place == phone else read_header_name(cell) for place, cell in enumerate(cells)]
    fields = [field or Field.EXTRA for field in found]
    for field in set(fields) - {Field.EXTRA, Field.IGNORED}:
        places = [place for place, each in enumerate(fields) if each is field]
        kept = [place for place in places if not is_vague(cells[place]) or place == phone] or places
        if field not in _REPEATABLE:
            kept = [place for place in kept if plain_name(cells[place]) == plain_name(cells[kept[0]])]
        for place in set(places) - set(kept[:MOST_ALIKE]):
            fields[place] = Field.EXTRA
    return fields


def _fields_by_content(rows: Sequence[Record], phone: int | None) -> list[Field]:
    """Return the fields of a file without a header: phone, email, time zone, and the first column of words as the name."""
    fields = []
    for place in range(max((len(row.cells) for row in rows), default=0)):
        cells = [row.cells[place].strip() for row in rows if place < len(row.cells) and row.cells[place].strip()]
        field = Field.PHONE if place == phone else _field_of(cells)
        fields.append(field if field in _REPEATABLE or field not in fields else Field.EXTRA)
    return fields


def _field_of(cells: Sequence[str]) -> Field:
    half = len(cells) / 2
    if not cells:
        return Field.EXTRA
    if sum("@" in cell for cell in cells) > half:
        return Field.EMAIL
    if sum(_is_zone(cell) for cell in cells) > half:
        return Field.TIME_ZONE
    words = sum(not any(map(str.isdigit, cell)) and any(map(str.isalpha, cell)) for cell in cells)
    return Field.NAME if words > half else Field.EXTRA


def _is_zone(cell: str) -> bool:
    area, _, city = cell.partition("/")
    return area.isalpha() and city.replace("_", "").replace("/", "").isalpha() and area[0].isupper()


def _name_columns(cells: Sequence[str]) -> list[str]:
    """Return a name for every column; empty cells at the end of a header are no columns."""
    names = [clean_line(cell, LONGEST_COLUMN_NAME) or f"column {place}" for place, cell in enumerate(cells, 1)]
    has_header = any(cell.strip() for cell in cells)
    while has_header and not cells[len(names) - 1].strip():
        names.pop()
    return names


def _build(names: Sequence[str], fields: Sequence[Field], header: Record | None) -> Layout:
    columns = tuple(
        Column(place=place, name=name, field=field)
        for place, (name, field) in enumerate(zip(names, fields, strict=False))
    )
    plain = tuple(plain_name(cell) for cell in header.cells) if header else ()
    if header is None:
        return Layout(columns=columns)
    return Layout(columns=columns, header_line=header.line, header=plain, header_text=header.text)


# --- The explicit mapping


def _read_mapping(mapping: Mapping[str, str]) -> dict[str, Field]:
    wanted: dict[str, Field] = {}
    taken: dict[Field, str] = {}
    for name, written in mapping.items():
        if written not in set(Field):
            raise MappingError(f"“{written}” is not a field; choose one of {', '.join(Field)}.", [name])
        field = Field(written)
        if field in taken and field not in _REPEATABLE:
            both = [taken[field], name]
            raise MappingError(f"“{both[0]}” and “{both[1]}” are both mapped to {field}; choose one of them.", both)
        taken[field], wanted[name] = name, field
    return wanted


def _find_mapped_header(rows: Sequence[Record], wanted: Mapping[str, Field]) -> Record | None:
    names = {plain_name(name) for name in wanted if not _UNNAMED.fullmatch(name)}
    return next((row for row in rows if names and names <= set(map(plain_name, row.cells))), None)


def _override(names: Sequence[str], fields: Sequence[Field], wanted: Mapping[str, Field]) -> list[Field]:
    """Return the fields with the mapping applied. A column that was guessed for a mapped field becomes extra."""
    places = {name: list(_places_of(name, names)) for name in wanted}
    if unknown := [name for name, found in places.items() if not found]:
        known = ", ".join(names[:50])
        raise MappingError(f"The file has no column “{unknown[0]}”; it has {known or 'none'}.", unknown)
    mapped = set(wanted.values())
    result = [
        Field.EXTRA if field in mapped and field is not Field.IGNORED else field for field in fields[: len(names)]
    ]
    for name, found in places.items():
        for place in found:
            result[place] = wanted[name]
    return result


def _places_of(name: str, names: Sequence[str]) -> Iterable[int]:
    if found := [place for place, each in enumerate(names) if plain_name(each) == plain_name(name)]:
        return found
    match = _UNNAMED.fullmatch(name)
    return [int(match[1]) - 1] if match and 0 < int(match[1]) <= len(names) else []
