"""doctrail of a later release: ``python -m tests.chaos.newer run --only gatekeeper``.

What it says of a document is of the next minor version, with a field that nobody knows yet; with
``CHAOS_NEXT=major`` of the next major version, which nobody can read.
"""

from __future__ import annotations

import json
import os

import store.stages
from app.cli import main
from schemas.documents import DocumentClassified
from schemas.message import Envelope, Message, encode


def _encode_newer(envelope: Envelope[Message]) -> bytes:
    body = json.loads(encode(envelope))
    if not isinstance(envelope.data, DocumentClassified):
        return encode(envelope)
    name, _, version = body["dataschema"].partition("/")
    major, minor = map(int, version.split("."))
    if os.environ.get("CHAOS_NEXT") == "major":
        body["type"] = f"{DocumentClassified.event}.v{major + 1}"
        body["dataschema"] = f"{name}/{major + 1}.0"
    else:
        body["dataschema"] = f"{name}/{major}.{minor + 1}"
    body["data"]["told_by_a_later_release"] = {"certainty": 0.5}
    return json.dumps(body).encode()


if __name__ == "__main__":
    vars(store.stages)["encode"] = _encode_newer
    main()
