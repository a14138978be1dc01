"""A well log for the agents: one that is drawn, who reads it, and a workshop that knows its type."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cache

from agents.bundles import PinnedParts
from agents.extraction.agent import ExtractionAgent
from agents.extraction.reader import FieldReader
from agents.gatekeeper.agent import Gatekeeper
from agents.gatekeeper.judging import Judge
from agents.gatekeeper.logs import LogDetector
from agents.intake.agent import Intake
from agents.intake.sources import ConfiguredSources, FolderSource
from agents.validation.agent import Validation
from agents.validation.assemble import Assembler
from doctypes.folder import ROOT, load_folder
from pages.reader import ReadDocument
from samples.logs.log import Log, make
from samples.logs.scanning import Wear
from samples.logs.words import page_of
from samples.sample import source
from schemas.canonical import canonical_json, sha256_hex
from schemas.certificates import Certificate, Certificates
from schemas.fields import Deliverable
from schemas.layout import Layout, PageQuality, Quality
from schemas.results import ArtifactKind, Record
from store.artifacts import get_artifact
from store.bundles import publish_bundle, publish_model
from store.ledger import PayOnce
from store.releases import Release, publish_release
from store.revisions import standing
from tests.unit.agents.workshop import Workshop

CLEAN = Wear(fade=0.2, noise=4.0, blur=0.4, skew=0.7, specks=10, bilevel=False, jpeg=None)


@cache
def a_log() -> Log:
    """Return the one log that is drawn for all, without much wear."""
    return make(source("tests", "log"), "single", fate=CLEAN)


@dataclass
class Scanner:
    """Reads one log as a perfect OCR would, and draws it."""

    log: Log
    drawn: int = 0

    async def read(self, data: bytes, *, unpack: bool = True) -> ReadDocument:
        pages = (PageQuality(page=1, score=0.9, parts=()),)
        return ReadDocument("image/png", Layout(pages=(page_of(self.log),)), Quality(score=0.9, pages=pages))

    async def render(self, data: bytes, page: int, dpi: int, rotation: int = 0) -> bytes:
        self.drawn += 1
        return self.log.png()


@dataclass
class LogShop(Workshop):
    """The workshop with the well log's own type, and somebody who draws pages."""

    scanner: Scanner = field(default_factory=lambda: Scanner(a_log()))

    def restart(self) -> None:
        ledger, parts = PayOnce(), PinnedParts()
        self.handlers = (
            Intake(self._stage("intake"), self, ConfiguredSources(FolderSource(None, 10_000_000))),
            Gatekeeper(
                self._stage("gatekeeper"),
                self.scanner,
                Judge(self.model, ledger, parts, LogDetector(self.scanner)),
            ),
            ExtractionAgent(self._stage("extraction"), FieldReader(self.model, ledger, self.scanner), parts),
            Validation(self._stage("validation"), Assembler(parts)),
        )

    async def digest(self, now: datetime) -> str:
        folder = load_folder(ROOT / "well_log")
        names = ("doc_type", *(spec.name for spec in folder.doc_type.fields))
        certificates = Certificates(
            variant=sha256_hex(folder.parts["digitiser"]),
            certificates=tuple(self._certificate(name) for name in names),
        )
        parts = folder.parts | {"thresholds.json": canonical_json(certificates)}
        release = Release(
            bundles={"well_log": await publish_bundle(self.store, "well_log", parts)},
            classifier=await publish_model(self.store, b"classifier"),
            classifier_thresholds=await publish_model(self.store, canonical_json(certificates)),
        )
        return (await publish_release(self.store, release))[0]

    def _certificate(self, name: str) -> Certificate:
        uncertified = name in self.uncertified
        one = super()._certificate(name)
        return one.model_copy(update={"threshold": None if uncertified else 0.01})

    uncertified: tuple[str, ...] = ()


async def record_of(shop: LogShop, document_id: str) -> Record:
    """Return the record that stands."""
    revision = await standing(shop.store, document_id)
    assert revision is not None
    return await get_artifact(shop.store, revision.record, ArtifactKind.RECORD)


def files_of(record: Record) -> dict[str, Deliverable]:
    """Return the files a record delivers, by field."""
    found = {
        entry.field.name: entry.field.readings[0].file for entry in record.fields if entry.field.readings
    }
    return {name: file for name, file in found.items() if file is not None}
