"""Many buyers at once, each in a thread of its own with its own seed; all that they ask goes into a history."""
import random
import threading
import time
from itertools import count

from client import EVENT, PRICES, SECTIONS, Answer, Buyer, Lost, instant, price
from history import FAIL, OK, UNKNOWN, History
from test_contract import place

SEAT_PRICES = {seat: PRICES[name] for name, seats in SECTIONS.items() for seat in seats}


def phase(answer: Answer | None) -> str:
    if answer is None or answer.status >= 500:
        return UNKNOWN
    return OK if answer.status < 300 else FAIL


class Shopper(threading.Thread):
    """Buys until `stop` is set: enters, holds, sometimes gives back or lets the hold end, quotes, commits, repeats what
    was lost, follows the order; now and then tries what must be refused."""

    users = count(1)

    def __init__(self, platform, history: History, seed: int, stop: threading.Event, seats: list[str]):
        super().__init__(daemon=True)
        self.platform, self.history, self.stop, self.seats = platform, history, stop, seats
        self.random = random.Random(seed)
        self.index = seed
        self.error: BaseException | None = None
        self.keys: list[str] = []

    def run(self):
        try:
            while not self.stop.is_set():
                self.buyer = self.platform.buyer(f"shopper-{next(Shopper.users)}", self.index)
                # Another process of each role next time.
                self.index += 1
                self.shop()
                self.buyer.public.close()
                self.buyer.confirm.close()
        except BaseException as error:  # noqa: BLE001 (told by the test, whatever it is)
            self.error = error

    def call(self, op: str, ask, seats=(), details=lambda answer: {}, **known) -> Answer | None:
        """One call, written down before and after; None: no answer."""
        call = self.history.invoke(op, self.buyer.user, seats=list(seats), **known)
        try:
            answer = ask()
        except Lost as error:
            self.history.complete(call, UNKNOWN, lost=str(error)[:100])
            return None
        outcome = phase(answer)
        more = details(answer) if outcome == OK else {"error": answer.error}
        self.history.complete(call, outcome, status=answer.status, **more)
        return answer

    def until_answered(self, op: str, ask, *rest, tries: int = 200, **known) -> Answer | None:
        """Repeats a call until it has an answer that is not 5xx or 429."""
        for _ in range(tries):
            answer = self.call(op, ask, *rest, **known)
            if answer is not None and answer.status < 500 and answer.status != 429:
                return answer
            if self.stop.is_set() and op != "commit":
                return None
            time.sleep(self.random.uniform(0.02, 0.2))
        return None

    def shop(self):
        buyer = self.buyer
        entered = self.until_answered(
            "enter", buyer.enter, (), lambda a: {"place": place(a.json["roomToken"])})
        if entered is None:
            return
        for _ in range(self.random.randint(1, 4)):
            if self.stop.is_set() or not self.wait_for_turn():
                return
            self.purchase()

    def wait_for_turn(self) -> bool:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline and not self.stop.is_set():
            answer = self.call("poll", self.buyer.room_status)
            if answer is not None and answer.status == 200 and answer.json["ready"]:
                return True
            if answer is not None and answer.status == 401:
                # The room's counters were lost.
                self.call("enter", self.buyer.enter, (), lambda a: {"place": place(a.json["roomToken"])})
            time.sleep(0.05)
        return False

    def purchase(self):
        pick, buyer = self.random, self.buyer
        start = pick.randrange(len(self.seats))
        seats = [self.seats[(start + n) % len(self.seats)] for n in range(pick.choice((1, 1, 2, 3)))]
        held = self.until_answered("hold", lambda: buyer.hold(*seats), seats, self.until, tries=2)
        if held is None or held.status != 200:
            if held is not None and held.error == "seat_already_held_or_sold" and pick.random() < 0.3:
                key = self.key("n")
                self.call("intent", lambda: buyer.intent(key, *seats), seats, self.body, key=key,
                          must_fail="somebody else has a seat of them")
            return
        if pick.random() < 0.1:
            self.call("release", lambda: buyer.release(*seats), seats)
            return
        if pick.random() < 0.1:
            time.sleep(pick.uniform(0, 4))
        key = self.key("i")
        intent = self.until_answered("intent", lambda: buyer.intent(key, *seats), seats, self.body, key=key)
        if intent is None or intent.status not in (200, 201):
            return
        intent_id, key = intent.json["intentId"], self.key("c")
        if pick.random() < 0.05:
            stranger, wrong = Buyer(buyer.user + "-stranger", buyer.public, buyer.confirm), self.key("x")
            self.call("commit", lambda: stranger.commit(wrong, intent_id, *seats), seats, self.body, key=wrong,
                      must_fail="another user's intent")
        self.keys.append(key)
        commit = self.until_answered("commit", lambda: buyer.commit(key, intent_id, *seats), seats, self.body, key=key)
        if commit is None or commit.status != 202:
            return
        if pick.random() < 0.2:
            self.call("commit", lambda: buyer.commit(key, intent_id, *seats), seats, self.body, key=key)
        self.follow(key)

    @staticmethod
    def until(answer: Answer) -> dict:
        return {"until": instant(answer.json["expiresAt"])}

    @staticmethod
    def body(answer: Answer) -> dict:
        return {"body": answer.body.decode()}

    def key(self, kind: str) -> str:
        return f"{kind}-{self.buyer.user}-{self.random.randrange(10 ** 12)}"

    def follow(self, key: str):
        for _ in range(self.random.randint(1, 20)):
            answer = self.call("status", lambda: self.buyer.status(key), (),
                               lambda a: {"order": a.json["order"]}, key=key)
            order = answer.json["order"] if answer is not None and answer.status == 200 else None
            if self.stop.is_set() or (order or {}).get("status") in ("CONFIRMED", "REJECTED"):
                return
            time.sleep(0.05)


