"""Runbooks: there is one for every alert and class, and its commands work on the fault it is about."""

from __future__ import annotations

import re
import shlex

import pytest

from ops.alerts.plan import load_plan
from schemas.records import DeadLetterClass
from tests.integration.terminal import ROOT, Terminal
from tests.integration.troubles import GATE, in_trouble

RUNBOOKS = ROOT / "docs" / "runbooks"
PAGES = sorted(path.name for path in RUNBOOKS.glob("*.md") if path.name != "README.md")
PARTS = ("Diagnose", "Resolve", "Escalate", "Message to write")
SHOWS = {
    "agent-behind.md": "intake has not asked for work for",
    "alert-undelivered.md": "undelivered on pager: bus is down (channel pager: refused)",
    "audit-found.md": "gone: field.magnitude/bill/total",
    "budget-burns.md": "intake has 1 unread on documents.inbox",
    "dead-letters.md": "got none of them (unknown: 'bogus')",
    "disk-runs-full.md": "intake has 1 unread on documents.inbox",
    "held.md": f"CLOSED  {GATE}, receipt (hold): total is odd",
    "nothing-comes-in.md": "intake has 1 unread on documents.inbox",
    "part-down.md": "catalog does not answer (open, 3 messages waiting): connection refused",
    "quality-fell.md": "ALERT receipt.total  right 0/30",
    "reference-too-old.md": "reference data db are 60 days old, at most 30 are allowed",
    "reviews-pile-up.md": "total not certified",
}
"""What of the planted fault a page's diagnosis must show, beside all that the page says to look for."""


def part(page: str, name: str) -> str:
    """Return one part of a page."""
    text = (RUNBOOKS / page).read_text(encoding="utf-8")
    found = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found is not None, (page, name)
    return found[1]


def commands(page: str, name: str) -> list[str]:
    """Return what a part tells to type."""
    return re.findall(r"^\$ doctrail (.+)$", part(page, name), re.MULTILINE)


def looked_for(page: str) -> list[str]:
    """Return what a page says to look for in what its commands show."""
    found = re.search(r"^Look for (.+?)(?=\n\n)", part(page, "Diagnose"), re.MULTILINE | re.DOTALL)
    assert found is not None, page
    return re.findall(r"`([^`]+)`", found[1])


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A home in all the trouble that the pages are about."""
    return in_trouble(tmp_path_factory.mktemp("runbooks"))


def test_every_alert_has_a_page_with_its_five_parts() -> None:
    assert {rule.runbook for rule in load_plan(None).rule} == set(PAGES)
    for page in PAGES:
        assert all(part(page, name).strip() for name in PARTS), page
        assert "Alerts: " in (RUNBOOKS / page).read_text(encoding="utf-8")
        assert f"({page})" in (RUNBOOKS / "README.md").read_text(encoding="utf-8")


def test_every_class_of_dead_letter_is_told_what_to_do_about() -> None:
    said = part("dead-letters.md", "Resolve")

    assert [one.value for one in DeadLetterClass if f"### {one.value}: " not in said] == []


def test_what_a_page_tells_to_type_shows_the_planted_fault_and_what_it_says_to_look_for(
    broken: Terminal,
) -> None:
    said: dict[str, str] = {}
    (letter,) = broken.ask("dlq", "list")
    meant = {"EVENT": letter["event_id"], "GATE": GATE, "DOCUMENT": "slip.txt"}

    def typed(command: str) -> str:
        if command not in said:
            said[command] = _heard(broken, [meant.get(word, word) for word in shlex.split(command)])
        return said[command]

    for page in PAGES:
        shown = "\n".join(typed(command) for command in commands(page, "Diagnose"))
        assert [one for one in (SHOWS[page], *looked_for(page)) if one not in shown] == [], (page, shown)
    for page in PAGES:
        for command in commands(page, "Resolve"):
            typed(command)
    assert "sent again" in said["dlq redrive EVENT"]
    assert broken.type("gates", "list").startswith("0 gates closed")


def _heard(terminal: Terminal, words: list[str]) -> str:
    """Return what a command says; it must end as it says it does, and by no defect of ours.

    1 is how doctor, health, checkup, slo and gates say that something is wrong, which it is; 2 is the nightly
    look's alert, and how a set refuses to be built where all that was reviewed is for training: by a key that
    each home draws for itself.
    """
    said = terminal.hear(*words, code=None)
    expected = {"eval build": (0, 2), "drift nightly": (2,)}.get(" ".join(words[:2]), (0, 1))
    assert said.code in expected, (words, said.everything)
    return said.everything
