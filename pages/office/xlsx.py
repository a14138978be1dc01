"""XLSX: sheets as they are shown, values as they were last computed and formatted."""

from __future__ import annotations

from collections import Counter

from pages.laid_out import flow_pages
from pages.laid_out.flow import Flow, PageEnd, Paragraph, Table
from pages.laid_out.grid import ROWS
from pages.limits import ReadLimits
from pages.office.package import Package, opened
from pages.office.unseen import note_left_out, note_package
from pages.office.xlsx_sheet import Sheet, Strings
from pages.office.xlsx_styles import read_styles
from pages.office.xml_parts import find
from pages.parts import Progress, Reading, Rendering
from schemas.layout import NoteKind

_DRAWINGS = ("xl/drawings/drawing", "xl/charts/chart")


def read(data: bytes, limits: ReadLimits, progress: Progress) -> Reading:
    """Return the pages of an XLSX; see ``pages.parts.Format``."""
    return flow_pages.read(flow_of(data, limits), limits, progress)


def render(data: bytes, rendering: Rendering, limits: ReadLimits) -> bytes:
    """Return one laid-out page as PNG; see ``pages.parts.Format``."""
    return flow_pages.render(flow_of(data, limits), rendering)


def flow_of(data: bytes, limits: ReadLimits) -> Flow:
    """Return what an XLSX shows; raises UnreadableError if it can't be read."""
    flow = Flow([])
    with opened(data) as package:
        name = package.main_part()
        relations = package.relations(name)
        book = package.tree(name)
        parts = {relation.kind: relation.part for relation in relations.values() if relation.part is not None}
        strings, styles = Strings(), []
        if package.has(parts.get("sharedStrings", "")):
            package.parse(parts["sharedStrings"], strings)
        if package.has(parts.get("styles", "")):
            styles = read_styles(package.tree(parts["styles"]))
        settings = find(book, "x:workbookPr")
        from_1904 = settings is not None and settings.get("date1904") in ("1", "true")
        hidden: Counter[str] = Counter()
        uncomputed = unseen = 0
        for element in find(book, "x:sheets") or ():
            relation = relations.get(element.get("r:id", ""))
            if element.get("state", "visible") != "visible":
                unseen += 1
                continue
            if relation is None or relation.part is None or relation.kind != "worksheet":
                continue
            sheet = Sheet(strings.texts, styles, from_1904=from_1904, most_rows=limits.pages * ROWS)
            package.parse(relation.part, sheet)
            if sheet.rows:
                title = Paragraph(element.get("name", ""), heading=1)
                flow.blocks += [PageEnd(), title, Table(sheet.rows, wide=True)]
            hidden += sheet.hidden
            uncomputed += sheet.uncomputed
        note_left_out(flow, hidden)
        _remark(flow, package, unseen, uncomputed)
    return flow


def _remark(flow: Flow, package: Package, unseen: int, uncomputed: int) -> None:
    note_package(flow, package)
    if unseen:
        flow.note(NoteKind.HIDDEN_TEXT, f"hidden sheets are left out ({unseen})")
    if uncomputed:
        flow.note(
            NoteKind.FORMULAS,
            f"formulas whose values the file does not hold are left out ({uncomputed}); "
            "open and save it in a spreadsheet program to have them computed",
        )
    drawings = sum(name.startswith(_DRAWINGS) and name.endswith(".xml") for name in package.names())
    if drawings:
        flow.note(NoteKind.NOT_READ, f"charts, pictures and text boxes are not read ({drawings} drawings)")
