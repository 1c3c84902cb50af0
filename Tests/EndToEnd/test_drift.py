"""What somebody changed by hand is shown as that one change and repaired with the fewest calls."""
import json
import re

import pytest

from census import differences
from expected import ACCOUNT
from harness import CHANGES, OK, REFUSED, census

HERE = "ap-northeast-1"


def queue(made):
    sqs = made.emulator.client("sqs", HERE)
    url = sqs.get_queue_url(QueueName="ticket-confirm.fifo")["QueueUrl"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "33"})


def retention(made):
    made.emulator.client("logs", HERE).put_retention_policy(logGroupName="/ecs/ticket-worker", retentionInDays=1)


def alarm(made):
    watch = made.emulator.client("cloudwatch", HERE)
    found = [a for a in watch.get_paginator("describe_alarms").paginate().build_full_result()["MetricAlarms"]
             if a.get("MetricName") == "ApproximateAgeOfOldestMessage"][0]
    keep = ("AlarmName", "Namespace", "MetricName", "Dimensions", "Statistic", "Period", "EvaluationPeriods",
            "ComparisonOperator", "TreatMissingData", "AlarmActions", "OKActions", "AlarmDescription")
    watch.put_metric_alarm(**{k: found[k] for k in keep if k in found}, Threshold=77.0)


def group_rule(made):
    ec2 = made.emulator.client("ec2", HERE)
    group = ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": ["ticket-redis"]}])
    ec2.authorize_security_group_ingress(GroupId=group["SecurityGroups"][0]["GroupId"], IpPermissions=[
        {"IpProtocol": "tcp", "FromPort": 6379, "ToPort": 6379, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}])


def role_policy(made):
    iam = made.emulator.client("iam")
    name = iam.list_role_policies(RoleName="ticket-worker-task")["PolicyNames"][0]
    document = iam.get_role_policy(RoleName="ticket-worker-task", PolicyName=name)["PolicyDocument"]
    document["Statement"].append({"Sid": "ByHand", "Effect": "Allow", "Action": "*", "Resource": "*"})
    iam.put_role_policy(RoleName="ticket-worker-task", PolicyName=name, PolicyDocument=json.dumps(document))


def bucket():
    return {"Bucket": f"ticket-load-{ACCOUNT}-{HERE}"}


def bucket_policy(made):
    made.emulator.client("s3", HERE).delete_bucket_policy(**bucket())


def public_access(made):
    made.emulator.client("s3", HERE).put_public_access_block(**bucket(), PublicAccessBlockConfiguration={
        "BlockPublicAcls": True, "IgnorePublicAcls": True, "BlockPublicPolicy": True, "RestrictPublicBuckets": False})


def results_kept(made):
    s3 = made.emulator.client("s3", HERE)
    rules = s3.get_bucket_lifecycle_configuration(**bucket())["Rules"]
    next(r for r in rules if "Expiration" in r)["Expiration"]["Days"] = 3650
    s3.put_bucket_lifecycle_configuration(**bucket(), LifecycleConfiguration={"Rules": rules})


def lost_tag(made):
    sqs = made.emulator.client("sqs", HERE)
    url = sqs.get_queue_url(QueueName="ticket-deadletter.fifo")["QueueUrl"]
    sqs.untag_queue(QueueUrl=url, TagKeys=["tickctl:id"])


@pytest.mark.parametrize("change, word, most_writes", [
    (queue, "VisibilityTimeout", 1), (retention, "etention", 1), (alarm, "hreshold", 1), (group_rule, "0.0.0.0/0", 1),
    (role_policy, "olicy", 1), (bucket_policy, "TLSOnly", 1), (public_access, "restrictPublicBuckets", 1),
    (results_kept, "3650 days", 1),
])
def test_one_change_by_hand_is_one_line_and_one_repair(made, standing, change, word, most_writes):
    change(made)
    made.emulator.clear_log()
    for command in ("plan", "drift"):
        result = made.run(command).expect(CHANGES)
        lines = [line for line in result.stdout.splitlines() if word.lower() in line.lower()]
        assert len(lines) >= 1, result.stdout
        shown = made.run(command, "--json")
        changed = [e for e in json.loads(shown.stdout)["entries"] if e["action"] not in ("none",)]
        assert len(changed) == 1 and len(changed[0]["changes"]) == 1, changed
    assert made.emulator.stats()["write"] == 0
    made.emulator.clear_log()
    made.up("--refresh").expect(OK)
    stats = made.emulator.stats()
    assert stats["write"] <= most_writes, stats["actions"]
    assert differences(standing.census, census(made.emulator), ("clean run", "repaired")) == []


def test_something_deleted_by_hand_is_made_again(made, standing):
    watch = made.emulator.client("cloudwatch", HERE)
    name = watch.describe_alarms(MaxRecords=1)["MetricAlarms"][0]["AlarmName"]
    watch.delete_alarms(AlarmNames=[name])
    made.run("drift").expect(CHANGES)
    made.emulator.clear_log()
    made.up("--refresh").expect(OK)
    assert made.emulator.stats()["write"] == 1
    assert differences(standing.census, census(made.emulator), ("clean run", "repaired")) == []


def test_a_saved_plan_that_is_no_longer_true_is_refused(made):
    retention(made)
    made.run("plan", "--out", "plan.json").expect(CHANGES)
    queue(made)
    made.emulator.clear_log()
    result = made.run("up", "--plan", "plan.json").expect(REFUSED)
    assert "plan" in result.stderr and made.emulator.stats()["write"] == 0


def test_what_lost_its_tag_is_no_longer_ours(made):
    """Without the tag nobody can tell whose it is: it is refused, with what to do about it."""
    lost_tag(made)
    made.emulator.clear_log()
    result = made.up("--refresh").expect(REFUSED)
    assert "tickctl:id" in result.stderr and "tickctl explain foreign" in result.stderr, result.stderr
    assert made.emulator.stats()["write"] == 0


def test_a_changed_value_is_planned_and_only_that_is_changed(made):
    text = made.stack_file().read_text()
    changed, count = re.subn(r"(visibilityTimeoutSeconds:\s*)60", r"\g<1>90", text)
    if not count:
        changed = text + "\nqueue:\n  visibilityTimeoutSeconds: 90\n"
    made.stack_file().write_text(changed)
    result = made.run("plan").expect(CHANGES)
    assert "90" in result.stdout
    made.emulator.clear_log()
    made.up().expect(OK)
    # The queue and its dead letters, in both regions.
    assert made.emulator.stats()["actions"].get("sqs:SetQueueAttributes") == 4, made.emulator.stats()["actions"]
    assert made.emulator.stats()["write"] == 4


def test_changes_are_not_made_unasked(made):
    retention(made)
    made.emulator.clear_log()
    made.forget_stamps()
    result = made.run("up").expect(REFUSED)
    assert "--yes" in result.stderr and made.emulator.stats()["write"] == 0


def test_autoscaling_owns_the_task_count(made):
    made.emulator.client("ecs", HERE).update_service(cluster="ticket", service="ticket-public-svc", desiredCount=77)
    made.run("plan").expect(OK)
    made.run("drift").expect(OK)
