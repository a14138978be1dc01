"""What is printed of accuracy, of a variant's origin and of figures: honest where little is known."""

from __future__ import annotations

import numpy as np

from evals.accuracy import Agreement, agreement, design_effect, estimate
from evals.drift.inputs import Profile, compare_profiles
from evals.scoring.answers import Answer, AnsweredField
from evals.scoring.figures import figures
from evals.scoring.table import score
from evals.sets.form import SetRecord
from evals.words.accuracy import Live, Waiting, accuracy_lines
from evals.words.figures import figure_lines
from evals.words.history import lineage_lines
from schemas.canonical import sha256_hex
from schemas.fields import FieldState
from store.lineages import BaseDocument, ModelLineage, Taught
from tests.unit.evals.cells import cell
from tests.unit.evals.contests import MIX, TYPES, answers, documents
from tests.unit.evals.made import NOW


def live(**changes: object) -> Live:
    base: dict[str, object] = {
        "first": "2026-10-22",
        "last": "2026-11-21",
        "read": {},
        "passed": {},
        "agreement": Agreement(None, None, 0),
        "gold": (0, 0),
        "waiting": Waiting(4, 3, 2),
        "hurried": (),
        "lost": 0,
    }
    return Live(**(base | changes))  # type: ignore[arg-type]


def test_accuracy_says_how_wrong_a_tally_of_reviewed_documents_would_be() -> None:
    audits = [cell(n, pi=0.05) for n in range(100)]
    routed = [cell(1000 + n, pi=1.0, audited=False, right=n % 2 == 0) for n in range(200)]
    found = estimate([*audits, *routed])
    lines = accuracy_lines(live(read={"invoice": found, "invoice.total": found}, passed={"invoice": found}))

    assert "300 docs, 100 audited  (reviewed ones alone: 66.7%, -28.8 wrong)" in lines[1]
    assert lines[2].startswith("  passed without a person")
    assert lines[3].startswith("  invoice.total")
    assert lines[4] == "waiting    4 routed reviews, 3 audits (2 overdue): taken to be like those answered"
    assert lines[5] == "people     no field was answered by two people"


def test_accuracy_without_audits_says_of_whom_it_says_nothing() -> None:
    routed = estimate([cell(n, pi=1.0, audited=False) for n in range(40)])
    few = estimate([*(cell(n, pi=1.0, audited=False) for n in range(40)), cell(99, pi=0.02)])
    lines = accuracy_lines(live(read={"invoice": routed, "lease": few}, hurried=("r7",), lost=2))

    assert "100.0% all looked at  40 docs" in lines[1]
    assert lines[1].endswith("no audits: says nothing of what nobody doubted")
    assert lines[2].endswith("few audits: 1")
    assert "note       faster than anybody reads: r7; their word counts here" in lines
    assert any(line.startswith("note       2 documents are left out") for line in lines)
    assert "nothing was reviewed in these days" in accuracy_lines(live())[1]


def test_what_people_agree_on_bounds_what_a_model_can_show() -> None:
    pairs = [("a", "a"), ("b", "b"), ("c", "c"), ("d", "e")]
    said = accuracy_lines(live(agreement=agreement(pairs), gold=(19, 20)))[-1]
    alike = accuracy_lines(live(agreement=agreement([("a", "a")])))[-1]

    assert "two people agree on 75.0% of 4 fields (κ 0.69)" in said
    assert "no model can be shown to be above about 86.6%" in said
    assert said.endswith("gold 19 of 20 right")
    assert "(κ –)" in alike
    assert agreement([]).ceiling is None


def test_cells_of_one_document_alone_are_worth_one() -> None:
    assert design_effect(np.ones(12), np.zeros(12, dtype=np.intp)) == 12.0


def test_where_a_variant_comes_from_is_told_with_every_decision() -> None:
    lineage = ModelLineage(
        model="m" * 64,
        doc_type="invoice",
        parent="c" * 64,
        learned_from=(
            Taught(decision_id="d1", document_id="a" * 64),
            Taught(decision_id="d2", document_id="a" * 64),
        ),
        data=("f" * 64,),
        base=(BaseDocument(digests=(sha256_hex(b"one"),)),),
        at=NOW,
    )
    lines = lineage_lines("invoice@aaaa", lineage, ["said"])

    assert lines[0] == "invoice@aaaa  trained 2026-11-21 09:00  parent invoice@cccccccc"
    assert "learned from 2 decisions on 1 documents" in lines[1]
    assert lines[2:4] == ["  d1  document aaaaaaaaaaaa", "  d2  document aaaaaaaaaaaa"]
    assert lines[4:] == ["  learned from 1 labelled documents", "  data ffffffffffff", "said"]
    assert lineage_lines("lease@bbbb", None, ())[0].startswith("lease@bbbb  what it learned from is not on")
    came = lineage_lines("lease@bbbb", lineage.model_copy(update={"at": None, "learned_from": ()}), ())
    assert came[:2] == ["lease@bbbb  came with its type", "  learned from 1 labelled documents"]


def test_figures_of_nothing_say_so_and_a_stamp_goes_with_them() -> None:
    records = documents(3)
    silent = {
        one.doc.id: Answer(
            document_id=one.doc.id,
            variant="v",
            fields=(AnsweredField(name="total", state=FieldState.MISSING),),
            routed=True,
        )
        for one in records
    }
    none = figures(score([], {}, TYPES, MIX))
    lines = figure_lines("invoice@aaaa", figures(score(records, silent, TYPES, MIX)), stamp="biased")

    assert any("ranking          AUROC undefined: every field is right, or none" in line for line in lines)
    assert lines[-1] == "  note: biased"
    assert any("nothing to count" in line for line in figure_lines("x", none))


def test_what_comes_in_is_compared_without_any_truth() -> None:
    before, now = Profile(), Profile()
    for side, sure, long, empty in ((before, 0.9, 12.0, 2), (now, 0.4, 30.0, 20)):
        side.types["invoice"] = 60
        side.quality = [0.8 + n / 1000 for n in range(60)]
        side.confidence["invoice.total"] = [sure + n / 1000 for n in range(60)]
        side.lengths["invoice.total"] = [long + n % 3 for n in range(60)]
        side.empty["invoice.total"] = [empty, 60 - empty]
    found = compare_profiles(before, now, ({"invoice": 600, "lease": 60}, {"invoice": 60, "lease": 60}))

    assert {one.what for one in found.alarming} == {
        "mix",
        "confidence invoice.total",
        "length invoice.total",
        "empty invoice.total",
    }
    said = {one.what: one.said for one in found.moved}
    assert said["empty invoice.total"] == "empty 3% → 33%"
    assert said["mix"].startswith("lease 9%→50%") or said["mix"].startswith("invoice 91%→50%")
    assert (found.mix.band, found.mix.moved) == ("large", True)
    assert (found.documents, found.base_documents) == (60, 60)


def test_records_that_are_erased_are_scored_no_more() -> None:
    records: list[SetRecord] = documents(3)
    gone = records[0].model_copy(update={"tombstone": True, "truth": {}})

    assert figures(score([gone, *records[1:]], answers(records), TYPES, MIX)).documents == 2
