"""I1-I16 of the invariants under faults: two processes of each role on the real stores, and a history that is checked.

`LONG=1` runs more seeds and longer; a failure names its seed, and SEED=n runs that one alone.
"""
import os
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from client import EVENT, SECTIONS, Lost, instant
from faults import Dawdlers, Faults, together
from history import OK, History, check, too_many_admissions
from shoppers import SEAT_PRICES, Shopper, books, final_orders, while_shopping
from test_contract import place

IS_LONG = os.environ.get("LONG") == "1"
SEEDS = [int(os.environ["SEED"])] if "SEED" in os.environ else list(range(1, 9 if IS_LONG else 2))
ROUNDS = 4 if IS_LONG else 1
HOLD, VISIBILITY = 3, 5


@pytest.mark.parametrize("seed", SEEDS)
def test_the_invariants_hold_under_faults(make, tmp_path, seed):
    platform = make("real", counts=(2, 2, 2), HOLD_SECONDS=str(HOLD), QUEUE_VISIBILITY_SECONDS=str(VISIBILITY),
                    SHUTDOWN_GRACE="60", receives=100)
    platform.patience = 0
    history = History(tmp_path / "history.jsonl")
    stop = threading.Event()
    # Few seats, so that the buyers meet.
    seats = SECTIONS["A"][:120] + SECTIONS["C"][:60]
    shoppers = [Shopper(platform, history, seed * 1_000 + n, stop, seats) for n in range(16)]
    dawdlers = Dawdlers([service.address for service in platform.of("public", "confirm")],
                        [service.address for service in platform.of("public")], stop)
    for thread in (*shoppers, dawdlers):
        thread.start()
    try:
        faults = Faults(platform, history, seed, longest_stop=HOLD + 1.5)
        # FAULTS=a,b: only these.
        faults.run(ROUNDS, names=tuple(os.environ["FAULTS"].split(",")) if "FAULTS" in os.environ else Faults.ALL)
        while_shopping(shoppers, lambda: history.bought() >= 20)
    finally:
        stop.set()
    together(shoppers, 300)
    errors = [shopper.error for shopper in shoppers if shopper.error]
    assert not errors, (seed, errors[:3])

    keys = [key for shopper in shoppers for key in shopper.keys]
    orders = final_orders(platform, keys)
    history.close()
    violations = check(history.lines, orders, SEAT_PRICES)
    time.sleep(HOLD)
    violations += books(platform)
    counts = {phase: sum(line["phase"] == phase for line in history.lines) for phase in ("ok", "fail", "unknown")}
    faults = [line["name"] for line in history.lines if line["op"] == "fault"]
    states = [order["status"] for order in orders.values()]
    print(f"\nseed {seed}: {len(faults)} faults, calls {counts}, orders {len(states)}, "
          f"confirmed {states.count('CONFIRMED')}, slow ones at the end: {dawdlers.last}")
    assert not violations, (seed, faults, violations[:10])
    assert states.count("CONFIRMED") >= 10, "too little happened to prove anything"
    assert platform.queued() == (0, 0), "messages are left"
    together([dawdlers], 300)
    assert all(dawdlers.last) and dawdlers.are_let_go, "slow clients keep what they have for ever"


@pytest.fixture(scope="module")
def set_clock(tmp_path_factory):
    """set_clock(service, seconds): its wall clock is so far ahead from its next start on. (libfaketime sets variables
    before the program begins, and Swift then no longer finds its arguments.)"""
    library = tmp_path_factory.mktemp("skew") / "skew.so"
    subprocess.run(["clang", "-shared", "-fPIC", "-O1", "-o", str(library), str(Path(__file__).with_name("skew.c")),
                    "-ldl"], check=True)

    def set_clock(service, seconds: int):
        service.environment |= {"LD_PRELOAD": str(library), "SKEW_SECONDS": str(seconds)}
    return set_clock


