"""`tickctl dlq`: the messages that the worker gave up are looked at, explained, put back and deleted."""
import json
import time

import pytest

from conftest import platform_of
from harness import FAILED, OK, REFUSED, USAGE
from operate import Hand, operate, purchase, tickctl


@pytest.fixture(scope="module", params=["embedded", "real"])
def platform(request, binary, tmp_path_factory):
    platform = platform_of(request.param, tmp_path_factory.mktemp("dlq"), request)
    yield platform.start()
    platform.stop()


@pytest.fixture
def hand(platform):
    yield Hand(platform)
    operate(platform, "dlq", "purge", "--all", "--yes", "--reason", "end of a test").expect(OK)


def listed(platform, *arguments) -> dict[str, str]:
    """id -> what is said of it"""
    lines = operate(platform, "dlq", "list", *arguments).expect(OK).stdout.splitlines()
    return {line.split()[0]: line for line in lines}


def quoted(platform) -> tuple:
    """(buyer, seat, intent), held and quoted."""
    buyer, seat = platform.buyer().arrive(), platform.seats(1)[0]
    assert buyer.hold(seat).status == 200
    return buyer, seat, buyer.intent("i-" + buyer.user, seat).json


def test_what_is_listed_keeps_its_name_and_is_given_back(platform, hand):
    for n in range(12):
        hand.dead_letter(f"poison {n}", group=f"g-{n}")
    first = listed(platform)
    assert len(first) == 12 and all("unusable" in line for line in first.values())
    assert set(listed(platform)) == set(first)
    few = operate(platform, "dlq", "list", "--max", "5").expect(OK)
    assert len(few.stdout.splitlines()) == 5 and "7 more" in few.stderr
    name = next(iter(first))
    shown = json.loads(operate(platform, "dlq", "show", name).expect(OK).stdout)
    assert shown["id"] == name and shown["body"].startswith("poison")
    assert set(listed(platform)) == set(first)


def test_explain_says_what_a_redrive_would_do_and_does_nothing(platform, hand):
    buyer, seat, intent = quoted(platform)
    sold = platform.buyer().arrive()
    order = sold.buy("sold-" + sold.user, other := platform.seats(1)[0])
    assert platform.settle()
    letters = {
        "would bring it back here": '{"type":"COMMIT_ORDER"}',
        "would decide the order: CONFIRMED, 1 tickets": purchase(buyer, "late-" + buyer.user, intent, seat),
        "would decide the order: REJECTED, intent_not_found": purchase(buyer, "none-" + buyer.user,
                                                                       {"intentId": "int_none"}, seat),
        "would change nothing: the order is CONFIRMED": purchase(sold, order["idem"], {"intentId": "int_x"}, other),
    }
    for n, body in enumerate(letters.values()):
        hand.dead_letter(body, group=f"g-{n}")
    before = platform.orders(), platform.seat_states()
    names = listed(platform)
    told = [operate(platform, "dlq", "explain", name).expect(OK).stdout for name in names]
    for verdict in letters:
        assert sum(verdict in text for text in told) == 1, (verdict, told)
    assert (platform.orders(), platform.seat_states()) == before and set(listed(platform)) == set(names)
    # The provider's word is waited for: nobody paid.
    told = [operate(platform, "dlq", "explain", name, CONFIRM_REQUIRE_PAYMENT="true").stdout for name in names]
    assert any("REJECTED, payment_required" in text for text in told)


def test_a_redriven_purchase_is_decided_once_however_often_it_is_redriven(platform, hand):
    buyer, seat, intent = quoted(platform)
    key = "again-" + buyer.user
    hand.dead_letter(purchase(buyer, key, intent, seat))
    dry = operate(platform, "dlq", "redrive", "--all", "--dry-run").expect(OK)
    assert "would decide the order: CONFIRMED" in dry.stdout and len(listed(platform)) == 1
    assert operate(platform, "dlq", "redrive", "--all", "--rate", "50/s").expect(OK).stdout.endswith("redriven\n")
    order = buyer.decided(key)
    assert order["status"] == "CONFIRMED" and platform.settle()
    stood = platform.orders(), platform.tickets(), platform.payments()
    for _ in range(2):
        hand.dead_letter(purchase(buyer, key, intent, seat))
        name, = listed(platform)
        operate(platform, "dlq", "redrive", name).expect(OK)
    assert platform.settle() and platform.queued() == (0, 0)
    assert (platform.orders(), platform.tickets(), platform.payments()) == stood


def test_poison_that_comes_back_at_once_is_redriven_once(platform, hand):
    for n in range(3):
        hand.dead_letter(f"poison for ever {n}", group=f"g-{n}")
    # Slow enough for the first to be back before the last has gone.
    assert operate(platform, "dlq", "redrive", "--all", "--rate", "0.5").expect(OK).stdout.count("redriven") == 3
    deadline = time.monotonic() + 60
    while len(listed(platform)) < 3 and time.monotonic() < deadline:
        time.sleep(0.2)
    assert len(listed(platform)) == 3


def test_purge_prints_what_it_deletes_and_deletes_nothing_else(platform, hand):
    for n in range(3):
        hand.dead_letter(f"poison {n}", group=f"g-{n}")
    names = listed(platform)
    refused = operate(platform, "dlq", "purge", "--all", "--reason", "rubbish").expect(REFUSED)
    assert "--yes" in refused.stderr and set(listed(platform)) == set(names)
    gone, *kept = names
    purged = operate(platform, "dlq", "purge", gone, "--yes", "--reason", "rubbish of a test").expect(OK)
    line = json.loads(purged.stdout)
    assert (line["id"], line["purgedBecause"]) == (gone, "rubbish of a test") and line["body"].startswith("poison")
    assert set(listed(platform)) == set(kept)
    missing = operate(platform, "dlq", "purge", gone, kept[0], "--yes", "--reason", "twice").expect(FAILED)
    assert gone in missing.stderr and "dlq list" in missing.stderr
    assert set(listed(platform)) == {kept[1]}


def test_nothing_is_deleted_that_could_not_be_printed(platform, hand):
    hand.dead_letter("poison")
    folder, environment = platform.folder, dict(platform.services[next(iter(platform.services))].environment)
    environment.pop("PATH"), environment.pop("HOME")
    data = ("--data-dir", str(folder / "data")) if hand.is_embedded else ()
    with open("/dev/full", "w") as full:
        result = tickctl(folder, "dlq", "purge", "--all", "--yes", "--reason", "no room", *data, output=full,
                         **environment)
    assert result.code == FAILED and "stdout cannot be written" in result.stderr
    assert len(listed(platform)) == 1


@pytest.mark.parametrize("arguments", [
    ["redrive"], ["redrive", "--all", "abc"], ["redrive", "--all", "--rate", "0"], ["redrive", "--all", "--rate", "x"],
    ["purge", "--all", "--yes"], ["purge", "--all", "--yes", "--reason", " "], ["list", "--max", "0"], ["explain"]])
def test_bad_usage(platform, arguments):
    assert operate(platform, "dlq", *arguments).expect(USAGE).stderr


def test_an_unknown_id_says_where_the_ids_are(platform):
    for command in ("show", "explain", "redrive"):
        result = operate(platform, "dlq", command, "0123456789ab").expect(FAILED)
        assert "0123456789ab" in result.stderr and "tickctl dlq list" in result.stderr


def test_a_folder_that_nothing_was_served_from_is_refused(binary, tmp_path):
    result = tickctl(tmp_path, "dlq", "list").expect(REFUSED)
    assert "--data-dir" in result.stderr and not (tmp_path / ".tickctl").exists()
