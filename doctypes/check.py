"""Prompt, schema, rules and tool definition checked against each other: one mismatched key names itself."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

from doctypes.definition import DocType, FieldSpec
from doctypes.folder import TypeFolder
from doctypes.prompt import TOOL, Prompt
from doctypes.runner import RuleSet


def check_folder(folder: TypeFolder) -> list[str]:
    """Return every key mismatch between the parts of a type's folder, one sentence each."""
    return check_keys(folder.doc_type, folder.prompt, folder.rules, folder.doc_type.tool_schema())


def check_keys(doc_type: DocType, prompt: Prompt, rules: RuleSet, tool_schema: dict[str, Any]) -> list[str]:
    """Return every key that is named in one place and missing in another, one sentence each.

    Args:
        doc_type: What ``schema.json`` declares.
        prompt: What ``prompt.md`` mentions.
        rules: What ``rules.py`` reads.
        tool_schema: The input schema of the tool the model is given.
    """
    name = doc_type.name
    declared = [spec.name for spec in doc_type.fields]
    asked = [spec.name for spec in doc_type.asked]
    readable = [*declared, *(f"{s.name}.{column}" for s in doc_type.fields for column in s.column_names)]
    return [
        *_repeated(declared, f"{name}/schema.json"),
        *_prompt_heads(doc_type, prompt),
        *_missing(prompt.field_names, readable, f"{name}/prompt.md mentions field", f"{name}/schema.json"),
        *_missing(asked, prompt.field_names, f"{name}/schema.json declares field", f"{name}/prompt.md"),
        *_rule_reads(rules, readable, name),
        *_missing(doc_type.business_key, declared, "'x-business-key' names field", f"{name}/schema.json"),
        *_tool(doc_type, tool_schema),
    ]


def _prompt_heads(doc_type: DocType, prompt: Prompt) -> list[str]:
    problems = []
    if prompt.doc_type != doc_type.name:
        problems.append(
            f"{doc_type.name}/prompt.md says doc_type {prompt.doc_type!r}, its folder is {doc_type.name!r}"
        )
    if prompt.tool != TOOL:
        problems.append(
            f"{doc_type.name}/prompt.md says tool {prompt.tool!r}, the model is given the tool {TOOL!r}"
        )
    return problems


def _rule_reads(rules: RuleSet, readable: list[str], name: str) -> list[str]:
    names = [rule.name for rule in rules.rules]
    problems = _repeated(names, f"{name}/rules.py")
    for rule, reads in rules.reads.items():
        problems += _missing(
            reads, readable, f"{name}/rules.py: rule {rule!r} reads field", f"{name}/schema.json"
        )
    return problems


def _tool(doc_type: DocType, tool_schema: dict[str, Any]) -> list[str]:
    offered = tool_schema.get("properties")
    name, tool = doc_type.name, f"the tool {TOOL!r}"
    if not isinstance(offered, dict):
        return [f"{tool} has no 'properties'; {name}/schema.json declares {len(doc_type.fields)} fields"]
    declared = [spec.name for spec in doc_type.asked]
    problems = _missing(declared, offered, f"{name}/schema.json declares field", tool)
    problems += _missing(offered, declared, f"{tool} offers field", f"{name}/schema.json")
    problems += _missing(
        tool_schema.get("required", ()), offered, f"{tool} requires field", "its 'properties'"
    )
    for spec in doc_type.asked:
        kind = offered.get(spec.name, {}).get("x-kind", spec.kind.value)
        if kind != spec.kind.value:
            problems.append(
                f"field {spec.name!r} is of kind {spec.kind.value!r} in {name}/schema.json "
                f"and of kind {kind!r} in {tool}"
            )
        problems += _columns(spec, offered.get(spec.name, {}), name, tool)
    return problems


def _columns(spec: FieldSpec, offered: dict[str, Any], name: str, tool: str) -> list[str]:
    """Return the columns that a rows field declares and the tool lacks, or the other way round."""
    if not spec.columns:
        return []
    rows = offered.get("properties", {}).get("rows", {})
    columns = rows.get("items", {}).get("properties", {})
    problems = _missing(
        spec.column_names, columns, f"{name}/schema.json declares in {spec.name!r} column", tool
    )
    return problems + _missing(
        columns, spec.column_names, f"{tool} offers in {spec.name!r} column", f"{name}/schema.json"
    )


def _missing(names: Iterable[str], known: Iterable[str], named_in: str, missing_in: str) -> list[str]:
    known = list(known)
    problems = []
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            hint = f" (did you mean {close[0]!r}?)" if close else ""
            problems.append(f"{named_in} {name!r}, {missing_in} has no such key{hint}")
    return problems


def _repeated(names: list[str], where: str) -> list[str]:
    return [f"{where} declares {name!r} twice" for name in dict.fromkeys(names) if names.count(name) > 1]
