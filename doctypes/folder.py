"""Types as folders: every directory with a ``schema.json`` is a type; adding one is adding a folder."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ValidationError

from doctypes.definition import DocType
from doctypes.errors import BrokenTypeError
from doctypes.labels import LabelNames, parse_label_names
from doctypes.named_model import NAMED, parse_named_model
from doctypes.prompt import Prompt, parse_prompt
from doctypes.runner import RuleSet, load_rules
from doctypes.schema_file import parse_schema, read_json
from schemas.histories import HISTORY, ModelHistory

ROOT = Path(__file__).parent
"""The folder of the types that ship with doctrail."""

REQUIRED = ("schema.json", "prompt.md", "rules.py")
OPTIONAL = ("model", "thresholds.json")
DIGITISER = "digitiser"
"""The part of a type whose deliverable is files: what makes them of a page's picture."""
LABELS = "labels.json"
CARD = "MODEL_CARD.md"
LINEAGE = "lineage.json"
LARGEST = 64 * 1024 * 1024
"""Bytes beyond which a part is refused."""


@dataclass(frozen=True, slots=True)
class TypeFolder:
    """A type as read from its folder.

    Attributes:
        doc_type: What its ``schema.json`` declares.
        parts: The bytes of a bundle's parts by name (``store.releases.BUNDLE_PARTS``).
        prompt: Its ``prompt.md``, parsed.
        rules: Its ``rules.py``, loaded.
        label_names: What labelled data sets call the type and its fields where they differ.
        card: The model card, for people; never part of a bundle. None where there is no model.
        lineage: What its model learned from, for evals; never part of a bundle. None where nobody knows.
    """

    doc_type: DocType
    parts: dict[str, bytes]
    prompt: Prompt
    rules: RuleSet
    label_names: LabelNames = field(default_factory=LabelNames)
    card: str | None = None
    lineage: bytes | None = None


def load_folder(path: Path) -> TypeFolder:
    """Return the type in the folder ``path``, every part parsed.

    Raises:
        BrokenTypeError: A file is missing, can't be read or is wrong; the sentence names it relative
            to the folder's parent.
    """
    name = path.name
    parts = {part: _read(path, part) for part in REQUIRED}
    more = (*OPTIONAL, NAMED, HISTORY, DIGITISER)
    parts |= {part: _read(path, part) for part in more if (path / part).is_file()}
    reader = DIGITISER if DIGITISER in parts else "model"
    if DIGITISER in parts and "model" in parts:
        raise BrokenTypeError(f"{name} has a model and a digitiser; one of them reads the type")
    if (reader in parts) != ("thresholds.json" in parts):
        pair = (reader, "thresholds.json")
        lone, other = pair if reader in parts else pair[::-1]
        raise BrokenTypeError(f"{name}/{lone} has no {name}/{other} beside it; train writes both")
    if "thresholds.json" in parts:
        read_json(parts["thresholds.json"], f"{name}/thresholds.json")
    if NAMED in parts:
        parse_named_model(parts[NAMED], f"{name}/{NAMED}")
    if HISTORY in parts:
        _require_history(parts[HISTORY], f"{name}/{HISTORY}")
    doc_type = parse_schema(parts["schema.json"], name)
    return TypeFolder(
        doc_type=doc_type,
        parts=parts,
        prompt=parse_prompt(parts["prompt.md"], f"{name}/prompt.md"),
        rules=load_rules(_source(parts["rules.py"], name), f"{name}/rules.py"),
        label_names=_label_names(path, doc_type),
        card=_read(path, CARD).decode(errors="replace") if (path / CARD).is_file() else None,
        lineage=_read(path, LINEAGE) if (path / LINEAGE).is_file() else None,
    )


def _require_history(data: bytes, where: str) -> None:
    try:
        ModelHistory.model_validate(read_json(data, where), strict=False)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the whole"
        raise BrokenTypeError(f"{where}: {place}: {first['msg']}; doctrail router learn writes it") from error


def load_all(root: Path = ROOT) -> list[TypeFolder]:
    """Return every type under ``root``, by name.

    Raises:
        BrokenTypeError: A folder is broken, or there is no type at all.
    """
    try:
        folders = sorted(path.parent for path in root.glob("*/schema.json"))
    except OSError as error:
        raise BrokenTypeError(f"{str(root)!r} can't be read: {error.strerror}") from error
    if not folders:
        raise BrokenTypeError(f"{str(root)!r} holds no document type: each is a folder with a schema.json")
    return [load_folder(folder) for folder in folders]


def _label_names(path: Path, doc_type: DocType) -> LabelNames:
    known = (path / LABELS).is_file()
    return parse_label_names(_read(path, LABELS), doc_type) if known else LabelNames()


def _read(path: Path, part: str) -> bytes:
    where = f"{path.name}/{part}"
    try:
        if (path / part).stat().st_size > LARGEST:
            raise BrokenTypeError(f"{where} is larger than {LARGEST} bytes")
        return (path / part).read_bytes()
    except FileNotFoundError as error:
        raise BrokenTypeError(f"{where} does not exist; a type needs {', '.join(REQUIRED)}") from error
    except OSError as error:
        raise BrokenTypeError(f"{where} can't be read: {error.strerror}") from error


def _source(data: bytes, name: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BrokenTypeError(f"{name}/rules.py is not UTF-8 at byte {error.start}") from error
