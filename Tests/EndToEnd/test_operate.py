"""What an operator asks during a sale: logs, tasks, sessions, the live view, and the freeze that keeps others' hands off."""
import json
import os
import pty
import re
import signal
import subprocess
import threading
import time
from datetime import datetime, timedelta, timezone

import pytest

from harness import FAILED, OK, PATIENCE_SECONDS, REFUSED, REGIONS, USAGE, wait_until

HERE, THERE = REGIONS


def now_ms() -> int:
    return int(time.time() * 1000)


def write_log(emulator, region, service, task, lines):
    """lines: (milliseconds, text)"""
    logs = emulator.client("logs", region)
    group, stream = f"/ecs/ticket-{service}", f"ecs/{service}/{task}"
    try:
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
    except logs.exceptions.ResourceAlreadyExistsException:
        pass
    logs.put_log_events(logGroupName=group, logStreamName=stream,
                        logEvents=[{"timestamp": at, "message": text} for at, text in lines])


def start_task(emulator, region, service) -> str:
    """One task of a service, which the emulator does not start by itself. Returns its id."""
    ecs = emulator.client("ecs", region)
    live = ecs.describe_services(cluster="ticket", services=[f"ticket-{service}-svc"])["services"][0]
    task = ecs.run_task(cluster="ticket", taskDefinition=live["taskDefinition"], count=1, launchType="FARGATE",
                        networkConfiguration=live["networkConfiguration"],
                        startedBy=f"ticket-{service}-svc", group=f"service:ticket-{service}-svc")["tasks"][0]
    return task["taskArn"].split("/")[-1]


class Lines:
    """What a process prints, as it comes."""

    def __init__(self, process):
        self.process, self.lines = process, []
        self.thread = threading.Thread(target=self.read, daemon=True)
        self.thread.start()

    def read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def wait_for(self, condition):
        wait_until(lambda: condition(self.lines), self.process)

    def end(self) -> int:
        """Ctrl-C; its exit code. `lines` is all of it then."""
        self.process.send_signal(signal.SIGINT)
        code = self.process.wait(PATIENCE_SECONDS)
        self.thread.join(PATIENCE_SECONDS)
        return code


# -- logs --

def test_logs_of_all_regions_come_as_one_in_order_of_time(made):
    at = now_ms() - 60_000
    made.emulator.weather(page_size=3)
    for region in REGIONS:
        for offset, service in enumerate(("public", "confirm", "worker")):
            write_log(made.emulator, region, service, "0123456789ab",
                      [(at + 10 * k + offset, f"{region} {service} {k}") for k in range(10)])
    result = made.run("logs", "--json").expect(OK)
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    assert len(lines) == 60
    assert [line["time"] for line in lines] == sorted(line["time"] for line in lines)
    assert {(line["region"], line["service"]) for line in lines} == {
        (r, s) for r in REGIONS for s in ("public", "confirm", "worker")}
    assert all(line["task"] == "0123456789ab" for line in lines)
    some = made.run("logs", "--service", "worker", "--region", THERE).expect(OK).stdout.splitlines()
    assert [line.split(f"{THERE} worker  01234567 ")[1] for line in some] == [f"{THERE} worker {k}" for k in range(10)]


def test_logs_stop_at_their_age_and_control_characters_are_shown_as_text(made):
    write_log(made.emulator, HERE, "public", "aaaa", [(now_ms() - 3_600_000, "an hour ago"),
                                                      (now_ms() - 5_000, "red \x1b[31m now")])
    text = made.run("logs", "--service", "public").expect(OK).stdout
    assert "an hour ago" not in text and "\x1b" not in text and "red \\u{1b}[31m now" in text
    assert "an hour ago" in made.run("logs", "--service", "public", "--since", "2h").expect(OK).stdout
    made.run("logs", "--since", "soon").expect(USAGE)
    made.run("logs", "--follow", "--previous").expect(USAGE)
    assert "worker" in made.run("logs", "--service", "nobody").expect(USAGE).stderr


