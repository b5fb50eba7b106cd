"""Versions: numbered, immutable, never twice the same in a row."""

from __future__ import annotations

import threading

import pytest
from django.db import connection

from classifyhub.accounts.models import AuditEvent
from rules import drafts, publishing
from rules.models import Connection, Preset, PresetVersion
from rules.publishing import DraftMovedError, NothingToPublishError, PublishBlockedError
from rules.shape import Destination, Draft
from tests.rules.examples import CONTRACT, INVOICE, REMINDER, a_draft, reworded
from tests.support import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def ines():
    return factories.a_user()


@pytest.fixture
def preset(ines) -> Preset:
    return drafts.create_preset(factories.a_project(), "Accounts payable", by=ines, draft=a_draft())


def save(preset, by, *rules, **options) -> None:
    drafts.save(preset, a_draft(*rules, **options), revision=preset.draft_revision, by=by)


def test_a_version_is_a_snapshot_of_rules_and_options(preset, ines) -> None:
    save(preset, ines, lang="de", max_pages=5, target_pages="1-3", auto_approve_at=0.9)
    version = publishing.publish(preset, by=ines, note=" First cut ")
    version.refresh_from_db()
    assert (version.number, version.label, version.created_by) == (1, "Accounts payable v1", ines)
    assert (version.lang, version.max_pages, version.target_pages) == ("de", 5, "1-3")
    assert version.policy == {"auto_approve_at": 0.9, "hold": False}
    assert version.rules == [rule.to_json() for rule in a_draft().rules]
    assert Draft.of_version(version) == Draft.from_json(preset.draft)
    assert preset.published == version


def test_numbers_count_up_and_old_versions_stay_as_they_were(preset, ines) -> None:
    first = publishing.publish(preset, by=ines, note="")
    save(preset, ines, INVOICE)
    second = publishing.publish(preset, by=ines, note="Only invoices")
    first.refresh_from_db()
    assert (first.number, second.number) == (1, 2)
    assert len(first.rules) == 3
    assert len(second.rules) == 1
    assert preset.published == second


def test_an_unchanged_draft_is_not_published_again(preset, ines) -> None:
    publishing.publish(preset, by=ines, note="")
    with pytest.raises(NothingToPublishError):
        publishing.publish(preset, by=ines, note="again")
    assert preset.versions.count() == 1


def test_going_back_to_an_older_text_is_a_change(preset, ines) -> None:
    publishing.publish(preset, by=ines, note="")
    save(preset, ines, INVOICE)
    publishing.publish(preset, by=ines, note="")
    save(preset, ines)
    assert publishing.publish(preset, by=ines, note="").number == 3


def test_lint_blocks_publishing_and_says_by_what(preset, ines) -> None:
    save(preset, ines, INVOICE, reworded(CONTRACT, type="invoice"), provider="llamacloud_v2")
    with pytest.raises(PublishBlockedError) as caught:
        publishing.publish(preset, by=ines, note="")
    assert [finding.field for finding in caught.value.findings] == ["provider", "type"]
    assert preset.versions.count() == 0


def test_what_was_looked_at_is_what_is_published(preset, ines) -> None:
    seen = preset.draft_revision
    save(preset, ines, INVOICE)
    with pytest.raises(DraftMovedError):
        publishing.publish(preset, by=ines, note="", revision=seen)
    assert publishing.publish(preset, by=ines, note="", revision=seen + 1).number == 1


def test_proposed_letters_are_fixed_by_the_first_version(preset, ines) -> None:
    save(preset, ines, reworded(INVOICE, monogram=""))
    revision = preset.draft_revision
    version = publishing.publish(preset, by=ines, note="")
    assert version.rules[0]["monogram"] == "IN"
    assert Draft.from_json(preset.draft).rules[0].monogram == "IN"
    assert preset.draft_revision == revision


def test_publishing_is_in_the_audit_log(preset, ines) -> None:
    publishing.publish(preset, by=ines, note="First cut")
    save(preset, ines, INVOICE)
    publishing.publish(preset, by=ines, note="")
    events = AuditEvent.objects.filter(verb="preset.published").order_by("pk")
    assert [event.after["version"] for event in events] == [1, 2]
    assert [event.before for event in events] == [None, {"version": 1}]


def test_a_restored_version_is_a_new_one_and_a_clean_draft_follows(preset, ines) -> None:
    first = publishing.publish(preset, by=ines, note="")
    save(preset, ines, INVOICE)
    publishing.publish(preset, by=ines, note="")
    restored = publishing.restore(first, by=ines)
    preset.refresh_from_db()
    assert (restored.number, restored.note) == (3, "Restored from v1")
    assert restored.content_digest == first.content_digest
    assert preset.published == restored
    assert Draft.from_json(preset.draft) == a_draft()
    assert preset.draft_revision == 3


