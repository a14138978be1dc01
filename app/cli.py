"""The command ``doctrail``: what there is to type, and the only place where errors become exit codes."""

from __future__ import annotations

import atexit
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated, NoReturn, cast

import typer

from app.commands import (
    accesses,
    alerts,
    audit,
    backfill,
    backing,
    care,
    documents,
    erasing,
    evals,
    exporting,
    gates,
    ingest,
    knowledge,
    letters,
    logs,
    model,
    promises,
    promotion,
    quality,
    registry,
    replay,
    reviewing,
    reviews,
    router,
    schemas,
    services,
    shadow,
    spending,
    topics,
    training,
    types,
    watch,
    work,
)
from app.commands.menu import Menu
from app.printing import PIPE_CLOSED, closed, complain, say

INTERRUPTED = 130

app = typer.Typer(
    name="doctrail",
    cls=Menu,
    help="Documents in; typed, grounded, validated records out; every step traceable.",
    epilog="First steps: doctrail submit FILE --wait, doctrail records, doctrail trace FILE",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)


def _say_version(wanted: bool) -> None:
    if not wanted:
        return
    try:
        say(f"doctrail {version('doctrail')}")
    except PackageNotFoundError:
        say("doctrail, from source")
    raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool,
        typer.Option("--version", help="Print the version and leave.", is_eager=True, callback=_say_version),
    ] = False,
) -> None:
    pass


work.add_to(app, "Documents")
watch.add_to(app, "Documents")
ingest.add_to(app, "Documents")
documents.add_to(app, "Documents")
exporting.add_to(app, "Documents")
reviews.add_to(app, "People")
reviewing.add_to(app, "People")
evals.add_to(app, "Quality")
promotion.add_to(app, "Quality")
registry.add_to(app, "Quality")
shadow.add_to(app, "Quality")
quality.add_to(app, "Quality")
care.add_to(app, "Care")
audit.add_to(app, "Care")
alerts.add_to(app, "Care")
promises.add_to(app, "Care")
gates.add_to(app, "Care")
letters.add_to(app, "Care")
erasing.add_to(app, "Care")
accesses.add_to(app, "Care")
backing.add_to(app, "Care")
spending.add_to(app, "Care")
backfill.add_to(app, "Care")
replay.add_to(app, "Care")
types.add_to(app, "Setting up")
services.add_to(app, "Setting up")
topics.add_to(app, "Setting up")
schemas.add_to(app, "Setting up")
training.add_to(app, "Setting up")
model.add_to(app, "Setting up")
logs.add_to(app, "Setting up")
router.add_to(app, "Setting up")
knowledge.add_to(app, "Setting up")


def main() -> None:
    """Run one command and leave with its exit code: 0 done, 1 something wrong was named, 2 usage."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # A terminal without UTF-8 must not stop a command half-way.
            stream.reconfigure(errors="backslashreplace")
    _leave(run(sys.argv[1:]))


def run(arguments: Sequence[str]) -> int:
    """Return the exit code of one command; whatever went wrong was said on standard error."""
    try:
        typer.main.get_command(app)(args=list(arguments), prog_name="doctrail")
    except SystemExit as leaving:
        return _flushed(cast("int", leaving.code or 0))
    except KeyboardInterrupt:
        return INTERRUPTED
    except Exception as error:  # noqa: BLE001 (the last place that can say what happened)
        from app.failures import sentences

        for sentence in sentences(error, " ".join(arguments[:1])):
            complain(sentence)
        return 1
    return 0


def _leave(code: int) -> NoReturn:
    """End the process, with everything said and every exit function run, but without taking it apart.

    A thread of the object store's library that still lets go of something while the interpreter is taken
    apart aborts the process, after all its work is done.
    """
    atexit._run_exitfuncs()  # noqa: SLF001 (what the interpreter itself calls at this moment)
    for stream in (sys.stdout, sys.stderr):
        with suppress(BrokenPipeError):
            stream.flush()
    os._exit(code)


def _flushed(code: int) -> int:
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        closed()
        return PIPE_CLOSED
    return code
