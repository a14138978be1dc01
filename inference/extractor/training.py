"""Training an extractor: two stages and a confidence head, every figure from decisions out of fold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from doctypes.definition import DocType
from inference.extractor.bonds import bonds_of
from inference.extractor.fields import FieldSketch, sketch_of
from inference.extractor.figures import EVERYTHING, FieldFigures, by_origin, figures_of, not_found
from inference.extractor.learner import HeldOut, Learner, Progress
from inference.extractor.learning_data import Prepared, learned_day_order, prepare
from inference.extractor.model import Extractor
from inference.extractor.remembering import precedents_of, told_by
from inference.labelled.documents import LabelledDocument, split
from inference.learned.certify import CRITICAL_TARGET, OTHER_TARGET, Decisions, certify
from inference.learned.single_thread import single_thread
from inference.reading.document import Floats
from inference.reading.lexicon import Lexicon, lexicon_of
from inference.tables.training import TrainedTable, train_table
from schemas.certificates import GENERATED, Certificate
from schemas.errors import PermanentError
from schemas.fields import FieldKind

FEWEST_DOCUMENTS = 4
Ready = Callable[[LabelledDocument, Sequence[FieldSketch], bool | None, Lexicon], Prepared]


class UntrainableError(PermanentError):
    """The labelled documents can't teach anything; the sentence says what is missing."""


@dataclass(frozen=True, slots=True)
class Trained:
    """A trained extractor with what was measured out of fold.

    Attributes:
        figures: Per field, in the schema's order.
        overall: All fields together.
        by_origin: The same apart for real and for generated documents, where both were trained on.
        families: How many families the documents are of; whole families were held out.
        tables: The lists of rows that the type declares and too few documents label: not trained.
        read: The lists of rows that were trained.
        unprinted: Labels that no candidate on the page means, as key of the document and field.
        contradicted: Labels that another labelling of the same page denies, likewise: they taught nothing.
        held_out: The decisions about all fields out of fold, with their confidences.
        mixed: Families are of documents that are nearly equal alone; vendors and layouts did part.
    """

    extractor: Extractor
    figures: tuple[FieldFigures, ...]
    overall: FieldFigures
    by_origin: tuple[tuple[str, tuple[FieldFigures, ...]], ...]
    held_out: Decisions
    documents: int
    families: int
    certificates: tuple[Certificate, ...] = ()
    folds: int = 0
    tables: tuple[str, ...] = ()
    read: tuple[TrainedTable, ...] = ()
    unprinted: tuple[tuple[str, str], ...] = ()
    contradicted: tuple[tuple[str, str], ...] = ()
    mixed: bool = False


def train(
    documents: Sequence[LabelledDocument],
    doc_type: DocType,
    *,
    folds: int = 5,
    seed: int = 0,
    progress: Progress = lambda _what, _done, _all: None,
    ready: Ready = prepare,
    mixed: bool = False,
) -> Trained:
    """Return an extractor of ``doc_type`` and its out-of-fold figures.

    The same documents, seed, versions and CPU type give the same extractor, in whatever order the
    documents come.

    Args:
        documents: Labelled ones, in any order.
        doc_type: Declares the fields.
        folds: How many parts are held out in turn.
        seed: Of the folds.
        progress: Told how far it is.
        ready: Describes a document; a bench that trains often hands in one that remembers.
        mixed: Families are of nearly equal documents alone, because vendors and layouts come back: what
            became of decisions about pages that look alike then tells of a new one.

    Raises:
        UntrainableError: Too few documents, too few families, or no label of any declared field.
    """
    documents = sorted(documents, key=lambda document: document.key)
    fields = [sketch_of(spec) for spec in doc_type.fields if spec.kind is not FieldKind.ROWS]
    folds = _checked_folds(documents, fields, folds)
    told = doc_type.day_first
    day_first = learned_day_order(documents, fields) if told is None else told
    with single_thread():
        lexicon = lexicon_of(doc_type)
        prepared = []
        for number, document in enumerate(documents, start=1):
            prepared.append(ready(document, fields, day_first, lexicon))
            progress("documents", number, len(documents))
        bonds = bonds_of(doc_type, (one.wanted for one in prepared))
        learner = Learner(prepared, fields, split(documents, folds, seed), bonds, progress)
        held_out, features = learner.held_out()
        precedents = precedents_of(held_out, prepared) if mixed else None
        if precedents is not None:
            held_out = told_by(precedents, held_out, prepared)
        labelled = [out for out in held_out if out.documents]
        confidences = learner.confidences(labelled)
        read = tuple(_tables(documents, doc_type, folds, seed, progress))
        extractor = Extractor(
            doc_type.name,
            learner.models(held_out, features),
            learner.head(labelled),
            day_first,
            {one.reader.model.field: one.reader for one in read},
            lexicon,
            bonds,
            precedents,
        )
    names = [out.field.name for out in labelled]
    certificates = _certificates(doc_type, documents, held_out, dict(zip(names, confidences, strict=True)))
    return replace(
        _measured(extractor, documents, labelled, confidences),
        certificates=(*certificates, *(one.certificate for one in read)),
        folds=folds,
        tables=tuple(s.name for s in doc_type.fields if s.columns and s.name not in extractor.tables),
        read=read,
        mixed=mixed,
    )


