"""What uses a persona, and how often it was called."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from calls.models import Call
from personas.admin.usage import count_up_to, find_usage, list_counts
from personas.models import RoutingRule
from tests.conftest import ANA


def make_call(persona, *, days_ago: int = 0, **values) -> Call:
    began = timezone.now() - timedelta(days=days_ago)
    return Call.objects.create(
        customer=persona.customer,
        persona=persona,
        direction="inbound",
        room_name=str(uuid.uuid4()),
        brief={},
        queued_at=began,
        **values,
    )


@pytest.mark.parametrize(
    ("counts", "words"),
    [
        ({"numbers": 3, "rules": 1, "defaults": 1}, "3 numbers · 1 rule · default for 1 customer"),
        ({"numbers": 1, "rules": 0, "defaults": 2}, "1 number · default for 2 customers"),
        ({"numbers": 0, "rules": 0, "defaults": 0}, "Not in use"),
    ],
)
def test_who_uses_it_reads_as_words(counts, words):
    assert list_counts(**counts) == words


def test_numbers_rules_defaults_and_calls_are_counted(nora, clinic):
    RoutingRule.objects.create(customer=nora.customer, caller=ANA, persona=nora)
    for days in (0, 3, 40):
        make_call(nora, days_ago=days)

    usage = find_usage(nora)

    assert (usage.reach, str(usage.calls_today), str(usage.calls_month)) == ("on 1 number and 1 rule", "1", "2")
    assert usage.is_used


def test_a_page_does_not_count_a_million_calls(nora):
    for _ in range(4):
        make_call(nora)

    assert str(count_up_to(nora.calls.all(), 3)) == "more than 3"
    assert str(count_up_to(nora.calls.all(), 4)) == "4"


def test_the_list_of_numbers_counts_its_calls(admin_client, nora, clinic):
    make_call(nora, number=clinic)
    make_call(nora, number=clinic, days_ago=2)

    (row,) = admin_client.get("/admin/personas/phonenumber/").context["cl"].queryset

    assert row.calls_since == 1
    assert row.last_call_at.date() == timezone.now().date()
