"""Runs operators' commands on a platform's stores, and puts things into those stores that should not be there."""
import hashlib
import json
import os
import sqlite3
import subprocess
import time

from boto3.dynamodb.types import TypeSerializer

from backends import TABLE
from client import EVENT, SECTIONS
from harness import BINARY, Result
from services import Embedded


def tickctl(folder, *arguments, timeout=600, output=subprocess.PIPE, **environment) -> Result:
    started = time.monotonic()
    done = subprocess.run([str(BINARY), *arguments], cwd=folder, stdout=output, stderr=subprocess.PIPE, text=True,
                          timeout=timeout, stdin=subprocess.DEVNULL,
                          env={"PATH": os.environ["PATH"], "HOME": str(folder), **environment})
    return Result(arguments, done.returncode, done.stdout or "", done.stderr, time.monotonic() - started)


def operate(platform, *arguments, **changes) -> Result:
    """A command in the environment of the platform's services."""
    if isinstance(platform, Embedded):
        environment = {**platform.services["all"].environment, **changes}
        arguments += ("--data-dir", str(platform.folder / "data"))
    else:
        environment = {**platform.environment, **changes}
    return tickctl(platform.folder, *arguments, **{k: v for k, v in environment.items() if k not in ("PATH", "HOME")})


def fnv(text: str) -> int:
    value = 0xCBF29CE484222325
    for byte in text.encode():
        value = ((value ^ byte) * 0x100000001B3) % 2**64
    return value


def section_of(seat: str) -> str:
    return next(name for name, seats in SECTIONS.items() if seat in seats)


def purchase(buyer, key: str, intent: dict, *seats: str) -> str:
    """The body of the message that a commit sends."""
    order = {"eventId": EVENT, "intentId": intent["intentId"], "seatIds": list(seats), "userId": buyer.user}
    return json.dumps({"idem": key, "payload": order, "type": "COMMIT_ORDER"}, sort_keys=True, separators=(",", ":"))


class Hand:
    """A hand in a platform's stores, past the services."""

    def __init__(self, platform):
        self.platform = platform
        self.is_embedded = isinstance(platform, Embedded)

    def sql(self, *statements: str):
        """In one transaction, without triggers of foreign keys."""
        if self.is_embedded:
            connection = sqlite3.connect(self.platform.database, timeout=120)
            with connection:
                for statement in statements:
                    connection.execute(statement)
            connection.close()
        else:
            self.platform.database.psql(
                "begin; set local session_replication_role = replica; " + "; ".join(statements) + "; commit")

    def _message(self, queue: str, body: str, group: str):
        if self.is_embedded:
            connection = sqlite3.connect(self.platform.database, timeout=120)
            with connection:
                connection.execute("insert into messages (queue, group_id, body, sent_at) values (?, ?, ?, ?)",
                                   (queue, group, body, int(time.time() * 1000)))
            connection.close()
        else:
            cloud = self.platform.cloud
            url = cloud.dead_letter_url if queue == "dead" else cloud.queue_url
            cloud.queue_client.send_message(QueueUrl=url, MessageBody=body, MessageGroupId=group,
                                            MessageDeduplicationId=hashlib.sha256(os.urandom(8)).hexdigest())

    def dead_letter(self, body: str, group: str = "g-7"):
        self._message("dead", body, group)

    def message(self, body: str, group: str = "g-7"):
        self._message("commit", body, group)

    def forget(self, seat: str):
        """The hold store loses the seat's state."""
        if self.is_embedded:
            self.sql(f"delete from seat_states where seat_id = '{seat}'")
        else:
            self.platform.cloud.table_client.delete_item(TableName=TABLE, Key=item(self._key(seat)))

    def put(self, seat: str, state: str, user: str, idem: str):
        if self.is_embedded:
            self.sql("insert or replace into seat_states (event_id, section_id, seat_id, state, user_id, idem) "
                     f"values ('{EVENT}', '{section_of(seat)}', '{seat}', '{state}', '{user}', '{idem}')")
        else:
            self.platform.cloud.table_client.put_item(
                TableName=TABLE, Item=item({**self._key(seat), "state": state, "user": user, "idem": idem}))

    @staticmethod
    def _key(seat: str) -> dict:
        return {"pk": f"E#{EVENT}#{section_of(seat)}#{fnv(seat) % 8}", "sk": f"S#{seat}"}

    def promise(self, buyer, key: str, intent: dict, seat: str, sent: bool, age: int = 600):
        """A pinned seat and its commit record, as after a crash before the message was sent, or after it was lost."""
        at = int(time.time() - age) * 1000
        self.put(seat, "pinned", buyer.user, key)
        order = json.loads(purchase(buyer, key, intent, seat))["payload"]
        if self.is_embedded:
            seats = json.dumps([{"eventID": EVENT, "sectionID": section_of(seat), "seatID": seat}])
            self.sql("insert into commit_records (idem, fingerprint, purchase, seats, created_at, is_unsent) values "
                     f"('{key}', '{'0' * 64}', '{json.dumps(order)}', '{seats}', {at}, {int(not sent)})")
        else:
            record = {"pk": f"C#{key}", "sk": "C", "fingerprint": "0" * 64, "intentId": intent["intentId"],
                      "eventId": EVENT, "userId": buyer.user, "seatIds": [seat], "sections": [section_of(seat)],
                      "createdAt": at, "keptUntil": at // 1000 + 7 * 86_400}
            if not sent:
                record["unsent"] = str(fnv(key) % 8)
            self.platform.cloud.table_client.put_item(TableName=TABLE, Item=item(record))


def item(values: dict) -> dict:
    return {name: TypeSerializer().serialize(value) for name, value in values.items()}
