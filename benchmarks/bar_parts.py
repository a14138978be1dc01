"""What the table of bars is made of: each part runs one bench and returns its figures with intervals."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from app.actions.models import FOR_THE_CLASSIFIER, GENERATED, LABELLED, TYPES
from benchmarks import certificates, doctype, inference
from benchmarks.extraction import Bench, remembering
from benchmarks.invoices import header_outcomes
from benchmarks.photographs import photographed
from benchmarks.rows import FRESH, LONG, Read, Sizes, rows_read
from benchmarks.scoring import Outcome, f1_of, figures, interval
from benchmarks.sets import PLANS, made_documents, opened, parts_of, planned_documents
from benchmarks.tables import cells_f1, macro_of, numbers_of, summed_column, table_interval
from doctypes.folder import TypeFolder
from inference.classifier.training import train_classifier
from inference.extractor.training import train
from inference.labelled.datasets import LABELS
from inference.learned.certify import upper_bound
from inference.tables.figures import Outcome as TableOutcome
from inference.tables.figures import table_figures
from inference.train.commands import MODEL, REAL_WEIGHT

FEW, SEEDS = 50, 3
VALUES = ("parties", "agreement_date", "effective_date", "expiration_date", "governing_law")
"""Fields of contracts whose values have spans in the labels."""
CLAUSES = ("audit_rights", "insurance")
"""What the shipped model accepts of contracts without a person: most have no such clause."""
_LONG = 12


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95 % interval; a share says how many of how many, so that shares can be pooled."""

    value: float | None
    low: float | None = None
    high: float | None = None
    hits: int | None = None
    of: int | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """What parts need: the labelled sets, where layouts are kept, the types, and inner folds of trainings."""

    data: Path
    cache: Path | None
    folders: Mapping[str, TypeFolder]
    folds: int = 5


Figures = dict[str, Figure]


@dataclass(frozen=True, slots=True)
class Part:
    """One bench: what it says, what it costs (CPU seconds of one core, about), and how it is run."""

    says: str
    cost: int
    run: Callable[[Setting], Figures]


def share(hits: int, of: int) -> Figure:
    """Return a share with its exact interval; no value where there is nothing."""
    if not of:
        return Figure(None, hits=0, of=0)
    high, low = upper_bound(hits, of, 0.975), 1 - upper_bound(of - hits, of, 0.975)
    return Figure(hits / of, low, high, hits, of)


def of_fields(outcomes: Sequence[Outcome]) -> Figures:
    """Return the figures of decisions about fields, resampled by document."""
    whole = figures("all", outcomes)

    def resampled(of: Callable[[Sequence[Outcome]], float]) -> tuple[float, float]:
        return interval(outcomes, of)

    accepted = [o for o in outcomes if o.accepted]
    absent = [o for o in accepted if o.absent]
    together = [o for o in outcomes if o.accepted_together]
    lacking = [o for o in outcomes if o.absent]
    ranks = whole.auroc is not None
    return {
        "f1": Figure(whole.f1, *resampled(f1_of)),
        "auroc": Figure(whole.auroc, *(resampled(_auroc) if ranks else (None, None))),
        "ece": Figure(whole.ece, *resampled(lambda some: figures("", some).ece)),
        "left": Figure(whole.left[0], *resampled(lambda some: figures("", some).left[0])),
        "accepted": Figure(whole.accepted, *resampled(lambda some: figures("", some).accepted)),
        "accepted wrong": share(sum(not o.right for o in accepted), len(accepted)),
        "accepted made up": share(sum(o.given for o in absent), len(absent)),
        "together": Figure(
            whole.accepted_together, *resampled(lambda some: figures("", some).accepted_together)
        ),
        "together wrong": share(sum(not o.right for o in together), len(together)),
        "made up": share(sum(o.given for o in lacking), len(lacking)),
    }


def _auroc(outcomes: Sequence[Outcome]) -> float:
    found = figures("", outcomes).auroc
    return 1.0 if found is None else found


def planned(name: str) -> Callable[[Setting], Figures]:
    """Return what benches one plan."""
    return lambda setting: of_fields(_planned(setting, name))


def contracts(setting: Setting) -> Figures:
    """Return how values of contracts are read, and what is made up among all that is accepted of them."""
    outcomes = _planned(setting, "cuad", (*VALUES, *CLAUSES))
    everything = of_fields(outcomes)
    return of_fields([o for o in outcomes if o.field in VALUES]) | {
        "accepted made up": everything["accepted made up"]
    }


def _planned(setting: Setting, name: str, only: Sequence[str] = ()) -> list[Outcome]:
    """Return the outcomes of a plan; ``only``: of these fields alone, each is learned by itself."""
    plan = next(plan for plan in PLANS if plan.name == name)
    folder = setting.folders[plan.doc_type]
    kept = tuple(spec for spec in folder.doc_type.fields if not only or spec.name in only)
    doc_type = folder.doc_type.model_copy(update={"fields": kept})
    documents = planned_documents(plan, setting.data, folder, setting.cache)
    bench = Bench(doc_type, documents, remembering(), setting.folds, mixed=plan.mixed)
    return bench.run(parts_of(documents, plan))[0]


def from_few(setting: Setting) -> Figures:
    """Return what is reached with FEW receipts, drawn SEEDS times; each fifth of the others is read."""
    plan = next(plan for plan in PLANS if plan.name == "sroie-mixed")
    folder = setting.folders[plan.doc_type]
    documents = planned_documents(plan, setting.data, folder, setting.cache)
    bench = Bench(folder.doc_type, documents, remembering(), setting.folds, mixed=plan.mixed)
    outcomes: list[Outcome] = []
    for seed, (kept, held) in zip(range(SEEDS), parts_of(documents, plan), strict=False):
        drawn = sorted(np.random.default_rng(seed).permutation(kept)[:FEW].tolist())
        trained = bench.learn([documents[i] for i in drawn])
        outcomes += bench.score(trained, [documents[i] for i in held])
    return of_fields(outcomes)


