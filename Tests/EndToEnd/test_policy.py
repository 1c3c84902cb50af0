"""A run passes under exactly what `tickctl iam policy` prints, and not without any one of its statements; so do the tasks.

The emulator checks signatures, session tokens and, after the Service Authorization Reference, every action on every ARN that
AWS checks (Tests/Emulator/authorization.py). POLICY_ALL=1 leaves out every statement of the deploy role, not a sample."""
import json
import os
import random
import re
import sys
from dataclasses import dataclass

import pytest
from botocore.exceptions import ClientError

from census import differences
from harness import BINARY, CHANGES, CREDENTIALS, FAILED, OK, PROJECT, REGIONS, Emulator, Workplace, census, copy_folder
from validate_requests import violations

sys.path.append(str(PROJECT / "Tests/Load"))
from contract_server import ContractServer  # noqa: E402  (the folder is on the path only now)

HERE = REGIONS[0]
ACCOUNT = "123456789012"
BUCKET = f"ticket-load-{ACCOUNT}-{HERE}"
DOWN = ("down", "--destroy-data", "--confirm", "ticket")
UP = ("up", "--yes")
MANAGED_POLICY_LIMIT = 6144
INVALID = 6  # of `load run`
SEED = int(os.environ.get("POLICY_SEED", "20261121"))
ALL = bool(os.environ.get("POLICY_ALL"))


def as_list(value) -> list:
    return value if isinstance(value, list) else [value]


def documents(place) -> list[str]:
    """What --split prints: one policy a line."""
    return place.run("iam", "policy", "--split", AWS_ACCOUNT_ID=ACCOUNT).expect(OK).stdout.splitlines()


def policy_of(place) -> list[dict]:
    return json.loads(place.run("iam", "policy", AWS_ACCOUNT_ID=ACCOUNT).expect(OK).stdout)["Statement"]


def document(statements) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def allow(emulator, statements):
    """Gives the user `runner` exactly these statements; ministack has no limit on an inline policy's length."""
    emulator.client("iam").put_user_policy(UserName="runner", PolicyName="run", PolicyDocument=document(statements))


