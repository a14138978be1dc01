"""The pure rule runner: a bundle's ``rules.py`` as text in, a verdict per rule out."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from doctypes.errors import BrokenTypeError
from doctypes.findings import Finding, cannot_tell
from doctypes.lookups import LookUp
from doctypes.rule_inputs import Fields, UndeclaredReadError, Unknown, field_of
from doctypes.rules_v1 import Facts, Rule
from schemas.fields import FieldValue
from schemas.results import RuleVerdict

__all__ = ["Facts", "RuleSet", "evaluate", "load_rules"]

ALLOWED_IMPORTS = frozenset({"__future__", "doctypes.rules_v1", "datetime", "decimal"})

_ACCESSORS = frozenset({"has", "text", "texts", "date", "amount", "duration", "rows"})
_FORBIDDEN = frozenset(
    {"open", "exec", "eval", "compile", "input", "breakpoint", "globals", "vars", "__import__"}
)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rules of one bundle, in the order they are written."""

    name: str
    rules: tuple[Rule, ...]

    @property
    def reads(self) -> dict[str, tuple[str, ...]]:
        """Return the fields and columns each rule reads, by rule name."""
        return {rule.name: rule.reads for rule in self.rules}

    @property
    def lookups(self) -> tuple[LookUp, ...]:
        """Return what the rules ask tools, each question once."""
        return tuple(dict.fromkeys(question for rule in self.rules for question in rule.asks))


def load_rules(source: str, name: str) -> RuleSet:
    """Return the rules that the text of a ``rules.py`` declares.

    The text is checked before any of it is executed: it may import ``doctypes.rules_v1``,
    ``datetime`` and ``decimal`` only, and call nothing that reads or writes. This keeps honest rules
    pure; it is no wall against a hostile author, who could publish no bundle.

    Args:
        source: The text.
        name: How error sentences call it (``lease/rules.py``).

    Raises:
        BrokenTypeError: Not Python, a forbidden import or call, a rule that reads a field it does not
            declare, a function defined twice, or an error while the text is executed.
    """
    try:
        tree = ast.parse(source, filename=name)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None)
        raise BrokenTypeError(f"{name} is not Python at line {line}") from error
    _check(tree, name)
    _check_names(tree, name)
    namespace: dict[str, Any] = {"__builtins__": _allowed_builtins(), "__name__": name}
    try:
        exec(compile(tree, name, "exec"), namespace)  # noqa: S102  the bundle's own rules, checked above
    except Exception as error:
        raise BrokenTypeError(f"{name} can't be executed: {type(error).__name__}: {error}") from error
    rules = tuple(value for value in namespace.values() if isinstance(value, Rule))
    _check_declared_reads(tree, rules, name)
    _check_declared_lookups(rules, name)
    _check_declared_columns(tree, rules, name)
    return RuleSet(name, rules)


def evaluate(rules: RuleSet, fields: Mapping[str, FieldValue], facts: Facts) -> tuple[RuleVerdict, ...]:
    """Return what each rule says of the record; a rule without its inputs says *cannot tell*.

    Nothing is read but the arguments, so that equal arguments give equal verdicts for ever.
    """
    return tuple(_judge(rule, fields, facts) for rule in rules.rules)


def _judge(rule: Rule, fields: Mapping[str, FieldValue], facts: Facts) -> RuleVerdict:
    try:
        finding = _finding(rule.function(Fields(fields, rule.reads), facts))
    except Unknown as unknown:
        finding = cannot_tell(str(unknown))
    except UndeclaredReadError as error:
        finding = cannot_tell(f"defect in the rule: {error}")
    except Exception as error:  # noqa: BLE001  a defect in a rule must never look like a pass
        finding = cannot_tell(f"defect in the rule: {type(error).__name__}")
    return RuleVerdict(
        rule=rule.name, verdict=finding.verdict, explanation=finding.explanation, fields=rule.fields
    )


def _finding(returned: object) -> Finding:
    if isinstance(returned, Finding):
        return returned
    return cannot_tell("defect in the rule: it returned no finding")


