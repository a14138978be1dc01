"""What ``doctrail finetune`` does: reviewed records of the training pool, and base data, to a challenger."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from agents.bundles import PinnedParts
from app.actions.promoting import challenger_of
from app.actions.train import Trainer, Written
from doctypes.folder import TypeFolder
from evals.errors import UnknownVariantError
from evals.gathering import HURRIED_MS
from evals.truth import hurried_reviewers
from evals.variants import Variants
from inference.extractor.training import UntrainableError
from inference.labelled.corrections import Reviewed, reviewed_documents
from inference.labelled.sources import Sourced
from ops.words import several
from schemas.errors import MissingObjectError
from schemas.layout_block import to_block
from schemas.results import ArtifactKind
from schemas.reviewed import ReviewedRecord
from store.artifacts import get_artifact
from store.families import families_near, family_of, sketch_of
from store.lineages import keep_lineage, parse_lineage
from store.pools import Pool, pool_of, pool_secret
from store.protocol import ObjectStore
from store.reviewed import reviewed_between

_AT_ONCE = 32


@dataclass(frozen=True, slots=True)
class Drawn:
    """Which of the reviewed records, and of the labelled documents beside them, may be learned from.

    Attributes:
        reviewed: Those of the training pool, with their pages.
        kept_for_evals: Records of the eval pool, of which nothing is learned.
        left_out: Records whose document joins two families.
        without: Keys of labelled documents that evals hold, or that are near one they hold.
        hurried: Records of reviewers who decide faster than anybody reads: they teach nothing.
    """

    reviewed: Reviewed
    kept_for_evals: int
    left_out: int
    without: frozenset[str] = frozenset()
    hurried: int = 0

    @property
    def told(self) -> tuple[str, ...]:
        """What is to be said of it."""
        documents, decisions = len(self.reviewed.documents), len(self.reviewed.decisions)
        return (
            f"learned from {decisions} decisions on {documents} documents of the training pool",
            f"{self.kept_for_evals} records are kept for evals, {self.left_out} belong to no pool",
            *(f"pages of {key} are gone" for key in self.reviewed.unreadable),
            *self._left_out(),
        )

    def _left_out(self) -> Iterator[str]:
        if self.without:
            yield f"{several(len(self.without), 'labelled document')} kept for evals"
        if self.hurried:
            records = several(self.hurried, "record")
            yield f"{records} of reviewers faster than anybody reads left out (weight 0)"


async def draw(
    store: ObjectStore, records: Sequence[ReviewedRecord], folder: TypeFolder, base: Sequence[Sourced] = ()
) -> Drawn:
    """Return what a type may learn from; evals never read it, and training nothing of theirs.

    Args:
        store: Keeps pools and pages.
        records: What people said.
        folder: The type.
        base: Labelled documents beside them.
    """
    secret = await pool_secret(store)
    mine = [record for record in records if record.doc_type == folder.doc_type.name]
    pools = [pool_of(secret, record.family, left_out=record.left_out) for record in mine]
    hurried = hurried_reviewers(records, least_ms=HURRIED_MS)
    whole = [record for record, pool in zip(mine, pools, strict=True) if pool is Pool.TRAINING]
    taken = [record for record in whole if record.reviewer not in hurried]
    blocks: dict[str, str] = {}
    for record in taken:
        if record.document_id not in blocks:
            try:
                layout = await get_artifact(store, record.layout, ArtifactKind.LAYOUT)
            except MissingObjectError:
                continue
            blocks[record.document_id] = to_block(layout)
    reviewed = reviewed_documents(taken, folder.doc_type, blocks)
    without = await _held_back(store, secret, base)
    return Drawn(
        reviewed,
        pools.count(Pool.EVALS),
        pools.count(Pool.NEITHER),
        without,
        len(whole) - len(taken),
    )


async def _held_back(store: ObjectStore, secret: bytes, base: Sequence[Sourced]) -> frozenset[str]:
    """Return the keys of the labelled documents that evals hold or are near to."""
    turns = asyncio.Semaphore(_AT_ONCE)

    async def one(document: Sourced) -> bool:
        async with turns:
            known = [await family_of(store, digest) for digest in document.digests]
            near = await families_near(store, sketch_of(document.text))
        names = {name for family in known if family for name in (family.name, *family.near)} | {*near}
        return any(pool_of(secret, name) is not Pool.TRAINING for name in names)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(document)) for document in base]
    return frozenset(document.key for document, task in zip(base, tasks, strict=True) if task.result())


async def everything_said(store: ObjectStore, now: datetime) -> list[ReviewedRecord]:
    """Return what people said of records since there are any."""
    return await reviewed_between(store, date.min, now.date() + timedelta(days=1))


async def offer(store: ObjectStore, written: Written, now: datetime) -> str | None:
    """Freeze a challenger beside what is live and keep what it learned from; nothing goes live by it.

    Returns:
        The name it is compared and promoted by, or None where nothing is live of its type.
    """
    variants = Variants(store, PinnedParts())
    try:
        live = await variants.live(written.name)
    except UnknownVariantError:
        return None
    challenger = await challenger_of(store, variants, written.name, written.folder)
    lineage = parse_lineage(written.variant.lineage or b"")
    await keep_lineage(store, lineage.model_copy(update={"parent": live.digest, "at": now}))
    return challenger.name


def finetune(trainer: Trainer, folder: TypeFolder, drawn: Drawn, data: Sequence[Path], out: Path) -> Written:
    """Train and write a challenger; nothing goes live by it.

    Raises:
        BrokenLabelsError: A folder of base data is not in order.
        UntrainableError: None of the records may be learned from, or there is nothing to learn.
    """
    if not drawn.reviewed.documents:
        raise UntrainableError(
            f"no reviewed record of type {folder.doc_type.name!r} is in the training pool with its pages "
            f"({drawn.kept_for_evals} are kept for evals, {drawn.left_out} belong to no pool)",
            reason="no_records",
        )
    return trainer.extractor(folder, data, out, drawn.reviewed, without=drawn.without)