def test_five_seconds_of_skew_shift_an_end_and_sell_nothing_twice(make, set_clock, tmp_path):
    """I14: nodes that are 5 s ahead and behind. I7 shifts by that and no more; I1 and the others hold."""
    hold, skew = 12, 5
    platform = make("real", counts=(3, 3, 2), start=False, HOLD_SECONDS=str(hold))
    for role in ("public", "confirm"):
        for service, seconds in zip(platform.of(role), (0, skew, -skew)):
            set_clock(service, seconds)
    set_clock(platform.of("worker")[1], skew)
    platform.start()
    for n, seconds in enumerate((0, skew, -skew)):
        before = time.time()
        told = platform.client("public", n).get("/public/ping").json["ts"] / 1000
        assert before + seconds - 0.1 <= told <= time.time() + seconds + 0.1, (seconds, told)

    # A hold of the right clock's, taken over by the node that is ahead: not before its end by that node's clock.
    one, ahead = platform.buyer(index=0).arrive(), platform.buyer(index=1).arrive()
    held = one.hold("R1C1")
    assert held.status == 200
    while (answer := ahead.hold("R1C1")).status != 200:
        assert answer.status == 409 and time.time() < expiry(held) + 120, answer
        time.sleep(0.1)
    assert time.time() >= expiry(held) - skew - 0.1, "the seat was given away too early"
    # Which of the two the right clock may still serve is a matter of the skew; that both buy is none.
    results = []
    for n, buyer in enumerate((one, ahead)):
        intent = quoted(buyer, f"skew-intent-{n}", "R1C1") if buyer is ahead else buyer.intent("skew-intent-0", "R1C1")
        results.append(intent.status if intent.status != 201 else
                       buyer.commit(f"skew-commit-{n}", intent.json["intentId"], "R1C1").status)
    assert results[1] == 202 and results[0] in (409, 410), results
    assert ahead.decided("skew-commit-1")["status"] == "CONFIRMED"

    history, stop = History(tmp_path / "history.jsonl"), threading.Event()
    shoppers = [Shopper(platform, history, 77_000 + n, stop, SECTIONS["B"][:60]) for n in range(8)]
    for shopper in shoppers:
        shopper.start()
    try:
        time.sleep(60 if IS_LONG else 15)
        while_shopping(shoppers, lambda: history.bought() >= 10)
    finally:
        stop.set()
    together(shoppers, 300)
    assert not [s.error for s in shoppers if s.error]
    orders = final_orders(platform, [key for s in shoppers for key in s.keys])
    history.close()
    assert check(history.lines, orders, SEAT_PRICES, skew=2 * skew) == []
    assert sum(order["status"] == "CONFIRMED" for order in orders.values()) >= 5
    # Until by the clock of every node no hold is left.
    time.sleep(max(0, max(s["until"] or 0 for s in platform.seat_states().values()) + skew - time.time()))
    assert books(platform) == []


def test_a_slot_of_the_cluster_moves_under_load(make, tmp_path):
    """The room's slot goes from primary to primary while buyers enter and buy: no place is given twice or lost."""
    platform = make("cluster", HOLD_SECONDS=str(HOLD))
    history, stop = History(tmp_path / "history.jsonl"), threading.Event()
    first = platform.buyer("slot-first")
    first.enter()
    epoch = place(first.token)[0]
    shoppers = [Shopper(platform, history, 88_000 + n, stop, SECTIONS["C"][:60]) for n in range(8)]
    for shopper in shoppers:
        shopper.start()
    try:
        for _ in range(60 if IS_LONG else 12):
            platform.cache.move_slot("{room:%s}" % EVENT)
            # Somebody enters between any two.
            before = len(history.places())
            while_shopping(shoppers, lambda: len(history.places()) > before)
        while_shopping(shoppers, lambda: history.bought() >= 5)
    finally:
        stop.set()
    together(shoppers, 300)
    assert not [s.error for s in shoppers if s.error]
    orders = final_orders(platform, [key for s in shoppers for key in s.keys])
    history.close()
    assert check(history.lines, orders, SEAT_PRICES) == []
    assert {place[0] for place in history.places()} == {epoch}, (history.places(), epoch)
    assert sum(order["status"] == "CONFIRMED" for order in orders.values()) >= 3
    time.sleep(HOLD)
    assert books(platform) == []


