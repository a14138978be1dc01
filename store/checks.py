"""What every object in a document's folder must be, by the form of its key; pure."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from schemas.canonical import canonical_json, derive_id, digest, sha256_hex
from schemas.errors import PipelineError
from schemas.packets import child_id
from schemas.results import ArtifactKind
from schemas.versions import decode
from store.artifacts import check_artifact
from store.children import Origin
from store.families import PoolNote
from store.releases import RunSlot
from store.revisions import Revision
from store.sealed import Sealed, broken_seal
from store.stages import Outcome
from store.submissions import Link
from store.trail import AttemptRecord

_SHA256 = re.compile(r"[0-9a-f]{64}")
_ID = re.compile(r"[0-9a-f-]{36}|[0-9a-f]{64}")
_ARTIFACTS_OF = {
    "layout": "gatekeeper",
    "page_image": "extraction",
    "curve": "extraction",
    "mask": "extraction",
    "digitised": "extraction",
}
_RESULTS = {
    "gatekeeper": ArtifactKind.CLASSIFICATION,
    "extraction": ArtifactKind.EXTRACTION,
    "validation": ArtifactKind.RECORD,
}


@dataclass(frozen=True, slots=True)
class Check:
    """What looking at one object found.

    Attributes:
        rows: How many fields, lines, messages or steps it holds; None where nothing is to be counted.
        problems: Empty where it is as it was written.
    """

    rows: int | None
    problems: list[str]


def check_object(key: str, data: bytes) -> Check:
    """Return what can be told of an object from its key and bytes alone."""
    _, document_id, folder, *rest = key.split("/")
    match folder, rest:
        case "original", []:
            return Check(None, _original(document_id, data))
        case "origin.json", []:
            return Check(None, _origin(document_id, data))
        case "family", []:
            return Check(None, _if(not _ID.fullmatch(data.decode("ascii", "replace")), "it is no id"))
        case "results", [stage, _]:
            kind = _RESULTS.get(stage)
            problems = check_artifact(kind, key, data) if kind else _unreferenced(data)
            return Check(_count(data, "fields", "scores"), problems)
        case "artifacts", [kind, *_]:
            return _artifact(kind, key, data)
        case "replies", [_]:
            return Check(None, check_artifact(ArtifactKind.REPLY, key, data))
        case "decisions" | "reviews", [_]:
            return Check(_count(data, "fields"), check_artifact(ArtifactKind.DECISION, key, data))
        case _:
            return _sealed(key, data, document_id, folder, rest)


def _artifact(kind: str, key: str, data: bytes) -> Check:
    match kind:
        case "layout":
            return Check(_lines(data), check_artifact(ArtifactKind.LAYOUT, key, data))
        case "page_image" | "mask" | "digitised":
            return Check(None, check_artifact(ArtifactKind(kind), key, data))
        case "curve":
            # The first line names the columns.
            return Check(data.count(b"\n") - 1, check_artifact(ArtifactKind.CURVE, key, data))
        case _:
            return Check(_count(data), _plain(data))


def stage_of(key: str) -> str:
    """Return the stage that writes under such a key of a document, or the folder where several do."""
    match key.split("/")[2:]:
        case ["results", stage, *_]:
            return "gatekeeper" if stage == "reading" else stage
        case ["artifacts", kind, *_] if kind.startswith("tools_"):
            return kind.removeprefix("tools_")
        case ["artifacts", kind, *_]:
            return _ARTIFACTS_OF.get(kind, "validation")
        case ["outcomes" | "trail", _, stage, *_]:
            return stage
        case ["original"] | ["runs", *_]:
            return "intake"
        case ["family"] | ["origin.json"]:
            return "gatekeeper"
        case ["revisions", *_]:
            return "validation"
        case ["decisions" | "reviews" | "reviewed", *_] | ["pool.json"]:
            return "review"
        case [folder, *_]:
            return folder
        case _:
            return key.partition("/")[0]


def check_sealed(data: bytes, kind: type[Sealed]) -> tuple[Any, list[str]]:
    """Return the model in ``data`` (None where it has another shape) and what is wrong with it."""
    try:
        value = kind.model_validate_json(data)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        return None, [
            f"no {kind.__name__}: {'.'.join(map(str, first['loc'])) or 'the whole'}: {first['type']}"
        ]
    broken = broken_seal(data)
    return value, [broken] if broken else []


def _sealed(key: str, data: bytes, document_id: str, folder: str, rest: list[str]) -> Check:
    match folder, rest:
        case "asking", [_]:
            return Check(None, _if(data != b"{}", "it is no note of a call"))
        case "outcomes", [run_id, stage, name]:
            value, problems = check_sealed(data, Outcome)
            place = (document_id, run_id, stage, name.removesuffix(".json"))
            return Check(_len(value, "messages"), problems or _outcome(key, value, place))
        case "trail", [run_id, stage, name]:
            value, problems = check_sealed(data, AttemptRecord)
            agrees = value and (value.run_id, value.stage, f"{value.attempt:04d}.json") == (
                run_id,
                stage,
                name,
            )
            return Check(_len(value, "steps"), problems or _if(not agrees, "it is another attempt's"))
        case "runs", [name]:
            value, problems = check_sealed(data, RunSlot)
            return Check(None, problems or _slot(value, document_id, name))
        case "revisions", [name]:
            value, problems = check_sealed(data, Revision)
            return Check(None, problems or _slot(value, document_id, name))
        case "links", [name]:
            return Check(None, _link(name, data))
        case _:
            return _of_people(folder, rest, data)


def _of_people(folder: str, rest: list[str], data: bytes) -> Check:
    """Check what is kept for evals and fine-tuning."""
    match folder, rest:
        case "pool.json", []:
            return Check(None, check_sealed(data, PoolNote)[1])
        case "reviewed" | "evals", [_]:
            return Check(_count(data, "fields"), _unreferenced(data))
        case _:
            return Check(None, ["doctrail writes nothing under such a key"])


def _original(document_id: str, data: bytes) -> list[str]:
    # A child's id comes from its place in the packet; its bytes are held to their references.
    if not _SHA256.fullmatch(document_id):
        return []
    found = sha256_hex(data)
    return _if(
        found != document_id, f"its sha256 is {found[:16]}…, the document's id says {document_id[:16]}…"
    )


def _origin(document_id: str, data: bytes) -> list[str]:
    value, problems = check_sealed(data, Origin)
    if problems:
        return problems
    follows = child_id(value.parent_id, value.place) == document_id
    return _if(value.document_id != document_id or not follows, "it is another part's")


def _outcome(key: str, value: Outcome, place: tuple[str, str, str, str]) -> list[str]:
    if (value.document_id, value.run_id, value.stage, value.trigger) != place:
        return ["it is another stage's"]
    problems = []
    for position, message in enumerate(value.messages):
        if message.event_id != derive_id("event", key, position):
            problems.append(f"message {position} has an id of its own making")
        try:
            decode(message.topic, message.body.encode())
        except PipelineError as error:
            problems.append(f"message {position}: {error}")
    return problems


def _attempt(value: AttemptRecord, place: tuple[str, str, str]) -> list[str]:
    found = (value.run_id, value.stage, f"{value.attempt:04d}.json")
    return _if(found != place, "it is another attempt's")


def _slot(value: RunSlot | Revision, document_id: str, name: str) -> list[str]:
    return _if((value.document_id, f"{value.number:06d}.json") != (document_id, name), "it is another slot's")


def _link(name: str, data: bytes) -> list[str]:
    try:
        link = Link.model_validate_json(data)
    except ValidationError:
        return ["no link"]
    return _if(digest(link.key) != name, "it names another key than it was written for")


def _unreferenced(data: bytes) -> list[str]:
    """Check the result of a step within a stage, which carries its own digest."""
    broken = broken_seal(data)
    return [broken] if broken else []


def _plain(data: bytes) -> list[str]:
    try:
        return _if(canonical_json(json.loads(data)) != data, "the bytes are not as doctrail writes them")
    except (ValueError, PipelineError):
        return ["not JSON, or cut off"]


def _lines(data: bytes) -> int | None:
    return _read(data, lambda value: sum(len(page["lines"]) for page in value["pages"]))


def _count(data: bytes, *names: str) -> int | None:
    def count(value: Any) -> int | None:
        if isinstance(value, list):
            return len(value)
        return next((len(value[name]) for name in names if name in value), None)

    return _read(data, count)


def _read(data: bytes, count: Callable[[Any], int | None]) -> int | None:
    try:
        return count(json.loads(data))
    except (ValueError, TypeError, KeyError):
        return None


def _len(value: Any, name: str) -> int | None:
    return None if value is None else len(getattr(value, name))


def _if(wrong: bool, problem: str) -> list[str]:
    return [problem] if wrong else []
