"""Bad input ends before any call, with the file, the line and what to do; steps cannot run out of order."""
import re

import pytest

from harness import CREDENTIALS, OK, REFUSED, USAGE


def with_stack(place, text: str):
    place.stack_file().write_text(text)
    return place


TWO_REGIONS = ("regions:\n  - name: ap-northeast-1\n    vpcCIDR: {}\n  - name: ap-northeast-2\n    vpcCIDR: {}\n")


@pytest.mark.parametrize("text, line, words", [
    ("network:\n  natt: single\n", 2, ["natt"]),
    ("queue:\n  visibilityTimeoutSeconds: soon\n", 2, ["visibilityTimeoutSeconds"]),
    ("queue:\n  visibilityTimeoutSeconds: 0\n", 2, ["visibilityTimeoutSeconds"]),
    ("network: single\n", 1, ["network"]),
    ("network:\n  nat: none\n", 2, ["nat", "single"]),
    (TWO_REGIONS.format("10.11.0.0/16", "10.11.128.0/17"), 5, ["overlap"]),
    (TWO_REGIONS.format("10.11.0.0/33", "10.12.0.0/16"), 3, ["10.11.0.0/33"]),
    (TWO_REGIONS.format("10.11.0.0/24", "10.12.0.0/16") + "network:\n  subnetPrefix: 20\n", None, ["10.11.0.0/24"]),
    ("network:\n  subnetPrefix: 29\n", 2, ["subnetPrefix"]),
    ("redis:\n  nodeType: cache.z9.huge\n", 2, ["cache.z9.huge"]),
    ("name: a-name-that-is-far-too-long-for-a-load-balancer\n", 1, ["name"]),
    ("aurora:\n  minimumACU: 200\n  maximumACU: 2\n", None, ["ACU"]),
    ("services:\n  public:\n    minimumTasks: 500\n    maximumTasks: 400\n", None, ["Tasks"]),
    ("queue:\n  maxReceiveCount: 5\n  maxReceiveCount: 6\n", 2, ["maxReceiveCount"]),
    ("queue: [1,\n", None, []),
])
def test_a_bad_stack_file_is_said_with_its_line_before_any_call(place, emulator, text, line, words):
    result = with_stack(place, text).up().expect(USAGE)
    for word in words:
        assert word in result.stderr, result.stderr
    assert "stacks/ticket.yaml" in result.stderr
    if line:
        assert re.search(rf"stacks/ticket\.yaml:{line}\b|line {line}\b", result.stderr), result.stderr
    assert emulator.stats()["total"] == 0


def test_several_problems_are_told_at_once(place, emulator):
    result = with_stack(place, "queue:\n  maxReceiveCount: x\nnetwork:\n  natt: single\n").up().expect(USAGE)
    assert "maxReceiveCount" in result.stderr and "natt" in result.stderr


def test_stack_check_says_the_same_without_a_run(place, emulator):
    place.run("stack", "check").expect(OK)
    result = with_stack(place, "queue:\n  maxReceiveCount: x\n").run("stack", "check").expect(USAGE)
    assert "maxReceiveCount" in result.text and emulator.stats()["total"] == 0


def test_a_stack_that_does_not_exist_is_said(place, emulator):
    result = place.run("plan", "--stack", "nothing").expect(USAGE)
    assert "stacks/nothing.yaml" in result.text and emulator.stats()["total"] == 0


@pytest.mark.parametrize("arguments, word", [
    (["--step", "05-service"], "05-services"), (["--region", "eu-west-1"], "eu-west-1"), (["--nope"], "nope"),
    (["--plan", "absent.json"], "absent.json"),
])
def test_bad_usage_is_said_before_any_call(place, emulator, arguments, word):
    result = place.up(*arguments).expect(USAGE)
    assert word in result.stderr and emulator.stats()["total"] == 0


def test_missing_credentials_are_said_with_where_they_were_looked_for(place, emulator):
    result = place.run("plan", AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None).expect(CREDENTIALS)
    assert "AWS_ACCESS_KEY_ID" in result.stderr or "profile" in result.stderr.lower()
    assert emulator.stats()["total"] == 0


