"""The SQL in which all leads of a campaign are asked at once. `many_leads.py` fills it in and says what it means.

Pure: no Django, no LiveKit. Places come in as values: PostgreSQL computes no local time, for its zones may be older.
"""

from __future__ import annotations

from campaigns.calling_rules.rule_set import Per

ROLLING = {per: per.rolling for per in Per if per.rolling is not None}
# One row for each place: what was decided there, and the caps that count there.
PLACES = f"""
    SELECT * FROM unnest(%(ids)s::bigint[], %(date_reasons)s::text[], %(clock_reasons)s::text[], %(nexts)s::timestamptz[],
        %(first_days)s::date[], %(day_starts)s::timestamptz[], %(day_ends)s::timestamptz[],
        {", ".join(f"%(caps_{per.value})s::int[]" for per in Per)})
    AS place (id, date_reason, clock_reason, next_at, first_day, day_starts, day_ends,
        {", ".join(f"cap_{per.value}" for per in Per)})
"""  # nosec B608 # columns are ours, all values are parameters
CAPPED = " OR ".join(
    ["attempted.moments[place.cap_day] >= place.day_starts"]
    + [f"attempted.moments[place.cap_{per.value}] > %(at)s - %(rolling_{per.value})s" for per in ROLLING]
)
REASON = """
    CASE
        WHEN lead.do_not_call OR {is_listed} THEN 'do_not_call'
        WHEN %(consent_required)s AND (lead.consent_on IS NULL OR lead.consent_on > place.first_day) THEN 'no_consent'
        WHEN lead.state IN ('done', 'stopped') THEN 'lead_closed'
        WHEN NOT %(is_running)s THEN 'campaign_not_running'
        WHEN place.date_reason IS NOT NULL THEN place.date_reason
        WHEN lead.attempts >= %(max_attempts)s OR {is_capped} THEN 'cap_reached'
        WHEN attempted.moments[1] > %(at)s - %(min_gap)s THEN 'min_gap'
        ELSE place.clock_reason
    END
"""
# When its turn has come and what earlier calls forbid is over: null when only the place is in the way, or when nothing
# ends it.
FREE_AT = f"""
    CASE WHEN lead.attempts < %(max_attempts)s THEN greatest(
        CASE WHEN lead.next_call_at > %(at)s THEN lead.next_call_at END,
        CASE WHEN attempted.moments[1] > %(at)s - %(min_gap)s THEN attempted.moments[1] + %(min_gap)s END,
        CASE WHEN attempted.moments[place.cap_day] >= place.day_starts THEN place.day_ends END,
        {
    ", ".join(
        f"CASE WHEN attempted.moments[place.cap_{per.value}] > %(at)s - %(rolling_{per.value})s "
        f"THEN attempted.moments[place.cap_{per.value}] + %(rolling_{per.value})s END"
        for per in ROLLING
    )
}
    ) END
"""
# Not of erased numbers, which SQL cannot hash: leads that have one are marked when they are imported.
LISTED = """
    EXISTS (SELECT FROM campaigns_donotcall entry
        WHERE entry.phone = lead.phone AND entry.prefix = '' AND {scopes})
"""
# One for each length that a range has: each is read once, and hashed.
IN_RANGE = """
    OR left(lead.phone, {length}) IN (SELECT entry.prefix FROM campaigns_donotcall entry
        WHERE entry.phone = '' AND length(entry.prefix) = {length} AND {scopes})
"""
SCOPES = """
    entry.removed_at IS NULL AND (entry.scope = 'all' OR entry.customer_id = %(customer)s
        AND (entry.scope = 'customer' OR entry.scope = 'campaign' AND entry.campaign = %(module)s))
"""
EACH = """
    WITH attempted AS MATERIALIZED (
        SELECT phone, array_agg(moment ORDER BY moment DESC) AS moments FROM ({attempts}) AS calls (phone, moment) GROUP BY phone
    )
    SELECT lead.id, place.id, {reason}, {free_at}, place.next_at, lead.attempts >= %(max_attempts)s FROM campaigns_lead lead
        JOIN ({places}) AS place ON place.id = lead.place_id
        LEFT JOIN attempted ON attempted.phone = lead.phone
    WHERE lead.campaign_id = %(campaign)s
"""
# Place by place along the index `lead_due_at_place`, so leads that wait for their place to open are not looked at.
NEXT_DUE = """
    SELECT due.id FROM ({places}) AS place CROSS JOIN LATERAL (
        SELECT lead.id, lead.next_call_at FROM campaigns_lead lead
            LEFT JOIN LATERAL (
                SELECT array_agg(moment ORDER BY moment DESC) AS moments FROM ({attempts}) AS calls (phone, moment)
                WHERE calls.phone = lead.phone
            ) AS attempted ON true
        WHERE lead.campaign_id = %(campaign)s AND lead.place_id = place.id AND lead.state IN ('new', 'waiting')
            AND lead.next_call_at <= %(at)s AND ({reason}) IS NULL
        ORDER BY lead.next_call_at, lead.id LIMIT %(limit)s
    ) AS due
    ORDER BY due.next_call_at, due.id LIMIT %(limit)s
"""
# The groups of a campaign's leads. As text: PostgreSQL has no least UUID.
GROUPS = """
    SELECT place_id, reason, date_trunc('hour', free_at, 'UTC') AS free_hour, is_used_up, count(*), min(id::text)
    FROM ({each}) AS judged (id, place_id, reason, free_at, next_at, is_used_up)
    GROUP BY 1, 2, 3, 4
"""
ALL_PLACES = "SELECT DISTINCT place_id FROM campaigns_lead WHERE campaign_id = %(campaign)s"
# The places of leads that are still to be called, each found by one look into the index.
PLACES_TO_CALL = """
    WITH RECURSIVE found (id) AS (
        (SELECT place_id FROM campaigns_lead WHERE campaign_id = %(campaign)s AND state IN ('new', 'waiting')
            ORDER BY place_id LIMIT 1)
        UNION ALL
        SELECT (SELECT place_id FROM campaigns_lead WHERE campaign_id = %(campaign)s AND state IN ('new', 'waiting')
            AND place_id > found.id ORDER BY place_id LIMIT 1) FROM found WHERE found.id IS NOT NULL
    )
    SELECT id FROM found WHERE id IS NOT NULL
"""
