"""The folders a release is made of: read, checked, and looked at cheaply enough for each submission."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from doctypes.errors import BrokenTypeError
from doctypes.folder import DIGITISER, TypeFolder, load_all
from inference.classifier.file import load_classifier
from inference.endpoints.prices import BrokenPricesError, load_prices
from inference.extractor.file import load_extractor
from inference.learned.variant import BrokenVariantError
from inference.router.table import BrokenRouterError, RouterTable, parse_table
from inference.splitter.file import load_splitter
from inference.tools.checking import type_problems
from schemas.errors import PermanentError
from store.lineages import BrokenLineageError, parse_lineage

Shared = Mapping[str, Mapping[str, bytes]]
"""The files of the models that all types share, by model and file name."""
Fingerprint = tuple[tuple[str, int, int], ...]
"""Name, size and time of every file a release is made of."""


class TypeFoldersError(PermanentError):
    """The document types can't be published as they are; every problem is named."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems), reason="types")
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Parts:
    """What a release is made of, on disk.

    Attributes:
        types: Folder with one folder per document type.
        classifier: Folder with ``model`` and ``thresholds.json`` of the type classifier.
        splitter: Likewise of the splitter of packets.
        accept_generated: Whether certificates on generated samples may accept.
        min_quality: Documents that read worse than this go to a person.
        router: File that says whom doubtful fields may go to; None where nobody else is asked.
        prices: File of what tokens cost, for the router; None for the one that ships.
    """

    types: Path
    classifier: Path
    splitter: Path
    accept_generated: bool
    min_quality: float
    router: Path | None = None
    prices: Path | None = None


def load_parts(parts: Parts) -> tuple[list[TypeFolder], Shared]:
    """Return what the folders hold, once all of it can be published together.

    Raises:
        TypeFoldersError: A folder is broken, its keys disagree, or a model or table can't be loaded.
    """
    try:
        folders = load_all(parts.types)
    except BrokenTypeError as error:
        raise TypeFoldersError([str(error)]) from error
    shared = _read_shared(parts)
    problems = _problems(folders, shared)
    try:
        require_types(router_table(parts), folders)
    except (BrokenRouterError, BrokenPricesError) as error:
        problems.append(str(error))
    if problems:
        raise TypeFoldersError(problems)
    return folders, shared


def router_table(parts: Parts) -> RouterTable | None:
    """Return whom doubtful fields may go to, every known price filled in.

    Raises:
        BrokenRouterError: The file can't be read, or has another shape.
        BrokenPricesError: Likewise the price file.
    """
    if parts.router is None:
        return None
    try:
        data = parts.router.read_bytes()
    except OSError as error:
        raise BrokenRouterError(
            f"DOCTRAIL_ROUTER names {str(parts.router)!r}, which can't be read: {error.strerror}"
        ) from error
    return parse_table(data, parts.router.name).priced(load_prices(parts.prices))


def require_types(table: RouterTable | None, folders: Sequence[TypeFolder]) -> None:
    """Let pass a table that routes types which there are: of any other nothing would ever be routed.

    Raises:
        BrokenRouterError: It names another type.
    """
    known = sorted(folder.doc_type.name for folder in folders)
    for name in table.types if table else ():
        if name not in known:
            raise BrokenRouterError(f"the router's types name {name!r}; there are {', '.join(known)}")


def fingerprint(parts: Parts) -> Fingerprint:
    """Return names, sizes and times of every file a release is made of."""
    entries = []
    for alone in (parts.router, parts.prices):
        if alone is not None and alone.is_file():
            facts = alone.stat()
            entries.append((str(alone), facts.st_size, facts.st_mtime_ns))
    for root in (parts.types, parts.classifier, parts.splitter):
        for path in sorted(root.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                facts = path.stat()
                entries.append((str(path), facts.st_size, facts.st_mtime_ns))
    return tuple(entries)


def _read_shared(parts: Parts) -> Shared:
    """Return the files of the models that all types share, by model and file name."""
    found: dict[str, dict[str, bytes]] = {}
    for what, folder in (("classifier", parts.classifier), ("splitter", parts.splitter)):
        found[what] = {}
        for name in ("model", "thresholds.json"):
            path = folder / name
            if not path.is_file():
                raise TypeFoldersError(
                    [f"the {what} has no {name!r} in its folder; train it with `doctrail train --{what}`"]
                )
            found[what][name] = path.read_bytes()
    return found


def _problems(folders: list[TypeFolder], shared: Shared) -> list[str]:
    """Return what is wrong with the folders: keys that disagree, models that this version can't load."""
    found = [f"{folder.doc_type.name}: {p}" for folder in folders for p in type_problems(folder)]
    for folder in folders:
        if "model" in folder.parts:
            found += _unloadable(folder.doc_type.name, load_extractor, folder.parts["model"])
        if folder.lineage is not None:
            found += _unloadable(folder.doc_type.name, parse_lineage, folder.lineage)
        if DIGITISER in folder.parts:
            # Here alone: it brings libraries that nobody else at start needs.
            from inference.digitiser.file import load_digitiser

            found += _unloadable(folder.doc_type.name, load_digitiser, folder.parts[DIGITISER])
    found += _unloadable("type classifier", load_classifier, shared["classifier"]["model"])
    return found + _unloadable("splitter", load_splitter, shared["splitter"]["model"])


def _unloadable(name: str, load: Callable[[bytes], object], data: bytes) -> list[str]:
    try:
        load(data)
    except (BrokenVariantError, BrokenLineageError) as error:
        return [f"{name}: {error}"]
    return []
