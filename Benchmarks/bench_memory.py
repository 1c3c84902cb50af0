"""Memory of `serve --role all` after 10 million requests beside 1 million: `make bench-memory`.

What a day leaves behind must not grow the process: every enter is another user, every intent and every commit has another
key, holds are released, expire or are bought. The rooms of an embedded process remember up to a million users, so the
first million requests are nearly all of them enters: what grows after it is a leak.

usage: bench_memory.py [TICKCTL] [--millions N]
"""
import argparse
import sys
import tempfile
import time
from pathlib import Path

from bench_serve import EVENT, SEATS, SECTIONS, Bench, write_event

GROWTH = 1.10
# Parts of a thousand requests.
FIRST = {"enter": 950, "poll": 10, "summary": 10, "hold": 16, "release": 6, "intent": 6, "commit": 2}
AFTER = {"enter": 300, "poll": 340, "summary": 300, "hold": 30, "release": 10, "intent": 16, "commit": 4}

# The request's id comes back with its answer: what it was, whose, and which seat.
MIX = """
local user, turn = START, 0
local tokens, held, quoted, asking, ways = {}, {}, {}, {}, {}
for way, parts in pairs(PARTS) do for _ = 1, parts do ways[#ways + 1] = way end end
math.randomseed(START)

local function keep(list, entry)
  if #list < 4096 then list[#list + 1] = entry else list[math.random(4096)] = entry end
end
local function take(list)
  local index = math.random(#list)
  local entry = list[index]
  list[index] = list[#list]
  list[#list] = nil
  return entry
end
local function post(path, id, body, name, value)
  local headers = {["Content-Type"] = "application/json", ["x-request-id"] = id}
  if name then headers[name] = value end
  return wrk.format("POST", path, headers, body)
end
local function seats(entry)
  return '"eventId":"EVENT","seatIds":["' .. entry.seat .. '"]'
end

request = function()
  local way = ways[math.random(#ways)]
  turn = turn + 1
  if (way == "poll" or way == "hold") and #tokens == 0 then way = "enter" end
  if (way == "release" or way == "intent") and #held == 0 then way = "summary" end
  if way == "commit" and #quoted == 0 then way = "summary" end
  if way == "summary" then
    return wrk.format("GET", "/public/summary/EVENT/A", {["x-request-id"] = "s"})
  elseif way == "enter" then
    user = user + 1
    return post("/public/enter", "e/" .. user, '{"userId":"user-' .. user .. '","eventId":"EVENT"}')
  elseif way == "poll" then
    return wrk.format("GET", "/public/room-status?token=" .. tokens[math.random(#tokens)].token, {["x-request-id"] = "p"})
  elseif way == "hold" then
    local buyer, number = tokens[math.random(#tokens)], math.random(ALL) - 1
    asking[buyer.user] = buyer.token
    local seat = "S" .. math.floor(number / SEATS) .. "-" .. number % SEATS
    return post("/public/hold", "h/" .. buyer.user .. "/" .. seat, '{"eventId":"EVENT","seatId":"' .. seat .. '"}',
      "x-room-token", buyer.token)
  elseif way == "release" then
    local entry = take(held)
    return post("/public/release", "r", "{" .. seats(entry) .. "}", "x-room-token", entry.token)
  elseif way == "intent" then
    local entry = take(held)
    return post("/confirm/payment-intent", "i/" .. entry.user .. "/" .. entry.seat,
      '{"userId":"user-' .. entry.user .. '",' .. seats(entry) .. '}', "Idempotency-Key", "intent-" .. START .. "-" .. turn)
  end
  local entry = take(quoted)
  return post("/confirm/commit", "c",
    '{"intentId":"' .. entry.intent .. '","userId":"user-' .. entry.user .. '",' .. seats(entry) .. '}',
    "Idempotency-Key", "commit-" .. START .. "-" .. turn)
end

response = function(status, headers, body)
  local id = headers["x-request-id"] or "?"
  local kind = id:sub(1, 1)
  if status >= 500 then print("failed", status, kind, body) end
  if status >= 300 then return end
  if kind == "e" then
    keep(tokens, {user = id:sub(3), token = body:match('"roomToken":"([^"]+)"')})
  elseif kind == "h" then
    local buyer, seat = id:match("^h/(%d+)/(.+)$")
    keep(held, {user = buyer, seat = seat, token = asking[buyer]})
  elseif kind == "i" then
    local buyer, seat = id:match("^i/(%d+)/(.+)$")
    keep(quoted, {user = buyer, seat = seat, intent = body:match('"intentId":"([^"]+)"')})
  elseif kind == "c" then
    print("bought")
  end
end
"""


def script(start: int, parts: dict[str, int]) -> str:
    table = "{" + ", ".join(f"{way} = {part}" for way, part in parts.items()) + "}"
    return (MIX.replace("START", str(start)).replace("PARTS", table).replace("EVENT", EVENT)
            .replace("ALL", str(SECTIONS * SEATS)).replace("SEATS", str(SEATS)))


def resident_megabytes(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("binary", nargs="?", default=".build/release/tickctl")
    parser.add_argument("--millions", type=int, default=10)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        bench = Bench(Path(arguments.binary).resolve(), folder, seconds=5, rounds=1)
        bench.settings["HOLD_SECONDS"] = "60"
        write_event(folder / "event.json")
        bench.run("db", "seed", "--event", str(folder / "event.json"), "--data-dir", str(bench.data))
        with bench.serve("all") as (port, pid):
            done = refused = failed = bought = 0
            start, resident = time.monotonic(), {}
            print(f"{'million requests':>16} {'RSS, MiB':>9} {'not 2xx':>9} {'bought':>7} {'minutes':>8}")
            while len(resident) < arguments.millions:
                result = bench.wrk(port, "/", script(done + 1, AFTER if resident else FIRST))
                lines = result["output"].splitlines()
                done += result["requests"]
                refused += result["errors"]
                bought += lines.count("bought")
                failures = [line for line in lines if line.startswith("failed")]
                failed += len(failures)
                if failures:
                    print(failures[0], file=sys.stderr)
                while len(resident) < done // 1_000_000:
                    resident[len(resident) + 1] = resident_megabytes(pid)
                    print(f"{len(resident):16} {resident[len(resident)]:9.1f} {refused:9} {bought:7} "
                          f"{(time.monotonic() - start) / 60:8.1f}", flush=True)
        growth = resident[arguments.millions] / resident[1]
        print(f"after {arguments.millions} million requests {growth:.3f}x of after 1 million (bar {GROWTH}x); "
              f"{failed} answers of 5xx")
        if growth > GROWTH or failed:
            sys.exit("the bar is not met")


if __name__ == "__main__":
    main()
