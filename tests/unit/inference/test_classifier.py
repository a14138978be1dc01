from __future__ import annotations

import asyncio
import random
from dataclasses import replace

import numpy as np
import pytest

from inference.classifier.familiarity import DEPTHS, VIEWS, Familiar, familiar, fit_kind, views_of
from inference.classifier.file import dump_classifier, load_classifier
from inference.classifier.model import DOUBT, EVEN, GATE, Classifier, classify
from inference.classifier.profile import RUN_BITS, WIDTH, WORD_BITS, profile_of, weighted
from inference.classifier.training import TrainedClassifier, train_classifier
from inference.extractor.training import UntrainableError
from inference.labelled.documents import TypedDocument
from inference.learned.variant import BrokenVariantError, Parts, pack, unpack
from inference.local import CLASSIFY_DOCUMENT, LocalModel
from inference.protocol import ModelRequest, TextBlock, Tool, Turn
from inference.reading.blocks import from_plain
from inference.reading.document import Document, Floats
from schemas.canonical import sha256_hex
from schemas.certificates import GENERATED
from schemas.classification import UNKNOWN_TYPE

WORDS = {
    "receipt": "receipt total cash change bread tea soap thank you come again till cashier item price",
    "lease": "landlord tenant premises rent deposit term commencement covenant agreement parties lease keys",
    UNKNOWN_TYPE: "minutes meeting board resolved chairman attendance agenda secretary quorum motion vote",
}


def text_of_type(name: str, number: int) -> str:
    rng = random.Random(f"{name}{number}")
    words = WORDS[name].split()
    return "\n".join(" ".join(rng.choices(words, k=8)) + f" {rng.randint(1, 99)}" for _ in range(12))


def document(name: str, number: int) -> Document:
    return from_plain(text_of_type(name, number))


@pytest.fixture(scope="module")
def documents() -> list[TypedDocument]:
    return [
        TypedDocument(f"{name}-{n:02d}", document(name, n), name, set_name="made")
        for name in WORDS
        for n in range(30)
    ]


@pytest.fixture(scope="module")
def told(documents: list[TypedDocument]) -> TrainedClassifier:
    return train_classifier(documents, folds=3)


def test_types_are_told_apart_and_background_is_unknown(told: TrainedClassifier) -> None:
    assert told.accuracy >= 0.97
    for name in WORDS:
        assert classify(told.classifier, document(name, 900)).doc_type == name


def test_scores_are_probabilities_of_every_class_best_first(told: TrainedClassifier) -> None:
    scores = classify(told.classifier, document("lease", 901)).scores

    assert {name for name, _ in scores} == set(WORDS)
    assert sum(p for _, p in scores) == pytest.approx(1.0)
    assert [p for _, p in scores] == sorted((p for _, p in scores), reverse=True)


def test_a_type_never_seen_is_unknown_whatever_the_probability_says(told: TrainedClassifier) -> None:
    recipe = from_plain(
        "\n".join("whisk flour eggs butter sugar oven simmer garlic pepper knead dough" for _ in range(12))
    )
    verdict = classify(told.classifier, recipe)

    assert verdict.doc_type == UNKNOWN_TYPE
    assert verdict.novelty > 0.9


def with_strangeness(classifier: Classifier, name: str, own: list[float]) -> Classifier:
    """Return the classifier as if the type's own documents had been so strange."""
    number = classifier.types.index(name)
    known = [
        replace(f, strangeness=np.array(own)) if n == number else f for n, f in enumerate(classifier.familiar)
    ]
    return replace(classifier, familiar=tuple(known))


def test_a_document_stranger_than_all_of_its_type_is_unknown_however_probable(
    told: TrainedClassifier,
) -> None:
    verdict = classify(with_strangeness(told.classifier, "lease", [0.0] * 10), document("lease", 903))

    assert classify(told.classifier, document("lease", 903)).doc_type == "lease"
    assert verdict.doc_type == UNKNOWN_TYPE
    assert verdict.scores[0][0] == "lease"
    assert verdict.novelty > GATE


def test_a_document_stranger_than_nearly_all_keeps_its_type_and_goes_to_a_person(
    told: TrainedClassifier,
) -> None:
    verdict = classify(
        with_strangeness(told.classifier, "lease", [0.0] * 399 + [1e6]), document("lease", 903)
    )

    assert verdict.doc_type == "lease"
    assert DOUBT < verdict.novelty <= GATE
    assert verdict.confidence == EVEN


def test_what_a_type_has_in_common_explains_its_documents_and_not_others() -> None:
    leases = [views_of(document("lease", n)) for n in range(30)]
    kinds = [fit_kind([views[view] for views in leases]) for view in range(VIEWS)]

    def explained(name: str) -> float:
        return kinds[0].explained(views_of(document(name, 904))[0])[-1]

    assert len(kinds[0].directions) <= DEPTHS[-1]
    assert explained("lease") > 0.5 > explained("receipt")


def test_novelty_is_the_share_of_its_own_documents_that_are_less_strange() -> None:
    columns = VIEWS * len(DEPTHS)
    own = Familiar(np.repeat(np.linspace(0.1, 0.9, 9)[:, None], columns, axis=1), np.zeros(0))
    told = replace(own, strangeness=np.sort([own.strange(row) for row in own.explained]))

    assert [told.novelty(np.full(columns, value)) for value in (0.05, 0.2, 0.5, 0.95)] == [1, 7 / 9, 4 / 9, 0]
    assert own.novelty(np.full(columns, 0.5)) == 1.0


