"""The real tesseract for tests that read, a made one for tests of what may go wrong."""

from __future__ import annotations

import os
import sys

import pytest

from tests.engine.ocr.papers import install
from tests.support.programs import find_program, skipped_without_program


@pytest.fixture(scope="session")
def tesseract():
    """Tests that ask for it read pictures for real."""
    with skipped_without_program():
        return find_program("tesseract", package="tesseract-ocr")


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Put a program in tesseract's place: ``program(body)``, which gives the folder it may write to."""

    def put(body):
        folder = tmp_path / "programs"
        folder.mkdir(exist_ok=True)
        install(folder, body)
        monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
        return folder

    return put


@pytest.fixture
def no_tesseract(tmp_path, monkeypatch):
    """A machine without tesseract."""
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.fixture
def no_engine(no_tesseract, monkeypatch):
    """A machine on which nothing reads pictures."""
    monkeypatch.setitem(sys.modules, "rapidocr", None)
