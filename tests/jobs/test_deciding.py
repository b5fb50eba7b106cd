"""What the review page gets from the database."""

from __future__ import annotations

import pytest

from classifyhub.accounts.models import Role
from jobs import deciding
from jobs.models import Document
from tests.support import factories

pytestmark = pytest.mark.django_db


def test_only_documents_with_page_images_are_fetched_ahead():
    project = factories.a_project()
    first = factories.an_item(project)
    letter, scan = (factories.an_item(project, preset=first.preset).document for _number in range(2))
    Document.objects.filter(pk=letter.pk).update(media_type="message/rfc822", page_count=1)
    Document.objects.filter(pk=scan.pk).update(media_type="image/png", page_count=1)

    following = deciding.upcoming(first, by=factories.a_member(project, Role.REVIEWER))

    assert [item.document for item in following] == [scan]
