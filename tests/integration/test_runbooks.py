"""Runbooks: there is one for every alert and class, and its commands work on the fault it is about."""

from __future__ import annotations

import asyncio
import re
import shlex
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.settings import Settings
from app.wiring import Doctrail, open_doctrail
from ops.alerts.plan import load_plan
from ops.alerts.state import Alert, AlertState, Notice, keep_state
from ops.audit.backlog import AuditNote, Entry
from ops.gates.standing import Closed, Standing, keep_standing
from ops.operations import Action
from schemas.canonical import derive_id
from schemas.handling import Outgoing
from schemas.records import DeadLetterClass
from store import ops_keys
from store.knowledge import SLOT, Knowledge, publish_knowledge, publish_part
from store.registry import Registry, Statement
from store.sealed import seal
from tests.integration.installation import copy_of_types
from tests.integration.terminal import ROOT, Terminal

RUNBOOKS = ROOT / "docs" / "runbooks"
PAGES = sorted(path.name for path in RUNBOOKS.glob("*.md") if path.name != "README.md")
PARTS = ("Diagnose", "Resolve", "Escalate", "Message to write")
GATE = "values-as-usual"
SHOWS = {
    "dead-letters.md": "shape",
    "budget-burns.md": "shape",
    "held.md": "CLOSED  values-as-usual",
    "audit-found.md": "field.magnitude/bill/total",
    "reference-too-old.md": "days old",
    "alert-undelivered.md": "undelivered on pager",
    "reviews-pile-up.md": "nothing.txt",
    "nothing-comes-in.md": "1 document",
}
"""What of the planted fault a page's diagnosis must show."""
ALERTS = """
[[channel]]
name = "pager"
kind = "log"
[[ladder.page]]
after = 0
channels = ["pager"]
[[ladder.ticket]]
after = 0
channels = ["pager"]
[[ladder.note]]
after = 0
channels = ["pager"]
"""


def part(page: str, name: str) -> str:
    """Return one part of a page."""
    text = (RUNBOOKS / page).read_text(encoding="utf-8")
    found = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found is not None, (page, name)
    return found[1]


def commands(page: str, name: str) -> list[str]:
    """Return what a part tells to type."""
    return re.findall(r"^\$ doctrail (.+)$", part(page, name), re.MULTILINE)


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Terminal:
    """A home with one document in review, and every fault planted that the pages are about."""
    folder = tmp_path_factory.mktemp("runbooks")
    (folder / "alerts.toml").write_text(ALERTS)
    types = copy_of_types(folder, ("receipt",))
    terminal = Terminal(folder, types, {"DOCTRAIL_ALERTS": str(folder / "alerts.toml")})
    (folder / "nothing.txt").write_text("Nothing in particular.\nNo type at all.\n")
    terminal.type("submit", "nothing.txt", "--wait")
    asyncio.run(_plant(folder, types))
    terminal.work()
    return terminal


async def _plant(folder: Path, types: Path) -> None:
    async with open_doctrail(Settings(home=folder / "home", doctypes=types)) as doctrail:
        await doctrail.bus.publish(
            [Outgoing("documents.inbox", "x", derive_id("planted"), b'{"bogus": true}')]
        )
        await _closed_gate(doctrail)
        await _findings(doctrail)
        await _old_references(doctrail)
        await _alerts(doctrail)


async def _closed_gate(doctrail: Doctrail) -> None:
    one = Closed(
        gate=GATE, doc_type="receipt", action=Action.HOLD, reason="total is odd", at=datetime.now(UTC)
    )
    await keep_standing(doctrail.store, Standing(closed={one.key: one}))


async def _findings(doctrail: Doctrail) -> None:
    now = datetime.now(UTC)
    entry = Entry(
        key="field.magnitude/bill/total", sentence="bill total is odd", urgency="broken now", damage=500.0,
        first_seen=now, fix="ask the source",
    )  # fmt: skip
    note = AuditNote(number=1, at=now, documents=1, entries=(entry,))
    await doctrail.store.create(ops_keys.audit(1), seal(note))


async def _old_references(doctrail: Doctrail) -> None:
    ref = await publish_part(doctrail.store, "db", b"planted")
    known = await publish_knowledge(doctrail.store, Knowledge(parts={"db": ref}, told={"db": "vendors"}))
    old = datetime.now(UTC) - timedelta(days=60)
    await Registry(doctrail.store).append(SLOT, Statement(at=old, what=known, mark="approved", by="ann"))


async def _alerts(doctrail: Doctrail) -> None:
    now = datetime.now(UTC)
    firing = {
        rule.name: Alert(
            rule=rule.name,
            subject="",
            value=1.0,
            since=now,
            seen_at=now,
            phase="firing",
            fired_at=now,
            rung=1,
        )
        for rule in load_plan(None).rule
    }
    notice = Notice(
        notice_id="n", channel="pager", severity="page", title="bus is down", text="x", at=now, tries=1,
        problem="channel pager: refused",
    )  # fmt: skip
    await keep_state(doctrail.store, AlertState(alerts=firing, outbox=(notice,), looked_at=now))


def test_every_alert_has_a_page_with_its_five_parts() -> None:
    assert {rule.runbook for rule in load_plan(None).rule} == set(PAGES)
    for page in PAGES:
        assert all(part(page, name).strip() for name in PARTS), page
        assert "Alerts: " in (RUNBOOKS / page).read_text(encoding="utf-8")
        assert f"({page})" in (RUNBOOKS / "README.md").read_text(encoding="utf-8")


def test_every_class_of_dead_letter_is_told_what_to_do_about() -> None:
    said = part("dead-letters.md", "Resolve")

    assert [one.value for one in DeadLetterClass if f"### {one.value}: " not in said] == []


def test_every_command_of_every_page_works_on_the_planted_fault_and_shows_it(broken: Terminal) -> None:
    said: dict[str, str] = {}
    (letter,) = broken.ask("dlq", "list")

    def typed(command: str) -> str:
        if command not in said:
            words = shlex.split(command.replace("EVENT", letter["event_id"]).replace("GATE", GATE))
            # 1 is how doctor, checkup, slo and gates say that something is wrong, which it is.
            said[command] = _heard(broken, words)
        return said[command]

    for page in PAGES:
        shown = "\n".join(typed(command) for command in commands(page, "Diagnose"))
        assert SHOWS.get(page, "") in shown, (page, shown)
    for page in PAGES:
        for command in commands(page, "Resolve"):
            typed(command)
    assert broken.type("gates", "list").startswith("0 gates closed")


def _heard(terminal: Terminal, words: list[str]) -> str:
    """Return what a command says; it must end with 0 or 1, and by no defect of ours.

    Nothing was reviewed yet, so that building a set is refused: by 2.
    """
    said = terminal.hear(*words, code=None)
    assert said.code in ((2,) if words[:2] == ["eval", "build"] else (0, 1)), (words, said.everything)
    return said.everything
