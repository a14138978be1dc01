from __future__ import annotations

import random
from dataclasses import replace

import pytest

from app.actions.training_figures import extractor_figures, extractor_metrics
from doctypes.definition import DocType, FieldSpec
from inference.extractor.fields import sketch_of
from inference.extractor.file import dump_extractor, load_extractor
from inference.extractor.model import extract
from inference.extractor.training import Trained, UntrainableError, train
from inference.labelled.documents import LabelledDocument, split
from inference.reading.blocks import from_plain, read_document
from inference.train.card import Making, extractor_card
from schemas.certificates import GENERATED
from schemas.fields import FieldKind


def typed(*fields: FieldSpec) -> DocType:
    return DocType(name="t", title="T", description="", version="1", fields=fields)


def one(kind: FieldKind, *, many: bool = False, name: str = "x") -> FieldSpec:
    return FieldSpec(name=name, title="X", description="", kind=kind, many=many)


def labelled(key: str, text: str, **fields: tuple[str, ...]) -> LabelledDocument:
    return LabelledDocument(key, from_plain(text), fields)


def test_fields_are_found_in_documents_nobody_trained_on(trained: Trained) -> None:
    by_name = {figures.name: figures for figures in trained.figures}

    assert by_name["date"].counts.f1 >= 0.95
    assert by_name["total"].counts.f1 >= 0.9
    assert by_name["vendor"].counts.f1 >= 0.9
    assert trained.overall.counts.f1 >= 0.9


def test_absence_is_decided_too(trained: Trained) -> None:
    member = next(figures for figures in trained.figures if figures.name == "member")

    assert member.absent == 45
    assert member.fabricated <= 2


def test_an_answer_quotes_the_page_and_names_its_lines(
    trained: Trained, slip: DocType, unseen: tuple[str, dict[str, tuple[str, ...]]]
) -> None:
    block, labels = unseen
    document = read_document(block)
    answers = {a.name: a for a in extract(trained.extractor, document, [sketch_of(s) for s in slip.fields])}
    total = answers["total"].values[0]
    line = next(s for s in document.segments if s.line == total.lines[0])

    assert total.value == labels["total"][0]
    assert total.quote in document.text[line.start : line.end]
    assert answers["vendor"].values[0].quote == labels["vendor"][0]
    assert 0 < len(answers["total"].alternatives) <= 3
    assert all(0 <= answer.confidence <= 1 for answer in answers.values())


def test_the_same_documents_in_any_order_give_the_same_bytes(
    receipts: list[LabelledDocument], slip: DocType, trained: Trained
) -> None:
    shuffled = list(receipts)
    random.Random(5).shuffle(shuffled)
    again = train(shuffled, slip, folds=3)

    def dumped(result: Trained) -> bytes:
        return dump_extractor(result.extractor, schema_digest="s", training={})

    assert dumped(again) == dumped(trained)
    assert again.certificates == trained.certificates


def test_every_declared_field_has_a_certificate(trained: Trained, slip: DocType) -> None:
    assert [c.field for c in trained.certificates] == [spec.name for spec in slip.fields]
    assert {c.population for c in trained.certificates} == {"slips"}
    assert next(c for c in trained.certificates if c.field == "total").target_error == 0.02


def test_certificates_on_generated_documents_say_so(receipts: list[LabelledDocument], slip: DocType) -> None:
    result = train([replace(r, generated=True) for r in receipts[:20]], slip, folds=2)

    assert {c.population for c in result.certificates} == {GENERATED}


def test_real_and_generated_documents_are_told_apart_in_the_figures(
    receipts: list[LabelledDocument], slip: DocType
) -> None:
    mixed = [replace(r, generated=n % 2 == 0) for n, r in enumerate(receipts[:20])]
    result = train(mixed, slip, folds=2)

    assert [name for name, _ in result.by_origin] == ["real documents", "generated documents"]
    assert result.by_origin[0][1][-1].labelled == 40


