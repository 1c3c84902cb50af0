"""The weather does what it is told: each fault is seen by a real client, and nothing else changes."""
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError, ConnectionClosedError, ResponseStreamingError

VPC = {"CidrBlock": "10.0.0.0/16"}


def until(condition):
    deadline = time.monotonic() + 300
    while not condition():
        assert time.monotonic() < deadline, "what the test waits for did not come"
        time.sleep(0.02)


def own_vpcs(emulator):
    return [v for v in emulator.client("ec2").describe_vpcs()["Vpcs"] if not v["IsDefault"]]


@pytest.mark.parametrize("effect, executed", [("drop_before", 0), ("drop_after", 1), ("truncate", 1)])
def test_a_lost_answer_is_lost_and_the_call_happened_or_not(emulator, effect, executed):
    emulator.weather(rules=[{"effect": effect, "action": "CreateVpc", "count": 1}])
    with pytest.raises((ConnectionClosedError, ResponseStreamingError)):
        emulator.client("ec2").create_vpc(**VPC)
    assert len(own_vpcs(emulator)) == executed
    emulator.client("ec2").create_vpc(**VPC)
    assert len(own_vpcs(emulator)) == executed + 1


@pytest.mark.parametrize("service, operation, code, status", [
    ("ec2", "describe_vpcs", "RequestLimitExceeded", 503), ("iam", "list_roles", "Throttling", 400),
    ("dynamodb", "list_tables", "ThrottlingException", 400), ("cloudfront", "list_distributions", "Throttling", 400),
    ("ecs", "list_clusters", "ThrottlingException", 400), ("elbv2", "describe_load_balancers", "Throttling", 400),
])
def test_a_throttle_speaks_the_protocol_of_its_service(emulator, service, operation, code, status):
    emulator.weather(rules=[{"effect": "throttle", "service": service}])
    with pytest.raises(ClientError) as caught:
        getattr(emulator.client(service), operation)()
    assert caught.value.response["Error"]["Code"] == code
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == status


def test_rules_count_matching_calls(emulator):
    emulator.weather(rules=[{"effect": "server_error", "service": "sqs", "nth": [2, 4], "kind": "read"}])
    client, outcomes = emulator.client("sqs"), []
    for _ in range(5):
        try:
            client.list_queues()
            outcomes.append("ok")
        except ClientError as error:
            outcomes.append(error.response["ResponseMetadata"]["HTTPStatusCode"])
    assert outcomes == ["ok", 500, "ok", 500, "ok"]


def test_a_rule_hits_one_and_the_same_call_no_oftener_than_told(emulator):
    emulator.weather(rules=[{"effect": "server_error", "service": "sqs", "each": 2}])
    client, outcomes = emulator.client("sqs"), []
    for prefix in "aaabaab":
        try:
            client.list_queues(QueueNamePrefix=prefix)
            outcomes.append("ok")
        except ClientError:
            outcomes.append(prefix)
    assert outcomes == ["a", "a", "ok", "b", "ok", "ok", "b"]


def test_probability_repeats_by_seed(emulator):
    def run(seed):
        emulator.weather(rules=[{"effect": "throttle", "service": "sqs", "probability": 0.5, "seed": seed}])
        outcome = ""
        for _ in range(20):
            try:
                emulator.client("sqs").list_queues()
                outcome += "."
            except ClientError:
                outcome += "x"
        return outcome
    assert run(7) == run(7) != run(8)
    assert "x" in run(7) and "." in run(7)


def test_delay_is_added_to_each_call(emulator):
    client = emulator.client("sqs")
    client.list_queues()
    emulator.weather(delay_ms=120)
    started = time.monotonic()
    client.list_queues()
    assert time.monotonic() - started >= 0.12


