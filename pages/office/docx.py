"""DOCX: paragraphs, headings, lists and tables as a reader of the document sees them."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, field

from pages.laid_out import flow_pages
from pages.laid_out.flow import Block, Flow, PageEnd, Paragraph, Table, TableCell, TableRow
from pages.limits import ReadLimits
from pages.office.docx_numbers import Numbering, read_numbering
from pages.office.docx_runs import Runs
from pages.office.docx_styles import Styles, heading_of, is_shaded, number, number_of, read_styles
from pages.office.package import Package, opened
from pages.office.unseen import note_left_out, note_package
from pages.office.xml_parts import find
from pages.parts import Progress, Reading, Rendering, UnreadableError
from schemas.classification import RejectReason
from schemas.layout import NoteKind

# Elements around paragraphs, or around runs, that only group them.
GROUPS = frozenset({"w:sdt", "w:sdtContent", "w:customXml", "w:smartTag", "w:ins", "w:moveTo"})
MOST_COLUMNS = 1000


def read(data: bytes, limits: ReadLimits, progress: Progress) -> Reading:
    """Return the pages of a DOCX; see ``pages.parts.Format``."""
    return flow_pages.read(flow_of(data), limits, progress)


def render(data: bytes, rendering: Rendering, limits: ReadLimits) -> bytes:  # noqa: ARG001 (a Format's shape)
    """Return one laid-out page as PNG; see ``pages.parts.Format``."""
    return flow_pages.render(flow_of(data), rendering)


def flow_of(data: bytes) -> Flow:
    """Return what a DOCX shows; raises UnreadableError if it can't be read."""
    with opened(data) as package:
        name = package.main_part()
        relations = package.relations(name)
        root = package.tree(name)
        body = root.find("w:body")
        if body is None:
            raise UnreadableError(RejectReason.UNREADABLE, "the document has no body")
        parts = {relation.kind: relation.part for relation in relations.values() if relation.part is not None}
        styles, numbering = Styles(), Numbering()
        if package.has(parts.get("styles", "")):
            styles = read_styles(package.tree(parts["styles"]))
        if package.has(parts.get("numbering", "")):
            numbering = read_numbering(package.tree(parts["numbering"]))
        background = root.find("w:background")
        dark = background is not None and background.get("w:color", "FFFFFF").upper() not in (
            "FFFFFF",
            "AUTO",
        )
        reader = _Body(styles, numbering, Runs(styles, dark=dark))
        flow = Flow([])
        targets = {key: relation.part for key, relation in relations.items() if relation.part is not None}
        flow.blocks += _marginal(package, reader, body, targets, "w:headerReference")
        flow.blocks += reader.blocks(body)
        flow.blocks += _notes(package, reader, parts)
        flow.blocks += _marginal(package, reader, body, targets, "w:footerReference")
        _remark(flow, package, reader.runs, parts)
    return flow


@dataclass(slots=True)
class _Body:
    """Turns elements to blocks, counting numbers and what is left out on the way."""

    styles: Styles
    numbering: Numbering
    runs: Runs
    shown: set[str] = field(default_factory=set)

    def blocks(self, container: ET.Element) -> list[Block]:
        """Return the blocks of what holds paragraphs and tables."""
        out: list[Block] = []
        for element in children(container):
            if element.tag == "w:p":
                out += self.paragraph(element)
            elif element.tag == "w:tbl":
                out += self.table(element)
        return out

    def paragraph(
        self, element: ET.Element, *, table_style: str | None = None, shaded: bool = False
    ) -> list[Block]:
        """Return a paragraph, parted where a page ends, with the text boxes that hang on it after it."""
        properties = element.find("w:pPr")
        style = _style(properties, "w:pStyle")
        text = self.runs.text(element, style, table_style, shaded=shaded or is_shaded(properties))
        boxes = self.runs.take_boxes()
        heading = heading_of(properties) or self.styles.heading(style)
        out: list[Block] = []
        indent = 0
        numbered = number_of(properties) or self.styles.number(style)
        if numbered is not None and text.strip():
            label = self.numbering.label(*numbered)
            indent = 2 * min(numbered[1], 8)
            text = f"{label} {text.lstrip(chr(9))}" if label else text
        for place, part in enumerate(text.split("\f")):
            if place:
                out.append(PageEnd())
            if part.strip():
                out.append(Paragraph(part, heading, indent))
        for box in boxes:
            out += self.blocks(box)
        return out

    def table(self, element: ET.Element) -> list[Block]:
        """Return a table; one of a single column is a frame around what it holds."""
        properties = element.find("w:tblPr")
        style = _style(properties, "w:tblStyle")
        rows = []
        frames: list[list[Block]] = []
        for place, row in enumerate(_rows(element), start=1):
            change = row.find("w:trPr")
            if change is not None and change.find("w:del") is not None:
                self.runs.hide_all(row, "deleted with tracked changes")
                continue
            cells = []
            for column, cell in _cells(row):
                cell_properties = cell.find("w:tcPr")
                shaded = is_shaded(cell_properties) or is_shaded(properties)
                blocks = self._cell(cell, style, shaded=shaded)
                frames.append(blocks)
                text = "\n".join(_texts(blocks))
                if text.strip():
                    cells.append(TableCell(column, text))
            if cells:
                rows.append(TableRow(place, cells))
        if not any(cell.column > 1 for row in rows for cell in row.cells):
            return [block for blocks in frames for block in blocks]
        return [Table(rows)]

    def _cell(self, cell: ET.Element, style: str | None, *, shaded: bool) -> list[Block]:
        out: list[Block] = []
        for element in children(cell):
            if element.tag == "w:p":
                out += self.paragraph(element, table_style=style, shaded=shaded)
            elif element.tag == "w:tbl":
                out += self.table(element)
        return [block for block in out if not isinstance(block, PageEnd)]


