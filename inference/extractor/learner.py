"""Fits a model's parts on some documents and ranks the others: the cross-fitting behind every figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from inference.extractor.bonds import Bonds, bound
from inference.extractor.calibration import Head, cross_fitted, fit_head
from inference.extractor.decisions import Decision, decide, is_right
from inference.extractor.fields import FieldSketch
from inference.extractor.fitting import Examples, best_threshold, fit_context, fit_dense, remember, tally
from inference.extractor.groups import Group
from inference.extractor.learning_data import Prepared
from inference.extractor.ranker import (
    Context,
    Dense,
    FieldModel,
    Memory,
    Ranked,
    context_logits,
    group_features,
    rank,
)
from inference.learned.side_by_side import side_by_side
from inference.reading.document import Floats, Ints
from inference.reading.values import NAMED_KINDS

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""

SLACK = 0.01
"""Of thresholds where a type states labels, so that it is read in layouts that nobody has seen."""

Features = dict[str, list[tuple[Floats, Ints]]]
"""By field and document: dense features of the groups, and each group's best span."""


@dataclass(frozen=True)
class HeldOut:
    """One field's rankings and decisions in every document it is labelled in, by models that never saw it.

    Attributes:
        documents: Indices of the documents.
    """

    field: FieldSketch
    documents: list[int]
    rankings: list[Ranked]
    wanted: list[frozenset[str]]
    decisions: list[Decision]

    def only(self, rows: Sequence[int]) -> HeldOut:
        """Return the same for some of the documents, by their position here."""
        return HeldOut(
            self.field,
            [self.documents[row] for row in rows],
            [self.rankings[row] for row in rows],
            [self.wanted[row] for row in rows],
            [self.decisions[row] for row in rows],
        )

    @property
    def right(self) -> Ints:
        """Return 1 for every right decision, 0 for every wrong one."""
        rows = zip(self.decisions, self.rankings, self.wanted, strict=True)
        return np.array([is_right(d, r, w, many=self.field.many) for d, r, w in rows], dtype=np.int64)

    @property
    def signals(self) -> Floats:
        """Return the decisions' signals, one row each."""
        return np.array([decision.signals for decision in self.decisions])