def test_expired_credentials_stay_expired_until_others_are_used(emulator):
    emulator.weather(expire_credentials={"after": 2})
    emulator.client("sqs").list_queues()
    for _ in range(2):
        with pytest.raises(ClientError, match="ExpiredToken"):
            emulator.client("sqs").list_queues()
    emulator.client("sqs", credentials=("OTHER", "secret", "token")).list_queues()


@pytest.mark.parametrize("when, made", [("before", 1), ("after", 2)])
def test_kill_hits_the_process_at_the_chosen_mutating_call(emulator, when, made):
    victim = subprocess.Popen(["sleep", "3600"])
    emulator.weather(kill={"pid": victim.pid, "after": 2, "when": when})
    client = emulator.client("ec2")
    client.create_vpc(**VPC)
    client.describe_vpcs()
    assert victim.poll() is None
    with pytest.raises(ConnectionClosedError):
        client.create_vpc(**VPC)
    assert victim.wait(300) == -9
    assert len(own_vpcs(emulator)) == made


def test_the_call_that_kills_waits_until_it_is_told_whom(emulator):
    emulator.weather(kill={"after": 1, "when": "after"})
    with ThreadPoolExecutor(1) as pool:
        call = pool.submit(emulator.client("ec2").create_vpc, **VPC)
        until(lambda: emulator.status()["kill"]["done"])
        assert not call.done()
        victim = subprocess.Popen(["sleep", "3600"])
        emulator.weather(kill_pid=victim.pid)
        assert victim.wait(300) == -9
        with pytest.raises(ConnectionClosedError):
            call.result(300)
    assert len(own_vpcs(emulator)) == 1


def test_stale_ec2_lists_lack_what_was_just_made(emulator):
    client = emulator.client("ec2")
    before = len(client.describe_vpcs()["Vpcs"])
    emulator.weather(stale={"services": ["ec2"], "seconds": 2}, advance_seconds=0)
    vpc = client.create_vpc(**VPC)["Vpc"]["VpcId"]
    client.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/20")
    assert len(client.describe_vpcs()["Vpcs"]) == before
    with pytest.raises(ClientError, match="InvalidVpcID.NotFound"):
        client.describe_vpcs(VpcIds=[vpc])
    emulator.weather(advance_seconds=1.9)
    assert len(client.describe_vpcs()["Vpcs"]) == before
    emulator.weather(advance_seconds=0.2)
    assert len(client.describe_vpcs(VpcIds=[vpc])["Vpcs"]) == 1
    assert len(client.describe_vpcs()["Vpcs"]) == before + 1


def test_no_read_lags_longer_than_said_however_many_writes_follow(emulator):
    client = emulator.client("ec2")
    client.describe_vpcs()
    emulator.weather(stale={"services": ["ec2"], "seconds": 2}, advance_seconds=0)
    first, looks = client.create_vpc(**VPC)["Vpc"]["VpcId"], 0
    while looks < 10 and first not in {vpc["VpcId"] for vpc in client.describe_vpcs()["Vpcs"]}:
        looks += 1
        client.allocate_address(Domain="vpc")
        emulator.weather(advance_seconds=0.5)
    assert looks == 4


def test_a_held_call_waits_for_the_rules_to_change(emulator):
    emulator.weather(rules=[{"effect": "hold", "action": "CreateVpc"}])
    client = emulator.client("ec2")
    with ThreadPoolExecutor(1) as pool:
        held = pool.submit(client.create_vpc, **VPC)
        until(lambda: emulator.status()["rules"][0]["hits"])
        before = own_vpcs(emulator)
        assert not held.done() and before == []
        emulator.fair()
        assert held.result(300)["Vpc"]["VpcId"] in {vpc["VpcId"] for vpc in own_vpcs(emulator)}


