"""Faults of the services and their stores, in an order that a seed gives."""
import random
import signal
import socket
import threading
import time
from pathlib import Path

from client import EVENT
from history import History


class Faults:
    """Each fault is a method: it hurts, and has healed what it hurt when it returns."""

    def __init__(self, platform, history: History, seed: int, longest_stop: float):
        self.platform, self.history, self.random = platform, history, random.Random(seed)
        # Longer than the hold time.
        self.longest_stop = longest_stop

    ALL = ("kill_worker", "kill_confirm", "kill_public", "stop_worker", "stop_confirm", "restart_database",
           "terminate_backends", "database_is_read_only", "database_has_no_connection_left", "flush_cache",
           "restart_cache", "cache_sleeps", "cache_is_away", "cache_is_read_only", "lost_answers",
           "throttles", "conflicts", "items_expire_at_once", "queue_repeats", "receipts_expire", "queue_is_away",
           "acknowledgements_are_lost", "roll_confirm", "roll_worker")

    def run(self, rounds: int = 1, gap: float = 0.2, names: tuple[str, ...] = ALL):
        """Every fault once a round, in a seeded order, one after the other."""
        for _ in range(rounds):
            for name in self.random.sample(names, len(names)):
                self.history.note("fault", name=name)
                getattr(self, name)()
                self.history.note("healed", name=name)
                time.sleep(gap)

    def pause(self, low: float, high: float):
        time.sleep(self.random.uniform(low, high))

    def some(self, role: str):
        return self.random.choice(self.platform.of(role))

    def kill(self, role: str):
        service = self.some(role)
        service.kill()
        self.pause(0, 0.5)
        service.start()

    def kill_worker(self):
        self.kill("worker")

    def kill_confirm(self):
        self.kill("confirm")

    def kill_public(self):
        self.kill("public")

    def halt(self, role: str):
        """A node that stands still past the hold time, and then goes on with what it knew."""
        service = self.some(role)
        service.signal(signal.SIGSTOP)
        try:
            time.sleep(self.longest_stop)
        finally:
            service.signal(signal.SIGCONT)

    def stop_worker(self):
        self.halt("worker")

    def stop_confirm(self):
        self.halt("confirm")

    def restart_database(self):
        self.platform.database.crash()
        self.pause(0, 1)
        self.platform.database.start()

    def terminate_backends(self):
        for _ in range(10):
            self.platform.database.terminate_backends()
            self.pause(0, 0.2)

    def database_is_read_only(self):
        self.platform.database.read_only(True)
        try:
            refused = self.platform.database.psql("create table written ()", check=False).stderr
            assert "read-only" in refused, refused
            self.pause(1, 2)
        finally:
            self.platform.database.read_only(False)

    def database_has_no_connection_left(self):
        occupied = self.platform.database.occupy()
        try:
            self.pause(1, 2)
        finally:
            for connection in occupied:
                connection.close()

    def cache_is_read_only(self):
        self.platform.cache.read_only(True)
        try:
            self.pause(1, 2)
        finally:
            self.platform.cache.read_only(False)

    def flush_cache(self):
        self.platform.cache.flush()

    def restart_cache(self):
        self.platform.cache.restart()

    def cache_sleeps(self):
        self.platform.cache.sleep(1.5)
        time.sleep(1.5)

    def cache_is_away(self):
        self.platform.cache.kill()
        self.pause(0.5, 2)
        self.platform.cache.start()

    def weather(self, low: float, high: float, **settings):
        self.platform.cloud.weather(**settings)
        try:
            self.pause(low, high)
        finally:
            self.platform.cloud.fair()

    def rule(self, low: float, high: float, **rule):
        self.weather(low, high, rules=[{"probability": 0.2, "seed": self.random.randrange(10 ** 6), **rule}])

    def lost_answers(self):
        self.rule(1, 2, effect="drop_after", service="dynamodb")

    def throttles(self):
        self.rule(1, 2, effect="throttle", service="dynamodb")

    def conflicts(self):
        self.rule(1, 2, effect="conflict", service="dynamodb", action="TransactWriteItems")

    def items_expire_at_once(self):
        self.weather(1, 2, ttl="at_once")

    def queue_repeats(self):
        self.weather(2, 3, queues={"duplicate": 0.3, "delay_seconds": 1, "shuffle_groups": True,
                                   "seed": self.random.randrange(10 ** 6)})

    def receipts_expire(self):
        self.weather(1, 2, queues={"expire": 0.2, "seed": self.random.randrange(10 ** 6)})

    def queue_is_away(self):
        self.rule(1, 2, effect="error", status=503, code="ServiceUnavailable", service="sqs", probability=1)

    def acknowledgements_are_lost(self):
        self.rule(1, 2, effect=self.random.choice(("drop_after", "drop_before")), service="sqs",
                  action="DeleteMessage*", probability=0.5)

    def roll(self, role: str):
        service = self.some(role)
        code = service.terminate()
        assert code == 0, f"{service.name} ended with {code} on SIGTERM: {service.log()[-2000:]}"
        service.start()

    def roll_confirm(self):
        self.roll("confirm")

    def roll_worker(self):
        self.roll("worker")


