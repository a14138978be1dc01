"""Documents for chaos: many, small, quick to read, every one different."""

from __future__ import annotations

from pathlib import Path

from samples.generate import labelled


def write_documents(folder: Path, count: int, seed: int) -> list[Path]:
    """Write ``count`` documents, half of them plain text and half generated PDFs, and return their paths."""
    folder.mkdir(parents=True)
    made = []
    types = ("lease", "sale_purchase_agreement")
    samples = {name: labelled(name, count, seed) for name in types}
    for number in range(count):
        if number % 2:
            sample = next(samples[types[number // 2 % 2]])
            path = folder / f"{number:04d}.pdf"
            path.write_bytes(sample.data)
        else:
            path = folder / f"{number:04d}.txt"
            path.write_text(
                f"CORNER BAKERY {seed} LTD\n{number} Mill Lane, Oxford OX1 {number % 9}AB\n"
                f"Date: {number % 28 + 1:02d}/11/2026\nCoffee 2.50\nBread {number}.00\n"
                f"TOTAL {number + 2}.50\nThank you\n"
            )
        made.append(path)
    return made
