"""What pages and data of real e-invoices agree on, field by field, by the pipeline as it ships.

Usage: python -m benchmarks.einvoices --data DIR [--differences]

``DIR`` holds hybrid invoices (PDFs with Factur-X or ZUGFeRD XML), at any depth. They go through a whole
embedded installation in a temporary home. Differences are meant to be looked at one by one: what the
page says may be misread, written otherwise, or really differ.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

from app.actions.submit import submit_all
from app.session import settings
from schemas.canonical import sha256_hex
from schemas.results import FieldDecision, Record, RecordField

COLUMNS = ("agree", "printed", "data alone", "differ", "not on page", "disagree", "neither", "page alone")


def main() -> int:
    """Run the files and print the table; return 1 where a file came to no record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--differences", action="store_true", help="print every doubt that has a code")
    arguments = parser.parse_args()
    files = sorted(arguments.data.rglob("*.pdf"))
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        chosen = settings(logs="error").model_copy(update={"home": home})
        asyncio.run(submit_all(chosen, files, wait=True, force=False))
        records = dict(_records(home, files))
    _table([field for record in records.values() for field in record.fields])
    if arguments.differences:
        _differences(records)
    print(f"{len(records)} of {len(files)} files have a record")
    return 0 if len(records) == len(files) else 1


def _records(home: Path, files: Sequence[Path]) -> Iterator[tuple[str, Record]]:
    for path in files:
        results = home / "objects" / "documents" / sha256_hex(path.read_bytes()) / "results" / "validation"
        for made in sorted(results.glob("*.json"))[:1]:
            yield path.stem, Record.model_validate_json(made.read_bytes())


def _table(fields: Sequence[RecordField]) -> None:
    counted: dict[str, Counter[str]] = {}
    for field in fields:
        counted.setdefault(field.field.name, Counter())[_outcome(field)] += 1
    print(f"{'field':16}" + "".join(f"{column:>13}" for column in COLUMNS))
    for name, outcomes in counted.items():
        print(f"{name:16}" + "".join(f"{outcomes[column]:>13}" for column in COLUMNS))


def _outcome(judged: RecordField) -> str:
    """Return the column of a field: by its code where it has one, else by its arithmetic."""
    coded = {"page_and_data_differ": "differ", "data_not_on_page": "not on page", "data_disagree": "disagree"}
    field = judged.field
    if judged.codes:
        return coded[judged.codes[0].value]
    if field.compared is None:
        return "page alone"
    if not field.readings and not field.rows:
        return "neither"
    if judged.arithmetic.startswith("stated by the data alone"):
        return "data alone"
    return "printed" if "page prints" in judged.arithmetic else "agree"


def _differences(records: dict[str, Record]) -> None:
    for name, record in records.items():
        for judged in record.fields:
            if judged.codes and judged.decision is FieldDecision.REVIEW:
                print(f"{name}\n    {judged.field.name}: {'; '.join(judged.reasons)}")


if __name__ == "__main__":
    sys.exit(main())
