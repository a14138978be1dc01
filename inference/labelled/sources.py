"""Where labelled documents come from: the ids that their files would have, were they documents here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from inference.labelled.datasets import LABELS, LabelledSet, entries, named_file, row_key
from schemas.canonical import sha256_hex


@dataclass(frozen=True, slots=True)
class Sourced:
    """A labelled document that nobody made up.

    Attributes:
        key: Of its row.
        digests: sha-256 of its original and of its text, as far as it has them.
        text: What it says.
    """

    key: str
    digests: tuple[str, ...]
    text: str


def sourced(folder: Path, labelled: LabelledSet) -> list[Sourced]:
    """Return the documents of an opened folder with the digests of their files.

    Those that the project generates itself come in nowhere and are left out.
    """
    digests: dict[str, set[str]] = {}
    for number, entry in entries(folder, (folder / LABELS).read_bytes()):
        files = (named_file(folder, number, entry, name) for name in ("file", "text"))
        found = digests.setdefault(row_key(folder.name, number, entry), set())
        found.update(sha256_hex(path.read_bytes()) for path in files if path is not None)
    return [
        Sourced(row.key, tuple(sorted(digests.get(row.key, ()))), row.document.text)
        for row in labelled.rows
        if not row.generated
    ]
