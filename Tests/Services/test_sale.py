"""Far more buyers than seats: every seat is sold once, every loser is told so, nothing is left held."""
import os
import queue
import random
import threading
import time
from itertools import count

import pytest

from client import EVENT, PRICES, SEATS, SECTIONS, Lost
from faults import together
from shoppers import books

BUYERS = 10_000 if os.environ.get("LONG") == "1" else 2_000
# Buyers that are inside at the same time; the others stand in line for a connection.
ABREAST = 64


def attempt(call, deadline: float = 300):
    """Repeats a call until it has an answer other than 5xx or 429."""
    end = time.monotonic() + deadline
    while True:
        try:
            answer = call()
            if answer.status < 500 and answer.status != 429:
                return answer
        except Lost as error:
            answer = error
        assert time.monotonic() < end, f"no answer in {deadline} s: {answer}"
        time.sleep(0.05)


def is_sold_out(buyer) -> bool:
    return not any(attempt(lambda: buyer.public.get(f"/public/summary/{EVENT}/{name}")).json["seatsAvailable"]
                   for name in SECTIONS)


def come_in(buyer) -> bool:
    """Waits for the turn; False: nothing is left, so that nobody is let in any more."""
    end = time.monotonic() + 600
    assert attempt(buyer.enter).status == 200
    for poll in count(1):
        if attempt(buyer.room_status).json["ready"]:
            return True
        if poll % 10 == 0 and is_sold_out(buyer):
            return False
        assert time.monotonic() < end, f"{buyer.user} waits before free seats"
        time.sleep(0.02)


def buy(buyer, wish: str, number: int, draw: random.Random) -> str:
    """A buyer's way to a ticket: the seat wished for, then what is proposed, then what the map shows as free, until it
    shows nothing. -> what it was told."""
    seat, end = wish, time.monotonic() + 600
    while time.monotonic() < end:
        held = attempt(lambda: buyer.hold(seat))
        if held.status == 200:
            break
        # Whoever was let in and had not begun goes back to the line when nothing is left.
        if held.status == 403 and is_sold_out(buyer):
            return "sold out"
        assert held.status == 409, held
        free = [one[0] for one in held.json["alternatives"]] or [
            seat["seatId"] for section in attempt(lambda: buyer.public.get(f"/public/seats/{EVENT}")).json["sections"]
            for seat in section["seats"] if seat["status"] == "available"]
        if not free:
            return "sold out"
        seat = draw.choice(free)
        # What is proposed is up to three seconds old.
        time.sleep(draw.uniform(0, 0.1))
    else:
        raise AssertionError("the map shows free seats that nobody can hold")
    intent = attempt(lambda: buyer.intent(f"sale-i-{number}", seat))
    if intent.status in (409, 410):
        return "hold lost"
    assert intent.status in (200, 201), intent
    commit = attempt(lambda: buyer.commit(f"sale-c-{number}", intent.json["intentId"], seat))
    if commit.status in (409, 410):
        return "hold lost"
    assert commit.status == 202, commit
    return f"sale-c-{number}"


@pytest.mark.parametrize("name", ["embedded", "real"])
def test_many_buyers_for_a_thousand_seats(make, name):
    processes = {"counts": (1, 2, 2)} if name == "real" else {}
    platform = make(name, HOLD_SECONDS="3600", LOG_LEVEL="warning", **processes)
    waiting: queue.Queue[int] = queue.Queue()
    for number in range(BUYERS):
        waiting.put(number)
    told, errors, lock = {}, [], threading.Lock()

    def serve_line(line: int):
        public, confirm = platform.client("public", line), platform.client("confirm", line)
        while not errors:
            try:
                number = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                buyer = platform.buyer(f"sale-{number}")
                buyer.public, buyer.confirm = public, confirm
                draw = random.Random(number)
                # Some seats are liked more.
                wish = draw.choice(SECTIONS["A"][:100] if draw.random() < 0.5 else SEATS)
                outcome = buy(buyer, wish, number, draw) if come_in(buyer) else "sold out"
                with lock:
                    told[number] = outcome
            except Exception as error:  # told below, whatever it is
                with lock:
                    errors.append((number, repr(error)[:300]))
    started = time.monotonic()
    threads = [threading.Thread(target=serve_line, args=(line,), daemon=True) for line in range(ABREAST)]
    for thread in threads:
        thread.start()
    together(threads, 3_000)
    assert not errors, errors[:5]
    bought = {outcome for outcome in told.values() if outcome.startswith("sale-c-")}
    orders = {o["idem"]: o for o in platform.orders()}
    deadline = time.monotonic() + 300
    while len(orders) < len(bought):
        assert time.monotonic() < deadline, (len(orders), len(bought))
        time.sleep(0.1)
        orders = {o["idem"]: o for o in platform.orders()}
    seconds = time.monotonic() - started
    print(f"\n{name}: {BUYERS} buyers, {len(bought)} orders in {seconds:.1f} s, "
          f"{len(bought) / seconds:.0f} orders a second")
    assert len(told) == BUYERS and len(bought) == len(SEATS) == 1_000
    assert set(told.values()) - bought <= {"sold out", "hold lost"}
    assert set(orders) == bought and {o["status"] for o in orders.values()} == {"CONFIRMED"}
    tickets = platform.tickets()
    assert sorted(t["seat_id"] for t in tickets) == sorted(SEATS)
    assert sum(t["price_minor"] for t in tickets) == 250 * sum(PRICES.values())
    deadline = time.monotonic() + 300
    while platform.queued() != (0, 0) or {s["state"] for s in platform.seat_states().values()} != {"sold"}:
        assert time.monotonic() < deadline, platform.queued()
        time.sleep(0.2)
    assert books(platform) == []
