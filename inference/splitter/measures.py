"""How packets came out: figures by kind of file, and what may be settled without a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from inference.learned.certify import CRITICAL_TARGET, OTHER_TARGET, Decisions, certify
from inference.learned.measures import Counts
from inference.reading.document import Floats, Ints
from inference.splitter.model import EVEN, confidence_of
from inference.splitter.packets import Packet, PagedDocument, PageSource
from schemas.canonical import digest
from schemas.certificates import GENERATED, SPLIT, WHOLE, Certificate

LONG = 20
"""Pages from which on a single document counts as a long one."""

Limits = Mapping[str, float | None]
"""Certified thresholds by SPLIT and WHOLE."""


@dataclass(frozen=True)
class Outcome:
    """One held-out packet with what was made of it.

    Attributes:
        chances: Calibrated probabilities of every page but the first.
        begins: The truth.
        round: Of the packets it was drawn in; -1 for a single document.
    """

    packet: Packet
    chances: Floats
    begins: Ints
    round: int
    sources: frozenset[PageSource]
    sets: frozenset[str]

    @property
    def said(self) -> Ints:
        """Pages said to begin a document."""
        return (self.chances >= EVEN).astype(np.int64)

    @property
    def exact(self) -> bool:
        """Whether every boundary is right."""
        return bool((self.said == self.begins).all())

    @property
    def confidence(self) -> float:
        """Of the least sure page."""
        return confidence_of(self.chances)


@dataclass(frozen=True, slots=True)
class SplitFigures:
    """How a group of packets came out.

    Attributes:
        exact: Share of packets with every boundary right.
        done: Share that reaches its certified threshold; ``wrong`` of them those that are not exact.
    """

    name: str
    packets: int
    boundaries: int
    counts: Counts
    exact: float
    done: float
    wrong: int


def outcome(documents: Sequence[PagedDocument], packet: Packet, chances: Floats, number: int) -> Outcome:
    """Return what was made of ``packet``, given the probabilities of all its pages but the first."""
    return Outcome(
        packet,
        chances,
        np.array(packet.begins[1:], dtype=np.int64),
        number,
        frozenset(documents[i].source for i in packet.parts),
        frozenset(documents[i].typed.set_name for i in packet.parts),
    )


def figures_of(outcomes: Sequence[Outcome], limits: Limits) -> tuple[SplitFigures, ...]:
    """Return the figures of each kind of file that is there."""
    return tuple(_figures(name, group, limits) for name, group in _groups(outcomes) if group)


def false_splits(outcomes: Sequence[Outcome], limits: Limits) -> tuple[int, int]:
    """Return how many single documents would be taken apart without a person, and how many there are."""
    singles = [o for o in outcomes if o.round < 0]
    return sum(settled(o, limits) and bool(o.said.any()) for o in singles), len(singles)


def _groups(outcomes: Sequence[Outcome]) -> list[tuple[str, list[Outcome]]]:
    packets = [o for o in outcomes if o.round >= 0]
    singles = [o for o in outcomes if o.round < 0]
    real = [o for o in packets if PageSource.GENERATED not in o.sources]
    return [
        ("packets", packets),
        ("packets of real documents", real),
        ("of originals (PDF, scans)", [o for o in real if o.sources == {PageSource.ORIGINAL}]),
        ("of documents of one set", [o for o in real if len(o.sets) == 1]),
        ("single documents of several pages", singles),
        (f"of them {LONG} pages and more", [o for o in singles if len(o.begins) + 1 >= LONG]),
    ]


def _figures(name: str, group: Sequence[Outcome], limits: Limits) -> SplitFigures:
    counts = Counts()
    for o in group:
        counts += Counts(int((o.said & o.begins).sum()), int(o.said.sum()), int(o.begins.sum()))
    done = [o for o in group if settled(o, limits)]
    return SplitFigures(
        name,
        len(group),
        counts.wanted,
        counts,
        float(np.mean([o.exact for o in group])),
        len(done) / len(group),
        sum(not o.exact for o in done),
    )


def settled(found: Outcome, limits: Limits) -> bool:
    """Whether the packet would be settled without a person."""
    limit = limits[SPLIT if found.said.any() else WHOLE]
    return limit is not None and found.confidence >= limit


def certificates_of(
    outcomes: Sequence[Outcome], documents: Sequence[PagedDocument]
) -> tuple[Certificate, Certificate]:
    """Return what was shown on real documents, or on generated ones where there are no others.

    A document counts at most once in a certificate, in its packet of the first round or alone.
    """
    drawn = [o for o in outcomes if o.round <= 0]
    real = [o for o in drawn if PageSource.GENERATED not in o.sources]
    used = real or drawn
    names = sorted({d.typed.set_name for d in documents if d.source is not PageSource.GENERATED})
    population = f"concatenations and single documents of {', '.join(names)}" if real else GENERATED
    apart = counted_once([o for o in used if o.said.any()], documents)
    whole = counted_once([o for o in used if not o.said.any()], documents)
    return (
        _certificate(SPLIT, apart, OTHER_TARGET, population),
        _certificate(WHOLE, whole, CRITICAL_TARGET, population),
    )


def counted_once(group: Sequence[Outcome], documents: Sequence[PagedDocument]) -> list[Outcome]:
    """Return the files of which no two hold one document.

    Which of two such files stays, the document alone or its packet, is told by the document's key and by
    nothing that was found: the decisions that remain are independent, and no kind of error is preferred.

    Args:
        group: Single documents, and packets that share none among themselves.
        documents: Those that the packets' parts are indices of.
    """
    alone = {o.packet.parts[0] for o in group if o.round < 0}
    in_packets = {part for o in group if o.round >= 0 for part in o.packet.parts}
    stay_alone = {i for i in alone & in_packets if int(digest([documents[i].key])[0], 16) % 2}

    def stays(one: Outcome) -> bool:
        if one.round >= 0:
            return stay_alone.isdisjoint(one.packet.parts)
        return one.packet.parts[0] in stay_alone or one.packet.parts[0] not in in_packets

    return [one for one in group if stays(one)]


def _certificate(field: str, group: Sequence[Outcome], target: float, population: str) -> Certificate:
    decisions = Decisions(
        np.array([o.confidence for o in group]), np.array([o.exact for o in group], dtype=np.int64)
    )
    return certify(field, decisions, target=target, population=population)
