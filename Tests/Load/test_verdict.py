"""The verdict on a platform that keeps its promises, and on one that breaks each of them."""
import pytest
from contract_server import ContractServer
from double_seller import DoubleSeller
from runs import FAILED, INVALID, PASSED, run, scenario
from services import Embedded

SEATS = [f"R{row}C{place}" for row in range(1, 11) for place in range(1, 26)]


def test_promises_that_are_kept(tmp_path):
    with ContractServer(SEATS) as server:
        result = run(tmp_path, server.url)
    report = result.report
    # A busy machine may make the generator lag: then the run says so, and nothing else.
    assert result.code in (PASSED, INVALID), result.text
    assert all("lagged" in reason for reason in report["verdict"]["reasons"]), result.reasons
    purchases = report["purchases"]
    assert purchases["accepted"] == purchases["confirmed"] == len(server.orders) > 10
    assert report["tally"]["unexpected"] == 0 and report["tally"]["failures"] == {}
    assert report["tally"]["succeeded"] + report["tally"]["refused"] == sum(
        sum(one["outcomes"].values()) for one in report["classes"].values())
    assert report["classes"]["replay"]["latency"]["count"] > 5
    assert {"read", "enter", "poll", "hold", "intent", "commit", "status", "release", "replay"} == set(report["classes"])


@pytest.mark.parametrize("fault, reason", [
    ("double-sell", "sold twice"),
    ("lose", "accepted orders (202) were lost"),
    ("other-replay", "replays were answered otherwise"),
    ("status-back", "decided orders changed"),
    ("wrong-contract", "status that the contract does not have there"),
])
def test_a_broken_promise_fails_the_run(tmp_path, fault, reason):
    # Ten seats for some twenty buyers at once.
    few = [{"id": "event-0001", "sections": [{"id": "A", "firstRow": 1, "lastRow": 2, "firstPlace": 1, "lastPlace": 5}]}]
    events = few if fault == "double-sell" else [
        {"id": "event-0001", "sections": [{"id": "A", "firstRow": 1, "lastRow": 10, "firstPlace": 1, "lastPlace": 25}]}]
    with ContractServer(SEATS, fault) as server:
        result = run(tmp_path, server.url, path=scenario(
            tmp_path, events=events, drainSeconds=2 if fault == "lose" else 120))
    assert reason in result.reasons, result.text
    if fault != "wrong-contract":
        assert result.code == FAILED, result.text


def test_server_errors_end_the_run(tmp_path):
    with ContractServer(SEATS, "server-errors") as server:
        result = run(tmp_path, server.url, path=scenario(
            tmp_path, phases=[{"name": "long", "rate": 60, "seconds": 600}], mix={"reads": 1, "confirm": 0, "worker": 0},
            abort={"serverErrorSeconds": 3, "heldSeconds": 0, "p95Seconds": 0}))
    assert result.report["abortRule"] == "serverErrors", result.text
    assert result.report["seconds"] < 600
    assert result.code in (FAILED, INVALID)


def test_a_slow_platform_ends_the_run(tmp_path):
    with ContractServer(SEATS, "slow") as server:
        result = run(tmp_path, server.url, path=scenario(
            tmp_path, phases=[{"name": "long", "rate": 60, "seconds": 600}], mix={"reads": 1, "confirm": 0, "worker": 0},
            abort={"p95Milliseconds": 200, "p95Seconds": 3, "heldSeconds": 0, "serverErrorSeconds": 0}))
    assert result.report["abortRule"] == "latency", result.text
    assert result.report["latency"]["p50"] >= 400


def test_more_buyers_than_seats(tmp_path):
    """A platform that sells a seat twice turns this red: `make test-mutants ARGS=sell-what-is-sold`."""
    few = [{"id": "event-0001", "sections": [{"id": "A", "firstRow": 1, "lastRow": 1, "firstPlace": 1, "lastPlace": 3}]}]
    path = scenario(tmp_path, events=few, mix={"reads": 10, "confirm": 0, "worker": 90})
    platform = Embedded(tmp_path / "platform")
    try:
        service = platform.start().services["all"]
        result = run(tmp_path, f"http://127.0.0.1:{service.port}", "--check-stores", "--data-dir", str(service.data), path=path)
        tickets = platform.tickets()
    finally:
        platform.stop()
    assert result.code in (PASSED, INVALID) and "sold twice" not in result.reasons, result.text
    purchases = result.report["purchases"]
    assert purchases["doubleSold"] == purchases["lost"] == purchases["storesThatDisagree"] == 0
    # The alternatives that a refusal offers are more than the scenario's seats.
    assert len(tickets) == purchases["confirmed"] >= 3 and len({ticket["seat_id"] for ticket in tickets}) == len(tickets)


@pytest.fixture(scope="module")
def platform(tmp_path_factory):
    platform = Embedded(tmp_path_factory.mktemp("verdict"))
    yield platform.start()
    platform.stop()


def test_a_platform_that_sells_a_seat_twice_is_caught(platform, tmp_path):
    few = [{"id": "event-0001", "sections": [{"id": "A", "firstRow": 1, "lastRow": 1, "firstPlace": 1, "lastPlace": 5}]}]
    path = scenario(tmp_path, events=few, mix={"reads": 10, "confirm": 0, "worker": 90})
    service = platform.services["all"]
    with DoubleSeller(f"http://127.0.0.1:{service.port}") as seller:
        result = run(tmp_path, seller.url, "--check-stores", "--data-dir", str(service.data), path=path)
        assert len(seller.orders) > 3, result.text
    assert result.code == FAILED and "sold twice" in result.reasons, result.text
    purchases = result.report["purchases"]
    assert purchases["doubleSold"] >= 3 and any("is sold to load-" in example for example in purchases["examples"])
    # The stores know nothing of the second sales.
    assert purchases["storesThatDisagree"] == len(seller.orders)
    assert purchases["lost"] == purchases["replaysThatDiffer"] == 0
    assert len(platform.tickets()) == purchases["confirmed"] - len(seller.orders)