def quoted(buyer, key: str, *seats: str):
    """The first answer to an intent; the seats are held anew until the machine gets there before a short hold ends."""
    for attempt in range(60):
        assert buyer.hold(*seats).status == 200
        answer = buyer.intent(f"{key}-{attempt}", *seats)
        if answer.status == 201:
            return answer
        assert answer.status in (409, 410), answer
    raise AssertionError("no intent within the hold in 60 tries")


def test_a_promise_outlasts_the_hold_with_the_worker_stopped(make):
    """I8: five hold times without a worker, and others after the same seats."""
    platform = make("real", HOLD_SECONDS="1")
    platform.of("worker")[0].kill()
    buyers = [platform.buyer().arrive() for _ in range(4)]
    keys = []
    for n, buyer in enumerate(buyers):
        intent = quoted(buyer, f"outlast-i-{n}", f"R1C{n + 1}")
        answer = buyer.commit(f"outlast-c-{n}", intent.json["intentId"], f"R1C{n + 1}")
        # A slow machine may take longer than the hold: then the seat is taken again, which is as good.
        assert answer.status == 202, answer
        keys.append(f"outlast-c-{n}")
    rivals = [platform.buyer().arrive() for _ in range(4)]
    end = time.monotonic() + 5
    while time.monotonic() < end:
        for n, rival in enumerate(rivals):
            answer = rival.hold(f"R1C{n + 1}")
            assert answer.status == 409, answer
    platform.of("worker")[0].start()
    assert {buyers[0].decided(key)["status"] for key in keys} == {"CONFIRMED"}
    assert books(platform) == []


def test_a_commit_whose_sender_died_is_sent_by_the_repair_loop(make):
    """kill -9 of confirm between pin and send: with the queue away nothing is sent, and then nobody is left to send."""
    platform = make("real", counts=(1, 1, 1))
    platform.cloud.weather(rules=[{"effect": "error", "service": "sqs", "action": "SendMessage*", "status": 503,
                                   "code": "ServiceUnavailable"}])
    buyer = platform.buyer().arrive()
    assert buyer.hold("R1C1", "R1C2").status == 200
    intent = buyer.intent("orphan-intent", "R1C1", "R1C2").json["intentId"]
    assert buyer.commit("orphan-commit", intent, "R1C1", "R1C2").status == 202
    confirm = platform.of("confirm")[0]
    confirm.kill()
    platform.cloud.fair()
    assert platform.unsent() == 1 and platform.orders() == []
    confirm.start()
    assert buyer.decided("orphan-commit")["status"] == "CONFIRMED"
    assert books(platform) == []


@pytest.mark.parametrize("when,service,action", [
    ("after", "sqs", "ReceiveMessage"), ("before", "sqs", "DeleteMessageBatch"),
    ("after", "sqs", "DeleteMessageBatch"), ("before", "dynamodb", "UpdateItem"), ("after", "dynamodb", "UpdateItem")])
def test_a_worker_killed_between_its_calls_decides_once(make, when, service, action):
    """kill -9 before BEGIN, after COMMIT before the hold store learns of it, before and after the delete."""
    platform = make("real", QUEUE_VISIBILITY_SECONDS="3")
    worker = platform.of("worker")[0]
    platform.cloud.weather(kill={"pid": worker.process.pid, "after": 1, "when": when, "scope": "any",
                                 "service": service, "action": action})
    buyer = platform.buyer().arrive()
    assert buyer.hold("R1C1").status == 200
    intent = buyer.intent("killed-intent", "R1C1").json["intentId"]
    assert buyer.commit("killed-commit", intent, "R1C1").status == 202
    deadline = time.monotonic() + 120
    while worker.is_running:
        assert time.monotonic() < deadline, platform.cloud.emulator.status()
        time.sleep(0.05)
    assert worker.process.returncode == -signal.SIGKILL
    platform.cloud.fair()
    worker.start()
    order = buyer.decided("killed-commit")
    assert order["status"] == "CONFIRMED" and len(platform.tickets()) == len(platform.orders()) == 1
    assert books(platform) == []


