"""The bytes say what a file is; its name only breaks ties."""

from __future__ import annotations

import pytest

from classifyhub.engine import READABLE, RENDERABLE, sniff
from classifyhub.engine.sniffing import DOCX, EPUB, ODP, ODS, ODT, PPTX, XLSX, ZIP
from tests.engine.documents import draw_text_pdf
from tests.hostile_files import compound_file, docx, paragraphs, picture
from tests.office_files import epub, opendocument, pptx, slide, xlsx, zipped

PDF = draw_text_pdf("Hello")
MAIL = b"From: a@example.com\nTo: b@example.com\nSubject: Hi\n\nBody"
OUTLOOK = "application/vnd.ms-outlook"


@pytest.mark.parametrize(
    ("data", "name", "media_type"),
    [
        (PDF, "a.pdf", "application/pdf"),
        (PDF, "a.png", "application/pdf"),
        (b"\r\n junk \r\n" + PDF, "a", "application/pdf"),
        (picture("PNG"), "a.pdf", "image/png"),
        (picture("JPEG"), "a", "image/jpeg"),
        (picture("GIF"), "a", "image/gif"),
        (picture("WEBP"), "a", "image/webp"),
        (picture("BMP"), "a", "image/bmp"),
        (picture("TIFF"), "a", "image/tiff"),
        (docx(paragraphs("x")), "a", DOCX),
        (docx(paragraphs("x"))[:120], "a.docx", DOCX),
        (docx(paragraphs("x")).replace(b"word/", b"ppt//"), "a", PPTX),
        (docx(paragraphs("x")).replace(b"word/", b"xl///"), "a", XLSX),
        (compound_file("EncryptedPackage"), "a.docx", DOCX),
        (compound_file("EncryptedPackage"), "a.xlsx", XLSX),
        (compound_file("EncryptedPackage"), "a.pptm", PPTX),
        (compound_file("WordDocument"), "a.docx", "application/msword"),
        (compound_file("Workbook"), "a.doc", "application/vnd.ms-excel"),
        (compound_file("PowerPoint Document"), "a.doc", "application/vnd.ms-powerpoint"),
        (compound_file("WordDocument", "__properties_version1.0", top=2), "a.doc", OUTLOOK),
        (pptx(slide()), "a.docx", PPTX),
        (xlsx({}), "a.zip", XLSX),
        (zipped({"[Content_Types].xml": "<Types/>", "ppt/embeddings/a.docx": docx(b"")}, stored=True), "a", PPTX),
        (zipped({"[Content_Types].xml": "<Types/>", "odd/part.xml": ""}), "a.xlsm", XLSX),
        (opendocument("text", ""), "a.docx", ODT),
        (opendocument("presentation", ""), "a", ODP),
        (opendocument("spreadsheet", ""), "a", ODS),
        (opendocument("text-template", ""), "a", ODT),
        (zipped({"META-INF/manifest.xml": "", "content.xml": ""}), "a.ods", ODS),
        (epub("<p>x</p>"), "a.zip", EPUB),
        (zipped({"META-INF/container.xml": ""}), "a", EPUB),
        (zipped({"a.txt": "text"}), "a.odt", ZIP),
        (zipped({"a.pdf": "%PDF-1.7 and so on"}, stored=True), "a.zip", ZIP),
        (compound_file("__properties_version1.0"), "a", OUTLOOK),
        (b"<!-- made by hand --><!DOCTYPE html><p>Hi</p>", "a.txt", "text/html"),
        (b"<?xml version='1.0'?>\n<html><body>Hi</body></html>", "a", "text/html"),
        (b"<p>a fragment</p>", "a.html", "text/html"),
        (b"<p>a fragment</p>", "a.txt", "text/plain"),
        (b"<?xml version='1.0'?><order/>", "a.xml", "application/xml"),
        (b"# Title", "a.md", "text/markdown"),
        (b"# Title", "a.txt", "text/plain"),
        (b"BM is how this sentence begins", "a.txt", "text/plain"),
        (MAIL, "a", "message/rfc822"),
        (MAIL, "a.txt", "message/rfc822"),
        (MAIL.decode().encode("utf-16"), "a.eml", "message/rfc822"),
        (b"Subject: one header is enough with the name\n\nBody", "a.eml", "message/rfc822"),
        (b"Subject: one header alone is not\n\nBody", "a.txt", "text/plain"),
        ("Überweisung".encode("cp1252"), "a.txt", "text/plain"),
        ("plain".encode("utf-16-le"), "a.txt", "text/plain"),
        (bytes(range(256)), "a.txt", "application/octet-stream"),
        (b"{\\rtf1 hello}", "a.doc", "application/rtf"),
    ],
)
def test_bytes_decide_and_names_break_ties(tmp_path, data, name, media_type):
    path = tmp_path / "file"
    path.write_bytes(data)
    assert sniff(path, name) == media_type


def test_what_has_a_page_image_can_also_be_read():
    assert RENDERABLE < READABLE
    assert DOCX in READABLE - RENDERABLE
    assert ZIP not in READABLE
