"""`tickctl reconcile` and `tickctl orders show`: each disagreement of the stores is found, and only what is safe repaired."""
import json
import threading

import pytest

from client import EVENT
from conftest import platform_of
from faults import together
from harness import CHANGES, FAILED, OK, USAGE
from operate import Hand, operate, purchase


@pytest.fixture(scope="module", params=["embedded", "real"])
def platform(request, binary, tmp_path_factory):
    platform = platform_of(request.param, tmp_path_factory.mktemp("reconcile"), request, HOLD_SECONDS="600")
    yield platform.start()
    platform.stop()


@pytest.fixture
def hand(platform):
    return Hand(platform)


@pytest.fixture
def sale(platform):
    """(buyer, seat, order) of a purchase."""
    buyer, seat = platform.buyer().arrive(), platform.seats(1)[0]
    order = buyer.buy("key-of-" + buyer.user, seat)
    assert platform.settle()
    return buyer, seat, order


def reconcile(platform, *arguments, code: int) -> dict:
    """subject -> its difference; a commit may be under way for longer than any test."""
    result = operate(platform, "reconcile", "--json", "--patience", "3600", *arguments).expect(code)
    return {line["subject"]: line for line in json.loads(result.stdout)["differences"]}


def agree(platform):
    assert reconcile(platform, code=OK) == {}


def test_stores_that_agree(platform, sale):
    holder, seat = platform.buyer().arrive(), platform.seats(1)[0]
    assert holder.hold(seat).status == 200
    result = operate(platform, "reconcile", "--event", EVENT).expect(OK)
    assert "the stores agree" in result.stdout
    report = json.loads(operate(platform, "reconcile", "--json").expect(OK).stdout)
    sections = {line["section"]: line for line in report["sections"]}
    assert list(sections) == ["A", "B", "C", "D"]
    states = platform.seat_states().values()
    for what in ("held", "sold"):
        assert sum(s[what] for s in sections.values()) == sum(s["state"] == what for s in states) > 0
    assert all(s["free"] + s["held"] + s["pinned"] + s["sold"] == s["capacity"] == 250 for s in sections.values())
    assert holder.release(seat).json == {"released": True}


