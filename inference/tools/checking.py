"""A type's folder held against the tools there are: what its prompt offers, what its rules look up."""

from __future__ import annotations

from doctypes.check import check_folder
from doctypes.folder import TypeFolder
from doctypes.prompt import TOOL
from inference.tools.known import lookup_problems, tool_problems


def type_problems(folder: TypeFolder) -> list[str]:
    """Return everything that does not fit together in a type's folder, one sentence each."""
    return [*check_folder(folder), *asked_problems(folder)]


def asked_problems(folder: TypeFolder) -> list[str]:
    """Return the tools that a type's prompt or rules ask and that are not so, one sentence each."""
    name = folder.doc_type.name
    problems = tool_problems(f"{name}/prompt.md", folder.prompt.tools)
    if TOOL in folder.prompt.tools:
        problems.append(
            f"{name}/prompt.md lists {TOOL!r} among the tools to ask first; it records the answer"
        )
    for rule in folder.rules.rules:
        for question in rule.asks:
            where = f"{name}/rules.py: rule {rule.name!r}"
            problems += lookup_problems(where, question.tool, [argument for argument, _ in question.fields])
    return problems
