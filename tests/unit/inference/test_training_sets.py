"""Training from folders: model, thresholds and card, the same whatever the order of the lines."""

from __future__ import annotations

from pathlib import Path

from doctypes.definition import DocType, FieldSpec
from doctypes.folder import LINEAGE
from inference.extractor.file import load_extractor
from inference.labelled.datasets import open_set
from inference.train.commands import MODEL, THRESHOLDS, train_type, train_type_classifier
from schemas.canonical import sha256_hex
from schemas.certificates import Certificates
from schemas.fields import FieldKind
from tests.unit.inference.labelled_sets import entry, write_set


def test_training_a_folder_writes_model_thresholds_and_card(
    tmp_path: Path, slip: DocType, make_receipt: object
) -> None:
    assert callable(make_receipt)
    entries, texts = [], {}
    for number in range(24):
        block, labels = make_receipt(number)
        texts[f"r{number}"] = "\n".join(line.text for line in block.lines())
        fields = {name: list(values) for name, values in labels.items() if values}
        entries.append(entry(f"r{number}", fields=fields, keys=["member"], template=f"t{number % 6}"))
    folder = write_set(tmp_path / "slips", entries, **texts)
    variant, trained = train_type(slip, [folder], folds=3)
    variant.write(tmp_path / "out")
    model = (tmp_path / "out" / MODEL).read_bytes()
    certificates = Certificates.model_validate_json((tmp_path / "out" / THRESHOLDS).read_bytes())

    assert load_extractor(model).doc_type == "slip"
    assert certificates.variant == sha256_hex(model) == variant.digest
    assert len(certificates.certificates) == len(slip.fields)
    assert trained.families == 6
    assert variant.digest in variant.card
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == sorted(["MODEL_CARD.md", LINEAGE, MODEL, THRESHOLDS])


def test_where_families_are_mixed_card_and_certificates_say_of_whom_they_speak(tmp_path: Path) -> None:
    total = FieldSpec(name="total", title="Total", kind=FieldKind.MONEY, description="What was paid.")
    slip = DocType(name="slip", title="Slip", description="Made up.", version="1", fields=(total,))
    words = ("apples", "bolts", "candles", "doors", "eggs", "forks", "gloves", "hooks")
    texts = {f"s{n}": f"Shop\n{word * 9}\nTotal   {n}.50" for n, word in enumerate(words)}
    rows = [entry(name, fields={"total": f"{n}.50"}, template=f"t{n % 2}") for n, name in enumerate(texts)]
    folder = write_set(tmp_path / "slips", rows, **texts)

    apart, by_family = train_type(slip, [folder], folds=2)
    together, mixed = train_type(slip, [folder], folds=2, mixed=True)

    assert (by_family.families, mixed.families) == (2, 8)
    assert [one.population for one in by_family.certificates] == ["slips"]
    assert [one.population for one in mixed.certificates] == ["slips, families mixed"]
    assert "never part a family" in apart.card
    assert "not from new ones" in together.card
    assert apart.digest != together.digest


def test_the_order_of_the_lines_of_a_labels_file_changes_no_model(tmp_path: Path) -> None:
    total = FieldSpec(name="total", title="Total", kind=FieldKind.MONEY, description="What was paid.")
    slip = DocType(name="slip", title="Slip", description="Made up.", version="1", fields=(total,))
    texts = {f"s{n}": f"Shop {n}\nTotal   {n}.50\nThanks {n}" for n in range(8)}
    rows = [entry(name, fields={"total": f"{n}.50"}, template=f"t{n}") for n, name in enumerate(texts)]
    one = write_set(tmp_path / "one" / "slips", rows, **texts)
    other = write_set(
        tmp_path / "other" / "slips", [dict(reversed(row.items())) for row in reversed(rows)], **texts
    )

    assert open_set(one).digest == open_set(other).digest
    assert train_type(slip, [one], folds=2)[0] == train_type(slip, [other], folds=2)[0]


def test_training_the_classifier_from_folders_writes_its_card(tmp_path: Path) -> None:
    slips = [f"receipt total cash change bread {n} tea soap" for n in range(8)]
    memos = [f"board minutes resolved chairman {n} agenda quorum vote" for n in range(8)]
    texts = {f"d{n}": text for n, text in enumerate(slips + memos)}
    entries = [entry(f"d{n}", doc_type="slip" if n < 8 else "memo", template=f"t{n}") for n in range(16)]
    variant, trained = train_type_classifier(
        {"slip": "slip"}, [write_set(tmp_path / "mix", entries, **texts)], folds=2
    )

    assert set(trained.per_type) == {"slip", "unknown"}
    assert "| mix | 16 | not stated |" in variant.card
