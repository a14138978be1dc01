"""Being somebody whom permissions bind, for whoever runs the tests may be root."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NOBODY = 65534


@contextmanager
def unprivileged() -> Iterator[None]:
    """Let permissions count inside; whatever is imported inside must have been imported before."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@contextmanager
def common_folder() -> Iterator[Path]:
    """Yield a folder that everyone may enter; those of pytest are closed to all but its user."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextmanager
def read_only(folder: Path) -> Iterator[None]:
    """Take the right to write from everything under ``folder`` inside."""
    before = [(path, path.stat().st_mode) for path in (folder, *folder.rglob("*"))]
    for path, mode in before:
        path.chmod(mode & ~0o222)
    try:
        yield
    finally:
        for path, mode in before:
            if path.exists():
                path.chmod(mode)
