"""Bad weather: each kind has its message and its exit code, and the next run ends in what a fair day makes."""
import itertools
import json
import os
import signal
import stat
import subprocess
import sys
import time
from collections import Counter

import pytest

from census import differences
from harness import (CREDENTIALS, FAILED, INTERRUPTED, LOCKED, OK, PATIENCE_SECONDS, Result, Workplace, census, free_port,
                     interrupt, wait_until)

PRIMARY = "ap-northeast-1"
PROPAGATION = [
    {"service": "ecs", "action": "CreateService", "code": "InvalidParameterException",
     "message": "Unable to assume the service linked role. Please verify that the ECS service linked role exists."},
    {"service": "ecs", "action": "RegisterTaskDefinition", "code": "ClientException",
     "message": "Role is not valid"},
    {"service": "rds", "action": "CreateDBCluster", "code": "InvalidParameterValue",
     "message": "Unable to create the service linked role. Verify that you have permission to create one."},
    {"service": "application-autoscaling", "action": "RegisterScalableTarget", "code": "ValidationException",
     "message": "Unable to assume IAM role: arn:aws:iam::123456789012:role/aws-service-role/"
                "ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService"},
]
GOES_ON = "run the same command again"


def same_as_clean(standing, emulator, name):
    emulator.fair()
    assert differences(standing.census, census(emulator), ("clean run", name)) == []


def journal_entries(place) -> list[dict]:
    """What the journal says; a line may be cut off."""
    entries = []
    for line in (place.folder / ".stamps/ticket/journal.ndjson").read_text().splitlines():
        try:
            entries.append(json.loads(line))
        except ValueError:
            continue
    return entries


def lock_item(emulator) -> dict:
    return emulator.client("dynamodb", PRIMARY).get_item(
        TableName="tickctl-lock", Key={"stack": {"S": "ticket"}}, ConsistentRead=True).get("Item", {})


def held(emulator) -> int:
    """How many calls the rules have held."""
    return sum(rule["hits"] for rule in emulator.status()["rules"] if rule["effect"] == "hold")


def at_rest(place, emulator) -> bool:
    """Whether all calls that were begun are at the emulator, and none came for a second: the rest is held or waits."""
    arrived = emulator.stats()["write"]
    time.sleep(1)
    # The lock's calls are no writes of the log, and are never at rest.
    begun = sum(count for (call, _), count in intents(place).items() if call != "dynamodb:UpdateItem")
    return begun == arrived == emulator.stats()["write"]


# -- calls that fail and may be made again

@pytest.mark.parametrize("rule, least", [
    ({"effect": "throttle", "probability": 0.08, "seed": 11}, 10),
    ({"effect": "server_error", "probability": 0.05, "seed": 12}, 5),
    ({"effect": "drop_before", "probability": 0.03, "seed": 13}, 3),
], ids=["throttles", "errors 500", "resets"])
def test_what_passes_is_tried_again(place, emulator, standing, rule, least):
    # A third failure of one call would be its last, and in which order calls come depends on time.
    emulator.weather(rules=[{**rule, "each": 2}])
    place.up().expect(OK)
    assert emulator.status()["rules"][0]["hits"] >= least
    same_as_clean(standing, emulator, rule["effect"])


def test_stale_reads_do_no_harm(place, emulator, standing):
    emulator.weather(stale={"services": ["ec2", "sqs", "iam", "dynamodb", "elbv2", "cloudfront", "ecs", "rds",
                                         "elasticache", "logs", "sns", "cloudwatch", "ecr", "secretsmanager"],
                            "seconds": 1.0})
    place.up().expect(OK)
    same_as_clean(standing, emulator, "stale reads")


def test_a_role_that_is_not_known_everywhere_yet_is_waited_for(place, emulator, standing):
    emulator.weather(rules=[{"effect": "error", "status": 400, "count": 3, **rule} for rule in PROPAGATION])
    result = place.up().expect(OK)
    assert all(rule["hits"] == 3 for rule in emulator.status()["rules"]), emulator.status()["rules"]
    assert "not visible everywhere yet" in result.stderr
    same_as_clean(standing, emulator, "propagation")


