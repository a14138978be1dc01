"""What every model that ships is trained on, and training them all again."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
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


def rebuild_models(
    settings: Settings, data: Path, *, out: Path | None = None, folds: int = 5, seed: int = 0
) -> Iterator[Rebuilt]:
    """Train every shipped variant anew and yield each once it is written.

    Args:
        settings: Where the types lie.
        data: Folder with the labelled sets.
        out: Where to write, a folder per variant; default: over what ships.
        folds: How many parts are held out in turn.
        seed: Of the folds.

    Raises:
        MissingDataError: A set is not there.
    """
    parts = release_parts(settings)
    folders = load_all(parts.types)
    real = {name: data / name for sets in LABELLED.values() for name in sets}
    missing = [name for name, folder in real.items() if not (folder / "labels.jsonl").is_file()]
    if missing:
        raise MissingDataError(
            f"{str(data)!r} lacks the labelled sets {', '.join(missing)}; give --data the folder with them",
            reason="missing_data",
        )
    with tempfile.TemporaryDirectory(prefix="doctrail-models-") as scratch:
        made = _generate(Path(scratch))
        trainer = Trainer(settings, folds=folds, seed=seed)
        for name in sorted({*LABELLED, *GENERATED}):
            folder: TypeFolder = folder_of(folders, name)
            own = [made[name]] if name in made and name not in FOR_THE_CLASSIFIER else []
            sets = (*own, *(real[one] for one in LABELLED.get(name, ())))
            shipped = parts.types / name
            written = trainer.extractor(folder, sets, out / name if out else shipped)
            yield Rebuilt(written, shipped, sets, trainer)
        everything = (*real.values(), *made.values())
        place = out / CLASSIFIER if out else parts.classifier
        written = trainer.classifier(folders, everything, place)
        yield Rebuilt(written, parts.classifier, everything, trainer)
        written = trainer.splitter(everything, out / SPLITTER if out else parts.splitter)
        yield Rebuilt(written, parts.splitter, everything, trainer)


def _generate(scratch: Path) -> dict[str, Path]:
    from samples.generate import labelled, write

    for name, made in GENERATED.items():
        write(scratch / name, labelled(name, made.count, made.seed))
    return {name: scratch / name for name in GENERATED}