def test_following_gives_each_event_once_and_ends_on_ctrl_c(made):
    write_log(made.emulator, HERE, "confirm", "bbbb", [(now_ms() - 2_000, "before")])
    process = made.start("logs", "--follow", "--service", "confirm", "--region", HERE)
    printed = Lines(process)
    printed.wait_for(lambda lines: any("before" in line for line in lines))
    for number in range(5):
        write_log(made.emulator, HERE, "confirm", "bbbb", [(now_ms(), f"event {number}")])
        # One that CloudWatch shows late, with a time that was read already.
        write_log(made.emulator, HERE, "confirm", "cccc", [(now_ms() - 3_000, f"late {number}")])
        printed.wait_for(lambda lines: all(any(f"{kind} {number}" in line for line in lines) for kind in ("event", "late")))
    assert printed.end() in (-signal.SIGINT, 130)
    texts = [line.split(" ", 4)[-1].strip() for line in printed.lines]
    assert sorted(texts) == sorted(["before"] + [f"{kind} {k}" for kind in ("event", "late") for k in range(5)])


def test_previous_prints_the_whole_log_of_the_task_that_ended_last_and_why(made):
    made.emulator.weather(tasks={"seconds": 600})
    task = start_task(made.emulator, HERE, "worker")
    write_log(made.emulator, HERE, "worker", task, [(now_ms() - 86_400_000, "its first words"),
                                                    (now_ms() - 1_000, "its last words")])
    write_log(made.emulator, HERE, "worker", "another", [(now_ms(), "somebody else's")])
    assert "no task has ended" in made.run("logs", "--previous").expect(OK).stderr
    made.emulator.client("ecs", HERE).stop_task(cluster="ticket", task=task, reason="planted reason")
    result = made.run("logs", "--previous").expect(OK)
    assert "planted reason" in result.stderr and task in result.stderr
    assert "its first words" in result.stdout and "its last words" in result.stdout
    assert "somebody else's" not in result.stdout


# -- tasks and sessions --

def test_tasks_are_listed_with_revision_zone_and_reason(made):
    made.emulator.weather(tasks={"seconds": 600}, page_size=1)
    running = {start_task(made.emulator, region, "public") for region in REGIONS}
    ended = start_task(made.emulator, HERE, "confirm")
    made.emulator.client("ecs", HERE).stop_task(cluster="ticket", task=ended, reason="planted reason")
    tasks = json.loads(made.run("tasks", "--json").expect(OK).stdout)
    # Those that the services run, and these.
    assert len(tasks) == len(REGIONS) * (24 + 12 + 6) + 3 and running | {ended} <= {t["task"] for t in tasks}
    assert {t["state"] for t in tasks if t["task"] in running} == {"RUNNING"}
    gone = next(t for t in tasks if t["task"] == ended)
    assert gone["stoppedReason"] == "planted reason" and gone["revision"] >= 1 and gone["stopped"]
    text = made.run("tasks", "--service", "confirm").expect(OK).stdout
    assert text.startswith("REGION") and len(text.splitlines()) == 1 + 2 * 12 + 1
    assert [line for line in text.splitlines() if "planted reason" in line][0].split()[2] == ended
    assert made.run("tasks", "--service", "worker", "--region", THERE).expect(OK).stdout.count("\n") == 1 + 6


def test_exec_prints_the_command_and_says_what_is_missing(made):
    made.emulator.weather(tasks={"seconds": 600})
    task = start_task(made.emulator, HERE, "public")
    result = made.run("exec", "public", task[:13], "--command", "it's").expect(REFUSED)
    assert result.stdout.strip() == (
        f"aws ecs execute-command --region {HERE} --cluster ticket --task {task} --container public --interactive "
        "--command 'it'\\''s'")
    assert "enableExecuteCommand" in result.stderr and "read-only" in result.stderr
    assert "session-manager-plugin" in result.stderr
    assert "begins with zzzz" in made.run("exec", "public", "zzzz").expect(REFUSED).stderr


# -- the live view --

