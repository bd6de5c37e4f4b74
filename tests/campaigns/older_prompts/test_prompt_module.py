"""Which texts an older prompt module has, and what is refused without running it."""

from pathlib import Path

import pytest

from campaigns.older_prompts import prompt_module
from campaigns.older_prompts.prompt_module import AGENT_NAME, SESSION_NAME, Problem, PromptModule, PromptModuleError
from campaigns.older_prompts.words import explain_module


def read(source: str, name: str = "TEXT") -> str:
    return PromptModule(source.encode()).text(name)


def refusal(source: str | bytes, name: str = "TEXT") -> PromptModuleError:
    with pytest.raises(PromptModuleError) as refused:
        PromptModule(source if isinstance(source, bytes) else source.encode()).text(name)
    return refused.value


def test_both_texts_of_a_module_are_found():
    source = f"{AGENT_NAME} = '''\nBe kind.\n'''.strip()\n\n{SESSION_NAME} = '''\nHi [Prospect Name].\n'''.strip()\n"

    assert (read(source, AGENT_NAME), read(source, SESSION_NAME)) == ("Be kind.", "Hi [Prospect Name].")


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("TEXT = 'a'", "a"),
        ("TEXT = 'a' 'b' \\\n 'c'", "abc"),
        ("TEXT = ('a\\n'\n        'b')", "a\nb"),
        ("TEXT = 'a' + ' ' + 'b'", "a b"),
        ("TEXT = ' a '.strip().rstrip('a')", ""),
        ("TEXT = '* a'.removeprefix('* ').lstrip()", "a"),
        ("TEXT: str = r'a\\b'", "a\\b"),
        ("OTHER = TEXT = 'a'", "a"),
        ("BASE = 'a'\nTEXT = BASE + 'b'", "ab"),
        ("TEXT = 'a'\nTEXT += 'b'", "ab"),
        ("TEXT = 'a'\nTEXT = 'b'", "b"),
        ("from textwrap import dedent\nTEXT = dedent('''\n  a\n  b''')", "\na\nb"),
        ("import textwrap\nTEXT = textwrap.dedent('  a')", "a"),
        ("\ufeffTEXT = 'a'", "a"),
        ("import os\nos.abort()\nTEXT = 'a'", "a"),
        ("OTHER = open('x')\nTEXT = 'a'", "a"),
    ],
)
def test_a_string_is_read(source, text):
    assert read(source) == text


@pytest.mark.parametrize(
    ("source", "problem", "line"),
    [
        ("TEXT = f'a'", Problem.F_STRING, 1),
        ("X = 1\n\nTEXT = ('a'\n f'{X}')", Problem.F_STRING, 3),
        ("TEXT = 1", Problem.NOT_A_STRING, 1),
        ("TEXT = b'a'", Problem.NOT_A_STRING, 1),
        ("TEXT = ['a']", Problem.NOT_A_STRING, 1),
        ("TEXT = OTHER", Problem.UNKNOWN_NAME, 1),
        ("X = 'a'.upper()\nTEXT = X", Problem.COMPUTED, 2),
        ("TEXT = open('/etc/passwd').read()", Problem.COMPUTED, 1),
        ("TEXT = 'a' * 9", Problem.COMPUTED, 1),
        ("TEXT = 'a'.strip(chars='a')", Problem.COMPUTED, 1),
        ("TEXT = 'a'.strip('a', 'b')", Problem.COMPUTED, 1),
        ("TEXT = 'a'.removeprefix()", Problem.COMPUTED, 1),
        ("TEXT = 'a'\nif True:\n    TEXT = 'b'", Problem.COMPUTED, 3),
        ("TEXT = 'a'\nTEXT, X = 'b', 'c'", Problem.COMPUTED, 2),
        ("TEXT = 'a'\ndel TEXT", Problem.COMPUTED, 2),
        ("TEXT = 'a'\nTEXT *= 2", Problem.COMPUTED, 2),
        ("OTHER = 'a'", Problem.MISSING, 0),
        ("TEXT: str", Problem.MISSING, 0),
        ("TEXT = 'a", Problem.NOT_PYTHON, 1),
        ("TEXT = 'a\0'", Problem.NOT_PYTHON, 0),
        (b"TEXT = '\xff'", Problem.NOT_TEXT, 0),
        (b"#" * 1_000_001, Problem.TOO_LARGE, 0),
        ("TEXT = " + "(" * 5_000 + "'a'" + ")" * 5_000, None, None),
        ("TEXT = 'a'" + " + 'a'" * 50_000, None, None),
        ("TEXT = 'a'" + ".strip()" * 50_000, None, None),
    ],
)
def test_what_is_not_a_plain_string_is_refused_with_its_line(source, problem, line):
    error = refusal(source)

    assert problem is None or (error.problem, error.line) == (problem, line)


def test_a_text_that_doubles_with_each_line_is_refused():
    source = "A = 'a' + 'a'\n" + "A = A + A\n" * 60 + "TEXT = A"

    assert refusal(source).problem is Problem.TOO_LONG


def test_a_constant_that_no_one_asks_for_may_be_anything():
    assert read("OTHER = f'{x}'\nTEXT = 'a'") == "a"


@pytest.mark.parametrize("problem", Problem)
def test_each_problem_is_explained_with_file_and_line(problem):
    said = explain_module(PromptModuleError(problem, line=12, subject="X"), "google.py")

    assert said.startswith("google.py:12: ")
    assert "{" not in said


def test_the_module_that_reads_never_runs_code():
    assert prompt_module.__file__
    source = Path(prompt_module.__file__).read_text()

    assert not any(f"{word}(" in source for word in ("exec", "eval", "compile", "import_module", "__import__"))
