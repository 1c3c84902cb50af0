"""A run passes under exactly what `tickctl iam policy` prints, and not without any one of its statements; so do the tasks."""
import json
import os
import random
from dataclasses import dataclass

import pytest
from botocore.exceptions import ClientError

from census import differences
from harness import OK, REGIONS, Emulator, Workplace, census

SEED = int(os.environ.get("POLICY_SEED", "7"))
SAMPLE = 5
ROOT = ("test", "test")


@pytest.fixture(scope="module")
def strict_running():
    emulator = Emulator(auth=True)
    yield emulator
    emulator.stop()


@pytest.fixture
def strict(strict_running):
    strict_running.reset()
    return strict_running


def chunks(statements) -> list[list]:
    """An IAM user may have ten managed policies of 6,144 characters each."""
    groups, current = [], []
    for statement in statements:
        if current and len(json.dumps(current + [statement])) > 5800:
            groups.append(current)
            current = []
        current.append(statement)
    return groups + [current]


def runner(emulator, statements):
    """Credentials of a user with exactly these statements; its policies are not part of the census."""
    iam = emulator.client("iam")
    iam.create_user(UserName="runner")
    for number, group in enumerate(chunks(statements)):
        iam.put_user_policy(UserName="runner", PolicyName=f"part-{number}", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": group}))
    key = iam.create_access_key(UserName="runner")["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


@pytest.fixture
def guarded(tmp_path, binary, image, strict):
    return Workplace(tmp_path / "work", strict.url, image)


def policy_of(place) -> list[dict]:
    document = json.loads(place.run("iam", "policy", AWS_ACCOUNT_ID="123456789012").expect(OK).stdout)
    return document["Statement"]


def whole_life(place, credentials):
    """up, a plan, and down with the data: everything that the policy is for."""
    for arguments in (["up", "--yes"], ["plan"], ["down", "--destroy-data", "--confirm", "ticket"]):
        result = place.run(*arguments, timeout=300, **credentials)
        if result.code != OK:
            return result
    return result


def test_the_policy_names_no_star_for_actions_and_fits_iams_limits(guarded):
    statements = policy_of(guarded)
    for statement in statements:
        actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
        assert not any(a.endswith(":*") or a == "*" for a in actions), statement
    lines = guarded.run("iam", "policy", "--split", AWS_ACCOUNT_ID="123456789012").expect(OK).stdout.splitlines()
    assert all(len(line) <= 6144 for line in lines)
    assert [s for line in lines for s in json.loads(line)["Statement"]] == statements or \
        sum(len(json.loads(line)["Statement"]) for line in lines) == len(statements)


def test_a_full_run_passes_under_exactly_the_printed_policy(guarded, strict, standing):
    credentials = runner(strict, policy_of(guarded))
    guarded.run("up", "--yes", timeout=300, **credentials).expect(OK)
    assert differences(standing.census, census(strict), ("root", "printed policy")) == []
    denied = [c for c in strict.log(full=True, errors=1) if c["denied"]]
    assert denied == []
    guarded.run("plan", **credentials).expect(OK)
    guarded.run("down", "--destroy-data", "--confirm", "ticket", timeout=300, **credentials).expect(OK)


def test_a_run_with_a_session_token_passes(guarded, strict):
    """The same as an assumed role: a session token is signed and sent."""
    iam = strict.client("iam")
    iam.create_role(RoleName="operator", AssumeRolePolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                                                "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}]}))
    for number, group in enumerate(chunks(policy_of(guarded))):
        iam.put_role_policy(RoleName="operator", PolicyName=f"part-{number}", PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": group}))
    session = strict.client("sts").assume_role(RoleArn="arn:aws:iam::123456789012:role/operator",
                                               RoleSessionName="run")["Credentials"]
    guarded.run("up", "--yes", "--step", "00-network", timeout=300, AWS_ACCESS_KEY_ID=session["AccessKeyId"],
                AWS_SECRET_ACCESS_KEY=session["SecretAccessKey"], AWS_SESSION_TOKEN=session["SessionToken"]).expect(OK)


def test_without_any_one_statement_it_fails(guarded, strict, tmp_path, image):
    """All statements with POLICY_ALL=1, else a seeded sample."""
    statements = policy_of(guarded)
    indices = list(range(len(statements)))
    if not os.environ.get("POLICY_ALL"):
        indices = sorted(random.Random(SEED).sample(indices, min(SAMPLE, len(indices))))
    useless = []
    for index in indices:
        strict.reset()
        place = Workplace(tmp_path / f"without-{index}", strict.url, image)
        credentials = runner(strict, statements[:index] + statements[index + 1:])
        if whole_life(place, credentials).code == OK:
            useless.append(statements[index])
    assert useless == [], f"a whole life passes without: {json.dumps(useless, indent=1)}"


def test_a_wrong_secret_is_said(guarded, strict):
    result = guarded.run("plan", AWS_SECRET_ACCESS_KEY="wrong")
    assert result.code != OK and ("signature" in result.text.lower() or "credential" in result.text.lower())


# -- the three task roles: the calls that each role makes, and one that it must not --

@dataclass(frozen=True)
class Data:
    table: str = "ticket-seat-lock"
    queue: str = "ticket-confirm.fifo"


KEY = {"pk": {"S": "E#1#A#0"}, "sk": {"S": "S#1"}}


def session_of(emulator, role):
    """Credentials as ECS gives them to a task of this role (its trust names ECS: root opens it for the test)."""
    iam = emulator.client("iam")
    iam.update_assume_role_policy(RoleName=role, PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                                                "Principal": {"AWS": "arn:aws:iam::123456789012:root"}}]}))
    session = emulator.client("sts").assume_role(RoleArn=f"arn:aws:iam::123456789012:role/{role}",
                                                 RoleSessionName="task")["Credentials"]
    return session["AccessKeyId"], session["SecretAccessKey"], session["SessionToken"]


