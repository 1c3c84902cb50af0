"""What the platform tells of itself in a report: task counts while the run goes on, scaling, CloudWatch's series."""
import json
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta, timezone

import pytest
from contract_server import ContractServer
from playwright.sync_api import sync_playwright
from runs import FAILED, SCENARIO

import yaml
from harness import OK, PROJECT, REGIONS, Emulator, Workplace

HERE, THERE = REGIONS
SCREENSHOTS = PROJECT / "test-output" / "load"
PARTS = ["alb", "ecs", "sqs", "redis", "dynamodb", "aurora"]
SEATS = [f"R{row}C{place}" for row in range(1, 11) for place in range(1, 26)]


@pytest.fixture(scope="module")
def account(tmp_path_factory, binary):
    """The stack on the emulator, its steps that name what a load test looks at."""
    folder = tmp_path_factory.mktemp("account")
    subprocess.run([str(binary), "image", "build", "--out", str(folder / "layout")], check=True, capture_output=True,
                   cwd=folder)
    emulator = Emulator()
    place = Workplace(folder / "work", emulator.url, folder / "layout")
    place.emulator = emulator
    try:
        place.up("--step", "06-autoscaling", "--with-dependencies", timeout=1_200).expect(OK)
        yield place
    finally:
        place.stop()
        emulator.stop()


def scenario(place, name="test", **changes):
    path = place.folder / f"{name}.yaml"
    path.write_text(yaml.safe_dump({
        **SCENARIO, "phases": [{"name": "low", "rate": 30, "seconds": 8}, {"name": "high", "rate": 60, "seconds": 8},
                               {"name": "low again", "rate": 30, "seconds": 8}],
        "mix": {"reads": 1, "confirm": 0, "worker": 0}, "cloudWatch": PARTS, **changes}))
    return path


def service(emulator, name, tasks):
    emulator.client("ecs", HERE).update_service(cluster="ticket", service=f"ticket-{name}-svc", desiredCount=tasks)


def activity(name, to, at, end):
    return {"Region": HERE, "ResourceId": f"service/ticket/ticket-{name}-svc", "StartTime": at, "EndTime": end,
            "Description": f"Setting desired count to {to}.", "StatusCode": "Successful",
            "Cause": f"monitor alarm ticket-{name}-cpu in state ALARM triggered policy ticket-{name}-cpu"}


def put_metrics(emulator):
    """Two minutes of what the load balancer, Redis and the queue would have told."""
    balancer = emulator.client("elbv2", HERE).describe_load_balancers(Names=["ticket-alb"])["LoadBalancers"][0]
    pages = emulator.client("elbv2", HERE).get_paginator("describe_target_groups").paginate()
    public = next(g["TargetGroupArn"] for page in pages for g in page["TargetGroups"] if "public" in g["TargetGroupName"])
    dimensions = [{"Name": "LoadBalancer", "Value": balancer["LoadBalancerArn"].split(":loadbalancer/")[1]},
                  {"Name": "TargetGroup", "Value": public.split(":")[-1]}]
    watch = emulator.client("cloudwatch", HERE)
    now = datetime.now(timezone.utc)
    watch.put_metric_data(Namespace="AWS/ApplicationELB", MetricData=[
        {"MetricName": "RequestCount", "Dimensions": dimensions, "Timestamp": at, "Value": 1_800}
        for at in (now, now - timedelta(hours=2))])
    watch.put_metric_data(Namespace="AWS/ElastiCache", MetricData=[
        {"MetricName": "EngineCPUUtilization", "Timestamp": now, "Value": value,
         "Dimensions": [{"Name": "CacheClusterId", "Value": f"ticket-redis-{shard:04}-{node:03}"}]}
        for shard in (1, 2, 3) for node, value in ((1, 10 + shard), (2, 1))])
    watch.put_metric_data(Namespace="AWS/SQS", MetricData=[
        {"MetricName": "ApproximateAgeOfOldestMessage", "Timestamp": now, "Value": 7,
         "Dimensions": [{"Name": "QueueName", "Value": "ticket-confirm.fifo"}]}])


