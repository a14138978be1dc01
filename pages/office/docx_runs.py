"""The text of a DOCX's paragraphs: what is seen of it, and how much is not and why."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from pages.office.docx_styles import Looks, Styles, is_on, looks_of, number
from pages.office.xml_parts import find

DELETED = "deleted with tracked changes"
_UNSHOWN_FIELD = "instructions of a field"
# Fields that start a program or fetch a file when a word processor is allowed to.
_ACTIVE_FIELD = re.compile(r"\b(?:DDE|DDEAUTO|INCLUDETEXT|INCLUDEPICTURE|MACROBUTTON)\b", re.IGNORECASE)
_MARKS = {
    "w:tab": "\t",
    "w:cr": "\n",
    "w:noBreakHyphen": "-",
    "w:lastRenderedPageBreak": "\f",
}
# Boxes to tick, in the fonts of symbols that word processors use for them.
_SYMBOLS = {
    "F06F": "☐",
    "F0A8": "☐",
    "F072": "☐",
    "F0FE": "☑",
    "F052": "☑",
    "F0FD": "☒",
    "F078": "☒",
    "F054": "☒",
}
_DROPPED = frozenset({"w:del", "w:moveFrom"})
_REFERENCES = {"w:footnoteReference": "footnotes", "w:endnoteReference": "endnotes"}
_PICTURES = frozenset({"w:drawing", "w:pict", "w:object"})


@dataclass(slots=True)
class _Ink:
    """What decides whether the runs of a paragraph are seen."""

    style: str | None
    table_style: str | None
    shaded: bool


@dataclass(slots=True)
class _Field:
    """A field that was begun; ``chosen`` is what a form's field shows where no text stands in it."""

    shows: bool = False
    chosen: str = ""
    since: int = 0