def test_a_family_never_parts(receipts: list[LabelledDocument]) -> None:
    grouped = [replace(r, family=f"vendor {n % 7}") for n, r in enumerate(receipts)]
    parts = split(grouped, 3, seed=1)
    folds = {
        r.family: {int(parts[n]) for n, r2 in enumerate(grouped) if r2.family == r.family} for r in grouped
    }

    assert all(len(found) == 1 for found in folds.values())
    assert set(parts.tolist()) == {0, 1, 2}


@pytest.mark.parametrize(
    ("documents", "sentence"),
    [
        ([], "0 labelled documents, equal pages counted once, are too few: give at least 4"),
        (
            [labelled("a", "Total 9.00", x=("9.00",))],
            "1 labelled documents, equal pages counted once, are too few",
        ),
        ([labelled("a", f"Total {n}.00", x=(f"{n}.00",)) for n in range(4)], "share the key 'a'"),
        (
            [replace(labelled(f"{n}", f"Total {n}.00", x=(f"{n}.00",)), family="f") for n in range(4)],
            "one family",
        ),
        ([labelled(f"{n}", f"Total {n}.00", y=(f"{n}.00",)) for n in range(4)], "no document labels"),
    ],
)
def test_what_cannot_teach_is_refused_with_a_sentence(
    documents: list[LabelledDocument], sentence: str
) -> None:
    with pytest.raises(UntrainableError, match=sentence):
        train(documents, typed(one(FieldKind.MONEY)))


def answered(result: Trained, spec: FieldSpec, text: str) -> tuple[list[str], float]:
    # Through the file, so that what degenerate data train to can be stored and loaded as well.
    extractor = load_extractor(dump_extractor(result.extractor, schema_digest="s", training={}))
    answer = extract(extractor, from_plain(text), [sketch_of(spec)])[0]
    return [value.value for value in answer.values], answer.confidence


def test_one_candidate_per_document_that_is_always_right_is_still_found() -> None:
    spec = one(FieldKind.DATE)
    documents = [
        labelled(f"{n:02d}", f"Bill\n{n + 13}/05/2020\nThanks", x=(f"{n + 13}/05/2020",)) for n in range(12)
    ]
    result = train(documents, typed(spec), folds=3)

    assert result.figures[0].counts.f1 == 1.0
    assert answered(result, spec, "Bill\n28/06/2021\nThanks")[0] == ["2021-06-28"]


def test_a_field_that_is_never_present_stays_absent() -> None:
    spec = one(FieldKind.MONEY)
    documents = [labelled(f"{n:02d}", f"Tea {n}.50\nSoap {n}.10", x=()) for n in range(12)]
    result = train(documents, typed(spec), folds=3)

    assert answered(result, spec, "Tea 4.50\nSoap 2.00")[0] == []
    assert result.figures[0].fabricated == 0


def test_a_field_without_any_label_accepts_nothing() -> None:
    spec, other = one(FieldKind.MONEY), one(FieldKind.DATE, name="y")
    documents = [labelled(f"{n:02d}", f"Total\t{n}.50", x=(f"{n}.50",)) for n in range(12)]
    result = train(documents, typed(spec, other), folds=3)

    assert [f.name for f in result.figures] == ["x"]
    assert result.certificates[1].threshold is None


def test_labels_that_are_not_on_the_page_are_counted() -> None:
    documents = [labelled(f"{n:02d}", f"Total\t{n}.50", x=(f"{n + (n % 2)}.50",)) for n in range(12)]
    result = train(documents, typed(one(FieldKind.MONEY)), folds=3)

    assert result.figures[0].not_found == 6
    assert result.unprinted == tuple((f"{n:02d}", "x") for n in range(1, 12, 2))


def test_labels_of_equal_pages_that_disagree_are_named_in_card_and_figures() -> None:
    documents = [labelled(f"{n:02d}", f"Total\t{n}.50", x=(f"{n}.50",)) for n in range(12)]
    documents[3] = replace(documents[3], fields={}, contradicted=frozenset({"x"}))
    result = train(documents, typed(one(FieldKind.MONEY)), folds=3)

    assert result.contradicted == (("03", "x"),)
    assert "contradict each other about teach nothing of it: `x` of 1" in extractor_card(
        "Slip", result, Making((), 0, "0" * 64, 1)
    )
    assert "labels contradicted by another labelling of the page and taught nothing: 1, 03 (x)" in (
        extractor_figures(result)
    )
    assert extractor_metrics(result)["contradicted"] == 1


