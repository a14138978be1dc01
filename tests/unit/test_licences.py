"""Licences of what doctrail stands on: permissive ones, or weak copyleft that libraries may be used under."""

from __future__ import annotations

import importlib.metadata
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PINNED = re.compile(r"^([A-Za-z0-9_.\-]+)==", re.MULTILINE)
PERMISSIVE = ("MIT", "BSD", "Apache", "ISC", "PSF", "Zlib", "0BSD", "CC0", "OSI Approved")
WEAK_COPYLEFT = ("MPL", "Mozilla Public License", "LGPL", "Lesser General Public License")
STRONG = re.compile(r"\b(A?GPL|GNU (Affero )?General Public)")


def licence_of(name: str) -> str | None:
    """Return what a distribution says of its licence; None where this machine does not need it."""
    try:
        metadata = importlib.metadata.distribution(name).metadata
    except importlib.metadata.PackageNotFoundError:
        return None
    classifiers = [c.rpartition(" :: ")[2] for c in metadata.get_all("Classifier") or [] if "License" in c]
    said = metadata.get_all("License-Expression") or metadata.get_all("License") or [""]
    return " / ".join([said[0].splitlines()[0] if said[0] else "", *classifiers])


def test_nothing_that_runs_is_under_strong_copyleft_or_without_a_licence() -> None:
    names = set(_PINNED.findall((ROOT / "requirements.lock").read_text()))
    known = {name: licence for name in names if (licence := licence_of(name)) is not None}

    unclear = {
        name: said for name, said in known.items() if not any(w in said for w in PERMISSIVE + WEAK_COPYLEFT)
    }
    strong = {name: said for name, said in known.items() if STRONG.search(said)}

    assert len(known) > 60
    assert unclear == {}
    assert strong == {}
