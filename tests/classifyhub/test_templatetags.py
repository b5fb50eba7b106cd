"""The pieces every page is made of, as the page sees them."""

import datetime
from types import SimpleNamespace

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from django.urls import ResolverMatch

from classifyhub.accounts.models import Role
from classifyhub.engine.model import Evidence
from classifyhub.templatetags import desk, evidence, navigation
from jobs.models.reviews import ReviewItem
from jobs.models.runs import Status


def render(source, **context):
    return Template("{% load desk navigation %}" + source).render(Context(context))


# --- Type ------------------------------------------------------------------------------------------------------------


def test_an_outlined_tile_is_what_the_machine_says_and_a_filled_one_what_a_person_decided():
    said = render('{% type_chip "Credit note" "CN" %}')
    decided = render('{% type_chip "Credit note" "CN" decided=True %}')
    assert "Credit note" in said
    assert ">CN<" in said
    assert "data-decided" not in said
    assert "data-decided" in decided
    assert "decided by a person" in decided


def test_no_type_is_a_dashed_tile_with_words():
    chip = render('{% type_chip type "" %}', type=None)
    assert "data-none" in chip
    assert "No match" in chip


def test_a_type_written_by_a_person_is_text():
    assert "<script>" not in render("{% type_chip type mono %}", type="<script>", mono="<b")


def test_a_chip_that_was_drawn_before_lends_its_markup_to_nobody():
    """Drawings are kept: text that a template vouches for and the same text of a stranger are two."""
    assert "<i>Memo</i>" in render('{% type_chip "<i>Memo</i>" "ME" %}')
    assert "<i>Memo</i>" not in render("{% type_chip type 'ME' %}", type="<i>Memo</i>")
    assert "data-decided" not in render("{% type_chip type 'ME' decided=decided %}", type="Memo", decided=False)
    assert "data-decided" in render("{% type_chip type 'ME' decided=decided %}", type="Memo", decided=True)


# --- Confidence ------------------------------------------------------------------------------------------------------


def test_null_is_not_scored_and_draws_no_bar():
    shown = render("{% confidence value %}", value=None)
    assert "not scored" in shown
    assert "<svg" not in shown


def test_zero_is_a_score():
    assert "0%" in render("{% confidence value %}", value=0.0)


@pytest.mark.parametrize(
    ("value", "threshold", "waiting", "amber"),
    [(0.74, 0.85, True, True), (0.74, 0.85, False, False), (0.85, 0.85, True, False), (0.74, None, True, False)],
)
def test_amber_only_below_the_threshold_and_while_waiting(value, threshold, waiting, amber):
    shown = render("{% confidence v threshold=t waiting=w %}", v=value, t=threshold, w=waiting)
    assert ("confidence--low" in shown) is amber


def test_the_bar_is_drawn_to_scale_with_its_tick_at_the_threshold():
    shown = render("{% confidence 0.5 threshold=0.85 tick=True width=160 %}")
    assert 'class="bar-fill" y="3" width="80.0"' in shown
    assert 'class="bar-tick" x="136"' in shown
    assert "bar-tick" not in render("{% confidence 0.5 threshold=0.85 %}")


def test_an_override_drops_the_machines_number():
    shown = render("{% confidence 0.97 by_hand=True %}")
    assert "by hand" in shown
    assert "97%" not in shown


def test_a_derived_confidence_says_so():
    assert "from pages" in render("{% confidence 0.97 derived=True %}")


# --- State -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [*Status.values, *ReviewItem.State.values])
def test_every_status_of_the_database_has_a_shape_and_a_word(status):
    shown = render("{% state status %}", status=status)
    assert "<svg" in shown
    assert str(desk.SHAPES[status.lower()].words) in shown


def test_no_two_review_states_share_a_shape():
    shapes = [desk.SHAPES[status].icon for status in ReviewItem.State.values]
    assert len(set(shapes)) == len(shapes)


def test_colour_only_where_somebody_must_act():
    coloured = {status for status in ReviewItem.State.values if desk.SHAPES[status].tone in {"act", "bad"}}
    assert coloured == {"waiting", "escalated"}


def test_own_words_and_who_did_it():
    assert "Truncated at page 2." in render('{% state "failed" "Truncated at page 2." %}')
    assert "Approved, Dana K." in render('{% state "approved" by=name %}', name="Dana K.")


def test_an_unknown_state_is_a_mistake_of_ours():
    with pytest.raises(KeyError):
        render('{% state "somehow" %}')


# --- Small things ----------------------------------------------------------------------------------------------------


def test_an_icon_says_nothing_to_a_screen_reader():
    assert 'aria-hidden="true"' in render('{% icon "upload" %}')


def test_a_key_cap_is_left_to_its_button():
    assert render('{% keycap "E" %}') == '<kbd class="keycap" aria-hidden="true">E</kbd>'
    assert "Esc" in render('{% keycap "Escape" %}')
    assert "<svg" in render('{% keycap "Enter" %}')


