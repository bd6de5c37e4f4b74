"""Says why an older prompt module, or the list of them, cannot be read, and what to do. Pure: no Django."""

from __future__ import annotations

from campaigns.older_prompts.prompt_module import LARGEST_MODULE, LONGEST_CONSTANT, Problem, PromptModuleError
from campaigns.older_prompts.registry import LARGEST_REGISTRY, RegistryError, RegistryProblem

_SENTENCES = {
    Problem.TOO_LARGE: f"the file has {{subject}} bytes; at most {LARGEST_MODULE:,} are allowed.",
    Problem.NOT_TEXT: "this is not UTF-8 text. Save the module as UTF-8.",
    Problem.NOT_PYTHON: "this is not Python: {subject}.",
    Problem.MISSING: "there is no constant {subject}. Assign a string to it, or name another constant.",
    Problem.F_STRING: "an f-string has a value only when the module runs. Write it as a plain string.",
    Problem.NOT_A_STRING: "this is not a string. Assign a plain string.",
    Problem.UNKNOWN_NAME: "“{subject}” is not a string that was assigned before in this file.",
    Problem.COMPUTED: "this value is computed when the module runs. Assign a plain string, outside of any block.",
    Problem.TOO_LONG: f"the text has more than {LONGEST_CONSTANT:,} characters.",
    Problem.TOO_NESTED: "the expression is nested too deeply. Write it as one string.",
}


def explain_module(error: PromptModuleError, file: str) -> str:
    """Return the error with its file and line: `google.py:12: …`."""
    place = f"{file}:{error.line}" if error.line else file
    return f"{place}: {_SENTENCES[error.problem].format(subject=error.subject)}"


_OF_REGISTRY = {
    RegistryProblem.TOO_LARGE: f"the file has more than {LARGEST_REGISTRY:,} bytes.",
    RegistryProblem.NOT_JSON: "this is not JSON.",
    RegistryProblem.NOT_CAMPAIGNS: "this is no list of campaigns. Write a list of objects with “name” and “module”.",
    RegistryProblem.NOT_A_CAMPAIGN: "this is no campaign. Write an object with “name” and “module”.",
    RegistryProblem.NO_MODULE: "the campaign has no module. Give it one, such as “q4_sales”.",
    RegistryProblem.NOT_TEXT: "this is no text. Write a string.",
}


def explain_registry(error: RegistryError, file: str) -> str:
    """Return the error with its file and place: `campaigns.json, campaign 2: …`."""
    place = f"{file}, {error.place}" if error.place else file
    return f"{place}: {_OF_REGISTRY[error.problem]}"
