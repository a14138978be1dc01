"""What Office documents hold besides what is seen of them, put into notes."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from pages.laid_out.flow import Flow
from pages.office.package import Package
from pages.orders import ORDERS_FOUND, instructs
from schemas.layout import NoteKind

_ACTIVE = re.compile(
    r"(?:vbaproject\.bin|/activex/|/macrosheets/|/externallinks/|\.exe$|oleobject)", re.IGNORECASE
)


def note_left_out(flow: Flow, hidden: Mapping[str, int], unseen: Sequence[str] = ()) -> None:
    """Note how much text is hidden from sight, by why; nothing where nothing is.

    Args:
        flow: Whose notes they are.
        hidden: Words by why they are hidden.
        unseen: The text, as far as it is at hand; it goes nowhere but under the search for orders.
    """
    counted = Counter({why: count for why, count in hidden.items() if count})
    total = sum(counted.values())
    if total:
        how = ", ".join(f"{count} {why}" for why, count in sorted(counted.items()))
        words = "1 word is" if total == 1 else f"{total} words are"
        flow.note(NoteKind.HIDDEN_TEXT, f"{words} hidden from sight and left out ({how})")
    if instructs("\n".join(unseen)):
        flow.note(NoteKind.INSTRUCTIONS, f"hidden text {ORDERS_FOUND}")


def note_package(flow: Flow, package: Package, active: bool = False) -> None:
    """Note macros, controls, embedded objects and links to other files; none is run or fetched."""
    if active or any(_ACTIVE.search(name) for name in package.names()):
        flow.note(
            NoteKind.ACTIVE_CONTENT,
            "the file contains macros, embedded objects or links to other files; none was run or fetched",
        )
