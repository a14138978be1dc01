"""Files that are no record: other kinds of documents, and files that can't be read."""

from __future__ import annotations

import random
from datetime import date, timedelta

from samples.clauses import paragraphs
from samples.leases import lease
from samples.paper import Look, Story
from samples.places import address, company, one_line, person
from samples.places import country as country_of
from samples.printed import print_date, some_day
from samples.sample import Sample
from samples.sheet import Sheet

PASSWORD = "open sesame"  # noqa: S105  the point of the file is that no reader has it


def delivery_schedule(rng: random.Random, key: str) -> Sample:
    """Return a week's delivery plan: a table of places and times, of a type nobody declared."""
    land = country_of("GB")
    sheet = Sheet(family="helvetica", size=9, letter=False)
    monday = some_day(rng, date(2023, 1, 2), date(2024, 12, 30))
    monday -= timedelta(days=monday.weekday())
    sheet.logo(48, 40, 30, 2, "#2d5a3d")
    sheet.text(
        90, 58, f"Delivery schedule, week beginning {print_date(monday, 'd month y')}", size=15, bold=True
    )
    sheet.text(90, 74, f"Depot: {one_line(address(rng, land))}    Dispatcher: {person(rng, land)}")
    y = 110.0
    for label, x in (("Stop", 48), ("Window", 84), ("Customer", 160), ("Address", 310), ("Pallets", 520)):
        sheet.text(x, y, label, bold=True)
    sheet.rule(48, y + 4, 548, y + 4)
    for day in range(5):
        y += 24
        sheet.text(48, y, print_date(monday + timedelta(days=day), "d mon y"), bold=True)
        sheet.text(160, y, f"Vehicle {rng.choice('ABC')}{rng.randint(1, 9)}, driver {person(rng, land)}")
        for stop in range(1, rng.randint(5, 7)):
            y += 15
            start = 6 + stop * 2 - rng.randint(0, 1)
            cells = (
                str(stop),
                f"{start:02d}:00 - {start + 1:02d}:30",
                company(rng, land),
                one_line(address(rng, land)),
            )
            for text, x in zip(cells, (48, 84, 160, 310), strict=True):
                sheet.text(x, y, text, size=8)
            sheet.text(548, y, str(rng.randint(1, 12)), size=8, align="right")
    sheet.text(48, y + 30, "Changes by telephone to the dispatcher before 16:00 on the day before.")
    return Sample(key, "unknown", "delivery_schedule", ".pdf", sheet.pdf(), expected="review: unknown type")


def letter(rng: random.Random, key: str) -> Sample:
    """Return a letter about a neighbour's hedge: text, dates and names, but no record."""
    land = country_of("IE")
    look = Look("times", 11, "1.", "bold", justified=False, margin=80, letter=False, footer="none")
    story = Story(look, "Letter")
    writer, reader = person(rng, land), person(rng, land)
    written = some_day(rng, date(2022, 3, 1), date(2025, 5, 1))
    story.text(f"{writer}<br/>" + "<br/>".join(address(rng, land)))
    story.text(print_date(written, "d month y"))
    story.text(f"{reader}<br/>" + "<br/>".join(address(rng, land)))
    story.space()
    story.text(f"Dear {reader.split()[0]},")
    story.text("<b>The hedge between our gardens</b>")
    day = print_date(written + timedelta(days=12), "d month y")
    for paragraph in paragraphs("letter", day=day):
        story.text(paragraph)
    story.space(2)
    story.text(writer)
    return Sample(key, "unknown", "letter", ".pdf", story.pdf(), expected="review: unknown type")


def broken(rng: random.Random, key: str) -> Sample:
    """Return a PDF whose transfer stopped early: before its catalogue, without which no page is found."""
    whole = lease(rng, key, "narrative").data
    cut = whole.index(b"/Catalog") - 40
    return Sample(key, "unknown", "broken", ".pdf", whole[:cut], expected="rejected: unreadable")


def encrypted(rng: random.Random, key: str) -> Sample:
    """Return a PDF that opens with a password only."""
    from reportlab.lib.pdfencrypt import StandardEncryption

    lock = StandardEncryption(PASSWORD, ownerPassword=PASSWORD + "!", strength=128)
    sheet = Sheet(family="times", size=11, letter=False, encrypt=lock)
    sheet.text(72, 90, "CONFIDENTIAL", bold=True)
    sheet.text(72, 120, f"Terms agreed with {person(rng, country_of('GB'))}")
    return Sample(key, "unknown", "encrypted", ".pdf", sheet.pdf(), expected="rejected: password_required")
