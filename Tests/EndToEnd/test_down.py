"""`down` takes everything away but what it says it keeps; what belongs to somebody else is never touched."""
import json
import signal

import pytest

from census import differences
from expected import ACCOUNT
from harness import OK, REFUSED, Workplace, census

HERE = "ap-northeast-1"
# Kept by `down --destroy-data`, as its help says: service-linked roles, final snapshots, the lock table, secrets in their
# recovery window, an account's OIDC provider.
KEPT_KINDS = ("linked-role", "aurora-snapshot", "oidc", "table/tickctl-lock", "secret")


@pytest.fixture(scope="module")
def down(standing, running, tmp_path_factory):
    """The stack after one `down`, kept as the snapshot "down"; what it said."""
    running.restore("standing")
    place = Workplace.copied(standing.kept, tmp_path_factory.mktemp("down") / "work", running.url)
    place.result = place.run("down", "--yes").expect(OK)
    running.snapshot("down")
    return place


@pytest.fixture
def taken(down, running, tmp_path):
    """A workplace whose stack was taken down."""
    running.restore("down")
    place = Workplace.copied(down.folder, tmp_path / "work", running.url)
    place.emulator = running
    yield place
    place.stop()


def test_down_keeps_the_data_and_says_so(down, taken):
    assert "keeps" in down.result.text
    left = census(taken.emulator)
    kinds = {key.split(" ", 1)[1].split("/")[0] for key in left}
    assert {"queue", "table", "redis", "aurora", "aurora-instance", "secret", "vpc"} <= kinds
    assert not kinds & {"alb", "service", "taskdef", "distribution", "alarm", "policy", "target", "repository", "cluster"}


def test_down_and_up_end_where_they_began(taken, standing):
    taken.up().expect(OK)
    assert differences(standing.census, census(taken.emulator), ("before", "after")) == []


def test_down_twice_changes_nothing_the_second_time(taken):
    taken.run("down", "--yes").expect(OK)
    assert taken.emulator.stats()["write"] == 0, taken.emulator.stats()["actions"]


@pytest.mark.parametrize("keys", [["--destroy-data"], ["--destroy-data", "--confirm", "tickets"]])
def test_data_needs_both_keys(made, keys):
    result = made.run("down", "--yes", *keys).expect(REFUSED)
    assert "--confirm ticket" in result.text and made.emulator.stats()["total"] == 0


def test_down_with_both_keys_leaves_only_what_it_says(made):
    result = made.run("down", "--destroy-data", "--confirm", "ticket").expect(OK)
    left = [key for key in census(made.emulator) if not any(kind in key for kind in KEPT_KINDS)]
    assert left == [], result.stderr[-2000:]
    refused = {f"{c['service']}:{c['action']}: {c['error']}" for c in made.emulator.log(errors=1, kind="write")}
    assert not {r for r in refused if "Dependency" in r or "InUse" in r or "AuthFailure" in r}, refused
    for region in ("ap-northeast-1", "ap-northeast-2"):
        snapshots = made.emulator.client("rds", region).describe_db_cluster_snapshots()["DBClusterSnapshots"]
        assert [s["Status"] for s in snapshots] == ["available"]
        # It was there before the cluster went.
        calls = [c for c in made.emulator.log(service="rds", region=region) if c["status"] and c["status"] < 400]
        delete = next(c for c in calls if c["action"] == "DeleteDBCluster")
        before = [c["action"] for c in calls if c["seq"] < delete["seq"]]
        assert "CreateDBClusterSnapshot" in before or delete["input"].get("FinalDBSnapshotIdentifier")


def test_down_waits_for_what_goes_slowly(made):
    made.emulator.weather(slow_states={"seconds": 1.0})
    made.run("down", "--destroy-data", "--confirm", "ticket").expect(OK)
    made.emulator.fair()
    left = [key for key in census(made.emulator) if not any(kind in key for kind in KEPT_KINDS)]
    assert left == []


