"""Moving a finished file away: never over another one, never a file that has changed meanwhile."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from ops.watch.settling import Facts
from schemas.errors import PermanentError

MOST_NAMESAKES = 10_000

CHANGED = "it changed meanwhile"


class NotMovedError(PermanentError):
    """A finished file stays where it is; the sentence says why."""

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path}: stays where it is: {why}", reason="not_moved")


def move_into(path: Path, folder: Path, below: Path, facts: Facts) -> Path:
    """Move the file at ``path`` to ``folder/below``, or to a numbered name beside it, and return where it is.

    Args:
        path: The file.
        folder: Where finished files go.
        below: Its place there.
        facts: As it was when it was submitted; a file with other bytes is not moved.

    Raises:
        NotMovedError: It changed, is a link, or its new place takes no file.
    """
    if path.is_symlink():
        raise NotMovedError(path, "it is a link")
    try:
        if not Facts.of(path).same_bytes_as(facts):
            raise NotMovedError(path, CHANGED)
        (folder / below).parent.mkdir(parents=True, exist_ok=True)
        target = _reserve(folder / below)
        with _giving_back(target):
            is_the_one = _take(path, target, facts)
    except OSError as error:
        raise NotMovedError(path, (error.strerror or "error").lower()) from error
    if is_the_one:
        return target
    # Another file was put in its place at this very moment: it has not been submitted yet.
    raise NotMovedError(path, _put_back(target, path))


def _reserve(wanted: Path) -> Path:
    """Make an empty file of ours under the first free name, so that nobody's file is ever replaced."""
    for number in range(1, MOST_NAMESAKES):
        name = wanted.name if number == 1 else f"{wanted.stem} ({number}){wanted.suffix}"
        try:
            os.close(os.open(wanted.with_name(name), os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
        except FileExistsError:
            continue
        return wanted.with_name(name)
    raise OSError(errno.EEXIST, f"{MOST_NAMESAKES} files have this name there")


@contextlib.contextmanager
def _giving_back(reserved: Path) -> Iterator[None]:
    try:
        yield
    except BaseException:
        reserved.unlink(missing_ok=True)
        raise


def _take(path: Path, target: Path, facts: Facts) -> bool:
    """Move whatever stands under ``path`` onto ``target``; return whether it was the file of ``facts``."""
    try:
        path.rename(target)
    except OSError as error:
        if error.errno != errno.EXDEV:
            raise
        _copy(path, target, facts)
        return True
    return Facts.of(target).same_bytes_as(facts)


def _copy(path: Path, target: Path, facts: Facts) -> None:
    """Move to another disk: the copy is complete and on disk before the original goes."""
    aside = target.with_name(f".{target.name}.part")
    with _giving_back(aside):
        shutil.copy2(path, aside)
        with aside.open("rb") as file:
            os.fsync(file.fileno())
        if not Facts.of(path).same_bytes_as(facts):
            raise OSError(errno.EBUSY, CHANGED)
        aside.rename(target)
    path.unlink()


def _put_back(target: Path, path: Path) -> str:
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o644))
        with _giving_back(path):
            target.rename(path)
    except OSError:
        return f"{CHANGED}; what stood there is {str(target)!r} now and was not submitted"
    return CHANGED
