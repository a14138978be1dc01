"""Messages for the inbox, and the schema that is published for them."""

from __future__ import annotations

import json
from typing import Any

from jsonschema import Draft202012Validator

from schemas.canonical import sha256_hex
from schemas.documents import DocumentDropped
from schemas.message import Envelope, Message
from schemas.publish import generate
from schemas.versions import decode

SHA = sha256_hex(b"bytes")
REF = {"uri": f"inbox/{SHA}", "sha256": SHA, "size": 5, "media_type": "application/pdf"}
URI = "s3://incoming/2026/lease.pdf"
EVENT = {"specversion": "1.0", "id": "A234-1234", "source": "/crm/uploads", "type": "com.example.upload"}
PUBLISHED = Draft202012Validator(generate(DocumentDropped))


def read(message: Any, **options: Any) -> Envelope[Message]:
    """Return the envelope of a message, given as bytes or as what its JSON says."""
    body = message if isinstance(message, bytes) else json.dumps(message).encode()
    return decode("documents.inbox", body, **options)
