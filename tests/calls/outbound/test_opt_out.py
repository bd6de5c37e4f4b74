"""Does a caller ask not to be called again? Every collected case, our own sentences, and any other text."""

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.cases import answer_opt_out
from calls.outbound.opt_out.decision import NO_OPT_OUT, decide_opt_out
from calls.outbound.opt_out.wording import FOLDER, Rule, wordings

DATA = Path(__file__).parents[2] / "data"
COLLECTED = json.loads((DATA / "cases/opt_outs.json").read_text("utf-8"))
OURS = json.loads((DATA / "opt_outs.json").read_text("utf-8"))
TUNED = [case for case in OURS if not case["held_out"]]
HELD_OUT = [case for case in OURS if case["held_out"]]
SAMPLES = st.sampled_from(COLLECTED + OURS)
FILLERS = {"en": "um", "de": "ähm", "fr": "euh", "es": "eh", "it": "ehm", "pt": "hum", "nl": "uh", "pl": "yyy"}


def decide(case, text):
    return decide_opt_out(text, language=case["language"], agent_said=case.get("agent_said", "")).is_opt_out


@pytest.mark.parametrize("case", COLLECTED + TUNED, ids=[f"{case['id']} {case['text']}" for case in COLLECTED + TUNED])
def test_each_collected_sentence_and_each_of_ours_is_decided_as_labelled(case):
    answer = answer_opt_out(case)

    assert answer.is_right, answer.said


def test_of_the_sentences_held_out_from_tuning_few_are_missed_or_wrongly_taken():
    # Important: never change the wording because of one of these; they tell how it does on what it has not seen.
    found = [decide(case, case["text"]) for case in HELD_OUT]
    wanted = [case["is_opt_out"] for case in HELD_OUT]
    hits = sum(both == (True, True) for both in zip(found, wanted, strict=True))

    assert hits / sum(wanted) >= 0.9  # recall
    assert hits / sum(found) >= 0.9  # precision


@given(st.text(max_size=200), st.sampled_from([*wordings(), "", "xx", "pt-BR"]), st.text(max_size=50))
def test_any_text_has_an_answer_and_an_opt_out_has_a_rule_and_words(text, language, agent_said):
    answer = decide_opt_out(text, language=language, agent_said=agent_said)

    assert answer == NO_OPT_OUT or (answer.rule and answer.words)


@given(SAMPLES, st.sampled_from([str.upper, str.lower, str.title, str.swapcase]))
def test_capitals_never_change_the_answer(case, change):
    assert decide(case, change(case["text"])) == decide(case, case["text"])


@given(SAMPLES, st.text(".!?,;… ", max_size=5))
def test_punctuation_at_the_end_never_changes_the_answer(case, ending):
    assert decide(case, case["text"].rstrip(".!?, ") + ending) == decide(case, case["text"])


@given(SAMPLES, st.sampled_from(["", " ", ", ", "... "]), st.integers(0, 3), st.integers(0, 3))
def test_fillers_around_never_change_the_answer(case, joint, before, after):
    filler = FILLERS[case["language"]]

    text = f"{filler}{joint or ' '}" * before + case["text"] + f"{joint or ' '}{filler}" * after

    assert decide(case, text) == decide(case, case["text"])


@given(SAMPLES)
def test_a_typographic_apostrophe_is_an_apostrophe(case):
    assert decide(case, case["text"].replace("'", "’")) == decide(case, case["text"])


@pytest.mark.parametrize(
    "case", [case for case in COLLECTED + TUNED if case["is_opt_out"]], ids=lambda case: case["id"]
)
def test_an_opt_out_is_found_without_any_punctuation_too(case):
    text = " ".join(re.sub(r"[^\w' ’-]", " ", case["text"]).split())

    assert decide(case, text)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("Stop calling me", Rule.STOP_CALLING),
        ("No more phone calls", Rule.NO_MORE_CALLS),
        ("Take me off your list", Rule.REMOVE),
        ("Leave me alone", Rule.LEAVE_ALONE),
        ("I'm on the do not call list", Rule.LISTED),
        ("I revoke my consent", Rule.WITHDRAW),
    ],
)
def test_the_answer_says_which_rule_and_which_words(text, rule):
    answer = decide_opt_out(text, language="en")

    assert answer.rule is rule
    assert answer.words in text.lower().replace("'", "")


@pytest.mark.parametrize(
    ("agent_said", "text", "is_opt_out"),
    [
        ("Should I take you off our list?", "Yes, please.", True),
        ("Should I take you off our list?", "Yes, but not today.", False),
        ("Should I take you off our list?", "No.", False),
        ("May we call you again?", "No.", True),
        ("May we call you again tomorrow?", "No.", False),  # that day only
        ("May we call you again tomorrow?", "Never.", True),
        ("Shall I send you the brochure?", "No.", False),
        ("", "Yes, please.", False),
    ],
)
def test_a_short_answer_means_what_the_agent_asked(agent_said, text, is_opt_out):
    assert decide_opt_out(text, language="en", agent_said=agent_said).is_opt_out is is_opt_out


@pytest.mark.parametrize("case", [case for case in COLLECTED if case["is_opt_out"]], ids=lambda case: case["id"])
def test_in_a_language_that_is_not_known_every_wording_is_tried(case):
    assert decide_opt_out(case["text"], language="", agent_said=case.get("agent_said", "")).is_opt_out


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("je ne veux plus recevoir dappels", "fr"),
        ("mappelez plus", "fr"),
        ("bitte loeschen sie meine nummer", "de"),
        ("no quiero mas llamadas", "es"),
        ("dont call me again", "en"),
        ("don t call me again", "en"),
        ("stop calling me", "fr"),  # in another language than the call's
    ],
)
def test_lost_accents_and_apostrophes_or_another_language_hide_no_opt_out(text, language):
    assert decide_opt_out(text, language=language).is_opt_out


def test_a_region_and_capitals_in_the_language_do_not_matter():
    assert decide_opt_out("Não me ligue mais", language="PT_br").language == "pt"


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_a_wording_file_is_complete(path):
    assert path.stem in wordings()
    assert {asks.rule for asks in wordings()[path.stem].asks} == set(Rule) - {Rule.ANSWER}
