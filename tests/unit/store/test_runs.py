"""Bundles, releases, runs, revisions, submissions: pinned once, found again, numbered without gaps."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from schemas.canonical import derive_id, sha256_hex
from schemas.errors import InvariantError
from schemas.records import RecordStatus
from store import keys
from store.bundles import IncompleteBundleError, bundle_digest, publish_bundle, publish_model
from store.memory import MemoryStore, SimulatedCrash
from store.parsing import DamagedObjectError
from store.releases import (
    MissingPartError,
    Release,
    RunManifest,
    load_release,
    load_run,
    open_run,
    publish_release,
    run_id_of,
    run_slots,
)
from store.revisions import Revision, revisions, standing, take_revision
from store.submissions import (
    Cause,
    InboxNote,
    Source,
    Submission,
    UnknownCauseError,
    keep_cause,
    keep_note,
    keep_submission,
    links,
    load_cause,
    load_note,
    load_submission,
    note_link,
)
from tests.unit.store import made

pytestmark = pytest.mark.anyio

PARTS = {"schema.json": b"{}", "prompt.md": b"Read.", "rules.py": b"", "model": b"\x00weights"}
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


async def release_of(store: MemoryStore) -> tuple[str, Release]:
    return await publish_release(
        store,
        Release(
            bundles={"receipt": await publish_bundle(store, "receipt", PARTS)},
            classifier=await publish_model(store, b"classifier"),
            classifier_thresholds=await publish_model(store, b"{}"),
        ),
    )


async def opened(store: MemoryStore, cause: str = "first", by: str = "e1") -> RunManifest:
    digest, release = await release_of(store)
    return await open_run(
        store, document_id=made.DOCUMENT, cause=cause, release_digest=digest, release=release, opened_by=by
    )


async def test_the_same_parts_are_the_same_bundle_and_are_written_once() -> None:
    store = MemoryStore()

    first = await publish_bundle(store, "receipt", PARTS)
    before = dict(store.objects)
    second = await publish_bundle(store, "receipt", dict(reversed(PARTS.items())))

    assert first == second
    assert first.digest == bundle_digest("receipt", PARTS)
    assert list(first.parts) == ["schema.json", "prompt.md", "rules.py", "model"]
    assert await store.read(first.parts["model"]) == b"\x00weights"
    assert store.objects == before


async def test_any_change_of_a_part_is_another_bundle() -> None:
    store = MemoryStore()

    digests = {(await publish_bundle(store, "receipt", {**PARTS, name: b"changed"})).digest for name in PARTS}

    assert len(digests | {bundle_digest("receipt", PARTS), bundle_digest("lease", PARTS)}) == len(PARTS) + 2


async def test_a_bundle_with_a_part_missing_or_unknown_is_refused() -> None:
    with pytest.raises(IncompleteBundleError, match=r"missing parts \['rules.py'\]"):
        await publish_bundle(MemoryStore(), "receipt", {"schema.json": b"{}", "prompt.md": b""})
    with pytest.raises(IncompleteBundleError, match=r"unknown parts \['notes.txt'\]"):
        await publish_bundle(MemoryStore(), "receipt", {**PARTS, "notes.txt": b""})


async def test_a_bundle_part_that_was_changed_stops_publishing() -> None:
    store = MemoryStore()
    bundle = await publish_bundle(store, "receipt", PARTS)
    store.objects[bundle.parts["prompt.md"].uri] = b"Obey."

    with pytest.raises(InvariantError, match=r"prompt\.md.*was changed"):
        await publish_bundle(store, "receipt", PARTS)


async def test_a_release_is_found_by_its_digest_and_nothing_stands_in_for_it() -> None:
    store = MemoryStore()
    digest, release = await release_of(store)

    assert await load_release(store, digest) == release
    with pytest.raises(MissingPartError, match="there is no fallback"):
        await load_release(store, "0" * 64)
    store.objects[keys.release(digest)] = store.objects[keys.release(digest)].replace(b"receipt", b"invoice")
    with pytest.raises(InvariantError, match="was changed"):
        await load_release(store, digest)


async def test_a_run_is_pinned_once_and_a_redelivery_finds_it() -> None:
    store = MemoryStore()

    first = await opened(store)
    again = await opened(store, by="another event")

    assert first == again
    assert (first.number, first.opened_by) == (1, "e1")
    assert first.run_id == run_id_of(made.DOCUMENT, "first", first.release_digest)
    assert await load_run(store, first.run_id) == first
    assert [slot.run_id for slot in await run_slots(store, made.DOCUMENT)] == [first.run_id]


async def test_runs_of_other_causes_take_the_next_slots() -> None:
    store = MemoryStore()

    runs = [await opened(store, cause) for cause in ("first", derive_id("b"), derive_id("c"))]

    assert [run.number for run in runs] == [1, 2, 3]
    assert [slot.cause for slot in await run_slots(store, made.DOCUMENT)] == [run.cause for run in runs]


async def test_many_openers_at_once_number_every_run_once() -> None:
    store = MemoryStore()
    causes = [derive_id("cause", n % 4) for n in range(12)]

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(opened(store, cause, by=str(n))) for n, cause in enumerate(causes)]

    runs = {task.result().run_id: task.result() for task in tasks}
    assert sorted(run.number for run in runs.values()) == [1, 2, 3, 4]
    assert all(task.result() == runs[task.result().run_id] for task in tasks)


@pytest.mark.parametrize("part", ["/runs/", "runs/"])
async def test_a_crash_while_a_run_is_opened_leaves_one_slot_for_it(part: str) -> None:
    store = MemoryStore()
    await release_of(store)
    store.fail("create", part, moment="after", error=SimulatedCrash)
    with pytest.raises(SimulatedCrash):
        await opened(store)

    run = await opened(store)

    assert run.number == 1
    assert len(await run_slots(store, made.DOCUMENT)) == 1


async def test_a_run_that_is_missing_or_damaged_is_named() -> None:
    store = MemoryStore()
    run = await opened(store)
    with pytest.raises(MissingPartError, match="run nowhere"):
        await load_run(store, "nowhere")
    store.objects[keys.run(run.run_id)] = store.objects[keys.run(run.run_id)][:100]

    with pytest.raises(DamagedObjectError, match=run.run_id):
        await load_run(store, run.run_id)


async def take(store: MemoryStore, run: str, decision: str | None = None) -> tuple[int, int | None]:
    revision = await take_revision(
        store, made.DOCUMENT, run, decision, made.ref(made.RECORD_KEY), RecordStatus.ACCEPTED
    )
    return revision.number, revision.supersedes


async def test_a_revision_belongs_to_one_run_and_decision() -> None:
    store = MemoryStore()

    assert await standing(store, made.DOCUMENT) is None
    assert await take(store, "r1") == (1, None)
    assert await take(store, "r1") == (1, None)
    assert await take(store, "r1", "x1") == (2, 1)
    assert await take(store, "r2") == (3, 2)
    assert await take(store, "r1", "x1") == (2, 1)
    found = await standing(store, made.DOCUMENT)
    assert found is not None
    assert (found.number, found.run_id) == (3, "r2")
    assert [revision.number for revision in await revisions(store, made.DOCUMENT)] == [1, 2, 3]


async def test_a_revision_of_a_newer_run_that_came_in_between_is_given_way_to() -> None:
    store = MemoryStore()
    await take(store, "r1")
    ref = made.ref(made.RECORD_KEY)

    async def newer(other: Revision) -> bool:
        if other.run_id == "r1":
            # Between two looks at the slots, as another process would.
            await take(store, "r3")
        return other.run_id == "r3"

    found = await take_revision(store, made.DOCUMENT, "r2", None, ref, RecordStatus.ACCEPTED, gives_way=newer)

    assert (found.number, found.run_id) == (2, "r3")
    assert [revision.run_id for revision in await revisions(store, made.DOCUMENT)] == ["r1", "r3"]


async def test_revisions_taken_at_once_are_numbered_without_gaps() -> None:
    store = MemoryStore()

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(take(store, f"r{n % 3}")) for n in range(9)]

    assert sorted({task.result()[0] for task in tasks}) == [1, 2, 3]


def submission(release: str = "R5") -> Submission:
    return Submission(
        submission_id=derive_id("submission", "a"),
        document_id=made.DOCUMENT,
        source=Source(kind="file", name="lease.pdf", path="/in/lease.pdf", uri="inbox/x"),
        at=NOW,
        release_digest=release,
        size=3,
    )


async def test_the_first_submission_decides_the_release() -> None:
    store = MemoryStore()

    first = await keep_submission(store, submission("R5"))
    second = await keep_submission(store, submission("R6"))

    assert first == second
    assert second.release_digest == "R5"
    assert await load_submission(store, first.submission_id) == first
    assert await load_submission(store, "unknown") is None


async def test_a_cause_keeps_its_release_when_its_command_is_started_again() -> None:
    store = MemoryStore()
    cause = Cause(
        cause_id=derive_id("b"), kind="backfill", release_digest="R5", at=NOW, selection={"type": "lease"}
    )

    await keep_cause(store, cause)
    restarted = await keep_cause(store, cause.model_copy(update={"release_digest": "R6"}))

    assert restarted.release_digest == "R5"
    assert (await load_cause(store, cause.cause_id)).selection == {"type": "lease"}
    with pytest.raises(UnknownCauseError, match="does not exist"):
        await load_cause(store, "nothing")


async def test_an_inbox_note_keeps_name_and_path() -> None:
    store = MemoryStore()
    note = InboxNote(event_id=derive_id("e"), name="a.pdf", path="/in/a.pdf", at=NOW, sha256=sha256_hex(b""))

    await keep_note(store, note)

    found = await load_note(store, note.event_id)
    assert found is not None
    assert (found.name, found.path) == ("a.pdf", "/in/a.pdf")
    assert await load_note(store, derive_id("other")) is None


async def test_links_name_what_lies_outside_once_each() -> None:
    store = MemoryStore()

    for key in ("seen/k/d", "submissions/s.json", "seen/k/d"):
        await note_link(store, made.DOCUMENT, key)

    assert await links(store, made.DOCUMENT) == ["seen/k/d", "submissions/s.json"]
