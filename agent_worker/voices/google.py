"""The voice of Google's realtime model."""

from __future__ import annotations

import logging
import os
import ssl
from functools import cache
from typing import get_args

import certifi
from google.genai import Client, types
from livekit.agents import NOT_GIVEN, APIConnectOptions, inference
from livekit.agents.voice import SpeechHandle
from livekit.plugins.google.realtime.api_proto import Voice as GoogleVoice

from agent_worker.caller_context import CallerContext
from agent_worker.voices.google_session import GoogleModel
from agent_worker.voices.voice import Session, Voice
from calls.brief import CallBrief
from personas.persona.prompt import render_exact_words
from personas.persona.spec import VoiceSpec

log = logging.getLogger(__name__)

# A caller hears silence while we reconnect: three quick tries, then the apology.
RECONNECT = APIConnectOptions(max_retry=3, retry_interval=1.0, timeout=5.0)


def make_google_voice(brief: CallBrief, *, api_key: str, base_url: str) -> Voice:
    """Return the voice of one call. `base_url` "" is Google's own."""
    model = make_google_model(brief, api_key=api_key, base_url=base_url)

    def make_session(context: CallerContext) -> Session:
        # Important: an explicit VAD. Without it the session does not see the caller talk: no latency figures, and
        # the silence rule would cut in mid-sentence.
        session = Session(llm=model, vad=inference.VAD(), userdata=context, user_away_timeout=None)
        model.follow(session)
        return session

    return Voice(
        make_session=make_session,
        say_exactly=_say_exactly,
        greet=_greet,
        open_call=_open_call,
        resume=_resume,
        answer=_answer,
        close_ear=model.close_ear,
        tell=model.tell,
    )


def make_google_model(brief: CallBrief, *, api_key: str, base_url: str) -> GoogleModel:
    spec = brief.voice
    return GoogleModel(
        model=spec.model or NOT_GIVEN,
        api_key=api_key,
        voice=known_voice(spec.voice),
        language=spec.language,
        temperature=spec.temperature,
        conn_options=RECONNECT,
        http_options=_http_options(base_url),
    )


def known_voice(name: str) -> str:
    """Return the voice, or our default where Google has none of that name: a CRM may name another provider's."""
    if name in get_args(GoogleVoice):
        return name
    log.warning("Google has no such voice; %s speaks", VoiceSpec.voice, extra={"voice": name})
    return VoiceSpec.voice


def warm_up() -> None:
    """Do before the call what google-genai does once per process and a caller would wait for: about 0.3 s.

    It builds its message types when they are first used, and a TLS context for each client.
    """
    Client(api_key="warm-up", http_options=_http_options(""))
    types.LiveConnectConfig(temperature=0.2, system_instruction=types.Content(parts=[types.Part(text="")]))
    types.LiveClientMessage(client_content=types.LiveClientContent(turns=[], turn_complete=True))
    types.LiveSendRealtimeInputParameters(audio=types.Blob(data=b"", mime_type="audio/pcm"))
    types.LiveServerMessage.model_validate({"setupComplete": {}, "serverContent": {"turnComplete": True}})


def _http_options(base_url: str) -> types.HttpOptions:
    """Return options for one model: the plugin writes into them, so they are never shared. The TLS context is."""
    tls = _tls_context()
    return types.HttpOptions(
        base_url=base_url or None, client_args={"verify": tls}, async_client_args={"verify": tls, "ssl": tls}
    )


@cache
def _tls_context() -> ssl.SSLContext:
    """Return what google-genai would create three times for each client, reading 140 certificates each time."""
    return ssl.create_default_context(
        cafile=os.environ.get("SSL_CERT_FILE", certifi.where()), capath=os.environ.get("SSL_CERT_DIR")
    )


def _say_exactly(session: Session, words: str) -> SpeechHandle:
    return session.generate_reply(instructions=render_exact_words(words))


def _greet(session: Session) -> SpeechHandle:
    return session.generate_reply(instructions="Greet the caller in one short sentence and ask how you can help.")


def _open_call(session: Session) -> SpeechHandle:
    return session.generate_reply(
        instructions=(
            "The person you called has just answered the phone. Greet them, say who you are and why you call, in two short "
            "sentences at most, then let them speak."
        )
    )


def _resume(session: Session) -> SpeechHandle:
    return session.generate_reply(
        instructions=(
            "The line was interrupted for a few seconds and the caller heard nothing. In the language of this conversation, apologize in one "
            "short sentence, then go on exactly where you were: repeat your last question, or answer what the caller said last. "
            "Do not greet again and do not introduce yourself again."
        )
    )


def _answer(session: Session, *, asked: str, heard: str) -> SpeechHandle:
    return session.generate_reply(instructions=_render_answer_again(asked, heard))


def _render_answer_again(asked: str, heard: str) -> str:
    """Return the instruction to answer, or to go on answering, after the model lost its connection or said nothing."""
    line = "The line was interrupted for a moment. Do not greet again and do not mention it."
    if heard:
        return (
            f"{line} The caller heard only this of your answer: “{heard}”. Go on from there without repeating it, "
            "and finish the answer."
        )
    said = f"The caller said: “{asked}”. " if asked else ""
    return (
        f"{line} {said}Answer now what the caller said last. If you did not hear it, ask in one short sentence, in the "
        "language of this conversation, to have it repeated."
    )
