"""Documents attached to a mail are pages of their own, and the mail stays a mail."""

from __future__ import annotations

from email.message import EmailMessage

import pytest

from classifyhub.engine import classify, compile_rules, inspect, read
from tests.engine.documents import INVOICE, RULES, draw_text_pdf, save
from tests.hostile_files import docx, make_password_rc4, paragraphs, picture

MAIL_RULE = {"type": "email", "description": "An e-mail message with sender, recipients and a subject."}


def mail(*attachments, text="Please see the attached papers.", subject="Papers"):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.com", "b@example.com", subject
    message["Date"] = "Fri, 3 May 2024 10:00:00 +0200"
    message.set_content(text)
    for name, data in attachments:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message


def read_mail(folder, message, **options):
    path, media_type = save(folder, "a.eml", bytes(message))
    return read(path, media_type=media_type, **options)


def test_pages_of_attachments_follow_the_mails_own(tmp_path):
    message = mail(
        ("bill.pdf", draw_text_pdf("One", "Two")), ("odd.bin", b"\0\1\2" * 50), ("note.docx", docx(paragraphs("Three")))
    )
    reading = read_mail(tmp_path, message)
    assert [page.number for page in reading.pages] == [1, 2, 3, 4]
    assert [page.text.strip() for page in reading.pages[1:]] == ["One", "Two", "Three"]
    facts = dict(reading.facts)
    assert facts["attachments"] == "bill.pdf, odd.bin, note.docx"
    assert (facts["own_pages"], facts["attached_pages"]) == ("1", "2-3 bill.pdf, 4 note.docx")
    assert inspect(tmp_path / "a.eml", media_type="message/rfc822").page_count == 4


def test_the_name_of_an_attachment_need_not_tell_the_truth(tmp_path):
    assert read_mail(tmp_path, mail(("bill.txt", draw_text_pdf("A PDF")))).pages[1].text.strip() == "A PDF"


def test_pages_wanted_are_counted_through_the_whole(tmp_path):
    message = mail(("a.pdf", draw_text_pdf("One", "Two", "Three")), ("b.txt", b"Four"))
    some = read_mail(tmp_path, message, target_pages="1,3,5")
    assert [(page.number, page.text.strip()) for page in some.pages[1:]] == [(3, "Two"), (5, "Four")]
    assert (some.pages_not_read, some.cut) == ((2, 4), "target_pages")
    first = read_mail(tmp_path, message, max_pages=2)
    assert [page.number for page in first.pages] == [1, 2]
    assert (first.pages_not_read, first.cut) == ((3, 4, 5), "max_pages")


def test_what_cannot_be_opened_is_named_and_left_out(tmp_path):
    message = mail(("locked.pdf", make_password_rc4()), ("empty.txt", b""), ("torn.docx", docx(paragraphs("x"))[:200]))
    reading = read_mail(tmp_path, message)
    assert reading.page_count == reading.own_pages == 1
    assert "locked.pdf" in reading.pages[0].text


def test_an_attached_mail_is_a_page_and_its_own_attachments_are_only_named(tmp_path):
    outer = mail()
    outer.add_attachment(mail(("deep.txt", b"Deep inside"), subject="Inner", text="Forwarded words"))
    reading = read_mail(tmp_path, outer)
    assert "Forwarded words" not in reading.pages[0].text
    assert reading.page_count == 2
    assert "Subject: Inner\nAttachments: deep.txt\nForwarded words" in reading.pages[1].text


def test_mails_in_mails_in_mails_end_after_the_first(tmp_path):
    message = mail(text="at the bottom")
    for number in range(30):
        outer = mail(subject=f"number {number}")
        outer.add_attachment(message)
        message = outer
    assert read_mail(tmp_path, message).page_count == 2


def test_logos_are_no_documents_and_photos_are_however_they_are_attached(tmp_path):
    message = mail()
    for number, size in enumerate([(900, 200), (900, 1200)]):
        message.add_attachment(
            picture("PNG", size), maintype="image", subtype="png", filename=f"{number}.png", cid=f"<{number}>"
        )
    reading = read_mail(tmp_path, message, with_ocr=False)
    assert dict(reading.facts)["attached_pages"] == "2 1.png"


def test_only_so_many_attachments_are_opened(tmp_path):
    message = mail(*((f"{number}.txt", b"words") for number in range(40)))
    assert read_mail(tmp_path, message).page_count == 21


def test_attachments_are_looked_at_as_long_as_there_is_time(tmp_path):
    reading = read_mail(tmp_path, mail(("a.txt", b"one"), ("b.txt", b"two")), budget_seconds=-1)
    assert (reading.page_count, reading.pages_not_read, reading.cut) == (2, (2,), "time")


@pytest.mark.parametrize(("rules", "answer"), [((*RULES, MAIL_RULE), "email"), (RULES, "invoice")])
def test_a_mail_with_an_invoice_is_a_mail_unless_no_rule_wants_mails(tmp_path, rules, answer):
    reading = read_mail(tmp_path, mail(("4711.pdf", draw_text_pdf(INVOICE))))
    result = classify(reading, compile_rules(rules))
    assert result.type == answer
    assert result.pages[1].type == "invoice"
