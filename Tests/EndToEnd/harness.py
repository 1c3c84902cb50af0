"""Runs tickctl as a user does: a process in a folder of its own, against an emulator, watched from outside."""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent / "Emulator"))

from census import Census  # noqa: E402  (the emulator's folder is on the path only now)
from launcher import Emulator  # noqa: E402,F401

BINARY = Path(os.environ.get("TICKCTL", PROJECT / ".build/debug/tickctl")).resolve()
REGIONS = ("ap-northeast-1", "ap-northeast-2")
STEPS = ("00-network", "01-ecr", "02-cluster", "03-dataplane", "04-taskdefs", "05-services", "06-autoscaling",
         "07-cloudfront", "08-db-init")
# The exit codes of the README.
OK, FAILED, CHANGES, REFUSED, LOCKED, CREDENTIALS, USAGE, INTERRUPTED = 0, 1, 2, 3, 4, 5, 64, 130
if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
    # Tests that run in the background of a shell; what they start would ignore Ctrl-C, too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
# How long anything may take on a machine that is busy with something else.
PATIENCE_SECONDS = 600


@dataclass
class Result:
    arguments: tuple
    code: int
    stdout: str
    stderr: str
    seconds: float

    @property
    def text(self) -> str:
        return self.stdout + self.stderr

    def expect(self, code: int) -> "Result":
        assert self.code == code, (f"tickctl {' '.join(self.arguments)}: exit code {self.code}, expected {code}\n"
                                   f"--- stdout\n{self.stdout[-3000:]}\n--- stderr\n{self.stderr[-5000:]}")
        return self

    @property
    def events(self) -> list[dict]:
        """The NDJSON of --json."""
        return [json.loads(line) for line in self.stdout.splitlines() if line.strip()]


class Run(subprocess.Popen):
    """A tickctl at work. Its stderr goes to a file without a name, so that it can be read meanwhile."""

    def __init__(self, arguments: list[str], folder: Path, environment: dict):
        self.words = tempfile.TemporaryFile()
        super().__init__(arguments, cwd=folder, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                         stderr=self.words, env=environment)

    def said(self) -> str:
        """Its stderr so far."""
        # Not by seeking: the process writes where this file stands.
        return os.pread(self.words.fileno(), os.fstat(self.words.fileno()).st_size, 0).decode(errors="replace")


def wait_until(condition: Callable[[], bool], process: subprocess.Popen | None = None):
    """Until it is so; while `process` runs, when one is given."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        # In this order: the process may end by what makes it so.
        has_ended = process is not None and process.poll() is not None
        if condition():
            return
        assert not has_ended, f"it ended with {process.returncode}: {process.said()[-3000:]}"
        assert time.monotonic() < deadline, "what the test waits for did not come"
        time.sleep(0.02)


def interrupt(process: Run, number: int = signal.SIGINT):
    """Sends the signal, and waits until the run says that it heard it: nothing new is begun from here on."""
    process.send_signal(number)
    wait_until(lambda: "once more to quit at once" in process.said(), process)


def copy_folder(source: Path, folder: Path):
    """The image's large files are shared: they are replaced, never written to."""
    def copy(one, other):
        os.link(one, other) if "blobs" in Path(one).parts else shutil.copy2(one, other)
    shutil.copytree(source, folder, symlinks=True, copy_function=copy)


