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
from harness import CREDENTIALS, FAILED, INTERRUPTED, LOCKED, OK, Workplace, census

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


def wait_until(process, condition, seconds=300):
    deadline = time.monotonic() + seconds
    while not condition():
        assert process.poll() is None, process.communicate()[1][-3000:]
        assert time.monotonic() < deadline, "what the test waits for did not come"
        time.sleep(0.02)


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


def interrupt(process, number=signal.SIGINT) -> float:
    """Sends the signal; when it was sent."""
    moment = time.monotonic()
    process.send_signal(number)
    return moment


# -- calls that fail and may be made again

@pytest.mark.parametrize("rule, least", [
    ({"effect": "throttle", "probability": 0.08, "seed": 11}, 10),
    ({"effect": "server_error", "probability": 0.05, "seed": 12}, 5),
    ({"effect": "drop_before", "probability": 0.03, "seed": 13}, 3),
], ids=["throttles", "errors 500", "resets"])
def test_what_passes_is_tried_again(place, emulator, standing, rule, least):
    emulator.weather(rules=[rule])
    place.up(timeout=300).expect(OK)
    assert emulator.status()["rules"][0]["hits"] >= least
    same_as_clean(standing, emulator, rule["effect"])


def test_stale_reads_do_no_harm(place, emulator, standing):
    emulator.weather(stale={"services": ["ec2", "sqs", "iam", "dynamodb", "elbv2", "cloudfront", "ecs", "rds",
                                         "elasticache", "logs", "sns", "cloudwatch", "ecr", "secretsmanager"],
                            "seconds": 1.0})
    place.up(timeout=300).expect(OK)
    same_as_clean(standing, emulator, "stale reads")


def test_a_role_that_is_not_known_everywhere_yet_is_waited_for(place, emulator, standing):
    emulator.weather(rules=[{"effect": "error", "status": 400, "count": 3, **rule} for rule in PROPAGATION])
    result = place.up(timeout=300).expect(OK)
    assert all(rule["hits"] == 3 for rule in emulator.status()["rules"]), emulator.status()["rules"]
    assert "not visible everywhere yet" in result.stderr
    same_as_clean(standing, emulator, "propagation")


# -- calls that fail and stay so

def test_an_error_that_stays_ends_the_run_and_the_next_goes_on(place, emulator, standing):
    emulator.weather(rules=[{"effect": "error", "service": "sqs", "action": "CreateQueue", "status": 400,
                             "code": "InvalidAttributeValue", "message": "planted by the test"}])
    result = place.up(timeout=300).expect(FAILED)
    assert "sqs:CreateQueue" in result.stderr and "InvalidAttributeValue: planted by the test" in result.stderr
    assert "service-public-svc" not in result.stderr and "not begun: ap-northeast-1/queue-deadletter failed" in result.stderr
    assert GOES_ON in result.stderr
    assert "lease" not in lock_item(emulator)
    emulator.fair()
    place.up(timeout=300).expect(OK)
    same_as_clean(standing, emulator, "after an error")


def test_a_missing_permission_names_the_action_and_where_to_get_it(place, emulator, standing):
    message = ("User: arn:aws:iam::123456789012:user/someone is not authorized to perform: "
               "elasticache:CreateReplicationGroup")
    emulator.weather(rules=[{"effect": "error", "service": "elasticache", "action": "CreateReplicationGroup", "status": 403,
                             "code": "AccessDenied", "message": message}])
    result = place.up(timeout=300).expect(FAILED)
    assert f"AccessDenied: {message}" in result.stderr and "tickctl iam policy" in result.stderr
    assert emulator.status()["rules"][0]["hits"] == 2, "a refusal is not repeated: one call a region"
    emulator.fair()
    place.up(timeout=300).expect(OK)
    same_as_clean(standing, emulator, "permission given")


def test_a_missing_permission_to_look_ends_before_any_change(place, emulator):
    emulator.weather(rules=[{"effect": "error", "service": "ec2", "action": "DescribeVpcs", "status": 403,
                             "code": "UnauthorizedOperation", "message": "You are not authorized"}])
    result = place.up(timeout=60).expect(FAILED)
    assert "ec2:DescribeVpcs" in result.stderr and "tickctl iam policy" in result.stderr
    assert emulator.stats()["write"] == 0


