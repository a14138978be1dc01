"""E-mails, Outlook messages and archives: every part a document or listed, whatever hostile hands put in."""

from __future__ import annotations

import io
import struct
import zipfile
from dataclasses import replace
from email.message import EmailMessage

import pytest
from PIL import Image

from pages.containers import archive, email_file, outlook
from pages.containers.contents import Budget, Contents
from pages.containers.opening import open_container
from pages.formats import CONTAINERS, container_of
from pages.limits import ReadLimits
from pages.parts import UnreadableError
from pages.reader import ReadDocument, Refusal, Unpacked
from pages.sniff import sniff
from schemas.results import RejectReason
from tests.unit.pages.compound import attached_message, attachment, compound_file, outlook_message
from tests.unit.pages.making import encoded, page_pdf, picture, shown
from tests.unit.pages.test_reader import read

LIMITS = ReadLimits()


def progress(page: int) -> None:
    """Take no notice of how far opening has come."""
    del page


LEASE = page_pdf(shown("Lease of 3 March 2025", 72, 720))


def mail(
    *attachments: tuple[str, str, bytes], text: str = "Dear Bob,\nsee below.", **headers: str
) -> EmailMessage:
    message = EmailMessage()
    for name, value in (
        {"From": "Ann <ann@example.org>", "To": "bob@example.org", "Subject": "Papers"} | headers
    ).items():
        message[name] = value
    message.set_content(text)
    for name, kind, data in attachments:
        main, _, sub = kind.partition("/")
        message.add_attachment(data, maintype=main, subtype=sub, filename=name)
    return message


