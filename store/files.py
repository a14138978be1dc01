"""Files that a person asked for, beside the store: whole, or as they were before."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import PermanentError
from store.folders import sync_folder


class FileNotWrittenError(PermanentError):
    """A file that a command was asked to write can't be written; nothing stands half-written in its place."""

    def __init__(self, path: Path, error: OSError) -> None:
        why = (error.strerror or type(error).__name__).lower()
        super().__init__(f"{str(path)!r} can't be written: {why}", reason="file")


def write_whole(path: Path, data: bytes, *, private: bool = False) -> None:
    """Let ``data`` stand under ``path``, on disk to the last byte; folders on the way are made.

    Only its owner reads it where ``private``.

    Raises:
        FileNotWrittenError: The place takes no file, or not all of it.
    """
    make_folder(path.parent)
    with naming(path):
        with beside(path, private=private) as aside, aside.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        sync_folder(path.parent)


def make_folder(folder: Path, *, private: bool = False) -> None:
    """Make a folder to write into, which only its owner reads where ``private``; one that is there stays.

    Raises:
        FileNotWrittenError: It can't be made there.
    """
    with naming(folder):
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700 if private else 0o777)
        except FileExistsError as taken:
            # What is in the way is a file; that it "exists" would tell nobody what is wrong.
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR)) from taken


@contextmanager
def beside(path: Path, *, private: bool = False) -> Iterator[Path]:
    """Give a file beside ``path`` that takes its place where the block ends well, and is gone otherwise."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    os.close(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600 if private else 0o666))
    try:
        yield aside
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Name ``path`` in what goes wrong with it.

    Raises:
        FileNotWrittenError: An error of the system.
    """
    try:
        yield
    except OSError as error:
        raise FileNotWrittenError(path, error) from error
