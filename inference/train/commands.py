"""What ``doctrail train`` runs: labelled folders in; model, thresholds and card out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from doctypes.definition import DocType
from doctypes.folder import CARD, LINEAGE
from doctypes.labels import LabelNames
from inference.classifier.file import dump_classifier
from inference.classifier.training import TrainedClassifier, train_classifier
from inference.extractor.file import dump_extractor
from inference.extractor.learner import Progress
from inference.extractor.training import Trained, UntrainableError, train
from inference.labelled.corrections import NOTHING_REVIEWED, REVIEWED, Reviewed, merged
from inference.labelled.datasets import LabelledSet, ReadFile, Row, open_set
from inference.labelled.documents import LabelledDocument, TypedDocument
from inference.labelled.sources import sourced
from inference.labelled.teaching import families_in, labelled_documents, typed_documents
from inference.train.card import Making, Source, classifier_card, extractor_card
from schemas.canonical import canonical_json, digest, sha256_hex
from schemas.certificates import GENERATED, Certificate, Certificates
from store.families import sketch_of
from store.files import write_whole
from store.lineages import BaseDocument, ModelLineage, lineage_file

MODEL = "model"
THRESHOLDS = "thresholds.json"
FILES = (MODEL, THRESHOLDS, CARD, LINEAGE)
"""What a variant is on disk."""
MIXED = ", families mixed"
"""Behind the population of a certificate whose decisions are about vendors and layouts learned from."""
REAL_WEIGHT = 3.0
"""What a real document counts in training where generated ones are there too."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A trained variant as its three files.

    Attributes:
        unreadable: Labelled files that could not be read, by set.
        undeclared: Labels that are no field of the type: nothing is learned from them.
        others: How many documents of other types the labelled folders hold; they are passed over.
        lineage: What it learned from, as the file that lies beside the model; None for models that no eval
            scores (``store.lineages``).
    """

    model: bytes
    thresholds: bytes
    card: str
    unreadable: tuple[str, ...]
    lineage: bytes | None = None
    undeclared: tuple[str, ...] = ()
    others: int = 0

    @property
    def digest(self) -> str:
        """Return the sha-256 of the model file, by which it is asked for."""
        return sha256_hex(self.model)

    def write(self, folder: Path) -> None:
        """Write the files into ``folder``, each whole or not at all."""
        files = (self.model, self.thresholds, self.card.encode(), self.lineage)
        for name, data in zip(FILES, files, strict=True):
            if data is not None:
                write_whole(folder / name, data)


def silent(_what: str, _done: int, _all: int) -> None:
    """Tell nobody."""


def train_type(
    doc_type: DocType,
    folders: Sequence[Path],
    *,
    label_names: LabelNames | None = None,
    read: ReadFile | None = None,
    folds: int = 5,
    seed: int = 0,
    progress: Progress = silent,
    reviewed: Reviewed = NOTHING_REVIEWED,
    without: Collection[str] = (),
    mixed: bool = False,
) -> tuple[Variant, Trained]:
    """Train an extractor of ``doc_type`` from folders of labelled files, and from what people said.

    Args:
        doc_type: The type; only documents labelled with its name are taken.
        folders: Each with a ``labels.jsonl``.
        label_names: What the sets call the type and its fields where they differ.
        read: Returns the layout block of an original.
        folds: How many parts are held out in turn.
        seed: Of the folds.
        progress: Told how far it is.
        reviewed: What people said of records, beside the folders or without any.
        without: Keys of labelled documents that teach nothing.
        mixed: New documents will be of the vendors (layouts) learned from, so folds part those; figures
            and certificates speak of such documents and say so.

    Raises:
        BrokenLabelsError: A folder is not in order.
        UntrainableError: There is nothing to learn.
    """
    names = label_names or LabelNames()
    known_as = {doc_type.name, *names.doc_types}
    opened = [open_set(folder, read, types=known_as) for folder in folders]
    sets = _opened(opened, without)
    documents = _learned_from(sets, reviewed, doc_type, names, mixed=mixed)
    trained = train(documents, doc_type, folds=folds, seed=seed, progress=progress, mixed=mixed)
    if mixed:
        trained = replace(trained, certificates=tuple(map(_of_mixed, trained.certificates)))
    told = _told(reviewed, without, mixed=mixed)
    facts = told | _facts(sets, seed=seed, folds=trained.folds, documents=trained.documents)
    model = dump_extractor(trained.extractor, schema_digest=digest(doc_type), training=facts)
    making = _making(sets, Counter(document.set_name for document in documents), seed, model, reviewed)
    variant = Variant(
        model,
        thresholds_file(model, trained.certificates),
        extractor_card(doc_type.title, trained, making),
        _unreadable(sets),
        _lineage(doc_type, model, list(zip(folders, opened, strict=True)), reviewed, without),
        _undeclared(sets, doc_type, names),
        sum(labelled.others for labelled in sets),
    )
    return variant, trained


def _lineage(
    doc_type: DocType,
    model: bytes,
    sets: Sequence[tuple[Path, LabelledSet]],
    reviewed: Reviewed,
    without: Collection[str],
) -> bytes:
    """Return what a model learned from, as the file that lies beside it."""
    base = [one for folder, labelled in sets for one in sourced(folder, labelled) if one.key not in without]
    lineage = ModelLineage(
        model=sha256_hex(model),
        doc_type=doc_type.name,
        parent=None,
        learned_from=reviewed.taught,
        data=tuple(sorted({labelled.digest for _, labelled in sets})),
        base=tuple(BaseDocument(digests=one.digests, minima=sketch_of(one.text)) for one in base),
    )
    return lineage_file(lineage)


def _learned_from(
    sets: Sequence[LabelledSet], reviewed: Reviewed, doc_type: DocType, names: LabelNames, *, mixed: bool
) -> list[LabelledDocument]:
    """Return the documents of labelled sets, of people's decisions, or of both."""
    documents = material(sets, doc_type, names, mixed=mixed) if sets or not reviewed.documents else []
    return merged(documents, reviewed) if reviewed.documents else documents


