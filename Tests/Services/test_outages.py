"""A backend is away: which calls still answer, with what, and how soon all is well again without a restart."""
import time

import pytest

from client import EVENT, Lost
from shoppers import books

# Of all that comes back by itself, however slow the machine is. How soon the clients try again is theirs and tested there
# (ReconnectDelayTests, PostgresPoolRecoveryTests); nothing here waits for a restart or an operator.
BACK = 180


@pytest.fixture
def shop(make):
    """(platform, a buyer who holds R1C1 and R1C2 and has quoted R1C1)."""
    platform = make("real", QUEUE_VISIBILITY_SECONDS="5")
    buyer = platform.buyer("outage-buyer").arrive()
    assert buyer.hold("R1C1").status == 200 and buyer.hold("R1C2").status == 200
    buyer.quoted = buyer.intent("outage-intent", "R1C1").json["intentId"]
    assert buyer.public.get(f"/public/summary/{EVENT}/A").status == 200
    buyer.public.patience = buyer.confirm.patience = platform.patience = 0
    return platform, buyer


def table(platform, buyer, number: int) -> dict[str, tuple]:
    """What each call answers now: (status, error)."""
    newcomer = platform.buyer(f"newcomer-{number}")
    calls = {
        "health": lambda: buyer.public.get("/public/health"),
        "enter": newcomer.enter,
        "room-status": buyer.room_status,
        "summary": lambda: buyer.public.get(f"/public/summary/{EVENT}/A"),
        "seats": lambda: buyer.public.get(f"/public/seats/{EVENT}?section=A"),
        "hold": lambda: buyer.hold(f"R2C{number}"),
        "release": lambda: buyer.release(f"R2C{number}"),
        "intent": lambda: buyer.intent(f"outage-intent-{number}", "R1C2"),
        "commit": lambda: buyer.commit(f"outage-commit-{number}", buyer.quoted, "R1C1"),
        "status": lambda: buyer.status("outage-intent"),
        "public ready": lambda: buyer.public.get("/public/ready"),
        "confirm ready": lambda: buyer.confirm.get("/confirm/ready"),
    }
    found = {}
    for name, call in calls.items():
        answer = call()
        assert answer.status != 500, (name, answer)
        if answer.status == 503 and "ready" not in name:
            assert int(answer.headers["retry-after"]) >= 1, (name, answer)
        found[name] = (answer.status, answer.error)
    return found


ALL_WELL = {"health": (200, None), "enter": (200, None), "room-status": (200, None), "summary": (200, None),
            "seats": (200, None), "hold": (200, None), "release": (200, None), "intent": (201, None),
            "commit": (202, None), "status": (200, None), "public ready": (200, None), "confirm ready": (200, None)}


def back(call, well, what: str):
    """Waits until a call is well again, without a restart."""
    started = time.monotonic()
    while True:
        try:
            answer = call()
            if well(answer):
                break
        except Lost as error:
            answer = error
        assert time.monotonic() - started < BACK, f"{what} is not back: {answer}"
        time.sleep(0.02)
    print(f"\n{what}: back after {time.monotonic() - started:.2f} s")


def test_without_redis_who_is_inside_buys_and_nobody_enters(shop):
    platform, buyer = shop
    platform.cache.kill()
    assert table(platform, buyer, 1) == {**ALL_WELL, "enter": (503, "cache_unavailable")}
    line = next(b for b in buyer.public.get("/public/ready").json["backends"] if b["backend"] == "cache")
    assert not line["ok"]
    platform.cache.start()
    newcomer = platform.buyer("after")
    back(newcomer.enter, lambda a: a.status == 200, "the waiting room")
    # Its counters are gone, and those inside stay inside.
    back(buyer.room_status, lambda a: a.status == 200 and a.json["ready"], "an admitted buyer")
    newcomer.arrive()
    assert newcomer.buy("after-redis", "R3C1")["status"] == "CONFIRMED"
    assert buyer.decided("outage-commit-1")["status"] == "CONFIRMED"
    assert books(platform) == []