def test_labels_that_contradict_one_another_certify_nothing_and_promise_little() -> None:
    spec = one(FieldKind.MONEY)
    documents = [
        labelled(f"{n:02d}", f"Sum {n}.50\nSum {n}.70\nThanks", x=(f"{n}.{'57'[n % 2]}0",)) for n in range(24)
    ]
    result = train(documents, typed(spec), folds=3)

    assert result.certificates[0].threshold is None
    assert answered(result, spec, "Sum 30.50\nSum 30.70\nThanks")[1] < 0.9


def test_documents_that_all_carry_the_same_label_train() -> None:
    spec = one(FieldKind.PARTY)
    documents = [labelled(f"{n:02d}", f"Acme Ltd\nTotal {n}.00", x=("Acme Ltd",)) for n in range(12)]

    assert answered(train(documents, typed(spec), folds=3), spec, "Acme Ltd\nTotal 3.00")[0] == ["Acme Ltd"]


def test_empty_documents_do_not_stop_training() -> None:
    documents = [labelled(f"{n:02d}", "" if n % 3 else f"Total\t{n}.50", x=(f"{n}.50",)) for n in range(12)]
    result = train(documents, typed(one(FieldKind.MONEY)), folds=3)

    assert result.figures[0].not_found == 8


def test_a_list_is_right_only_as_a_whole() -> None:
    spec = one(FieldKind.PARTY, many=True)
    names = ["Oak Hill LLC", "Mary Poe Inc", "Red Barn Ltd", "Blue Pond GmbH", "Tall Tree AG"]
    documents = [
        labelled(
            f"{n:02d}",
            f"PARTIES\nParty: {names[n % 5]}\nParty: {names[(n + 1) % 5]}\nWitness: Someone Else {n}",
            x=(names[n % 5], names[(n + 1) % 5]),
        )
        for n in range(25)
    ]
    result = train(documents, typed(spec), folds=5)

    assert result.figures[0].counts.wanted == 50
    assert result.figures[0].labelled == 25
    assert result.figures[0].counts.f1 > 0.8


def test_presence_is_learned_from_the_words_that_are_its_evidence() -> None:
    spec = one(FieldKind.PRESENCE, name="signed")
    documents = []
    for n in range(24):
        text = f"Agreement {n}\nThe parties agree.\n" + (
            f"Signed by Mary Poe {n}" if n % 2 else "Signed: ____"
        )
        document = labelled(f"{n:02d}", text, signed=("yes",) if n % 2 else ())
        documents.append(replace(document, spans={"signed": (f"Signed by Mary Poe {n}",)} if n % 2 else {}))
    result = train(documents, typed(spec), folds=4)

    assert answered(result, spec, "Agreement\nThe parties agree.\nSigned by Mary Poe")[0] == ["yes"]
    assert answered(result, spec, "Agreement\nThe parties agree.\nSigned: ____")[0] == []


def test_iso_labels_teach_which_of_day_and_month_comes_first() -> None:
    spec = one(FieldKind.DATE)
    documents = [
        labelled(f"{n:02d}", f"Date 0{n % 9 + 1}/11/2020", x=(f"2020-0{n % 9 + 1}-11",)) for n in range(12)
    ]

    assert train(documents, typed(spec), folds=3).extractor.day_first is False


def test_the_card_says_what_the_folds_are_of(receipts: list[LabelledDocument], slip: DocType) -> None:
    making = Making((), 0, "0" * 64, 1)
    drawn = train([replace(r, generated=True) for r in receipts[:20]], slip, folds=2)
    real = train(receipts[:20], slip, folds=2)

    assert "independent draw" in extractor_card("Slip", drawn, making)
    assert "never part a family" in extractor_card("Slip", real, making)
