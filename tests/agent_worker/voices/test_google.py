from dataclasses import replace

from agent_worker.caller_context import CallerContext
from agent_worker.voices.google import known_voice, make_google_voice, warm_up
from calls.brief import render_brief
from personas.persona.built_in import BUILT_IN_PERSONA
from personas.persona.spec import VoiceSpec

BRIEF = render_brief(BUILT_IN_PERSONA, call_id="1", version=1, source="number", caller="", dialed="")


def test_a_voice_of_google_speaks_and_any_other_name_becomes_the_installation_voice(caplog):
    assert known_voice("Puck") == "Puck"
    assert known_voice("alloy") == VoiceSpec().voice == "Leda"
    assert "no such voice" in caplog.text


async def test_two_calls_never_share_a_model_but_share_the_certificates():
    warm_up()
    brief = replace(BRIEF, voice=replace(BRIEF.voice, temperature=0.7, language="de-DE"))

    first, second = (
        make_google_voice(brief, api_key="key", base_url="").make_session(CallerContext.of(brief)).llm for _ in range(2)
    )

    assert first is not second
    assert first._opts.http_options is not second._opts.http_options
    assert first._opts.http_options.client_args["verify"] is second._opts.http_options.client_args["verify"]
    assert (first._opts.voice, first._opts.temperature, first._opts.language) == ("Leda", 0.7, "de-DE")
