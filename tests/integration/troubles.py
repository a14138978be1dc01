"""A home in trouble: every fault that a runbook is about, planted into one embedded installation."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.settings import Settings
from app.wiring import Doctrail, open_doctrail
from catalog.history import history
from evals.shadow.keeping import Ended, Role, Shadow, Tally, Verdict, begin, end
from ops.alerts.plan import load_plan
from ops.alerts.state import Alert, AlertState, Notice, keep_state
from ops.audit.backlog import AuditNote, Entry
from ops.gates.standing import Closed, Standing, keep_standing
from ops.health import Heartbeat, Outage
from ops.heartbeat import write
from ops.operations import Action
from schemas.canonical import derive_id, sha256_hex
from schemas.handling import Outgoing
from schemas.objects import ObjectRef
from schemas.results import ArtifactKind, Record
from schemas.reviewed import ReviewedField, ReviewedRecord, ReviewedState
from store import ops_keys
from store.artifacts import get_artifact
from store.knowledge import SLOT, Knowledge, publish_knowledge, publish_part
from store.registry import Registry, Statement
from store.releases import load_run
from store.reviewed import keep_reviewed
from store.sealed import seal
from tests.integration.installation import copy_of_types
from tests.integration.terminal import Terminal

GATE = "values-as-usual"
CHANNELS = """
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
SLIP = """Corner Bakery Leeds Ltd
1 High Street, Leeds
RECEIPT
Date: 12/03/2026  Cashier 2  Till 3
bread 2.20
TOTAL 3.50
CASH 3.50
CHANGE 0.00
Thank you, please come again
"""


def in_trouble(folder: Path) -> Terminal:
    """Return a home with two documents in review, another that nobody takes in, and every fault."""
    (folder / "alerts.toml").write_text(CHANNELS)
    types = copy_of_types(folder, ("receipt",))
    terminal = Terminal(folder, types, {"DOCTRAIL_ALERTS": str(folder / "alerts.toml")})
    (folder / "nothing.txt").write_text("Nothing in particular.\nNo type at all.\n")
    (folder / "slip.txt").write_text(SLIP)
    terminal.type("submit", "nothing.txt", "slip.txt", "--wait")
    asyncio.run(_plant(folder, types))
    terminal.work()
    (folder / "later.txt").write_text("What nobody takes in.\n")
    terminal.type("submit", "later.txt")
    _stand_still(terminal.home)
    return terminal


def _stand_still(home: Path) -> None:
    """Leave the heartbeat of a process whose intake stands still because the catalog does not answer.

    It is of tomorrow, so that it is not silent for too long however slowly the test goes.
    """
    now = datetime.now(UTC)
    down = Outage("catalog", "open", 3, "connection refused")
    beat = Heartbeat(now + timedelta(days=1), {"intake": now - timedelta(hours=1)}, (down,))
    write(home / "heartbeat.json", beat)


async def _plant(folder: Path, types: Path) -> None:
    async with open_doctrail(Settings(home=folder / "home", doctypes=types)) as doctrail:
        await doctrail.bus.publish(
            [Outgoing("documents.inbox", "x", derive_id("planted"), b'{"bogus": true}')]
        )
        await _closed_gate(doctrail)
        await _findings(doctrail)
        await _old_references(doctrail)
        await _read_worse(doctrail)
        await _taken_back(doctrail)
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


async def _read_worse(doctrail: Doctrail) -> None:
    """Let people find today's totals wrong, which were right three weeks ago."""
    now = datetime.now(UTC)
    ref, run_id = await _slip(doctrail, now)
    record: Record = await get_artifact(doctrail.store, ref, ArtifactKind.RECORD)
    found = await get_artifact(doctrail.store, record.classification, ArtifactKind.CLASSIFICATION)
    receipt = (await load_run(doctrail.store, run_id)).release.bundles["receipt"]
    (read,) = [one.field.value for one in record.fields if one.field.name == "total"]
    for number in range(60):
        wrong = number >= 30
        told = "987654.32" if wrong else read or "3.50"
        state = ReviewedState.CORRECTED if wrong else ReviewedState.CONFIRMED
        total = ReviewedField(name="total", state=state, values=(told,), raws=(told,), inclusion=0.5)
        one = ReviewedRecord(
            document_id=sha256_hex(b"%d" % number), run_id=run_id, decision_id=derive_id("said", number),
            doc_type="receipt", schema_digest=receipt.parts["schema.json"].sha256, family="one",
            layout=found.layout, lane="audit", reviewer="ann", record=ref, fields=(total,),
            reviewed_at=now - (timedelta(hours=1) if wrong else timedelta(days=20)),
        )  # fmt: skip
        await keep_reviewed(doctrail.store, one)


async def _slip(doctrail: Doctrail, now: datetime) -> tuple[ObjectRef, str]:
    """Return the draft of the receipt that waits for a person, and its run."""
    asked = [
        (one.object, one.run_id)
        async for one in history(doctrail.catalog, now - timedelta(days=1), now)
        if one.topic == "reviews.requested" and one.document_id == sha256_hex(SLIP.encode())
    ]
    ((ref, run_id),) = asked
    assert ref is not None
    assert run_id is not None
    return ref, run_id


async def _taken_back(doctrail: Doctrail) -> None:
    """Let the guard of a promotion have taken over."""
    now = datetime.now(UTC)
    guard = Shadow(
        doc_type="receipt", number=1, variant="a" * 64, against="b" * 64, role=Role.GUARD, share=1.0,
        budget=20, days=14, by="ann", since=now,
    )  # fmt: skip
    ended = Ended(
        at=now, by="shadow guard", verdict=Verdict.BETTER, why="it is right more often", tally=Tally()
    )
    await end(doctrail.store, await begin(doctrail.store, guard), ended)


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
