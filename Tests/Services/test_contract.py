"""Every row and every status of the HTTP contract, each answer held against openapi/ticketing.yaml."""
import base64
import json
import re
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
import yaml

from client import EVENT, SECTIONS, Buyer, instant, price, signature
from contract import CheckedClient, contract
from services import Platform

CACHE_CONTROL = "public, max-age=1, s-maxage=10, stale-while-revalidate=10"
LONG, CONTROL = "x" * 129, "a\u0007b"


@pytest.fixture(autouse=True)
def checked(monkeypatch):
    monkeypatch.setattr(Platform, "client_class", CheckedClient)


@pytest.fixture
def buyer(platform) -> Buyer:
    return platform.buyer().arrive()


def fails(answer, status: int, code: str):
    assert (answer.status, answer.error) == (status, code), (answer.request, answer.status, answer.body[:300])
    return answer


def within_the_hold(attempt, tries: int = 60):
    """What `attempt` gives, which begins anew when its short hold or turn ended before it came to its end: then the machine
    stood still, and nothing is shown."""
    for _ in range(tries):
        if (found := attempt()) is not None:
            return found
    raise AssertionError(f"in {tries} tries the machine was never fast enough")


def held(buyer: Buyer, *seats: str):
    answer = buyer.hold(*seats)
    assert answer.status == 200, answer
    return answer.json


def quoted(buyer: Buyer, key: str, *seats: str) -> dict:
    held(buyer, *seats)
    answer = buyer.intent(key, *seats)
    assert answer.status == 201, answer
    return answer.json


# MARK: - Health, and the contract itself

@pytest.mark.parametrize("role", ["public", "confirm"])
def test_health_and_readiness(platform, role):
    client = platform.client(role)
    health = client.get(f"/{role}/health")
    assert health.status == 200 and abs(health.json["ts"] / 1000 - time.time()) < 60
    ready = client.get(f"/{role}/ready")
    lines = {line["backend"]: line["ok"] for line in ready.json["backends"]}
    assert ready.status == 200 and ready.json["ready"]
    assert lines == dict.fromkeys(["holds", "ledger", "cache" if role == "public" else "queue"], True)


def test_ping(platform):
    answer = platform.client("public").get("/public/ping")
    assert answer.json["service"] == "public" and abs(answer.json["ts"] / 1000 - time.time()) < 60


def test_each_service_answers_its_operations_and_no_others(platform):
    for service in platform.of("public", "confirm"):
        tags = ["public", "confirm", "contract"] if service.role == "all" else [service.role, "contract"]
        client = CheckedClient(service.address)
        served = client.get("/openapi.json").json
        assert set(served["paths"]) == contract().paths(*tags)
        assert yaml.safe_load(client.get("/openapi.yaml").body) == served
        for path in contract().document["paths"]:
            target = path.replace("{event}", EVENT).replace("{eventId}", EVENT).replace("{section}", "A")
            for method in ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
                answer = client.request(method, target, {} if method in ("POST", "PUT", "PATCH") else None)
                if path not in served["paths"]:
                    assert answer.status == 404, (method, path, answer.status)
                elif method not in contract().methods(path):
                    assert answer.status == 405, (method, path, answer.status)
                    assert set(re.split(r", *", answer.headers["allow"])) == contract().methods(path)
                else:
                    assert answer.status not in (404, 405, 500), (method, path, answer)
        for path in ("/", "/public", "/public/", "/public/health/", "/nothing", "/public/summary/a/b/c", "//"):
            fails(client.get(path), 404, "not_found")
        client.close()


def test_head_has_the_headers_of_get_and_no_body(platform):
    client = platform.client("public")
    for path in ("/public/health", "/openapi.json", "/docs", f"/public/summary/{EVENT}/A"):
        whole, head = client.get(path), client.request("HEAD", path)
        assert head.status == whole.status == 200 and not head.body
        assert int(head.headers["content-length"]) == len(whole.body) > 0
        assert head.headers["content-type"] == whole.headers["content-type"]


def test_the_page_of_the_contract_asks_no_other_host(platform):
    for service in platform.of("public", "confirm"):
        page = CheckedClient(service.address).get("/docs").body.decode()
        assert not re.search(r"""(src|href|action)\s*=\s*["']?(https?:)?//|@import|url\(\s*["']?(https?:)?//""", page)
        assert all(path in page for path in contract().paths("contract"))


