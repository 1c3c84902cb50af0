"""A load test on the stack that `up` made, with every signature and permission checked: the coordinator under exactly what
`iam policy --for load` prints, the tasks as the role that step 02 gives them."""
import json
import subprocess

import pytest
from contract_server import ContractServer
from harness import BINARY, OK, REGIONS, Emulator, Workplace
from runs import PASSED, INVALID, run, scenario

HERE = REGIONS[0]
ACCOUNT = "123456789012"
BUCKET = f"ticket-load-{ACCOUNT}-{HERE}"
SEATS = [f"R{row}C{place}" for row in range(1, 11) for place in range(1, 26)]


@pytest.fixture(scope="module")
def strict():
    emulator = Emulator(auth=True)
    yield emulator
    emulator.stop()


def as_load_task(emulator) -> dict[str, str]:
    """The credentials that ECS would give the task; the role's trust names ECS, so root opens it for the test."""
    emulator.client("iam").update_assume_role_policy(RoleName="ticket-load", PolicyDocument=json.dumps({
        "Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole",
                                                "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}}]}))
    session = emulator.client("sts").assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/ticket-load",
                                                 RoleSessionName="task")["Credentials"]
    return {"AWS_ACCESS_KEY_ID": session["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": session["SecretAccessKey"],
            "AWS_SESSION_TOKEN": session["SessionToken"]}


def as_runner(emulator, policy: str) -> dict[str, str]:
    iam = emulator.client("iam")
    iam.create_user(UserName="runner")
    iam.put_user_policy(UserName="runner", PolicyName="load", PolicyDocument=policy)
    key = iam.create_access_key(UserName="runner")["AccessKey"]
    return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}


def test_the_stack_that_up_made_runs_a_load_test_under_the_printed_policies(strict, binary, tmp_path):
    layout = tmp_path / "layout"
    place = Workplace(tmp_path / "work", strict.url)
    subprocess.run([str(BINARY), "image", "build", "--out", str(layout)], check=True, capture_output=True, cwd=tmp_path,
                   env={**place.environment, "HOME": str(tmp_path)})
    place = Workplace(tmp_path / "stack", strict.url, layout)
    place.up(timeout=1_200).expect(OK)
    policy = place.run("iam", "policy", "--for", "load").expect(OK).stdout
    common = {"AWS_ENDPOINT_URL": strict.url, "AWS_REGION": HERE, "AWS_EC2_METADATA_DISABLED": "true"}
    strict.weather(tasks={"execute": str(BINARY), "environment": {
        **common, **as_load_task(strict), "TMPDIR": str(tmp_path)}})
    strict.clear_log()
    with ContractServer(SEATS) as server:
        result = run(tmp_path / "run", server.url, "--workers", "2", "--loops", "1", "--region", HERE, "--region",
                     REGIONS[1], path=scenario(tmp_path / "run"), **common, **as_runner(strict, policy))
    assert result.code in (PASSED, INVALID), result.text[-3000:]
    calls = strict.log(full=True)
    assert [call["denied"] for call in calls if call["denied"]] == []
    used = {action for call in calls for action, _ in call["needs"]}
    assert {"ecs:RunTask", "iam:PassRole", "s3:GetObject", "s3:PutObject"} <= used
    keys = [o["Key"] for o in strict.client("s3", HERE).list_objects_v2(Bucket=BUCKET)["Contents"]]
    assert len({key.split("/")[2] for key in keys if key.split("/")[2].startswith("worker-")}) == 2
    assert all(key.startswith("runs/") for key in keys)
    # Nothing that was left keeps the stack from going.
    place.run("down", "--yes", timeout=1_200).expect(OK)
    assert strict.client("s3", HERE).list_buckets()["Buckets"] == []
