"""What the splitter reads off a page: numbers, stamps, clauses, edges; and labelled folders page by page."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from inference.labelled.boxed import BrokenLabelsError
from inference.splitter.data import MOST_GENERATED, paged_documents, paged_sources
from inference.splitter.features import FEATURES, MISSING, Edges, features, hashed
from inference.splitter.fitting import fit_edges, prepare
from inference.splitter.packets import PageSource
from inference.splitter.pages import PageNumber, view_of
from schemas.layout_block import LayoutBlock, format_block
from tests.unit.inference.papers import page_of, paper, papers

BODY = ["Some text that goes on", "for several lines,", "as text does."]


@pytest.mark.parametrize(
    ("lines", "strong"),
    [
        (["Page 2 of 4", *BODY], PageNumber(2, 4)),
        ([*BODY, "Seite 3 von 7"], PageNumber(3, 7)),
        ([*BODY, "Seite", "1"], PageNumber(1, 0)),
        ([*BODY, "2/4"], PageNumber(2, 4)),
        ([*BODY, "page 12"], PageNumber(12, 0)),
        ([*BODY, "5 of 3"], None),
        (BODY, None),
    ],
)
def test_a_number_that_calls_itself_one_is_read(lines: list[str], strong: PageNumber | None) -> None:
    assert view_of(page_of(1, lines)).strong == strong


@pytest.mark.parametrize(
    ("line", "bare"), [("- 3 -", 3), ("17", 17), ("iv", 4), ("xix", 19), ("A-6", 6), ("$ 3.00", None)]
)
def test_a_number_alone_at_the_end_of_a_page_is_read(line: str, bare: int | None) -> None:
    assert view_of(page_of(1, [*BODY, line])).bare == bare


@cache
def edges_of_papers() -> Edges:
    documents = papers(6)
    return fit_edges(prepare(documents), range(len(documents)))


def row(*pages: list[str]) -> dict[str, float]:
    """Return what is said of the second page."""
    edges = edges_of_papers()
    views = [view_of(page_of(number, lines)) for number, lines in enumerate(pages, start=1)]
    found = features(edges, views, [hashed(view) for view in views])
    return dict(zip(FEATURES, found[0].tolist(), strict=True))


def test_page_numbers_go_on_or_restart() -> None:
    goes_on = row([*BODY, "Page 1 of 2"], [*BODY, "Page 2 of 2"])
    restarts = row([*BODY, "Page 2 of 2"], [*BODY, "Page 1 of 3"])

    assert (goes_on["number_goes_on"], goes_on["number_restarts"]) == (1, 0)
    assert (restarts["number_goes_on"], restarts["number_restarts"]) == (0, 1)
    assert (goes_on["before_is_last"], restarts["before_is_last"]) == (0, 1)


def test_the_same_stamp_joins_pages_and_another_one_of_its_form_parts_them() -> None:
    joined = row(["Received 06/15/2016 6:52 PM", *BODY], ["Received 06/15/2016 6:52 PM", *BODY])
    parted = row(["Received 06/15/2016 6:52 PM", *BODY], ["Received 04/16/2014 3:36 PM", *BODY])

    assert (joined["same_stamp"], joined["other_stamp"]) == (1, 0)
    assert (parted["same_stamp"], parted["other_stamp"]) == (0, 1)


def test_clauses_go_on_or_restart() -> None:
    assert row(["3. Term", "4. Rent"], ["5. Notice"])["clause_goes_on"] == 1
    assert row(["3. Term", "4. Rent"], ["1. Parties"])["clause_restarts"] == 1


def test_a_missing_neighbour_is_told_from_every_value() -> None:
    assert row(BODY, BODY)["begins_next"] == MISSING
    assert row(BODY, BODY, BODY)["begins_next"] != MISSING


def write(folder: Path, entries: list[dict[str, object]]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "labels.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in entries))


def test_an_original_comes_before_its_text_and_a_text_stands_in_for_it(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    write(
        folder,
        [
            {"doc_type": "a", "file": "one.pdf", "text": "one.txt"},
            {"doc_type": "a", "file": "two.pdf", "text": "two.txt"},
            {"doc_type": "a", "file": None, "text": None},
        ],
    )
    for name in ("one.pdf", "one.txt", "two.pdf", "two.txt"):
        (folder / name).write_text(name)
    blocks = {
        folder / "one.pdf": format_block(LayoutBlock(paper(1, pages=2))),
        folder / "two.txt": format_block(LayoutBlock(paper(2, pages=3))),
    }

    found = paged_documents([folder], blocks.get)

    assert list(paged_sources(folder)) == [
        folder / "one.pdf", folder / "one.txt", folder / "two.pdf", folder / "two.txt"
    ]  # fmt: skip
    assert [(len(d.pages), d.source) for d in found] == [(2, PageSource.ORIGINAL), (3, PageSource.TEXT)]


def test_of_generated_documents_no_more_than_enough_are_taken(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    many = MOST_GENERATED + 5
    write(folder, [{"doc_type": "a", "file": f"{n}.pdf", "generated": True} for n in range(many)])
    for number in range(many):
        (folder / f"{number}.pdf").write_text("")

    assert len(list(paged_sources(folder))) == MOST_GENERATED


def test_a_folder_without_labels_is_named_for_pages_too(tmp_path: Path) -> None:
    with pytest.raises(BrokenLabelsError, match=r"labels\.jsonl can't be read"):
        paged_documents([tmp_path / "nothing"], lambda _path: None)
