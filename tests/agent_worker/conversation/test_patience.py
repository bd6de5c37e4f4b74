import pytest

from agent_worker.conversation.patience import Elapsed, Step, next_step
from calls.brief import Patience

PATIENCE = Patience(silence_seconds=15, questions=2, max_duration_seconds=600)


@pytest.mark.parametrize(
    ("lasted", "quiet", "asked", "step"),
    [
        (60, 0, 0, Step.WAIT),
        (60, 14.9, 0, Step.WAIT),
        (60, 15, 0, Step.ASK),
        (60, 15, 1, Step.ASK),
        (60, 15, 2, Step.END_SILENT_CALL),
        (600, 0.5, 0, Step.END_LONG_CALL),
        (600, 0, 0, Step.WAIT),  # in the middle of a sentence
        (615, 0, 0, Step.END_LONG_CALL),  # a sentence that does not end
        (600, 20, 2, Step.END_LONG_CALL),
    ],
)
def test_what_to_do_follows_from_silence_and_time(lasted, quiet, asked, step):
    assert next_step(PATIENCE, Elapsed(lasted_seconds=lasted, quiet_seconds=quiet, questions_asked=asked)) is step
