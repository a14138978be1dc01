"""Types too rare to be judged alone, judged together; and what the mix does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from evals.comparing.pooled import Pooled, compare_pooled
from evals.comparing.rule import Contest, Outcome
from evals.scoring.table import joined, score
from evals.sets.build import build
from evals.sets.form import SetRecord
from evals.truth import truths_of
from evals.words.comparison import pooled_lines
from evals.words.plain import pooled_dict
from tests.unit.evals.contests import answers
from tests.unit.evals.made import record, types, wanted

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
