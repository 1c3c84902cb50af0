"""The census sees every change, the table finds every planted deviation; two equal accounts are equal."""
import json

import pytest

from census import Census, differences
from expected import compare, render
from reference_stack import Maker

HERE = "ap-northeast-1"


@pytest.fixture(scope="module")
def account(running):
    """The reference stack, made once; each test undoes what it plants."""
    running.reset()
    maker = Maker(running.url)
    maker.everything()
    return maker


def group_id(maker, name):
    found = maker.client("ec2", HERE).describe_security_groups(Filters=[{"Name": "group-name", "Values": [name]}])
    return found["SecurityGroups"][0]["GroupId"]


def test_the_whole_stack_has_no_wrong_cell(account):
    cells = compare(account.endpoint)
    assert render(cells, False).endswith(" 0 wrong"), render(cells, False)
    assert len(cells) > 1400


def permission(source):
    return [{"IpProtocol": "tcp", "FromPort": 6379, "ToPort": 6379, "IpRanges": [{"CidrIp": source}]}]


def open_redis(maker):
    ec2, group = maker.client("ec2", HERE), group_id(maker, "ticket-redis")
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=permission("0.0.0.0/0"))
    return lambda: ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=permission("0.0.0.0/0"))


def shorter_visibility(maker):
    sqs = maker.client("sqs", HERE)
    url = sqs.get_queue_url(QueueName="ticket-confirm.fifo")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "30"})
    return lambda: sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "60"})


def second_address(maker):
    ec2 = maker.client("ec2", HERE)
    identifier = ec2.allocate_address(Domain="vpc")["AllocationId"]
    return lambda: ec2.release_address(AllocationId=identifier)


def retention(maker):
    logs = maker.client("logs", HERE)
    logs.put_retention_policy(logGroupName="/ecs/ticket-public", retentionInDays=7)
    return lambda: logs.put_retention_policy(logGroupName="/ecs/ticket-public", retentionInDays=30)


def lost_tag(maker):
    sns = maker.client("sns", HERE)
    arn = f"arn:aws:sns:{HERE}:123456789012:ticket-alarms"
    sns.untag_resource(ResourceArn=arn, TagKeys=["tickctl:stack"])
    return lambda: sns.tag_resource(ResourceArn=arn, Tags=[{"Key": "tickctl:stack", "Value": "ticket"}])


def per_second_target(maker):
    scaling = maker.client("application-autoscaling", HERE)
    policy = next(p for p in scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
                  if p["PolicyName"] == "ticket-public-requests")
    body = policy["TargetTrackingScalingPolicyConfiguration"]
    fixed = {k: policy[k] for k in ("PolicyName", "ServiceNamespace", "ResourceId", "ScalableDimension", "PolicyType")}

    def put(value):
        scaling.put_scaling_policy(**fixed, TargetTrackingScalingPolicyConfiguration=body | {"TargetValue": value})
    put(800.0)
    return lambda: put(48000.0)


def lost_alarm(maker):
    watch = maker.client("cloudwatch", HERE)
    alarm = watch.describe_alarms(AlarmNames=["ticket-deadletter-depth"])["MetricAlarms"][0]
    keep = ("AlarmName", "Namespace", "MetricName", "Dimensions", "Statistic", "Period", "EvaluationPeriods",
            "Threshold", "ComparisonOperator", "TreatMissingData", "AlarmActions")
    watch.delete_alarms(AlarmNames=["ticket-deadletter-depth"])
    return lambda: watch.put_metric_alarm(**{k: alarm[k] for k in keep}, Tags=maker.tags(
        "06-autoscaling", "alarm-deadletter-depth", name=False))


def wider_role(maker):
    iam = maker.client("iam")
    document = iam.get_role_policy(RoleName="ticket-worker-task", PolicyName="ticket-worker-task")["PolicyDocument"]
    wide = {"Version": "2012-10-17", "Statement": document["Statement"] + [
        {"Effect": "Allow", "Action": "sqs:*", "Resource": "*"}]}

    def put(value):
        iam.put_role_policy(RoleName="ticket-worker-task", PolicyName="ticket-worker-task",
                            PolicyDocument=json.dumps(value))
    put(wide)
    return lambda: put(document)


def stranger_queue(maker):
    sqs = maker.client("sqs", HERE)
    url = sqs.create_queue(QueueName="strange")["QueueUrl"]
    return lambda: sqs.delete_queue(QueueUrl=url)


@pytest.mark.parametrize("plant, resource, setting", [
    (open_redis, "sg/ticket-redis", "ingress"), (shorter_visibility, "queue/ticket-confirm.fifo", "VisibilityTimeout"),
    (second_address, "eip/eip-unused", "(exists)"), (retention, "logs//ecs/ticket-public", "retention"),
    (lost_tag, "topic/ticket-alarms", "tag tickctl:stack"), (lost_alarm, "alarm", "dead letters"),
    (per_second_target, "policy/ticket-public-svc/requests", "TargetTrackingScalingPolicyConfiguration.TargetValue"),
    (wider_role, "role/ticket-worker-task", "inline"), (stranger_queue, "queue/strange", "(exists)"),
])
def test_a_planted_deviation_is_the_one_wrong_cell(account, plant, resource, setting):
    undo = plant(account)
    try:
        wrong = [c for c in compare(account.endpoint) if not c.right]
    finally:
        undo()
    assert [(c.resource.split(" ", 1)[1], c.setting) for c in wrong] == [(resource, setting)], render(wrong, False)
    assert not [c for c in compare(account.endpoint) if not c.right]


def test_a_missing_request_member_is_found(account):
    calls = [{"service": "rds", "action": "CreateDBCluster", "seq": 1, "status": 200,
              "input": {"MasterUserPassword": "x"}}]
    from expected import Table
    table = Table({}, calls)
    table.request({"service": "rds", "action": "CreateDBCluster", "times": 1, "member": "MasterUserPassword",
                   "value": {"absent": True}})
    assert [c.right for c in table.cells] == [True, False]


def test_equal_accounts_have_equal_censuses_and_a_change_is_one_line(account):
    first = Census(account.endpoint).collect()
    undo = shorter_visibility(account)
    changed = Census(account.endpoint).collect()
    undo()
    assert differences(first, changed) == [f"{HERE} queue/ticket-confirm.fifo: VisibilityTimeout: '60' | '30'"]
    undo = second_address(account)
    assert differences(first, Census(account.endpoint).collect()) == [f"{HERE} eip/eip-unused: only right"]
    undo()
    assert differences(first, Census(account.endpoint).collect()) == []


def test_two_accounts_made_by_different_runs_are_equal(running):
    censuses = []
    for _ in range(2):
        running.reset()
        Maker(running.url).everything()
        censuses.append(Census(running.url).collect())
    assert differences(*censuses) == []


def test_a_restored_snapshot_is_the_account_it_was_taken_of(running):
    running.reset()
    Maker(running.url).everything()
    before = Census(running.url).collect()
    running.snapshot("made")
    running.reset()
    assert len(Census(running.url).collect()) == 0
    running.restore("made")
    assert differences(before, Census(running.url).collect()) == []
    running.client("sqs", HERE).delete_queue(QueueUrl=running.client("sqs", HERE).get_queue_url(
        QueueName="ticket-confirm.fifo")["QueueUrl"])
    assert differences(before, Census(running.url).collect()) == [f"{HERE} queue/ticket-confirm.fifo: only left"]
    running.restore("made")
    assert differences(before, Census(running.url).collect()) == []