def test_an_emulator_that_is_not_there_is_said_plainly(tmp_path, binary, image):
    place = Workplace(tmp_path / "work", "http://127.0.0.1:9", image)
    result = place.up(timeout=60, AWS_MAX_ATTEMPTS="2").expect(FAILED)
    assert "127.0.0.1:9" in result.stderr


def test_a_network_that_goes_away_ends_the_run_and_the_next_goes_on(place, emulator, standing):
    emulator.weather(rules=[{"effect": "drop_before", "after": 150}])
    result = place.up(timeout=120, AWS_MAX_ATTEMPTS="2").expect(FAILED)
    assert "AWS_ENDPOINT_URL" in result.stderr and GOES_ON in result.stderr, result.stderr[-2000:]
    emulator.fair()
    place.up(timeout=300).expect(OK)
    same_as_clean(standing, emulator, "network back")


# -- credentials

@pytest.mark.parametrize("after", [1, 60, 220])
def test_credentials_that_expire_end_the_run_with_a_message(place, emulator, standing, after):
    emulator.weather(expire_credentials={"after": after})
    result = place.up(AWS_SESSION_TOKEN="old", timeout=300).expect(CREDENTIALS)
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("error: ") and "expired" in last.lower() and "renew the credentials" in last
    refused = [c for c in emulator.log(errors=1) if "expired" in c["weather"]]
    assert 1 <= len(refused) <= 80, "calls go on though none can succeed"
    if emulator.stats()["write"] == 0:
        return
    place.up(AWS_SESSION_TOKEN="new", timeout=300).expect(OK)
    same_as_clean(standing, emulator, "expired credentials")


def test_credentials_that_expire_while_waiting_end_the_run(place, emulator):
    emulator.weather(slow_states={"seconds": 600, "kinds": ["rds_cluster"]})
    process = place.start("up", "--yes", AWS_SESSION_TOKEN="old")
    wait_until(process, lambda: len(emulator.log(action="DescribeDBClusters", region=PRIMARY)) > 5)
    emulator.weather(expire_credentials={"after": 1})
    result = place.finish(process, timeout=120).expect(CREDENTIALS)
    assert "renew the credentials" in result.stderr


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
             AWS_CONFIG_FILE=str(place.folder / "config"), timeout=300).expect(OK)
    assert (place.folder / "renewals").read_text().count("x") == 2, "once at the start, once when they expired"
    assert any("expired" in call["weather"] for call in emulator.log(errors=1))
    same_as_clean(standing, emulator, "renewed")


# -- two runs at once

def test_of_two_runs_the_second_is_refused_and_told_who_runs(place, emulator, tmp_path, image):
    emulator.weather(rules=[{"effect": "hold", "action": "CreateQueue"}])
    other = Workplace(tmp_path / "other", emulator.url, image)
    first = place.start("up", "--yes", USER="first-runner")
    wait_until(first, lambda: emulator.log(action="CreateQueue"))
    for second in (other, place):
        result = second.up(USER="second-runner", timeout=120).expect(LOCKED)
        assert "first-runner@" in result.stderr and "running `up` since" in result.stderr
        assert f"process {first.pid}" in result.stderr and "its lock can be taken after" in result.stderr
    emulator.fair()
    place.finish(first, timeout=300).expect(OK)
    assert Counter(c["action"] for c in emulator.log(kind="write"))["CreateVpc"] == 2
    emulator.clear_log()
    other.up("--refresh", timeout=300).expect(OK)
    assert emulator.stats()["write"] == 0


