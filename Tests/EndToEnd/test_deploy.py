"""`tickctl deploy` and `rollback` against a scripted ECS: the verdict, the exit code and what both regions run in the end.

KILL_ALL=1 kills before and after every single mutating call of a deploy; `make test` takes a seeded sample (KILL_SEED).
"""
import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import threading
import urllib.request

import pytest

from harness import (BINARY, CHANGES, FAILED, INTERRUPTED, LOCKED, OK, REFUSED, REGIONS, USAGE, Workplace, copy_folder,
                     interrupt, wait_until)
from validate_requests import violations

SEED = int(os.environ.get("KILL_SEED", "20261121"))
ALL = bool(os.environ.get("KILL_ALL"))
SERVICES = ("ticket-public-svc", "ticket-confirm-svc", "ticket-worker-svc")
FAMILIES = ("ticket-public", "ticket-confirm", "ticket-worker")
PRIMARY, SECONDARY = REGIONS
WAVE_1, WAVE_2, WAVE_3, NOT_UNDONE = 11, 12, 13, 20
QUICK = ("--bake", "1s", "--no-smoke")
BAD_OUTCOMES = ("fail_to_start", "circuit_breaker", "alarm", "rollback_fails", "hang")


def digest_of(content: bytes) -> str:
    return "sha256:" + hashlib.sha256(content).hexdigest()


def push(emulator, name: str) -> str:
    """An image of that name, for this machine's platform, in every repository of both regions."""
    config = json.dumps({"os": "linux", "architecture": {"x86_64": "amd64", "aarch64": "arm64"}[os.uname().machine],
                         "rootfs": {"type": "layers", "diff_ids": []}}).encode()
    manifest = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": [],
                           "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "size": len(config),
                                      "digest": digest_of(config)},
                           "annotations": {"name": name}})
    for region in REGIONS:
        login = emulator.client("ecr", region).get_authorization_token()["authorizationData"][0]
        for family in FAMILIES:
            for method, path, body, kind in (
                    ("POST", f"blobs/uploads/?digest={digest_of(config)}", config, "application/octet-stream"),
                    ("PUT", f"manifests/{name}", manifest.encode(), "application/vnd.oci.image.manifest.v1+json")):
                urllib.request.urlopen(urllib.request.Request(
                    f"{login['proxyEndpoint']}/v2/{family}/{path}", body, method=method, headers={
                        "Authorization": f"Basic {login['authorizationToken']}", "Content-Type": kind}))
    return digest_of(manifest.encode())


def running(emulator) -> dict[tuple[str, str], str]:
    """(region, service) -> the digest of the image that it runs."""
    found = {}
    for region in REGIONS:
        ecs = emulator.client("ecs", region)
        for service in ecs.describe_services(cluster="ticket", services=list(SERVICES))["services"]:
            definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
            found[region, service["serviceName"]] = definition["containerDefinitions"][0]["image"].split("@")[-1]
    return found


def digests(emulator) -> set[str]:
    return set(running(emulator).values())


def under_way(emulator) -> list[str]:
    found = []
    for region in REGIONS:
        ecs = emulator.client("ecs", region)
        for service in SERVICES:
            found += [d["status"] for d in ecs.list_service_deployments(cluster="ticket", service=service)[
                "serviceDeployments"] if d["status"] in ("PENDING", "IN_PROGRESS", "ROLLBACK_IN_PROGRESS")]
    return found


def revisions(emulator, region: str, family: str = "ticket-public") -> list[str]:
    return emulator.client("ecs", region).list_task_definitions(familyPrefix=family, status="ACTIVE")["taskDefinitionArns"]


def open_release(emulator):
    return emulator.client("dynamodb", PRIMARY).get_item(
        TableName="tickctl-lock", Key={"stack": {"S": "ticket"}}, ConsistentRead=True)["Item"].get("release")


def desired_counts(emulator) -> set[int]:
    return {s["desiredCount"] for region in REGIONS for s in emulator.client("ecs", region).describe_services(
        cluster="ticket", services=list(SERVICES))["services"]}


def verdicts(place) -> dict[tuple[str, str], str | None]:
    lines = json.loads(place.run("releases", "--json", "--limit", "40").expect(OK).stdout)
    return {(line["region"], line["revision"]): line.get("verdict") for line in lines}


