"""What does a published persona consist of?"""

from dataclasses import replace

import pytest

from personas.persona.differences import compare_lines, read_differences
from personas.persona.spec import (
    AgentSpec,
    Mistake,
    MistakeKind,
    PersonaSpec,
    VoiceSpec,
    describe_mistake,
    find_mistakes,
    list_differences,
)

NORA = PersonaSpec(
    name="Nora",
    voice=VoiceSpec(),
    welcome_message="Hello.",
    closing_message="Goodbye.",
    entry_agent="main",
    agents=(AgentSpec(name="main", instructions="You answer for the clinic."),),
)


def test_a_persona_without_mistakes_has_none():
    assert find_mistakes(NORA) == []


def test_a_spec_survives_being_written_and_read():
    assert PersonaSpec.from_json(NORA.to_json()) == NORA


def test_a_version_written_before_tools_existed_is_still_read():
    written = NORA.to_json()
    del written["agents"][0]["tools"]

    assert PersonaSpec.from_json(written) == NORA


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"name": " "}, "Name is empty"),
        ({"agents": ()}, "Instructions are empty"),
        ({"entry_agent": "missing"}, "“missing” is not an agent of this persona. Choose one of: main"),
        ({"voice": VoiceSpec(language="English")}, "“English” is not supported"),
        ({"agents": (AgentSpec(name="main", instructions=" "),)}, "Instructions are empty"),
        (
            {"agents": (AgentSpec(name="main", instructions="x"), AgentSpec(name="main", instructions="y"))},
            "“main” is used twice",
        ),
        ({"agents": (AgentSpec(name="Main Agent", instructions="x"),)}, "Agent “Main Agent”: a name is a small letter"),
    ],
)
def test_a_mistake_says_where_it_is_and_what_to_do(change, words):
    assert any(words in describe_mistake(mistake) for mistake in find_mistakes(replace(NORA, **change)))


def test_a_mistake_names_its_kind_and_field_and_no_agent_where_there_is_one():
    empty = replace(NORA, agents=(AgentSpec(name="main", instructions=" "),))

    assert find_mistakes(empty) == [Mistake(kind=MistakeKind.NO_INSTRUCTIONS, field="instructions")]


def test_differences_name_the_field_before_and_after():
    changed = replace(NORA, welcome_message="Good day.", voice=VoiceSpec(language="de-DE"))

    assert list_differences(NORA, changed) == [
        ("Greeting", "Hello.", "Good day."),
        ("Language", "en-US", "de-DE"),
    ]


def test_an_agent_that_went_is_a_difference_too():
    both = replace(NORA, agents=(*NORA.agents, AgentSpec(name="nurse", instructions="You are a nurse.")))

    assert ("Instructions of nurse", "You are a nurse.", "") in list_differences(both, NORA)


def test_a_long_text_is_compared_line_by_line():
    lines = compare_lines("one\ntwo\nthree", "one\n2\nthree")

    assert [(line.sign, line.text) for line in lines] == [(" ", "one"), ("−", "two"), ("+", "2"), (" ", "three")]


def test_what_stays_far_from_a_change_is_left_out():
    before = [f"line {n}" for n in range(30)]
    after = [*before[:15], "new", *before[16:]]

    lines = compare_lines("\n".join(before), "\n".join(after))

    assert [line.sign for line in lines] == ["…", " ", " ", "−", "+", " ", " ", "…"]
    assert lines[0].text == "13 lines stay as they are"


def test_a_changed_line_says_which_words_changed():
    (difference,) = read_differences(NORA, replace(NORA, closing_message="Goodbye, Ana."))

    assert [(line.sign, [(piece.text, piece.changed) for piece in line.pieces]) for line in difference.lines] == [
        ("−", [("Goodbye", False), (".", False)]),
        ("+", [("Goodbye", False), (", Ana", True), (".", False)]),
    ]


def test_lines_with_little_in_common_are_two_lines():
    lines = compare_lines("The clinic is open on Monday.", "Never ask for a password!")

    assert [piece.changed for line in lines for piece in line.pieces] == [False, False]
