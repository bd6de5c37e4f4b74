"""How does Google's realtime model speak for us?"""

from __future__ import annotations

from google.genai.types import HttpOptions
from livekit.agents import NOT_GIVEN, APIConnectOptions, inference
from livekit.agents.voice import SpeechHandle
from livekit.plugins.google.realtime import RealtimeModel

from agent_worker.caller_context import CallerContext
from agent_worker.voices.voice import Session, Voice
from calls.brief import CallBrief
from personas.prompt import render_exact_words

# A caller hears silence while we reconnect: three quick tries, then the apology.
RECONNECT = APIConnectOptions(max_retry=3, retry_interval=1.0, timeout=5.0)


def make_google_voice(brief: CallBrief, *, api_key: str, base_url: str) -> Voice:
    """Return the voice of one call. `base_url` "" is Google's own."""
    spec = brief.voice
    model = RealtimeModel(
        model=spec.model or NOT_GIVEN,
        api_key=api_key,
        voice=spec.voice,
        language=spec.language,
        temperature=spec.temperature,
        conn_options=RECONNECT,
        # One HttpOptions a model: the plugin writes into it.
        http_options=HttpOptions(base_url=base_url) if base_url else NOT_GIVEN,
    )

    def make_session(context: CallerContext) -> Session:
        # Important: an explicit VAD. Without it the session does not see the caller talk: no latency figures, and
        # the silence rule would cut in mid-sentence.
        return Session(llm=model, vad=inference.VAD(), userdata=context, user_away_timeout=None)

    return Voice(make_session=make_session, say_exactly=_say_exactly, greet=_greet)


def _say_exactly(session: Session, words: str) -> SpeechHandle:
    return session.generate_reply(instructions=render_exact_words(words))


def _greet(session: Session) -> SpeechHandle:
    return session.generate_reply(instructions="Greet the caller in one short sentence and ask how you can help.")
