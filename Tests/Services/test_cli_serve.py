"""`tickctl serve` on the command line: bad settings, taken ports, folders, restarts, and what survives kill -9."""
import json
import os
import re
import socket
import subprocess
import time

import pytest

from client import SECTIONS, instant
from harness import BINARY, OK, PROJECT, USAGE, as_somebody
from services import SETTINGS, Embedded, Service
from shoppers import books

SECRET = "planted-secret-planted-secret-planted"


def run(folder, *arguments, timeout=300, prefix=(), **environment):
    return subprocess.run([*prefix, str(BINARY), "serve", *arguments], cwd=folder, capture_output=True, text=True,
                          timeout=timeout, stdin=subprocess.DEVNULL,
                          env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment})


def serve(folder, *arguments, **environment):
    """A run that must not begin to serve."""
    return run(folder, "--role", "all", "--port", "0", "--metrics-port", "0", "--data-dir", str(folder / "data"),
               *arguments, **environment)


def test_everything_wrong_in_the_environment_is_said_at_once(binary, tmp_path):
    wrong = {"HOLD_SECONDS": "soon", "ROOM_RATE": "0", "ROOM_BURST": "-1", "WORKER_LOOPS": "9999999",
             "SHUTDOWN_GRACE": "0", "QUEUE_VISIBILITY_SECONDS": "1", "CONFIRM_REQUIRE_PAYMENT": "perhaps",
             "PORT": "70000", "ROOM_TOKEN_KEY": "short-secret", "WEBHOOK_SECRET": "brief-secret",
             "DDB_TABLE": "ticket-seat-lock", "USER_REQUESTS_PER_SECOND": "many", "ROOM_ADMISSION_SECONDS": "9",
             "CONFIRM_REQUIRE_ROOM_TOKEN": "maybe", "METRICS_PORT": "x", "SQS_URL": "not a url",
             "REDIS_URL": f"redis://:{SECRET}@127.0.0.1:notaport", "LOG_LEVEL": "loud", "METRICS_EMF": "2",
             "AWS_XRAY_DAEMON_ADDRESS": "nowhere", "AWS_XRAY_SDK_ENABLED": "no", "XRAY_SAMPLE_RATE": "2",
             "DATABASE_HOST": "127.0.0.1", "DATABASE_PORT": "0", "DATABASE_SSLMODE": "none"}
    result = serve(tmp_path, **wrong)
    assert SECRET not in result.stderr
    assert result.returncode not in (OK, -6, -4, -11) and not result.stdout
    for name in {*wrong, "AWS_REGION"} - {"DDB_TABLE"}:
        assert name in result.stderr, (name, result.stderr)
    assert "short-secret" not in result.stderr and "brief-secret" not in result.stderr


@pytest.mark.parametrize("settings, words", [
    ({"REDIS_URL": f"http://:{SECRET}@127.0.0.1"}, ["REDIS_URL", "Redis URL"]),
    ({"REDIS_URL": "redis://127.0.0.1:notaport"}, ["REDIS_URL"]),
    ({"DATABASE_URL": f"mysql://u:{SECRET}@127.0.0.1/d"}, ["DATABASE_URL", "database URL"]),
    ({"ROOM_RATE": "50000"}, ["ROOM_BURST", "half of the rate"]),
    ({"DATABASE_URL": f"mysql://u:{SECRET}@127.0.0.1/d", "REDIS_URL": "x", "HOLD_SECONDS": "0"},
     ["DATABASE_URL", "REDIS_URL", "HOLD_SECONDS"]),
    ({"SQS_URL": "not a url", "AWS_REGION": "ap-northeast-1"}, ["SQS_URL"]),
    ({"DATABASE_HOST": "127.0.0.1"}, ["DATABASE_"]),
])
def test_an_unusable_setting_is_named_without_its_secret(binary, tmp_path, settings, words):
    result = serve(tmp_path, **settings)
    assert result.returncode not in (OK, -6, -4, -11), result.stderr
    for word in words:
        assert word in result.stderr, result.stderr
    assert SECRET not in result.stderr + result.stdout


@pytest.mark.parametrize("arguments", [["--role", "both"], [], ["--role", "all", "--port", "-1"],
                                       ["--role", "all", "--port", "65536"], ["--role", "all", "--metrics-port", "x"],
                                       ["--role", "all", "--json"], ["--role", "all", "--what"]])
