"""What becomes of a field that two users edit."""

import pytest

from voiceplatform.edits.comparison import compare_edits

TAKEN, CONFLICTING, MINE = "taken", "conflicting", "mine"


@pytest.mark.parametrize(
    ("loaded", "submitted", "stored", "expected"),
    [
        ("a", "a", "a", MINE),
        ("a", "b", "a", MINE),
        ("a", "a", "c", TAKEN),
        ("a", "b", "b", MINE),
        ("a", "b", "c", CONFLICTING),
        (None, "b", "c", CONFLICTING),
        (None, "b", "b", MINE),
    ],
)
def test_each_field_is_decided_by_who_changed_it(loaded, submitted, stored, expected):
    seen = {} if loaded is None else {"name": loaded}

    found = compare_edits(loaded=seen, submitted={"name": submitted}, stored={"name": stored})

    assert ("name" in found.taken, "name" in found.conflicting) == (expected == TAKEN, expected == CONFLICTING)


def test_an_unseen_change_conflicts_even_where_this_user_changed_nothing():
    found = compare_edits(loaded={"name": "a"}, submitted={"name": "a"}, stored={"name": "c"}, unseen=True)

    assert found.taken == found.conflicting == {"name"}
