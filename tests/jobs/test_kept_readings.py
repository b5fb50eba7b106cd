"""What was read is kept, and read anew once this machine can read more of it."""

from __future__ import annotations

import os
import sys

import pytest

from classifyhub.engine.model import Rule
from classifyhub.engine.sandbox import Sandbox
from jobs.providers.base import Request
from jobs.providers.local import LocalProvider
from tests.engine.ocr.papers import PRINTS_A_TABLE, draw_letter, install, save_picture


@pytest.fixture
def classify(tmp_path):
    """Classify one picture, each time with a new sandbox as after a restart; gives whether it had text."""
    folder = tmp_path / "documents"
    folder.mkdir()
    picture = save_picture(folder, draw_letter(size=(300, 400)))
    request = Request(
        idempotency_key="1",
        path=picture,
        name=picture.name,
        media_type="image/png",
        sha256="",
        rules=(Rule("Letter", "A letter with a greeting."),),
        mode="FAST",
        lang="en",
        max_pages=None,
        target_pages="",
        options={},
    )

    def run():
        with Sandbox() as sandbox:
            reply = LocalProvider(sandbox=sandbox, readings=tmp_path / "readings").submit(request)
        return reply.answer.has_text

    return run


def test_a_picture_is_read_again_once_ocr_is_installed_and_then_kept(classify, tmp_path, monkeypatch):
    programs, path = tmp_path / "programs", os.environ["PATH"]
    programs.mkdir()
    monkeypatch.setitem(sys.modules, "rapidocr", None)
    monkeypatch.setenv("PATH", str(programs))
    assert not classify()
    install(programs, PRINTS_A_TABLE)
    monkeypatch.setenv("PATH", f"{programs}{os.pathsep}{path}")
    assert classify()
    install(programs, "exit 1")
    assert classify()
    assert len(list((tmp_path / "readings").glob("*.json.gz"))) == 2


def test_beside_what_was_read_lies_its_gist_and_a_damaged_one_is_made_anew(classify, tmp_path):
    classify()
    (kept,) = (tmp_path / "readings").glob("*.gist")
    content = kept.read_bytes()
    kept.write_bytes(content[:40])
    classify()
    assert kept.read_bytes() == content
