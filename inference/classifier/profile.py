"""A document as one sparse vector: hashed words, word pairs, character runs, and the words it begins with.

No vocabulary is kept.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inference.reading.document import Document, Floats, Ints

WORD_BITS = 15
RUN_BITS = 15
HEAD_BITS = 15
_RUNS = 1 << WORD_BITS
_HEAD = _RUNS + (1 << RUN_BITS)
WIDTH = _HEAD + (1 << HEAD_BITS)
"""Buckets: words and pairs, behind them character runs of three to five, behind those the first words."""

HEAD = 40
"""Words that a document begins with: what it calls itself stands there."""
_SHORTEST = 2
_SHARES = ((0, _RUNS, 0.5), (_RUNS, _HEAD, 0.5), (_HEAD, WIDTH, 1.0))
"""Squared length that each part has, from its first bucket to behind its last."""
MOST_TOKENS = 6000
MOST_CHARACTERS = 24000
_FOLD = 0xFFFFFFFF


@dataclass(frozen=True, slots=True)
class Profile:
    """The buckets that occur in a document, and how often."""

    buckets: Ints
    counts: Floats


def spread(values: Ints, salt: int, bits: int) -> Ints:
    """Return hashes spread over 2 ** ``bits`` buckets, differently for every salt."""
    mixed = ((values ^ salt) * 0x9E3779B1) & _FOLD
    mixed ^= mixed >> 15
    mixed = (mixed * 0x85EBCA6B) & _FOLD
    mixed ^= mixed >> 13
    return (mixed >> (32 - bits)) & ((1 << bits) - 1)


def profile_of(document: Document) -> Profile:
    """Return the profile of a document; of a long one its beginning and its end."""
    tokens = _ends(document.token_hash, MOST_TOKENS)
    words = spread(tokens, 0x1B873593, WORD_BITS)
    pairs = spread(((tokens[:-1] * 31) & _FOLD) ^ tokens[1:], 0x2545F491, WORD_BITS)
    head = spread(lettered(document)[:HEAD], 0x1B873593, HEAD_BITS) + _HEAD
    found = np.concatenate([words, pairs, *_runs(document), head])
    buckets, counts = np.unique(found, return_counts=True)
    return Profile(buckets, counts.astype(float))


def lettered(document: Document) -> Ints:
    """Return the hashes of the words that are letters alone, two or more, in their order."""
    letters = [word.isalpha() and len(word) >= _SHORTEST for word in document.words]
    return document.token_hash[letters]


def _runs(document: Document) -> list[Ints]:
    text = " ".join(document.words)
    if len(text) > MOST_CHARACTERS:
        text = text[: 3 * MOST_CHARACTERS // 4] + text[-MOST_CHARACTERS // 4 :]
    points = np.array([ord(c) for c in text], dtype=np.int64)
    out: list[Ints] = []
    for length in (3, 4, 5):
        if len(points) >= length:
            rolled = np.zeros(len(points) - length + 1, dtype=np.int64)
            for step in range(length):
                rolled = ((rolled * 131) + points[step : len(points) - length + 1 + step]) & _FOLD
            out.append(spread(rolled, 0x517CC1B7 + length, RUN_BITS) + _RUNS)
    return out


def _ends(values: Ints, most: int) -> Ints:
    return values if len(values) <= most else np.concatenate([values[: 3 * most // 4], values[-most // 4 :]])


def document_frequencies(profiles: list[Profile]) -> Floats:
    """Return the inverse document frequency of every bucket, smoothed."""
    seen = np.zeros(WIDTH)
    for profile in profiles:
        seen[profile.buckets] += 1
    return np.log((1 + len(profiles)) / (1 + seen)) + 1


def weighted(profile: Profile, idf: Floats) -> tuple[Ints, Floats]:
    """Return the buckets and their TF-IDF weights: the first words count as much as all words and runs."""
    weights = (1 + np.log(profile.counts)) * idf[profile.buckets]
    for first, behind, share in _SHARES:
        part = (profile.buckets >= first) & (profile.buckets < behind)
        norm = np.sqrt((weights[part] ** 2).sum() / share)
        if norm > 0:
            weights[part] /= norm
    return profile.buckets, weights