def new_runner(emulator) -> dict[str, str]:
    """The environment of a user who may do nothing yet; users are no part of the census."""
    iam = emulator.client("iam")
    iam.create_user(UserName="runner")
    key = iam.create_access_key(UserName="runner")["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


class Life:
    """A stack's whole life under exactly the printed policy, recorded phase by phase. The account is kept empty (but for
    the user) and standing, as the snapshots "empty" and "made"."""

    def __init__(self, folder, emulator, image):
        self.folder, self.emulator, self.image, self.count = folder, emulator, image, 0
        self.calls: dict[str, list[dict]] = {}
        emulator.reset()
        self.place = Workplace(folder / "life", emulator.url, image)
        self.statements = policy_of(self.place)
        self.runner = new_runner(emulator)
        allow(emulator, self.statements)
        self.run("up", *UP)
        self.census = census(emulator)
        # Whose deletion `down` needs a permission for.
        emulator.client("s3", HERE).put_object(Bucket=BUCKET, Key="runs/left", Body=b"x")
        emulator.snapshot("made")
        self.kept = folder / "kept"
        copy_folder(self.place.folder, self.kept)
        self.run("plan", "plan")
        change_by_hand(emulator)
        self.run("changes", "plan", code=CHANGES)
        self.run("update", *UP, "--refresh")
        self.run("plan again", "plan")
        self.census_after_update = census(emulator)
        self.run("down", *DOWN)
        emulator.reset()
        self.runner = new_runner(emulator)
        emulator.snapshot("empty")
        # The key of the standing account is another one: it is the same user all the same.
        emulator.restore("made")
        iam = emulator.client("iam")
        key = iam.create_access_key(UserName="runner")["AccessKey"]
        self.runner_made = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
        emulator.snapshot("made")

    def run(self, phase, *arguments, code=OK):
        self.emulator.clear_log()
        self.place.run(*arguments, **self.runner).expect(code)
        self.calls[phase] = self.emulator.log(full=True)

    def needs(self, phase) -> set[tuple[str, str]]:
        """(action, ARN) that the phase's calls needed."""
        return {tuple(need) for call in self.calls[phase] for need in call["needs"]}

    def start(self, statements, standing: bool) -> tuple[Workplace, dict[str, str]]:
        """A workplace and credentials to run with under `statements`, on the empty or on the standing account."""
        self.emulator.restore("made" if standing else "empty")
        allow(self.emulator, statements)
        self.count += 1
        folder = self.folder / f"run-{self.count}"
        if standing:
            return Workplace.copied(self.kept, folder, self.emulator.url), self.runner_made
        return Workplace(folder, self.emulator.url, self.image), self.runner


@pytest.fixture(scope="module")
def strict_running():
    emulator = Emulator(auth=True)
    yield emulator
    emulator.stop()


@pytest.fixture(scope="module")
def life(strict_running, binary, image, tmp_path_factory):
    return Life(tmp_path_factory.mktemp("policy"), strict_running, image)


@pytest.fixture
def guarded(tmp_path, binary):
    """A workplace without an account to talk to."""
    return Workplace(tmp_path / "work", None)


def change_by_hand(emulator):
    """One setting of each kind of resource that can be changed in place, so that the next `up` updates them all."""
    def client(service):
        return emulator.client(service, HERE)
    sqs, logs, elb, ecs, ecr = client("sqs"), client("logs"), client("elbv2"), client("ecs"), client("ecr")
    ec2, iam, dynamodb, rds, cache = client("ec2"), client("iam"), client("dynamodb"), client("rds"), client("elasticache")
    sqs.set_queue_attributes(QueueUrl=sqs.get_queue_url(QueueName="ticket-confirm.fifo")["QueueUrl"],
                             Attributes={"VisibilityTimeout": "33"})
    logs.put_retention_policy(logGroupName="/ecs/ticket-worker", retentionInDays=1)
    group = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["ticket-redis"]}])["SecurityGroups"][0]
    ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 6379, "ToPort": 6379, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])
    iam.update_assume_role_policy(RoleName="ticket-worker-task", PolicyDocument=document([
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}]))
    target = elb.describe_target_groups(Names=["ticket-public"])["TargetGroups"][0]["TargetGroupArn"]
    elb.modify_target_group(TargetGroupArn=target, HealthCheckIntervalSeconds=77)
    ecs.update_cluster_settings(cluster="ticket", settings=[{"name": "containerInsights", "value": "disabled"}])
    ecr.put_image_tag_mutability(repositoryName="ticket-public", imageTagMutability="MUTABLE")
    dynamodb.update_table(TableName="ticket-seat-lock", DeletionProtectionEnabled=False)
    rds.modify_db_instance(DBInstanceIdentifier="ticket-aurora-reader", PubliclyAccessible=True, ApplyImmediately=True)
    cache.modify_replication_group(ReplicationGroupId="ticket-redis", MultiAZEnabled=False, ApplyImmediately=True)
    s3 = client("s3")
    s3.delete_bucket_policy(Bucket=BUCKET)
    s3.delete_public_access_block(Bucket=BUCKET)
    s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [
        {"ID": "keep", "Status": "Disabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}]})
    client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs", ResourceId="service/ticket/ticket-public-svc", ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=1, MaxCapacity=99)


UPDATES = {
    "sqs:SetQueueAttributes", "logs:PutRetentionPolicy", "ec2:RevokeSecurityGroupIngress", "iam:UpdateAssumeRolePolicy",
    "elasticloadbalancing:ModifyTargetGroup", "ecs:UpdateClusterSettings", "ecr:PutImageTagMutability",
    "dynamodb:UpdateTable", "rds:ModifyDBInstance", "elasticache:ModifyReplicationGroup",
    "application-autoscaling:RegisterScalableTarget", "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock",
    "s3:PutLifecycleConfiguration",
}


# -- the policy itself --

def test_the_policy_names_every_action_and_fits_iams_limits(guarded):
    """Printed without any call: no endpoint is there, and the account is told."""
    statements = policy_of(guarded)
    for statement in statements:
        assert not [a for a in as_list(statement["Action"]) if "*" in a], statement
    parts = documents(guarded)
    assert [len(p) for p in parts if len(re.sub(r"\s", "", p)) > MANAGED_POLICY_LIMIT] == []
    # A user or a role can have ten managed policies.
    assert len(parts) <= 10

    def bare(statement):
        return {k: v for k, v in statement.items() if k != "Sid"}
    assert [bare(s) for part in parts for s in json.loads(part)["Statement"]] == [bare(s) for s in statements]


def test_a_whole_life_passes_under_exactly_the_printed_policy(life, standing):
    assert differences(standing.census, life.census, ("as root", "under the printed policy")) == []
    assert differences(standing.census, life.census_after_update, ("as root", "repaired under the printed policy")) == []
    denied = [(phase, call["denied"]) for phase, calls in life.calls.items() for call in calls if call["denied"]]
    assert denied == []
    assert UPDATES - {action for action, _ in life.needs("update")} == set()


def test_every_request_of_a_whole_life_is_valid(life):
    calls = [call for calls in life.calls.values() for call in calls]
    assert len(calls) > 1000
    assert [str(v) for v in violations(calls)] == []


def permits(statement, action: str, arn: str) -> bool:
    """Whether a statement's action and resource match; conditions are left to the emulator."""
    def matches(pattern):
        return re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), arn)
    return action in as_list(statement["Action"]) and any(map(matches, as_list(statement["Resource"])))


