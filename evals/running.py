"""Running a variant on a set with the agents that production runs, in a layer that nothing outlives."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from evals.answering import answer_at, answer_in, answered_at
from evals.errors import UnscorableError
from evals.scoring.answers import Answer
from evals.sets.form import SetRecord, living
from evals.variants import Variant
from inference.protocol import LOCAL, Exchange
from schemas.canonical import derive_id, digest
from schemas.documents import DocumentClassified, DocumentExtracted, Route
from schemas.errors import MissingObjectError, PermanentError, UnusableError
from schemas.handling import Calls, Delivery, Handler, Position
from schemas.message import Message, encode, new_traceparent, seal
from schemas.objects import MessageRef, ObjectRef
from schemas.results import ArtifactKind, Record
from schemas.versions import decode
from store import keys
from store.artifacts import get_artifact
from store.overlay import OverlayStore, nothing, replies_that_cost
from store.parsing import parse
from store.protocol import ObjectStore
from store.releases import MissingPartError, Release, RunManifest, publish_release
from store.sealed import seal as sealed

AT_ONCE = 8
Agents = Callable[[ObjectStore], Sequence[Handler]]
"""Returns Extraction and Validation that work in a given store."""
Progress = Callable[[int, int], None]


def silent(_done: int, _total: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True, slots=True)
class Runner:
    """Runs variants and remembers what they answered.

    Attributes:
        agents: Who works.
        calls: A retry owner per message.
        release: What is live: everything but the bundle under test.
        now: The clock that messages are dated by.
    """

    store: ObjectStore
    agents: Agents
    calls: Callable[[], Calls]
    release: Release
    now: Callable[[], datetime]
    at_once: int = AT_ONCE

    async def known(self, records: Sequence[SetRecord], variant: Variant) -> dict[str, Answer]:
        """Return what the variant answered before, by document."""
        turns = asyncio.Semaphore(32)

        async def one(record: SetRecord) -> Answer | None:
            async with turns:
                return await self.recall(record.doc.id, record.doc.record, variant)

        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(record)) for record in living(records)]
        return {answer.document_id: answer for task in tasks if (answer := task.result()) is not None}

    async def run(
        self, records: Sequence[SetRecord], variant: Variant, progress: Progress = silent
    ) -> dict[str, Answer]:
        """Return what the variant answers to every record of its type; what is known is not asked again.

        Each answer is kept once it is there: a run that is cut off goes on where it was.

        Raises:
            UnscorableError: Documents of the set are gone from the store; they are named.
            MissingObjectError: A part that the variant is pinned to is gone; nothing reads in its place.
            TransientError: A model or the store does not answer.
        """
        mine = [record for record in living(records) if record.doc_type == variant.bundle.doc_type]
        found = await self.known(mine, variant)
        todo = [record for record in mine if record.doc.id not in found]
        turns = asyncio.Semaphore(self.at_once)
        gone: list[str] = []

        async def one(record: SetRecord) -> None:
            async with turns:
                try:
                    found[record.doc.id] = await self.ask(record.doc.id, record.doc.record, variant)
                except MissingObjectError as error:
                    if not error.uri.startswith(keys.document(record.doc.id)):
                        # Not the document's: a part that the variant is pinned to.
                        raise
                    gone.append(record.doc.id)
                progress(len(found), len(mine))

        try:
            async with asyncio.TaskGroup() as group:
                for record in todo:
                    group.create_task(one(record))
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from failed
        if gone:
            raise UnscorableError(
                f"{len(gone)} documents of the set are gone ({', '.join(sorted(gone)[:3])} …); "
                "restore them, or build the set anew"
            )
        return found

    async def recall(self, document_id: str, read: ObjectRef | None, variant: Variant) -> Answer | None:
        """Return what the variant answered before about a document, if it was asked."""
        return await answer_at(self.store, self.place(document_id, read, variant))

    def place(self, document_id: str, read: ObjectRef | None, variant: Variant) -> str:
        """Return the key that a variant's answer about a document is kept under."""
        return answered_at(document_id, read, variant, self.release)

    async def ask(self, document_id: str, read: ObjectRef | None, variant: Variant) -> Answer:
        """Return what the variant answers about a document, and keep it.

        Args:
            document_id: The document.
            read: A record of it, which tells how it was classified.
            variant: Who answers.

        Raises:
            MissingObjectError: Something of the document, or of the variant, is gone from the store.
            TransientError: A model or the store does not answer.
        """
        if read is None:
            raise MissingObjectError(f"documents/{document_id}/results")
        scratch = await self._scratch(document_id, variant)
        looked_at: Record = await get_artifact(self.store, read, ArtifactKind.RECORD)
        classified = looked_at.classification
        run_id = derive_id("eval run", document_id, variant.digest)
        await self._pin(scratch, document_id, run_id, variant)
        message = DocumentClassified(
            run_id=run_id, route=Route.EXTRACT, result=MessageRef.model_validate(classified.model_dump())
        )
        told = await self._work(self.agents(scratch), message, document_id)
        answer = await answer_in(scratch, document_id, run_id, variant, told)
        await self.store.create(self.place(document_id, read, variant), sealed(answer))
        return answer

    async def _scratch(self, document_id: str, variant: Variant) -> OverlayStore:
        """Return a layer in which nobody has read the document yet, and no person has decided anything."""
        document = keys.document(document_id)
        people = ("decisions", "reviews", "reviewed", "revisions")
        results = ("results/extraction", "results/validation")
        # Every variant is judged as if nothing else had come in: what did since it was reviewed differs.
        gone = ("seen/", *(f"{document}/{name}/" for name in (*people, *results)))
        gone += await self._anew(f"{document}/replies", variant)

        def hidden(key: str) -> bool:
            return key.startswith(gone)

        costly = self.release.router is not None or not variant.free
        bought = replies_that_cost(document) if costly else nothing
        return OverlayStore(self.store, hidden=hidden, through=lambda key: not hidden(key) and bought(key))

    async def _anew(self, replies: str, variant: Variant) -> tuple[str, ...]:
        """Return the replies that are not seen: a local model answers anew, so that its time can be taken.

        Those that cost money, by a variant's own model or by the router's, are paid for once.
        """
        if not variant.free:
            return ()
        if self.release.router is None:
            return (f"{replies}/",)
        found = [(key, await self.store.fetch(key)) async for key in self.store.list(replies)]
        asked = [(key, parse(data, Exchange, key).request.model) for key, data in found if data is not None]
        return tuple(key for key, model in asked if model.startswith(LOCAL))

    async def _pin(self, scratch: ObjectStore, document_id: str, run_id: str, variant: Variant) -> None:
        bundles = {**self.release.bundles, variant.bundle.doc_type: variant.bundle}
        release = self.release.model_copy(update={"bundles": bundles})
        release_digest, release = await publish_release(scratch, release)
        manifest = RunManifest(
            run_id=run_id,
            document_id=document_id,
            cause="eval",
            number=1,
            release_digest=release_digest,
            release=release,
            opened_by=run_id,
        )
        await scratch.create(keys.run(run_id), sealed(manifest))

    async def _work(self, handlers: Sequence[Handler], message: Message, document_id: str) -> str | None:
        """Deliver the message and what follows from it; a refusal is returned as its sentence."""
        event_id = derive_id("eval event", document_id, digest(message))
        envelope = seal(
            message,
            event_id=event_id,
            source="doctrail/evals",
            subject=document_id,
            time=self.now(),
            traceparent=new_traceparent(event_id),
        )
        waiting = [(message.event, encode(envelope))]
        while waiting:
            topic, body = waiting.pop(0)
            for handler in handlers:
                if any(kind.event == topic for kind in handler.consumes):
                    delivery = Delivery(decode(topic, body), Position(topic, 0, 0), self.calls())
                    try:
                        sent = await handler.handle(delivery)
                    except (MissingObjectError, MissingPartError, UnusableError):
                        # Whose fault that is, is no answer of the variant, and would be kept as one.
                        raise
                    except PermanentError as error:
                        return f"{handler.name}: {error}"
                    waiting += [(o.topic, o.body) for o in sent if o.topic == DocumentExtracted.event]
        return None
