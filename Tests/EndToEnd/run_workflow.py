#!/usr/bin/env python3
"""Runs the jobs of a GitHub Actions workflow on this machine: the shell text of every `run:` step is the file's own, so what
is tried here cannot drift from what runs there.

Taken from the file: steps, their order, env, `if:`, `needs:`, outputs, permissions, expressions. In the place of GitHub:
the four actions it uses (a clone; copies of artifacts), the issuer of identity tokens, and the API that takes comments, both on
loopback. What a step would install or build is only named: `apt-get` is left out, and `make` prints its commands (`-n`),
since the tests that it would run are the ones that run this.

    run_workflow.py --repository DIR --binary tickctl --event push --endpoint http://127.0.0.1:4566
"""
import argparse
import base64
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path

import yaml

# Whatever this machine's user has configured.
GIT_ENVIRONMENT = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
TOKENS = re.compile(r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<op>==|!=|&&|\|\||!|\(|\)|,)|(?P<name>[A-Za-z_][\w.-]*)|(?P<number>\d+))")


class Expression:
    """The part of GitHub's expressions that the file uses
    (https://docs.github.com/en/actions/reference/workflows-and-actions/expressions)."""

    def __init__(self, text: str, context: dict, status: str = "success"):
        self.tokens, self.context, self.status, position = [], context, status, 0
        text = text.strip()
        while position < len(text):
            match = TOKENS.match(text, position)
            if not match:
                raise ValueError(f"cannot read {text[position:]!r}")
            self.tokens.append((match.lastgroup, match.group(match.lastgroup)))
            position = match.end()
        self.functions = {"success": lambda: status == "success", "failure": lambda: status == "failure",
                          "cancelled": lambda: status == "cancelled", "always": lambda: True}
        self.checks_status = any(kind == "name" and name in self.functions for kind, name in self.tokens)

    def value(self):
        result = self.either()
        if self.tokens:
            raise ValueError(f"left over: {self.tokens}")
        return result

    def peek(self):
        return self.tokens[0][1] if self.tokens and self.tokens[0][0] == "op" else None

    def either(self):
        left = self.both()
        while self.peek() == "||":
            self.tokens.pop(0)
            right = self.both()
            left = left or right
        return left

    def both(self):
        left = self.equal()
        while self.peek() == "&&":
            self.tokens.pop(0)
            right = self.equal()
            left = left and right
        return left

    def equal(self):
        left = self.single()
        while self.peek() in ("==", "!="):
            same = self.tokens.pop(0)[1] == "=="
            left = ((left or "") == (self.single() or "")) == same
        return left

    def single(self):
        kind, token = self.tokens.pop(0)
        if token == "!":
            return not self.single()
        if token == "(":
            inner = self.either()
            assert self.tokens.pop(0)[1] == ")"
            return inner
        if kind == "text":
            return token[1:-1].replace("''", "'")
        if kind == "number":
            return int(token)
        if self.peek() == "(":
            self.tokens.pop(0)
            assert self.tokens.pop(0)[1] == ")"
            return self.functions[token]()
        if token in ("true", "false"):
            return token == "true"
        found = self.context
        for part in token.split("."):
            found = found.get(part) if isinstance(found, dict) else None
        return found


def filled(text, context: dict) -> str:
    """`${{ }}` replaced."""
    def value(match):
        found = Expression(match.group(1), context).value()
        return {True: "true", False: "false", None: ""}.get(found, str(found))
    return re.sub(r"\$\{\{(.*?)\}\}", value, str(text))


@dataclass
class Step:
    name: str
    result: str
    output: str = ""


@dataclass
class Job:
    name: str
    result: str = "skipped"
    steps: list[Step] = field(default_factory=list)
    outputs: dict = field(default_factory=dict)

    @property
    def text(self) -> str:
        return "".join(f"--- {s.name}: {s.result}\n{s.output}" for s in self.steps)

    def step(self, name: str) -> Step:
        return next(s for s in self.steps if s.name == name)


