"""The splitter's model card."""

from __future__ import annotations

from inference.splitter.data import NEAR
from inference.splitter.training import TrainedSplitter
from inference.train.card import Making, certified_table, making_lines

_COLUMNS = (
    "file", "files", "boundaries", "F1", "precision", "recall", "exact", "settled", "of them wrong",
)  # fmt: skip


def splitter_card(trained: TrainedSplitter, making: Making) -> str:
    """Return the card of a splitter, as Markdown."""
    return "\n".join(
        [
            "# Model card: where documents begin",
            "",
            "Tells for every page of a file whether a new document begins on it: two linear models over a",
            "page's hashed words (it begins a document, it ends one), and boosted trees over these, the",
            "likeness of neighbours, printed page numbers, stamps, running lines, numbering and geometry.",
            "No vocabulary and no literal values are kept. The first page always begins a document.",
            "",
            *making_lines(making),
            f"{trained.documents} distinct documents, {trained.pages} pages, {trained.families} families of",
            f"near copies (cosine {NEAR:g}), {trained.folds} folds that never part a family. Packets are",
            "concatenations of 2 to 6 held-out documents, a third of them of one set; in half of them all",
            "pages are made one size, in a tenth blank pages stand between documents.",
            "",
            *_figures(trained),
            *certified_table(trained.certificates),
            "`split`: the file is taken apart. `whole`: a file of several pages is taken for one document.",
            "The confidence is that of the least sure page. A document counts at most once in a certificate,",
            "in its packet or alone: where both would, its name tells which does.",
            "",
            "## Limits",
            "",
            "* Labels say where files ended, not where documents do: an exhibit, a covering letter or terms",
            "  and conditions with a first page of their own count as errors when they are found.",
            "* The figures hold for documents like those above; letters, and forms never seen, do worse.",
            "* Two copies of one page, one after the other, are taken for one document.",
            "",
        ]
    )


def _figures(trained: TrainedSplitter) -> list[str]:
    rows = [
        f"| {f.name} | {f.packets} | {f.boundaries} | {f.counts.f1:.3f} | {f.counts.precision:.3f} "
        f"| {f.counts.recall:.3f} | {f.exact:.3f} | {f.done:.3f} | {f.wrong} |"
        for f in trained.figures
    ]
    share = trained.false_splits / trained.singles if trained.singles else 0.0
    return [
        "## Out-of-fold figures",
        "",
        "| " + " | ".join(_COLUMNS) + " |",
        "|---" * len(_COLUMNS) + "|",
        *rows,
        "",
        "*exact*: share of files with every boundary right. *settled*: share that reaches its certified",
        "threshold and needs no person; *of them wrong* counts those with any boundary wrong.",
        f"Pages: ECE {trained.ece:.4f}. Whole files: AUROC of the confidence {_number(trained.auroc)}.",
        f"Single documents of several pages taken apart without a person: {trained.false_splits} of",
        f"{trained.singles} ({share:.2%}).",
        "",
    ]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
