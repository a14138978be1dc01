"""What a file is, by its content and never by its name."""

from __future__ import annotations

import re

from pages.encodings import decode_text

PDF = "application/pdf"
PNG = "image/png"
JPEG = "image/jpeg"
TIFF = "image/tiff"
WEBP = "image/webp"
HEIC = "image/heic"
HTML = "text/html"
XML = "application/xml"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
PLAIN_TEXT = "text/plain"
EMAIL = "message/rfc822"
ZIP = "application/zip"
OLE = "application/x-ole-storage"
OUTLOOK = "application/vnd.ms-outlook"
TNEF = "application/vnd.ms-tnef"
UNKNOWN = "application/octet-stream"

# A PDF's header may stand behind some junk; further in it is a PDF quoted by something else.
_PDF_WITHIN = 8192
_MAGIC = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"II+\x00", TIFF),
    (b"MM\x00+", TIFF),
    (b"GIF8", "image/gif"),
    (b"BM", "image/bmp"),
    (b"{\\rtf", "application/rtf"),
    (b"%!PS", "application/postscript"),
    (b"\x1f\x8b", "application/gzip"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"\x78\x9f\x3e\x22", TNEF),
    (b"\x7fELF", "application/x-elf"),
    (b"MZ", "application/x-dosexec"),
)
_OOXML = {
    b"word/document": DOCX,
    b"xl/workbook": XLSX,
    b"ppt/presentation": PPTX,
}
# A package by its main part: where the archive's directory names it last, as packages within it are
# listed before; in the beginning of a file, where its first entries do.
_MAIN_PART = rb"(word/document|xl/workbook|ppt/presentation)\d*\.xml"
_LISTED = re.compile(rb"PK\x01\x02.{42}" + _MAIN_PART, re.DOTALL)
_STORED = re.compile(rb"PK\x03\x04.{26}" + _MAIN_PART, re.DOTALL)
_HEADER_LINE = re.compile(rb"([!-9;-~]{2,60}):(?:[ \t]|$)")
_HEADERS = frozenset(
    b"from to cc subject date received return-path mime-version message-id content-type delivered-to".split()
)
_FIRST_HEADERS = (b"x-", b"arc-", b"dkim-", b"authentication-", b"received-", b"reply-to", b"sender")
"""What a mail server may put before the headers that everyone knows."""
_MESSAGE_STREAM = "__properties_version1.0".encode("utf-16-le")
_MARKUP = re.compile(
    r"\s*(?>(?:<!--.*?-->\s*)*)<(!doctype html|html|\?xml|!doctype|[a-z_][\w.:-]*)[\s>/]",
    re.IGNORECASE | re.DOTALL,
)
_XHTML = re.compile(r"\?>\s*(?>(?:<!--.*?-->\s*)*)<(?:!doctype html|html)[\s>]", re.IGNORECASE | re.DOTALL)


def sniff(data: bytes) -> str:
    """Return the media type of ``data``, by what the bytes are."""
    head = data[:_PDF_WITHIN]
    if head.startswith(b"%PDF-"):
        return PDF
    for magic, media_type in _MAGIC:
        if head.startswith(magic) and (len(magic) > 2 or b"\x00" in head):
            return media_type
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_kind(data)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return OUTLOOK if _MESSAGE_STREAM in data else OLE
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return WEBP
    if head[4:8] == b"ftyp":
        return HEIC if head[8:11] in (b"hei", b"mif", b"hev") else "video/mp4"
    if _is_email(head):
        return EMAIL
    if b"%PDF-" in head and b"endobj" in data:
        return PDF
    text = decode_text(data)
    return UNKNOWN if text is None else _text_kind(text)


def is_encrypted(data: bytes, media_type: str) -> bool:
    """Whether a file of a format that is not read says of itself that it is encrypted."""
    if media_type == OLE:
        # Office wraps an encrypted package into the old container, under this name.
        return "EncryptedPackage".encode("utf-16-le") in data
    if data.startswith(b"PK\x03\x04"):
        return bool(data[6] & 1)
    return False


def _zip_kind(data: bytes) -> str:
    directory = _directory(data)
    if b"[Content_Types].xml" not in directory:
        return ZIP
    listed = _LISTED.findall(directory)
    found = listed[-1] if listed else next(iter(_STORED.findall(data)), None)
    return ZIP if found is None else _OOXML[found]


def _directory(data: bytes) -> bytes:
    """Return an archive's own directory, not that of an archive in it; everything where it has none."""
    end = data.rfind(b"PK\x05\x06")
    size = int.from_bytes(data[end + 12 : end + 16], "little") if end >= 0 else 0
    return data[end - size : end] if 0 < size <= end else data


def _text_kind(text: str) -> str:
    head = text[:4096]
    markup = _MARKUP.match(head)
    if markup:
        name = markup[1].lower()
        if name in ("html", "!doctype html") or (name == "?xml" and _XHTML.search(head)):
            return HTML
        if name in ("?xml", "!doctype") or f"</{markup[1]}>" in text:
            return XML
    return PLAIN_TEXT


def _is_email(head: bytes) -> bool:
    """Whether bytes begin with the headers of an e-mail: shaped like headers, and enough of them known."""
    names: list[bytes] = []
    for line in head.removeprefix(b"\xef\xbb\xbf").splitlines():
        found = _HEADER_LINE.match(line)
        if found:
            names.append(found[1].lower())
        elif not line or not (names and line[:1] in (b" ", b"\t")):
            break
    if len(names) < 2 or not (names[0] in _HEADERS or names[0].startswith(_FIRST_HEADERS)):
        return False
    if names[0] in _HEADERS and names[1] in _HEADERS:
        return True
    return len(_HEADERS & set(names)) >= 3 and bool({b"from", b"received"} & set(names))
