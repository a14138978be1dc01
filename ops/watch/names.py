"""Which files of a watched folder are meant: none that a program writes under a passing name."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from schemas.errors import PermanentError

_TEMPORARY_ENDINGS = (
    ".part",
    ".partial",
    ".filepart",
    ".tmp",
    ".temp",
    ".crdownload",
    ".download",
    ".opdownload",
    ".swp",
    "~",
)
_KEPT_BY_SYSTEMS = frozenset({"thumbs.db", "desktop.ini"})


class WatchRefusedError(PermanentError):
    """A folder can't be watched as it is; the sentence says why and what to do."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: {why}", reason="watch_refused")


def is_temporary(name: str) -> bool:
    """Return whether a file or folder of this name is no user's own: hidden, half-written, a lock."""
    lowered = name.lower()
    return name.startswith((".", "~$")) or lowered.endswith(_TEMPORARY_ENDINGS) or lowered in _KEPT_BY_SYSTEMS


def watched_folder(path: Path) -> Path:
    """Return ``path`` resolved, a folder that can be listed.

    Raises:
        WatchRefusedError: Nothing is there, it is no folder, or it may not be read.
    """
    try:
        resolved = path.resolve(strict=True)
        if not resolved.is_dir():
            raise WatchRefusedError(path, "is no folder; a single file goes in by doctrail submit")
        with os.scandir(resolved):
            return resolved
    except FileNotFoundError as error:
        raise WatchRefusedError(path, "no such folder; make it first, or correct its name") from error
    except (OSError, RuntimeError) as error:
        why = (getattr(error, "strerror", None) or "it leads round in a circle").lower()
        raise WatchRefusedError(path, f"can't be watched: {why}") from error


def files_under(
    place: Path, *, without: Collection[Path], on_closed: Callable[[Path, str], None]
) -> Iterator[Path]:
    """Yield the files at or under ``place`` in order; temporary names and folders in ``without`` left out.

    Args:
        place: A file, a folder, or what is gone by now.
        without: Folders that are not looked into.
        on_closed: Told of every folder that can't be read, and why.
    """
    # Path.is_dir would raise where the folder above may not be searched.
    if not os.path.isdir(place):  # noqa: PTH112
        yield place
        return

    def closed(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            on_closed(Path(error.filename), (error.strerror or "error").lower())

    for folder, folders, names in os.walk(place, onerror=closed):
        here = Path(folder)
        folders[:] = sorted(f for f in folders if not is_temporary(f) and here / f not in without)
        for name in sorted(names):
            if not is_temporary(name):
                yield here / name
