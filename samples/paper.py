"""Putting contracts on paper: running text, headings, tables and signatures as a reproducible PDF."""

from __future__ import annotations

import copy
import io
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.enums import TA_CENTER, TA_JUSTIFY, TA_LEFT
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    KeepTogether,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
)

from samples.sample import chance

_FAMILIES = {
    "times": ("Times-Roman", "Times-Bold", "Times-Italic"),
    "helvetica": ("Helvetica", "Helvetica-Bold", "Helvetica-Oblique"),
    "courier": ("Courier", "Courier-Bold", "Courier-Oblique"),
}


@dataclass(frozen=True, slots=True)
class Look:
    """The typography of one contract.

    Attributes:
        family: Key of the font family.
        size: Of the body text in points.
        numbering: How clauses are numbered: ``1.``, ``1``, ``Section``, ``Article``, ``§``.
        heading: ``bold``, ``caps``, ``underlined`` or ``run-in``.
        justified: Whether body text is set to both margins.
        margin: In points.
        letter: US letter instead of A4.
        footer: ``page``, ``page of``, ``initials``, ``title`` or ``none``.
    """

    family: str
    size: float
    numbering: str
    heading: str
    justified: bool
    margin: float
    letter: bool
    footer: str

    @property
    def fonts(self) -> tuple[str, str, str]:
        """Return the names of the regular, bold and italic font."""
        return _FAMILIES[self.family]


def some_look(rng: random.Random, *, letter: bool) -> Look:
    """Return a look as law firms, agents and people at home choose them."""
    family = rng.choices(("times", "helvetica", "courier"), (6, 4, 0.6))[0]
    return Look(
        family=family,
        size=rng.choice((9.5, 10.0, 10.5, 11.0, 11.5)) - (0.8 if family != "times" else 0),
        numbering=rng.choice(("1.", "1.", "1", "Section", "Article", "§")),
        heading=rng.choice(("bold", "caps", "underlined", "run-in", "bold")),
        justified=chance(rng, 0.6),
        margin=rng.choice((56.0, 64.0, 72.0, 80.0)),
        letter=letter,
        footer=rng.choice(("page", "page of", "initials", "title", "none", "page of")),
    )


@dataclass(slots=True)
class Story:
    """A contract being written, from top to bottom."""

    look: Look
    title: str
    parts: list[Flowable] = field(default_factory=list)
    clauses: int = 0

    def style(self, **changes: object) -> ParagraphStyle:
        """Return the body style with ``changes``."""
        options: dict[str, object] = {
            "fontName": self.look.fonts[0],
            "fontSize": self.look.size,
            "leading": self.look.size * 1.32,
            "alignment": TA_JUSTIFY if self.look.justified else TA_LEFT,
            "spaceAfter": self.look.size * 0.55,
        }
        return ParagraphStyle("body", **(options | changes))

    def heading(self, text: str, *, size: float | None = None, center: bool = True) -> None:
        """Write a title line."""
        size = size or self.look.size * 1.5
        style = self.style(
            fontName=self.look.fonts[1],
            fontSize=size,
            leading=size * 1.25,
            alignment=TA_CENTER if center else TA_LEFT,
            spaceAfter=size * 0.8,
        )
        self.parts.append(Paragraph(escape(text), style))

    def text(self, markup: str, *, indent: float = 0, center: bool = False) -> None:
        """Write a paragraph; ``markup`` may hold <b>, <i>, <u>."""
        changes: dict[str, object] = {"leftIndent": indent}
        if center:
            changes["alignment"] = TA_CENTER
        self.parts.append(Paragraph(markup, self.style(**changes)))

    def clause(self, heading: str, *paragraphs: str) -> None:
        """Write the next numbered clause."""
        self.clauses += 1
        number = _number(self.look.numbering, self.clauses)
        heading = escape(heading)
        if self.look.heading == "run-in":
            first, *rest = paragraphs
            self.text(f"<b>{number} {heading}.</b> {first}")
        else:
            shown = heading.upper() if self.look.heading == "caps" else heading
            shown = f"<u>{shown}</u>" if self.look.heading == "underlined" else shown
            style = self.style(fontName=self.look.fonts[1], spaceBefore=4, alignment=TA_LEFT, keepWithNext=1)
            self.parts.append(Paragraph(f"{number} {shown}", style))
            rest = list(paragraphs)
        numbered = len(rest) > 1 and self.look.numbering in {"1.", "1"}
        for index, paragraph in enumerate(rest, start=1):
            prefix = f"{self.clauses}.{index} " if numbered else ""
            self.text(prefix + paragraph, indent=18 if self.look.heading != "run-in" else 0)

    def facts(self, rows: Sequence[tuple[str, str]], *, lines: bool, first_width: float = 0.32) -> None:
        """Write a table of (label, value) rows, ruled or not."""
        left = self.style(fontName=self.look.fonts[1], alignment=TA_LEFT, spaceAfter=0)
        right = self.style(alignment=TA_LEFT, spaceAfter=0)
        width = self.width()
        table = Table(
            [[Paragraph(label, left), Paragraph(value, right)] for label, value in rows],
            colWidths=[width * first_width, width * (1 - first_width)],
            style=[
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("TOPPADDING", (0, 0), (-1, -1), 4),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
                *([("GRID", (0, 0), (-1, -1), 0.6, colors.HexColor("#555555"))] if lines else []),
            ],
        )
        self.parts += [table, Spacer(1, self.look.size)]

    def form(self, rows: Sequence[tuple[str, str]]) -> None:
        """Write fill-in lines: a label, and a value typed on a rule."""
        self.parts += [FormLine(self, label, value) for label, value in rows]
        self.parts.append(Spacer(1, self.look.size * 0.6))

    def space(self, lines: float = 1.0) -> None:
        """Leave room."""
        self.parts.append(Spacer(1, lines * self.look.size * 1.3))

    def new_page(self) -> None:
        """Go on on the next page."""
        self.parts.append(PageBreak())

    def together(self, parts: list[Flowable]) -> None:
        """Write parts that stay on one page."""
        self.parts.append(KeepTogether(parts))

    def width(self) -> float:
        """Return the width of the text in points."""
        return float((LETTER if self.look.letter else A4)[0] - 2 * self.look.margin)

    def pdf(self) -> bytes:
        """Return the document; equal stories give equal bytes."""
        size = LETTER if self.look.letter else A4
        margin = self.look.margin
        pages = _count(self.parts, size, margin) if self.look.footer in {"page of", "initials"} else 0
        buffer = io.BytesIO()
        document = _template(buffer, size, margin, lambda canvas, doc: self._footer(canvas, doc.page, pages))
        document.build(self.parts)
        return buffer.getvalue()

    def _footer(self, canvas: Canvas, page: int, pages: int) -> None:
        canvas.setFont(self.look.fonts[0], 8)
        middle = (LETTER if self.look.letter else A4)[0] / 2
        match self.look.footer:
            case "page":
                canvas.drawCentredString(middle, 30, str(page))
            case "page of":
                canvas.drawCentredString(middle, 30, f"Page {page} of {pages}")
            case "initials":
                canvas.drawString(self.look.margin, 30, "Initials: ______  ______")
                canvas.drawRightString(2 * middle - self.look.margin, 30, f"{page}/{pages}")
            case "title":
                canvas.drawString(self.look.margin, 30, self.title)
                canvas.drawRightString(2 * middle - self.look.margin, 30, f"- {page} -")
            case _:
                pass


