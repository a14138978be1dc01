"""The model card: what a variant was trained on, how it did out of fold, what it may accept, its limits."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from inference.classifier.model import DOUBT, GATE
from inference.classifier.training import TrainedClassifier
from inference.extractor.figures import FieldFigures
from inference.extractor.training import Trained
from inference.tables.card import table_lines
from schemas.certificates import GENERATED, Certificate

_COLUMNS = (
    "field", "F1", "precision", "recall", "right", "labelled", "absent", "invented", "not on the page",
    "AUROC", "ECE", "bins",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """A set that a variant was trained on."""

    name: str
    documents: int
    licence: str
    digest: str


@dataclass(frozen=True, slots=True)
class Making:
    """How a variant was made: sources, seed, digest and size of its file."""

    sources: tuple[Source, ...]
    seed: int
    digest: str
    size: int


def extractor_card(title: str, trained: Trained, making: Making) -> str:
    """Return the card of an extractor, as Markdown."""
    return "\n".join(
        [
            f"# Model card: {title}",
            "",
            "A local extractor: typed candidate spans, ranked by two linear stages, with a logistic head for",
            "the confidence. No pretrained weights; words and remembered values are hashed, none is kept.",
            "",
            *making_lines(making),
            *_folds(trained),
            "",
            "## Out-of-fold figures",
            "",
            "| " + " | ".join(_COLUMNS) + " |",
            "|---" * len(_COLUMNS) + "|",
            *(_figures(figures) for figures in (*trained.figures, trained.overall)),
            "",
            "*right*: share of documents whose decision is right, absence included. *invented*: values",
            "given where the labels say absent. *not on the page*: no candidate means what the label says.",
            "Equality is that of the normal forms; fields that are compared fuzzily may differ in 5 % of",
            "their letters and digits.",
            "",
            *_origins(trained),
            *table_lines(trained.read),
            *certified_table(trained.certificates),
            "## Limits",
            "",
            "* The figures hold for documents like those above; other languages, layouts and scans do worse.",
            "* Labels as found: their errors count against the model.",
            *_contradicted(trained.contradicted),
            *_tables(trained),
            "* A certificate speaks only of its population; on generated samples it accepts nothing unless",
            "  the operator turns `accept_generated_certificates` on.",
            "",
        ]
    )


def _folds(trained: Trained) -> list[str]:
    """Return what the figures are from, and what they say nothing of."""
    if not trained.by_origin and any(one.population == GENERATED for one in trained.certificates):
        return [
            f"{trained.documents} distinct documents, all made by the project's own generator: each is an",
            f"independent draw, put into {trained.folds} folds at random. Figures and certificates speak of",
            "other draws of that generator; of templates and wordings never seen they say nothing.",
        ]
    parted = [
        f"{trained.folds} folds that never part a family (one vendor, one layout, one template).",
    ]
    if trained.mixed:
        parted = [
            f"{trained.folds} folds that part vendors and layouts, but no documents that are nearly equal:",
            "figures and certificates speak of documents from vendors learned from, not from new ones.",
            "The model keeps a sketch of each page and what became of the decisions about it; none can be",
            "read out of it.",
        ]
    return [
        f"{trained.documents} distinct documents of {trained.families} families; all figures are from",
        *parted,
    ]


def _tables(trained: Trained) -> list[str]:
    if not trained.tables:
        return []
    named = ", ".join(f"`{name}`" for name in trained.tables)
    return [
        f"* Lists of rows ({named}) are not read by this model: it says so, nothing about them is",
        "  certified, and they go to a person.",
    ]


def _contradicted(labels: Sequence[tuple[str, str]]) -> list[str]:
    if not labels:
        return []
    counts = sorted(Counter(name for _, name in labels).items())
    return [
        "* Equal pages that labels contradict each other about teach nothing of it: "
        + ", ".join(f"`{name}` of {count}" for name, count in counts)
        + ".",
    ]


def classifier_card(trained: TrainedClassifier, making: Making) -> str:
    """Return the card of a classifier, as Markdown."""
    rows = [
        f"| {name} | {count} | {right:.3f} |" for name, (count, right) in sorted(trained.per_type.items())
    ]
    return "\n".join(
        [
            "# Model card: document type",
            "",
            "A linear model over hashed words, character runs and, as heavy as both, the words a document",
            "begins with; and a novelty gate: how much of a document's words, and of those it begins with,",
            "a few directions of the best type explain, compared with its held-out training documents. What",
            "is stranger than",
            f"{100 * GATE:g} % of them is `unknown`; what is stranger than {100 * DOUBT:g} % goes to a",
            "person, whatever the probability says. No vocabulary and no literal values are kept.",
            "",
            *making_lines(making),
            f"{trained.documents} distinct documents of {trained.families} families, {trained.folds} folds",
            "that never part a family.",
            "",
            "## Out-of-fold figures",
            "",
            f"Accuracy {trained.accuracy:.4f}, ECE {trained.ece:.4f}, AUROC of the confidence",
            f"{_number(trained.auroc)}, AUROC of novelty for background against known types",
            f"{_number(trained.novelty_auroc)}; the gate turned away {trained.gated} of known types.",
            "",
            "| type | documents | told right |",
            "|---|---|---|",
            *rows,
            "",
            *certified_table(trained.certificates),
            "## Limits",
            "",
            "* Types seen only as generated samples are known only so: a real one may come out `unknown`.",
            "* The background (`unknown`) is what was at hand; other kinds of documents rest on the gate.",
            *_contradicted([(key, "type") for key in trained.contradicted]),
            "",
        ]
    )


def making_lines(making: Making) -> list[str]:
    """Return what a model was made of."""
    rows = [
        f"| {source.name} | {source.documents} | {source.licence} | `{source.digest[:16]}` |"
        for source in making.sources
    ]
    return [
        "## Data",
        "",
        "| set | documents used | licence | digest of the labels |",
        "|---|---|---|---|",
        *rows,
        "",
        f"Seed {making.seed}. Model file: sha-256 `{making.digest}`, {making.size / 1000:.0f} kB.",
        "",
    ]


def _origins(trained: Trained) -> list[str]:
    """Return the tables apart for real and generated documents, where both were trained on."""
    lines: list[str] = []
    for name, table in trained.by_origin:
        lines += [f"### Only {name}", "", "| " + " | ".join(_COLUMNS) + " |", "|---" * len(_COLUMNS) + "|"]
        lines += [*(_figures(figures) for figures in table), ""]
    return lines


def _figures(figures: FieldFigures) -> str:
    counts = figures.counts
    cells = [
        figures.name, f"{counts.f1:.3f}", f"{counts.precision:.3f}", f"{counts.recall:.3f}",
        f"{figures.accuracy:.3f}", figures.labelled, figures.absent, figures.fabricated, figures.not_found,
        _number(figures.auroc), f"{figures.ece:.3f}", figures.bins,
    ]  # fmt: skip
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def certified_table(certificates: Sequence[Certificate]) -> list[str]:
    """Return what was certified, as a table."""
    return [
        "## Certified thresholds",
        "",
        "One-sided 95 % Clopper-Pearson bound over out-of-fold decisions, one per document; thresholds",
        "listed beforehand, tested from strict to loose until the first failure.",
        "",
        "| field | accepts errors up to | accepted from | decisions | errors | bound | population |",
        "|---|---|---|---|---|---|---|",
        *(_certificate(certificate) for certificate in certificates),
        "",
    ]


def _certificate(certificate: Certificate) -> str:
    threshold = (
        f"nothing (needs {certificate.needed} decisions without an error)"
        if certificate.threshold is None
        else f"{certificate.threshold:g}"
    )
    population = certificate.population if certificate.population != GENERATED else f"*{GENERATED}*"
    return (
        f"| {certificate.field} | {certificate.target_error:.0%} | {threshold} | {certificate.decisions} "
        f"| {certificate.errors} | {certificate.bound:.4f} | {population} |"
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
