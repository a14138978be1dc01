"""References to stored bytes: what messages carry instead of bytes and instead of URLs."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from schemas.forms import MAX_EXACT, MESSAGE_KEY, MediaType, Sha256, StoreKey, VersionId

__all__ = ["MessageRef", "ObjectRef", "Sha256", "StoreKey"]


class ObjectRef(BaseModel):
    """Where bytes lie and what they must be; it never expires and is verified at every read.

    Attributes:
        uri: Key relative to the store.
        sha256: Digest of the bytes, 64 hex digits.
        size: Length in bytes.
        media_type: IANA media type.
        version_id: The store's own version of the object in hex, where it keeps versions.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    uri: StoreKey
    sha256: Sha256
    size: Annotated[int, Field(ge=0, le=MAX_EXACT)]
    media_type: MediaType
    version_id: VersionId | None = None


class _OurKeysOnly:
    """Narrows a reference to the keys a message may name, in validation and in the published schema."""

    _pattern = re.compile(MESSAGE_KEY)

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        reference = dict(handler.resolve_ref_schema(handler(schema)))
        uri = {"type": "string", "pattern": MESSAGE_KEY, "maxLength": 512}
        reference["properties"] = {**reference["properties"], "uri": uri}
        return reference

    def _check(self, reference: ObjectRef) -> ObjectRef:
        if not self._pattern.fullmatch(reference.uri):
            raise ValueError("uri is not a key that a message may refer to (schemas.forms.MESSAGE_KEY)")
        return reference


MessageRef = Annotated[ObjectRef, _OurKeysOnly()]
"""A reference inside a message: its key is made of our own words, ids and numbers, never of a file name."""
