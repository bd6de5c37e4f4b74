"""An account of owed speech and its clock, for tests without either model or caller."""

from dataclasses import dataclass, field

from agent_worker.conversation.owed_speech import Kind, Outcome, OwedSpeech, Say, Speech

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