class Platform:
    """The services on their embedded stores: what the smoke test buys from."""

    def __init__(self, folder):
        folder.mkdir()
        self.process = subprocess.Popen(
            [str(BINARY), "serve", "--role", "all", "--port", "0", "--metrics-port", "0", "--data-dir", str(folder)],
            cwd=folder, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            env={"PATH": os.environ["PATH"], "HOME": str(folder)})
        self.lines: list[str] = []
        threading.Thread(target=lambda: self.lines.extend(self.process.stderr), daemon=True).start()
        address = re.compile(r"serving \w+ on (http://127\.0\.0\.1:\d+)")
        wait_until(lambda: self.process.poll() is not None or address.search("".join(self.lines)))
        assert self.process.poll() is None, "".join(self.lines)
        self.url = address.search("".join(self.lines))[1]

    def stop(self):
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="module")
def platform(binary, tmp_path_factory):
    platform = Platform(tmp_path_factory.mktemp("platform") / "data")
    yield platform
    platform.stop()


class Released:
    """A stack whose first image, A, is known good: deployed, baked, smoked. Kept as the snapshot "released"."""

    def __init__(self, standing, emulator, platform, folder):
        emulator.restore("standing")
        self.folder = folder / "released"
        copy_folder(standing.kept, self.folder)
        place = Workplace.copied(self.folder, folder / "work", emulator.url)
        (self.a,) = digests(emulator)
        emulator.clear_log()
        self.result = place.run("deploy", "--json", "--bake", "1s", *smoked(platform))
        self.calls = emulator.log(full=True)
        self.result.expect(OK)
        self.b, self.c = push(emulator, "B"), push(emulator, "C")
        emulator.snapshot("released")


def smoked(platform) -> list[str]:
    return ["--smoke-timeout", "600"] + [part for region in REGIONS
                                         for part in ("--base-url", f"{region}={platform.url}")]


@pytest.fixture(scope="module")
def released(standing, running, platform, tmp_path_factory):
    return Released(standing, running, platform, tmp_path_factory.mktemp("released"))


@pytest.fixture
def live(released, running, tmp_path):
    """A workplace on the released stack; `live.a`, `live.b`, `live.c` are the images' digests."""
    running.restore("released")
    place = Workplace.copied(released.folder, tmp_path / "work", running.url)
    place.emulator, place.a, place.b, place.c = running, released.a, released.b, released.c
    yield place
    place.stop()


# -- what a deploy does when all is well --

def test_a_release_without_changes_proves_what_runs(released, running):
    """The first deploy after `up`: nothing differs, so nothing is registered or updated, but a ticket is bought."""
    events = released.result.events
    assert [e["detail"] for e in events if e["event"] == "planned"] == ["no change"] * 6
    assert [e["region"] for e in events if e["event"] == "smoked"] == [SECONDARY, PRIMARY]
    actions = {c["action"] for c in released.calls if c["kind"] == "write"}
    assert actions == {"TagResource"}
    assert events[-1]["verdict"] == "succeeded"


def test_a_release_goes_region_by_region_and_never_sends_a_count(live):
    live.emulator.clear_log()
    result = live.run("deploy", "--image", live.b, "--json", *QUICK).expect(OK)
    assert running(live.emulator) == {(r, s): live.b for r in REGIONS for s in SERVICES}
    calls = live.emulator.log(full=True)
    updates = [c for c in calls if c["action"] == "UpdateService"]
    assert [c["region"] for c in updates] == [SECONDARY] * 3 + [PRIMARY] * 3
    assert not [c for c in updates if "desiredCount" in c["input"]]
    assert [str(v) for v in violations(calls)] == []
    ended = [e for e in result.events if e["event"] in ("deployed", "baking", "ended")]
    assert [e["event"] for e in ended] == ["deployed"] * 3 + ["baking"] + ["deployed"] * 3 + ["baking", "ended"]
    assert open_release(live.emulator) is None
    live.emulator.clear_log()
    again = live.run("deploy", "--image", live.b, "--json", *QUICK).expect(OK)
    assert live.emulator.stats()["actions"].get("ecs:UpdateService", 0) == 0, again.stdout
    assert live.emulator.stats()["actions"].get("ecs:RegisterTaskDefinition", 0) == 0