# -- calls that fail and stay so

def test_an_error_that_stays_ends_the_run_and_the_next_goes_on(place, emulator, standing):
    emulator.weather(rules=[{"effect": "error", "service": "sqs", "action": "CreateQueue", "status": 400,
                             "code": "InvalidAttributeValue", "message": "planted by the test"}])
    result = place.up().expect(FAILED)
    assert "sqs:CreateQueue" in result.stderr and "InvalidAttributeValue: planted by the test" in result.stderr
    assert "service-public-svc" not in result.stderr and "not begun: ap-northeast-1/queue-deadletter failed" in result.stderr
    assert GOES_ON in result.stderr
    assert "lease" not in lock_item(emulator)
    emulator.fair()
    place.up().expect(OK)
    same_as_clean(standing, emulator, "after an error")


def test_a_missing_permission_names_the_action_and_where_to_get_it(place, emulator):
    message = ("User: arn:aws:iam::123456789012:user/someone is not authorized to perform: "
               "elasticache:CreateReplicationGroup")
    emulator.weather(rules=[{"effect": "error", "service": "elasticache", "action": "CreateReplicationGroup", "status": 403,
                             "code": "AccessDenied", "message": message}])
    result = place.up().expect(FAILED)
    assert f"AccessDenied: {message}" in result.stderr and "tickctl iam policy" in result.stderr
    assert emulator.status()["rules"][0]["hits"] == 2, "a refusal is not repeated: one call a region"


def test_a_missing_permission_to_look_ends_before_any_change(place, emulator):
    emulator.weather(rules=[{"effect": "error", "service": "ec2", "action": "DescribeVpcs", "status": 403,
                             "code": "UnauthorizedOperation", "message": "You are not authorized"}])
    result = place.up().expect(FAILED)
    assert "ec2:DescribeVpcs" in result.stderr and "tickctl iam policy" in result.stderr
    assert emulator.stats()["write"] == 0


def test_an_emulator_that_is_not_there_is_said_plainly(tmp_path, binary, image):
    address = f"127.0.0.1:{free_port()}"
    place = Workplace(tmp_path / "work", f"http://{address}", image)
    result = place.up(AWS_MAX_ATTEMPTS="2").expect(FAILED)
    assert address in result.stderr


def test_a_network_that_goes_away_ends_the_run_and_the_next_goes_on(place, emulator, standing):
    emulator.weather(rules=[{"effect": "drop_before", "after": 150}])
    result = place.up(AWS_MAX_ATTEMPTS="2").expect(FAILED)
    assert "AWS_ENDPOINT_URL" in result.stderr and GOES_ON in result.stderr, result.stderr[-2000:]
    emulator.fair()
    place.up().expect(OK)
    same_as_clean(standing, emulator, "network back")


# -- credentials

@pytest.mark.parametrize("after", [1, 60, 220])
def test_credentials_that_expire_end_the_run_with_a_message(place, emulator, standing, after):
    emulator.weather(expire_credentials={"after": after})
    result = place.up(AWS_SESSION_TOKEN="old").expect(CREDENTIALS)
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("error: ") and "expired" in last.lower() and "renew the credentials" in last
    assert any("expired" in call["weather"] for call in emulator.log(errors=1))
    if emulator.stats()["write"] == 0:
        return
    place.up(AWS_SESSION_TOKEN="new").expect(OK)
    same_as_clean(standing, emulator, "expired credentials")


def test_credentials_that_expire_while_waiting_end_the_run(place, emulator):
    """Other calls are under way: they are answered once the run knows, and nothing follows them though it could."""
    emulator.weather(slow_states={"seconds": 36_000, "kinds": ["rds_cluster"]},
                     rules=[{"effect": "hold", "action": action} for action in ("CreateReplicationGroup", "CreateListener")])
    process = place.start("up", "--yes", AWS_SESSION_TOKEN="old")
    wait_until(lambda: held(emulator) >= 4 and len(emulator.log(action="DescribeDBClusters", region=PRIMARY)) > 5
               and at_rest(place, emulator), process)
    emulator.weather(expire_credentials={"after": 1})
    wait_until(lambda: "expired" in process.said(), process)
    last = max(call["seq"] for call in emulator.log())
    emulator.fair()
    result = place.finish(process).expect(CREDENTIALS)
    assert "renew the credentials" in result.stderr
    assert [call["action"] for call in emulator.log(since=last, kind="write")] == []


