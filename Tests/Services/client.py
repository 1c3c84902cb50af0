"""A client of the services on one keep-alive connection, and what a buyer does with it."""
import calendar
import hashlib
import hmac
import json
import re
import socket
import time
from dataclasses import dataclass, field
from urllib.parse import quote

EVENT = "event-0001"
ROOM_KEY = "room-key-of-the-tests-room-key-of-the-tests"
WEBHOOK_SECRET = "webhook-secret-of-the-tests-webhook-secret"
PRICES = {"A": 15_000, "B": 12_000, "C": 9_000, "D": 6_000}
SECTIONS = {name: [f"R{row}C{column}" for row in range(10 * n + 1, 10 * n + 11) for column in range(1, 26)]
            for n, name in enumerate("ABCD")}
SEATS = [seat for seats in SECTIONS.values() for seat in seats]


def price(seat: str) -> int:
    row = int(re.match(r"R(\d+)C", seat)[1])
    return PRICES["ABCD"[(row - 1) // 10]]


def instant(text: str) -> float:
    """Epoch seconds of an RFC 3339 instant in UTC."""
    whole, _, fraction = text.removesuffix("Z").partition(".")
    return calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float("0." + (fraction or "0"))


class Lost(Exception):
    """No whole answer: whether the request was executed is not known."""


class NotSent(Lost):
    """There was no connection: the request was not executed."""


@dataclass
class Answer:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes
    request: tuple = field(default=(), repr=False)

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self) -> str | None:
        try:
            return self.json.get("error")
        except ValueError:
            return None


class Client:
    """Opens its connection when it needs one. `address` may change between requests (another process takes over).

    - patience: for so many seconds a request is sent again after a 503, as the answer asks for: on a machine that stands
      still the bounds within the services pass (200 ms for Redis), and nothing is wrong with them.
    """

    def __init__(self, address: tuple[str, int], timeout: float = 120, patience: float = 0):
        self.address, self.timeout, self.patience, self.socket = address, timeout, patience, None

    def close(self):
        if self.socket is not None:
            self.socket.close()
            self.socket = None

    def request(self, method: str, target: str, body=None, headers: dict | None = None) -> Answer:
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self.address[0]}:{self.address[1]}"]
        names = {name.lower() for name in headers or {}}
        if body is not None:
            lines.append(f"Content-Length: {len(body)}")
            if "content-type" not in names:
                lines.append("Content-Type: application/json")
        lines += [f"{name}: {value}" for name, value in (headers or {}).items() if value is not None]
        sent = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + (body or b"")
        end = time.monotonic() + self.patience
        while (answer := self.exchange(sent, is_head=method == "HEAD")).status == 503 and time.monotonic() < end:
            print(f"asked again: {method} {target.split('?')[0]} was answered {answer.body[:200]}")
            time.sleep(0.2)
        answer.request = (method, target)
        return answer

    def get(self, target: str, **headers) -> Answer:
        return self.request("GET", target, headers={k.replace("_", "-"): v for k, v in headers.items()})

    def post(self, target: str, body, **headers) -> Answer:
        return self.request("POST", target, body, {k.replace("_", "-"): v for k, v in headers.items()})

    def exchange(self, sent: bytes, is_head: bool = False) -> Answer:
        is_reused = self.socket is not None
        try:
            if self.socket is None:
                self.socket = socket.create_connection(self.address, timeout=self.timeout)
                self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        except OSError as error:
            self.socket = None
            raise NotSent(str(error)) from error
        try:
            self.socket.sendall(sent)
            return self.read(is_head)
        except (OSError, ValueError, Lost) as error:
            self.close()
            # An idle connection that the server had closed already took nothing.
            if is_reused and isinstance(error, Closed):
                return self.exchange(sent, is_head)
            raise Lost(f"{type(error).__name__}: {error}") from error

    def read(self, is_head: bool = False) -> Answer:
        data = b""
        while b"\r\n\r\n" not in data:
            piece = self.socket.recv(65_536)
            if not piece:
                raise Lost("the connection ended in a head") if data else Closed("the connection was closed")
            data += piece
        head, data = data.split(b"\r\n\r\n", 1)
        first, *lines = head.decode("latin-1").split("\r\n")
        status = int(first.split(" ")[1])
        headers = {}
        for line in lines:
            name, value = line.split(":", 1)
            headers[name.lower()] = value.strip()
        length = 0 if is_head or status in (204, 304) else int(headers.get("content-length", 0))
        while len(data) < length:
            piece = self.socket.recv(65_536)
            if not piece:
                raise Lost("the connection ended in a body")
            data += piece
        if headers.get("connection", "").lower() == "close":
            self.close()
        return Answer(status, headers, data[:length])


