"""What must be in a document's folder because something else in it says so; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from schemas.canonical import sha256_hex
from schemas.classification import Classification
from schemas.decided import Decision
from schemas.documents import DocumentClassified, DocumentExtracted, DocumentSubmitted
from schemas.errors import PipelineError
from schemas.records import RecordCompleted
from schemas.versions import decode
from store import keys
from store.revisions import Revision
from store.stages import Outcome
from store.trail import AttemptRecord

STAGES = ("intake", "gatekeeper", "extraction", "validation")
_OWN = (DocumentSubmitted.event, DocumentClassified.event, DocumentExtracted.event)


@dataclass(slots=True)
class Account:
    """What the sound objects of a document say about others.

    Attributes:
        sent: Ids of the messages about it that its outcomes hold, and for a part its packet's.
        packet_known: Whether a part's packet could be asked; a submitted document needs none.
        handled: Trigger of each outcome, by key.
        topics: Topic of each handled event, by the trail.
        attempted: Key of each outcome that an attempt came as far as, with its run and stage.
        reached: How far each run came, as the place of its last stage.
        families: What its classifications say the family is, by key.
        drafts: Key and digest of each decision as handed in, by its id.
        copies: Key and digest of each decision as taken up, by its id.
        named: Keys of slots and decisions that are named elsewhere, and by whom.
    """

    document_id: str
    sent: set[str] = field(default_factory=set)
    handled: dict[str, str] = field(default_factory=dict)
    topics: dict[str, str] = field(default_factory=dict)
    attempted: dict[str, tuple[str, str]] = field(default_factory=dict)
    reached: dict[str, int] = field(default_factory=dict)
    families: dict[str, str] = field(default_factory=dict)
    named: dict[str, str] = field(default_factory=dict)

    drafts: dict[str, tuple[str, str]] = field(default_factory=dict)
    copies: dict[str, tuple[str, str]] = field(default_factory=dict)
    packet_known: bool = True

    def take(self, key: str, data: bytes) -> None:
        """Note what a sound object says."""
        match key.split("/")[2:]:
            case ["outcomes", *_]:
                self._outcome(key, Outcome.model_validate_json(data))
            case ["trail", *_]:
                self._attempt(AttemptRecord.model_validate_json(data))
            case ["results", "gatekeeper", _]:
                self.families[key] = Classification.model_validate_json(data).family
            case ["reviews", _]:
                self.drafts[Decision.model_validate_json(data).decision_id] = (key, sha256_hex(data))
            case ["decisions", _]:
                self.copies[Decision.model_validate_json(data).decision_id] = (key, sha256_hex(data))
            case ["revisions", _]:
                self._revision(key, Revision.model_validate_json(data))

    def run(self, key: str, number: int) -> None:
        """Note the slot that the manifest under ``key`` says it has."""
        self.named[keys.run_slot(self.document_id, number)] = key

    def _revision(self, key: str, revision: Revision) -> None:
        self.reached[revision.run_id] = len(STAGES)
        if revision.decision_id is not None:
            self.named[keys.decision(self.document_id, revision.decision_id)] = key

    def _attempt(self, attempt: AttemptRecord) -> None:
        self.topics[attempt.event_id] = attempt.topic
        if attempt.ended != "failed":
            key = keys.outcome(self.document_id, attempt.run_id, attempt.stage, attempt.event_id)
            self.attempted[key] = (attempt.run_id, attempt.stage)

    def _outcome(self, key: str, outcome: Outcome) -> None:
        self.handled[key] = outcome.trigger
        place = STAGES.index(outcome.stage) if outcome.stage in STAGES else 0
        self.reached[outcome.run_id] = max(place, self.reached.get(outcome.run_id, 0))
        for message in outcome.messages:
            self.sent.add(message.event_id)
            try:
                data = decode(message.topic, message.body.encode()).data
            except PipelineError:
                continue
            if isinstance(data, RecordCompleted) and data.record_id == self.document_id:
                self.named[keys.revision_slot(self.document_id, data.revision)] = key

    def problems(self, present: set[str], sound: set[str], family: bytes | None) -> Iterator[tuple[str, str]]:
        """Yield (key, sentence) for whatever is missing or contradicts the rest.

        Args:
            present: Keys that something stands under.
            sound: Those of them that nothing is wrong with by themselves.
            family: What stands under the family's key.
        """
        yield from self._named(present)
        yield from self._families(family)
        yield from self._decisions()
        lost = [key for key in sorted(self.attempted) if key not in present and self._went_on(key)]
        for key in lost:
            yield key, "it is missing, though its run went on from it"
        unread = any("/outcomes/" in key for key in present - sound)
        for key, trigger in [] if lost or unread else sorted(self.handled.items()):
            if trigger not in self.sent and self._must_have_sent(trigger):
                yield key, f"it answers event {trigger}, which no outcome of the document holds any more"

    def _named(self, present: set[str]) -> Iterator[tuple[str, str]]:
        for key, who in sorted(self.named.items()):
            if key not in present:
                yield key, f"it is missing, {keys.tail(who)} names it"

    def _families(self, family: bytes | None) -> Iterator[tuple[str, str]]:
        own = keys.family(self.document_id)
        for key, stated in sorted(self.families.items()):
            if family is None:
                yield own, f"it is missing, {keys.tail(key)} names the family"
            elif family.decode("ascii", "replace") != stated:
                yield own, f"it names another family than {keys.tail(key)}"

    def _decisions(self) -> Iterator[tuple[str, str]]:
        for decision_id, (key, sha256) in sorted(self.copies.items()):
            draft = self.drafts.get(decision_id, (key, sha256))
            if draft[1] != sha256:
                yield key, f"it is not the decision that was handed in as {keys.tail(draft[0])}"

    def _went_on(self, key: str) -> bool:
        run_id, stage = self.attempted[key]
        # Between trail and outcome a process may have died: that is lost only once the run went on.
        return stage in STAGES and self.reached.get(run_id, 0) > STAGES.index(stage)

    def _must_have_sent(self, trigger: str) -> bool:
        topic = self.topics.get(trigger)
        # A part is let in and withdrawn by its packet; a person's decision comes from outside.
        return topic in _OWN and self.packet_known
