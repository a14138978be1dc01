"""Precedents: decisions about pages that look alike tell how sure a new one may be."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from doctypes.definition import DocType
from inference.extractor.bonds import NO_BONDS
from inference.extractor.decisions import SIGNALS
from inference.extractor.fields import sketch_of
from inference.extractor.file import dump_extractor, load_extractor
from inference.extractor.learner import HeldOut, Learner
from inference.extractor.learning_data import Prepared, prepare
from inference.extractor.model import Extractor, extract
from inference.extractor.precedents import PRECEDENT_SIGNALS, Past, Places, Precedents
from inference.extractor.remembering import precedents_of, told_by
from inference.extractor.sketches import PAGE, PLACE, Sketch, alike, rarity_of
from inference.extractor.training import Trained, train
from inference.labelled.documents import LabelledDocument, split
from inference.learned.variant import BrokenVariantError, Parts, pack, unpack
from inference.reading.blocks import from_plain, read_document
from inference.reading.document import Document

ORDER = "Station order\nAgency of record\nFlight dates begin {}\nGross amount {}"
BILL = "Invoice for broadcast\nBilling period ends {}\nPlease remit within thirty days"


def page(layout: str, number: int) -> Document:
    return from_plain(layout.format(f"1/{number % 28 + 1}/20", number * 31))


def place(number: int) -> Sketch:
    return np.random.default_rng(number).integers(0, 256, PLACE).astype(np.uint8)


@pytest.fixture(scope="module")
def known() -> Precedents:
    """Ten orders, read rightly, and ten bills, read wrongly: right is what stands at place 1, not 0."""
    pages = [page(ORDER, n) for n in range(10)] + [page(BILL, n) for n in range(10)]
    rarity = rarity_of(pages)
    right = np.array([1] * 10 + [0] * 10)
    past = Past(
        documents=np.arange(20),
        right=right,
        given=np.ones(20, dtype=np.bool_),
        chosen=np.stack([place(0)] * 20),
        found=np.ones(20, dtype=np.bool_),
        wanted=np.stack([place(0) if one else place(1) for one in right]),
    )
    return Precedents(rarity, np.stack([rarity.page(one) for one in pages]), {"flight": past})


def told(known: Precedents, document: Document, chosen: int, rival: int) -> list[float]:
    places = Places(place(chosen), (place(rival),))
    return [float(signal) for signal in known.signals("flight", known.likeness(document), places)]


def test_pages_of_one_layout_look_alike_whatever_is_filled_in(known: Precedents) -> None:
    likeness = known.likeness(page(ORDER, 77))

    assert likeness[:10].min() > 0.9
    assert likeness[10:].max() < 0.2


def test_what_stands_on_one_page_alone_is_not_heard() -> None:
    pages = [from_plain("Station order"), from_plain("Station order\nZanzibar Holdings")]
    rarity = rarity_of(pages)

    assert alike(rarity.page(pages[0]), rarity.page(pages[1])) == 1.0


def test_what_went_wrong_on_pages_alike_tells_against_a_decision(known: Precedents) -> None:
    order, bill = (told(known, page(layout, 77), 0, 1) for layout in (ORDER, BILL))

    assert order[0] > 0 > bill[0]
    assert order[3] > 0 > bill[3]


def test_a_value_that_stands_where_right_ones_stood_is_told_from_its_rival(known: Precedents) -> None:
    assert told(known, page(BILL, 77), 1, 0)[2] > 0 > told(known, page(BILL, 77), 0, 1)[2]
    assert told(known, page(ORDER, 77), 0, 1)[2] > 0 > told(known, page(ORDER, 77), 1, 0)[2]


def test_a_page_like_none_and_a_field_never_seen_are_told_nothing(known: Precedents) -> None:
    nothing = [0.0] * PRECEDENT_SIGNALS

    assert known.signals("flight", np.zeros(20), Places(place(0), ())).tolist() == nothing
    assert known.signals("total", np.ones(20), Places(None, ())).tolist() == nothing


Held = tuple[list[HeldOut], list[Prepared]]


@pytest.fixture(scope="module")
def held(receipts: list[LabelledDocument], slip: DocType) -> Held:
    """Decisions about sixteen receipts of eight families, out of fold."""
    documents = [replace(r, family=f"f{n % 8}") for n, r in enumerate(receipts[:16])]
    fields = [sketch_of(spec) for spec in slip.fields]
    prepared = [prepare(document, fields, None) for document in documents]
    silent: Callable[[str, int, int], None] = lambda _what, _done, _all: None  # noqa: E731
    learner = Learner(prepared, fields, split(documents, 2, 0), NO_BONDS, silent)
    return learner.held_out()[0], prepared


def test_a_decision_is_told_nothing_by_its_own_family(held: Held) -> None:
    held_out, prepared = held
    precedents = precedents_of(held_out, prepared)
    # The places where its right values stand, which only decisions about other families may hear of.
    changed = {
        name: replace(past, wanted=np.where(past.documents[:, None] % 8 == 3, place(9), past.wanted))
        for name, past in precedents.fields.items()
    }

    before = told_by(precedents, held_out, prepared)
    after = told_by(replace(precedents, fields=changed), held_out, prepared)

    heard = 0
    for out, other in zip(before, after, strict=True):
        own = np.array([i % 8 == 3 for i in out.documents])
        assert out.signals.shape[1] == SIGNALS + PRECEDENT_SIGNALS
        assert out.signals[own].tolist() == other.signals[own].tolist()
        heard += int((out.signals[~own] != other.signals[~own]).sum())

    assert heard


@pytest.fixture(scope="module")
def returning(receipts: list[LabelledDocument]) -> list[LabelledDocument]:
    """Receipts of which every sixth states a total that nobody prints."""
    wrong = {"total": ("0.01",)}
    return [r if n % 6 else replace(r, fields={**r.fields, **wrong}) for n, r in enumerate(receipts[:24])]


@pytest.fixture(scope="module")
def coming_back(returning: list[LabelledDocument], slip: DocType) -> Trained:
    """Trained for layouts that come back."""
    return train(returning, slip, folds=2, mixed=True)


def confidences(extractor: Extractor, slip: DocType, text: str) -> list[float]:
    fields = [sketch_of(spec) for spec in slip.fields]
    return [answer.confidence for answer in extract(extractor, read_document(text), fields)]


def test_confidence_hears_what_became_of_pages_alike(
    coming_back: Trained, slip: DocType, unseen: tuple[str, dict[str, tuple[str, ...]]]
) -> None:
    extractor = coming_back.extractor
    assert extractor.precedents is not None
    silent = replace(extractor, precedents=replace(extractor.precedents, fields={}))

    assert coming_back.mixed
    assert len(extractor.head.weights) == SIGNALS + PRECEDENT_SIGNALS + 4 * len(slip.fields)
    assert confidences(extractor, slip, unseen[0]) != confidences(silent, slip, unseen[0])


def test_an_extractor_with_precedents_read_back_answers_the_same(
    coming_back: Trained, slip: DocType, unseen: tuple[str, dict[str, tuple[str, ...]]]
) -> None:
    data = dump_extractor(coming_back.extractor, schema_digest="s", training={})
    again = load_extractor(data)

    assert confidences(again, slip, unseen[0]) == confidences(coming_back.extractor, slip, unseen[0])
    assert dump_extractor(again, schema_digest="s", training={}) == data


def test_the_same_documents_in_any_order_remember_the_same(
    coming_back: Trained, returning: list[LabelledDocument], slip: DocType
) -> None:
    shuffled = random.Random(5).sample(returning, 24)
    again = train(shuffled, slip, folds=2, mixed=True)
    files = [dump_extractor(one.extractor, schema_digest="s", training={}) for one in (coming_back, again)]

    assert files[0] == files[1]


def test_without_layouts_that_come_back_a_file_remembers_no_page(trained: Trained) -> None:
    parts = unpack(dump_extractor(trained.extractor, schema_digest="s", training={}), "extractor")

    assert trained.extractor.precedents is None
    assert not any(name.startswith("past") for name in parts.arrays)
    assert not {"precedents", "remembered"} & set(parts.facts)


def test_precedents_that_do_not_fit_are_refused(coming_back: Trained) -> None:
    parts = unpack(dump_extractor(coming_back.extractor, schema_digest="s", training={}), "extractor")
    fewer = {**parts.arrays, "past.pages": parts.arrays["past.pages"][:3]}
    missing = {name: array for name, array in parts.arrays.items() if name != "past0.wanted"}
    other = {**parts.facts, "precedents": "other"}

    with pytest.raises(BrokenVariantError, match="pages that it does not hold"):
        load_extractor(pack(Parts("extractor", parts.facts, fewer)))
    with pytest.raises(BrokenVariantError, match=r"'past0\.wanted' is missing"):
        load_extractor(pack(Parts("extractor", parts.facts, missing)))
    with pytest.raises(BrokenVariantError, match="other precedents than this version"):
        load_extractor(pack(Parts("extractor", other, parts.arrays)))


def test_pages_without_a_word_have_a_sketch() -> None:
    empty = from_plain("")

    assert rarity_of([empty, empty]).page(empty).shape == (PAGE,)