class Closed(Lost):
    """Not one byte came back."""


def signature(body: bytes, secret: str = WEBHOOK_SECRET, at: float | None = None) -> str:
    instant = str(int(time.time() if at is None else at))
    code = hmac.new(secret.encode(), instant.encode() + b"." + body, hashlib.sha256).hexdigest()
    return f"t={instant},v1={code}"


class Buyer:
    """One user's calls. Each gives the Answer; nothing is asserted here."""

    def __init__(self, user: str, public: Client, confirm: Client, event: str = EVENT):
        self.user, self.public, self.confirm, self.event, self.token = user, public, confirm, event, None

    def enter(self) -> Answer:
        answer = self.public.post("/public/enter", {"userId": self.user, "eventId": self.event})
        if answer.status == 200:
            self.token = answer.json["roomToken"]
        return answer

    def room_status(self) -> Answer:
        return self.public.get(f"/public/room-status?token={self.token}")

    def arrive(self, deadline: float = 120) -> "Buyer":
        """Enters and waits for the turn."""
        end = time.monotonic() + deadline
        answer = self.enter()
        while time.monotonic() < end:
            if answer.status == 200 and answer.json.get("ready"):
                return self
            if answer.status in (401, 429, 503) or self.token is None:
                time.sleep(0.1)
                self.enter()
            else:
                time.sleep(0.02)
            answer = self.room_status()
        raise AssertionError(f"{self.user} was not admitted in {deadline} s: {answer.status} {answer.body[:200]}")

    def hold(self, *seats: str) -> Answer:
        return self.public.post("/public/hold", {"eventId": self.event, "seatIds": list(seats)},
                                x_room_token=self.token)

    def release(self, *seats: str) -> Answer:
        return self.public.post("/public/release", {"eventId": self.event, "seatIds": list(seats)},
                                x_room_token=self.token)

    def intent(self, key: str, *seats: str) -> Answer:
        return self.confirm.post("/confirm/payment-intent",
                                 {"userId": self.user, "eventId": self.event, "seatIds": list(seats)},
                                 Idempotency_Key=key)

    def pay(self, intent: dict, kind: str = "approved", **changes) -> Answer:
        body = json.dumps({"eventType": kind, "intentId": intent["intentId"],
                           "providerRef": "ref-" + intent["intentId"], "amount": intent["amount"], **changes}).encode()
        return self.confirm.request("POST", "/confirm/payment-callback", body, {"X-Signature": signature(body)})

    def commit(self, key: str, intent_id: str, *seats: str) -> Answer:
        return self.confirm.post("/confirm/commit", {"intentId": intent_id, "eventId": self.event,
                                                     "seatIds": list(seats), "userId": self.user}, Idempotency_Key=key)

    def status(self, key: str, **headers) -> Answer:
        return self.confirm.get(f"/confirm/status?idem={quote(key, safe='')}", **headers)

    def decided(self, key: str, deadline: float = 120) -> dict:
        """The final order under a key."""
        end = time.monotonic() + deadline
        while time.monotonic() < end:
            answer = self.status(key)
            if answer.status == 200 and (answer.json["order"] or {}).get("status") in ("CONFIRMED", "REJECTED"):
                return answer.json["order"]
            time.sleep(0.05)
        raise AssertionError(f"{key} is not decided after {deadline} s: {answer.status} {answer.body[:300]}")

    def buy(self, key: str, *seats: str, pays: bool = False) -> dict:
        """A whole purchase that nothing stands in the way of."""
        for answer in (self.hold(*seats), intent := self.intent("i-" + key, *seats)):
            assert answer.status in (200, 201), answer
        if pays:
            assert self.pay(intent.json).status == 200
        answer = self.commit(key, intent.json["intentId"], *seats)
        assert answer.status == 202, answer
        return self.decided(key)
