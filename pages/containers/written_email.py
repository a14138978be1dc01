"""Writing an e-mail file: what an Outlook message holds within it has no file of its own."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from email.header import Header

from pages.containers.letter import Letter, in_one_line
from schemas.canonical import sha256_hex


@dataclass(frozen=True, slots=True)
class Attached:
    """An attachment; ``cid`` is its name within the text, where it has one."""

    name: str
    kind: str
    data: bytes
    cid: str = ""


def write_email(letter: Letter, attached: Sequence[Attached]) -> bytes:
    """Return an e-mail file; the same bytes for the same content."""
    parts = [
        _part(kind, (said or "").encode("utf-8", "replace"), "; charset=utf-8")
        for block in letter.blocks
        for kind, said in (("text/plain", block.text), ("text/html", block.markup))
        if said
    ]
    # Text and HTML are one text in two forms.
    alternatives = [_multipart("alternative", parts)] if len(parts) > 1 else parts
    whole = _multipart("mixed", [*alternatives, *(_attachment(one) for one in attached)])
    headers = [f"{name}: {_coded(in_one_line(value))}" for name, value in letter.headers if value.strip()]
    # What begins like this is known for an e-mail, whatever else it has.
    return (
        "\n".join(["Subject: " if not headers else headers[0], "MIME-Version: 1.0", *headers[1:], ""]).encode(
            "ascii", "replace"
        )
        + whole
    )


def _multipart(kind: str, parts: Sequence[bytes]) -> bytes:
    boundary = "=_" + sha256_hex(b"\x00".join(parts))[:32]
    mark = f"--{boundary}".encode()
    body = b"".join(mark + b"\n" + part + b"\n" for part in parts)
    return f'Content-Type: multipart/{kind}; boundary="{boundary}"\n\n'.encode() + body + mark + b"--\n"


def _attachment(one: Attached) -> bytes:
    if one.kind == "message/rfc822":
        return b"Content-Type: message/rfc822\n\n" + one.data
    cid = f"\nContent-ID: <{_coded(in_one_line(one.cid))}>" if one.cid else ""
    name = _coded(in_one_line(one.name)).replace('"', "'")
    kind = (
        one.kind
        if one.kind.isascii() and "/" in one.kind and " " not in one.kind
        else "application/octet-stream"
    )
    return _part(kind, one.data, f'; name="{name}"{cid}\nContent-Disposition: attachment; filename="{name}"')


def _part(kind: str, data: bytes, more: str) -> bytes:
    head = f"Content-Type: {kind}{more}\nContent-Transfer-Encoding: base64\n\n".encode("ascii", "replace")
    return head + base64.encodebytes(data)


def _coded(value: str) -> str:
    return (
        value
        if value.isascii() and value.isprintable()
        else Header(value, "utf-8", maxlinelen=10_000).encode()
    )
