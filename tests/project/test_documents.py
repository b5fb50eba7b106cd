"""README, ARCHITECTURE and the decisions: what they point at exists."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DECISIONS = sorted((ROOT / "docs/adr").glob("[0-9]*.md"))
PAGES = [*ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md"))]
MAKEFILE = (ROOT / "Makefile").read_text()


def name_of(path):
    return str(path.relative_to(ROOT))


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_links_lead_somewhere(page):
    links = re.findall(r"\]\(([^)#:]+)\)", page.read_text())
    assert [link for link in links if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_what_is_to_be_made_can_be_made(page):
    named = set(re.findall(r"^make ([a-z-]+)|`make ([a-z-]+)", page.read_text(), flags=re.MULTILINE))
    targets = set(re.findall(r"^([a-z-]+):", MAKEFILE, flags=re.MULTILINE))
    assert {first or second for first, second in named} <= targets


@pytest.mark.parametrize("name", ["ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_files_that_are_named_exist(name):
    paths = re.findall(r"\b((?:classifyhub|rules|jobs|docs)/[\w./]*\w)", (ROOT / name).read_text())
    assert paths
    assert [path for path in paths if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", DECISIONS, ids=name_of)
def test_a_decision_is_short_and_listed(page):
    text = page.read_text()
    assert len(text.splitlines()) < 40
    assert [line for line in text.splitlines() if line.startswith("## ")] == ["## About", "## Decided", "## Costs"]
    title = text.splitlines()[0].partition(". ")[2]
    assert f"[{page.name[:4]}]({page.name}) | {title} |" in (ROOT / "docs/adr/README.md").read_text()


def test_every_picture_is_shown():
    readme = (ROOT / "README.md").read_text()
    pictures = [name_of(path) for path in (ROOT / "docs/screenshots").glob("*.png")]
    assert [picture for picture in pictures if picture not in readme] == []


def test_every_page_is_listed():
    index = (ROOT / "docs/README.md").read_text()
    pages = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]
    listed = set(re.findall(r"\]\(([^)#:]+)\)", index))
    assert [page for page in pages if not page.startswith("adr/") and page != "README.md" and page not in listed] == []


def test_every_variable_of_the_example_that_a_team_may_set_reaches_its_services():
    example, compose = (ROOT / ".env.example").read_text(), (ROOT / "docker-compose.yml").read_text()
    named = re.findall(r"^(\w+)=", example, flags=re.MULTILINE)
    assert [name for name in named if f"${{{name}:" not in compose] == []
