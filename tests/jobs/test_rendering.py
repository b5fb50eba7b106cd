"""Page images: drawn once, not tried again at once when they cannot be, and never at the cost of every thread."""

from __future__ import annotations

import os
import time

import pytest

from jobs import rendering, storage, texts
from tests.support.factories import a_document, a_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def torn():
    """A document that says it is a PDF and cannot be drawn."""
    return a_document(a_project(), content=b"%PDF-1.7 torn", name="torn.pdf", media_type="application/pdf")


def failed_mark(document):
    image = storage.page_image_path(document.project.uid, document.blob.sha256, page=1, width=rendering.PAGE_WIDTH)
    return image.with_suffix(".failed")


def test_a_page_that_could_not_be_drawn_is_left_alone_for_an_hour_and_then_tried_again(torn):
    with pytest.raises(rendering.NoImageError):
        rendering.page_image(torn, page=1)
    first = failed_mark(torn).stat().st_mtime_ns
    with pytest.raises(rendering.NoImageError):
        rendering.page_image(torn, page=1)
    assert failed_mark(torn).stat().st_mtime_ns == first
    long_ago = time.time() - rendering.FAILED_SECONDS - 1
    os.utime(failed_mark(torn), (long_ago, long_ago))
    with pytest.raises(rendering.NoImageError):
        rendering.page_image(torn, page=1)
    assert failed_mark(torn).stat().st_mtime > long_ago + 1


def test_nobody_waits_long_for_a_turn_at_the_sandbox(torn, monkeypatch):
    monkeypatch.setattr(rendering, "TURN_SECONDS", 0.05)
    with rendering.turn(), rendering.turn():
        with pytest.raises(rendering.NoImageError):
            rendering.page_image(torn, page=1)
        assert texts.pages_of(torn) == ()
    assert not failed_mark(torn).exists()