def test_what_was_read_while_another_run_was_at_work_is_read_again(place, emulator, standing, tmp_path, image):
    """The second looks before the first has made anything, and gets the lock because the first has ended since."""
    looks = {"effect": "hold", "action": "DescribeVpcs"}
    emulator.weather(rules=[{"effect": "hold", "action": "CreateVpc"}, {"effect": "hold", "action": "AllocateAddress"},
                            {**looks, "after": 2}])
    first = place.start("up", "--yes")
    wait_until(first, lambda: emulator.log(action="CreateVpc"))
    other = Workplace(tmp_path / "other", emulator.url, image)
    second = other.start("up", "--yes")
    wait_until(second, lambda: emulator.status()["rules"][2]["hits"] >= 2
               and sum(c["status"] == 200 for c in emulator.log(action="DescribeAddresses")) == 4)
    emulator.weather(rules=[looks])
    place.finish(first, timeout=300).expect(OK)
    emulator.fair()
    result = other.finish(second, timeout=300).expect(OK)
    assert "another run ended meanwhile: looking again" in result.stderr
    same_as_clean(standing, emulator, "read while another ran")
    other.stop()


def test_of_two_runs_begun_together_in_an_empty_account_one_does_the_work(place, emulator, standing, tmp_path, image):
    emulator.weather(delay_ms=20)
    places = [place, Workplace(tmp_path / "other", emulator.url, image)]
    processes = [p.start("up", "--yes") for p in places]
    results = [p.finish(process, timeout=300) for p, process in zip(places, processes)]
    assert sorted(r.code for r in results) == [OK, LOCKED], [r.stderr[-800:] for r in results]
    same_as_clean(standing, emulator, "two runs")


def test_a_run_with_nothing_to_do_leaves_the_others_journal_alone(made, standing):
    """In the same folder: one run is at work in a step, the other finds its own step as it should be."""
    journal = made.folder / ".stamps/ticket/journal.ndjson"
    made.emulator.client("logs", PRIMARY).put_retention_policy(logGroupName="/ecs/ticket-worker", retentionInDays=1)
    made.emulator.weather(rules=[{"effect": "hold", "action": "PutRetentionPolicy"}])
    first = made.start("up", "--yes", "--refresh", "--step", "02-cluster")
    wait_until(first, lambda: made.emulator.log(action="PutRetentionPolicy"))
    made.up("--step", "00-network").expect(OK)
    made.up("--step", "00-network", "--refresh").expect(OK)
    assert first.poll() is None and "logs:PutRetentionPolicy" in journal.read_text()
    made.emulator.fair()
    made.finish(first).expect(OK)
    assert not journal.exists()


def test_a_dead_runs_lock_is_taken(place, emulator):
    process = place.start("up", "--yes")
    emulator.weather(kill={"pid": process.pid, "after": 20, "when": "after"})
    assert place.finish(process, timeout=120).code == -signal.SIGKILL
    assert "nonce" in lock_item(emulator)
    emulator.fair()
    place.up(timeout=120).expect(OK)
    assert "nonce" not in lock_item(emulator)


def test_a_lock_that_is_lost_ends_the_run(place, emulator):
    """Somebody else's lease stands in the table: the heartbeat finds it and nothing new is begun."""
    emulator.weather(slow_states={"seconds": 600, "kinds": ["nat", "rds_cluster", "elasticache"]})
    process = place.start("up", "--yes")
    wait_until(process, lambda: len(emulator.log(action="DescribeNatGateways", region="ap-northeast-2")) > 3)
    emulator.client("dynamodb", PRIMARY).update_item(
        TableName="tickctl-lock", Key={"stack": {"S": "ticket"}}, UpdateExpression="SET nonce = :other",
        ExpressionAttributeValues={":other": {"S": "another run's"}})
    result = place.finish(process, timeout=120).expect(LOCKED)
    assert "another run took the lock of stack ticket" in result.stderr
    assert lock_item(emulator)["nonce"]["S"] == "another run's"


def test_a_heartbeat_under_way_at_the_end_leaves_nothing_behind(place, emulator):
    emulator.weather(slow_states={"seconds": 10, "kinds": ["nat"]},
                     rules=[{"effect": "hold", "kind": "lock", "contains": '"SET #until = :until"'}])
    place.up("--step", "00-network", timeout=300).expect(OK)
    assert emulator.status()["rules"][0]["hits"], "the run was over before the first heartbeat"
    assert not (place.folder / ".stamps/ticket/journal.ndjson").exists()
    emulator.fair()
    assert "nonce" not in lock_item(emulator)


