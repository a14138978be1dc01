"""Receipts read from their photographs by our own OCR, by a model that learned from transcriptions."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from benchmarks.extraction import Bench, remembering
from benchmarks.reading import read_blocks
from benchmarks.scoring import Outcome
from benchmarks.sets import opened
from doctypes.folder import TypeFolder
from inference.extractor.learning_data import prepare
from inference.labelled.datasets import LABELS
from inference.labelled.families import NEARLY_EQUAL, families_of
from inference.reading.blocks import read_document

SET = "sroie"


def photographed(folder: TypeFolder, data: Path, cache: Path | None, folds: int) -> list[Outcome]:
    """Return the outcomes of all receipts that have a photograph.

    They and what is nearly equal to one of them are not learned from. What OCR misreads counts as wrong,
    and so does a receipt that can't be read at all.
    """
    labels = data / SET / LABELS
    documents = opened(labels, folder, cache)
    images = images_of(labels)
    blocks = read_blocks(list(images.values()), cache)
    near = families_of({d.key: d.document for d in documents}, {}, near=NEARLY_EQUAL)
    shown = {near[d.key] for d in documents if d.key in images}
    learned = [d for d in documents if near[d.key] not in shown]
    tested = [
        replace(d, document=read_document(blocks[images[d.key]] or "")) for d in documents if d.key in images
    ]
    trained = Bench(folder.doc_type, documents, remembering(), folds).learn(learned)
    return list(Bench(folder.doc_type, tested, prepare, folds).score(trained, tested))


def images_of(labels: Path) -> Mapping[str, Path]:
    """Return the photographs of a set by the keys of its documents."""
    entries = [json.loads(line) for line in labels.read_text(encoding="utf-8").splitlines() if line.strip()]
    return {
        f"{labels.parent.name}/{entry.get('key') or Path(entry['file']).stem}": labels.parent / entry["file"]
        for entry in entries
        if entry.get("file")
    }