def _check(tree: ast.Module, name: str) -> None:
    for node in ast.walk(tree):
        for module in _imported(node):
            if module not in ALLOWED_IMPORTS:
                allowed = ", ".join(sorted(ALLOWED_IMPORTS - {"__future__"}))
                raise BrokenTypeError(f"{name} imports {module!r}; rules may import {allowed} only")
        if isinstance(node, ast.Name) and node.id in _FORBIDDEN:
            raise BrokenTypeError(f"{name} line {node.lineno} uses {node.id!r}; rules are pure")
        if isinstance(node, ast.Attribute) and node.attr.startswith("_"):
            raise BrokenTypeError(
                f"{name} line {node.lineno} uses {node.attr!r}; rules use public names only"
            )
        if isinstance(node, ast.Attribute) and node.attr in {"now", "today", "utcnow"} and _is_clock(node):
            raise BrokenTypeError(f"{name} line {node.lineno} asks a clock; use facts.today")


def _check_names(tree: ast.Module, name: str) -> None:
    """Refuse a function that is defined twice: the first, perhaps a rule, would be lost without a word."""
    first: dict[str, int] = {}
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            if node.name in first:
                raise BrokenTypeError(
                    f"{name} line {node.lineno} defines {node.name!r} again, so that the one of line "
                    f"{first[node.name]} is lost; give it a name of its own"
                )
            first[node.name] = node.lineno


def _is_clock(node: ast.Attribute) -> bool:
    return not (isinstance(node.value, ast.Name) and node.value.id == "facts")


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom):
        return ["." * node.level + (node.module or "")]
    return []


def _check_declared_reads(tree: ast.Module, rules: tuple[Rule, ...], name: str) -> None:
    reads = {rule.name: rule.reads for rule in rules}
    for function in ast.walk(tree):
        if not isinstance(function, ast.FunctionDef) or function.name not in reads:
            continue
        # That a rule names the columns it reads of a table can only be seen when it runs.
        declared = {*reads[function.name], *(field_of(read) for read in reads[function.name])}
        for field in _fields_read_in(function):
            if field not in declared:
                raise BrokenTypeError(
                    f"{name}: rule {function.name!r} reads field {field!r}, its @rule(...) does not name it"
                )


def _check_declared_lookups(rules: tuple[Rule, ...], name: str) -> None:
    for rule in rules:
        for question in rule.asks:
            undeclared = sorted(set(question.reads) - set(rule.reads))
            if undeclared:
                raise BrokenTypeError(
                    f"{name}: rule {rule.name!r} looks up by field {undeclared[0]!r}, "
                    "its @rule(...) does not name it"
                )


def _check_declared_columns(tree: ast.Module, rules: tuple[Rule, ...], name: str) -> None:
    """Refuse a column read of a row that no rule declares: a helper that judges rows declares nothing."""
    columns = {read.partition(".")[2] for rule in rules for read in rule.reads} - {""}
    declared = columns | {field for rule in rules for field in rule.fields}
    for read in (*_read_in(tree, of_fields=False), *_summed_in(tree)) if columns else ():
        if read not in declared:
            raise BrokenTypeError(f"{name} reads column {read!r} of a row, no @rule(...) names it")


def _fields_read_in(function: ast.FunctionDef) -> list[str]:
    return _read_in(function, of_fields=True)


def _read_in(tree: ast.AST, *, of_fields: bool) -> list[str]:
    """Return the names that accessors are given, of ``fields`` or of anything else."""
    return [
        node.args[0].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in _ACCESSORS
        and isinstance(node.func.value, ast.Name)
        and (node.func.value.id == "fields") is of_fields
        and node.args
        and isinstance(node.args[0], ast.Constant)
        and isinstance(node.args[0].value, str)
    ]


def _summed_in(tree: ast.AST) -> list[str]:
    """Return the columns that are added up."""
    return [
        node.args[1].value
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "column_sum"
        and len(node.args) == 2
        and isinstance(node.args[1], ast.Constant)
        and isinstance(node.args[1].value, str)
    ]


def _allowed_builtins() -> dict[str, Any]:
    allowed = {name: value for name, value in vars(builtins).items() if name not in _FORBIDDEN}
    allowed["__import__"] = _import
    return allowed


def _import(name: str, *args: Any, **kwargs: Any) -> Any:
    if name not in ALLOWED_IMPORTS:
        raise ImportError(f"rules may not import {name!r}")
    return __import__(name, *args, **kwargs)
