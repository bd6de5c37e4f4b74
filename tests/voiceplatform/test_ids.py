"""Are ids that are made together such as one made alone?"""

import time
import uuid

from voiceplatform.ids import make_ids, uuid7


def test_ids_made_together_are_of_version_7_unlike_and_ascend():
    before = time.time_ns() // 1_000_000

    made = [uuid.UUID(each) for each in make_ids(2_000)]

    assert {(each.version, each.variant) for each in [*made, uuid7()]} == {(7, uuid.RFC_4122)}
    assert made == sorted(set(made))
    assert len(made) == 2_000
    assert before <= made[0].int >> 80 == made[-1].int >> 80 <= time.time_ns() // 1_000_000


def test_no_ids_are_made_for_no_rows():
    assert make_ids(0) == []