def test_a_bucket_is_emptied_first_and_a_killed_run_goes_on_where_it_was(made):
    s3, name = made.emulator.client("s3", HERE), f"ticket-load-{ACCOUNT}-{HERE}"
    for number in range(1100):
        s3.put_object(Bucket=name, Key=f"runs/{number}", Body=b"x")
    process = made.start_to_be_killed(made.emulator, "down", "--yes", after=1, service="s3", action="DeleteObjects")
    assert made.finish(process).code == -signal.SIGKILL
    assert s3.list_objects_v2(Bucket=name)["KeyCount"] == 100
    made.emulator.fair()
    made.run("down", "--yes").expect(OK)
    assert s3.list_buckets()["Buckets"] == []


def test_a_bucket_that_somebody_gave_versions_goes_with_all_of_them(made):
    s3, name = made.emulator.client("s3", HERE), f"ticket-load-{ACCOUNT}-{HERE}"
    s3.put_object(Bucket=name, Key="runs/before", Body=b"x")
    s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2"):
        s3.put_object(Bucket=name, Key="runs/changed", Body=body)
    s3.delete_object(Bucket=name, Key="runs/before")
    upload = s3.create_multipart_upload(Bucket=name, Key="runs/unfinished")["UploadId"]
    s3.upload_part(Bucket=name, Key="runs/unfinished", UploadId=upload, PartNumber=1, Body=b"x")
    listed = s3.list_object_versions(Bucket=name)
    assert [v["Key"] for v in listed["Versions"]] == ["runs/before", "runs/changed", "runs/changed"]
    assert [m["Key"] for m in listed["DeleteMarkers"]] == ["runs/before"]
    made.run("down", "--yes", timeout=300).expect(OK)
    assert s3.list_buckets()["Buckets"] == []


# -- somebody else's --

def foreign_queue(emulator):
    emulator.client("sqs", HERE).create_queue(QueueName="ticket-confirm.fifo", Attributes={"FifoQueue": "true"})
    return "ticket-confirm.fifo"


def foreign_role(emulator):
    emulator.client("iam").create_role(RoleName="ticket-execution", AssumeRolePolicyDocument=json.dumps(
        {"Version": "2012-10-17", "Statement": []}), Tags=[{"Key": "tickctl:stack", "Value": "another"}])
    return "ticket-execution"


def foreign_balancer(emulator):
    ec2 = emulator.client("ec2", HERE)
    subnets = [s["SubnetId"] for s in ec2.describe_subnets()["Subnets"]][:2]
    emulator.client("elbv2", HERE).create_load_balancer(Name="ticket-alb", Subnets=subnets)
    return "ticket-alb"


def foreign_repository(emulator):
    emulator.client("ecr", HERE).create_repository(repositoryName="ticket-public")
    return "ticket-public"


def foreign_table(emulator):
    emulator.client("dynamodb", HERE).create_table(
        TableName="ticket-seat-lock", BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}])
    return "ticket-seat-lock"


def foreign_cluster(emulator):
    emulator.client("rds", HERE).create_db_cluster(DBClusterIdentifier="ticket-aurora", Engine="aurora-postgresql",
                                                   MasterUsername="somebody", ManageMasterUserPassword=True)
    return "ticket-aurora"


def foreign_bucket(emulator, **account):
    name = f"ticket-load-{ACCOUNT}-{HERE}"
    emulator.client("s3", HERE, **account).create_bucket(Bucket=name, CreateBucketConfiguration={
        "LocationConstraint": HERE})
    return name


def others_bucket(emulator):
    return foreign_bucket(emulator, credentials=("999999999999", "test", None))


@pytest.mark.parametrize("plant", [foreign_queue, foreign_role, foreign_balancer, foreign_repository, foreign_table,
                                   foreign_cluster, foreign_bucket, others_bucket])
def test_a_strangers_resource_is_refused_untouched(place, emulator, plant):
    name = plant(emulator)
    before = census(emulator)
    emulator.clear_log()
    result = place.up().expect(REFUSED)
    assert name in result.text, result.text[-2000:]
    assert "tickctl" in result.text.split(name, 1)[1] or "rename" in result.text.lower()
    assert emulator.stats()["write"] == 0, emulator.stats()["actions"]
    assert differences(before, census(emulator)) == []


def test_down_leaves_a_strangers_resource(taken):
    foreign_balancer(taken.emulator)
    taken.run("down", "--yes")
    assert "ap-northeast-1 alb/ticket-alb" in census(taken.emulator)
