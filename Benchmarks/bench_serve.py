"""Speed of the services beside nginx and beside the naive way, side by side in one run: `make bench`.

Every line of the first table is one server process on one core and its load on the other. CPU is what that process used
for each request, from /proc; the ratio is to nginx answering the same bytes with `return 200`. Machines are noisy: rounds
take turns, and each figure is the best of them. Allocations are counted in a run of their own. Logs and metrics are on.
The second table is LedgerBench's: group commit beside one INSERT a transaction, through one pool.

usage: bench_serve.py [TICKCTL] [--seconds S] [--rounds N]
"""
import argparse
import contextlib
import http.client
import json
import mmap
import os
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE.parent / "Tests/Services")]

from backends import Cache, Database  # noqa: E402  (their folder is on the path now)
from harness import free_port  # noqa: E402

TICKS = os.sysconf("SC_CLK_TCK")
EVENT, SECTIONS, SEATS, PER_USER = "bench", 50, 1_000, 100
# x nginx, of CPU a request.
BARS = {"cached summary": 1.15, "room-status": 1.5}
INTENT_RATIO, INTENT_P95, ORDER_RATIO = 4, 50, 5


def seat(number: int) -> str:
    return f"S{number // SEATS}-{number % SEATS}"


def write_event(path: Path):
    """Section A stays free, so that its summary never changes; the others are sold."""
    def section(name, ids):
        return {"id": name, "name": name, "seats": [
            {"id": each, "row": 1, "number": n + 1, "priceMinor": 15_000} for n, each in enumerate(ids)]}
    path.write_text(json.dumps({
        "event": {"id": EVENT, "name": "Bench", "currency": "JPY", "salesOpenAt": "2025-01-01T00:00:00Z",
                  "startsAt": "2035-01-01T00:00:00Z", "purchaseLimit": PER_USER},
        "sections": [section("A", [f"A-{n}" for n in range(250)])] + [
            section(f"S{s}", [seat(s * SEATS + n) for n in range(SEATS)]) for s in range(SECTIONS)]}))


# MARK: Servers

def cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@contextlib.contextmanager
def running(command: list[str], port: int, environment: dict, folder: Path, log: str):
    """A process on the first core, once its port is open."""
    with open(folder / log, "ab") as output:
        process = subprocess.Popen(["taskset", "-c", "0", *command], env=environment, cwd=folder, stdout=output,
                                   stderr=output)
    try:
        end = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError):
                connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
                connection.connect()
                connection.close()
                break
            if process.poll() is not None or time.monotonic() > end:
                sys.exit(f"{command[0]} does not serve: {(folder / log).read_text()[-2000:]}")
            time.sleep(0.05)
        yield process.pid
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


@contextlib.contextmanager
def nginx(folder: Path, locations: str, extra: str = ""):
    folder.mkdir(exist_ok=True)
    port = free_port()
    (folder / "nginx.conf").write_text(f"""
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 100000000; client_body_temp_path {folder}/body; {extra}
  server {{ listen 127.0.0.1:{port}; {locations} }} }}
""")
    command = [shutil.which("nginx") or "/usr/sbin/nginx", "-c", str(folder / "nginx.conf"), "-p", str(folder)]
    with running(command, port, dict(os.environ), folder, "nginx.log") as pid:
        yield port, pid


