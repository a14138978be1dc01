"""A splitter as a model file, and back."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import Field

from inference.learned.parts import DEEPEST, TreesFacts, check_space, facts_in, put_trees, trees_in
from inference.learned.variant import Array, Parts, pack, unpack, wanted
from inference.splitter.features import BUCKETS, FEATURES, VERSION, ZONES, Edges
from inference.splitter.model import Splitter
from schemas.canonical import digest
from schemas.layout import Frozen

FEATURE_SPACE = digest([BUCKETS, ZONES, list(FEATURES), VERSION])
"""Names what the weights and trees ask about: a file made for other features is refused."""


class _Facts(Frozen):
    feature_space: str
    scales: tuple[float, float]
    offsets: tuple[float, float]
    tree_offset: float
    depth: int = Field(ge=1, le=DEEPEST)
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
    }
    kept = put_trees(trees, "tree", arrays)
    facts = _Facts(
        feature_space=FEATURE_SPACE,
        scales=scales,
        offsets=edges.offsets,
        tree_offset=kept.offset,
        depth=kept.depth,
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
    facts = facts_in(parts, _Facts)
    check_space(facts.feature_space, FEATURE_SPACE, "features")
    about = TreesFacts(offset=facts.tree_offset, depth=facts.depth)
    edges = Edges(
        wanted(parts, "idf", "f2", (BUCKETS,)).astype(np.float64),
        wanted(parts, "begins", "i1", (ZONES * BUCKETS,)).astype(np.float64) * facts.scales[0],
        wanted(parts, "ends", "i1", (ZONES * BUCKETS,)).astype(np.float64) * facts.scales[1],
        facts.offsets,
    )
    return Splitter(edges, trees_in(parts, "tree", about, len(FEATURES)), facts.slope, facts.offset)