def _number(style: str, number: int) -> str:
    if style == "Article":
        return f"ARTICLE {number}."
    return {"1.": f"{number}.", "1": str(number), "Section": f"Section {number}.", "§": f"§ {number}"}[style]


def _template(
    buffer: io.BytesIO, size: tuple[float, float], margin: float, footer: object
) -> BaseDocTemplate:
    # Uncompressed pages: their bytes then depend on no compression library, so they reproduce anywhere.
    document = BaseDocTemplate(buffer, pagesize=size, invariant=1, pageCompression=0)
    frame = Frame(margin, 48, size[0] - 2 * margin, size[1] - 48 - margin, 0, 0, 0, 0)
    document.addPageTemplates([PageTemplate("all", [frame], onPage=footer)])
    return document


def _count(parts: list[Flowable], size: tuple[float, float], margin: float) -> int:
    document = _template(io.BytesIO(), size, margin, lambda _canvas, _doc: None)
    document.build(copy.deepcopy(parts))
    return int(document.page)


class FormLine(Flowable):  # type: ignore[misc]  # reportlab is untyped
    """A label with a value typed on a rule beside it; long values go on to a second rule."""

    def __init__(self, story: Story, label: str, value: str) -> None:
        super().__init__()
        self._story, self._label, self._value = story, label, value
        self._lines: list[str] = []

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        """Return the room it needs."""
        from reportlab.lib.utils import simpleSplit

        look = self._story.look
        self._width = width
        self._left = width * 0.33
        self._lines = simpleSplit(self._value, look.fonts[0], look.size, width - self._left - 8) or [""]
        return width, len(self._lines) * look.size * 1.7 + 3

    def draw(self) -> None:
        """Draw it."""
        look, canvas = self._story.look, self.canv
        step = look.size * 1.7
        y = len(self._lines) * step + 3 - step + 3
        canvas.setFont(look.fonts[1], look.size)
        canvas.drawString(0, y, self._label)
        canvas.setLineWidth(0.5)
        for line in self._lines:
            canvas.setFont(look.fonts[0], look.size)
            canvas.drawString(self._left + 4, y, line)
            canvas.line(self._left, y - 3, self._width, y - 3)
            y -= step
