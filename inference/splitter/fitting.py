"""Fitting the parts of the splitter: edges from single documents, trees from packets of held-out edges."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from inference.labelled.documents import split
from inference.learned.trees import Trees, from_sklearn
from inference.reading.document import Floats, Ints
from inference.splitter.features import BUCKETS, FEATURES, ZONES, Edges, Hashed, features, hashed
from inference.splitter.file import scale_of
from inference.splitter.model import calibrated
from inference.splitter.packets import Packet, PagedDocument, packets_of, single
from inference.splitter.pages import PageView, view_of
from schemas.layout_block import BlockPage

MOST_PAGES = 24
"""Pages of one document that the edges are learned from: its first, its last, and some between."""
ROUNDS = 3
"""Rounds of packets of held-out documents that the trees are grown on."""
STRANGE_ROUNDS = 2
"""Rounds of packets whose kinds of documents the edges have never seen: what is new comes in packets too."""
INNER_FOLDS = 3
_FIRST, _LAST = 6, 4
_C = 10.0
_TREES = {"n_estimators": 160, "max_depth": 4, "learning_rate": 0.1, "min_samples_leaf": 15}
_DRAWN = {"subsample": 0.6, "max_features": 0.4}
_BLANK = BlockPage(1, 612, 792, 0, ())


@dataclass(frozen=True)
class Prepared:
    """Documents with the views and buckets of their pages, computed once."""

    documents: Sequence[PagedDocument]
    views: Sequence[Sequence[PageView]]
    pages: Sequence[Sequence[Hashed]]


@dataclass(frozen=True)
class Rows:
    """Rows of features with their truth, over several packets."""

    features: Floats
    begins: Ints


def prepare(documents: Sequence[PagedDocument]) -> Prepared:
    """Return the documents with what is known of their pages."""
    views = [[view_of(page) for page in document.pages] for document in documents]
    return Prepared(documents, views, [[hashed(view) for view in known] for known in views])


def fit_edges(prepared: Prepared, members: Sequence[int]) -> Edges:
    """Return the edges learned from the documents at ``members``, rounded as the file keeps them."""
    from scipy.sparse import csr_matrix
    from sklearn.linear_model import LogisticRegression

    pages: list[Hashed] = []
    begins: list[bool] = []
    ends: list[bool] = []
    weights: list[float] = []
    for index in members:
        count = len(prepared.pages[index])
        chosen = _chosen(count)
        pages += [prepared.pages[index][page] for page in chosen]
        begins += [page == 0 for page in chosen]
        ends += [page == count - 1 for page in chosen]
        weights += [1 / np.sqrt(len(chosen))] * len(chosen)
    seen = np.zeros(BUCKETS)
    for page in pages:
        seen[page.words] += 1
    idf = (np.log((1 + len(pages)) / (1 + seen)) + 1).astype(np.float16).astype(np.float64)
    indptr = np.concatenate([[0], np.cumsum([len(page.zones) for page in pages])])
    columns = np.concatenate([page.zones for page in pages])
    values = np.concatenate([page.weights for page in pages])
    x = csr_matrix((values, columns, indptr), shape=(len(pages), ZONES * BUCKETS))
    fitted = []
    for truth in (begins, ends):
        if all(truth) or not any(truth):
            fitted.append((np.zeros(ZONES * BUCKETS), 0.0))
            continue
        model = LogisticRegression(C=_C, solver="liblinear", random_state=0)
        model.fit(x, np.array(truth), sample_weight=np.array(weights))
        fitted.append((_eight_bits(model.coef_[0]), float(np.float32(model.intercept_[0]))))
    return Edges(idf, fitted[0][0], fitted[1][0], (fitted[0][1], fitted[1][1]))


def _chosen(count: int) -> list[int]:
    if count <= MOST_PAGES:
        return list(range(count))
    between = np.linspace(_FIRST, count - _LAST - 1, MOST_PAGES - _FIRST - _LAST)
    return sorted({*range(_FIRST), *range(count - _LAST, count), *np.round(between).astype(int).tolist()})


def _eight_bits(weights: Floats) -> Floats:
    scale = scale_of(weights)
    return np.asarray(np.round(weights / scale) * scale, dtype=float)


def packet_features(prepared: Prepared, edges: Edges, packet: Packet) -> Rows:
    """Return a row for each page of the packet but the first."""
    views: list[PageView] = []
    pages: list[Hashed] = []
    blank = view_of(_BLANK)
    for place in packet.pages:
        view = prepared.views[place[0]][place[1]] if place else blank
        if packet.one_size and views and view.height > 0:
            size = views[0]
            line_height = view.line_height * size.height / view.height
            view = replace(view, width=size.width, height=size.height, line_height=line_height)
        views.append(view)
        pages.append(prepared.pages[place[0]][place[1]] if place else hashed(blank))
    if len(views) < 2:
        return Rows(np.zeros((0, len(FEATURES))), np.zeros(0, dtype=np.int64))
    return Rows(features(edges, views, pages), np.array(packet.begins[1:], dtype=np.int64))


def fit_trees(prepared: Prepared, members: Sequence[int], seed: int) -> Trees:
    """Return trees grown on packets whose edges never saw the packets' documents.

    Single documents of several pages are among the packets, each of them once. In some rounds whole sets
    are held out: there the words of a page say little, and its numbers, stamps and likeness must tell.
    """
    from sklearn.ensemble import GradientBoostingClassifier

    documents = [prepared.documents[i].typed for i in members]
    known = split(documents, INNER_FOLDS, seed + 1)
    strange = split([replace(d, family=d.set_name) for d in documents], INNER_FOLDS, seed + 1)
    rows = _rows(prepared, members, known, ROUNDS, f"{seed}:known")
    rows += _rows(prepared, members, strange, STRANGE_ROUNDS, f"{seed}:strange")
    x = np.concatenate([row.features for row in rows])
    model = GradientBoostingClassifier(random_state=0, **_TREES, **_DRAWN)
    return from_sklearn(model.fit(x, np.concatenate([row.begins for row in rows])))


def _rows(prepared: Prepared, members: Sequence[int], parts: Ints, rounds: int, seed: str) -> list[Rows]:
    """Return the rows of packets whose documents, part by part, the edges never saw."""
    rows: list[Rows] = []
    for part in np.unique(parts).tolist():
        held = [i for i, own in zip(members, parts, strict=True) if own == part]
        kept = [i for i, own in zip(members, parts, strict=True) if own != part]
        if not kept:
            continue
        edges = fit_edges(prepared, kept)
        rng = random.Random(f"{seed}:{part}")  # noqa: S311  nothing here is secret
        packets = [packet for _ in range(rounds) for packet in packets_of(prepared.documents, held, rng)]
        packets += [single(prepared.documents, i) for i in held if len(prepared.views[i]) > 1]
        rows += [packet_features(prepared, edges, packet) for packet in packets]
    return rows


@dataclass(frozen=True, slots=True)
class Calibration:
    """Slope and offset that turn the trees' log odds into those that hold."""

    slope: float = 1.0
    offset: float = 0.0

    def apply(self, odds: Floats) -> Floats:
        """Return calibrated probabilities."""
        return calibrated(self.slope * odds + self.offset)


def fit_calibration(odds: Floats, begins: Ints) -> Calibration:
    """Return the calibration fitted on held-out log odds; none where there is nothing to fit."""
    if len(begins) < 2 or begins.min() == begins.max():
        return Calibration()
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=1e4).fit(odds[:, None], begins)
    slope, offset = float(np.float32(model.coef_[0, 0])), float(np.float32(model.intercept_[0]))
    return Calibration(slope, offset) if slope > 0 else Calibration()
