"""Says before a row is deleted what happens to calls, and what is deleted with it."""

from __future__ import annotations

from typing import Any

from personas.models import Customer, PhoneNumber


def describe_number_deletion(number: PhoneNumber) -> list[str]:
    """Return the consequences of deleting a phone number. Cost: two queries."""
    rules = number.routing_rules.count()
    # `calls` is the reverse side of Call.number: this app knows the relation's name and nothing else of it.
    calls = number.calls.count()
    return [
        "Calls to it will be answered by the customer's default persona.",
        *([f"{_count(rules, 'routing rule')} {_is(rules)} deleted."] if rules else []),
        *([f"{_count(calls, 'call')} stay{'s' if calls == 1 else ''} in the history."] if calls else []),
    ]


def describe_customer_deletion(customer: Customer) -> list[str]:
    """Return the consequences of deleting a customer. Cost: seven queries."""
    related: Any = customer  # this app knows the relations' names and nothing else of calls, trunks and entries
    counts = [
        _count(related.personas.count(), "persona"),
        _count(related.numbers.count(), "phone number"),
        _count(related.routing_rules.count(), "routing rule"),
        _count(related.trunks.count(), "trunk"),
        _count(related.calls.count(), "call"),
        _count(related.do_not_call_entries.count(), "do-not-call entry", "do-not-call entries"),
        _count(related.api_keys.count(), "API key"),
    ]
    return [f"This deletes {', '.join(counts[:-1])} and {counts[-1]}, with all transcripts. It cannot be undone."]


def _count(number: int, noun: str, plural: str = "") -> str:
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def _is(number: int) -> str:
    return "is" if number == 1 else "are"