def test_a_worker_killed_at_its_commit_decides_once(make):
    """kill -9 while the database holds the transaction: its tickets' insert waits for a lock, the worker dies, the
    message comes again."""
    platform = make("real", QUEUE_VISIBILITY_SECONDS="3")
    worker, database = platform.of("worker")[0], platform.database
    buyer = platform.buyer().arrive()
    assert buyer.hold("R1C1").status == 200
    intent = buyer.intent("locked-intent", "R1C1").json["intentId"]
    with database.locked("tickets"):
        assert buyer.commit("locked-commit", intent, "R1C1").status == 202
        database.wait_for("wait_event_type = 'Lock'", 1)
        worker.kill()
    worker.start()
    assert buyer.decided("locked-commit")["status"] == "CONFIRMED"
    assert len(platform.tickets()) == len(platform.orders()) == 1
    assert books(platform) == []


def test_one_key_from_fifty_sockets_of_two_processes(make):
    """I11, intents and commits, over both confirm processes at once."""
    platform = make("real", counts=(1, 2, 1))
    buyer = platform.buyer().arrive()
    assert buyer.hold("R1C1", "R1C2").status == 200
    clients = [platform.client("confirm", n) for n in range(50)]
    seats = ["R1C1", "R1C2"]

    def at_once(path, body, key):
        answers = [None] * len(clients)
        start = threading.Barrier(len(clients))

        def send(n):
            start.wait()
            answers[n] = clients[n].post(path, body, Idempotency_Key=key)
        threads = [threading.Thread(target=send, args=(n,)) for n in range(len(clients))]
        for thread in threads:
            thread.start()
        together(threads, 300)
        return answers

    body = {"userId": buyer.user, "eventId": EVENT, "seatIds": seats}
    intents = at_once("/confirm/payment-intent", body, "fifty-intent")
    counts = {s: sum(a.status == s for a in intents) for s in {a.status for a in intents}}
    assert counts.get(201) == 1 and set(counts) <= {200, 201, 409}, counts
    quotes = {a.body for a in intents if a.status < 300}
    assert len(quotes) == 1
    intent = next(a for a in intents if a.status == 201).json["intentId"]
    commits = at_once("/confirm/commit", {**body, "intentId": intent}, "fifty-commit")
    assert {a.status for a in commits} <= {202, 409} and len({a.body for a in commits if a.status == 202}) == 1
    assert sum(a.status == 202 and "x-idempotent-replay" not in a.headers for a in commits) == 1
    assert clients[0].post("/confirm/commit", {**body, "intentId": "int-other"},
                           Idempotency_Key="fifty-commit").error == "idempotency_key_reused"
    assert buyer.decided("fifty-commit")["status"] == "CONFIRMED" and len(platform.orders()) == 1


def test_one_key_many_times_in_one_statement(make):
    """I11: the requests of one key that wait for the database together are one first answer and its replays."""
    platform = make("real")
    database, buyers = platform.database, [platform.buyer().arrive() for _ in range(4)]
    for n, buyer in enumerate(buyers):
        assert buyer.hold(f"R1C{n + 1}").status == 200
    answers, clients = {}, [platform.client("confirm") for _ in range(20)]

    def ask(key, buyer, client, seat):
        body = {"userId": buyer.user, "eventId": EVENT, "seatIds": [seat]}
        answers[key] = client.post("/confirm/payment-intent", body, Idempotency_Key=key.partition("#")[0])
    # As many statements as one process has under way at once: what comes after them shares one.
    before = [threading.Thread(target=ask, args=(f"batch-before-{n}", buyers[n], buyers[n].confirm, f"R1C{n + 1}"))
              for n in range(3)]
    at_once = [threading.Thread(target=ask, args=(f"batch-intent#{n}", buyers[3], client, "R1C4"))
               for n, client in enumerate(clients)]
    with database.locked("idempotent_requests"):
        for thread in before:
            thread.start()
        database.wait_for("wait_event_type = 'Lock'", len(before))
        for thread in at_once:
            thread.start()
        time.sleep(1)
    together([*before, *at_once], 300)
    statuses = sorted(answer.status for key, answer in answers.items() if key.startswith("batch-intent"))
    assert statuses == [200] * 19 + [201], statuses
    assert len({answer.body for key, answer in answers.items() if key.startswith("batch-intent")}) == 1


