"""Comparing: paired figures, what the rule lets through, what it stops, and what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from evals.comparing.paired import exact_tail, holm, needed, paired
from evals.comparing.pooled import Pooled, compare_pooled
from evals.comparing.rule import Comparison, Contest, Outcome, compare
from evals.scoring.answers import Answer, AnsweredField
from evals.scoring.table import joined, score
from evals.sets.build import build
from evals.sets.form import SetRecord
from evals.truth import truths_of
from evals.words.comparison import comparison_lines, pooled_lines
from evals.words.plain import pooled_dict
from schemas.fields import FieldState
from tests.unit.evals.made import record, types, wanted

TYPES = types("invoice")
MIX = {"invoice": 1.0}


def documents(count: int, *, hard: int = 0, absent: int = 0) -> list[SetRecord]:
    records = [
        record(n, hard=n < hard, values={"due": None} if hard <= n < hard + absent else None)
        for n in range(count)
    ]
    made = build(truths_of(records), TYPES, wanted(per_type=count + hard, mix=MIX)).records
    return sorted(made, key=lambda r: (not r.hard, r.truth["due"] is not None, r.rid))


def answers(
    records: Sequence[SetRecord], wrong: Sequence[int] = (), field: str = "total", **changes: object
) -> dict[str, Answer]:
    out = {}
    for number, one in enumerate(records):
        fields = []
        for name, value in one.truth.items():
            off = number in wrong and name == field
            said = ("999.99",) if off else () if value is None else (str(value),)
            fields.append(
                AnsweredField(
                    name=name, state=FieldState.VALUE, values=said, confidence=0.9, accepted=not off
                )
            )
        base = Answer(document_id=one.doc.id, variant="v", fields=tuple(fields), routed=number in wrong)
        out[one.doc.id] = base.model_copy(update=changes)
    return out


def contest(
    records: Sequence[SetRecord], champion: dict[str, Answer], challenger: dict[str, Answer]
) -> Comparison:
    return compare(
        Contest(
            names=("invoice@aaaa", "invoice@bbbb"),
            digests=("a" * 64, "b" * 64),
            champion=score(records, champion, TYPES, MIX),
            challenger=score(records, challenger, TYPES, MIX),
            set_id="4be1" * 16,
        )
    )


def test_a_clearly_better_challenger_is_promoted() -> None:
    records = documents(400)
    found = contest(records, answers(records, range(60)), answers(records, range(40, 65)))

    assert found.outcome is Outcome.SUPERIOR
    assert (found.exact.fixes, found.exact.breaks) == (40, 5)
    assert found.exact.lower > 0
    assert len(found.broken) == 5


def test_a_clearly_worse_challenger_is_kept_out() -> None:
    records = documents(400)
    found = contest(records, answers(records, range(20)), answers(records, range(60)))

    assert found.outcome in (Outcome.WORSE, Outcome.BLOCKED)
    assert found.outcome.code == 4


def test_too_few_documents_settle_nothing_and_say_how_many_would() -> None:
    records = documents(120)
    found = contest(records, answers(records, range(4)), answers(records, range(3, 5)))

    assert found.outcome is Outcome.INCONCLUSIVE
    assert found.outcome.code == 3
    assert found.needed is not None
    assert found.needed > 120
    assert "about" in comparison_lines(found, 1)[-1]


def test_the_number_needed_is_that_of_the_power_calculation() -> None:
    # Fixes 4 %, breaks 2 %: the exact test reaches 80 % at about 1,000 documents.
    assert needed(12, 6, 300) == pytest.approx(950, abs=60)
    assert needed(5, 5, 300) is None


def test_a_critical_field_that_falls_blocks_a_better_challenger() -> None:
    records = documents(600)
    better = answers(records, range(200, 210), "total")
    worst = contest(records, answers(records, range(80), "seller"), better)

    assert worst.outcome is Outcome.BLOCKED
    assert any("critical field total" in why for why in worst.blocked)


def test_one_broken_document_of_a_critical_field_does_not_block() -> None:
    records = documents(600)
    found = contest(records, answers(records, range(80), "seller"), answers(records, [200], "total"))

    assert found.outcome is Outcome.SUPERIOR
    assert found.unguarded == ()


def test_a_small_slice_is_shown_as_unguarded() -> None:
    records = documents(200)
    found = contest(records, answers(records, range(80), "seller"), answers(records))

    assert found.unguarded == ("total",)
    assert any(line.startswith("unguarded   total") for line in comparison_lines(found, 1))


def test_hard_cases_are_guarded_apart() -> None:
    records = documents(460, hard=60)
    assert sum(r.hard for r in records) == 60
    better = contest(records, answers(records, range(60, 160)), answers(records, range(10)))

    assert better.outcome is Outcome.BLOCKED
    assert any(why.startswith("hard cases fall") for why in better.blocked)


def test_made_up_values_block() -> None:
    records = documents(500, absent=50)
    found = contest(records, answers(records, range(200, 300)), answers(records, range(5), "due"))

    assert any(why.startswith("made-up values rise: 5 new") for why in found.blocked)


def test_unusable_answers_block() -> None:
    records = documents(400)
    spoilt = answers(records)
    for one in records[:4]:
        spoilt[one.doc.id] = spoilt[one.doc.id].model_copy(update={"valid": False})
    found = contest(records, answers(records, range(100)), spoilt)

    assert any(why.startswith("unusable answers rise: 4 new") for why in found.blocked)


def test_errors_among_accepted_fields_block_with_the_challengers_own_thresholds() -> None:
    records = documents(400)
    bold = answers(records, range(30))
    for number, one in enumerate(records[:30]):
        fields = tuple(f.model_copy(update={"accepted": True}) for f in bold[one.doc.id].fields)
        bold[one.doc.id] = bold[one.doc.id].model_copy(update={"fields": fields, "routed": number < 0})
    found = contest(records, answers(records, range(120)), bold)

    assert any(why.startswith("errors among accepted fields rise") for why in found.blocked)


def test_a_cheaper_variant_that_is_not_worse_is_promoted() -> None:
    records = documents(900)
    dear, cheap = answers(records, cost=0.02), answers(records, cost=0.01)

    assert contest(records, dear, cheap).outcome is Outcome.CHEAPER
    assert contest(records, dear, answers(records, cost=0.019)).outcome is Outcome.INCONCLUSIVE
    few = documents(60)
    assert contest(few, answers(few, cost=0.02), answers(few, cost=0.01)).outcome is Outcome.INCONCLUSIVE


def test_all_labels_equal_settles_nothing() -> None:
    records = documents(100)
    found = contest(records, answers(records), answers(records))

    assert (found.outcome, found.needed) == (Outcome.INCONCLUSIVE, None)
    assert "no difference is seen" in comparison_lines(found, 3)[-1]


def test_a_worn_set_says_so_with_every_comparison() -> None:
    records = documents(100)
    lines = comparison_lines(contest(records, answers(records), answers(records)), 20)

    assert any("compared on 20 times" in line for line in lines)
    assert "Set used 20/20" in lines[-1]


def test_no_line_holds_a_value_of_a_document() -> None:
    records = documents(300)
    lines = comparison_lines(contest(records, answers(records, range(30)), answers(records, range(5))), 1)
    said = "\n".join(lines)

    assert "Shop" not in said
    assert "999.99" not in said
    assert said.startswith("COMPARE invoice@aaaa (champion) vs invoice@bbbb  set 4be14be14be1 n=300 docs")


def test_mcnemar_is_exact_and_holm_counts_all_that_is_looked_at() -> None:
    assert exact_tail(34, 19) == pytest.approx(0.027, abs=0.001)
    assert exact_tail(0, 0) == 1.0
    assert holm({"a": 0.01, "b": 0.04, "c": 0.5}) == pytest.approx({"a": 0.03, "b": 0.08, "c": 0.5})


@pytest.mark.parametrize("skewed", [False, True])
def test_equal_variants_are_rarely_called_superior(skewed: bool) -> None:
    rng = np.random.default_rng(11)
    promoted = 0
    for _ in range(200):
        one = (rng.random(300) > 0.1).astype(float)
        moved = rng.random(300) < 0.08
        other = np.where(moved, 1 - one, one)
        # As many come right as go wrong, whatever share is right to begin with.
        flip = rng.random(300) < 0.5
        one, other = np.where(moved & flip, other, one), np.where(moved & flip, one, other)
        weights = np.where(rng.random(300) < 0.2, 10.0, 1.0) if skewed else np.ones(300)
        found = paired(one, other, weights, resamples=500)
        promoted += found.lower > 0 and found.flipped <= 0.05

    assert promoted / 200 <= 0.08


SEVERAL = types("lease", "nda")


def of_types(**counts: int) -> dict[str, list[SetRecord]]:
    """Documents of several types in one set, as many of each as are given."""
    said = [
        record(n + 10_000 * place, name=name)
        for place, (name, count) in enumerate(counts.items())
        for n in range(count)
    ]
    whole = sum(counts.values())
    mix = {name: count / whole for name, count in counts.items()}
    made = build(truths_of(said), SEVERAL, wanted(per_type=whole, mix=mix)).records
    return {name: sorted((r for r in made if r.doc_type == name), key=lambda r: r.rid) for name in counts}


def together(
    records: dict[str, list[SetRecord]],
    wrong: Mapping[str, tuple[Sequence[int], Sequence[int]]],
    today: dict[str, float],
) -> Pooled:
    """Champion and challenger of each type, wrong where it says, compared as one."""
    whole = sum(len(mine) for mine in records.values())
    mix = {name: len(mine) / whole for name, mine in records.items()}
    contests = []
    for name, mine in records.items():
        one, other = (score(mine, answers(mine, off), SEVERAL, mix) for off in wrong[name])
        contests.append(
            Contest((f"{name}@aaaa", f"{name}@bbbb"), ("a" * 64, "b" * 64), one, other, "4be1" * 16)
        )
    return compare_pooled(contests, mix, today)


def test_types_too_rare_alone_are_judged_together_and_each_is_guarded() -> None:
    records = of_types(lease=150, nda=150)
    gains = {name: (range(12), range(2)) for name in records}
    found = together(records, gains, {"lease": 1, "nda": 1})
    one_breaks = gains | {"nda": (range(6), range(40))}

    assert {part.outcome for part in found.parts.values()} <= {Outcome.SUPERIOR, Outcome.INCONCLUSIVE}
    assert found.whole.outcome is Outcome.SUPERIOR
    assert found.whole.exact.documents == 300
    assert set(found.whole.critical) == {"lease.total", "nda.total"}
    blocked = together(records, one_breaks, {})
    assert blocked.whole.outcome in (Outcome.BLOCKED, Outcome.WORSE)
    assert any(why.startswith("nda") for why in blocked.whole.blocked)
    assert blocked.today is None


def test_where_the_mix_decides_who_is_better_it_is_named_as_the_cause() -> None:
    """Eight leases in ten became two: what loses on leases and gains on others turns from worse to better."""
    stale = of_types(lease=480, nda=120)
    moved = {"lease": (range(20), range(75)), "nda": (range(60), range(30))}
    found = together(stale, moved, {"lease": 2, "nda": 8})
    fresh = of_types(lease=120, nda=480)
    again = together(
        fresh, {"lease": (range(5), range(19)), "nda": (range(240), range(120))}, {"lease": 2, "nda": 8}
    )

    assert found.whole.exact.upper < 0 < (found.today.lower if found.today else 0)
    assert found.turned
    assert not found.whole.outcome.promotes
    lines = "\n".join(pooled_lines(found, 1))
    assert "cause       the mix" in lines
    assert "lease 80% → 20%" in lines
    assert pooled_dict(found, 1)["turned_by_mix"] is True
    assert again.whole.exact.lower > 0
    assert not again.turned
    assert "cause" not in "\n".join(pooled_lines(again, 1))


def test_weights_of_joined_types_are_those_of_production() -> None:
    records = of_types(lease=100, nda=300)
    whole = {"lease": 0.25, "nda": 0.75}
    parts = [score(mine, answers(mine), SEVERAL, whole) for mine in records.values()]
    found = joined(parts, {"lease": 0.5, "nda": 0.5})
    lease = np.array([r.doc_type == "lease" for r in found.records])[found.document]

    assert found.weight[lease].sum() == pytest.approx(found.weight[~lease].sum())
    assert len(found.records) == 400
    assert found.names == tuple(sorted(found.names))
