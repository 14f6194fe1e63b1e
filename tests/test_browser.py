"""
What a reader sees: the report, and every notebook in JupyterLab, in a real headless Chromium.

`make test` builds the page and then runs these; they are skipped where there is no Chromium, or no page was built.
"""

import os
import re
import shutil
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "build" / "report.html"
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
SCREENS = {"phone": (390, 844, "dark"), "desktop": (1280, 900, "light")}
LAB_S = 240
TOKEN = "reading-room"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*QUIET, "--disable-component-update", "--disable-sync"]
        )
        yield running
        running.close()


@pytest.fixture(params=SCREENS)
def opened(request: pytest.FixtureRequest, browser) -> Iterator:
    if not PAGE.is_file():
        pytest.skip("the page was not built: `unrest report -o build/report.html`")
    width, height, scheme = SCREENS[request.param]
    page = browser.new_page(viewport={"width": width, "height": height}, color_scheme=scheme)
    page.said, page.asked = [], []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("request", lambda sent: page.asked.append(sent.url))
    page.goto(PAGE.as_uri())
    yield page
    page.close()


def test_report_says_no_error_and_asks_no_host(opened) -> None:
    assert opened.said == []
    assert [url for url in opened.asked if not url.startswith(("file:", "data:"))] == []


def test_every_figure_of_the_report_is_visible_and_has_a_text(opened) -> None:
    pictures = opened.locator("img")
    assert pictures.count() >= len(NOTEBOOKS)
    for picture in pictures.all():
        assert picture.evaluate("image => image.naturalWidth > 0 && image.getBoundingClientRect().width > 100")
        assert len(picture.get_attribute("alt")) > 40


def test_links_within_the_report_resolve_and_nothing_is_wider_than_the_screen(opened) -> None:
    links = opened.locator("a[href^='#']").evaluate_all("links => links.map(link => link.hash.slice(1))")
    assert len(links) > 2 * len(NOTEBOOKS)
    missing = [link for link in links if not opened.evaluate("id => !!document.getElementById(id)", link)]
    assert missing == []
    assert opened.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0


def test_axe_finds_no_serious_fault_in_the_report(opened) -> None:
    from axe_playwright_python.sync_playwright import Axe

    faults = Axe().run(opened).response["violations"]
    serious = [fault for fault in faults if fault["impact"] in ("serious", "critical")]
    assert [(fault["id"], fault["nodes"][0]["html"]) for fault in serious] == []


def test_report_can_be_read_by_keyboard(opened) -> None:
    opened.keyboard.press("Tab")
    assert opened.evaluate("document.activeElement.className") == "skip"
    opened.keyboard.press("Enter")
    assert opened.evaluate("document.activeElement.id") == "main"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Serve copies of the notebooks on loopback; an address of a free port."""
    home = tmp_path_factory.mktemp("lab")
    for path in NOTEBOOKS:
        shutil.copy(path, home)
    log = home / "server.log"
    settings = home / ".lab" / "@jupyterlab" / "notebook-extension"
    settings.mkdir(parents=True)
    (settings / "tracker.jupyterlab-settings").write_text('{"windowingMode": "none"}')  # every cell in the page
    options = [
        "--no-browser",
        "--allow-root",
        "--expose-app-in-browser",
        "--ServerApp.port=0",
        f"--IdentityProvider.token={TOKEN}",
    ]
    own = {"JUPYTER_CONFIG_DIR": str(home / ".jupyter"), "JUPYTERLAB_SETTINGS_DIR": str(home / ".lab")}
    command = [sys.executable, "-m", "jupyterlab", *options, f"--ServerApp.root_dir={home}"]
    with log.open("w") as output:
        server = subprocess.Popen(command, cwd=home, stdout=output, stderr=subprocess.STDOUT, env=os.environ | own)
    address = ""
    until = time.monotonic() + 60
    while not address and server.poll() is None and time.monotonic() < until:
        found = re.search(r"http://(127\.0\.0\.1|localhost):(\d+)/lab", log.read_text())
        address = f"http://127.0.0.1:{found[2]}" if found else ""
        time.sleep(0.2)
    assert address, log.read_text()
    urllib.request.urlopen(f"{address}/api/status?token={TOKEN}").close()
    yield address
    server.terminate()
    server.wait(20)


def run_all(page, lab: str, name: str) -> None:
    """Open a notebook and run all its cells, as its menu does."""
    page.goto(f"{lab}/lab/tree/{name}?token={TOKEN}&reset")
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for(timeout=60_000)
    page.set_default_timeout(LAB_S * 1000)
    page.evaluate(
        """async () => {
            const panel = window.jupyterapp.shell.currentWidget;
            await panel.sessionContext.ready;
            await window.jupyterapp.commands.execute('runmenu:run-all');
        }"""
    )


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_runs_in_jupyterlab_and_shows_its_figures(path: Path, browser, lab: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 1600})
    run_all(page, lab, path.name)
    assert page.locator(".jp-OutputArea-output[data-mime-type='application/vnd.jupyter.error']").count() == 0
    pictures = page.locator(".jp-OutputArea-output img")
    assert pictures.count() >= len(re.findall(r'"figures\.\w+\(', path.read_text(encoding="utf-8")))
    assert all(picture.evaluate("image => image.naturalWidth > 0") for picture in pictures.all())
    if path.stem.startswith("02"):
        move_the_slider(page)
    page.close()


def move_the_slider(page) -> None:
    """Move the slider one step to the left; another page must appear."""
    handle, shown = page.locator(".widget-slider .noUi-handle"), page.locator("img.widget-image")
    before, label = shown.get_attribute("src"), page.locator(".widget-slider .widget-readout").inner_text()
    handle.focus()
    page.keyboard.press("ArrowLeft")
    changed = "before => document.querySelector('img.widget-image').src !== before"
    page.wait_for_function(changed, arg=before, timeout=60_000)
    assert page.locator(".widget-slider .widget-readout").inner_text() != label
