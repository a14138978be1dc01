"""An e-mail's own words as a document: who wrote to whom, when, about what, and the text itself."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pages.sniff import HTML

TITLE = "E-mail"
"""The first line, so that what is composed is not taken for an e-mail again."""

SHOWN_HEADERS = ("From", "To", "Cc", "Date", "Subject")
LONGEST_HEADER = 2000
_BLANK = re.compile(r"\s+")
_ARMOUR = "-----BEGIN PGP MESSAGE-----"


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of an e-mail's text, as plain text, as HTML, or as both."""

    text: str | None = None
    markup: str | None = None

    @property
    def words(self) -> str:
        """What it says, as plain text."""
        if self.text is not None and self.text.strip():
            return self.text
        return words_of(self.markup) if self.markup is not None else ""

    @property
    def page(self) -> str | None:
        """Its HTML, where that says anything: programs send an empty page beside a text that says it all."""
        return self.markup if self.markup is not None and words_of(self.markup) else None


def in_one_form(forms: Sequence[Sequence[Block]]) -> Block | None:
    """Return one text that was sent in several forms: what is shown is the last HTML that says something.

    A form may be in pieces (Apple Mail cuts its HTML at every attachment), and all of them are shown.
    """
    plain = next((form for form in forms if any(block.words.strip() for block in form)), None)
    if plain is None:
        return None
    shown = next((form for form in reversed(forms) if any(block.page for block in form)), None)
    text = "\n".join(block.words for block in plain)
    return Block(text, _joined(shown) if shown else None)


@dataclass(frozen=True, slots=True)
class Letter:
    """What an e-mail says by itself: the headers a reader is shown, and its text in their order."""

    headers: tuple[tuple[str, str], ...]
    blocks: tuple[Block, ...]

    @property
    def encrypted(self) -> bool:
        """Whether its text is a cipher."""
        return any(_ARMOUR in (block.text or "")[:2000] for block in self.blocks)


def compose(letter: Letter) -> bytes | None:
    """Return the letter as a file of its own, HTML where that is read, else text; None where it says nothing.

    What a mail program shows is the HTML, so that is what is read where there are both.
    """
    from pages.formats import FORMATS

    blocks = [block for block in letter.blocks if block.words.strip()]
    if not blocks:
        return None
    headers = [f"{name}: {in_one_line(value)}" for name, value in letter.headers if value.strip()]
    if HTML in FORMATS and any(block.page for block in blocks):
        return _page(headers, blocks)
    lines = [TITLE, "", *headers, "", *(block.words for block in blocks)]
    return "\n".join(lines).encode("utf-8", "replace")


_SEEN = "display:block!important;visibility:visible!important;color:#000!important;background:#fff!important"


def _page(headers: Iterable[str], blocks: Sequence[Block]) -> bytes:
    # The e-mail's own styles must not hide who wrote it.
    shown = "".join(f'<p style="{_SEEN}">{html.escape(line)}</p>' for line in headers)
    said = _joined(blocks)
    head = f'<!doctype html><html><head><meta charset="utf-8"><title>{TITLE}</title></head>'
    return f"{head}<body>{shown}<hr>{said}</body></html>".encode("utf-8", "replace")


def _joined(blocks: Iterable[Block]) -> str:
    return "<hr>".join(
        block.page or f"<pre>{html.escape(block.words)}</pre>" for block in blocks if block.words.strip()
    )


def in_one_line(value: str) -> str:
    """Return a header's value without line breaks, cut to a length."""
    return _BLANK.sub(" ", value).strip()[:LONGEST_HEADER]


_PIECE = re.compile(r"<!--|<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*>|<[^<>]*>|[^<]+|<")
_SILENT = frozenset({"script", "style", "head", "title"})
_BREAKS = frozenset({"br", "p", "div", "tr", "li", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "table"})


def words_of(markup: str) -> str:
    """Return the words of an HTML text, roughly as they are shown, line by line; in one pass."""
    said: list[str] = []
    silent = ""
    place = 0
    while piece := _PIECE.match(markup, place):
        place = piece.end()
        name = (piece[2] or "").lower()
        if piece[0] == "<!--":
            end = markup.find("-->", place)
            place = len(markup) if end < 0 else end + 3
        elif name:
            if silent:
                silent = "" if piece[1] and name == silent else silent
            elif name in _SILENT and not piece[1]:
                silent = name
            said.append("\n" if name in _BREAKS else "")
        elif not silent and not piece[0].startswith("<"):
            said.append(html.unescape(_BLANK.sub(" ", piece[0])))
    lines = (" ".join(line.split()) for line in "".join(said).splitlines())
    return "\n".join(line for line in lines if line)
