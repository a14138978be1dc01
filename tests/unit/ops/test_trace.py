from __future__ import annotations

import io

import pytest
from rich.console import Console

from ops.trace.load import MOST_RUNS, UnknownDocumentError, UnknownRunError, load_trace
from ops.trace.run import MOST_ATTEMPTS
from ops.trace.story import State, Trace
from ops.trace.views.text import trace_rich, trace_text
from schemas.errors import TransientError
from schemas.records import RecordStatus
from store import keys
from store.counting import CountingStore
from store.memory import MemoryStore
from tests.unit.ops import documents, receipt
from tests.unit.ops.golden_text import DOCUMENTS, golden, masked, text_of

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
async def test_a_document_is_told_as_its_golden_text_says(name: str) -> None:
    assert masked(await text_of(name)) == golden(name)


async def test_a_full_trace_tells_steps_certificates_requests_and_raw_replies() -> None:
    assert masked(await text_of("in_review", full=True)) == golden("in_review_full")


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
async def test_the_same_trail_prints_the_same_text(name: str) -> None:
    assert await text_of(name, full=True) == await text_of(name, full=True)


@pytest.mark.parametrize(
    ("name", "headline"),
    [
        ("submitted", "on its way: submitted, waits for gatekeeper since 2026-11-21 12:00 UTC"),
        ("accepted", "accepted: receipt, revision 1, 3 of 4 fields, in 1.3 s"),
        ("in_review", "waits for review since 2026-11-21 12:00 UTC: vendor_name 0.71 < 0.85"),
        ("rejected", "rejected: password required: submit a copy without a password, in 0.85 s"),
        ("dead_lettered", "dead-lettered at extraction: model endpoint did not answer within 10 s"),
        (
            "decided_by_a_person",
            "accepted: receipt, revision 1, 3 of 4 fields, 1 decided by a person, in 1 h 00 min",
        ),
    ],
)
async def test_the_first_line_is_the_sentence_that_matters(name: str, headline: str) -> None:
    text = await text_of(name)

    assert text.splitlines()[0] == headline


async def test_nothing_known_under_an_id_is_said_so() -> None:
    with pytest.raises(UnknownDocumentError, match="no document 'abc'"):
        await load_trace(MemoryStore(), "abc")


async def test_a_document_that_intake_has_not_seen_waits_in_the_inbox() -> None:
    store = MemoryStore()
    await store.create(keys.inbox_bytes("a" * 64), b"bytes")

    trace = await load_trace(store, "a" * 64)

    assert trace.headline == "on its way: submitted, waits for intake"
    assert trace.next == "intake takes it up as soon as doctrail run is working"


async def test_an_older_run_is_told_in_full_when_it_is_asked_for() -> None:
    store = MemoryStore()
    made = await documents.run_twice(store)
    older, newer = made.runs

    trace = await load_trace(store, made.document_id, run_id=older.run_id[:8])

    assert trace.run is not None
    assert (trace.run.run_id, trace.state) == (older.run_id, State.ACCEPTED)
    assert [line.run_id for line in trace.other_runs] == [newer.run_id]


async def test_an_unknown_run_is_refused_and_the_known_ones_are_named() -> None:
    store = MemoryStore()
    made = await documents.accepted(store)

    with pytest.raises(UnknownRunError, match=made.runs[0].run_id):
        await load_trace(store, made.document_id, run_id="nothing")


async def test_a_store_that_does_not_answer_is_not_taken_for_missing_objects() -> None:
    store = MemoryStore()
    made = await documents.accepted(store)
    store.fail("fetch", "/trail/")

    with pytest.raises(TransientError):
        await load_trace(store, made.document_id)


async def _whole(store: MemoryStore, document_id: str) -> Trace:
    return await load_trace(store, document_id, full=True)


async def test_every_object_that_is_missing_leaves_a_trace_that_names_what_it_knows_to_be_gone() -> None:
    store = MemoryStore()
    made = await documents.decided_by_a_person(store)
    unnamed = set()
    for key in sorted(store.objects):
        data = store.objects[key]
        await store.delete(key)

        trace = await _whole(store, made.document_id)

        trace_text(trace, full=True)
        if key not in {problem.key for problem in trace.problems}:
            unnamed.add("/".join(part for part in key.split("/") if not _is_id(part)))
        await store.create(key, data)

    # What nothing refers to cannot be missed; verify, which knows what must be there, names these.
    assert unnamed == {
        "bundles/receipt/model",
        "bundles/receipt/prompt.md",
        "bundles/receipt/rules.py",
        "bundles/receipt/schema.json",
        "documents/artifacts/layout/layout.json",
        "documents/decisions",
        "documents/family",
        "documents/links",
        "documents/outcomes/extraction",
        "documents/outcomes/gatekeeper",
        "documents/outcomes/intake",
        "documents/outcomes/validation",
        "documents/results/reading",
        "documents/results/validation",
        "documents/reviews",
        "documents/revisions/000001.json",
        "documents/runs/000001.json",
        "documents/trail/extraction/0001.json",
        "documents/trail/gatekeeper/0001.json",
        "documents/trail/intake/0001.json",
        "documents/trail/validation/0001.json",
        "documents/trail/validation/0002.json",
        "inbox",
        "models",
        "releases",
    }