def own_ocr(setting: Setting) -> Figures:
    """Return how receipts are read from their photographs alone."""
    return of_fields(photographed(setting.folders["receipt"], setting.data, setting.cache, setting.folds))


def headers(hold: str) -> Callable[[Setting], Figures]:
    """Return what benches headers of real invoices, whole clusters or layouts held out."""

    def run(setting: Setting) -> Figures:
        folder = setting.folders["invoice"]
        return of_fields(header_outcomes(folder, setting.data, setting.cache, hold=hold, folds=setting.folds))

    return run


def rows(hold: str, sizes: Sizes) -> Callable[[Setting], Figures]:
    """Return what benches rows of invoices, whole clusters or layouts of real ones held out."""

    def run(setting: Setting) -> Figures:
        folder = setting.folders["invoice"]
        out: Figures = {}
        for read in rows_read(folder, setting.data, setting.cache, hold, sizes):
            name = {FRESH: "fresh ", LONG: "long "}.get(read.name, "")
            out |= {name + key: figure for key, figure in of_rows(folder, read).items()}
        return out

    return run


def of_rows(folder: TypeFolder, read: Read) -> Figures:
    """Return the figures of rows, resampled by document."""
    spec, outcomes = folder.doc_type.field(read.field), read.outcomes
    found = table_figures(outcomes, summed_column(spec))
    long = [o for o in outcomes if len(o.document.tables[spec.name].rows) > _LONG]
    adding, exact = found.totals

    def measured(of: Callable[[Sequence[TableOutcome]], float]) -> Figure:
        return Figure(of(outcomes), *table_interval(outcomes, of))

    return {
        "cells": measured(cells_f1),
        "numbers": measured(numbers_of(spec)),
        "macro": measured(macro_of(read.layouts)),
        "invented": share(found.invented, found.rows),
        "complete": share(sum(not o.score.missed and not o.score.invented for o in long), len(long)),
        "totals": share(exact, adding),
    }


def types(setting: Setting) -> Figures:
    """Return how well types are told, and a type never seen."""
    with tempfile.TemporaryDirectory(prefix="doctrail-bench-") as scratch:
        documents = doctype.documents_of(setting.data, setting.cache, Path(scratch))
    trained = train_classifier(documents)
    told = share(round(trained.accuracy * trained.documents), trained.documents)
    found = doctype.novelty(documents, "nda")
    called = round((found["called_unknown"] or 0.0) * (found["documents"] or 0.0))
    return {
        "accuracy": told,
        "ece": Figure(trained.ece),
        "novelty": Figure(found["auroc"]),
        "called unknown": share(called, int(found["documents"] or 0)),
    }


def promises(_setting: Setting) -> Figures:
    """Return the share of certificates that do not hold, in worlds as fields are."""
    drawn = [certificates.held_against(world, certificates.DRAWS) for world in certificates.WORLDS]
    return {"violated": Figure(certificates.of_certified(drawn))}


def costs(setting: Setting) -> Figures:
    """Return what the dearest type costs: to train, to read with (95 of a hundred documents), to keep."""
    folders = [setting.folders[name] for name in TYPES if name in setting.folders]
    read = list(inference.labelled_documents(folders, setting.data, setting.cache))
    return {
        "training": Figure(max(_trained(setting, folder) for folder in folders)),
        "reading": Figure(max(cost.p95_ms for cost in read)),
        "size": Figure(max(len(folder.parts[MODEL]) for folder in folders) / 1000),
    }


def _trained(setting: Setting, folder: TypeFolder) -> float:
    """Return the seconds that training a type as it ships takes, its originals read before."""
    name = folder.doc_type.name
    documents = [
        document
        for labelled in LABELLED.get(name, ())
        for document in opened(setting.data / labelled / LABELS, folder, setting.cache)
    ]
    if name in GENERATED and name not in FOR_THE_CLASSIFIER:
        documents = [replace(document, weight=REAL_WEIGHT) for document in documents]
        documents += made_documents(folder, setting.cache)
    begun = time.perf_counter()
    train(documents, folder.doc_type)
    return time.perf_counter() - begun


PARTS: dict[str, Part] = {
    "receipts-mixed": Part("receipts, five folds that mix vendors", 130, planned("sroie-mixed")),
    "receipts-vendors": Part("receipts, five folds by vendor", 130, planned("sroie")),
    "receipts-few": Part(f"receipts, {FEW} to learn from, {SEEDS} times", 50, from_few),
    "receipts-photographed": Part("26 photographed receipts by our own OCR", 150, own_ocr),
    "ndas": Part("NDAs, five folds by family", 120, planned("kleister-nda")),
    "ad-buys": Part("ad contracts, three times 107 held out", 110, planned("deepform")),
    "contracts": Part("value fields of contracts, five folds", 150, contracts),
    "headers-clusters": Part("headers of invoices, clusters held out", 220, headers("clusters")),
    "headers-layouts": Part("headers of invoices, layouts held out", 360, headers("layouts")),
    "rows-clusters": Part("rows of invoices, clusters held out", 130, rows("clusters", Sizes())),
    "rows-layouts": Part("rows of invoices, layouts held out", 250, rows("layouts", Sizes(fresh=0, long=0))),
    "types": Part("types of documents, NDAs held out for novelty", 100, types),
    "certificates": Part("certificates in worlds with known errors", 60, promises),
    "costs": Part("training, reading and size of every type", 600, costs),
}
"""By name, in the order they are run."""
