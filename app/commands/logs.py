"""``doctrail samples``, ``curve``, ``digitiser``: documents to try things on, and what well logs need."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.menu import Id
from app.commands.options import out_option, seed_option
from app.printing import say


def add_to(app: typer.Typer, panel: str) -> None:
    """Add the commands to the command line."""
    app.command("samples", rich_help_panel=panel)(samples)
    app.command("curve", rich_help_panel="People")(curve)
    app.command("digitiser", rich_help_panel=panel)(digitiser)


def samples(
    *,
    out: Annotated[Path, out_option("Folder to write into.")],
    doc_type: Annotated[
        str | None,
        typer.Option("--type", metavar="TYPE", help="One type only; default: the demo's documents."),
    ] = None,
    count: Annotated[int, typer.Option("--count", min=1, help="How many, with --type.")] = 10,
    seed: Annotated[int, seed_option("Equal seeds give equal documents.")] = 7,
) -> None:
    """Write made-up documents with their truth, to try things on.

    Documents lie in documents/, what is printed in them in labels.jsonl, and files that ought to be made of
    them (a well log's curves and mask) in truth/.

    Example: doctrail samples --type well_log --count 3 --out logs
    """
    from samples.demo import demo
    from samples.generate import MAKERS, PICTURED, labelled, write
    from store.files import make_folder

    if doc_type is not None and doc_type not in MAKERS | PICTURED:
        known = ", ".join(sorted(MAKERS | PICTURED))
        raise typer.BadParameter(f"no {doc_type!r} can be made; there is {known}", param_hint="--type")
    made = demo(seed) if doc_type is None else labelled(doc_type, count, seed)
    make_folder(out)
    written = write(out, made)
    what = "document" if written == 1 else "documents"
    say(f"{written} {what} in {out}; submit them: doctrail submit {out}/documents")


def curve(
    wanted: Id,
    field: Annotated[str, typer.Argument(metavar="FIELD", help="curve_1 or curve_2.")],
    file: Annotated[
        Path, typer.Argument(metavar="CSV", exists=True, dir_okay=False, help="depth,value; 300 rows.")
    ],
) -> None:
    """Bring a corrected curve, and print the key that a decision names it by.

    It is held to the contract of curves first: 300 rows, each deeper than the one before, numbers alone.
    Written as the field's value into a decision file, it becomes the next revision's.

    Example: doctrail curve logs/0042.png curve_2 corrected.csv
    """
    from app.session import with_doctrail
    from app.wiring import Doctrail
    from ops.deliverables import bring
    from ops.identify import identify

    async def work(doctrail: Doctrail) -> str:
        identified = await identify(doctrail.store, doctrail.catalog, wanted)
        return await bring(doctrail.store, identified.document_id, field, file)

    say(with_doctrail(work, needs_bus=False))


def digitiser(
    *,
    out: Annotated[Path, out_option("Where to write the parts of the type.")],
    seed: Annotated[int, seed_option("Of the logs that are made.")] = 1,
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
