"""What files of every kind of model have in common: facts of a declared form, features of today, trees."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from pydantic import Field, ValidationError

from inference.learned.trees import Trees
from inference.learned.variant import Array, BrokenVariantError, Parts, wanted
from schemas.layout import Frozen

DEEPEST = 16
"""Steps from a tree's root beyond which a file is refused."""

_Facts = TypeVar("_Facts", bound=Frozen)


class TreesFacts(Frozen):
    """What is known of trees besides their arrays."""

    offset: float
    depth: int = Field(ge=1, le=DEEPEST)


def facts_in(parts: Parts, form: type[_Facts]) -> _Facts:
    """Return the facts of a file, which must have the form ``form``.

    Raises:
        BrokenVariantError: They have not; the first wrong one is named.
    """
    try:
        return form.model_validate(parts.facts)
    except ValidationError as error:
        place = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        raise BrokenVariantError(f"its header is wrong at {place!r}") from error


def check_space(given: str, ours: str, what: str) -> None:
    """Check that weights mean what this version computes.

    Args:
        given: Digest of what the file was trained for.
        ours: Digest of what is computed now.
        what: What it is: features, profiles.

    Raises:
        BrokenVariantError: They mean something else.
    """
    if given != ours:
        raise BrokenVariantError(
            f"it was trained for other {what} than this version computes; train it again"
        )


def put_trees(trees: Trees, prefix: str, arrays: dict[str, Array]) -> TreesFacts:
    """Put the arrays of trees under names that begin with ``prefix`` and return what is known besides."""
    arrays[f"{prefix}.roots"] = trees.roots.astype("<u2")
    arrays[f"{prefix}.feature"] = trees.feature.astype("<u2")
    arrays[f"{prefix}.threshold"] = trees.threshold.astype("<f4")
    arrays[f"{prefix}.left"] = trees.left.astype("<u2")
    arrays[f"{prefix}.right"] = trees.right.astype("<u2")
    arrays[f"{prefix}.value"] = trees.value.astype("<f4")
    return TreesFacts(offset=trees.offset, depth=trees.depth)


def trees_in(parts: Parts, prefix: str, facts: TreesFacts, features: int) -> Trees:
    """Return the trees whose arrays' names begin with ``prefix``.

    Raises:
        BrokenVariantError: An array is missing, or a tree leads out of its arrays or asks about more than
            ``features``.
    """
    feature = wanted(parts, f"{prefix}.feature", "u2", (None,)).astype(np.int64)
    count = len(feature)
    left, right = (
        wanted(parts, f"{prefix}.{side}", "u2", (count,)).astype(np.int64) for side in ("left", "right")
    )
    roots = wanted(parts, f"{prefix}.roots", "u2", (None,)).astype(np.int64)
    inside = count and len(roots) and max(left.max(), right.max(), roots.max()) < count
    if not inside or feature.max() >= features:
        raise BrokenVariantError(f"the trees {prefix!r} lead out of themselves")
    return Trees(
        roots,
        feature,
        wanted(parts, f"{prefix}.threshold", "f4", (count,)).astype(np.float64),
        left,
        right,
        wanted(parts, f"{prefix}.value", "f4", (count,)).astype(np.float64),
        facts.offset,
        facts.depth,
    )
