"""What a key in the store may look like: plain parts that lead nowhere outside it; pure."""

from __future__ import annotations

import re

from schemas.errors import InvariantError, PermanentError

_PLAIN = re.compile(r"[A-Za-z0-9_\-][A-Za-z0-9_\-.]*(/[A-Za-z0-9_\-][A-Za-z0-9_\-.]*)*")
MAX_LENGTH = 512


class InvalidKeyError(PermanentError):
    """A key is not plain: an id or name in it came from outside unchecked; nothing was touched."""


def require_key(key: str) -> str:
    """Return ``key`` if it is plain, relative and leads nowhere outside the store.

    Raises:
        InvalidKeyError: It is not.
    """
    if len(key) > MAX_LENGTH or not _PLAIN.fullmatch(key):
        raise InvalidKeyError(
            f"{key[:80]!r} is no store key: plain parts of letters, digits, '_', '-' and '.', none of them "
            f"starting with '.', joined by '/', at most {MAX_LENGTH} characters",
            reason="key",
        )
    return key


def is_plain(name: str) -> bool:
    """Whether ``name`` may stand in a key as it is."""
    return len(name) <= MAX_LENGTH and bool(_PLAIN.fullmatch(name))


def require_folder(prefix: str) -> str:
    """Return ``prefix`` with one closing slash; empty for the whole store.

    Raises:
        InvalidKeyError: It is no folder of plain keys.
    """
    folder = prefix.removesuffix("/")
    return f"{require_key(folder)}/" if folder else ""


def ancestors(key: str) -> list[str]:
    """Return the folders above ``key``, nearest first, without closing slashes."""
    parts = key.split("/")
    return ["/".join(parts[:count]) for count in range(len(parts) - 1, 0, -1)]


def occupied(key: str) -> InvariantError:
    """Return the error of a key under which others lie already, or which lies under another."""
    return InvariantError(f"key {key!r} would be an object and a folder at once; choose another key")
