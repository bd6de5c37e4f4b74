"""Is what the agent owes said, whatever the model does? In every order of events, without a clock."""

import random
from dataclasses import dataclass, field

import pytest

from agent_worker.conversation.owed_speech import (
    MAX_REQUESTS,
    MAX_WITHDRAWN_ENDINGS,
    GiveUp,
    HangUp,
    Kind,
    Mode,
    Outcome,
    OwedSpeech,
    Say,
    Speech,
    Wait,
)

WELCOME = "Hello, this is Nora of the dental clinic. How can I help you today?"
CLOSING = "Thank you for calling. Goodbye."
OTHER = "We are open until six o'clock in the evening."


@dataclass
class Call:
    """An account and its clock; each step takes what time it says."""

    account: OwedSpeech = field(default_factory=lambda: OwedSpeech(first_word_seconds=10))
    now: float = 100.0

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def decide(self):
        return self.account.decide(self.now)

    def decide_later(self):
        """What is decided once the pause before a repetition is over."""
        self.wait(0.7)
        return self.decide()

    def owe(self, kind: Kind, words: str = "") -> Speech:
        """Owe something, and ask the model for it."""
        self.account.owe(kind, words, self.now)
        return self.ask()

    def ask(self) -> Speech:
        say = self.decide()
        assert isinstance(say, Say)
        return self.account.note_requested(say.owed, self.now)

    def model_speaks(self, words: str, outcome: Outcome = Outcome.WHOLE, speech: Speech | None = None) -> None:
        speech = speech or self.account.note_speech(self.now)
        self.wait(0.2)
        self.account.note_first_sound(speech, self.now)
        self.wait(2)
        self.account.note_speech_over(speech, outcome, self.now, heard=words)

    def caller_talks(self, seconds: float = 3.0) -> None:
        self.account.note_caller_began(self.now)
        self.wait(seconds)
        self.account.note_caller_stopped(self.now)

    def connection_is_replaced(self, seconds: float = 0.3) -> None:
        self.account.note_connection_lost(self.now)
        self.wait(seconds)
        self.account.note_connection_back(self.now)


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


# -- endings ------------------------------------------------------------------------------------------------------------


def close_by_tool(call: Call) -> None:
    assert call.account.owe_closing_by_tool(CLOSING, call.now)


def test_the_reply_to_end_call_ends_the_call_in_whatever_words(call):
    close_by_tool(call)

    call.model_speaks("Bye then!")

    assert call.decide() == HangUp()


def test_end_call_answered_with_end_call_is_asked_for_the_closing_message(call):
    close_by_tool(call)
    tool_call = call.account.note_speech(call.now)
    assert not call.account.owe_closing_by_tool(CLOSING, call.now)
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
    call.wait(30)

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
