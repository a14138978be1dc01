"""All bars of the small model in one table: what must hold, what is aimed at, what is reached.

python -m benchmarks.bars --data DIR --keep DIR [--cache DIR] [--part NAME ...] [--again] [--json]
python -m benchmarks.bars --keep DIR --table
python -m benchmarks.bars --list

Each part is a bench of its own; what it finds lies in ``--keep`` as soon as it is done, so that a run that
was stopped goes on where it was. What other code measured than there is now is marked with *; ``--again``
measures it anew, ``--table`` measures nothing. Ends with 1 where a bar that was measured does not hold.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.bar_parts import PARTS, Figure, Figures, Setting, share
from benchmarks.pipeline import cpu_seconds
from doctypes.folder import load_all
from schemas.canonical import digest, sha256_hex

DECIDING = (
    "doctypes",
    "inference/classifier",
    "inference/extractor",
    "inference/labelled",
    "inference/learned",
    "inference/reading",
    "inference/tables",
    "inference/train",
    "pages",
    "samples",
)
"""Folders whose files decide what is found: of inference not remote models, well logs or the splitter."""
_APART = Path("doctypes", "well_log")
_COUNTED = frozenset({".py", ".json", ".md", ""})


@dataclass(frozen=True, slots=True)
class Bar:
    """What must hold of a figure, and what is aimed at; neither for one that is only reported.

    Attributes:
        parts: Whose figure it is; shares of several are pooled.
        at_most: Smaller is better.
        digits: Behind the point.
    """

    says: str
    parts: tuple[str, ...]
    figure: str
    must: float | None = None
    aim: float | None = None
    at_most: bool = False
    digits: int = 3

    def holds(self, value: float, bar: float) -> bool:
        """Whether a value, as it is printed, reaches a bar."""
        value = round(value, self.digits)
        return value <= bar if self.at_most else value >= bar


def _trust(says: str, part: str, bars: Sequence[tuple[float | None, float | None]]) -> tuple[Bar, ...]:
    names = (("AUROC", "auroc", False), ("ECE", "ece", True), ("error left after 11 %", "left", True))
    return tuple(
        Bar(f"{says}: {name}", (part,), figure, must, aim, at_most)
        for (name, figure, at_most), (must, aim) in zip(names, bars, strict=True)
    )


_NONE: tuple[None, None] = (None, None)
_FIELDS = ("receipts-mixed", "receipts-vendors", "ndas", "contracts", "headers-clusters", "headers-layouts")
BARS: tuple[Bar, ...] = (
    Bar("receipts, vendors mixed: F1", ("receipts-mixed",), "f1", 0.945, 0.970),
    *_trust("receipts, vendors mixed", "receipts-mixed", ((0.89, 0.94), (0.03, 0.015), (0.02, 0.012))),
    Bar("receipts: accepted at certified 2 %, all fields", ("receipts-mixed",), "together", 0.80, 0.93),
    Bar("  wrong among them", ("receipts-mixed",), "together wrong", 0.02, None, True),
    Bar("receipts: accepted by each field's certificate", ("receipts-mixed",), "accepted"),
    Bar("  wrong among them", ("receipts-mixed",), "accepted wrong"),
    Bar("receipts, unseen vendors: F1", ("receipts-vendors",), "f1", 0.87, 0.92),
    *_trust("receipts, unseen vendors", "receipts-vendors", (_NONE, _NONE, _NONE)),
    Bar("receipts, unseen vendors: accepted at 2 %", ("receipts-vendors",), "together"),
    Bar("  wrong among them", ("receipts-vendors",), "together wrong"),
    Bar("receipts, unseen vendors: accepted field by field", ("receipts-vendors",), "accepted"),
    Bar("  wrong among them", ("receipts-vendors",), "accepted wrong"),
    Bar("receipts, learned from 50: F1", ("receipts-few",), "f1", 0.88, 0.93),
    Bar("receipts, photographs by our own OCR: F1", ("receipts-photographed",), "f1", 0.78, 0.90),
    Bar("NDAs: F1", ("ndas",), "f1", 0.80, 0.86),
    *_trust("NDAs", "ndas", ((0.78, 0.87), (0.06, 0.03), _NONE)),
    Bar("ad contracts: F1", ("ad-buys",), "f1", 0.88, 0.92),
    *_trust("ad contracts", "ad-buys", ((0.88, 0.92), _NONE, (0.06, 0.045))),
    Bar("ad contracts: accepted at certified errors", ("ad-buys",), "accepted"),
    Bar("contracts, value fields: F1", ("contracts",), "f1", 0.60, 0.75),
    Bar("made up on absent fields, among accepted", _FIELDS, "accepted made up", 0.02, 0.005, True),
    Bar("types: accuracy", ("types",), "accuracy", 0.99, 0.995),
    Bar("types: ECE", ("types",), "ece", 0.02, 0.01, True),
    Bar("types, NDAs never seen: novelty AUROC", ("types",), "novelty", 0.85, 0.95),
    Bar("types, NDAs never seen: called unknown", ("types",), "called unknown"),
    Bar("invoices' headers, clusters held out: F1", ("headers-clusters",), "f1", 0.82, 0.92),
    Bar("invoices' headers, layouts held out: F1", ("headers-layouts",), "f1", 0.85, 0.94),
    Bar("  values on truly absent fields, clusters", ("headers-clusters",), "made up", 0.20, 0.05, True),
    Bar("  values on truly absent fields, layouts", ("headers-layouts",), "made up", 0.20, 0.05, True),
    Bar("invoices' rows, clusters held out: cells", ("rows-clusters",), "cells", 0.88, 0.95),
    Bar("  numbers", ("rows-clusters",), "numbers", 0.93, 0.98),
    Bar("  mean over layouts", ("rows-clusters",), "macro", 0.78, 0.90),
    Bar("invoices' rows, layouts held out: cells", ("rows-layouts",), "cells", 0.88, 0.95),
    Bar("  numbers", ("rows-layouts",), "numbers", 0.93, 0.98),
    Bar("  mean over layouts", ("rows-layouts",), "macro", 0.78, 0.90),
    Bar("  rows invented", ("rows-clusters", "rows-layouts"), "invented", 0.01, 0.0, True),
    Bar("  totals right where rows add up", ("rows-clusters",), "totals", 0.98, 1.0),
    Bar("generated invoices, unseen layouts: cells", ("rows-clusters",), "fresh cells", 0.92, 0.98),
    Bar("  rows invented", ("rows-clusters",), "fresh invented", 0.01, 0.0, True),
    Bar("  totals right where rows add up", ("rows-clusters",), "fresh totals", 0.98, 1.0),
    Bar("  tables of 30 to 200 rows complete", ("rows-clusters",), "long complete", 0.95, 0.99),
    Bar("certificates that do not hold", ("certificates",), "violated", 0.05, None, True),
    Bar("training, dearest type: s on two cores", ("costs",), "training", 150, 60, True, 0),
    Bar("reading, dearest type: p95, ms of CPU", ("costs",), "reading", 250, 80, True, 0),
    Bar("size, largest type: kB", ("costs",), "size", 3000, 1000, True, 0),
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a part found, by which code and on which day; no day where it was kept before that was."""

    code: str
    figures: Figures
    cpu_seconds: float
    day: str = ""


