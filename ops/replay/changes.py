"""What a replay changes about the release a run was pinned to: one part each, given as ``name=value``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from doctypes.check import check_keys
from doctypes.errors import BrokenTypeError
from doctypes.named_model import NAMED, parse_named_model
from doctypes.prompt import parse_prompt
from doctypes.runner import load_rules
from doctypes.schema_file import parse_schema
from inference.protocol import LOCAL
from schemas.canonical import canonical_json
from schemas.certificates import Certificate, Certificates
from schemas.errors import PermanentError
from store import keys
from store.bundles import publish_bundle, publish_model
from store.protocol import ObjectStore
from store.releases import Bundle, Release

STAGES = ("gatekeeper", "extraction", "validation")
FILES = {"prompt": "prompt.md", "rules": "rules.py", "schema": "schema.json"}
FIRST = {"prompt": "extraction", "schema": "extraction", "model": "extraction", "rules": "validation"}
"""The first stage that a change can show in."""
TYPE = "doc_type"
POPULATION = "a replay's threshold"
"""Population of a certificate that nobody certified: it lives in the replay alone."""
THRESHOLD = "threshold."


class ChangeError(PermanentError):
    """What was to be changed can't be; nothing was replayed."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, reason="replay_change")


class OtherTypeError(ChangeError):
    """The document is of a type that has no such part; the change says nothing about it."""


@dataclass(frozen=True, slots=True)
class Change:
    """One part to be replaced.

    Attributes:
        name: ``prompt``, ``rules``, ``schema``, ``model``, or ``threshold.FIELD``.
        value: As it was typed: a file, a model, a number.
        data: The file's bytes, where it is one.
    """

    name: str
    value: str
    data: bytes | None = None

    @property
    def first(self) -> str:
        """The first stage it can show in."""
        if self.name == THRESHOLD + TYPE:
            return "gatekeeper"
        return FIRST.get(self.name, "validation")

    @property
    def named_model(self) -> str | None:
        """The model that an endpoint is asked for by its name; None where the change brings none."""
        named = self.name == "model" and self.data is None and not self.value.startswith(LOCAL)
        return self.value if named else None

    def words(self) -> str:
        """Return it as it was typed."""
        return f"{self.name}={self.value}"


def parse_change(text: str) -> Change:
    """Return the change that ``name=value`` asks for, its file read.

    Raises:
        ChangeError: The name is not known, the file can't be read, the threshold is no number of 0 to 1.
    """
    name, equals, value = text.partition("=")
    if not equals or not value:
        raise ChangeError(f"{text!r} is no change; write name=value, as in prompt=prompt.md")
    if name in FILES:
        return Change(name, value, _read(Path(value)))
    if name == "model":
        path = Path(value) / "model" if Path(value).is_dir() else Path(value)
        return Change(name, value, _read(path) if path.is_file() else None)
    if name.startswith(THRESHOLD) and len(name) > len(THRESHOLD):
        try:
            allowed = 0.0 <= float(value) <= 1.0
        except ValueError:
            allowed = False
        if allowed:
            return Change(name, value)
        raise ChangeError(f"{name}: {value!r} is no threshold; give a number from 0 to 1")
    raise ChangeError(
        f"{name!r} can't be changed by a replay; known are {', '.join(FILES)}, model and threshold.FIELD"
    )


def parse_changes(texts: Sequence[str]) -> tuple[Change, ...]:
    """Return the changes that are asked for, each part once.

    Raises:
        ChangeError: One makes no sense, or a part would be changed twice.
    """
    changes = tuple(parse_change(one) for one in texts)
    names = [change.name for change in changes]
    for name in names:
        if names.count(name) > 1:
            raise ChangeError(f"{name} would be changed twice; give it once")
    return changes


def first_stage(changes: Sequence[Change], wanted: str | None) -> str:
    """Return the stage to replay from: the one asked for, else the first that a change can show in.

    Raises:
        ChangeError: A change shows only before the stage that was asked for, or there is no such stage.
    """
    firsts = [STAGES.index(change.first) for change in changes]
    if wanted is None:
        return STAGES[min(firsts)] if firsts else "extraction"
    if wanted not in STAGES:
        raise ChangeError(f"{wanted!r} is no stage to replay from; known are {', '.join(STAGES)}")
    for change in changes:
        if STAGES.index(change.first) < STAGES.index(wanted):
            raise ChangeError(f"{change.words()} shows from {change.first} on; replay --from {change.first}")
    return wanted


def type_of(changes: Sequence[Change]) -> str | None:
    """Return the one type that these changes are about; None where they may be about any.

    Raises:
        ChangeError: They belong to one type, and do not say to which.
    """
    for change in changes:
        if change.name == "prompt":
            try:
                return parse_prompt(change.data or b"", change.value).doc_type
            except BrokenTypeError as error:
                raise ChangeError(str(error)) from error
    bound = [change.name for change in changes if not change.name.startswith(THRESHOLD)]
    if bound:
        raise ChangeError(f"{bound[0]} belongs to one document type; say which with --type")
    return None


