"""When does a call end, and when does it go on after all? Without a clock."""

import pytest

from agent_worker.conversation.owed_speech import (
    MAX_REQUESTS,
    MAX_WITHDRAWN_ENDINGS,
    HangUp,
    Kind,
    Mode,
    Outcome,
    Say,
    Wait,
)
from tests.agent_worker.conversation.owed_call import CLOSING, OTHER, Call


@pytest.fixture
def call() -> Call:
    return Call()


def close_by_tool(call: Call) -> None:
    assert call.account.owe_by_tool(Kind.CLOSING, CLOSING, call.now)


def test_the_reply_to_end_call_ends_the_call_in_whatever_words(call):
    close_by_tool(call)

    call.model_speaks("Bye then!")

    assert call.decide() == HangUp()


def test_end_call_answered_with_end_call_is_asked_for_the_closing_message(call):
    close_by_tool(call)
    tool_call = call.account.note_speech(call.now)
    assert not call.account.owe_by_tool(Kind.CLOSING, CLOSING, call.now)
    call.account.note_speech_over(tool_call, Outcome.TOOL_CALL, call.now)

    say = call.decide_later()

    assert isinstance(say, Say)
    assert say.words == CLOSING


def test_a_closing_request_that_the_model_replaces_by_its_own_speech_stays_owed(call):
    call.account.owe_closing(CLOSING, call.now, is_final=False)
    call.account.note_speech_over(call.ask(), Outcome.INTERRUPTED, call.now)

    call.model_speaks(CLOSING)

    assert call.decide() == HangUp()


def test_a_caller_who_asks_one_more_thing_into_the_goodbye_is_answered(call):
    close_by_tool(call)
    call.model_speaks("Thank you for", Outcome.INTERRUPTED)
    call.caller_talks()
    assert call.decide() == Wait()

    call.model_speaks(OTHER)

    assert call.decide() == Wait()
    assert call.account.is_settled


def test_a_model_that_answers_instead_of_closing_goes_back_to_talking(call):
    close_by_tool(call)
    call.caller_talks()

    call.model_speaks(OTHER)

    assert call.decide() == Wait()
    assert not call.account.is_closing


def test_a_word_of_the_caller_into_a_goodbye_that_was_heard_whole_does_not_keep_the_call(call):
    close_by_tool(call)
    speech = call.account.note_speech(call.now)
    call.account.note_first_sound(speech, call.now)
    call.caller_talks(1.2)
    call.account.note_speech_over(speech, Outcome.WHOLE, call.now, heard="See you soon!")

    assert call.decide() == HangUp()


def test_endings_cannot_be_withdrawn_indefinitely(call):
    for _ in range(MAX_WITHDRAWN_ENDINGS):
        close_by_tool(call)
        call.model_speaks("Thank you", Outcome.INTERRUPTED)
        assert call.decide() == Wait()

    close_by_tool(call)
    call.model_speaks("Thank you", Outcome.INTERRUPTED)

    assert call.decide() == HangUp()


def test_the_maximum_duration_ends_a_call_that_is_talked_into(call):
    call.account.owe_closing(CLOSING, call.now, is_final=True)
    call.model_speaks("Thank you", Outcome.INTERRUPTED, call.ask())

    assert call.decide() == HangUp()


def test_a_closing_that_was_cut_goes_on_before_the_call_ends(call):
    close_by_tool(call)
    call.account.note_connection_lost(call.now)
    call.model_speaks("Thank you for calling.", Outcome.CUT)
    call.account.note_connection_back(call.now)

    say = call.decide_later()

    assert isinstance(say, Say)
    assert (say.mode, say.words) == (Mode.CONTINUED, "Goodbye.")


def test_a_long_closing_is_heard_to_its_end(call):
    long = " ".join(["word"] * 200)
    call.account.owe_closing(long, call.now, is_final=True)
    speech = call.ask()
    call.account.note_first_sound(speech, call.now)
    call.wait(100)

    assert call.decide() == Wait()


def test_a_closing_that_never_ends_is_hung_up_on(call):
    call.account.owe_closing(CLOSING, call.now, is_final=True)
    speech = call.ask()
    call.account.note_first_sound(speech, call.now)
    call.wait(60)

    assert call.decide() == HangUp()


def test_a_reply_to_end_call_that_never_ends_is_hung_up_on(call):
    close_by_tool(call)
    call.account.note_first_sound(call.account.note_speech(call.now), call.now)
    call.wait(60)

    assert call.decide() == HangUp()


def test_a_voice_that_is_alive_but_never_closes_is_hung_up_on_without_an_apology(call):
    call.caller_talks()
    call.model_speaks(OTHER)
    close_by_tool(call)
    for _ in range(MAX_REQUESTS):
        assert not isinstance(call.decide(), HangUp)
        call.model_speaks("")
        call.wait(0.7)
        decision = call.decide()
        if isinstance(decision, Say):
            call.account.note_requested(decision.owed, call.now)

    assert decision == HangUp()
