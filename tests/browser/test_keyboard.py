"""Everything that can be pressed is reached by Tab, and shows that it was."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from tests.support.busy_desk import BusyDesk
from tests.support.pages import find_pages, open_whole

pytestmark = pytest.mark.django_db(transaction=True)

MOST_USED = ("home", "upload", "runs", "run", "job", "review", "presets", "preset", "settings_members", "audit_log")
FIND_CONTROLS = Path(__file__).with_name("focus.js").read_text(encoding="utf-8").partition("\n")[2].rstrip(";\n")


def test_tab_reaches_every_control_and_shows_where_it_is(busy: BusyDesk, inside: Page):
    assert_tab_leads_everywhere(inside, [busy.address_of(name) for name in MOST_USED], width=1280)


@pytest.mark.long
@pytest.mark.parametrize("width", [1280, 390])
def test_tab_reaches_every_control_of_every_page(busy: BusyDesk, inside: Page, width):
    assert_tab_leads_everywhere(inside, [*find_pages(busy).values(), *busy.more().values()], width=width)


def assert_tab_leads_everywhere(page: Page, addresses: list[str], *, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.emulate_media(reduced_motion="reduce")
    faults = [fault for address in addresses for fault in walk_by_tab(page, address)]
    assert not faults, "\n".join(faults)


def walk_by_tab(page: Page, address: str) -> list[str]:
    """Press Tab until everything should have had the focus; what had not, or did not show it."""
    open_whole(page, address)
    page.evaluate("document.activeElement.blur()")
    controls = page.evaluate(FIND_CONTROLS)
    assert controls, address
    reached, faults = set(), []
    for _ in range(len(controls) + 10):
        page.keyboard.press("Tab")
        number, fault = page.evaluate("window.lookAtFocus()")
        if fault and number not in reached:
            faults.append(f"{address}: {controls[number]} {fault}")
        reached.add(number)
    missed = [
        f"{address}: {control} is not reached" for number, control in enumerate(controls) if number not in reached
    ]
    return faults + missed
