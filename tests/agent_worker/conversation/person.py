"""A person on the line who talks, and is transcribed while and after talking."""

from types import SimpleNamespace

from livekit.agents import llm

from tests.fakes.scripted_session import ScriptedSession


class Person:
    """Talks, and is transcribed while and after talking."""

    def __init__(self, session: ScriptedSession) -> None:
        self.session = session

    def begins(self) -> None:
        self.session.emit("user_state_changed", SimpleNamespace(new_state="speaking"))

    def pauses(self) -> None:
        self.session.emit("user_state_changed", SimpleNamespace(new_state="listening"))

    def is_transcribed(self, words: str) -> None:
        self.session.emit("user_input_transcribed", SimpleNamespace(transcript=words, is_final=False, item_id="i"))

    def is_in_transcript(self, words: str, *, role: str = "user") -> None:
        item = llm.ChatMessage(role=role, content=[words])  # type: ignore[arg-type]
        self.session.emit("conversation_item_added", SimpleNamespace(item=item))
