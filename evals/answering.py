"""What a variant answered about a document: read off a layer, and kept under all that it depends on."""

from __future__ import annotations

from agents.extraction.agent import STAGE_VERSION as EXTRACTION_VERSION
from agents.validation.assemble import STAGE_VERSION as VALIDATION_VERSION
from evals.errors import SilentToolError
from evals.scoring.answers import Answer, answer_key, fields_of
from evals.variants import Variant
from inference.protocol import Exchange
from schemas.canonical import digest
from schemas.objects import ObjectRef
from schemas.results import ArtifactKind, Record
from store import eval_keys, keys
from store.artifacts import get_artifact
from store.overlay import OverlayStore
from store.parsing import parse
from store.protocol import ObjectStore
from store.releases import Release
from store.sealed import unsealed
from store.stages import outcomes_of
from store.trail import AttemptRecord


def answered_at(document_id: str, read: ObjectRef | None, variant: Variant, release: Release) -> str:
    """Return the key that a variant's answer is kept under.

    Other code, other knowledge behind the tools, another router or a revoked certificate is another answer.
    """
    around = {
        "knowledge": {name: ref.sha256 for name, ref in release.knowledge.items()},
        "router": release.router.sha256 if release.router else None,
        "generated": release.accept_generated_certificates,
        "revoked": sorted(one.field for one in release.revoked if one.bundle == variant.digest),
    }
    sha = read.sha256 if read else ""
    name = answer_key(variant.digest, EXTRACTION_VERSION, VALIDATION_VERSION, sha, digest(around))
    return eval_keys.eval_answer(document_id, name)


async def answer_at(store: ObjectStore, key: str) -> Answer | None:
    """Return the answer under a key of ``answered_at``, if there is one."""
    data = await store.fetch(key)
    return None if data is None else parse(unsealed(data), Answer, key)


async def answer_in(
    scratch: OverlayStore, document_id: str, run_id: str, variant: Variant, told: str | None
) -> Answer:
    """Return what a variant answered, by what the stages left in a layer.

    Args:
        scratch: Where they worked.
        document_id: The document.
        run_id: Their run.
        variant: Who answered.
        told: Why there is no answer, one sentence.

    Raises:
        SilentToolError: A tool was asked and did not answer: what came of it is no answer of the variant's.
    """
    seconds, replies, declined = await _spent(scratch, document_id, run_id)
    costs = [await _cost(scratch, ref) for ref in replies]
    cost = None if None in costs else float(sum(one for one in costs if one is not None))
    record = await _record(scratch, document_id, run_id)
    return Answer(
        document_id=document_id,
        variant=variant.digest,
        fields=fields_of(record) if record else (),
        routed=record is None or record.status is None,
        valid=record is not None and not declined,
        seconds=round(seconds, 4),
        cost=cost,
        told=told,
    )


async def _record(scratch: OverlayStore, document_id: str, run_id: str) -> Record | None:
    for outcome in await outcomes_of(scratch, document_id, run_id, "validation"):
        if outcome.result is not None:
            found: Record = await get_artifact(scratch, outcome.result, ArtifactKind.RECORD)
            return found
    return None


async def _spent(scratch: OverlayStore, document_id: str, run_id: str) -> tuple[float, list[ObjectRef], bool]:
    """Return the seconds of the attempts, the replies that were used, and whether a model declined."""
    seconds, replies, declined = 0.0, [], False
    folder = f"{keys.document(document_id)}/trail/{run_id}"
    async for key in scratch.written.list(folder):
        data = await scratch.written.fetch(key)
        if data is not None:
            attempt = parse(data, AttemptRecord, key)
            seconds += attempt.seconds
            for step in attempt.steps:
                if step.kind == "tool" and "server" in step.data and "answer" not in step.data:
                    raise SilentToolError(str(step.data["server"]), str(step.data.get("problem")))
                if step.kind == "reply":
                    replies.append(ObjectRef.model_validate(step.data["reply"]))
                declined = declined or step.name == "declined"
    return seconds, replies, declined


async def _cost(scratch: OverlayStore, ref: ObjectRef) -> float | None:
    """Return what a reply costs whoever buys it, also where it was bought before."""
    return Exchange.model_validate_json(await scratch.read(ref)).reply.cost
