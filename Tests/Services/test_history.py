"""The checker of histories finds each planted violation, and nothing in a sound one."""
from dataclasses import replace

import pytest

import mutants
from history import FAIL, OK, UNKNOWN, check, too_many_admissions

PRICES = {"S1": 100, "S2": 50}


def line(n, op, user, phase, invoked, at, **details):
    return {"call": n, "op": op, "user": user, "phase": phase, "invoked": invoked, "at": at, "seats": ["S1"], **details}


def hold(n, user, invoked, at, until, phase=OK):
    return line(n, "hold", user, phase, invoked, at, until=until)


def commit(n, user, key, invoked, at, phase=OK, body="{}"):
    return line(n, "commit", user, phase, invoked, at, key=key, status=202, body=body)


def status(n, key, order, invoked, at):
    return line(n, "status", "a", OK, invoked, at, key=key, order=order)


def order(number, state="CONFIRMED", seats=("S1",), tickets=None, total=100, reason=None):
    tickets = seats if tickets is None else tickets
    return {"orderId": number, "status": state, "reason": reason, "seatIds": list(seats), "total": total,
            "tickets": [{"seatId": seat} for seat in tickets]}


SOUND = [hold(1, "a", 0, 1, 10), hold(2, "b", 2, 3, 20, FAIL), line(3, "release", "a", OK, 4, 5),
         hold(4, "b", 4.5, 6, 9), hold(5, "a", 8.5, 9.5, 20), commit(6, "a", "k-a", 10, 11),
         commit(7, "a", "k-a", 12, 13), status(8, "k-a", order("o1", "PROCESSING", tickets=()), 13, 16),
         status(9, "k-a", order("o1"), 14, 15), status(10, "k-a", order("o1"), 17, 18),
         line(11, "intent", "a", OK, 9, 9.1, key="i", status=201, body="x"),
         line(12, "intent", "a", OK, 9, 9.2, key="i", status=200, body="x"),
         line(13, "enter", "a", OK, 0, 0.1, place=[1, 0]), line(14, "enter", "b", OK, 0, 0.1, place=[1, 1]),
         line(15, "enter", "a", OK, 0, 0.2, place=[1, 0]), hold(16, "c", 30, 31, 40, UNKNOWN),
         line(17, "commit", "c", FAIL, 32, 33, key="k-c", must_fail="not the holder")]
ORDERS = {"k-a": order("o1")}


def test_a_sound_history_has_no_violation():
    assert check(SOUND, ORDERS, PRICES) == []


PLANTED = {
    "I1 two tickets": ([], {"k1": order("o1"), "k2": order("o2")}, "I1"),
    "I2 two orders": ([status(1, "k", order("o1"), 0, 1), status(2, "k", order("o2"), 2, 3)], {"k": order("o1")}, "I2"),
    "I2 backwards": ([status(1, "k", order("o1"), 0, 1), status(2, "k", order("o1", "PROCESSING"), 2, 3)],
                     {"k": order("o1")}, "I2"),
    "I2 another end": ([status(1, "k", order("o1"), 0, 1),
                        status(2, "k", order("o1", "REJECTED", tickets=()), 2, 3)], {"k": order("o1")}, "I2"),
    "I3 no order": ([commit(1, "a", "k", 0, 1)], {}, "I3"),
    "I3 for ever processing": ([commit(1, "a", "k", 0, 1)], {"k": order("o1", "PROCESSING", tickets=())}, "I3"),
    "I4 a ticket is missing": ([], {"k": order("o1", seats=("S1", "S2"), tickets=("S1",), total=150)}, "I4"),
    "I4 the price": ([], {"k": order("o1", total=99)}, "I4"),
    "I4 rejected with a ticket": ([], {"k": order("o1", "REJECTED")}, "I4"),
    "I6 a refusal was none": ([line(1, "commit", "b", OK, 0, 1, key="k", status=202, body="", must_fail="not b's")],
                              {"k": order("o1")}, "I6"),
    "I7 within a hold": ([hold(1, "a", 0, 1, 10), hold(2, "b", 2, 3, 20)], {}, "I7"),
    "I7 after a release by another": ([hold(1, "a", 0, 1, 10), line(2, "release", "b", OK, 1.5, 1.6),
                                       hold(3, "b", 2, 3, 20)], {}, "I7"),
    "I7 after a commit": ([hold(1, "a", 0, 1, 10), commit(2, "a", "k", 2, 3), hold(3, "b", 50, 51, 90)],
                          {"k": order("o1")}, "I7"),
    "I7 a commit within a hold": ([hold(1, "a", 0, 1, 10), commit(2, "b", "k", 2, 3)], {"k": order("o1")}, "I7"),
    "I8 taken": ([commit(1, "a", "k", 0, 1)], {"k": order("o1", "REJECTED", tickets=(), reason="seat_taken")}, "I8"),
    "I10 one place": ([line(1, "enter", "a", OK, 0, 1, place=[1, 0]), line(2, "enter", "b", OK, 0, 1, place=[1, 0])],
                      {}, "I10"),
    "I11 made twice": ([line(n, "intent", "a", OK, 0, n, key="i", status=201, body="x") for n in (1, 2)], {}, "I11"),
    "I11 other bytes": ([line(n, "intent", "a", OK, 0, n, key="i", status=200 + (n == 1), body=f"{n}")
                         for n in (1, 2)], {}, "I11"),
    "I11 other bytes of a commit": ([commit(n, "a", "k", n, n + 1, body=str(n)) for n in (1, 2)], {"k": order("o1")},
                                    "I11"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_violation_is_found(name):
    lines, orders, invariant = PLANTED[name]
    found = check(lines, orders, PRICES)
    assert found and all(text.startswith(invariant + ":") for text in found), found


def test_what_cannot_be_certain_is_no_violation():
    overlapping = [hold(1, "a", 0, 5, 10), hold(2, "b", 4, 6, 20)]
    assert check(overlapping, {}, PRICES) == []
    expiring = [hold(1, "a", 0, 1, 10), hold(2, "b", 9, 10.5, 20)]
    assert check(expiring, {}, PRICES) == []
    rejected = [hold(1, "a", 0, 1, 10), commit(2, "a", "k", 2, 3), hold(3, "b", 4, 5, 20)]
    assert check(rejected, {"k": order("o1", "REJECTED", tickets=(), reason="payment_required")}, PRICES) == []


def test_admissions_are_counted_in_every_window():
    fair = [(n / 10 - 0.05, n / 10) for n in range(100)]
    assert too_many_admissions(fair, rate=10, burst=5) == []
    assert too_many_admissions(fair + [(5.01, 5.02)] * 20, rate=10, burst=5)


def test_the_mutants_fit_the_tree():
    first = mutants.MUTANTS[0]
    assert mutants.complaints() == []
    assert mutants.outdated(replace(first, patches=(replace(first.patches[0], search="no such rule"),)))
    assert mutants.outdated(replace(first, test="test_history.py::test_of_nothing"))
    assert mutants.unguarded([mutant for mutant in mutants.MUTANTS if mutant.invariant != "I5"]) == ["I5"]
