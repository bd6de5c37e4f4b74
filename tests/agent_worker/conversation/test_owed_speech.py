"""Is what the agent owes said, whatever the model does? In every order of events, without a clock."""

import random

import pytest

from agent_worker.conversation.owed_speech import (
    MAX_REQUESTS,
    GiveUp,
    HangUp,
    Kind,
    Mode,
    Outcome,
    Say,
    Speech,
    Wait,
)
from calls.outbound.opt_out.confirmation import ENGLISH as CONFIRMATION
from tests.agent_worker.conversation.owed_call import CLOSING, OTHER, WELCOME, Call


@pytest.fixture
def call() -> Call:
    return Call()


# -- the ordinary call --------------------------------------------------------------------------------------------------


def test_the_welcome_is_asked_for_once_and_settled_when_it_was_heard(call):
    speech = call.owe(Kind.WELCOME, WELCOME)
    assert call.decide() == Wait()

    call.model_speaks(WELCOME, speech=speech)

    assert call.account.is_settled
    assert call.decide() == Wait()


def test_an_answer_comes_unasked(call):
    call.caller_talks()
    assert call.decide() == Wait()

    call.model_speaks(OTHER)

    assert call.account.is_settled


def test_the_call_ends_when_the_closing_message_was_heard(call):
    call.account.owe_closing(CLOSING, call.now, is_final=False)
    speech = call.ask()

    call.model_speaks(CLOSING, speech=speech)

    assert call.decide() == HangUp()


def test_a_short_noise_is_owed_no_answer_but_a_short_word_is(call):
    call.caller_talks(0.5)
    assert call.account.is_settled

    call.account.note_caller_words(call.now)
    assert not call.account.is_settled


def test_a_sentence_with_pauses_is_one(call):
    call.caller_talks(0.5)
    call.wait(0.1)
    call.caller_talks(0.5)

    assert not call.account.is_settled


def test_nothing_is_said_into_a_pause_of_the_caller(call):
    call.caller_talks()
    call.account.owe(Kind.WELCOME, WELCOME, call.now)
    call.wait(0.3)
    assert call.decide() == Wait()

    call.wait(0.4)

    assert isinstance(call.decide(), Say)


# -- a slow model -------------------------------------------------------------------------------------------------------


def test_a_model_that_needs_nine_seconds_is_waited_for(call):
    speech = call.owe(Kind.WELCOME, WELCOME)
    call.wait(5)
    call.account.note_speech_over(speech, Outcome.NO_REPLY, call.now)  # the framework waits no longer
    call.wait(4)
    assert call.decide() == Wait()

    call.model_speaks(WELCOME)

    assert call.account.is_settled


def test_a_model_that_stays_silent_is_given_up_after_the_time_of_the_brief(call):
    call.owe(Kind.WELCOME, WELCOME)
    call.wait(9.9)
    assert call.decide() == Wait()

    call.wait(0.2)

    assert call.decide() == GiveUp()


def test_the_time_counts_from_when_the_caller_has_stopped_to_talk(call):
    call.owe(Kind.PRESENCE_CHECK, "Are you still there?")
    call.account.note_caller_began(call.now)
    call.wait(30)
    assert call.decide() == Wait()

    call.account.note_caller_stopped(call.now)
    call.wait(9.9)

    assert call.decide() == Wait()


def test_a_caller_who_asks_again_and_again_whether_anyone_is_there_hears_the_apology_all_the_same(call):
    call.owe(Kind.WELCOME, WELCOME)
    for _ in range(4):
        call.wait(2)
        assert not isinstance(call.decide(), GiveUp)
        call.caller_talks(5)

    call.wait(2.1)

    assert isinstance(call.decide(), GiveUp)


def test_an_answer_that_does_not_come_is_asked_for_before_the_voice_is_given_up(call):
    call.caller_talks()
    call.wait(10)
    say = call.decide()
    assert isinstance(say, Say)
    assert (say.owed.kind, say.words) == (Kind.ANSWER, "")

    call.account.note_requested(say.owed, call.now)
    call.wait(10)

    assert call.decide() == GiveUp()


def test_an_error_is_tried_again_and_named_when_the_voice_is_given_up(call):
    call.account.owe(Kind.WELCOME, WELCOME, call.now)
    for _ in range(MAX_REQUESTS):
        speech = call.ask()
        call.account.note_speech_over(speech, Outcome.FAILED, call.now, error="APIConnectionError")
        call.wait(0.5)

    assert call.decide() == GiveUp("APIConnectionError")


# -- a lost connection --------------------------------------------------------------------------------------------------


