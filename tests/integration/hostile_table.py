"""Time and memory of every hostile file in the whole pipeline, under the limits of a new installation.

A reading process serves one file after the other, so a small file shows the memory that larger ones before
it have left behind.

Usage: DOCTRAIL_DATA=DIR python -m tests.integration.hostile_table
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.hostile_files import BYTES, SECONDS, hostile_files
from tests.integration.hostile import Found, put_through


def main() -> int:
    """Print a line per file, and return 0 if all kept within their limits."""
    if not hostile_files():
        print("DOCTRAIL_DATA names no folder with hostile/files in it", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory() as folder:
        found = list(put_through(Path(folder), {}).values())
        for one in found:
            print(_line(one))
    over = [one.name for one in found if one.seconds >= SECONDS or one.peak_bytes >= BYTES or one.letters]
    slowest, largest = max(found, key=lambda f: f.seconds), max(found, key=lambda f: f.peak_bytes)
    print(
        f"{len(found)} files, {sum(one.seconds for one in found):.0f} s in all; "
        f"slowest {slowest.name} ({slowest.seconds:.1f} s of {SECONDS}), "
        f"largest {largest.name} ({largest.peak_bytes / 1e6:.0f} MB of {BYTES / 1e6:.0f}); "
        f"over a limit or dead-lettered: {', '.join(over) or 'none'}"
    )
    return 1 if over else 0


def _line(one: Found) -> str:
    record = one.records[-1]
    end = record.status.value if record.status else "in review"
    notes = ", ".join(sorted({note.kind.value for note in one.classification.notes}))
    why = one.classification.reason if one.layout is None else f"{record.doc_type}; {notes or 'no notes'}"
    return f"{one.name:44} {one.seconds:6.2f} s {one.peak_bytes / 1e6:6.0f} MB  {end:9}  {why}"


if __name__ == "__main__":
    sys.exit(main())
