"""Where documents begin: a splitter trained on made-up papers, its file, and what it makes of odd pages."""

from __future__ import annotations

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.extractor.training import UntrainableError
from inference.learned.variant import BrokenVariantError, Parts, pack, unpack
from inference.local import SPLIT_PACKET, LocalModel, UnanswerableRequestError
from inference.protocol import ModelRequest, TextBlock, Tool, Turn
from inference.splitter.file import dump_splitter, load_splitter
from inference.splitter.measures import certificates_of, counted_once, outcome
from inference.splitter.model import begin_probabilities, confidence_of
from inference.splitter.packets import MOST, packets_of, single
from inference.splitter.training import TrainedSplitter, train_splitter
from schemas.canonical import sha256_hex
from schemas.certificates import GENERATED
from schemas.layout_block import BlockPage, LayoutBlock, format_block
from tests.unit.inference.papers import bound, page_of, paper, papers


@pytest.fixture(scope="module")
def told() -> TrainedSplitter:
    return train_splitter(papers(45), folds=3)


def test_each_document_of_an_unseen_packet_is_found(told: TrainedSplitter) -> None:
    pages = bound(paper(901, pages=3), paper(902, pages=1), paper(903, pages=2))

    chances = begin_probabilities(told.splitter, pages)

    assert [number for number, chance in enumerate(chances, start=1) if chance >= 0.5] == [1, 4, 5]


def test_a_long_document_is_left_whole(told: TrainedSplitter) -> None:
    chances = begin_probabilities(told.splitter, paper(911, pages=60))

    assert (chances[1:] < 0.5).all()


def test_a_blank_page_belongs_to_what_is_before_it(told: TrainedSplitter) -> None:
    blank = BlockPage(2, 600, 800, 0, ())

    chances = begin_probabilities(told.splitter, bound(paper(921, pages=1), (blank,), paper(922, pages=1)))

    assert chances[1] == 0
    assert chances[2] > 0.5


def test_the_first_page_always_begins_a_document(told: TrainedSplitter) -> None:
    assert begin_probabilities(told.splitter, paper(931)[:1]).tolist() == [1.0]
    assert begin_probabilities(told.splitter, []).tolist() == []


def test_equal_documents_in_any_order_give_equal_bytes(told: TrainedSplitter) -> None:
    shuffled = papers(45)
    random.Random(1).shuffle(shuffled)

    again = train_splitter(shuffled, folds=3)

    assert dump_splitter(again.splitter, training={}) == dump_splitter(told.splitter, training={})


def test_the_file_gives_the_splitter_back(told: TrainedSplitter) -> None:
    pages = bound(paper(941), paper(942))

    back = load_splitter(dump_splitter(told.splitter, training={}))

    expected = begin_probabilities(told.splitter, pages)
    assert np.array_equal(begin_probabilities(back, pages), expected)


def test_a_damaged_file_is_refused(told: TrainedSplitter) -> None:
    data = dump_splitter(told.splitter, training={})

    with pytest.raises(BrokenVariantError, match="truncated or was changed"):
        load_splitter(data[:-1])


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"feature_space": "other"}, "other features"),
        ({"depth": 0}, "header is wrong at 'depth'"),
        ({"slope": "steep"}, "header is wrong at 'slope'"),
    ],
)
def test_a_file_made_otherwise_is_refused(
    told: TrainedSplitter, changes: dict[str, object], sentence: str
) -> None:
    parts = unpack(dump_splitter(told.splitter, training={}), "splitter")

    with pytest.raises(BrokenVariantError, match=sentence):
        load_splitter(pack(Parts("splitter", {**parts.facts, **changes}, parts.arrays)))


def test_trees_that_lead_out_of_themselves_are_refused(told: TrainedSplitter) -> None:
    parts = unpack(dump_splitter(told.splitter, training={}), "splitter")
    lost = parts.arrays["tree.left"].copy()
    lost[0] = len(lost)

    with pytest.raises(BrokenVariantError, match="lead out of themselves"):
        load_splitter(pack(replace(parts, arrays={**parts.arrays, "tree.left": lost})))


def test_what_is_measured_was_never_trained_on_and_adds_up(told: TrainedSplitter) -> None:
    packets = told.figures[0]

    assert packets.counts.f1 > 0.8
    assert told.singles == sum(o.round < 0 for o in told.outcomes)
    assert all(len(o.chances) == len(o.packet.pages) - 1 for o in told.outcomes)
    assert [c.field for c in told.certificates] == ["split", "whole"]


