"""Lists of rows in a type's folder: declared by the schema, offered by the tool, read by prompt and rules."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from doctypes.check import check_folder, check_keys
from doctypes.errors import BrokenTypeError
from doctypes.folder import load_folder
from doctypes.labels import parse_label_names
from doctypes.prompt import render
from doctypes.rule_inputs import Fields, UndeclaredReadError, Unknown
from doctypes.rules_v1 import Facts, column_sum
from doctypes.runner import evaluate, load_rules
from doctypes.schema_file import parse_schema
from schemas.fields import FieldKind, FieldValue
from schemas.results import Verdict
from tests.unit.doctypes.folders import PROMPT, RULES, SCHEMA, write_type
from tests.unit.doctypes.records import absent, cannot_tell, missing, table

FACTS = Facts(today=date(2026, 11, 21))
TABLE: dict[str, Any] = {
    "title": "Offences",
    "description": "What was done, one row each.",
    "type": "array",
    "x-kind": "rows",
    "x-critical": True,
    "items": {
        "type": "object",
        "properties": {
            "what": {"title": "What", "description": "The offence.", "type": "string", "x-kind": "text"},
            "fine": {"title": "Fine", "description": "What it costs.", "type": "string", "x-kind": "money"},
        },
        "required": ["fine"],
        "additionalProperties": False,
    },
}
IMPORTS = "from doctypes.rules_v1 import check, column_sum, every_row, rule\n"


def with_table(**changes: Any) -> bytes:
    """Return the ticket's schema with a table, ``changes`` made to its declaration; None removes a key."""
    spec = {k: v for k, v in (TABLE | changes).items() if v is not None}
    return json.dumps(SCHEMA | {"properties": SCHEMA["properties"] | {"offences": spec}}).encode()


def with_column(**changes: Any) -> bytes:
    """Return it with ``changes`` in the column 'fine'."""
    columns = TABLE["items"]["properties"]
    column = {k: v for k, v in (columns["fine"] | changes).items() if v is not None}
    return with_table(items=TABLE["items"] | {"properties": columns | {"fine": column}})


def write_ticket(root: Path) -> Path:
    """Write the ticket's folder with its table and return it."""
    folder = write_type(root)
    (folder / "schema.json").write_bytes(with_table())
    (folder / "prompt.md").write_text(
        PROMPT + "\nAnd {{field:offences}}, {{field:offences.fine}} as printed.\n"
    )
    rule = """
@rule("offences.fine", "fine")
def fines_add_up(fields, facts):
    'The fines add up.'
    return check(column_sum(fields.rows("offences"), "fine") == fields.amount("fine"), "")
"""
    (folder / "rules.py").write_text(
        RULES.replace("import check, rule", "import check, column_sum, rule") + rule
    )
    return folder


def test_a_list_of_rows_declares_its_columns_like_fields() -> None:
    offences = parse_schema(with_table(), "ticket").field("offences")

    assert (offences.kind, offences.many, offences.critical) == (FieldKind.ROWS, False, True)
    assert offences.column_names == ("what", "fine")
    assert offences.column("fine").kind is FieldKind.MONEY
    assert [column.name for column in offences.columns if column.required] == ["fine"]
    assert offences.column("fine").comparator == "amount"
    with pytest.raises(KeyError):
        offences.column("colour")


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (with_table(type="string"), "a list of rows is of type 'array', its 'items' of type 'object'"),
        (with_table(items={"type": "string"}), "a list of rows is of type 'array'"),
        (with_table(items=None), "a list of rows is of type 'array'"),
        (with_table(items={"type": "object", "properties": {}}), "must declare at least one column"),
        (with_table(items=TABLE["items"] | {"required": ["colour"]}), "'required' names column 'colour'"),
        (with_table(items=TABLE["items"] | {"minItems": 1}), "key 'minItems' is not known here"),
        (with_column(**{"x-kind": "plate"}), "column 'fine': 'x-kind' is 'plate'"),
        (with_column(**{"x-kind": "rows"}), "a column holds one value: its 'type' must be 'string'"),
        (with_column(type="array", items={"type": "string"}), "a column holds one value"),
        (with_column(title=None), "column 'fine': 'title' must be a text"),
        (
            json.dumps(json.loads(with_table()) | {"x-business-key": ["offences"]}).encode(),
            "'x-business-key' names 'offences', a list of rows",
        ),
    ],
)
def test_a_mistake_in_a_list_of_rows_is_named_with_its_place(data: bytes, sentence: str) -> None:
    with pytest.raises(BrokenTypeError) as caught:
        parse_schema(data, "ticket")

    assert sentence in str(caught.value)
    assert str(caught.value).startswith("ticket/schema.json")


