#!/usr/bin/env python3
"""Seconds of `image build` and `image push` against Debian's docker-registry, blobs uploaded, and the image's size.

Bars of issue 4: a build after a link under 2 s, a push of an unchanged image under 1 s with 0 blobs uploaded. The size is
printed beside its goal, 40 MB compressed. Run: make bench-image
"""
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TICKCTL = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(ROOT, ".build/release/tickctl"))
ROUNDS = 5
failures = []


def run(folder, *arguments, **environment):
    """Seconds, stdout and stderr of one command."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "TICKCTL_"))}
    kept |= {"AWS_ACCESS_KEY_ID": "bench", "AWS_SECRET_ACCESS_KEY": "bench", "ACCOUNT_ID": "123456789012",
             "SOURCE_DATE_EPOCH": "0", **environment}
    started = time.monotonic()
    result = subprocess.run([TICKCTL, *arguments], cwd=folder, env=kept, capture_output=True, text=True)
    seconds = time.monotonic() - started
    if result.returncode != 0:
        sys.exit(f"tickctl {' '.join(arguments)} failed:\n{result.stderr}")
    return seconds, result.stdout, result.stderr


def judge(name, value, unit, bar=None):
    verdict = "" if bar is None else f"  (bar {bar:g} {unit}: {'kept' if value < bar else 'MISSED'})"
    if bar is not None and value >= bar:
        failures.append(name)
    print(f"{name:<44} {value:8.2f} {unit}{verdict}")


def build_after_link(folder, number):
    """The system layer is there, the program is new: what a developer waits for after a link."""
    program = os.path.join(folder, f"program-{number}")
    with open(TICKCTL, "rb") as source, open(program, "wb") as copy:
        content = bytearray(source.read())
        content[len(content) // 4] ^= number
        copy.write(content)
    os.chmod(program, 0o755)
    seconds = run(folder, "image", "build", "--binary", program)[0]
    os.unlink(program)
    return seconds


class Registry:
    def __init__(self, folder):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        settings = os.path.join(folder, "registry.yml")
        with open(settings, "w") as file:
            file.write(f"version: 0.1\nlog: {{level: error}}\nstorage: {{filesystem: {{rootdirectory: {folder}/data}}}}\n"
                       f"http: {{addr: 127.0.0.1:{self.port}}}\n")
        self.process = subprocess.Popen(["docker-registry", "serve", settings], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        sys.exit("docker-registry did not start; `make setup-test` installs it")

    def stop(self):
        self.process.terminate()
        self.process.wait(10)


def main():
    with tempfile.TemporaryDirectory() as folder:
        registry = Registry(folder)
        try:
            endpoint = {"TICKCTL_REGISTRY_ENDPOINT": f"http://127.0.0.1:{registry.port}"}
            judge("first build, nothing there", run(folder, "image", "build")[0], "s")
            judge("build after a link, best of 5", min(build_after_link(folder, n + 1) for n in range(ROUNDS)), "s", 2)
            judge("build, nothing changed, best of 5", min(run(folder, "image", "build")[0] for _ in range(ROUNDS)), "s")
            seconds, _, errors = run(folder, "image", "push", **endpoint)
            sent = sum(int(n) for n in re.findall(r"(\d+) blobs uploaded", errors))
            judge(f"first push to three repositories, {sent} blobs", seconds, "s")
            pushes = [run(folder, "image", "push", **endpoint) for _ in range(ROUNDS)]
            judge("push of an unchanged image, best of 5", min(p[0] for p in pushes), "s", 1)
            judge("blobs uploaded by it", max(
                sum(int(n) for n in re.findall(r"(\d+) blobs uploaded", p[2])) for p in pushes), "blobs", 1)
            inspection = json.loads(run(folder, "image", "inspect", "--json")[1])
            print(f"{'size, compressed':<44} {inspection['compressedSize'] / 1e6:8.2f} MB (goal 40 MB)")
            for layer, name in zip(inspection["platforms"][0]["layers"], ("system layer", "application layer")):
                print(f"  {name:<42} {layer['size'] / 1e6:8.2f} MB")
        finally:
            registry.stop()
    if failures:
        sys.exit("missed: " + ", ".join(failures))


main()