def test_a_profile_that_renews_its_credentials_goes_on(place, emulator, standing):
    script = place.folder / "renew.sh"
    script.write_text(
        "#!/bin/sh\necho x >> renewals\n"
        'printf \'{"Version": 1, "AccessKeyId": "AKIDEXAMPLE%d", "SecretAccessKey": "secret", "SessionToken": "token%d",'
        ' "Expiration": "2100-01-01T00:00:00Z"}\' $(wc -l < renewals) $(wc -l < renewals)\n')
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    (place.folder / "config").write_text(f"[profile renewing]\ncredential_process = {script}\n")
    emulator.weather(expire_credentials={"after": 150})
    place.up(AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None, AWS_PROFILE="renewing",
             AWS_CONFIG_FILE=str(place.folder / "config")).expect(OK)
    assert (place.folder / "renewals").read_text().count("x") == 2, "once at the start, once when they expired"
    assert any("expired" in call["weather"] for call in emulator.log(errors=1))
    same_as_clean(standing, emulator, "renewed")


# -- two runs at once

def test_of_two_runs_the_second_is_refused_and_told_who_runs(place, emulator, tmp_path, image):
    emulator.weather(rules=[{"effect": "hold", "action": "CreateQueue"}])
    other = Workplace(tmp_path / "other", emulator.url, image)
    first = place.start("up", "--yes", USER="first-runner")
    wait_until(lambda: emulator.log(action="CreateQueue"), first)
    for second in (other, place):
        result = second.up(USER="second-runner").expect(LOCKED)
        assert "first-runner@" in result.stderr and "running `up` since" in result.stderr
        assert f"process {first.pid}" in result.stderr and "its lock can be taken after" in result.stderr
    emulator.fair()
    place.finish(first).expect(OK)
    assert Counter(c["action"] for c in emulator.log(kind="write"))["CreateVpc"] == 2
    emulator.clear_log()
    other.up("--refresh").expect(OK)
    assert emulator.stats()["write"] == 0


def test_what_was_read_while_another_run_was_at_work_is_read_again(place, emulator, standing, tmp_path, image):
    """The second looks before the first has made anything, and gets the lock because the first has ended since."""
    looks = {"effect": "hold", "action": "DescribeVpcs"}
    emulator.weather(rules=[{"effect": "hold", "action": "CreateVpc"}, {"effect": "hold", "action": "AllocateAddress"},
                            {**looks, "after": 2}])
    first = place.start("up", "--yes")
    wait_until(lambda: emulator.log(action="CreateVpc"), first)
    other = Workplace(tmp_path / "other", emulator.url, image)
    second = other.start("up", "--yes")
    wait_until(lambda: emulator.status()["rules"][2]["hits"] >= 2
               and sum(c["status"] == 200 for c in emulator.log(action="DescribeAddresses")) == 4, second)
    emulator.weather(rules=[looks])
    place.finish(first).expect(OK)
    emulator.fair()
    result = other.finish(second).expect(OK)
    assert "another run ended meanwhile: looking again" in result.stderr
    same_as_clean(standing, emulator, "read while another ran")
    other.stop()


def test_of_two_runs_begun_together_in_an_empty_account_one_does_the_work(place, emulator, standing, tmp_path, image):
    """Both find no table of the lock, and both make it; whoever gets the lock then is held until the other has ended."""
    table, work = ({"effect": "hold", "action": action} for action in ("CreateTable", "CreateVpc"))
    emulator.weather(rules=[table, work])
    places = [place, Workplace(tmp_path / "other", emulator.url, image)]
    processes = [p.start("up", "--yes", AWS_ACCESS_KEY_ID=key) for p, key in zip(places, ("first", "second"))]
    wait_until(lambda: len({call["access_key"] for call in emulator.log(action="CreateTable")}) == 2)
    emulator.weather(rules=[work])
    wait_until(lambda: any(process.poll() is not None for process in processes))
    emulator.fair()
    results = [p.finish(process) for p, process in zip(places, processes)]
    assert sorted(r.code for r in results) == [OK, LOCKED], [r.stderr[-800:] for r in results]
    places[1].stop()
    same_as_clean(standing, emulator, "two runs")


