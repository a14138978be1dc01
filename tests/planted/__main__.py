"""``python -m tests.planted``: which planted faults the audit finds, and what it says of them."""

from __future__ import annotations

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from ops.audit.words import audit_lines
from tests.planted.faults import FAULTS
from tests.planted.past import Past, healthy_past
from tests.planted.running import Judged, healthy_weeks, plant
from tests.planted.world import Fault

BASELINE_DAYS = 28


def main() -> int:
    """Plant every fault alone, some in pairs, and none for weeks; print what was found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--weeks", type=int, default=20)
    parser.add_argument("--only", action="append", default=[], help="Only faults with this in their name.")
    parser.add_argument("--text", action="store_true", help="Print the page of each audit.")
    parser.add_argument("--per-day", type=int, default=20)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(_run(Path(folder), wanted))


async def _run(folder: Path, wanted: argparse.Namespace) -> int:
    began, only, weeks = time.perf_counter(), wanted.only, wanted.weeks
    past = await healthy_past(folder, BASELINE_DAYS, wanted.per_day)
    print(f"{past.world.submitted} documents in {BASELINE_DAYS} days, {time.perf_counter() - began:.0f} s")
    singles = [(fault,) for fault in FAULTS if not only or any(part in fault.name for part in only)]
    draw = random.Random(11)
    couples = [tuple(draw.sample(FAULTS, 2)) for _ in range(0 if only else wanted.pairs)]
    print("\none at a time")
    alone = [await _one(past, folder, f, seed, text=wanted.text) for seed, f in enumerate(singles, start=1)]
    print("\nin pairs")
    paired = [
        await _one(past, folder, f, seed, text=wanted.text) for seed, f in enumerate(couples, start=101)
    ]
    _sum("alone", alone)
    _sum("paired", paired)
    false = [] if only else await healthy_weeks(past, folder, weeks, seed=1000)
    if not only:
        print(f"{weeks} healthy weeks: {len(false)} false findings", *false, sep="\n  ")
    print(f"{time.perf_counter() - began:.0f} s")
    return 0


async def _one(past: Past, folder: Path, faults: Sequence[Fault], seed: int, *, text: bool) -> Judged:
    done = await plant(past, folder, faults, seed=seed)
    first = done.audit.first
    mark = "found" if len(done.found) == len(faults) else f"found {len(done.found)} of {len(faults)}"
    print(f"{' + '.join(f.name for f in faults)}: {mark}; first: {first.key if first else 'nothing'}"
          f"{' ✓' if done.right else ' ✗'}{'; also ' + ', '.join(done.others) if done.others else ''}",
          flush=True)  # fmt: skip
    if text:
        print("", *audit_lines(done.audit), "", sep="\n", flush=True)
    return done


def _sum(name: str, done: Sequence[Judged]) -> None:
    planted, found = sum(len(one.faults) for one in done), sum(len(one.found) for one in done)
    right = sum(one.right for one in done)
    print(f"\n{name}: found {found} of {planted}, first named right in {right} of {len(done)}")


if __name__ == "__main__":
    sys.exit(main())
