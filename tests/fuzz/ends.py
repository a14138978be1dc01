"""What became of the files, read from the store alone."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

LONGEST_SECONDS = 60.0


@dataclass
class Ends:
    """The ends by kind, and what is wrong.

    Attributes:
        reached: How many documents came to each end, by end and reason.
        endless: Files that came to no end.
        speechless: Files whose end says nothing to a person.
        dead_lettered: Messages that killed their handlers or that could not be handled.
        hung: Files whose handling took longer than it may.
    """

    reached: Counter[str] = field(default_factory=Counter)
    endless: list[str] = field(default_factory=list)
    speechless: list[str] = field(default_factory=list)
    dead_lettered: list[str] = field(default_factory=list)
    hung: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")

    @property
    def clean(self) -> bool:
        """Whether nothing is wrong."""
        return not (self.endless or self.speechless or self.dead_lettered or self.hung)

    def lines(self) -> Iterator[str]:
        """Yield the report: a line per end, then one per kind of wrong with examples."""
        for end, number in self.reached.most_common():
            yield f"{number:6} {end}"
        yield f"slowest {self.slowest[0]:.1f} s: {self.slowest[1]}"
        for kind in ("endless", "speechless", "dead_lettered", "hung"):
            found = getattr(self, kind)
            yield f"{kind.replace('_', ' '):14} {len(found)}"
            yield from (f"    {one}" for one in found[:10])


def ends_in(objects: Path, files: Mapping[str, bytes]) -> Ends:
    """Return what became of ``files`` (by name) and of what was inside them, in the store at ``objects``."""
    ends = Ends()
    names = {hashlib.sha256(data).hexdigest(): name for name, data in files.items()}
    inside = {path.name: f"inside, {path.name[:12]}" for path in (objects / "documents").iterdir()}
    for document_id, name in (inside | names).items():
        folder = objects / "documents" / document_id
        _note_end(ends, name, [json.loads(p.read_bytes()) for p in folder.glob("results/validation/*.json")])
        seconds = sum(_reading_seconds(path) for path in folder.glob("trail/*/*/*.json"))
        ends.slowest = max(ends.slowest, (seconds, name))
        if seconds > LONGEST_SECONDS:
            ends.hung.append(f"{name}: {seconds:.0f} s")
    for path in sorted(objects.glob("dead_letters/*/*.json")):
        letter = json.loads(path.read_bytes())
        ends.dead_lettered.append(f"{path.parent.name}: {letter.get('sentence') or letter.get('reason')}")
    return ends


def _reading_seconds(trail: Path) -> float:
    steps = json.loads(trail.read_bytes())["steps"]
    return sum(float(step["seconds"]) for step in steps if step["kind"] == "read")


def _note_end(ends: Ends, name: str, records: list[dict[str, Any]]) -> None:
    if not records:
        ends.endless.append(name)
        return
    record = records[-1]
    end = record["status"] or "review"
    ends.reached[f"{end} {record['reason'] or ''}".strip()] += 1
    if end != "accepted" and not any(sentence.strip() for sentence in record["reasons"]):
        ends.speechless.append(f"{name}: {end}")