def phase_that_needs(life, index: int) -> str | None:
    """The cheapest phase with a call that no other statement can permit; two statements with conditions may share an action
    and an ARN (what a call makes by the request's tags, what it uses by the resource's), then `up`, which makes it."""
    statement, others = life.statements[index], life.statements[:index] + life.statements[index + 1:]
    for phase in ("plan", "down", "up"):
        permitted = [need for need in life.needs(phase) if permits(statement, *need)]
        if any(not any(permits(o, *need) for o in others) for need in permitted):
            return phase
    return "up" if "Condition" in statement and any(permits(statement, *n) for n in life.needs("up")) else None


# Statements whose lack no run on the emulator can show, by their actions, with the reason: none.
NOT_SHOWN: dict[frozenset, str] = {}


def test_without_any_one_statement_a_run_fails_and_says_what_it_lacked(life):
    """`plan` (what `up` reads first) or `down` on the standing account, or `up` on the empty one: the cheapest that shows it."""
    wrong = []
    for index, statement in enumerate(life.statements):
        actions = as_list(statement["Action"])
        if frozenset(actions) in NOT_SHOWN:
            continue
        phase = phase_that_needs(life, index)
        if phase is None:
            wrong.append(f"nothing needs {actions}")
            continue
        place, credentials = life.start(life.statements[:index] + life.statements[index + 1:], standing=phase != "up")
        result = place.run(*{"plan": ("plan",), "down": DOWN, "up": UP}[phase], **credentials)
        denied = [call["denied"] for call in life.emulator.log(full=True) if call["denied"]]
        if result.code not in (FAILED, CREDENTIALS):
            wrong.append(f"{phase} ends with {result.code} without {actions}")
        elif not denied or not all(permits(statement, *d) for d in denied):
            wrong.append(f"{phase} without {actions} is refused {denied}")
        elif not any(f"perform: {action} on resource: {arn}" in result.text for action, arn in denied):
            wrong.append(f"{phase} does not say that it lacks {denied}")
    assert wrong == [], "\n".join(wrong)


def test_a_role_with_a_session_token_passes_and_not_without_the_token(life):
    life.emulator.restore("empty")
    iam = life.emulator.client("iam")
    iam.create_role(RoleName="operator", AssumeRolePolicyDocument=document([
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}]))
    iam.put_role_policy(RoleName="operator", PolicyName="run", PolicyDocument=document(life.statements))
    session = life.emulator.client("sts").assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/operator",
                                                      RoleSessionName="run")["Credentials"]
    credentials = {"AWS_ACCESS_KEY_ID": session["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"]}
    place = Workplace(life.folder / "operator", life.emulator.url, life.image)
    place.run(*UP, AWS_SESSION_TOKEN=session["SessionToken"], **credentials).expect(OK)
    result = place.run("plan", **credentials)
    assert result.code in (FAILED, CREDENTIALS) and "token" in result.text.lower(), result.text