def calls_of(emulator, role, credentials):
    """name -> call, for everything any of the three roles might do."""
    ddb = emulator.client("dynamodb", REGIONS[0], credentials)
    sqs = emulator.client("sqs", REGIONS[0], credentials)
    root = emulator.client("sqs", REGIONS[0])
    url = root.get_queue_url(QueueName=Data.queue)["QueueUrl"]
    keys = {k["AttributeName"]: {"S": "x"} for k in emulator.client("dynamodb", REGIONS[0]).describe_table(
        TableName=Data.table)["Table"]["KeySchema"]}
    handle = root.receive_message(QueueUrl=url).get("Messages", [{"ReceiptHandle": "none"}])[0]["ReceiptHandle"]
    return {
        "read a seat": lambda: ddb.get_item(TableName=Data.table, Key=keys),
        "hold a seat": lambda: ddb.update_item(TableName=Data.table, Key=keys),
        "hold seats": lambda: ddb.transact_write_items(TransactItems=[
            {"Update": {"TableName": Data.table, "Key": keys, "UpdateExpression": "SET a = :a",
                        "ExpressionAttributeValues": {":a": {"S": "b"}}}}]),
        "send": lambda: sqs.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="g", MessageDeduplicationId="d"),
        "send a batch": lambda: sqs.send_message_batch(QueueUrl=url, Entries=[
            {"Id": "1", "MessageBody": "x", "MessageGroupId": "g", "MessageDeduplicationId": "e"}]),
        "receive": lambda: sqs.receive_message(QueueUrl=url),
        "give back": lambda: sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=handle, VisibilityTimeout=0),
        "purge": lambda: sqs.purge_queue(QueueUrl=url),
        "drop the table": lambda: ddb.delete_table(TableName=Data.table),
        "list roles": lambda: emulator.client("iam", credentials=credentials).list_roles(),
    }


MAY = {
    "ticket-public-task": {"read a seat", "hold a seat", "hold seats"},
    "ticket-confirm-task": {"read a seat", "hold a seat", "hold seats", "send", "send a batch"},
    "ticket-worker-task": {"read a seat", "hold a seat", "hold seats", "receive", "give back"},
}


def test_each_task_role_may_do_its_roles_calls_and_nothing_else(guarded, strict):
    guarded.up(timeout=300).expect(OK)
    root = strict.client("sqs", REGIONS[0])
    url = root.get_queue_url(QueueName=Data.queue)["QueueUrl"]
    root.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="seed", MessageDeduplicationId="seed")
    wrong = []
    for role, allowed in MAY.items():
        for name, call in calls_of(strict, role, session_of(strict, role)).items():
            try:
                call()
                denied = False
            except ClientError as error:
                denied = "AccessDenied" in error.response["Error"]["Code"] or \
                    "AuthorizationError" in error.response["Error"]["Code"]
            if denied == (name in allowed):
                wrong.append(f"{role} {'may not' if denied else 'may'} {name}")
    assert wrong == []


def test_each_statement_of_a_task_role_is_needed(guarded, strict):
    guarded.up(timeout=300).expect(OK)
    iam = strict.client("iam")
    root = strict.client("sqs", REGIONS[0])
    url = root.get_queue_url(QueueName=Data.queue)["QueueUrl"]
    root.send_message(QueueUrl=url, MessageBody="x", MessageGroupId="seed", MessageDeduplicationId="seed")
    for role, allowed in MAY.items():
        name = iam.list_role_policies(RoleName=role)["PolicyNames"][0]
        document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
        credentials = session_of(strict, role)
        for index, statement in enumerate(document["Statement"]):
            actions = [a for a in statement["Action"] if a.split(":")[0] in ("dynamodb", "sqs")]
            if not actions or all("index/" in r for r in statement["Resource"]):
                continue  # nothing of it can be called on this emulator (X-Ray), or it is the sparse index's own
            reduced = {**document, "Statement": document["Statement"][:index] + document["Statement"][index + 1:]}
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(reduced))
            refused = 0
            for what, call in calls_of(strict, role, credentials).items():
                if what in allowed:
                    try:
                        call()
                    except ClientError as error:
                        refused += "AccessDenied" in error.response["Error"]["Code"]
            assert refused, f"{role} needs no {actions}"
            iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))
