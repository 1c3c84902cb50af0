"""Each thing that would break a deployment has a line of its own; all of them at once have all their lines."""
import json
from dataclasses import dataclass
from typing import Callable

import pytest

from harness import CREDENTIALS, FAILED, OK, REGIONS, USAGE

HERE, THERE = REGIONS
ACCOUNT = "123456789012"


class Account:
    """The standing stack's account, to be broken by hand."""

    def __init__(self, place):
        self.place, self.emulator, self.weather = place, place.emulator, {}

    def client(self, service, region=HERE):
        return self.emulator.client(service, region)

    def revise(self, family, change, region=HERE):
        """A service's revision, changed by hand."""
        ecs = self.client("ecs", region)
        old = ecs.describe_task_definition(taskDefinition=family)["taskDefinition"]
        kept = {k: old[k] for k in ("family", "taskRoleArn", "executionRoleArn", "networkMode", "cpu", "memory",
                                    "requiresCompatibilities", "runtimePlatform", "containerDefinitions")}
        change(kept)
        made = ecs.register_task_definition(**kept)["taskDefinition"]["taskDefinitionArn"]
        ecs.update_service(cluster="ticket", service=f"{family}-svc", taskDefinition=made)

    def target_group(self, name):
        return self.client("elbv2").describe_target_groups(Names=[name])["TargetGroups"][0]

    # -- the faults --

    def trust_of_another(self):
        self.client("iam").update_assume_role_policy(RoleName="ticket-confirm-task", PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                                                    "Principal": {"Service": "ec2.amazonaws.com"}}]}))

    def trust_of_another_account(self):
        self.client("iam").update_assume_role_policy(RoleName="ticket-public-task", PolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "ecs-tasks.amazonaws.com"},
                "Condition": {"StringEquals": {"aws:SourceAccount": "999999999999"}}}]}))

    def action_not_granted(self):
        iam = self.client("iam")
        document = iam.get_role_policy(RoleName="ticket-worker-task", PolicyName="tickctl")["PolicyDocument"]
        for statement in document["Statement"]:
            if "sqs:ReceiveMessage" in statement["Action"]:
                statement["Action"].remove("sqs:ReceiveMessage")
        iam.put_role_policy(RoleName="ticket-worker-task", PolicyName="tickctl", PolicyDocument=json.dumps(document))

    def image_gone(self):
        ecr = self.client("ecr")
        images = ecr.list_images(repositoryName="ticket-confirm")["imageIds"]
        ecr.batch_delete_image(repositoryName="ticket-confirm", imageIds=images)

    def image_of_another_platform(self):
        def change(revision):
            revision["runtimePlatform"]["cpuArchitecture"] = \
                {"ARM64": "X86_64", "X86_64": "ARM64"}[revision["runtimePlatform"]["cpuArchitecture"]]
        self.revise("ticket-worker", change)

    def secret_deleted(self):
        self.client("secretsmanager").delete_secret(SecretId="ticket/webhook-secret", RecoveryWindowInDays=7)

    def secret_without_its_key(self):
        secret = self.client("secretsmanager", THERE).describe_secret(SecretId="ticket/redis-auth")["ARN"]

        def change(revision):
            for injected in revision["containerDefinitions"][0]["secrets"]:
                if injected["name"] == "REDIS_AUTH":
                    injected["valueFrom"] = f"{secret}:token::"
        self.revise("ticket-worker", change, THERE)

    def log_group_gone(self):
        self.client("logs", THERE).delete_log_group(logGroupName="/ecs/ticket-public")

    def container_opens_another_port(self):
        def change(revision):
            for mapping in revision["containerDefinitions"][0]["portMappings"]:
                mapping["containerPort"] = mapping["hostPort"] = 3001
        self.revise("ticket-public", change)

    def health_path_of_nobody(self):
        self.client("elbv2").modify_target_group(
            TargetGroupArn=self.target_group("ticket-confirm")["TargetGroupArn"], HealthCheckPath="/confirm/healthz")

    def too_few_addresses(self):
        self.weather["free_addresses"] = 300

    def too_few_processors(self):
        self.weather.setdefault("quotas", {})["L-3032A538"] = 100

    def too_few_interfaces(self):
        self.weather.setdefault("quotas", {})["L-DF5E4CA3"] = 100

    def slow_queue(self):
        sqs = self.client("sqs", THERE)
        sqs.set_queue_attributes(QueueUrl=sqs.get_queue_url(QueueName="ticket-confirm.fifo")["QueueUrl"],
                                 Attributes={"FifoThroughputLimit": "perQueue", "DeduplicationScope": "queue"})

    def no_service_linked_role(self):
        self.client("iam").delete_service_linked_role(RoleName="AWSServiceRoleForECS")

    def clock_ahead(self):
        self.weather["clock_offset_seconds"] = -600


@dataclass
class Fault:
    inject: Callable
    check: str
    region: str
    subject: str
    words: tuple


