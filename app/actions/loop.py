"""What ``doctrail loop`` does: a set, a challenger from corrections, their comparison, a proposal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from app.actions.evals import MAIN, Asked, build_set
from app.actions.finetune import Drawn, draw, everything_said, finetune, offer
from app.actions.promoting import compare_variants
from app.actions.train import Trainer
from app.settings import Settings
from app.wiring import Doctrail, open_doctrail, release_parts
from doctypes.folder import load_all
from evals.comparing.rule import Comparison
from evals.errors import EvalError
from evals.sets.form import Manifest
from ops.types import folder_of

T = TypeVar("T")
DAYS, PER_TYPE, SEED = 30, 500, 7


@dataclass(frozen=True, slots=True)
class Round:
    """One round, up to where a person decides.

    Attributes:
        challenger: The name it is promoted by.
        told: What it learned from.
    """

    manifest: Manifest
    moved: bool
    challenger: str
    told: tuple[str, ...]
    found: Comparison
    uses: int


def run_round(
    settings: Settings,
    doc_type: str,
    data: Sequence[Path],
    out: Path,
    by: str,
    *,
    accept_biased: bool = False,
) -> Round:
    """Build the set anew, train a challenger, compare it with what is live; nothing goes live by it.

    Raises:
        EvalError: There is nothing to build a set from, or nothing is live of the type.
        UntrainableError: There is nothing to learn.
    """
    folder = folder_of(load_all(release_parts(settings).types), doc_type)
    asked = Asked(MAIN, DAYS, PER_TYPE, SEED, accept_biased=accept_biased)
    built, moved = _opened(settings, lambda doctrail: build_set(doctrail, asked, by))

    trainer = Trainer(settings, folds=5, seed=0)
    base = trainer.base(folder, data)

    async def said(doctrail: Doctrail) -> Drawn:
        known = await everything_said(doctrail.store, doctrail.now())
        return await draw(doctrail.store, known, folder, base)

    drawn = _opened(settings, said)
    written = finetune(trainer, folder, drawn, data, out)
    name = _opened(settings, lambda doctrail: offer(doctrail.store, written, doctrail.now()))
    if name is None:
        raise EvalError(f"nothing is live of {doc_type!r} to compare a challenger with")
    found, uses = _opened(
        settings, lambda doctrail: compare_variants(doctrail, doc_type, name, MAIN, sealed=False, yes=False)
    )
    return Round(built.manifest, moved, name, drawn.told, found, uses)


def _opened(settings: Settings, work: Callable[[Doctrail], Awaitable[T]]) -> T:
    async def opened() -> T:
        async with open_doctrail(settings, needs_bus=False) as doctrail:
            return await work(doctrail)

    return asyncio.run(opened())