def test_stale_names_do_not_exist_yet_and_old_answers_come_again(emulator):
    sqs, iam = emulator.client("sqs"), emulator.client("iam")
    emulator.weather(stale={"services": ["sqs", "iam"], "reads": 2})
    url = sqs.create_queue(QueueName="q")["QueueUrl"]
    for _ in range(2):
        with pytest.raises(ClientError, match="NonExistentQueue"):
            sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    assert sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["VisibilityTimeout"] == "30"
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"VisibilityTimeout": "60"})
    seen = [sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]["VisibilityTimeout"]
            for _ in range(3)]
    assert seen == ["30", "30", "60"]
    iam.create_role(RoleName="r", AssumeRolePolicyDocument='{"Version":"2012-10-17","Statement":[]}')
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.get_role(RoleName="r")


def test_slow_states_pass_in_time(emulator):
    ec2, ecs, ddb, rds = (emulator.client(s) for s in ("ec2", "ecs", "dynamodb", "rds"))
    emulator.weather(slow_states={"seconds": 3}, advance_seconds=0)
    vpc = ec2.create_vpc(**VPC)["Vpc"]
    assert vpc["State"] == "pending"
    subnet = ec2.create_subnet(VpcId=vpc["VpcId"], CidrBlock="10.0.0.0/20")["Subnet"]["SubnetId"]
    address = ec2.allocate_address(Domain="vpc")["AllocationId"]
    nat = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]["NatGatewayId"]

    def nat_state():
        return ec2.describe_nat_gateways(NatGatewayIds=[nat])["NatGateways"][0]["State"]
    ddb.create_table(TableName="ttt", BillingMode="PAY_PER_REQUEST",
                     KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
                     AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])
    ecs.create_cluster(clusterName="c")
    ecs.register_task_definition(family="f", containerDefinitions=[{"name": "a", "image": "b", "memory": 128}])
    ecs.create_service(cluster="c", serviceName="s", taskDefinition="f", desiredCount=2)
    rds.create_db_cluster(DBClusterIdentifier="d", Engine="aurora-postgresql", MasterUsername="u",
                          ManageMasterUserPassword=True)

    def service():
        found = ecs.describe_services(cluster="c", services=["s"])["services"][0]
        return found["deployments"][0]["rolloutState"], found["runningCount"]
    assert nat_state() == "pending"
    assert ddb.describe_table(TableName="ttt")["Table"]["TableStatus"] == "CREATING"
    assert service() == ("IN_PROGRESS", 0)
    assert rds.describe_db_clusters()["DBClusters"][0]["Status"] == "creating"
    emulator.weather(advance_seconds=3.1)
    assert nat_state() == "available"
    assert ddb.describe_table(TableName="ttt")["Table"]["TableStatus"] == "ACTIVE"
    assert service() == ("COMPLETED", 2)
    assert rds.describe_db_clusters(DBClusterIdentifier="d")["DBClusters"][0]["Status"] == "available"
    rds.delete_db_cluster(DBClusterIdentifier="d", SkipFinalSnapshot=True)
    assert rds.describe_db_clusters(DBClusterIdentifier="d")["DBClusters"][0]["Status"] == "deleting"
    emulator.weather(advance_seconds=3.1)
    with pytest.raises(ClientError, match="NotFound"):
        rds.describe_db_clusters(DBClusterIdentifier="d")


def test_slow_states_pass_after_so_many_looks(emulator):
    ec2, ddb = emulator.client("ec2"), emulator.client("dynamodb")
    emulator.weather(slow_states={"looks": {"nat": 2, "dynamodb": 2}})
    subnet = ec2.create_subnet(VpcId=ec2.create_vpc(**VPC)["Vpc"]["VpcId"], CidrBlock="10.0.0.0/20")["Subnet"]["SubnetId"]
    gateways = []
    for _ in range(2):
        address = ec2.allocate_address(Domain="vpc")["AllocationId"]
        made = ec2.create_nat_gateway(SubnetId=subnet, AllocationId=address)["NatGateway"]
        assert made["State"] == "pending"
        gateways.append(made["NatGatewayId"])

    def states(*identifiers):
        found = ec2.describe_nat_gateways(NatGatewayIds=list(identifiers))["NatGateways"]
        return [next(g["State"] for g in found if g["NatGatewayId"] == i) for i in identifiers]
    # One answer is a look at each that it shows.
    assert states(*gateways) == ["pending", "pending"]
    assert states(gateways[0]) == ["pending"] and states(gateways[0]) == ["available"]
    assert states(*gateways) == ["available", "pending"] and states(*gateways) == ["available", "available"]
    key = [{"AttributeName": "pk", "KeyType": "HASH"}]
    ddb.create_table(TableName="ttt", BillingMode="PAY_PER_REQUEST", KeySchema=key,
                     AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])
    assert [ddb.describe_table(TableName="ttt")["Table"]["TableStatus"] for _ in range(3)] == [
        "CREATING", "CREATING", "ACTIVE"]


