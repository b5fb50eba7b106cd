"""Every page of the desk, light and dark, on a wide screen and on a phone: no barrier, no overflow, no complaint.

Nothing is let off: there is no list of exceptions.
"""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.support.pages import find_pages, open_whole

pytestmark = pytest.mark.django_db(transaction=True)

# A look of a page is a width and a colour scheme. The same document is looked at four times; the dark looks differ from
# the light ones in their colours alone.
LOOKS = [(width, scheme) for width in (1280, 390) for scheme in ("light", "dark")]
AXE = Axe().axe_script
# Axe leaves the size of targets out unless it is asked (WCAG 2.2, 2.5.8).
AXE_OPTIONS = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
COLOURS_ALONE = {"resultTypes": ["violations"], "runOnly": ["color-contrast"]}
ENTRANCE = ("login", "use_link", "one_time_link")


def find_faults(page: Page, name: str, address: str) -> list[str]:
    """What is wrong with the page at ``address``, in any of its looks."""
    open_whole(page, address)
    faults = [f"{page.locator('h1').count()} headings of the first rank"] if page.locator("h1").count() != 1 else []
    if len(page.title().removesuffix(" · ClassifyHub")) < 2 or not page.title().endswith(" · ClassifyHub"):
        faults.append(f"title {page.title()!r}")
    return [f"{name} ({address}) {fault}" for fault in (*faults, *find_faults_of_looks(page))]


def find_faults_of_looks(page: Page) -> list[str]:
    """What is wrong with a page as it is now, in any of its looks."""
    faults = []
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 844})
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # else half way from one to the other
        options = AXE_OPTIONS if scheme == "light" else COLOURS_ALONE
        faults += [f"{width} {scheme}: {fault}" for fault in find_barriers(page, options)]
        faults += [f"{width} {scheme}: {wide} is too wide" for wide in find_overflow(page)]
    return faults


def find_barriers(page: Page, options: dict, *, within: str = "html") -> list[str]:
    """What Axe finds. It is given to a document once, however often that is looked at."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate("async ([within, options]) => (await axe.run(within, options)).violations", [within, options])
    return [f"{rule['id']}: {node['html'][:160]} {node['failureSummary']}" for rule in found for node in rule["nodes"]]


def find_overflow(page: Page) -> list[str]:
    """What reaches past the right edge of the window, if the window scrolls to it."""
    return page.evaluate(
        """() => {
            const root = document.scrollingElement;
            if (root.scrollWidth <= root.clientWidth) return [];
            const reaches = (element) => element.getBoundingClientRect().right > root.clientWidth + 1;
            const all = [...document.body.querySelectorAll("*")].filter(reaches);
            return ["the page", ...all.slice(0, 5).map((element) => element.outerHTML.slice(0, 120))];
        }"""
    )


@pytest.mark.long
def test_every_page_by_its_name_is_open_to_everybody(busy, inside, complaints):
    pages = find_pages(busy)
    assert {"home", "upload", "runs", "run", "job", "review", "presets", "preset", "stuck", "audit_log"} <= set(pages)
    faults = [fault for name, address in pages.items() for fault in find_faults(inside, name, address)]
    assert not faults, "\n".join(faults)


@pytest.mark.long
def test_every_other_state_of_a_page_is_open_to_everybody(busy, inside):
    faults = [fault for name, address in busy.more().items() for fault in find_faults(inside, name, address)]
    assert not faults, "\n".join(faults)


def test_the_way_in_is_open_to_everybody(busy, desk, complaints):
    pages = find_pages(busy, by_stranger=True)
    assert set(ENTRANCE) <= set(pages)
    faults = [fault for name, address in pages.items() for fault in find_faults(desk.page, name, address)]
    assert not faults, "\n".join(faults)


MENU = "details[data-menu][open]"
OPENED = [
    ("home", lambda page: page.keyboard.press("?"), "#key-sheet[open]"),
    ("home", lambda page: page.get_by_label("switch").click(), MENU),
    ("home", lambda page: page.get_by_text("Theme").click(), MENU),
    ("run", lambda page: page.get_by_role("button", name="Classify again").click(), "#again[open]"),
    ("run", lambda page: page.get_by_text("Export", exact=True).click(), MENU),
    ("job", lambda page: page.get_by_role("button", name="Reopen").click(), "#reopen[open]"),
    ("job", lambda page: page.get_by_role("link", name="Text", exact=True).click(), ".paper--text"),
    ("preset", lambda page: page.get_by_label("More about this preset").click(), MENU),
    ("review", lambda page: page.keyboard.press("f"), "#escalate[open]"),
    ("review", lambda page: page.keyboard.press("x"), "#set-aside[open]"),
    ("review", lambda page: page.keyboard.press("c"), "#comment:focus"),
    ("upload", lambda page: page.get_by_role("button", name="Clear", exact=True).click(), "#confirm[open]"),
]


@pytest.mark.long
def test_what_opens_over_a_page_is_open_to_everybody(busy, inside, complaints):
    faults = []
    for name, open_it, opened in OPENED:
        inside.set_viewport_size({"width": 1280, "height": 844})
        open_whole(inside, busy.address_of(name))
        open_it(inside)
        expect(inside.locator(opened)).to_be_visible()
        faults += [f"{opened} of {name}: {fault}" for fault in find_faults_of_looks(inside)]
    assert not faults, "\n".join(faults)


@pytest.mark.long
def test_the_menus_of_a_phone_are_open_to_everybody(busy, inside, complaints):
    page = inside
    page.emulate_media(reduced_motion="reduce")
    page.set_viewport_size({"width": 390, "height": 844})
    open_whole(page, busy.address_of("run"))
    home = page.locator("#sidebar").get_by_role("link", name="Home")
    page.get_by_role("link", name="Menu", exact=True).click()
    expect(home).to_be_visible()
    barriers = find_barriers(page, AXE_OPTIONS, within="#sidebar")  # the page under it is out of reach
    page.keyboard.press("Escape")
    expect(home).to_be_hidden()
    page.get_by_label("More", exact=True).click()
    page.get_by_text("Export", exact=True).click()
    expect(page.locator(".actions-more .menu[open]")).to_be_visible()
    barriers += find_barriers(page, AXE_OPTIONS)
    assert not barriers, "\n".join(barriers)
