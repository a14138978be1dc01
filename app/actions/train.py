"""What ``doctrail train`` and ``models`` do: read the originals, train, write, say how good it is."""

from __future__ import annotations

import asyncio
import errno
import os
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.actions.training_figures import (
    classifier_figures,
    extractor_figures,
    extractor_metrics,
    splitter_figures,
)
from app.settings import Settings
from app.wiring import page_reader
from doctypes.folder import TypeFolder
from inference.labelled.boxed import BrokenLabelsError
from inference.labelled.corrections import NOTHING_REVIEWED, Reviewed
from inference.labelled.datasets import LABELS, named_file, numbered, open_set, parsed_entry
from inference.labelled.sources import Sourced, sourced
from inference.reading.document import Document
from inference.splitter.commands import train_packet_splitter
from inference.splitter.data import paged_sources
from inference.train.commands import FILES, Variant, train_type, train_type_classifier
from pages.reader import PageReader, ReadDocument
from schemas.layout_block import LayoutBlock, parse_block, to_block
from store.files import naming


@dataclass(frozen=True, slots=True)
class Written:
    """A variant on disk; ``figures`` tell how it did on documents it had not seen, ``metrics`` in numbers."""

    name: str
    folder: Path
    variant: Variant
    figures: tuple[str, ...]
    metrics: Mapping[str, float | None]


class Trainer:
    """Trains variants from labelled folders; an original read once is not read again while it lives."""

    def __init__(self, settings: Settings, *, folds: int, seed: int) -> None:
        self._settings = settings
        self._folds = folds
        self._seed = seed
        self._blocks: dict[Path, str | None] = {}

    def extractor(
        self,
        folder: TypeFolder,
        data: Sequence[Path],
        out: Path,
        reviewed: Reviewed = NOTHING_REVIEWED,
        *,
        without: Collection[str] = (),
        mixed: bool = False,
    ) -> Written:
        """Train and write the extractor of a type, from what people said of records too.

        Labelled documents whose keys are in ``without`` teach nothing.

        Where documents are ``mixed`` folds part vendors and layouts: new documents will be of those.

        Raises:
            BrokenLabelsError: A labelled folder is not in order.
            FileNotWrittenError: ``out`` takes no files.
            UntrainableError: There is nothing to learn.
        """
        doc_type = folder.doc_type
        _check_place(out)
        self._read_originals(data, {doc_type.name, *folder.label_names.doc_types})
        with _bar() as bar:
            task = bar.add_task("training", total=None)

            def progress(what: str, done: int, total: int) -> None:
                bar.update(task, description=what, completed=done, total=total)

            variant, trained = train_type(
                doc_type,
                data,
                label_names=folder.label_names,
                read=self._blocks.get,
                folds=self._folds,
                seed=self._seed,
                progress=progress,
                reviewed=reviewed,
                without=without,
                mixed=mixed,
            )
        variant.write(out)
        return Written(doc_type.name, out, variant, extractor_figures(trained), extractor_metrics(trained))

    def classifier(self, folders: Sequence[TypeFolder], data: Sequence[Path], out: Path) -> Written:
        """Train and write the classifier of all types; documents of other types are its background.

        Raises:
            BrokenLabelsError: A labelled folder is not in order.
            FileNotWrittenError: ``out`` takes no files.
            UntrainableError: Fewer than two types, or nothing to hold out.
        """
        _check_place(out)
        self._read_originals(data, None)
        variant, trained = train_type_classifier(
            known_as(folders), data, read=self._blocks.get, folds=self._folds, seed=self._seed
        )
        variant.write(out)
        metrics = {
            "accuracy": trained.accuracy,
            "auroc": trained.auroc,
            "ece": trained.ece,
            "certified": sum(c.threshold is not None for c in trained.certificates),
            **({"contradicted": len(trained.contradicted)} if trained.contradicted else {}),
        }
        return Written("classifier", out, variant, classifier_figures(trained), metrics)

    def splitter(self, data: Sequence[Path], out: Path) -> Written:
        """Train and write the splitter of packets; texts are read as documents are, page by page.

        Raises:
            BrokenLabelsError: A labelled folder is not in order.
            FileNotWrittenError: ``out`` takes no files.
            UntrainableError: Too few documents, or none of several pages.
        """
        _check_place(out)
        self._read([path for folder in data for path in paged_sources(folder)])
        with _bar() as bar:
            task = bar.add_task("training", total=None)

            def told(what: str, done: int, total: int) -> None:
                bar.update(task, description=what, completed=done, total=total)

            variant, trained = train_packet_splitter(
                data, read=self._blocks.get, folds=self._folds, seed=self._seed, told=told
            )
        variant.write(out)
        metrics = {
            "singles_kept": 1 - trained.false_splits / max(1, trained.singles),
            "certified": sum(c.threshold is not None for c in trained.certificates),
        }
        return Written("splitter", out, variant, splitter_figures(trained), metrics)

    def base(self, folder: TypeFolder, data: Sequence[Path]) -> list[Sourced]:
        """Return what labelled folders hold of a type, read as training reads it.

        Raises:
            BrokenLabelsError: A labelled folder is not in order.
        """
        types = {folder.doc_type.name, *folder.label_names.doc_types}
        self._read_originals(data, types)
        return [one for path in data for one in sourced(path, open_set(path, self._blocks.get, types=types))]

    def documents(self, data: Sequence[Path], types: Collection[str] | None) -> list[Document]:
        """Return the labelled documents of some folders as they are read, in an order of their own."""
        self._read_originals(data, types)
        sets = [open_set(folder, self._blocks.get, types=types) for folder in data]
        rows = sorted((row for labelled in sets for row in labelled.rows), key=lambda row: row.key)
        return [row.document for row in rows]

    def paged(self) -> list[LayoutBlock]:
        """Return what was read of several pages, in an order of its own."""
        blocks = (parse_block(block) for _, block in sorted(self._blocks.items()) if block)
        return [block for block in blocks if len(block.pages) > 1]

    def _read_originals(self, data: Sequence[Path], types: Collection[str] | None) -> None:
        self._read([path for folder in data for path in originals(folder, types)])

    def _read(self, wanted: Sequence[Path]) -> None:
        missing = [path for path in dict.fromkeys(wanted) if path not in self._blocks]
        if missing:
            asyncio.run(self._read_all(missing))

    async def _read_all(self, paths: Sequence[Path]) -> None:
        room = asyncio.Semaphore(self._settings.page_workers)
        # A page that a busy machine is slow to read is read all the same: the model must not hang on it.
        patient = self._settings.model_copy(update={"read_step_seconds": self._settings.read_seconds})
        async with page_reader(patient) as reader:
            with _bar() as bar:
                task = bar.add_task("reading originals", total=len(paths))

                async def one(path: Path) -> None:
                    async with room:
                        self._blocks[path] = await _block(reader, path)
                    bar.advance(task)

                async with asyncio.TaskGroup() as group:
                    for path in paths:
                        group.create_task(one(path))


