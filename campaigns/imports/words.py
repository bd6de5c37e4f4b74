"""Says in words for people why a line of a lead file was rejected, what to look at, and what to do. Pure.

No command and no setting is named here: managers read this.
"""

from __future__ import annotations

from dataclasses import dataclass

from campaigns.lead_import.header_words import Field
from campaigns.lead_import.rows import Reason, WarningKind


@dataclass(frozen=True, kw_only=True)
class Advice:
    """A sentence about a line, and what a manager can do."""

    said: str
    to_do: str


REASONS: dict[Reason, Advice] = {
    Reason.NOT_A_PHONE: Advice(said="This is not a phone number.", to_do="Enter the number with its country code."),
    Reason.DAMAGED_BY_SPREADSHEET: Advice(
        said="A spreadsheet shortened the number (4.92E+11); its last digits are lost.",
        to_do="Export the file again with the phone column formatted as text.",
    ),
    Reason.PLACEHOLDER: Advice(
        said="This is a placeholder, such as 000000 or 123456, and no real number.", to_do="Enter the real number."
    ),
    Reason.LOCAL_ONLY: Advice(
        said="The area code is missing.", to_do="Enter the number with its area code, or with its country code."
    ),
    Reason.TOO_SHORT: Advice(said="The number has too few digits.", to_do="Check it against the source of the file."),
    Reason.TOO_LONG: Advice(
        said="The number has too many digits.",
        to_do="Check it. Separate several numbers in one cell with a semicolon.",
    ),
    Reason.INVALID_NUMBER: Advice(
        said="No such number exists in its country.", to_do="Check the digits and the default country."
    ),
    Reason.AMBIGUOUS: Advice(
        said="The number can be read with and without a country code.", to_do="Write it with + and its country code."
    ),
    Reason.EMERGENCY: Advice(said="This is an emergency number.", to_do="Enter the person's own number."),
    Reason.SHORT_CODE: Advice(
        said="This is a short code, which is no person's number.", to_do="Enter the person's own number."
    ),
    Reason.PREMIUM_RATE: Advice(
        said="This is a premium-rate number, which is never called.", to_do="Enter another number of the person."
    ),
    Reason.PERSONAL_NUMBER: Advice(
        said="This is a personal number that is charged like premium rate, which is never called.",
        to_do="Enter another number of the person.",
    ),
    Reason.MISSING_PHONE: Advice(said="The line has no phone number.", to_do="Add the number, or leave the line out."),
    Reason.SHIFTED_COLUMNS: Advice(
        said="The number stands in another column, as after a comma that is not in quotes.",
        to_do="Put the cell with the comma in quotes, or remove the comma.",
    ),
    Reason.REPEATED_HEADER: Advice(
        said="The header stands here a second time.", to_do="Nothing: it is no lead. You can remove the line."
    ),
    Reason.TOTALS_ROW: Advice(
        said="The line is a total, not a lead.", to_do="Nothing: it is no lead. You can remove the line."
    ),
    Reason.FORMULA_WITHOUT_VALUE: Advice(
        said="The cell holds a formula instead of its result.",
        to_do="Replace the formula by its value before you export the file.",
    ),
    Reason.UNTERMINATED_QUOTE: Advice(
        said="A quotation mark opens a cell here and is never closed.", to_do="Close it, or remove it."
    ),
    Reason.LINE_TOO_LONG: Advice(
        said="The line is longer than one million characters.", to_do="Check whether the file is a table."
    ),
    Reason.WORKBOOK: Advice(
        said="This is a spreadsheet file that cannot be read.",
        to_do="Save the sheet as CSV or as a workbook without a password, and upload that.",
    ),
}

