"""Outlook messages are taken apart like e-mails, as far as they are whole."""

from __future__ import annotations

import pytest

from pages.containers import outlook
from pages.containers.opening import open_container
from pages.formats import container_of
from pages.parts import UnreadableError
from pages.sniff import sniff
from schemas.classification import RejectReason
from tests.unit.pages.compound import attached_message, attachment, compound_file, outlook_message
from tests.unit.pages.containing import (
    LEASE,
    LIMITS,
    names,
    opened,
    progress,
    said,
)


def test_an_outlook_message_is_taken_apart_like_an_email() -> None:
    inner = outlook_message({0x0037: "Inner", 0x1000: "within"}, attachment("in.pdf", LEASE), header=24)
    data = compound_file(
        outlook_message(
            {0x0037: "Papers", 0x1000: "Dear Bob", 0x0C1A: "Ann", 0x5D01: "ann@example.org", 0x0E04: "Bob"},
            attachment("lease.pdf", LEASE),
            attachment("x.p7s", b"x", "application/pkcs7-signature"),
            attached_message(inner),
            numbers={0x0039: 134_000_000_000_000_000},
        )
    )

    contents = opened(data)

    assert names(contents) == ["message text", "lease.pdf", "Inner.eml"]
    assert "From: Ann <ann@example.org>\nTo: Bob\nDate: 2025-08-18 14:13 UTC\nSubject: Papers" in said(
        contents
    )
    assert contents.parts[1].data == LEASE
    assert [one.name for one in contents.left_out] == ["x.p7s"]
    below = opened(contents.parts[2].data or b"")
    assert (names(below), below.parts[1].data) == (["message text", "in.pdf"], LEASE)


def test_an_encrypted_outlook_message_needs_a_password() -> None:
    data = compound_file(
        outlook_message({0x001A: "IPM.Note.SMIME", 0x0037: "x"}, attachment("smime.p7m", b"x"))
    )

    with pytest.raises(UnreadableError) as caught:
        opened(data)

    assert caught.value.reject_reason is RejectReason.PASSWORD_REQUIRED


def test_a_messages_text_is_read_where_its_html_says_nothing() -> None:
    data = compound_file(
        outlook_message(
            {0x0037: "x", 0x1000: "The rent is 1,200 EUR."}, blobs={0x1013: b"<html><body></body></html>"}
        )
    )

    assert "The rent is 1,200 EUR." in said(opened(data))


@pytest.mark.parametrize("beside", [{}, {0x1013: b"<html><body></body></html>"}])
def test_a_message_whose_text_is_rtf_only_says_so(beside: dict[int, bytes]) -> None:
    data = compound_file(
        outlook_message({0x0037: "x"}, attachment("a.pdf", LEASE), blobs={0x1009: b"LZFu", **beside})
    )

    contents = opened(data)

    assert names(contents) == ["a.pdf"]
    assert "RTF only" in " ".join(one.why for one in contents.left_out)


@pytest.mark.parametrize("cut", [600, 1500, 3000, 6000])
def test_a_truncated_outlook_message_is_refused_or_keeps_what_it_has(cut: int) -> None:
    data = compound_file(outlook_message({0x0037: "x", 0x1000: "words"}, attachment("a.pdf", LEASE * 20)))[
        :cut
    ]
    container = container_of(sniff(data)) or outlook

    found: list[object] = []
    try:
        contents = open_container(container, data, LIMITS, progress)
        found += [*contents.parts, *contents.left_out]
    except UnreadableError as error:
        found.append(error.reject_reason)

    assert found