def test_without_postgresql_seats_are_held_and_nothing_is_quoted(shop):
    platform, buyer = shop
    assert platform.buyer().arrive().buy("outage-done", "R3C1")["status"] == "CONFIRMED"
    platform.database.crash()
    away = (503, "unavailable")
    # The hold store still has its promise: to show that would take the decision back (I2).
    done = buyer.status("outage-done")
    assert (done.status, done.error) == away, done.body
    found = table(platform, buyer, 1)
    assert found == {**ALL_WELL, "intent": away, "commit": away, "status": away,
                     "public ready": found["public ready"], "confirm ready": (503, None)}
    ready = buyer.confirm.get("/confirm/ready").json
    assert not ready["ready"] and {b["backend"]: b["ok"] for b in ready["backends"]} == {
        "holds": True, "ledger": False, "queue": True}
    platform.database.start()
    back(lambda: buyer.intent("outage-back", "R1C2"), lambda a: a.status in (200, 201), "the ledger")
    back(lambda: buyer.confirm.get("/confirm/ready"), lambda a: a.status == 200, "readiness")
    assert buyer.commit("outage-commit-1", buyer.quoted, "R1C1").status == 202
    assert buyer.decided("outage-commit-1")["status"] == "CONFIRMED"
    assert books(platform) == []


def test_orders_accepted_before_postgresql_went_are_decided_when_it_is_back(shop):
    platform, buyer = shop
    platform.of("worker")[0].kill()
    assert buyer.commit("outage-before", buyer.quoted, "R1C1").status == 202
    platform.database.crash()
    platform.of("worker")[0].start()
    time.sleep(2)
    platform.database.start()
    assert buyer.decided("outage-before")["status"] == "CONFIRMED"
    assert books(platform) == []


def test_without_the_queue_commits_are_promised_and_kept(shop):
    platform, buyer = shop
    platform.cloud.weather(rules=[{"effect": "error", "service": "sqs", "status": 503, "code": "ServiceUnavailable"}])
    found = table(platform, buyer, 1)
    assert found == ALL_WELL
    queue = next(b for b in buyer.confirm.get("/confirm/ready").json["backends"] if b["backend"] == "queue")
    assert not queue["ok"]
    assert buyer.status("outage-commit-1").json["order"]["status"] == "PROCESSING"
    platform.cloud.fair()
    # The worker's back-off (10 s), the repair loop (5 s + 2 s), visibility (5 s).
    back(lambda: buyer.status("outage-commit-1"),
         lambda a: a.status == 200 and a.json["order"]["status"] == "CONFIRMED", "the promise")
    assert books(platform) == []


def test_without_the_hold_store_reads_are_bridged_and_nothing_is_sold(shop):
    platform, buyer = shop
    platform.cloud.weather(rules=[{"effect": "error", "service": "dynamodb", "status": 503,
                                   "code": "ServiceUnavailable"}])
    away = (503, "unavailable")
    found = table(platform, buyer, 1)
    assert found == {**ALL_WELL, "hold": away, "release": away, "intent": away, "commit": away,
                     "status": found["status"], "public ready": (503, None), "confirm ready": (503, None)}
    assert found["status"] in ((200, None), away)
    platform.cloud.fair()
    back(lambda: buyer.hold("R2C1"), lambda a: a.status == 200, "the hold store")
    assert buyer.commit("outage-commit-1", buyer.quoted, "R1C1").status == 202
    assert buyer.decided("outage-commit-1")["status"] == "CONFIRMED"
    assert books(platform) == []


def test_a_cluster_that_loses_a_primary_goes_on(make):
    platform = make("cluster")
    buyer = platform.buyer().arrive()
    platform.patience = 0
    with platform.cache.hasty():
        # That of the room's slot.
        victim = platform.cache.owner("{room:%s}" % EVENT)
        victim.kill()
        try:
            newcomer = platform.buyer("newcomer")
            back(newcomer.enter, lambda a: a.status == 200, "the waiting room")
            assert newcomer.arrive().buy("after-failover", "R1C1")["status"] == "CONFIRMED"
            assert buyer.hold("R1C2").status == 200
        finally:
            victim.start()