def test_a_run_with_nothing_to_do_leaves_the_others_journal_alone(made, standing):
    """In the same folder: one run is at work in a step, the other finds its own step as it should be."""
    journal = made.folder / ".stamps/ticket/journal.ndjson"
    made.emulator.client("logs", PRIMARY).put_retention_policy(logGroupName="/ecs/ticket-worker", retentionInDays=1)
    made.emulator.weather(rules=[{"effect": "hold", "action": "PutRetentionPolicy"}])
    first = made.start("up", "--yes", "--refresh", "--step", "02-cluster")
    wait_until(lambda: made.emulator.log(action="PutRetentionPolicy"), first)
    made.up("--step", "00-network").expect(OK)
    made.up("--step", "00-network", "--refresh").expect(OK)
    assert first.poll() is None and "logs:PutRetentionPolicy" in journal.read_text()
    made.emulator.fair()
    made.finish(first).expect(OK)
    assert not journal.exists()


def test_a_dead_runs_lock_is_taken(place, emulator):
    process = place.start_to_be_killed(emulator, "up", "--yes", after=20, when="after")
    assert place.finish(process).code == -signal.SIGKILL
    assert "nonce" in lock_item(emulator)
    emulator.fair()
    place.up().expect(OK)
    assert "nonce" not in lock_item(emulator)


def test_a_lock_that_is_lost_ends_the_run(place, emulator):
    """Somebody else's lease stands in the table: the heartbeat finds it and nothing new is begun."""
    emulator.weather(slow_states={"seconds": 36_000, "kinds": ["nat", "rds_cluster", "elasticache"]})
    process = place.start("up", "--yes")
    wait_until(lambda: len(emulator.log(action="DescribeNatGateways", region="ap-northeast-2")) > 3, process)
    emulator.client("dynamodb", PRIMARY).update_item(
        TableName="tickctl-lock", Key={"stack": {"S": "ticket"}}, UpdateExpression="SET nonce = :other",
        ExpressionAttributeValues={":other": {"S": "another run's"}})
    result = place.finish(process).expect(LOCKED)
    assert "another run took the lock of stack ticket" in result.stderr
    assert lock_item(emulator)["nonce"]["S"] == "another run's"


def test_a_heartbeat_under_way_at_the_end_leaves_nothing_behind(place, emulator):
    emulator.weather(slow_states={"seconds": 36_000, "kinds": ["nat"]},
                     rules=[{"effect": "hold", "kind": "lock", "contains": '"SET #until = :until"'}])
    process = place.start("up", "--yes", "--step", "00-network")
    wait_until(lambda: held(emulator), process)
    emulator.weather(slow_states=None)
    place.finish(process).expect(OK)
    assert not (place.folder / ".stamps/ticket/journal.ndjson").exists()
    emulator.fair()
    wait_until(lambda: all(call["ms"] is not None for call in emulator.log(kind="lock")))
    assert "nonce" not in lock_item(emulator)


# -- Ctrl-C

@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_in_order_and_the_next_run_goes_on(place, emulator, standing, number):
    emulator.weather(rules=[{"effect": "hold", "kind": "write", "after": 60}])
    process = place.start("up", "--yes")
    wait_until(lambda: held(emulator) >= 4 and at_rest(place, emulator), process)
    interrupt(process, number)
    last = max(call["seq"] for call in emulator.log())
    emulator.fair()
    result = place.finish(process).expect(INTERRUPTED)
    assert result.stderr.strip().splitlines()[-1].startswith("error: interrupted: nothing new was begun; " + GOES_ON)
    assert len(result.stderr.splitlines()) < 250
    after = emulator.log(since=last, kind="write,lock")
    assert after and {call["kind"] for call in after} == {"lock"}, [call["action"] for call in after]
    assert not any(call["status"] is None for call in emulator.log(kind="write")), "a call was left without its answer"
    assert "nonce" not in lock_item(emulator)
    phases = Counter(entry["phase"] for entry in journal_entries(place))
    assert phases["intent"] == phases["answer"] >= 60, "every call was answered"
    if number == signal.SIGTERM:
        return
    place.up().expect(OK)
    same_as_clean(standing, emulator, "Ctrl-C")


