"""Reading a decision from the file a person hands in; whatever is wrong with it is named with its field."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from doctypes.definition import DocType, FieldSpec
from ops.reviews.decide import Review
from ops.reviews.sheet import Value, doubtful_fields, sheet, sheet_value
from ops.reviews.showing import with_place
from ops.reviews.split import split_ranges
from review.sheet.rows import confirms, decided_rows
from review.sheet.values import DecisionFileError, normal_value, require_known
from schemas.canonical import derive_id, digest
from schemas.decided import DecidedField, Decision
from schemas.fields import FieldKind, FieldValue
from schemas.records import DecisionKind

LARGEST = 4 * 1024 * 1024
"""Bytes beyond which a decision file is refused."""

_LONGEST_COMMENT = 4000


@dataclass(frozen=True, slots=True)
class _Given:
    """What the file says, its shape checked."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    other_fields: Mapping[str, Any] = field(default_factory=dict)
    doc_type: str | None = None
    reject: bool = False
    ranges: tuple[tuple[int, int], ...] = ()
    comment: str | None = None


def read_decision(data: bytes, review: Review, *, reviewer: str, now: datetime) -> Decision:
    """Return the decision in the bytes of a file: an edited sheet, or just what is decided.

    The decision's id follows from the review and what was decided, not from who and when.

    Raises:
        DecisionFileError: Not JSON, an unknown key, a value that can't be read, a doubtful field left out.
    """
    given = _shape(_json(data), review)
    if given.reject:
        return _decision(review, DecisionKind.REJECTION, reviewer, now, comment=given.comment)
    if given.doc_type is not None:
        if review.record.children and not review.page_count:
            raise DecisionFileError("doc_type: a container has none; its parts have, each by itself")
        return _decision(
            review, DecisionKind.TYPE, reviewer, now, comment=given.comment, doc_type=given.doc_type
        )
    if given.ranges:
        return _decision(
            review, DecisionKind.SPLIT, reviewer, now, comment=given.comment, ranges=given.ranges
        )
    if review.doc_type is None:
        split = ", 'split' to its page ranges" if review.page_count > 1 else ""
        raise DecisionFileError(
            f"this review asks what the document is: set 'doc_type' to one of "
            f"{', '.join(review.known_types)}{split}, or 'reject' to true"
        )
    fields = _fields(given, review, review.doc_type)
    return _decision(review, DecisionKind.FIELDS, reviewer, now, comment=given.comment, fields=fields)


def _decision(
    review: Review,
    kind: DecisionKind,
    reviewer: str,
    now: datetime,
    *,
    comment: str | None,
    fields: tuple[DecidedField, ...] = (),
    doc_type: str | None = None,
    ranges: tuple[tuple[int, int], ...] = (),
) -> Decision:
    content: list[Any] = [kind.value, [f.model_dump(mode="json") for f in fields], doc_type, comment]
    if ranges:
        content.append([list(pages) for pages in ranges])
    return Decision(
        decision_id=derive_id("decision", review.review_id, digest(content)),
        review_id=review.review_id,
        document_id=review.document_id,
        run_id=review.manifest.run_id,
        kind=kind,
        reviewer=reviewer,
        decided_at=now,
        fields=fields,
        doc_type=doc_type,
        ranges=ranges,
        comment=comment,
    )


def _json(data: bytes) -> dict[str, Any]:
    if len(data) > LARGEST:
        raise DecisionFileError(f"the file has {len(data)} bytes; a decision has at most {LARGEST}")
    try:
        # Numbers stay as they are written: 1140.10 is an amount, not a binary fraction.
        given = json.loads(data.decode("utf-8-sig"), parse_float=str, parse_int=str, object_pairs_hook=_once)
    except UnicodeDecodeError as error:
        raise DecisionFileError(f"the file is not UTF-8 at byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise DecisionFileError(
            f"the file is not JSON: line {error.lineno}, column {error.colno}: {error.msg}"
        ) from error
    except RecursionError as error:
        raise DecisionFileError("the file is nested too deeply to be a decision") from error
    if not isinstance(given, dict):
        raise DecisionFileError("the file must hold one JSON object, as `doctrail reviews export` writes it")
    return given


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise DecisionFileError(f"key {key!r} is given twice; leave one")
        found[key] = value
    return found