class Workplace:
    """A folder with the project's stacks and env.sh, where tickctl keeps its stamps, journal and image."""

    def __init__(self, folder: Path, endpoint: str | None, image: Path | None = None):
        self.folder = folder
        self.started: list[Run] = []
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copytree(PROJECT / "stacks", folder / "stacks")
        # Off by default, because only the user knows who may deploy; here it belongs to the whole stack.
        values = folder / "stacks" / "ticket.yaml"
        values.write_text(values.read_text().replace("githubRepository: null", "githubRepository: example/tickets"))
        shutil.copy(PROJECT / "env.sh", folder / "env.sh")
        if image is not None:
            (folder / ".tickctl").mkdir()
            copy_folder(image, folder / ".tickctl/image")
        self.environment = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", "NO_COLOR": "1",
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_REGION": REGIONS[0],
            "AWS_EC2_METADATA_DISABLED": "true", "SOURCE_DATE_EPOCH": "0",
        }
        if endpoint:
            self.environment["AWS_ENDPOINT_URL"] = endpoint

    @classmethod
    def copied(cls, source: Path, folder: Path, endpoint: str) -> "Workplace":
        """What another one left in the folder `source`."""
        place = cls(folder, endpoint)
        shutil.rmtree(folder)
        copy_folder(source, folder)
        return place

    def start(self, *arguments: str, **environment) -> Run:
        process = Run(self.start_arguments(*arguments), self.folder, self.merged(environment))
        self.started.append(process)
        return process

    def start_to_be_killed(self, emulator, *arguments: str, **kill) -> Run:
        """`kill`: which call ends it, as the emulator's README says; the first that it makes is counted, too."""
        emulator.weather(kill=kill)
        process = self.start(*arguments)
        emulator.weather(kill_pid=process.pid)
        return process

    def stop(self):
        """Ends what a failed test left running: it would work on the next test's account."""
        for process in self.started:
            if process.poll() is None:
                process.kill()
                process.communicate()

    def start_arguments(self, *arguments: str) -> list[str]:
        return [str(BINARY), *arguments]

    def merged(self, environment) -> dict:
        merged = {**self.environment, **environment}
        return {k: v for k, v in merged.items() if v is not None}

    def finish(self, process: Run, timeout: float = PATIENCE_SECONDS) -> Result:
        started = time.monotonic()
        try:
            stdout, _ = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise AssertionError(
                f"tickctl {' '.join(process.args[1:])} did not end in {timeout} s\n{process.said()[-4000:]}")
        return Result(tuple(process.args[1:]), process.returncode, stdout, process.said(), time.monotonic() - started)

    def run(self, *arguments: str, timeout: float = PATIENCE_SECONDS, **environment) -> Result:
        return self.finish(self.start(*arguments, **environment), timeout)

    def up(self, *arguments: str, **environment) -> Result:
        return self.run("up", "--yes", *arguments, **environment)

    def stamps(self) -> dict[str, dict]:
        """Path below .stamps -> content, without the journal and the run's own times."""
        found = {}
        for path in sorted((self.folder / ".stamps").rglob("*.stamp")):
            found[str(path.relative_to(self.folder / ".stamps"))] = json.loads(path.read_text())
        return found

    def forget_stamps(self):
        for path in (self.folder / ".stamps").rglob("*.stamp"):
            path.unlink()

    def stack_file(self, name: str = "ticket") -> Path:
        return self.folder / "stacks" / f"{name}.yaml"

    def all_files(self) -> list[Path]:
        """What a run leaves behind, but for the image and what was there before."""
        return [p for p in self.folder.rglob("*") if p.is_file() and ".tickctl/image" not in str(p)]


def lines_changed(path: Path, replacements: dict[str, str]):
    """Replaces text in a file that must hold it."""
    text = path.read_text()
    for old, new in replacements.items():
        assert old in text, f"{path} has no {old!r}"
        text = text.replace(old, new)
    path.write_text(text)


def census(emulator) -> dict:
    return Census(emulator.url, (emulator.key, emulator.secret, emulator.token)).collect()


# Each keeps its port from others: the kernel gives a bound one to nobody, and lets a server with SO_REUSEADDR listen on it.
_kept: deque[socket.socket] = deque(maxlen=1_000)


def free_port() -> int:
    """A port of 127.0.0.1 on which nothing listens, and which no other process is given before its server does."""
    keeper = socket.socket()
    keeper.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    keeper.bind(("127.0.0.1", 0))
    _kept.append(keeper)
    return keeper.getsockname()[1]


def as_somebody(folder: Path) -> tuple[list[str], dict]:
    """A prefix that runs a command as an unprivileged user who owns `folder`; empty when this is one already.
    (PostgreSQL refuses to run as root.)"""
    if os.getuid() != 0:
        return [], {}
    import pwd
    entry = next(pwd.getpwnam(u) for u in ("postgres", "nobody") if _has_user(u))
    for path in [folder, *folder.rglob("*")]:
        os.chown(path, entry.pw_uid, entry.pw_gid)
    for parent in folder.parents:
        if str(parent) in ("/", "/tmp"):
            break
        parent.chmod(parent.stat().st_mode | 0o011)
    return ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups", "--"], {
        "HOME": str(folder)}