# -- Ctrl-C

@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_ends_in_order_and_the_next_run_goes_on(place, emulator, standing, number):
    emulator.weather(rules=[{"effect": "hold", "kind": "write", "after": 60}])
    process = place.start("up", "--yes")
    wait_until(process, lambda: emulator.status()["rules"][0]["hits"] >= 4)
    moment, said = interrupt(process, number), []
    while "the calls under way are still answered" not in "".join(said[-1:]):
        said.append(process.stderr.readline())
        assert said[-1], "the signal was not heard"
    time.sleep(1)  # for what was begun before the signal to arrive; none of it is answered yet
    last = max(call["seq"] for call in emulator.log())
    emulator.fair()
    result = place.finish(process, timeout=120).expect(INTERRUPTED)
    assert time.monotonic() - moment < 60
    assert result.stderr.strip().splitlines()[-1].startswith("error: interrupted: nothing new was begun; " + GOES_ON)
    assert len(said) + len(result.stderr.splitlines()) < 250
    after = emulator.log(since=last, kind="write,lock")
    assert after and {call["kind"] for call in after} == {"lock"}, [call["action"] for call in after]
    assert not any(call["status"] is None for call in emulator.log()), "a call was left without its answer"
    assert "nonce" not in lock_item(emulator)
    phases = Counter(entry["phase"] for entry in journal_entries(place))
    assert phases["intent"] == phases["answer"] >= 60, "every call was answered"
    if number == signal.SIGTERM:
        return
    place.up(timeout=300).expect(OK)
    same_as_clean(standing, emulator, "Ctrl-C")


@pytest.mark.parametrize("action, weather", [
    ("DescribeNatGateways", {"slow_states": {"seconds": 600, "kinds": ["nat", "alb", "rds_cluster", "elasticache"]}}),
    ("DescribeTable", {"slow_states": {"seconds": 600, "kinds": ["dynamodb"]}}),
    ("CreateQueue", {"rules": [{"effect": "throttle", "service": "sqs", "action": "CreateQueue"}]}),
    ("CreateReplicationGroup", {"rules": [
        {"effect": "error", "service": "elasticache", "action": "CreateReplicationGroup", "status": 400,
         "code": "ServiceLinkedRoleNotFoundFault", "message": "not yet"}]}),
], ids=["for slow resources", "for the table of the lock", "between throttled calls", "for propagation"])
def test_ctrl_c_ends_waiting(place, emulator, action, weather):
    emulator.weather(**weather)
    process = place.start("up", "--yes")
    wait_until(process, lambda: len(emulator.log(action=action)) > 6)
    time.sleep(1)
    moment = interrupt(process)
    place.finish(process, timeout=120).expect(INTERRUPTED)
    assert time.monotonic() - moment < 60
    emulator.fair()
    assert "nonce" not in lock_item(emulator)


def test_ctrl_c_is_gone_on_with_at_once_while_lists_lag_behind(place, emulator, standing):
    """What the stopped run made is not listed yet when the next run looks: it waits, and makes no second one."""
    emulator.weather(stale={"services": ["ec2"], "seconds": 4}, rules=[{"effect": "hold", "action": "CreateNatGateway"}])
    process = place.start("up", "--yes", "--step", "00-network")
    wait_until(process, lambda: emulator.log(action="CreateNatGateway"))
    interrupt(process)
    emulator.weather(rules=[])
    place.finish(process, timeout=120).expect(INTERRUPTED)
    place.up(timeout=300).expect(OK)
    same_as_clean(standing, emulator, "Ctrl-C, up")


def test_a_second_ctrl_c_ends_at_once(place, emulator, standing):
    emulator.weather(rules=[{"effect": "hold", "action": "CreateSubnet"}])
    process = place.start("up", "--yes")
    wait_until(process, lambda: emulator.log(action="CreateSubnet"))
    process.send_signal(signal.SIGINT)
    time.sleep(1.5)
    assert process.poll() is None, "the calls under way are still answered"
    moment = interrupt(process)
    result = place.finish(process, timeout=120)
    assert result.code == INTERRUPTED and time.monotonic() - moment < 30
    assert "once more to quit at once" in result.stderr
    emulator.fair()
    # What was cut off happens later, under the eyes of the next run, or not at all.
    place.up(timeout=300).expect(OK)


