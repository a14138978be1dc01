"""``doctrail samples`` and ``digitiser``: documents made to try things on, and what reads well logs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.printing import say


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the commands to the command line."""
    app.command("samples", rich_help_panel=panel)(samples)
    app.command("digitiser", rich_help_panel=panel)(digitiser)


def samples(
    *,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Folder to write into.")],
    doc_type: Annotated[
        str | None,
        typer.Option("--type", metavar="TYPE", help="One type only; default: the demo's documents."),
    ] = None,
    count: Annotated[int, typer.Option("--count", min=1, help="How many, with --type.")] = 10,
    seed: Annotated[int, typer.Option("--seed", help="Equal seeds give equal documents.")] = 7,
) -> None:
    """Write made-up documents with their truth, to try things on.

    Documents lie in documents/, what is printed in them in labels.jsonl, and files that ought to be made of
    them (a well log's curves and mask) in truth/.

    Example: doctrail samples --type well_log --count 3 --out logs
    """
    from samples.demo import demo
    from samples.generate import MAKERS, PICTURED, labelled, write

    if doc_type is not None and doc_type not in MAKERS | PICTURED:
        known = ", ".join(sorted(MAKERS | PICTURED))
        raise typer.BadParameter(f"no {doc_type!r} can be made; there is {known}", param_hint="--type")
    made = demo(seed) if doc_type is None else labelled(doc_type, count, seed)
    written = write(out, made)
    what = "document" if written == 1 else "documents"
    say(f"{written} {what} in {out}; submit them: doctrail submit {out}/documents")


def digitiser(
    *,
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="Where to write the parts of the type.")],
    seed: Annotated[int, typer.Option("--seed", help="Of the logs that are made.")] = 1,
    count: Annotated[int, typer.Option("--count", min=10, help="Logs that certify it.")] = 160,
    ocr: Annotated[
        bool, typer.Option("--ocr/--printed", help="Read the words by OCR, which certifies the header too.")
    ] = True,
) -> None:
    """Train the digitiser on logs that are made for it, and certify it on others.

    Writes digitiser, thresholds.json and MODEL_CARD.md. With --printed words are taken as they were printed,
    which is five times as fast and certifies the files alone.

    Example: doctrail digitiser --out doctypes/well_log
    """
    from app.actions.digitiser import train_and_write
    from app.session import settings

    train_and_write(settings(), out, seed=seed, count=count, ocr=ocr, told=say)
