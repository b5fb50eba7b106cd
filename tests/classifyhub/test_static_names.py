"""A file that was added while the desk runs must not cost the pages that link it."""

from __future__ import annotations

import pytest
from django.core.files.base import ContentFile
from structlog.testing import capture_logs

from classifyhub.static_names import StaticNames, _tell_missing


@pytest.fixture
def names(tmp_path) -> StaticNames:
    """A collected folder with one sheet."""
    storage = StaticNames(location=tmp_path, base_url="/static/")
    storage.save("base.css", ContentFile(b"p { color: red }"))
    list(storage.post_process({"base.css": (storage, "base.css")}))
    _tell_missing.cache_clear()
    return storage


def test_a_collected_file_is_linked_by_the_hash_of_its_content(names):
    linked = names.url("base.css")
    assert linked.startswith("/static/base.")
    assert linked != "/static/base.css"


def test_a_file_that_was_not_collected_is_linked_by_its_own_name_and_the_log_says_so_once(names):
    with capture_logs() as logs:
        assert [names.url("added.css") for _ in range(3)] == ["/static/added.css"] * 3
    assert [(entry["log_level"], entry["name"]) for entry in logs] == [("error", "added.css")]
