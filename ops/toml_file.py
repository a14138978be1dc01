"""Reading a file of settings that an operator writes by hand."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

from schemas.errors import PermanentError


def parsed(path: Path, refusal: Callable[[str], PermanentError]) -> dict[str, object]:
    """Return what the file at ``path`` says.

    Raises:
        PermanentError: As ``refusal`` makes it of the sentence: the file can't be read, or is no TOML.
    """
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise refusal(f"{str(path)!r} can't be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise refusal(f"{path.name} is no TOML: {error}") from error
