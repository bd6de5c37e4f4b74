"""What becomes of many pasted numbers? Every line is reported."""

import pytest

from campaigns.models import DoNotCall
from campaigns.models.pasted_numbers import add_pasted, read_lines
from tests.campaigns.entries import BLOCKED, NINE, add
from tests.conftest import make_customer

pytestmark = pytest.mark.django_db
TEXT = """(555) 010-0008

+1 555 010 0007
front desk
555.010.0008
+1 900*
911"""


def paste(text: str, **values):
    given = {"customer": make_customer(), "scope": "customer", "reason": "List of 2026", "source": "manual"}
    return add_pasted(read_lines(text, "US"), **{**given, "added_by": "mia", "at": NINE, **values})


def test_each_line_is_added_or_was_listed_or_is_refused_with_its_place_and_why():
    add(BLOCKED)

    report = paste(TEXT)

    assert [(line.place, str(line.number)) for line in report.added] == [(1, "+1 555 010 0008"), (6, "+1900*")]
    assert [line.place for line in report.listed] == [3, 5]
    assert [(line.place, line.written) for line in report.refused] == [(4, "front desk"), (7, "911")]
    assert report.refused[1].refusal == "“911” is an emergency number. Enter another number."
    assert report.refused_text == "front desk\n911"
    assert DoNotCall.objects.count() == 3


def test_pasting_again_adds_nothing():
    paste(TEXT)

    report = paste(TEXT)

    assert (len(report.added), len(report.listed), len(report.refused)) == (0, 4, 2)


def test_ten_thousand_lines_take_a_few_queries_for_each_thousand(django_assert_max_num_queries):
    text = "\n".join(f"+1212{n:07}" for n in range(2_000_000, 2_010_000))
    make_customer()

    with django_assert_max_num_queries(62):
        report = paste(text)

    assert len(report.added) + len(report.refused) == 10_000
    assert DoNotCall.objects.count() == len(report.added) > 9_000