def test_a_moment_carries_the_exact_time():
    at = datetime.datetime(2020, 11, 12, 13, 58, 21, tzinfo=datetime.UTC)
    shown = render("{% moment at %}", at=at)
    assert 'datetime="2020-11-12T13:58:21+00:00"' in shown
    assert 'title="12 Nov 2020, 13:58:21 UTC"' in shown
    assert ">12 Nov 2020<" in shown
    assert ">6 s<" in render('{% moment at "6 s" %}', at=at)
    assert "–" in render("{% moment at %}", at=None)


def test_zeros_are_held_back():
    assert render("{{ n|figure }}", n=0) == '<span class="zero">0</span>'
    assert render("{{ n|figure }}", n=2000) == "2,000"
    assert render("{{ n|figure }}", n=None) == "–"


def test_the_parts_of_a_run_stand_in_order_and_to_scale():
    shown = render("{% run_bar counts %}", counts={"queued": 25, "settled": 50, "failed": 25})
    assert [part for part in desk.PARTS if f'data-part="{part}"' in shown] == ["settled", "failed", "queued"]
    assert 'data-part="failed" x="50.000%" width="25.000%"' in shown


def test_a_run_without_documents_has_an_empty_bar():
    assert "<rect" not in render("{% run_bar counts %}", counts={})
    assert 'width="0%"' in render("{% progress_bar 0 0 %}")


# --- Evidence --------------------------------------------------------------------------------------------------------

EVIDENCE = (
    Evidence(page=1, quote="second reminder", boxes=((0.1, 0.2, 0.4, 0.25), (0.1, 0.26, 0.2, 0.3))),
    Evidence(page=2, quote="open amount", boxes=((0.5, 0.5, 0.75, 0.55),)),
    Evidence(page=2, quote="no place on the page"),
)


def test_marks_are_drawn_in_fractions_of_their_page_with_a_little_air():
    shown = render("{% evidence_marks evidence 2 %}", evidence=EVIDENCE)
    assert 'x="49.800%" y="49.750%" width="25.400%" height="5.500%"' in shown
    assert "evidence-2" in shown
    assert "evidence-1" not in shown
    assert "evidence-3" not in shown


def test_a_quote_over_two_lines_is_two_rectangles_and_one_tag():
    shown = render("{% evidence_marks evidence 1 %}", evidence=EVIDENCE)
    assert shown.count('rx="2"/>') == 3
    assert shown.count("evidence-tag") == 1


@pytest.mark.parametrize(
    ("boxes", "beside"),
    [
        ([(0.1, 0.2, 0.4, 0.25)], (0.1, 0.2)),
        ([(0.5, 0.5, 0.75, 0.55)], None),
        ([(0.5, 0.5, 0.9, 0.55), (0.12, 0.56, 0.3, 0.6)], (0.12, 0.56)),
        ([(0.01, 0.2, 0.4, 0.25)], None),
    ],
    ids=["at the margin", "in the middle of a line", "going on at the margin", "at the edge of the paper"],
)
def test_the_number_of_a_quote_stands_where_no_line_is_above_it(boxes, beside):
    shown = render("{% evidence_marks e 1 %}", e=[Evidence(page=1, quote="open amount", boxes=tuple(boxes))])
    tag = shown.partition('class="evidence-tag"')[2]
    x, y = beside or boxes[0][:2]
    assert tag.startswith(f' x="{x - evidence.MARGIN_X:.3%}" y="{y - evidence.MARGIN_Y:.3%}"')
    assert ('y="0"' in tag) == bool(beside)


def test_the_number_of_a_quote_covers_no_other_quote():
    above, below = (Evidence(page=1, quote="due", boxes=((0.6, top, 0.8, top + 0.01),)) for top in (0.5, 0.52))
    shown = render("{% evidence_marks e 1 %}", e=[above, below])
    assert ['y="0"' in tag for tag in shown.split('class="evidence-tag"')[1:]] == [False, True]


def test_evidence_is_read_from_stored_json_too():
    stored = [item.to_json() for item in EVIDENCE]
    assert render("{% evidence_marks e 1 %}", e=stored) == render("{% evidence_marks e 1 %}", e=EVIDENCE)


def test_quotes_in_the_reasoning_lead_to_their_marks():
    text = "Calls itself a second reminder & asks for the open amount."
    shown = render("{% reasoning text evidence %}", text=text, evidence=EVIDENCE)
    assert '<a class="quote" id="quote-1" href="#evidence-1" data-evidence="1" data-page="1">' in shown
    assert "second reminder</a> &amp; asks for the" in shown
    assert "evidence-3" not in shown


def test_a_quote_is_found_wherever_it_stands_and_in_either_case():
    shown = render("{% reasoning text evidence %}", text="An Open Amount; a second reminder.", evidence=EVIDENCE)
    assert shown.index("evidence-2") < shown.index("evidence-1")
    assert "Open Amount</a>" in shown


