"""How does a routing rule read, and what is in its way?"""

import pytest

from personas.answering.rule_warnings import RuleFacts, find_remarks, read_rule
from tests.conftest import ANA, CLINIC


def rule(**values) -> RuleFacts:
    return RuleFacts(
        **{
            "caller": ANA,
            "number": None,
            "customer": "Riverside",
            "persona": "Theo",
            "is_live": True,
            "numbers": 2,
            **values,
        }
    )


def test_a_rule_reads_as_a_sentence():
    assert read_rule(rule()) == f"Calls from {ANA} to all numbers of Riverside are answered by Theo."
    assert (
        read_rule(rule(number=f"{CLINIC} Front desk"))
        == f"Calls from {ANA} to {CLINIC} Front desk are answered by Theo."
    )


@pytest.mark.parametrize(
    ("facts", "remark"),
    [
        ({"is_live": False}, "Inactive: Theo is not published."),
        ({"narrower": [CLINIC]}, f"Does not apply to {CLINIC} (more specific rule)."),
        (
            {"narrower": [CLINIC, "+1"]},
            "Never applies: every number has a more specific rule for this caller.",
        ),
        ({"number": CLINIC, "wider": "Nora"}, "Overrides the all-numbers rule (Nora)."),
        ({"number": CLINIC, "wider": "Theo"}, "No effect: the all-numbers rule names the same persona."),
        ({"number": CLINIC, "of_number": "Theo"}, "No effect: the number has the same persona."),
    ],
)
def test_what_is_in_its_way_is_said(facts, remark):
    assert find_remarks(rule(**facts)) == [remark]


@pytest.mark.parametrize("facts", [{}, {"number": CLINIC}, {"number": CLINIC, "of_number": "Nora"}])
def test_a_rule_that_nothing_meets_needs_no_remark(facts):
    assert find_remarks(rule(**facts)) == []
