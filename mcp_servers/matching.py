"""Who is meant by a name: by identifiers first, then by names, and *no match* where nobody is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from mcp_servers.ids import Scheme, compact, is_valid
from mcp_servers.index import NameIndex
from mcp_servers.names import likeness, name_of

MATCH = 0.92
"""Likeness from which on a name is taken for one that is known (``benchmarks/knowledge.py``)."""
MARGIN = 0.03
"""By how much the best must be ahead of the next."""
WHOLE = 0.995
"""Likeness of the very name: only another one of that name is a rival then."""
SHOWN = 0.6
"""Likeness from which on somebody is worth a look."""
OTHER_COUNTRY = 0.95
"""What remains of a likeness where somebody is known to be of another country than asked for."""
SAME_NAME = 0.6
"""Below it, who an identifier belongs to has another name."""

Status = Literal["match", "ambiguous", "conflict", "no_match"]


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody known: all names, the own one first."""

    names: tuple[str, ...]
    country: str | None = None
    identifiers: tuple[tuple[Scheme, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """Who is meant?

    Attributes:
        name: As printed; empty where only identifiers are known.
        country: ISO 3166 code, where it is known.
        identifiers: By scheme, as printed.
    """

    name: str
    country: str | None = None
    identifiers: Mapping[Scheme, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Near:
    """Somebody who may be meant: position, likeness, and which name or identifier was matched."""

    at: int
    score: float
    matched: str


@dataclass(frozen=True, slots=True)
class Matched:
    """Who is meant.

    Attributes:
        at: Position of who is meant; None but for a match.
        near: The likest, best first.
        ignored: Identifiers of the question that are wrong in themselves.
    """

    status: Status
    reason: str
    at: int | None = None
    score: float | None = None
    near: tuple[Near, ...] = ()
    ignored: tuple[str, ...] = ()


class Matcher:
    """Finds parties by names and identifiers; equal questions have equal answers.

    Args:
        parties: Who is known; found by position.
    """

    def __init__(self, parties: Sequence[Party]) -> None:
        self._parties = parties
        self._texts = [(at, text) for at, party in enumerate(parties) for text in party.names]
        self.names = [name_of(text) for _, text in self._texts]
        self._index = NameIndex(self.names)
        self._by_id: dict[tuple[Scheme, str], list[int]] = defaultdict(list)
        for at, party in enumerate(parties):
            for scheme, value in party.identifiers:
                self._by_id[scheme, compact(value)].append(at)

    def match(self, question: Question, limit: int) -> Matched:
        """Return who is meant, with at most ``limit`` who may be."""
        wrong = {
            scheme
            for scheme, value in question.identifiers.items()
            if is_valid(scheme, value, question.country) is False
        }
        ignored = tuple(f"{scheme}: its check digits are wrong" for scheme in sorted(wrong))
        by_id = self._identified(question, wrong)
        if by_id:
            return self._of_identifier(question, by_id, limit, ignored)
        return _of_name(self._named(question), limit, ignored)

    def _identified(self, question: Question, wrong: set[Scheme]) -> list[Near]:
        found: dict[int, str] = {}
        for scheme, value in sorted(question.identifiers.items()):
            for at in self._by_id.get((scheme, compact(value)), ()) if scheme not in wrong else ():
                # Every country's register counts its companies from the beginning.
                if scheme != "company" or not self._elsewhere(at, question):
                    found.setdefault(at, scheme)
        near = [Near(at, self._likest(at, question.name), scheme) for at, scheme in found.items()]
        return sorted(near, key=lambda one: (-one.score, one.at))

    def _of_identifier(
        self, question: Question, near: list[Near], limit: int, ignored: tuple[str, ...]
    ) -> Matched:
        best, shown = near[0], tuple(near[:limit])
        if name_of(question.name).key and best.score < SAME_NAME:
            said = f"the {best.matched} identifier is somebody's of another name (likeness {best.score:.2f})"
            return Matched("conflict", said, near=shown, ignored=ignored)
        if len(near) > 1 and best.score - near[1].score < MARGIN:
            return Matched("ambiguous", f"{len(near)} have these identifiers", near=shown, ignored=ignored)
        said = f"its {best.matched} identifier is this one's"
        return Matched("match", said, best.at, 1.0, shown, ignored)

    def _elsewhere(self, at: int, question: Question) -> bool:
        """Whether somebody is known to be of another country than asked for."""
        country = self._parties[at].country
        return bool(question.country and country and country.upper() != question.country.upper())

    def _likest(self, at: int, name: str) -> float:
        wanted = name_of(name)
        return round(max(likeness(wanted, name_of(text)) for text in self._parties[at].names), 4)

    def _named(self, question: Question) -> list[Near]:
        best: dict[int, tuple[float, str]] = {}
        for position, alike in self._index.alike(name_of(question.name), SHOWN):
            at, text = self._texts[position]
            score = alike * OTHER_COUNTRY if self._elsewhere(at, question) else alike
            if score > best.get(at, (0.0, ""))[0]:
                best[at] = (score, text)
        ordered = sorted(best.items(), key=lambda one: (-one[1][0], one[0]))
        return [Near(at, round(score, 4), text) for at, (score, text) in ordered]


def _of_name(found: list[Near], limit: int, ignored: tuple[str, ...]) -> Matched:
    shown = tuple(found[:limit])
    if not found or found[0].score < MATCH:
        near = f"; the likest is at {found[0].score:.2f}, {MATCH:.2f} is needed" if found else ""
        return Matched("no_match", f"nobody of this name is known{near}", near=shown, ignored=ignored)
    best = found[0]
    enough = WHOLE if best.score >= WHOLE else best.score - MARGIN
    rivals = [one for one in found[1:] if one.score >= enough]
    if rivals:
        said = f"{len(rivals) + 1} have this name; a country or an identifier would tell them apart"
        return Matched("ambiguous", said, near=shown, ignored=ignored)
    said = "the name is the same" if best.score >= WHOLE else f"the names are alike ({best.score:.2f})"
    return Matched("match", said, best.at, best.score, shown, ignored)