class GitHub:
    """The issuer of identity tokens and the API for comments, on loopback."""

    SECRET, API_TOKEN = "planted-request-token", "planted-api-token"

    def __init__(self, repository: str):
        self.repository, self.subject, self.comments, self.issued = repository, "", [], 0
        github = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self, status, payload):
                body = json.dumps(payload).encode()
                self.send_response(status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_GET(self):
                allowed = self.headers.get("authorization") == f"Bearer {github.SECRET}"
                if not allowed or not self.path.endswith("&audience=sts.amazonaws.com"):
                    return self.answer(401, {"message": "no"})
                github.issued += 1
                return self.answer(200, {"value": github.token()})

            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("authorization") != f"Bearer {github.API_TOKEN}":
                    return self.answer(401, {"message": "no"})
                github.comments.append((self.path, json.loads(body)["body"]))
                return self.answer(201, {})

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def token(self) -> str:
        def part(value):
            return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
        claims = {"iss": "https://token.actions.githubusercontent.com", "aud": "sts.amazonaws.com", "sub": self.subject,
                  "repository": self.repository, "exp": 4102444800}
        return f"{part({'alg': 'RS256', 'typ': 'JWT'})}.{part(claims)}.{base64.urlsafe_b64encode(b'unsigned').decode()}"

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Runner:
    def __init__(self, workflow: Path, repository: Path, binary: Path, event: dict, variables: dict, github: GitHub,
                 environment: dict, scratch: Path):
        self.file = yaml.safe_load(workflow.read_text())
        self.repository, self.binary, self.event, self.variables = repository, binary, event, variables
        self.github, self.environment, self.scratch = github, environment, scratch
        self.jobs: dict[str, Job] = {}
        self.shims = scratch / "shims"
        self.shims.mkdir(parents=True)
        (self.shims / "apt-get").write_text("#!/bin/sh\necho \"not here: apt-get $*\"\n")
        (self.shims / "apt-get").chmod(0o755)

    def run(self) -> dict[str, Job]:
        left = dict(self.file["jobs"])
        while left:
            name = next(n for n, j in left.items() if set(self.needs(j)) <= set(self.jobs))
            self.jobs[name] = self.run_job(name, left.pop(name))
        return self.jobs

    @staticmethod
    def needs(job) -> list[str]:
        needs = job.get("needs", [])
        return [needs] if isinstance(needs, str) else needs

    def context(self, job) -> dict:
        return {"github": {**self.event, "repository": self.github.repository, "token": GitHub.API_TOKEN},
                "vars": self.variables,
                "needs": {n: {"result": self.jobs[n].result, "outputs": self.jobs[n].outputs} for n in self.needs(job)}}

    def run_job(self, name: str, job: dict) -> Job:
        done, context = Job(name), self.context(job)
        before = [self.jobs[n].result for n in self.needs(job)]
        expression = Expression(job.get("if", "true"), context, "success" if set(before) <= {"success"} else "failure")
        # Without a status function a job runs only when all that it needs has succeeded.
        if not expression.checks_status and set(before) - {"success"}:
            return done
        if not expression.value():
            return done
        home = self.scratch / name
        workspace = home / "workspace"
        workspace.mkdir(parents=True)
        permissions = job.get("permissions", self.file.get("permissions", {}))
        self.github.subject = self.subject(job)
        base = {"PATH": f"{self.shims}:{os.environ['PATH']}", "HOME": str(home), "LANG": "C.UTF-8", "CI": "true",
                "MAKEFLAGS": "n", "GITHUB_WORKSPACE": str(workspace), "GITHUB_RUN_ID": "1", "RUNNER_TEMP": str(home),
                "GITHUB_SHA": self.event["sha"], "GITHUB_ACTOR": "octocat", **self.environment}
        if permissions.get("id-token") == "write":
            base |= {"ACTIONS_ID_TOKEN_REQUEST_URL": f"{self.github.url}/token?api-version=1",
                     "ACTIONS_ID_TOKEN_REQUEST_TOKEN": GitHub.SECRET}
        base |= {k: filled(v, context) for k, v in {**self.file.get("env", {}), **job.get("env", {})}.items()}
        context["steps"], status = {}, "success"
        for number, step in enumerate(job["steps"]):
            title = step.get("name") or step.get("uses", "").split("@")[0] or f"step {number + 1}"
            expression = Expression(step.get("if", "success()"), context, status)
            if not (expression.value() and (expression.checks_status or status == "success")):
                done.steps.append(Step(title, "skipped"))
                continue
            if "uses" in step:
                result, output, outputs = self.action(step, workspace, permissions)
            else:
                environment = base | {k: filled(v, context) for k, v in step.get("env", {}).items()}
                result, output, outputs = self.shell(step["run"], workspace, environment, home / f"output-{number}")
            done.steps.append(Step(title, result, output))
            if "id" in step:
                context["steps"][step["id"]] = {"outputs": outputs}
            if result == "failure":
                status = "failure"
        done.result = status
        done.outputs = {k: filled(v, context) for k, v in job.get("outputs", {}).items()}
        return done

    def subject(self, job) -> str:
        """Whom a token says it is for (https://docs.github.com/en/actions/reference/security/oidc)."""
        if "environment" in job:
            return f"repo:{self.github.repository}:environment:{job['environment']}"
        if self.event["event_name"] == "pull_request":
            return f"repo:{self.github.repository}:pull_request"
        return f"repo:{self.github.repository}:ref:{self.event['ref']}"

    def shell(self, text: str, workspace: Path, environment: dict, output: Path):
        assert "${{" not in text, f"an expression in a step's text can be code: {text}"
        assert self.file["defaults"]["run"]["shell"] == "bash"
        output.touch()
        script = output.with_suffix(".sh")
        script.write_text(text)
        process = subprocess.run(["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)], cwd=workspace,
                                 env={**environment, "GITHUB_OUTPUT": str(output)}, stdin=subprocess.DEVNULL,
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                                 timeout=1800)
        outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
        return "success" if process.returncode == 0 else "failure", process.stdout, outputs

    def action(self, step: dict, workspace: Path, permissions: dict):
        action, _, commit = step["uses"].partition("@")
        assert re.fullmatch(r"[0-9a-f]{40}", commit), f"{step['uses']} is not pinned to a commit"
        values = step.get("with", {})
        if action == "actions/checkout":
            assert permissions.get("contents") == "read" and values.get("persist-credentials") is False
            subprocess.run(["git", "clone", "-q", str(self.repository), str(workspace)], check=True, env=GIT_ENVIRONMENT)
            subprocess.run(["git", "-C", str(workspace), "checkout", "-q", self.event["sha"]], check=True,
                           env=GIT_ENVIRONMENT)
            # What `make build` would have made.
            binary = workspace / ".build/release/tickctl"
            binary.parent.mkdir(parents=True)
            shutil.copy(self.binary, binary)
        elif action == "actions/upload-artifact":
            source = workspace / values["path"]
            if not source.exists():
                return ("failure" if values.get("if-no-files-found") == "error" else "success"), "", {}
            kept = self.scratch / "artifacts" / values["name"]
            kept.mkdir(parents=True)
            if source.is_dir():
                shutil.copytree(source, kept / source.name)
            else:
                # GitHub keeps no executable bit.
                shutil.copyfile(source, kept / source.name)
        elif action == "actions/download-artifact":
            shutil.copytree(self.scratch / "artifacts" / values["name"], workspace / values.get("path", "."),
                            dirs_exist_ok=True, copy_function=shutil.copyfile)
        else:
            raise AssertionError(f"an action that is not known here: {action}")
        return "success", "", {}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workflow", type=Path, default=Path(__file__).parents[2] / ".github/workflows/cicd.yml")
    parser.add_argument("--repository", type=Path, required=True, help="a git clone; its HEAD is the event's commit")
    parser.add_argument("--binary", type=Path, required=True)
    parser.add_argument("--event", choices=("push", "pull_request"), default="push")
    parser.add_argument("--endpoint", required=True, help="the emulator in the place of AWS")
    parser.add_argument("--var", action="append", default=[], metavar="NAME=VALUE", help="a repository variable")
    options = parser.parse_args()

    def commit(name):
        return subprocess.run(["git", "-C", str(options.repository), "rev-parse", name], check=True, text=True,
                              capture_output=True).stdout.strip()
    github = GitHub("example/tickets")
    event = {"event_name": options.event, "sha": commit("HEAD"), "ref": "refs/heads/main",
             "event": {"before": commit("HEAD~1"), "pull_request": {
                 "base": {"sha": commit("HEAD~1")}, "head": {"sha": commit("HEAD"), "repo": {
                     "full_name": github.repository}}, "comments_url": f"{github.url}/comments"}}}
    if options.event == "push":
        del event["event"]["pull_request"]
    with tempfile.TemporaryDirectory() as scratch:
        jobs = Runner(options.workflow, options.repository, options.binary, event,
                      dict(v.split("=", 1) for v in options.var), github,
                      {"AWS_ENDPOINT_URL": options.endpoint, "AWS_EC2_METADATA_DISABLED": "true", "NO_COLOR": "1"},
                      Path(scratch) / "run").run()
    github.stop()
    for job in jobs.values():
        print(f"== {job.name}: {job.result}\n{job.text}")
    for _, comment in github.comments:
        print(f"== comment\n{comment}")
    return 1 if any(job.result == "failure" for job in jobs.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
