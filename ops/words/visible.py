"""Making text that strangers wrote safe to look at: nothing it holds can move a cursor or turn a line."""

from __future__ import annotations

import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Unicode categories that a reader can't see but a terminal or browser obeys."""

_SHORT = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def visible(text: str) -> str:
    r"""Return ``text`` on one line with every control, bidi and invisible character spelt out.

    Escape sequences, bidi overrides, zero-width characters and line separators become ``\x1b``,
    ``\u202e`` and the like, so that what is printed is what is there.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_spelt(character) for character in text)


def shown(text: str, limit: int | None = 160) -> str:
    """Return ``visible(text)``, cut after ``limit`` characters with the number left out named."""
    if limit is None or len(text) <= limit:
        return visible(text)
    return f"{visible(text[:limit])}… (+{len(text) - limit} characters)"


def visible_lines(text: str) -> list[str]:
    """Return the lines of ``text``, each made visible; only real line breaks separate them."""
    return [visible(line) for line in text.replace("\r\n", "\n").split("\n")]


def _spelt(character: str) -> str:
    if unicodedata.category(character) not in _HIDDEN:
        return character
    if character in _SHORT:
        return _SHORT[character]
    code = ord(character)
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