@dataclass(slots=True)
class Runs:
    """Reads paragraphs; counts what is hidden, notes what they hold besides text."""

    styles: Styles
    dark: bool
    hidden: Counter[str] = field(default_factory=Counter)
    unseen: list[str] = field(default_factory=list)
    pictures: int = 0
    active: bool = False
    referred: dict[str, list[str]] = field(default_factory=lambda: {"footnotes": [], "endnotes": []})
    _boxes: list[ET.Element] = field(default_factory=list)
    _fields: list[_Field] = field(default_factory=list)

    def text(self, paragraph: ET.Element, style: str | None, table_style: str | None, *, shaded: bool) -> str:
        """Return the visible text of a paragraph; form feeds stand where a page ends."""
        out: list[str] = []
        self._inside(paragraph, _Ink(style, table_style, shaded or self.dark), out)
        # A field shows at the latest what stands in the next paragraph: a broken one must hide no page.
        self._fields = [_Field(shows=True, chosen=begun.chosen) for begun in self._fields]
        return "".join(out)

    def take_boxes(self) -> list[ET.Element]:
        """Return the text boxes met since the last call."""
        boxes, self._boxes = self._boxes, []
        return boxes

    def hide_all(self, element: ET.Element, why: str) -> None:
        """Count all text in ``element`` as hidden."""
        text = " ".join(found.text or "" for found in element.iter() if found.tag in ("w:t", "w:delText"))
        self._hide(why, text)

    def _hide(self, why: str, text: str) -> None:
        self.hidden[why] += len(text.split())
        self.unseen.append(text)

    def _inside(self, element: ET.Element, ink: _Ink, out: list[str]) -> None:
        for child in element:
            tag = child.tag
            if tag == "w:r":
                self._run(child, ink, out)
            elif tag in _DROPPED:
                self.hide_all(child, DELETED)
            elif tag == "mc:AlternateContent":
                choice = child.find("mc:Choice")
                alternative = choice if choice is not None else child.find("mc:Fallback")
                if alternative is not None:
                    self._inside(alternative, ink, out)
            elif tag in ("other:oMath", "other:oMathPara"):
                out.append("".join(found.text or "" for found in child.iter("other:t")))
            elif tag != "w:pPr":
                self._inside(child, ink, out)

    def _run(self, run: ET.Element, ink: _Ink, out: list[str]) -> None:
        properties = run.find("w:rPr")
        own = looks_of(properties)
        named = properties.find("w:rStyle") if properties is not None else None
        if (
            own.vanish is None
            and own.colour is None
            and own.size is None
            and named is None
            and not ink.table_style
        ):
            looks = self.styles.looks(own, ink.style)
        else:
            character = named.get("w:val") if named is not None else None
            looks = self.styles.looks(own, character, ink.style, ink.table_style)
        looks.shaded = looks.shaded or ink.shaded
        for child in run:
            self._piece(child, looks, ink, out)

    def _piece(self, child: ET.Element, looks: Looks, ink: _Ink, out: list[str]) -> None:
        tag = child.tag
        if tag == "w:t":
            self._shown(child.text or "", looks, out)
        elif tag in _MARKS:
            out.append(_MARKS[tag])
        elif tag == "w:br":
            out.append("\f" if child.get("w:type") == "page" else "\n")
        elif tag == "w:sym":
            self._shown(_SYMBOLS.get(child.get("w:char", "").upper(), ""), looks, out)
        elif tag in _PICTURES:
            self._picture(child)
        elif tag == "mc:AlternateContent":
            choice = child.find("mc:Choice")
            for piece in choice if choice is not None else ():
                self._piece(piece, looks, ink, out)
        elif tag == "w:fldChar":
            self._field(child, looks, out)
        else:
            self._unwritten(child)

    def _unwritten(self, child: ET.Element) -> None:
        """Take what stands in a run and shows no text where it stands."""
        tag = child.tag
        if tag == "w:instrText":
            self.active = self.active or _ACTIVE_FIELD.search(child.text or "") is not None
        elif tag == "w:delText":
            self._hide(DELETED, child.text or "")
        elif tag in _REFERENCES:
            self.referred[_REFERENCES[tag]].append(child.get("w:id", ""))

    def _shown(self, text: str, looks: Looks, out: list[str]) -> None:
        why = looks.hidden()
        if why is None and not all(begun.shows for begun in self._fields):
            why = _UNSHOWN_FIELD
        if why is None:
            out.append(text.replace("\f", " "))
        else:
            self._hide(why, text)

    def _field(self, child: ET.Element, looks: Looks, out: list[str]) -> None:
        """Follow a field: its instructions come first, and what it shows after them."""
        kind = child.get("w:fldCharType")
        if kind == "begin":
            self._fields.append(_Field(chosen=_chosen(child), since=len(out)))
        elif kind == "separate" and self._fields:
            self._fields[-1].shows = True
        elif kind == "end" and self._fields:
            ended = self._fields.pop()
            if ended.chosen and not "".join(out[ended.since :]).strip():
                self._shown(ended.chosen, looks, out)

    def _picture(self, element: ET.Element) -> None:
        boxes = list(_outermost(element, "w:txbxContent"))
        self._boxes += boxes
        if not boxes:
            self.pictures += any(found.tag.endswith((":blip", ":imagedata")) for found in element.iter())


def _chosen(begin: ET.Element) -> str:
    """Return what a form's list or box was set to: it is kept in the field, not in the text."""
    box, choices = find(begin, "w:ffData", "w:checkBox"), find(begin, "w:ffData", "w:ddList")
    if box is not None:
        given = box.find("w:checked")
        given = box.find("w:default") if given is None else given
        return "☒" if given is not None and is_on(given) else "☐"
    if choices is None:
        return ""
    given = choices.find("w:result")
    given = choices.find("w:default") if given is None else given
    place = number(given.get("w:val")) if given is not None else 0
    entries = [entry.get("w:val", "") for entry in choices.findall("w:listEntry")]
    return entries[place] if place is not None and 0 <= place < len(entries) else ""


def _outermost(element: ET.Element, tag: str) -> Iterator[ET.Element]:
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag == "mc:AlternateContent":
            yield from (found for choice in child.findall("mc:Choice") for found in _outermost(choice, tag))
        else:
            yield from _outermost(child, tag)
