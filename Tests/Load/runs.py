"""Runs `tickctl load run` as a user does, on scenarios of a few seconds."""
import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

from harness import BINARY

PASSED, FAILED, INVALID, USAGE = 0, 1, 6, 64
# Few seats and many buyers; the generator's own lag is of no interest on a busy machine, so it is read from the report.
# However slow that is, every request is answered and every order decided in the end.
SCENARIO = {
    "name": "test", "phases": [{"name": "steady", "rate": 60, "seconds": 3}],
    "mix": {"reads": 20, "confirm": 20, "worker": 60},
    "events": [{"id": "event-0001", "sections": [{"id": "A", "firstRow": 1, "lastRow": 10, "firstPlace": 1, "lastPlace": 25}]}],
    "statusMilliseconds": 100, "pollMilliseconds": 100, "drainSeconds": 120, "replayShare": 0.5,
    "limits": {"timeoutMilliseconds": 60_000},
    "abort": {"heldSeconds": 0, "p95Milliseconds": 60000, "p95Seconds": 0, "serverErrorSeconds": 0, "heldShare": 0.1},
}


@dataclass
class Run:
    code: int
    stdout: str
    stderr: str
    report: dict | None
    folder: Path

    @property
    def text(self) -> str:
        return self.stdout + self.stderr

    @property
    def reasons(self) -> str:
        return "\n".join(self.report["verdict"]["reasons"])


def scenario(folder: Path, **changes) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "scenario.yaml"
    path.write_text(yaml.safe_dump({**SCENARIO, **changes}))
    return path


def arguments(folder: Path, url: str, *more: str, path: Path | None = None) -> list[str]:
    return [str(BINARY), "load", "run", str(path or scenario(folder)), "--base-url", url, "--report",
            str(folder / "report"), *more]


def environment(**more) -> dict:
    return {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "LANG": "C.UTF-8", **more}


def run(folder: Path, url: str, *more: str, path: Path | None = None, timeout: float = 600, **variables) -> Run:
    result = subprocess.run(arguments(folder, url, *more, path=path), capture_output=True, text=True, timeout=timeout,
                            env=environment(**variables), cwd=folder if folder.exists() else None)
    report = folder / "report" / "report.json"
    return Run(result.returncode, result.stdout, result.stderr,
               json.loads(report.read_text()) if report.exists() else None, folder)
