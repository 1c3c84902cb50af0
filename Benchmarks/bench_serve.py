"""Speed of the services beside nginx and beside the naive way, side by side in one run: `make bench`.

Every line is one server on one core and its load on the other. CPU is what the server's process used for each request,
from /proc; the ratio is to nginx answering the same bytes with `return 200`. Machines are noisy: each figure is the best
of several rounds that take turns.

usage: bench_serve.py [TICKCTL] [--seconds S] [--rounds N]
"""
import argparse
import contextlib
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

TICKS = os.sysconf("SC_CLK_TCK")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(pids: list[int]) -> float:
    total = 0
    for pid in pids:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


def wait_for(port: int, deadline: float = 30) -> None:
    end = time.monotonic() + deadline
    while time.monotonic() < end:
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        time.sleep(0.05)
    sys.exit(f"nothing listens on port {port}")


def stop(process: subprocess.Popen) -> None:
    process.send_signal(signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(30)
        return
    process.kill()
    process.wait()


@contextlib.contextmanager
def nginx(folder: pathlib.Path, body: str):
    port = free_port()
    (folder / "nginx.conf").write_text(f"""
daemon off; worker_processes 1; pid {folder}/nginx.pid; error_log {folder}/nginx.err;
events {{ worker_connections 1024; }}
http {{ access_log off; keepalive_requests 100000000;
  server {{ listen 127.0.0.1:{port}; location / {{ default_type application/json; return 200 '{body}'; }} }} }}
""")
    server = subprocess.Popen(["taskset", "-c", "0", shutil.which("nginx") or "/usr/sbin/nginx", "-c",
                               str(folder / "nginx.conf"), "-p", str(folder)])
    try:
        wait_for(port)
        children = pathlib.Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
        yield port, [server.pid, *map(int, children)]
    finally:
        stop(server)


@contextlib.contextmanager
def tickctl(binary: str, folder: pathlib.Path, **settings: str):
    port, metrics = free_port(), free_port()
    environment = {"PATH": os.environ["PATH"], "USER_REQUESTS_PER_SECOND": "0", "LOG_LEVEL": "info", **settings}
    log = open(folder / "serve.log", "wb")
    server = subprocess.Popen(
        ["taskset", "-c", "0", binary, "serve", "--role", "all", "--port", str(port), "--metrics-port", str(metrics),
         "--data-dir", str(folder / "data")], env=environment, stdout=log, stderr=log, cwd=folder)
    try:
        wait_for(port)
        yield port, [server.pid]
    finally:
        stop(server)


def call(port: int, method: str, path: str, body: dict | None = None, **headers: str) -> tuple[int, dict]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    sent = {"Content-Type": "application/json", **{k.replace("_", "-"): v for k, v in headers.items()}}
    connection.request(method, path, json.dumps(body) if body is not None else None, sent)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer.status, json.loads(text) if text.startswith(b"{") else {}


def wrk(port: int, path: str, seconds: float, script: pathlib.Path | None = None) -> dict:
    """Requests, errors and latencies of one round from the second core."""
    command = ["taskset", "-c", "1", "wrk", "-t1", "-c64", f"-d{seconds}s", "--latency"]
    if script:
        command += ["-s", str(script)]
    output = subprocess.run([*command, f"http://127.0.0.1:{port}{path}"], capture_output=True, text=True, check=True).stdout
    result = {"requests": 0, "errors": 0, "p99": ""}
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


def measure(port: int, pids: list[int], path: str, seconds: float, script: pathlib.Path | None = None) -> dict:
    before = cpu_seconds(pids)
    result = wrk(port, path, seconds, script)
    result["cpu_us"] = (cpu_seconds(pids) - before) / max(1, result["requests"]) * 1e6
    return result


LUA_HOLD = """
local user = 0
local seats = {}
for row = 1, 40 do for place = 1, 25 do seats[#seats + 1] = "R" .. row .. "C" .. place end end
request = function()
  user = user + 1
  local body = string.format('{"eventId":"event-0001","seatId":"%s"}', seats[user %% #seats + 1])
  return wrk.format("POST", "/public/hold", {["Content-Type"] = "application/json", ["x-room-token"] = TOKEN}, body)
end
"""

LUA_INTENT = """
local number = 0
request = function()
  number = number + 1
  return wrk.format("POST", "/confirm/payment-intent",
    {["Content-Type"] = "application/json", ["Idempotency-Key"] = "bench-" .. SALT .. "-" .. number}, BODY)
end
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("binary", nargs="?", default=".build/release/tickctl")
    parser.add_argument("--seconds", type=float, default=3)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    binary = str(pathlib.Path(arguments.binary).resolve())
    seconds, rounds = arguments.seconds, arguments.rounds

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with tickctl(binary, folder) as (port, pids):
            _, entered = call(port, "POST", "/public/enter", {"userId": "bench", "eventId": "event-0001"})
            token = entered["roomToken"]
            status, _ = call(port, "POST", "/public/hold", {"eventId": "event-0001", "seatIds": ["R1C1"]}, x_room_token=token)
            assert status == 200, status
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request("GET", "/public/summary/event-0001/A")
            body = connection.getresponse().read().decode()
            connection.close()
            (folder / "hold.lua").write_text(f'TOKEN = "{token}"\n{LUA_HOLD}')
            intent = json.dumps({"userId": "bench", "eventId": "event-0001", "seatIds": ["R1C1"]})
            rows = [
                ("cached summary", "/public/summary/event-0001/A", None, 1.15),
                ("room-status", f"/public/room-status?token={token}", None, 1.5),
                ("health", "/public/health", None, None),
                ("hold (SQLite)", "/public/hold", "hold.lua", None),
                ("intent (SQLite)", "/confirm/payment-intent", "intent.lua", None),
                ("status", "/confirm/status?idem=bench-0-0-1", None, None),
            ]
            with nginx(folder, body) as (web, web_pids):
                best: dict[str, dict] = {}
                for number in range(rounds):
                    results = {"nginx return 200": measure(web, web_pids, "/", seconds)}
                    for label, path, script, _ in rows:
                        if script == "intent.lua":
                            (folder / script).write_text(f'SALT = "{number}"\nBODY = \'{intent}\'\n{LUA_INTENT}')
                        results[label] = measure(port, pids, path, seconds, folder / script if script else None)
                    for label, result in results.items():
                        if label not in best or result["cpu_us"] < best[label]["cpu_us"]:
                            best[label] = result
        bars = {label: bar for label, _, _, bar in rows}
        base = best["nginx return 200"]["cpu_us"]
        print(f"{'one core, 64 connections':26} {'CPU us':>8} {'x nginx':>8} {'bar':>6} {'req/s':>9} {'p99':>9} {'not 2xx':>8}")
        failed = False
        for label, result in best.items():
            ratio, bar = result["cpu_us"] / base, bars.get(label)
            mark = "" if not bar else ("ok" if ratio <= bar else "OVER")
            failed |= mark == "OVER"
            print(f"{label:26} {result['cpu_us']:8.1f} {ratio:7.2f}x {f'{bar}x' if bar else '':>6} {result['rate']:9,.0f} "
                  f"{result['p99']:>9} {result['errors']:8d} {mark}")
        if failed:
            sys.exit("a bar is not met")


if __name__ == "__main__":
    main()