def code_digest() -> str:
    """Return the digest of all files that decide what is found: code, shipped types and models."""
    here = Path(__file__).parent.parent
    files = (path for folder in DECIDING for path in sorted((here / folder).rglob("*")))
    counted = (path for path in files if path.is_file() and path.suffix in _COUNTED)
    return digest(
        [
            [name.as_posix(), sha256_hex((here / name).read_bytes())]
            for name in (path.relative_to(here) for path in counted)
            if "__pycache__" not in name.parts and _APART not in name.parents
        ]
    )


def kept_in(folder: Path, part: str) -> Kept | None:
    """Return what a part found before, None where it was not run."""
    path = folder / f"{part}.json"
    if not path.is_file():
        return None
    entry = json.loads(path.read_text(encoding="utf-8"))
    found = {name: Figure(**figure) for name, figure in entry["figures"].items()}
    return Kept(entry["code"], found, entry["cpu_seconds"], entry.get("day", ""))


def measure(part: str, setting: Setting, folder: Path, code: str, day: str) -> None:
    """Run a part and keep what it found."""
    begun = cpu_seconds()
    found = PARTS[part].run(setting)
    kept = Kept(code, found, cpu_seconds() - begun, day)
    folder.mkdir(parents=True, exist_ok=True)
    unfinished = folder / f".{part}.part"
    unfinished.write_text(json.dumps(asdict(kept), indent=1), encoding="utf-8")
    unfinished.replace(folder / f"{part}.json")


