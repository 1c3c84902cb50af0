"""The workflow file is valid and safe, and its own steps provision and deploy: on an emulator that checks signatures, the
trust of roles in GitHub's identity tokens, and every permission."""
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from harness import OK, PROJECT, REGIONS, Emulator, Workplace, lines_changed
from run_workflow import GIT_ENVIRONMENT, GitHub, Runner

HERE = REGIONS[0]
ACCOUNT = "123456789012"
REPOSITORY = "example/tickets"
WORKFLOW = PROJECT / ".github/workflows/cicd.yml"
TOOLS = Path(sys.executable).parent
VARIABLES = {"AWS_PLAN_ROLE": f"arn:aws:iam::{ACCOUNT}:role/ci-plan",
             "AWS_PROVISION_ROLE": f"arn:aws:iam::{ACCOUNT}:role/ci-provision",
             "AWS_DEPLOY_ROLE": f"arn:aws:iam::{ACCOUNT}:role/ticket-deploy",
             # Nothing serves behind the emulator's load balancers: no ticket can be bought.
             "DEPLOY_OPTIONS": "--no-smoke --bake 1s"}


# -- the file --

def checked(tool, *arguments):
    return subprocess.run([str(TOOLS / tool), *arguments], capture_output=True, text=True)


def schema(path):
    return checked("check-jsonschema", "--builtin-schema", "vendor.github-workflows", str(path))


def zizmor(path):
    return checked("zizmor", "--offline", "--no-progress", "--color=never", str(path))


def changed(tmp_path, replacements) -> Path:
    folder = tmp_path / ".github/workflows"
    folder.mkdir(parents=True)
    shutil.copy(WORKFLOW, folder / "cicd.yml")
    lines_changed(folder / "cicd.yml", replacements)
    return folder / "cicd.yml"


def test_the_file_is_as_githubs_schema_says_and_zizmor_finds_nothing(tmp_path):
    result = schema(WORKFLOW)
    assert result.returncode == 0, result.stdout
    result = zizmor(WORKFLOW)
    assert result.returncode == 0 and "No findings" in result.stdout + result.stderr, result.stdout


@pytest.mark.parametrize("tool, replacements", [
    (schema, {"timeout-minutes: 120": "timeout-minute: 120"}),
    (zizmor, {"checkout@08c6903cd8c0fde910a37f88322edcfb5dd907a8 # v5.0.0": "checkout@v5"}),
    (zizmor, {"persist-credentials: false": "fetch-tags: false"}),
    (zizmor, {"pull_request:\n": "pull_request_target:\n"}),
    (zizmor, {'--data @comment.json "$COMMENTS"': "--data @comment.json ${{ github.event.pull_request.title }}"}),
])
def test_a_worse_file_is_found_out(tmp_path, tool, replacements):
    assert tool(changed(tmp_path, replacements)).returncode != 0


# -- its steps --

class Project:
    """A repository, and the account in which its stack stands."""

    def __init__(self, folder, emulator, binary, image):
        self.folder, self.emulator, self.binary, self.runs = folder, emulator, binary, 0
        place = Workplace(folder / "operator", emulator.url, image)
        place.up().expect(OK)
        self.place = place
        self.role("ci-plan", "pull_request", "plan")
        self.role("ci-provision", "ref:refs/heads/main", "run")
        emulator.snapshot("workflow")
        self.git_folder = folder / "repository"
        self.git_folder.mkdir()
        shutil.copytree(place.folder / "stacks", self.git_folder / "stacks")
        for name in (".ci", "Makefile", "env.sh"):
            source = PROJECT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, self.git_folder / name)
        self.git("init", "-q", "-b", "main")
        self.commit("base")

    def role(self, name, subject, purpose):
        """A role for jobs of the repository, with what `tickctl iam policy` prints."""
        iam = self.emulator.client("iam")
        issuer = "token.actions.githubusercontent.com"
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({
            "Version": "2012-10-17", "Statement": [{
                "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
                "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/{issuer}"},
                "Condition": {"StringEquals": {f"{issuer}:aud": "sts.amazonaws.com",
                                               f"{issuer}:sub": f"repo:{REPOSITORY}:{subject}"}}}]}))
        policy = self.place.run("iam", "policy", "--for", purpose).expect(OK).stdout
        iam.put_role_policy(RoleName=name, PolicyName="ci", PolicyDocument=policy)

    def git(self, *arguments) -> str:
        return subprocess.run(
            ["git", "-c", "user.name=ci", "-c", "user.email=ci@example.com", "-c", "commit.gpgsign=false", *arguments],
            cwd=self.git_folder, check=True, capture_output=True, text=True, env=GIT_ENVIRONMENT).stdout.strip()

    def commit(self, message) -> str:
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def run(self, event_name, fork=False, variables=VARIABLES):
        """The workflow's jobs for the last commit; and GitHub, as it was left."""
        self.runs += 1
        github = GitHub(REPOSITORY)
        before, head = self.git("rev-parse", "HEAD~1"), self.git("rev-parse", "HEAD")
        event = {"event_name": event_name, "sha": head, "ref": "refs/heads/main", "event": {"before": before}}
        if event_name == "pull_request":
            event["ref"], event["event"] = "refs/pull/1/merge", {"pull_request": {
                "base": {"sha": before}, "comments_url": f"{github.url}/comments",
                "head": {"sha": head, "repo": {"full_name": "stranger/tickets" if fork else REPOSITORY}}}}
        self.emulator.clear_log()
        jobs = Runner(WORKFLOW, self.git_folder, self.binary, event, variables, github,
                      {"AWS_ENDPOINT_URL": self.emulator.url, "AWS_EC2_METADATA_DISABLED": "true", "NO_COLOR": "1"},
                      self.folder / f"run-{self.runs}").run()
        github.stop()
        return jobs, github

    def writes(self) -> dict:
        return {f"{c['service']}:{c['action']}" for c in self.emulator.log() if c["kind"] == "write" and not c["error"]}


