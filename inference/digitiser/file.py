"""A trained digitiser as a model file; see ``inference.learned.variant``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from pydantic import Field

from inference.digitiser.digitise import Digitiser
from inference.digitiser.segmenter import NAMES, Layer, Segmenter
from inference.digitiser.trust import SIGNS, Trust
from inference.learned.parts import check_space, facts_in
from inference.learned.variant import Parts, pack, unpack, wanted
from schemas.canonical import digest
from schemas.layout import Frozen

FEATURES_VERSION = 3
"""Raised when the same picture would give other features, signs or curves."""
SPACE = digest(["digitiser", FEATURES_VERSION, list(NAMES), list(SIGNS)])
_MOST_LAYERS = 4


class Facts(Frozen):
    """What is known of a digitiser besides its arrays.

    Attributes:
        space: Digest of the features and signs it was trained for.
        training: What it was trained on.
    """

    space: str
    layers: int = Field(ge=1, le=_MOST_LAYERS)
    bias: float
    training: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LoadedDigitiser:
    """A digitiser with the digest of its file, by which results name it."""

    digitiser: Digitiser
    sha256: str


def save_digitiser(digitiser: Digitiser, training: dict[str, Any]) -> bytes:
    """Return the file of a digitiser."""
    net, trust = digitiser.segmenter, digitiser.trust
    arrays = {"net.mean": net.mean, "net.spread": net.spread}
    for place, layer in enumerate(net.layers):
        arrays |= {f"net.{place}.weights": layer.weights, f"net.{place}.bias": layer.bias}
    arrays |= {"trust.mean": trust.mean, "trust.spread": trust.spread, "trust.weights": trust.weights}
    facts = Facts(space=SPACE, layers=len(net.layers), bias=trust.bias, training=training)
    kept = {name: array.astype("<f4") for name, array in arrays.items()}
    return pack(Parts("digitiser", facts.model_dump(mode="json"), kept))


def load_digitiser(data: bytes) -> Digitiser:
    """Return the digitiser in a file.

    Raises:
        BrokenVariantError: It is no such file, damaged, or was trained for other features.
    """
    parts = unpack(data, "digitiser")
    facts = facts_in(parts, Facts)
    check_space(facts.space, SPACE, "features")
    layers: list[Layer] = []
    width = len(NAMES)
    for place in range(facts.layers):
        weights = wanted(parts, f"net.{place}.weights", "f4", (width, None))
        width = weights.shape[1]
        layers.append(Layer(weights, wanted(parts, f"net.{place}.bias", "f4", (width,))))
    mean, spread = (wanted(parts, f"net.{name}", "f4", (len(NAMES),)) for name in ("mean", "spread"))
    own, scale, weighing = (
        wanted(parts, f"trust.{name}", "f4", (len(SIGNS),)) for name in ("mean", "spread", "weights")
    )
    segmenter = Segmenter(mean, spread.astype(np.float32), tuple(layers))
    return Digitiser(segmenter, Trust(own, scale, weighing, facts.bias))