def _told(reviewed: Reviewed, without: Collection[str], *, mixed: bool) -> dict[str, object]:
    """Return what a model file says of its training where it differs from a plain one."""
    facts: dict[str, object] = {"reviewed": reviewed.digest} if reviewed.documents else {}
    if without:
        facts["without"] = digest(sorted(without))
    if mixed:
        facts["mixed"] = True
    return facts


def _opened(sets: Sequence[LabelledSet], without: Collection[str]) -> list[LabelledSet]:
    """Return the sets without some documents; those that nothing is left of teach nothing."""
    if not without:
        return list(sets)
    left = [replace(one, rows=tuple(row for row in one.rows if row.key not in without)) for one in sets]
    return [one for one in left if one.rows]


def _of_mixed(certificate: Certificate) -> Certificate:
    """Return the certificate with what its decisions were drawn from said in full."""
    if certificate.population == GENERATED:
        return certificate
    return certificate.model_copy(update={"population": certificate.population + MIXED})


def train_type_classifier(
    types: Mapping[str, str],
    folders: Sequence[Path],
    *,
    read: ReadFile | None = None,
    folds: int = 5,
    seed: int = 0,
) -> tuple[Variant, TrainedClassifier]:
    """Train the classifier; documents that ``types`` does not know are background, to come out unknown.

    Args:
        types: By name that labelled sets use, the type it means.
        folders: Each with a ``labels.jsonl``.
        read: Returns the layout block of an original.
        folds: How many parts are held out in turn.
        seed: Of the folds.

    Raises:
        BrokenLabelsError: A folder is not in order.
        UntrainableError: Fewer than two types, or nothing to hold out.
    """
    sets = [open_set(folder, read) for folder in folders]
    rows = [row for labelled in sets for row in labelled.rows]
    families = families_in(rows)
    documents: list[TypedDocument] = typed_documents(rows, types, families)
    trained = train_classifier(documents, folds=folds, seed=seed)
    model = dump_classifier(
        trained.classifier,
        training=_facts(sets, seed=seed, folds=trained.folds, documents=trained.documents),
    )
    used = Counter(document.set_name for document in documents)
    card = classifier_card(trained, _making(sets, used, seed, model))
    return Variant(model, thresholds_file(model, trained.certificates), card, _unreadable(sets)), trained


def material(
    sets: Sequence[LabelledSet], doc_type: DocType, names: LabelNames, *, mixed: bool = False
) -> list[LabelledDocument]:
    """Return what a type is trained from: its documents in ``sets`` with their families and weights.

    Where they are ``mixed``, only documents that are nearly equal are of one family.

    Raises:
        UntrainableError: There is none.
    """
    rows = [row for labelled in sets for row in labelled.rows]
    if not rows:
        raise UntrainableError(
            f"no readable document of type {doc_type.name!r} in {[labelled.name for labelled in sets]}",
            reason="no_documents",
        )
    families = _families(rows, mixed=mixed)
    documents = labelled_documents(rows, doc_type, names, families)
    if any(document.generated for document in documents):
        return [d if d.generated else replace(d, weight=REAL_WEIGHT) for d in documents]
    return documents


def _families(rows: Sequence[Row], *, mixed: bool) -> dict[str, str]:
    """Return what must not part between folds.

    Documents of a generator are independent draws from it, and that is the population their certificate
    names: each is a family of its own. Real documents of one vendor or layout stay together.
    """
    if all(row.generated for row in rows):
        return {}
    return families_in(rows, mixed=mixed)


def _facts(sets: Sequence[LabelledSet], **facts: int) -> dict[str, object]:
    return {"data": digest(sorted([labelled.name, labelled.digest] for labelled in sets)), **facts}


def _making(
    sets: Sequence[LabelledSet],
    used: Counter[str],
    seed: int,
    model: bytes,
    reviewed: Reviewed = NOTHING_REVIEWED,
) -> Making:
    sources = [
        Source(labelled.name, used[labelled.name], labelled.licence, labelled.digest)
        for labelled in sorted(sets, key=lambda labelled: labelled.name)
    ]
    if reviewed.documents:
        sources.append(Source(REVIEWED, used[REVIEWED], "this installation's own", reviewed.digest))
    return Making(tuple(sources), seed, sha256_hex(model), len(model))


def thresholds_file(model: bytes, certificates: Sequence[Certificate]) -> bytes:
    """Return the ``thresholds.json`` that belongs to a model file."""
    whole = Certificates(variant=sha256_hex(model), certificates=tuple(certificates))
    return canonical_json(whole) + b"\n"


def _unreadable(sets: Sequence[LabelledSet]) -> tuple[str, ...]:
    return tuple(f"{labelled.name}/{file}" for labelled in sets for file in labelled.unreadable)


def _undeclared(sets: Sequence[LabelledSet], doc_type: DocType, names: LabelNames) -> tuple[str, ...]:
    labels = {label for labelled in sets for row in labelled.rows for label in (*row.labels, *row.tables)}
    declared = {spec.name for spec in doc_type.fields}
    return tuple(sorted(label for label in labels if names.fields.get(label, label) not in declared))
