"""When is a message left on an answering machine? Moments are seconds since it was known to be one."""

from agent_worker.conversation.message_timing import MOST_RESTARTS, MessageTiming, Step

LOUD, ECHO = -20.0, -40.0


def greeting(*, ends_at: float, announces_tone: bool = False) -> MessageTiming:
    timing = MessageTiming(since=0.0, expects_tone=announces_tone)
    timing.note_speech_began(0.0, LOUD)
    timing.note_speech_ended(ends_at)
    return timing


def starts_at(timing: MessageTiming, *, after: float = 0.0) -> float:
    now = after
    while timing.decide(now) is not Step.START:
        now = round(now + 0.05, 2)
        assert now < 60
    return now


def said_from(timing: MessageTiming, at: float) -> MessageTiming:
    timing.note_message_began(at)
    return timing


def test_a_greeting_without_a_tone_is_over_half_a_second_after_its_last_word():
    assert starts_at(greeting(ends_at=5.0), after=5.3) == 5.5


def test_after_a_beep_the_message_begins_at_once():
    timing = greeting(ends_at=5.0, announces_tone=True)
    assert timing.decide(6.4) is Step.WAIT  # it is waited for
    timing.note_beep(6.5)

    assert starts_at(timing, after=6.5) <= 6.65


def test_a_tone_that_was_announced_and_never_comes_is_not_waited_for_long():
    assert starts_at(greeting(ends_at=5.0, announces_tone=True), after=5.0) == 9.0


def test_a_greeting_that_is_still_said_is_waited_for_but_not_forever():
    timing = MessageTiming(since=0.0, expects_tone=False)
    timing.note_speech_began(0.0, LOUD)

    assert starts_at(timing) == 30.0


def test_a_beep_before_words_that_follow_does_not_count():
    timing = MessageTiming(since=0.0, expects_tone=False)
    timing.note_beep(0.5)
    timing.note_speech_began(0.6, LOUD)
    timing.note_speech_ended(4.0)

    assert starts_at(timing, after=4.0) == 4.5


def test_a_greeting_that_goes_on_stops_the_message_which_is_said_again_from_the_start():
    timing = greeting(ends_at=2.0)
    said_from(timing, starts_at(timing, after=2.0) + 0.5)
    timing.note_speech_began(3.5, LOUD)

    assert timing.decide(3.6) is Step.WAIT  # it may be a noise
    assert timing.decide(3.95) is Step.STOP
    timing.note_speech_ended(6.0)
    assert starts_at(timing, after=6.0) == 6.5


def test_a_beep_into_the_message_means_that_it_was_not_recorded():
    timing = greeting(ends_at=2.0)
    said_from(timing, starts_at(timing, after=2.0) + 0.5)
    timing.note_beep(3.6)

    assert timing.decide(3.6) is Step.STOP
    assert starts_at(timing, after=3.65) <= 4.1


def test_a_beep_before_the_first_sound_of_the_message_changes_nothing():
    timing = greeting(ends_at=2.0)
    at = starts_at(timing, after=2.0)
    timing.note_beep(at + 0.2)
    said_from(timing, at + 0.5)

    assert timing.decide(at + 0.6) is Step.WAIT


def test_the_echo_of_the_message_does_not_stop_it():
    timing = greeting(ends_at=2.0)
    said_from(timing, starts_at(timing, after=2.0) + 0.5)
    timing.note_speech_began(3.5, ECHO)

    assert timing.decide(8.0) is Step.WAIT


def test_a_machine_that_always_talks_into_it_gets_the_message_all_the_same():
    timing = greeting(ends_at=2.0)
    now = 2.0
    for _ in range(MOST_RESTARTS):
        now = starts_at(timing, after=now)
        said_from(timing, now)
        timing.note_speech_began(now, LOUD)
        assert timing.decide(now + 0.5) is Step.STOP
        timing.note_speech_ended(now + 1.0)
        now += 1.0
    now = starts_at(timing, after=now)
    said_from(timing, now)
    timing.note_speech_began(now, LOUD)

    assert timing.decide(now + 5.0) is Step.WAIT