def zipped(*members: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, data in members:
            packed.writestr(name, data)
    return out.getvalue()


def opened(data: bytes, limits: ReadLimits = LIMITS) -> Contents:
    container = container_of(sniff(data))
    assert container is not None
    return open_container(container, data, limits, progress)


def names(contents: Contents) -> list[str | None]:
    return [part.name for part in contents.parts]


def refusals(contents: Contents) -> dict[str | None, RejectReason | None]:
    return {part.name: part.refused for part in contents.parts}


def said(contents: Contents) -> str:
    body = contents.parts[0]
    assert (body.place, body.data is None) == ("body", False)
    return (body.data or b"").decode()


def picture_of(width: int, height: int) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((width, height), 90).save(out, "PNG")
    return out.getvalue()


def test_an_emails_text_and_attachments_are_documents() -> None:
    contents = opened(mail(("lease.pdf", "application/pdf", LEASE)).as_bytes())

    assert names(contents) == ["message text", "lease.pdf"]
    assert contents.parts[1].data == LEASE
    assert [line for line in said(contents).splitlines() if line][:4] == [
        "E-mail",
        "From: Ann <ann@example.org>",
        "To: bob@example.org",
        "Subject: Papers",
    ]
    assert sniff(contents.parts[0].data or b"") in ("text/plain", "text/html")


def test_headers_and_names_in_other_scripts_are_decoded() -> None:
    message = mail(("Rechnung März.pdf", "application/pdf", LEASE), Subject="Договор аренды № 7")

    contents = opened(message.as_bytes())

    assert "Subject: Договор аренды № 7" in said(contents)
    assert names(contents)[1] == "Rechnung März.pdf"


def test_equal_bytes_are_taken_apart_alike() -> None:
    data = mail(("a.pdf", "application/pdf", LEASE)).as_bytes()

    first, second = opened(data), opened(data)

    assert [(p.place, p.name, p.data) for p in first.parts] == [
        (p.place, p.name, p.data) for p in second.parts
    ]


def test_html_that_a_mail_program_shows_is_what_is_read() -> None:
    message = mail(text="plain: 10 EUR")
    message.add_alternative("<html><style>p{}</style><p>shown: 99&nbsp;EUR</p></html>", subtype="html")

    contents = opened(message.as_bytes())

    assert names(contents) == ["message text"]
    assert "99" in said(contents)


def test_an_emails_own_styles_do_not_hide_who_wrote_it() -> None:
    message = mail(text="plain")
    styles = "<style>p { display: none } body > * { visibility: hidden }</style>"
    message.add_alternative(
        f"<html>{styles}<div style='visibility:visible'>shown</div></html>", subtype="html"
    )
    found = read(opened(message.as_bytes()).parts[0].data or b"")

    assert isinstance(found, ReadDocument)
    assert "From: Ann <ann@example.org>" in [line.text for page in found.layout.pages for line in page.lines]


def test_a_member_without_a_name_is_a_document_all_the_same() -> None:
    data = bytearray(zipped(("x", LEASE)))
    entry = data.index(b"PK\x01\x02")
    for lengths in (26, entry + 28):
        # The name's one byte becomes that of an extra field, which says nothing.
        data[lengths : lengths + 4] = struct.pack("<HH", 0, 1)

    (part,) = opened(bytes(data)).parts

    assert (part.name, part.data) == (None, LEASE)


def test_logos_signatures_and_calendar_entries_are_listed_and_photos_are_documents() -> None:
    message = mail(
        ("smime.p7s", "application/pkcs7-signature", b"x"),
        ("invite.ics", "text/calendar", b"BEGIN:VCALENDAR"),
        ("pixel.gif", "image/gif", encoded(Image.new("L", (1, 1)), "GIF")),
    )
    for name, data in (("logo.png", picture_of(120, 40)), ("photo.png", picture_of(900, 1200))):
        message.add_attachment(data, maintype="image", subtype="png", filename=name, disposition="inline")

    contents = opened(message.as_bytes())

    assert names(contents) == ["message text", "photo.png"]
    assert [one.name for one in contents.left_out] == ["smime.p7s", "invite.ics", "pixel.gif", "logo.png"]
    assert all(one.why for one in contents.left_out)


def test_an_email_within_an_email_is_a_document_that_is_opened_in_its_turn() -> None:
    inner = mail(("lease.pdf", "application/pdf", LEASE), Subject="Inner")
    outer = mail()
    outer.add_attachment(inner)

    contents = opened(outer.as_bytes())

    assert names(contents) == ["message text", "Inner.eml"]
    assert names(opened(contents.parts[1].data or b"")) == ["message text", "lease.pdf"]


def test_an_email_without_words_says_so() -> None:
    contents = opened(mail(("lease.pdf", "application/pdf", LEASE), text="\n").as_bytes())

    assert names(contents) == ["lease.pdf"]
    assert contents.left_out[0].why == "the e-mail has no text of its own"


@pytest.mark.parametrize(
    "kind", ["multipart/encrypted; boundary=x", "application/pkcs7-mime; smime-type=enveloped-data"]
)
def test_an_encrypted_email_needs_a_password(kind: str) -> None:
    data = f"From: a@example.org\nSubject: x\nContent-Type: {kind}\n\n--x\n\nabc\n--x--\n".encode()

    with pytest.raises(UnreadableError) as caught:
        opened(data)

    assert caught.value.reject_reason is RejectReason.PASSWORD_REQUIRED


def test_an_encrypted_email_within_another_is_rejected_by_itself() -> None:
    message = mail(("lease.pdf", "application/pdf", LEASE))
    message.add_attachment(b"x", maintype="application", subtype="pkcs7-mime", filename="smime.p7m")

    assert refusals(opened(message.as_bytes()))["smime.p7m"] is RejectReason.PASSWORD_REQUIRED


def test_headers_of_ten_megabytes_are_refused_with_the_limit() -> None:
    data = b"From: a@example.org\nSubject: x\n" + b"X-Bomb: y\n" * 1_000_000 + b"\nbody"

    with pytest.raises(UnreadableError, match=r"headers have 10\.0 MB, the limit is 1 MB"):
        opened(data)


def test_emails_nested_fifty_deep_are_opened_one_by_one() -> None:
    data = mail(text="the last").as_bytes()
    for level in range(50):
        head = f"From: a@example.org\nSubject: level {level}\nMIME-Version: 1.0\n"
        data = (head + "Content-Type: message/rfc822\n\n").encode() + data

    answer = read(data)

    assert isinstance(answer, Unpacked)
    assert len(answer.parts) == 1


def test_parts_nested_without_end_are_refused() -> None:
    lines = ["From: a@example.org", "Subject: x", "MIME-Version: 1.0"]
    for level in range(3000):
        lines += [f'Content-Type: multipart/mixed; boundary="b{level}"', "", f"--b{level}"]

    answer = read("\n".join(lines).encode())

    assert isinstance(answer, Refusal)
    assert answer.reason in (RejectReason.TOO_DEEP, RejectReason.TIME_LIMIT)


@pytest.mark.parametrize(
    "data",
    [
        b"From: a@example.org\nSubject: x\nContent-Type: multipart/mixed\n\nno boundary is named",
        b"From: a@example.org\nSubject: x\nContent-Type: multipart/mixed; boundary=y\n\n--y\n\nnever ends",
        b"From: a@example.org\nSubject: =?utf-8?b?////?=\nContent-Type: text/plain; charset=none\n\n\xff",
        b"From: a@example.org\nSubject: x\nContent-Transfer-Encoding: base64\n\n!!!not base64 !!!",
    ],
)
def test_malformed_emails_keep_what_can_be_kept(data: bytes) -> None:
    contents = opened(data)

    assert len(contents.parts) + len(contents.left_out) >= 1


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


def test_a_message_whose_text_is_rtf_only_says_so() -> None:
    data = compound_file(outlook_message({0x0037: "x"}, attachment("a.pdf", LEASE), blobs={0x1009: b"LZFu"}))

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


def test_a_container_comes_whole_out_of_the_reading_process() -> None:
    data = mail(
        ("lease.pdf", "application/pdf", LEASE), ("papers.zip", "application/zip", zipped(("a", b"b")))
    ).as_bytes()

    found = read(data)

    assert isinstance(found, Unpacked)
    assert [(part.name, part.refused) for part in found.parts] == [
        ("message text", None),
        ("lease.pdf", None),
        ("papers.zip", None),
    ]
    assert found.parts[1].data == LEASE


def test_winmail_dat_is_a_document_that_is_refused_by_itself() -> None:
    answer = read(b"\x78\x9f\x3e\x22" + bytes(50))

    assert isinstance(answer, Refusal)
    assert (answer.reason, answer.media_type) == (RejectReason.UNSUPPORTED_FORMAT, "application/vnd.ms-tnef")


@pytest.mark.parametrize(
    ("head", "media_type"),
    [
        (b"Received: from a\n\tby b\nReturn-Path: <x@y>\nFrom: a\n\nx", "message/rfc822"),
        (
            b"DKIM-Signature: v=1;\n\tb=abc\nX-Spam: no\nFrom: a@x\nTo: b@x\nDate: today\n\nx",
            "message/rfc822",
        ),
        (b"Invoice: 12\nDate: 2026-11-21\nTotal: 9.00\n", "text/plain"),
        (b"Landlord: Ann\nTenant: Bob\nFrom: March\nTo: May\n", "text/plain"),
    ],
)
def test_an_email_is_known_by_its_headers(head: bytes, media_type: str) -> None:
    assert sniff(head) == media_type


def test_every_container_of_the_table_can_be_opened() -> None:
    assert {container_of(media_type) for media_type in CONTAINERS} == {archive, email_file, outlook}
    assert Budget.of(LIMITS).parts == LIMITS.parts
    assert picture(["x"]).size
