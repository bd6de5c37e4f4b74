"""Reads the texts of an older prompt module: Python source that assigns strings to constants. Parsed, never executed.

Pure: no Django. What is understood: string literals, also adjacent ones, `+` and `+=`, `.strip()` and its like,
`dedent(…)`, and the names of constants assigned before. Everything else is refused with its line.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

AGENT_NAME = "ENHANCED_DEMANDIFY_CALLER_INSTRUCTIONS"  # the agent's instructions
SESSION_NAME = "SESSION_INSTRUCTION"  # the call script
LARGEST_MODULE = 1_000_000  # bytes
LONGEST_CONSTANT = 1_000_000  # characters: `A = B + B` doubles a text with each line

_METHODS: Mapping[str, Callable[..., str]] = {
    "strip": str.strip,
    "lstrip": str.lstrip,
    "rstrip": str.rstrip,
    "removeprefix": str.removeprefix,
    "removesuffix": str.removesuffix,
}


class Problem(StrEnum):
    """Why a module's text cannot be read."""

    TOO_LARGE = "too_large"
    NOT_TEXT = "not_text"  # not UTF-8
    NOT_PYTHON = "not_python"
    MISSING = "missing"  # the constant is not assigned
    F_STRING = "f_string"  # its value is known only when the module runs
    NOT_A_STRING = "not_a_string"
    UNKNOWN_NAME = "unknown_name"  # not a constant that was assigned before
    COMPUTED = "computed"  # a function call, a condition, an assignment inside a block
    TOO_LONG = "too_long"
    TOO_NESTED = "too_nested"


class PromptModuleError(Exception):
    """A module cannot be read. `line`: from 1; 0 for the whole file. `subject`: the constant, name or message at fault."""

    def __init__(self, problem: Problem, *, line: int = 0, subject: str = "") -> None:
        super().__init__(f"{problem.value} line {line} {subject}".rstrip())
        self.problem, self.line, self.subject = problem, line, subject


@dataclass(frozen=True, kw_only=True)
class _Refused:
    """A constant whose value could not be read: an error only when it is asked for."""

    problem: Problem
    line: int
    subject: str


class PromptModule:
    """The constants of one module."""

    def __init__(self, source: bytes) -> None:
        """Raises PromptModuleError when the source is too large or is not Python."""
        self._values: dict[str, str | _Refused] = {}
        tree = _parse(source)
        for statement in tree.body:
            self._read_statement(statement)
        self._refuse_hidden(tree)

    @property
    def names(self) -> list[str]:
        """The constants that are assigned, readable or not."""
        return list(self._values)

    def text(self, name: str) -> str:
        """Return the text of a constant. Raises PromptModuleError when it is missing or is not a plain string."""
        value = self._values.get(name)
        if value is None:
            raise PromptModuleError(Problem.MISSING, subject=name)
        if isinstance(value, _Refused):
            raise PromptModuleError(value.problem, line=value.line, subject=value.subject)
        return value

    def _read_statement(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    self._assign(target, value)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                self._assign(target, value)
            case ast.AugAssign(target=ast.Name() as target, op=ast.Add(), value=value):
                read = ast.copy_location(ast.Name(target.id, ast.Load()), target)
                self._assign(target, ast.copy_location(ast.BinOp(read, ast.Add(), value), statement))

    def _assign(self, target: ast.expr, value: ast.expr) -> None:
        if isinstance(target, ast.Name):
            try:
                self._values[target.id] = self._evaluate(value)
            except PromptModuleError as error:
                self._values[target.id] = _Refused(problem=error.problem, line=error.line, subject=error.subject)
            except RecursionError:
                self._values[target.id] = _Refused(problem=Problem.TOO_NESTED, line=value.lineno, subject=target.id)

    def _refuse_hidden(self, tree: ast.Module) -> None:
        """Refuse the constants that are assigned inside a block too: which value counts is known only when it runs."""
        seen = {id(target) for statement in tree.body for target in _targets(statement)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load) and id(node) not in seen:
                self._values[node.id] = _Refused(problem=Problem.COMPUTED, line=node.lineno, subject=node.id)

    def _evaluate(self, node: ast.expr) -> str:
        """Return the string that an expression is. Raises PromptModuleError."""
        match node:
            case ast.Constant(value=str(text)):
                return text
            case ast.JoinedStr():
                raise PromptModuleError(Problem.F_STRING, line=node.lineno)
            case ast.Name(id=name):
                return self._look_up(name, node.lineno)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return _limited(self._evaluate(left) + self._evaluate(right), node.lineno)
            case ast.Call(func=function, args=arguments, keywords=[]):
                return self._call(function, arguments, node.lineno)
            case ast.Constant() | ast.List() | ast.Tuple() | ast.Dict() | ast.Set():
                raise PromptModuleError(Problem.NOT_A_STRING, line=node.lineno)
        raise PromptModuleError(Problem.COMPUTED, line=node.lineno)

    def _call(self, function: ast.expr, arguments: list[ast.expr], line: int) -> str:
        match function, arguments:
            case ((ast.Name(id="dedent") | ast.Attribute(value=ast.Name(id="textwrap"), attr="dedent")), [text]):
                return textwrap.dedent(self._evaluate(text))
            case ast.Attribute(value=text, attr=name), _ if name in _METHODS and len(arguments) <= 1:
                if arguments or name.endswith("strip"):
                    return _METHODS[name](self._evaluate(text), *map(self._evaluate, arguments))
        raise PromptModuleError(Problem.COMPUTED, line=line)

    def _look_up(self, name: str, line: int) -> str:
        value = self._values.get(name)
        if isinstance(value, str):
            return value
        raise PromptModuleError(value.problem if value else Problem.UNKNOWN_NAME, line=line, subject=name)


def _parse(source: bytes) -> ast.Module:
    if len(source) > LARGEST_MODULE:
        raise PromptModuleError(Problem.TOO_LARGE, subject=f"{len(source):,}")
    try:
        return ast.parse(source.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise PromptModuleError(Problem.NOT_TEXT) from error
    except SyntaxError as error:
        raise PromptModuleError(Problem.NOT_PYTHON, line=error.lineno or 0, subject=error.msg) from error
    except ValueError as error:  # a NUL
        raise PromptModuleError(Problem.NOT_PYTHON, subject=str(error)) from error
    except (RecursionError, MemoryError) as error:
        raise PromptModuleError(Problem.TOO_NESTED) from error


def _targets(statement: ast.stmt) -> Iterator[ast.expr]:
    match statement:
        case ast.Assign(targets=targets):
            yield from targets
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target, op=ast.Add()):
            yield target


def _limited(text: str, line: int) -> str:
    if len(text) > LONGEST_CONSTANT:
        raise PromptModuleError(Problem.TOO_LONG, line=line)
    return text
