"""Whether the models that ship are what their data teach: the same bytes, or else the same answers.

On the same versions and CPU type training gives the same bytes. On others the linear algebra adds up in
another order; weights are rounded before they are stored, so that nearly all answers stay the same. That is
looked at on documents the model was trained on: not how good it is, only whether it is the same.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from app.actions.models import CLASSIFIER, EVERYTHING, SPLITTER, Asked, Rebuilt, rebuild_models
from app.settings import Settings
from app.wiring import release_parts
from doctypes.definition import DocType
from doctypes.folder import load_all
from inference.classifier.file import load_classifier
from inference.classifier.model import classify
from inference.extractor.fields import sketch_of
from inference.extractor.file import load_extractor
from inference.extractor.model import extract, extract_tables
from inference.reading.document import Document
from inference.splitter.file import load_splitter
from inference.splitter.model import EVEN, begin_probabilities
from inference.train.commands import MODEL
from ops.types import folder_of
from schemas.errors import PermanentError
from schemas.layout_block import LayoutBlock

PROBES = 60
"""Documents on which two models are compared, spread evenly over those that there are."""
ALIKE = 0.98
"""Share of answers that must be the same where the bytes are not."""

_Probe = TypeVar("_Probe")
Answer = Callable[[bytes], list[Hashable]]
"""Returns what the model in a file answers about the probes."""


class MissingModelError(PermanentError):
    """A variant that should ship has no model file; train it by ``doctrail models``."""


@dataclass(frozen=True, slots=True)
class Checked:
    """How a variant trained anew compares with the one that ships.

    Attributes:
        same: Its file is the same to the byte.
        answers: How many answers were compared; 0 where the bytes are the same.
        alike: How many of them are the same.
    """

    name: str
    same: bool
    answers: int = 0
    alike: int = 0

    @property
    def holds(self) -> bool:
        """Whether what ships is what the data teach."""
        return self.same or (self.answers > 0 and self.alike >= ALIKE * self.answers)


def check_models(settings: Settings, data: Path, *, asked: Asked = EVERYTHING) -> Iterator[Checked]:
    """Train shipped variants anew beside those that ship and yield how the two compare.

    Raises:
        UnknownVariantError: One that is asked for does not ship.
        MissingDataError: A labelled set is not there.
        MissingModelError: A variant does not ship.
    """
    folders = load_all(release_parts(settings).types)
    with tempfile.TemporaryDirectory(prefix="doctrail-check-") as scratch:
        for rebuilt in rebuild_models(settings, data, out=Path(scratch), asked=asked):
            name = rebuilt.written.name
            ours = _shipped(rebuilt)
            if ours == rebuilt.written.variant.model:
                yield Checked(name, same=True)
                continue
            if name == CLASSIFIER:
                answer = classified(rebuilt.trainer.documents(rebuilt.sets, None))
            elif name == SPLITTER:
                answer = taken_apart(rebuilt.trainer.paged())
            else:
                folder = folder_of(folders, name)
                known_as = {name, *folder.label_names.doc_types}
                answer = extracted(rebuilt.trainer.documents(rebuilt.sets, known_as), folder.doc_type)
            yield compared(name, answer(ours), answer(rebuilt.written.variant.model))


def compared(name: str, ours: Sequence[Hashable], anew: Sequence[Hashable]) -> Checked:
    """Return how the answers of two models whose bytes differ compare."""
    alike = sum(one == other for one, other in zip(ours, anew, strict=True))
    return Checked(name, same=False, answers=len(ours), alike=alike)


def classified(documents: Sequence[Document]) -> Answer:
    """Return what tells the types of probes among documents."""
    probes = spread(documents)

    def answer(file: bytes) -> list[Hashable]:
        classifier = load_classifier(file)
        return [classify(classifier, document).doc_type for document in probes]

    return answer


def extracted(documents: Sequence[Document], doc_type: DocType) -> Answer:
    """Return what tells the values of probes' fields, lists of rows included."""
    probes = spread(documents)
    fields = [sketch_of(spec) for spec in doc_type.fields if not spec.columns]
    tables = [spec.name for spec in doc_type.fields if spec.columns]

    def answer(file: bytes) -> list[Hashable]:
        extractor = load_extractor(file)
        out: list[Hashable] = []
        for document in probes:
            found = extract(extractor, document, fields)
            out += [tuple(value.value for value in field.values) for field in found]
            for table in extract_tables(extractor, document, tables):
                rows = table.rows or ()
                out.append(tuple(tuple((k, v.value) for k, v in sorted(row.items())) for row in rows))
        return out

    return answer


def taken_apart(blocks: Sequence[LayoutBlock]) -> Answer:
    """Return what tells of each page of probes whether a document begins there."""
    probes = spread(blocks)

    def answer(file: bytes) -> list[Hashable]:
        splitter = load_splitter(file)
        return [bool(p >= EVEN) for block in probes for p in begin_probabilities(splitter, block.pages)[1:]]

    return answer


def spread(found: Sequence[_Probe]) -> list[_Probe]:
    """Return at most PROBES of what was found, from beginning to end."""
    step = max(1, -(-len(found) // PROBES))
    return list(found[::step])


def _shipped(rebuilt: Rebuilt) -> bytes:
    path = rebuilt.shipped / MODEL
    try:
        return path.read_bytes()
    except OSError as error:
        raise MissingModelError(
            f"{str(path)!r} can't be read, so there is nothing to compare with: train it by doctrail models",
            reason="missing_model",
        ) from error
