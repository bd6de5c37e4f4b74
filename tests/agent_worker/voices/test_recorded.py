"""Is a recording heard beside a realtime model, without a text-to-speech service? A real session, a played model."""

import asyncio
import wave

import pytest
from livekit import rtc
from livekit.agents import Agent
from livekit.agents.voice import AgentSession
from livekit.agents.voice.io import AudioOutput, AudioOutputCapabilities

from agent_worker.line import APOLOGY, APOLOGY_WORDS
from agent_worker.voices import google
from agent_worker.voices.recorded import Recording, read_frames, say_recorded
from calls.brief import render_brief
from personas.answering.routing import Source
from personas.persona.built_in import BUILT_IN_PERSONA
from tests.fakes.gemini import FakeGemini

pytestmark = pytest.mark.filterwarnings("ignore:Setting `LiveConnectConfig:DeprecationWarning")
DISCLOSURE = Recording(words=APOLOGY_WORDS, sound=APOLOGY)


class Ear(AudioOutput):
    """Hears everything at once."""

    def __init__(self) -> None:
        super().__init__(label="ear", capabilities=AudioOutputCapabilities(pause=False))
        self.seconds = 0.0
        self._segment = 0.0

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        self._segment += frame.duration

    def flush(self) -> None:
        super().flush()
        self._finish(interrupted=False)

    def clear_buffer(self) -> None:
        self._finish(interrupted=True)

    def _finish(self, *, interrupted: bool) -> None:
        if self._segment:
            self.on_playback_finished(playback_position=self._segment, interrupted=interrupted)
        self.seconds, self._segment = self.seconds + self._segment, 0.0


def test_a_recording_is_heard_and_its_words_are_in_the_conversation(tmp_path, monkeypatch):
    async def hold() -> tuple[float, list[str | None]]:
        async with FakeGemini(tmp_path) as gemini:
            who = render_brief(BUILT_IN_PERSONA, call_id="", version=None, source=Source.BUILT_IN, caller="", dialed="")
            model = google.make_google_model(who, api_key="fake", base_url=gemini.base_url)
            session: AgentSession = AgentSession(llm=model, userdata=None)
            ear = Ear()
            session.output.audio = ear
            await session.start(Agent(instructions=""), record=False)
            await say_recorded(session, DISCLOSURE)
            said = [item.text_content for item in session.history.items if item.type == "message"]
            await session.aclose()
            return ear.seconds, said

    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
    google._tls_context.cache_clear()
    try:
        seconds, said = asyncio.run(hold())
    finally:
        google._tls_context.cache_clear()

    with wave.open(str(APOLOGY)) as file:
        assert seconds == pytest.approx(file.getnframes() / file.getframerate(), abs=0.1)
    assert said == [APOLOGY_WORDS]


def test_a_sound_file_of_another_kind_is_refused_with_what_is_allowed(tmp_path):
    stereo = tmp_path / "stereo.wav"
    with wave.open(str(stereo), "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(8000)
        file.writeframes(bytes(400))

    with pytest.raises(ValueError, match=r"stereo\.wav is not a WAV file of one channel with 16 bits a sample"):
        list(read_frames(stereo))
