"""Can a manager read why a line was rejected, and what to do?"""

import pytest

from campaigns.imports.words import FIELDS, REASONS, WARNINGS, explain_code, list_field_choices, name_field
from campaigns.lead_import.header_words import Field
from campaigns.lead_import.rows import Reason, WarningKind


@pytest.mark.parametrize("code", [*Reason, *WarningKind])
def test_every_code_has_a_sentence_and_what_to_do(code):
    advice = explain_code(code.value)

    assert advice.said.endswith(".")
    assert advice.to_do.endswith(".")
    assert "_" not in (advice.said + advice.to_do).replace("America/New_York", "")


def test_no_code_is_forgotten():
    assert set(REASONS) == set(Reason)
    assert set(WARNINGS) == set(WarningKind)


def test_no_two_reasons_read_alike():
    assert len({advice.said for advice in (*REASONS.values(), *WARNINGS.values())}) == len(REASONS) + len(WARNINGS)


def test_a_code_of_another_version_is_shown_as_it_is():
    assert explain_code("from_the_future").said == "From the future."


def test_every_field_can_be_chosen_by_a_name():
    assert [value for value, _ in list_field_choices()] == [field.value for field in Field]
    assert set(FIELDS) <= set(Field)
    assert name_field("title") == "Job title"