def test_restoring_leaves_open_changes_alone(preset, ines) -> None:
    first = publishing.publish(preset, by=ines, note="")
    save(preset, ines, INVOICE)
    publishing.publish(preset, by=ines, note="")
    save(preset, ines, INVOICE, REMINDER)
    publishing.restore(first, by=ines)
    preset.refresh_from_db()
    assert Draft.from_json(preset.draft) == a_draft(INVOICE, REMINDER)


def test_the_published_version_cannot_be_restored_onto_itself(preset, ines) -> None:
    version = publishing.publish(preset, by=ines, note="")
    with pytest.raises(NothingToPublishError):
        publishing.restore(version, by=ines)


def test_a_tried_draft_cannot_be_restored(preset, ines) -> None:
    with pytest.raises(ValueError, match="published"):
        publishing.restore(publishing.draft_version(preset, by=ines), by=ines)


def test_the_same_draft_tried_twice_is_one_row_without_a_number(preset, ines) -> None:
    one, two = (publishing.draft_version(preset, by=ines) for _ in range(2))
    assert one == two
    assert (one.number, one.label) == (None, "Accounts payable draft")
    save(preset, ines, INVOICE)
    assert publishing.draft_version(preset, by=ines) != one
    publishing.publish(preset, by=ines, note="")
    assert preset.versions.filter(number__isnull=False).count() == 1


def test_a_draft_that_cannot_be_published_cannot_be_tried(preset, ines) -> None:
    save(preset, ines, reworded(INVOICE, type=""))
    with pytest.raises(PublishBlockedError):
        publishing.draft_version(preset, by=ines)


def test_a_connection_is_pinned_by_the_version_and_one_that_is_gone_fails_loudly(preset, ines) -> None:
    connection = Connection.objects.create(project=preset.project, provider="llamacloud_v2", name="EU")
    save(preset, ines, provider="llamacloud_v2", connection=str(connection.uid))
    assert publishing.publish(preset, by=ines, note="").connection == connection
    save(preset, ines, INVOICE, provider="llamacloud_v2", connection="00000000-0000-0000-0000-000000000000")
    with pytest.raises(PublishBlockedError, match="The connection of this draft is gone"):
        publishing.publish(preset, by=ines, note="")


def test_a_fallback_is_pinned_by_the_version_and_restored_with_it(preset, ines) -> None:
    spare = factories.a_connection(preset.project, "landingai")
    to_spare = Destination("landingai", str(spare.uid))
    save(preset, ines, fallback=to_spare)
    version = publishing.publish(preset, by=ines, note="")
    assert (version.fallback_provider, version.fallback_connection) == ("landingai", spare)
    assert Draft.of_version(version).fallback == to_spare
    save(preset, ines)
    without = publishing.publish(preset, by=ines, note="")
    assert (without.fallback_provider, without.fallback_connection) == ("", None)
    assert publishing.restore(version, by=ines).fallback_connection == spare


def test_a_fallback_that_is_gone_cannot_be_published(preset, ines) -> None:
    save(preset, ines, fallback=Destination("landingai", "00000000-0000-0000-0000-000000000000"))
    with pytest.raises(PublishBlockedError, match="The connection of the fallback is gone"):
        publishing.publish(preset, by=ines, note="")


def test_the_same_rules_in_two_presets_are_two_versions(preset, ines) -> None:
    other = drafts.create_preset(preset.project, "Other", by=ines, draft=a_draft())
    versions = [publishing.publish(one, by=ines, note="") for one in (preset, other)]
    assert versions[0].content_digest == versions[1].content_digest
    assert versions[0].digest != versions[1].digest


@pytest.mark.django_db(transaction=True)
def test_of_two_who_publish_at_once_both_get_a_number_of_their_own(preset, ines) -> None:
    start, numbers, refused = threading.Barrier(2), [], []

    def publish_mine(rule) -> None:
        mine = Preset.objects.get(pk=preset.pk)
        start.wait()
        try:
            Preset.objects.filter(pk=mine.pk).update(draft=a_draft(rule).to_json())
            numbers.append(publishing.publish(mine, by=ines, note="").number)
        except NothingToPublishError as error:  # both wrote before either published: the second finds its own text
            refused.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=publish_mine, args=(rule,)) for rule in (INVOICE, CONTRACT)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 3 - len(refused)))
    assert PresetVersion.objects.filter(preset=preset).count() == len(numbers)