def test_a_canary_is_one_service_of_the_first_region(live):
    live.emulator.weather(deployments=[{"contains": live.b, "service": "ticket-public-svc", "outcome": "circuit_breaker"}])
    live.emulator.clear_log()
    live.run("deploy", "--image", live.b, "--strategy", "canary", *QUICK).expect(WAVE_1)
    touched = {(c["region"], c["input"]["service"]) for c in live.emulator.log(full=True)
               if c["action"] == "UpdateService"}
    assert touched == {(SECONDARY, "ticket-public-svc")} and digests(live.emulator) == {live.a}


def test_a_dry_run_changes_nothing_and_shows_what_would(live):
    live.emulator.clear_log()
    result = live.run("deploy", "--image", live.b, "--dry-run").expect(CHANGES)
    assert live.emulator.stats()["write"] == 0 and live.emulator.stats()["lock"] <= 1
    lines = result.stdout.splitlines()
    assert len(lines) == 6 and all(".image: " in line and line.endswith(live.b) for line in lines), result.stdout
    assert live.run("deploy", "--dry-run").expect(OK).stdout == ""


# -- what a deploy does when it fails --

@pytest.mark.parametrize("outcome", BAD_OUTCOMES)
@pytest.mark.parametrize("region, code", [(SECONDARY, WAVE_1), (PRIMARY, WAVE_2)], ids=["first wave", "second wave"])
def test_a_deployment_that_fails_ends_on_the_old_revision_everywhere(live, outcome, region, code):
    live.emulator.weather(deployments=[{"contains": live.b, "service": "ticket-confirm-svc", "region": region,
                                        "outcome": outcome, "seconds": 0.4}])
    result = live.run("deploy", "--image", live.b, "--json", "--deadline", "3s", *QUICK).expect(code)
    assert digests(live.emulator) == {live.a} and under_way(live.emulator) == []
    last = result.events[-1]
    assert (last["event"], last["verdict"], last["wave"]) == ("ended", "undone", code - 10)
    assert "ticket-confirm-svc" in last["detail"]
    assert open_release(live.emulator) is None
    family, number = "ticket-confirm", revisions(live.emulator, region, "ticket-confirm")[-1].rsplit(":", 1)[-1]
    assert verdicts(live)[region, f"{family}:{number}"] == "failed"


def test_what_cannot_be_undone_is_said_and_the_next_run_goes_on_undoing(live):
    live.emulator.weather(deployments=[
        {"contains": live.b, "region": SECONDARY, "service": "ticket-worker-svc", "outcome": "rollback_fails"},
        {"contains": live.a, "region": SECONDARY, "service": "ticket-worker-svc", "outcome": "fail_to_start"}])
    result = live.run("deploy", "--image", live.b, *QUICK).expect(NOT_UNDONE)
    assert "NOT back" in result.stderr and "ap-northeast-2/ticket-worker-svc" in result.stderr
    assert open_release(live.emulator) is not None
    live.emulator.fair()
    live.run("rollback").expect(OK)
    assert digests(live.emulator) == {live.a} and open_release(live.emulator) is None


def set_alarm(emulator, region, state, name="ticket-alb-5xx"):
    emulator.client("cloudwatch", region).set_alarm_state(AlarmName=name, StateValue=state, StateReason="said the test")


def test_an_alarm_already_in_alarm_stops_the_deploy_before_it_starts_unless_accepted(live):
    set_alarm(live.emulator, PRIMARY, "ALARM")
    live.emulator.clear_log()
    result = live.run("deploy", "--image", live.b, *QUICK).expect(REFUSED)
    assert "ticket-alb-5xx in ap-northeast-1 is in ALARM: said the test" in result.stderr
    assert "--accept-alarm ticket-alb-5xx" in result.stderr
    assert live.emulator.stats()["write"] == 0 and digests(live.emulator) == {live.a}
    live.run("deploy", "--image", live.b, "--accept-alarm", "ticket-alb-5xx", *QUICK).expect(OK)
    assert digests(live.emulator) == {live.b}


