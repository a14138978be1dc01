"""What a backup looks like on disk: a folder that says what must be in it."""

from __future__ import annotations

from pathlib import Path

from pydantic import AwareDatetime, ValidationError

from schemas.errors import PermanentError
from schemas.layout import Frozen

MANIFEST = "manifest.json"
INVENTORY = "inventory.jsonl"
OBJECTS = "objects"
REVIEWS = "reviews.jsonl"
MESSAGES = "messages.jsonl"
VERSION = 1


class BackupError(PermanentError):
    """A backup can't be made or taken back; the sentence says what is in the way."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, reason="backup")


class Manifest(Frozen):
    """What a whole backup holds; written last, so that a folder without it is no backup.

    Attributes:
        inventory: sha-256 of the inventory, which has that of every object.
        reviews: Likewise of the review queue's rows.
        messages: Likewise of the messages.
    """

    version: int
    at: AwareDatetime
    doctrail: str
    objects: int
    object_bytes: int
    review_rows: int
    unfinished: int
    inventory: str
    reviews: str
    messages: str


class Held(Frozen):
    """An object of the store."""

    key: str
    sha256: str
    size: int


class Waiting(Frozen):
    """A message that some agent had not finished."""

    topic: str
    key: str
    body: str


def read_manifest(folder: Path) -> Manifest:
    """Return what a backup says of itself.

    Raises:
        BackupError: It is none, or of another version.
    """
    try:
        found = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except FileNotFoundError as error:
        raise BackupError(
            f"{folder} is no backup, or one that was never finished: it has no {MANIFEST}"
        ) from error
    except (OSError, ValidationError) as error:
        raise BackupError(f"{folder / MANIFEST} can't be read") from error
    if found.version != VERSION:
        raise BackupError(f"{folder} is a backup of version {found.version}; this doctrail reads {VERSION}")
    return found
