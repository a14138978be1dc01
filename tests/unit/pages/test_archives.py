"""Archives: every member a document, within limits at any depth; names are data."""

from __future__ import annotations

import io
import struct
import zipfile
from dataclasses import replace

import pytest

from pages.parts import UnreadableError
from pages.sniff import sniff
from schemas.classification import RejectReason
from tests.unit.pages.containing import (
    LEASE,
    LIMITS,
    opened,
    refusals,
    zipped,
)


def test_a_member_without_a_name_is_a_document_all_the_same() -> None:
    data = bytearray(zipped(("x", LEASE)))
    entry = data.index(b"PK\x01\x02")
    for lengths in (26, entry + 28):
        # The name's one byte becomes that of an extra field, which says nothing.
        data[lengths : lengths + 4] = struct.pack("<HH", 0, 1)

    (part,) = opened(bytes(data)).parts

    assert (part.name, part.data) == (None, LEASE)


def test_every_member_of_an_archive_is_a_document_and_names_are_data() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = zipped(("a/lease.pdf", LEASE), ("a/lease.pdf", b"other"), ("b/", b""), ("__MACOSX/x", b"y"))

    contents = opened(data)

    assert [(part.place, part.name) for part in contents.parts] == [
        ("part/1", "a/lease.pdf"),
        ("part/2", "a/lease.pdf"),
    ]
    assert [one.name for one in contents.left_out] == ["__MACOSX/x"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "C:\\boot.ini", "a\\..\\..\\b"])
def test_names_that_lead_out_of_the_archive_are_refused(name: str) -> None:
    data = zipped(("fine.txt", b"x"), (name, b"x"))

    assert list(refusals(opened(data)).values()) == [None, RejectReason.UNSAFE_NAME]


def encrypted(data: bytes) -> bytes:
    """Set the flag that says that the first member is encrypted."""
    changed = bytearray(data)
    changed[6] |= 1
    changed[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(changed)


def test_an_encrypted_member_is_rejected_and_the_others_are_not() -> None:
    data = encrypted(zipped(("secret.pdf", LEASE), ("open.pdf", LEASE)))

    assert refusals(opened(data)) == {"secret.pdf": RejectReason.PASSWORD_REQUIRED, "open.pdf": None}


def test_a_member_whose_bytes_are_damaged_is_rejected_by_itself() -> None:
    data = bytearray(zipped(("bad.txt", bytes(range(256)) * 40), ("good.txt", b"x")))
    data[60:80] = b"\xff" * 20

    assert refusals(opened(bytes(data))) == {"bad.txt": RejectReason.UNREADABLE, "good.txt": None}


def test_a_member_that_unpacks_to_two_hundred_times_its_size_is_refused() -> None:
    data = zipped(("bomb.txt", bytes(30_000_000)), ("good.txt", b"x"))

    assert refusals(opened(data)) == {"bomb.txt": RejectReason.UNPACKED_SIZE, "good.txt": None}


def test_a_hundred_thousand_members_are_refused_with_the_limit() -> None:
    entry = b"PK\x01\x02" + bytes(42)
    data = (
        b"PK\x03\x04"
        + bytes(60)
        + entry * 100_000
        + struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 65535, 65535, 4_600_000, 64, 0)
    )

    with pytest.raises(UnreadableError, match="100000 members, the limit is 1000") as caught:
        opened(data)

    assert caught.value.reject_reason is RejectReason.TOO_MANY_PARTS


def test_more_parts_than_allowed_are_refused() -> None:
    data = zipped(*((f"{n}.txt", b"x") for n in range(11)))

    with pytest.raises(UnreadableError, match="more than 10 parts"):
        opened(data, replace(LIMITS, parts=10))


def test_a_nested_bomb_is_refused_and_its_neighbours_are_kept() -> None:
    bomb = zipped(*((f"{n}.zip", zipped(*((f"{m}.txt", b"x") for m in range(60)))) for n in range(60)))

    contents = opened(zipped(("bomb.zip", bomb), ("lease.pdf", LEASE)))

    assert refusals(contents) == {"bomb.zip": RejectReason.TOO_MANY_PARTS, "lease.pdf": None}


def test_what_nested_archives_unpack_to_counts_together() -> None:
    half = zipped(("half.bin", bytes(range(256)) * 2000))
    limits = replace(LIMITS, unpacked_bytes=900_000)

    contents = opened(zipped(("one.zip", half), ("two.zip", half)), limits)

    assert refusals(contents) == {"one.zip": None, "two.zip": RejectReason.UNPACKED_SIZE}


def test_an_archive_that_holds_a_word_document_is_an_archive() -> None:
    word = zipped(("[Content_Types].xml", b"x"), ("word/document.xml", b"x"))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as packed:
        packed.writestr("contract.docx", word)

    assert (sniff(word).endswith("wordprocessingml.document"), sniff(out.getvalue())) == (
        True,
        "application/zip",
    )


def test_an_archive_of_folders_alone_is_empty() -> None:
    with pytest.raises(UnreadableError, match="the file is empty: nothing is in it"):
        opened(zipped(("a/", b""), ("a/b/", b"")))
