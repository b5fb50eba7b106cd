"""Pages, text and original: drawn, escaped, or handed out as bytes that no browser opens."""

from __future__ import annotations

import io

import pytest
from django.test import Client
from django.urls import reverse
from reportlab.pdfgen.canvas import Canvas

from jobs import erasure, storage
from tests.jobs.test_erasure import pdf_of
from tests.support.factories import a_document

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(project):
    return a_document(project, content=pdf_of("x"), name="bill.pdf", media_type="application/pdf", page_count=1)


def two_pages() -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file)
    for _page in range(2):
        canvas.drawString(72, 760, "the same on both")
        canvas.showPage()
    canvas.save()
    return file.getvalue()


class TestImages:
    @pytest.mark.parametrize("name", ["document_page", "document_thumb"])
    def test_a_page_is_an_image(self, client, url, document, name):
        answer = client.get(url(name, document.uid, 1))
        assert answer["Content-Type"] == "image/webp"
        assert b"".join(answer)[:4] == b"RIFF"

    def test_each_page_and_width_has_a_mark_of_its_own(self, client, url, project):
        document = a_document(project, content=two_pages(), media_type="application/pdf", page_count=2)
        addresses = [url(name, document.uid, page) for name in ("document_page", "document_thumb") for page in (1, 2)]
        answers = [client.get(address) for address in addresses]
        for answer in answers:
            answer.getvalue()
        assert len({answer["ETag"] for answer in answers}) == 4

    @pytest.mark.parametrize("page", ["0", "2", "99999999999999999999999999999999999999", "1" * 300])
    def test_an_absurd_page_is_not_found(self, client, url, document, page):
        address = url("document_page", document.uid, 1).replace("/1.webp", f"/{page}.webp")
        assert client.get(address).status_code == 404

    def test_a_document_without_pages_has_no_image(self, client, url, project):
        assert client.get(url("document_page", a_document(project).uid, 1)).status_code == 404

    def test_a_damaged_one_has_none_either(self, client, url, project):
        document = a_document(project, content=b"%PDF-1.7", media_type="application/pdf")
        assert client.get(url("document_page", document.uid, 1)).status_code == 404


@pytest.mark.parametrize(
    ("name", "parts"),
    [("document_page", [1]), ("document_thumb", [1]), ("document_original", []), ("document_text", [])],
)
class TestWhatABrowserKeeps:
    def test_it_is_its_own_and_asks_again_each_time(self, client, url, document, name, parts):
        answer = client.get(url(name, document.uid, *parts))
        answer.getvalue()
        assert answer["Cache-Control"] == "private, no-cache"
        assert "Cookie" in answer["Vary"]

    def test_it_is_told_when_nothing_has_changed(self, client, url, document, name, parts):
        address = url(name, document.uid, *parts)
        first = client.get(address)
        first.getvalue()
        if name == "document_text":  # the page around the text is the person's own
            assert "ETag" not in first
            return
        again = client.get(address, headers={"If-None-Match": first["ETag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again["Cache-Control"] == "private, no-cache"

    def test_it_is_not_found_any_more_once_it_is_erased_whatever_was_kept(self, client, url, document, name, parts):
        address = url(name, document.uid, *parts)
        first = client.get(address)
        first.getvalue()
        document.refresh_from_db()
        erasure.erase_document(document, by=None)
        assert client.get(address, headers={"If-None-Match": first.headers.get("ETag", "*")}).status_code == 404


class TestText:
    def test_markup_in_a_document_is_shown_and_not_run(self, client, url, project):
        document = a_document(project, content=b"Dear <script>alert(1)</script> & <img src=x onerror=alert(1)>")
        answer = client.get(url("document_text", document.uid))
        assert b"<script>" not in answer.content
        assert b"&lt;script&gt;alert(1)&lt;/script&gt; &amp; &lt;img" in answer.content

    def test_it_takes_the_place_of_the_page_image_or_is_a_page_of_its_own(self, client, url, project):
        address = url("document_text", a_document(project, name="letter.txt").uid)
        page, fragment = client.get(address), client.get(address, headers={"HX-Request": "true"})
        assert [b"<html" in answer.content for answer in (page, fragment)] == [True, False]
        assert all(b'id="paper"' in answer.content for answer in (page, fragment))
        assert b"letter.txt" in page.content

    def test_a_document_without_text_says_so(self, client, url, project):
        document = a_document(project, content=b"%PDF-1.7", media_type="application/pdf")
        assert b"No text could be read" in client.get(url("document_text", document.uid)).content


class TestOriginal:
    def test_it_is_a_download_that_no_browser_interprets(self, client, url, project):
        document = a_document(project, content=b"<script>", name="page.html", media_type="text/html")
        answer = client.get(url("document_original", document.uid))
        assert answer["Content-Type"] == "application/octet-stream"
        assert answer["Content-Disposition"] == 'attachment; filename="page.html"'
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer["Content-Security-Policy"]
        assert "default-src 'none'" in answer["Content-Security-Policy"]
        assert b"".join(answer) == b"<script>"

    @pytest.mark.parametrize("name", ["ü.pdf", 'a"b;c.pdf', "a\r\nX-Evil: 1.pdf", "<script>.pdf", "日本" * 80 + ".pdf"])
    def test_any_name_is_a_safe_header(self, client, url, project, name):
        document = a_document(project, name=name)
        answer = client.get(url("document_original", document.uid))
        answer.close()
        assert answer["Content-Disposition"].startswith("attachment; ")
        assert "X-Evil" not in answer.headers
        assert "\n" not in answer["Content-Disposition"]

    def test_one_whose_file_is_gone_is_not_found(self, client, url, document):
        storage.document_path(document).unlink()
        assert client.get(url("document_original", document.uid)).status_code == 404

    def test_an_erased_ones_form_sent_again_is_not_found(self, press, document, url):
        assert press(url("document_erase", document.uid)).status_code == 303
        assert press(url("document_erase", document.uid)).status_code == 404


def test_without_an_account_nothing_is_handed_out(project, document):
    for name, parts in (
        ("document_page", [1]),
        ("document_thumb", [1]),
        ("document_text", []),
        ("document_original", []),
    ):
        assert Client().get(reverse(name, args=[project.slug, document.uid, *parts])).status_code == 302
