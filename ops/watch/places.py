"""The folders of a watch: where files come from, and where they go at their ends."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ops.progress import End

FAILED = frozenset({End.REJECTED, End.DEAD_LETTERED})


@dataclass(frozen=True, slots=True)
class Places:
    """The folders of a watch, all of them resolved.

    Attributes:
        root: Where files are dropped.
        done: Where finished files go; None leaves them.
        failed: Where rejected and dead-lettered ones go; None leaves those where they are.
        without: Folders below ``root`` that are not looked into.
    """

    root: Path
    done: Path | None = None
    failed: Path | None = None
    without: frozenset[Path] = frozenset()

    def of(self, end: End) -> Path | None:
        """Return where a file goes whose document rests at ``end``."""
        return self.failed if end in FAILED else self.done

    @property
    def moves(self) -> bool:
        """Whether any file is moved at its end."""
        return self.done is not None or self.failed is not None

    @property
    def unwatched(self) -> frozenset[Path]:
        """Folders that are not looked into."""
        return self.without | {place for place in (self.done, self.failed) if place is not None}
