"""SIGTERM under load: what was accepted is answered, readiness says no, messages go back, the process ends with 0."""
import signal
import threading
import time

import pytest

from client import EVENT, Client, Lost, NotSent
from faults import together
from shoppers import books
from test_invariants import wait_until_empty


class Load(threading.Thread):
    """Requests on one keep-alive connection, until the server says that it closes."""

    def __init__(self, address, request):
        super().__init__(daemon=True)
        self.client, self.request = Client(address), request
        self.answers, self.lost, self.is_closed = [], [], False

    def run(self):
        while not self.is_closed:
            try:
                answer = self.request(self.client)
            except NotSent:
                return
            except Lost as error:
                self.lost.append(str(error))
                return
            self.answers.append(answer)
            self.is_closed = answer.headers.get("connection", "").lower() == "close"


@pytest.mark.parametrize("name", ["embedded", "real"])
def test_no_accepted_request_fails(make, name):
    platform = make(name)
    service = platform.of("public")[0]
    buyer = platform.buyer().arrive()
    token = buyer.token
    requests = [
        lambda c: c.get(f"/public/summary/{EVENT}/A"), lambda c: c.get(f"/public/room-status?token={token}"),
        lambda c: c.get(f"/public/seats/{EVENT}?section=B"),
        lambda c: c.post("/public/hold", {"eventId": EVENT, "seatId": "R1C1"}, x_room_token=token),
        lambda c: c.post("/public/enter", {"userId": buyer.user, "eventId": EVENT})]
    load = [Load(service.address, requests[n % len(requests)]) for n in range(20)]
    for thread in load:
        thread.start()
    time.sleep(2)
    assert service.terminate() == 0
    together(load, 60)
    answers = [answer for thread in load for answer in thread.answers]
    assert len(answers) > 100 and {a.status for a in answers} == {200}, {a.status for a in answers}
    lost = [text for thread in load for text in thread.lost]
    # A request that crossed the close on its way may find the connection closed without one byte of an answer.
    assert not [text for text in lost if not text.startswith("Closed")], lost
    # Each connection was told, but for those that no request used any more.
    assert sum(thread.is_closed for thread in load) >= len(load) - len(lost) - 2


def test_readiness_says_no_while_it_drains(make):
    """A request that takes its time keeps the process; readiness is asked on a connection that is open already."""
    platform = make("real", SHUTDOWN_GRACE="20")
    service, buyer = platform.of("confirm")[0], platform.buyer().arrive()
    assert buyer.hold("R1C1").status == 200
    probe = Client(service.address)
    assert probe.get("/confirm/ready").status == 200
    slow = []
    # The hold store takes three seconds for everything.
    platform.cloud.weather(delay_ms=3_000)
    thread = threading.Thread(target=lambda: slow.append(buyer.intent("slow-intent", "R1C1")))
    thread.start()
    time.sleep(0.7)
    service.process.terminate()
    seen = None
    deadline = time.monotonic() + 2
    while seen is None and time.monotonic() < deadline:
        try:
            answer = probe.get("/confirm/ready")
            seen = answer if answer.status == 503 else None
        except Lost:
            break
    thread.join(30)
    platform.cloud.fair()
    assert slow and slow[0].status == 201, slow
    assert service.process.wait(30) == 0
    if seen is not None:
        assert not seen.json["ready"]


