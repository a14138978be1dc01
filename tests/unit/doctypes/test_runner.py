from __future__ import annotations

from datetime import date

import pytest

from doctypes.errors import BrokenTypeError
from doctypes.rules_v1 import Facts
from doctypes.runner import evaluate, load_rules
from schemas.fields import FieldValue
from schemas.results import RuleVerdict, Verdict
from tests.unit.doctypes.folders import RULES
from tests.unit.doctypes.records import absent, cannot_tell, missing, value

FACTS = Facts(today=date(2024, 6, 1))
RECORD = {field.name: field for field in (value("fine", "30.00"), value("issued", "2024-05-01"))}


def _verdict(source: str, **fields: FieldValue) -> RuleVerdict:
    rules = load_rules("from doctypes.rules_v1 import *\n" + source, "ticket/rules.py")
    return evaluate(rules, RECORD | fields, FACTS)[0]


def test_rules_are_judged_in_the_order_they_are_written() -> None:
    verdicts = evaluate(load_rules(RULES, "ticket/rules.py"), RECORD, FACTS)

    assert verdicts == (
        RuleVerdict(
            rule="fine_is_positive", verdict=Verdict.HOLDS, explanation="fine 30.00", fields=("fine",)
        ),
        RuleVerdict(
            rule="issued_before_today",
            verdict=Verdict.HOLDS,
            explanation="issued 2024-05-01",
            fields=("issued",),
        ),
    )


def test_a_broken_rule_shows_its_numbers() -> None:
    rules = load_rules(RULES, "ticket/rules.py")

    verdicts = evaluate(rules, RECORD | {"fine": value("fine", "-1.00")}, FACTS)

    assert (verdicts[0].verdict, verdicts[0].explanation) == (Verdict.BROKEN, "fine -1.00")


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        (absent("fine"), "fine is not in the document"),
        (missing("fine"), "fine is missing"),
        (cannot_tell("fine"), "fine could not be determined"),
        (value("fine", None), "fine has no readable value"),
        (value("fine", "thirty"), "fine has no readable amount"),
        (value("fine", "NaN"), "fine has no readable amount"),
    ],
)
def test_a_rule_that_lacks_its_input_never_passes(field: FieldValue, reason: str) -> None:
    verdicts = evaluate(load_rules(RULES, "ticket/rules.py"), RECORD | {"fine": field}, FACTS)

    assert (verdicts[0].verdict, verdicts[0].explanation) == (Verdict.CANNOT_TELL, reason)


def test_a_field_that_the_record_lacks_is_no_pass() -> None:
    verdicts = evaluate(load_rules(RULES, "ticket/rules.py"), {}, FACTS)

    assert [verdict.verdict for verdict in verdicts] == [Verdict.CANNOT_TELL] * 2
    assert verdicts[0].explanation == "fine is not in the record"


@pytest.mark.parametrize(
    ("body", "explanation"),
    [
        ("return check(1 / 0, '')", "defect in the rule: ZeroDivisionError"),
        ("return True", "defect in the rule: it returned no finding"),
        ("return None", "defect in the rule: it returned no finding"),
        (
            "return check(fields.text('iss' + 'ued'), '')",
            "defect in the rule: the rule reads 'issued' without declaring it",
        ),
    ],
)
def test_a_defect_in_a_rule_is_named_and_never_a_pass(body: str, explanation: str) -> None:
    verdict = _verdict(f"@rule('fine')\ndef r(fields, facts):\n    'Holds.'\n    {body}\n")

    assert (verdict.verdict, verdict.explanation) == (Verdict.CANNOT_TELL, explanation)


def test_the_message_of_a_defect_does_not_carry_document_text() -> None:
    verdict = _verdict(
        "@rule('fine')\ndef r(fields, facts):\n    'Holds.'\n    raise ValueError(fields.text('fine'))\n"
    )

    assert verdict.explanation == "defect in the rule: ValueError"


def test_a_rule_can_ask_whether_a_field_is_there() -> None:
    source = "@rule('fine')\ndef r(fields, facts):\n    'Holds.'\n    return check(fields.has('fine'), 'x')\n"

    assert _verdict(source).verdict is Verdict.HOLDS
    assert _verdict(source, fine=absent("fine")).verdict is Verdict.BROKEN
    assert _verdict(source, fine=missing("fine")).verdict is Verdict.CANNOT_TELL


def test_dates_and_durations_that_cannot_be_read_are_no_pass() -> None:
    dates = "@rule('fine')\ndef r(fields, facts):\n    'Holds.'\n    return check(fields.date('fine'), 'x')\n"
    lengths = dates.replace("fields.date", "fields.duration")

    assert _verdict(dates).explanation == "fine has no readable date"
    assert _verdict(lengths).explanation == "fine has no readable duration"


def test_a_list_with_an_unreadable_value_is_no_pass() -> None:
    source = (
        "@rule('fine')\ndef r(fields, facts):\n    'Holds.'\n    return check(fields.texts('fine'), 'x')\n"
    )

    assert _verdict(source, fine=value("fine", "a", "b")).verdict is Verdict.HOLDS
    assert (
        _verdict(source, fine=value("fine", "a", None)).explanation == "fine has a value that can't be read"
    )


@pytest.mark.parametrize(
    ("source", "sentence"),
    [
        ("import os", "imports 'os'; rules may import datetime, decimal, doctypes.rules_v1 only"),
        ("from pathlib import Path", "imports 'pathlib'"),
        ("from . import secrets", "imports '.'"),
        ("def f():\n    import socket", "imports 'socket'"),
        ("open('/etc/passwd')", "line 1 uses 'open'"),
        ("eval('1')", "line 1 uses 'eval'"),
        ("().__class__", "line 1 uses '__class__'"),
        ("from datetime import date\nX = date.today()", "line 2 asks a clock; use facts.today"),
        ("def f(:", "is not Python at line 1"),
        ("1 / 0", "can't be executed: ZeroDivisionError"),
        ("x\x00", "is not Python"),
        ("from doctypes.rules_v1 import rule\n@rule()\ndef r(fields, facts):\n    'A.'", "needs the fields"),
        ("from doctypes.rules_v1 import rule\n@rule('a')\ndef r(fields, facts):\n    pass", "a docstring"),
        ("from doctypes.rules_v1 import rule\n@rule\ndef r(fields, facts):\n    'A.'", "@rule('issue_date')"),
        ("def r():\n    'A.'\n\n\ndef r():\n    'B.'", "line 5 defines 'r' again, so that the one of line 1"),
    ],
)
def test_rules_that_are_not_pure_are_refused_before_they_run(source: str, sentence: str) -> None:
    with pytest.raises(BrokenTypeError) as caught:
        load_rules(source, "ticket/rules.py")

    assert sentence in str(caught.value)


def test_an_import_hidden_from_the_check_is_refused_when_it_runs() -> None:
    source = "I = __builtins__['__import__']\nI('os')"

    with pytest.raises(BrokenTypeError, match="may not import 'os'"):
        load_rules(source, "ticket/rules.py")


def test_equal_arguments_give_equal_verdicts() -> None:
    rules = load_rules(RULES, "ticket/rules.py")

    assert evaluate(rules, RECORD, FACTS) == evaluate(load_rules(RULES, "ticket/rules.py"), RECORD, FACTS)


def test_a_rule_set_tells_what_each_rule_reads() -> None:
    assert load_rules(RULES, "x").reads == {"fine_is_positive": ("fine",), "issued_before_today": ("issued",)}
