"""Labelled sets in folders, as they come to whoever trains."""

from __future__ import annotations

import json
from pathlib import Path


def write_set(folder: Path, entries: list[dict[str, object]], **texts: str) -> Path:
    """Write a set of ``entries`` with their texts into a folder, and return it."""
    (folder / "text").mkdir(parents=True, exist_ok=True)
    for name, text in texts.items():
        (folder / "text" / f"{name}.txt").write_text(text, encoding="utf-8")
    lines = [json.dumps(entry) for entry in entries]
    (folder / "labels.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def entry(name: str, **more: object) -> dict[str, object]:
    """Return a line of labels, of a slip unless ``more`` says otherwise."""
    return {"file": None, "text": f"text/{name}.txt", "doc_type": "slip", "fields": {}, **more}