FAULTS = [
    Fault(Account.trust_of_another, "role-trust", "global", "ticket-confirm-task", ("ecs-tasks.amazonaws.com",)),
    Fault(Account.trust_of_another_account, "role-trust", "global", "ticket-public-task", (ACCOUNT, HERE, THERE)),
    Fault(Account.action_not_granted, "role-permissions", "global", "ticket-worker-task", ("sqs:ReceiveMessage",)),
    Fault(Account.image_gone, "image", HERE, "ticket-confirm@sha256:", ("not in its registry",)),
    Fault(Account.image_of_another_platform, "image", HERE, "ticket-worker@sha256:", ("amd64", "arm64")),
    Fault(Account.secret_deleted, "secret", HERE, "ticket/webhook-secret", ("scheduled for deletion",)),
    Fault(Account.secret_without_its_key, "secret", THERE, "ticket/redis-auth", ('"token"',)),
    Fault(Account.log_group_gone, "log-group", THERE, "/ecs/ticket-public", ("does not exist",)),
    Fault(Account.container_opens_another_port, "target-port", HERE, "ticket-public", ("3000", "3001")),
    Fault(Account.health_path_of_nobody, "health-path", HERE, "ticket-confirm", ("/confirm/healthz",)),
    Fault(Account.too_few_addresses, "subnet-addresses", "*", "subnet-", ("900 free", "1158 more")),
    Fault(Account.too_few_processors, "quota", "*", "Fargate On-Demand vCPUs", ("100", "1200")),
    Fault(Account.too_few_interfaces, "quota", "*", "network interfaces", ("100",)),
    Fault(Account.slow_queue, "quota", THERE, "ticket-confirm.fifo", ("300 calls",)),
    Fault(Account.no_service_linked_role, "service-linked-role", "global", "ecs.amazonaws.com", ()),
    Fault(Account.clock_ahead, "clock", "*", "clock", ("ahead of",)),
]


def findings(place, code=FAILED):
    result = place.run("verify", "--json").expect(code)
    return json.loads(result.stdout)


def belongs(finding, fault) -> bool:
    return (finding["check"] == fault.check and fault.region in ("*", finding["region"])
            and fault.subject in finding["subject"])


def inject(place, faults):
    account = Account(place)
    for fault in faults:
        fault.inject(account)
    if account.weather:
        place.emulator.weather(**account.weather)


def test_a_sound_stack_has_no_finding_and_nothing_is_changed(made):
    made.emulator.clear_log()
    result = made.run("verify").expect(OK)
    assert "nothing is wrong" in result.stdout
    stats = made.emulator.stats()
    assert stats["write"] == 0, stats["actions"]
    assert findings(made, OK) == []


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.inject.__name__)
def test_a_fault_alone_has_its_own_line(made, fault):
    inject(made, [fault])
    found = findings(made)
    assert [f for f in found if not belongs(f, fault)] == []
    assert {f["region"] for f in found} == (set(REGIONS) if fault.region == "*" else {fault.region})
    assert len(found) == len({f["region"] for f in found})
    for finding in found:
        assert all(word in finding["problem"] for word in fault.words), finding
        assert finding["next"]
        assert finding["severity"] == ("warning" if fault.check in ("quota", "subnet-addresses") else "error")


def test_all_faults_at_once_have_all_their_lines(made):
    inject(made, FAULTS)
    found = findings(made)
    lines = {fault.inject.__name__: [f for f in found if belongs(f, fault)] for fault in FAULTS}
    assert {name: len(own) for name, own in lines.items()} == {
        fault.inject.__name__: len(REGIONS) if fault.region == "*" else 1 for fault in FAULTS}
    assert len(found) == sum(map(len, lines.values()))
    # The same for people.
    text = made.run("verify", "--region", HERE).expect(FAILED).stdout
    assert text.count("next: ") == sum(f["region"] in (HERE, "global") for f in found)


def test_no_secrets_value_is_shown_and_only_what_has_keys_is_read(made):
    planted = "planted-" + "x" * 20
    account = Account(made)
    account.secret_without_its_key()
    account.client("secretsmanager", THERE).put_secret_value(SecretId="ticket/redis-auth", SecretString=planted)
    made.emulator.clear_log()
    result = made.run("verify").expect(FAILED)
    assert planted not in result.text
    read = [c for c in made.emulator.log(full=True) if c["action"] == "GetSecretValue"]
    assert len(read) == 1 and "redis-auth" in read[0]["input"]["SecretId"]


def test_what_may_not_be_looked_at_is_said_and_the_rest_is_looked_at(made):
    made.emulator.weather(rules=[{"effect": "error", "service": "iam", "action": "SimulatePrincipalPolicy",
                                  "status": 403, "code": "AccessDenied", "message": "not allowed"}])
    Account(made).log_group_gone()
    found = findings(made)
    denied = [f for f in found if f["check"] == "role-permissions"]
    assert len(denied) == 4 and all("could not be looked at" in f["problem"] and "iam policy" in f["next"]
                                    for f in denied)
    assert [f["subject"] for f in found if f not in denied] == ["/ecs/ticket-public"]


def test_an_empty_account_is_told_what_is_missing(place):
    found = findings(place)
    checks = {f["check"] for f in found}
    assert {"role-trust", "service", "service-linked-role"} <= checks
    assert all(f["next"] for f in found)


def test_bad_usage_and_bad_credentials(made):
    assert "ap-northeast-1" in made.run("verify", "--region", "mars-1").expect(USAGE).stderr
    made.run("verify", AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None).expect(CREDENTIALS)
