"""Workers as ECS tasks of two regions: real processes that the emulator's RunTask starts, led through its S3.

Three runs go on at once, because each takes most of its time to wait: one to its end, one of whose tasks is killed, one that
is interrupted."""
import json
import os
import signal
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

import pytest
from contract_server import ContractServer
from harness import BINARY, REGIONS, Emulator
from runs import FAILED, INVALID, PASSED, USAGE, arguments, environment, run, scenario

SEATS = [f"R{row}C{place}" for row in range(1, 11) for place in range(1, 26)]
READS = {"mix": {"reads": 1, "confirm": 0, "worker": 0}}
LONG = [{"name": "long", "rate": 40, "seconds": 900}]
BUCKET = f"ticket-load-123456789012-{REGIONS[0]}"
TASKS = ("--workers", "4", "--loops", "1", "--region", REGIONS[0], "--region", REGIONS[1])
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGIONS[0],
               "AWS_EC2_METADATA_DISABLED": "true"}


def provision(emulator, **roles):
    """What steps 02 to 05 make, as far as a load test uses it."""
    emulator.client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGIONS[0]})
    for region in REGIONS:
        ecs, logs = emulator.client("ecs", region), emulator.client("logs", region)
        ecs.create_cluster(clusterName="ticket")
        for family in ("ticket-load", "ticket-public"):
            logs.create_log_group(logGroupName=f"/ecs/{family}")
            ecs.register_task_definition(
                family=family, networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="4096", memory="8192",
                **roles, containerDefinitions=[{
                    "name": family.split("-")[1], "image": "tickctl", "cpu": 4096, "memory": 8192, "stopTimeout": 5,
                    "logConfiguration": {"logDriver": "awslogs", "options": {
                        "awslogs-group": f"/ecs/{family}", "awslogs-region": region, "awslogs-stream-prefix": "ecs"}}}])
        ecs.create_service(cluster="ticket", serviceName="ticket-public-svc", taskDefinition="ticket-public", desiredCount=0,
                           launchType="FARGATE", networkConfiguration={"awsvpcConfiguration": {
                               "subnets": ["subnet-1", "subnet-2"], "securityGroups": ["sg-1"]}})


def tasks_are_programs(emulator):
    emulator.weather(tasks={"execute": str(BINARY), "environment": {**CREDENTIALS, "AWS_ENDPOINT_URL": emulator.url}})


@pytest.fixture(scope="module")
def account():
    emulator = Emulator()
    provision(emulator)
    tasks_are_programs(emulator)
    yield emulator
    emulator.stop()


def objects(emulator, run_id: str) -> dict[str, bytes]:
    s3 = emulator.client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=BUCKET, Prefix=f"runs/{run_id}/")
    keys = [entry["Key"] for page in pages for entry in page.get("Contents", [])]
    return {key.split("/", 2)[2]: s3.get_object(Bucket=BUCKET, Key=key)["Body"].read() for key in keys}


