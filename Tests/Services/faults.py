"""Faults of the services and their stores, in an order that a seed gives."""
import random
import signal
import threading
import time

from history import History


class Faults:
    """Each fault is a method: it hurts, and has healed what it hurt when it returns."""

    def __init__(self, platform, history: History, seed: int, longest_stop: float):
        self.platform, self.history, self.random = platform, history, random.Random(seed)
        # Longer than the hold time.
        self.longest_stop = longest_stop

    ALL = ("kill_worker", "kill_confirm", "kill_public", "stop_worker", "stop_confirm", "restart_database",
           "terminate_backends", "flush_cache", "restart_cache", "cache_sleeps", "cache_is_away", "lost_answers",
           "throttles", "conflicts", "items_expire_at_once", "queue_repeats", "receipts_expire", "queue_is_away",
           "acknowledgements_are_lost", "roll_confirm", "roll_worker")

    def run(self, seconds: float, gap: float = 0.5):
        """Every fault at least once as far as time allows, in a seeded order, one after the other."""
        end = time.monotonic() + seconds
        left: list[str] = []
        while time.monotonic() < end:
            if not left:
                left = self.random.sample(self.ALL, len(self.ALL))
            name = left.pop()
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


def together(threads: list[threading.Thread], deadline: float):
    """Waits for threads; one that hangs is an error."""
    end = time.monotonic() + deadline
    for thread in threads:
        thread.join(max(0.1, end - time.monotonic()))
    hanging = [thread.name for thread in threads if thread.is_alive()]
    assert not hanging, f"{len(hanging)} of {len(threads)} threads hang"
