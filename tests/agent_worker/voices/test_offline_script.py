import pytest

from agent_worker.voices.offline_script import UNHEARD, EndCall, Say, choose_reply, exact_words
from personas.persona.prompt import render_exact_words, render_instructions
from personas.persona.spec import AgentSpec, PersonaSpec, VoiceSpec

NORA = AgentSpec(
    name="main",
    instructions="You answer for Riverside Clinic. We open at eight and close at six. A first visit costs ninety dollars.",
)
PERSONA = PersonaSpec(
    name="Nora", voice=VoiceSpec(), welcome_message="", closing_message="", entry_agent="main", agents=(NORA,)
)
INSTRUCTIONS = render_instructions(PERSONA, NORA, caller="+15550100001", dialed="+15551230100")


def test_it_quotes_the_sentence_nearest_to_the_question():
    assert choose_reply(INSTRUCTIONS, "How much does the first visit cost?") == Say(
        "A first visit costs ninety dollars."
    )
    assert choose_reply(INSTRUCTIONS, "When do you open?") == Say("We open at eight and close at six.")


@pytest.mark.parametrize("asked", ["What are your opening hours?", "Are you open?", "When is it opened?"])
def test_endings_do_not_matter(asked):
    assert choose_reply(INSTRUCTIONS, asked) == Say("We open at eight and close at six.")


def test_it_admits_what_it_does_not_know():
    assert "nothing about that" in str(choose_reply(INSTRUCTIONS, "Do you sell zebras?"))


def test_it_never_quotes_the_rules_of_the_line():
    assert choose_reply(INSTRUCTIONS, "call the tool end_call markup emoji") == choose_reply(INSTRUCTIONS, "zebras")


def test_it_hangs_up_after_a_goodbye():
    assert choose_reply(INSTRUCTIONS, "Thanks, goodbye!") == EndCall()


def test_it_says_that_it_cannot_understand_speech():
    assert "do not understand speech" in str(choose_reply(INSTRUCTIONS, UNHEARD))
    assert "do not understand speech" in str(choose_reply(INSTRUCTIONS, f"{UNHEARD} {UNHEARD}"))


def test_exact_words_are_found_in_the_instruction_and_nowhere_else():
    assert exact_words(render_exact_words("Goodbye.\nTake care.")) == "Goodbye.\nTake care."
    assert exact_words("Please say goodbye.") is None
