"""``doctrail reviews``: what waits for a person, the file a person edits, and the decision."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands import reviewing
from app.commands.menu import AsJson, group
from app.commands.options import By, who
from app.printing import brief, columns, dump_json, say, say_json, write_text

if TYPE_CHECKING:
    from app.wiring import Doctrail
    from ops.reviews.decide import HandedIn, Review
    from ops.reviews.queue import Place

ReviewId = Annotated[
    str,
    typer.Argument(metavar="ID", help="A review id, a unique prefix, or whatever names its document."),
]


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the group to the command line."""
    reviews = group("reviews", "Reviews that wait for a person, and what people decide.")
    reviews.command("list")(list_reviews)
    reviews.command("export")(export)
    reviews.command("decide")(decide)
    reviewing.add_questions(reviews)
    app.add_typer(reviews, rich_help_panel=panel)


def list_reviews(*, as_json: AsJson = False) -> None:
    """List what waits for a person, with the reasons.

    Example: doctrail reviews list
    """
    from app.session import with_doctrail
    from ops.reviews.queue import WaitingLine, waiting
    from ops.words import minute, spoken

    async def work(doctrail: Doctrail) -> list[WaitingLine]:
        return [line async for line in waiting(doctrail.store, doctrail.catalog)]

    lines = with_doctrail(work)
    if as_json:
        say_json([line.model_dump(mode="json") for line in lines])
    elif not lines:
        say("nothing waits for a person")
    else:
        rows = [
            (
                line.review_id[:8],
                brief(line.name or "–", 40),
                spoken(line.doc_type or "unknown"),
                minute(line.since),
                brief("; ".join(line.doubts), 120),
            )
            for line in lines
        ]
        say(*columns(("REVIEW", "DOCUMENT", "TYPE", "SINCE", "WHY"), rows))


def export(
    wanted: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="A review or its document; without it, all.")
    ] = None,
    *,
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write; a folder where all are exported.")
    ] = None,
) -> None:
    """Write a review as a JSON file that a person can edit and hand in.

    Example: doctrail reviews export 4be81c07 --out review.json
    """
    from app.session import with_doctrail
    from ops.reviews.queue import waiting
    from ops.reviews.sheet import sheet
    from store.files import make_folder

    if wanted is None and out is None:
        raise typer.BadParameter("give a review, or --out FOLDER for all of them", param_hint="ID")

    async def work(doctrail: Doctrail) -> list[tuple[str, str]]:
        names = (
            [wanted]
            if wanted is not None
            else [line.review_id async for line in waiting(doctrail.store, doctrail.catalog)]
        )
        opened = [await _open(doctrail, name) for name in names]
        return [(place.review_id, dump_json(sheet(review, name=place.name))) for place, review in opened]

    sheets = with_doctrail(work)
    if wanted is not None and out is None:
        say(sheets[0][1])
        return
    for review_id, text in sheets:
        path = out if wanted is not None else (out or Path()) / f"{review_id}.json"
        if path is not None:
            make_folder(path.parent)
            write_text(path, text + "\n")
            say(f"wrote {path}")


def decide(
    wanted: ReviewId,
    *,
    file: Annotated[Path, typer.Option("--file", "-f", help="The edited file; - reads standard input.")],
    by: By = None,
    as_json: AsJson = False,
) -> None:
    """Hand in what a person decided: fields, the right type, or that it is not a document.

    The file is an edited export, or just {"fields": {"total": "1140.00", "due_date": null}},
    {"doc_type": "lease"}, {"reject": true} or, for a file that holds several documents,
    {"split": "1-3, 4-5"}. It must cover every doubtful field, or every page. Handing in the same file
    twice is the same decision. A packet that was split can be split anew, by its document's name.

    Example: doctrail reviews decide 4be81c07 --file review.json
    """
    from app.session import with_doctrail
    from ops.reviews.decide import hand_in
    from ops.reviews.file import read_decision

    data = _bytes_of(file)

    async def work(doctrail: Doctrail) -> tuple[Place, HandedIn]:
        place, review = await _open(doctrail, wanted)
        decision = read_decision(data, review, reviewer=who(by), now=doctrail.now())
        return place, await hand_in(doctrail.store, doctrail.bus, review, decision)

    place, handed = with_doctrail(work)
    if as_json:
        say_json({"again": handed.again, "decision": handed.decision.model_dump(mode="json")})
    else:
        _say_decision(place, handed)


async def _open(doctrail: Doctrail, wanted: str) -> tuple[Place, Review]:
    from ops.reviews.decide import load_review
    from ops.reviews.queue import find_review

    place = await find_review(doctrail.store, doctrail.catalog, wanted)
    return place, await load_review(doctrail.store, place.document_id, place.run_id, place.review_id)


def _bytes_of(file: Path) -> bytes:
    from ops.reviews.file import LARGEST
    from review.sheet.values import DecisionFileError

    if str(file) == "-":
        return sys.stdin.buffer.read(LARGEST + 1)
    try:
        with file.open("rb") as opened:
            return opened.read(LARGEST + 1)
    except OSError as error:
        raise DecisionFileError(f"{str(file)!r}: {(error.strerror or 'error').lower()}") from error


def _say_decision(place: Place, handed: HandedIn) -> None:
    from ops.words import several, shown
    from schemas.records import DecisionKind

    decision = handed.decision
    match decision.kind:
        case DecisionKind.FIELDS:
            names = ", ".join(field.name for field in decision.fields)
            what = f"{several(len(decision.fields), 'field')} decided{': ' if names else ''}{names}"
        case DecisionKind.TYPE:
            what = f"it is a {decision.doc_type}"
        case DecisionKind.SPLIT if len(decision.ranges) == 1:
            what = "it is one document"
        case DecisionKind.SPLIT:
            what = f"it is {len(decision.ranges)} documents"
        case _:
            what = "rejected: not a document"
    again = "handed in before, nothing new: " if handed.again else ""
    say(f"{shown(place.name or place.document_id[:12], 60)}: {again}{what}")
    say("a running `doctrail run` carries it out now; without one, the next `doctrail run` does")