def _has_user(name: str) -> bool:
    import pwd
    try:
        pwd.getpwnam(name)
        return True
    except KeyError:
        return False


class Server:
    """A program that is stopped with the test."""

    def __init__(self, command: list[str], folder: Path, environment: dict | None = None):
        self.log_path = folder / "server.log"
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(command, cwd=folder, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                            env={**os.environ, **(environment or {})})

    def wait_for_port(self, port: int):
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                break
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return self
            time.sleep(0.05)
        raise RuntimeError(f"{self.process.args[0]} does not answer on {port}: {self.log_path.read_text()[-2000:]}")

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


class Postgres:
    """A PostgreSQL of its own: its folder, its port, no password on loopback. A durable one keeps what it committed
    though the machine fails, as PostgreSQL does by itself."""

    def __init__(self, folder: Path, durable: bool = False):
        folder.mkdir(parents=True, exist_ok=True)
        binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
        if not binaries:
            raise RuntimeError("PostgreSQL is not installed; `make setup-test` installs it")
        self.binaries, self.port = binaries[-1], free_port()
        self.prefix, environment = as_somebody(folder)
        data = folder / "data"
        subprocess.run([*self.prefix, str(self.binaries / "initdb"), "-D", str(data), "-U", "ticket", "--auth=trust",
                        "--no-sync", "-E", "UTF8", "--locale=C"], check=True, cwd=folder, stdout=subprocess.DEVNULL,
                       env={**os.environ, **environment})
        self.server = Server([*self.prefix, str(self.binaries / "postgres"), "-D", str(data), "-p", str(self.port),
                              "-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}",
                              "-c", f"fsync={'on' if durable else 'off'}"], folder, environment).wait_for_port(self.port)
        self.url = f"postgres://ticket@127.0.0.1:{self.port}/ticket?sslmode=disable"
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.psql("create database ticket", "postgres", check=False).returncode != 0:
            if time.monotonic() > deadline:
                raise RuntimeError("PostgreSQL takes no commands")
            time.sleep(0.1)

    def recreate(self):
        self.psql("drop database if exists ticket with (force)", "postgres")
        self.psql("create database ticket", "postgres")

    def psql(self, statement: str, database: str = "ticket", check: bool = True):
        return subprocess.run([str(self.binaries / "psql"), "-h", "127.0.0.1", "-p", str(self.port), "-U", "ticket",
                               "-d", database, "-AtqX", "-c", statement], check=check, capture_output=True, text=True)

    def rows(self, statement: str) -> list[list[str]]:
        return [line.split("|") for line in self.psql(statement).stdout.splitlines()]

    def stop(self):
        self.server.stop()


class Registry:
    """Debian's docker-registry on a free port; a guarded one asks for Basic authentication."""

    USER, PASSWORD = "pusher", "correct horse"
    # bcrypt of the password: the registry reads no other kind.
    ENTRY = "$2b$04$VDDdklWb7xGQnQZ6dcBn2.iNuYvpLGm.n7XgBXhNZcZPwxmFnRQb6"

    def __init__(self, folder: Path, guarded: bool = False):
        folder.mkdir(parents=True, exist_ok=True)
        self.port, self.folder = free_port(), folder
        authentication = ""
        if guarded:
            (folder / "htpasswd").write_text(f"{self.USER}:{self.ENTRY}\n")
            authentication = f"auth:\n  htpasswd:\n    realm: test\n    path: {folder}/htpasswd\n"
        (folder / "config.yml").write_text(
            f"version: 0.1\nlog:\n  accesslog:\n    disabled: false\n  level: info\nstorage:\n  filesystem:\n"
            f"    rootdirectory: {folder}/data\nhttp:\n  addr: 127.0.0.1:{self.port}\n{authentication}")
        self.server = Server(["docker-registry", "serve", str(folder / "config.yml")], folder).wait_for_port(self.port)
        self.url = f"http://127.0.0.1:{self.port}"

    def stop(self):
        self.server.stop()
