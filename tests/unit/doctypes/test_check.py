"""The mistake that cost days elsewhere: a key named in one place and missing in another."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from doctypes.check import check_folder, check_keys
from doctypes.errors import BrokenTypeError
from doctypes.folder import load_all, load_folder
from doctypes.runner import load_rules
from tests.unit.doctypes.folders import PROMPT, RULES, SCHEMA, write_type


def test_the_shipped_types_fit() -> None:
    for folder in load_all():
        assert check_folder(folder) == []


def test_a_type_whose_parts_fit_has_no_problem(tmp_path: Path) -> None:
    assert check_folder(load_folder(write_type(tmp_path))) == []


TOOL = "the tool 'record_fields'"


def _problems(folder: Path) -> list[str]:
    return check_folder(load_folder(folder))


def test_a_field_the_prompt_mentions_and_the_schema_lacks_is_named(tmp_path: Path) -> None:
    folder = write_type(tmp_path)
    (folder / "prompt.md").write_text(PROMPT.replace("field:fine", "field:fines"))

    assert _problems(folder) == [
        "ticket/prompt.md mentions field 'fines', ticket/schema.json has no such key (did you mean 'fine'?)",
        "ticket/schema.json declares field 'fine', ticket/prompt.md has no such key (did you mean 'fines'?)",
    ]


def test_a_field_the_schema_declares_and_the_prompt_forgets_is_named(tmp_path: Path) -> None:
    folder = write_type(tmp_path)
    (folder / "prompt.md").write_text(PROMPT.replace("{{field:officers}}", "the officers"))

    assert _problems(folder) == [
        "ticket/schema.json declares field 'officers', ticket/prompt.md has no such key"
    ]


def test_a_field_a_rule_reads_and_the_schema_lacks_is_named(tmp_path: Path) -> None:
    folder = write_type(tmp_path)
    (folder / "rules.py").write_text(
        RULES.replace('"issued"', '"issue_date"').replace("'issued'", "'issue_date'")
    )

    (problem,) = _problems(folder)
    assert problem.startswith("ticket/rules.py: rule 'issued_before_today' reads field 'issue_date', ")
    assert "ticket/schema.json has no such key" in problem


def test_a_field_a_rule_reads_without_declaring_it_is_named(tmp_path: Path) -> None:
    folder = write_type(tmp_path)
    (folder / "rules.py").write_text(RULES.replace('fields.date("issued") <=', 'fields.date("fine") <='))

    with pytest.raises(BrokenTypeError) as caught:
        load_folder(folder)
    assert "ticket/rules.py: rule 'issued_before_today' reads field 'fine'" in str(caught.value)


def test_a_field_removed_from_the_schema_is_missed_by_everyone_who_names_it(tmp_path: Path) -> None:
    folder = write_type(tmp_path)
    properties = {name: spec for name, spec in SCHEMA["properties"].items() if name != "officers"}
    (folder / "schema.json").write_text(json.dumps(SCHEMA | {"properties": properties}))

    assert _problems(folder) == [
        "ticket/prompt.md mentions field 'officers', ticket/schema.json has no such key"
    ]


def test_a_business_key_that_is_not_declared_is_named(tmp_path: Path) -> None:
    folder = write_type(tmp_path)
    (folder / "schema.json").write_text(json.dumps(SCHEMA | {"x-business-key": ["number"]}))

    with pytest.raises(BrokenTypeError, match="'x-business-key' names field 'number'"):
        load_folder(folder)


def test_a_prompt_written_for_another_type_or_tool_is_named(tmp_path: Path) -> None:
    folder = write_type(tmp_path)
    (folder / "prompt.md").write_text(
        PROMPT.replace("doc_type: ticket", "doc_type: fine").replace("record_fields", "record_field")
    )

    assert _problems(folder) == [
        "ticket/prompt.md says doc_type 'fine', its folder is 'ticket'",
        "ticket/prompt.md says tool 'record_field', the model is given the tool 'record_fields'",
    ]


def test_two_rules_of_one_name_are_named(tmp_path: Path) -> None:
    folder = load_folder(write_type(tmp_path))
    first, second = folder.rules.rules
    doubled = type(folder.rules)("ticket/rules.py", (first, second, first))

    problems = check_keys(folder.doc_type, folder.prompt, doubled, folder.doc_type.tool_schema())

    assert problems == ["ticket/rules.py declares 'fine_is_positive' twice"]


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        (
            lambda tool: tool["properties"].pop("fine"),
            "ticket/schema.json declares field 'fine', the tool 'record_fields' has no such key",
        ),
        (
            lambda tool: tool["properties"].update(colour={}),
            "the tool 'record_fields' offers field 'colour', ticket/schema.json has no such key",
        ),
        (
            lambda tool: tool["required"].append("color"),
            "the tool 'record_fields' requires field 'color', its 'properties' has no such key",
        ),
        (
            lambda tool: tool["properties"]["fine"].update({"x-kind": "number"}),
            "field 'fine' is of kind 'money' in ticket/schema.json and of kind 'number' in " + TOOL,
        ),
        (
            lambda tool: tool.pop("properties"),
            "the tool 'record_fields' has no 'properties'; ticket/schema.json declares 4 fields",
        ),
    ],
)
def test_a_tool_that_offers_other_fields_than_the_schema_is_named(
    tmp_path: Path, spoil: Any, problem: str
) -> None:
    folder = load_folder(write_type(tmp_path))
    tool = folder.doc_type.tool_schema()
    spoil(tool)

    assert problem in check_keys(folder.doc_type, folder.prompt, folder.rules, tool)


def test_rules_without_a_rule_need_no_key() -> None:
    assert load_rules("", "empty").reads == {}
