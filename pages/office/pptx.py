"""PPTX: the text of every slide that is shown, a page or more each; its colours are not judged."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from pages.laid_out import flow_pages
from pages.laid_out.flow import Block, Flow, PageEnd, Paragraph, Table, TableCell, TableRow
from pages.limits import ReadLimits
from pages.office.docx_styles import number
from pages.office.package import Package, opened
from pages.office.unseen import note_left_out, note_package
from pages.office.xml_parts import find
from pages.parts import Progress, Reading, Rendering, UnreadableError
from schemas.classification import RejectReason
from schemas.layout import NoteKind

HIDDEN_SHAPE, OFF_SLIDE, TINY = "in hidden shapes", "placed off the slide", "too small to see"
_TITLES = frozenset(("title", "ctrTitle"))
# Hundredths of a point.
_LEAST_SIZE = 200
_MOST_INDENT = 8
_OFF, _ON = ("0", "false"), ("1", "true")


def read(data: bytes, limits: ReadLimits, progress: Progress) -> Reading:
    """Return the pages of a PPTX; see ``pages.parts.Format``."""
    return flow_pages.read(flow_of(data, limits), limits, progress)


def render(data: bytes, rendering: Rendering, limits: ReadLimits) -> bytes:
    """Return one laid-out page as PNG; see ``pages.parts.Format``."""
    return flow_pages.render(flow_of(data, limits), rendering)


def flow_of(data: bytes, limits: ReadLimits) -> Flow:
    """Return what a PPTX shows; raises UnreadableError if it can't be read."""
    flow = Flow([])
    with opened(data) as package:
        name = package.main_part()
        show = package.tree(name)
        relations = package.relations(name)
        slides = [
            relation.part
            for element in find(show, "p:sldIdLst") or ()
            if (relation := relations.get(element.get("r:id", ""))) is not None and relation.part is not None
        ]
        if len(slides) > limits.pages:
            detail = f"{len(slides)} slides, {limits.pages} are allowed"
            raise UnreadableError(RejectReason.TOO_MANY_PAGES, detail)
        size = find(show, "p:sldSz")
        reader = _Slides(_size(size, "cx"), _size(size, "cy"))
        for part in slides:
            flow.blocks += [PageEnd(), *reader.slide(package, part)]
        _remark(flow, package, reader)
    return flow


