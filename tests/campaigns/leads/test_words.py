"""Is every state and result of a lead named?"""

from campaigns.leads.words import COLORS, NAMES, STOP_REASONS, color_of, count, name_result, name_state
from campaigns.models import Lead


def test_every_state_and_every_reason_has_words():
    assert set(NAMES) == set(Lead.State.values)
    assert set(STOP_REASONS) == set(Lead.StopReason.values)
    assert set(NAMES) <= set(COLORS)


def test_a_stopped_lead_says_why():
    assert name_state("stopped", "do_not_call") == "Do not call"
    assert color_of("stopped", "do_not_call") == "bad"


def test_no_result_has_no_words():
    assert name_result("") == ""
    assert name_result("no_answer") == "No answer"


def test_one_lead_is_one():
    assert count(1, "lead") == "1 lead"
    assert count(12_000, "lead") == "12,000 leads"
