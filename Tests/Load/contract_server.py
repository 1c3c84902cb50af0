"""A platform in miniature that keeps the HTTP contract, in memory - or breaks one promise of it on purpose.

It is what the load generator's verdict is tested against: a real platform breaks its promises far too rarely.
"""
import asyncio
import json
import threading
import time
from urllib.parse import parse_qs, urlsplit

FAULTS = ("double-sell", "lose", "other-replay", "status-back", "server-errors", "slow", "wrong-contract", "wrong-shape")
ALTERNATIVES = 5


class ContractServer:
    """Serves on a thread of its own; `fault`: one of FAULTS."""

    def __init__(self, seats: list[str], fault: str | None = None, tls=None):
        assert fault is None or fault in FAULTS
        self.seats, self.fault, self.tls = seats, fault, tls
        self.held: dict[str, str] = {}
        self.sold: dict[str, str] = {}
        self.intents: dict[str, dict] = {}
        self.answers: dict[str, tuple[int, bytes]] = {}
        self.orders: dict[str, dict] = {}
        self.requests = 0
        self.loop = asyncio.new_event_loop()
        self.ready = threading.Event()
        self.thread = threading.Thread(target=self.main, daemon=True)

    def __enter__(self) -> "ContractServer":
        self.thread.start()
        assert self.ready.wait(120)
        return self

    def __exit__(self, *_):
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(120)

    @property
    def url(self) -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    def main(self):
        asyncio.set_event_loop(self.loop)
        server = self.loop.run_until_complete(asyncio.start_server(self.serve, "127.0.0.1", 0, ssl=self.tls, backlog=1_000))
        self.port = server.sockets[0].getsockname()[1]
        self.ready.set()
        self.loop.run_forever()
        for task in asyncio.all_tasks(self.loop):
            task.cancel()
        self.loop.run_until_complete(asyncio.sleep(0))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter):
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                first, *lines = head.split("\r\n")
                headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines if line)}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                method, target, _ = first.split(" ")
                self.requests += 1
                if self.fault == "slow":
                    await asyncio.sleep(0.4)
                status, answer, replay = self.answer(method, target, headers, json.loads(body) if body else None)
                text = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
                writer.write(f"HTTP/1.1 {status} Status\r\nContent-Length: {len(text)}\r\n"
                             f"{'Idempotent-Replayed: true' + chr(13) + chr(10) if replay else ''}\r\n".encode() + text)
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    def answer(self, method: str, target: str, headers: dict, body) -> tuple:
        """-> status, body, whether it is a replay"""
        url = urlsplit(target)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        path = url.path
        if self.fault == "wrong-shape" and path.startswith("/public/summary/"):
            return 200, b"<html>it works</html>", False
        if path.startswith("/public/summary/"):
            if self.fault == "server-errors" and self.requests % 10 == 0:
                return 500, {"error": "internal", "message": "planted"}, False
            _, _, _, event, section = path.split("/")
            return 200, {"event": event, "section": section, "seatsAvailable": 1, "updatedAt": "x"}, False
        if path in ("/public/health", "/confirm/health"):
            return 200, {"ok": True, "ts": 0}, False
        if path == "/public/enter":
            return 200, {"roomToken": f"r1.{body['userId']}", "position": 0, "etaSec": 0}, False
        if path == "/public/room-status":
            return 200, {"ready": True, "leftSec": 60, "position": 0, "etaSec": 0}, False
        user = headers.get("x-room-token", "")[3:]
        if path == "/public/hold":
            return *self.hold(user, body["seatIds"][0]), False
        if path == "/public/release":
            return 200, {"released": self.held.pop(body["seatIds"][0], None) is not None}, False
        if path == "/confirm/payment-intent":
            if self.fault == "wrong-contract":
                return 418, {"error": "teapot", "message": "planted"}, False
            return self.once(headers["idempotency-key"], lambda: self.intent(body))
        if path == "/confirm/commit":
            return self.once(headers["idempotency-key"], lambda: self.commit(headers["idempotency-key"], body))
        if path == "/confirm/status":
            return self.status(query["idem"])
        return 404, {"error": "not_found", "message": path}, False

    def hold(self, user: str, seat: str) -> tuple[int, dict]:
        is_free = seat not in self.sold and self.held.get(seat, user) == user
        if not is_free and self.fault != "double-sell":
            free = [one for one in self.seats if one not in self.sold and one not in self.held]
            return 409, {"error": "seat_already_held_or_sold", "message": "", "seatIds": [seat],
                         "alternatives": [[one] for one in free[:ALTERNATIVES]]}
        self.held[seat] = user
        return 200, {"holdId": f"hold_{seat}", "expiresAt": "x", "seatIds": [seat]}

    def once(self, key: str, act) -> tuple:
        if key in self.answers:
            status, body = self.answers[key]
            if self.fault == "other-replay":
                body = body.replace(b"}", b" }")
            return (200 if status == 201 else status), body, True
        status, body = act()
        self.answers[key] = status, json.dumps(body).encode()
        return status, self.answers[key][1], False

    def intent(self, body: dict) -> tuple[int, dict]:
        return 201, {"intentId": f"int_{len(self.answers)}", "amount": 100, "currency": "JPY", "expiresAt": "x"}

    def commit(self, key: str, body: dict) -> tuple[int, dict]:
        seat = body["seatIds"][0]
        self.held.pop(seat, None)
        self.sold[seat] = key
        self.orders[key] = {"status": "CONFIRMED", "at": time.monotonic() + 0.2, "looks": 0,
                            "tickets": [{"ticketId": f"tkt_{key}", "seatId": seat, "qr": ""}]}
        return 202, {"accepted": True, "status": "PROCESSING", "idem": key}

    def status(self, key: str) -> tuple:
        order = self.orders.get(key)
        if order is None:
            return 404, {"error": "not_found", "message": key}, False
        if self.fault == "lose" or time.monotonic() < order["at"]:
            return 200, {"order": {"status": "PROCESSING", "tickets": []}, "payment": None}, False
        order["looks"] += 1
        status = "REJECTED" if self.fault == "status-back" and order["looks"] > 1 else order["status"]
        return 200, {"order": {"status": status, "tickets": order["tickets"]}, "payment": None}, False