def test_what_was_asked_before_the_loss_is_asked_again_when_the_connection_is_back(call):
    call.owe(Kind.WELCOME, WELCOME)
    call.wait(0.1)

    call.connection_is_replaced()

    say = call.decide_later()
    assert isinstance(say, Say)
    assert (say.mode, say.words) == (Mode.AGAIN, WELCOME)


def test_what_was_asked_after_the_loss_is_not(call):
    call.account.note_connection_lost(call.now)
    call.wait(0.1)
    speech = call.account.note_requested(call.account.owe(Kind.WELCOME, WELCOME, call.now), call.now)
    call.wait(0.1)

    call.account.note_connection_back(call.now)
    assert call.decide_later() == Wait()

    call.model_speaks(WELCOME, speech=speech)
    assert call.account.is_settled


def test_a_welcome_that_was_cut_early_begins_again(call):
    speech = call.owe(Kind.WELCOME, WELCOME)
    call.account.note_connection_lost(call.now)
    call.model_speaks("Hello, this is", Outcome.CUT, speech)
    call.account.note_connection_back(call.now)

    say = call.decide_later()

    assert isinstance(say, Say)
    assert (say.mode, say.words) == (Mode.AGAIN, WELCOME)


def test_a_welcome_that_was_cut_late_goes_on(call):
    speech = call.owe(Kind.WELCOME, WELCOME)
    call.account.note_connection_lost(call.now)
    call.model_speaks("Hello, this is Nora of the dental clinic. How can", Outcome.CUT, speech)
    call.account.note_connection_back(call.now)

    say = call.decide_later()

    assert isinstance(say, Say)
    assert (say.mode, say.words) == (Mode.CONTINUED, "How can I help you today?")


def test_an_answer_that_was_cut_goes_on_from_what_was_heard(call):
    call.caller_talks()
    call.account.note_connection_lost(call.now + 1)
    call.model_speaks("We are open until", Outcome.CUT)
    call.account.note_connection_back(call.now)

    say = call.decide_later()

    assert isinstance(say, Say)
    assert (say.mode, say.owed.heard) == (Mode.CONTINUED, "We are open until")


def test_a_question_asked_just_before_the_loss_is_answered(call):
    call.caller_talks()

    call.connection_is_replaced()

    say = call.decide_later()
    assert isinstance(say, Say)
    assert say.owed.kind is Kind.ANSWER


def test_a_question_asked_on_the_new_connection_is_left_to_the_model(call):
    call.account.note_connection_lost(call.now)
    call.caller_talks()
    call.account.note_connection_back(call.now)

    assert call.decide_later() == Wait()


def test_a_connection_that_does_not_come_back_is_given_up(call):
    call.owe(Kind.WELCOME, WELCOME)
    call.account.note_connection_lost(call.now)
    call.wait(9)
    assert call.decide() == Wait()

    call.wait(1.1)

    assert call.decide() == GiveUp()


def test_a_lost_connection_in_a_quiet_moment_changes_nothing(call):
    call.connection_is_replaced(30)

    assert call.decide_later() == Wait()


def test_three_more_tries_then_the_voice_is_given_up(call):
    call.account.owe(Kind.WELCOME, WELCOME, call.now)
    for _ in range(MAX_REQUESTS):
        call.ask()
        call.wait(0.1)
        call.connection_is_replaced()
        call.wait(0.5)

    assert call.decide() == GiveUp()


# -- empty turns and tools ----------------------------------------------------------------------------------------------


def test_an_empty_turn_is_asked_again(call):
    call.caller_talks()
    call.account.note_empty_turn(call.now)

    say = call.decide_later()

    assert isinstance(say, Say)
    assert say.owed.kind is Kind.ANSWER


def test_a_speech_without_a_word_is_an_empty_turn(call):
    call.caller_talks()
    call.account.note_speech_over(call.account.note_speech(call.now), Outcome.WHOLE, call.now)

    assert isinstance(call.decide_later(), Say)


def test_an_empty_turn_while_nothing_is_owed_changes_nothing(call):
    call.account.note_empty_turn(call.now)

    assert call.decide_later() == Wait()


def test_a_tool_call_gives_the_model_its_time_anew(call):
    call.caller_talks()
    call.wait(8)
    call.account.note_speech_over(call.account.note_speech(call.now), Outcome.TOOL_CALL, call.now)
    call.wait(8)

    assert call.decide() == Wait()


# -- the caller talks ---------------------------------------------------------------------------------------------------


def test_nothing_is_said_while_the_caller_talks(call):
    call.account.owe(Kind.WELCOME, WELCOME, call.now)
    call.account.note_caller_began(call.now)
    call.wait(60)

    assert call.decide() == Wait()


