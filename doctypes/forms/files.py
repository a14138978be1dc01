"""Files that were made of a document, as values: their key in the store."""

from __future__ import annotations

import re

from doctypes.forms.result import Normalised, nothing

_KEY = re.compile(r"documents/[0-9a-f-]{36,64}/artifacts/[a-z_]+/[0-9a-f]{64}/[a-z0-9_]+\.[a-z]+")


def normalise_file(raw: str) -> Normalised:
    """Return the key of a file among the artifacts of a document; nothing else names a file."""
    text = raw.strip()
    return Normalised(text) if _KEY.fullmatch(text) else nothing("no file made of a document")
