from __future__ import annotations

import random

import pytest

from pages.pdf.lzw import is_whole
from schemas.layout import NoteKind
from tests.unit.pages.making import page_pdf, read_pdf, shown, stream


def packed(data: bytes, *, early: bool = True) -> bytes:
    """Return ``data`` as LZW, as PDFs hold it."""
    bits, taken = 0, 0

    def put(code: int, width: int) -> None:
        nonlocal bits, taken
        bits, taken = bits << width | code, taken + width

    codes = {bytes([value]): value for value in range(256)}
    width, word, ahead = 9, b"", 1 if early else 0
    put(256, width)
    for place in range(len(data)):
        letter = data[place : place + 1]
        if word + letter in codes:
            word += letter
            continue
        put(codes[word], width)
        codes[word + letter] = len(codes) + 2
        if len(codes) + 2 + ahead > 1 << width:
            width += 1
        if len(codes) >= 4000:
            put(256, width)
            codes, width = {bytes([value]): value for value in range(256)}, 9
        word = letter
    put(codes[word], width)
    put(257, width + (len(codes) + 3 + ahead > 1 << width))
    spare = -taken % 8
    return (bits << spare).to_bytes((taken + spare) // 8, "big")


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("early", [True, False])
def test_what_a_packer_wrote_is_whole_and_a_piece_of_it_is_not_blamed(seed: int, early: bool) -> None:
    chance = random.Random(seed)
    data = bytes(chance.choice(b"abcdefg 0123()") for _ in range(chance.randrange(1, 20_000)))

    assert is_whole(packed(data, early=early), early=early)
    assert is_whole(packed(data, early=early)[:-20], early=early)


def test_bytes_that_no_packer_wrote_are_damage() -> None:
    noise = random.Random(7).randbytes(2000)

    assert not is_whole(noise)
    assert not is_whole(b"\x80" + noise)


def test_a_damaged_stream_is_noted_and_a_sound_one_is_not() -> None:
    content = shown("Total due 1,140.00", 72, 720)

    def read(hidden: bytes) -> set[NoteKind]:
        other = stream(hidden, b"/Filter /LZWDecode")
        return {note.kind for note in read_pdf(page_pdf(content, more=[other])).notes}

    assert read(packed(b"q 1 0 0 1 0 0 cm Q " * 50)) == set()
    assert read(random.Random(7).randbytes(500)) == {NoteKind.DAMAGED}