def _shape(raw: dict[str, Any], review: Review) -> _Given:
    known = sheet(review, name=None)
    for key in raw:
        require_known(key, known, "the file has a key")
    for key, ours in (("review_id", review.review_id), ("document_id", review.document_id)):
        if raw.get(key, ours) != ours:
            raise DecisionFileError(f"{key} is {raw[key]!r}: this file belongs to another review")
    reject, doc_type, comment = raw.get("reject", False), raw.get("doc_type"), raw.get("comment")
    if not isinstance(reject, bool):
        raise DecisionFileError("reject must be true or false")
    if comment is not None and (not isinstance(comment, str) or len(comment) > _LONGEST_COMMENT):
        raise DecisionFileError(f"comment must be text of at most {_LONGEST_COMMENT} characters, or null")
    if doc_type is not None:
        _require_type(doc_type, review)
        if reject:
            raise DecisionFileError("doc_type and reject contradict each other; give one of them")
    split = raw.get("split")
    if split is not None and (reject or doc_type is not None):
        raise DecisionFileError("split contradicts doc_type and reject; give one of them")
    return _Given(
        fields=_object(raw, "fields"),
        other_fields=_object(raw, "other_fields"),
        doc_type=doc_type,
        reject=reject,
        ranges=() if split is None else split_ranges(split, review),
        comment=comment,
    )


def _object(raw: dict[str, Any], key: str) -> dict[str, Any]:
    value = raw.get(key) or {}
    if not isinstance(value, dict):
        raise DecisionFileError(f"{key} must be an object of field names and values")
    return value


def _require_type(doc_type: object, review: Review) -> None:
    if doc_type not in review.known_types:
        raise DecisionFileError(
            f"doc_type {doc_type!r} is not set up in this release; choose from "
            f"{', '.join(review.known_types)}"
        )
    if review.doc_type is not None and doc_type == review.doc_type.name:
        raise DecisionFileError(
            f"doc_type {doc_type!r} is what the document was taken for; set it to null and decide the fields"
        )


def _fields(given: _Given, review: Review, doc_type: DocType) -> tuple[DecidedField, ...]:
    judged = {entry.field.name: entry.field for entry in review.record.fields}
    names = [spec.name for spec in doc_type.fields]
    for name in (*given.fields, *given.other_fields):
        require_known(name, names, f"{doc_type.name} declares no field")
    twice = sorted(set(given.fields) & set(given.other_fields))
    if twice:
        raise DecisionFileError(f"field {twice[0]!r} stands in 'fields' and in 'other_fields'; leave one")
    missing = [f.field.name for f in doubtful_fields(review) if f.field.name not in given.fields]
    if missing:
        raise DecisionFileError(
            f"field {missing[0]!r} is doubtful and not decided: add it to 'fields' with its value, or null "
            f"where the document does not have it{_and_more(missing)}"
        )
    decided = []
    for spec in doc_type.fields:
        if spec.columns:
            decided += _table(spec, given, judged[spec.name], doc_type)
        elif spec.name in given.fields:
            told = given.fields[spec.name]
            found = _decided(spec, _value(spec, told), doc_type)
            decided.append(with_place(spec, told, found, judged[spec.name], review.layout))
        elif spec.name in given.other_fields:
            told = given.other_fields[spec.name]
            value = _value(spec, told)
            if value != sheet_value(judged[spec.name], many=spec.many):
                found = _decided(spec, value, doc_type)
                decided.append(with_place(spec, told, found, judged[spec.name], review.layout))
    return tuple(decided)


def _table(spec: FieldSpec, given: _Given, field: FieldValue, doc_type: DocType) -> list[DecidedField]:
    """Return the decision about a table: of one that was not in doubt only where it was changed."""
    if spec.name in given.fields:
        return [decided_rows(spec, given.fields[spec.name], field, doc_type)]
    if spec.name in given.other_fields and not confirms(given.other_fields[spec.name], field):
        return [decided_rows(spec, given.other_fields[spec.name], field, doc_type)]
    return []


def _and_more(names: list[str]) -> str:
    return f" (also: {', '.join(names[1:])})" if len(names) > 1 else ""


def _value(spec: FieldSpec, given: Any) -> Value:
    if isinstance(given, dict):
        if "value" not in given:
            raise DecisionFileError(f"field {spec.name!r} has no 'value'")
        given = given["value"]
    if isinstance(given, bool) and spec.kind is FieldKind.PRESENCE:
        given = "yes" if given else "no"
    if given is None:
        return [] if spec.many else None
    if spec.many:
        values = [given] if isinstance(given, str) else given
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise DecisionFileError(f"field {spec.name!r} takes a list of values, each as text")
        return values
    if not isinstance(given, str):
        raise DecisionFileError(f"field {spec.name!r} takes one value as text, or null")
    return given


def _decided(spec: FieldSpec, value: Value, doc_type: DocType) -> DecidedField:
    if value is None or value == []:
        return DecidedField(name=spec.name)
    if isinstance(value, list):
        normal = tuple(_normal(spec, one, doc_type) for one in value)
        return DecidedField(name=spec.name, raw="; ".join(value), values=normal)
    return DecidedField(name=spec.name, raw=value, value=_normal(spec, value, doc_type))


def _normal(spec: FieldSpec, value: str, doc_type: DocType) -> str:
    return normal_value(spec, value, doc_type, f"field {spec.name!r}")