def test_a_wrong_secret_is_said(life):
    place, credentials = life.start(life.statements, standing=False)
    result = place.run("plan", **{**credentials, "AWS_SECRET_ACCESS_KEY": "wrong"})
    assert result.code in (FAILED, CREDENTIALS) and "SignatureDoesNotMatch" in result.text, result.text


# -- the deploy role: a deployment under exactly what `iam policy --for deploy` prints --

THERE = REGIONS[1]
QUICK = ("--bake", "1s")
WAVE_1 = 11


class Deployments:
    """Releases good and bad under exactly the printed policy, recorded phase by phase; before each, a snapshot."""

    def __init__(self, life):
        self.life, self.emulator = life, life.emulator
        self.statements = json.loads(life.place.run("iam", "policy", "--for", "deploy").expect(OK).stdout)["Statement"]
        self.place, self.credentials = life.start(self.statements, standing=True)
        self.calls: dict[str, list[dict]] = {}
        # Another image than the one that runs, without building another program.
        self.phases = {"release": (("deploy", "--build", "--no-smoke", *QUICK), {"SOURCE_DATE_EPOCH": "1"}, {}, OK)}
        self.run("release")
        self.phases |= {
            "rollback": (("rollback", "--revision", "1"), {}, {}, OK),
            # Tasks of one service stop, another service hangs: evidence is gathered, a deployment is stopped. The address
            # to buy a ticket at is asked for.
            "failure": (("deploy", "--image", self.digest(), "--deadline", "3s", *QUICK), {}, {"deployments": [
                {"region": THERE, "service": "ticket-confirm-svc", "outcome": "circuit_breaker"},
                {"region": THERE, "service": "ticket-worker-svc", "outcome": "hang"}]}, WAVE_1),
            "releases": (("releases",), {}, {}, OK),
        }
        for phase in ("rollback", "failure", "releases"):
            self.run(phase)

    def digest(self) -> str:
        definition = self.emulator.client("ecs", HERE).describe_task_definition(taskDefinition="ticket-public")
        return definition["taskDefinition"]["containerDefinitions"][0]["image"].split("@")[1]

    def run(self, phase):
        self.emulator.snapshot(f"before-{phase}")
        self.emulator.clear_log()
        self.perform(phase, self.credentials).expect(self.phases[phase][3])
        self.calls[phase] = self.emulator.log(full=True)
        self.emulator.fair()

    def perform(self, phase, credentials):
        command, environment, weather, _ = self.phases[phase]
        if weather:
            self.emulator.weather(**weather)
        return self.place.run(*command, **credentials, **environment)

    def without(self, index, phase):
        """Runs a phase again under all statements but one. Returns the result and what was denied."""
        self.emulator.restore(f"before-{phase}")
        allow(self.emulator, self.statements[:index] + self.statements[index + 1:])
        result = self.perform(phase, self.credentials)
        return result, [call["denied"] for call in self.emulator.log(full=True) if call["denied"]]

    def phases_that_need(self, statement, others) -> list[str]:
        """Those with a call that no other statement can permit, the cheapest first."""
        return [phase for phase in ("releases", "rollback", "failure", "release")
                if any(permits(statement, *need) and not any(permits(o, *need) for o in others)
                       for call in self.calls[phase] for need in call["needs"])]


@pytest.fixture(scope="module")
def deployments(life):
    return Deployments(life)


# Actions of the deploy role that no call on the emulator needs, with the reason.
NOT_CALLED: dict[str, str] = {}


def test_deployments_pass_under_exactly_the_printed_policy(deployments):
    denied = [(phase, call["denied"]) for phase, calls in deployments.calls.items() for call in calls if call["denied"]]
    assert denied == []
    needed = {tuple(need) for calls in deployments.calls.values() for call in calls for need in call["needs"]}
    superfluous = [action for statement in deployments.statements for action in as_list(statement["Action"])
                   if action not in NOT_CALLED and not any(permits(statement, action, arn) and a == action
                                                           for a, arn in needed)]
    assert superfluous == []


