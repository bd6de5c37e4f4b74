"""Names the columns of a lead that an import may change, and writes the SQL that sets some of them."""

from __future__ import annotations

_TEXTS = (
    *("extension", "name", "first_name", "last_name", "company", "title", "email", "resource_name", "time_zone"),
    *("region_name", "postal_code", "country"),
)
UPDATABLE = (*_TEXTS, "place_id", "other_phones", "extra", "consent_on")
# `changed` is a JSON object: only the columns that it has are set.
SET_CHANGED = ", ".join(
    [
        *(f"{name} = CASE WHEN changed ? '{name}' THEN changed->>'{name}' ELSE lead.{name} END" for name in _TEXTS),
        "place_id = CASE WHEN changed ? 'place_id' THEN (changed->>'place_id')::bigint ELSE lead.place_id END",
        "other_phones = CASE WHEN changed ? 'other_phones'"
        " THEN ARRAY(SELECT jsonb_array_elements_text(changed->'other_phones')) ELSE lead.other_phones END",
        "extra = CASE WHEN changed ? 'extra' THEN changed->'extra' ELSE lead.extra END",
        "consent_on = CASE WHEN changed ? 'consent_on' THEN (changed->>'consent_on')::date ELSE lead.consent_on END",
    ]
)
