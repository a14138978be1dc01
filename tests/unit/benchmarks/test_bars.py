"""The table of bars: what is kept, what is pooled, what holds; and what counts as printed or absent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import bars
from benchmarks.bar_parts import PARTS, Figure, share
from benchmarks.bars import BARS, Bar, Kept, code_digest, failed, figure_of, kept_in, main, table
from benchmarks.invoices import as_printed, is_printed
from benchmarks.originals import agrees
from doctypes.folder import ROOT, load_folder
from inference.extractor.fields import FieldSketch
from inference.labelled.datasets import Row
from inference.labelled.documents import LabelledDocument
from inference.reading.blocks import from_plain
from schemas.fields import FieldKind


def test_every_bar_is_about_a_part_that_there_is() -> None:
    assert {part for bar in BARS for part in bar.parts} == set(PARTS)


def test_a_share_has_an_exact_interval_and_nothing_has_none() -> None:
    assert share(0, 0).value is None
    none = share(0, 42)
    assert none.value == 0
    assert none.low == 0
    assert none.high == pytest.approx(0.0841, abs=1e-4)


def test_shares_of_several_parts_are_pooled() -> None:
    bar = Bar("made up", ("ndas", "contracts"), "made up", 0.02, None, True)
    found = {name: Kept("x", {"made up": share(*counts)}, 1.0) for name, counts in
             (("ndas", (1, 10)), ("contracts", (0, 90)))}  # fmt: skip

    pooled = figure_of(bar, found)

    assert pooled is not None
    assert (pooled.value, pooled.hits, pooled.of) == (0.01, 1, 100)
    assert figure_of(bar, {"ndas": found["ndas"]}) is None
    assert figure_of(bar, found | {"ndas": Kept("x", {"of older code": share(1, 2)}, 1.0)}) is None


@pytest.mark.parametrize(
    ("value", "at_most", "holds"),
    [(0.9446, False, True), (0.9444, False, False), (0.9454, True, True), (0.946, True, False)],
)
def test_a_bar_is_held_against_what_is_printed(value: float, at_most: bool, holds: bool) -> None:
    assert Bar("x", ("ndas",), "f1", 0.945, None, at_most).holds(value, 0.945) is holds


def test_the_table_says_what_holds_what_does_not_and_what_other_code_measured() -> None:
    figures = {name: Figure(0.9, 0.85, 0.95) for name in ("f1", "auroc", "left")} | {
        "ece": Figure(0.2),
        "accepted made up": share(0, 3),
    }

    found = {"ndas": Kept("old", figures, 12.0, "2026-11-20")}
    lines = list(table(found, "new"))

    f1 = next(line for line in lines if line.startswith("NDAs: F1"))
    assert f1.split("  ")[-1].strip().endswith("aim")
    assert "0.900*" in f1
    assert "0.850 to 0.950" in f1
    assert "2026-11-20" in f1
    assert next(line for line in lines if line.startswith("NDAs: ECE")).endswith("NO")
    assert failed(found) == ["NDAs: ECE"]
    assert "1 of 14 parts measured" in lines[-1]


def test_what_a_part_found_is_kept_and_not_measured_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = {"code": code_digest(), "figures": {"violated": {"value": 0.01}}, "cpu_seconds": 2.0}
    (tmp_path / "certificates.json").write_text(json.dumps(kept))

    assert main(["--data", str(tmp_path), "--keep", str(tmp_path), "--part", "certificates"]) == 0

    said = capsys.readouterr().out
    assert "about" not in said
    assert "certificates that do not hold" in said
    assert kept_in(tmp_path, "ndas") is None
    assert main(["--keep", str(tmp_path), "--table", "--json"]) == 0
    assert '"violated"' in capsys.readouterr().out


def test_parts_are_listed_with_what_they_cost(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(PARTS)
    with pytest.raises(SystemExit):
        main([])
    assert "give --data and --keep" in capsys.readouterr().err


def test_the_digest_of_code_covers_whatever_decides_what_is_found() -> None:
    here = Path(bars.__file__).parent.parent

    assert {"doctypes", "inference/extractor", "inference/tables", "pages"} <= set(bars.DECIDING)
    assert all((here / folder).is_dir() for folder in bars.DECIDING)
    assert code_digest() == code_digest()


INVOICE = load_folder(ROOT / "invoice").doc_type
PAGE = """MUSTERLIEFERANT GmbH
USt-IdNr. DE123456789
Rechnung 2024/117
Summe 1.234,50 EUR
IBAN DE02 1203 0000 0000 2020 51"""


def labelled(fields: dict[str, tuple[str, ...]]) -> LabelledDocument:
    return LabelledDocument("set/a", from_plain(PAGE), fields)


def row(profile: str, labels: frozenset[str]) -> Row:
    fields = {"profile": (profile,)}
    document = from_plain(PAGE)
    nothing = frozenset[str]()
    return Row("set/a", "set", document, "invoice", fields, labels, nothing, {}, "", generated=False)


def test_a_label_counts_where_the_page_prints_it_however_it_writes_it() -> None:
    document = from_plain(PAGE)

    assert is_printed(document, INVOICE.field("net_total"), "1234.50")
    assert not is_printed(document, INVOICE.field("net_total"), "1234.60")
    assert is_printed(document, INVOICE.field("seller_name"), "Musterlieferant GmbH")
    assert not is_printed(document, INVOICE.field("seller_name"), "Another GmbH")


def test_a_field_is_absent_where_a_full_profile_leaves_it_out_and_the_page_prints_none() -> None:
    document = labelled({"invoice_number": ("2024/117",), "seller_vat_id": ("DE123456789",)})
    full = {
        PAGE: [row("urn:cen.eu:en16931:2017", frozenset({"invoice_number", "seller_vat_id", "due_date"}))]
    }

    fields = as_printed([document], full, INVOICE, {})[0].fields

    assert fields["invoice_number"] == ("2024/117",)
    assert fields["delivery_date"] == ()
    assert "due_date" not in fields
    assert "iban" not in fields


def test_a_lean_profile_makes_nothing_absent() -> None:
    lean = {PAGE: [row("urn:factur-x.eu:1p0:minimum", frozenset())]}

    assert as_printed([labelled({})], lean, INVOICE, {})[0].fields == {}


def test_an_answer_of_the_pipeline_agrees_with_its_labels_as_the_field_is_compared() -> None:
    plain = FieldSketch("number", FieldKind.IDENTIFIER, False, frozenset())
    several = FieldSketch("parties", FieldKind.PARTY, True, frozenset())
    fuzzy = FieldSketch("address", FieldKind.ADDRESS, False, frozenset(), fuzzy=True)
    one, other = frozenset({"a1"}), frozenset({"b2"})
    near = frozenset({"12 mill lane leeds ls2 9jt"}), frozenset({"12 mill lane leeds ls2 9jf"})

    assert agrees(plain, one, one | other, absent=False)
    assert not agrees(plain, one, other, absent=False)
    assert agrees(plain, frozenset(), frozenset(), absent=True)
    assert not agrees(plain, one, frozenset(), absent=False)
    assert not agrees(several, one, one | other, absent=False)
    assert agrees(several, one | other, one | other, absent=False)
    assert agrees(fuzzy, *near, absent=False)
