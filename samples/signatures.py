"""Signature blocks: signed on paper, signed with a certificate, conformed, or left empty."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from reportlab.lib import colors
from reportlab.platypus import Flowable

from samples.paper import Story
from samples.printed import print_date
from samples.sample import chance

STYLES = ("conformed", "certificate", "stamp", "bracket")


@dataclass(frozen=True, slots=True)
class Signatory:
    """Who signs, and for whom.

    Attributes:
        party: The party as the contract names it.
        role: Landlord, Buyer, ….
        person: The human being; the party itself for natural persons.
        position: Director, …; "" for natural persons.
    """

    party: str
    role: str
    person: str
    position: str = ""


def sign(
    rng: random.Random, story: Story, people: Sequence[Signatory], *, signed: bool, day: date, style: str
) -> list[str]:
    """Write the signature page's block; returns the words that are evidence of a signature."""
    printed_day = print_date(day, style)
    manner = rng.choice(STYLES) if signed else "blank"
    evidence: list[str] = []
    blocks: list[Flowable] = []
    for signatory in people:
        block = SignatureBlock(rng, story, signatory, manner, printed_day, day)
        evidence += block.evidence
        blocks.append(block)
    story.together(blocks)
    return evidence


class SignatureBlock(Flowable):  # type: ignore[misc]  # reportlab is untyped
    """One party's lines at the end of a contract."""

    def __init__(
        self, rng: random.Random, story: Story, signatory: Signatory, manner: str, printed_day: str, day: date
    ) -> None:
        super().__init__()
        self._story, self._who, self._manner = story, signatory, manner
        self._day = printed_day
        self._seed = rng.random()
        self._dated = chance(rng, 0.6)
        self._stamp_time = f"{rng.randint(8, 18):02d}:{rng.randint(0, 59):02d}:{rng.randint(0, 59):02d}"
        self._iso = day.isoformat()
        self.evidence = self._evidence()

    def _evidence(self) -> list[str]:
        who = self._who.person
        match self._manner:
            case "conformed":
                return [f"/s/ {who}"]
            case "certificate":
                return [f"Digitally signed by {who}"]
            case "stamp":
                return [f"Electronically signed by {who}"]
            case "bracket":
                return [f"[signed] {who}"]
            case _:
                return []

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        """Return the room it needs."""
        self.width = width
        return width, self._story.look.size * 9.8

    def draw(self) -> None:
        """Draw it."""
        look, canvas = self._story.look, self.canv
        regular, bold, _ = look.fonts
        size, step = look.size, look.size * 1.4
        top = look.size * 9.8 - step
        canvas.setFont(bold, size)
        canvas.drawString(0, top, f"{self._who.role.upper()}: {self._who.party}"[:90])
        line = top - 3.1 * step
        self._mark(line, size)
        canvas.setStrokeColor(colors.black)
        canvas.setLineWidth(0.6)
        canvas.setFont(regular, size)
        canvas.drawString(0, line, "By:" if self._who.position else "Signed:")
        canvas.line(44, line - 3, 270, line - 3)
        position = f", {self._who.position}" if self._who.position else ""
        canvas.drawString(44, line - 3 - step, f"Name: {self._who.person}{position}")
        if self._dated or self._manner == "blank":
            day = self._day if self._manner != "blank" else "____________________"
            canvas.drawString(44, line - 3 - 2 * step, f"Date: {day}")

    def _mark(self, line: float, size: float) -> None:
        canvas = self.canv
        match self._manner:
            case "conformed":
                canvas.setFont(self._story.look.fonts[2], size + 1)
                canvas.drawString(50, line + 1, self.evidence[0])
            case "bracket":
                canvas.setFont(self._story.look.fonts[0], size)
                canvas.drawString(50, line + 1, self.evidence[0])
            case "certificate":
                scribble(canvas, self._seed, 52, line + 2, 70, 26)
                canvas.setFont("Helvetica", 6.8)
                for row, text in enumerate(
                    (self.evidence[0], f"Date: {self._iso} {self._stamp_time} +00'00'")
                ):
                    canvas.drawString(150, line + 16 - 8 * row, text)
            case "stamp":
                canvas.setStrokeColor(colors.HexColor("#2b5fa8"))
                canvas.roundRect(46, line - 1, 222, 30, 4)
                scribble(canvas, self._seed, 54, line + 4, 46, 20)
                canvas.setFont("Helvetica", 6.5)
                canvas.drawString(124, line + 19, self.evidence[0])
                canvas.drawString(124, line + 10, f"{self._iso} {self._stamp_time} UTC")
            case _:
                pass


def scribble(canvas: object, seed: float, x: float, y: float, width: float, height: float) -> None:
    """Draw something like a signature into a box."""
    rng = random.Random(seed)  # noqa: S311  ink, nothing secret
    canvas.saveState()  # type: ignore[attr-defined]  # reportlab is untyped
    canvas.setStrokeColor(colors.HexColor("#1a2f6b"))  # type: ignore[attr-defined]
    canvas.setLineWidth(1.1)  # type: ignore[attr-defined]
    canvas.setLineCap(1)  # type: ignore[attr-defined]
    path = canvas.beginPath()  # type: ignore[attr-defined]
    loops = rng.randint(5, 8)
    stride = width / loops
    path.moveTo(x, y + height * rng.uniform(0.2, 0.6))
    for loop in range(loops):
        left = x + loop * stride
        high = y + height * (rng.uniform(0.75, 1.0) if loop in {0, loops // 2} else rng.uniform(0.35, 0.6))
        path.curveTo(
            left + stride * 0.2,
            high,
            left + stride * 0.9,
            high,
            left + stride * 0.7,
            y + height * rng.uniform(0, 0.2),
        )
        path.curveTo(
            left + stride * 0.5,
            y - height * 0.1,
            left + stride * 0.9,
            y,
            left + stride,
            y + height * rng.uniform(0.2, 0.4),
        )
    path.curveTo(
        x + width, y + height * 0.6, x + width * 1.2, y + height * 0.5, x + width * 1.3, y + height * 0.3
    )
    canvas.drawPath(path)  # type: ignore[attr-defined]
    canvas.restoreState()  # type: ignore[attr-defined]
