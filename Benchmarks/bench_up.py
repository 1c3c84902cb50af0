#!/usr/bin/env python3
"""Requests, seconds, critical path and memory of `up`, `plan` and `down` against a fresh emulator, beside their bars.

Seconds depend on the machine and are told, not judged; requests, the ratio to the critical path and memory are. The peer's
figures (Terraform 1.11 with the AWS provider 5.100, the same stack on the same kind of emulator) are quoted from issue 2.
Run: make bench-up
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TICKCTL = os.environ.get("TICKCTL", os.path.join(ROOT, ".build/release/tickctl"))
DOWN = ["down", "--destroy-data", "--confirm", "ticket"]
failures = []


class Emulator:
    def __init__(self, folder):
        port_file = os.path.join(folder, "port")
        self.process = subprocess.Popen(
            [sys.executable, os.path.join(ROOT, "Tests/Emulator/emulator.py"), "--port", "0", "--port-file", port_file])
        deadline = time.monotonic() + 20
        while not (os.path.exists(port_file) and open(port_file).read().strip()):
            if time.monotonic() > deadline or self.process.poll() is not None:
                sys.exit("the emulator did not start")
            time.sleep(0.05)
        self.url = f"http://127.0.0.1:{open(port_file).read().strip()}"

    def control(self, path, body=None):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data=data, method="GET" if body is None else "POST")
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


def run(emulator, folder, *arguments, expect=0):
    """One command: seconds, peak resident MiB, API requests by the emulator's own count, stderr."""
    emulator.control("/_weather/log/clear", {})
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "TICKCTL_"))}
    environment |= {
        "AWS_ENDPOINT_URL": emulator.url, "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench", "AWS_REGION": "ap-northeast-1", "AWS_EC2_METADATA_DISABLED": "true"}
    errors = tempfile.TemporaryFile("w+")
    started = time.monotonic()
    child = subprocess.Popen([TICKCTL, *arguments], cwd=folder, env=environment, stdout=subprocess.DEVNULL, stderr=errors)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.monotonic() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    errors.seek(0)
    text = errors.read()
    if child.returncode != expect:
        sys.exit(f"tickctl {' '.join(arguments)} ended with {child.returncode}, not {expect}:\n{text}")
    return seconds, usage.ru_maxrss / 1024, emulator.control("/_weather/stats"), text


def row(what, seconds, memory, stats, peer, limits):
    """Prints one line; `limits` are (name, value, bar)."""
    notes = []
    for name, value, bar in limits:
        ok = value <= bar
        notes.append(f"{name} {value:g} (bar {bar:g}{'' if ok else ': MISSED'})")
        if not ok:
            failures.append(f"{what}: {name} {value:g} > {bar:g}")
    print(f"{what:34} {seconds:7.2f} s {memory:6.0f} MiB  "
          f"{stats['read']:4d} reads {stats['write']:4d} writes {stats['lock']:2d} lock {stats['registry']:3d} registry  "
          f"{'; '.join(notes)}{'  | peer: ' + peer if peer else ''}", flush=True)


def main():
    folder = tempfile.mkdtemp(prefix="tickctl-bench-")
    work = os.path.join(folder, "work")
    os.mkdir(work)
    shutil.copytree(os.path.join(ROOT, "stacks"), os.path.join(work, "stacks"))
    emulator = Emulator(folder)
    try:
        # The image is built (and cached) before, as after a link in CI.
        seconds, memory, stats, _ = run(emulator, work, "image", "build")
        row("image build (first)", seconds, memory, stats, "", [])
        seconds, memory, stats, _ = run(emulator, work, "up", "--yes")
        row("up, both regions", seconds, memory, stats, "124-129 s, 840 requests",
            [("seconds", round(seconds, 2), 10), ("API requests", stats["api"], 500), ("MiB", round(memory), 100)])
        seconds, memory, stats, _ = run(emulator, work, "up")
        row("up again, with stamps", seconds, memory, stats, "",
            [("seconds", round(seconds, 3), 0.1), ("API requests", stats["api"], 0)])
        seconds, memory, stats, _ = run(emulator, work, "plan", "--refresh")
        row("plan --refresh, nothing to do", seconds, memory, stats, "9-10 s, 381 requests",
            [("seconds", round(seconds, 2), 2), ("API requests", stats["api"], 180), ("writes", stats["write"], 0)])
        seconds, memory, stats, _ = run(emulator, work, *DOWN)
        row("down, data included", seconds, memory, stats, "78 s, 836 requests", [("seconds", round(seconds, 2), 10)])
        emulator.control("/_ministack/reset", {})
        shutil.rmtree(os.path.join(work, ".stamps"), ignore_errors=True)
        emulator.control("/_weather", {"delay_ms": 50})
        seconds, memory, stats, text = run(emulator, work, "up", "--yes")
        found = re.search(r"([0-9.]+) x the critical path of its API calls \(([0-9.]+) s\)", text)
        if not found:
            sys.exit(f"up printed no critical path:\n{text}")
        row("up, 50 ms an answer", seconds, memory, stats, "130 s",
            [(f"x critical path ({found[2]} s)", float(found[1]), 1.1)])
        times = []
        for _ in range(20):
            started = time.monotonic()
            subprocess.run([TICKCTL, "--version"], stdout=subprocess.DEVNULL, check=True)
            times.append(time.monotonic() - started)
        fastest = min(times) * 1000
        print(f"{'tickctl --version, best of 20':34} {fastest:7.1f} ms (bar 20{'' if fastest <= 20 else ': MISSED'})")
        if fastest > 20:
            failures.append(f"--version: {fastest:.1f} ms > 20")
    finally:
        emulator.stop()
        shutil.rmtree(folder, ignore_errors=True)
    if failures:
        sys.exit("missed:\n  " + "\n  ".join(failures))


if __name__ == "__main__":
    main()