def _is_id(part: str) -> bool:
    plain = part.removesuffix(".json").replace("-", "")
    return len(plain) >= 32 and all(character in "0123456789abcdef" for character in plain)


async def test_every_object_that_is_cut_off_is_named_or_not_needed() -> None:
    store = MemoryStore()
    made = await documents.decided_by_a_person(store)
    own = [key for key in sorted(store.objects) if key.startswith("documents/")]
    unread = ("/original", "/family", "/artifacts/", "/results/reading/")
    needed = [key for key in own if not any(part in key for part in unread)]
    quiet = []
    for key in needed:
        data = store.objects[key]
        await store.replace(key, data[: len(data) // 2])

        trace = await _whole(store, made.document_id)

        trace_text(trace, full=True)
        if key not in {problem.key for problem in trace.problems}:
            quiet.append(key)
        await store.replace(key, data)

    # A superseded draft and the decision's first copy are not read any more.
    assert [key for key in quiet if "/results/validation/" not in key] == []


async def test_a_corrupt_object_is_named_in_the_first_line_and_by_its_key() -> None:
    store = MemoryStore()
    made = await documents.accepted(store)
    key = next(key for key in store.objects if "/results/extraction/" in key)
    await store.replace(key, store.objects[key].replace(b"980.00", b"98.00x"))

    text = trace_text(await load_trace(store, made.document_id))

    assert text.splitlines()[0].endswith("· 1 object is missing or corrupt")
    assert f"PROBLEM     {key} is corrupt: object" in text


async def test_reads_are_bounded_however_often_a_stage_was_tried_and_a_document_run() -> None:
    memory = MemoryStore()
    store = CountingStore(memory)
    made = await documents.accepted(memory)
    trail = next(key for key in memory.objects if "/trail/" in key and "/extraction/" in key)
    for attempt in range(2, 200):
        run_id, document_id = made.runs[0].run_id, made.document_id
        await memory.create(keys.trail(document_id, run_id, "extraction", attempt), memory.objects[trail])
    for number in range(3 * MOST_RUNS):
        await made.office.run_again(made.document_id, f"again {number}")

    trace = await load_trace(store, made.document_id, run_id=made.runs[0].run_id)

    assert sum(store.calls.values()) < 40 + MOST_ATTEMPTS + 4 * MOST_RUNS + 3 * MOST_RUNS
    assert len(trace.other_runs) == MOST_RUNS
    assert trace.runs_left_out == 2 * MOST_RUNS
    assert "attempts not shown" in trace_text(trace)


async def test_a_document_that_died_at_intake_names_its_dead_letter_though_nothing_links_it() -> None:
    store = MemoryStore()
    made = await documents.died_at_intake(store)

    trace = await load_trace(store, made.document_id)

    assert trace.headline == "dead-lettered at intake: the release is missing"
    assert trace.next.endswith(f"doctrail dlq redrive {trace.dead_letters[0].event_id}")


async def test_an_older_run_that_a_newer_one_took_over_says_so() -> None:
    store = MemoryStore()
    made, _ = await documents.in_review(store)
    office, older = made.office, made.runs[0]
    newer, event = await office.run_again(made.document_id)
    event = await office.classifies(newer, event, receipt.classification(made.document_id), receipt.layout())
    read = receipt.fields()
    event = await office.extracts(newer, event, receipt.extraction(made.document_id, read), receipt.layout())
    decided = receipt.judged(read, doubt_vendor=False)
    accepted = receipt.record(made.document_id, decided, RecordStatus.ACCEPTED)
    await office.validates(newer, event, accepted)

    trace = await load_trace(store, made.document_id, run_id=older.run_id)

    assert trace.headline == "superseded: a newer run took the document over"
    assert trace.now == "this run is closed; revision 1 stands"
    assert (await load_trace(store, made.document_id)).state is State.ACCEPTED


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
async def test_the_terminal_shows_the_very_words_of_the_plain_text(name: str) -> None:
    store = MemoryStore()
    made = await DOCUMENTS[name](store)
    trace = await load_trace(store, made.document_id, full=True)
    screen = Console(width=100_000, file=io.StringIO(), record=True)

    screen.print(trace_rich(trace, full=True))

    guides = str.maketrans("├─└│", "    ")
    plain = trace_text(trace, full=True).translate(guides).split()
    assert screen.export_text().translate(guides).split() == plain
