"""Office documents made for the tests of the readers, by hand: small and exact."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
X = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
P = "http://schemas.openxmlformats.org/presentationml/2006/main"
A = "http://schemas.openxmlformats.org/drawingml/2006/main"
R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELS = "http://schemas.openxmlformats.org/package/2006/relationships"
_WORD = f'xmlns:w="{W}" xmlns:r="{R}"'
_BOOK = f'xmlns="{X}" xmlns:r="{R}"'
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def package(parts: Mapping[str, str | bytes]) -> bytes:
    """Return a ZIP of ``parts``."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", f"{_HEAD}<Types/>")
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def relations(targets: Mapping[str, tuple[str, str]], *, outside: bool = False) -> str:
    """Return a part of relations: by id, kind and target."""
    mode = ' TargetMode="External"' if outside else ""
    rows = "".join(
        f'<Relationship Id="{key}" Type="{R}/{kind}" Target="{target}"{mode}/>'
        for key, (kind, target) in targets.items()
    )
    return f'{_HEAD}<Relationships xmlns="{_RELS}">{rows}</Relationships>'


def docx(body: str, parts: Mapping[str, str] | None = None, kinds: Mapping[str, str] | None = None) -> bytes:
    """Return a DOCX with ``body``; ``parts`` are by name below word/, ``kinds`` say what each is."""
    targets = {f"r{place}": (kind, name) for place, (name, kind) in enumerate((kinds or {}).items())}
    return package(
        {
            "_rels/.rels": relations({"r1": ("officeDocument", "word/document.xml")}),
            "word/document.xml": f"{_HEAD}<w:document {_WORD}><w:body>{body}</w:body></w:document>",
            "word/_rels/document.xml.rels": relations(targets),
            **{f"word/{name}": content for name, content in (parts or {}).items()},
        }
    )


def run(text: str, properties: str = "") -> str:
    """Return a run of a DOCX."""
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*runs: str, properties: str = "") -> str:
    """Return a paragraph of a DOCX."""
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(runs)}</w:p>"


def table(*rows: tuple[str, ...]) -> str:
    """Return a table of a DOCX."""
    return (
        "<w:tbl>"
        + "".join(
            "<w:tr>" + "".join(f"<w:tc>{paragraph(run(cell))}</w:tc>" for cell in row) + "</w:tr>"
            for row in rows
        )
        + "</w:tbl>"
    )


def xlsx(sheets: Mapping[str, str], *, states: Mapping[str, str] | None = None, **parts: str) -> bytes:
    """Return an XLSX of sheets (what stands inside ``worksheet``) by name; parts ``strings``, ``styles``."""
    kinds = {"strings": "sharedStrings", "styles": "styles"}
    targets = {f"s{place}": ("worksheet", f"worksheets/sheet{place}.xml") for place in range(len(sheets))}
    targets |= {kind: (kinds[kind], f"{kind}.xml") for kind in parts}
    named = "".join(
        f'<sheet name="{name}" r:id="s{place}" state="{(states or {}).get(name, "visible")}"/>'
        for place, name in enumerate(sheets)
    )
    inside = {
        f"xl/worksheets/sheet{place}.xml": f'{_HEAD}<worksheet xmlns="{X}">{content}</worksheet>'
        for place, content in enumerate(sheets.values())
    }
    return package(
        {
            "_rels/.rels": relations({"r1": ("officeDocument", "xl/workbook.xml")}),
            "xl/workbook.xml": f"{_HEAD}<workbook {_BOOK}><sheets>{named}</sheets></workbook>",
            "xl/_rels/workbook.xml.rels": relations(targets),
            **inside,
            **{f"xl/{kind}.xml": content for kind, content in parts.items()},
        }
    )


def cells(*rows: tuple[str | float, ...]) -> str:
    """Return sheet data of texts and numbers."""
    out = []
    for number, row in enumerate(rows, start=1):
        inside = "".join(
            f"<c><v>{cell}</v></c>" if isinstance(cell, float) else f'<c t="str"><v>{cell}</v></c>'
            for cell in row
        )
        out.append(f'<row r="{number}">{inside}</row>')
    return f"<sheetData>{''.join(out)}</sheetData>"


def pptx(slides: list[str], *, notes: str | None = None, shown: tuple[bool, ...] = ()) -> bytes:
    """Return a PPTX of slides (what stands inside the tree of shapes); ``notes`` belong to the first."""
    ids = "".join(f'<p:sldId id="{256 + place}" r:id="s{place}"/>' for place in range(len(slides)))
    spaces = f'xmlns:p="{P}" xmlns:a="{A}" xmlns:r="{R}"'
    parts = {
        "_rels/.rels": relations({"r1": ("officeDocument", "ppt/presentation.xml")}),
        "ppt/presentation.xml": f"{_HEAD}<p:presentation {spaces}><p:sldIdLst>{ids}</p:sldIdLst>"
        '<p:sldSz cx="9144000" cy="6858000"/></p:presentation>',
        "ppt/_rels/presentation.xml.rels": relations(
            {f"s{place}": ("slide", f"slides/slide{place}.xml") for place in range(len(slides))}
        ),
    }
    for place, content in enumerate(slides):
        show = "" if place >= len(shown) or shown[place] else ' show="0"'
        parts[f"ppt/slides/slide{place}.xml"] = (
            f"{_HEAD}<p:sld {spaces}{show}><p:cSld><p:spTree>{content}</p:spTree></p:cSld></p:sld>"
        )
    if notes is not None:
        parts["ppt/slides/_rels/slide0.xml.rels"] = relations({"n": ("notesSlide", "../notesSlides/n.xml")})
        tree = f"<p:spTree>{shape(notes, kind='body')}</p:spTree>"
        parts["ppt/notesSlides/n.xml"] = f"{_HEAD}<p:notes {spaces}><p:cSld>{tree}</p:cSld></p:notes>"
    return package(parts)


def shape(text: str, *, kind: str = "", left: int = 0, hidden: bool = False) -> str:
    """Return a shape of a slide with text."""
    holder = f'<p:nvPr><p:ph type="{kind}"/></p:nvPr>' if kind else "<p:nvPr/>"
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr id="2" name="s" hidden="{int(hidden)}"/>{holder}</p:nvSpPr>'
        f'<p:spPr><a:xfrm><a:off x="{left}" y="0"/><a:ext cx="1000000" cy="500000"/></a:xfrm></p:spPr>'
        f"<p:txBody><a:p><a:r><a:t>{text}</a:t></a:r></a:p></p:txBody></p:sp>"
    )


def slide_table(*cells: str) -> str:
    """Return a table of one row on a slide."""
    inside = "".join(
        f"<a:tc><a:txBody><a:p><a:r><a:t>{cell}</a:t></a:r></a:p></a:txBody></a:tc>" for cell in cells
    )
    content = f"<a:graphic><a:graphicData><a:tbl><a:tr>{inside}</a:tr></a:tbl></a:graphicData></a:graphic>"
    return f"<p:graphicFrame>{content}</p:graphicFrame>"


def with_part(data: bytes, name: str, content: str) -> bytes:
    """Return a package with one part added, or another in its place."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(data)) as before,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as after,
    ):
        for info in before.infolist():
            if info.filename != name:
                after.writestr(info, before.read(info))
        after.writestr(name, content)
    return out.getvalue()