def put_metrics(emulator, region):
    arn = emulator.client("elbv2", region).describe_load_balancers(Names=["ticket-alb"])["LoadBalancers"][0][
        "LoadBalancerArn"]
    dimensions = [{"Name": "LoadBalancer", "Value": arn.split(":loadbalancer/")[1]}]
    now = datetime.now(timezone.utc)
    # Every minute is the same, those to come, too: whichever is looked at.
    emulator.client("cloudwatch", region).put_metric_data(Namespace="AWS/ApplicationELB", MetricData=[
        {"MetricName": name, "Dimensions": dimensions, "Timestamp": now + timedelta(minutes=minute), "Value": value}
        for minute in range(-2, 60) for name, value in (
            ("RequestCount", 60_000), ("HTTPCode_Target_5XX_Count", 7), ("TargetResponseTime", 0.137))])
    emulator.client("cloudwatch", region).set_alarm_state(
        AlarmName="ticket-public-cpu", StateValue="ALARM", StateReason="planted")
    sqs = emulator.client("sqs", region)
    for number in range(3):
        sqs.send_message(QueueUrl=sqs.get_queue_url(QueueName="ticket-deadletter.fifo")["QueueUrl"], MessageBody="x",
                         MessageGroupId=str(number), MessageDeduplicationId=str(number))


def snapshots(place, count, *arguments):
    process = place.start("status", "--watch", "--every", "1", *arguments)
    printed = Lines(process)
    try:
        printed.wait_for(lambda lines: sum(line.startswith(("{", "stack ")) for line in lines) > count)
    finally:
        printed.end()
    return printed.lines


def test_watching_shows_what_the_account_says_of_both_regions(made):
    put_metrics(made.emulator, THERE)
    here, there = json.loads(snapshots(made, 1, "--json")[0])["regions"]
    assert (here["region"], there["region"]) == REGIONS
    assert there["requestsPerSecond"] == 1000 and there["serverErrors"] == 7
    assert there["p95Seconds"] == pytest.approx(0.137)
    assert there["deadLetters"] == 3 and here["deadLetters"] == 0 and there["waitingOrders"] == 0
    assert there["alarms"] == ["ticket-public-cpu"] and here["alarms"] == [] and here["alarmsWatched"] > 15
    assert "requestsPerSecond" not in here and here["problems"] == there["problems"] == []
    public = next(s for s in here["services"] if s["service"] == "ticket-public-svc")
    assert (public["desired"], public["running"]) == (24, 24)
    assert public["deployments"][0]["revision"].startswith("ticket-public:")


def test_watching_in_a_pipe_prints_plain_snapshots_and_a_fault_hides_no_other_fact(made):
    made.emulator.weather(rules=[{"effect": "error", "service": "cloudwatch", "action": "DescribeAlarms", "status": 400,
                                  "code": "AccessDenied", "message": "planted"}])
    text = "\n".join(snapshots(made, 2))
    assert "\x1b" not in text and text.count("nobody is running") >= 2
    assert "not known: alarms" in text and "planted" in text and "ticket-worker-svc" in text
    made.run("status", "--watch", "--every", "0").expect(USAGE)
    made.run("status", "--watch", "--step", "05-services").expect(USAGE)


def test_watching_on_a_terminal_draws_over_the_last_picture(made):
    controller, terminal = pty.openpty()
    import fcntl
    import struct
    import termios
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 60, 0, 0))
    process = subprocess.Popen(made.start_arguments("status", "--watch", "--every", "1"), cwd=made.folder,
                               stdin=subprocess.DEVNULL, stdout=terminal, stderr=terminal,
                               env=made.merged({"TERM": "xterm", "NO_COLOR": None}))
    os.close(terminal)
    made.started.append(process)
    seen, deadline = b"", time.monotonic() + PATIENCE_SECONDS
    while seen.count(b"nobody is running") < 3 and time.monotonic() < deadline:
        seen += os.read(controller, 65536)
    process.send_signal(signal.SIGINT)
    process.wait(PATIENCE_SECONDS)
    os.close(controller)
    ups = [int(n) for n in re.findall(rb"\x1b\[(\d+)A\x1b\[J", seen)]
    assert len(ups) >= 2 and all(5 < n < 30 for n in ups)
    # What was read may end within a line.
    for line in re.sub(rb"\x1b\[[0-9]*[a-zA-Z]", b"", seen).decode(errors="replace").splitlines()[:-1]:
        assert len(line) <= 60, line


