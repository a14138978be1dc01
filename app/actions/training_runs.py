"""The record of every training: what was learned from which data by which code, and how well it did."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pydantic import AwareDatetime, ValidationError

from app.actions.train import Written
from app.printing import write_text
from inference.learned.variant import training_facts
from schemas.canonical import canonical_json
from schemas.errors import PermanentError
from schemas.layout import Frozen
from store.files import FileNotWrittenError, make_folder

FOLDER = "trainings"


class BrokenTrainingRunError(PermanentError):
    """The record of a training can't be read or written; the sentence names the file."""


class TrainingRun(Frozen):
    """One training.

    Attributes:
        name: The document type, ``classifier`` or ``splitter``.
        model: sha-256 of the model file.
        size: Of that file, in bytes.
        folder: Where it was written.
        data: Digest of all labels it was trained on, whatever their order.
        reviewed: Digest of the decisions of people it was trained on; None where there were none.
        code: Commit or version that trained it.
        metrics: Out of fold; None where a figure is not defined.
    """

    at: AwareDatetime
    name: str
    model: str
    size: int
    folder: str
    data: str
    reviewed: str | None
    documents: int
    folds: int
    seed: int
    code: str
    metrics: dict[str, float | None]


def note_training(home: Path, written: Written, *, at: datetime, code: str) -> TrainingRun:
    """Keep the record of a training under ``home`` and return it; it is there whole or not at all.

    Raises:
        BrokenTrainingRunError: It can't be written.
    """
    variant = written.variant
    facts = training_facts(variant.model)
    run = TrainingRun(
        at=at, name=written.name, model=variant.digest, size=len(variant.model), folder=str(written.folder),
        data=facts["data"], reviewed=facts.get("reviewed"), documents=facts["documents"],
        folds=facts["folds"], seed=facts["seed"], code=code, metrics=dict(written.metrics),
    )  # fmt: skip
    path = home / FOLDER / f"{at:%Y%m%dT%H%M%S%fZ}-{run.name}-{run.model[:12]}.json"
    try:
        make_folder(path.parent, private=True)
        write_text(path, canonical_json(run).decode() + "\n")
    except FileNotWrittenError as error:
        raise BrokenTrainingRunError(
            f"the model is written, but the record of its training is not: {error}", reason="training_run"
        ) from error
    return run


def training_runs(home: Path) -> Iterator[TrainingRun]:
    """Yield the records under ``home``, the newest first.

    Raises:
        BrokenTrainingRunError: One of them is no such record.
    """
    for path in sorted((home / FOLDER).glob("[!.]*.json"), reverse=True):
        try:
            yield TrainingRun.model_validate_json(path.read_bytes())
        except (OSError, ValidationError) as error:
            raise BrokenTrainingRunError(
                f"{str(path)!r} is no record of a training: remove it, or restore it", reason="training_run"
            ) from error