def while_shopping(shoppers: list[Shopper], condition, deadline: float = 300):
    """Waits until what shoppers are there for has happened, however long a slow machine takes."""
    end = time.monotonic() + deadline
    while not condition():
        errors = [shopper.error for shopper in shoppers if shopper.error]
        assert not errors and time.monotonic() < end, errors or "too little happened to prove anything"
        time.sleep(0.1)


def final_orders(platform, keys: list[str], deadline: float = 300) -> dict[str, dict]:
    """What the API says in the end of each key; one without an order is left out."""
    buyer, orders, end = platform.buyer("final"), {}, time.monotonic() + deadline
    waiting = list(keys)
    while waiting and time.monotonic() < end:
        again = []
        for key in waiting:
            try:
                answer = buyer.status(key)
            except Lost:
                again.append(key)
                continue
            order = answer.json.get("order") if answer.status == 200 else None
            if order:
                orders[key] = order
            if answer.status >= 500 or (order or {}).get("status") == "PROCESSING":
                again.append(key)
        waiting = again
        if waiting:
            time.sleep(0.3)
    return orders


def books(platform) -> list[str]:
    """I1, I4, I12 and I16 in the stores themselves, once nothing is under way; the violations."""
    found = [] if platform.settle() else [f"I3: messages are left: {platform.queued()}"]
    tickets, orders, payments = platform.tickets(), platform.orders(), platform.payments()
    states = platform.seat_states()
    now = time.time()
    by_seat: dict[str, list] = {}
    for ticket in tickets:
        by_seat.setdefault(ticket["seat_id"], []).append(ticket)
        if ticket["price_minor"] != price(ticket["seat_id"]):
            found.append(f"I4: ticket {ticket} has another price")
    found += [f"I1: {seat} has {len(t)} live tickets" for seat, t in by_seat.items() if len(t) > 1]
    captured = {p["order_id"]: p for p in payments if p["status"] == "CAPTURED"}
    for order in orders:
        own = sorted(t["seat_id"] for t in tickets if t["order_id"] == order["order_id"])
        if order["status"] == "CONFIRMED":
            payment = captured.get(order["order_id"])
            if own != sorted(order["seat_ids"]) or order["total_minor"] != sum(map(price, own)):
                found.append(f"I4: {order} has tickets for {own}")
            if payment is None or payment["amount_minor"] != order["total_minor"]:
                found.append(f"I16: {order} was paid by {payment}")
        elif own or order["order_id"] in captured:
            found.append(f"I4: {order} has {own} and {captured.get(order['order_id'])}")
    confirmed = {o["order_id"] for o in orders if o["status"] == "CONFIRMED"}
    found += [f"I16: {p} is captured without tickets" for p in captured.values() if p["order_id"] not in confirmed]
    sold = {seat for seat, state in states.items() if state["state"] == "sold"}
    if sold != set(by_seat):
        found.append(f"I12: sold in the hold store and not in the ledger: {sorted(sold - set(by_seat))}; "
                     f"the other way: {sorted(set(by_seat) - sold)}")
    found += [f"I12: {seat} is still pinned by {s['idem']}" for seat, s in states.items() if s["state"] == "pinned"]
    if platform.unsent():
        found.append(f"I3: {platform.unsent()} commits were never sent")
    live = {seat for seat, s in states.items() if s["state"] == "held" and s["until"] > now}
    for name, seats in SECTIONS.items():
        found += summary_disagrees(platform, name, 250 - len(set(seats) & (sold | live)), set(seats) & live, states)
    return found


def summary_disagrees(platform, section: str, free: int, live: set[str], states) -> list[str]:
    """The summary comes to have the count; holds that end meanwhile become free."""
    client, deadline = platform.client("public"), time.monotonic() + 60
    while True:
        said = client.get(f"/public/summary/{EVENT}/{section}").json["seatsAvailable"]
        still = sum(states[seat]["until"] > time.time() for seat in live)
        if said == free + len(live) - still:
            return []
        if time.monotonic() > deadline:
            return [f"I12: section {section} has {free} free seats, and the summary says {said}"]
        time.sleep(0.3)
