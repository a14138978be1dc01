"""The installation at a glance, and its document types."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bus.sqlite import SqliteBus
from catalog.database import Catalog
from doctypes.folder import ROOT, load_all, load_folder
from ops.backfill_selection import Selection, start
from ops.lag import AgentLag
from ops.status import StateCount, status
from ops.types import UnknownTypeError, field_lines, folder_of, live_now, registry_log, type_lines
from schemas.canonical import canonical_json
from schemas.certificates import Certificate, Certificates
from schemas.errors import PermanentError
from store.memory import MemoryStore
from store.registry import RELEASE_SLOT, Registry, Statement
from store.releases import load_release
from tests.unit.agents import bills
from tests.unit.agents.slips import DOUBTFUL, PROMPT, RULES, SCHEMA, SURE
from tests.unit.agents.workshop import Workshop

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


def slip(folder: Path, *, version: str = "1.0") -> Path:
    """Write the workshop's type as a folder."""
    made = folder / "slip"
    made.mkdir(exist_ok=True)
    (made / "schema.json").write_text(json.dumps(SCHEMA))
    (made / "prompt.md").write_text(PROMPT.format(version=version))
    (made / "rules.py").write_text(RULES)
    return made


async def test_the_status_counts_what_stands_waits_and_lags(
    workshop: Workshop, catalog: Catalog, bus: SqliteBus
) -> None:
    await workshop.submit(SURE)
    await workshop.submit(DOUBTFUL)
    _, unread = await workshop.drop("SLIP\nshop: Another Ltd\ntotal: 9.00\n")
    await bus.publish([unread])
    cause, _ = await start(workshop.store, Selection(), release_digest=await workshop.digest(NOW), now=NOW)

    found = await status(workshop.store, bus, catalog)

    assert found.documents == (
        StateCount(state="accepted", doc_type="slip", documents=1),
        StateCount(state="in_review", doc_type="slip", documents=1),
    )
    assert (found.total, found.reviews_waiting, found.dead_letters) == (2, 1, 0)
    assert found.lag == (AgentLag(agent="intake", topic="documents.inbox", unread=1, oldest=NOW),)
    assert [(b.cause_id, b.selection, b.running) for b in found.backfills] == [
        (cause.cause_id, "every document", 0)
    ]


async def test_a_type_is_new_live_or_edited(workshop: Workshop, tmp_path: Path) -> None:
    from store.bundles import publish_bundle

    folder = load_folder(slip(tmp_path))
    release = await load_release(workshop.store, await workshop.digest(NOW))
    bundle = await publish_bundle(workshop.store, "slip", folder.parts)
    live = release.model_copy(update={"bundles": {"slip": bundle}})
    edited = load_folder(slip(tmp_path, version="2.0"))

    lines = [type_lines([one], held)[0] for one, held in ((folder, None), (folder, live), (edited, live))]

    assert [line.standing for line in lines] == ["new", "live", "edited"]
    assert (lines[0].fields, lines[0].rules, lines[0].trained, lines[0].problems) == (3, 1, False, ())


async def test_a_mismatched_key_is_named_beside_its_type(tmp_path: Path) -> None:
    made = slip(tmp_path)
    (made / "prompt.md").write_text(PROMPT.format(version="1.0").replace("field:note", "field:nota"))

    (line,) = type_lines([load_folder(made)], None)

    assert any("'nota'" in problem for problem in line.problems)


async def test_an_unknown_type_gets_the_known_ones_listed() -> None:
    with pytest.raises(
        UnknownTypeError, match="no document type 'leese'; there is agreement, invoice, lease"
    ):
        folder_of(load_all(ROOT), "leese")


async def test_fields_are_told_with_their_certificates(tmp_path: Path) -> None:
    made = slip(tmp_path)
    certificate = Certificate(
        field="total",
        target_error=0.02,
        threshold=0.8,
        decisions=200,
        errors=0,
        bound=0.015,
        needed=149,
        population="labelled",
    )
    (made / "model").write_bytes(b"variant")
    (made / "thresholds.json").write_bytes(
        canonical_json(Certificates(variant="v", certificates=(certificate,)))
    )

    shop, total, note = field_lines(load_folder(made))

    assert (shop.certificate, total.certificate, note.certificate) == (None, certificate, None)
    assert (total.required, total.critical, total.kind) == (True, True, "money")
    (made / "thresholds.json").write_text("{}")
    with pytest.raises(PermanentError, match=r"slip/thresholds\.json holds no certificates"):
        field_lines(load_folder(made))


def test_a_list_of_rows_tells_its_columns_which_have_no_certificate_of_their_own(tmp_path: Path) -> None:
    made = slip(tmp_path)
    (made / "schema.json").write_text(json.dumps(bills.SCHEMA).replace("doctypes/bill", "doctypes/slip"))

    _, _, lines = field_lines(load_folder(made))

    assert (lines.kind, [column.name for column in lines.columns]) == ("rows", ["item", "quantity", "amount"])
    assert [column.required for column in lines.columns] == [True, False, True]
    assert {column.certificate for column in lines.columns} == {None}


async def test_the_registry_says_what_is_live_since_when_and_by_whom(workshop: Workshop) -> None:
    assert await live_now(MemoryStore()) is None
    registry = Registry(workshop.store)
    for version, mark in (("1.0", "dev"), ("2.0", "approved")):
        workshop.prompt_version = version
        what = await workshop.digest(NOW)
        await registry.append(RELEASE_SLOT, Statement(at=NOW, what=what, mark=mark, by="ada"))

    live = await live_now(workshop.store)

    assert live is not None
    assert (live[0].number, live[0].mark, live[0].by, live[0].types) == (2, "approved", "ada", ("slip",))
    assert [entry.statement.mark for entry in await registry_log(workshop.store)] == ["dev", "approved"]
