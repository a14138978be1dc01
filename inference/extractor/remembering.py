"""Making precedents of decisions out of fold, and telling each decision by those of other families."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from inference.extractor.learner import HeldOut
from inference.extractor.learning_data import Prepared
from inference.extractor.precedents import NO_PLACE, Past, Precedents, sketch_at, with_precedents
from inference.extractor.ranker import Ranked
from inference.extractor.sketches import Sketch, rarity_of


def precedents_of(held_out: Sequence[HeldOut], prepared: Sequence[Prepared]) -> Precedents:
    """Return what became of the decisions about documents while they were held out."""
    pages = [one.labelled.document for one in prepared]
    rarity = rarity_of(pages)
    fields = {out.field.name: _past(out, prepared) for out in held_out if out.documents}
    return Precedents(rarity, np.stack([rarity.page(page) for page in pages]), fields)


def told_by(
    precedents: Precedents, held_out: Sequence[HeldOut], prepared: Sequence[Prepared]
) -> list[HeldOut]:
    """Return the decisions with the signals of their precedents; none is its own, nor of its own family."""
    families = np.array([one.labelled.family or one.labelled.key for one in prepared])
    likeness = []
    for one, family in zip(prepared, families, strict=True):
        near = precedents.likeness(one.labelled.document)
        likeness.append(np.where(families == family, 0.0, near))
    told: list[HeldOut] = []
    for out in held_out:
        name, kind = out.field.name, out.field.kind
        decisions = []
        for i, ranked, decision in zip(out.documents, out.rankings, out.decisions, strict=True):
            document, spans = prepared[i].labelled.document, prepared[i].candidates[kind].spans
            decisions.append(
                with_precedents(decision, precedents, name, likeness[i], document, spans, ranked)
            )
        told.append(replace(out, decisions=decisions))
    return told


def _past(out: HeldOut, prepared: Sequence[Prepared]) -> Past:
    chosen: list[Sketch | None] = []
    wanted: list[Sketch | None] = []
    for i, ranked, decision in zip(out.documents, out.rankings, out.decisions, strict=True):
        document, spans = prepared[i].labelled.document, prepared[i].candidates[out.field.kind].spans
        right = _likeliest_right(ranked, prepared[i].taught[out.field.name])
        for group, into in ((decision.groups[0] if decision.groups else None, chosen), (right, wanted)):
            into.append(None if group is None else sketch_at(document, spans, ranked, group))
    return Past(
        documents=np.array(out.documents, dtype=np.int64),
        right=out.right,
        given=np.array([one is not None for one in chosen], dtype=np.bool_),
        chosen=np.stack([NO_PLACE if one is None else one for one in chosen]),
        found=np.array([one is not None for one in wanted], dtype=np.bool_),
        wanted=np.stack([NO_PLACE if one is None else one for one in wanted]),
    )


def _likeliest_right(ranked: Ranked, right: frozenset[str]) -> int | None:
    """Return the group that is right, the likeliest where several are; None where no candidate is."""
    groups = [group for group, key in enumerate(ranked.keys) if key in right]
    return max(groups, key=lambda group: (ranked.probabilities[group], -group), default=None)
