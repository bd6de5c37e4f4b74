"""Counts which columns a campaign's leads have and how many of them are filled."""

from __future__ import annotations

from typing import Any

from django.db import connection
from django.db.models import Count

from campaigns.models import Campaign, Lead
from campaigns.preflight.placeholders.use import Column, LeadColumns
from campaigns.script.lead_fields import OPTIONAL_COLUMNS, STANDARD_COLUMNS
from personas.persona.placed_call import MOST_VALUES
from personas.persona.placeholders import column_of
from voiceplatform.text import clean_line

COUNTED = 10_000  # leads; the rest of a million would say the same and take seconds
LONGEST_SAMPLE = 60  # characters
_FIELDS = {  # of Lead, by column
    "prospect_name": "name",
    "job_title": "title",
    "company_name": "company",
    "email": "email",
    "phone": "phone",
    "time_zone": "time_zone",
    "resource_name": "resource_name",
    "first_name": "first_name",
    "last_name": "last_name",
}
# The order is the index's `lead_campaign_state`: the scan ends after so many rows.
_SQL = """
WITH sample AS (
    SELECT * FROM campaigns_lead WHERE campaign_id = %(campaign)s ORDER BY state, id LIMIT %(most)s
), written AS (
    SELECT pair.key, pair.value, pair.place
    FROM sample, LATERAL (
        SELECT * FROM (VALUES {fields}) AS own (key, value, place)
        UNION ALL SELECT key, value, 1000 FROM jsonb_each_text(sample.extra)
    ) AS pair
)
SELECT key, place, count(*) FILTER (WHERE btrim(value) <> '') AS filled,
       min(left(value, 200)) FILTER (WHERE btrim(value) <> '') AS sample
FROM written GROUP BY key, place ORDER BY place, key LIMIT %(columns)s
"""


def count_columns(campaign: Campaign) -> LeadColumns:
    """Return the columns of a campaign's leads. Cost: two queries; of many leads, only the first 10,000 are read."""
    total = Lead.objects.filter(campaign=campaign).aggregate(total=Count("pk"))["total"]
    if not total:
        return LeadColumns()
    fields = ", ".join(f"('{name}', sample.{field}, {place})" for place, (name, field) in enumerate(_FIELDS.items()))
    with connection.cursor() as cursor:
        values = {"campaign": campaign.pk, "most": COUNTED, "columns": MOST_VALUES}
        cursor.execute(_SQL.format(fields=fields), values)
        rows = cursor.fetchall()
    columns = tuple(_column(*row) for row in rows if row[0] not in OPTIONAL_COLUMNS or row[2])
    return LeadColumns(columns=columns, counted=min(total, COUNTED), total=total)


def _column(key: str, place: int, filled: int, sample: Any) -> Column:
    """Return a column of the table, or one of the lists' own, which lie in `extra` under their headers."""
    is_own = place < len(_FIELDS)
    return Column(
        name=key if is_own else column_of(key),
        label={**STANDARD_COLUMNS, **OPTIONAL_COLUMNS}[key] if is_own else clean_line(key, LONGEST_SAMPLE),
        filled=filled,
        sample=clean_line(sample or "", LONGEST_SAMPLE),
    )
