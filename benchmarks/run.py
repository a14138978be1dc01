"""Every benchmark that needs no data from outside, one after the other: ``make bench``."""

from __future__ import annotations

import subprocess
import sys

BENCHMARKS = (
    ("the embedded bus against a bare SQLite queue", ("benchmarks.bus",)),
    ("one trace among a hundred thousand documents", ("benchmarks.trace",)),
    ("each agent without model and page reading", ("benchmarks.agents",)),
    ("the pipeline against the bare sum of its parts", ("benchmarks.pipeline",)),
)


def main() -> int:
    """Run each benchmark in a process of its own; return 1 if one failed."""
    failed = 0
    for title, module in BENCHMARKS:
        print(f"\n== {title} ==", flush=True)
        failed += subprocess.run([sys.executable, "-m", *module], check=False).returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
