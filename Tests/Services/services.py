"""Runs `tickctl serve`: one process for all roles on one SQLite file, or processes a role on the real stores."""
import json
import os
import signal
import sqlite3
import subprocess
import time
from itertools import count
from pathlib import Path

from backends import MAX_RECEIVES, REGION, TABLE, Cache, CacheCluster, Cloud, Database
from client import ROOM_KEY, SEATS, WEBHOOK_SECRET, Buyer, Client, Lost
from harness import BINARY, free_port

# Of the tests: holds that outlast every test, no bound a user, a room that lets everybody in.
SETTINGS = {"ROOM_TOKEN_KEY": ROOM_KEY, "WEBHOOK_SECRET": WEBHOOK_SECRET, "CONFIRM_REQUIRE_PAYMENT": "false",
            "HOLD_SECONDS": "600", "ROOM_RATE": "10000", "ROOM_BURST": "20000", "USER_REQUESTS_PER_SECOND": "0",
            "QUEUE_VISIBILITY_SECONDS": "5", "LOG_LEVEL": "info"}


class Service:
    """One process of a role, on ports that it keeps over restarts."""

    def __init__(self, role: str, name: str, folder: Path, environment: dict):
        self.role, self.name, self.folder = role, name, folder
        self.port, self.metrics_port = free_port(), free_port()
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "LANG": "C.UTF-8", **environment}
        self.address = ("127.0.0.1", self.port)
        self.log_path = folder / f"{name}.log"
        self.data = folder / "data"
        self.process = None

    @property
    def arguments(self) -> list[str]:
        return ["serve", "--role", self.role, "--host", "127.0.0.1", "--port", str(self.port), "--metrics-port",
                str(self.metrics_port), "--data-dir", str(self.data)]

    def start(self, wait: bool = True) -> "Service":
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen([str(BINARY), *self.arguments], cwd=self.folder, env=self.environment,
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        return self.wait() if wait else self

    def wait(self, deadline: float = 120) -> "Service":
        """Until it answers that it lives."""
        path, port = {"worker": ("/metrics", self.metrics_port), "confirm": ("/confirm/health", self.port)}.get(
            self.role, ("/public/health", self.port))
        end = time.monotonic() + deadline
        while time.monotonic() < end:
            if self.process.poll() is not None:
                break
            try:
                client = Client(("127.0.0.1", port), deadline)
                if client.get(path).status == 200:
                    client.close()
                    return self
            except Lost:
                time.sleep(0.05)
        raise RuntimeError(f"{self.name} does not serve ({self.process.poll()}): {self.log()[-3000:]}")

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def log(self) -> str:
        return self.log_path.read_text(errors="replace") if self.log_path.exists() else ""

    def signal(self, number: int):
        if self.is_running:
            self.process.send_signal(number)

    def kill(self):
        self.signal(signal.SIGKILL)
        self.process.wait(60)

    def terminate(self, deadline: float = 120) -> int:
        """SIGTERM; the exit code."""
        self.signal(signal.SIGTERM)
        return self.process.wait(deadline)

    def stop(self):
        if self.is_running:
            self.signal(signal.SIGCONT)
            self.signal(signal.SIGTERM)
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.kill()

    def metrics(self) -> str:
        return Client(("127.0.0.1", self.metrics_port)).get("/metrics").body.decode()

    def resident_kilobytes(self) -> int:
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1])
        raise RuntimeError("the process has ended")


class Platform:
    """Services that serve one event together, whatever their stores."""

    name = ""
    client_class = Client
    # Of its clients; 0 where a 503 is what a test is about.
    patience = 60

    def __init__(self, folder: Path):
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.services, self.clients = folder, {}, []
        self.fresh = iter(SEATS)
        self.users = count(1)

    def add(self, role: str, name: str, environment: dict) -> Service:
        self.services[name] = Service(role, name, self.folder, environment)
        return self.services[name]

    def of(self, *roles: str) -> list[Service]:
        return [s for s in self.services.values() if s.role in (*roles, "all")]

    def start(self) -> "Platform":
        for service in self.services.values():
            service.start(wait=False)
        for service in self.services.values():
            service.wait()
        return self

    def client(self, role: str, index: int = 0) -> Client:
        services = self.of(role)
        client = self.client_class(services[index % len(services)].address, patience=self.patience)
        self.clients.append(client)
        return client

    def buyer(self, user: str | None = None, index: int = 0) -> Buyer:
        """A user nobody was before, unless named."""
        return Buyer(user or f"user-{next(self.users)}", self.client("public", index), self.client("confirm", index))

    def seats(self, count: int) -> list[str]:
        """Seats that no other test has."""
        return [next(self.fresh) for _ in range(count)]

    def stop(self):
        for client in self.clients:
            client.close()
        # What an end in order is, test_shutdown.py shows; it takes some seconds.
        for service in self.services.values():
            if service.is_running:
                service.kill()

    def logs(self) -> str:
        return "".join(service.log() for service in self.services.values())

    def settle(self, deadline: float = 120) -> bool:
        """Waits until nothing is under way any more: a decided order's seats are marked, and its message deleted, a moment
        after the buyer is told. False: something still is."""
        end = time.monotonic() + deadline
        while self.queued()[0] or self.unsent() or "pinned" in {s["state"] for s in self.seat_states().values()}:
            if time.monotonic() > end:
                return False
            time.sleep(0.1)
        return True

    # What the stores hold, in the same words whatever they are.

    def rows(self, query: str) -> list[dict]:
        raise NotImplementedError

    def seat_states(self) -> dict[str, dict]:
        """seat -> {state, user, until (epoch s) or None, idem or None}, as the hold store has it."""
        raise NotImplementedError

    def unsent(self) -> int:
        raise NotImplementedError

    def queued(self) -> tuple[int, int]:
        """Messages in the queue and in the dead-letter queue."""
        raise NotImplementedError

    def orders(self) -> list[dict]:
        return self.rows("select idempotency_key as idem, order_id, intent_id, status, reason, total_minor, seat_ids "
                         "from orders")

    def tickets(self) -> list[dict]:
        return self.rows("select ticket_id, order_id, event_id, seat_id, price_minor from tickets "
                         "where voided_at is null")

    def payments(self) -> list[dict]:
        return self.rows("select intent_id, status, order_id, amount_minor from payments")