def test_an_alarm_that_goes_off_while_it_bakes_undoes_the_release(live):
    """Its first look is held until the alarm is on."""
    live.emulator.weather(rules=[{"effect": "hold", "action": "UpdateService"}])
    process = live.start("deploy", "--image", live.b, "--bake", "1h", "--no-smoke")
    wait_until(lambda: live.emulator.status()["rules"][0]["hits"], process)
    live.emulator.weather(rules=[{"effect": "hold", "action": "DescribeAlarms"}])
    wait_until(lambda: live.emulator.status()["rules"][0]["hits"], process)
    assert running(live.emulator)[SECONDARY, SERVICES[0]] == live.b and not under_way(live.emulator)
    set_alarm(live.emulator, SECONDARY, "ALARM", "ticket-public-p95")
    live.emulator.fair()
    result = live.finish(process).expect(WAVE_1)
    assert "ticket-public-p95 in ap-northeast-2 is in ALARM" in result.stderr
    assert digests(live.emulator) == {live.a}


def test_a_failed_smoke_test_undoes_the_release(live, platform):
    result = live.run("deploy", "--image", live.b, "--bake", "1s", "--base-url", f"{SECONDARY}={platform.url}",
                      "--base-url", f"{PRIMARY}={platform.url}", "--smoke-event", "no-such-event").expect(WAVE_1)
    assert "the smoke test failed in ap-northeast-2: seat map" in result.stderr
    assert digests(live.emulator) == {live.a}


def test_an_interrupt_stops_the_deployment_and_not_only_the_watching(live):
    live.emulator.weather(deployments=[{"contains": live.b, "outcome": "hang"}])
    live.emulator.clear_log()
    process = live.start("deploy", "--image", live.b, *QUICK)
    wait_until(lambda: len(under_way(live.emulator)) == 3, process)
    interrupt(process)
    live.finish(process).expect(INTERRUPTED)
    stopped = [c["input"] for c in live.emulator.log(full=True) if c["action"] == "StopServiceDeployment"]
    assert len(stopped) == 3 and {c["stopType"] for c in stopped} == {"ROLLBACK"}
    assert digests(live.emulator) == {live.a} and under_way(live.emulator) == [] and open_release(live.emulator) is None


def test_the_black_box_holds_the_evidence_escaped_and_without_secrets(live):
    live.emulator.weather(deployments=[{"contains": live.b, "outcome": "circuit_breaker"}])
    result = live.run("deploy", "--image", live.b, "--json", *QUICK).expect(WAVE_1)
    page_path = live.folder / next(e["detail"] for e in result.events if e["event"] == "black-box")
    page, box = page_path.read_text(), json.loads(page_path.with_suffix(".json").read_text())
    public = next(s for s in box["services"] if (s["region"], s["service"]) == (SECONDARY, "ticket-public-svc"))
    assert public["gaps"] == [] and box["gaps"] == []
    assert [t["code"] for t in public["stoppedTasks"]] == ["EssentialContainerExited"] * 3
    assert public["stoppedTasks"][0]["containers"] == ["public: exit code 1"]
    assert any("exit 1" in line for line in public["logLines"]) and public["events"]
    assert {a["name"] for a in box["alarms"]} >= {"ticket-alb-5xx", "ticket-public-p95", "ticket-alb-p99"}
    for text in (page, json.dumps(box)):
        assert "hunter2" not in text and "[redacted]" in text
    assert "<script" not in page and "&lt;script&gt;" in page
    assert page_path.stat().st_mode & 0o077 == 0


def test_an_image_that_no_repository_has_is_refused_before_anything(live):
    live.emulator.clear_log()
    result = live.run("deploy", "--image", "sha256:" + "0" * 64, *QUICK).expect(REFUSED)
    for region in REGIONS:
        for family in FAMILIES:
            assert f"{region}  image  " in result.stderr and f"{region}.amazonaws.com/{family}@" in result.stderr
    assert "is not in its registry" in result.stderr and live.emulator.stats()["write"] == 0
    live.run("deploy", "--image", "latest", *QUICK).expect(USAGE)


