"""Codes: hashes of what a word is, mixed with the role it plays, spread over a fixed number of buckets."""

from __future__ import annotations

import zlib

import numpy as np

from inference.reading.document import NOWHERE, Ints

FEATURES_VERSION = 4
"""Raised whenever codes or candidates change, so that no weights are used for other features."""
CODE_BITS = 17
CODES = 1 << CODE_BITS
"""Buckets of the hashed feature space."""
EMPTY = CODES
"""The code of a feature that does not apply; its weight is always zero."""

_MIX = 0x9E3779B1
_FOLD = 0xFFFFFFFF


def salt(name: str) -> int:
    """Return the hash that stands for a role or a word."""
    return zlib.crc32(name.encode())


def mixed(values: Ints, role: int) -> Ints:
    """Spread ``values`` (or their combination) over the buckets in the role that ``role`` stands for."""
    bits = ((values ^ role) * _MIX) & _FOLD
    bits ^= bits >> 15
    bits = (bits * 0x85EBCA6B) & _FOLD
    return (bits >> (32 - CODE_BITS)) & (CODES - 1)


def joined(*columns: Ints) -> Ints:
    """Return one hash per row for several columns together, in their order."""
    out = columns[0]
    for column in columns[1:]:
        out = ((out * 31) ^ column) & _FOLD
    return out


def coded(values: Ints, role: str) -> Ints:
    """Return the codes of hashes in a role; EMPTY where there is none."""
    return np.where(values == NOWHERE, EMPTY, mixed(values, salt(role)))


def first_of(*columns: Ints) -> Ints:
    """Return the first value of each row that is not NOWHERE, or NOWHERE."""
    whole = np.concatenate(columns, axis=1)
    return np.asarray(whole[np.arange(len(whole)), (whole != NOWHERE).argmax(axis=1)], dtype=np.int64)
