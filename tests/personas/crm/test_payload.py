"""Reading the persona out of the CRM's JSON, in every odd shape."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personas.crm.answer import CrmError, CrmReason
from personas.crm.payload import CrmPersona, parse_crm_answer, raw_text, render_structure
from personas.persona.built_in import BUILT_IN_PERSONA, DEFAULT_INSTRUCTIONS
from personas.persona.spec import LANGUAGE, LONGEST_INSTRUCTIONS, LONGEST_MESSAGE, VoiceSpec, find_mistakes

NORA = {
    "name": "Nora",
    "personality": "You answer for Riverside Clinic.",
    "welcomeMessage": "Hello!",
    "closingMessage": "Goodbye.",
}


def make_answer(persona=NORA, **around):
    return {"mobileNo": "8655701159", "campaigns": [{"voiceAgents": [{"persona": persona}]}], **around}


def read(persona=NORA, **around) -> CrmPersona:
    found = parse_crm_answer(make_answer(persona, **around))
    assert found
    return found


def instructions(found: CrmPersona) -> str:
    return found.spec.agents[0].instructions


@pytest.mark.parametrize(
    "form", [json.dumps, lambda a: json.dumps(a).encode(), lambda a: a, lambda a: "\ufeff" + json.dumps(a)]
)
def test_the_first_persona_is_read_from_bytes_text_and_objects(form):
    found = parse_crm_answer(form(make_answer()))

    assert found
    assert (found.spec.name, found.number) == ("Nora", "8655701159")
    assert (found.spec.welcome_message, found.spec.closing_message) == ("Hello!", "Goodbye.")
    assert instructions(found) == "You answer for Riverside Clinic."
    assert found.spec.voice == VoiceSpec()
    assert find_mistakes(found.spec) == []


@pytest.mark.parametrize(
    "answer",
    [
        make_answer(unknown={"deep": [1]}, fullConfig=None),
        {"data": make_answer()},
        {"fullConfig": make_answer()},
        [make_answer()],
        {"data": [make_answer()]},
        {"data": {"fullConfig": {"data": make_answer()}}},
        {"campaigns": {"voiceAgents": {"persona": NORA}}},
        {"campaigns": [None, 7, {}, {"voiceAgents": None}, {"voiceAgents": []}, {"voiceAgents": [{"persona": NORA}]}]},
        {"campaigns": [{"voiceAgents": ["x", {"persona": None}, {"persona": {}}, {"persona": [NORA]}]}]},
        {"campaigns": [{"voiceAgents": [{"persona": {"id": 5, "name": "\x00 "}}, {"persona": NORA}]}]},
    ],
)
def test_odd_shapes_still_name_the_persona(answer):
    found = parse_crm_answer(answer)

    assert found
    assert found.spec.name == "Nora"


@pytest.mark.parametrize(
    "answer",
    [
        {"1": make_answer(), "2": make_answer({"name": "Second"})},
        {"data": {"1": make_answer()}},
        {"campaigns": {"4": {"voiceAgents": [{"persona": NORA}]}, "2": {"voiceAgents": []}}},
        {"campaigns": [{"voiceAgents": {"1": {"persona": NORA}}}]},
        {"campaigns": [{"voiceAgents": [{"persona": {"0": None, "5": NORA, "3": {"name": "Second"}}}]}]},
        {"campaigns": {"3": {"voiceAgents": {"7": {"persona": {"2": NORA}}}}}},
    ],
)
def test_lists_that_php_wrote_as_objects_are_lists(answer):
    found = parse_crm_answer(answer)

    assert found
    assert found.spec.name == "Nora"


def test_bullets_that_php_wrote_as_an_object_are_bullets_in_their_order():
    steps = {"2": "Greet", "10": {"4": "Ask the name", "1": "Ask the date"}, "3": {"say": "Goodbye"}}

    assert render_structure(steps) == "- Greet\n- - Ask the name\n  - Ask the date\n- Say: Goodbye"
    assert render_structure({"1st": "Greet"}) == "1st: Greet"


@pytest.mark.parametrize(
    "answer",
    [
        "null",
        "{}",
        "[]",
        "[null, {}]",
        '{"campaigns": []}',
        '{"campaigns": {}}',
        '{"campaigns": null}',
        '{"campaigns": ""}',
        '{"mobileNo": "8655701159", "campaigns": [], "message": "No campaigns."}',
        '{"campaigns": [{"voiceAgents": []}]}',
        '{"campaigns": {"1": {"voiceAgents": {"2": {"persona": null}}}}}',
        '{"campaigns": [{"voiceAgents": [{"persona": {"id": 5, "name": "", "personality": [], "messages": {"welcome": [""]}}}]}]}',
        '{"data": null}',
        '{"data": [], "status": "success", "error": null, "errors": []}',
        '{"status": 200, "data": {"campaigns": []}}',
        '{"status": 404, "data": null}',
        '{"fullConfig": {"data": {"campaigns": []}}}',
        '{"campaigns": [], "fullConfig": {"theme": "dark"}}',
    ],
)
def test_an_answer_that_is_recognisably_empty_means_not_found(answer):
    assert parse_crm_answer(answer) is None


@pytest.mark.parametrize(
    "answer",
    [
        '{"status": "error"}',
        '{"status": "Fail", "data": null}',
        '{"status": 429, "data": []}',
        '{"statusCode": "500"}',
        '{"code": 503, "campaigns": []}',
        '{"ok": false}',
        '{"ok": false, "campaigns": []}',
        '{"success": "false", "data": []}',
        '{"error": "no such number"}',
        '{"errors": [{"message": "down"}], "data": null}',
        '[{"error": "down"}]',
        '{"1": {"error": "down"}}',
    ],
)
def test_an_error_that_the_crm_reports_is_not_taken_for_not_found(answer):
    with pytest.raises(CrmError) as refused:
        parse_crm_answer(answer)

    assert refused.value.reason is CrmReason.REPORTED_ERROR


@pytest.mark.parametrize(
    "answer",
    [
        '{"message": "Too many requests"}',
        '{"detail": "Not authenticated."}',
        '{"hello": "world"}',
        '{"mobileNo": "8655701159"}',
        '{"data": {"message": "Too many requests"}}',
        '{"data": "maintenance"}',
        '{"campaigns": "none"}',
        '{"campaigns": 7}',
        '{"campaigns": false}',
        '{"campaigns": [[{"voiceAgents": []}]]}',
        '{"campaigns": [{"agents": []}]}',
        '{"campaigns": [{"voiceAgents": [{"bot": {}}]}]}',
        '{"campaigns": [{"voiceAgents": [{"persona": "Nora"}]}]}',
        '{"campaigns": [{"voiceAgents": [{"persona": {"id": 5}}]}]}',
        '[{"message": "down", "line": 1}]',
        '["down"]',
        [[make_answer()]],
        {"campaigns": [[{"voiceAgents": [{"persona": NORA}]}]]},
        {"campaigns": [{"voiceAgents": [{"persona": {"name": True}}]}]},
        "[7]",
        '{"404": "Not found"}',
    ],
)
def test_an_answer_without_a_known_field_is_not_taken_for_not_found(answer):
    with pytest.raises(CrmError) as refused:
        parse_crm_answer(answer)

    assert refused.value.reason is CrmReason.NOT_UNDERSTOOD


def test_a_persona_counts_whatever_stands_beside_it():
    assert read(error="", status="error", message="Deprecated.").spec.name == "Nora"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", CrmReason.NOT_JSON),
        (b"<html>secret</html>", CrmReason.NOT_JSON),
        ('{"campaigns": [', CrmReason.NOT_JSON),
        (b'{"secret": "\xff"}', CrmReason.NOT_UTF8),
        ("[" * 100_000, CrmReason.NESTED_TOO_DEEPLY),
        ("1" * 5000, CrmReason.NOT_JSON),
        ('"secret"', CrmReason.NEITHER_OBJECT_NOR_LIST),
        ("42", CrmReason.NEITHER_OBJECT_NOR_LIST),
    ],
)
def test_garbage_is_refused_with_a_reason_that_does_not_hold_it(answer, reason):
    with pytest.raises(CrmError) as refused:
        parse_crm_answer(answer)

    assert refused.value.reason is reason
    assert "secret" not in repr(refused.value.__cause__)


@pytest.mark.parametrize(
    ("persona", "expected"),
    [
        ({"personality": "Be kind.", "conversationStructure": "Ask."}, "Be kind."),
        ({"personality": "  \n", "conversationStructure": "Ask."}, "Ask."),
        ({"personality": None, "conversationStructure": ["Greet", "Ask"]}, "- Greet\n- Ask"),
        (
            {"personality": {}, "conversationStructure": {"openingLine": "Hi", "steps": ["a", "b"]}},
            "Opening line: Hi\nSteps:\n  - a\n  - b",
        ),
        ({"name": "Nora", "personality": False}, DEFAULT_INSTRUCTIONS),
        ({"name": "Nora"}, DEFAULT_INSTRUCTIONS),
    ],
)
def test_instructions_are_the_personality_else_the_structure_else_the_default(persona, expected):
    assert instructions(read(persona)) == expected


def test_a_structure_of_steps_reads_like_notes():
    steps = [{"step": 1, "title": "Greet", "say": "Hello\nthere"}, {"step": 2.5, "done": True, "empty": {}}]

    assert render_structure(steps) == "- Step: 1\n  Title: Greet\n  Say:\n    Hello\n    there\n- Step: 2.5"


@pytest.mark.parametrize(
    ("field", "value", "kept"),
    [
        ("language", "de-DE", "de-DE"),
        ("language", "en_us", "en-US"),
        ("language", "ZH-hans-cn", "zh-Hans-CN"),
        ("language", "Hindi", "hi-IN"),
        ("language", "klingon", "en-US"),
        ("language", "en\n", "en"),
        ("language", ["de"], "en-US"),
        ("voice", "Puck", "Puck"),
        ("voice", "x" * 51, "Leda"),
        ("voice", {"name": "Puck"}, "Leda"),
        ("emotion", "friendly", "Friendly"),
        ("emotion", "grumpy", "Neutral"),
        ("temperature", "0.7", 0.7),
        ("temperature", 1, 1.0),
        ("temperature", 0.333, 0.33),
        ("temperature", 2.01, 0.2),
        ("temperature", "-1", 0.2),
        ("temperature", True, 0.2),
        ("temperature", float("nan"), 0.2),
        ("temperature", "nan", 0.2),
        ("temperature", 10**400, 0.2),
    ],
)
def test_a_value_that_does_not_fit_falls_back_to_the_default(field, value, kept):
    assert getattr(read({**NORA, field: value}).spec.voice, field) == kept


def test_what_does_not_fit_is_remarked():
    assert read({**NORA, "language": "klingon"}).remarks == ("language: “klingon” is not usable, en-US instead",)
    assert read().remarks == ()


def test_the_voice_may_stand_on_the_voice_agent():
    answer = {"campaigns": [{"voiceAgents": [{"persona": NORA, "voice": "Kore", "messages": {"welcome": "No."}}]}]}

    found = parse_crm_answer(answer)

    assert found
    assert found.spec.voice.voice == "Kore"
    assert found.spec.welcome_message == "Hello!"


def test_the_messages_may_stand_in_an_object():
    found = read({"name": "Nora", "messages": {"welcome": "Hello!", "closingMessage": "Goodbye."}})

    assert (found.spec.welcome_message, found.spec.closing_message) == ("Hello!", "Goodbye.")


@pytest.mark.parametrize(
    ("name", "kept"),
    [("Nora\n Lee", "Nora Lee"), ("x" * 101, BUILT_IN_PERSONA.name), (7, "7"), (None, BUILT_IN_PERSONA.name)],
)
def test_a_name_fits_its_column(name, kept):
    assert read({**NORA, "name": name}).spec.name == kept


def test_enormous_texts_are_cut_and_the_cut_is_remarked():
    found = read({**NORA, "personality": "x" * 900_000, "welcomeMessage": "y" * 5_000})

    assert len(instructions(found)) == LONGEST_INSTRUCTIONS
    assert len(found.spec.welcome_message) == LONGEST_MESSAGE
    assert found.remarks == (
        "welcomeMessage: cut from 5,000 to 2,000 characters",
        "personality: cut from 900,000 to 40,000 characters",
    )


def test_what_postgresql_refuses_is_left_out():
    found = read({**NORA, "personality": "a\x00b\ud800c"})

    assert instructions(found) == "abc"
    assert raw_text('{"a": "\x00\ud800"}') == '{"a": ""}'
    assert raw_text('{"a": 1}'.encode("utf-16")) == '{"a": 1}'


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["campaigns", "voiceAgents", "persona", "data", "messages", *NORA]), inner, max_size=5
        )
        | st.fixed_dictionaries({"campaigns": inner})
        | st.fixed_dictionaries({"voiceAgents": inner})
        | st.fixed_dictionaries({"persona": inner, "temperature": inner, "language": inner})
    ),
    max_leaves=25,
)


@given(JSON)
def test_no_json_whatever_raises_anything_but_what_is_promised(document):
    with suppress(CrmError):
        found = parse_crm_answer(json.dumps(document))
        assert found is None or publishable(found)


@given(
    st.dictionaries(
        st.sampled_from([*NORA, "conversationStructure", "voice", "language", "emotion", "temperature", "messages"]),
        JSON,
    )
)
def test_every_persona_that_is_found_can_be_published(persona):
    with suppress(CrmError):
        found = parse_crm_answer(make_answer(persona))
        assert found is None or publishable(found)


@given(st.binary() | st.text(st.characters(exclude_categories=[])))
def test_no_body_whatever_raises_anything_but_what_is_promised(body):
    with suppress(CrmError):
        parse_crm_answer(body)
    raw_text(body).encode()


def publishable(found: CrmPersona) -> bool:
    """Whether a version and its draft can hold it."""
    spec = found.spec
    text = json.dumps(spec.to_json(), ensure_ascii=False)
    assert LANGUAGE.fullmatch(spec.voice.language)
    assert len(spec.name) <= 100
    assert len(spec.voice.voice) <= 50
    assert 0 <= spec.voice.temperature <= 2
    assert "\\u0000" not in text
    text.encode()
    return find_mistakes(spec) == []