class Dawdlers(threading.Thread):
    """Clients that write a byte at a time or never read, all along; the server must serve the rest and cut them off: those
    that are there when the faults have ended `are_let_go` by servers that nobody kills any more.

    - maps: where seat maps are served; an answer that fits into the kernel's buffers keeps no server waiting.
    """

    def __init__(self, addresses: list[tuple[str, int]], maps: list[tuple[str, int]], stop: threading.Event, each: int = 10):
        super().__init__(daemon=True)
        self.addresses, self.maps, self.stop, self.each = addresses, maps, stop, each
        self.are_let_go = False
        self.last = (0, 0)

    def run(self):
        writers, readers = [], []
        while not self.stop.wait(0.2):
            for address in self.addresses:
                if len(writers) < self.each * len(self.addresses):
                    writers += self.open(address, b"POST /public/hold HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            for address in self.maps:
                if len(readers) < self.each * len(self.maps):
                    request = f"GET /public/seats/{EVENT} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
                    readers += self.open(address, request * 50)
            writers, readers = self.going_on(writers, readers)
        self.last = len(writers), len(readers)
        end = time.monotonic() + 300
        while (writers or readers) and time.monotonic() < end:
            time.sleep(0.2)
            writers, readers = self.going_on(writers, readers)
        self.are_let_go = not writers and not readers
        for connection in writers + readers:
            connection.close()

    @staticmethod
    def open(address, first: bytes) -> list[socket.socket]:
        connection = socket.socket()
        # Little fits: what is not read stays with the server.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.settimeout(60)
        try:
            connection.connect(address)
            connection.sendall(first)
        except OSError:
            connection.close()
            return []
        return [connection]

    @classmethod
    def going_on(cls, writers: list[socket.socket], readers: list[socket.socket]) -> tuple[list, list]:
        """Those that the server has not let go; the writers send a byte each, and nothing is read."""
        # The servers' ends that are established: a client that never reads is not told of an end that comes behind the answers.
        rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
        kept = {(row[1][9:], row[2][9:]) for row in rows if row[3] == "01"}
        return ([connection for connection in writers if cls.goes_on(connection, b"a", kept)],
                [connection for connection in readers if cls.goes_on(connection, b"", kept)])

    @staticmethod
    def goes_on(connection: socket.socket, byte: bytes, kept: set[tuple[str, str]]) -> bool:
        try:
            connection.sendall(byte)
            if (f"{connection.getpeername()[1]:04X}", f"{connection.getsockname()[1]:04X}") in kept:
                return True
        except OSError:
            pass
        connection.close()
        return False


def together(threads: list[threading.Thread], deadline: float):
    """Waits for threads; one that hangs is an error."""
    end = time.monotonic() + deadline
    for thread in threads:
        thread.join(max(0.1, end - time.monotonic()))
    hanging = [thread.name for thread in threads if thread.is_alive()]
    assert not hanging, f"{len(hanging)} of {len(threads)} threads hang"
