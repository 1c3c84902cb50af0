"""`tickctl room`: what an operator sets reaches the services, and the lottery's order can be proven."""
import hashlib
import json
import time

import pytest
import yaml

from client import EVENT
from conftest import platform_of
from harness import FAILED, OK, REFUSED, USAGE
from operate import operate, tickctl


@pytest.fixture(scope="module", params=["real", "cluster"])
def platform(request, binary, tmp_path_factory):
    platform = platform_of(request.param, tmp_path_factory.mktemp("room"), request)
    yield platform.start()
    platform.stop()


def room(platform, *arguments, event=EVENT) -> dict:
    return json.loads(operate(platform, "room", "show", event, "--json", *arguments).expect(OK).stdout)


def wait_for(condition, deadline: float = 120):
    end = time.monotonic() + deadline
    while not (value := condition()):
        assert time.monotonic() < end, "not in time"
        time.sleep(0.1)
    return value


def test_a_closed_room_admits_nobody_until_it_is_opened(platform):
    inside = platform.buyer().arrive()
    closed = operate(platform, "room", "close", EVENT).expect(OK)
    assert "phase       closed" in closed.stdout

    def who_waits():
        buyer = platform.buyer()
        assert buyer.enter().status == 200
        # The services look at the room some times a second; until they do, somebody may still come in.
        return None if buyer.room_status().json["ready"] else buyer
    late = wait_for(who_waits)
    assert late.room_status().json["ready"] is False and late.hold(platform.seats(1)[0]).status == 403
    assert inside.room_status().json["ready"] is True
    shown = room(platform)
    assert shown["phase"] == "closed" and shown["waiting"] == shown["issued"] - shown["admitted"] >= 1
    operate(platform, "room", "open", EVENT).expect(OK)
    assert wait_for(lambda: late.room_status().json["ready"])
    assert room(platform)["phase"] == "open"


def test_settings_reach_the_room_and_the_rest_stays(platform):
    platform.buyer().arrive()
    before = room(platform)
    result = operate(platform, "room", "set", EVENT, "--rate", "7.5", "--burst", "9", "--json").expect(OK)
    changed = json.loads(result.stdout)
    assert (changed["rate"], changed["burst"]) == (7.5, 9)
    assert changed["admissionSeconds"] == before["admissionSeconds"] and changed["epoch"] == before["epoch"]
    operate(platform, "room", "set", EVENT, "--capacity", "50", "--admission", "300").expect(OK)
    now = room(platform)
    assert (now["rate"], now["burst"], now["capacity"], now["admissionSeconds"]) == (7.5, 9, 50, 300)
    text = operate(platform, "room", "show", EVENT).expect(OK).stdout
    for line in ("rate        7.5 a second", "capacity    50", "admission   300 s"):
        assert line in text
    operate(platform, "room", "set", EVENT, "--capacity", "0", "--rate", "10000", "--burst", "20000").expect(OK)
    assert "capacity" not in room(platform)
    time.sleep(1)
    assert (room(platform)["rate"], room(platform)["issued"] >= before["issued"]) == (10_000, True)


@pytest.mark.parametrize("arguments, words", [
    (["--rate", "0"], "rate"), (["--rate", "-5"], "rate"), (["--rate", "nan"], "rate"), (["--burst", "0"], "burst"),
    (["--rate", "100000", "--burst", "10"], "burst"), (["--admission", "5"], "admission"),
    (["--capacity", "-1"], "capacity"), (["--no-show", "5"], "no-show"), ([], "at least one"),
    (["--burst", "99999999999999999999"], "burst")])
def test_settings_that_make_no_sense_change_nothing(platform, arguments, words):
    platform.buyer().enter()
    before = room(platform)
    result = operate(platform, "room", "set", EVENT, *arguments).expect(USAGE)
    assert words in result.stderr
    after = room(platform)
    assert all(after.get(k) == before.get(k) for k in ("rate", "burst", "capacity", "admissionSeconds"))


def test_a_room_that_nobody_entered_and_a_platform_without_redis(platform, tmp_path):
    for command in (["show"], ["set", "--rate", "5"], ["open"], ["close"], ["verify"]):
        result = operate(platform, "room", command[0], "no-such-event", *command[1:]).expect(REFUSED)
        assert "no-such-event" in result.stderr
    for command in (["show"], ["set", "--rate", "5"], ["open"], ["close"], ["verify"]):
        result = tickctl(tmp_path, "room", command[0], EVENT, *command[1:]).expect(REFUSED)
        assert "REDIS_URL" in result.stderr and "ROOM_RATE" in result.stderr
    away = operate(platform, "room", "show", EVENT, REDIS_URL="redis://127.0.0.1:1").expect(FAILED)
    assert "127.0.0.1:1" in away.stderr


def test_the_lottery_hides_its_seed_until_the_draw_and_proves_its_order_after_it(platform, tmp_path):
    name = "presale-1"
    (tmp_path / "event.yaml").write_text(yaml.safe_dump({
        "event": {"id": name, "name": "Pre-sale", "currency": "JPY", "salesOpenAt": "2034-01-01T00:00:00Z",
                  "startsAt": "2035-01-01T00:00:00Z", "purchaseLimit": 4},
        "sections": [{"id": "P", "name": "P", "seats": [{"id": "P-1", "row": 1, "number": 1, "priceMinor": 1}]}]}))
    operate(platform, "db", "seed", "--event", str(tmp_path / "event.yaml")).expect(OK)
    for _ in range(20):
        buyer = platform.buyer()
        buyer.event = name
        assert buyer.enter().status == 200
    before = room(platform, event=name)
    assert before["phase"] == "scheduled" and before["waiting"] == 20 and before["opensAt"].startswith("2034")
    assert set(before["lottery"]) == {"commitment"}
    assert "seed        published by the draw" in operate(platform, "room", "show", name).expect(OK).stdout
    assert "not made yet" in operate(platform, "room", "verify", name).expect(REFUSED).stderr
    assert room(platform, event=name)["phase"] == "scheduled"
    waits = operate(platform, "room", "open", name).expect(OK)
    assert "phase       scheduled" in waits.stdout
    operate(platform, "room", "open", name, "--now").expect(OK)

    lottery = room(platform, event=name)["lottery"]
    assert lottery["entrants"] == 20 and lottery["commitment"] == before["lottery"]["commitment"]
    assert hashlib.sha256(bytes.fromhex(lottery["seed"])).hexdigest() == lottery["commitment"]
    published = ["--commitment", lottery["commitment"], "--seed", lottery["seed"], "--entrants", "20"]
    assert "proven" in operate(platform, "room", "verify", name).expect(OK).stdout
    positions = {tickctl(tmp_path, "room", "verify", *published, "--number", str(n)).expect(OK).stdout.splitlines()[1]
                 .split(": ")[1] for n in range(20)}
    assert positions == {f"{n} were admitted before" for n in range(20)}
    forged = [*published[:3], "0" * 64, *published[4:]]
    assert "not the commitment" in tickctl(tmp_path, "room", "verify", *forged).expect(FAILED).stderr
    tickctl(tmp_path, "room", "verify", *published, "--number", "20").expect(USAGE)
    tickctl(tmp_path, "room", "verify", *published, "--number=-1").expect(USAGE)
    tickctl(tmp_path, "room", "verify", *published[:4]).expect(USAGE)
    tickctl(tmp_path, "room", "verify", name, *published).expect(USAGE)
    tickctl(tmp_path, "room", "verify", *published[:3], "xyz", *published[4:]).expect(FAILED)
    tickctl(tmp_path, "room", "verify", *published[:5], "99999999999999").expect(FAILED)
