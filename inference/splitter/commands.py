"""What ``doctrail train --splitter`` runs: labelled folders in; model, thresholds and card out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from inference.labelled.datasets import LABELS, ReadFile, labels_digest, licence_of
from inference.splitter.card import splitter_card
from inference.splitter.data import paged_documents
from inference.splitter.file import dump_splitter
from inference.splitter.training import Told, TrainedSplitter, train_splitter
from inference.train.card import Making, Source
from inference.train.commands import Variant, thresholds_file
from schemas.canonical import digest, sha256_hex


def train_packet_splitter(
    folders: Sequence[Path],
    *,
    read: ReadFile,
    folds: int = 5,
    seed: int = 0,
    told: Told = lambda _what, _done, _all: None,
) -> tuple[Variant, TrainedSplitter]:
    """Train the splitter from folders of labelled files.

    Args:
        folders: Each with a ``labels.jsonl``.
        read: Returns the layout block of an original or a text.
        folds: How many parts are held out in turn.
        seed: Of folds and packets.
        told: Told how far it is.

    Raises:
        BrokenLabelsError: A folder is not in order.
        UntrainableError: Too few documents, or none of several pages.
    """
    documents = paged_documents(folders, read)
    trained = train_splitter(documents, folds=folds, seed=seed, told=told)
    digests = {folder.name: labels_digest(folder, (folder / LABELS).read_bytes()) for folder in folders}
    facts = {
        "data": digest(sorted(digests.items())),
        "seed": seed,
        "folds": folds,
        "documents": len(documents),
    }
    model = dump_splitter(trained.splitter, training=facts)
    used = Counter(document.typed.set_name for document in documents)
    sources = tuple(
        Source(folder.name, used[folder.name], licence_of(folder), digests[folder.name])
        for folder in sorted(folders, key=lambda folder: folder.name)
    )
    making = Making(sources, seed, sha256_hex(model), len(model))
    card = splitter_card(trained, making)
    return Variant(model, thresholds_file(model, trained.certificates), card, ()), trained