def test_a_document_that_nothing_explains_is_new_though_a_page_of_its_type_could_not_be_read_either() -> None:
    columns = VIEWS * len(DEPTHS)
    own = Familiar(np.repeat(np.linspace(0.0, 0.8, 9)[:, None], columns, axis=1), np.zeros(0))
    told = replace(own, strangeness=np.sort([own.strange(row) for row in own.explained]))

    assert [told.novelty(np.full(columns, value)) for value in (0.0, 0.05, 0.1)] == [1, 1, 7 / 9]


@pytest.mark.parametrize("seed", range(8))
def test_no_document_is_stranger_than_itself_however_numbers_are_rounded(seed: int) -> None:
    rows = np.random.default_rng(seed).random((50, VIEWS * len(DEPTHS)))
    own = familiar(rows, 600)

    assert max(own.novelty(row) for row in rows) == 49 / 50


def test_what_a_document_begins_with_counts_as_much_as_all_its_words() -> None:
    body = "either party may end it by notice of thirty days given in writing to the other " * 9
    one, other = (weighted_parts(f"{title} agreement {body}") for title in ("consulting", "confidentiality"))

    alike = [part @ same / (part @ part) for part, same in zip(one, other, strict=True)]

    assert [float(part @ part) for part in one] == pytest.approx([0.5, 0.5, 1.0])
    assert alike[2] < alike[0]


def weighted_parts(text: str) -> list[Floats]:
    """Return words, runs and beginning of a text as the classifier weighs them, each in all its buckets."""
    buckets, weights = weighted(profile_of(from_plain(text)), np.ones(WIDTH))
    whole = np.zeros(WIDTH)
    whole[buckets] = weights
    return np.split(whole, [1 << WORD_BITS, (1 << WORD_BITS) + (1 << RUN_BITS)])


def test_a_kind_without_documents_or_without_common_words_explains_nothing() -> None:
    view = views_of(document("lease", 1))[0]

    assert fit_kind([]).explained(view) == [0.0] * len(DEPTHS)
    assert fit_kind([view]).explained(view) == pytest.approx([0.0] * len(DEPTHS), abs=1e-9)


def test_a_document_without_words_is_unknown(told: TrainedClassifier) -> None:
    verdict = classify(told.classifier, from_plain(""))

    assert (verdict.doc_type, verdict.novelty) == (UNKNOWN_TYPE, 1.0)


def test_the_same_documents_in_any_order_give_the_same_bytes(
    documents: list[TypedDocument], told: TrainedClassifier
) -> None:
    again = train_classifier(documents[::-1], folds=3)

    assert dump_classifier(again.classifier, training={}) == dump_classifier(told.classifier, training={})


def test_a_classifier_read_back_judges_the_same(told: TrainedClassifier) -> None:
    data = dump_classifier(told.classifier, training={})
    loaded = load_classifier(data)
    before, after = (
        classify(told.classifier, document("lease", 902)),
        classify(loaded, document("lease", 902)),
    )

    assert after.doc_type == before.doc_type
    assert after.confidence == pytest.approx(before.confidence, abs=1e-6)
    assert dump_classifier(loaded, training={}) == data


def test_a_foreign_or_lying_file_is_refused(told: TrainedClassifier) -> None:
    parts = unpack(dump_classifier(told.classifier, training={}), "classifier")

    for facts in (
        {**parts.facts, "profile_space": "other"},
        {**parts.facts, "temperature": 0.0},
        {**parts.facts, "types": "lease"},
        {**parts.facts, "types": ["lease"] * len(parts.facts["types"])},
    ):
        with pytest.raises(BrokenVariantError):
            load_classifier(pack(Parts("classifier", facts, parts.arrays)))


def test_certificates_on_generated_documents_say_so(documents: list[TypedDocument]) -> None:
    made = [
        TypedDocument(d.key, d.document, d.doc_type, generated=True, set_name="made") for d in documents[::3]
    ]

    assert train_classifier(made, folds=3).certificates[0].population == GENERATED


def test_a_document_that_labels_take_for_two_types_teaches_none_and_is_named(
    documents: list[TypedDocument], told: TrainedClassifier
) -> None:
    extra = replace(documents[0], key="0 twice", doc_type="unknown", contradicted=True)
    trained = train_classifier([*documents, extra], folds=3)

    assert trained.contradicted == ("0 twice",)
    assert dump_classifier(trained.classifier, training={}) == dump_classifier(told.classifier, training={})


def test_one_type_or_one_family_is_refused(documents: list[TypedDocument]) -> None:
    with pytest.raises(UntrainableError, match="two of each"):
        train_classifier([d for d in documents if d.doc_type == "lease"])
    with pytest.raises(UntrainableError, match="two of each"):
        train_classifier([TypedDocument(d.key, d.document, d.doc_type, "one") for d in documents])


def test_the_local_model_answers_with_the_tool_classify_document(told: TrainedClassifier) -> None:
    data = dump_classifier(told.classifier, training={})

    async def load(_digest: str) -> bytes:
        return data

    request = ModelRequest(
        model="local:" + sha256_hex(data),
        system="What is it?",
        turns=(Turn(role="user", content=(TextBlock(text=text_of_type("receipt", 903)),)),),
        tools=(Tool(name=CLASSIFY_DOCUMENT, description="", input_schema={"type": "object"}),),
    )
    answer = asyncio.run(LocalModel(load).complete(request)).tool_input(CLASSIFY_DOCUMENT)

    assert answer is not None
    assert answer["doc_type"] == "receipt"
    assert 0 <= answer["confidence"] <= 1
    assert {score["doc_type"] for score in answer["scores"]} == set(WORDS)
    assert 0 <= answer["novelty"] <= 1


def test_long_documents_are_described_by_their_ends() -> None:
    long = from_plain(
        "\n".join(f"line {n} of a very long agreement between the parties" for n in range(20000))
    )

    assert profile_of(long).counts.sum() < 100_000