def figure_of(bar: Bar, found: Mapping[str, Kept]) -> Figure | None:
    """Return the figure of a bar, pooled over its parts; None where one was not run by code that has it."""
    if any(part not in found or bar.figure not in found[part].figures for part in bar.parts):
        return None
    figures = [found[part].figures[bar.figure] for part in bar.parts]
    if len(figures) == 1:
        return figures[0]
    return share(sum(f.hits or 0 for f in figures), sum(f.of or 0 for f in figures))


def table(found: Mapping[str, Kept], code: str) -> Iterator[str]:
    """Yield the table's lines."""
    yield f"{'':50} {'must':>6} {'aim':>6} {'reached':>8}  {'95 % interval':17} {'measured':11} holds"
    for bar in BARS:
        figure = figure_of(bar, found)
        if figure is None:
            yield f"{bar.says:50} {_bound(bar.must)} {_bound(bar.aim)}        –  not measured"
            continue
        reached = _number(bar, figure.value)
        old = "*" if any(found[part].code != code for part in bar.parts) else " "
        yield (
            f"{bar.says:50} {_bound(bar.must)} {_bound(bar.aim)} {reached:>8}{old} "
            f"{_interval(bar, figure):17} {min(found[part].day for part in bar.parts):11} "
            f"{_verdict(bar, figure.value)}"
        )
    spent = sum(kept.cpu_seconds for kept in found.values())
    yield f"{len(found)} of {len(PARTS)} parts measured, {spent:.0f} s of CPU; *: by other code than this"


def _number(bar: Bar, value: float | None) -> str:
    return "–" if value is None else f"{value:.{bar.digits}f}"


def _bound(value: float | None) -> str:
    return f"{'' if value is None else f'{value:g}':>6}"


def _interval(bar: Bar, figure: Figure) -> str:
    shown = "" if figure.low is None else f"{_number(bar, figure.low)} to {_number(bar, figure.high)}"
    return f"{figure.hits} of {figure.of}" if figure.of and figure.of < 100 else shown


def _verdict(bar: Bar, value: float | None) -> str:
    if bar.must is None:
        return "reported"
    if value is None:
        return "nothing to count"
    if not bar.holds(value, bar.must):
        return "NO"
    return "aim" if bar.aim is not None and bar.holds(value, bar.aim) else "yes"


def failed(found: Mapping[str, Kept]) -> list[str]:
    """Return the bars that were measured and do not hold."""
    figures = ((bar, figure_of(bar, found)) for bar in BARS)
    return [bar.says for bar, figure in figures if figure and _verdict(bar, figure.value) == "NO"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is missing and print the table; 1 where a bar does not hold."""
    says = (__doc__ or "").splitlines()[0]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bars", description=says)
    parser.add_argument("--data", type=Path, help="folder with the labelled sets")
    parser.add_argument("--keep", type=Path, help="where what was found is kept")
    parser.add_argument(
        "--cache", type=Path, help="where the layouts of originals are kept; default: in --keep"
    )
    parser.add_argument("--part", action="append", choices=list(PARTS), help="measure only this; repeat")
    parser.add_argument("--again", action="store_true", help="measure anew what other code measured")
    parser.add_argument("--table", action="store_true", help="measure nothing, print what there is")
    parser.add_argument("--list", action="store_true", help="say what the parts are and cost")
    parser.add_argument("--json", action="store_true", help="figures as JSON behind the table")
    options = parser.parse_args(arguments)
    if options.list:
        print("\n".join(f"{name:22} {part.cost:4} s  {part.says}" for name, part in PARTS.items()))
        return 0
    if options.keep is None or (options.data is None and not options.table):
        parser.error("give --data and --keep, or --list")
    code = code_digest()
    for part in () if options.table else options.part or PARTS:
        known = kept_in(options.keep, part)
        if known is None or (options.again and known.code != code):
            print(f"{part}: {PARTS[part].says}, about {PARTS[part].cost} s of CPU", flush=True)
            folders = {folder.doc_type.name: folder for folder in load_all()}
            setting = Setting(options.data, options.cache or options.keep / "cache", folders)
            measure(part, setting, options.keep, code, datetime.now(UTC).date().isoformat())
    found = {part: kept for part in PARTS if (kept := kept_in(options.keep, part)) is not None}
    print("\n".join(table(found, code)))
    if options.json:
        print(json.dumps({part: asdict(kept) for part, kept in found.items()}, indent=1))
    return int(bool(failed(found)))


if __name__ == "__main__":
    raise SystemExit(main())
