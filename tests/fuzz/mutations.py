"""Ways in which files go bad: cut, flipped, lying about lengths, misnamed, glued together."""

from __future__ import annotations

import io
import random
import re
import zipfile
from collections.abc import Callable, Sequence

from tests.fuzz.seeds import EARLIEST, Seed

Mutation = Callable[[random.Random, Seed, Sequence[Seed]], Seed]

_DIGITS = re.compile(rb"(?<![0-9])[0-9]{1,10}(?![0-9])")
_EXTREMES = (b"0", b"-1", b"1", b"2147483648", b"4294967295", b"99999999999999999999")


def truncated(chance: random.Random, seed: Seed, _: Sequence[Seed]) -> Seed:
    """Cut off the end, at times the beginning."""
    place = chance.randrange(len(seed.data))
    return Seed(seed.name, seed.data[place:] if chance.random() < 0.2 else seed.data[:place])


def flipped(chance: random.Random, seed: Seed, _: Sequence[Seed]) -> Seed:
    """Flip bits, from one to a few hundred."""
    data = bytearray(seed.data)
    for _bit in range(chance.choice((1, 4, 30, 300))):
        data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    return Seed(seed.name, bytes(data))


def lying(chance: random.Random, seed: Seed, _: Sequence[Seed]) -> Seed:
    """Change numbers: written-out ones to extremes, binary ones of four bytes to huge or swapped."""
    found = list(_DIGITS.finditer(seed.data))
    if found and chance.random() < 0.5:
        data = seed.data
        for match in sorted(chance.sample(found, min(3, len(found))), key=lambda m: -m.start()):
            data = data[: match.start()] + chance.choice(_EXTREMES) + data[match.end() :]
        return Seed(seed.name, data)
    swapped = bytearray(seed.data)
    for _word in range(chance.choice((1, 3, 10))):
        place = chance.randrange(max(1, len(swapped) - 4))
        word = swapped[place : place + 4]
        swapped[place : place + 4] = chance.choice((word[::-1], b"\xff" * 4, b"\x7f\xff\xff\xff", b"\0" * 4))
    return Seed(seed.name, bytes(swapped))


def cut_and_repeated(chance: random.Random, seed: Seed, _: Sequence[Seed]) -> Seed:
    """Leave out a piece, repeat one, or put one elsewhere."""
    a, b = sorted(chance.randrange(len(seed.data)) for _end in range(2))
    piece, place = seed.data[a:b], chance.randrange(len(seed.data))
    without = seed.data[:a] + seed.data[b:]
    data = chance.choice(
        (
            without,
            seed.data[:b] + piece * chance.choice((1, 20)) + seed.data[b:],
            without[:place] + piece + without[place:],
        )
    )
    return Seed(seed.name, data)


def misnamed(chance: random.Random, seed: Seed, others: Sequence[Seed]) -> Seed:
    """Give it another format's name, or none; a byte at the end keeps it a file of its own."""
    ending = chance.choice([other.name.rsplit(".", 1)[1] for other in others] + ["exe", "PDF ", ""])
    return Seed(f"{seed.name.split('.', 1)[0]}.{ending}", seed.data + chance.randbytes(3))


def glued(chance: random.Random, seed: Seed, others: Sequence[Seed]) -> Seed:
    """Put another file behind it, before it, or into its middle."""
    other, place = (
        chance.choice(others).data,
        chance.choice((len(seed.data), 0, chance.randrange(len(seed.data)))),
    )
    return Seed(seed.name, seed.data[:place] + other + seed.data[place:] + chance.randbytes(2))


def spoiled_inside(chance: random.Random, seed: Seed, others: Sequence[Seed]) -> Seed:
    """Spoil a member of an archive and pack it soundly again; other formats are flipped."""
    if not zipfile.is_zipfile(io.BytesIO(seed.data)):
        return flipped(chance, seed, others)
    with zipfile.ZipFile(io.BytesIO(seed.data)) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    victim = chance.randrange(len(members))
    name, data = members[victim]
    spoil = chance.choice((truncated, flipped, lying, cut_and_repeated, glued))
    members[victim] = (name, spoil(chance, Seed(name, data or b"\0"), others).data)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for member, content in members:
            packed.writestr(zipfile.ZipInfo(member, EARLIEST), content, zipfile.ZIP_DEFLATED)
    return Seed(seed.name, out.getvalue())


MUTATIONS: tuple[Mutation, ...] = (
    truncated,
    flipped,
    lying,
    cut_and_repeated,
    misnamed,
    glued,
    spoiled_inside,
)


def mutants(count: int, seeds: Sequence[Seed], number: int) -> list[Seed]:
    """Return ``count`` bad files, every format and every mutation in turn; ``number`` seeds the chance."""
    chance = random.Random(number)
    made = []
    for position in range(count):
        seed = seeds[position % len(seeds)]
        mutation = MUTATIONS[position // len(seeds) % len(MUTATIONS)]
        mutant = mutation(chance, seed, seeds)
        made.append(Seed(f"{position:05d}-{mutation.__name__}-{mutant.name}", mutant.data or b"\0"))
    return made