def _check_place(folder: Path) -> None:
    """Check that a variant can be written there, before the hours that it may take to train.

    Raises:
        FileNotWrittenError: It can't.
    """
    with naming(folder):
        there = next((place for place in (folder, *folder.parents) if place.exists()), folder)
        if not there.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR))
        if not os.access(there, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    for path in (folder / name for name in FILES):
        with naming(path):
            if path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))


def known_as(folders: Sequence[TypeFolder]) -> dict[str, str]:
    """Return, by every name under which labelled sets know a type, the type."""
    return {
        name: folder.doc_type.name
        for folder in folders
        for name in (*sorted(folder.label_names.doc_types), folder.doc_type.name)
    }


async def _block(reader: PageReader, path: Path) -> str | None:
    found = await reader.read(await asyncio.to_thread(path.read_bytes))
    return to_block(found.layout) if isinstance(found, ReadDocument) else None


def originals(folder: Path, types: Collection[str] | None) -> Iterator[Path]:
    """Yield the originals that training on ``folder`` needs read: those without boxes of their lines.

    Broken lines are passed over; training names them.
    """
    try:
        text = (folder / LABELS).read_bytes().decode("utf-8-sig", "replace")
    except OSError:
        return
    for number, line in numbered(text):
        try:
            entry = parsed_entry(folder, number, line)
            wanted = (types is None or entry["doc_type"] in types) and not entry.get("boxes")
            path = named_file(folder, number, entry, "file") if wanted else None
        except BrokenLabelsError:
            continue
        if path is not None:
            yield path


@contextmanager
def _bar() -> Iterator[Progress]:
    console = Console(file=sys.stderr, highlight=False)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        yield bar
