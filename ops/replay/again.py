"""Running the stages of a run again over what was recorded, in a scratch layer that nothing outlives."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from doctypes.named_model import NAMED
from ops.replay.changes import STAGES, Change, ChangeError, changed_release, first_stage
from ops.replay.told import Told, tell, trigger_of
from schemas.canonical import digest
from schemas.errors import PermanentError, UnusableError
from schemas.handling import Calls, Delivery, Handler, Outgoing, Position
from schemas.versions import decode
from store import keys
from store.overlay import OverlayStore, nothing, replies_that_cost
from store.protocol import ObjectStore
from store.releases import Release, RunManifest, load_run, run_slots
from store.sealed import seal
from store.stages import SealedMessage
from store.submissions import links

Agents = Callable[[ObjectStore], Sequence[Handler]]
"""Returns the Gatekeeper, Extraction and Validation that work in a given store."""


class NothingToReplayError(PermanentError):
    """The document, or its run, never came as far as the stage to replay from."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, reason="nothing_to_replay")


@dataclass(frozen=True, slots=True)
class Replay:
    """One run, as it was and as it would have been.

    Attributes:
        stage: The stage it was replayed from.
        failure: The sentence with which a stage refused, where one did.
        bought: Model replies that no one had paid for before.
        reused: Model replies that the ledger had.
        cost: US dollars of what was bought; None where a price is unknown.
    """

    document_id: str
    run_id: str
    doc_type: str
    stage: str
    changes: tuple[Change, ...]
    before: Told
    after: Told
    failure: str | None
    bought: int
    reused: int
    cost: float | None


async def replay(
    store: ObjectStore,
    document_id: str,
    agents: Agents,
    calls: Callable[[], Calls],
    *,
    run_id: str | None = None,
    stage: str | None = None,
    changes: Sequence[Change] = (),
) -> Replay:
    """Return what the run would have become; nothing of the installation changes.

    Replies of models that cost money are kept in the pay-once ledger, so that a replay is paid for once.

    Args:
        store: The installation's store.
        document_id: The document.
        agents: Who works.
        calls: A retry owner per message.
        run_id: The run; the newest where it is None.
        stage: Where to begin; the first stage that a change can show in where it is None.
        changes: What is different.

    Raises:
        ChangeError: A change can't be made.
        NothingToReplayError: The run never came as far as that stage.
        TransientError: A model or the store does not answer.
    """
    stage = first_stage(changes, stage)
    manifest = await _run(store, document_id, run_id)
    trigger = await trigger_of(store, document_id, manifest.run_id, stage)
    if trigger is None:
        raise NothingToReplayError(
            f"run {manifest.run_id} never reached {stage} by a message of its own; doctrail trace shows "
            "how far it came"
        )
    before = await tell(store, document_id, manifest.run_id, stage, trigger)
    doc_type = before.classification.doc_type if before.classification else ""
    scratch = await _scratch(store, manifest, stage, before, changes)
    release = await changed_release(scratch, manifest.release, doc_type, changes) if changes else None
    if release is not None:
        changed = manifest.model_copy(update={"release": release, "release_digest": digest(release)})
        await scratch.replace(keys.run(manifest.run_id), seal(changed))
    failure = await _work(agents(scratch), calls, trigger, stage, document_id)
    after = await tell(scratch, document_id, manifest.run_id, stage, trigger)
    bought, reused, cost = _spent(after)
    return Replay(
        document_id, manifest.run_id, doc_type, stage, tuple(changes), before, after, failure,
        bought, reused, cost,
    )  # fmt: skip


async def _run(store: ObjectStore, document_id: str, run_id: str | None) -> RunManifest:
    slots = await run_slots(store, document_id)
    meant = [slot for slot in slots if run_id is None or slot.run_id.startswith(run_id)]
    if not meant or (run_id is not None and len(meant) > 1):
        known = ", ".join(slot.run_id for slot in slots) or "none yet"
        raise NothingToReplayError(f"document {document_id} has no run {run_id or ''!r}; its runs: {known}")
    return await load_run(store, meant[-1].run_id)


async def _scratch(
    store: ObjectStore, manifest: RunManifest, stage: str, before: Told, changes: Sequence[Change]
) -> OverlayStore:
    """Return a layer that hides what the run found from ``stage`` on, and what came after it.

    Decisions of people that the record did not know are not seen; neither are documents that came
    later and have the same business key, as far as the document's key stays what it was.
    """
    document = keys.document(manifest.document_id)
    again = STAGES[STAGES.index(stage) :]
    gone = (
        f"{document}/revisions/",
        *(f"{document}/results/{name}/" for name in again),
        *(f"{document}/{kind}/{manifest.run_id}/{name}/" for name in again for kind in ("outcomes", "trail")),
    )
    known = before.record.decision_ids if before.record else ()
    seen_with = frozenset((*before.record.duplicates, manifest.document_id)) if before.record else None
    noted = await links(store, manifest.document_id)
    seen = tuple(f"{key.rpartition('/')[0]}/" for key in noted if key.startswith(f"{keys.SEEN}/"))
    through = replies_that_cost(document) if _costly(manifest.release, changes) else nothing

    def hidden(key: str) -> bool:
        if key.startswith(gone):
            return True
        if key.startswith(f"{document}/decisions/"):
            return key not in {keys.decision(manifest.document_id, one) for one in known}
        return seen_with is not None and key.startswith(seen) and key.rpartition("/")[2] not in seen_with

    return OverlayStore(store, hidden=hidden, through=through)


def _costly(release: Release, changes: Sequence[Change]) -> bool:
    """Whether a model that costs money may be asked: by name, whatever type it becomes, or by the router."""
    named = any(NAMED in bundle.parts for bundle in release.bundles.values())
    return named or release.router is not None or any(c.named_model is not None for c in changes)


async def _work(
    handlers: Sequence[Handler],
    calls: Callable[[], Calls],
    trigger: SealedMessage,
    stage: str,
    document_id: str,
) -> str | None:
    """Deliver the message and all that follows from it about this document; a refusal is returned."""
    allowed = STAGES[STAGES.index(stage) :]
    waiting = [Outgoing(trigger.topic, trigger.key, trigger.event_id, trigger.body.encode())]
    while waiting:
        sent = waiting.pop(0)
        envelope = decode(sent.topic, sent.body)
        for handler in handlers:
            if handler.name not in allowed or not any(k.event == sent.topic for k in handler.consumes):
                continue
            try:
                answer = await handler.handle(Delivery(envelope, Position(sent.topic, 0, 0), calls()))
            except (ChangeError, UnusableError):
                raise
            except PermanentError as error:
                return f"{handler.name}: {error}"
            waiting += [out for out in answer if out.key == document_id]
    return None


def _spent(after: Told) -> tuple[int, int, float | None]:
    replies = [step for one in after.stages for step in one.steps if step.kind == "reply"]
    bought = [step for step in replies if not step.data.get("from_ledger")]
    costs = [step.data.get("cost") for step in bought]
    known = [cost for cost in costs if cost is not None]
    cost = None if len(known) < len(costs) else float(sum(known))
    return len(bought), len(replies) - len(bought), cost