@pytest.mark.parametrize("action, weather", [
    ("DescribeNatGateways", {"slow_states": {"seconds": 36_000, "kinds": ["nat", "alb", "rds_cluster", "elasticache"]}}),
    ("DescribeTable", {"slow_states": {"seconds": 36_000, "kinds": ["dynamodb"]}}),
    ("CreateQueue", {"rules": [{"effect": "throttle", "service": "sqs", "action": "CreateQueue"}]}),
    ("CreateReplicationGroup", {"rules": [
        {"effect": "error", "service": "elasticache", "action": "CreateReplicationGroup", "status": 400,
         "code": "ServiceLinkedRoleNotFoundFault", "message": "not yet"}]}),
], ids=["for slow resources", "for the table of the lock", "between throttled calls", "for propagation"])
def test_ctrl_c_ends_waiting(place, emulator, action, weather):
    """What is waited for does not come: a run that waits on ends by its own deadline, with another exit code."""
    emulator.weather(**weather)
    process = place.start("up", "--yes", AWS_MAX_ATTEMPTS="100")
    wait_until(lambda: len(emulator.log(action=action)) > 6, process)
    interrupt(process)
    place.finish(process).expect(INTERRUPTED)
    emulator.fair()
    assert "nonce" not in lock_item(emulator)


def test_ctrl_c_is_gone_on_with_at_once_while_lists_lag_behind(place, emulator, standing):
    """What the stopped run made is not listed yet when the next run looks: it waits, and makes no second one."""
    emulator.weather(stale={"services": ["ec2"], "seconds": 4}, rules=[{"effect": "hold", "action": "CreateNatGateway"}])
    process = place.start("up", "--yes", "--step", "00-network")
    wait_until(lambda: emulator.log(action="CreateNatGateway"), process)
    interrupt(process)
    emulator.weather(rules=[])
    place.finish(process).expect(INTERRUPTED)
    place.up().expect(OK)
    same_as_clean(standing, emulator, "Ctrl-C, up")


def test_a_second_ctrl_c_ends_at_once(place, emulator, standing):
    emulator.weather(rules=[{"effect": "hold", "action": "CreateSubnet"}])
    process = place.start("up", "--yes")
    wait_until(lambda: emulator.log(action="CreateSubnet"), process)
    interrupt(process)
    time.sleep(1)
    assert process.poll() is None, "the calls under way are still answered"
    process.send_signal(signal.SIGINT)
    place.finish(process).expect(INTERRUPTED)
    assert "nonce" in lock_item(emulator), "it ended in order, after the calls under way"
    emulator.fair()
    # What was cut off happens later, under the eyes of the next run, or not at all.
    place.up().expect(OK)


def test_ctrl_c_of_a_down_is_gone_on_with_by_down(made, standing):
    made.emulator.weather(rules=[{"effect": "hold", "kind": "write", "after": 40}])
    process = made.start("down", "--yes")
    wait_until(lambda: held(made.emulator), process)
    interrupt(process)
    made.emulator.fair()
    result = made.finish(process).expect(INTERRUPTED)
    assert "tickctl up" not in result.stderr and GOES_ON in result.stderr
    made.run("down", "--yes").expect(OK)
    made.up().expect(OK)
    same_as_clean(standing, made.emulator, "down interrupted, down, up")


# -- a full disk

def intents(place) -> Counter:
    """The calls that the journal says were about to be made."""
    return Counter((e["call"], e["region"]) for e in journal_entries(place) if e["phase"] == "intent")


def made_without_intent(place, emulator) -> list:
    calls = Counter((f"{c['service']}:{c['action']}", c["region"]) for c in emulator.log(kind="write"))
    written = intents(place)
    return [(call, count, written[call]) for call, count in calls.items() if count > written[call]]


