"""Opening a container so far that it is known to stay within its limits, at any depth."""

from __future__ import annotations

from pages.containers.contents import Budget, BudgetError, Container, Contents, OpenedPart
from pages.limits import ReadLimits
from pages.parts import Progress, UnreadableError
from pages.sniff import sniff
from schemas.classification import REJECT_SENTENCES, RejectReason

DEEPEST = 5
"""Containers within containers that are looked into beforehand."""


def open_container(container: Container, data: bytes, limits: ReadLimits, progress: Progress) -> Contents:
    """Return what is in a container, each part with its bytes or the reason why it can't be had.

    Containers in it are opened as well, to be counted: one that would unpack to more than is left is
    refused here, so that no nesting multiplies what a file may hold.

    Raises:
        UnreadableError: It can't be opened, or what lies right in it exceeds the limits.
    """
    budget = Budget.of(limits)
    contents = container.unpack(data, budget)
    if not contents.parts and not contents.left_out:
        raise UnreadableError(RejectReason.EMPTY, "nothing is in it")
    for number, part in enumerate(contents.parts, start=1):
        progress(number)
        _try(part, budget)
    return contents


def _try(part: OpenedPart, budget: Budget) -> None:
    """Refuse a part that holds too much, leaving the budget to the others."""
    left = (budget.parts, budget.unpacked)
    try:
        _count(part, budget, DEEPEST - 1)
    except BudgetError as error:
        budget.parts, budget.unpacked = left
        part.data, part.refused = None, error.reject_reason
        part.sentence = str(error) or REJECT_SENTENCES[error.reject_reason]


def _count(part: OpenedPart, budget: Budget, levels: int) -> None:
    """Take out of the budget what a part unpacks to, as far down as it would be opened."""
    from pages.formats import container_of

    if part.data is None or levels == 0:
        return
    container = container_of(sniff(part.data))
    if container is None:
        return
    try:
        below = container.unpack(part.data, budget)
    except BudgetError:
        raise
    except UnreadableError:
        # Its own fault, said when it is read as a document of its own.
        return
    for one in below.parts:
        _count(one, budget, levels - 1)