WARNINGS: dict[WarningKind, Advice] = {
    WarningKind.ENCODING_MIXED: Advice(
        said="The line is in another encoding than the rest of the file.", to_do="Check accented letters in its name."
    ),
    WarningKind.EXTRA_CELLS: Advice(
        said="The line has more cells than the header.", to_do="Check whether its values stand in the right columns."
    ),
    WarningKind.UNKNOWN_COUNTRY: Advice(
        said="The country was not understood. The default country was used.",
        to_do="Check the number, or write the country as US or United States.",
    ),
    WarningKind.UNKNOWN_TIME_ZONE: Advice(
        said="The time zone was not understood. The one of the phone number and the address was used.",
        to_do="Write it as America/New_York, or leave it empty.",
    ),
    WarningKind.UNKNOWN_CONSENT_DATE: Advice(
        said="The date of consent was not understood. It was kept as text beside the lead.",
        to_do="Write it as 2026-11-28 and import the file again with “Update”.",
    ),
    WarningKind.OTHER_PHONE_USED: Advice(
        said="The first phone number cannot be called. A later one of the line was used.",
        to_do="Check whether the person is called on the right number.",
    ),
    WarningKind.DO_NOT_CALL: Advice(
        said="The number is on the do-not-call list.", to_do="Nothing: the lead is marked and is not called."
    ),
}

OTHER_CODES: dict[str, Advice] = {
    "duplicate": Advice(
        said="The number is a lead of this campaign already, or stands in the file before.",
        to_do="To replace the lead's fields, import the file again and choose “Update”.",
    ),
    "updated": Advice(said="The lead's fields were replaced by those of the line.", to_do="Nothing."),
}

FIELDS: dict[Field, str] = {
    Field.PHONE: "Phone number",
    Field.EXTENSION: "Extension",
    Field.NAME: "Name",
    Field.FIRST_NAME: "First name",
    Field.LAST_NAME: "Last name",
    Field.COMPANY: "Company",
    Field.TITLE: "Job title",
    Field.EMAIL: "Email",
    Field.TIME_ZONE: "Time zone",
    Field.STATE: "State",
    Field.POSTAL_CODE: "Postal code",
    Field.COUNTRY: "Country",
    Field.RESOURCE_NAME: "Resource name (who calls)",
    Field.CONSENT: "Date of consent",
    Field.EXTRA: "Keep as custom column",
    Field.IGNORED: "Skip this column",
}


def explain_code(code: str) -> Advice:
    """Return the words for the value of a Reason or a WarningKind; a value that is not known as it is."""
    found: dict[str, Advice] = {
        **{reason.value: advice for reason, advice in REASONS.items()},
        **{kind.value: advice for kind, advice in WARNINGS.items()},
        **OTHER_CODES,
    }
    return found.get(code) or Advice(said=code.replace("_", " ").capitalize() + ".", to_do="")


def name_field(value: str) -> str:
    """Return what a field of the mapping is called on pages."""
    named = {field.value: words for field, words in FIELDS.items()}
    return named.get(value) or value.replace("_", " ").capitalize()


def list_field_choices() -> list[tuple[str, str]]:
    """Return all fields that a column can be mapped to, in the order of the form."""
    return [(field.value, name_field(field.value)) for field in Field]


STATUSES: dict[str, tuple[str, str]] = {  # in words, and the color of the badge
    "uploaded": ("Not started", "warning"),
    "queued": ("Queued", "info"),
    "running": ("Running", "info"),
    "done": ("Done", "good"),
    "failed": ("Stopped", "bad"),
    "canceled": ("Canceled", "plain"),
    "undoing": ("Being undone", "info"),
    "undone": ("Undone", "plain"),
}
FAILURES: dict[str, Advice] = {
    "campaign_deleted": Advice(said="The campaign was deleted.", to_do="Import the file into another campaign."),
    "file_not_stored": Advice(said="The file is not stored here.", to_do="Run the command again that imported it."),
    "mapping": Advice(said="A column that was chosen is not in the file.", to_do="Upload the file again."),
    "write_conflict": Advice(said="Another import wrote the same leads.", to_do="Continue when that one has ended."),
    "error": Advice(said="An unexpected error stopped the import.", to_do="Continue; if it stops again, ask support."),
}


def name_status(status: str) -> tuple[str, str]:
    """Return the status of an import in words, and the color of its badge."""
    return STATUSES.get(status) or (status.capitalize(), "plain")


def explain_failure(code: str) -> Advice:
    """Return the words for why an import stopped."""
    return FAILURES.get(code) or FAILURES["error"]
