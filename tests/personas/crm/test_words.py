"""The sentences for a CRM lookup that named no persona."""

from datetime import UTC, datetime

import pytest

from personas.crm.answer import Candidate, CrmAnswer, CrmReason
from personas.crm.words import SENTENCES, describe, describe_reason

NORA = Candidate(persona="Nora", version_id=1)


def test_every_reason_has_a_sentence():
    assert set(SENTENCES) == set(CrmReason)


@pytest.mark.parametrize("reason", CrmReason)
def test_a_sentence_holds_its_detail_and_no_gap(reason):
    sentence = describe_reason(reason, "503")

    assert ("503" in sentence) is ("{}" in SENTENCES[reason])
    assert "{" not in sentence


def test_a_good_answer_needs_no_words():
    assert describe(CrmAnswer(candidate=NORA)) == ""


@pytest.mark.parametrize(("candidate", "what"), [(NORA, "its answer"), (None, "its answer “not found”")])
def test_an_earlier_answer_is_named_with_its_time(candidate, what):
    given_at = datetime(2026, 11, 20, 10, tzinfo=UTC)

    said = describe(CrmAnswer(candidate=candidate, reason=CrmReason.HTTP_STATUS, detail="503", given_at=given_at))

    assert said == f"the CRM answered 503; {what} of 2026-11-20 10:00 UTC is used"