def watch(account):
    """A run in whose second phase autoscaling adds tasks, and takes them away in the third."""
    emulator, moves = account.emulator, []
    service(emulator, "public", 24)
    # A page of one series or activity each: whatever is listed must be read on. What was scaled is asked for at the end of
    # the run, and told when it is known.
    emulator.weather(page_size=1, rules=[{"effect": "hold", "action": "DescribeScalingActivities"}])
    emulator.clear_log()

    def scale(begun):
        put_metrics(emulator)
        for name, to, after in (("public", 31, 11), ("public", 26, 19)):
            time.sleep(max(0, begun + after - time.time()))
            service(emulator, name, to)
            moves.append(activity(name, to, time.time() - 0.5, time.time()))
        emulator.weather(rules=[], scaling_activities=[
            *moves, activity("public", 99, begun - 90_000, begun - 90_000), activity("worker", 7, begun + 3, begun + 5)])

    with ContractServer(SEATS) as server:
        path, started = scenario(account), time.monotonic()
        process = account.start("load", "run", str(path), "--base-url", server.url, "--report", "report", "--cloudwatch")
        deadline = time.monotonic() + 300
        while server.requests < 10 and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        with ThreadPoolExecutor() as pool:
            scaling = pool.submit(scale, time.time())
            result = account.finish(process, timeout=600)
            scaling.result()
    result.seconds = time.monotonic() - started
    result.calls = emulator.log()
    result.report = json.loads((account.folder / "report/report.json").read_text())
    return result


@pytest.fixture(scope="module")
def watched(account):
    for _ in range(3):
        result = watch(account)
        if any("desiredAfter" in reaction for reaction in reactions(result).values()) and 31 in desired(result):
            break
        # No look fell between the two moves: the machine stood still for as long.
        print(f"again: {desired(result)}")
    return result


def reactions(result) -> dict:
    return {(r["region"], r["service"], r["phase"]): r for r in result.report["platform"]["reactions"]}


def looks(result) -> list[dict]:
    """At the public service."""
    return next(task["counts"] for task in result.report["platform"]["tasks"]
                if (task["region"], task["service"]) == (HERE, "ticket-public-svc"))


def desired(result) -> list[int]:
    return [look["desired"] for look in looks(result)]


def test_the_report_has_what_the_scenario_names(watched):
    platform = watched.report["platform"]
    assert platform["problems"] == [], watched.text
    assert {(t["region"], t["service"]) for t in platform["tasks"]} == {
        (region, f"ticket-{name}-svc") for region in REGIONS for name in ("public", "confirm", "worker")}
    found = {(g["region"], g["title"], line["name"]): line["points"]
             for g in platform["graphs"] for line in g["lines"]}
    assert len({(g["region"], g["title"]) for g in platform["graphs"]}) == 28

    def value(title, line, region=HERE):
        points = found[region, title, line]
        assert len(points) == 1 and -60 <= points[0]["second"] <= watched.seconds, points
        return points[0]["value"]
    assert value("Requests a second", "public") == 30
    assert value("Redis", "engine CPU, per cent") == 13
    assert value("Age of the oldest order, seconds", "age") == 7
    assert found[THERE, "Requests a second", "public"] == found[HERE, "Aurora ACU", "ACU"] == []
    assert f"| {HERE} Aurora ACU: ACU |  |  |  | no data |" in watched.stdout


def test_scaling_is_told_with_its_reaction_time(watched):
    platform = watched.report["platform"]
    public = [e for e in platform["events"] if e["service"] == "ticket-public-svc"]
    assert [(e["from"], e["to"]) for e in public] == [(24, 31), (31, 26)]
    assert [e["service"] for e in platform["events"]] == [
        "ticket-worker-svc", "ticket-public-svc", "ticket-public-svc"]
    told = reactions(watched)
    assert len(told) == 2 * 3 * 3
    out, back = told[HERE, "ticket-public-svc", "high"], told[HERE, "ticket-public-svc", "low again"]
    assert (out["direction"], out["plannedSecond"], back["direction"], back["plannedSecond"]) == ("out", 8, "in", 16)
    # Tasks were added 3 s after the rate and taken away 3 s after it; a look that saw it came within the phase or not.
    for event, reaction in zip(public, (out, back)):
        if "desiredAfter" in reaction:
            assert event["second"] - reaction["plannedSecond"] - 1 <= reaction["desiredAfter"]
            assert reaction["runningAfter"] >= reaction["desiredAfter"]
    assert "desiredAfter" in out or "desiredAfter" in back
    assert out.get("desiredAfter", 0) <= 8
    assert "desiredAfter" not in told[THERE, "ticket-public-svc", "high"]
    counts = looks(watched)
    assert desired(watched)[0] == 24 and 31 in desired(watched)
    assert counts[0]["second"] <= 0 and all(a["second"] <= b["second"] for a, b in zip(counts, counts[1:]))
    assert "not seen" in watched.stdout