def test_all_that_verify_finds_is_said_before_anything_is_touched(live):
    """Errors of both regions stop it; what only keeps the services from growing does not."""
    live.emulator.weather(quotas={"L-3032A538": 100})
    live.emulator.client("logs", SECONDARY).delete_log_group(logGroupName="/ecs/ticket-worker")
    lose_secret(live.emulator, live.a)
    live.emulator.client("iam").delete_service_linked_role(RoleName="AWSServiceRoleForECS")
    live.emulator.clear_log()
    for more in ((), ("--dry-run",)):
        result = live.run("deploy", "--image", live.b, *more, *QUICK).expect(REFUSED)
        for word in (f"{SECONDARY}  log-group  /ecs/ticket-worker", f"{SECONDARY}  secret  ticket/webhook-secret",
                     "global  service-linked-role  ecs.amazonaws.com", "Fargate On-Demand vCPUs",
                     "no service was touched"):
            assert word in result.stderr, result.stderr
    assert live.emulator.stats()["write"] == 0 and digests(live.emulator) == {live.a}
    # One error is enough, but what is not deployed is not looked at.
    live.emulator.restore("released")
    live.emulator.weather(quotas={"L-3032A538": 100})
    live.emulator.client("logs", PRIMARY).delete_log_group(logGroupName="/ecs/ticket-worker")
    live.run("deploy", "--image", live.b, "--service", "worker", *QUICK).expect(REFUSED)
    result = live.run("deploy", "--image", live.b, "--service", "confirm", *QUICK).expect(OK)
    assert "Fargate On-Demand vCPUs" in result.stderr


def test_a_frozen_stack_is_neither_deployed_nor_rolled_back_but_on_demand(live):
    live.run("freeze", "--until", "2h", "--reason", "the big sale", USER="ann").expect(OK)
    live.emulator.clear_log()
    for command in (("deploy", "--image", live.b, *QUICK), ("rollback",)):
        refused = live.run(*command).expect(REFUSED)
        assert all(word in refused.stderr for word in ("ann@", "the big sale", "--break-freeze", "tickctl unfreeze"))
    assert live.emulator.stats()["write"] == 0 and "dynamodb:UpdateItem" not in live.emulator.stats()["actions"]
    live.run("deploy", "--image", live.b, "--dry-run").expect(CHANGES)
    for command, digest in ((("deploy", "--image", live.b, *QUICK), live.b), (("rollback",), live.a)):
        broken = live.run(*command, "--break-freeze").expect(OK)
        assert "breaking the freeze" in broken.stderr and digests(live.emulator) == {digest}


def test_a_deploy_waits_for_nobody_who_holds_the_lock(live):
    live.emulator.weather(deployments=[{"contains": live.b, "outcome": "hang"}])
    process = live.start("deploy", "--image", live.b, *QUICK)
    wait_until(lambda: under_way(live.emulator), process)
    live.run("rollback").expect(LOCKED)
    interrupt(process)
    live.finish(process).expect(INTERRUPTED)


# -- rollback and the ledger --

def by_hand(emulator, digest: str, regions=REGIONS) -> dict:
    """A revision with another image, brought in without tickctl: no ledger knows it."""
    for region in regions:
        ecs = emulator.client("ecs", region)
        for family, service in zip(FAMILIES, SERVICES):
            found = ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]
            keep = ("family", "taskRoleArn", "executionRoleArn", "networkMode", "containerDefinitions",
                    "requiresCompatibilities", "cpu", "memory", "runtimePlatform")
            request = {k: found[k] for k in keep}
            for container in request["containerDefinitions"]:
                container["image"] = container["image"].split("@")[0] + "@" + digest
            made = ecs.register_task_definition(**request)["taskDefinition"]["taskDefinitionArn"]
            ecs.update_service(cluster="ticket", service=service, taskDefinition=made)


def settled(emulator):
    wait_until(lambda: under_way(emulator) == [])


def test_a_good_b_bad_c_bad_goes_back_to_a_in_both_regions(live):
    by_hand(live.emulator, live.b)
    settled(live.emulator)
    # The numbers of the regions part ways here.
    by_hand(live.emulator, live.b, regions=[SECONDARY])
    settled(live.emulator)
    by_hand(live.emulator, live.c)
    settled(live.emulator)
    assert digests(live.emulator) == {live.c}
    live.run("rollback", "--json").expect(OK)
    assert digests(live.emulator) == {live.a} and under_way(live.emulator) == []


