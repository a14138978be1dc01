"""A splitter as a model file, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import ValidationError

from inference.learned.trees import Trees
from inference.learned.variant import Array, BrokenVariantError, Parts, pack, unpack, wanted
from inference.splitter.features import BUCKETS, FEATURES, VERSION, ZONES, Edges
from inference.splitter.model import Splitter
from schemas.canonical import digest
from schemas.layout import Frozen

FEATURE_SPACE = digest([BUCKETS, ZONES, list(FEATURES), VERSION])
"""Names what the weights and trees ask about: a file made for other features is refused."""
_DEEPEST = 16


class _Facts(Frozen):
    feature_space: str
    scales: tuple[float, float]
    offsets: tuple[float, float]
    tree_offset: float
    depth: int
    slope: float
    offset: float
    training: dict[str, Any]


def dump_splitter(splitter: Splitter, *, training: dict[str, Any]) -> bytes:
    """Return the splitter's file; the same splitter and facts give the same bytes."""
    edges, trees = splitter.edges, splitter.trees
    scales = (scale_of(edges.begins), scale_of(edges.ends))
    arrays: dict[str, Array] = {
        "idf": edges.idf.astype("<f2"),
        "begins": np.round(edges.begins / scales[0]).astype("<i1"),
        "ends": np.round(edges.ends / scales[1]).astype("<i1"),
        "tree.roots": trees.roots.astype("<u2"),
        "tree.feature": trees.feature.astype("<u2"),
        "tree.threshold": trees.threshold.astype("<f4"),
        "tree.left": trees.left.astype("<u2"),
        "tree.right": trees.right.astype("<u2"),
        "tree.value": trees.value.astype("<f4"),
    }
    facts = _Facts(
        feature_space=FEATURE_SPACE,
        scales=scales,
        offsets=edges.offsets,
        tree_offset=trees.offset,
        depth=trees.depth,
        slope=splitter.slope,
        offset=splitter.offset,
        training=training,
    )
    return pack(Parts("splitter", facts.model_dump(mode="json"), arrays))


def scale_of(weights: Array) -> float:
    """Return the step by which eight bits hold ``weights``."""
    return float(np.float32(np.abs(weights).max() / 127)) or 1.0


def load_splitter(data: bytes) -> Splitter:
    """Return the splitter in a model file.

    Raises:
        BrokenVariantError: The file is damaged, foreign, or made for other features.
    """
    parts = unpack(data, "splitter")
    try:
        facts = _Facts.model_validate(parts.facts)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        raise BrokenVariantError(f"its header is wrong at {place!r}") from error
    if facts.feature_space != FEATURE_SPACE:
        raise BrokenVariantError(
            "it was trained for other features than this version computes; train it again"
        )
    edges = Edges(
        wanted(parts, "idf", "f2", (BUCKETS,)).astype(np.float64),
        wanted(parts, "begins", "i1", (ZONES * BUCKETS,)).astype(np.float64) * facts.scales[0],
        wanted(parts, "ends", "i1", (ZONES * BUCKETS,)).astype(np.float64) * facts.scales[1],
        facts.offsets,
    )
    return Splitter(edges, _trees(parts, facts), facts.slope, facts.offset)


def _trees(parts: Parts, facts: _Facts) -> Trees:
    feature = wanted(parts, "tree.feature", "u2", (None,)).astype(np.int64)
    count = len(feature)
    left, right = (
        wanted(parts, f"tree.{side}", "u2", (count,)).astype(np.int64) for side in ("left", "right")
    )
    roots = wanted(parts, "tree.roots", "u2", (None,)).astype(np.int64)
    inside = count and len(roots) and max(left.max(), right.max(), roots.max()) < count
    if not inside or feature.max() >= len(FEATURES) or not 0 < facts.depth <= _DEEPEST:
        raise BrokenVariantError("its trees lead out of themselves")
    return Trees(
        roots,
        feature,
        wanted(parts, "tree.threshold", "f4", (count,)).astype(np.float64),
        left,
        right,
        wanted(parts, "tree.value", "f4", (count,)).astype(np.float64),
        facts.tree_offset,
        facts.depth,
    )