def test_without_any_one_statement_a_deployment_fails_or_says_what_it_could_not_see(deployments):
    """Evidence that cannot be gathered is a gap in the black box; it must not keep a release from being undone."""
    wrong, chosen = [], list(range(len(deployments.statements)))
    if not ALL:
        chosen = sorted(random.Random(SEED).sample(chosen, 3))
    for index in chosen:
        statement = deployments.statements[index]
        others = deployments.statements[:index] + deployments.statements[index + 1:]
        phases = deployments.phases_that_need(statement, others)
        if not phases:
            wrong.append(f"nothing needs {statement}")
            continue
        result, denied = deployments.without(index, phases[0])
        if not denied or not all(permits(statement, *d) for d in denied):
            wrong.append(f"{phases[0]} without {statement} is refused {denied}")
        elif result.code == deployments.phases[phases[0]][3] and not any(
                f"{action} on resource: {arn}" in text for action, arn in denied for text in (
                    result.text, *(p.read_text() for p in deployments.place.folder.glob(".tickctl/blackbox/*.json")))):
            wrong.append(f"{phases[0]} without {statement} ends with {result.code} and does not say that it lacks {denied}")
    assert wrong == [], f"seed {SEED}:\n" + "\n".join(wrong)


# -- the task roles: the calls that each role makes, and what it must not --

HOLDS = {"dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:DeleteItem", "dynamodb:GetItem",
         "dynamodb:PutItem", "dynamodb:Query", "dynamodb:UpdateItem"}
MAY = {
    "ticket-public-task": HOLDS | {"secretsmanager:GetSecretValue"},
    "ticket-confirm-task": HOLDS | {"dynamodb:Query on the index", "sqs:SendMessage", "secretsmanager:GetSecretValue"},
    "ticket-worker-task": HOLDS - {"dynamodb:Query"} | {
        "sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage",
        "secretsmanager:GetSecretValue"},
    "ticket-load": {"s3:GetObject", "s3:ListBucket", "s3:PutObject"},
}
# The emulator has no X-Ray: that these two are allowed can only be read in the policy.
TRACING = {"xray:PutTelemetryRecords", "xray:PutTraceSegments"}
# Load generators record no traces of their own.
UNTRACED = {"ticket-load"}


