"""Making documents: labelled ones for training by the hundred, and the two dozen of the demo.

python -m samples.generate --out DIR --seed 7                        the demo's documents
python -m samples.generate --out DIR --type lease --count 300 --seed 1   a training set
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from samples import invoices, leases, receipts, sales
from samples.demo import SEED, demo
from samples.logs import log
from samples.sample import Sample, source

Maker = Callable[..., Sample]

MAKERS: dict[str, tuple[Maker, tuple[str, ...]]] = {
    "lease": (leases.lease, tuple(t for t in leases.TEMPLATES if t not in leases.HELD_OUT)),
    "sale_purchase_agreement": (sales.sale, tuple(t for t in sales.TEMPLATES if t not in sales.HELD_OUT)),
    "invoice": (invoices.invoice, invoices.TEMPLATES),
    "receipt": (receipts.receipt, tuple(t for t in receipts.TEMPLATES if t not in receipts.HELD_OUT)),
}
"""By type: what makes one document, and the templates that training may see."""
PICTURED: dict[str, tuple[Maker, tuple[str, ...]]] = {
    "well_log": (log.well_log, tuple(t for t in log.TEMPLATES if t not in log.HELD_OUT)),
}
"""Likewise types whose documents are large pictures: too heavy for the demo."""


def labelled(doc_type: str, count: int, seed: int) -> Iterator[Sample]:
    """Yield ``count`` labelled documents of a type; equal arguments give equal bytes.

    Templates take turns, so that every one is there in equal number; those that only the demo uses
    never come up.

    Raises:
        KeyError: No documents of ``doc_type`` can be made.
    """
    make, templates = (MAKERS | PICTURED)[doc_type]
    for number in range(count):
        key = f"{doc_type.replace('_', '-')}-{seed}-{number + 1:04d}"
        yield make(source(seed, doc_type, number), key, templates[number % len(templates)])


def write(folder: Path, samples: Iterable[Sample]) -> int:
    """Write ``documents/``, ``labels.jsonl`` and the files that ought to come of them (``truth/``).

    Returns:
        The number of documents.
    """
    (folder / "documents").mkdir(parents=True, exist_ok=True)
    lines = []
    for sample in samples:
        (folder / sample.file).write_bytes(sample.data)
        for name, data in sample.files.items():
            (folder / "truth" / sample.key).mkdir(parents=True, exist_ok=True)
            (folder / "truth" / sample.key / name).write_bytes(data)
        lines.append(json.dumps(label(sample), ensure_ascii=False, sort_keys=True) + "\n")
    (folder / "labels.jsonl").write_text("".join(lines), encoding="utf-8")
    return len(lines)


def label(sample: Sample) -> dict[str, object]:
    """Return a sample's line of ``labels.jsonl``: file, type, fields, and what helps to learn."""
    line: dict[str, object] = {
        "file": sample.file,
        "doc_type": sample.doc_type,
        "fields": sample.fields,
        "keys": list(sample.keys),
        "spans": sample.spans,
        "template": sample.template,
        "generated": True,
    }
    if sample.expected:
        line["expected"] = sample.expected
    return line


def main(arguments: list[str] | None = None) -> None:
    """Write what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m samples.generate", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder to write into")
    parser.add_argument("--seed", type=int, default=SEED, help="equal seeds give equal documents")
    parser.add_argument("--type", choices=sorted(MAKERS | PICTURED), help="one type only, for training")
    parser.add_argument("--count", type=int, default=300, help="how many, with --type")
    options = parser.parse_args(arguments)
    samples = labelled(options.type, options.count, options.seed) if options.type else demo(options.seed)
    count = write(options.out, samples)
    print(f"{count} documents in {options.out}")


if __name__ == "__main__":
    main()
