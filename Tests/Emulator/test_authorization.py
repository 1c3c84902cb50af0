"""With --auth a call is checked on the actions and resources that AWS checks, and on their conditions."""
import json
import re

import pytest
from botocore.exceptions import ClientError

from launcher import Emulator
from reference_stack import Maker, trust

HERE = "ap-northeast-1"
TAG = {"Key": "tickctl:stack", "Value": "ticket"}


@pytest.fixture(scope="module")
def strict_running():
    emulator = Emulator(auth=True)
    yield emulator
    emulator.stop()


@pytest.fixture
def strict(strict_running):
    strict_running.reset()
    return strict_running


def user_with(emulator, *statements):
    """Credentials of a user who has these statements: (actions, resources[, conditions])."""
    iam = emulator.client("iam")
    iam.create_user(UserName="runner")
    give(emulator, *statements)
    key = iam.create_access_key(UserName="runner")["AccessKey"]
    return key["AccessKeyId"], key["SecretAccessKey"], None


def give(emulator, *statements):
    document = {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": s[0], "Resource": s[1], **({"Condition": s[2]} if len(s) > 2 else {})}
        for s in statements]}
    emulator.client("iam").put_user_policy(UserName="runner", PolicyName="p", PolicyDocument=json.dumps(document))


def vpc_spec(*tags):
    return [{"ResourceType": "vpc", "Tags": list(tags)}]


def test_the_whole_stack_passes_under_exactly_what_it_needs_and_not_without_any_action(strict):
    Maker(strict.url).everything()
    needs = {}
    for call in strict.log(full=True, kind="write,read"):
        for action, arn in call["needs"]:
            needs.setdefault(action, set()).add(arn)
    assert len(needs) > 75
    # ids differ from run to run: the statement names the type, and the exact ARN wherever it is a name of ours
    statements = [([a], sorted(loosened(r) for r in arns)) for a, arns in sorted(needs.items())]
    strict.reset()
    credentials = user_with(strict, *statements)
    Maker(strict.url, credentials).everything()
    for index, (actions, _) in enumerate(statements):
        if index % 20:
            continue
        strict.reset()
        credentials = user_with(strict, *statements[:index], *statements[index + 1:])
        with pytest.raises(ClientError) as caught:
            Maker(strict.url, credentials).everything()
        denied = caught.value.response["Error"]
        assert denied["Code"] in ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation",
                                  "AuthorizationError"), denied
        assert actions[0].split(":")[1] in denied["Message"] or "Encoded" in denied["Message"], (actions, denied)


def loosened(arn):
    if ":secret:" in arn:
        return arn.rsplit("-", 1)[0] + "*"
    return arn.split("/")[0] + "/*" if re.search(r":(ec2|elasticloadbalancing|application-autoscaling):", arn) else arn


@pytest.mark.parametrize("statements", [
    (["ec2:CreateVpc"], "*"),
    (["ec2:CreateVpc", "ec2:CreateTags"], "arn:aws:ec2:ap-northeast-2:123456789012:vpc/*"),
    (["ec2:CreateVpc", "ec2:CreateTags"], "*", {"StringEquals": {"aws:RequestTag/tickctl:stack": "other"}}),
    (["ec2:CreateVpc", "ec2:CreateTags"], "*", {"StringEquals": {"aws:RequestedRegion": "ap-northeast-2"}}),
])
def test_a_tagged_vpc_needs_both_actions_here_with_this_tag(strict, statements):
    credentials = user_with(strict, statements)
    with pytest.raises(ClientError, match="UnauthorizedOperation|AccessDenied"):
        strict.client("ec2", credentials=credentials).create_vpc(CidrBlock="10.0.0.0/16",
                                                                 TagSpecifications=vpc_spec(TAG))
    give(strict, (["ec2:CreateVpc", "ec2:CreateTags"], f"arn:aws:ec2:{HERE}:123456789012:vpc/*",
                  {"StringEquals": {"aws:RequestTag/tickctl:stack": "ticket"}}))
    strict.client("ec2", credentials=credentials).create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=vpc_spec(TAG))


