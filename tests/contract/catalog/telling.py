"""Facts as messages tell them, and the whole catalog as plain rows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from catalog.database import Batch, Catalog
from catalog.facts import Fact
from catalog.tables import documents, facts, submissions
from schemas.canonical import derive_id, sha256_hex
from store.submissions import Source, Submission

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def document_id(name: str) -> str:
    return sha256_hex(name.encode())


class Story:
    """Tells the facts of one document, each a second after the other."""

    def __init__(self, name: str, *, start: datetime = START) -> None:
        self.document_id = document_id(name)
        self.name = name
        self.at = start
        self.run_id = ""
        self.facts: list[Fact] = []
        self.submissions: list[Submission] = []

    def tell(self, topic: str, source: str, **changes: Any) -> Fact:
        self.at += timedelta(seconds=1)
        last = self.facts[-1].fact_id if self.facts else None
        fact = Fact(
            fact_id=derive_id("fact", self.document_id, len(self.facts)),
            topic=topic,
            document_id=self.document_id,
            at=self.at,
            source=f"doctrail/{source}",
            run_id=self.run_id,
            trigger_id=last,
        )
        self.facts.append(replace(fact, **changes))
        return self.facts[-1]

    def submitted(self, cause: str = "first", **changes: Any) -> Story:
        self.run_id = derive_id("run", self.document_id, cause)
        submission_id = derive_id("submission", self.document_id)
        self.submissions = [
            Submission(
                submission_id=submission_id,
                document_id=self.document_id,
                source=Source(kind="file", name=self.name, path=f"/in/{self.name}"),
                at=START,
                release_digest="R5",
                size=3,
            )
        ]
        self.tell("documents.submitted", "intake", run_cause=cause, submission_id=submission_id, **changes)
        return self

    def classified(self, doc_type: str = "lease", route: str = "extract", **changes: Any) -> Story:
        self.tell(
            "documents.classified", "gatekeeper", doc_type=doc_type, confidence=0.9, route=route, **changes
        )
        return self

    def extracted(self) -> Story:
        self.tell("documents.extracted", "extraction")
        return self

    def completed(self, revision: int, status: str = "accepted") -> Story:
        self.tell("records.completed", "validation", revision=revision, status=status, **self._object())
        return self

    def asked(self, review: str = "v") -> Story:
        review_id = derive_id("review", self.document_id, review)
        self.tell("reviews.requested", "validation", review_id=review_id, **self._object())
        return self

    def decided(self, review: str = "v", kind: str = "fields") -> Story:
        review_id = derive_id("review", self.document_id, review)
        self.tell("reviews.decided", "review", review_id=review_id, kind=kind, trigger_id=None)
        return self

    def died(self, agent: str, of: Fact | None = None) -> Story:
        origin = of or self.facts[-1]
        self.tell(
            "dead_letters",
            agent,
            agent=agent,
            error_class="exhausted",
            reason="exhausted",
            attempts=4,
            origin_id=origin.fact_id,
            origin_topic=origin.topic,
            trigger_id=None,
        )
        return self

    def _object(self) -> dict[str, Any]:
        key = f"documents/{self.document_id}/results/validation/{len(self.facts)}.json"
        return {"object_uri": key, "object_sha256": sha256_hex(key.encode()), "object_size": 2}

    async def into(self, catalog: Catalog) -> None:
        await catalog.keep(Batch(self.facts, self.submissions))


async def dump(catalog: Catalog) -> dict[str, list[dict[str, Any]]]:
    """Return every row but for where and when it was written."""
    tables = {"facts": (facts, facts.c.fact_id), "documents": (documents, documents.c.document_id)}
    tables["submissions"] = (submissions, submissions.c.submission_id)
    return {
        name: [
            {column: value for column, value in row.items() if column not in ("position", "generation")}
            for row in await catalog.read(select(table).order_by(order))
        ]
        for name, (table, order) in tables.items()
    }
