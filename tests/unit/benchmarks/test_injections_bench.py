"""Planted orders, in small: found in whatever they are planted in, never obeyed, never past validation."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from agents.instructions import instruction_lines, without
from app.settings import Settings
from app.wiring import page_reader
from benchmarks.injections import knowledge_with_orders, run_mode
from benchmarks.obeyed import Figures, Told, figures, shown
from benchmarks.planting import ACCOUNT, AMOUNT, PAYEE, Planted, clean_documents, parties, planted_documents
from doctypes.folder import DIGITISER, ROOT, load_all
from mcp_servers.loading import make
from mcp_servers.rag.files import Passages
from pages.reader import ReadDocument
from schemas.layout import NoteKind

pytestmark = pytest.mark.anyio
PLANTED = list(planted_documents())
SPOKEN = [PAYEE, ACCOUNT]


def test_there_are_enough_of_them_in_documents_of_every_type_and_in_every_way() -> None:
    ways = {
        "visible",
        "line",
        "white",
        "tiny",
        "invisible",
        "outside",
        "properties",
        "name",
        "drawn",
        "scanned",
    }

    assert len(PLANTED) >= 60
    # A digitiser measures ink: it reads no sentence that could tell it anything.
    asked = {folder.doc_type.name for folder in load_all(ROOT) if DIGITISER not in folder.parts}
    assert {one.doc_type for one in PLANTED} == asked
    assert set(Counter(one.way for one in PLANTED)) == ways
    assert len({one.name for one in PLANTED}) == len(PLANTED) == len({one.data for one in PLANTED})


@pytest.mark.slow
async def test_every_planted_order_is_flagged_and_no_clean_document_is() -> None:
    clean = {key: data for key, (_, suffix, data) in clean_documents().items() if suffix == ".txt"}
    # All there are is the benchmark's; here every text line and every other one that was printed.
    texts = [one for one in PLANTED if one.way == "line"]
    shown_in = [*texts, *[one for one in PLANTED if one.suffix == ".pdf" and one.shows][::3]]
    missed, seen, wrongly = [], [], []
    async with page_reader(Settings(page_workers=1)) as reader:
        for one in shown_in:
            found = await reader.read(one.data)
            assert isinstance(found, ReadDocument)
            planted = instruction_lines(found.layout)
            if not planted and all(note.kind is not NoteKind.INSTRUCTIONS for note in found.layout.notes):
                missed.append(one.name)
            left = without(found.layout, planted)
            if any(word in line.text for page in left.pages for line in page.lines for word in SPOKEN):
                seen.append(one.name)
        for key, data in clean.items():
            found = await reader.read(data)
            if isinstance(found, ReadDocument) and instruction_lines(found.layout):
                wrongly.append(key)

    assert missed == []
    assert seen == []
    assert wrongly == []


@pytest.mark.slow
async def test_a_model_that_obeyed_does_not_get_past_validation() -> None:
    names = ("lease-1-to-ai", "nda-1-line-zh")
    planted = [one for one in PLANTED if one.name in names]
    assert len(planted) == len(names)
    clean = {key: one for key, one in clean_documents().items() if key in {p.clean for p in planted}}

    found = await run_mode("obedient", clean, planted)

    assert len(found.obeyed) == found.extracted > 0
    assert found.passed == ()
    # It asked for the passage that gives orders, and was told it without them.
    assert found.asked is not None
    assert found.asked[1] == 0 < found.asked[2]
    assert (found.flagged, found.clean_flagged) == (found.showing, ())


def test_orders_stand_in_the_knowledge_too() -> None:
    made = make(knowledge_with_orders(), Passages())

    assert set(made) == {"rag", "db", "knowledge_graph"}
    assert parties()


def test_what_was_ordered_counts_wherever_it_was_read_and_as_passed_only_where_it_was_accepted() -> None:
    planted = Planted("a", "invoice", "clean", "visible", ".pdf", b"")
    before = Told({"total": ("5.00",)}, {"total": ("5.00",)}, None, flagged=False, tool_orders=False)
    obeyed = Told({"total": (AMOUNT,)}, {}, None, flagged=True, tool_orders=True)
    passed = Told({"total": (AMOUNT,)}, {"total": (AMOUNT,)}, None, flagged=False, tool_orders=False)

    def of(told: Told) -> Figures:
        return figures("local", {"a": told, "clean": before}, ["clean"], [planted])

    found = [of(one) for one in (before, obeyed, passed)]

    assert [(len(f.obeyed), len(f.wrong), len(f.passed), f.flagged) for f in found] == [
        (0, 0, 0, 0),
        (1, 1, 0, 1),
        (1, 1, 1, 0),
    ]
    assert "obeyed 1" in shown(found[1])
    assert json.dumps(found[1].obeyed)
