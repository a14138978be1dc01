"""Document types as an operator sees them: what the folders hold, what is live, since when, by whom."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from pydantic import ValidationError

from agents.bundles import PinnedParts
from catalog.database import Catalog
from catalog.queries import counts
from doctypes.definition import FieldSpec
from doctypes.folder import DIGITISER, TypeFolder
from inference.tools.checking import type_problems
from schemas.certificates import Certificate, Certificates
from schemas.errors import PermanentError
from schemas.layout import Frozen
from store.bundles import bundle_digest
from store.protocol import ObjectStore
from store.registry import RELEASE_SLOT, Registry, RegistryEntry
from store.releases import Release, load_release


class UnknownTypeError(PermanentError):
    """No folder declares this type; the sentence lists those that do."""


class TypeLine(Frozen):
    """One document type.

    Attributes:
        digest: Of the bundle its folder makes.
        standing: ``live``, ``edited`` since it went live, or ``new``.
        problems: Why it can't be published, if it can't.
    """

    name: str
    title: str
    version: str
    prompt_version: str
    fields: int
    rules: int
    trained: bool
    digest: str
    standing: Literal["live", "edited", "new"]
    problems: tuple[str, ...] = ()


class LiveRelease(Frozen):
    """What is live."""

    digest: str
    since: datetime
    by: str
    mark: str
    number: int
    types: tuple[str, ...]


class FieldLine(Frozen):
    """One declared field, with what was certified about the model's confidence in it.

    Attributes:
        columns: Of a list of rows; they have no certificate of their own, their table has.
    """

    name: str
    kind: str
    many: bool
    required: bool
    critical: bool
    certificate: Certificate | None
    description: str
    columns: tuple[FieldLine, ...] = ()


async def live_now(store: ObjectStore) -> tuple[LiveRelease, Release] | None:
    """Return the live release with its registry entry, or None where nothing was published."""
    entry = await Registry(store).live(RELEASE_SLOT)
    if entry is None:
        return None
    release = await load_release(store, entry.statement.what)
    return _live(entry, release), release


async def registry_log(store: ObjectStore) -> list[RegistryEntry]:
    """Return every statement of the registry about releases, oldest first, the chain checked."""
    registry = Registry(store)
    await registry.verify_chain(RELEASE_SLOT)
    return [entry async for entry in registry.entries(RELEASE_SLOT)]


def type_lines(folders: Sequence[TypeFolder], live: Release | None) -> list[TypeLine]:
    """Return the types of the folders, held against the live release."""
    return [_line(folder, live) for folder in folders]


async def require_known(store: ObjectStore, catalog: Catalog, name: str) -> None:
    """Let ``name`` pass where a document was found to be of that type, or where it is live.

    Raises:
        UnknownTypeError: Neither; the sentence lists the types that are.
    """
    live = await live_now(store)
    known = {count.doc_type for count in await counts(catalog) if count.doc_type}
    known |= set(live[1].bundles) if live else set()
    if name not in known:
        listed = f"there is {', '.join(sorted(known))}" if known else "nothing was submitted here yet"
        raise UnknownTypeError(f"there is no document type {name!r} here; {listed}", reason="unknown_type")


async def declared_fields(store: ObjectStore, name: str | None) -> tuple[FieldSpec, ...]:
    """Return the fields that the live release declares for a type, or for all; none before the first."""
    live = await live_now(store)
    bundles = live[1].bundles if live else {}
    parts = PinnedParts()
    types = [await parts.schema(store, bundles[one]) for one in sorted(bundles) if name in (None, one)]
    return tuple(spec for doc_type in types for spec in doc_type.fields)


def folder_of(folders: Sequence[TypeFolder], name: str) -> TypeFolder:
    """Return the folder of a type.

    Raises:
        UnknownTypeError: There is none.
    """
    for folder in folders:
        if folder.doc_type.name == name:
            return folder
    known = ", ".join(folder.doc_type.name for folder in folders)
    raise UnknownTypeError(f"there is no document type {name!r}; there is {known}", reason="unknown_type")


def field_lines(folder: TypeFolder) -> list[FieldLine]:
    """Return the declared fields of a type, with the certificates of its model.

    Raises:
        PermanentError: Its ``thresholds.json`` holds no certificates.
    """
    certificates = _certificates(folder)
    return [_field_line(spec, certificates) for spec in folder.doc_type.fields]


def _field_line(spec: FieldSpec, certificates: Certificates | None) -> FieldLine:
    return FieldLine(
        name=spec.name,
        kind=spec.kind.value,
        many=spec.many,
        required=spec.required,
        critical=spec.critical,
        certificate=certificates.of(spec.name) if certificates else None,
        description=spec.description,
        columns=tuple(_field_line(column, None) for column in spec.columns),
    )


def _certificates(folder: TypeFolder) -> Certificates | None:
    data = folder.parts.get("thresholds.json")
    if data is None:
        return None
    try:
        return Certificates.model_validate_json(data)
    except ValidationError as error:
        raise PermanentError(
            f"{folder.doc_type.name}/thresholds.json holds no certificates; train the type again",
            reason="thresholds",
        ) from error


def _live(entry: RegistryEntry, release: Release) -> LiveRelease:
    said = entry.statement
    return LiveRelease(
        digest=said.what,
        since=said.at,
        by=said.by,
        mark=said.mark,
        number=entry.number,
        types=tuple(sorted(release.bundles)),
    )


def _line(folder: TypeFolder, live: Release | None) -> TypeLine:
    name, digest = folder.doc_type.name, bundle_digest(folder.doc_type.name, folder.parts)
    standing: Literal["live", "edited", "new"] = "new"
    if live is not None and name in live.bundles:
        standing = "live" if live.bundles[name].digest == digest else "edited"
    return TypeLine(
        name=name,
        title=folder.doc_type.title,
        version=folder.doc_type.version,
        prompt_version=folder.prompt.version,
        fields=len(folder.doc_type.fields),
        rules=len(folder.rules.rules),
        trained=bool({"model", DIGITISER} & set(folder.parts)),
        digest=digest,
        standing=standing,
        problems=tuple(type_problems(folder)),
    )
