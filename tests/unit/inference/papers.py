"""Small made-up papers of several pages, to learn from where documents begin in a second."""

from __future__ import annotations

import random

from inference.labelled.documents import TypedDocument
from inference.reading.blocks import from_block
from inference.splitter.packets import PagedDocument, PageSource
from schemas.layout_block import BlockBox, BlockLine, BlockPage, LayoutBlock

WORDS = (
    "tenant", "landlord", "premises", "notice", "rent", "repair", "insurance", "clause", "term", "deposit",
    "access", "default", "delivery", "goods", "price", "order", "buyer", "seller", "transport", "tax",
)  # fmt: skip


def page_of(number: int, texts: list[str], *, width: int = 600) -> BlockPage:
    """Return a page with one line under the other."""
    lines = tuple(
        BlockLine(
            f"{number}.{i}", BlockBox(80, 30 + 25 * i, min(1000, 80 + 9 * len(text)), 48 + 25 * i), text
        )
        for i, text in enumerate(texts, start=1)
    )
    return BlockPage(number, width, 800, 0, lines)


def paper(number: int, *, pages: int | None = None) -> tuple[BlockPage, ...]:
    """Return the pages of paper ``number``: a letter, a contract or a bill, numbered or not."""
    rng = random.Random(number)
    kind = ("LETTER", "CONTRACT", "BILL")[number % 3]
    count = pages or rng.randint(1, 4)
    reference = f"{kind[0]}-{rng.randint(10000, 99999)}"
    made = []
    for page in range(1, count + 1):
        head = (
            [f"{kind} of {rng.choice(WORDS)}", f"Reference {reference}", "Dear reader,"] if page == 1 else []
        )
        body = [" ".join(rng.choice(WORDS) for _ in range(8)) for _ in range(8)]
        foot = ["Yours faithfully,", "signed"] if page == count else []
        mark = [f"Page {page} of {count}"] if number % 2 else []
        made.append(page_of(page, [*head, *body, *foot, *mark]))
    return tuple(made)


def papers(count: int, *, first: int = 0, source: PageSource = PageSource.ORIGINAL) -> list[PagedDocument]:
    """Return ``count`` papers as labelled documents."""
    found = []
    for number in range(first, first + count):
        pages = paper(number)
        typed = TypedDocument(
            f"papers/{number:03d}",
            from_block(LayoutBlock(pages)),
            "paper",
            generated=source is PageSource.GENERATED,
            set_name="papers",
        )
        found.append(PagedDocument(typed, pages, source))
    return found


def bound(*documents: tuple[BlockPage, ...]) -> list[BlockPage]:
    """Return the pages of several documents as those of one file."""
    pages = [page for document in documents for page in document]
    return [
        BlockPage(
            number,
            page.width,
            page.height,
            0,
            tuple(
                BlockLine(f"{number}.{i}", line.box, line.text) for i, line in enumerate(page.lines, start=1)
            ),
        )
        for number, page in enumerate(pages, start=1)
    ]