READING = {"value": "9.00", "quote": "9,00", "lines": ["1.3"]}


@pytest.mark.parametrize(
    ("answer", "valid"),
    [
        ({"rows": [{"what": READING, "fine": READING | {"confidence": 0.9}}], "confidence": 0.8}, True),
        ({"rows": [{"what": None, "fine": READING | {"alternatives": [READING]}}, {}]}, True),
        ({"rows": []}, True),
        ({"rows": None}, True),
        ({"readings": []}, False),
        ({"rows": [{"colour": None}]}, False),
        ({"rows": [{"fine": "9.00"}]}, False),
        ({"rows": [{"fine": {"value": "9.00"}}]}, False),
    ],
)
def test_the_tool_takes_rows_of_readings_and_tells_none_from_not_read(answer: object, valid: bool) -> None:
    asked = parse_schema(with_table(), "ticket").tool_schema()["properties"]["offences"]

    jsonschema.Draft202012Validator.check_schema(asked)
    assert jsonschema.Draft202012Validator(asked).is_valid(answer) is valid


def test_a_folder_whose_parts_name_the_same_columns_fits(tmp_path: Path) -> None:
    folder = load_folder(write_ticket(tmp_path))

    assert check_folder(folder) == []
    assert "`offences` (rows of `what`, `fine`), `fine` (money) as printed" in render(
        folder.prompt, folder.doc_type
    )


def test_a_column_that_prompt_rules_or_tool_name_and_the_schema_lacks_is_named(tmp_path: Path) -> None:
    path = write_ticket(tmp_path)
    (path / "prompt.md").write_text(
        (path / "prompt.md").read_text().replace("offences.fine", "offences.fines")
    )
    rules = (path / "rules.py").read_text().replace("offences.fine", "offences.fina")
    (path / "rules.py").write_text(rules)
    folder = load_folder(path)
    tool = folder.doc_type.tool_schema()
    columns = tool["properties"]["offences"]["properties"]["rows"]["items"]["properties"]
    columns["colour"] = columns.pop("what")
    lacks, meant = "ticket/schema.json has no such key", "(did you mean 'offences.fine'?)"

    assert check_keys(folder.doc_type, folder.prompt, folder.rules, tool) == [
        f"ticket/prompt.md mentions field 'offences.fines', {lacks} {meant}",
        f"ticket/rules.py: rule 'fines_add_up' reads field 'offences.fina', {lacks} {meant}",
        "ticket/schema.json declares in 'offences' column 'what', the tool 'record_fields' has no such key",
        "the tool 'record_fields' offers in 'offences' column 'colour', ticket/schema.json has no such key",
    ]


def test_labels_may_call_a_column_otherwise() -> None:
    ticket = parse_schema(with_table(), "ticket")

    names = parse_label_names(b'{"fields": {"offences.amount": "offences.fine"}}', ticket)

    assert names.fields == {"offences.amount": "offences.fine"}
    with pytest.raises(BrokenTypeError, match=r"means field .offences\.colour."):
        parse_label_names(b'{"fields": {"offences.amount": "offences.colour"}}', ticket)


