"""Worker processes: the same schedule whoever carries it out, and no hang when one dies."""
import json
import os
import resource
import signal
import subprocess
import time
from pathlib import Path

import pytest
from contract_server import ContractServer
from runs import INVALID, arguments, environment, run, scenario

READS = {"mix": {"reads": 1, "confirm": 0, "worker": 0}}
SEATS = [f"R{row}C{place}" for row in range(1, 11) for place in range(1, 26)]


def workers_of(pid: int) -> list[int]:
    return [int(one) for task in Path(f"/proc/{pid}/task").iterdir() for one in (task / "children").read_text().split()]


@pytest.mark.parametrize("count", ["0", "3"])
def test_every_arrival_is_sent_by_one_worker(tmp_path, count):
    with ContractServer(SEATS) as server:
        result = run(tmp_path, server.url, "--workers", count, "--loops", "2", path=scenario(tmp_path, **READS))
    assert result.report["starts"] == result.report["tally"]["succeeded"] == 180, result.text
    # One summary is asked for before the run.
    assert server.requests == 181
    assert result.report["environment"]["workers"] == max(1, int(count))


def test_purchases_of_all_workers_are_judged_together(tmp_path):
    few = [{"id": "event-0001", "sections": [{"id": "A", "firstRow": 1, "lastRow": 1, "firstPlace": 1, "lastPlace": 3}]}]
    with ContractServer(SEATS, "double-sell") as server:
        result = run(tmp_path, server.url, "--workers", "2", "--loops", "1", path=scenario(tmp_path, events=few))
    assert "sold twice" in result.reasons, result.text
    assert len(list((tmp_path / "report").glob("history-*.tsv"))) == 2


# A worker that is stopped is given up after 20 seconds of silence; CoordinatorTests waits for less.
@pytest.mark.parametrize("number", [signal.SIGKILL] + [signal.SIGSTOP] * ("LONG" in os.environ))
def test_a_worker_that_dies_or_stops_ends_the_run_for_all(tmp_path, number):
    path = scenario(tmp_path, phases=[{"name": "long", "rate": 40, "seconds": 600}], **READS)
    with ContractServer(SEATS) as server:
        process = subprocess.Popen(arguments(tmp_path, server.url, "--workers", "2", "--loops", "1", path=path),
                                   env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        end = time.monotonic() + 120
        while server.requests < 120:
            assert time.monotonic() < end and process.poll() is None
            time.sleep(0.1)
        children = workers_of(process.pid)
        assert len(children) == 2
        os.kill(children[0], number)
        stdout, stderr = process.communicate(timeout=300)
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    assert process.returncode == INVALID, stdout + stderr
    assert report["verdict"]["result"] == "invalid" and report["seconds"] < 600
    assert any("worker" in reason for reason in report["verdict"]["reasons"])
    assert report["tally"]["succeeded"] > 30
    end = time.monotonic() + 120
    while any(map(is_alive, children)):
        assert time.monotonic() < end
        time.sleep(0.1)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def test_an_interrupted_run_is_reported(tmp_path):
    path = scenario(tmp_path, phases=[{"name": "long", "rate": 40, "seconds": 600}], **READS)
    with ContractServer(SEATS) as server:
        process = subprocess.Popen(arguments(tmp_path, server.url, path=path), env=environment(),
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        end = time.monotonic() + 120
        while server.requests < 120:
            assert time.monotonic() < end and process.poll() is None
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=300)
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    assert process.returncode == INVALID, stdout + stderr
    assert "interrupted by Ctrl-C" in report["verdict"]["reasons"]


def test_a_machine_without_more_sockets_is_told(tmp_path):
    def few_files():
        resource.setrlimit(resource.RLIMIT_NOFILE, (120, 120))
    path = scenario(tmp_path, phases=[{"name": "herd", "rate": 2000, "seconds": 2}], limits={"pending": 100_000}, **READS)
    with ContractServer(SEATS, "slow") as server:
        process = subprocess.run(arguments(tmp_path, server.url, path=path), env=environment(), capture_output=True,
                                 text=True, timeout=600, preexec_fn=few_files)
    assert process.returncode == INVALID, process.stdout + process.stderr
    report = json.loads((tmp_path / "report" / "report.json").read_text())
    assert report["tally"]["failures"]["socketsExhausted"] > 100
    assert any("found no socket: raise ulimit -n" in reason for reason in report["verdict"]["reasons"])
    # Those that had a connection were answered.
    assert report["tally"]["succeeded"] > 50