def test_no_other_call_is_made(watched):
    assert {(c["service"], c["action"]) for c in watched.calls if c["kind"] != "write"} - {
        ("elbv2", "DescribeLoadBalancers"), ("elbv2", "DescribeTargetGroups")} == {
            ("ecs", "DescribeServices"), ("cloudwatch", "GetMetricData"),
            ("application-autoscaling", "DescribeScalingActivities")}
    # One a region in five seconds, before the run and after it.
    asked = [c for c in watched.calls if c["action"] == "DescribeServices"]
    assert 2 * 3 <= len(asked) <= 2 * (watched.seconds // 5 + 4)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_shows_series_and_marks(account, watched, scheme):
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"], timeout=300_000)
        page = browser.new_page(color_scheme=scheme, viewport={"width": 1000, "height": 1400})
        page.set_default_timeout(300_000)
        complaints = []
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto((account.folder / "report/report.html").as_uri())
        # Four of the generator, one a region of its tasks, three of CloudWatch's that have data.
        assert page.locator("svg").count() == 4 + 2 + 3
        throughput = page.locator('svg[aria-label="Requests a second"]')
        assert throughput.locator(".mark").count() == 3
        assert throughput.locator(".mark").nth(1).locator("text").text_content() == "2"
        box = throughput.locator(".mark line").nth(1).bounding_box()
        assert box["height"] > 50
        assert page.locator(f'svg[aria-label="Tasks in {HERE}, desired dashed"] polyline').count() == 6
        drawn = page.locator(f'svg[aria-label="Requests a second, {HERE}"]')
        assert drawn.locator("circle").count() == 1
        assert page.get_by_text(f"no data: Aurora ACU, {HERE}").count() == 1
        assert page.get_by_text("24 to 31", exact=True).count() == 1
        page.screenshot(path=SCREENSHOTS / f"platform-{scheme}.png", full_page=True)
        browser.close()
    assert complaints == []


def test_asked_again_later_the_report_is_completed(account, watched):
    """What is taken away long after the run is its scale-in, too."""
    begin = datetime.fromisoformat(watched.report["startedAt"]).timestamp()
    emulator = account.emulator
    emulator.weather(scaling_activities=[activity("public", 24, begin + 900, begin + 960)])
    again = account.run("load", "report", "report", "--cloudwatch").expect(OK)
    platform = json.loads((account.folder / "report/report.json").read_text())["platform"]
    assert platform["tasks"] == watched.report["platform"]["tasks"]
    assert [(round(e["second"]), e["to"]) for e in platform["events"]] == [(900, 24)] and "| 900 " in again.stdout
    emulator.weather(rules=[{"effect": "error", "service": "cloudwatch", "action": "GetMetricData", "status": 400,
                             "code": "AccessDenied", "message": "planted"}])
    refused = account.run("load", "report", "report", "--cloudwatch").expect(OK)
    assert "planted" in refused.stdout and "| 900 " in refused.stdout
    kept = json.loads((account.folder / "report/report.json").read_text())["platform"]["graphs"]
    assert kept == platform["graphs"] != [] and any(line["points"] for graph in kept for line in graph["lines"])
    emulator.fair()


def test_what_cannot_be_asked_for_is_said_before_the_run(account, tmp_path):
    def load(path, **environment):
        return account.run("load", "run", str(path), "--base-url", "http://127.0.0.1:1", "--report", "none",
                           "--cloudwatch", **environment)
    assert "add `cloudWatch: [alb, ecs" in load(scenario(account, "nothing", cloudWatch=[])).stderr
    refused = load(scenario(account, "all"), TICKCTL_STACK="other")
    assert refused.code != OK and "other" in refused.stderr
    with ContractServer(SEATS) as server:
        account.emulator.weather(rules=[{"effect": "error", "service": "ecs", "action": "DescribeServices", "status": 400,
                                         "code": "AccessDeniedException", "message": "planted"}])
        result = account.run("load", "run", str(scenario(account, "all")), "--base-url", server.url, "--report", "none",
                             "--cloudwatch")
        account.emulator.fair()
        assert result.code == FAILED and "planted" in result.stderr and server.requests <= 2, result.text
    assert not (account.folder / "none/report.json").exists()