def test_request_ids_are_echoed_or_made(platform):
    client = platform.client("public")
    made = {client.get("/public/health").headers["x-request-id"] for _ in range(3)}
    assert len(made) == 3
    assert client.get("/public/health", x_request_id="my-own-id_1").headers["x-request-id"] == "my-own-id_1"


def test_metrics_are_prometheus_text(platform):
    for service in platform.services.values():
        text = service.metrics()
        assert re.search(r"^# TYPE \S+ (counter|gauge|histogram)$", text, re.M), service.name
        samples = [line for line in text.splitlines() if line and not line.startswith("#")]
        assert samples and all(re.fullmatch(r'[a-zA-Z_:][\w:]*(\{[^}]*\})? \S+( \d+)?', line) for line in samples)


# MARK: - What every call refuses

FIELDS = {
    "/public/enter": {"userId": "u-table", "eventId": EVENT},
    "/public/hold": {"eventId": EVENT, "seatIds": ["R1C1"]},
    "/public/release": {"eventId": EVENT, "seatIds": ["R1C1"]},
    "/confirm/payment-intent": {"userId": "u-table", "eventId": EVENT, "seatIds": ["R1C1"]},
    "/confirm/commit": {"intentId": "int", "userId": "u-table", "eventId": EVENT, "seatIds": ["R1C1"]},
}


def post(platform, path, body, **headers):
    client = platform.client("public" if path.startswith("/public") else "confirm")
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Idempotency-Key": "key-of-the-table", "x-room-token": getattr(platform, "token", None),
               "X-Signature": signature(raw), **headers}
    try:
        return client.request("POST", path, raw, headers)
    finally:
        client.close()


@pytest.mark.parametrize("path", FIELDS)
def test_a_bad_field_is_named(platform, path):
    if not hasattr(platform, "token"):
        platform.token = platform.buyer().arrive().token
    for field, good in FIELDS[path].items():
        wrong = [None, 7, True, {}, ""] + ([LONG, CONTROL, ["a"]] if isinstance(good, str) else
                                           [[], [7], [""], [LONG], [CONTROL], ["a"] * 11, "R1C1", [None]])
        for value in wrong:
            answer = fails(post(platform, path, {**FIELDS[path], field: value}), 400, "bad_request")
            assert field in answer.json["message"], (field, value, answer.json)
        missing = {k: v for k, v in FIELDS[path].items() if k != field}
        assert field.removesuffix("s") in fails(post(platform, path, missing), 400, "bad_request").json["message"]


@pytest.mark.parametrize("path", [*FIELDS, "/confirm/payment-callback"])
def test_bodies_that_are_none(platform, path):
    for raw in (b"", b"{", b"[]", b"null", b'"text"', b"7", b"\xff\xfe", b"\x00", b"[" * 5_000,
                b'{"userId":"a","eventId":'):
        fails(post(platform, path, raw), 400, "bad_request")
    fails(post(platform, path, b"{}", **{"Content-Type": "text/plain"}), 415, "unsupported_media_type")
    fails(post(platform, path, b"{}" + b" " * 65_536), 413, "body_too_large")


def test_unknown_fields_are_ignored(platform):
    buyer = platform.buyer()
    answer = buyer.public.post("/public/enter", {"userId": buyer.user, "eventId": EVENT, "more": [1, {"a": None}]})
    assert answer.status == 200


