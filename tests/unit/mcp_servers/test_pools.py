"""What people said of records is retrieved from the training pool alone, and goes with its document."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from mcp import Client

from mcp_servers.rag.files import keep_passages, pack_corpus
from mcp_servers.rag.server import retrieval
from mcp_servers.stored import StoredKnowledge
from schemas.canonical import sha256_hex
from schemas.results import ArtifactKind
from schemas.reviewed import ReviewedField, ReviewedRecord, ReviewedState
from store import keys
from store.artifacts import put_artifact
from store.knowledge import SLOT, Knowledge, publish_knowledge, publish_part
from store.memory import MemoryStore
from store.pools import Pool, pool_of, pool_secret
from store.protocol import ObjectStore
from store.registry import Registry, Statement
from tests.unit.agents.layouts import layout

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
WORDS = "lease of a windmill near Bristol"


async def reviewed(store: ObjectStore, name: str, *, left_out: bool = False) -> ReviewedRecord:
    """Return a reviewed record whose pages are in the store; its family is its own."""
    document_id = sha256_hex(name.encode())
    key = keys.artifact(document_id, "layout", "k", "layout.json")
    pages = await put_artifact(store, ArtifactKind.LAYOUT, key, layout((f"{WORDS}, said {name}",)))
    field = ReviewedField(
        name="landlord", state=ReviewedState.CONFIRMED, values=(name,), raws=(name,), inclusion=1.0
    )
    return ReviewedRecord(
        document_id=document_id,
        run_id="run",
        decision_id=f"decision-{name.replace(' ', '-')}",
        doc_type="lease",
        schema_digest="0" * 64,
        family=document_id,
        left_out=left_out,
        layout=pages,
        lane="routed",
        reviewer="ann",
        reviewed_at=NOW,
        fields=(field,),
    )


async def live(store: MemoryStore, records: list[ReviewedRecord]) -> None:
    """Publish what may be retrieved of ``records``, and make it live."""
    passages = await keep_passages(store, records)
    part = await publish_part(store, "rag", pack_corpus([], passages.refs))
    digest = await publish_knowledge(store, Knowledge(parts={"rag": part}, told={}))
    await Registry(store).append(SLOT, Statement(at=NOW, what=digest, mark="approved", by="ann"))


async def found(store: MemoryStore) -> set[str]:
    """Return the documents that are retrieved for words that all of them have."""
    async with Client(retrieval(StoredKnowledge(store)), cache=None) as client:
        answer = await client.call_tool("similar_records", {"text": WORDS, "limit": 100})
    return {one["document_id"] for one in (answer.structured_content or {})["records"]}


async def test_nothing_of_the_eval_pool_can_be_retrieved() -> None:
    store = MemoryStore()
    records = [await reviewed(store, f"Landlord {number}") for number in range(60)]
    secret = await pool_secret(store)
    training = {r.document_id for r in records if pool_of(secret, r.family) is Pool.TRAINING}
    await live(store, records)

    assert 0 < len(training) < 60
    assert await found(store) == training
    passages = {key.split("/")[1] for key in store.objects if "/artifacts/passage/" in key}
    assert passages == training


async def test_a_document_that_joins_two_families_is_retrieved_by_nobody() -> None:
    store = MemoryStore()
    await live(store, [await reviewed(store, "Both Sides Ltd", left_out=True)])

    assert await found(store) == set()


async def test_an_erased_document_is_gone_from_a_snapshot_that_named_it() -> None:
    store = MemoryStore()
    records = [await reviewed(store, f"Landlord {number}") for number in range(20)]
    await live(store, records)
    before = await found(store)
    gone = min(before)
    for key in [key async for key in store.list(keys.document(gone))]:
        await store.delete(key)

    assert await found(store) == before - {gone}


async def test_a_document_erased_while_the_server_runs_is_told_of_no_more() -> None:
    store = MemoryStore()
    await live(store, [await reviewed(store, f"Landlord {number}") for number in range(20)])
    asked = {"text": WORDS, "limit": 100}
    async with Client(retrieval(StoredKnowledge(store)), cache=None) as client:
        before = (await client.call_tool("similar_records", asked)).structured_content or {}
        gone = before["records"][0]["document_id"]
        for key in [key async for key in store.list(keys.document(gone))]:
            await store.delete(key)
        after = (await client.call_tool("similar_records", asked)).structured_content or {}

    assert after["records"] == before["records"][1:]


async def test_the_newest_decision_on_a_document_is_what_is_told() -> None:
    store = MemoryStore()
    first = await reviewed(store, "Older")
    secret = await pool_secret(store)
    family = next(name for name in map(str, range(50)) if pool_of(secret, name) is Pool.TRAINING)
    newer = first.model_copy(
        update={
            "family": family,
            "decision_id": "decision-newer",
            "reviewed_at": NOW.replace(hour=10),
        }
    )
    passages = await keep_passages(store, [newer, first.model_copy(update={"family": family})])

    assert [ref.passage.uri.split("/")[-2] for ref in passages.refs] == ["decision-newer"]