def test_a_welcome_that_the_caller_talked_over_is_said_after_the_answer(call):
    speech = call.owe(Kind.WELCOME, WELCOME)
    call.caller_talks(8)
    call.account.note_speech_over(speech, Outcome.NO_REPLY, call.now)

    call.model_speaks(OTHER)

    say = call.decide_later()
    assert isinstance(say, Say)
    assert (say.owed.kind, say.words) == (Kind.WELCOME, WELCOME)


def test_a_welcome_that_comes_after_the_caller_talked_is_not_said_twice(call):
    call.owe(Kind.WELCOME, WELCOME)
    call.caller_talks(8)

    call.model_speaks("Hello this is Nora of the dental clinic, how can I help you today")

    assert call.account.is_settled


def test_a_caller_who_talks_is_there(call):
    call.owe(Kind.PRESENCE_CHECK, "Are you still there?")
    call.caller_talks()
    call.model_speaks(OTHER)

    assert call.account.is_settled


def test_a_welcome_interrupted_at_its_first_words_is_said_after_the_answer(call):
    speech = call.owe(Kind.WELCOME, WELCOME)
    call.wait(0.1)
    call.account.note_caller_began(call.now)
    call.model_speaks("Hello, this", Outcome.INTERRUPTED, speech)
    call.account.note_caller_stopped(call.now)
    call.model_speaks(OTHER)

    say = call.decide_later()

    assert isinstance(say, Say)
    assert say.words == WELCOME


def test_a_caller_who_interrupts_the_welcome_later_has_heard_enough_of_it(call):
    speech = call.owe(Kind.WELCOME, WELCOME)
    call.model_speaks("Hello, this is Nora of the dental clinic.", Outcome.INTERRUPTED, speech)
    call.caller_talks()
    call.model_speaks(OTHER)

    assert call.account.is_settled


def test_what_is_said_into_an_answer_is_owed_an_answer_of_its_own(call):
    call.caller_talks()
    speech = call.account.note_speech(call.now)
    call.account.note_first_sound(speech, call.now)
    call.wait(0.5)
    call.caller_talks()
    call.account.note_speech_over(speech, Outcome.INTERRUPTED, call.now, heard="We are")

    assert not call.account.is_settled
    call.model_speaks(OTHER)
    assert call.account.is_settled


def test_words_transcribed_after_the_answer_are_not_a_new_question(call):
    call.caller_talks()
    call.model_speaks(OTHER)

    call.account.note_caller_words(call.now)

    assert call.account.is_settled


# -- any order ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(300))
def test_in_any_order_of_events_the_caller_is_never_talked_over_and_the_account_comes_to_an_end(seed):
    chance, call = random.Random(seed), Call()
    speeches: list[Speech] = []
    talks = False
    call.account.owe(Kind.WELCOME, WELCOME, call.now)
    for _ in range(60):
        call.wait(chance.choice([0.05, 0.3, 1.0, 4.0]))
        match chance.randrange(8):
            case 0 if not talks:
                call.account.note_caller_began(call.now)
                talks = True
            case 1 if talks:
                call.account.note_caller_stopped(call.now)
                talks = False
            case 2:
                speeches.append(call.account.note_speech(call.now))
            case 3 if speeches:
                call.account.note_first_sound(chance.choice(speeches), call.now)
            case 4 if speeches:
                speech = speeches.pop(chance.randrange(len(speeches)))
                heard = chance.choice(["", WELCOME, OTHER])
                call.account.note_speech_over(speech, chance.choice(list(Outcome)), call.now, heard=heard)
            case 5:
                call.connection_is_replaced(chance.choice([0.1, 2.0]))
            case 6:
                call.account.note_empty_turn(call.now)
            case 7:
                call.account.note_caller_words(call.now)
        decision = call.decide()
        if isinstance(decision, Say):
            assert not talks
            assert decision.owed.requests < MAX_REQUESTS
            speeches.append(call.account.note_requested(decision.owed, call.now))
    # From here on the model does as it is told.
    if talks:
        call.account.note_caller_stopped(call.now)
    for speech in speeches:
        call.account.note_speech_over(speech, Outcome.NO_REPLY, call.now)
    for _ in range(50):
        call.wait(0.5)
        decision = call.decide()
        if isinstance(decision, Say):
            call.model_speaks(decision.words or OTHER, speech=call.account.note_requested(decision.owed, call.now))
        if call.account.is_settled or isinstance(decision, GiveUp):
            break
    assert call.account.is_settled or isinstance(decision, GiveUp)


def test_a_confirmation_that_the_person_talks_into_is_said_to_its_end():
    call = Call()
    confirmation = call.owe(Kind.OPT_OUT, CONFIRMATION)
    call.model_speaks("Understood. Your number is on our", Outcome.INTERRUPTED, confirmation)

    call.caller_talks(0.3)
    said = call.decide_later()

    assert isinstance(said, Say)
    assert said.owed.kind is Kind.OPT_OUT
