"""Fits a model's parts on some documents and ranks the others: the cross-fitting behind every figure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from inference.extractor.calibration import Head, cross_fitted, fit_head
from inference.extractor.decisions import Decision, decide, is_right
from inference.extractor.fields import FieldSketch
from inference.extractor.fitting import Examples, best_threshold, fit_context, fit_dense, remember
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
from inference.reading.document import Floats, Ints
from inference.reading.values import NAMED_KINDS

Progress = Callable[[str, int, int], None]
"""Told what is being done, how much of it is done, and how much there is."""

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
        self, prepared: Sequence[Prepared], fields: Sequence[FieldSketch], parts: Ints, progress: Progress
    ) -> None:
        self._prepared = prepared
        self._fields = fields
        self._parts = parts
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
        return [self._rank_held_out(field, features[field.name]) for field in self._fields], features

    def models(self, held_out: Sequence[HeldOut], features: Features) -> dict[str, FieldModel]:
        """Return the fields' models fitted on all documents, stage two on features out of fold."""
        everything = list(range(len(self._prepared)))
        contexts, memories = self._bases(everything)
        models: dict[str, FieldModel] = {}
        for out in held_out:
            field = out.field
            dense, constant = self._fit_dense(field, out.documents, features[field.name])
            threshold = best_threshold(list(zip(out.rankings, out.wanted, strict=True)), many=field.many)
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
        contexts: dict[str, Context | None] = {}
        memories: dict[str, Memory] = {}
        for field in self._fields:
            labelled = [self._prepared[i] for i in rows if field.name in self._prepared[i].wanted]
            contexts[field.name] = fit_context(
                [
                    Examples(
                        p.candidates[field.kind].codes,
                        p.truth(field),
                        p.labelled.weight_of(field.name),
                        p.labelled.key,
                    )
                    for p in labelled
                    if p.candidates[field.kind].spans and p.teaches_place(field)
                ]
            )
            memories[field.name] = remember(
                field.name, [key for p in labelled for key in sorted(p.wanted[field.name])]
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

    def _rank_held_out(self, field: FieldSketch, features: list[tuple[Floats, Ints]]) -> HeldOut:
        documents = [i for i, prepared in enumerate(self._prepared) if field.name in prepared.wanted]
        wanted = {i: self._prepared[i].wanted[field.name] for i in documents}
        rankings: dict[int, Ranked] = {}
        for fold in self._folds:
            kept = [i for i in documents if self._parts[i] != fold]
            dense, constant = self._fit_dense(field, kept, features)
            for i in (i for i in documents if self._parts[i] == fold):
                candidates = self._prepared[i].candidates[field.kind]
                rankings[i] = rank(dense, constant, candidates, *features[i])
        decisions: dict[int, Decision] = {}
        for fold in self._folds:
            # A threshold chosen on the very decisions it makes would flatter them.
            others = [(rankings[i], wanted[i]) for i in documents if self._parts[i] != fold]
            threshold = best_threshold(others, many=field.many)
            for i in (i for i in documents if self._parts[i] == fold):
                decisions[i] = decide(rankings[i], many=field.many, threshold=threshold)
        return HeldOut(
            field,
            documents,
            [rankings[i] for i in documents],
            [wanted[i] for i in documents],
            [decisions[i] for i in documents],
        )
