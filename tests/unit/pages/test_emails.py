"""E-mails: every part a document or listed, whatever hostile hands put in."""

from __future__ import annotations

import base64

import pytest
from PIL import Image

from pages.containers import archive, email_file, outlook
from pages.formats import CONTAINERS, container_of
from pages.parts import UnreadableError
from pages.reader import ReadDocument, Refusal, Unpacked
from pages.sniff import sniff
from schemas.classification import RejectReason
from tests.unit.pages.containing import (
    LEASE,
    mail,
    names,
    opened,
    picture_of,
    refusals,
    said,
    zipped,
)
from tests.unit.pages.making import encoded
from tests.unit.pages.readings import read


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


HEAD = "From: ann@example.org\nSubject: Rent\nMIME-Version: 1.0\n"
PLAIN = "Content-Type: text/plain\n\nThe rent is 1,200 EUR.\n"


def html(body: str) -> str:
    return f"Content-Type: text/html\n\n<html><head></head><body>{body}</body></html>\n"


def several(kind: str, *parts: str) -> str:
    mark = f"{kind}{len(parts)}"
    inside = "".join(f"--{mark}\n{part}\n" for part in parts)
    return f"Content-Type: multipart/{kind}; boundary={mark}\n\n{inside}--{mark}--\n"


ATTACHED = "Content-Type: application/pdf; name=x.pdf\nContent-Transfer-Encoding: base64\n\nJVBERi0xLjQK\n"


@pytest.mark.parametrize(
    "body",
    [
        several("alternative", PLAIN, html("")),
        several("alternative", PLAIN, html("<style>p{}</style><img src='cid:1'><br>")),
        several(
            "alternative", PLAIN, several("mixed", html("The rent is 1,200 EUR."), ATTACHED, html("<br>"))
        ),
        several("alternative", PLAIN, html("The rent is 1,200 EUR."), html("<br>")),
        several("mixed", html("<br>"), PLAIN),
    ],
)
def test_an_emails_text_is_read_from_the_form_that_says_something(body: str) -> None:
    contents = opened((HEAD + body).encode())

    assert said(contents).count("The rent is 1,200 EUR.") == 1


def test_html_that_is_cut_at_an_attachment_is_read_to_its_end() -> None:
    cut = several("mixed", html("First the rent."), ATTACHED, html("Then the deposit."))
    contents = opened((HEAD + several("alternative", PLAIN, cut)).encode())

    assert names(contents) == ["message text", "x.pdf"]
    assert ["rent." in said(contents), "deposit." in said(contents), "1,200" in said(contents)] == [
        True,
        True,
        False,
    ]


def test_an_email_sent_as_base64_within_another_is_decoded() -> None:
    inner = mail(("lease.pdf", "application/pdf", LEASE), Subject="Inner").as_bytes()
    coded = "Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
    body = several("mixed", PLAIN, coded + base64.encodebytes(inner).decode())

    contents = opened((HEAD + body).encode())

    assert names(contents) == ["message text", "Inner.eml"]
    assert contents.parts[1].data == inner
