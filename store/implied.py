"""What must lie beside a run's outcomes and results because they were made: trails, links, readings; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from schemas.canonical import digest
from schemas.classification import Classification
from schemas.documents import DocumentSubmitted
from schemas.errors import PipelineError
from schemas.results import Record
from schemas.versions import decode
from store import keys
from store.stages import Outcome
from store.submissions import Link
from store.trail import AttemptRecord

_FROM_BYTES = re.compile(r"[0-9a-f]{64}")


@dataclass(slots=True)
class Implied:
    """What the sound objects of a document imply about others.

    Attributes:
        links: Key outside the folder that must be linked, by its link's key.
        readings: Classifications that rest on a reading, by the reading's key.
    """

    document_id: str
    links: dict[str, str] = field(default_factory=dict)
    readings: dict[str, list[str]] = field(default_factory=dict)
    _settled: dict[tuple[str, str, str], str] = field(default_factory=dict)
    _attempts: dict[tuple[str, str], int] = field(default_factory=dict)
    _told: set[tuple[str, str, str]] = field(default_factory=set)
    _seen: list[str] = field(default_factory=list)
    _answers: dict[str, str] = field(default_factory=dict)

    def take(self, key: str, data: bytes) -> None:
        """Note what a sound object implies."""
        match key.split("/")[2:]:
            case ["outcomes", *_]:
                self._outcome(key, Outcome.model_validate_json(data))
            case ["trail", run_id, stage, _]:
                attempt = AttemptRecord.model_validate_json(data)
                self._told.add((run_id, stage, attempt.event_id))
                self._attempts[run_id, stage] = max(attempt.attempt, self._attempts.get((run_id, stage), 0))
            case ["results", "gatekeeper", _]:
                self._classification(key, Classification.model_validate_json(data))
            case ["results", "validation", name]:
                if Record.model_validate_json(data).duplicates:
                    stage_key = name.removesuffix(".json")
                    self._answers[keys.seen_answer(self.document_id, stage_key)] = key
            case ["links", _]:
                link = Link.model_validate_json(data).key
                if link.startswith("seen/"):
                    self._seen.append(link)

    def _outcome(self, key: str, outcome: Outcome) -> None:
        self._settled[outcome.run_id, outcome.stage, outcome.trigger] = key
        for message in outcome.messages:
            try:
                data = decode(message.topic, message.body.encode()).data
            except PipelineError:
                continue
            own = isinstance(data, DocumentSubmitted) and message.key == self.document_id
            if own and isinstance(data, DocumentSubmitted) and data.submission_id and data.parent is None:
                submission = keys.submission(data.submission_id)
                self.links[keys.link(self.document_id, digest(submission))] = submission

    def _classification(self, key: str, found: Classification) -> None:
        # The layout of a packet's part was cut out of the packet's: nothing was read for it.
        if found.layout is not None and _FROM_BYTES.fullmatch(self.document_id):
            reading = found.layout.uri.split("/")[-2]
            self.readings.setdefault(keys.result(self.document_id, "reading", reading), []).append(key)

    def problems(self, present: set[str]) -> Iterator[tuple[str, str]]:
        """Yield (key, sentence) for whatever is missing of ``present``."""
        for key, target in sorted(self.links.items()):
            if key not in present:
                yield key, f"it is missing, intake let the document in by {target}"
        for key in sorted(self.readings):
            if key not in present:
                yield key, "it is missing, a classification rests on it"
        for key in sorted(self._answers.keys() - present):
            yield key, "it is missing, a record names the possible duplicates that it held"
        answers = any(f"/artifacts/{keys.SEEN}/" in key for key in present)
        for link in [] if answers or self._answers else self._seen[:1]:
            lost = keys.seen_answer(self.document_id, "lost")
            yield lost, f"the list of possible duplicates is missing, {link} was noted for it"

    def untold(self) -> Iterator[tuple[str, str]]:
        """Yield (key, sentence) for each outcome that no attempt of its stage tells of."""
        free = dict(self._attempts)
        for run_id, stage, trigger in sorted(self._settled.keys() - self._told):
            free[run_id, stage] = number = free.get((run_id, stage), 0) + 1
            outcome = self._settled[run_id, stage, trigger].rpartition("/")[2]
            yield (
                keys.trail(self.document_id, run_id, stage, number),
                f"it is missing: no attempt tells how {stage} came to its outcome {outcome}",
            )