@dataclass
class Task:
    """A task of a role: credentials as ECS would give them (the role's trust names ECS: root opens it for the test)."""
    emulator: Emulator
    role: str

    def __post_init__(self):
        self.iam = self.emulator.client("iam")
        self.iam.update_assume_role_policy(RoleName=self.role, PolicyDocument=document([
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}]))
        session = self.emulator.client("sts").assume_role(
            RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{self.role}", RoleSessionName="task")["Credentials"]
        self.credentials = session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"]
        self.policy = self.iam.list_role_policies(RoleName=self.role)["PolicyNames"][0]

    @property
    def statements(self) -> list[dict]:
        return self.iam.get_role_policy(RoleName=self.role, PolicyName=self.policy)["PolicyDocument"]["Statement"]

    def allow(self, statements):
        self.iam.put_role_policy(RoleName=self.role, PolicyName=self.policy, PolicyDocument=document(statements))

    def may(self, call) -> bool:
        """Whether it is allowed; what else goes wrong (no such message) does not matter."""
        try:
            call()
        except ClientError as error:
            return error.response["Error"]["Code"] not in ("AccessDenied", "AccessDeniedException", "AuthorizationError")
        return True

    def calls(self) -> dict:
        """name -> call: what the roles do, and what none of them may."""
        db, sqs, secrets, iam, s3 = (self.emulator.client(s, HERE, self.credentials)
                                     for s in ("dynamodb", "sqs", "secretsmanager", "iam", "s3"))
        root = self.emulator.client("sqs", HERE)
        url = root.get_queue_url(QueueName="ticket-confirm.fifo")["QueueUrl"]
        dead = root.get_queue_url(QueueName="ticket-deadletter.fifo")["QueueUrl"]
        tables = self.emulator.client("dynamodb", HERE).describe_table(TableName="ticket-seat-lock")["Table"]
        key = {k["AttributeName"]: {"S": "x"} for k in tables["KeySchema"]}
        index = tables["GlobalSecondaryIndexes"][0]
        database = next(s["ARN"] for s in self.emulator.client("secretsmanager", HERE).list_secrets()["SecretList"]
                        if s["Name"].startswith("rds!cluster"))

        def query(schema, **more):
            name = schema[0]["AttributeName"]
            return db.query(TableName="ticket-seat-lock", KeyConditionExpression="#k = :v",
                            ExpressionAttributeNames={"#k": name}, ExpressionAttributeValues={":v": {"S": "x"}}, **more)
        table = {"TableName": "ticket-seat-lock", "Key": key}
        message = {"MessageBody": "x", "MessageGroupId": "g", "MessageDeduplicationId": "d"}
        return {
            "dynamodb:GetItem": lambda: db.get_item(**table),
            "dynamodb:BatchGetItem": lambda: db.batch_get_item(RequestItems={"ticket-seat-lock": {"Keys": [key]}}),
            "dynamodb:PutItem": lambda: db.put_item(TableName="ticket-seat-lock", Item=key),
            "dynamodb:UpdateItem": lambda: db.transact_write_items(TransactItems=[{"Update": {
                **table, "UpdateExpression": "SET a = :a", "ExpressionAttributeValues": {":a": {"S": "b"}}}}]),
            "dynamodb:ConditionCheckItem": lambda: db.transact_write_items(TransactItems=[{"ConditionCheck": {
                **table, "ConditionExpression": "attribute_exists(a)"}}]),
            "dynamodb:DeleteItem": lambda: db.delete_item(**table),
            "dynamodb:Query": lambda: query(tables["KeySchema"]),
            "dynamodb:Query on the index": lambda: query(index["KeySchema"], IndexName=index["IndexName"]),
            "sqs:SendMessage": lambda: sqs.send_message_batch(QueueUrl=url, Entries=[{"Id": "1", **message}]),
            "sqs:ReceiveMessage": lambda: sqs.receive_message(QueueUrl=url, WaitTimeSeconds=0),
            "sqs:DeleteMessage": lambda: sqs.delete_message_batch(QueueUrl=url, Entries=[
                {"Id": "1", "ReceiptHandle": "none"}]),
            "sqs:ChangeMessageVisibility": lambda: sqs.change_message_visibility(
                QueueUrl=url, ReceiptHandle="none", VisibilityTimeout=0),
            "sqs:GetQueueAttributes": lambda: sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"]),
            "secretsmanager:GetSecretValue": lambda: secrets.get_secret_value(SecretId=database),
            "s3:GetObject": lambda: s3.get_object(Bucket=BUCKET, Key="runs/left"),
            "s3:ListBucket": lambda: s3.list_objects_v2(Bucket=BUCKET, Prefix="runs/"),
            "s3:PutObject": lambda: s3.put_object(Bucket=BUCKET, Key="runs/new", Body=b"x"),
            "read outside of the runs": lambda: s3.get_object(Bucket=BUCKET, Key="other"),
            "write outside of the runs": lambda: s3.put_object(Bucket=BUCKET, Key="other", Body=b"x"),
            "delete a result": lambda: s3.delete_objects(Bucket=BUCKET, Delete={"Objects": [{"Key": "runs/left"}]}),
            "open the bucket": lambda: s3.delete_bucket_policy(Bucket=BUCKET),
            "send to the dead letters": lambda: sqs.send_message(QueueUrl=dead, **message),
            "purge the queue": lambda: sqs.purge_queue(QueueUrl=url),
            "read another secret": lambda: secrets.get_secret_value(SecretId="ticket/webhook-secret"),
            "read the run's lock": lambda: db.get_item(TableName="tickctl-lock", Key={"id": {"S": "x"}}),
            "scan the table": lambda: db.scan(TableName="ticket-seat-lock"),
            "drop the table": lambda: db.delete_table(TableName="ticket-seat-lock"),
            "list the roles": lambda: iam.list_roles(),
        }


def allowed_calls(task) -> set[str]:
    return {name for name, call in task.calls().items() if task.may(call)}


@pytest.mark.parametrize("role", MAY)
def test_a_task_may_do_its_roles_calls_and_nothing_else(life, role):
    life.emulator.restore("made")
    task = Task(life.emulator, role)
    assert {a for s in task.statements for a in as_list(s["Action"])} == \
        {name.removesuffix(" on the index") for name in MAY[role]} | (set() if role in UNTRACED else TRACING)
    assert allowed_calls(task) == MAY[role]


@pytest.mark.parametrize("role", MAY)
def test_each_statement_of_a_task_role_is_needed(life, role):
    life.emulator.restore("made")
    task = Task(life.emulator, role)
    statements, shown = task.statements, set()
    for index, statement in enumerate(statements):
        if set(as_list(statement["Action"])) == TRACING:
            continue
        task.allow(statements[:index] + statements[index + 1:])
        lost = MAY[role] - allowed_calls(task)
        on_index = any("/index/" in resource for resource in as_list(statement["Resource"]))
        assert lost == {f"{a} on the index" if on_index else a for a in as_list(statement["Action"])}
        shown |= lost
    assert shown == MAY[role]


def test_a_generator_tells_an_order_that_is_not_there_from_one_that_it_may_not_read(life):
    life.emulator.restore("made")
    task = Task(life.emulator, "ticket-load")

    def answer(key):
        with pytest.raises(ClientError) as caught:
            life.emulator.client("s3", HERE, task.credentials).get_object(Bucket=BUCKET, Key=key)
        return caught.value.response["Error"]["Code"]
    assert (answer("runs/absent"), answer("other")) == ("NoSuchKey", "AccessDenied")
    task.allow([s for s in task.statements if "s3:ListBucket" not in as_list(s["Action"])])
    assert answer("runs/absent") == "AccessDenied"


# -- a load test on the stack: its user under `iam policy --for load`, its tasks under their role --

def test_a_load_test_runs_on_the_stack_with_its_tasks_under_their_role(life, tmp_path):
    """Tests/Load/test_load_policy.py leaves out the statements of its user's policy."""
    statements = json.loads(life.place.run("iam", "policy", "--for", "load").expect(OK).stdout)["Statement"]
    place, credentials = life.start(statements, standing=True)
    key, secret, token = Task(life.emulator, "ticket-load").credentials
    life.emulator.weather(tasks={"execute": str(BINARY), "environment": {
        "AWS_ENDPOINT_URL": life.emulator.url, "AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_SESSION_TOKEN": token, "AWS_EC2_METADATA_DISABLED": "true", "TMPDIR": str(tmp_path)}})
    (place.folder / "load.yaml").write_text(json.dumps({
        "name": "short", "phases": [{"name": "steady", "rate": 30, "seconds": 2}], "statusMilliseconds": 100,
        "events": [{"id": "event-0001", "sections": [
            {"id": "A", "firstRow": 1, "lastRow": 10, "firstPlace": 1, "lastPlace": 25}]}]}))
    seats = [f"R{row}C{seat}" for row in range(1, 11) for seat in range(1, 26)]
    with ContractServer(seats) as server:
        result = place.run("load", "run", "load.yaml", "--base-url", server.url, "--workers", "2", "--loops", "1",
                           "--region", HERE, "--region", THERE, "--report", "report", **credentials)
    # A busy machine makes the generators lag.
    assert result.code in (OK, INVALID), result.text
    report = json.loads((place.folder / "report/report.json").read_text())
    assert report["environment"]["tasks"]["byRegion"] == {HERE: 1, THERE: 1}
    assert sum(sum(c["outcomes"].values()) for c in report["classes"].values()) == server.requests - 3
    assert not any("worker" in reason for reason in report["verdict"]["reasons"]), result.text
    assert [call["denied"] for call in life.emulator.log(full=True) if call["denied"]] == []
    # The bucket has what the report has.
    runs = life.emulator.client("s3", HERE).list_objects_v2(Bucket=BUCKET, Prefix=f"runs/{report['runID']}/")["Contents"]
    assert {"worker-0/order.json", "worker-1/order.json", "control.json"} <= {
        entry["Key"].split("/", 2)[2] for entry in runs}