def test_bad_usage(binary, tmp_path, arguments):
    result = run(tmp_path, *arguments)
    assert result.returncode == USAGE and "Usage" in result.stderr
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("option", ["--port", "--metrics-port"])
def test_a_taken_port_is_said(binary, tmp_path, option):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = serve(tmp_path, "--host", "127.0.0.1", option, str(port))
    assert result.returncode == 1 and str(port) in result.stderr, result.stderr


def test_a_port_of_another_tickctl_is_taken_too(binary, tmp_path):
    first = Service("all", "first", tmp_path / "one", SETTINGS)
    (tmp_path / "one").mkdir()
    first.start()
    try:
        result = serve(tmp_path, "--host", "127.0.0.1", "--port", str(first.port), timeout=120)
        assert result.returncode == 1 and str(first.port) in result.stderr, result.stderr
    except subprocess.TimeoutExpired:
        pytest.fail("a second process serves on the same port")
    finally:
        first.stop()


def test_a_folder_that_cannot_be_written_is_said(binary, tmp_path):
    (tmp_path / "file").write_text("")
    result = serve(tmp_path, "--data-dir", str(tmp_path / "file" / "below"))
    assert result.returncode == 3 and "--data-dir" in result.stderr, result.stderr
    folder = tmp_path / "closed"
    folder.mkdir()
    prefix, _ = as_somebody(folder)
    folder.chmod(0o500)
    result = serve(tmp_path, "--data-dir", str(folder / "data"), prefix=prefix)
    assert result.returncode == 3 and "data" in result.stderr, result.stderr
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "tickctl.sqlite").write_bytes(b"this is no database, " * 1_000)
    result = serve(tmp_path, "--data-dir", str(tmp_path / "broken"))
    assert result.returncode == 1 and "tickctl.sqlite" in result.stderr, result.stderr