RAW = {
    "no host": (b"GET /public/health HTTP/1.1\r\n\r\n", 400),
    "two lengths": (b"POST /public/enter HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
    "length and coding": (b"POST /public/enter HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n"
                          b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    "folded header": (b"GET /public/health HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", 400),
    "bare line feed": (b"GET /public/health HTTP/1.1\nHost: a\n\n", 400),
    "space before the colon": (b"GET /public/health HTTP/1.1\r\nHost : a\r\n\r\n", 400),
    "NUL": (b"GET /public/health HTTP/1.1\r\nHost: a\r\nX: \x00\r\n\r\n", 400),
    "bad chunk": (b"POST /public/enter HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
    "unknown coding": (b"POST /public/enter HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    "version": (b"GET /public/health HTTP/3.0\r\nHost: a\r\n\r\n", 505),
    "long target": (b"GET /" + b"a" * 8_300 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    "long head": (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 17_000 + b"\r\n\r\n", 431),
}


@pytest.mark.parametrize("name", RAW)
def test_what_is_ambiguous_is_refused_and_closed(platform, name):
    sent, status = RAW[name]
    with socket.create_connection(platform.of("public")[0].address, timeout=120) as connection:
        connection.sendall(sent)
        data = b"".join(iter(lambda: connection.recv(65_536), b""))
    head, body = data.split(b"\r\n\r\n", 1)
    assert int(head.split()[1]) == status and b"connection: close" in head.lower(), data
    contract().validate({"$ref": "#/components/responses/Error/content/application~1json/schema"}, json.loads(body),
                        name)


def test_pipelined_requests_are_answered_in_order(platform):
    client = platform.client("public")
    one = b"GET /public/%s HTTP/1.1\r\nHost: a\r\n\r\n"
    with socket.create_connection(client.address, timeout=120) as connection:
        connection.sendall(one % b"ping" + one % b"nothing" + one % b"health" + one.replace(b"\r\n\r\n",
                           b"\r\nConnection: close\r\n\r\n") % f"summary/{EVENT}/A".encode())
        data = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert [int(s) for s in re.findall(rb"HTTP/1\.1 (\d+)", data)] == [200, 404, 200, 200]


def test_a_client_that_waits_for_100_is_told(platform):
    body = json.dumps({"userId": "waits", "eventId": EVENT}).encode()
    with socket.create_connection(platform.of("public")[0].address, timeout=120) as connection:
        connection.sendall(b"POST /public/enter HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
                           b"Expect: 100-continue\r\nContent-Length: %d\r\n\r\n" % len(body))
        assert connection.recv(100).startswith(b"HTTP/1.1 100 ")
        connection.sendall(body)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 200 ")


# MARK: - The waiting room

def place(token: str) -> tuple[int, int]:
    """(epoch, number) in a room token: the same place whenever it was issued."""
    text = token.removeprefix("r1.")
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    return int.from_bytes(data[:8], "big"), int.from_bytes(data[8:16], "big")


def test_entering_twice_gives_the_same_place_and_others_another(platform):
    buyer = platform.buyer()
    first, second = buyer.enter(), buyer.enter()
    assert place(first.json["roomToken"]) == place(second.json["roomToken"])
    other = platform.buyer().enter()
    assert place(other.json["roomToken"]) != place(first.json["roomToken"])
    assert first.headers["cache-control"] == "no-store"


def test_entering_an_event_that_is_not_there(platform):
    buyer = Buyer("u", platform.client("public"), None, event="event-none")
    fails(buyer.enter(), 404, "event_not_found")


def test_a_turn_lasts(platform, buyer):
    status = buyer.room_status()
    assert status.json["ready"] and status.json["position"] == 0 and status.json["leftSec"] > 0
    assert status.headers["cache-control"] == "no-store"


def changed(token: str) -> list[str]:
    return [token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1], token[:-5], "r1." + token[20:], token + "A",
            "r2." + token[3:], token.upper(), "r1.", "x", "x" * 2_048]


def test_a_token_that_is_not_ours(platform, buyer):
    for token in changed(buyer.token):
        other = Buyer("u", buyer.public, buyer.confirm)
        other.token = token
        fails(other.room_status(), 401, "room_token_invalid")
        fails(other.hold("R1C1"), 401, "room_token_invalid")
        fails(other.release("R1C1"), 401, "room_token_invalid")
    fails(buyer.public.get("/public/room-status"), 400, "bad_request")
    for call in ("hold", "release"):
        fails(buyer.public.post(f"/public/{call}", {"eventId": EVENT, "seatId": "R1C1"}), 401, "room_token_invalid")
        fails(buyer.public.post(f"/public/{call}", {"eventId": "event-0002", "seatId": "R1C1"},
                                x_room_token=buyer.token), 401, "room_token_invalid")


def test_who_waits_is_told_so_and_may_not_hold(make):
    platform = make("embedded", ROOM_RATE="1", ROOM_BURST="1")

    def attempt():
        buyers = [platform.buyer() for _ in range(20)]
        answers = [b.enter() for b in buyers]
        last = buyers[-1]
        status, refused = last.room_status().json, last.hold("R1C1")
        # One comes in a second, and more are before the last one from try to try.
        return None if last.room_status().json["position"] < 2 else (buyers, answers, status, refused)
    buyers, answers, status, refused = within_the_hold(attempt)
    positions = [place(b.token)[1] for b in buyers]
    assert len(set(positions)) == 20 and positions == sorted(positions)
    assert not status["ready"] and status["leftSec"] == status["etaSec"] > 0 and status["position"] > 1
    assert answers[-1].json["position"] > 1 and answers[-1].json["etaSec"] > 0
    fails(refused, 403, "not_admitted")
    assert buyers[-1].release("R1C1").json == {"released": False}


def test_a_turn_ends(make):
    platform = make("embedded", ROOM_ADMISSION_SECONDS="10")

    def attempt():
        buyer = platform.buyer().arrive()
        return None if (answer := buyer.hold("R1C1")).status == 401 else (buyer, answer)
    buyer, answer = within_the_hold(attempt)
    assert answer.status == 200
    deadline = time.monotonic() + 60
    while buyer.room_status().status == 200:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    fails(buyer.room_status(), 401, "room_expired")
    fails(buyer.hold("R1C2"), 401, "room_expired")
    assert buyer.release("R1C1").json == {"released": True}


def test_a_user_who_asks_too_often(make):
    platform = make("embedded", USER_REQUESTS_PER_SECOND="1")
    buyer, deadline = platform.buyer(), time.monotonic() + 60
    assert buyer.enter().status == 200
    while (answer := buyer.enter()).status == 200:
        assert time.monotonic() < deadline, "a machine that takes a second for each request?"
    assert (answer.status, answer.error) == (429, "throttled") and int(answer.headers["retry-after"]) >= 1
    while (answer := buyer.enter()).status == 429:
        assert time.monotonic() < deadline + 60
    assert answer.status == 200
    assert platform.buyer().enter().status == 200


# MARK: - Cached reads

def test_a_summary_counts_what_is_free(platform):
    client = platform.client("public")
    answer = client.get(f"/public/summary/{EVENT}/A")
    assert answer.headers["cache-control"] == CACHE_CONTROL
    assert 0 <= int(answer.headers["age"]) <= time.time() - instant(answer.json["updatedAt"]) + 0.1
    assert answer.json["event"] == EVENT and answer.json["section"] == "A"
    before = summary(client, "D", since=time.time())["seatsAvailable"]
    buyer = platform.buyer().arrive()
    taken = SECTIONS["D"][-5:]
    held(buyer, *taken)
    since, deadline = time.time(), time.monotonic() + 60
    while (now := summary(client, "D"))["seatsAvailable"] != before - 5:
        assert now["seatsAvailable"] == before and instant(now["updatedAt"]) < since, now
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert buyer.release(*taken).json["released"]


def summary(client, section: str, since: float = 0) -> dict:
    """What is at most three seconds old when it is asked for; `since`: and was read after that instant."""
    while True:
        asked = time.time()
        found = client.get(f"/public/summary/{EVENT}/{section}").json
        assert instant(found["updatedAt"]) > asked - 3.1, (asked, found)
        if instant(found["updatedAt"]) > since:
            return found
        time.sleep(0.1)


def test_a_known_summary_is_304(platform):
    client = platform.client("public")
    for path in (f"/public/summary/{EVENT}/B", f"/public/seats/{EVENT}?section=B"):
        deadline = time.monotonic() + 60
        # The body names its instant, so the tag holds only until the section is read anew.
        while True:
            tag = client.get(path).headers["etag"]
            known = client.get(path, If_None_Match=tag)
            if known.status == 304:
                break
            assert time.monotonic() < deadline
        assert known.headers["etag"] == tag and known.headers["cache-control"] == CACHE_CONTROL
        assert client.get(path, If_None_Match='"other"').status == 200
        assert client.get(path, If_None_Match=f'"other", W/{known.headers["etag"]}').status in (200, 304)


def test_x_cache_tells_where_an_answer_came_from(platform):
    client = platform.client("public")
    path, seen = f"/public/summary/{EVENT}/C", []
    deadline = time.monotonic() + 60
    while not {"miss", "hit-local"} <= set(seen):
        assert time.monotonic() < deadline, seen
        seen.append(client.get(path).headers["x-cache"])
        time.sleep(0.3)


def test_what_no_event_has(platform):
    client = platform.client("public")
    fails(client.get("/public/summary/event-none/A"), 404, "event_not_found")
    fails(client.get(f"/public/summary/{EVENT}/Z"), 404, "section_not_found")
    fails(client.get("/public/seats/event-none"), 404, "event_not_found")
    fails(client.get(f"/public/seats/{EVENT}?section=Z"), 404, "section_not_found")
    for cursor in ("x", "1", "1.2.3", "-1.0", "1.-1", "9999999.0", "", "%2B1.0"):
        fails(client.get(f"/public/seats/{EVENT}?cursor={cursor}"), 400, "bad_request")
    fails(client.get(f"/public/summary/{EVENT}/{LONG}"), 400, "bad_request")
    fails(client.get(f"/public/seats/{LONG}"), 400, "bad_request")


def test_the_seat_map_has_every_seat_with_its_price_and_state(platform):
    client, buyer = platform.client("public"), platform.buyer().arrive()
    sold, taken = platform.seats(1)[0], platform.seats(1)[0]
    assert buyer.buy("seat-map-key", sold)["status"] == "CONFIRMED"
    held(buyer, taken)
    deadline = time.monotonic() + 60
    while True:
        answer = client.get(f"/public/seats/{EVENT}")
        states = {seat["seatId"]: seat for section in answer.json["sections"] for seat in section["seats"]}
        if (states[sold]["status"], states[taken]["status"]) == ("sold", "held"):
            break
        assert time.monotonic() < deadline, (states[sold], states[taken])
        time.sleep(0.2)
    assert answer.headers["cache-control"] == CACHE_CONTROL and "cursor" not in answer.json
    assert [s["section"] for s in answer.json["sections"]] == list("ABCD")
    assert all(s["rows"] == 10 and len(s["seats"]) == 250 for s in answer.json["sections"])
    assert all(seat["price"] == price(seat["seatId"]) for seat in states.values()) and len(states) == 1_000
    one = client.get(f"/public/seats/{EVENT}?section=B").json["sections"]
    assert [s["section"] for s in one] == ["B"]
    rest = client.get(f"/public/seats/{EVENT}?cursor=1.200").json["sections"]
    assert [(s["section"], len(s["seats"])) for s in rest] == [("B", 50), ("C", 250), ("D", 250)]


# MARK: - Holds

def test_a_hold_is_all_or_nothing(platform, buyer):
    seats = platform.seats(4)
    held(buyer, seats[1], seats[2])
    other = platform.buyer().arrive()
    answer = fails(other.hold(*seats), 409, "seat_already_held_or_sold")
    assert answer.json["seatIds"] == sorted(seats[1:3])
    # Nothing of the refused hold stays.
    third = platform.buyer().arrive()
    held(third, seats[0], seats[3])


def test_alternatives_are_free_sets_of_as_many_seats(platform, buyer):
    seats = platform.seats(3)
    held(buyer, *seats)
    other = platform.buyer().arrive()
    alternatives = fails(other.hold(*seats), 409, "seat_already_held_or_sold").json["alternatives"]
    assert 1 <= len(alternatives) <= 5
    assert all(len(set(a)) == 3 and not set(a) & set(seats) for a in alternatives)
    # What is proposed was free a moment ago, and nobody else is here but for what other tests hold.
    assert any(other.hold(*a).status == 200 for a in alternatives)
    other.release(*[seat for a in alternatives for seat in a][:10])


def test_the_same_holder_has_the_same_hold(platform, buyer):
    seats = platform.seats(2)
    first = held(buyer, *seats)
    assert held(buyer, *reversed(seats)) == first
    assert first["seatIds"] == sorted(seats)
    single = platform.seats(1)[0]
    by_id = buyer.public.post("/public/hold", {"eventId": EVENT, "seatId": single}, x_room_token=buyer.token)
    assert by_id.json["seatIds"] == [single] and held(buyer, single) == by_id.json
    assert held(buyer, single, single)["seatIds"] == [single]


def test_only_the_holder_frees_a_seat(platform, buyer):
    seat, other = platform.seats(1)[0], platform.buyer().arrive()
    held(buyer, seat)
    assert other.release(seat).json == {"released": False}
    fails(other.hold(seat), 409, "seat_already_held_or_sold")
    assert buyer.release(seat).json == {"released": True}
    assert buyer.release(seat).json == {"released": False}
    held(other, seat)
    assert buyer.release(seat).json == {"released": False}


def test_seats_that_are_none(platform, buyer):
    for call in (buyer.hold, buyer.release):
        fails(call("R99C99"), 404, "seat_not_found")
        fails(call("R1C1", "R0C0"), 404, "seat_not_found")
    fails(buyer.public.post("/public/hold", {"eventId": EVENT, "seatId": "R1C1", "seatIds": ["R1C2"]},
                            x_room_token=buyer.token), 400, "bad_request")


def test_no_buyer_has_more_seats_than_the_limit(platform, buyer):
    seats = platform.seats(11)
    held(buyer, *seats[:6])
    held(buyer, *seats[6:10])
    fails(buyer.hold(seats[10]), 422, "purchase_limit")
    assert buyer.release(seats[0]).json["released"]
    held(buyer, seats[10])
    fails(buyer.hold(seats[0]), 422, "purchase_limit")
    buyer.release(*seats[1:])


def test_what_is_bought_counts_to_the_limit(platform, buyer):
    seats = platform.seats(11)
    assert buyer.buy("limit-" + buyer.user, *seats[:8])["status"] == "CONFIRMED"
    fails(buyer.hold(*seats[8:11]), 422, "purchase_limit")
    held(buyer, *seats[8:10])
    buyer.release(*seats[8:10])


# MARK: - Payment intents and idempotency

def test_an_intent_quotes_the_catalogue(platform, buyer):
    seats = platform.seats(2)
    hold = held(buyer, *seats)
    answer = buyer.intent("intent-" + buyer.user, *seats)
    assert answer.status == 201 and answer.json["amount"] == sum(map(price, seats))
    assert answer.json["currency"] == "JPY" and answer.json["expiresAt"] == hold["expiresAt"]
    assert answer.headers["location"] == "/confirm/status?idem=intent-" + buyer.user
    found = buyer.status("intent-" + buyer.user)
    assert found.status == 200 and found.json["order"] is None


def assert_replay(first, second, status: int):
    assert second.status == status and second.body == first.body
    assert second.headers["x-idempotent-replay"] == second.headers["idempotent-replayed"] == "true"
    assert "x-idempotent-replay" not in first.headers
    assert second.headers.get("location") == first.headers.get("location")


def test_a_replay_of_an_intent_is_the_first_answer(platform, buyer):
    seats, key = platform.seats(2), "replay-" + buyer.user
    held(buyer, *seats)
    first = buyer.intent(key, *seats)
    assert_replay(first, buyer.intent(key, *seats), 200)
    assert_replay(first, buyer.intent(key, *reversed(seats), seats[0]), 200)
    assert_replay(first, buyer.intent(f'"{key}"', *seats), 200)
    spaced = json.dumps({"seatIds": seats, "x": 1, "eventId": EVENT, "userId": buyer.user}, indent=3).encode()
    assert_replay(first, buyer.confirm.post("/confirm/payment-intent", spaced, Idempotency_Key=key), 200)
    buyer.release(*seats)
    assert_replay(first, buyer.intent(key, *seats), 200)
    fails(buyer.intent(key, seats[0]), 422, "idempotency_key_reused")
    other = platform.buyer().arrive()
    held(other, *seats)
    assert other.intent(key, *seats).status == 201


def test_a_refused_intent_is_remembered(platform, buyer):
    seat, key = platform.seats(1)[0], "refused-" + buyer.user
    first = fails(buyer.intent(key, seat), 409, "seat_not_held")
    held(buyer, seat)
    assert_replay(first, buyer.intent(key, seat), 409)
    assert buyer.intent(key + "-2", seat).status == 201


KEYS = {None: 400, "": 400, "short77": 400, "eight888": 201, "x" * 255: 201, "x" * 256: 400, "with a space": 400,
        '"quoted-key"': 201, '"open-quote': 400, 'close-quote"x': 201, '"esc\\"aped-8"': 201, '"bad\\escape"': 400,
        '"short77"': 400, "caf\u00e9-eight": 400, '""': 400, "'single-quoted'": 201, "!#$%&()*+,-./:;<=>?@[]^_`{|}~": 201}


def test_keys_that_are_none_are_refused(platform, buyer):
    seat = platform.seats(1)[0]
    held(buyer, seat)
    for key, status in KEYS.items():
        for path, body in (("payment-intent", {}), ("commit", {"intentId": "int-none"})):
            answer = buyer.confirm.post(f"/confirm/{path}", {"userId": buyer.user, "eventId": EVENT,
                                                             "seatIds": [seat], **body}, Idempotency_Key=key)
            wanted = status if path == "payment-intent" else {201: 404}.get(status, status)
            assert answer.status == wanted, (path, key, answer.status, answer.body[:200])


def test_what_no_intent_is_made_of(platform, buyer):
    seat, other = platform.seats(1)[0], platform.buyer().arrive()
    held(other, seat)
    fails(buyer.intent("negative-1" + buyer.user, seat), 409, "seat_not_held")
    fails(buyer.intent("negative-2" + buyer.user, "R99C1"), 404, "seat_not_found")
    fails(Buyer(buyer.user, buyer.public, buyer.confirm, "event-none").intent("negative-3" + buyer.user, seat), 404,
          "event_not_found")
    body = {"userId": other.user, "eventId": EVENT, "seatIds": [seat]}
    for token in (buyer.token, "nonsense", other.token[:-3]):
        fails(buyer.confirm.post("/confirm/payment-intent", body, Idempotency_Key="negative-4" + buyer.user,
                                 x_room_token=token), 401, "room_token_invalid")
    assert buyer.confirm.post("/confirm/payment-intent", body, Idempotency_Key="negative-4" + buyer.user,
                              x_room_token=other.token).status == 201


def test_an_intent_needs_a_turn_where_so_configured(make):
    platform = make("embedded", CONFIRM_REQUIRE_ROOM_TOKEN="true")
    buyer = platform.buyer().arrive()
    held(buyer, "R1C1")
    fails(buyer.intent("needs-a-token", "R1C1"), 401, "room_token_invalid")
    body = {"userId": buyer.user, "eventId": EVENT, "seatIds": ["R1C1"]}
    assert buyer.confirm.post("/confirm/payment-intent", body, Idempotency_Key="needs-a-token",
                              x_room_token=buyer.token).status == 201


def test_fifty_requests_with_one_key_are_one_intent(platform, buyer):
    seats, key = platform.seats(2), "fifty-" + buyer.user
    held(buyer, *seats)
    clients = [platform.client("confirm", n) for n in range(50)]
    body = {"userId": buyer.user, "eventId": EVENT, "seatIds": seats}
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(
            lambda c: c.post("/confirm/payment-intent", body, Idempotency_Key=key), clients))
    counts = {status: sum(a.status == status for a in answers) for status in {a.status for a in answers}}
    assert counts.get(201) == 1 and set(counts) <= {200, 201, 409}, counts
    assert len({a.body for a in answers if a.status in (200, 201)}) == 1
    assert all(a.error == "request_in_progress" for a in answers if a.status == 409)


# MARK: - Commits

def test_a_purchase_from_hold_to_tickets(platform, buyer):
    seats, key = platform.seats(3), f"whole/{buyer.user}+1=&"
    intent = quoted(buyer, "i" + key, *seats)
    first = buyer.commit(key, intent["intentId"], *seats)
    assert first.status == 202 and first.json["idem"] == key
    order = buyer.decided(key)
    assert order["status"] == "CONFIRMED" and order["total"] == sum(map(price, seats)) and "reason" not in order
    assert sorted(t["seatId"] for t in order["tickets"]) == sorted(seats)
    assert len({t["qr"] for t in order["tickets"]} | {t["ticketId"] for t in order["tickets"]}) == 6
    assert_replay(first, buyer.commit(key, intent["intentId"], *seats), 202)
    status = buyer.confirm.get(first.headers["location"])
    assert status.headers["cache-control"].startswith("private") and "retry-after" not in status.headers
    assert status.json["payment"]["status"] == "CAPTURED" and status.json["payment"]["amount"] == order["total"]
    assert buyer.confirm.get(first.headers["location"], If_None_Match=status.headers["etag"]).status == 304
    assert buyer.status("i" + key).json["order"]["orderId"] == order["orderId"]
    fails(platform.buyer().arrive().hold(seats[0]), 409, "seat_already_held_or_sold")
    fails(buyer.commit(key, intent["intentId"], seats[0]), 422, "idempotency_key_reused")
    other = platform.buyer()
    fails(other.commit(key, intent["intentId"], *seats), 422, "idempotency_key_reused")


def test_what_cannot_be_committed(platform, buyer):
    seats, other = platform.seats(2), platform.buyer().arrive()
    intent = quoted(buyer, "nc-intent" + buyer.user, *seats)["intentId"]
    key = iter(f"nc-{n}-{buyer.user}" for n in range(20))
    fails(buyer.commit(next(key), "int-none", *seats), 404, "intent_not_found")
    fails(buyer.commit(next(key), intent, seats[0]), 409, "intent_mismatch")
    fails(buyer.commit(next(key), intent, *seats, "R40C25"), 409, "intent_mismatch")
    fails(buyer.commit(next(key), intent, "R99C1"), 404, "seat_not_found")
    fails(other.commit(next(key), intent, *seats), 409, "intent_mismatch")
    fails(Buyer(buyer.user, buyer.public, buyer.confirm, "event-none").commit(next(key), intent, *seats), 404,
          "event_not_found")
    buyer.release(*seats)
    held(other, seats[0])
    refused = next(key)
    first = fails(buyer.commit(refused, intent, *seats), 409, "seat_not_held")
    assert_replay(first, buyer.commit(refused, intent, *seats), 409)
    assert buyer.status(refused).json["order"] is None


def test_an_intent_is_bought_once(platform, buyer):
    seat = platform.seats(1)[0]
    intent = quoted(buyer, "once-intent" + buyer.user, seat)["intentId"]
    assert buyer.commit("once-1" + buyer.user, intent, seat).status == 202
    assert buyer.decided("once-1" + buyer.user)["status"] == "CONFIRMED"
    assert buyer.commit("once-2" + buyer.user, intent, seat).status in (409, 410)
    assert [t["order_id"] for t in platform.tickets() if t["seat_id"] == seat] == [
        buyer.decided("once-1" + buyer.user)["orderId"]]


def test_a_status_of_no_key(platform, buyer):
    fails(buyer.status("never-seen-key"), 404, "not_found")
    fails(buyer.status("short"), 400, "bad_request")
    fails(buyer.confirm.get("/confirm/status"), 400, "bad_request")
    fails(buyer.confirm.get("/confirm/status?idem="), 400, "bad_request")


def test_an_order_is_processing_until_a_worker_decides(platform, buyer):
    if platform.name == "embedded":
        pytest.skip("its worker cannot be stopped alone")
    seat, key = platform.seats(1)[0], "waits-" + buyer.user
    intent = quoted(buyer, "i" + key, seat)["intentId"]
    workers = platform.of("worker")
    for worker in workers:
        worker.signal(signal.SIGSTOP)
    try:
        assert buyer.commit(key, intent, seat).status == 202
        answer = buyer.status(key)
        assert answer.json["order"]["status"] == "PROCESSING" and answer.json["order"]["tickets"] == []
        assert answer.headers["retry-after"] == "1" and answer.json["order"]["total"] == price(seat)
    finally:
        for worker in workers:
            worker.signal(signal.SIGCONT)
    assert buyer.decided(key)["status"] == "CONFIRMED"
    assert buyer.decided(key)["orderId"] == answer.json["order"]["orderId"]


def test_after_the_hold_a_commit_takes_free_seats_again(make):
    platform = make("embedded", HOLD_SECONDS="1")
    one, two, number = platform.buyer().arrive(), platform.buyer().arrive(), count(1)

    def quoted_in_time(buyer, seat):
        def attempt():
            held(buyer, seat)
            answer = buyer.intent(f"again-intent-{next(number)}", seat)
            assert answer.status in (201, 410), answer
            return answer.json if answer.status == 201 else None
        return within_the_hold(attempt)
    first, lost = quoted_in_time(one, "R1C1"), quoted_in_time(one, "R1C2")
    time.sleep(max(0, instant(lost["expiresAt"]) - time.time()) + 0.01)
    fails(one.intent("again-intent-late", "R1C1"), 410, "hold_expired")
    # Pinned: nobody's hold has to last.
    assert two.commit("again-commit-two", quoted_in_time(two, "R1C2")["intentId"], "R1C2").status == 202
    fails(one.commit("again-commit-2", lost["intentId"], "R1C2"), 410, "hold_expired")
    first = first["intentId"]
    assert one.commit("again-commit-1", first, "R1C1").status == 202
    assert one.decided("again-commit-1")["status"] == "CONFIRMED"
    fails(two.hold("R1C1"), 409, "seat_already_held_or_sold")