def test_one_seat_from_fifty_users_at_once(make):
    """I1, I5, I7: of many who ask at the same instant one has it, whatever the cache said a moment ago."""
    platform = make("real", counts=(2, 1, 1))
    buyers = [platform.buyer(index=n).arrive() for n in range(50)]
    for seats in (["R1C1"], ["R2C1", "R2C2", "R2C3"], ["R3C1", "R3C2"]):
        # Known to be free, in the process and in Redis.
        buyers[0].public.get(f"/public/seats/{EVENT}?section=A")
        answers, start = [None] * len(buyers), threading.Barrier(len(buyers))

        def ask(n):
            start.wait()
            answers[n] = buyers[n].hold(*seats)
        threads = [threading.Thread(target=ask, args=(n,)) for n in range(len(buyers))]
        for thread in threads:
            thread.start()
        together(threads, 300)
        statuses = [answer.status for answer in answers]
        assert statuses.count(200) == 1 and set(statuses) <= {200, 409, 503}, sorted(statuses)
        winner = buyers[statuses.index(200)]
        states = platform.seat_states()
        assert {states[seat]["user"] for seat in seats} == {winner.user}
        # Who has it still has it, and nobody else buys it.
        assert winner.intent("winner-" + seats[0], *seats).status == 201
        other = next(buyer for buyer in buyers if buyer is not winner)
        assert other.intent("loser-" + seats[0], *seats).status == 409


@pytest.mark.parametrize("name", ["embedded", "real"])
def test_sets_that_overlap_are_held_whole_or_not_at_all(make, name):
    """I5: sets in a ring, each overlapping the next, all asked for at the same instant."""
    platform, ring = make(name), 8
    buyers = [platform.buyer().arrive() for _ in range(ring)]
    for row in range(1, 7):
        seats = [f"R{row}C{n}" for n in range(1, ring + 1)]
        answers, start = [None] * ring, threading.Barrier(ring)

        def ask(n):
            start.wait()
            answers[n] = buyers[n].hold(*(seats[(n + k) % ring] for k in range(3)))
        threads = [threading.Thread(target=ask, args=(n,)) for n in range(ring)]
        for thread in threads:
            thread.start()
        together(threads, 300)
        assert 200 in (statuses := {answer.status for answer in answers}) and statuses <= {200, 409, 503}, statuses
        owners = {seat: buyer.user for buyer, answer in zip(buyers, answers) if answer.status == 200
                  for seat in answer.json["seatIds"]}
        held = {seat: state["user"] for seat, state in platform.seat_states().items() if seat in seats}
        strays = {seat: user for seat, user in held.items() if user not in owners.values()}
        assert not strays, f"{strays} is held by one who was refused"
        assert held == owners
        for buyer, answer in zip(buyers, answers):
            if answer.status == 200:
                assert buyer.release(*answer.json["seatIds"]).json["released"]


def test_the_index_of_live_tickets_has_the_last_word(make):
    """I1 without the hold store: two sound orders for one seat reach two deciding transactions that see no ticket."""
    platform = make("real", counts=(1, 1, 2))
    intents = []
    for n in range(2):
        buyer = platform.buyer().arrive()
        assert buyer.hold("R1C1").status == 200
        intents.append((buyer.user, buyer.intent(f"index-intent-{n}", "R1C1").json["intentId"]))
        assert buyer.release("R1C1").json["released"]
    database = platform.database
    with database.locked("tickets"):
        for n, (user, intent) in enumerate(intents):
            body = ('{"idem":"index-order-%d","payload":{"eventId":"event-0001","intentId":"%s","seatIds":["R1C1"],'
                    '"userId":"%s"},"type":"COMMIT_ORDER"}' % (n, intent, user))
            platform.cloud.queue_client.send_message(QueueUrl=platform.cloud.queue_url, MessageBody=body,
                                                     MessageGroupId=f"g-{n}", MessageDeduplicationId=f"index-{n}")
            database.wait_for("wait_event_type = 'Lock'", n + 1)
    orders = [platform.buyer().decided(f"index-order-{n}") for n in range(2)]
    assert sorted(order["status"] for order in orders) == ["CONFIRMED", "REJECTED"], orders
    assert [order.get("reason") for order in orders if order["status"] == "REJECTED"] == ["seat_taken"]
    assert len(platform.tickets()) == 1
    assert len([p for p in platform.payments() if p["status"] == "CAPTURED"]) == 1