def _measured(
    extractor: Extractor,
    documents: Sequence[LabelledDocument],
    labelled: Sequence[HeldOut],
    confidences: Sequence[Floats],
) -> Trained:
    """Return the extractor with the figures of its decisions out of fold, which ``labelled`` are."""
    rows = list(zip(labelled, confidences, strict=True))
    return Trained(
        extractor=extractor,
        figures=tuple(figures_of(out.field.name, [out], [sure]) for out, sure in rows),
        overall=figures_of(EVERYTHING, labelled, confidences),
        by_origin=by_origin(documents, labelled, confidences),
        held_out=Decisions(np.concatenate(confidences), np.concatenate([out.right for out in labelled])),
        documents=len(documents),
        families=len({document.family or document.key for document in documents}),
        unprinted=tuple((documents[i].key, out.field.name) for out in labelled for i in not_found(out)),
        contradicted=tuple((one.key, name) for one in documents for name in sorted(one.contradicted)),
    )


def _tables(
    documents: Sequence[LabelledDocument], doc_type: DocType, folds: int, seed: int, progress: Progress
) -> Iterator[TrainedTable]:
    """Yield a trained reader for every list of rows that enough documents label."""
    for spec in (spec for spec in doc_type.fields if spec.columns):
        table = train_table(documents, spec, folds=folds, seed=seed, told=progress)
        if table is not None:
            yield table


def _checked_folds(documents: Sequence[LabelledDocument], fields: Sequence[FieldSketch], folds: int) -> int:
    if len(documents) < FEWEST_DOCUMENTS:
        raise UntrainableError(
            f"{len(documents)} labelled documents, equal pages counted once, are too few: "
            f"give at least {FEWEST_DOCUMENTS}",
            reason="too_few",
        )
    for one, other in pairwise(documents):
        if one.key == other.key:
            raise UntrainableError(f"two labelled documents share the key {one.key!r}", reason="same_key")
    families = len({document.family or document.key for document in documents})
    if families == 1:
        raise UntrainableError(
            "all documents are of one family, so none can be held out: give documents of other layouts too",
            reason="one_family",
        )
    names = {field.name for field in fields}
    if not any(names & set(document.fields) for document in documents):
        given = sorted({name for document in documents for name in document.fields})
        raise UntrainableError(
            f"no document labels a declared field: labels are {given}, fields are {sorted(names)}; "
            "map the names in the type's labels.json",
            reason="no_labels",
        )
    return max(2, min(folds, families))


def _certificates(
    doc_type: DocType,
    documents: Sequence[LabelledDocument],
    held_out: Sequence[HeldOut],
    confidences: Mapping[str, Floats],
) -> tuple[Certificate, ...]:
    """Return a certificate for every plain field; one never labelled is certified for nothing.

    Decisions about real documents and about generated ones are never mixed: what can't be shown on real
    ones may still be shown on generated ones, and then says so.
    """
    critical = {spec.name for spec in doc_type.fields if spec.critical}
    out: list[Certificate] = []
    for held in held_out:
        target = CRITICAL_TARGET if held.field.name in critical else OTHER_TARGET
        made = np.array([documents[i].generated for i in held.documents], dtype=np.bool_)
        sure = confidences.get(held.field.name, np.zeros(0))
        names = sorted({documents[i].set_name for i in held.documents if not documents[i].generated})
        real = _certified(held, sure, ~made, target, ", ".join(names) or "no documents")
        generated = _certified(held, sure, made, target, GENERATED)
        out.append(generated if real.threshold is None and made.any() else real)
    return tuple(out)


def _certified(
    held: HeldOut, sure: Floats, chosen: NDArray[np.bool_], target: float, population: str
) -> Certificate:
    decisions = Decisions(sure[chosen], held.right[chosen])
    return certify(held.field.name, decisions, target=target, population=population)