def test_every_list_pages_one_by_one(emulator):
    for number in range(3):
        emulator.client("ec2").create_vpc(CidrBlock=f"10.{number}.0.0/16")
        emulator.client("iam").create_role(RoleName=f"r{number}", AssumeRolePolicyDocument=
                                           '{"Version":"2012-10-17","Statement":[]}')
        emulator.client("logs").create_log_group(logGroupName=f"/g{number}")
        emulator.client("ecs").create_cluster(clusterName=f"c{number}")
        emulator.client("ecr").create_repository(repositoryName=f"r{number}")
        emulator.client("sns").create_topic(Name=f"t{number}")
        emulator.client("rds").create_db_cluster(DBClusterIdentifier=f"d{number}", Engine="aurora-postgresql",
                                                 MasterUsername="u", ManageMasterUserPassword=True)
        emulator.client("elasticache").create_cache_parameter_group(
            CacheParameterGroupName=f"g{number}", CacheParameterGroupFamily="redis7", Description="d")
    lists = [("ec2", "describe_vpcs", "Vpcs"), ("iam", "list_roles", "Roles"), ("sns", "list_topics", "Topics"),
             ("logs", "describe_log_groups", "logGroups"), ("ecs", "list_clusters", "clusterArns"),
             ("ecr", "describe_repositories", "repositories"), ("rds", "describe_db_clusters", "DBClusters"),
             ("elasticache", "describe_cache_parameter_groups", "CacheParameterGroups")]

    def everything():
        return {(s, o): [str(x) for page in emulator.client(s).get_paginator(o).paginate() for x in page[k]]
                for s, o, k in lists}
    whole = everything()
    assert all(len(v) >= 3 for v in whole.values())
    emulator.weather(page_size=1)
    assert everything() == whole
    first = emulator.client("ec2").describe_vpcs()
    assert len(first["Vpcs"]) == 1 and first["NextToken"]


def test_the_record_redacts_credentials_and_keeps_the_rest(emulator):
    emulator.client("sqs", credentials=("AKIA", "secret", "planted-token")).create_queue(QueueName="q")
    call, = emulator.log(full=True, service="sqs")
    assert call["action"] == "CreateQueue" and call["input"] == {"QueueName": "q"} and call["kind"] == "write"
    assert call["headers"]["authorization"] == "redacted" and "planted-token" not in str(call)


def test_reset_empties_the_account_our_own_service_and_the_log(emulator):
    ecs, scaling = emulator.client("ecs"), emulator.client("application-autoscaling")
    ecs.create_cluster(clusterName="c")
    ecs.register_task_definition(family="f", containerDefinitions=[{"name": "a", "image": "b", "memory": 128}])
    ecs.create_service(cluster="c", serviceName="s", taskDefinition="f")
    target = {"ServiceNamespace": "ecs", "ResourceId": "service/c/s", "ScalableDimension": "ecs:service:DesiredCount"}
    scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=2)
    emulator.weather(delay_ms=1)
    emulator.reset()
    assert scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"] == []
    assert emulator.status()["delay_ms"] == 0
    assert emulator.stats()["total"] == 1
