"""A load test with tasks passes under exactly what `tickctl iam policy --for load` prints, and not without any one of its
statements. POLICY_ALL=1 leaves out every one, not a sample."""
import json
import os
import random
import re
import subprocess

import pytest
from botocore.exceptions import ClientError
from contract_server import ContractServer
from harness import BINARY, REGIONS, Emulator
from runs import INVALID, PASSED, environment, run, scenario
from test_distributed import BUCKET, CREDENTIALS, READS, SEATS, TASKS, provision

ACCOUNT = "123456789012"
SEED = int(os.environ.get("POLICY_SEED", "20261122"))
# What only a scenario with `cloudWatch` calls; Tests/Load/test_platform.py makes those calls.
NOT_CALLED = {"application-autoscaling:DescribeScalingActivities", "cloudwatch:GetMetricData"}


def as_list(value) -> list:
    return value if isinstance(value, list) else [value]


def permits(statement, action: str, arn: str) -> bool:
    def matches(pattern):
        return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), arn)
    return action in as_list(statement["Action"]) and any(map(matches, as_list(statement["Resource"])))


class Account:
    """A strict account with what a load test uses, and a user who may do what he is told."""

    def __init__(self):
        self.emulator = Emulator(auth=True)
        iam = self.emulator.client("iam")
        roles = {}
        for name in ("ticket-execution", "ticket-load"):
            roles[name] = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({
                "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {
                    "Service": "ecs-tasks.amazonaws.com"}}]}))["Role"]["Arn"]
        provision(self.emulator, taskRoleArn=roles["ticket-load"], executionRoleArn=roles["ticket-execution"])
        iam.create_user(UserName="runner")
        key = iam.create_access_key(UserName="runner")["AccessKey"]
        self.credentials = {**CREDENTIALS, "AWS_ACCESS_KEY_ID": key["AccessKeyId"],
                            "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        printed = subprocess.run([str(BINARY), "iam", "policy", "--for", "load"], capture_output=True, text=True,
                                 env=environment(**CREDENTIALS, AWS_ACCOUNT_ID=ACCOUNT), timeout=300, check=True).stdout
        self.statements = json.loads(printed)["Statement"]

    def run(self, folder, server, statements, length=1, dies=False):
        self.emulator.client("iam").put_user_policy(UserName="runner", PolicyName="run", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": statements}))
        # The tasks are the account's own here; what their role may do is tested where the stack makes it.
        self.emulator.weather(tasks={"execute": "/bin/false" if dies else str(BINARY), "environment": {
            **CREDENTIALS, "AWS_ENDPOINT_URL": self.emulator.url}})
        self.emulator.clear_log()
        path = scenario(folder, phases=[{"name": "short", "rate": 20, "seconds": length}], **READS)
        return run(folder, server.url, *TASKS, path=path, AWS_ENDPOINT_URL=self.emulator.url, **self.credentials)

    @property
    def calls(self) -> list[dict]:
        """The user's own."""
        key = self.credentials["AWS_ACCESS_KEY_ID"]
        return [call for call in self.emulator.log(full=True) if call.get("access_key", key) == key]


@pytest.fixture(scope="module")
def strict(binary):
    account = Account()
    yield account
    account.emulator.stop()


@pytest.fixture(scope="module")
def needs(strict, tmp_path_factory):
    """What a run needed that went well, and one whose tasks died at once."""
    found = set()
    with ContractServer(SEATS) as server:
        for dies in (False, True):
            result = strict.run(tmp_path_factory.mktemp("whole"), server, strict.statements, dies=dies)
            assert dies or result.code in (PASSED, INVALID) and result.report, result.text
            assert not dies or "exit code 1" in result.text, result.text
            calls = strict.calls
            assert [call["denied"] for call in calls if call["denied"]] == []
            found |= {tuple(need) for call in calls for need in call["needs"]}
    return found


def test_a_load_test_passes_under_exactly_the_printed_policy(strict, needs):
    superfluous = [action for statement in strict.statements for action in as_list(statement["Action"])
                   if action not in NOT_CALLED and not any(a == action and permits(statement, a, arn) for a, arn in needs)]
    assert superfluous == []
    assert not [a for s in strict.statements for a in as_list(s["Action"]) if "*" in a]


def test_without_any_one_statement_a_load_test_says_what_it_lacks(strict, needs, tmp_path):
    chosen = [s for s in strict.statements if not set(as_list(s["Action"])) <= NOT_CALLED]
    if not os.environ.get("POLICY_ALL"):
        chosen = random.Random(SEED).sample(chosen, 3)
    wrong = []
    with ContractServer(SEATS) as server:
        for number, statement in enumerate(chosen):
            rest = [s for s in strict.statements if s is not statement]
            dies = as_list(statement["Action"]) == ["logs:GetLogEvents"]
            result = strict.run(tmp_path / str(number), server, rest, dies=dies)
            denied = [call["denied"] for call in strict.calls if call["denied"]]
            if not denied or not all(permits(statement, *d) for d in denied):
                wrong.append(f"without {statement} it is refused {denied}")
            elif not any(f"{action} on resource: {arn}" in result.text for action, arn in denied):
                wrong.append(f"without {statement} it does not say that it lacks {denied}:\n{result.text}")
    assert wrong == [], f"seed {SEED}:\n" + "\n".join(wrong)


def test_tasks_of_services_cannot_be_stopped_under_it(strict):
    """Nor can anything be read or written beside the runs."""
    ecs = strict.emulator.client("ecs", REGIONS[0])
    arn = ecs.run_task(cluster="ticket", taskDefinition="ticket-public", launchType="FARGATE", tags=[
        {"key": "tickctl:id", "value": "taskdef-public"}])["tasks"][0]["taskArn"]
    strict.emulator.client("iam").put_user_policy(UserName="runner", PolicyName="run", PolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": strict.statements}))
    key = (strict.credentials["AWS_ACCESS_KEY_ID"], strict.credentials["AWS_SECRET_ACCESS_KEY"])
    s3 = strict.emulator.client("s3", REGIONS[0], key)
    s3.put_object(Bucket=BUCKET, Key="runs/x", Body=b"x")
    for call in (lambda: strict.emulator.client("ecs", REGIONS[0], key).stop_task(cluster="ticket", task=arn),
                 lambda: strict.emulator.client("ecs", REGIONS[0], key).run_task(
                     cluster="ticket", taskDefinition="ticket-public", launchType="FARGATE"),
                 lambda: s3.put_object(Bucket=BUCKET, Key="other", Body=b"x")):
        with pytest.raises(ClientError, match="AccessDenied"):
            call()
