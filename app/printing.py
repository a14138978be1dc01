"""What commands print: plain columns, JSON, files that are whole or not there; colour only on a terminal."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import typer

from store.files import beside, naming

PIPE_CLOSED = 141
"""Exit code where the reader of our output went away: what a shell reports for SIGPIPE."""


def coloured(stream: IO[str]) -> bool:
    """Return whether ``stream`` is a terminal that wants colour (https://no-color.org)."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def coloured_word(word: str, colour: str) -> str:
    """Return ``word`` for standard output, in colour where that is a terminal."""
    return typer.style(word, fg=colour) if coloured(sys.stdout) else word


def say(*lines: str) -> None:
    """Print lines to standard output.

    Raises:
        typer.Exit: Nobody reads them any more.
    """
    try:
        for line in lines:
            sys.stdout.write(line + "\n")
    except BrokenPipeError:
        raise closed() from None


def closed() -> typer.Exit:
    """Return the quiet end of a command whose reader went away."""
    # The interpreter flushes standard output once more at its end; that must not fail again.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return typer.Exit(PIPE_CLOSED)


def complain(sentence: str) -> None:
    """Print one sentence to standard error."""
    word = typer.style("Error:", fg="red") if coloured(sys.stderr) else "Error:"
    sys.stderr.write(f"{word} {sentence}\n")


def remark(sentence: str) -> None:
    """Print one sentence that is no error to standard error: programs that read our output don't see it."""
    sys.stderr.write(f"Note: {sentence}\n")


def dump_json(value: Any) -> str:
    """Return ``value`` as indented JSON in plain ASCII, so that nothing in it can command a terminal."""
    return json.dumps(value, indent=2, ensure_ascii=True)


def brief(text: str, limit: int = 32) -> str:
    """Return ``text`` for a cell: visible, on one line, cut with an ellipsis where it is long."""
    from ops.words import visible

    shown = visible(text)
    return shown if len(shown) <= limit else f"{shown[: limit - 1]}…"


def say_json(value: Any) -> None:
    """Print ``value`` as JSON for a program."""
    say(dump_json(value))


def columns(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Return a table as lines, columns aligned; its cells must be visible text already."""
    from rich.cells import cell_len

    cells = [tuple(head), *(tuple(row) for row in rows)]
    widths = [max(cell_len(row[i]) for row in cells) for i in range(len(head))]
    lines = [
        "  ".join(
            cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in cells
    ]
    if coloured(sys.stdout):
        lines[0] = typer.style(lines[0], bold=True)
    return lines


@contextlib.contextmanager
def whole_file(path: Path | None) -> Iterator[IO[str]]:
    """Give a stream for ``path``, which stands there complete afterwards or is left as it was.

    A device or pipe is written to as it is; a link leads to the file that is replaced.

    Args:
        path: Where to; None is standard output.

    Raises:
        FileNotWrittenError: The folder refuses it, or the disk is full.
        typer.Exit: Standard output has no reader any more.
    """
    if path is None:
        try:
            yield sys.stdout
        except BrokenPipeError:
            raise closed() from None
        return
    if path.exists() and not path.is_file() and not path.is_dir():
        with naming(path), path.open("w", encoding="utf-8", newline="") as file:
            yield file
        return
    target = path.resolve()
    with naming(path), beside(target) as aside, aside.open("w", encoding="utf-8", newline="") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def write_text(path: Path, text: str) -> None:
    """Write ``text`` to ``path``, whole or not at all."""
    with whole_file(path) as file:
        file.write(text)
