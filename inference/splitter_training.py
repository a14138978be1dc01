"""Training the splitter from paged documents, and measuring it on packets of documents it never saw."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from inference.certify import CRITICAL_TARGET, OTHER_TARGET, Decisions, certify
from inference.document import Floats, Ints
from inference.labelled import split
from inference.measures import Counts, auroc, expected_calibration_error
from inference.single_thread import single_thread
from inference.splitter import EVEN, Splitter, confidence_of
from inference.splitter_fitting import (
    Calibration,
    Prepared,
    fit_calibration,
    fit_edges,
    fit_trees,
    packet_features,
    prepare,
)
from inference.splitter_packets import Packet, PagedDocument, PageSource, packets_of, single
from inference.training import UntrainableError
from schemas.certificates import GENERATED, Certificate

SPLIT = "split"
"""Certificate for a file that is taken apart: every boundary at once."""
WHOLE = "whole"
"""Certificate for a file of several pages that is taken for one document."""
MEASURED_ROUNDS = 3
"""Rounds of held-out packets behind the figures; only the first, where no document comes twice, certifies."""
LONG = 20
"""Pages from which on a single document counts as a long one."""

Told = Callable[[str, int, int], None]


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


@dataclass(frozen=True, slots=True)
class TrainedSplitter:
    """A trained splitter with what was measured out of fold.

    Attributes:
        ece: Of the probability of a page, over all pages.
        auroc: Of the confidence in a whole packet.
        false_splits: Single documents that would be taken apart without a person; ``singles`` all of them.
    """

    splitter: Splitter
    figures: tuple[SplitFigures, ...]
    ece: float
    auroc: float | None
    false_splits: int
    singles: int
    certificates: tuple[Certificate, ...]
    documents: int
    pages: int
    families: int
    folds: int


def train_splitter(
    documents: Sequence[PagedDocument],
    *,
    folds: int = 5,
    seed: int = 0,
    told: Told = lambda _what, _done, _all: None,
) -> TrainedSplitter:
    """Return a splitter and its out-of-fold figures; the same documents and seed give the same one.

    Raises:
        UntrainableError: Too few families, or no document of several pages.
    """
    documents = sorted(documents, key=lambda document: document.key)
    families = len({document.typed.family or document.key for document in documents})
    if families < 2 * folds or not any(len(document.pages) > 1 for document in documents):
        raise UntrainableError(
            f"the documents are of {families} families; {2 * folds} and some of several pages are needed",
            reason="too_few_packets",
        )
    with single_thread():
        prepared = prepare(documents)
        odds, truth, parts, packets = _held_out(prepared, folds, seed, told)
        calibration = fit_calibration(np.concatenate(odds), np.concatenate(truth))
        outcomes = _outcomes(documents, packets, odds, truth, parts)
        everything = list(range(len(documents)))
        splitter = Splitter(
            fit_edges(prepared, everything),
            fit_trees(prepared, everything, seed),
            calibration.slope,
            calibration.offset,
        )
    told("training", folds + 1, folds + 1)
    return _measured(splitter, outcomes, documents, families=families, folds=folds)


_Drawn = tuple[Packet, int]


def _held_out(
    prepared: Prepared, folds: int, seed: int, told: Told
) -> tuple[list[Floats], list[Ints], list[int], list[_Drawn]]:
    """Return log odds, truth, fold and packet of every held-out packet and single document."""
    documents = prepared.documents
    parts = split([document.typed for document in documents], folds, seed)
    odds: list[Floats] = []
    truth: list[Ints] = []
    of_fold: list[int] = []
    packets: list[_Drawn] = []
    for fold in range(folds):
        told("training", fold, folds + 1)
        kept = np.flatnonzero(parts != fold).tolist()
        held = np.flatnonzero(parts == fold).tolist()
        edges, trees = fit_edges(prepared, kept), fit_trees(prepared, kept, seed)
        rng = random.Random(f"{seed}:held:{fold}")  # noqa: S311  nothing here is secret
        drawn = [(p, n) for n in range(MEASURED_ROUNDS) for p in packets_of(documents, held, rng)]
        drawn += [(single(documents, index), -1) for index in held if len(documents[index].pages) > 1]
        for packet, number in drawn:
            rows = packet_features(prepared, edges, packet)
            odds.append(trees.score(rows.features))
            truth.append(rows.begins)
            of_fold.append(fold)
            packets.append((packet, number))
    return odds, truth, of_fold, packets


def _outcomes(
    documents: Sequence[PagedDocument],
    packets: Sequence[_Drawn],
    odds: Sequence[Floats],
    truth: Sequence[Ints],
    parts: Sequence[int],
) -> list[Outcome]:
    """Return the packets with probabilities calibrated on the other folds."""
    by_fold: dict[int, Calibration] = {}
    for fold in set(parts):
        others = [i for i, part in enumerate(parts) if part != fold]
        by_fold[fold] = fit_calibration(
            np.concatenate([odds[i] for i in others]), np.concatenate([truth[i] for i in others])
        )
    return [
        Outcome(
            packet,
            np.where([place is None for place in packet.pages[1:]], 0.0, by_fold[part].apply(one)),
            begins,
            number,
            frozenset(documents[i].source for i in packet.parts),
            frozenset(documents[i].typed.set_name for i in packet.parts),
        )
        for (packet, number), one, begins, part in zip(packets, odds, truth, parts, strict=True)
    ]


def _measured(
    splitter: Splitter,
    outcomes: Sequence[Outcome],
    documents: Sequence[PagedDocument],
    *,
    families: int,
    folds: int,
) -> TrainedSplitter:
    certificates = _certificates(outcomes, documents)
    limits = {one.field: one.threshold for one in certificates}
    chances = np.concatenate([o.chances for o in outcomes])
    begins = np.concatenate([o.begins for o in outcomes])
    said = chances >= EVEN
    singles = [o for o in outcomes if o.round < 0]
    return TrainedSplitter(
        splitter=splitter,
        figures=tuple(_figures(name, group, limits) for name, group in _groups(outcomes) if group),
        ece=expected_calibration_error(np.maximum(chances, 1 - chances), (said == begins).astype(np.int64)),
        auroc=auroc(
            np.array([o.confidence for o in outcomes]), np.array([o.exact for o in outcomes], dtype=np.int64)
        ),
        false_splits=sum(_done(o, limits) and bool(o.said.any()) for o in singles),
        singles=len(singles),
        certificates=certificates,
        documents=len(documents),
        pages=sum(len(document.pages) for document in documents),
        families=families,
        folds=folds,
    )


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


def _figures(name: str, group: Sequence[Outcome], limits: dict[str, float | None]) -> SplitFigures:
    counts = Counts()
    for o in group:
        counts += Counts(int((o.said & o.begins).sum()), int(o.said.sum()), int(o.begins.sum()))
    done = [o for o in group if _done(o, limits)]
    return SplitFigures(
        name,
        len(group),
        counts.wanted,
        counts,
        float(np.mean([o.exact for o in group])),
        len(done) / len(group),
        sum(not o.exact for o in done),
    )


def _done(outcome: Outcome, limits: dict[str, float | None]) -> bool:
    """Whether the packet would be settled without a person."""
    limit = limits[SPLIT if outcome.said.any() else WHOLE]
    return limit is not None and outcome.confidence >= limit


def _certificates(
    outcomes: Sequence[Outcome], documents: Sequence[PagedDocument]
) -> tuple[Certificate, Certificate]:
    """Return what was shown on real documents, or on generated ones where there are no others."""
    drawn = [o for o in outcomes if o.round <= 0]
    real = [o for o in drawn if PageSource.GENERATED not in o.sources]
    used = real or drawn
    names = sorted({d.typed.set_name for d in documents if d.source is not PageSource.GENERATED})
    population = f"concatenations and single documents of {', '.join(names)}" if real else GENERATED
    apart = [o for o in used if o.said.any()]
    whole = [o for o in used if not o.said.any()]
    return (
        _certificate(SPLIT, apart, OTHER_TARGET, population),
        _certificate(WHOLE, whole, CRITICAL_TARGET, population),
    )


def _certificate(field: str, group: Sequence[Outcome], target: float, population: str) -> Certificate:
    decisions = Decisions(
        np.array([o.confidence for o in group]), np.array([o.exact for o in group], dtype=np.int64)
    )
    return certify(field, decisions, target=target, population=population)
