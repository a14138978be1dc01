"""E-mails and archives made for tests, and what opening them finds."""

from __future__ import annotations

import io
import zipfile
from email.message import EmailMessage

from PIL import Image

from pages.containers.contents import Contents
from pages.containers.opening import open_container
from pages.formats import container_of
from pages.limits import ReadLimits
from pages.sniff import sniff
from schemas.classification import RejectReason
from tests.unit.pages.making import page_pdf, shown

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
