"""Bad weather: each kind has its message and its exit code, and the stack that a fair day makes."""
import os
import signal
import subprocess
import time

import pytest

from census import differences
from harness import CREDENTIALS, FAILED, INTERRUPTED, LOCKED, OK, Workplace, census

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


def same_as_clean(standing, emulator, name):
    emulator.fair()
    assert differences(standing.census, census(emulator), ("clean run", name)) == []


def test_throttles_are_waited_out(place, emulator, standing):
    emulator.weather(rules=[{"effect": "throttle", "probability": 0.08, "seed": 11}])
    place.up(timeout=300).expect(OK)
    assert emulator.status()["rules"][0]["hits"] > 10
    same_as_clean(standing, emulator, "throttled")


def test_server_errors_are_tried_again(place, emulator, standing):
    emulator.weather(rules=[{"effect": "server_error", "probability": 0.05, "seed": 12}])
    place.up(timeout=300).expect(OK)
    assert emulator.status()["rules"][0]["hits"] > 5
    same_as_clean(standing, emulator, "5xx")


def test_reset_connections_are_tried_again(place, emulator, standing):
    emulator.weather(rules=[{"effect": "drop_before", "probability": 0.05, "seed": 13}])
    place.up(timeout=300).expect(OK)
    same_as_clean(standing, emulator, "resets")


def test_an_error_that_stays_ends_the_run_and_the_next_goes_on(place, emulator, standing):
    emulator.weather(rules=[{"effect": "error", "service": "sqs", "action": "CreateQueue", "status": 400,
                             "code": "InvalidAttributeValue", "message": "planted by the test"}])
    result = place.up(timeout=300).expect(FAILED)
    assert "InvalidAttributeValue" in result.text and "planted by the test" in result.text
    assert "tickctl up" in result.text
    emulator.fair()
    place.up(timeout=300).expect(OK)
    same_as_clean(standing, emulator, "after an error")


def test_stale_reads_do_no_harm(place, emulator, standing):
    emulator.weather(stale={"services": ["ec2", "sqs", "iam", "dynamodb"], "seconds": 1.0})
    place.up(timeout=300).expect(OK)
    same_as_clean(standing, emulator, "stale reads")


def test_a_role_that_is_not_known_everywhere_yet_is_waited_for(place, emulator, standing):
    emulator.weather(rules=[{"effect": "error", "status": 400, "count": 3, **rule} for rule in PROPAGATION])
    place.up(timeout=300).expect(OK)
    assert all(rule["hits"] == 3 for rule in emulator.status()["rules"]), emulator.status()["rules"]
    same_as_clean(standing, emulator, "propagation")


def test_credentials_that_expire_in_mid_run_end_it_with_a_message(place, emulator, standing):
    emulator.weather(expire_credentials={"after": 60})
    result = place.up(AWS_SESSION_TOKEN="old", timeout=300).expect(CREDENTIALS)
    assert "expired" in result.text.lower()
    place.up(AWS_SESSION_TOKEN="new", timeout=300).expect(OK)
    same_as_clean(standing, emulator, "expired credentials")


def test_of_two_runs_at_once_the_second_is_refused_and_told_who_runs(place, emulator, tmp_path, image):
    emulator.weather(delay_ms=60)
    other = Workplace(tmp_path / "other", emulator.url, image)
    first = place.start("up", "--yes", USER="first-runner")
    deadline = time.monotonic() + 60
    while not any(c["action"] in ("PutItem", "UpdateItem") for c in emulator.log(kind="lock")):
        assert time.monotonic() < deadline and first.poll() is None, "the first run never took the lock"
        time.sleep(0.05)
    result = other.up(USER="second-runner", timeout=120).expect(LOCKED)
    assert "first-runner" in result.text and "up" in result.text
    emulator.fair()
    place.finish(first, timeout=300).expect(OK)
    other.up("--refresh", timeout=300).expect(OK)


def test_a_dead_runs_lock_is_taken(place, emulator):
    process = place.start("up", "--yes")
    emulator.weather(kill={"pid": process.pid, "after": 20, "when": "after"})
    assert place.finish(process, timeout=120).code == -signal.SIGKILL
    emulator.fair()
    place.up(timeout=120).expect(OK)


def test_ctrl_c_ends_in_order_and_the_next_run_goes_on(place, emulator, standing):
    emulator.weather(delay_ms=60)
    process = place.start("up", "--yes")
    while emulator.stats()["write"] < 15:
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    result = place.finish(process, timeout=60).expect(INTERRUPTED)
    assert "interrupted" in result.text.lower() and "tickctl up" in result.text
    emulator.fair()
    place.up(timeout=300).expect(OK)
    same_as_clean(standing, emulator, "Ctrl-C")


@pytest.mark.skipif(os.getuid() != 0, reason="mounting a small file system needs root")
def test_a_full_disk_ends_the_run_and_room_lets_it_go_on(place, emulator, standing):
    stamps = place.folder / ".stamps"
    stamps.mkdir(exist_ok=True)
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=16k", "tmpfs", str(stamps)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("this machine allows no mounts: " + mounted.stderr.decode())
    try:
        result = place.up(timeout=300).expect(FAILED)
        assert "space" in result.text.lower() or "full" in result.text.lower(), result.text[-1500:]
    finally:
        subprocess.run(["umount", "-l", str(stamps)], check=True)
    place.up(timeout=300).expect(OK)
    same_as_clean(standing, emulator, "full disk")


def test_a_journal_that_cannot_be_written_stops_before_any_change(place, emulator):
    (place.folder / ".stamps").mkdir(exist_ok=True)
    (place.folder / ".stamps/ticket").write_text("a file where the folder should be\n")
    result = place.up(timeout=120)
    assert result.code == FAILED, result.text[-1500:]
    assert ".stamps" in result.text and emulator.stats()["write"] == 0, emulator.stats()["actions"]


def test_an_emulator_that_is_not_there_is_said_plainly(tmp_path, binary, image):
    place = Workplace(tmp_path / "work", "http://127.0.0.1:9", image)
    result = place.up(timeout=120, AWS_MAX_ATTEMPTS="2")
    assert result.code == FAILED and "127.0.0.1:9" in result.text