def judged(body: str, field: FieldValue) -> tuple[Verdict, str]:
    """Return what a rule that reads ``offences.fine`` says; its rows are ``rows``."""
    head = "@rule('offences.fine')\ndef r(fields, facts):\n    'A.'\n    rows = fields.rows('offences')\n"
    rules = load_rules(f"{IMPORTS}{head}    return {body}", "ticket/rules.py")
    (verdict,) = evaluate(rules, {"offences": field}, FACTS)
    assert verdict.fields == ("offences",)
    return verdict.verdict, verdict.explanation


SUM = "check(column_sum(rows, 'fine') == 3, f'sum {column_sum(rows, \"fine\")}')"
EACH = "every_row(rows, lambda row: check(row.amount('fine') > 0, f'fine {row.amount(\"fine\")}'))"


@pytest.mark.parametrize(
    ("body", "field", "verdict", "explanation"),
    [
        (SUM, table("offences", {"fine": "1.10"}, {"fine": "1.90"}), Verdict.HOLDS, "sum 3.00"),
        (SUM, table("offences", {"fine": "0.10"}, {"fine": "0.20"}), Verdict.BROKEN, "sum 0.30"),
        (SUM, table("offences", {"fine": "1.00"}, {}), Verdict.CANNOT_TELL, "row 2: fine is not printed"),
        (SUM, table("offences", {"fine": None}), Verdict.CANNOT_TELL, "row 1: fine has no readable value"),
        (SUM, table("offences", {"fine": "NaN"}), Verdict.CANNOT_TELL, "row 1: fine has no readable amount"),
        (SUM, absent("offences"), Verdict.CANNOT_TELL, "offences is not in the document"),
        (SUM, missing("offences"), Verdict.CANNOT_TELL, "offences is missing"),
        (SUM, cannot_tell("offences"), Verdict.CANNOT_TELL, "offences could not be determined"),
        (EACH, table("offences", {"fine": "1.00"}), Verdict.HOLDS, "holds in the one row"),
        (EACH, table("offences", {"fine": "1.00"}, {"fine": "2.00"}), Verdict.HOLDS, "holds in all 2 rows"),
        (EACH, table("offences", {"fine": "1.00"}, {}), Verdict.CANNOT_TELL, "row 2: fine is not printed"),
        (EACH, table("offences", {}, {"fine": "-2.00"}), Verdict.BROKEN, "row 2: fine -2.00"),
        ("check(rows[0].has('fine'), '')", table("offences", {"fine": "1.00"}), Verdict.HOLDS, ""),
        ("None", table("offences", {"fine": "1"}),
         Verdict.CANNOT_TELL, "defect in the rule: it returned no finding"),
    ],
)  # fmt: skip
def test_rules_judge_rows_in_three_values(
    body: str, field: FieldValue, verdict: Verdict, explanation: str
) -> None:
    assert judged(body, field) == (verdict, explanation)


def test_a_rule_sees_only_the_columns_it_declares() -> None:
    fields = Fields({"offences": table("offences", {"what": "Parking", "fine": "9.00"})}, ["offences.fine"])

    (row,) = fields.rows("offences")
    assert row.amount("fine") == Decimal("9.00")
    with pytest.raises(UndeclaredReadError):
        row.text("what")
    with pytest.raises(UndeclaredReadError):
        fields.rows("fine")
    with pytest.raises(Unknown, match="offences is not in the record"):
        Fields({}, ["offences.fine"]).rows("offences")


def test_sums_are_exact() -> None:
    rows = Fields({"t": table("t", *[{"fine": "0.10"}] * 3)}, ["t.fine"]).rows("t")

    assert column_sum(rows, "fine") == Decimal("0.30")


def test_a_column_that_no_rule_declares_is_named_before_anything_runs() -> None:
    source = IMPORTS + (
        "def positive(row):\n    return check(row.amount('fin') > 0, '')\n"
        "@rule('offences.fine')\ndef r(fields, facts):\n    'A.'\n"
        "    return every_row(fields.rows('offences'), positive)\n"
    )

    with pytest.raises(BrokenTypeError, match="reads column 'fin' of a row, no @rule"):
        load_rules(source, "ticket/rules.py")