def test_a_second_of_work_is_finished_and_the_rest_given_back(make):
    """I15: a worker that is told to stop leaves no message hidden for a visibility timeout."""
    platform = make("real", counts=(1, 1, 1), QUEUE_VISIBILITY_SECONDS="120")
    worker, buyers = platform.of("worker")[0], []
    assert worker.terminate() == 0
    for n in range(12):
        buyer = platform.buyer().arrive()
        assert buyer.hold(f"R1C{n + 1}").status == 200
        intent = buyer.intent(f"drain-i-{n}", f"R1C{n + 1}").json["intentId"]
        assert buyer.commit(f"drain-c-{n}", intent, f"R1C{n + 1}").status == 202
        buyers.append(buyer)
    worker.start(wait=False)
    deadline = time.monotonic() + 60
    while not platform.orders():
        assert time.monotonic() < deadline
    assert worker.terminate() == 0
    worker.start()
    # Far below the visibility timeout.
    for n, buyer in enumerate(buyers):
        assert buyer.decided(f"drain-c-{n}", deadline=60)["status"] == "CONFIRMED"
    wait_until_empty(platform)
    assert books(platform) == []


def test_what_reaches_a_worker_on_its_way_down_is_given_back(make):
    """I15: a worker whose receive is under way when it is told to stop still gets what arrives."""
    platform = make("real", QUEUE_VISIBILITY_SECONDS="120")
    worker, quoted = platform.of("worker")[0], []
    for n in range(10):
        buyer = platform.buyer().arrive()
        assert buyer.hold(f"R1C{n + 1}").status == 200
        quoted.append((buyer, buyer.intent(f"down-i-{n}", f"R1C{n + 1}").json["intentId"]))
    worker.signal(signal.SIGTERM)
    for n, (buyer, intent) in enumerate(quoted):
        assert buyer.commit(f"down-c-{n}", intent, f"R1C{n + 1}").status == 202
    assert worker.process.wait(40) == 0
    worker.start()
    # Far below the visibility timeout.
    for n, (buyer, _) in enumerate(quoted):
        assert buyer.decided(f"down-c-{n}")["status"] == "CONFIRMED"
    wait_until_empty(platform)
    assert books(platform) == []


def test_rolling_every_process_under_load_loses_no_purchase(make):
    """I15, over two processes of each role: buyers who go on with the other process never see a 5xx."""
    platform = make("real", counts=(2, 2, 2))
    stop, bought, seen, errors = threading.Event(), [], [], []

    def shop(line):
        number = 0
        try:
            while not stop.is_set():
                number += 1
                buyer = platform.buyer(f"roller-{line}-{number}", line + number)
                key, seat = f"roll-{line}-{number}", f"R{1 + line}C{1 + (number - 1) % 25}"
                insist(buyer, buyer.enter)
                if insist(buyer, lambda: buyer.hold(seat)).status != 200:
                    continue
                intent = insist(buyer, lambda: buyer.intent("i" + key, seat)).json["intentId"]
                if insist(buyer, lambda: buyer.commit(key, intent, seat)).status == 202:
                    bought.append(key)
        except Exception as error:
            errors.append(repr(error))

    def insist(buyer, call):
        """The same request to the other process when this one is going away."""
        for attempt in range(100):
            try:
                answer = call()
                seen.append(answer.status)
                if answer.status != 403:
                    return answer
            except Lost:
                for role, client in (("public", buyer.public), ("confirm", buyer.confirm)):
                    client.close()
                    services = platform.of(role)
                    client.address = services[attempt % len(services)].address
            time.sleep(0.02)
        raise AssertionError("no process answers")
    threads = [threading.Thread(target=shop, args=(line,), daemon=True) for line in range(6)]
    for thread in threads:
        thread.start()
    for service in list(platform.services.values()):
        assert service.terminate() == 0, service.log()[-2000:]
        service.start()
    stop.set()
    together(threads, 60)
    assert not errors, errors[:3]
    assert bought and not [status for status in seen if status >= 500], sorted(set(seen))
    buyer = platform.buyer()
    for key in bought:
        assert buyer.decided(key)["status"] == "CONFIRMED"
    wait_until_empty(platform)
    assert books(platform) == []


def test_a_second_signal_is_not_needed_while_idle(make):
    platform = make("embedded")
    started = time.monotonic()
    assert platform.of("public")[0].terminate() == 0
    assert time.monotonic() - started < 15
