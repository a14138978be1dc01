"""An attachment by itself: a document, or something that is none and is listed with the reason."""

from __future__ import annotations

import io
from dataclasses import dataclass

from pages.containers.contents import Contents

SMALL_PICTURE_BYTES = 20_000
SMALL_PICTURE_PIXELS = 300 * 300
"""An inline picture with fewer bytes or pixels is a logo, not a photo of a document."""

TINY_SIDE = 64
"""No document fits on fewer pixels, wherever the picture hangs."""

_KINDS_LEFT_OUT = {
    "application/pkcs7-signature": "a signature, which is not checked",
    "application/x-pkcs7-signature": "a signature, which is not checked",
    "application/pgp-signature": "a signature, which is not checked",
    "application/pgp-keys": "a key",
    "text/calendar": "a calendar entry, which is not read",
    "application/ics": "a calendar entry, which is not read",
    "text/vcard": "a contact card, which is not read",
    "text/x-vcard": "a contact card, which is not read",
    "text/rfc822-headers": "headers of another e-mail",
}
_NAMES_LEFT_OUT = {
    ".p7s": "a signature, which is not checked",
    ".asc": "a signature, which is not checked",
    ".ics": "a calendar entry, which is not read",
    ".vcf": "a contact card, which is not read",
}


@dataclass(frozen=True, slots=True)
class Leaf:
    """An attachment.

    Attributes:
        kind: Media type, as the e-mail says.
        inline: Shown within the text, as logos are.
    """

    place: str
    name: str | None
    kind: str
    data: bytes
    inline: bool


def take_leaf(contents: Contents, leaf: Leaf) -> None:
    """Take an attachment as a document, or list why it is none."""
    why = _why_left_out(leaf)
    if why is None:
        contents.add(leaf.place, leaf.name, leaf.data)
    else:
        contents.leave_out(leaf.name, why, media_type=leaf.kind, size=len(leaf.data))


def _why_left_out(leaf: Leaf) -> str | None:
    if leaf.kind in _KINDS_LEFT_OUT:
        return _KINDS_LEFT_OUT[leaf.kind]
    name = (leaf.name or "").lower()
    for ending, why in _NAMES_LEFT_OUT.items():
        if name.endswith(ending):
            return why
    return _why_no_photo(leaf) if leaf.kind.startswith("image/") else None


def _why_no_photo(leaf: Leaf) -> str | None:
    size = _pixels(leaf.data)
    if size is not None and min(size) < TINY_SIDE:
        return f"a picture of {size[0]} × {size[1]} pixels, too small for a document"
    if not leaf.inline:
        return None
    if len(leaf.data) < SMALL_PICTURE_BYTES:
        return f"a picture of {len(leaf.data)} bytes within the text, as logos are"
    if size is not None and size[0] * size[1] < SMALL_PICTURE_PIXELS:
        return f"a picture of {size[0]} × {size[1]} pixels within the text, as logos are"
    return None


def _pixels(data: bytes) -> tuple[int, int] | None:
    """Return a picture's width and height by its header; None for what is no picture that is read."""
    from PIL import Image

    try:
        with Image.open(io.BytesIO(data)) as image:
            return image.size
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        # Whatever it is, it is read, or refused, as a document of its own.
        return None