def test_admissions_never_pass_the_rate(make):
    """I10, over two public processes that share the room."""
    rate, burst = 20, 20
    platform = make("real", counts=(2, 1, 1), ROOM_RATE=str(rate), ROOM_BURST=str(burst))
    spans, lock = [], threading.Lock()

    def wait(n):
        buyer = platform.buyer(f"queue-{n}", n)
        before = time.time()
        answer = buyer.enter()
        places.append(place(buyer.token))
        is_ready = answer.json["position"] == 0
        while not is_ready:
            asked = time.time()
            is_ready = buyer.room_status().json["ready"]
            if not is_ready:
                before = asked
                time.sleep(0.05)
        with lock:
            spans.append((before, time.time()))
    places = []
    threads = [threading.Thread(target=wait, args=(n,)) for n in range(120)]
    for thread in threads:
        thread.start()
    together(threads, 300)
    assert len(set(places)) == 120
    assert too_many_admissions(spans, rate, burst) == []
    # The bound is tight enough to have been met: nobody waited for nothing.
    assert max(end for _, end in spans) - min(begin for begin, _ in spans) >= (120 - burst) / rate - 1


@pytest.mark.parametrize("lose", ["flush", "restart"])
def test_a_room_that_lost_its_counters_gives_no_place_twice(make, lose):
    """I9, I10: those who enter after Redis lost everything have other places than those before."""
    platform = make("real", counts=(2, 1, 1))
    places = []
    for wave in range(2):
        for n in range(10):
            buyer = platform.buyer(index=n)
            deadline = time.monotonic() + 120
            while (answer := buyer.enter()).status != 200:
                assert answer.status == 503 and time.monotonic() < deadline, answer
                time.sleep(0.05)
            places.append(place(buyer.token))
        if wave == 0:
            getattr(platform.cache, lose)()
    assert len(set(places)) == len(places), f"places were given twice: {sorted(places)}"


def test_a_poison_message_delays_no_other_group(make):
    """I13: what is no message goes to the dead letters; a group that is delivered with it is decided meanwhile."""
    # Whatever waits for the visibility timeout comes too late.
    platform = make("real", QUEUE_VISIBILITY_SECONDS="3600")
    worker = platform.of("worker")[0]
    assert worker.terminate() == 0
    poison = ["not json", "{}", '{"type":"OTHER","payload":{},"idem":"poison-key"}',
              '{"type":"COMMIT_ORDER","payload":{"intentId":"i","eventId":"e","seatIds":[],"userId":"u"},'
              '"idem":"poison-key"}']
    for n, body in enumerate(poison):
        platform.cloud.queue_client.send_message(QueueUrl=platform.cloud.queue_url, MessageBody=body,
                                                 MessageGroupId=f"g-{n}", MessageDeduplicationId=f"poison-{n}")
    buyer = platform.buyer().arrive()
    assert buyer.hold("R1C1", "R1C2").status == 200
    intent = buyer.intent("beside-intent", "R1C1", "R1C2").json["intentId"]
    assert buyer.commit("beside-poison", intent, "R1C1", "R1C2").status == 202
    deadline = time.monotonic() + 60
    while platform.queued()[0] < len(poison) + 1:
        assert time.monotonic() < deadline, platform.queued()
        time.sleep(0.1)
    worker.start()
    assert buyer.decided("beside-poison")["status"] == "CONFIRMED"
    deadline = time.monotonic() + 60
    while platform.queued() != (0, len(poison)):
        assert time.monotonic() < deadline, platform.queued()
        time.sleep(0.2)
    assert all(worker.is_running for worker in platform.of("worker"))
    assert books(platform) == []