def test_ctrl_c_of_a_down_is_gone_on_with_by_down(made, standing):
    made.emulator.weather(delay_ms=40)
    process = made.start("down", "--yes")
    wait_until(process, lambda: made.emulator.stats()["write"] >= 40)
    interrupt(process)
    result = made.finish(process, timeout=120).expect(INTERRUPTED)
    assert "tickctl up" not in result.stderr and GOES_ON in result.stderr
    made.emulator.fair()
    made.run("down", "--yes", timeout=300).expect(OK)
    made.up(timeout=300).expect(OK)
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
    limited = subprocess.Popen(
        [sys.executable, "-c", "import os, resource, sys; resource.setrlimit(resource.RLIMIT_FSIZE, "
         f"({limit_bytes}, {limit_bytes})); os.execv(sys.argv[1], sys.argv[1:])", *place.start_arguments("up", "--yes")],
        cwd=place.folder, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        env=place.environment)
    stopped_by_a_full_disk(place.finish(limited, timeout=120), place, emulator, "File too large")
    place.up(timeout=300).expect(OK)
    same_as_clean(standing, emulator, "room again")


@pytest.mark.skipif(os.getuid() != 0, reason="mounting a small file system needs root")
def test_a_full_disk_ends_the_run_and_room_lets_it_go_on(place, emulator, standing):
    stamps = place.folder / ".stamps"
    stamps.mkdir(exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(stamps)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("this machine allows no mounts: " + mounted.stderr.decode())
    try:
        stopped_by_a_full_disk(place.up(timeout=300), place, emulator, "No space left on device")
        subprocess.run(["mount", "-o", "remount,size=1m", str(stamps)], check=True)
        place.up(timeout=300).expect(OK)
        same_as_clean(standing, emulator, "full disk")
    finally:
        subprocess.run(["umount", "-l", str(stamps)], check=True)


def test_a_journal_that_cannot_be_written_stops_before_any_change(place, emulator):
    (place.folder / ".stamps").mkdir(exist_ok=True)
    (place.folder / ".stamps/ticket").write_text("a file where the folder should be\n")
    result = place.up(timeout=120).expect(FAILED)
    assert ".stamps/ticket" in result.stderr and "make the folder writable" in result.stderr, result.stderr[-1500:]
    assert emulator.stats()["write"] == 0, emulator.stats()["actions"]


# -- slow states

def test_slow_resources_are_awaited_with_few_and_rarer_looks(place, emulator, standing):
    seconds = 3
    emulator.weather(slow_states={"seconds": seconds, "kinds": [
        "nat", "alb", "vpc_endpoint", "rds_cluster", "elasticache", "dynamodb"]})
    result = place.up(timeout=300).expect(OK)
    assert "pending" in result.stderr and "creating" in result.stderr and "provisioning" in result.stderr
    calls = emulator.log(kind="read", region=PRIMARY)
    # Looks at one cluster: at once, then after 0.1 s and ever longer pauses.
    created = next(c["time"] for c in emulator.log(action="CreateDBCluster", region=PRIMARY))
    looks = [c["time"] for c in calls if c["action"] == "DescribeDBClusters" and created < c["time"] < created + seconds]
    pauses = [b - a for a, b in itertools.pairwise(looks)]
    assert 3 <= len(looks) <= 10 and max(pauses) > 0.8 and min(pauses) < max(pauses) / 3, pauses
    counts = Counter(c["action"] for c in calls)
    # Three gateways and five endpoints share each look.
    most = {"DescribeNatGateways": 16, "DescribeVpcEndpoints": 24, "DescribeLoadBalancers": 14, "DescribeDBClusters": 14,
            "DescribeReplicationGroups": 14, "DescribeTable": 28}
    assert {a: n for a, n in counts.items() if n > most.get(a, 1000)} == {}
    assert all(counts[a] >= 3 for a in most), counts
    same_as_clean(standing, emulator, "slow states")
