"""A page to put text and rules on by position, measured from the top left, as a reproducible PDF."""

from __future__ import annotations

import io

from reportlab.lib.colors import Color, HexColor, black, white
from reportlab.lib.pagesizes import A4, LETTER
from reportlab.lib.utils import simpleSplit
from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

FAMILIES = {
    "times": ("Times-Roman", "Times-Bold"),
    "helvetica": ("Helvetica", "Helvetica-Bold"),
    "courier": ("Courier", "Courier-Bold"),
}


class Sheet:
    """Pages of one size with one family of type; positions are points from the top left corner."""

    def __init__(self, *, family: str, size: float, letter: bool, encrypt: object = None) -> None:
        self.width, self.height = LETTER if letter else A4
        self.size = size
        self.regular, self.bold = FAMILIES[family]
        self.pages = 1
        self._buffer = io.BytesIO()
        # Uncompressed pages: their bytes then depend on no compression library, so they reproduce anywhere.
        self._canvas = Canvas(
            self._buffer, pagesize=(self.width, self.height), invariant=1, pageCompression=0, encrypt=encrypt
        )

    def text(
        self, x: float, y: float, text: str, *, size: float = 0, bold: bool = False, align: str = "left",
        color: str = "#000000",
    ) -> None:  # fmt: skip
        """Write one line with its base at ``y``; ``align`` says which end (or the middle) stands at ``x``."""
        self._canvas.setFont(self.bold if bold else self.regular, size or self.size)
        self._canvas.setFillColor(HexColor(color))
        draw = {"left": self._canvas.drawString, "right": self._canvas.drawRightString}.get(
            align, self._canvas.drawCentredString
        )
        draw(x, self.height - y, text)

    def lines(
        self, x: float, y: float, texts: list[str], *, size: float = 0, bold_first: bool = False
    ) -> float:
        """Write lines below each other; returns the base of the line that would follow."""
        step = (size or self.size) * 1.3
        for index, text in enumerate(texts):
            self.text(x, y, text, size=size, bold=bold_first and index == 0)
            y += step
        return y

    def wrapped(self, text: str, width: float, *, size: float = 0, bold: bool = False) -> list[str]:
        """Return ``text`` broken into lines no wider than ``width``."""
        return list(simpleSplit(text, self.bold if bold else self.regular, size or self.size, width)) or [""]

    def measure(self, text: str, *, size: float = 0, bold: bool = False) -> float:
        """Return how wide ``text`` is."""
        return float(stringWidth(text, self.bold if bold else self.regular, size or self.size))

    def rule(
        self, x0: float, y0: float, x1: float, y1: float, *, width: float = 0.6, color: str = "#000000"
    ) -> None:
        """Draw a straight line."""
        self._canvas.setStrokeColor(HexColor(color))
        self._canvas.setLineWidth(width)
        self._canvas.line(x0, self.height - y0, x1, self.height - y1)

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        *,
        fill: str | None = None,
        stroke: str | None = None,
    ) -> None:
        """Draw a rectangle whose top left corner is (x, y)."""
        self._canvas.setLineWidth(0.6)
        self._canvas.setFillColor(HexColor(fill) if fill else white)
        self._canvas.setStrokeColor(HexColor(stroke) if stroke else black)
        self._canvas.rect(
            x, self.height - y - height, width, height, fill=int(bool(fill)), stroke=int(bool(stroke))
        )

    def logo(self, x: float, y: float, side: float, shape: int, color: str) -> None:
        """Draw a mark such as companies have: a ring, a diamond, bars or a tile."""
        canvas, bottom = self._canvas, self.height - y - side
        ink: Color = HexColor(color)
        canvas.setFillColor(ink)
        canvas.setStrokeColor(ink)
        match shape % 4:
            case 0:
                canvas.setLineWidth(side / 6)
                canvas.circle(x + side / 2, bottom + side / 2, side / 2.6, stroke=1, fill=0)
                canvas.circle(x + side / 2, bottom + side / 2, side / 9, stroke=0, fill=1)
            case 1:
                path = canvas.beginPath()
                path.moveTo(x + side / 2, bottom)
                for dx, dy in ((1, 0.5), (0.5, 1), (0, 0.5)):
                    path.lineTo(x + side * dx, bottom + side * dy)
                path.close()
                canvas.drawPath(path, stroke=0, fill=1)
            case 2:
                for bar in range(4):
                    canvas.rect(
                        x + bar * side / 4, bottom, side / 6, side * (0.4 + 0.2 * bar), stroke=0, fill=1
                    )
            case _:
                canvas.roundRect(x, bottom, side, side, side / 5, stroke=0, fill=1)
                canvas.setFillColor(white)
                canvas.roundRect(
                    x + side * 0.3, bottom + side * 0.3, side * 0.4, side * 0.4, side / 10, stroke=0, fill=1
                )

    def next_page(self) -> None:
        """Go on on a new page."""
        self._canvas.showPage()
        self.pages += 1

    def pdf(self) -> bytes:
        """Return the document; equal sheets give equal bytes."""
        self._canvas.save()
        return self._buffer.getvalue()