def test_a_sale_under_way_is_no_difference(platform):
    stop, failures, seats = threading.Event(), [], iter(platform.seats(400))

    def buy(index):
        try:
            while not stop.is_set() and (seat := next(seats, None)):
                buyer = platform.buyer(index=index).arrive()
                buyer.buy("busy-" + buyer.user, seat)
        except Exception as error:  # told after the threads have ended
            failures.append(error)

    threads = [threading.Thread(target=buy, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(12):
            agree(platform)
    finally:
        stop.set()
        together(threads, 300)
    assert not failures and platform.settle()


def test_a_ticket_whose_seat_lost_its_state_is_marked_sold(platform, hand, sale):
    buyer, seat, _ = sale
    hand.forget(seat)
    assert reconcile(platform, code=CHANGES)[seat]["kind"] == "ticket_without_sale"
    assert seat not in platform.seat_states()
    repaired = reconcile(platform, "--repair", code=OK)[seat]
    assert repaired["repaired"] and repaired["outcome"] == "marked sold"
    state = platform.seat_states()[seat]
    assert (state["state"], state["user"], state["idem"]) == ("sold", buyer.user, "key-of-" + buyer.user)
    agree(platform)
    assert platform.buyer().arrive().hold(seat).status == 409


def test_a_ticketed_seat_that_somebody_holds_is_left_alone(platform, hand, sale):
    _, seat, _ = sale
    hand.forget(seat)
    other = platform.buyer().arrive()
    assert other.hold(seat).status == 200
    left = reconcile(platform, "--repair", code=CHANGES)[seat]
    assert left["kind"] == "ticket_without_sale" and left["repaired"] is False
    assert platform.seat_states()[seat]["user"] == other.user
    assert other.release(seat).json == {"released": True}
    assert reconcile(platform, "--repair", code=OK)[seat]["repaired"]
    agree(platform)


def test_a_pin_of_a_decided_order_is_settled(platform, hand, sale):
    buyer, seat, order = sale
    # An order that was rejected: nobody can have the seat for it any more.
    other, free = platform.buyer().arrive(), platform.seats(1)[0]
    hand.message(purchase(other, "rejected-" + other.user, {"intentId": "int_none"}, free))
    assert other.decided("rejected-" + other.user)["status"] == "REJECTED" and platform.settle()
    hand.put(seat, "pinned", buyer.user, order["idem"])
    hand.put(free, "pinned", other.user, "rejected-" + other.user)
    found = reconcile(platform, code=CHANGES)
    assert found[seat]["kind"] == found[free]["kind"] == "pin_unsettled"
    reconcile(platform, "--repair", code=OK)
    states = platform.seat_states()
    assert states[seat]["state"] == "sold" and free not in states
    agree(platform)


def test_a_pin_that_nobody_was_promised_is_never_freed(platform, hand):
    seat = platform.seats(1)[0]
    hand.put(seat, "pinned", "somebody", "a-key-of-nobody")
    assert reconcile(platform, code=CHANGES)[seat]["kind"] == "pin_without_record"
    left = reconcile(platform, "--repair", code=CHANGES)[seat]
    assert left["repaired"] is False and platform.seat_states()[seat]["state"] == "pinned"
    hand.forget(seat)
    agree(platform)


def test_a_promise_that_nobody_decides_is_sent_again(platform, hand):
    buyer, seat = platform.buyer().arrive(), platform.seats(1)[0]
    assert buyer.hold(seat).status == 200
    intent, key = buyer.intent("i-" + buyer.user, seat).json, "lost-" + buyer.user
    hand.promise(buyer, key, intent, seat, sent=True, age=30)
    agree(platform)  # it may still be under way
    shown = operate(platform, "orders", "show", key).expect(OK).stdout
    assert "PROCESSING" in shown and f"{seat}  pinned by this purchase" in shown
    result = operate(platform, "reconcile", "--json", "--patience", "10").expect(CHANGES)
    assert [d["kind"] for d in json.loads(result.stdout)["differences"]] == ["commit_undecided"]
    operate(platform, "reconcile", "--patience", "10", "--repair").expect(OK)
    assert buyer.decided(key)["status"] == "CONFIRMED"
    agree(platform)


def test_a_promise_that_the_queue_never_got_is_sent_while_all_services_are_down(platform, hand):
    buyer, seat = platform.buyer().arrive(), platform.seats(1)[0]
    assert buyer.hold(seat).status == 200
    intent, key = buyer.intent("i-" + buyer.user, seat).json, "unsent-" + buyer.user
    for service in platform.services.values():
        service.stop()
    hand.promise(buyer, key, intent, seat, sent=False, age=7_200)
    assert reconcile(platform, code=CHANGES)[key]["kind"] == "commit_unsent"
    assert platform.unsent() == 1 and platform.queued()[0] == 0
    reconcile(platform, "--repair", code=OK)
    assert platform.unsent() == 0 and platform.queued()[0] == 1
    platform.start()
    assert buyer.decided(key)["status"] == "CONFIRMED"
    agree(platform)


def test_money_is_told_of_and_never_touched(platform, hand, sale):
    buyer, seat, order = sale
    hand.sql(f"update tickets set price_minor = price_minor + 1 where seat_id = '{seat}'")
    hand.sql("insert into intents (intent_id, idempotency_key, user_id, event_id, seat_ids, prices_minor, "
             + ("" if hand.is_embedded else "amount_minor, ") + "currency, created_at, expires_at) values "
             f"('int_stray', 'key-stray', 'stray', '{EVENT}', "
             + ("'[\"R1C1\"]', '[5]', 'JPY', 0, 0)" if hand.is_embedded
                else "'{R1C1}', '{5}', 5, 'JPY', now(), now())"),
             "insert into payments (intent_id, status, provider_ref, order_id, amount_minor, currency) values "
             "('int_stray', 'CAPTURED', 'ref-stray', 'ord_stray', 5, 'JPY')")
    before = platform.tickets(), platform.payments(), platform.orders()
    found = reconcile(platform, "--repair", code=CHANGES)
    assert found["int_stray"]["kind"] == "payment_without_order" and not found["int_stray"]["repaired"]
    assert found[order["idem"]]["kind"] == "amounts" and not found[order["idem"]]["repaired"]
    assert (platform.tickets(), platform.payments(), platform.orders()) == before
    hand.sql(f"update tickets set price_minor = price_minor - 1 where seat_id = '{seat}'",
             "delete from payments where intent_id = 'int_stray'", "delete from intents where intent_id = 'int_stray'")
    agree(platform)


def test_a_sale_without_a_ticket_and_one_to_another_are_told(platform, hand, sale):
    _, seat, order = sale
    stray = platform.seats(1)[0]
    hand.put(stray, "sold", "somebody", "a-key-without-order")
    hand.put(seat, "sold", "somebody", "another-key")
    found = reconcile(platform, "--repair", code=CHANGES)
    assert found[stray]["kind"] == "sold_without_ticket" and not found[stray]["repaired"]
    assert found[seat]["kind"] == "sold_to_another" and not found[seat]["repaired"]
    hand.forget(stray)
    hand.forget(seat)
    reconcile(platform, "--repair", code=OK)
    agree(platform)


def test_the_text_names_the_next_command(platform, hand):
    seat = platform.seats(1)[0]
    hand.put(seat, "pinned", "somebody", "a-key-of-nobody")
    result = operate(platform, "reconcile").expect(CHANGES)
    assert f"pin_without_record  {EVENT}  {seat}" in result.stdout and "--repair" in result.stderr
    result = operate(platform, "reconcile", "--repair").expect(CHANGES)
    assert "left alone" in result.stdout
    hand.forget(seat)


@pytest.mark.parametrize("arguments", [["--event", "no-such-event"], ["--patience", "0"], ["--what"]])
def test_bad_usage(platform, arguments):
    assert operate(platform, "reconcile", *arguments).expect(USAGE).stderr


# MARK: - orders show

def test_an_order_is_shown_whole(platform, sale):
    buyer, seat, order = sale
    shown = json.loads(operate(platform, "orders", "show", order["idem"], "--json").expect(OK).stdout)
    assert shown["order"]["status"] == "CONFIRMED" and shown["order"]["orderId"] == order["orderId"]
    assert [t["seatId"] for t in shown["order"]["tickets"]] == [seat]
    assert shown["payment"]["status"] == "CAPTURED" and shown["payment"]["amount"] == shown["order"]["total"]
    assert shown["seats"] == [{"seatId": seat, "state": "sold", "isOwn": True}]
    assert shown["message"] == "unknown"
    text = operate(platform, "orders", "show", order["idem"]).expect(OK).stdout
    assert order["orderId"] in text and f"{seat}  sold by this purchase" in text


def test_a_quote_and_a_refusal_are_shown(platform):
    buyer, seat = platform.buyer().arrive(), platform.seats(1)[0]
    assert buyer.hold(seat).status == 200
    intent = buyer.intent("quote-" + buyer.user, seat).json
    shown = json.loads(operate(platform, "orders", "show", "quote-" + buyer.user, "--json").expect(OK).stdout)
    assert "order" not in shown and [i["intentId"] for i in shown["intents"]] == [intent["intentId"]]
    assert shown["seats"][0]["state"] == "held" and shown["seats"][0]["isOwn"]
    assert buyer.commit("refused-" + buyer.user, "int_none", seat).status == 404
    shown = operate(platform, "orders", "show", "refused-" + buyer.user).expect(OK).stdout
    assert "refused with 404" in shown


def test_an_unknown_and_an_impossible_key(platform):
    result = operate(platform, "orders", "show", "never-seen-key").expect(FAILED)
    assert "never-seen-key" in result.stderr and not result.stdout
    operate(platform, "orders", "show", "short").expect(USAGE)
    operate(platform, "orders", "show").expect(USAGE)
