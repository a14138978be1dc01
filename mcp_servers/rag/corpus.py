"""An opened snapshot of texts: SQLite's full-text index in memory, ranked by BM25."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

from mcp_servers.rag.files import Clause, Passage, PassageRef

MOST_WORDS = 64
"""Different words of a question that are looked for."""
_SCHEMA = """
CREATE VIRTUAL TABLE clauses USING fts5 (topic, text, tokenize = "unicode61 remove_diacritics 2");
CREATE VIRTUAL TABLE records USING fts5 (text, tokenize = "unicode61 remove_diacritics 2");
CREATE TABLE clause_kinds (id INTEGER PRIMARY KEY, doc_type TEXT, language TEXT);
CREATE TABLE record_kinds (id INTEGER PRIMARY KEY, doc_type TEXT);
"""
_CLAUSES = """
SELECT clauses.rowid, -bm25(clauses, 2.0, 1.0) AS score FROM clauses
JOIN clause_kinds ON clause_kinds.id = clauses.rowid
WHERE clauses MATCH :words
AND (:doc_type IS NULL OR doc_type IS NULL OR doc_type = :doc_type)
AND (:language IS NULL OR language IS NULL OR language = :language)
ORDER BY score DESC, clauses.rowid LIMIT :most
"""
_RECORDS = """
SELECT records.rowid, -bm25(records) AS score FROM records
JOIN record_kinds ON record_kinds.id = records.rowid
WHERE records MATCH :words AND (:doc_type IS NULL OR doc_type = :doc_type)
ORDER BY score DESC, records.rowid LIMIT :most
"""
MOST_FOUND = 500
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Hit:
    """A text that was found: its position, and how well it answers."""

    at: int
    score: float


class Corpus:
    """Texts that answer; nothing in them changes.

    Args:
        clauses: In the snapshot's order.
        passages: Of reviewed records, likewise, each with where it lies.
        gone: Records whose document was erased before.
    """

    def __init__(
        self, clauses: Sequence[Clause], passages: Sequence[tuple[PassageRef, Passage]], gone: int
    ) -> None:
        self.clauses = tuple(clauses)
        self.refs = tuple(ref for ref, _ in passages)
        self.gone = gone
        # Filled by the thread that opens it, asked by the loop's alone afterwards.
        self._database = sqlite3.connect(":memory:", check_same_thread=False)
        self._database.executescript(_SCHEMA)
        self._database.executemany(
            "INSERT INTO clauses (rowid, topic, text) VALUES (?, ?, ?)",
            [(at, clause.topic, clause.text) for at, clause in enumerate(self.clauses)],
        )
        self._database.executemany(
            "INSERT INTO clause_kinds VALUES (?, ?, ?)",
            [(at, clause.doc_type, clause.language) for at, clause in enumerate(self.clauses)],
        )
        self._database.executemany(
            "INSERT INTO records (rowid, text) VALUES (?, ?)",
            [(at, passage.text) for at, (_, passage) in enumerate(passages)],
        )
        self._database.executemany(
            "INSERT INTO record_kinds VALUES (?, ?)",
            [(at, passage.doc_type) for at, (_, passage) in enumerate(passages)],
        )
        self._database.commit()
        self._database.execute("PRAGMA query_only = ON")

    def search_clauses(self, query: str, doc_type: str | None, language: str | None) -> list[Hit]:
        """Return clauses that have words of ``query``, best first."""
        return self._search(_CLAUSES, query, {"doc_type": doc_type, "language": language})

    def similar_records(self, text: str, doc_type: str | None) -> list[Hit]:
        """Return reviewed records whose pages have words of ``text``, best first."""
        return self._search(_RECORDS, text, {"doc_type": doc_type})

    def _search(self, asked: str, query: str, filters: dict[str, str | None]) -> list[Hit]:
        # As they stand: the index folds words its own way, in which ß is no ss.
        words = list({word.lower(): word for word in _WORD.findall(query)}.values())[:MOST_WORDS]
        if not words:
            return []
        # Quoted, so that no word of a question is taken for an operator.
        spelled = " OR ".join(f'"{word}"' for word in words)
        found = self._database.execute(asked, {"words": spelled, "most": MOST_FOUND, **filters})
        return [Hit(at, round(score, 6)) for at, score in found]
