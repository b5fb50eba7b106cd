"""Making, saving, renaming and archiving presets."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from classifyhub.accounts.models import AuditEvent
from rules import drafts, publishing
from rules.models import Preset
from rules.shape import RULES_MAX, Draft, DraftTooLargeError, make_rules
from rules.starters import find_starter
from tests.rules.examples import CONTRACT, INVOICE, REMINDER, a_draft, reworded
from tests.support import factories
from tests.support.races import race

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def project():
    return factories.a_project()


@pytest.fixture
def ines(project):
    return factories.a_member(project)


@pytest.fixture
def dana(project):
    return factories.a_member(project)


@pytest.fixture
def preset(project, ines) -> Preset:
    return drafts.create_preset(project, "Accounts payable", by=ines, draft=a_draft())


def verbs(project) -> list[str]:
    return list(AuditEvent.objects.filter(project=project).order_by("pk").values_list("verb", flat=True))


def test_a_new_preset_is_a_draft_only(project, ines) -> None:
    preset = drafts.create_preset(project, "  Mail  room ", by=ines, rules=[{"type": "Invoice", "description": "…"}])
    preset.refresh_from_db()
    assert (preset.name, preset.name_folded, preset.published) == ("Mail room", "mail room", None)
    assert [rule.type for rule in Draft.from_json(preset.draft).rules] == ["Invoice"]
    assert preset.draft_by == ines
    assert verbs(project) == ["preset.created"]


class TestStartingTwice:
    """From the same: the draft that nobody has touched is opened again."""

    @pytest.fixture
    def first(self, project, ines) -> Preset:
        return drafts.start(project, "HR file", by=ines, draft=a_draft())

    def again(self, first, *, by, draft=None) -> Preset:
        fresh = a_draft(reworded(INVOICE, id="dddddddd"), REMINDER, CONTRACT)  # ids differ each time
        return drafts.start(first.project, "HR file", by=by, draft=draft or fresh)

    def test_makes_one_preset(self, first, ines) -> None:
        assert self.again(first, by=ines) == first
        assert verbs(first.project) == ["preset.created"]

    def test_from_something_else_makes_another(self, first, ines) -> None:
        assert self.again(first, by=ines, draft=a_draft(CONTRACT)).name == "HR file 2"

    def test_leaves_alone_what_was_edited_and_finds_its_successor(self, first, ines) -> None:
        drafts.save(first, a_draft(CONTRACT), revision=1, by=ines)
        drafts.save(first, a_draft(), revision=2, by=ines)
        second = self.again(first, by=ines)
        assert second.name == "HR file 2"
        assert self.again(first, by=ines) == second

    def test_leaves_alone_what_was_published(self, first, ines) -> None:
        publishing.publish(first, by=ines, note="")
        assert self.again(first, by=ines) != first

    def test_leaves_alone_what_was_renamed(self, first, ines) -> None:
        drafts.rename(first, "HR file of the north", by=ines)
        assert self.again(first, by=ines) != first

    def test_leaves_alone_what_was_archived(self, first, ines) -> None:
        drafts.archive(first, by=ines)
        assert self.again(first, by=ines) != first

    def test_leaves_alone_what_somebody_else_made(self, first, dana) -> None:
        assert self.again(first, by=dana) != first

    @pytest.mark.django_db(transaction=True)
    def test_at_once_makes_one_preset_too(self, project, ines) -> None:
        made = race(*[lambda: drafts.start(project, "HR file", by=ines, draft=a_draft()).pk] * 2)
        assert len(set(made)) == 1
        assert Preset.objects.filter(pk__in=made).count() == 1


def test_a_name_is_taken_once_in_a_project_whatever_its_case(project, ines, preset) -> None:
    with pytest.raises(drafts.NameTakenError):
        drafts.create_preset(project, "ACCOUNTS  payable", by=ines)
    drafts.create_preset(factories.a_project(), "Accounts payable", by=ines)
    drafts.archive(preset, by=ines)
    drafts.create_preset(project, "Accounts payable", by=ines)


@pytest.mark.parametrize("name", ["", "   ", "\n"])
def test_a_preset_has_a_name(project, ines, name: str) -> None:
    with pytest.raises(drafts.BlankNameError):
        drafts.create_preset(project, name, by=ines)


def test_the_first_desk_has_a_default_preset_that_can_classify_at_once(project, ines) -> None:
    preset = drafts.ensure_default_preset(project, by=ines)
    assert (preset.name, preset.is_default, preset.published.number) == ("General mail room", True, 1)
    assert preset.published.provider == "local"
    assert len(preset.published.rules) == 11
    assert drafts.ensure_default_preset(project, by=ines) == preset
    assert Preset.objects.filter(project=project).count() == 1


def test_a_starter_is_copied_under_a_free_name(project, ines) -> None:
    starter = find_starter("hr-file")
    names = [drafts.copy_starter(project, starter, by=ines).name for _ in range(3)]
    assert names == ["HR file", "HR file 2", "HR file 3"]


def test_a_copy_takes_the_draft_with_its_options(preset, ines) -> None:
    drafts.save(preset, a_draft(lang="de"), revision=1, by=ines)
    copy = drafts.duplicate(preset, by=ines)
    assert copy.name == "Accounts payable 2"
    assert Draft.from_json(copy.draft) == a_draft(lang="de")
    assert copy.published is None


def test_a_save_raises_the_revision_and_tells_who_and_when(preset, dana) -> None:
    before = preset.draft_saved_at
    preset.refresh_from_db()
    assert drafts.save(preset, a_draft(INVOICE), revision=1, by=dana)
    assert (preset.draft_revision, preset.draft_by) == (2, dana)
    assert preset.draft_saved_at != before
    assert Draft.from_json(preset.draft) == a_draft(INVOICE)


def test_a_save_without_a_change_writes_nothing_even_from_an_old_tab(preset, ines, dana) -> None:
    drafts.save(preset, a_draft(INVOICE), revision=1, by=dana)
    assert not drafts.save(preset, a_draft(INVOICE), revision=1, by=ines)
    assert (preset.draft_revision, preset.draft_by) == (2, dana)


def test_the_second_of_two_people_is_told_and_nothing_is_lost(preset, ines, dana) -> None:
    hers, his = a_draft(INVOICE, REMINDER), a_draft(INVOICE, CONTRACT)
    drafts.save(preset, hers, revision=1, by=dana)
    with pytest.raises(drafts.DraftConflictError) as caught:
        drafts.save(preset, his, revision=1, by=ines)
    conflict = caught.value
    assert (conflict.mine, conflict.theirs, conflict.revision, conflict.by) == (his, hers, 2, dana)
    assert conflict.at == preset.draft_saved_at
    assert Draft.from_json(Preset.objects.get(pk=preset.pk).draft) == hers
    assert drafts.save(preset, his, revision=conflict.revision, by=ines)


def test_a_draft_too_large_is_refused_before_anything_is_written(preset, ines) -> None:
    with pytest.raises(DraftTooLargeError):
        drafts.save(preset, Draft(rules=make_rules([{}] * (RULES_MAX + 1))), revision=1, by=ines)
    assert Draft.from_json(Preset.objects.get(pk=preset.pk).draft) == a_draft()


def test_text_that_databases_refuse_is_mended_on_the_way_in(preset, ines) -> None:
    (odd,) = make_rules([{"id": INVOICE.id, "type": "a\x00b", "description": "\ud800"}])
    drafts.save(preset, a_draft(odd), revision=1, by=ines)
    stored = Draft.from_json(Preset.objects.get(pk=preset.pk).draft)
    assert stored.rules[0].type == "a\N{REPLACEMENT CHARACTER}b"
    assert stored.rules[0].description == "\N{REPLACEMENT CHARACTER}"


anything = st.text(st.characters(codec=None), max_size=60)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(anything, anything, anything)
def test_any_text_is_stored_and_read_back_the_same(preset, ines, type_name, description, name) -> None:
    (rule,) = make_rules([{"type": type_name, "description": description}])
    preset.refresh_from_db()
    drafts.save(preset, a_draft(rule), revision=preset.draft_revision, by=ines)
    assert Draft.from_json(Preset.objects.get(pk=preset.pk).draft) == a_draft(rule)
    with suppress(drafts.BlankNameError):
        drafts.rename(preset, name, by=ines)


def test_renaming_keeps_names_apart(project, ines, preset) -> None:
    other = drafts.create_preset(project, "HR file", by=ines)
    assert drafts.rename(other, "HR  files", by=ines).name == "HR files"
    with pytest.raises(drafts.NameTakenError):
        drafts.rename(other, "accounts payable", by=ines)
    drafts.rename(preset, "ACCOUNTS payable", by=ines)
    event = AuditEvent.objects.filter(verb="preset.renamed").order_by("-pk").first()
    assert (event.before, event.after) == ({"name": "Accounts payable"}, {"name": "ACCOUNTS payable"})


def test_renaming_to_the_same_name_is_no_event(project, ines, preset) -> None:
    drafts.rename(preset, "Accounts payable", by=ines)
    assert verbs(project) == ["preset.created"]


def test_an_archived_preset_comes_back_under_a_free_name(project, ines, preset) -> None:
    drafts.archive(preset, by=ines)
    drafts.archive(preset, by=ines)
    assert not Preset.objects.unarchived().filter(pk=preset.pk).exists()
    drafts.create_preset(project, "Accounts payable", by=ines)
    assert drafts.bring_back(preset, by=ines).name == "Accounts payable 2"
    assert verbs(project) == ["preset.created", "preset.archived", "preset.created", "preset.brought_back"]


def test_the_default_preset_cannot_be_archived(project, ines) -> None:
    default = drafts.ensure_default_preset(project, by=ines)
    with pytest.raises(drafts.InUseError):
        drafts.archive(default, by=ines)


def test_a_preset_made_as_the_default_takes_the_mark_over(project, ines) -> None:
    first = drafts.ensure_default_preset(project, by=ines)
    second = drafts.create_preset(project, "Claims", by=ines, draft=a_draft(), is_default=True)
    first.refresh_from_db()
    assert (first.is_default, second.is_default) == (False, True)


def test_there_is_one_default_and_it_is_published(project, ines, preset) -> None:
    first = drafts.ensure_default_preset(project, by=ines)
    with pytest.raises(drafts.NotPublishedError):
        drafts.set_default(preset, by=ines)
    publishing.publish(preset, by=ines, note="")
    drafts.set_default(preset, by=ines)
    first.refresh_from_db()
    assert (preset.is_default, first.is_default) == (True, False)
    assert drafts.ensure_default_preset(project, by=ines) == preset


def test_a_saved_draft_cannot_hide_in_an_archived_preset(preset, ines) -> None:
    drafts.archive(preset, by=ines)
    with pytest.raises(drafts.DraftConflictError):
        drafts.save(preset, a_draft(reworded(INVOICE, type="Bill")), revision=1, by=ines)
