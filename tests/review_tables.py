"""An SQLite file with the review tables in it, made once: migrating costs more than most tests."""

from __future__ import annotations

from pathlib import Path

from catalog.engine import migrate, open_engine
from review.queue.database import REVIEW


def make(path: Path) -> Path:
    """Make the file and return its path."""
    engine = open_engine(f"sqlite:///{path}")
    migrate(engine, REVIEW)
    engine.dispose()
    return path