def test_half_of_the_credentials_is_said(place, emulator):
    place.run("plan", AWS_SECRET_ACCESS_KEY=None).expect(CREDENTIALS)
    assert emulator.stats()["total"] == 0


def test_an_unknown_profile_is_said(place, emulator):
    result = place.run("plan", AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None, AWS_PROFILE="nobody")
    assert result.code == CREDENTIALS and "nobody" in result.stderr and emulator.stats()["total"] == 0


def test_the_wrong_account_is_refused_before_any_change(place, emulator):
    result = place.up(AWS_ACCOUNT_ID="999999999999").expect(CREDENTIALS)
    assert "999999999999" in result.stderr and "123456789012" in result.stderr
    assert set(emulator.stats()["actions"]) <= {"sts:GetCallerIdentity"}


# -- order --

def test_a_step_whose_upstream_was_never_made_names_it_and_calls_nothing(place, emulator):
    result = place.up("--step", "05-services").expect(REFUSED)
    for step in ("00-network", "02-cluster", "04-taskdefs"):
        assert step in result.text, result.text
    assert "--with-dependencies" in result.text
    assert emulator.stats()["total"] == 0, emulator.stats()["actions"]


def test_with_dependencies_runs_what_is_needed(place, emulator):
    place.up("--step", "05-services", "--with-dependencies").expect(OK)
    actions = emulator.stats()["actions"]
    assert actions["ecs:CreateService"] == 6 and "cloudfront:CreateDistributionWithTags" not in actions
    made = {name.split("/")[-1] for name in place.stamps()}
    assert {"00-network.stamp", "05-services.stamp"} <= made and "07-cloudfront.stamp" not in made


def test_steps_one_by_one_make_what_one_run_makes(place, emulator, standing):
    from census import differences
    from harness import STEPS, census
    for step in STEPS:
        place.up("--step", step).expect(OK)
    assert differences(standing.census, census(emulator), ("one run", "step by step")) == []


def test_one_region_is_made_alone(place, emulator):
    place.up("--region", "ap-northeast-2", "--region", "global", "--step", "00-network").expect(OK)
    assert set(emulator.stats()["regions"]) <= {"ap-northeast-2", "ap-northeast-1", "us-east-1"}
    writes = {c["region"] for c in emulator.log(kind="write", service="ec2")}
    assert writes == {"ap-northeast-2"}


# -- secrets --

PLANTED = {"AWS_SECRET_ACCESS_KEY": "PlantedSecretKey0123456789abcdefghijklmnop",
           "AWS_SESSION_TOKEN": "PlantedSessionToken9876543210"}


def test_no_secret_is_in_stamps_journal_plan_logs_or_events(place, emulator):
    outputs = [place.run("plan", "--out", "plan.json", **PLANTED).text]
    outputs.append(place.up("--json", **PLANTED).expect(OK).text)
    for command in (["outputs", "--json"], ["outputs", "--env"], ["status"], ["doctor"], ["plan", "--json"], ["drift"],
                    ["stack", "show"]):
        outputs.append(place.run(*command, **PLANTED).text)
    emulator.weather(rules=[{"effect": "error", "service": "ecs", "status": 403, "code": "AccessDeniedException",
                             "message": "planted"}])
    outputs.append(place.up("--refresh", **PLANTED).text)
    secrets = list(PLANTED.values())
    for region in ("ap-northeast-1", "ap-northeast-2"):
        vault = emulator.client("secretsmanager", region)
        for secret in vault.list_secrets()["SecretList"]:
            value = vault.get_secret_value(SecretId=secret["ARN"])["SecretString"]
            secrets += [v for v in re.findall(r"[A-Za-z0-9+/=_\-!#$%^&*]{16,}", value)]
    secrets += [c["input"]["AuthToken"] for c in emulator.log(action="CreateReplicationGroup")]
    assert len(secrets) >= 8
    for path in place.all_files():
        content = path.read_bytes()
        for secret in secrets:
            assert secret.encode() not in content, f"{path} holds a secret"
    for text in outputs:
        for secret in secrets:
            assert secret not in text
