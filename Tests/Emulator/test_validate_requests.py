"""The validator accepts what boto3 sends for the whole stack, and finds each class of planted violation."""
import base64
import json
from urllib.parse import urlencode

import pytest

from reference_stack import Maker
from validate_requests import violations

JSON = {"content-type": "application/x-amz-json-1.1"}


def json_call(service, target, payload, version="1.1"):
    return {"seq": 1, "service": service, "action": target.rsplit(".", 1)[1], "protocol": "json", "method": "POST",
            "path": "/", "query": "", "body_base64": base64.b64encode(json.dumps(payload).encode()).decode(),
            "headers": {"content-type": f"application/x-amz-json-{version}", "x-amz-target": target}}


def form_call(service, protocol, version, **fields):
    body = urlencode({"Version": version, **fields})
    return {"seq": 1, "service": service, "action": fields["Action"], "protocol": protocol, "method": "POST",
            "path": "/", "query": "", "headers": {}, "body_base64": base64.b64encode(body.encode()).decode()}


def ec2(**fields):
    return form_call("ec2", "ec2", "2016-11-15", **fields)


def iam(**fields):
    return form_call("iam", "query", "2010-05-08", **fields)


def logs(payload, action="PutRetentionPolicy"):
    return json_call("logs", f"Logs_20140328.{action}", payload)


def front(body, path="/2020-05-31/cache-policy", action="CreateCachePolicy", method="POST"):
    return {"seq": 1, "service": "cloudfront", "action": action, "protocol": "rest-xml", "method": method, "path": path,
            "query": "", "headers": {}, "body_base64": base64.b64encode(body.encode()).decode()}


NAMESPACE = 'xmlns="http://cloudfront.amazonaws.com/doc/2020-05-31/"'


@pytest.mark.parametrize("kind, call", [
    ("unknown", ec2(Action="CreateVpc", CidrBlock="10.0.0.0/16", Sidr="x")),
    ("unknown", ec2(Action="CreateVpcs", CidrBlock="10.0.0.0/16")),
    ("unknown", ec2(Action="CreateVpc", **{"TagSpecifications.1.ResourceType": "vpc"})),
    ("unknown", iam(Action="TagRole", RoleName="r", **{"Tags.1.Key": "k", "Tags.1.Value": "v"})),
    ("unknown", logs({"logGroupName": "g", "retentionInDays": 30, "x": 1})),
    ("unknown", front(f"<CachePolicyConfig {NAMESPACE}><Name>n</Name><MinTTL>0</MinTTL><Nope/></CachePolicyConfig>")),
    ("required", ec2(Action="CreateSubnet", CidrBlock="10.0.0.0/20")),
    ("required", iam(Action="CreateRole", RoleName="r")),
    ("required", logs({"logGroupName": "g"})),
    ("required", front(f"<CachePolicyConfig {NAMESPACE}><Name>n</Name></CachePolicyConfig>")),
    ("type", logs({"logGroupName": "g", "retentionInDays": "30"})),
    ("type", logs({"logGroupName": 5, "retentionInDays": 30})),
    ("type", logs({"logGroupName": None, "retentionInDays": 30})),
    ("type", ec2(Action="CreateVpc", CidrBlock="10.0.0.0/16", DryRun="yes")),
    ("type", front(f"<CachePolicyConfig {NAMESPACE}><Name>n</Name><MinTTL>soon</MinTTL></CachePolicyConfig>")),
    ("enum", ec2(Action="CreateVpc", CidrBlock="10.0.0.0/16", InstanceTenancy="shared")),
    ("enum", ec2(Action="CreateVpc", **{"TagSpecification.1.ResourceType": "vpcs"})),
    ("enum", json_call("ecr", "AmazonEC2ContainerRegistry_V20150921.CreateRepository",
                       {"repositoryName": "ok/name", "imageTagMutability": "FROZEN"})),
    ("pattern", iam(Action="GetRole", RoleName="no spaces")),
    ("pattern", json_call("ecr", "AmazonEC2ContainerRegistry_V20150921.CreateRepository", {"repositoryName": "UP"})),
    ("range", iam(Action="GetRole", RoleName="r" * 65)),
    ("range", iam(Action="CreateRole", RoleName="r", AssumeRolePolicyDocument="{}", MaxSessionDuration="60")),
    ("range", logs({"logGroupName": "", "retentionInDays": 30})),
    ("protocol", form_call("ec2", "ec2", "2010-01-01", Action="DescribeVpcs")),
    ("protocol", json_call("logs", "Logs_2.DescribeLogGroups", {})),
    ("protocol", json_call("logs", "Logs_20140328.DescribeLogGroups", {}, version="1.0")),
    ("protocol", front("", path="/2020-05-31/cache-policies")),
    ("protocol", front("<CachePolicyConfig><Name>n</Name><MinTTL>0</MinTTL></CachePolicyConfig>")),
])
def test_a_planted_violation_is_found(kind, call):
    assert kind in {v.kind for v in violations([call])}, violations([call])


@pytest.mark.parametrize("call", [
    ec2(Action="CreateVpc", CidrBlock="10.0.0.0/16", DryRun="true", **{
        "TagSpecification.1.ResourceType": "vpc", "TagSpecification.1.Tag.1.Key": "k",
        "TagSpecification.1.Tag.1.Value": "v"}),
    iam(Action="TagRole", RoleName="r", **{"Tags.member.1.Key": "k", "Tags.member.1.Value": "v"}),
    logs({"logGroupName": "g", "retentionInDays": 30}),
    front(f"<CachePolicyConfig {NAMESPACE}><Name>n</Name><MinTTL>0</MinTTL></CachePolicyConfig>"),
])
def test_a_right_request_passes(call):
    assert violations([call]) == []


def test_the_whole_stack_as_boto3_sends_it_has_no_violation(emulator):
    Maker(emulator.url).everything()
    calls = emulator.log(full=True)
    assert len(calls) > 300
    assert [str(v) for v in violations(calls)] == []
