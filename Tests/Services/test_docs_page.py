"""The page at /docs as a browser shows it: Debian's Chromium, without a network beyond the service itself."""
import shutil
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import sync_playwright

from contract import Contract
from harness import PROJECT
from services import Embedded

SHOT = PROJECT / "test-output/docs.png"


@pytest.fixture(scope="module")
def served(binary, tmp_path_factory):
    platform = Embedded(tmp_path_factory.mktemp("docs")).start()
    yield platform.of("public")[0].address
    platform.stop()


@pytest.fixture(scope="module")
def browser():
    chromium = shutil.which("chromium")
    assert chromium, "there is no chromium; `make setup-test` installs it"
    with sync_playwright() as playwright:
        # As root in a container there is no sandbox of its own.
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"], timeout=300_000)
        yield browser
        browser.close()


def test_every_operation_is_shown_and_nothing_is_loaded_from_elsewhere(served, browser):
    page = browser.new_page(viewport={"width": 1_200, "height": 900})
    page.set_default_timeout(300_000)
    said, asked = [], []
    page.on("console", lambda message: said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    origin = f"{served[0]}:{served[1]}"
    assert page.goto(f"http://{origin}/docs").status == 200
    shown = {(method, path) for method, path in (
        (entry.locator(".method").inner_text(), entry.locator("code").first.inner_text())
        for entry in page.locator("#operations details > summary").all())}
    assert shown == {(method, path) for method, path in Contract().operations}
    # Opened, each says what comes back.
    for entry in page.locator("#operations details").all():
        entry.locator("summary").click()
        assert any(status in entry.inner_text() for status in ("200", "201", "202")), entry.inner_text()[:200]
    SHOT.parent.mkdir(exist_ok=True)
    page.screenshot(path=SHOT, full_page=True)
    assert not said, said
    assert {urlsplit(url).netloc for url in asked} == {origin}, asked
    # The links of the page lead somewhere.
    for link in page.locator("a[href]").all():
        href = link.get_attribute("href")
        if not href.startswith("#"):
            assert page.request.get(f"http://{origin}/{href}").ok, href
        else:
            assert page.locator(f"[id='{href[1:]}']").count() == 1, href
    page.close()