def test_quotes_that_overlap_are_marked_once():
    twice = (Evidence(page=1, quote="second reminder"), Evidence(page=1, quote="reminder of May"))
    shown = render("{% reasoning text evidence %}", text="A second reminder of May.", evidence=twice)
    assert shown.count("<a ") == 1
    assert shown.endswith("second reminder</a> of May.")


def test_reasoning_from_a_document_is_text():
    hostile = (Evidence(page=1, quote="<b>"),)
    assert "<b>" not in render("{% reasoning text evidence %}", text="says <b>", evidence=hostile)


# --- Forms -----------------------------------------------------------------------------------------------------------


class NameForm(forms.Form):
    name = forms.CharField(max_length=5, help_text="What people see.")


def test_help_and_error_are_tied_to_the_control():
    shown = render("{% field form.name counter=5 %}", form=NameForm({"name": "far too long"}))
    assert 'aria-describedby="id_name_helptext id_name_error"' in shown
    assert 'aria-invalid="true"' in shown
    assert 'id="id_name_error"' in shown
    assert "data-over" in shown
    assert "12/5" in shown


def test_a_field_that_is_fine_mentions_no_error():
    shown = render("{% field form.name %}", form=NameForm({"name": "fine"}))
    assert "id_name_error" not in shown
    assert "counter" not in shown


def test_a_kept_line_is_there_before_its_message():
    assert 'id="id_name_error"' in render("{% field form.name kept=True %}", form=NameForm())


def test_a_list_without_more_pages_keeps_its_buttons_grey():
    shown = render('{% pager "1–50 of 240" older="?after=7" %}')
    assert 'href="?after=7"' in shown
    assert shown.count("disabled") == 1


# --- The page around it ----------------------------------------------------------------------------------------------


def visit(*, cookies=None, preferences=None, role=Role.VIEWER, here="home"):
    request = RequestFactory().get("/")
    request.COOKIES.update(cookies or {})
    request.user = SimpleNamespace(preferences=preferences or {})
    request.project, request.role = SimpleNamespace(slug="brackwater"), role
    request.resolver_match = ResolverMatch(lambda: None, (), {}, url_name=here)
    return request


def test_choices_are_rendered_so_that_nothing_flashes():
    request = visit(cookies={"desk_theme": "dark"}, preferences={"keys": "off"})
    assert render("{% preferences %}", request=request) == ' data-theme="dark" data-keys="off"'


def test_this_browsers_choice_goes_before_the_accounts():
    request = visit(cookies={"desk_theme": "light"}, preferences={"theme": "dark"})
    assert render("{% theme %}", request=request) == "light"


def test_a_choice_nobody_offered_is_ignored():
    request = visit(cookies={"desk_theme": '"><script>'})
    assert render("{% preferences %}", request=request) == ""


def test_a_page_without_a_request_has_the_defaults():
    assert render("{% preferences %}|{% theme %}") == "|system"


def test_every_script_and_page_sheet_is_linked():
    scripts = render("{% page_scripts %}")
    assert "js/desk.js" in scripts
    assert "js/keys.js" in scripts
    assert "defer" in scripts


@pytest.fixture
def _addresses(settings):
    settings.ROOT_URLCONF = "tests.classifyhub.desk_urls"


@pytest.mark.usefixtures("_addresses")
@pytest.mark.parametrize(
    ("role", "names"),
    [
        (Role.VIEWER, ["Home", "Runs", "Presets"]),
        (Role.REVIEWER, ["Home", "Upload", "Review", "Runs", "Presets"]),
        (Role.AUTHOR, ["Home", "Upload", "Review", "Runs", "Presets", "Stuck"]),
        (Role.ADMIN, ["Home", "Upload", "Review", "Runs", "Presets", "Stuck", "Audit log", "Settings"]),
    ],
)
def test_what_a_role_cannot_do_is_absent(role, names):
    shown = render("{% navigation %}", request=visit(role=role))
    every = [place.label for place in (*navigation.PLACES, *navigation.OPERATE)]
    assert [str(name) for name in every if f">{name}<" in shown] == names
    assert ("Operate" in shown) is (role >= Role.AUTHOR)


@pytest.mark.usefixtures("_addresses")
@pytest.mark.parametrize(
    ("here", "marked"),
    [("runs", "/runs/"), ("run_export", "/runs/"), ("job", "/runs/"), ("settings_members", "/settings/")],
)
def test_a_page_deeper_down_marks_its_place(here, marked):
    shown = render("{% navigation %}", request=visit(role=Role.ADMIN, here=here))
    assert shown.count("aria-current") == 1
    entry = shown[shown.index(f'href="/p/brackwater{marked}"') :]
    assert "aria-current" in entry[: entry.index(">")]


@pytest.mark.usefixtures("_addresses")
def test_counts_stand_beside_their_place_and_zeros_do_not():
    shown = render(
        "{% navigation %}", request=visit(role=Role.ADMIN), nav={"waiting": 1200, "live_runs": 2, "stuck": 0}
    )
    assert ">1,200<" in shown
    assert ">2 live<" in shown
    assert "nav-count--bad" not in shown
