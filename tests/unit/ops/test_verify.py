from __future__ import annotations

from pathlib import Path

import pytest

from bus.connect import connect
from bus.protocol import Bus
from ops.verify import Repaired, ledger_lines, ledgers, repair, repaired_lines
from schemas.handling import Outgoing
from store import keys
from store.memory import MemoryStore
from store.stages import Outcome
from store.verify import verify_document
from tests.unit.ops import documents
from tests.unit.ops.clock import START
from tests.unit.ops.documents import Made
from tests.unit.ops.golden_text import DOCUMENTS

pytestmark = pytest.mark.anyio

TOPICS = ("documents.inbox", "documents.submitted", "documents.classified", "documents.extracted")


async def damage(store: MemoryStore, part: str) -> str:
    """Cut the only object whose key holds ``part`` off; returns its key."""
    (key,) = [key for key in store.objects if part in key]
    await store.replace(key, store.objects[key][:-7])
    return key


async def repaired(store: MemoryStore, made: Made, folder: Path) -> tuple[Repaired, list[Outgoing]]:
    """Repair a document; returns what was done and what went onto the bus."""
    bus: Bus = connect(f"sqlite:///{folder}/bus.db", now=lambda: START)
    await bus.ensure_topics([*TOPICS, "reviews.decided"])
    done = await repair(store, bus, await verify_document(store, made.document_id), now=START)
    async with bus.consumer([*TOPICS, "reviews.decided"], "witness") as consumer:
        records = await consumer.poll(10, 0.0)
    sent = [Outgoing(record.topic, record.key, "", record.body) for record in records]
    await bus.close()
    return done, sent


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
async def test_a_healthy_document_is_whole_and_nothing_is_repaired(name: str) -> None:
    store = MemoryStore()
    await DOCUMENTS[name](store)

    found = [ledger async for ledger in ledgers(store, None)]

    assert len(found) == 2
    assert all(ledger.ok and ledger.rows for ledger in found)
    assert [line for ledger in found for line in ledger_lines(ledger, only_problems=True)] == []


async def test_the_ledger_lists_stage_key_digest_rows_and_ok_in_the_order_of_the_pipeline() -> None:
    store = MemoryStore()
    made = await documents.accepted(store)

    lines = ledger_lines(await verify_document(store, made.document_id))

    assert lines[0] == f"document {made.document_id}"
    assert lines[1].split() == ["STAGE", "KEY", "DIGEST", "ROWS", "OK"]
    stages = [line.split()[0] for line in lines[2:]]
    pipeline = [stage for stage in stages if stage in ("intake", "gatekeeper", "extraction", "validation")]
    assert list(dict.fromkeys(pipeline)) == ["intake", "gatekeeper", "extraction", "validation"]


@pytest.mark.parametrize("part", ["/results/extraction/", "/trail/", "/replies/", "/original", "/revisions/"])
async def test_a_truncated_object_is_named(part: str) -> None:
    store = MemoryStore()
    made = await documents.accepted(store)
    key = next(key for key in store.objects if part in key)
    await store.replace(key, store.objects[key][:-3])

    ledger = await verify_document(store, made.document_id)

    assert not ledger.ok
    assert key in {row.key for row in ledger.problems}
    named = "\n".join(ledger_lines(ledger, only_problems=True))
    assert key.removeprefix(f"documents/{made.document_id}/") in named
    assert "NOT OK" in named


async def test_a_corrupt_result_is_set_aside_and_the_very_event_of_its_stage_sent_again(
    tmp_path: Path,
) -> None:
    store = MemoryStore()
    made = await documents.accepted(store)
    key = await damage(store, "/results/extraction/")
    settled = next(key for key in store.objects if "/outcomes/" in key and "/gatekeeper/" in key)
    classified = Outcome.model_validate_json(store.objects[settled]).messages[0]

    done, sent = await repaired(store, made, tmp_path)

    assert key in done.quarantined
    assert done.left == ()
    assert [(one.topic, one.body) for one in sent] == [("documents.classified", classified.body.encode())]
    assert f"sent again   event {classified.event_id}" in repaired_lines(done)
    assert key not in store.objects
    assert any(kept.startswith(f"quarantine/{key}/") for kept in store.objects)


async def test_a_submission_is_offered_to_intake_again_under_its_own_event_id(tmp_path: Path) -> None:
    store = MemoryStore()
    made = await documents.accepted(store)
    key = await damage(store, f"/outcomes/{made.runs[0].run_id}/intake/")
    event_id = key.rpartition("/")[2].removesuffix(".json")

    done, sent = await repaired(store, made, tmp_path)

    assert done.resent == (event_id,)
    (offered,) = sent
    assert offered.topic == "documents.inbox"
    assert f'"uri":"{keys.inbox_bytes(made.document_id)}"'.encode() in offered.body


async def test_a_forced_run_is_asked_for_again_under_its_own_event_id(tmp_path: Path) -> None:
    store = MemoryStore()
    made = await documents.run_twice(store)
    key = await damage(store, f"/outcomes/{made.runs[1].run_id}/intake/")

    done, sent = await repaired(store, made, tmp_path)

    assert done.resent == (key.rpartition("/")[2].removesuffix(".json"),)
    assert made.runs[1].cause.encode() in sent[0].body


async def test_a_persons_decision_is_announced_again_under_its_own_event_id(tmp_path: Path) -> None:
    store = MemoryStore()
    made = await documents.decided_by_a_person(store)
    (decision,) = [key for key in store.objects if "/decisions/" in key]
    decision_id = decision.rpartition("/")[2].removesuffix(".json")
    (key,) = [k for k in store.objects if "/outcomes/" in k and decision_id.encode() in store.objects[k]]
    await store.replace(key, store.objects[key][:-7])

    done, sent = await repaired(store, made, tmp_path)

    assert done.resent == (key.rpartition("/")[2].removesuffix(".json"),)
    assert [one.topic for one in sent] == ["reviews.decided"]
    assert decision_id.encode() in sent[0].body


async def test_an_event_that_can_not_be_sent_again_is_left_to_the_operator_with_the_way_out(
    tmp_path: Path,
) -> None:
    store = MemoryStore()
    made = await documents.accepted(store)
    await damage(store, f"/outcomes/{made.runs[0].run_id}/intake/")
    await store.delete(keys.inbox_bytes(made.document_id))

    done, sent = await repaired(store, made, tmp_path)

    assert (done.resent, sent) == ((), [])
    assert any("submit the document again with --force" in sentence for sentence in done.left)


async def test_what_pins_a_document_is_left_where_it_is_and_said_so(tmp_path: Path) -> None:
    store = MemoryStore()
    made = await documents.accepted(store)
    key = await damage(store, f"documents/{made.document_id}/original")

    done, sent = await repaired(store, made, tmp_path)

    assert (done.quarantined, sent) == ((), [])
    assert key in store.objects
    assert any("submit the file again" in line for line in repaired_lines(done))
