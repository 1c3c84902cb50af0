"""Stands before a platform and sells every seat again: what the platform refuses, this grants.

A buyer who is refused a hold because the seat is another's is told that it is held; its intent and its commit are made
up as well, and its order is CONFIRMED. The platform itself sells each seat once, so only what its buyers were told shows
the double sale.
"""
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1_000


class DoubleSeller:
    def __init__(self, target: str):
        self.target, self.lock = target, threading.Lock()
        # By room token; then by idempotency key.
        self.holds: dict[str, str] = {}
        self.intents: set[str] = set()
        self.orders: dict[str, dict] = {}
        self.server = Server(("127.0.0.1", 0), type("Handler", (Handler,), {"seller": self}))
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self) -> "DoubleSeller":
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def made_up(self, path: str, query: dict, headers: dict, body: dict | None, status: int) -> tuple | None:
        """-> status, body, whether it is a replay: instead of the platform's answer, which has a status; None: it stands."""
        key = headers.get("idempotency-key", "")
        if path == "/public/hold" and status == 409:
            self.holds[headers["x-room-token"]] = body["seatIds"][0]
            return 200, {"holdId": "hold_again", "expiresAt": "2030-01-01T00:00:00.000Z", "seatIds": body["seatIds"]}, False
        if path == "/confirm/payment-intent" and self.holds.get(headers.get("x-room-token")) == body["seatIds"][0]:
            is_replay = key in self.intents
            self.intents.add(key)
            return (200 if is_replay else 201), {"intentId": f"int_again_{key}", "amount": 1, "currency": "JPY",
                                                 "expiresAt": "2030-01-01T00:00:00.000Z"}, is_replay
        if path == "/confirm/commit" and body["intentId"].startswith("int_again_"):
            is_replay = key in self.orders
            self.orders[key] = {"orderId": f"ord_{key}", "status": "CONFIRMED", "total": 1,
                                "tickets": [{"ticketId": f"tkt_{key}", "seatId": body["seatIds"][0], "qr": "x"}]}
            return 202, {"accepted": True, "status": "PROCESSING", "idem": key}, is_replay
        if path == "/confirm/status" and query.get("idem") in self.orders:
            return 200, {"order": self.orders[query["idem"]], "payment": None}, False
        return None


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    seller: DoubleSeller

    def do_GET(self):
        self.relay(None)

    def do_POST(self):
        self.relay(self.rfile.read(int(self.headers["Content-Length"])))

    def relay(self, sent: bytes | None):
        headers = {k.lower(): v for k, v in self.headers.items() if k.lower() not in ("host", "connection", "content-length")}
        try:
            answer = urlopen(Request(self.seller.target + self.path, data=sent, headers=headers, method=self.command), timeout=120)
        except HTTPError as error:
            answer = error
        status, body, is_replay = answer.status, answer.read(), answer.headers.get("Idempotent-Replayed") == "true"
        url = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(url.query).items()}
        with self.seller.lock:
            made_up = self.seller.made_up(url.path, query, headers, json.loads(sent) if sent else None, status)
        if made_up:
            status, body, is_replay = made_up[0], json.dumps(made_up[1]).encode(), made_up[2]
        self.send_response(status)
        if is_replay:
            self.send_header("Idempotent-Replayed", "true")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass
