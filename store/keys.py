"""Every key in the store but those of evals and operators (``eval_keys``, ``ops_keys``)."""

from __future__ import annotations

SEEN = "seen"
"""Kind of the artifact that holds a validation's list of possible duplicates."""


def inbox_bytes(sha256: str) -> str:
    """Bytes put by ``doctrail submit``."""
    return f"inbox/{sha256}"


def inbox_note(event_id: str) -> str:
    """Name, path and time of a submitted file."""
    return f"inbox/{event_id}.json"


def submission(submission_id: str) -> str:
    """Document, source, time, release: the pin of a first run."""
    return f"submissions/{submission_id}.json"


def overwritten(uri_digest: str, submission_id: str) -> str:
    """Note that an announced object was gone before it was read; a submission outranks it."""
    return f"overwritten/{uri_digest}/{submission_id}.json"


def cause(cause_id: str) -> str:
    """A backfill, a force or a person's decision: kind, release, selection."""
    return f"causes/{cause_id}.json"


def backfill(cause_id: str) -> str:
    """Note that this cause is a backfill, so that backfills are found without reading every cause."""
    return f"backfills/{cause_id}/started.json"


def backfill_finished(cause_id: str) -> str:
    """Note that a backfill came to its end."""
    return f"backfills/{cause_id}/finished.json"


def release(digest: str) -> str:
    """A whole release."""
    return f"releases/{digest}.json"


def bundle_part(doc_type: str, digest: str, part: str) -> str:
    """One file of an immutable bundle."""
    return f"bundles/{doc_type}/{digest}/{part}"


def model(digest: str) -> str:
    """A model variant's bytes, under their own digest."""
    return f"models/{digest}"


def knowledge_part(server: str, digest: str) -> str:
    """What an MCP server answers from, a snapshot under the digest of its bytes."""
    return f"knowledge/{server}/{digest}"


def knowledge(digest: str) -> str:
    """The snapshots that were loaded together."""
    return f"knowledge/sets/{digest}.json"


def lineage(model: str) -> str:
    """What the variant with this model learned from."""
    return f"lineages/{model}.json"


def taught(model: str) -> str:
    """What the variant with this model learned from, as it came with the model."""
    return f"lineages/{model}.taught"


def registry_entry(slot: str, number: int) -> str:
    """Entry ``number`` (from 1) of a slot's hash chain."""
    return f"registry/{slot}/{number:08d}.json"


def registry_seal(slot: str, number: int) -> str:
    """The digest of a registry entry, which tells of the newest one what the next would tell."""
    return f"registry/{slot}/seals/{number:08d}.txt"


def run(run_id: str) -> str:
    """A run's manifest with its whole release."""
    return f"runs/{run_id}.json"


def document(document_id: str) -> str:
    """Prefix of everything derived from a document."""
    return f"documents/{document_id}"


def tail(key: str) -> str:
    """Return ``key`` without its document's folder, for whoever speaks of one document."""
    return key.split("/", 2)[2] if key.startswith("documents/") else key


def original(document_id: str) -> str:
    """The document's bytes."""
    return f"documents/{document_id}/original"


def origin(document_id: str) -> str:
    """Where a child document was taken out of."""
    return f"documents/{document_id}/origin.json"


def family(document_id: str) -> str:
    """The packet the document came in, or itself; written once by the Gatekeeper."""
    return f"documents/{document_id}/family"


def pool(document_id: str) -> str:
    """The document's pool family and other families it is near, written once."""
    return f"documents/{document_id}/pool.json"


def reviewed(document_id: str, decision_id: str) -> str:
    """What a person said of a record, with the lane and its probabilities."""
    return f"documents/{document_id}/reviewed/{decision_id}.json"


def reviewed_on(day: str, decision_id: str) -> str:
    """Note of the day a person said it, by which what is recent is found."""
    return f"reviewed/{day}/{decision_id}.json"


def family_band(band: str) -> str:
    """Who first had a part of a sketch, by which near documents are found."""
    return f"families/{band}.json"


def pool_secret() -> str:
    """The key that draws families into pools, created once and never replaced."""
    return "families/pools.key"


def link(document_id: str, digest: str) -> str:
    """A note of one key outside the document's folder that belongs to it."""
    return f"documents/{document_id}/links/{digest}"


def run_slot(document_id: str, number: int) -> str:
    """Slot ``number`` (from 1) of the document's runs."""
    return f"documents/{document_id}/runs/{number:06d}.json"


def result(document_id: str, stage: str, stage_key: str) -> str:
    """What a stage found, shared by all runs with that stage key."""
    return f"documents/{document_id}/results/{stage}/{stage_key}.json"


def artifact(document_id: str, kind: str, stage_key: str, name: str) -> str:
    """A layout, a page image, a table."""
    return f"documents/{document_id}/artifacts/{kind}/{stage_key}/{name}"


def reply(document_id: str, request_digest: str) -> str:
    """A model's raw reply in the pay-once ledger."""
    return f"documents/{document_id}/replies/{request_digest}.json"


def asking(document_id: str, request_digest: str) -> str:
    """Note that a model is being asked, whose reply may be lost and yet paid for."""
    return f"documents/{document_id}/asking/{request_digest}.json"


def outcome(document_id: str, run_id: str, stage: str, event_id: str) -> str:
    """Result reference and outgoing envelopes of a stage, bytes fixed."""
    return f"documents/{document_id}/outcomes/{run_id}/{stage}/{event_id}.json"


def trail(document_id: str, run_id: str, stage: str, attempt: int) -> str:
    """Everything attempt ``attempt`` (from 1) of a stage did."""
    return f"documents/{document_id}/trail/{run_id}/{stage}/{attempt:04d}.json"


def decision(document_id: str, decision_id: str) -> str:
    """What a person decided."""
    return f"documents/{document_id}/decisions/{decision_id}.json"


def review_draft(document_id: str, review_id: str) -> str:
    """A decision as handed in, before Validation takes it up."""
    return f"documents/{document_id}/reviews/{review_id}.json"


def review_secret(name: str) -> str:
    """A key that draws audits or signs addresses, created once for all processes."""
    return f"review/{name}.key"


AUDIT_RATES = "review/rates"
"""Folder of the audit rates that nightly checks raised, by day."""


def audit_rate(day: str) -> str:
    """The audit rate that holds from a day on."""
    return f"{AUDIT_RATES}/{day}.json"


def revision_slot(document_id: str, number: int) -> str:
    """Slot ``number`` (from 1) of the record's revisions."""
    return f"documents/{document_id}/revisions/{number:06d}.json"


def seen(business_key: str, document_id: str) -> str:
    """Note that ``document_id`` has this business key."""
    return f"seen/{business_key}/{document_id}"


def seen_answer(document_id: str, stage_key: str) -> str:
    """The list of possible duplicates a validation judged by."""
    return f"documents/{document_id}/artifacts/seen/{stage_key}/list.json"


def tool_answer(document_id: str, stage: str, stage_key: str, call: str) -> str:
    """What a tool answered an attempt of a stage, by the digest of the call."""
    return f"documents/{document_id}/artifacts/tools_{stage}/{stage_key}/{call}.json"


def passage(document_id: str, digest: str) -> str:
    """What retrieval may tell of a reviewed record; it lies with its document and goes with it."""
    return f"documents/{document_id}/artifacts/passage/{digest}/passage.json"


def dead_letter(event_id: str, number: int) -> str:
    """Death ``number`` (from 1) of a message whose document is unknown or known alike."""
    return f"dead_letters/{event_id}/{number:04d}.json"


def redrive_mark(event_id: str, number: int) -> str:
    """Note that this death was sent again."""
    return f"dead_letters/{event_id}/{number:04d}.redriven.json"


def session(group: str, partition: str) -> str:
    """A living (or dead) owner of a partition."""
    return f"sessions/{group}/{partition}.json"


def poison_marker(group: str, event_id: str) -> str:
    """Deaths of a message while handled alone."""
    return f"sessions/{group}/alone/{event_id}.json"
