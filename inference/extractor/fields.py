"""What a tool asks for: its fields with their kinds, taken from its schema or guessed from its words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from doctypes.definition import FieldSpec
from inference.reading.document import BEGINNING
from schemas.errors import PermanentError
from schemas.fields import FieldKind


class UnreadableToolError(PermanentError):
    """A tool's input schema does not say which fields it wants; give it an object with properties."""


@dataclass(frozen=True, slots=True)
class FieldSketch:
    """A field as the local model sees it.

    Attributes:
        kind: What candidates it may have.
        many: A list of values.
        fuzzy: Values are compared by similarity, not equality, in training and scoring.
        cues: Beginnings of the words that its name and description use: what a label would say.
    """

    name: str
    kind: FieldKind
    many: bool
    cues: frozenset[str]
    fuzzy: bool = False


_WORD = re.compile(r"[^\W\d_]{3,}")
_COMMON = frozenset(
    [
        "the",
        "and",
        "for",
        "from",
        "with",
        "that",
        "this",
        "its",
        "are",
        "was",
        "will",
        "has",
        "have",
        "not",
        "any",
        "all",
        "only",
        "which",
        "where",
        "when",
        "who",
        "whom",
        "document",
        "field",
        "value",
        "as",
        "printed",
        "given",
        "name",
        "date",
        "number",
        "amount",
        "total",
        "address",
        "party",
        "person",
        "form",
        "normal",
        "iso",
        "plain",
        "text",
        "type",
    ]
)
# In the order tried: the first whose words occur in the name, else in the description, wins.
_GUESSES: tuple[tuple[FieldKind, frozenset[str]], ...] = (
    (FieldKind.PRESENCE, frozenset({"signed", "present", "exists", "whether", "presence"})),
    (FieldKind.CURRENCY, frozenset({"currency"})),
    (FieldKind.PERCENTAGE, frozenset({"percent", "percentage", "rate"})),
    (FieldKind.DURATION, frozenset({"duration", "term", "period"})),
    (FieldKind.DATE, frozenset({"date", "day", "deadline", "expiry", "commencement", "from", "until"})),
    (
        FieldKind.IDENTIFIER,
        frozenset({"number", "num", "no", "id", "identifier", "iban", "vat", "code", "reference"}),
    ),
    (FieldKind.ADDRESS, frozenset({"address", "premises", "street"})),
    (FieldKind.JURISDICTION, frozenset({"jurisdiction", "law", "governing"})),
    (
        FieldKind.MONEY,
        frozenset(
            {"amount", "total", "price", "rent", "deposit", "sum", "fee", "tax", "cost", "payable", "net"}
        ),
    ),
    (FieldKind.QUANTITY, frozenset({"quantity", "area", "weight", "size"})),
    (FieldKind.PERSON, frozenset({"person", "signer", "signatory", "contact"})),
    (
        FieldKind.PARTY,
        frozenset(
            {"party", "parties", "company", "vendor", "seller", "buyer", "landlord", "tenant", "supplier"}
            | {"customer", "advertiser", "organisation", "organization", "name"}
        ),
    ),
)


def cues_of(*texts: str) -> frozenset[str]:
    """Return the beginnings of the telling words in ``texts``."""
    words = (word.lower() for text in texts for word in _WORD.findall(text.replace("_", " ")))
    return frozenset(word[:BEGINNING] for word in words if word not in _COMMON)


def sketch_of(spec: FieldSpec) -> FieldSketch:
    """Return the sketch of a declared field."""
    return FieldSketch(
        spec.name, spec.kind, spec.many, cues_of(spec.name, spec.title), spec.comparator == "fuzzy"
    )


def sketches_of(schema: dict[str, Any]) -> tuple[FieldSketch, ...]:
    """Return the plain fields that a tool's input schema asks for, in its order; lists of rows apart.

    ``x-kind`` and ``x-many`` say what a field is; without them both are guessed from its name,
    description and type.

    Raises:
        UnreadableToolError: It has no properties.
    """
    properties = schema.get("properties")
    if not isinstance(properties, dict) or not properties:
        raise UnreadableToolError(
            "the tool's input schema declares no properties, so there is nothing to look for",
            reason="tool_schema",
        )
    bodies = ((name, body if isinstance(body, dict) else {}) for name, body in properties.items())
    return tuple(_sketch(name, body) for name, body in bodies if body.get("x-kind") != FieldKind.ROWS)


def tables_of(schema: dict[str, Any]) -> tuple[str, ...]:
    """Return the lists of rows that a tool's input schema asks for, with their columns declared."""
    return tuple(name for name, body in schema["properties"].items() if _declares_rows(body))


def _declares_rows(body: object) -> bool:
    inner = body
    for key in ("properties", "rows", "items", "properties"):
        inner = inner.get(key) if isinstance(inner, dict) else None
    return isinstance(body, dict) and body.get("x-kind") == FieldKind.ROWS and isinstance(inner, dict)


def _sketch(name: str, body: dict[str, Any]) -> FieldSketch:
    description = str(body.get("description", ""))
    given = body.get("x-kind")
    kind = FieldKind(given) if given in set(FieldKind) else guess_kind(name, description, body.get("type"))
    many = bool(body.get("x-many", body.get("type") == "array"))
    return FieldSketch(name, kind, many, cues_of(name, str(body.get("title", ""))))


def guess_kind(name: str, description: str, json_type: object) -> FieldKind:
    """Return the kind that a field's name, else its description, else its JSON type suggests."""
    types = set(json_type) if isinstance(json_type, list) else {json_type}
    if "boolean" in types:
        return FieldKind.PRESENCE
    for text in (name, description):
        words = {word.lower() for word in re.findall(r"[A-Za-z]+", re.sub(r"([a-z])([A-Z])", r"\1 \2", text))}
        for kind, telling in _GUESSES:
            if words & telling:
                return kind
    return FieldKind.NUMBER if types & {"number", "integer"} else FieldKind.TEXT
