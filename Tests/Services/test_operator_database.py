"""`tickctl db seed` and `tickctl db export`: an event goes in whole or not at all, the sale comes out as it stands."""
import csv
import io
import json
import sqlite3

import pytest
import yaml

from client import EVENT
from conftest import platform_of
from harness import FAILED, OK, REFUSED, USAGE
from operate import operate, tickctl


@pytest.fixture(scope="module", params=["embedded", "real"])
def platform(request, binary, tmp_path_factory):
    platform = platform_of(request.param, tmp_path_factory.mktemp("database"), request)
    yield platform.start()
    platform.stop()


def event(name: str = "gala-1", seats: int = 3, price: int = 500, **changes) -> dict:
    return {"event": {"id": name, "name": "A gala, \"quoted\"", "currency": "EUR", "salesOpenAt": "2025-01-01T00:00:00Z",
                      "startsAt": "2035-01-01T19:30:00+09:00", "purchaseLimit": 4, **changes},
            "sections": [{"id": "P", "name": "Parkett", "seats": [
                {"id": f"P-{n}", "row": 1, "number": n, "priceMinor": price} for n in range(1, seats + 1)]}]}


def seed(platform, tmp_path, content, name="event.yaml"):
    path = tmp_path / name
    path.write_text(content if isinstance(content, str)
                    else json.dumps(content) if name.endswith(".json") else yaml.safe_dump(content))
    return operate(platform, "db", "seed", "--event", str(path))


def exported(platform, table, *arguments) -> list[dict]:
    text = operate(platform, "db", "export", "--table", table, *arguments).expect(OK).stdout
    return [json.loads(line) for line in text.splitlines()]


def test_an_event_is_seeded_once_from_yaml_and_from_json(platform, tmp_path):
    first = seed(platform, tmp_path, event("twice-1")).expect(OK)
    assert "3 seats inserted, 0 updated, 0 unchanged" in first.stdout
    again = seed(platform, tmp_path, event("twice-1"), "event.json").expect(OK)
    assert "0 seats inserted, 0 updated, 3 unchanged" in again.stdout
    dearer = seed(platform, tmp_path, event("twice-1", price=600, seats=4)).expect(OK)
    assert "1 seats inserted, 3 updated, 0 unchanged" in dearer.stdout
    row, = exported(platform, "events", "--event", "twice-1")
    assert row == {"event_id": "twice-1", "name": "A gala, \"quoted\"", "currency": "EUR", "seats": 4,
                   "purchase_limit": 4, "sales_open_at": "2025-01-01T00:00:00.000Z",
                   "starts_at": "2035-01-01T10:30:00.000Z"}


def test_a_seeded_event_is_sold_and_its_price_then_stands(platform, tmp_path):
    seed(platform, tmp_path, event("sold-1")).expect(OK)
    buyer = platform.buyer()
    buyer.event = "sold-1"
    assert buyer.arrive().buy("seeded-" + buyer.user, "P-1")["total"] == 500
    refused = seed(platform, tmp_path, event("sold-1", price=600)).expect(FAILED)
    assert "P-1" in refused.stderr and "nothing was changed" in refused.stderr
    assert "1 seats inserted" in seed(platform, tmp_path, event("sold-1", seats=4)).expect(OK).stdout


def without(content: dict, field: str) -> dict:
    del content["event"][field]
    return content


def seat(**changes) -> dict:
    content = event()
    content["sections"][0]["seats"][1].update(changes)
    return content


@pytest.mark.parametrize("content, words", [
    (event(vip=True), "event.vip: there is no such field here"),
    (without(event(), "currency"), "event.currency: it is missing"),
    (event(currency="euro"), "event: currency is not three upper-case letters"),
    (event(salesOpenAt="tomorrow"), "event.salesOpenAt: an instant like"),
    (event(salesOpenAt="2036-01-01T00:00:00Z"), "event: salesOpenAt is not before startsAt"),
    (event(purchaseLimit="many"), "event.purchaseLimit: a whole number is expected"),
    (event("two words"), "event: an id is 1 to 128 of"),
    (seat(price=5), "sections[0].seats[1].price: there is no such field here"),
    (seat(priceMinor="free"), "sections[0].seats[1].priceMinor: a whole number is expected"),
    (seat(priceMinor=-1), "section P, seat P-2: priceMinor is not within"),
    (seat(id="P-1"), "section P, seat P-1: its id is used twice"),
    ({"event": event()["event"], "sections": []}, "event: it has 0 seats"),
    ({"event": event()["event"]}, "sections: it is missing"),
    ("[1, 2]", "a mapping is expected"),
    ("event: {id: [", "")])
@pytest.mark.parametrize("name", ["event.yaml", "event.json"])
def test_a_file_with_a_mistake_is_refused_whole(binary, tmp_path, content, words, name):
    path = tmp_path / name
    path.write_text(content if isinstance(content, str)
                    else json.dumps(content) if name.endswith(".json") else yaml.safe_dump(content))
    result = tickctl(tmp_path, "db", "seed", "--event", str(path)).expect(USAGE)
    assert words in result.stderr and str(path) in result.stderr and "nothing was written" in result.stderr
    assert not (tmp_path / ".tickctl").exists()


