"""The fuzzer: spoiled files of every format through the whole pipeline.

Usage: python -m tests.fuzz [--files 2000] [--seed 1] [--home DIR]

Makes the files, submits them to a new home with ``doctrail submit --wait`` and reads the store: every file
must have come to an end with a sentence, no agent may have died, nothing may hang.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.fuzz.ends import Ends, ends_in
from tests.fuzz.mutations import mutants
from tests.fuzz.seeds import seeds


def main() -> int:
    """Run the fuzzer; return 0 if every file ended with a sentence and nothing died or hung."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.fuzz", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--home", type=Path, help="keep the home here, to look at afterwards")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="doctrail-fuzz-") as folder:
        started = time.monotonic()
        code, ends = fuzz(Path(folder), options.home or Path(folder, "home"), options.files, options.seed)
        took = time.monotonic() - started
        print(f"fuzz: seed {options.seed}, {options.files} files, {took:.0f} s, exit {code}")
        print("\n".join(ends.lines()))
        return 0 if ends.clean and code == 0 else 1


def fuzz(folder: Path, home: Path, count: int, seed: int) -> tuple[int, Ends]:
    """Put ``count`` spoiled files through an installation; return the exit code and what became of them."""
    documents = folder / "documents"
    documents.mkdir()
    files = {}
    for mutant in mutants(count, list(seeds()), seed):
        (documents / mutant.name.replace("/", "_")).write_bytes(mutant.data)
        files[mutant.name] = mutant.data
    with (folder / "log").open("wb") as log:
        code = subprocess.run(
            [sys.executable, "-m", "app", "submit", str(documents), "--wait"],
            env={**os.environ, "DOCTRAIL_HOME": str(home)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
        ).returncode
    if code:
        print((folder / "log").read_text(errors="replace")[-3000:])
    return code, ends_in(home / "objects", files)


if __name__ == "__main__":
    sys.exit(main())
