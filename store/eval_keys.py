"""Where evals keep what they found: sets and their uses, evaluations, nights, shadows. See ``store.keys``."""

from __future__ import annotations

EVAL_SETS = "evals/sets"
"""Folder of the eval sets, by name and id."""


def eval_set(name: str, set_id: str) -> str:
    """Folder of one eval set: its manifest and its records."""
    return f"{EVAL_SETS}/{name}/{set_id}"


def eval_uses(set_id: str) -> str:
    """Folder of the comparisons that were made on a set."""
    return f"evals/uses/{set_id}"


def eval_use(set_id: str, number: int) -> str:
    """Comparison ``number`` (from 1) on a set."""
    return f"{eval_uses(set_id)}/{number:06d}.json"


def eval_answer(document_id: str, key: str) -> str:
    """What a variant answered about a document in an evaluation."""
    return f"documents/{document_id}/evals/{key}.json"


NIGHTS = "evals/nights"
"""Folder of what nightly checks found."""


def night(moment: str) -> str:
    """What the check of a night found."""
    return f"{NIGHTS}/{moment}.json"


SHADOWS = "evals/shadows"
"""Folder of the variants that ran beside live ones, by type."""


def shadow(doc_type: str, number: int, name: str) -> str:
    """A file of shadow ``number`` (from 1) of a type: how it began, how it ended."""
    return f"{SHADOWS}/{doc_type}/{number:06d}/{name}.json"


def shadow_notes(doc_type: str, number: int, kind: str) -> str:
    """Folder of the documents that a shadow read alike, or otherwise; linked from each document."""
    return f"{SHADOWS}/{doc_type}/{number:06d}/{kind}"


def shadow_note(doc_type: str, number: int, kind: str, document_id: str) -> str:
    """That a shadow read a document alike, or otherwise."""
    return f"{shadow_notes(doc_type, number, kind)}/{document_id}.json"


EVAL_RUNS = "evals/runs"
"""Folder of the evaluations that were kept."""


def eval_run(run_id: str, name: str) -> str:
    """A file of an evaluation: what was run, and its figures."""
    return f"{EVAL_RUNS}/{run_id}/{name}"
