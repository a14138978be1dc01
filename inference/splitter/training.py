"""Training the splitter from paged documents, and measuring it on packets of documents it never saw."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from inference.extractor.training import UntrainableError
from inference.labelled.documents import split
from inference.learned.measures import auroc, expected_calibration_error
from inference.learned.single_thread import single_thread
from inference.reading.document import Floats
from inference.splitter.fitting import (
    Calibration,
    Prepared,
    fit_calibration,
    fit_edges,
    fit_trees,
    packet_features,
    prepare,
)
from inference.splitter.measures import (
    Outcome,
    SplitFigures,
    certificates_of,
    false_splits,
    figures_of,
    outcome,
)
from inference.splitter.model import EVEN, Splitter
from inference.splitter.packets import Packet, PagedDocument, packets_of, single
from schemas.certificates import Certificate

MEASURED_ROUNDS = 3
"""Rounds of held-out packets behind the figures; only the first, where no document comes twice, certifies."""

Told = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class TrainedSplitter:
    """A trained splitter with what was measured out of fold.

    Attributes:
        ece: Of the probability of a page, over all pages.
        auroc: Of the confidence in a whole packet.
        outcomes: Every held-out packet and single document.
        false_splits: Single documents that would be taken apart without a person; ``singles`` all of them.
    """

    splitter: Splitter
    outcomes: tuple[Outcome, ...]
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
        held_out = _held_out(prepared, folds, seed, told)
        outcomes = _outcomes(documents, held_out)
        calibration = _calibration(documents, held_out)
        everything = list(range(len(documents)))
        edges = fit_edges(prepared, everything)
        trees = fit_trees(prepared, everything, seed)
        splitter = Splitter(edges, trees, calibration.slope, calibration.offset)
    told("training", folds + 1, folds + 1)
    return _measured(splitter, outcomes, documents, families=families, folds=folds)


@dataclass(frozen=True, slots=True)
class _HeldOut:
    """A packet of documents that the trees never saw, with their log odds; ``round`` -1 for a single one."""

    packet: Packet
    round: int
    fold: int
    odds: Floats


def _held_out(prepared: Prepared, folds: int, seed: int, told: Told) -> list[_HeldOut]:
    documents = prepared.documents
    parts = split([document.typed for document in documents], folds, seed)
    found: list[_HeldOut] = []
    for fold in range(folds):
        told("training", fold, folds + 1)
        kept = np.flatnonzero(parts != fold).tolist()
        held = np.flatnonzero(parts == fold).tolist()
        edges, trees = fit_edges(prepared, kept), fit_trees(prepared, kept, seed)
        rng = random.Random(f"{seed}:held:{fold}")  # noqa: S311  nothing here is secret
        drawn = [(p, n) for n in range(MEASURED_ROUNDS) for p in packets_of(documents, held, rng)]
        drawn += [(single(documents, index), -1) for index in held if len(documents[index].pages) > 1]
        for packet, number in drawn:
            odds = trees.score(packet_features(prepared, edges, packet).features)
            found.append(_HeldOut(packet, number, fold, odds))
    return found


def _calibration(documents: Sequence[PagedDocument], held_out: Sequence[_HeldOut]) -> Calibration:
    truth = [outcome(documents, one.packet, one.odds, one.round).begins for one in held_out]
    return fit_calibration(np.concatenate([one.odds for one in held_out]), np.concatenate(truth))


def _outcomes(documents: Sequence[PagedDocument], held_out: Sequence[_HeldOut]) -> list[Outcome]:
    """Return what is made of the packets, with probabilities calibrated on the other folds."""
    by_fold = {
        fold: _calibration(documents, [one for one in held_out if one.fold != fold])
        for fold in {one.fold for one in held_out}
    }
    outcomes: list[Outcome] = []
    for one in held_out:
        blank = np.array([place is None for place in one.packet.pages[1:]], dtype=bool)
        chances = np.where(blank, 0.0, by_fold[one.fold].apply(one.odds))
        outcomes.append(outcome(documents, one.packet, chances, one.round))
    return outcomes


def _measured(
    splitter: Splitter,
    outcomes: Sequence[Outcome],
    documents: Sequence[PagedDocument],
    *,
    families: int,
    folds: int,
) -> TrainedSplitter:
    certificates = certificates_of(outcomes, documents)
    limits = {one.field: one.threshold for one in certificates}
    chances = np.concatenate([o.chances for o in outcomes])
    right = (chances >= EVEN) == np.concatenate([o.begins for o in outcomes])
    confidence = np.array([o.confidence for o in outcomes])
    taken_apart, singles = false_splits(outcomes, limits)
    return TrainedSplitter(
        splitter=splitter,
        outcomes=tuple(outcomes),
        figures=figures_of(outcomes, limits),
        ece=expected_calibration_error(np.maximum(chances, 1 - chances), right.astype(np.int64)),
        auroc=auroc(confidence, np.array([o.exact for o in outcomes], dtype=np.int64)),
        false_splits=taken_apart,
        singles=singles,
        certificates=certificates,
        documents=len(documents),
        pages=sum(len(document.pages) for document in documents),
        families=families,
        folds=folds,
    )
