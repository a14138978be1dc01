"""The labelled sets as they are benched: which type they teach, how they are split, what stays together."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from app.actions.models import GENERATED
from app.actions.train import originals
from benchmarks.reading import read_blocks
from doctypes.folder import TypeFolder
from inference.labelled.datasets import LABELS, open_set
from inference.labelled.documents import LabelledDocument, split
from inference.labelled.families import NEARLY_EQUAL, families_of
from inference.labelled.teaching import families_in
from inference.reading.document import Ints
from inference.train.commands import material

LAYOUTS = 0.35
"""Likeness from which real invoices are taken for one layout."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a set is split.

    Attributes:
        doc_type: The type it teaches.
        mixed: Only nearly equal documents stay together, not whole families.
        test_share: Share held out in each of three repetitions; 0 for five folds instead.
        near: Documents as near as this stay together, and each such group is held out in turn; 0 for folds.
        made: Learns from the project's own documents too, as the shipped model does.
    """

    name: str
    folder: str
    doc_type: str
    mixed: bool = False
    test_share: float = 0.0
    near: float = 0.0
    made: bool = False


PLANS = (
    Plan("sroie", "sroie", "receipt"),
    Plan("sroie-mixed", "sroie", "receipt", mixed=True),
    Plan("kleister-nda", "kleister-nda", "nda"),
    Plan("deepform", "deepform-adbuy", "political_ad_buy", mixed=True, test_share=107 / 307),
    Plan("deepform-families", "deepform-adbuy", "political_ad_buy"),
    Plan("cuad", "cuad", "agreement"),
    Plan("vrdu-fara", "vrdu-fara", "registration_form"),
    Plan("zugferd-clusters", "zugferd-corpus", "invoice", near=0.22, made=True),
    Plan("zugferd-layouts", "zugferd-corpus", "invoice", near=0.35, made=True),
)


def parts_of(documents: Sequence[LabelledDocument], plan: Plan) -> list[tuple[Ints, Ints]]:
    """Return indices of training and of test documents, several times; their families never part."""
    if plan.near:
        groups = groups_of(documents, plan.near)
        names = np.array([groups[document.key] for document in documents])
        return [(np.flatnonzero(names != name), np.flatnonzero(names == name)) for name in np.unique(names)]
    if not plan.test_share:
        folds = split(documents, 5, 0)
        return [(np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)) for fold in range(5)]
    out = []
    for seed in range(3):
        # A hundred small folds in an order that the seed draws; the first ones are held out.
        folds = split(documents, 100, seed)
        order = np.random.default_rng(seed).permutation(100)
        held = np.isin(folds, order[: round(100 * plan.test_share)])
        out.append((np.flatnonzero(~held), np.flatnonzero(held)))
    return out


def most_varied(
    documents: Sequence[LabelledDocument], parts: Sequence[tuple[Ints, Ints]]
) -> tuple[Ints, Ints]:
    """Return the part whose test documents are of the most families.

    The largest family fills much of one part and is never learned from there: what is reached on that part
    tells of one chain of shops.
    """
    return max(parts, key=lambda part: len({documents[i].family or documents[i].key for i in part[1]}))


def mixed(documents: Sequence[LabelledDocument]) -> list[LabelledDocument]:
    """Return the documents in families of those that are nearly equal alone."""
    near = groups_of(documents, NEARLY_EQUAL)
    return [replace(document, family=near[document.key]) for document in documents]


def planned_documents(
    plan: Plan, data: Path, folder: TypeFolder, cache: Path | None
) -> list[LabelledDocument]:
    """Return a plan's labelled documents in the families that it keeps together."""
    documents = opened(data / plan.folder / LABELS, folder, cache)
    return mixed(documents) if plan.mixed else documents


def groups_of(documents: Sequence[LabelledDocument], near: float) -> dict[str, str]:
    """Return the group of each document, by key: those as near as ``near`` stay together."""
    return families_of({document.key: document.document for document in documents}, {}, near=near)


def made_documents(folder: TypeFolder, cache: Path | None, seed: int | None = None) -> list[LabelledDocument]:
    """Return the documents of its own that the shipped model of a type learns from, or others of them."""
    from samples.generate import labelled, write

    name = folder.doc_type.name
    made = GENERATED[name]
    with tempfile.TemporaryDirectory(prefix="doctrail-bench-") as scratch:
        home = Path(scratch) / name
        write(home, labelled(name, made.count, made.seed if seed is None else seed))
        # Beside real documents, as they ship, those of one layout stay together.
        families = families_in(open_set(home, lambda _path: "").rows)
        return [replace(d, family=families[d.key]) for d in opened(home / LABELS, folder, cache)]


def paged(documents: Sequence[LabelledDocument], labels: Path) -> list[LabelledDocument]:
    """Return the documents that have pages: of one kept as text alone nobody knows what stood where."""
    entries = [json.loads(line) for line in labels.read_text(encoding="utf-8").splitlines() if line.strip()]
    shown = {Path(str(entry["file"])).stem for entry in entries if entry.get("file")}
    return [document for document in documents if document.key.split("/", 1)[1] in shown]


def opened(labels: Path, folder: TypeFolder, cache: Path | None) -> list[LabelledDocument]:
    """Return the labelled documents of a type in a labels file."""
    types = {folder.doc_type.name, *folder.label_names.doc_types}
    blocks = read_blocks(list(originals(labels.parent, types)), cache)
    found = open_set(labels.parent, blocks.get, types=types, labels=labels.name)
    documents = material([found], folder.doc_type, folder.label_names)
    return sorted(documents, key=lambda document: document.key)
