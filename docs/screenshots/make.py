"""Take the pictures of README.md: ``python docs/screenshots/make.py`` (Chromium needed; takes a minute).

A desk of its own starts in a folder that goes with it, loads the sample desk and is photographed at 1280 x 800.
"""

from __future__ import annotations

import io
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, expect, sync_playwright

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(ROOT))

from jobs.sample.documents import SAMPLES  # noqa: E402 - the path comes first
from tests.support.programs import find_program  # noqa: E402 - as above

EMAIL, PASSWORD = "mara@example.org", "amber-kettle-lantern"
VIEW = {"width": 1280, "height": 800}
COLOURS = 256  # of the palette: enough for paper, ink and one blue


def main() -> None:
    """Write the five pictures beside this file."""
    expect.set_options(timeout=120_000)
    chromium = find_program("chromium", "google-chrome", package="chromium")
    with tempfile.TemporaryDirectory() as folder, running_desk(Path(folder)) as url, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport=VIEW, color_scheme="light", base_url=url)
        enter(page)
        take_all(page, Path(folder))
        browser.close()


@contextmanager
def running_desk(folder: Path) -> Iterator[str]:
    """The address of a desk with the whole crew, stopped at the end."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    own = {"DATA_DIR": folder / "var", "PORT": port, "ADMIN_EMAIL": EMAIL, "ADMIN_PASSWORD": PASSWORD}
    environment = os.environ | {f"CLASSIFYHUB_{name}": str(value) for name, value in own.items()}
    command = [sys.executable, ROOT / "manage.py", "up"]
    with subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL) as desk:
        try:
            yield f"http://localhost:{port}"
        finally:
            desk.terminate()


def enter(page: Page) -> None:
    """Log in as soon as the desk answers, and load the sample desk."""
    while True:
        try:
            page.goto("/login/")
        except Exception:  # noqa: BLE001 - the desk is still starting
            page.wait_for_timeout(500)
        else:
            break
    page.locator("input[name=email]").fill(EMAIL)
    page.locator("input[name=password]").fill(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Load the sample desk").click()
    expect(page.locator(".progress-number")).to_have_text(f"{len(SAMPLES)} of {len(SAMPLES)}")
    expect(page.locator("#run-poll")).not_to_have_attribute("hx-get", "")


def take_all(page: Page, folder: Path) -> None:
    """The pages in the order in which each leads to the next."""
    take(page, "run")
    go(page, "Presets")
    page.get_by_role("link", name="Accounts payable").first.click()
    page.locator(".rule-item summary").nth(3).click()
    take(page, "editor")
    go(page, "Home")
    take(page, "home")
    page.get_by_role("link", name="Start reviewing").click()
    find_document_with_evidence(page)
    take(page, "review")
    page.keyboard.press("Escape")
    go(page, "Upload")
    upload(page, folder)
    take(page, "upload")


def go(page: Page, name: str) -> None:
    """By the sidebar."""
    page.get_by_role("navigation", name="Project").get_by_role("link", name=name).first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(name)


def upload(page: Page, folder: Path) -> None:
    """Another week of post: the sample again under names of its own, and two files that need a look."""
    post = [(sample.name.replace("_", "-"), sample.make() + b"\n") for sample in SAMPLES[:9]]
    paths = []
    for name, content in [*post, ("scan-0318.pdf", post[0][1][:600]), ("note-from-the-yard.txt", b"")]:
        paths.append(folder / name)
        paths[-1].write_bytes(content)
    with page.expect_file_chooser() as chooser:
        page.get_by_role("button", name="Choose files").click()
    chooser.value.set_files(paths)
    expect(page.locator("#tray-totals")).to_have_text("9 ready, 2 need a look.")
    expect(page.get_by_role("heading", name="9 ready")).to_be_visible()


def find_document_with_evidence(page: Page) -> None:
    """Skip what has no text: the picture should show what evidence looks like."""
    for _ in SAMPLES:
        page.wait_for_load_state("networkidle")
        if page.locator(".evidence-mark").count():
            break
        page.get_by_role("button", name="Skip").click()
        page.wait_for_timeout(500)


def take(page: Page, name: str) -> None:
    """Write the picture when everything on the page is there."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    page.mouse.move(0, 0)
    page.wait_for_timeout(500)
    picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    picture.quantize(COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE).save(
        HERE / f"{name}.png", optimize=True
    )


if __name__ == "__main__":
    main()
