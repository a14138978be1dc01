"""A defect of our own: the traceback goes to a file, one sentence to the screen."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from pathlib import Path

from app.clock import utc_now


def report(error: BaseException, *, home: Path, command: str) -> str:
    """Write the traceback of ``error`` to a file under ``home`` and return the sentence that names it."""
    written = _write(_text(error, command), home)
    what = f"doctrail stopped by a defect of its own ({type(error).__name__})"
    if written is None:
        return f"{what}; no report could be written: neither the home nor the temporary folder takes a file"
    return f"{what}; the report is in {str(written)!r}: please send it to the maintainers"


def _text(error: BaseException, command: str) -> str:
    lines = traceback.format_exception(error)
    # The report stays on this machine; a person decides what of it to pass on.
    return f"command: doctrail {command}\npython: {sys.version}\n\n{''.join(lines)}"


def _write(text: str, home: Path) -> Path | None:
    name = f"crash-{utc_now():%Y%m%dT%H%M%S}-{os.getpid()}.txt"
    for folder in (home / "crashes", Path(tempfile.gettempdir())):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8", errors="backslashreplace")
        except OSError:
            continue
        return folder / name
    return None