def test_a_redriven_message_changes_nothing(make):
    """I13: the same message twice more, under other deduplication ids."""
    platform = make("real")
    buyer = platform.buyer().arrive()
    order = buyer.buy("redriven", "R1C1")
    intent = platform.orders()[0]["intent_id"]
    body = ('{"idem":"redriven","payload":{"eventId":"event-0001","intentId":"%s","seatIds":["R1C1"],"userId":"%s"},'
            '"type":"COMMIT_ORDER"}' % (intent, buyer.user))
    for n in range(2):
        platform.cloud.queue_client.send_message(QueueUrl=platform.cloud.queue_url, MessageBody=body,
                                                 MessageGroupId="g-1", MessageDeduplicationId=f"again-{n}")
    assert platform.settle(), platform.queued()
    again = buyer.decided("redriven")
    assert again == order, again
    assert len(platform.orders()) == len(platform.tickets()) == 1
    assert books(platform) == []


def test_a_seat_is_free_at_its_end_and_not_by_the_deletion_of_its_item(make):
    """I7 with TTL never, and with TTL at once while a hold lives."""
    platform = make("real", HOLD_SECONDS="2")
    one, two = platform.buyer().arrive(), platform.buyer().arrive()
    platform.cloud.weather(ttl="at_once")
    held = one.hold("R1C1")
    assert held.status == 200
    refused = two.hold("R1C1")
    assert refused.status == 409 or time.time() > expiry(held)
    platform.cloud.weather(ttl="never")
    deadline = time.monotonic() + 60
    while (answer := two.hold("R1C1")).status != 200:
        assert answer.status == 409 and time.monotonic() < deadline
        time.sleep(0.05)
    assert time.time() >= expiry(held)
    assert one.intent("late-intent", "R1C1").status in (409, 410)
    assert one.release("R1C1").json == {"released": False}


def expiry(held) -> float:
    return instant(held.json["expiresAt"])


def test_unknown_outcomes_of_the_hold_store_are_asked_again(make):
    """DynamoDB executes and the answer is lost: the buyer who repeats has the same hold, intent and commit."""
    platform = make("real")
    buyer = platform.buyer().arrive()

    def insist(call):
        for _ in range(300):
            try:
                answer = call()
            except Lost:
                continue
            if answer.status < 500:
                return answer
            time.sleep(0.1)
        raise AssertionError("no answer in 300 tries")
    platform.cloud.weather(rules=[{"effect": "drop_after", "service": "dynamodb", "probability": 0.5, "seed": 7}])
    for n in range(5):
        seats = (f"R2C{2 * n + 1}", f"R2C{2 * n + 2}")
        assert insist(lambda: buyer.hold(*seats)).status == 200
        intent = insist(lambda: buyer.intent(f"lost-intent-{n}", *seats)).json["intentId"]
        assert insist(lambda: buyer.commit(f"lost-commit-{n}", intent, *seats)).status == 202
    platform.cloud.fair()
    for n in range(5):
        assert buyer.decided(f"lost-commit-{n}")["status"] == "CONFIRMED"
    assert len(platform.tickets()) == 10 and books(platform) == []


def test_a_history_holds_what_was_asked(make, tmp_path):
    """The recorder and the checker on a calm platform: everything succeeds or is refused, nothing is violated."""
    platform = make("embedded", HOLD_SECONDS=str(HOLD))
    history, stop = History(tmp_path / "history.jsonl"), threading.Event()
    shoppers = [Shopper(platform, history, n, stop, SECTIONS["B"][:40]) for n in range(6)]
    for shopper in shoppers:
        shopper.start()
    try:
        while_shopping(shoppers, lambda: history.bought() >= 10)
    finally:
        stop.set()
    together(shoppers, 300)
    assert not [s.error for s in shoppers if s.error]
    orders = final_orders(platform, [key for s in shoppers for key in s.keys])
    assert check(history.lines, orders, SEAT_PRICES) == []
    assert not [line for line in history.lines if line["phase"] == "unknown"]
    time.sleep(HOLD)
    assert books(platform) == []
    history.close()
