"""The operations file: a type's own figures, and a slip of the pen that is named before anybody needs it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops.operations import OperationsError, load_operations

GATE = '[[gate]]\nname = "values"\ncheck = "distribution"\n'
LEASES = GATE + 'doc_type = "lease"\n'


def test_gates_of_other_types_may_share_a_name(tmp_path: Path) -> None:
    (tmp_path / "o.toml").write_text(LEASES + GATE + 'doc_type = "invoice"\n')

    assert [gate.doc_type for gate in load_operations(tmp_path / "o.toml").gate] == ["lease", "invoice"]


def test_a_types_own_figures_take_the_place_of_those_for_all(tmp_path: Path) -> None:
    (tmp_path / "o.toml").write_text("[slo.types.invoice]\navailability = 0.9\nowner = 'billing'\n")

    promise = load_operations(tmp_path / "o.toml").slo

    assert (promise.of("invoice").availability, promise.of("invoice").owner) == (0.9, "billing")
    assert promise.of("invoice").accuracy == promise.of("lease").accuracy == promise.accuracy
    assert promise.of("lease").availability == promise.availability


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("x = [", "is no TOML"),
        ("[slo.types.invoice]\navailabilty = 0.9\n", "slo.types.invoice.availabilty"),
        ("[slo.types.invoice]\navailability = 1.0\n", "slo.types.invoice.availability"),
        ("[slo.types.invoice]\ndays = 7\n", "slo.types.invoice.days"),
        ("late_minutes = inf\n", "late_minutes"),
        ("finish_hours = 1e12\n", "finish_hours"),
        ("[costs]\n'invoice.total' = nan\n", "costs.invoice.total"),
        (GATE + GATE, "gate: two are named 'values'"),
        (GATE + LEASES, "gate: two are named 'values'"),
    ],
)
def test_a_slip_of_the_pen_is_named_in_one_sentence(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "o.toml").write_text(text)

    with pytest.raises(OperationsError, match=words):
        load_operations(tmp_path / "o.toml")