def stopped_by_a_full_disk(result, place, emulator, word):
    last = result.expect(FAILED).stderr.strip().splitlines()[-1]
    assert last.startswith("error: the journal .stamps/ticket/journal.ndjson cannot be written") and word in last
    assert "make room" in last and GOES_ON in last
    assert len(emulator.log(kind="write")) > 5, "the disk was full too early for this test"
    assert made_without_intent(place, emulator) == []
    assert "nonce" not in lock_item(emulator), "the lock needs no journal to be let go"


def test_a_journal_that_finds_no_room_ends_the_run_and_room_lets_it_go_on(place, emulator, standing):
    limit_bytes = 20_011
    # What it says goes to a pipe, which has no limit.
    limited = subprocess.run(
        [sys.executable, "-c", "import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, "
         f"({limit_bytes}, {limit_bytes})); os.execv(sys.argv[1], sys.argv[1:])", *place.start_arguments("up", "--yes")],
        cwd=place.folder, text=True, stdin=subprocess.DEVNULL, capture_output=True, env=place.environment,
        timeout=PATIENCE_SECONDS)
    result = Result(("up", "--yes"), limited.returncode, limited.stdout, limited.stderr, 0)
    stopped_by_a_full_disk(result, place, emulator, "File too large")
    place.up().expect(OK)
    same_as_clean(standing, emulator, "room again")


@pytest.mark.skipif(os.getuid() != 0, reason="mounting a small file system needs root")
def test_a_full_disk_ends_the_run_and_room_lets_it_go_on(place, emulator, standing):
    stamps = place.folder / ".stamps"
    stamps.mkdir(exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(stamps)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("this machine allows no mounts: " + mounted.stderr.decode())
    try:
        stopped_by_a_full_disk(place.up(), place, emulator, "No space left on device")
        subprocess.run(["mount", "-o", "remount,size=1m", str(stamps)], check=True)
        place.up().expect(OK)
        same_as_clean(standing, emulator, "full disk")
    finally:
        subprocess.run(["umount", "-l", str(stamps)], check=True)


def test_a_journal_that_cannot_be_written_stops_before_any_change(place, emulator):
    (place.folder / ".stamps").mkdir(exist_ok=True)
    (place.folder / ".stamps/ticket").write_text("a file where the folder should be\n")
    result = place.up().expect(FAILED)
    assert ".stamps/ticket" in result.stderr and "make the folder writable" in result.stderr, result.stderr[-1500:]
    assert emulator.stats()["write"] == 0, emulator.stats()["actions"]


# -- slow states

def test_slow_resources_are_awaited_with_few_and_rarer_looks(place, emulator, standing):
    slow, looks = ("nat", "alb", "vpc_endpoint", "elasticache", "dynamodb"), 6
    emulator.weather(slow_states={"seconds": dict.fromkeys(slow, 3), "looks": {"rds_cluster": looks}})
    result = place.up("--json").expect(OK)
    waited = {(e["type"], e["detail"]) for e in result.events if e["event"] == "waiting"}
    assert {("ec2:natgateway", "pending"), ("rds:cluster", "creating"),
            ("elasticloadbalancing:loadbalancer", "provisioning")} <= waited, waited
    calls = emulator.log(kind="read", region=PRIMARY)
    # Looks at one cluster: at once, then after 0.1 s and ever longer pauses.
    created = next(c["seq"] for c in emulator.log(action="CreateDBCluster", region=PRIMARY))
    times = [c["time"] for c in calls if c["action"] == "DescribeDBClusters" and c["seq"] > created]
    pauses = [b - a for a, b in itertools.pairwise(times[:looks + 1])]
    assert len(pauses) == looks and all(pause >= 0.09 * 1.6 ** n for n, pause in enumerate(pauses)), pauses
    # Three gateways and five endpoints share each look.
    counts = Counter(c["action"] for c in calls)
    most = {"DescribeNatGateways": 16, "DescribeVpcEndpoints": 24, "DescribeLoadBalancers": 14,
            "DescribeReplicationGroups": 14, "DescribeTable": 28}
    assert {a: n for a, n in counts.items() if n > most.get(a, 1000)} == {}
    same_as_clean(standing, emulator, "slow states")