def processes(run_id: str) -> dict[int, int]:
    """Worker -> process id, of a run's tasks."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            words = path.read_bytes().decode(errors="replace").split("\0")
            if "worker" in words and "--index" in words and any(w.endswith(f"/runs/{run_id}") for w in words):
                if path.parent.joinpath("stat").read_text().rsplit(")", 1)[1].split()[0] != "Z":
                    found[int(words[words.index("--index") + 1])] = int(path.parent.name)
        except OSError:
            pass
    return found


class Started:
    """A run that goes on."""

    def __init__(self, account, folder: Path, server, **changes):
        self.account, self.folder, self.server = account, folder, server
        path = scenario(folder, **changes)
        self.log = folder / "stderr"
        with open(self.log, "w") as log, open(folder / "stdout", "w") as output:
            self.process = subprocess.Popen(
                arguments(folder, server.url, *TASKS, path=path), stdout=output, stderr=log, cwd=folder,
                env=environment(**CREDENTIALS, AWS_ENDPOINT_URL=account.url))

    @property
    def text(self) -> str:
        return (self.folder / "stdout").read_text() + self.log.read_text()

    @property
    def run_id(self) -> str:
        return self.log.read_text().split("/runs/")[1].split()[0]

    def wait_until(self, condition):
        end = time.monotonic() + 300
        while not condition():
            assert time.monotonic() < end and self.process.poll() is None, self.text
            time.sleep(0.1)

    def wait_for_load(self):
        self.wait_until(lambda: self.server.requests > 100)

    def end(self) -> "Started":
        try:
            self.code = self.process.wait(600)
        finally:
            self.process.kill()
        self.report = json.loads((self.folder / "report/report.json").read_text())
        return self

    @property
    def lost(self) -> list[str]:
        return [reason for reason in self.report["verdict"]["reasons"] if "worker" in reason]


def kill_a_task(started):
    os.kill(processes(started.run_id)[2], signal.SIGKILL)


def interrupt(started):
    assert sorted(processes(started.run_id)) == [0, 1, 2, 3]
    started.process.send_signal(signal.SIGINT)


@pytest.fixture(scope="module")
def three(account, binary, tmp_path_factory):
    """The run that is left alone, the one with a killed task, the interrupted one."""
    plans = {"alone": ({}, None), "killed": ({"phases": LONG, **READS}, kill_a_task),
             "interrupted": ({"phases": LONG, **READS}, interrupt)}
    begun: list[Started] = []
    with ExitStack() as servers:
        def start(name):
            server = servers.enter_context(ContractServer(SEATS))
            begun.append(Started(account, tmp_path_factory.mktemp(name), server, **plans[name][0]))
            return begun[-1]

        def finish(name, started):
            if disturb := plans[name][1]:
                started.wait_for_load()
                disturb(started)
            return started
        try:
            runs = {name: start(name) for name in plans}
            runs = {name: finish(name, started).end() for name, started in runs.items()}
            for name in ("alone", "interrupted"):
                for _ in range(2):
                    # Tasks that a machine held up past the begin, or the silence, of their run: the product says INVALID.
                    if runs[name].lost:
                        print(f"{name}, again: {runs[name].lost}")
                        runs[name] = finish(name, start(name)).end()
            yield tuple(runs.values())
        finally:
            for started in begun:
                started.process.kill()


def test_tasks_of_two_regions_do_what_processes_here_do(three, tmp_path):
    alone, _, _ = three
    with ContractServer(SEATS) as server:
        here = run(tmp_path, server.url, "--workers", "4", "--loops", "1")
    report, local = alone.report, here.report
    assert alone.code in (PASSED, INVALID), alone.text  # A busy machine makes the generators lag.

    def sent(report, name):
        return sum(report["classes"][name]["outcomes"].values())
    # What chance decides is the same: reads, and buyers who come; what these find depends on when they come.
    assert [sent(report, name) for name in ("read", "enter")] == [sent(local, name) for name in ("read", "enter")]
    assert report["due"] == local["due"]
    # Everything that was sent arrived once, a summary asked for before the run aside.
    assert sum(sent(report, name) for name in report["classes"]) == alone.server.requests - preflights(alone)
    assert report["environment"]["tasks"]["byRegion"] == {REGIONS[0]: 2, REGIONS[1]: 2}
    assert report["environment"]["workers"] == 4
    histories = sorted((alone.folder / "report").glob("history-*.tsv"))
    bought = [line for path in histories for line in path.read_text().splitlines() if "confirmed" in line.lower()]
    assert len(histories) == 4 and len(bought) == report["purchases"]["confirmed"] > 5
    assert report["purchases"]["doubleSold"] == report["purchases"]["lost"] == 0


def preflights(started) -> int:
    """Requests before the run: a summary for the reads, one for the buyers, the health of the confirm role."""
    return 3


def test_each_task_has_its_own_share_and_no_secret(three, account):
    alone, _, _ = three
    found = objects(account, alone.run_id)
    orders = [json.loads(found[f"worker-{index}/order.json"]) for index in range(4)]
    assert [order["share"] for order in orders] == [{"index": index, "of": 4} for index in range(4)]
    assert not any("secret" in key.lower() for order in orders for key in order)
    places = [task["clusterArn"].split(":")[3] for region in REGIONS for task in tasks(account, region, alone.run_id)]
    assert sorted(places) == [REGIONS[0]] * 2 + [REGIONS[1]] * 2


def tasks(emulator, region, run_id) -> list[dict]:
    ecs = emulator.client("ecs", region)
    arns = [arn for status in ("RUNNING", "STOPPED") for arn in ecs.list_tasks(
        cluster="ticket", startedBy=f"tickctl-load-{run_id}", desiredStatus=status)["taskArns"]]
    return ecs.describe_tasks(cluster="ticket", tasks=sorted(set(arns)))["tasks"] if arns else []


@pytest.mark.skipif("LONG" not in os.environ, reason="it takes the minute after which tasks end by themselves: LONG=1")
def test_tasks_whose_coordinator_is_killed_end_by_themselves(account, tmp_path):
    with ContractServer(SEATS) as server:
        started = Started(account, tmp_path, server, phases=LONG, **READS)
        try:
            started.wait_for_load()
        finally:
            started.process.kill()
        started.process.wait(30)
        begin = time.monotonic()
        while processes(started.run_id):
            assert time.monotonic() - begin < 600
            time.sleep(0.5)
        assert time.monotonic() - begin > 45
        last = server.requests
        time.sleep(2)
        assert server.requests == last


def test_no_task_outlives_its_run(three, account):
    for started in three:
        end = time.monotonic() + 300
        while processes(started.run_id):
            assert time.monotonic() < end, (started.folder, processes(started.run_id), started.text)
            time.sleep(0.2)


def test_a_task_that_is_killed_ends_the_run_for_all(three):
    _, killed, _ = three
    assert killed.code == INVALID, killed.text
    reasons = "\n".join(killed.report["verdict"]["reasons"])
    assert "worker 3's task" in reasons and "ended" in reasons, reasons
    assert "aws logs tail /ecs/ticket-load" in reasons, reasons
    assert killed.report["seconds"] < 900 and killed.report["tally"]["succeeded"] > 30


def test_ctrl_c_stops_the_tasks_in_order(three, account):
    _, _, interrupted = three
    assert interrupted.code == INVALID, interrupted.text
    assert "interrupted by Ctrl-C" in interrupted.report["verdict"]["reasons"], interrupted.text
    # In order: every task said its last word, and none was lost.
    assert not interrupted.lost
    found = objects(account, interrupted.run_id)
    for index in range(4):
        last = max((key for key in found if key.startswith(f"worker-{index}/events-")),
                   key=lambda key: int(key.split("events-")[1].split(".")[0]))
        assert b'"finished"' in found[last].splitlines()[-1]
    assert json.loads(found["control.json"])["shouldStop"] is True


def test_a_stack_without_the_tasks_is_told_what_to_do(account, tmp_path):
    with ContractServer(SEATS) as server:
        result = run(tmp_path, server.url, *TASKS, AWS_ENDPOINT_URL=account.url, APP_NAME="other", **CREDENTIALS)
    assert result.code == FAILED and "no task definition other-load" in result.text, result.text
    assert "tickctl up --step 04-taskdefs" in result.text


@pytest.mark.parametrize("more, said", [
    (("--region", REGIONS[0]), "--workers 0"), (("--region", "eu-west-1", "--workers", "1"), "no region eu-west-1"),
    (("--region", REGIONS[0], "--workers", "1", "--ca-file", "x"), "--ca-file"),
    (("--region", REGIONS[0], "--workers", "1", "--webhook-secret-env", "PATH"), "--paid"), (("--paid",), "--region")])
def test_options_that_do_not_go_together_are_refused(account, tmp_path, more, said):
    result = run(tmp_path, "http://127.0.0.1:9", *more, AWS_ENDPOINT_URL=account.url, **CREDENTIALS)
    assert result.code == USAGE and said in result.text, result.text