def test_a_resource_tag_condition_protects_what_is_anothers(strict):
    ec2 = strict.client("ec2")
    mine = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=vpc_spec(TAG))["Vpc"]["VpcId"]
    other = ec2.create_vpc(CidrBlock="10.1.0.0/16", TagSpecifications=vpc_spec(
        {"Key": "tickctl:stack", "Value": "other"}))["Vpc"]["VpcId"]
    credentials = user_with(strict, (["ec2:DeleteVpc"], "*", {
        "StringEqualsIfExists": {"aws:ResourceTag/tickctl:stack": "ticket"}}))
    client = strict.client("ec2", credentials=credentials)
    client.delete_vpc(VpcId=mine)
    with pytest.raises(ClientError, match="UnauthorizedOperation|AccessDenied"):
        client.delete_vpc(VpcId=other)


def test_passing_a_role_needs_its_own_permission(strict):
    role = "arn:aws:iam::123456789012:role/ticket-execution"
    strict.client("iam").create_role(RoleName="ticket-execution", AssumeRolePolicyDocument=trust("ecs-tasks.amazonaws.com"))
    register = (["ecs:RegisterTaskDefinition"], "*")
    credentials = user_with(strict, register)
    client = strict.client("ecs", credentials=credentials)
    arguments = {"family": "f", "containerDefinitions": [{"name": "a", "image": "b", "memory": 128}],
                 "executionRoleArn": role}
    with pytest.raises(ClientError, match="AccessDenied"):
        client.register_task_definition(**arguments)
    give(strict, register, (["iam:PassRole"], role, {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}))
    with pytest.raises(ClientError, match="AccessDenied"):
        client.register_task_definition(**arguments)
    give(strict, register, (["iam:PassRole"], role, {
        "StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}))
    client.register_task_definition(**arguments)


def test_a_batch_of_messages_needs_only_the_single_action(strict):
    url = strict.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    credentials = user_with(strict, (["sqs:SendMessage"], f"arn:aws:sqs:{HERE}:123456789012:q"))
    client = strict.client("sqs", credentials=credentials)
    client.send_message_batch(QueueUrl=url, Entries=[{"Id": "1", "MessageBody": "x"}])
    with pytest.raises(ClientError, match="AccessDenied"):
        client.receive_message(QueueUrl=url)


def test_a_wrong_secret_and_a_missing_session_token_are_refused(strict):
    credentials = user_with(strict, (["sqs:*"], "*"))
    strict.client("sqs", credentials=credentials).list_queues()
    with pytest.raises(ClientError, match="Signature"):
        strict.client("sqs", credentials=(credentials[0], "wrong", None)).list_queues()


def test_the_registry_wants_a_token_and_its_holders_permission(strict):
    import base64
    import urllib.error
    import urllib.request
    strict.client("ecr").create_repository(repositoryName="ticket-public")
    credentials = user_with(strict, (["ecr:GetAuthorizationToken"], "*"))
    url = strict.url + "/v2/ticket-public/blobs/uploads/"

    def start(headers):
        request = urllib.request.Request(url, data=b"", method="POST", headers=headers)
        try:
            with urllib.request.urlopen(request) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
    assert start({}) == 401
    assert start({"Authorization": "Basic " + base64.b64encode(b"AWS:guess").decode()}) == 401
    data = strict.client("ecr", credentials=credentials).get_authorization_token()["authorizationData"][0]
    header = {"Authorization": "Basic " + data["authorizationToken"]}
    assert start(header) == 403
    give(strict, (["ecr:InitiateLayerUpload"], f"arn:aws:ecr:{HERE}:123456789012:repository/ticket-*"))
    assert start(header) == 202