class Embedded(Platform):
    name = "embedded"

    def __init__(self, folder: Path, **settings):
        super().__init__(folder)
        self.add("all", "all", {**SETTINGS, **settings})

    @property
    def database(self) -> Path:
        return self.folder / "data" / "tickctl.sqlite"

    def rows(self, query):
        connection = sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=120)
        try:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(query)]
        finally:
            connection.close()

    def orders(self):
        return [{**row, "seat_ids": json.loads(row["seat_ids"])} for row in super().orders()]

    def seat_states(self):
        return {row["seat_id"]: {"state": row["state"], "user": row["user_id"], "idem": row["idem"],
                                 "until": row["expires_at"] and row["expires_at"] / 1000}
                for row in self.rows("select seat_id, state, user_id, expires_at, idem from seat_states")}

    def unsent(self):
        return self.rows("select count(*) as n from commit_records where is_unsent")[0]["n"]

    def queued(self):
        counts = {r["queue"]: r["n"] for r in self.rows("select queue, count(*) as n from messages group by queue")}
        return counts.get("commit", 0), counts.get("dead", 0)


class Stores:
    """The real stores' servers, started once and emptied for each platform."""

    def __init__(self, folder: Path):
        self.folder, self.database, self.cloud = folder, Database(folder / "postgres"), Cloud()
        self._cache = self._cluster = None

    @property
    def cache(self) -> Cache:
        if self._cache is None:
            self._cache = Cache(self.folder / "redis")
        return self._cache

    @property
    def cluster(self) -> CacheCluster:
        if self._cluster is None:
            self._cluster = CacheCluster(self.folder / "cluster")
        return self._cluster

    def stop(self):
        for server in (self.database, self.cloud, self._cache, self._cluster):
            if server is not None:
                server.stop()


class Real(Platform):
    """A process a role over PostgreSQL, Redis, and the emulator's DynamoDB and SQS."""

    name = "real"

    def __init__(self, folder: Path, stores: Stores, cluster: bool = False, counts: tuple[int, int, int] = (1, 1, 1),
                 receives: int = MAX_RECEIVES, **settings):
        super().__init__(folder)
        self.stores = stores
        self.database, self.cloud = stores.database, stores.cloud
        self.cache = stores.cluster if cluster else stores.cache
        settings = {**SETTINGS, **settings}
        self.database.recreate()
        self.cache.flush()
        self.cloud.recreate(int(settings["QUEUE_VISIBILITY_SECONDS"]), receives)
        self.environment = {
            **settings, "DATABASE_URL": self.database.url, "REDIS_URL": self.cache.url, "DDB_TABLE": TABLE,
            "SQS_URL": self.cloud.queue_url, "AWS_REGION": REGION, "AWS_ENDPOINT_URL": self.cloud.url,
            "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_EC2_METADATA_DISABLED": "true"}
        result = subprocess.run([str(BINARY), "db", "migrate"], cwd=folder, capture_output=True, text=True, timeout=300,
                                env={"PATH": os.environ["PATH"], "HOME": str(folder),
                                     "DATABASE_URL": self.database.url})
        assert result.returncode == 0, result.stdout + result.stderr
        for role, count in zip(("public", "confirm", "worker"), counts):
            for n in range(1, count + 1):
                self.add(role, f"{role}{n}", self.environment)

    def rows(self, query):
        return self.database.objects(query)

    def seat_states(self):
        return {item["sk"][2:]: {"state": item["state"], "user": item["user"], "idem": item.get("idem"),
                                 "until": item["expiresAt"] / 1000 if "expiresAt" in item else None}
                for item in self.cloud.items() if item["sk"].startswith("S#")}

    def unsent(self):
        return sum("unsent" in item for item in self.cloud.items())

    def queued(self):
        return self.cloud.depth(self.cloud.queue_url), self.cloud.depth(self.cloud.dead_letter_url)
