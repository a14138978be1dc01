"""A whole embedded installation in a temporary home, driven as the commands drive it."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import doctypes
import samples
from app.actions.submit import submit_all
from app.engine import Engine, until_idle
from app.settings import Settings
from app.wiring import Doctrail, open_doctrail
from catalog.queries import DocumentRow, list_documents
from schemas.canonical import sha256_hex
from schemas.results import Record
from store.revisions import standing

T = TypeVar("T")

SAMPLES = Path(samples.__file__).parent / "documents"


@dataclass(frozen=True)
class Installation:
    """A home and its settings."""

    settings: Settings

    @property
    def objects(self) -> Path:
        """The folder of the store."""
        return self.settings.home / "objects"

    def submit(self, *paths: Path, wait: bool = True, force: bool = False) -> int:
        """Submit files and return the exit code."""
        return asyncio.run(submit_all(self.settings, paths, wait=wait, force=force))

    def drain(self) -> None:
        """Let every agent work until nothing is left to do."""

        async def work(doctrail: Doctrail) -> None:
            await Engine(doctrail).run(until_idle)

        self.open(work)

    def open(self, work: Callable[[Doctrail], Coroutine[Any, Any, T]]) -> T:
        """Do ``work`` with the open installation."""

        async def opened() -> T:
            async with open_doctrail(self.settings) as doctrail:
                return await work(doctrail)

        return asyncio.run(opened())

    def documents(self) -> dict[str, DocumentRow]:
        """Return where every document stands, by id."""

        async def work(doctrail: Doctrail) -> dict[str, DocumentRow]:
            return {row.document_id: row async for row in list_documents(doctrail.catalog)}

        return self.open(work)

    def row(self, path: Path) -> DocumentRow:
        """Return where the document of a file stands."""
        return self.documents()[sha256_hex(path.read_bytes())]

    def record(self, path: Path) -> Record:
        """Return the standing record of a file's document."""

        document_id = sha256_hex(path.read_bytes())

        async def work(doctrail: Doctrail) -> Record:
            revision = await standing(doctrail.store, document_id)
            assert revision is not None
            return Record.model_validate_json(await doctrail.store.read(revision.record))

        return self.open(work)

    def drafted(self, path: Path) -> Record | None:
        """Return the newest record or draft of a file's document, where validation has made one."""
        folder = self.objects / "documents" / sha256_hex(path.read_bytes()) / "results" / "validation"
        made = sorted(folder.glob("*.json"), key=lambda result: result.stat().st_mtime_ns)
        return Record.model_validate_json(made[-1].read_bytes()) if made else None

    def results(self, stage: str) -> set[str]:
        """Return the keys of every result of a stage."""
        return {
            path.relative_to(self.objects).as_posix()
            for path in self.objects.glob(f"documents/*/results/{stage}/*.json")
        }

    def trails(self) -> list[dict[str, Any]]:
        """Return every attempt of every stage."""
        return [json.loads(p.read_bytes()) for p in sorted(self.objects.glob("documents/*/trail/*/*/*.json"))]


def settings_in(folder: Path, **changes: object) -> Settings:
    """Return settings for a home in ``folder`` that accepts certificates on generated samples.

    What is drawn by lot, by a secret that each home makes for itself, is drawn only where ``changes`` say so.
    """
    base = Settings(
        home=folder / "home",
        accept_generated_certificates=True,
        page_workers=1,
        review_audit_rate=0.0,
        review_all_fields_share=0.0,
        review_double_share=0.0,
        review_blind_share=0.0,
    )
    return base.model_copy(update=changes)


def copy_of_types(folder: Path, only: Sequence[str] = (), *, trained: bool = True) -> Path:
    """Return a copy of the shipped type folders that a test may edit, with or without their models."""
    target = folder / "types"
    learned = () if trained else ("model", "digitiser", "thresholds.json")
    left_out = shutil.ignore_patterns("__pycache__", *learned)
    for schema in Path(doctypes.__file__).parent.glob("*/schema.json"):
        if not only or schema.parent.name in only:
            shutil.copytree(schema.parent, target / schema.parent.name, ignore=left_out)
    return target