class Learner:
    """Fits on prepared documents, which are in a fixed order and parted into folds."""

    def __init__(
        self,
        prepared: Sequence[Prepared],
        fields: Sequence[FieldSketch],
        parts: Ints,
        bonds: Bonds,
        progress: Progress,
    ) -> None:
        self._prepared = prepared
        self._fields = fields
        self._parts = parts
        self._bonds = bonds
        self._slack = SLACK if bonds.absent else 0.0
        self._folds = range(int(parts.max()) + 1)
        self._progress = progress
        self._fits = 0

    def held_out(self) -> tuple[list[HeldOut], Features]:
        """Return every field's decisions out of fold, and the features out of fold they rest on."""
        features: Features = {
            field.name: [(np.zeros((0, 0)), np.zeros(0, dtype=np.int64))] * len(self._prepared)
            for field in self._fields
        }
        for fold in self._folds:
            kept = [i for i in range(len(self._prepared)) if self._parts[i] != fold]
            contexts, memories = self._bases(kept)
            for i in np.flatnonzero(self._parts == fold).tolist():
                for name, row in self._describe(self._prepared[i], contexts, memories).items():
                    features[name][i] = row
        ranked = side_by_side(lambda field: self._rank_held_out(field, features[field.name]), self._fields)
        pairs = zip(self._fields, self._bound(list(ranked)), strict=True)
        return [self._decided(field, ranked) for field, ranked in pairs], features

    def models(self, held_out: Sequence[HeldOut], features: Features) -> dict[str, FieldModel]:
        """Return the fields' models fitted on all documents, stage two on features out of fold."""
        everything = list(range(len(self._prepared)))
        contexts, memories = self._bases(everything)
        models: dict[str, FieldModel] = {}

        def fitted(out: HeldOut) -> tuple[Dense | None, float]:
            return self._fit_dense(out.field, out.documents, features[out.field.name])

        for out, (dense, constant) in zip(held_out, side_by_side(fitted, held_out), strict=True):
            field = out.field
            tallies = [
                tally(ranked, wanted, many=field.many)
                for ranked, wanted in zip(out.rankings, out.wanted, strict=True)
            ]
            threshold = best_threshold(tallies, slack=self._slack)
            models[field.name] = FieldModel(
                field.name, field.kind, field.many, contexts[field.name], dense, constant, threshold,
                memories[field.name],
            )  # fmt: skip
        return models

    def confidences(self, held_out: Sequence[HeldOut]) -> list[Floats]:
        """Return the confidence of every field's decisions, by heads that never saw their fold."""
        folds = np.concatenate([self._parts[out.documents] for out in held_out])
        flat = cross_fitted(self._names(), *self._pooled(held_out), folds)
        return np.split(flat, np.cumsum([len(out.documents) for out in held_out])[:-1])

    def head(self, held_out: Sequence[HeldOut]) -> Head:
        """Return the confidence head fitted on all decisions out of fold."""
        return fit_head(self._names(), *self._pooled(held_out))

    def _pooled(self, held_out: Sequence[HeldOut]) -> tuple[list[str], Floats, Ints, Floats]:
        """Return field, signals, truth and weight of every decision."""
        filled = [out for out in held_out if out.documents]
        weights = [
            self._prepared[i].labelled.weight_of(out.field.name) for out in filled for i in out.documents
        ]
        return (
            [out.field.name for out in filled for _ in out.documents],
            np.concatenate([out.signals for out in filled]),
            np.concatenate([out.right for out in filled]),
            np.array(weights),
        )

    def _names(self) -> tuple[str, ...]:
        return tuple(field.name for field in self._fields)

    def _bases(self, rows: Sequence[int]) -> tuple[dict[str, Context | None], dict[str, Memory]]:
        labelled = {
            field.name: [self._prepared[i] for i in rows if field.name in self._prepared[i].wanted]
            for field in self._fields
        }

        def context(field: FieldSketch) -> Context | None:
            return fit_context(_examples(field, labelled[field.name]))

        contexts: dict[str, Context | None] = {}
        memories: dict[str, Memory] = {}
        for field, fitted in zip(self._fields, side_by_side(context, self._fields), strict=True):
            contexts[field.name] = fitted
            memories[field.name] = remember(
                field.name, [key for p in labelled[field.name] for key in sorted(p.wanted[field.name])]
            )
            self._fits += 1
            self._progress("fields", self._fits, len(self._fields) * (len(self._folds) + 1))
        return contexts, memories

    def _describe(
        self, prepared: Prepared, contexts: dict[str, Context | None], memories: dict[str, Memory]
    ) -> dict[str, tuple[Floats, Ints]]:
        out: dict[str, tuple[Floats, Ints]] = {}
        for kind, candidates in prepared.candidates.items():
            fields = [field for field in self._fields if field.kind is kind]
            logits = context_logits(candidates, [contexts[field.name] for field in fields])
            for column, field in enumerate(fields):
                out[field.name] = group_features(candidates, logits, column, field, memories[field.name])
        return out

    def _fit_dense(
        self, field: FieldSketch, rows: Sequence[int], features: list[tuple[Floats, Ints]]
    ) -> tuple[Dense | None, float]:
        rows = [i for i in rows if len(features[i][1])]
        right = [
            np.array([g.key in self._prepared[i].taught[field.name] for g in self._groups(field, i)])
            for i in rows
        ]
        weights = np.array([self._prepared[i].labelled.weight_of(field.name) for i in rows])
        # Readings of an amount exclude one another by their values; a name is also a part of a longer one.
        rivals = field.kind in NAMED_KINDS and not field.many
        return fit_dense([features[i][0] for i in rows], right, weights, rivals=rivals)

    def _groups(self, field: FieldSketch, row: int) -> Sequence[Group]:
        return self._prepared[row].candidates[field.kind].view.groups

    def _rank_held_out(self, field: FieldSketch, features: list[tuple[Floats, Ints]]) -> dict[int, Ranked]:
        """Return the rankings of the documents that label a field, each by a stage two that never saw it."""
        documents = [i for i, prepared in enumerate(self._prepared) if field.name in prepared.wanted]
        rankings: dict[int, Ranked] = {}
        for fold in self._folds:
            kept = [i for i in documents if self._parts[i] != fold]
            dense, constant = self._fit_dense(field, kept, features)
            for i in (i for i in documents if self._parts[i] == fold):
                candidates = self._prepared[i].candidates[field.kind]
                rankings[i] = rank(dense, constant, candidates, *features[i])
        return {i: rankings[i] for i in documents}

    def _bound(self, rankings: list[dict[int, Ranked]]) -> list[dict[int, Ranked]]:
        """Return the rankings as the fields of a document agree with one another, kind by kind."""
        out = [dict(ranked) for ranked in rankings]
        for kind in dict.fromkeys(field.kind for field in self._fields):
            mine = [n for n, field in enumerate(self._fields) if field.kind is kind]
            for i in range(len(self._prepared)):
                here = [n for n in mine if i in rankings[n]]
                agreed = bound([self._fields[n] for n in here], [rankings[n][i] for n in here], self._bonds)
                for n, ranked in zip(here, agreed, strict=True):
                    out[n][i] = ranked
        return out

    def _decided(self, field: FieldSketch, rankings: dict[int, Ranked]) -> HeldOut:
        documents = list(rankings)
        wanted = {i: self._prepared[i].wanted[field.name] for i in documents}
        tallies = {i: tally(rankings[i], wanted[i], many=field.many) for i in documents}
        decisions: dict[int, Decision] = {}
        for fold in self._folds:
            # A threshold chosen on the very decisions it makes would flatter them.
            others = [tallies[i] for i in documents if self._parts[i] != fold]
            threshold = best_threshold(others, slack=self._slack)
            for i in (i for i in documents if self._parts[i] == fold):
                decisions[i] = decide(rankings[i], many=field.many, threshold=threshold)
        return HeldOut(
            field,
            documents,
            [rankings[i] for i in documents],
            [wanted[i] for i in documents],
            [decisions[i] for i in documents],
        )


def _examples(field: FieldSketch, labelled: Sequence[Prepared]) -> list[Examples]:
    return [
        Examples(
            one.candidates[field.kind].described.codes,
            one.truth(field),
            one.labelled.weight_of(field.name),
            one.labelled.key,
        )
        for one in labelled
        if one.candidates[field.kind].spans and one.teaches_place(field)
    ]