async def changed_release(
    store: ObjectStore, release: Release, doc_type: str, changes: Sequence[Change]
) -> Release:
    """Return ``release`` with the parts of one type replaced; what is new is written into ``store``.

    Raises:
        ChangeError: A part is broken, or prompt, rules and schema would not fit together.
    """
    for change in changes:
        if change.name == THRESHOLD + TYPE:
            ref = release.classifier_thresholds
            found = Certificates.model_validate_json(await store.read(ref))
            data = canonical_json(with_threshold(found, TYPE, float(change.value)))
            kept = await publish_model(store, data)
            release = release.model_copy(update={"classifier_thresholds": kept})
    own = [change for change in changes if change.name != THRESHOLD + TYPE]
    if not own:
        return release
    if doc_type not in release.bundles:
        raise OtherTypeError(f"the document is of no known type ({doc_type}); {own[0].name} belongs to one")
    bundle = await _changed_bundle(store, release.bundles[doc_type], own)
    return release.model_copy(update={"bundles": {**release.bundles, doc_type: bundle}})


async def _changed_bundle(store: ObjectStore, bundle: Bundle, changes: Sequence[Change]) -> Bundle:
    parts = {name: await store.read(ref) for name, ref in bundle.parts.items()}
    for change in changes:
        if change.name in FILES:
            parts[FILES[change.name]] = change.data or b""
        elif change.name == "model":
            await _change_model(store, parts, change)
    thresholds = {c.name.removeprefix(THRESHOLD): float(c.value) for c in changes if THRESHOLD in c.name}
    _require_fitting(bundle.doc_type, parts, thresholds)
    if thresholds:
        parts["thresholds.json"] = _with_thresholds(parts, thresholds)
    return await publish_bundle(store, bundle.doc_type, parts)


async def _change_model(store: ObjectStore, parts: dict[str, bytes], change: Change) -> None:
    """Let another model read: a variant from a file, from a type's folder or from the store, or a named one.

    A variant's folder brings its certificates; whoever comes without any accepts nothing.
    """
    if change.data is not None:
        thresholds = Path(change.value) / "thresholds.json"
        certificates = _read(thresholds) if thresholds.is_file() else None
        _take_variant(parts, change.data, certificates)
        await publish_model(store, change.data)
    elif change.value.startswith(LOCAL):
        data = await store.fetch(keys.model(change.value.removeprefix(LOCAL)))
        if data is None:
            raise ChangeError(f"the store has no variant {change.value!r}; name a file, or a digest it has")
        _take_variant(parts, data, None)
    else:
        parts[NAMED] = canonical_json({"model": change.value})


def _take_variant(parts: dict[str, bytes], data: bytes, certificates: bytes | None) -> None:
    same = parts.get("model") == data
    parts["model"] = data
    parts.pop(NAMED, None)
    if certificates is not None:
        parts["thresholds.json"] = certificates
    elif not same:
        parts.pop("thresholds.json", None)


def _with_thresholds(parts: dict[str, bytes], thresholds: dict[str, float]) -> bytes:
    data = parts.get("thresholds.json")
    found = Certificates.model_validate_json(data) if data else Certificates(variant="", certificates=())
    if NAMED in parts:
        # Only certificates of the model that reads count.
        found = found.model_copy(update={"variant": parse_named_model(parts[NAMED]).model})
    for field, threshold in thresholds.items():
        found = with_threshold(found, field, threshold)
    return canonical_json(found)


def with_threshold(certificates: Certificates, field: str, threshold: float) -> Certificates:
    """Return the certificates as if ``field`` were accepted from ``threshold`` on."""
    known = certificates.of(field) or Certificate(
        field=field,
        target_error=1.0,
        threshold=None,
        decisions=0,
        errors=0,
        bound=1.0,
        needed=0,
        population=POPULATION,
    )
    changed = known.model_copy(update={"threshold": threshold, "population": POPULATION})
    others = tuple(one for one in certificates.certificates if one.field != field)
    return certificates.model_copy(update={"certificates": (*others, changed)})


def _require_fitting(doc_type: str, parts: dict[str, bytes], thresholds: dict[str, float]) -> None:
    """Make sure that the parts fit together, as publishing them would.

    Raises:
        ChangeError: They don't; the first key that disagrees is named.
    """
    try:
        schema = parse_schema(parts["schema.json"], doc_type)
        prompt = parse_prompt(parts["prompt.md"], f"{doc_type}/prompt.md")
        rules = load_rules(parts["rules.py"].decode(errors="replace"), f"{doc_type}/rules.py")
    except BrokenTypeError as error:
        raise ChangeError(str(error)) from error
    problems = check_keys(schema, prompt, rules, schema.tool_schema())
    if problems:
        raise ChangeError(problems[0])
    known = [spec.name for spec in schema.fields]
    for name in thresholds:
        if name not in known:
            raise OtherTypeError(f"{doc_type} has no field {name!r} to set a threshold for; it has {known}")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ChangeError(f"{str(path)!r} can't be read: {error.strerror}") from error