def test_a_port_of_zero_is_told(binary, tmp_path):
    process = subprocess.Popen([str(BINARY), "serve", "--role", "all", "--port", "0", "--metrics-port", "0"],
                               cwd=tmp_path, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)})
    try:
        line = process.stderr.readline()
        ports = [int(word.split("/")[0].rstrip(",")) for word in line.split("127.0.0.1:")[1:]
                 for word in [word.split()[0]]]
        assert len(ports) == 2 and all(ports), line
        with socket.create_connection(("127.0.0.1", ports[0]), timeout=120) as connection:
            connection.sendall(b"GET /public/ping HTTP/1.0\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 200"
        assert (tmp_path / ".tickctl").stat().st_mode & 0o077 == 0
    finally:
        process.terminate()
        assert process.wait(120) == 0


@pytest.mark.parametrize("role", ["public", "confirm", "worker", "all"])
def test_a_role_describes_what_it_needs(binary, tmp_path, role):
    described = json.loads(run(tmp_path, "--role", role, "--describe", "--json").stdout)
    text = run(tmp_path, "--role", role, "--describe").stdout
    assert [d["role"] for d in described] == (["public", "confirm", "worker"] if role == "all" else [role])
    for declaration in described:
        for variable in declaration["environment"] + declaration["secrets"]:
            assert variable["name"] in text
    assert not list(tmp_path.iterdir())


# The sources that read the environment of `serve`; the rest of it is data from here on.
READERS = ("tickctl/Wiring/ServiceSettings.swift", "tickctl/Wiring/ServiceStores.swift", "tickctl/Wiring/Serving.swift",
           "tickctl/Wiring/Database.swift", "tickctl/Commands/ServeCommand.swift", "Observability", "AWSCore",
           "ServiceRoles", "TicketStores", "RedisClient", "PostgresClient", "HTTPServer", "CurlTransport")


def test_no_variable_is_read_that_is_not_declared(binary, tmp_path):
    described = json.loads(run(tmp_path, "--role", "all", "--describe", "--json").stdout)
    declared = {v["name"]: v for d in described for v in d["environment"] + d["secrets"]}
    assert all(v["purpose"] for v in declared.values())
    sources = PROJECT / "Sources"
    files = [file for name in READERS
             for file in ([sources / name] if name.endswith(".swift") else (sources / name).rglob("*.swift"))]
    read = {}
    for file in files:
        text = file.read_text()
        # A variable's name, as a literal of its own, in a file that handles an environment.
        if "environment" in text or "Reader" in text:
            read.update({name: file.name for name in re.findall(r'"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|PORT|HOME)"', text)})
        if file.name != "ServeCommand.swift":
            assert "getenv(" not in text and "ProcessInfo.processInfo.environment" not in text, file
    assert len(read) > 40, sorted(read)
    missing = {name: file for name, file in read.items() if name not in declared}
    assert not missing, missing


def test_the_declared_defaults_are_the_programs_own(binary, tmp_path):
    """With every declared literal set the process serves as with nothing set; each is really read."""
    described = json.loads(run(tmp_path, "--role", "all", "--describe", "--json").stdout)
    literals = {v["name"]: v["source"]["literal"]["_0"] for d in described for v in d["environment"]
                if "literal" in v["source"]}
    assert literals["HOLD_SECONDS"] == "120" and literals["ROOM_BURST"] == "2000" and len(literals) >= 18
    for name in set(literals) - {"DATABASE_SSLMODE"}:
        result = serve(tmp_path, **{**literals, name: "!"})
        assert result.returncode not in (OK, -6, -4, -11) and name in result.stderr, (name, result.stderr)
    settings = {n: v for n, v in literals.items() if n not in ("PORT", "METRICS_PORT")}
    platform = Embedded(tmp_path / "served", **settings | {"CONFIRM_REQUIRE_PAYMENT": "false"}).start()
    try:
        before = time.time()
        buyer = platform.buyer().arrive()
        held = buyer.hold("R1C1")
        assert before + 119 < instant(held.json["expiresAt"]) < time.time() + 121
        assert 599 - (time.time() - before) <= buyer.room_status().json["leftSec"] <= 600
    finally:
        platform.stop()


def test_two_processes_on_one_file_sell_each_seat_once(binary, tmp_path):
    platform = Embedded(tmp_path)
    second = Service("all", "second", tmp_path, SETTINGS)
    platform.services["second"] = second
    platform.start()
    try:
        one, two = platform.buyer(index=0).arrive(), platform.buyer(index=1).arrive()
        outcomes = []
        for seat in SECTIONS["A"][:10]:
            outcomes.append(sorted((one.hold(seat).status, two.hold(seat).status)))
        assert outcomes == [[200, 409]] * 10
        assert two.hold("R2C1").status == 200
        intent = two.intent("two-intent", "R2C1").json["intentId"]
        assert two.commit("two-commit", intent, "R2C1").status == 202
        assert one.decided("two-commit")["status"] == "CONFIRMED"
    finally:
        platform.stop()


def test_a_restart_keeps_tokens_holds_and_orders(make):
    platform = make("embedded", ROOM_TOKEN_KEY="", WEBHOOK_SECRET="")
    buyer, service = platform.buyer().arrive(), platform.of("public")[0]
    order = buyer.buy("kept-order", "R1C1")
    assert buyer.hold("R1C2").status == 200
    intent = buyer.intent("kept-intent", "R1C2")
    assert service.terminate() == 0
    service.start()
    assert buyer.decided("kept-order") == order
    again = buyer.intent("kept-intent", "R1C2")
    assert again.status == 200 and again.body == intent.body
    assert buyer.commit("kept-commit", intent.json["intentId"], "R1C2").status == 202
    assert buyer.decided("kept-commit")["status"] == "CONFIRMED"
    # Tokens are signed by a key of the folder; the room itself was in the process.
    assert buyer.room_status().status in (200, 401) and buyer.release("R1C3").status == 200
    assert books(platform) == []


def test_kill_9_keeps_every_promise(make):
    """A 202 survives kill -9 at once after it."""
    platform = make("embedded")
    service, keys = platform.of("public")[0], []
    for n in range(8):
        buyer = platform.buyer().arrive()
        seat = SECTIONS["B"][n]
        assert buyer.hold(seat).status == 200
        intent = buyer.intent(f"kill-i-{n}", seat).json["intentId"]
        assert buyer.commit(f"kill-c-{n}", intent, seat).status == 202
        service.kill()
        service.start()
        keys.append(f"kill-c-{n}")
    buyer = platform.buyer()
    for key in keys:
        assert buyer.decided(key)["status"] == "CONFIRMED"
    assert books(platform) == [] and platform.queued() == (0, 0)


def test_logs_are_json_and_hold_no_secret(make):
    platform = make("embedded", LOG_LEVEL="debug", WEBHOOK_SECRET=SECRET)
    buyer = platform.buyer("a-private-name").arrive()
    buyer.buy("a-private-key", "R1C1")
    buyer.status("a-private-key")
    service = platform.of("public")[0]
    assert service.terminate() == 0
    lines = service.log().splitlines()
    parsed = [json.loads(line) for line in lines if line.startswith("{")]
    assert any("request_id" in json.dumps(line) for line in parsed), lines[-3:]
    text = "\n".join(lines)
    for secret in (buyer.token, SECRET, SETTINGS["ROOM_TOKEN_KEY"], "a-private-key", "a-private-name"):
        assert secret not in text, secret