class Bench:
    def __init__(self, binary: Path, folder: Path, seconds: int, rounds: int):
        self.binary, self.folder, self.seconds, self.rounds = binary, folder, seconds, rounds
        self.data, self.counter = folder / "data", folder / "allocations"
        self.counter.write_bytes(bytes(8))
        self.shim = folder / "allocations.so"
        subprocess.run(["gcc", "-O2", "-shared", "-fPIC", "-o", self.shim, HERE / "allocations.c"], check=True)
        self.settings = {
            "PATH": os.environ["PATH"], "HOME": str(folder), "LOG_LEVEL": "info", "USER_REQUESTS_PER_SECOND": "0",
            "HOLD_SECONDS": "3600", "ROOM_TOKEN_KEY": "k" * 32, "WEBHOOK_SECRET": "w" * 32, "ROOM_RATE": "100000",
            "ROOM_BURST": "100000", "ROOM_ADMISSION_SECONDS": "3600", "CONFIRM_REQUIRE_PAYMENT": "false"}
        self.best: dict[str, dict] = {}

    @contextlib.contextmanager
    def serve(self, role: str, counting: bool = False, **settings: str):
        port, metrics = free_port(), free_port()
        environment = {**self.settings, **settings}
        if counting:
            environment |= {"LD_PRELOAD": str(self.shim), "ALLOCATION_COUNT": str(self.counter)}
        command = [str(self.binary), "serve", "--role", role, "--host", "127.0.0.1", "--port", str(port),
                   "--metrics-port", str(metrics), "--data-dir", str(self.data)]
        open_port = metrics if role == "worker" else port
        with running(command, open_port, environment, self.folder, f"{role}.log") as pid:
            yield port, pid

    def run(self, *arguments: str, **settings: str):
        subprocess.run([str(self.binary), *arguments], check=True, cwd=self.folder, stdout=subprocess.DEVNULL,
                       env={**self.settings, **settings}, timeout=300)

    def allocations(self) -> int:
        with open(self.counter, "r+b") as file, mmap.mmap(file.fileno(), 8) as page:
            return struct.unpack("<Q", page[:8])[0]

    def wrk(self, port: int, path: str, script: str | None = None) -> dict:
        """Requests, errors and latencies of one round from the second core."""
        command = ["taskset", "-c", "1", "wrk", "-t1", "-c64", f"-d{self.seconds}s", "--latency"]
        if script is not None:
            file = self.folder / "load.lua"
            file.write_text(script)
            command += ["-s", str(file)]
        output = subprocess.run([*command, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True,
                                check=True).stdout
        result = {"requests": 0, "errors": 0, "p99": "", "rate": 0.0, "output": output}
        for line in output.splitlines():
            words = line.split()
            if "requests in" in line:
                result["requests"] = int(words[0])
            elif "Non-2xx" in line:
                result["errors"] = int(words[-1])
            elif words[:1] == ["99%"]:
                result["p99"] = words[1]
            elif line.startswith("Requests/sec"):
                result["rate"] = float(words[1])
        return result

    def measure(self, label: str, port: int, pid: int, path: str, script: str | None = None, counting: bool = False):
        before, allocated = cpu_seconds(pid), self.allocations()
        result = self.wrk(port, path, script)
        requests = max(1, result["requests"])
        if counting:
            self.best[label]["allocations"] = (self.allocations() - allocated) / requests
            return result
        result["cpu"] = (cpu_seconds(pid) - before) / requests * 1e6
        errors = result["errors"] + self.best.get(label, {}).get("errors", 0)
        if label not in self.best or result["cpu"] < self.best[label]["cpu"]:
            self.best[label] = {**self.best.get(label, {}), **result}
        self.best[label]["errors"] = errors
        return result

    # MARK: Loads

    def tokens(self, port: int) -> list[str]:
        """One room token a buyer, each of whom is admitted."""
        def enter(users):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            found = []
            for user in users:
                connection.request("POST", "/public/enter", json.dumps({"userId": f"user-{user}", "eventId": EVENT}),
                                   {"Content-Type": "application/json"})
                answer = connection.getresponse()
                body = answer.read()
                if answer.status != 200:
                    sys.exit(f"enter: {answer.status} {body[:300]}")
                found.append(json.loads(body)["roomToken"])
            connection.close()
            return found
        count = SECTIONS * SEATS // PER_USER
        with ThreadPoolExecutor(4) as pool:
            parts = pool.map(enter, [range(start, count, 4) for start in range(4)])
        tokens = [""] * count
        for start, part in enumerate(parts):
            tokens[start::4] = part
        return tokens

    @staticmethod
    def polls(tokens: list[str]) -> str:
        """Each poll is another buyer's."""
        return f"""
local tokens = {{{",".join(f'"{token}"' for token in tokens)}}}
local number = 0
request = function()
  number = number % #tokens + 1
  return wrk.format("GET", "/public/room-status?token=" .. tokens[number])
end
"""

    @staticmethod
    def holds(tokens: list[str], start: int) -> str:
        """Each hold is of another seat; {PER_USER} of each buyer."""
        return f"""
local tokens = {{{",".join(f'"{token}"' for token in tokens)}}}
local number = {start} - 1
request = function()
  number = (number + 1) % ({SECTIONS * SEATS})
  local body = '{{"eventId":"{EVENT}","seatId":"S' .. math.floor(number / {SEATS}) .. '-' .. number % {SEATS} .. '"}}'
  local user = math.floor(number / {PER_USER}) + 1
  return wrk.format("POST", "/public/hold", {{["Content-Type"] = "application/json", ["x-room-token"] = tokens[user]}}, body)
end
"""

    @staticmethod
    def intents(start: int, held: int) -> str:
        """Each intent has another key; the answer tells key and intent."""
        return f"""
local number = {start} - 1
request = function()
  number = number + 1
  local seat = number % {held}
  local body = '{{"userId":"user-' .. math.floor(seat / {PER_USER}) .. '","eventId":"{EVENT}","seatIds":["S'
    .. math.floor(seat / {SEATS}) .. '-' .. seat % {SEATS} .. '"]}}'
  return wrk.format("POST", "/confirm/payment-intent",
    {{["Content-Type"] = "application/json", ["Idempotency-Key"] = "intent-" .. number}}, body)
end
response = function(status, headers, body)
  print("intent", string.match(headers["Location"] or "", "intent%-(%d+)"), string.match(body, '"intentId":"([^"]+)"'))
end
"""

    @staticmethod
    def commits(intents: list[tuple[int, str]]) -> str:
        lines = ",".join(f'{{{number},"{intent}"}}' for number, intent in intents)
        return f"""
local intents = {{{lines}}}
local number = 0
request = function()
  number = number + 1
  if number > #intents then wrk.thread:stop() number = 1 end
  local seat, intent = intents[number][1], intents[number][2]
  local body = '{{"userId":"user-' .. math.floor(seat / {PER_USER}) .. '","eventId":"{EVENT}","intentId":"' .. intent
    .. '","seatIds":["S' .. math.floor(seat / {SEATS}) .. '-' .. seat % {SEATS} .. '"]}}'
  return wrk.format("POST", "/confirm/commit",
    {{["Content-Type"] = "application/json", ["Idempotency-Key"] = "commit-" .. intent}}, body)
end
"""

    @staticmethod
    def statuses(intents: list[tuple[int, str]]) -> str:
        keys = ",".join(f'"commit-{intent}"' for _, intent in intents)
        return f"""
local keys = {{{keys}}}
local number = 0
request = function()
  number = number % #keys + 1
  return wrk.format("GET", "/confirm/status?idem=" .. keys[number])
end
"""

    # MARK: Runs

    def public(self) -> int:
        """-> how many seats are held, from the first on."""
        summary, held = f"/public/summary/{EVENT}/A", 0
        for counting in (False, True):
            with self.serve("public", counting) as (port, pid):
                tokens = self.tokens(port)
                connection = http.client.HTTPConnection("127.0.0.1", port)
                connection.request("GET", summary)
                body = connection.getresponse().read().decode()
                connection.close()
                with nginx(self.folder / "web", f"location / {{ default_type application/json; return 200 '{body}'; }}"
                           ) as (web, web_pid):
                    for _ in range(1 if counting else self.rounds):
                        if not counting:
                            self.measure("nginx return 200", web, web_pid, "/")
                        self.measure("cached summary", port, pid, summary, counting=counting)
                        self.measure("room-status", port, pid, "/", self.polls(tokens), counting)
                        result = self.measure("hold (SQLite)", port, pid, "/", self.holds(tokens, held), counting)
                        held = min(SECTIONS * SEATS, held + result["requests"])
        return held

    def canned(self):
        """Redis, and a DynamoDB that always agrees."""
        answers = """map $http_x_amz_target $answer {
            ~GetItem '{}'; ~BatchGetItem '{"Responses":{},"UnprocessedKeys":{}}';
            ~Query '{"Items":[],"Count":0,"ScannedCount":0}'; default '{}'; }"""
        cache = Cache(self.folder / "redis")
        location = "location / { default_type application/x-amz-json-1.0; return 200 $answer; }"
        try:
            with nginx(self.folder / "dynamodb", location, answers) as (dynamodb, dynamodb_pid):
                subprocess.run(["taskset", "-cp", "1", str(dynamodb_pid)], check=True, stdout=subprocess.DEVNULL)
                settings = {"REDIS_URL": cache.url, "DDB_TABLE": "seats", "AWS_REGION": "ap-northeast-1",
                            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{dynamodb}", "AWS_ACCESS_KEY_ID": "bench",
                            "AWS_SECRET_ACCESS_KEY": "bench", "AWS_EC2_METADATA_DISABLED": "true"}
                for counting in (False, True):
                    with self.serve("public", counting, **settings) as (port, pid):
                        tokens, start = self.tokens(port), 0
                        for _ in range(1 if counting else self.rounds):
                            result = self.measure("hold (Redis, canned DynamoDB)", port, pid, "/",
                                                  self.holds(tokens, start), counting)
                            start += result["requests"]
        finally:
            cache.stop()

    def confirm(self, held: int):
        database = Database(self.folder / "postgres")
        try:
            self.run("db", "migrate", DATABASE_URL=database.url)
            self.run("db", "seed", "--event", str(self.folder / "event.json"), DATABASE_URL=database.url)
            settings = {"DATABASE_URL": database.url}
            quoted: list[tuple[int, str]] = []
            number, bought, known = 0, 0, set()
            for counting in (False, True):
                with self.serve("confirm", counting, **settings) as (port, pid):
                    for _ in range(1 if counting else self.rounds):
                        result = self.measure("intent (PostgreSQL)", port, pid, "/", self.intents(number, held), counting)
                        for line in result["output"].splitlines():
                            words = line.split()
                            if words[:1] == ["intent"] and words[1:2] != ["nil"] and int(words[1]) % held not in known:
                                known.add(int(words[1]) % held)
                                quoted.append((int(words[1]) % held, words[2]))
                        # Past those that were under way when the round ended.
                        number += result["requests"] + 1_000
                        share = quoted[bought:]
                        result = self.measure("commit (PostgreSQL)", port, pid, "/", self.commits(share), counting)
                        bought = min(len(quoted), bought + result["requests"])
            with self.serve("worker", **settings), self.serve("confirm", **settings) as (port, _):
                last = f"commit-{quoted[max(0, bought - 200)][1]}"
                end = time.monotonic() + 120
                while database.psql(f"select 1 from orders where idempotency_key = '{last}'").stdout == "":
                    if time.monotonic() > end:
                        sys.exit("the worker does not decide")
                    time.sleep(0.2)
            decided = quoted[:max(1, bought - 200)]
            for counting in (False, True):
                with self.serve("confirm", counting, **settings) as (port, pid):
                    for _ in range(1 if counting else self.rounds):
                        self.measure("status (PostgreSQL)", port, pid, "/", self.statuses(decided), counting)
        finally:
            database.stop()

    def ledger(self) -> dict:
        database = Database(self.folder / "ledger", durable=True)
        try:
            output = subprocess.run([str(self.binary.parent / "LedgerBench")], check=True, capture_output=True,
                                    text=True, timeout=600, env={**self.settings, "DATABASE_URL": database.url}).stdout
            return json.loads(output)
        finally:
            database.stop()


# MARK: Report

def report(best: dict, ledger: dict) -> bool:
    """-> whether every bar is met."""
    base, met = best["nginx return 200"]["cpu"], True
    print(f"{'one core, 64 connections':30} {'CPU us':>8} {'x nginx':>8} {'bar':>6} {'req/s':>9} {'p99':>9} "
          f"{'mallocs':>8} {'not 2xx':>8}")
    for label, result in best.items():
        ratio, bar = result["cpu"] / base, BARS.get(label)
        mark = "" if not bar else "ok" if ratio <= bar else "OVER"
        if result["errors"]:
            mark = "REFUSED"
        met &= mark in ("", "ok")
        allocations = f"{result['allocations']:.1f}" if "allocations" in result else ""
        print(f"{label:30} {result['cpu']:8.1f} {ratio:7.2f}x {f'{bar}x' if bar else '':>6} {result['rate']:9,.0f} "
              f"{result['p99']:>9} {allocations:>8} {result['errors']:8d} {mark}")
    print(f"\n{'one pool of PostgreSQL':36} {'calls/s':>9} {'p95 ms':>8} {'ratio':>7} {'bar':>5}")
    for kind, plain, grouped, bar in (
            ("intents", "one INSERT a transaction", "group commit", INTENT_RATIO),
            ("orders", "one a transaction", "many a transaction", ORDER_RATIO)):
        one, many = ledger[f"{kind}, {plain}"], ledger[f"{kind}, {grouped}"]
        ratio = many["perSecond"] / one["perSecond"]
        is_slow = kind == "intents" and many["p95"] >= INTENT_P95
        met &= ratio >= bar and not is_slow
        print(f"{kind + ', ' + plain:36} {one['perSecond']:9,.0f} {one['p95']:8.1f}")
        print(f"{kind + ', ' + grouped:36} {many['perSecond']:9,.0f} {many['p95']:8.1f} {ratio:6.1f}x {bar:4d}x "
              f"{'ok' if ratio >= bar and not is_slow else 'OVER'}")
    return met


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("binary", nargs="?", default=".build/release/tickctl")
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        bench = Bench(Path(arguments.binary).resolve(), folder, arguments.seconds, arguments.rounds)
        write_event(folder / "event.json")
        bench.run("db", "seed", "--event", str(folder / "event.json"), "--data-dir", str(bench.data))
        held = bench.public()
        bench.canned()
        bench.confirm(held)
        if not report(bench.best, bench.ledger()):
            sys.exit("a bar is not met")


if __name__ == "__main__":
    main()
