"""A record of what clients asked and were told, as lines of JSON, and what must be true of it.

A line: `{"call": n, "phase": "invoke"|"ok"|"fail"|"unknown", "at": epoch seconds, "op", "user", "seats", "key", ...}`.
`ok` is a success of the contract, `fail` a refusal (nothing was done), `unknown` no answer or a 5xx. The clocks of clients
and services are one, as they run on one machine. `check` looks at each line once, in order of time, and at each seat's
lines by themselves: linear in the lines but for the sort.
"""
import json
import threading
import time
from collections import defaultdict
from itertools import count
from pathlib import Path

OK, FAIL, UNKNOWN = "ok", "fail", "unknown"


class History:
    """Written by many threads; each call is written before it is made."""

    def __init__(self, path: Path):
        self.path, self.lock, self.numbers = path, threading.Lock(), count(1)
        self.file = open(path, "w", buffering=1)
        self.lines: list[dict] = []

    def write(self, line: dict):
        with self.lock:
            self.lines.append(line)
            self.file.write(json.dumps(line) + "\n")

    def invoke(self, op: str, user: str, **details) -> dict:
        call = {"call": next(self.numbers), "op": op, "user": user, **details}
        self.write({**call, "phase": "invoke", "at": time.time()})
        return {**call, "invoked": time.time()}

    def complete(self, call: dict, phase: str, **details):
        self.write({**call, **details, "phase": phase, "at": time.time()})

    def note(self, op: str, **details):
        """Something that was done to the services."""
        self.write({"op": op, "phase": "note", "at": time.time(), **details})

    def bought(self) -> int:
        """Purchases that were accepted so far."""
        with self.lock:
            return len({line["key"] for line in self.lines if line["op"] == "commit" and line["phase"] == OK})

    def places(self) -> list[tuple[int, int]]:
        """Those in a waiting room that were given so far."""
        with self.lock:
            return [tuple(line["place"]) for line in self.lines if line["op"] == "enter" and line["phase"] == OK]

    def close(self):
        self.file.close()