# -- freeze --

def test_a_frozen_stack_is_changed_by_nobody_and_the_freeze_can_be_broken(made):
    made.run("freeze", "--until", "2h", "--reason", "the big sale", USER="ann").expect(OK)
    assert "the big sale" in made.run("status").expect(OK).stdout
    assert json.loads(made.run("status", "--json").expect(OK).stdout)["frozen"]["reason"] == "the big sale"
    made.emulator.clear_log()
    for command in (("up", "--yes", "--refresh"), ("down", "--yes"),
                    ("down", "--destroy-data", "--confirm", "ticket")):
        refused = made.run(*command).expect(REFUSED)
        assert all(word in refused.stderr for word in ("ann@", "the big sale", "--break-freeze", "tickctl unfreeze"))
    assert made.emulator.stats()["write"] == 0
    # Reading goes on.
    made.run("plan").expect(OK)
    broken = made.run("up", "--yes", "--refresh", "--break-freeze").expect(OK)
    assert "breaking the freeze" in broken.stderr and "the big sale" in broken.stderr
    # Another machine has no stamps.
    made.forget_stamps()
    assert "the big sale" in made.run("up", "--yes").expect(REFUSED).stderr
    assert "the big sale" in made.run("unfreeze").expect(OK).stdout
    made.run("up", "--yes").expect(OK)
    assert "was not frozen" in made.run("unfreeze").expect(OK).stdout


def test_a_freeze_ends_by_itself_and_the_last_one_counts(made):
    made.run("freeze", "--until", "3d", "--reason", "first").expect(OK)
    again = made.run("freeze", "--until", "2h", "--reason", "second").expect(OK)
    assert "first" in again.stderr
    assert "second" in made.run("status", "--step", "00-network").expect(OK).stdout
    # As when its time has come: its end is where it began.
    table, key = made.emulator.client("dynamodb", HERE), {"stack": {"S": "ticket"}}
    freeze = json.loads(table.get_item(TableName="tickctl-lock", Key=key)["Item"]["freeze"]["S"])
    table.update_item(TableName="tickctl-lock", Key=key, UpdateExpression="SET freeze = :f", ExpressionAttributeValues={
        ":f": {"S": json.dumps({**freeze, "until": freeze["since"]})}})
    assert "frozen by" not in made.run("status", "--step", "00-network").expect(OK).stdout
    made.up("--refresh").expect(OK)


@pytest.mark.parametrize("until, code", [
    ("2020-01-01T00:00:00Z", FAILED), ("31d", FAILED), ("2126-01-01T00:00:00Z", FAILED), ("tomorrow", USAGE),
    ("-2h", USAGE), ("0h", USAGE), ("99999999999999999999h", USAGE), ("", USAGE)])
def test_an_end_that_nobody_can_mean_is_refused_before_any_call(made, until, code):
    made.emulator.clear_log()
    result = made.run("freeze", f"--until={until}", "--reason", "x").expect(code)
    assert "until" in result.stderr or "past" in result.stderr or "30 days" in result.stderr
    assert made.emulator.stats()["total"] == 0


def test_a_freeze_needs_a_reason_of_one_line(made):
    made.run("freeze", "--until", "2h").expect(USAGE)
    for reason in ("", "   ", "x" * 501, "two\nlines"):
        assert "reason" in made.run("freeze", "--until", "2h", "--reason", reason).expect(FAILED).stderr


def test_freezing_what_was_never_made_says_so(place):
    assert "tickctl up" in place.run("freeze", "--until", "2h", "--reason", "x").expect(FAILED).stderr
    place.run("unfreeze").expect(OK)
