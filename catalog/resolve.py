"""From what a person types to a document: an id, a unique prefix of one, a path or a name."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rapidfuzz import fuzz, process
from sqlalchemy import Column, func, select

from catalog.database import Catalog
from catalog.queries import AFTER
from catalog.tables import documents, facts, submissions

LIMIT = 20
"""Candidates named at most."""
CLOSE = 5
_MIN_SCORE = 60
_ID_PART = re.compile(r"[0-9a-f][0-9a-f-]*")
_STEM = 3

By = Literal["document", "run", "submission", "path", "name"]


@dataclass(frozen=True, slots=True)
class Match:
    """A document, and what about it matched."""

    document_id: str
    by: By
    value: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """What was found.

    Attributes:
        candidates: Documents that match exactly or by prefix, one entry each, at most LIMIT.
        close: Where nothing matched: what comes near, best first.
    """

    candidates: tuple[Match, ...]
    close: tuple[Match, ...] = ()


async def resolve(catalog: Catalog, wanted: str, *, path: str | None = None) -> Resolution:
    """Return the documents that ``wanted`` may mean.

    Args:
        catalog: Where to look.
        wanted: A document, run or submission id, a prefix of one, a path or a name.
        path: The absolute form of ``wanted`` as a path, where it may be one.
    """
    found = await _named(catalog, wanted, path)
    if not found and _ID_PART.fullmatch(wanted):
        found = await _with_prefix(catalog, wanted)
    if found:
        return Resolution(_one_each(found))
    return Resolution((), await _close(catalog, wanted))


async def _with_prefix(catalog: Catalog, prefix: str, limit: int = LIMIT) -> list[Match]:
    sources: tuple[tuple[By, Column[str], Column[str]], ...] = (
        ("document", documents.c.document_id, documents.c.document_id),
        ("run", facts.c.run_id, facts.c.document_id),
        ("submission", submissions.c.submission_id, submissions.c.document_id),
    )
    found: list[Match] = []
    for by, column, owner in sources:
        query = (
            select(column.label("value"), owner.label("owner"))
            .where(column >= prefix, column < prefix + AFTER)
            .distinct()
            .limit(limit)
        )
        found += [Match(row["owner"], by, row["value"]) for row in await catalog.read(query)]
    return found


async def _named(catalog: Catalog, wanted: str, path: str | None) -> list[Match]:
    # A path says more than a name that many files may share.
    places = {wanted, path or wanted}
    sources: tuple[tuple[By, Column[str | None], set[str]], ...] = (
        ("path", submissions.c.path, places),
        ("name", submissions.c.name, {wanted}),
    )
    for by, column, values in sources:
        came = func.max(submissions.c.at)
        rows = await catalog.read(
            select(submissions.c.document_id, func.max(column).label("value"))
            .where(column.in_(sorted(values)))
            .group_by(submissions.c.document_id)
            .order_by(came.desc(), submissions.c.document_id)
            .limit(LIMIT)
        )
        if rows:
            return [Match(row["document_id"], by, row["value"]) for row in rows]
    return []


async def _close(catalog: Catalog, wanted: str) -> tuple[Match, ...]:
    near: list[Match] = []
    if len(wanted) > _STEM and _ID_PART.fullmatch(wanted[:_STEM]):
        near += await _with_prefix(catalog, wanted[:_STEM], limit=10 * LIMIT)
    named = await catalog.read(
        select(submissions.c.name, submissions.c.document_id)
        .where(submissions.c.name.is_not(None))
        .distinct()
    )
    near += [Match(row["document_id"], "name", row["name"]) for row in named]
    asked = wanted.rpartition("/")[2].lower()
    # An id is compared as far as it was typed, a name as a whole.
    values = [m.value.lower() if m.by == "name" else m.value[: len(asked)] for m in near]
    best = process.extract(
        asked,
        values,
        scorer=fuzz.ratio,
        score_cutoff=_MIN_SCORE,
        limit=LIMIT,
    )
    return _one_each(near[place] for _, _, place in best)[:CLOSE]


def _one_each(matches: Iterable[Match]) -> tuple[Match, ...]:
    first: dict[str, Match] = {}
    for match in matches:
        first.setdefault(match.document_id, match)
    return tuple(first.values())[:LIMIT]