def test_rollback_after_a_good_release_goes_to_the_good_one_before_it_once(live, platform):
    live.run("deploy", "--image", live.b, "--bake", "1s", "--service", "worker", *smoked(platform)).expect(OK)
    live.run("rollback", "--service", "worker").expect(OK)
    assert digests(live.emulator) == {live.a}
    assert sorted(v for v in verdicts(live).values() if v) == ["good"] * 6 + ["rolled-back"] * 2
    # Asked again, it does not go further back than what is good.
    result = live.run("rollback", "--service", "worker").expect(OK)
    assert "is the last good one" in result.stderr and digests(live.emulator) == {live.a}


def test_rollback_to_a_number_maps_it_to_the_same_release_elsewhere(live):
    by_hand(live.emulator, live.c, regions=[SECONDARY])
    settled(live.emulator)
    live.run("deploy", "--image", live.b, *QUICK).expect(OK)
    here = revisions(live.emulator, PRIMARY)[-1].rsplit(":", 1)[-1]
    there = revisions(live.emulator, SECONDARY)[-1].rsplit(":", 1)[-1]
    assert here != there
    live.run("rollback").expect(OK)
    result = live.run("rollback", "--revision", here, "--service", "public").expect(OK)
    assert f"ticket-public:{there} here is ticket-public:{here} of {PRIMARY}: both are of release" in result.stderr
    found = running(live.emulator)
    assert {found[r, "ticket-public-svc"] for r in REGIONS} == {live.b}


def lose_image(emulator, digest):
    emulator.client("ecr", SECONDARY).batch_delete_image(repositoryName="ticket-public", imageIds=[{"imageDigest": digest}])


def lose_secret(emulator, digest):
    emulator.client("secretsmanager", SECONDARY).delete_secret(SecretId="ticket/webhook-secret", RecoveryWindowInDays=7)


def lose_role(emulator, digest):
    iam = emulator.client("iam")
    for name in iam.list_role_policies(RoleName="ticket-worker-task")["PolicyNames"]:
        iam.delete_role_policy(RoleName="ticket-worker-task", PolicyName=name)
    iam.delete_role(RoleName="ticket-worker-task")


@pytest.mark.parametrize("lose, word", [
    (lose_image, "the image {a} is gone from the repository ticket-public"),
    (lose_secret, "the secret ticket/webhook-secret is being deleted"),
    (lose_role, "the role ticket-worker-task is gone")], ids=["image", "secret", "role"])
def test_rollback_to_what_cannot_run_is_refused_before_a_service_is_touched(live, lose, word):
    live.run("deploy", "--image", live.b, *QUICK).expect(OK)
    lose(live.emulator, live.a)
    live.emulator.clear_log()
    result = live.run("rollback").expect(REFUSED)
    assert word.format(a=live.a) in result.stderr
    assert live.emulator.stats()["write"] == 0 and digests(live.emulator) == {live.b}


def test_rollback_that_fails_ends_where_it_began(live):
    live.run("deploy", "--image", live.b, *QUICK).expect(OK)
    live.emulator.weather(deployments=[{"contains": live.a, "region": PRIMARY, "outcome": "circuit_breaker"}])
    live.run("rollback").expect(WAVE_1)
    assert digests(live.emulator) == {live.b} and under_way(live.emulator) == []


def test_two_revisions_that_differ_by_defaults_alone_are_the_same(live):
    ecs = live.emulator.client("ecs", PRIMARY)
    found = ecs.describe_task_definition(taskDefinition="ticket-public")["taskDefinition"]
    request = {k: found[k] for k in ("family", "taskRoleArn", "executionRoleArn", "networkMode", "containerDefinitions",
                                     "requiresCompatibilities", "cpu", "memory", "runtimePlatform")}
    container = request["containerDefinitions"][0]
    container.update(mountPoints=[], volumesFrom=[], systemControls=[], privileged=False, interactive=False,
                     essential=True, environment=container["environment"][::-1])
    container["healthCheck"].setdefault("startPeriod", 0)
    ecs.register_task_definition(**request, volumes=[], placementConstraints=[])
    assert live.run("diff-revision", "1", "2").expect(OK).stdout == ""
    container["dockerLabels"] = {"team": "sales"}
    container["command"] = container["command"] + ["--x"]
    ecs.register_task_definition(**request)
    lines = live.run("diff-revision", "2", "3").expect(CHANGES).stdout.splitlines()
    assert len(lines) == 2 and "containers[public].dockerLabels.team: - -> sales" in lines
    live.run("diff-revision", "1", "99").expect(FAILED)