@pytest.fixture(scope="module")
def built(binary, image, tmp_path_factory):
    emulator = Emulator(auth=True)
    yield Project(tmp_path_factory.mktemp("workflow"), emulator, binary, image)
    emulator.stop()


@pytest.fixture
def project(built):
    """The repository and the account as they were; the repository's last commit is its first."""
    built.emulator.restore("workflow")
    built.git("reset", "-q", "--hard", built.git("rev-list", "--max-parents=0", "HEAD"))
    return built


def change_stack(project):
    lines_changed(project.git_folder / "stacks/ticket.yaml", {"visibilityTimeoutSeconds: 60":
                                                              "visibilityTimeoutSeconds: 75"})
    return project.commit("queue: more time")


def results(jobs) -> dict:
    return {name: job.result for name, job in jobs.items()}


def test_a_branch_that_changes_the_stack_gets_its_plan_as_a_comment_and_changes_nothing(project):
    head = change_stack(project)
    jobs, github = project.run("pull_request")
    assert results(jobs) == {"test": "success", "build": "success", "plan": "success", "comment": "success",
                             "provision": "skipped", "deploy": "skipped"}, jobs["plan"].text
    (path, body), = github.comments
    assert path == "/comments" and head in body and "visibilityTimeout" in body and "75" in body
    # All of it, and nothing of it as markup.
    assert all(line.startswith("    ") or not line for line in body.split("\n\n", 1)[1].splitlines())
    assert project.writes() == set()
    assert GitHub.SECRET not in "".join(job.text for job in jobs.values())


def test_a_fork_and_a_change_of_words_get_no_plan_and_no_token(project):
    change_stack(project)
    jobs, github = project.run("pull_request", fork=True)
    assert results(jobs)["plan"] == results(jobs)["comment"] == "skipped" and github.issued == 0
    (project.git_folder / "README.md").write_text("words\n")
    project.commit("readme: words")
    jobs, github = project.run("pull_request")
    assert jobs["build"].outputs == {"infrastructure": "false"}
    assert results(jobs)["plan"] == "skipped" and github.issued == 0
    assert project.emulator.stats()["total"] == 0


def test_without_roles_and_with_red_tests_nothing_reaches_aws(project):
    change_stack(project)
    jobs, github = project.run("push", variables={})
    assert results(jobs) == {"test": "success", "build": "success", "plan": "skipped", "comment": "skipped",
                             "provision": "skipped", "deploy": "skipped"}
    lines_changed(project.git_folder / "Makefile", {"lint: ##": "lint: no-such-target ##"})
    project.commit("a broken test")
    jobs, github = project.run("push")
    assert results(jobs)["test"] == "failure"
    assert results(jobs)["provision"] == results(jobs)["deploy"] == "skipped"
    assert github.issued == 0 and project.emulator.stats()["total"] == 0


def test_another_branchs_token_is_not_taken(project, tmp_path):
    """The roles of main, asked for by a pull request."""
    change_stack(project)
    jobs, _ = project.run("pull_request", variables={**VARIABLES, "AWS_PLAN_ROLE": VARIABLES["AWS_DEPLOY_ROLE"]})
    assert results(jobs)["plan"] == "failure" and results(jobs)["comment"] == "skipped"
    assert "AccessDenied" in jobs["plan"].text


def test_a_merge_runs_only_the_affected_step_then_pushes_and_deploys_that_commits_image(project):
    change_stack(project)
    jobs, _ = project.run("push")
    assert results(jobs) == {"test": "success", "build": "success", "plan": "skipped", "comment": "skipped",
                             "provision": "success", "deploy": "success"}, jobs["provision"].text + jobs["deploy"].text
    writes = project.writes()
    assert {w for w in writes if not w.startswith(("ecs:", "ecr:", "dynamodb:"))} == {"sqs:SetQueueAttributes"}, writes
    images = set()
    for region in REGIONS:
        ecs = project.emulator.client("ecs", region)
        for role in ("public", "confirm", "worker"):
            service = ecs.describe_services(cluster="ticket", services=[f"ticket-{role}-svc"])["services"][0]
            definition = ecs.describe_task_definition(taskDefinition=service["taskDefinition"])["taskDefinition"]
            images.add(definition["containerDefinitions"][0]["image"].split("@")[1])
    assert images == set(re.findall(r"sha256:[0-9a-f]{64}", jobs["deploy"].step("Push").output)), images


def test_a_job_needs_what_it_says(project):
    """No job but those that reach AWS may ask for an identity token; none may write to the repository."""
    import yaml
    file = yaml.safe_load(WORKFLOW.read_text())
    assert file["permissions"] == {}
    granted = {name: job["permissions"] for name, job in file["jobs"].items()}
    assert {n for n, p in granted.items() if p.get("id-token") == "write"} == {"plan", "provision", "deploy"}
    assert {n for n, p in granted.items() if p.get("pull-requests") == "write"} == {"comment"}
    assert {v for p in granted.values() for v in (p.get("contents", "read"),)} == {"read"}
    # What may write comments runs nothing of the branch.
    assert not [s for s in file["jobs"]["comment"]["steps"] if "checkout" in s.get("uses", "")]
