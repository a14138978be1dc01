"""What every model that ships is trained on, and training them all again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.actions.train import Trainer, Written
from app.settings import Settings
from app.wiring import release_parts
from doctypes.folder import TypeFolder, load_all
from ops.types import folder_of
from schemas.errors import PermanentError

CLASSIFIER, SPLITTER = "classifier", "splitter"


class MissingDataError(PermanentError):
    """A labelled set that the shipped models are trained on is not where it was said to be."""


@dataclass(frozen=True, slots=True)
class Generated:
    """A set of documents that the project makes itself."""

    count: int
    seed: int


GENERATED = {
    "lease": Generated(480, 201),
    "sale_purchase_agreement": Generated(480, 202),
    "invoice": Generated(480, 103),
    "receipt": Generated(40, 104),
}
"""By type; equal seeds give equal documents, and none of the demo's."""

FOR_THE_CLASSIFIER = frozenset({"receipt"})
"""Generated sets that only show the classifier what scans look like: fields are learned from real ones."""

LABELLED = {
    "agreement": ("cuad",),
    "invoice": ("zugferd-corpus",),
    "nda": ("kleister-nda",),
    "political_ad_buy": ("deepform-adbuy",),
    "receipt": ("sroie",),
    "registration_form": ("vrdu-fara",),
}
"""By type: labelled sets of real documents."""

TYPES = tuple(sorted({*LABELLED, *GENERATED}))
"""Types whose variant ships."""


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """A variant trained anew.

    Attributes:
        shipped: The folder of the variant that ships.
        sets: The labelled folders it was trained on; they are gone when the next one is asked for.
        trainer: Has read their originals.
    """

    written: Written
    shipped: Path
    sets: tuple[Path, ...]
    trainer: Trainer


class UnknownVariantError(PermanentError):
    """A variant was asked for that does not ship; the sentence names those that do."""


@dataclass(frozen=True, slots=True)
class Asked:
    """Which shipped variants are trained anew, and how.

    Attributes:
        only: These variants alone; all where none is named.
        folds: How many parts are held out in turn.
        seed: Of the folds.
    """

    only: frozenset[str] = frozenset()
    folds: int = 5
    seed: int = 0

    def wants(self, name: str) -> bool:
        """Whether a variant is asked for."""
        return not self.only or name in self.only

    @property
    def sets(self) -> list[str]:
        """The labelled sets that are needed; classifier and splitter learn from all."""
        whole = self.wants(CLASSIFIER) or self.wants(SPLITTER)
        return [one for name, sets in LABELLED.items() if whole or self.wants(name) for one in sets]

    @property
    def made(self) -> list[str]:
        """The types of which documents are generated."""
        whole = self.wants(CLASSIFIER) or self.wants(SPLITTER)
        return [name for name in GENERATED if whole or (self.wants(name) and name not in FOR_THE_CLASSIFIER)]


EVERYTHING = Asked()


def rebuild_models(
    settings: Settings, data: Path, *, out: Path | None = None, asked: Asked = EVERYTHING
) -> Iterator[Rebuilt]:
    """Train shipped variants anew and yield each once it is written.

    Args:
        settings: Where the types lie.
        data: Folder with the labelled sets.
        out: Where to write, a folder per variant; default: over what ships.
        asked: Which variants.

    Raises:
        UnknownVariantError: One that is asked for does not ship.
        MissingDataError: A set is not there.
    """
    parts = release_parts(settings)
    folders = load_all(parts.types)
    real = _labelled(data, asked)
    with tempfile.TemporaryDirectory(prefix="doctrail-models-") as scratch:
        made = _generate(Path(scratch), asked.made)
        trainer = Trainer(settings, folds=asked.folds, seed=asked.seed)
        for name in filter(asked.wants, TYPES):
            folder: TypeFolder = folder_of(folders, name)
            own = [made[name]] if name in made and name not in FOR_THE_CLASSIFIER else []
            sets = (*own, *(real[one] for one in LABELLED.get(name, ())))
            shipped = parts.types / name
            written = trainer.extractor(folder, sets, out / name if out else shipped)
            yield Rebuilt(written, shipped, sets, trainer)
        everything = (*real.values(), *made.values())
        if asked.wants(CLASSIFIER):
            written = trainer.classifier(folders, everything, out / CLASSIFIER if out else parts.classifier)
            yield Rebuilt(written, parts.classifier, everything, trainer)
        if asked.wants(SPLITTER):
            written = trainer.splitter(everything, out / SPLITTER if out else parts.splitter)
            yield Rebuilt(written, parts.splitter, everything, trainer)


def _labelled(data: Path, asked: Asked) -> dict[str, Path]:
    """Return the folders of the labelled sets that are needed, by name."""
    ships = {*TYPES, CLASSIFIER, SPLITTER}
    if unknown := sorted(asked.only - ships):
        raise UnknownVariantError(
            f"{', '.join(unknown)} does not ship; there are {', '.join(sorted(ships))}",
            reason="unknown_variant",
        )
    real = {name: data / name for name in asked.sets}
    missing = [name for name, folder in real.items() if not (folder / "labels.jsonl").is_file()]
    if missing:
        raise MissingDataError(
            f"{str(data)!r} lacks the labelled sets {', '.join(missing)}; give --data the folder with them",
            reason="missing_data",
        )
    return real


def _generate(scratch: Path, names: Sequence[str]) -> dict[str, Path]:
    from samples.generate import labelled, write

    for name in names:
        write(scratch / name, labelled(name, GENERATED[name].count, GENERATED[name].seed))
    return {name: scratch / name for name in names}