def test_a_missing_file_and_a_missing_option(binary, tmp_path):
    assert "no-such.yaml cannot be read" in tickctl(tmp_path, "db", "seed", "--event", "no-such.yaml").expect(
        USAGE).stderr
    tickctl(tmp_path, "db", "seed").expect(USAGE)


def test_the_demo_event_goes_into_a_new_embedded_database(binary, tmp_path):
    folder = tmp_path / "new" / "data"
    result = tickctl(tmp_path, "db", "seed", "--event", "demo", "--data-dir", str(folder)).expect(OK)
    assert "1000 seats inserted" in result.stdout
    connection = sqlite3.connect(folder / "tickctl.sqlite")
    assert connection.execute("select count(*) from seats").fetchone() == (1000,)
    connection.close()


def test_the_sale_is_exported_as_it_stands(platform):
    buyer, seats = platform.buyer().arrive(), platform.seats(2)
    order = buyer.buy("export-" + buyer.user, *seats)
    mine = {table: [row for row in exported(platform, table, "--event", EVENT)
                    if buyer.user in json.dumps(row) or order["orderId"] in json.dumps(row)]
            for table in ("intents", "orders", "tickets", "payments")}
    intent, bought, payment = mine["intents"][0], mine["orders"][0], mine["payments"][0]
    assert bought["status"] == "CONFIRMED" and bought["seat_ids"] == sorted(seats) and bought["reason"] is None
    assert bought["idempotency_key"] == order["idem"] and bought["total_minor"] == order["total"]
    assert sum(intent["prices_minor"]) == order["total"] and intent["intent_id"] == bought["intent_id"]
    assert sorted(t["seat_id"] for t in mine["tickets"]) == sorted(seats)
    assert (payment["status"], payment["amount_minor"], payment["order_id"]) == ("CAPTURED", order["total"],
                                                                              order["orderId"])
    text = operate(platform, "db", "export", "--table", "orders", "--format", "csv").expect(OK).stdout
    row = next(r for r in csv.DictReader(io.StringIO(text)) if r["order_id"] == order["orderId"])
    assert json.loads(row["seat_ids"]) == sorted(seats) and row["reason"] == ""
    assert {k: row[k] for k in ("user_id", "created_at")} == {k: bought[k] for k in ("user_id", "created_at")}
    everything = [json.loads(line) for line in operate(platform, "db", "export").expect(OK).stdout.splitlines()]
    assert {row["table"] for row in everything} == {"events", "intents", "orders", "tickets", "payments"}


def test_more_rows_than_one_page_holds_come_once_each(platform):
    """5,000 rows, in the order of their keys, none twice."""
    if platform.name == "embedded":
        connection = sqlite3.connect(platform.database, timeout=120)
        with connection:
            connection.executemany(
                "insert into intents values (?, ?, 'many', 'many-event', '[]', '[]', 'JPY', 0, 0)",
                [(f"int_many_{n:05}", f"key-many-{n}") for n in range(5_000)])
        connection.close()
    else:
        platform.database.psql(
            "insert into intents select 'int_many_' || lpad(n::text, 5, '0'), 'key-many-' || n, 'many', 'many-event', "
            "'{R1C1}', '{1}', 1, 'JPY', now(), now() from generate_series(0, 4999) n")
    rows = [row["intent_id"] for row in exported(platform, "intents") if row["user_id"] == "many"]
    assert rows == [f"int_many_{n:05}" for n in range(5_000)]


def test_bad_exports(platform, tmp_path):
    assert "there are: event-0001" in operate(platform, "db", "export", "--event", "no-such").expect(USAGE).stderr
    assert "--table" in operate(platform, "db", "export", "--format", "csv").expect(USAGE).stderr
    operate(platform, "db", "export", "--table", "secrets").expect(USAGE)
    operate(platform, "db", "export", "--format", "xml").expect(USAGE)
    nothing = tickctl(tmp_path, "db", "export").expect(REFUSED)
    assert "--data-dir" in nothing.stderr and not (tmp_path / ".tickctl").exists()


def test_an_export_that_cannot_be_written_is_an_error(platform):
    environment = {k: v for k, v in next(iter(platform.services.values())).environment.items()
                   if k not in ("PATH", "HOME")}
    data = ("--data-dir", str(platform.folder / "data")) if platform.name == "embedded" else ()
    with open("/dev/full", "w") as full:
        result = tickctl(platform.folder, "db", "export", *data, output=full, **environment)
    assert result.code == FAILED and "not complete" in result.stderr


def test_no_secret_is_exported(platform):
    text = operate(platform, "db", "export").expect(OK).stdout
    services = next(iter(platform.services.values())).environment
    for name in ("ROOM_TOKEN_KEY", "WEBHOOK_SECRET"):
        assert services[name] not in text
    assert "fingerprint" not in text and "answer" not in text
