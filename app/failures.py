"""Errors as sentences: our own have one, the machine's get one, a defect's names its report."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from app.printing import complain
from schemas.errors import PipelineError

_MACHINE = frozenset(
    {
        errno.EACCES,
        errno.EPERM,
        errno.EROFS,
        errno.ENOSPC,
        errno.EDQUOT,
        errno.EMFILE,
        errno.ENFILE,
        errno.EIO,
    }
)
"""System errors that the machine's keeper must mend, not we."""


def sentences(error: Exception, command: str) -> list[str]:
    """Return what to tell about ``error``: its own sentences, or where the report of a defect lies."""
    from ops.words import visible

    leaves = _leaves(error)
    known = [_known(leaf) for leaf in leaves]
    told = [visible(sentence) for sentence in known if sentence is not None]
    if len(told) == len(leaves):
        return list(dict.fromkeys(told))
    from app import crash

    defect = next(leaf for leaf, sentence in zip(leaves, known, strict=True) if sentence is None)
    return [crash.report(defect, home=_home(), command=command)]


@contextmanager
def leaving_with(code: int, command: str, *kinds: type[Exception]) -> Iterator[None]:
    """Leave with an exit code of its own where one of these errors is raised, with its sentences said."""
    try:
        yield
    except kinds as error:
        for sentence in sentences(error, command):
            complain(sentence)
        raise typer.Exit(code) from error


def _leaves(error: Exception) -> list[Exception]:
    if isinstance(error, ExceptionGroup):
        return [leaf for part in error.exceptions for leaf in _leaves(part)]
    return [error]


def _known(error: Exception) -> str | None:
    match error:
        case PipelineError():
            return str(error)
        case OSError(errno=number) if number in _MACHINE:
            place = f"{str(error.filename)!r}: " if error.filename else ""
            why = (error.strerror or "system error").lower()
            return f"{place}{why}; make room or mend the permissions, then try again"
    return None


def _home() -> Path:
    from app.settings import SettingsError, load_settings

    try:
        return load_settings().home
    except SettingsError:
        return Path(".doctrail")