def children(container: ET.Element) -> Iterator[ET.Element]:
    """Yield what a container holds, through elements that only group."""
    for element in container:
        if element.tag in GROUPS:
            yield from children(element)
        elif element.tag == "mc:AlternateContent":
            choice = element.find("mc:Choice")
            alternative = choice if choice is not None else element.find("mc:Fallback")
            if alternative is not None:
                yield from children(alternative)
        else:
            yield element


def _style(properties: ET.Element | None, name: str) -> str | None:
    found = properties.find(name) if properties is not None else None
    return found.get("w:val") if found is not None else None


def _rows(table: ET.Element) -> Iterator[ET.Element]:
    return (element for element in children(table) if element.tag == "w:tr")


def _cells(row: ET.Element) -> Iterator[tuple[int, ET.Element]]:
    column = 1
    before = find(row, "w:trPr", "w:gridBefore")
    if before is not None:
        column += max(0, min(number(before.get("w:val")) or 0, MOST_COLUMNS))
    for element in children(row):
        if element.tag != "w:tc":
            continue
        yield column, element
        span = find(element, "w:tcPr", "w:gridSpan")
        column += max(1, min(number(span.get("w:val")) or 1, MOST_COLUMNS)) if span is not None else 1


def _texts(blocks: list[Block]) -> Iterator[str]:
    for block in blocks:
        if isinstance(block, Paragraph):
            yield block.text
        elif isinstance(block, Table):
            for row in block.rows:
                yield "  ".join(cell.text.replace("\n", " ") for cell in row.cells)


def _marginal(
    package: Package, reader: _Body, body: ET.Element, targets: dict[str, str], reference: str
) -> list[Block]:
    """Return what stands at the head, or foot, of pages, each text once."""
    out: list[Block] = []
    for section in body.iter("w:sectPr"):
        first = section.find("w:titlePg") is not None
        for element in section.findall(reference):
            part = targets.get(element.get("r:id", ""))
            if part is None or part in reader.shown or not package.has(part):
                continue
            if element.get("w:type") == "even" or (element.get("w:type") == "first" and not first):
                continue
            reader.shown.add(part)
            out += reader.blocks(package.tree(part))
    return [block for block in out if not isinstance(block, PageEnd)]


def _notes(package: Package, reader: _Body, parts: dict[str, str]) -> list[Block]:
    """Return the footnotes and endnotes that the text refers to, each after its number."""
    out: list[Block] = []
    for kind, tag in (("footnotes", "w:footnote"), ("endnotes", "w:endnote")):
        wanted = reader.runs.referred[kind]
        if not wanted or not package.has(parts.get(kind, "")):
            continue
        by_id = {element.get("w:id"): element for element in package.tree(parts[kind]).iter(tag)}
        for place, note in enumerate(wanted, start=1):
            element = by_id.get(note)
            blocks = reader.blocks(element) if element is not None else []
            text = "\n".join(_texts(blocks)).strip()
            if text:
                out.append(Paragraph(f"{place} {text}"))
    return out


def _remark(flow: Flow, package: Package, runs: Runs, parts: dict[str, str]) -> None:
    note_left_out(flow, runs.hidden, runs.unseen)
    note_package(flow, package, runs.active)
    if runs.pictures:
        flow.note(NoteKind.NOT_READ, f"pictures in the text are not read ({runs.pictures})")
    if package.has(parts.get("comments", "")):
        count = sum(1 for _ in package.tree(parts["comments"]).iter("w:comment"))
        if count:
            flow.note(NoteKind.NOT_READ, f"comments in the margin are not read ({count})")
