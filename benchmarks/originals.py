"""The labelled originals through a whole installation: what is accepted, and how much of that is wrong.

python -m benchmarks.originals --data DIR --home DIR [--wrong] [--json]

Files of every labelled set (scans, PDFs) go through the embedded pipeline as ``doctrail submit --wait`` sends
them, with the models that ship; ``--home`` keeps the installation, and a run that was stopped goes on there.
Fields accepted without a person are held against the labels; what no label speaks of is counted, not judged.
The models learned from these documents, so that the errors are those of use, not of unseen documents.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import TypeAdapter

from app.actions.models import LABELLED
from app.actions.submit import submit_all
from app.actions.train import known_as
from app.session import settings
from doctypes.folder import TypeFolder, load_all
from evals.scoring.answers import answered_field
from inference.extractor.fields import FieldSketch, sketch_of
from inference.extractor.learning_data import ALIKE, alike, learned_day_order
from inference.labelled.datasets import LABELS, ReadFile, open_set
from inference.labelled.documents import LabelledDocument
from inference.labelled.teaching import labelled_documents
from inference.learned.certify import upper_bound
from inference.reading.spans import order_in
from inference.reading.values import label_keys
from schemas.canonical import sha256_hex
from schemas.fields import FieldState
from schemas.layout_block import to_block
from schemas.results import ArtifactKind, FieldDecision, Record
from store.artifacts import get_artifact
from store.connect import connect

REVIEW = "to review"
_JUDGED = (FieldDecision.ACCEPTED, FieldDecision.OPTIONAL_ABSENT)


@dataclass(frozen=True, slots=True)
class Truth:
    """What the labels say of one original: its type, and what its fields hold."""

    doc_type: str
    labelled: LabelledDocument


@dataclass
class Tally:
    """What became of the originals of one set.

    Attributes:
        ends: How many came to which end.
        types: How many were taken for the type that they are labelled with.
        fields: Declared fields of them, by what was decided.
        judged: Accepted fields that a label speaks of, read from pages; and wrong ones among them.
        stated: The same of fields that embedded data state.
        wrong: The wrong ones, as document and field.
    """

    name: str
    files: int = 0
    ends: Counter[str] = field(default_factory=Counter)
    types: int = 0
    fields: Counter[str] = field(default_factory=Counter)
    judged: list[int] = field(default_factory=lambda: [0, 0])
    stated: list[int] = field(default_factory=lambda: [0, 0])
    wrong: list[str] = field(default_factory=list)

    def judge(
        self, key: str, record: Record, truth: Truth, folder: TypeFolder, day_first: bool | None
    ) -> None:
        """Hold a record against the labels."""
        self.files += 1
        self.ends[REVIEW if record.status is None else record.status.value] += 1
        same = record.doc_type == truth.doc_type
        self.types += same
        order = order_in(truth.labelled.document, day_first)
        fields = {spec.name: sketch_of(spec) for spec in folder.doc_type.fields if not spec.columns}
        for one in record.fields:
            self.fields[one.decision.value] += 1
            labels = truth.labelled.fields.get(one.field.name)
            if one.decision not in _JUDGED or one.field.name not in fields or (labels is None and same):
                continue
            sketch = fields[one.field.name]
            given = label_keys(sketch.kind, answered_field(one).values, order)
            wanted = label_keys(sketch.kind, labels or (), order)
            right = same and agrees(sketch, given, wanted, absent=one.field.state is FieldState.ABSENT)
            tally = self.stated if any(reading.element for reading in one.field.readings) else self.judged
            tally[0] += 1
            tally[1] += not right
            if not right:
                self.wrong.append(f"{key} {one.field.name}")


def agrees(field: FieldSketch, given: frozenset[str], wanted: frozenset[str], *, absent: bool) -> bool:
    """Whether an answer means what the labels say; several labels of a plain field are ways to write one."""
    if not wanted:
        return absent or not given
    found = given & (wanted | alike(wanted, sorted(given), ALIKE) if field.fuzzy else wanted)
    return found == given and len(given) == len(wanted) if field.many else bool(found)


def truths(
    data: Path, name: str, folder: TypeFolder, types: Mapping[str, str], read: ReadFile
) -> Iterator[tuple[Path, Truth]]:
    """Yield the originals of a labelled set with what its labels say, file by file.

    Args:
        data: Folder with the labelled sets.
        name: Of the set.
        folder: The type that it teaches.
        types: By name that labelled sets use, the type it means.
        read: Returns the layout block of an original; its dates may tell how labels write them.
    """
    known = {folder.doc_type.name, *folder.label_names.doc_types}
    files = _files(data / name / LABELS)
    for row in open_set(data / name, read, types=known).rows:
        if row.key in files:
            labelled = labelled_documents([row], folder.doc_type, folder.label_names, {})
            yield files[row.key], Truth(types[row.doc_type], labelled[0])


def _files(labels: Path) -> dict[str, Path]:
    """Return the originals of a set by the keys of its rows."""
    entries = [json.loads(line) for line in labels.read_text(encoding="utf-8").splitlines() if line.strip()]
    shown = [entry for entry in entries if entry.get("file")]
    return {
        f"{labels.parent.name}/{entry.get('key') or Path(entry['file']).stem}": labels.parent / entry["file"]
        for entry in shown
    }


async def read_before(home: Path, files: Sequence[Path]) -> dict[Path, str | None]:
    """Return what an installation read of files, as layout blocks."""
    store = connect(f"file://{home.resolve()}/objects")
    blocks: dict[Path, str | None] = {}
    for path in files:
        record = record_of(home, path)
        if record is not None:
            found = await get_artifact(store, record.classification, ArtifactKind.CLASSIFICATION)
            if found.layout is not None:
                blocks[path] = to_block(await get_artifact(store, found.layout, ArtifactKind.LAYOUT))
    return blocks


def record_of(home: Path, path: Path) -> Record | None:
    """Return the record that a file came to in an installation, None where it came to none."""
    results = home / "objects" / "documents" / sha256_hex(path.read_bytes()) / "results" / "validation"
    made = sorted(results.glob("*.json"))
    return Record.model_validate_json(made[0].read_bytes()) if made else None


def tallied(data: Path, home: Path) -> Iterator[Tally]:
    """Yield what became of the originals of each labelled set."""
    folders = {folder.doc_type.name: folder for folder in load_all()}
    types = known_as(list(folders.values()))
    for doc_type, names in LABELLED.items():
        for name in names:
            folder, tally = folders[doc_type], Tally(name)
            files = list(_files(data / name / LABELS).values())
            blocks = asyncio.run(read_before(home, files))
            found = list(truths(data, name, folder, types, blocks.get))
            sketches = [sketch_of(spec) for spec in folder.doc_type.fields if not spec.columns]
            day_first = folder.doc_type.day_first
            if day_first is None:
                day_first = learned_day_order([truth.labelled for _, truth in found], sketches)
            for path, truth in found:
                record = record_of(home, path)
                if record is None:
                    tally.files += 1
                    tally.ends["no record"] += 1
                else:
                    tally.judge(truth.labelled.key, record, truth, folder, day_first)
            yield tally


def report(tallies: Sequence[Tally]) -> Iterator[str]:
    """Yield a line for each set, and what all accepted fields together show."""
    for tally in tallies:
        ends = ", ".join(f"{count} {end}" for end, count in sorted(tally.ends.items()))
        fields = ", ".join(f"{count} {decision}" for decision, count in sorted(tally.fields.items()))
        yield f"{tally.name}: {tally.files} originals ({ends}), {tally.types} of the labelled type"
        yield f"  fields: {fields}"
        yield f"  accepted and labelled: {_both(tally.judged, tally.stated)}"
    pages = [sum(tally.judged[place] for tally in tallies) for place in (0, 1)]
    stated = [sum(tally.stated[place] for tally in tallies) for place in (0, 1)]
    files = sum(tally.files for tally in tallies)
    yield f"all: {files} originals; accepted and labelled: {_both(pages, stated)}"


def as_json(tallies: Sequence[Tally]) -> str:
    """Return the tallies as a list of objects."""
    # Not asdict: until Python 3.12 it counts a Counter's entries anew, by pairs that are no keys of JSON.
    return TypeAdapter(list[Tally]).dump_json(list(tallies), indent=1).decode()


def _both(pages: Sequence[int], stated: Sequence[int]) -> str:
    return f"{_shown(pages)} read from pages; {_shown(stated)} stated by data"


def _shown(judged: Sequence[int]) -> str:
    of, wrong = judged
    return f"{of} fields" + (f", {wrong} wrong (at most {upper_bound(wrong, of):.3f})" if of else "")


def main(arguments: Sequence[str] | None = None) -> int:
    """Send the originals through and print what became of them; 1 where one came to no record."""
    says = (__doc__ or "").splitlines()[0]
    parser = argparse.ArgumentParser(prog="python -m benchmarks.originals", description=says)
    parser.add_argument("--data", type=Path, required=True, help="folder with the labelled sets")
    parser.add_argument("--home", type=Path, required=True, help="where the installation is kept")
    parser.add_argument("--wrong", action="store_true", help="name the accepted fields that are wrong")
    parser.add_argument("--json", action="store_true", help="figures as JSON behind the text")
    options = parser.parse_args(arguments)
    chosen = settings(logs="error").model_copy(update={"home": options.home})
    names = [name for sets in LABELLED.values() for name in sets]
    folders = [options.data / name / "documents" for name in names]
    asyncio.run(submit_all(chosen, [f for f in folders if f.is_dir()], wait=True, force=False))
    tallies = list(tallied(options.data, options.home))
    print("\n".join(report(tallies)))
    if options.wrong:
        print("\n".join(f"wrong: {one}" for tally in tallies for one in tally.wrong))
    if options.json:
        print(as_json(tallies))
    return int(any(tally.ends["no record"] for tally in tallies))


if __name__ == "__main__":
    raise SystemExit(main())
