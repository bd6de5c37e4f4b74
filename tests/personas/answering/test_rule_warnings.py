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
            "speaks": True,
            "numbers": 2,
            **values,
        }
    )


def test_a_rule_reads_as_a_sentence():
    assert read_rule(rule()) == f"Calls from {ANA} to every number of Riverside are answered by Theo."
    assert (
        read_rule(rule(number=f"{CLINIC} Front desk"))
        == f"Calls from {ANA} to {CLINIC} Front desk are answered by Theo."
    )


@pytest.mark.parametrize(
    ("facts", "remark"),
    [
        ({"speaks": False}, "Passed over: Theo has no published version."),
        ({"narrower": [CLINIC]}, f"Not on {CLINIC}: a rule for this caller there goes first."),
        (
            {"narrower": [CLINIC, "+1"]},
            "Never used: each number has a rule of its own for this caller, and that one goes first.",
        ),
        ({"number": CLINIC, "wider": "Nora"}, "Goes before the rule for every number, which names Nora."),
        ({"number": CLINIC, "wider": "Theo"}, "Changes nothing: the rule for every number names the same persona."),
        ({"number": CLINIC, "of_number": "Theo"}, "Changes nothing: the number's own persona is the same."),
    ],
)
def test_what_is_in_its_way_is_said(facts, remark):
    assert find_remarks(rule(**facts)) == [remark]


@pytest.mark.parametrize("facts", [{}, {"number": CLINIC}, {"number": CLINIC, "of_number": "Nora"}])
def test_a_rule_that_nothing_meets_needs_no_remark(facts):
    assert find_remarks(rule(**facts)) == []