def test_no_document_counts_twice_in_a_certificate() -> None:
    documents = papers(24)
    packets = packets_of(documents, range(24), random.Random(1))
    wrong = [outcome(documents, p, np.ones(len(p.pages) - 1), 0) for p in packets]
    files = [single(documents, index) for index in range(0, 24, 3) if len(documents[index].pages) > 1]
    wrong += [outcome(documents, p, np.ones(len(p.pages) - 1), -1) for p in files]

    kept = counted_once(wrong, documents)

    parts = [part for one in kept for part in one.packet.parts]
    assert len(parts) == len(set(parts))
    assert {one.round for one in kept} == {-1, 0}
    assert counted_once(kept, documents) == kept
    split, _ = certificates_of(wrong, documents)
    assert split.decisions == split.errors == len(kept)


def test_certificates_on_generated_documents_alone_say_so() -> None:
    from inference.splitter.packets import PageSource

    made = train_splitter(papers(24, source=PageSource.GENERATED), folds=2)

    assert {c.population for c in made.certificates} == {GENERATED}


def test_too_few_documents_are_refused_in_a_sentence() -> None:
    with pytest.raises(
        UntrainableError, match="the documents are of 3 families; 10 and some of several pages"
    ):
        train_splitter(papers(3))


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(2, 40))
def test_a_packet_holds_every_page_of_its_documents_once_and_in_order(seed: int, count: int) -> None:
    documents = papers(count)

    packets = packets_of(documents, range(count), random.Random(seed))

    used = [part for packet in packets for part in packet.parts]
    assert len(used) == len(set(used))
    for packet in packets:
        assert 2 <= len(packet.parts) <= MOST
        printed = [place for place in packet.pages if place is not None]
        assert printed == [
            (part, page) for part in packet.parts for page in range(len(documents[part].pages))
        ]
        assert sum(packet.begins) == len(packet.parts)


def test_a_single_document_begins_once() -> None:
    documents = papers(5)

    assert all(sum(single(documents, index).begins) == 1 for index in range(5))


odd_texts = st.lists(st.text(max_size=30).filter(lambda text: "\n" not in text), max_size=6)


@settings(max_examples=60, deadline=None)
@given(pages=st.lists(odd_texts, min_size=1, max_size=5), width=st.integers(1, 5000))
def test_whatever_pages_say_every_one_gets_a_probability(
    told: TrainedSplitter, pages: list[list[str]], width: int
) -> None:
    chances = begin_probabilities(
        told.splitter, [page_of(number, texts, width=width) for number, texts in enumerate(pages, start=1)]
    )

    assert len(chances) == len(pages)
    assert ((chances >= 0) & (chances <= 1)).all()


def test_the_least_sure_page_speaks_for_all() -> None:
    assert confidence_of(np.array([0.99, 0.3, 0.02])) == pytest.approx(0.7)
    assert confidence_of(np.array([])) == 1.0


def request_of(text: str, model: str) -> ModelRequest:
    tool = Tool(name=SPLIT_PACKET, description="", input_schema={"type": "object"})
    turn = Turn(role="user", content=(TextBlock(text=text),))
    return ModelRequest(model=model, system="", turns=(turn,), tools=(tool,), tool_choice=SPLIT_PACKET)


@pytest.mark.anyio
async def test_the_local_model_answers_for_every_page_but_the_first(told: TrainedSplitter) -> None:
    data = dump_splitter(told.splitter, training={})

    async def load(_digest: str) -> bytes:
        return data

    block = format_block(LayoutBlock(tuple(bound(paper(951, pages=2), paper(952, pages=1)))))
    reply = await LocalModel(load).complete(request_of(block, f"local:{sha256_hex(data)}"))

    answer = reply.tool_input(SPLIT_PACKET)
    assert answer is not None
    assert [entry["page"] for entry in answer["begins"]] == [2, 3]
    assert [entry["probability"] >= 0.5 for entry in answer["begins"]] == [False, True]


@pytest.mark.anyio
async def test_text_without_pages_is_refused_by_the_local_model(told: TrainedSplitter) -> None:
    data = dump_splitter(told.splitter, training={})

    async def load(_digest: str) -> bytes:
        return data

    with pytest.raises(UnanswerableRequestError, match="layout block"):
        await LocalModel(load).complete(request_of("plain text", f"local:{sha256_hex(data)}"))
