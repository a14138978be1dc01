"""Rules that look something up: what they say to each answer, and what may be asked at all."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from doctypes.errors import BrokenTypeError
from doctypes.folder import ROOT, load_all, load_folder
from doctypes.lookups import NO_ANSWERS
from doctypes.prompt import parse_prompt
from doctypes.rules_v1 import Facts
from doctypes.runner import evaluate, load_rules
from inference.tools.checking import asked_problems, type_problems
from schemas.results import Verdict
from tests.unit.doctypes.answers import SOUND, answers
from tests.unit.doctypes.records import record
from tests.unit.doctypes.sound import INVOICE

TODAY = date(2026, 11, 21)
HOLDS, BROKEN, CANNOT_TELL = Verdict.HOLDS, Verdict.BROKEN, Verdict.CANNOT_TELL


def said(rule: str, tool: str, **changes: Any) -> tuple[Verdict, str]:
    """Return what a rule of invoices says where a tool's sound answer is changed."""
    folder = load_folder(ROOT / "invoice")
    fields = record(INVOICE, [spec.name for spec in folder.doc_type.fields])
    told = {**SOUND, tool: {**SOUND[tool], **changes}}
    facts = Facts(today=TODAY, answers=answers(folder.rules.lookups, fields, told))
    return next((v.verdict, v.explanation) for v in evaluate(folder.rules, fields, facts) if v.rule == rule)


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, HOLDS),
        ({"on_file": 0, "status": "no_match", "vendor": None}, CANNOT_TELL),
        ({"status": "no_match", "vendor": None}, BROKEN),
        ({"status": "conflict", "vendor": None}, BROKEN),
        ({"status": "ambiguous", "vendor": None}, CANNOT_TELL),
        ({"vendor": {"vendor_id": "V1", "status": "blocked", "ibans": []}}, BROKEN),
    ],
)
def test_a_seller_must_be_a_vendor_who_is_not_blocked(changes: dict[str, Any], verdict: Verdict) -> None:
    assert said("seller_is_a_known_vendor", "find_vendor", **changes)[0] is verdict


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, HOLDS),
        ({"vendor": {"vendor_id": "V1", "status": "active", "ibans": ["DE89370400440532013000"]}}, BROKEN),
        ({"vendor": {"vendor_id": "V1", "status": "active", "ibans": []}}, CANNOT_TELL),
        ({"status": "conflict", "vendor": None}, BROKEN),
        ({"status": "no_match", "vendor": None}, CANNOT_TELL),
    ],
)
def test_the_account_must_be_on_file_for_the_seller(changes: dict[str, Any], verdict: Verdict) -> None:
    assert said("account_is_on_file", "find_vendor", **changes)[0] is verdict


@pytest.mark.parametrize(
    ("changes", "verdict"),
    [
        ({}, HOLDS),
        (
            {"status": "seen", "earlier": [{"why": "the same number", "issued_on": "2024-01-01"}]},
            BROKEN,
        ),
        ({"on_file": 0}, CANNOT_TELL),
        ({"status": "unknown_vendor"}, CANNOT_TELL),
    ],
)
def test_an_invoice_must_not_have_been_booked(changes: dict[str, Any], verdict: Verdict) -> None:
    assert said("invoice_was_not_booked_before", "invoice_seen_before", **changes)[0] is verdict


def test_a_value_that_was_changed_since_is_not_judged_by_the_old_answer() -> None:
    folder = load_folder(ROOT / "invoice")
    names = [spec.name for spec in folder.doc_type.fields]
    old = answers(folder.rules.lookups, record(INVOICE, names))
    changed = record({**INVOICE, "seller_name": "Somebody Else GmbH"}, names)

    found = {v.rule: v for v in evaluate(folder.rules, changed, Facts(today=TODAY, answers=old))}
    assert found["seller_is_a_known_vendor"].verdict is CANNOT_TELL
    assert "not asked about these values" in found["seller_is_a_known_vendor"].explanation


def test_without_answers_nothing_passes() -> None:
    folder = load_folder(ROOT / "invoice")
    fields = record(INVOICE, [spec.name for spec in folder.doc_type.fields])

    found = evaluate(folder.rules, fields, Facts(today=TODAY, answers=NO_ANSWERS))
    asking = {rule.name for rule in folder.rules.rules if rule.asks}
    assert asking
    assert {v.verdict for v in found if v.rule in asking} == {CANNOT_TELL}


RULE = """
from doctypes.rules_v1 import check, look_up, rule

Q = look_up({tool!r}, {argument}="seller_name")


@rule({reads}, asks=(Q,))
def a_rule(fields, facts):
    \"\"\"Something holds.\"\"\"
    return check(fields.answer(Q, facts)["status"] == "match", "asked")
"""


def test_a_look_up_by_a_field_the_rule_does_not_name_is_refused() -> None:
    text = RULE.format(tool="find_vendor", argument="name", reads='"iban"')

    with pytest.raises(BrokenTypeError, match="looks up by field 'seller_name'"):
        load_rules(text, "invoice/rules.py")


@pytest.mark.parametrize(
    ("tool", "argument", "problem"),
    [
        ("find_vendors", "name", "names tool 'find_vendors'; there are"),
        ("find_vendor", "named", "asks 'find_vendor' with 'named'; it takes country, iban, name, vat_id"),
        ("invoice_seen_before", "vendor_name", "asks 'invoice_seen_before' without 'invoice_number'"),
    ],
)
def test_a_look_up_that_no_tool_answers_is_named_at_start(tool: str, argument: str, problem: str) -> None:
    folder = load_folder(ROOT / "invoice")
    text = RULE.format(tool=tool, argument=argument, reads='"seller_name"')
    changed = replace(folder, rules=load_rules(text, "invoice/rules.py"))

    (found,) = asked_problems(changed)
    assert found.startswith("invoice/rules.py: rule 'a_rule'")
    assert problem in found


def test_a_prompt_that_names_a_tool_that_is_none_is_named_at_start() -> None:
    folder = load_folder(ROOT / "invoice")
    head = "version: 1.0\ndoc_type: invoice\ntool: record_fields\ntools: resolve_entity, resolve_all"
    prompt = parse_prompt(f"---\n{head}\n---\nx".encode())
    changed = replace(folder, prompt=prompt)

    assert prompt.tools == ("resolve_entity", "resolve_all")
    assert any("'resolve_all'" in problem for problem in asked_problems(changed))


def test_every_shipped_type_asks_only_what_there_is() -> None:
    assert [problem for folder in load_all(ROOT) for problem in type_problems(folder)] == []
