"""What an evaluation would cost before anything is spent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from evals.running import Runner
from evals.sets.form import SetRecord
from evals.variants import Variant
from schemas.errors import MissingObjectError
from schemas.layout_block import to_block
from schemas.results import ArtifactKind
from store.artifacts import get_artifact

SAMPLE = 5
CHARACTERS_PER_TOKEN = 4
ANSWER_TOKENS = 800

Price = Callable[[str, int, int], float | None]
"""Dollars of a call by model, input tokens and output tokens; None where the price is not known."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is still to be asked, and what that is expected to cost.

    Attributes:
        dollars: None where the model's price is not known.
    """

    documents: int
    known: int
    dollars: float | None

    @property
    def free(self) -> bool:
        """Whether nothing has to be paid."""
        return not self.documents or self.dollars == 0.0


async def estimate(runner: Runner, records: Sequence[SetRecord], variant: Variant, price: Price) -> Estimate:
    """Return what running a variant would cost, from the length of a few of the documents."""
    mine = [r for r in records if r.doc_type == variant.bundle.doc_type and not r.tombstone]
    known = await runner.known(mine, variant)
    todo = [record for record in mine if record.doc.id not in known]
    if variant.free or not todo:
        return Estimate(len(todo), len(known), 0.0)
    lengths = []
    for record in todo[:SAMPLE]:
        try:
            lengths.append(
                len(to_block(await get_artifact(runner.store, record.doc.layout, ArtifactKind.LAYOUT)))
            )
        except MissingObjectError:
            continue
    tokens = sum(lengths) // max(1, len(lengths)) // CHARACTERS_PER_TOKEN
    each = price(variant.model, tokens, ANSWER_TOKENS)
    return Estimate(len(todo), len(known), None if each is None else each * len(todo))
