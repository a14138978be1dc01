"""What can be wrong with a document type's folder."""

from __future__ import annotations

from schemas.errors import PermanentError


class BrokenTypeError(PermanentError):
    """A document type's folder can't be used; the sentence names the file and what to correct."""

    def __init__(self, message: str) -> None:
        super().__init__(message, reason="doc_type")
