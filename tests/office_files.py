"""Small office files, made part by part."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from xml.sax.saxutils import escape, quoteattr

DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
SHOW = "http://schemas.openxmlformats.org/presentationml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINK = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
OPEN = "urn:oasis:names:tc:opendocument:xmlns"
OPEN_NAMES = " ".join(
    f'xmlns:{short}="{OPEN}:{long}:1.0"'
    for short, long in {
        "office": "office",
        "text": "text",
        "table": "table",
        "draw": "drawing",
        "presentation": "presentation",
        "style": "style",
        "number": "datastyle",
    }.items()
)
OPEN_TYPE = "application/vnd.oasis.opendocument."
EPUB_TYPE = "application/epub+zip"

Parts = Mapping[str, str | bytes]


def zipped(parts: Parts, *, first: str = "", stored: bool = False) -> bytes:
    """A zip of these parts; ``first`` is what an uncompressed entry ``mimetype`` in front says."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive:
        if first:
            archive.writestr(zipfile.ZipInfo("mimetype"), first)
        for name, data in parts.items():
            archive.writestr(name, data)
    return out.getvalue()


def relations(**targets: str) -> str:
    """``rId1="slide:slides/slide1.xml"`` and so on."""
    entries = (
        f'<Relationship Id="{key}" Type="{LINK}/{kind}" Target={quoteattr(target)}/>'
        for key, (kind, _, target) in ((key, value.partition(":")) for key, value in targets.items())
    )
    return f'<Relationships xmlns="{PACKAGE}">{"".join(entries)}</Relationships>'


def shape(text: str, *, placeholder: str = "") -> str:
    """A box on a slide; lines of ``text`` are its paragraphs."""
    kind = f'<p:nvPr><p:ph type="{placeholder}"/></p:nvPr>' if placeholder else ""
    lines = "".join(f"<a:p><a:r><a:t>{escape(line)}</a:t></a:r></a:p>" for line in text.splitlines())
    return f"<p:sp><p:nvSpPr>{kind}</p:nvSpPr><p:txBody>{lines}</p:txBody></p:sp>"


def slide(*shapes: str) -> str:
    tree = f"<p:cSld><p:spTree>{''.join(shapes)}</p:spTree></p:cSld>"
    return f'<p:sld xmlns:p="{SHOW}" xmlns:a="{DRAWING}">{tree}</p:sld>'


def pptx(*slides: str, order: Sequence[int] = ()) -> bytes:
    """A show of these slides, in this ``order`` (numbers from 1; as they come by default)."""
    numbers = order or range(1, len(slides) + 1)
    ids = "".join(f'<p:sldId id="{255 + number}" r:id="rId{number}"/>' for number in numbers)
    parts = {
        "[Content_Types].xml": "<Types/>",
        "ppt/presentation.xml": f'<p:presentation xmlns:p="{SHOW}" xmlns:r="{LINK}"><p:sldIdLst>{ids}</p:sldIdLst>'
        '<p:sldSz cx="12192000" cy="6858000"/></p:presentation>',
        "ppt/_rels/presentation.xml.rels": relations(
            **{f"rId{number}": f"slide:slides/slide{number}.xml" for number in range(1, len(slides) + 1)}
        ),
        **{f"ppt/slides/slide{number}.xml": text for number, text in enumerate(slides, start=1)},
    }
    return zipped(parts)


def rows(*values: Sequence[str]) -> str:
    """The rows of a sheet; a cell is its XML, or text that stands in the cell."""
    cells = ("".join(cell if cell.startswith("<c") else inline(cell) for cell in row) for row in values)
    data = "".join(f"<row>{row}</row>" for row in cells)
    return f'<worksheet xmlns="{SHEET}"><sheetData>{data}</sheetData></worksheet>'


def inline(text: str) -> str:
    return f'<c t="inlineStr"><is><t>{escape(text)}</t></is></c>'


def shared(index: int) -> str:
    """A cell that points at a shared text."""
    return f'<c t="s"><v>{index}</v></c>'


def xlsx(sheets: Mapping[str, str], *, strings: Sequence[str] = (), hidden: Sequence[str] = ()) -> bytes:
    """A workbook of these sheets by name; ``strings`` is the XML of each shared text."""
    entries, links, parts = "", {}, {}
    for number, (name, text) in enumerate(sheets.items(), start=1):
        state = ' state="hidden"' if name in hidden else ""
        entries += f'<sheet name={quoteattr(name)} sheetId="{number}"{state} r:id="rId{number}"/>'
        links[f"rId{number}"] = f"worksheet:/xl/worksheets/sheet{number}.xml"
        parts[f"xl/worksheets/sheet{number}.xml"] = text
    table = "".join(f"<si>{text}</si>" for text in strings)
    return zipped(
        {
            "[Content_Types].xml": "<Types/>",
            "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{LINK}"><sheets>{entries}</sheets></workbook>',
            "xl/_rels/workbook.xml.rels": relations(**links, rIdStrings="sharedStrings:sharedStrings.xml"),
            "xl/sharedStrings.xml": f'<sst xmlns="{SHEET}">{table}</sst>',
            **parts,
        }
    )


def opendocument(kind: str, body: str, *, styles: str = "", automatic: str = "", manifest: str = "") -> bytes:
    """A ``kind`` (text, presentation, spreadsheet) with this body; ``styles`` are its master pages."""
    content = (
        f"<office:document-content {OPEN_NAMES}><office:automatic-styles>{automatic}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    masters = f"<office:master-styles>{styles}</office:master-styles>"
    frame = f"<office:document-styles {OPEN_NAMES}>{masters}</office:document-styles>"
    parts = {"META-INF/manifest.xml": f"<manifest>{manifest}</manifest>", "content.xml": content, "styles.xml": frame}
    return zipped(parts, first=OPEN_TYPE + kind)


def epub(*chapters: str, encryption: str = "", folder: str = "OEBPS/") -> bytes:
    """A book of these chapters, each the inside of its body."""
    items = "".join(
        f'<item id="c{number}" href="text/chapter%20{number}.xhtml" media-type="application/xhtml+xml"/>'
        for number in range(1, len(chapters) + 1)
    )
    spine = "".join(f'<itemref idref="c{number}"/>' for number in range(1, len(chapters) + 1))
    root = f'<container><rootfiles><rootfile full-path="{folder}book.opf"/></rootfiles></container>'
    parts = {
        "META-INF/container.xml": root,
        f"{folder}book.opf": f"<package><manifest>{items}</manifest><spine>{spine}</spine></package>",
    }
    for number, text in enumerate(chapters, start=1):
        parts[f"{folder}text/chapter {number}.xhtml"] = f"<!DOCTYPE html><html><body>{text}</body></html>"
    if encryption:
        parts["META-INF/encryption.xml"] = encryption
    return zipped(parts, first=EPUB_TYPE)
