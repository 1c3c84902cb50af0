"""The payment provider's signed reports, and what they mean to a commit."""
import json
import time

import pytest

from client import WEBHOOK_SECRET, Buyer, signature
from conftest import platform_of
from contract import CheckedClient
from services import Platform
from test_contract import fails, quoted


@pytest.fixture(scope="module", params=["embedded", "real"])
def paying(request, binary, tmp_path_factory):
    """A platform on which a commit needs an approved payment."""
    platform = platform_of(request.param, tmp_path_factory.mktemp("paying"), request, CONFIRM_REQUIRE_PAYMENT="true")
    yield platform.start()
    platform.stop()


@pytest.fixture(autouse=True)
def checked(monkeypatch):
    monkeypatch.setattr(Platform, "client_class", CheckedClient)


@pytest.fixture
def sale(paying):
    """(buyer, seat, intent) of a new buyer's quoted seat."""
    buyer, seat = paying.buyer().arrive(), paying.seats(1)[0]
    return buyer, seat, quoted(buyer, "i-" + buyer.user, seat)


def test_an_approved_payment_is_captured_with_the_tickets(sale):
    buyer, seat, intent = sale
    fails(buyer.commit("unpaid-" + buyer.user, intent["intentId"], seat), 402, "payment_required")
    assert buyer.pay(intent).json == {"received": True}
    assert buyer.status("i-" + buyer.user).json["payment"]["status"] == "APPROVED"
    assert buyer.commit("paid-" + buyer.user, intent["intentId"], seat).status == 202
    assert buyer.decided("paid-" + buyer.user)["status"] == "CONFIRMED"
    payment = buyer.status("paid-" + buyer.user).json["payment"]
    assert payment["status"] == "CAPTURED" and payment["providerRef"] == "ref-" + intent["intentId"]
    # The refusal stands under its key, whatever came after it.
    again = fails(buyer.commit("unpaid-" + buyer.user, intent["intentId"], seat), 402, "payment_required")
    assert again.headers["x-idempotent-replay"] == "true"


@pytest.mark.parametrize("kind", ["declined", "cancelled"])
def test_a_payment_that_failed_buys_nothing(sale, kind):
    buyer, seat, intent = sale
    assert buyer.pay(intent, kind).status == 200
    fails(buyer.commit("failed-" + buyer.user, intent["intentId"], seat), 402, "payment_declined")
    assert buyer.pay(intent, kind).status == 200
    if kind == "declined":
        # Another card.
        assert buyer.pay(intent).status == 200
        assert buyer.commit("second-" + buyer.user, intent["intentId"], seat).status == 202
        assert buyer.decided("second-" + buyer.user)["status"] == "CONFIRMED"


def test_a_repeated_report_changes_nothing(sale):
    buyer, seat, intent = sale
    for kind in ("approved", "approved", "declined", "approved"):
        assert buyer.pay(intent, kind).status == 200
        assert buyer.status("i-" + buyer.user).json["payment"]["status"] == "APPROVED"
    assert buyer.commit("repeat-" + buyer.user, intent["intentId"], seat).status == 202
    assert buyer.decided("repeat-" + buyer.user)["status"] == "CONFIRMED"
    for kind in ("approved", "declined", "cancelled"):
        assert buyer.pay(intent, kind).status == 200
        assert buyer.status("repeat-" + buyer.user).json["payment"]["status"] == "CAPTURED"


def test_a_report_of_another_amount_is_refused(sale):
    buyer, _, intent = sale
    for amount in (0, intent["amount"] - 1, intent["amount"] + 1):
        fails(buyer.pay(intent, amount=amount), 409, "amount_mismatch")
    assert buyer.status("i-" + buyer.user).json["payment"] is None
    fails(buyer.pay({**intent, "intentId": "int-none"}), 404, "intent_not_found")


@pytest.mark.parametrize("change", [{"amount": -1}, {"amount": 1.5}, {"amount": "7"}, {"amount": 2 ** 53},
                                    {"eventType": "paid"}, {"eventType": 7}, {"providerRef": ""}, {"intentId": None},
                                    {"providerRef": "x" * 129}])
def test_a_report_that_is_none_is_refused(sale, change):
    buyer, _, intent = sale
    answer = fails(buyer.pay(intent, **change), 400, "bad_request")
    assert next(iter(change)) in answer.json["message"]


def report(buyer: Buyer, intent: dict) -> bytes:
    return json.dumps({"eventType": "approved", "intentId": intent["intentId"], "amount": intent["amount"],
                       "providerRef": "ref-" + intent["intentId"]}).encode()


def test_only_the_provider_is_believed(sale):
    buyer, seat, intent = sale
    body, now = report(buyer, intent), time.time()
    good = signature(body)
    for header in (None, "", "nonsense", signature(body, "another-secret-of-the-tests-of-32-chars"), good[:-2],
                   good.replace("t=", "t=1"), signature(body + b" "), signature(body, at=now - 400),
                   signature(body, at=now + 400), good.split(",")[1], good.split(",")[0]):
        answer = fails(buyer.confirm.request("POST", "/confirm/payment-callback", body, {"X-Signature": header}), 400,
                       "bad_signature")
        assert WEBHOOK_SECRET not in answer.body.decode() and good[-64:] not in answer.body.decode()
    fails(buyer.commit("untrusted-" + buyer.user, intent["intentId"], seat), 402, "payment_required")
    old = signature(body, at=now - 200)
    assert buyer.confirm.request("POST", "/confirm/payment-callback", body, {"X-Signature": old}).status == 200
