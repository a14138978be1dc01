from __future__ import annotations

from datetime import timedelta

import pytest

from ops.show import load_shown, show_text
from store import keys
from store.memory import MemoryStore
from store.submissions import Source, Submission, keep_submission, note_link
from tests.unit.ops import documents

pytestmark = pytest.mark.anyio


async def test_the_standing_record_is_shown_with_its_evidence() -> None:
    store = MemoryStore()
    made = await documents.accepted(store)

    text = show_text(await load_shown(store, made.document_id))

    assert text.splitlines()[0] == "accepted: receipt, revision 1, 3 of 4 fields, in 1.3 s"
    assert "receipt · revision 1 · accepted" in text
    assert "“RM 980.00” · page 1, line 1.4 (62–71 % across, 60–62 % down)" in text
    assert "currency is absent" in text
    assert "980.00 > 0" not in text


async def test_while_a_new_run_is_under_way_the_standing_record_is_shown() -> None:
    store = MemoryStore()
    made = await documents.run_twice(store)

    found = await load_shown(store, made.document_id)

    assert (found.revision, found.run_id) == (1, made.runs[0].run_id)
    assert found.headline.startswith("on its way: ")
    assert "980.00" in show_text(found)


async def test_a_draft_says_that_it_waits_for_a_person() -> None:
    store = MemoryStore()
    made, _ = await documents.in_review(store)

    text = show_text(await load_shown(store, made.document_id))

    assert "draft, waits for a person" in text
    assert "0.71 · to review" in text


async def test_a_document_without_a_record_shows_where_it_is() -> None:
    store = MemoryStore()
    made = await documents.mid_way(store)

    text = show_text(await load_shown(store, made.document_id))

    headline, document = text.splitlines()
    assert headline.startswith("on its way: classified as receipt, waits for extraction since ")
    assert document == f"└─ document  {made.document_id} · “receipt-03.png”"


async def test_every_name_that_the_same_bytes_came_in_by_is_shown() -> None:
    store = MemoryStore()
    made = await documents.accepted(store)
    (first,) = (await load_shown(store, made.document_id)).submissions
    again = Submission(
        submission_id="00000000-0000-5000-8000-00000000000a",
        document_id=made.document_id,
        source=Source(kind="file", name="copy.pdf", path="/in/copy.pdf"),
        at=first.at + timedelta(hours=1),
        release_digest=first.release_digest,
        size=first.size,
    )
    await keep_submission(store, again)
    await note_link(store, made.document_id, keys.submission(again.submission_id))

    found = await load_shown(store, made.document_id)

    assert [one.name for one in found.submissions] == [first.name, "copy.pdf"]
    assert "also      “copy.pdf” · submitted " in show_text(found)