@dataclass(slots=True)
class _Slides:
    """Reads slides of one size, counting what is left out."""

    width: int | None
    height: int | None
    hidden: Counter[str] = field(default_factory=Counter)
    unseen: int = 0
    spoken: int = 0
    pictures: int = 0

    def slide(self, package: Package, part: str) -> list[Block]:
        """Return the blocks of a slide, its title first; none of a hidden one."""
        root = package.tree(part)
        if root.get("show") in _OFF:
            self.unseen += 1
            return []
        for relation in package.relations(part).values():
            if relation.kind == "notesSlide" and relation.part is not None and package.has(relation.part):
                self.spoken += any(_words(body) for body in _bodies(package.tree(relation.part)))
        titles: list[Block] = []
        others: list[Block] = []
        for shape in _shapes(find(root, "p:cSld", "p:spTree")):
            why = self._why_hidden(shape)
            if why is not None:
                self.hidden[why] += _words(shape)
                continue
            self.pictures += shape.tag == "p:pic"
            is_title = any(holder.get("type") in _TITLES for holder in shape.iter("p:ph"))
            (titles if is_title else others).extend(self._blocks(shape, is_title=is_title))
        return [*titles, *others]

    def _blocks(self, shape: ET.Element, *, is_title: bool) -> Iterator[Block]:
        body = find(shape, "p:txBody")
        if body is not None:
            yield from self._paragraphs(body, 1 if is_title else None)
        for table in shape.iter("a:tbl"):
            rows = []
            for place, row in enumerate(table.findall("a:tr"), start=1):
                cells = []
                for column, cell in enumerate(row.findall("a:tc"), start=1):
                    content = find(cell, "a:txBody")
                    texts = self._paragraphs(content, None) if content is not None else ()
                    text = "\n".join(block.text for block in texts)
                    if text.strip():
                        cells.append(TableCell(column, text))
                if cells:
                    rows.append(TableRow(place, cells))
            yield Table(rows)

    def _paragraphs(self, body: ET.Element, heading: int | None) -> Iterator[Paragraph]:
        for paragraph in body.findall("a:p"):
            parts: list[str] = []
            for run in paragraph:
                if run.tag == "a:br":
                    parts.append("\n")
                elif run.tag in ("a:r", "a:fld"):
                    parts.append(self._run(run))
            text = "".join(parts).strip()
            if text:
                properties = find(paragraph, "a:pPr")
                level = number(properties.get("lvl")) if properties is not None else None
                yield Paragraph(text, heading, 2 * max(0, min(level or 0, _MOST_INDENT)))

    def _run(self, run: ET.Element) -> str:
        content = find(run, "a:t")
        text = (content.text or "") if content is not None else ""
        properties = find(run, "a:rPr")
        size = number(properties.get("sz")) if properties is not None else None
        if size is not None and size < _LEAST_SIZE:
            self.hidden[TINY] += len(text.split())
            return ""
        return text.replace("\v", "\n")

    def _why_hidden(self, shape: ET.Element) -> str | None:
        if any(named.get("hidden") in _ON for named in shape.iter("p:cNvPr")):
            return HIDDEN_SHAPE
        frame = find(shape, "p:spPr", "a:xfrm")
        frame = frame if frame is not None else find(shape, "p:xfrm")
        if frame is None or self.width is None or self.height is None:
            return None
        at, extent = find(frame, "a:off"), find(frame, "a:ext")
        left, top = _size(at, "x"), _size(at, "y")
        wide, high = _size(extent, "cx"), _size(extent, "cy")
        if left is None or top is None or wide is None or high is None:
            return None
        on_slide = left < self.width and top < self.height and left + wide > 0 and top + high > 0
        return None if on_slide else OFF_SLIDE


def _shapes(container: ET.Element | None, *, placed: bool = True) -> Iterator[ET.Element]:
    """Yield shapes through groups; within a group, places are the group's own, and are dropped."""
    for element in container if container is not None else ():
        if element.tag == "p:grpSp":
            named = find(element, "p:nvGrpSpPr", "p:cNvPr")
            if named is not None and named.get("hidden") in _ON:
                yield element
            else:
                yield from _shapes(element, placed=False)
        elif element.tag == "mc:AlternateContent":
            choice = element.find("mc:Choice")
            yield from _shapes(choice if choice is not None else element.find("mc:Fallback"), placed=placed)
        elif element.tag in ("p:sp", "p:graphicFrame", "p:pic"):
            frame = find(element, "p:spPr", "a:xfrm")
            if not placed and frame is not None:
                frame.clear()
            yield element


def _bodies(root: ET.Element) -> Iterator[ET.Element]:
    """Yield what a speaker's notes say, without the slide's number and picture."""
    for shape in root.iter("p:sp"):
        if any(holder.get("type") == "body" for holder in shape.iter("p:ph")):
            yield shape


def _words(element: ET.Element) -> int:
    return sum(len((text.text or "").split()) for text in element.iter("a:t"))


def _size(element: ET.Element | None, name: str) -> int | None:
    return number(element.get(name)) if element is not None else None


def _remark(flow: Flow, package: Package, reader: _Slides) -> None:
    note_left_out(flow, reader.hidden)
    note_package(flow, package)
    if reader.unseen:
        flow.note(NoteKind.HIDDEN_TEXT, f"hidden slides are left out ({reader.unseen})")
    if reader.spoken:
        flow.note(NoteKind.HIDDEN_TEXT, f"speaker notes are left out (of {reader.spoken} slides)")
    if reader.pictures:
        flow.note(NoteKind.NOT_READ, f"pictures on slides are not read ({reader.pictures})")
