"""A process that writes objects until it is killed: python child.py <store url> <first number>."""

from __future__ import annotations

import asyncio
import sys

from store.connect import connect


def body(number: int) -> bytes:
    """Return the bytes of object ``number``: large enough that a write takes a moment."""
    return f"{number:08d}".encode() * (4_000 + 20_000 * (number % 7))


async def main(url: str, first: int) -> None:
    """Write, and say so only once the write has returned."""
    store = connect(url)
    for number in range(first, first + 100_000):
        await store.create(f"documents/d{number % 13}/results/x/{number:08d}.json", body(number))
        print(number, flush=True)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
