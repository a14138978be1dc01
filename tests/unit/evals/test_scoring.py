"""Scoring: cells after rows were matched, weights, and intervals over documents."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from doctypes.definition import FieldSpec
from evals.scoring.answers import Answer, AnsweredField
from evals.scoring.compare import Verdict, comparator_of, judge, same
from evals.scoring.figures import Figures, figures
from evals.scoring.intervals import clustered_rate, resampled, weighted_auroc, wilson
from evals.scoring.table import Scored, score
from evals.sets.build import build
from evals.sets.form import SetRecord
from evals.truth import truths_of
from schemas.fields import FieldKind, FieldState
from tests.unit.evals.made import production, record, types, wanted

TYPES = types("invoice", "lease")
MIX = {"invoice": 0.6, "lease": 0.4}
LINES = FieldSpec(
    name="lines", title="Lines", description="Lines.", kind=FieldKind.ROWS,
    columns=tuple(
        FieldSpec(name=name, title=name, description=name, kind=kind)
        for name, kind in (("name", FieldKind.TEXT), ("count", FieldKind.NUMBER), ("price", FieldKind.MONEY))
    ),
)  # fmt: skip
ROWS = [{"name": f"Part {n}", "count": str(n), "price": f"{n}.25"} for n in range(1, 8)]


def plain(name: str = "total", kind: FieldKind = FieldKind.MONEY, **more: object) -> FieldSpec:
    return FieldSpec.model_validate({"name": name, "title": name, "description": name, "kind": kind} | more)


def set_of(count: int = 120) -> tuple[SetRecord, ...]:
    return build(truths_of(production(count)), TYPES, wanted(per_type=count)).records


def answer(one: SetRecord, wrong: Sequence[str] = (), **changes: object) -> Answer:
    """Answer with the truth, but for the fields that are ``wrong``."""
    fields = tuple(
        AnsweredField(
            name=name,
            state=FieldState.VALUE,
            values=("999.99" if name in wrong else str(value),),
            confidence=0.3 if name in wrong else 0.9,
            accepted=name not in wrong,
        )
        for name, value in one.truth.items()
    )
    base = Answer(document_id=one.doc.id, variant="v", fields=fields, routed=bool(wrong))
    return base.model_copy(update=changes)


def scored(records: Sequence[SetRecord], wrong: Mapping[int, Sequence[str]] | None = None) -> Scored:
    given = {r.doc.id: answer(r, (wrong or {}).get(n, ())) for n, r in enumerate(records)}
    return score(records, given, TYPES, MIX)


@pytest.mark.parametrize(
    ("truth", "values", "verdict"),
    [
        ("10.00", ("10.00",), Verdict(right=True, tp=1)),
        ("10.00", ("10,00",), Verdict(right=True, tp=1)),
        ("10.00", ("11.00",), Verdict(right=False, fd=1, likeness=0.75)),
        ("10.00", (), Verdict(right=False, fn=1, likeness=0.0)),
        (None, ("10.00",), Verdict(right=False, fa=1, likeness=0.0)),
        (None, (), Verdict(right=True, tn=1)),
    ],
)
def test_a_plain_field_is_right_wrong_missed_or_made_up(
    truth: str | None, values: tuple[str, ...], verdict: Verdict
) -> None:
    assert judge(plain(), truth, values, ()) == verdict


def test_a_list_counts_its_values_one_by_one() -> None:
    spec = plain("parties", FieldKind.PARTY, many=True)
    found = judge(spec, ["Alpha Ltd", "Beta Ltd"], ("Beta Ltd", "Gamma Ltd", "Delta Ltd"), ())

    assert (found.right, found.tp, found.fd, found.fa, found.fn) == (False, 1, 1, 1, 0)
    assert judge(spec, ["Alpha Ltd", "Beta Ltd"], ("Beta Ltd", "Alpha Ltd"), ()).right


def test_shuffled_rows_score_the_same() -> None:
    whole = judge(LINES, list(ROWS), (), ROWS)
    shuffled = ROWS.copy()
    random.Random(3).shuffle(shuffled)
    spoilt = [dict(row) for row in ROWS]
    spoilt[2]["price"] = "77.00"

    assert judge(LINES, list(ROWS), (), shuffled) == whole
    assert whole.right
    ordered = judge(LINES, list(ROWS), (), spoilt)
    mixed = judge(LINES, list(ROWS), (), spoilt[::-1])
    assert (ordered.tp, ordered.fd, ordered.right) == (mixed.tp, mixed.fd, mixed.right) == (20, 1, False)


@pytest.mark.parametrize("row", range(len(ROWS)))
@pytest.mark.parametrize("column", ["name", "count", "price"])
def test_a_row_match_never_absolves_a_wrong_cell(row: int, column: str) -> None:
    spoilt = [dict(one) for one in ROWS]
    spoilt[row][column] = "9999"
    found = judge(LINES, list(ROWS), (), spoilt)

    assert (found.tp, found.right) == (20, False)
    assert found.likeness < 1


def test_comparators_are_told_and_inferred_ones_are_labelled() -> None:
    assert comparator_of(plain(comparator="exact")) == "exact"
    assert comparator_of(plain()) == "money (inferred)"
    assert comparator_of(plain(comparator="fuzzy", many=True)) == "list(text(0.95))"
    assert comparator_of(LINES) == "rows(name, count, price)"


def test_exact_means_every_character_and_fuzzy_one_letter_in_twenty() -> None:
    exact, fuzzy = (
        plain("id", FieldKind.TEXT, comparator="exact"),
        plain("c", FieldKind.TEXT, comparator="fuzzy"),
    )

    assert not same(exact, "AB-1", "AB 1")
    assert same(fuzzy, "the quick brown fox jumps over", "the quick brown fox jumps ouer")
    assert not same(fuzzy, "short", "shart")


def test_a_perfect_answer_has_perfect_figures() -> None:
    found = figures(scored(set_of()))

    assert (found.exact.value, found.critical.value, found.f1.value) == (1.0, 1.0, 1.0)
    assert found.exact.low < 1.0
    assert found.routing.coverage.value == 1.0
    assert found.routing.auroc is None


def test_every_wrong_field_lowers_its_figure() -> None:
    records = set_of()
    base = figures(scored(records))
    number = next(n for n, r in enumerate(records) if len(r.truth) == 3)
    worse = figures(scored(records, {number: ["total"]}))

    assert worse.exact.value is not None
    assert base.exact.value is not None
    assert worse.exact.value < base.exact.value
    name = f"{records[number].doc_type}.total"
    assert (worse.fields[name].value or 1.0) < 1.0


def test_a_right_field_costs_more_the_fewer_there_are() -> None:
    records = set_of()
    cells = sum(len(one.truth) for one in records)

    def found(wrong: Sequence[str], **changes: object) -> Figures:
        given = {one.doc.id: answer(one, wrong, **changes) for one in records}
        return figures(score(records, given, TYPES, MIX))

    right, half = found((), cost=0.02), found(("total",), cost=0.02)

    assert right.cost == pytest.approx(0.02)
    assert right.cost_per_right == pytest.approx(0.02 * len(records) / cells)
    assert (half.cost_per_right or 0) > (right.cost_per_right or 1)
    assert (found((), cost=None).cost, found((), cost=None).cost_per_right) == (None, None)


def test_a_document_that_was_not_answered_is_wrong_in_every_field() -> None:
    records = set_of()
    given = {r.doc.id: answer(r) for r in records[1:]}
    found = figures(score(records, given, TYPES, MIX))

    assert found.exact.value is not None
    assert found.exact.value < 1.0
    assert found.valid.value is not None
    assert found.valid.value < 1.0


def test_fields_that_nobody_reviewed_are_never_scored() -> None:
    made = build(
        truths_of([record(1), record(2, lane="routed", inclusion=1.0, asked=("total",))]), TYPES, wanted()
    )
    found = scored(made.records)

    assert len(found.right) == 4
    assert int(np.isnan(found.exact).sum()) == 1


def test_erased_documents_are_passed_over() -> None:
    records = [r.model_copy(update={"truth": {}, "tombstone": True}) for r in set_of()]

    assert figures(scored(records)).documents == 0


def test_routing_tells_ranking_from_calibration() -> None:
    records = set_of(200)
    found = figures(scored(records, {n: ["total"] for n in range(0, len(records), 4)})).routing

    assert found.auroc == pytest.approx(1.0)
    assert found.accepted_error.value == 0.0
    assert found.errors == len(range(0, len(records), 4))
    assert found.bins == 2
    assert found.ece is not None
    assert 0.05 < found.ece < 0.35


def test_cells_of_one_document_widen_the_interval() -> None:
    rng = np.random.default_rng(1)
    bad = rng.random(100) < 0.3
    hits = np.repeat(~bad, 20).astype(float)
    documents = np.repeat(np.arange(100), 20)
    ones = np.ones(2000)
    clustered = clustered_rate(hits, ones, ones, documents)
    naive = wilson(float(hits.mean()), 2000)

    assert clustered.high - clustered.low > 3 * (naive[1] - naive[0])
    assert clustered.effective == pytest.approx(99, rel=0.02)


def test_a_weight_counts_like_that_many_documents() -> None:
    one = clustered_rate([1, 0, 0], [1, 1, 1], [2, 1, 1], [0, 1, 2])

    assert one.value == pytest.approx(0.5)
    assert clustered_rate([], [], [], []).value is None


def test_a_resample_of_grouped_documents_has_the_moments_of_a_plain_one() -> None:
    rng = np.random.default_rng(0)
    values = rng.choice([-1.0, 0.0, 1.0], (400, 1), p=[0.05, 0.85, 0.1])
    weights = np.ones(400)
    drawn = resampled(weights, values, resamples=4000)

    assert drawn.mean() == pytest.approx(values.mean(), abs=0.002)
    assert drawn.std() == pytest.approx(values.std() / 20, rel=0.06)
    assert np.array_equal(drawn, resampled(weights, values, resamples=4000))


def test_the_ranking_counts_ties_by_half_and_weights() -> None:
    ones = np.ones(4)

    assert weighted_auroc(np.array([0.9, 0.8, 0.7, 0.6]), np.array([1.0, 1, 0, 0]), ones) == 1.0
    assert weighted_auroc(np.full(4, 0.5), np.array([1.0, 1, 0, 0]), ones) == 0.5
    assert weighted_auroc(np.array([0.9, 0.1]), np.array([1.0, 1.0]), np.ones(2)) is None
