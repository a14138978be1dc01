"""Packets made of labelled documents: what the splitter learns from and is measured on."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from inference.labelled.documents import TypedDocument
from schemas.layout_block import BlockPage

FEWEST, MOST = 2, 6
"""Documents in a packet."""
MOST_PAGES = 150
"""Pages of a packet."""
MOST_OF_A_SET = 120
"""Documents of one labelled set in one round of packets, so that no set is all there is."""
_ALIKE = 0.35
_ANY_SOURCE = 0.25
_ONE_SIZE = 0.5
_WITH_BLANKS = 0.1


class PageSource(StrEnum):
    """Where the pages of a document come from: paper and files look unlike text on a grid."""

    ORIGINAL = "original"
    TEXT = "text"
    GENERATED = "generated"


@dataclass(frozen=True)
class PagedDocument:
    """A labelled document with its pages; blank ones at either end are cut off."""

    typed: TypedDocument
    pages: tuple[BlockPage, ...]
    source: PageSource

    @property
    def key(self) -> str:
        """Stable name."""
        return self.typed.key


@dataclass(frozen=True)
class Packet:
    """Pages of several documents, one after the other.

    Attributes:
        parts: Indices of the documents.
        pages: Per page, (index of the document, index of its page); None for a blank one put in between.
        begins: Per page, whether a document begins on it.
        one_size: All pages count as of the first one's size, as a scanner would deliver them.
    """

    parts: tuple[int, ...]
    pages: tuple[tuple[int, int] | None, ...]
    begins: tuple[bool, ...]
    one_size: bool


def packets_of(
    documents: Sequence[PagedDocument], members: Iterable[int], rng: random.Random
) -> list[Packet]:
    """Return packets of 2 to 6 of the documents at ``members``, each document in at most one of them.

    A third of the packets are of one set, which is harder: neighbours look alike.
    """
    left = _drawn(documents, members, rng)
    packets: list[Packet] = []
    while len(left) >= FEWEST:
        first = left.pop()
        alike, mixed = rng.random() < _ALIKE, rng.random() < _ANY_SOURCE
        wanted = rng.randint(FEWEST, MOST) - 1
        chosen = [first]
        pages = len(documents[first].pages)
        for index in reversed(left):
            if len(chosen) > wanted:
                break
            one, other = documents[first], documents[index]
            fits = one.typed.set_name == other.typed.set_name if alike else mixed or _together(one, other)
            if fits and pages + len(other.pages) <= MOST_PAGES:
                chosen.append(index)
                pages += len(other.pages)
        left = [index for index in left if index not in chosen]
        if len(chosen) >= FEWEST:
            packets.append(_packet(documents, chosen, rng))
    return packets


def single(documents: Sequence[PagedDocument], index: int) -> Packet:
    """Return a file that holds one document alone."""
    count = len(documents[index].pages)
    return Packet(
        (index,),
        tuple((index, page) for page in range(count)),
        tuple(page == 0 for page in range(count)),
        one_size=False,
    )


def _drawn(documents: Sequence[PagedDocument], members: Iterable[int], rng: random.Random) -> list[int]:
    by_set: dict[str, list[int]] = {}
    for index in members:
        by_set.setdefault(documents[index].typed.set_name, []).append(index)
    drawn: list[int] = []
    for name in sorted(by_set):
        known = by_set[name]
        drawn += rng.sample(known, min(len(known), MOST_OF_A_SET))
    rng.shuffle(drawn)
    return drawn


def _together(one: PagedDocument, other: PagedDocument) -> bool:
    """Whether two documents could come out of one file: text on a grid keeps to its like."""
    return (one.source is PageSource.TEXT) == (other.source is PageSource.TEXT)


def _packet(documents: Sequence[PagedDocument], chosen: Sequence[int], rng: random.Random) -> Packet:
    one_size, blanks = rng.random() < _ONE_SIZE, rng.random() < _WITH_BLANKS
    pages: list[tuple[int, int] | None] = []
    begins: list[bool] = []
    for index in chosen:
        if pages and blanks and rng.random() < _ONE_SIZE:
            pages.append(None)
            begins.append(False)
        count = len(documents[index].pages)
        pages += [(index, page) for page in range(count)]
        begins += [page == 0 for page in range(count)]
    return Packet(tuple(chosen), tuple(pages), tuple(begins), one_size)