# -- what never changes --

def test_a_desired_count_of_autoscaling_outlives_deploy_rollback_and_a_kill(live):
    for region in REGIONS:
        for service in SERVICES:
            live.emulator.client("ecs", region).update_service(cluster="ticket", service=service, desiredCount=37)
    live.emulator.clear_log()
    live.run("deploy", "--image", live.b, *QUICK).expect(OK)
    live.run("rollback").expect(OK)
    live.emulator.weather(deployments=[{"contains": live.c, "outcome": "succeed", "seconds": 1}])
    process = live.start_to_be_killed(live.emulator, "deploy", "--image", live.c, *QUICK, after=2, service="ecs",
                                      action="UpdateService")
    assert live.finish(process).code == -signal.SIGKILL
    live.run("deploy", "--image", live.c, *QUICK).expect(OK)
    assert desired_counts(live.emulator) == {37} and digests(live.emulator) == {live.c}
    updates = [c["input"] for c in live.emulator.log(full=True) if c["action"] == "UpdateService"]
    assert len(updates) >= 15 and not [u for u in updates if "desiredCount" in u]


def killed(live, after: int, when: str, again: tuple[str, ...]) -> str:
    """"" when the second run ends as it should, and nothing is left open. A rollback of what was not begun finds
    nothing to undo and, A being the only good revision, refuses."""
    live.emulator.restore("released")
    first = live.finish(live.start_to_be_killed(live.emulator, "deploy", "--image", live.b, *QUICK, after=after, when=when))
    if first.code not in (-signal.SIGKILL, OK):
        return f"first run: {first.code}\n{first.stderr[-800:]}"
    live.emulator.fair()
    is_begun = open_release(live.emulator) is not None or digests(live.emulator) != {live.a}
    second = live.run(*again)
    found, left = digests(live.emulator), under_way(live.emulator)
    wanted = {live.b} if again[0] == "deploy" else {live.a}
    if second.code != (OK if again[0] == "deploy" or is_begun else REFUSED) or found != wanted or left or open_release(live.emulator):
        return f"second run: {second.code}, runs {found}, under way {left}\n{second.stderr[-1500:]}"
    counts = {len(revisions(live.emulator, region)) for region in REGIONS}
    return "" if counts <= {1, 2} else f"revisions registered twice: {counts}"


def test_kill_after_any_call_of_a_deploy_is_ended_by_the_next_run(live):
    """Each ends on B by the same deploy, or on A by a rollback; never between."""
    live.emulator.clear_log()
    live.run("deploy", "--image", live.b, "--bake", "1s", "--no-smoke").expect(OK)
    total = sum(c["kind"] in ("write", "lock") for c in live.emulator.log())
    assert total > 20
    kills = [(k, when) for k in range(1, total + 1) for when in ("before", "after")]
    chosen = kills if ALL else sorted(random.Random(SEED).sample(kills, 4))
    wrong = []
    for number, (after, when) in enumerate(chosen):
        both = [("deploy", "--image", live.b, *QUICK), ("rollback",)]
        # A release that had ended is rolled back to A as well: A is the only good one.
        for again in both if ALL else [both[number % 2]]:
            outcome = killed(live, after, when, again)
            if outcome:
                wrong.append(f"{when} call {after} of {total}, then {again[0]}: {outcome}")
    assert not wrong, f"seed {SEED}:\n" + "\n\n".join(wrong)


def test_another_deploy_undoes_what_a_killed_one_began(live):
    process = live.start_to_be_killed(live.emulator, "deploy", "--image", live.b, *QUICK, after=2, service="ecs",
                                      action="UpdateService")
    assert live.finish(process).code == -signal.SIGKILL
    live.emulator.fair()
    shutil.rmtree(live.folder / ".stamps")
    result = live.run("deploy", "--image", live.c, "--json", *QUICK).expect(OK)
    assert "recovering" in {e["event"] for e in result.events} and digests(live.emulator) == {live.c}
