"""The requirement in small against `serve --role all` on the real stores, and its report in a browser."""
import json
import subprocess
import tempfile
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright
from runs import FAILED, INVALID, PASSED, environment, run
from services import Real, Stores

from harness import BINARY, PROJECT

SCREENSHOTS = PROJECT / "test-output" / "load"


@pytest.fixture(scope="module")
def requirement(tmp_path_factory):
    folder = tmp_path_factory.mktemp("requirement")
    # Not in pytest's own folder: its next session would close it to the user that the servers run as.
    with tempfile.TemporaryDirectory(prefix="load-", ignore_cleanup_errors=True) as servers:
        stores = Stores(Path(servers))
        platform = Real(folder / "platform", stores, counts=(0, 0, 0))
        platform.add("all", "all", platform.environment)
        try:
            platform.start()
            # The emulator of DynamoDB and SQS takes some tens of writes a second, where the platform takes thousands.
            result = run(folder, f"http://127.0.0.1:{platform.services['all'].port}", "--scale-rate", "0.0005",
                         "--scale-time", "0.003", "--check-stores",
                         path=PROJECT / "stacks" / "load" / "requirement.yaml", **platform.environment)
            result.tickets = platform.tickets()
            yield result
        finally:
            platform.stop()
            stores.stop()


def test_it_ends_with_a_verdict_and_a_report(requirement):
    report = requirement.report
    assert requirement.code in (PASSED, FAILED, INVALID), requirement.text
    purchases = report["purchases"]
    assert purchases["accepted"] > 0 and purchases["storesThatDisagree"] == 0, requirement.text
    assert purchases["doubleSold"] == purchases["lost"] == purchases["replaysThatDiffer"] == 0
    # An order whose buyer got no answer in time is nobody's purchase here, and has its tickets all the same.
    assert purchases["confirmed"] == len(requirement.tickets) or (
        report["tally"]["failures"] and purchases["confirmed"] < len(requirement.tickets))
    assert report["tally"]["unexpected"] == 0, report["surprises"]
    assert [phase["name"] for phase in report["scenario"]["phases"]] == [
        "warm-up", "10k", "50k", "100k", "soak", "cool-down"]
    # The slower the platform, the more often buyers ask whether it is their turn and what became of their order.
    asked = sum(sum(report["classes"][name]["outcomes"].values()) for name in ("poll", "status"))
    assert report["starts"] > 0.65 * report["due"] and report["starts"] - asked < 1.35 * report["due"]
    assert "abortRule" not in report
    text = (requirement.folder / "report" / "report.md").read_text()
    assert text.startswith("# Load test: requirement\n") and text == requirement.stdout


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_opens_in_a_browser_without_an_error(requirement, scheme):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"], timeout=300_000)
        page = browser.new_page(color_scheme=scheme, viewport={"width": 1000, "height": 1400})
        page.set_default_timeout(300_000)
        complaints, requests = [], []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("request", lambda request: requests.append(request.url))
        page.goto((requirement.folder / "report" / "report.html").as_uri())
        assert page.locator("#verdict").inner_text().startswith(requirement.report["verdict"]["result"].upper())
        assert page.locator("svg").count() == 4
        assert page.locator("svg polyline").count() >= 8
        box = page.locator("svg").first.bounding_box()
        assert box["width"] > 500 and box["height"] > 100
        page.screenshot(path=SCREENSHOTS / f"report-{scheme}.png", full_page=True)
        browser.close()
    assert complaints == []
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []


def test_a_report_is_compared_and_shown_again(requirement):
    def load(*arguments):
        return subprocess.run([str(BINARY), "load", *arguments], capture_output=True, text=True, timeout=300,
                              env=environment())
    folder = requirement.folder / "report"
    same = load("compare", str(folder), str(folder / "report.json"))
    assert same.returncode == 0 and "all p95 ms" in same.stdout
    worse = requirement.folder / "worse"
    worse.mkdir(exist_ok=True)
    report = json.loads((folder / "report.json").read_text())
    report["latency"]["p95"] *= 2
    (worse / "report.json").write_text(json.dumps(report))
    assert load("compare", str(folder), str(worse)).returncode == 2
    shown = load("report", str(worse))
    assert shown.returncode == 0 and (worse / "report.html").exists()
    assert load("compare", str(folder), str(requirement.folder / "none")).returncode == 1
