"""The bench of the type classifier: accuracy, calibration, and what it makes of a type it never saw.

python -m benchmarks.doctype --data DIR [--cache DIR] [--hold-out TYPE] [--json]

The figures are those of the shipped training: documents of every labelled set and of the project's own
generators, five folds that never part a family. For novelty a classifier learns without the type held out;
its documents are then compared with documents of known types that it did not see either, drawn by digest.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from app.actions.models import GENERATED, LABELLED
from app.actions.train import known_as, originals
from benchmarks.reading import read_blocks
from doctypes.folder import load_all
from inference.classifier.model import Verdict, classify
from inference.classifier.training import train_classifier
from inference.labelled.datasets import LABELS, open_set
from inference.labelled.documents import TypedDocument
from inference.labelled.teaching import families_in, typed_documents
from inference.learned.measures import auroc
from samples.generate import labelled, write
from schemas.canonical import sha256_hex
from schemas.classification import UNKNOWN_TYPE

GENERATED_COUNT = 60
TESTED = 4
"""Of known documents, one in so many is tested against the type held out."""


def documents_of(data: Path, cache: Path | None, scratch: Path) -> list[TypedDocument]:
    """Return the typed documents of all labelled sets and of the generators."""
    folders = [data / name for sets in LABELLED.values() for name in sets]
    for name, made in GENERATED.items():
        write(scratch / name, labelled(name, min(made.count, GENERATED_COUNT), made.seed))
        folders.append(scratch / name)
    folders = [folder for folder in folders if (folder / LABELS).is_file()]
    blocks = read_blocks([path for folder in folders for path in originals(folder, None)], cache)
    rows = [row for folder in folders for row in open_set(folder, blocks.get).rows]
    return typed_documents(rows, known_as(load_all()), families_in(rows))


def novelty(documents: Sequence[TypedDocument], held_out: str) -> Mapping[str, float | None]:
    """Return how well novelty tells documents of a type never seen from unseen ones of known types."""
    known = [d for d in documents if d.doc_type not in (held_out, UNKNOWN_TYPE)]
    tested = {d.key for d in known if int(sha256_hex(d.key.encode())[:8], 16) % TESTED == 0}
    trained = train_classifier([d for d in known if d.key not in tested])
    seen = [classify(trained.classifier, d.document) for d in known if d.key in tested]
    unseen = [classify(trained.classifier, d.document) for d in documents if d.doc_type == held_out]
    familiar = -np.array([verdict.novelty for verdict in (*seen, *unseen)])
    truth = np.array([1] * len(seen) + [0] * len(unseen))
    threshold = trained.certificates[0].threshold
    return {
        "documents": float(len(unseen)),
        "auroc": auroc(familiar, truth),
        "called_unknown": float(np.mean([v.doc_type == UNKNOWN_TYPE for v in unseen])),
        "known_called_unknown": float(np.mean([v.doc_type == UNKNOWN_TYPE for v in seen])),
        "to_people": float(np.mean([not _accepted(v, threshold) for v in unseen])),
        "known_to_people": float(np.mean([not _accepted(v, threshold) for v in seen])),
    }


def _accepted(verdict: Verdict, threshold: float | None) -> bool:
    """Whether the Gatekeeper would go on with the type."""
    known = verdict.doc_type != UNKNOWN_TYPE
    return known and threshold is not None and verdict.confidence >= threshold


def main(arguments: Sequence[str] | None = None) -> None:
    """Bench what the command line asks for."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.doctype", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with the labelled sets")
    parser.add_argument("--cache", type=Path, help="where the layouts of originals are kept")
    parser.add_argument("--hold-out", default="nda", metavar="TYPE", help="the type never seen")
    parser.add_argument("--json", action="store_true", help="figures as JSON behind the text")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="doctrail-bench-") as scratch:
        documents = documents_of(options.data, options.cache, Path(scratch))
    begun = time.process_time()
    trained = train_classifier(documents)
    print(f"{trained.documents} documents of {trained.families} families, {trained.folds} folds")
    print(f"accuracy {trained.accuracy:.4f}, ECE {trained.ece:.4f}, turned away by the gate {trained.gated}")
    for name, (count, share) in trained.per_type.items():
        print(f"  {name:26} {count:5}  {share:.4f}")
    figures = novelty(documents, options.hold_out)
    print(f"{options.hold_out} held out: {dict(figures)}, {time.process_time() - begun:.0f} s CPU")
    if options.json:
        whole = {"accuracy": trained.accuracy, "ece": trained.ece, "per_type": trained.per_type}
        print(json.dumps({**whole, "held_out": options.hold_out, "novelty": figures}, indent=1))


if __name__ == "__main__":
    main()
