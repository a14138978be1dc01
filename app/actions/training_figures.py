"""How a trained variant does on documents it had not seen, as lines and as numbers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from inference.classifier.training import TrainedClassifier
from inference.extractor.training import Trained
from inference.splitter.training import TrainedSplitter
from inference.tables.figures import table_figures
from ops.words import visible


def extractor_figures(trained: Trained) -> tuple[str, ...]:
    """Return how an extractor does, field by field."""
    whole, accepted = trained.overall, sum(c.threshold is not None for c in trained.certificates)
    decisions = f"F1 {whole.counts.f1:.3f}, {whole.accuracy:.1%} of decisions right"
    return (
        f"{trained.documents} documents of {trained.families} families, {trained.folds} folds",
        f"out of fold: {decisions}, AUROC {_number(whole.auroc)}, ECE {whole.ece:.3f}",
        *(f"  {f.name}: F1 {f.counts.f1:.3f}, AUROC {_number(f.auroc)}" for f in trained.figures),
        *_table_figures(trained),
        *_named(trained.unprinted, "not on the page"),
        *_named(trained.contradicted, "contradicted by another labelling of the page and taught nothing"),
        f"{accepted} of {len(trained.certificates)} fields certified",
    )


def _named(labels: Sequence[tuple[str, str]], what: str) -> Iterator[str]:
    if labels:
        named = visible(", ".join(f"{key} ({name})" for key, name in labels[:5]))
        yield f"labels {what}: {len(labels)}, {named}{', …' if len(labels) > 5 else ''}"


def extractor_metrics(trained: Trained) -> dict[str, float | None]:
    """Return the same over all fields, as numbers; how many labels contradict others only where some do."""
    whole, against = trained.overall, len(trained.contradicted)
    return {
        "f1": whole.counts.f1,
        "right": whole.accuracy,
        "auroc": whole.auroc,
        "ece": whole.ece,
        "certified": sum(c.threshold is not None for c in trained.certificates),
        **({"contradicted": against} if against else {}),
    }


def _table_figures(trained: Trained) -> Iterator[str]:
    for table in trained.read:
        figures = table_figures(table.outcomes)
        told = f"cells F1 {figures.counts.f1:.3f}, {figures.whole:.1%} of tables right"
        invented = f"{figures.invented} of {figures.rows} rows invented"
        yield f"  {table.reader.model.field}: {told}, {invented}, AUROC {_number(figures.auroc)}"


def classifier_figures(trained: TrainedClassifier) -> tuple[str, ...]:
    """Return how a classifier does, type by type."""
    ranking = f"AUROC {_number(trained.auroc)}, ECE {trained.ece:.3f}"
    novelty = f"novelty AUROC {_number(trained.novelty_auroc)}"
    return (
        f"{trained.documents} documents of {trained.families} families, {trained.folds} folds",
        f"out of fold: {trained.accuracy:.1%} told right, {ranking}, {novelty}",
        *(f"  {name}: {share:.1%} of {count}" for name, (count, share) in trained.per_type.items()),
        *_named([(key, "type") for key in trained.contradicted], "contradicted by those of an equal page"),
    )


def splitter_figures(trained: TrainedSplitter) -> tuple[str, ...]:
    """Return how a splitter does, by what papers were put together."""
    certified = (
        f"  {c.field}: " + ("not certified" if c.threshold is None else f"certified from {c.threshold:g}")
        for c in trained.certificates
    )
    return (
        f"{trained.documents} documents, {trained.pages} pages, {trained.folds} folds",
        *(f"  {f.name}: F1 {f.counts.f1:.3f}, exact {f.exact:.1%}" for f in trained.figures if f.boundaries),
        f"single documents taken apart without a person: {trained.false_splits} of {trained.singles}",
        *certified,
    )


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