def read(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def check(lines: list[dict], orders: dict[str, dict], prices: dict[str, int], skew: float = 0.0) -> list[str]:
    """The violations, each with the name of its invariant.

    - orders: by idempotency key, what the API says in the end: {orderId, status, reason, seatIds, total, tickets}.
    - skew: seconds by which the services' clocks may be apart.
    """
    done = sorted((line for line in lines if line["phase"] in (OK, FAIL, UNKNOWN)), key=lambda line: line["at"])
    return [*unanswered_promises(done, orders), *changed_minds(done, orders), *unequal_replays(done),
            *unsound_orders(orders, prices), *double_sales(orders), *stolen_seats(done, orders, skew),
            *false_successes(done), *shared_places(done)]


def unanswered_promises(done, orders):
    """I3: every 202 has a final order. I8: of which none is lost to another buyer."""
    for line in done:
        if line["op"] == "commit" and line["phase"] == OK:
            order = orders.get(line["key"])
            if order is None or order["status"] not in ("CONFIRMED", "REJECTED"):
                yield f"I3: {line['key']} was accepted and is {order and order['status']}"
            elif order.get("reason") == "seat_taken":
                yield f"I8: {line['key']} was accepted, and its seat taken"


def changed_minds(done, orders):
    """I2: one order a key, and its status only moves forward."""
    rank = {"PROCESSING": 0, "CONFIRMED": 1, "REJECTED": 1}
    # By the instants of asking: an answer that was long under way says nothing of a later one.
    seen: dict[str, tuple[float, str, str]] = {}
    for line in done:
        if line["op"] != "status" or line["phase"] != OK or not line.get("order"):
            continue
        key, order = line["key"], line["order"]
        before = seen.get(key)
        if before:
            at, identity, status = before
            if identity != order["orderId"]:
                yield f"I2: {key} is order {identity} and {order['orderId']}"
            is_later = line["invoked"] > at
            if (rank[order["status"]] < rank[status] and is_later) or (
                    rank[order["status"]] == rank[status] == 1 and order["status"] != status):
                yield f"I2: {key} was {status} and then {order['status']}"
            if rank[order["status"]] < rank[status]:
                continue
        seen[key] = (line["at"], order["orderId"], order["status"])
    for key, (_, identity, status) in seen.items():
        final = orders.get(key)
        if final and (identity != final["orderId"] or (rank[status] and status != final["status"])):
            yield f"I2: {key} was {status} as {identity}, in the end {final['status']} as {final['orderId']}"


def unequal_replays(done):
    """I11: under one key (and user, for an intent) one first answer, and every success is its bytes."""
    first, bodies = defaultdict(int), {}
    for line in done:
        if line["op"] not in ("intent", "commit") or line["phase"] != OK:
            continue
        scope = (line["op"], line["user"], line["key"])
        if line["op"] == "intent" and line["status"] == 201:
            first[scope] += 1
            if first[scope] > 1:
                yield f"I11: {scope} was made {first[scope]} times"
        if bodies.setdefault(scope, line["body"]) != line["body"]:
            yield f"I11: {scope} was answered {bodies[scope]} and {line['body']}"


def unsound_orders(orders, prices):
    """I4: all seats and their price, or nothing."""
    for key, order in orders.items():
        tickets = sorted(ticket["seatId"] for ticket in order["tickets"])
        if order["status"] == "CONFIRMED":
            if tickets != sorted(order["seatIds"]):
                yield f"I4: {key} is confirmed for {order['seatIds']} with tickets for {tickets}"
            if order["total"] != sum(prices[seat] for seat in order["seatIds"]):
                yield f"I4: {key} costs {order['total']}"
        elif tickets:
            yield f"I4: {key} is {order['status']} and has tickets"


def double_sales(orders):
    """I1: no seat has two tickets."""
    owner = {}
    for key, order in orders.items():
        for ticket in order["tickets"]:
            seat = ticket["seatId"]
            if seat in owner:
                yield f"I1: {seat} was sold under {owner[seat]} and {key}"
            owner[seat] = key


def stolen_seats(done, orders, skew):
    """I7: between an answered hold and its end a seat is nobody else's; after a 202, for good.

    Certain is only what lies between the answer to one call and the asking of the next.
    """
    events = defaultdict(list)
    for line in done:
        if line["phase"] != FAIL and line["op"] in ("hold", "release", "commit"):
            for seat in line["seats"]:
                events[seat].append(line)
    for seat, calls in events.items():
        # (instant, order at the same instant, what, line): a release may take effect when it is asked.
        steps = []
        for line in calls:
            if line["op"] == "release" or (line["op"] == "hold" and line["phase"] == UNKNOWN):
                # The same user's next hold may shorten this one: a hold has one end for all its seats.
                steps.append((line["invoked"], 0, "free", line))
            elif line["phase"] == OK:
                steps.append((line["invoked"], 1, "ask", line))
                steps.append((line["at"], 2, "have", line))
        user, until = None, 0.0
        taken_since: dict[int, tuple] = {}
        for instant, _, what, line in sorted(steps, key=lambda step: step[:2]):
            if what == "free":
                if line["user"] == user and until != float("inf"):
                    user = None
            elif what == "ask":
                taken_since[line["call"]] = (user, until)
            else:
                before, its_end = taken_since[line["call"]]
                if before not in (None, line["user"]) and before == user and its_end == until \
                        and line["at"] + skew < until:
                    yield (f"I7: {seat} was {before}'s until {until:.3f}, and given to {line['user']} between "
                           f"{line['invoked']:.3f} and {line['at']:.3f}")
                if line["op"] == "hold":
                    end = line["until"]
                else:
                    order = orders.get(line["key"])
                    # A rejected order gave its seats back at some instant that no client knows.
                    end = float("inf") if order and order["status"] == "CONFIRMED" else 0.0
                    if end == 0.0 and user == line["user"]:
                        user = None
                if end and not (user == line["user"] and until == float("inf")):
                    user, until = line["user"], end


def false_successes(done):
    """I6: what had to be refused was."""
    for line in done:
        if line.get("must_fail") and line["phase"] == OK:
            yield f"I6: {line['op']} of {line['user']} succeeded: {line['must_fail']}"


def shared_places(done):
    """I10: a place in a room is one user's."""
    owner = {}
    for line in done:
        if line["op"] == "enter" and line["phase"] == OK:
            place = tuple(line["place"])
            if owner.setdefault(place, line["user"]) != line["user"]:
                yield f"I10: place {place} is {owner[place]}'s and {line['user']}'s"


def too_many_admissions(spans: list[tuple[float, float]], rate: float, burst: float, slack: float = 0.25) -> list[str]:
    """I10: admissions within any window are at most rate x window + burst.

    - spans: of each user the last instant known to wait and the first known to be admitted.
    """
    violations = []
    starts = sorted({begin for begin, _ in spans})
    ends = sorted(spans, key=lambda span: span[1])
    for start in starts:
        inside = 0
        for begin, end in ends:
            inside += begin >= start
            if begin >= start and inside > rate * (end - start + slack) + burst:
                violations.append(f"I10: {inside} admissions within {end - start:.3f} s")
                break
    return violations
