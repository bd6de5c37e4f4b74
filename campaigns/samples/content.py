"""The sample campaign: its texts, and 200 invented people in six time zones.

Pure: no Django. The numbers are 555-0100 to 555-0199, which are reserved for fiction in each area code.
"""

from __future__ import annotations

from collections.abc import Iterator

from campaigns.script.lead_fields import LeadFacts

CUSTOMER, PERSONA = "brightline-sales", "leo"  # slugs of the personas' samples
MODULE, NAME, LIST = "renewals", "Renewals", "sample-leads.csv"
LEADS = 200

AGENT_INSTRUCTIONS = """\
You call customers of Brightline whose subscription ends soon. Be brief and friendly, and never push.
If they are busy, ask when to call again. If they do not want to be called, apologize and say goodbye."""
SCRIPT = """\
Ask whether you are speaking with [Prospect Name].
Say that the {{ plan | subscription }} plan of {{ company | their company }} ends in {{ ends_in | a few weeks }}.
Ask whether they want to go on, change the plan, or cancel.
If they want to go on, say that {{ resource_name | a colleague }} sends the papers to {{ email | their e-mail address }}."""
VOICEMAIL = (
    "Hello {{ first_name | there }}, this is Leo from Brightline about your subscription. We call again tomorrow."
)
DISCLOSURE = "Hello, this is an automated voice calling for Brightline."
HOURS = [{"days": ["mon", "tue", "wed", "thu", "fri"], "from": "09:00", "to": "18:00"}]

# Boston, Chicago, Denver, Phoenix, San Francisco, Honolulu: each in a time zone of its own.
_AREA_CODES = ("617", "312", "303", "602", "415", "808")
_FIRST = (
    "Maria",
    "James",
    "Priya",
    "Daniel",
    "Aisha",
    "Tom",
    "Lena",
    "Carlos",
    "Mei",
    "Olivia",
    "Samuel",
    "Nina",
    "Omar",
)
_LAST = ("Gomez", "Walker", "Patel", "Novak", "Khan", "Baker", "Fischer", "Rivera", "Chen", "Hughes", "Adams")
_COMPANIES = (
    "Harbor Dental",
    "Pinecrest Logistics",
    "Blue Door Bakery",
    "Summit Cycles",
    "Lakeside Legal",
    "Orchard Pets",
)
_TITLES = ("Office manager", "Owner", "Head of operations", "Buyer")
_COLLEAGUES = ("Sam Reed", "Ines Braun", "Kofi Mensah")
_PLANS = ("Basic", "Team", "Enterprise")


def list_leads() -> Iterator[LeadFacts]:
    """Yield the people. Some lack a company, an e-mail address or a plan, as in real lists: their fallbacks are said."""
    for place in range(LEADS):
        first, last = _FIRST[place % len(_FIRST)], _LAST[place % len(_LAST)]
        yield LeadFacts(
            name=f"{first} {last}",
            first_name=first,
            last_name=last,
            company="" if place % 7 == 3 else _COMPANIES[place % len(_COMPANIES)],
            title=_TITLES[place % len(_TITLES)],
            email="" if place % 5 == 4 else f"{first}.{last}{place}@example.com".lower(),
            phone=f"+1{_AREA_CODES[place % 6]}55501{place // 6:02d}",
            resource_name=_COLLEAGUES[place % len(_COLLEAGUES)],
            extra={"Plan": "" if place % 9 == 8 else _PLANS[place % 3], "Ends in": f"{place % 8 + 2} weeks"},
        )
