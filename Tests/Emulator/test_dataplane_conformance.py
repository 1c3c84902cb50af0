"""DynamoDB and SQS FIFO of the emulator against conformance.yaml, row by row, by real clients and real threads."""
import random
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.exceptions import ClientError

from conformance import CHECKS, checks, rows

TABLE = "seats"
TRANSACTION = "TransactionCanceledException"


def test_every_row_has_its_check_and_every_check_its_row():
    identifiers = [identifier for identifier, _ in rows()]
    assert sorted(identifiers) == sorted(set(identifiers)) == sorted(CHECKS)


@pytest.mark.parametrize("identifier, row", [pytest.param(i, r, id=f"{r['service']}-{i}") for i, r in rows()])
def test_conformance(emulator, identifier, row):
    subject = Table(emulator) if row["service"] == "dynamodb" else Queues(emulator)
    try:
        CHECKS[identifier](subject)
    except AssertionError as error:
        raise AssertionError(f"{row['fact']} ({row['url']}): {error}") from error


def refused(code, call, **arguments):
    """The answer of a refusal with that code."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    assert caught.value.response["Error"]["Code"] == code, caught.value
    return caught.value.response


def typed(value):
    if isinstance(value, bool):
        return {"BOOL": value}
    if isinstance(value, int):
        return {"N": str(value)}
    if isinstance(value, set):
        return {"SS": sorted(value)}
    if isinstance(value, list):
        return {"L": [typed(v) for v in value]}
    return value if isinstance(value, dict) else {"S": value}


def plain(item):
    def one(value):
        (kind, inner), = value.items()
        return {"N": int, "SS": set, "L": lambda x: [one(v) for v in x]}.get(kind, lambda x: x)(inner)
    return {k: one(v) for k, v in (item or {}).items()}


class Table:
    """A table with partition key `p`, sort key `s`, a sparse index over `unsent`, and `ttl`."""

    def __init__(self, emulator):
        self.emulator, self.client = emulator, emulator.client("dynamodb")
        self.client.create_table(
            TableName=TABLE, BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": "S"} for n in ("p", "s", "unsent")],
            KeySchema=[{"AttributeName": "p", "KeyType": "HASH"}, {"AttributeName": "s", "KeyType": "RANGE"}],
            GlobalSecondaryIndexes=[{
                "IndexName": "unsent", "Projection": {"ProjectionType": "ALL"},
                "KeySchema": [{"AttributeName": "unsent", "KeyType": "HASH"}]}])
        self.client.update_time_to_live(TableName=TABLE, TimeToLiveSpecification={
            "Enabled": True, "AttributeName": "ttl"})

    @staticmethod
    def key(sort, partition="E#1"):
        return {"p": {"S": partition}, "s": {"S": sort}}

    @staticmethod
    def options(condition=None, values=None, names=None, **more):
        options = dict(more)
        if condition:
            options["ConditionExpression"] = condition
        if values:
            options["ExpressionAttributeValues"] = {":" + k: typed(v) for k, v in values.items()}
        if names:
            options["ExpressionAttributeNames"] = {"#" + k: v for k, v in names.items()}
        return options

    def put(self, sort, condition=None, values=None, more=None, **attributes):
        return self.client.put_item(
            TableName=TABLE, Item={**self.key(sort), **{k: typed(v) for k, v in attributes.items()}},
            **self.options(condition, values, **(more or {})))

    def update(self, sort, expression, values=None, condition=None, **more):
        return self.client.update_item(
            TableName=TABLE, Key=self.key(sort), UpdateExpression=expression, **self.options(condition, values, **more))

    def get(self, sort):
        item = plain(self.client.get_item(TableName=TABLE, Key=self.key(sort), ConsistentRead=True).get("Item"))
        return {k: v for k, v in item.items() if k not in ("p", "s")} if item else None

    def holds(self, sort, condition, **values):
        try:
            self.update(sort, "SET touched = :touched", {"touched": "x", **values}, condition)
            return True
        except ClientError as error:
            assert error.response["Error"]["Code"] == "ConditionalCheckFailedException", error
            return False

    def write(self, kind, sort, condition=None, values=None, expression=None, all_old=False, **attributes):
        """One write of a transaction."""
        body = {"TableName": TABLE, **self.options(condition, values)}
        if kind == "Put":
            body["Item"] = {**self.key(sort), **{k: typed(v) for k, v in attributes.items()}}
        else:
            body["Key"] = self.key(sort)
        if expression:
            body["UpdateExpression"] = expression
        if all_old:
            body["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        return {kind: body}

    def transact(self, *writes, token=None):
        return self.client.transact_write_items(
            TransactItems=list(writes), **({"ClientRequestToken": token} if token else {}))

    def cancelled(self, *writes):
        return refused(TRANSACTION, lambda: self.transact(*writes))["CancellationReasons"]

    def query(self, **more):
        return self.client.query(TableName=TABLE, **{
            "KeyConditionExpression": "p = :p", **more,
            "ExpressionAttributeValues": {":p": {"S": "E#1"}, **more.get("ExpressionAttributeValues", {})}})


# MARK: DynamoDB

@checks("attribute-functions")
def _(t):
    t.put("a", words="hold-17", labels={"x", "y"}, parts=["u"])
    for condition, values, expected in [
            ("attribute_exists(words)", {}, True),
            ("attribute_exists(nowhere)", {}, False), ("attribute_not_exists(nowhere)", {}, True),
            ("attribute_not_exists(words)", {}, False), ("attribute_type(labels, :v)", {"v": "SS"}, True),
            ("attribute_type(labels, :v)", {"v": "S"}, False), ("begins_with(words, :v)", {"v": "hold"}, True),
            ("begins_with(words, :v)", {"v": "old"}, False), ("contains(words, :v)", {"v": "d-1"}, True),
            ("contains(labels, :v)", {"v": "x"}, True), ("contains(labels, :v)", {"v": "z"}, False),
            ("contains(parts, :v)", {"v": "u"}, True), ("size(words) = :v", {"v": 7}, True),
            ("size(labels) > :v", {"v": 2}, False), ("words IN (:v, :w)", {"v": "n", "w": "hold-17"}, True),
            ("words IN (:v)", {"v": "n"}, False)]:
        assert t.holds("a", condition, **values) is expected, condition


@checks("numbers-compare-as-numbers")
def _(t):
    t.put("a", ends=9, digits={"N": "12345678901234567890123456789012345678"})
    assert t.holds("a", "ends < :v", v=10) and not t.holds("a", "ends > :v", v=10)
    assert t.holds("a", "ends BETWEEN :v AND :w", v=9, w=100)
    assert t.holds("a", "ends = :v", v={"N": "9.0"}) and t.holds("a", "ends <> :v", v=8)
    assert t.holds("a", "digits > :v", v={"N": "12345678901234567890123456789012345677"})
    assert not t.holds("a", "ends = :v", v="9")


@checks("logic")
def _(t):
    t.put("a", x=1)
    yes, no = "x = :one", "x = :two"
    for condition, expected in [(f"{yes} OR {no} AND {no}", True), (f"({yes} OR {no}) AND {no}", False),
                                (f"NOT {no} AND {yes}", True), (f"NOT ({no} OR {yes})", False)]:
        values = {"one": 1, "two": 2}
        used = {k: v for k, v in values.items() if ":" + k in condition}
        assert t.holds("a", condition, **used) is expected, condition


@checks("condition-on-absent")
def _(t):
    t.put("a", x=1)
    for sort in ("a", "absent"):
        assert not t.holds(sort, "nowhere < :v", v=5) and not t.holds(sort, "nowhere = :v", v=5)
        assert not t.holds(sort, "contains(nowhere, :v)", v="5")
    assert t.holds("a", "attribute_not_exists(nowhere) OR nowhere < :v", v=5)


@checks("put-condition")
def _(t):
    t.put("a", owner="u1")
    code = "ConditionalCheckFailedException"
    refused(code, t.put, sort="a", condition="attribute_not_exists(p)", owner="u2")
    refused(code, t.update, sort="a", expression="SET #o = :o", values={"o": "u2"}, condition="#o = :o",
            names={"o": "owner"})
    answer = refused(code, t.client.delete_item, TableName=TABLE, Key=t.key("a"),
                     **t.options("#o = :o", {"o": "u2"}, {"o": "owner"}))
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400 and "Item" not in answer
    assert t.get("a") == {"owner": "u1"}


@checks("refused-item")
def _(t):
    t.put("a", owner="u1", until=5)
    more = {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    for call in (lambda: t.put("a", "attribute_not_exists(p)", more=more),
                 lambda: t.update("a", "SET x = :x", {"x": 1}, "attribute_not_exists(p)", **more),
                 lambda: t.client.delete_item(TableName=TABLE, Key=t.key("a"),
                                              ConditionExpression="attribute_not_exists(p)", **more)):
        assert plain(refused("ConditionalCheckFailedException", call)["Item"]) == {
            "p": "E#1", "s": "a", "owner": "u1", "until": 5}
    absent = refused("ConditionalCheckFailedException",
                     lambda: t.update("b", "SET x = :x", {"x": 1}, "attribute_exists(p)", **more))
    assert not absent.get("Item")


@checks("return-values")
def _(t):
    t.put("a", x=1)
    assert plain(t.put("a", more={"ReturnValues": "ALL_OLD"}, x=2)["Attributes"])["x"] == 1
    assert plain(t.update("a", "SET x = :x", {"x": 3}, ReturnValues="ALL_NEW")["Attributes"])["x"] == 3
    assert plain(t.update("a", "SET x = :x", {"x": 4}, ReturnValues="ALL_OLD")["Attributes"])["x"] == 3
    gone = t.client.delete_item(TableName=TABLE, Key=t.key("a"), ReturnValues="ALL_OLD")
    assert plain(gone["Attributes"])["x"] == 4
    assert "Attributes" not in t.put("b", more={"ReturnValues": "ALL_OLD"}, x=1)


@checks("update-makes")
def _(t):
    t.update("a", "SET x = :x", {"x": 1})
    assert t.get("a") == {"x": 1}


@checks("update-clauses")
def _(t):
    t.put("a", x=1, y=10, gone="g", trail=["a"])
    t.update("a", "SET x = y, y = x + :two, z = if_not_exists(z, :two), w = if_not_exists(y, :two), "
                  "trail = list_append(trail, :more) REMOVE gone ADD n :two", {"two": 2, "more": ["b", "c"]})
    assert t.get("a") == {"x": 10, "y": 3, "z": 2, "w": 10, "trail": ["a", "b", "c"], "n": 2}
    t.update("a", "ADD n :minus REMOVE nowhere", {"minus": -5})
    assert t.get("a")["n"] == -3


@checks("sets")
def _(t):
    t.update("a", "ADD seats :s", {"s": {"A1", "A2"}})
    t.update("a", "ADD seats :s", {"s": {"A2", "A3"}})
    assert t.get("a") == {"seats": {"A1", "A2", "A3"}}
    t.update("a", "DELETE seats :s", {"s": {"A1", "B9"}})
    assert t.get("a") == {"seats": {"A2", "A3"}}
    t.update("a", "DELETE seats :s", {"s": {"A2", "A3"}})
    assert t.holds("a", "attribute_not_exists(seats)")


@checks("delete-absent")
def _(t):
    assert "Attributes" not in t.client.delete_item(TableName=TABLE, Key=t.key("a"), ReturnValues="ALL_OLD")


@checks("consistent-read")
def _(t):
    for number in range(50):
        t.put("a", x=number)
        assert t.get("a") == {"x": number}


@checks("concurrent-conditions")
def _(t):
    def hold(user):
        client = t.emulator.client("dynamodb")
        won = 0
        for seat in range(20):
            try:
                client.put_item(TableName=TABLE, Item={**t.key(f"S#{seat}"), "owner": {"S": user}},
                                ConditionExpression="attribute_not_exists(p)")
                won += 1
            except ClientError as error:
                assert error.response["Error"]["Code"] == "ConditionalCheckFailedException"
        return won
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(hold, [f"u{n}" for n in range(8)])) == 20


@checks("transaction-all")
def _(t):
    t.put("b", x=1)
    t.put("c", x=1)
    t.put("d", state="open")
    t.transact(t.write("Put", "a", "attribute_not_exists(p)", x=1),
               t.write("Update", "b", "x = :one", {"one": 1}, "SET x = x + :one"), t.write("Delete", "c"),
               t.write("ConditionCheck", "d", "begins_with(p, :e)", {"e": "E#"}))
    assert [t.get(s) for s in "abcd"] == [{"x": 1}, {"x": 2}, None, {"state": "open"}]


@checks("transaction-none")
def _(t):
    t.put("b", x=1)
    reasons = t.cancelled(t.write("Put", "a", x=1), t.write("Update", "b", "x > :one", {"one": 1}, "SET x = :one"),
                          t.write("Put", "c", x=1), t.write("ConditionCheck", "d", "attribute_exists(p)"),
                          t.write("Delete", "b2"))
    assert [r["Code"] for r in reasons] == ["None", "ConditionalCheckFailed", "None", "ConditionalCheckFailed", "None"]
    assert [t.get(s) for s in "abcd"] == [None, {"x": 1}, None, None]


@checks("transaction-refused-item")
def _(t):
    t.put("a", owner="u1")
    taken = "attribute_not_exists(p)"
    reasons = t.cancelled(t.write("Put", "a", taken, all_old=True, owner="u2"),
                          t.write("Put", "b", taken, all_old=True, owner="u2"))
    assert plain(reasons[0]["Item"]) == {"p": "E#1", "s": "a", "owner": "u1"} and "Item" not in reasons[1]
    for kind in ("Update", "Delete", "ConditionCheck"):
        write = t.write(kind, "a", taken, all_old=True, **({"expression": "SET x = :x", "values": {"x": 1}}
                                                           if kind == "Update" else {}))
        assert plain(t.cancelled(write)[0]["Item"])["owner"] == "u1", kind
    assert "Item" not in t.cancelled(t.write("Put", "a", taken))[0]


@checks("transaction-limit")
def _(t):
    t.transact(*[t.write("Put", f"{n:03}", x=n) for n in range(100)])
    assert t.get("099") == {"x": 99}
    refused("ValidationException", lambda: t.transact(*[t.write("Put", f"n{n}", x=n) for n in range(101)]))
    assert t.get("n0") is None


@checks("transaction-duplicate")
def _(t):
    refused("ValidationException", lambda: t.transact(t.write("Put", "a", x=1), t.write("Delete", "a")))
    assert t.get("a") is None


@checks("transaction-token")
def _(t):
    token, write = str(uuid.uuid4()), t.write("Update", "a", None, {"one": 1}, "ADD n :one")
    for _ in range(3):
        t.transact(write, token=token)
    assert t.get("a") == {"n": 1}
    put = t.write("Put", "b", "attribute_not_exists(p)", x=1)
    token = str(uuid.uuid4())
    t.transact(put, token=token)
    t.put("b", x=2)
    t.transact(put, token=token)
    assert t.get("b") == {"x": 2}


@checks("transaction-token-other")
def _(t):
    token = str(uuid.uuid4())
    t.transact(t.write("Put", "a", x=1), token=token)
    refused("IdempotentParameterMismatchException", lambda: t.transact(t.write("Put", "a", x=2), token=token))
    assert t.get("a") == {"x": 1}


@checks("transaction-token-cancelled")
def _(t):
    token, write = str(uuid.uuid4()), t.write("Update", "a", "attribute_exists(p)", {"x": 1}, "SET x = :x")
    refused(TRANSACTION, lambda: t.transact(write, token=token))
    t.put("a")
    t.transact(write, token=token)
    assert t.get("a") == {"x": 1}


@checks("transaction-race")
def _(t):
    seats, rounds, threads = 12, 25, 8

    def buy(user):
        client, draw, won = t.emulator.client("dynamodb"), random.Random(user), {}
        for number in range(rounds):
            chosen = sorted(draw.sample(range(seats * 3), draw.randint(1, 4)))
            hold = f"{user}-{number}"
            try:
                client.transact_write_items(TransactItems=[
                    t.write("Put", f"S#{seat}", "attribute_not_exists(p)", hold=hold) for seat in chosen])
                won[hold] = chosen
            except ClientError as error:
                assert error.response["Error"]["Code"] == TRANSACTION
                codes = {r["Code"] for r in error.response["CancellationReasons"]}
                assert codes & {"ConditionalCheckFailed", "TransactionConflict"}
        return won
    with ThreadPoolExecutor(threads) as pool:
        outcomes = list(pool.map(buy, range(threads)))
    promised = {(hold, seat) for won in outcomes for hold, chosen in won.items() for seat in chosen}
    stored = {(item["hold"]["S"], int(item["s"]["S"][2:])) for item in t.query()["Items"]}
    assert promised == stored and len({seat for _, seat in stored}) == len(stored) > seats
    assert sum(len(won) for won in outcomes) < rounds * threads


@checks("batch-get")
def _(t):
    for number in range(100):
        t.put(f"{number:03}", x=number)
    keys = [t.key(f"{n:03}") for n in range(99)] + [t.key("absent")]
    answer = t.client.batch_get_item(RequestItems={TABLE: {"Keys": keys, "ConsistentRead": True}})
    assert {plain(i)["x"] for i in answer["Responses"][TABLE]} == set(range(99)) and not answer["UnprocessedKeys"]
    for wrong in (keys + [t.key("099")], [t.key("001"), t.key("001")]):
        refused("ValidationException", t.client.batch_get_item, RequestItems={TABLE: {"Keys": wrong}})


@checks("batch-get-unprocessed")
def _(t):
    for sort in "abcde":
        t.put(sort)
    t.emulator.weather(rules=[{"effect": "partial", "action": "BatchGetItem", "count": 1}])
    answer = t.client.batch_get_item(RequestItems={TABLE: {"Keys": [t.key(s) for s in "abcde"]}})
    first = {plain(i)["s"] for i in answer["Responses"][TABLE]}
    again = t.client.batch_get_item(RequestItems=answer["UnprocessedKeys"])
    rest = {plain(i)["s"] for i in again["Responses"][TABLE]}
    assert first == set("abc") and rest == set("de") and not again["UnprocessedKeys"]


@checks("query-pages")
def _(t):
    for number in (3, 1, 4, 0, 2):
        t.put(f"S#{number}", x=number)
    sorts, more, pages = [], {}, 0
    while True:
        page = t.query(Limit=2, **more)
        sorts += [i["s"]["S"] for i in page["Items"]]
        pages += 1
        if "LastEvaluatedKey" not in page:
            break
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
    assert sorts == [f"S#{n}" for n in range(5)] and pages == 3
    assert [i["s"]["S"] for i in t.query(ScanIndexForward=False)["Items"]] == sorts[::-1]
    filtered = t.query(Limit=2, FilterExpression="x > :x", ExpressionAttributeValues={":x": {"N": "1"}})
    assert filtered["Items"] == [] and filtered["ScannedCount"] == 2 and "LastEvaluatedKey" in filtered


@checks("query-ranges")
def _(t):
    for sort in ("C#1", "S#1", "S#2", "S#3", "T#1"):
        t.put(sort)

    def found(condition, **values):
        return [i["s"]["S"] for i in t.query(
            KeyConditionExpression="p = :p AND " + condition,
            ExpressionAttributeValues={":" + k: {"S": v} for k, v in values.items()})["Items"]]
    assert found("begins_with(s, :v)", v="S#") == ["S#1", "S#2", "S#3"]
    assert found("s BETWEEN :v AND :w", v="S#2", w="T#1") == ["S#2", "S#3", "T#1"]
    assert found("s > :v", v="S#3") == ["T#1"]


@checks("sparse-index")
def _(t):
    def unsent():
        return [i["s"]["S"] for i in t.client.query(
            TableName=TABLE, IndexName="unsent", KeyConditionExpression="unsent = :u",
            ExpressionAttributeValues={":u": {"S": "0"}})["Items"]]
    t.put("a", unsent="0")
    t.put("b")
    t.transact(t.write("Put", "c", unsent="0"))
    assert sorted(unsent()) == ["a", "c"]
    t.update("a", "REMOVE unsent")
    assert unsent() == ["c"]
    t.client.delete_item(TableName=TABLE, Key=t.key("c"))
    assert unsent() == []


@checks("index-consistency")
def _(t):
    refused("ValidationException", t.client.query, TableName=TABLE, IndexName="unsent", ConsistentRead=True,
            KeyConditionExpression="unsent = :u", ExpressionAttributeValues={":u": {"S": "0"}})


@checks("ttl-hides-nothing")
def _(t):
    t.put("a", ttl=1, owner="u1")
    assert t.get("a") == {"ttl": 1, "owner": "u1"} and t.query()["Count"] == 1
    refused("ConditionalCheckFailedException", t.put, sort="a", condition="attribute_not_exists(p)")
    t.emulator.weather(ttl="at_once")
    t.put("later", ttl=int(time.time()) + 1000)
    assert t.get("a") is None and t.get("later") is not None
    t.put("a", "attribute_not_exists(p)", ttl=1)
    assert t.query()["Count"] == 1


@checks("unknown-table")
def _(t):
    refused("ResourceNotFoundException", t.client.get_item, TableName="absent", Key=t.key("a"))
    refused("ResourceNotFoundException", t.client.put_item, TableName="absent", Item=t.key("a"))


@checks("conflict")
def _(t):
    t.emulator.weather(rules=[{"effect": "conflict", "service": "dynamodb", "kind": "write"}])
    refused("TransactionConflictException", t.put, sort="a")
    reasons = t.cancelled(t.write("Put", "a"), t.write("Put", "b"))
    assert [r["Code"] for r in reasons] == ["TransactionConflict", "None"]
    t.emulator.fair()
    assert t.query()["Count"] == 0


@checks("throttled")
def _(t):
    t.emulator.weather(rules=[{"effect": "throttle", "service": "dynamodb", "count": 1}])
    answer = refused("ProvisionedThroughputExceededException", t.put, sort="a")
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400 and t.get("a") is None


# MARK: SQS

class Queues:
    """A FIFO queue of high throughput with a dead-letter queue behind it. Visibility an hour unless told otherwise: what is
    received stays in flight on a slow machine, too."""

    def __init__(self, emulator):
        self.emulator, self.client = emulator, emulator.client("sqs")
        self.dead = self.make("dead.fifo")
        arn = self.client.get_queue_attributes(QueueUrl=self.dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        self.redrive = f'{{"deadLetterTargetArn":"{arn}","maxReceiveCount":2}}'
        self.url = self.make("orders.fifo")

    def make(self, name, **attributes):
        return self.client.create_queue(QueueName=name, Attributes={
            "FifoQueue": "true", "DeduplicationScope": "messageGroup", "FifoThroughputLimit": "perMessageGroupId",
            "VisibilityTimeout": "3600", **attributes})["QueueUrl"]

    def send(self, body, group="g", dedup=None, url=None, **more):
        return self.client.send_message(QueueUrl=url or self.url, MessageBody=body, MessageGroupId=group,
                                        MessageDeduplicationId=dedup or body, **more)

    def receive(self, count=10, url=None, client=None, **more):
        return (client or self.client).receive_message(
            QueueUrl=url or self.url, MaxNumberOfMessages=count, MessageSystemAttributeNames=["All"],
            **more).get("Messages", [])

    def bodies(self, **more):
        return [m["Body"] for m in self.receive(**more)]

    def delete(self, message):
        return self.client.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])

    def visibility(self, message, seconds):
        return self.client.change_message_visibility(
            QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=seconds)

    def wait_for(self, **more):
        """The messages, as soon as there are any."""
        deadline = time.monotonic() + 300
        while time.monotonic() < deadline:
            messages = self.receive(**more)
            if messages:
                return messages
            time.sleep(0.05)
        raise AssertionError("no message came within 300 s")


@checks("order-in-group")
def _(q):
    for number in range(25):
        q.send(f"{number}", group=f"g{number % 2}")
    got = {}
    while messages := q.receive(count=3):
        for message in messages:
            got.setdefault(message["Attributes"]["MessageGroupId"], []).append(int(message["Body"]))
            q.delete(message)
    assert got == {"g0": list(range(0, 25, 2)), "g1": list(range(1, 25, 2))}


@checks("group-blocked")
def _(q):
    q.send("1")
    q.send("2")
    first, = q.receive(count=1)
    assert first["Body"] == "1" and q.bodies() == []
    q.delete(first)
    assert q.bodies() == ["2"]


@checks("groups-flow")
def _(q):
    q.send("1", "a")
    q.send("2", "a")
    held, = q.receive(count=1)
    for group in "bcdefghijklm":
        q.send(group, group)
    assert q.bodies() == list("bcdefghijk") and q.bodies() == list("lm") and held["Body"] == "1"


@checks("batch-of-one-group")
def _(q):
    for body in "1234":
        q.send(body)
    first, second = q.receive(count=2)
    assert [first["Body"], second["Body"]] == ["1", "2"]
    q.delete(first)
    assert q.bodies() == []
    q.delete(second)
    assert q.bodies() == ["3", "4"]


@checks("given-back-in-order")
def _(q):
    for body in "123":
        q.send(body)
    one, two = q.receive(count=2)
    q.visibility(two, 0)
    assert q.bodies() == []
    q.visibility(one, 0)
    assert q.bodies() == ["1", "2", "3"]


@checks("deduplication")
def _(q):
    first, again = q.send("body", dedup="d"), q.send("another body", dedup="d")
    assert (again["MessageId"], again["SequenceNumber"]) == (first["MessageId"], first["SequenceNumber"])
    message, = q.receive()
    assert message["Body"] == "body"
    q.delete(message)
    q.send("body", dedup="d")
    assert q.bodies() == []


@checks("deduplication-ends")
def _(q):
    q.emulator.weather(queues={"deduplication_seconds": 0.2})
    first = q.send("body", dedup="d")
    time.sleep(0.3)
    assert q.send("body", dedup="d")["MessageId"] != first["MessageId"]
    assert q.bodies() == ["body", "body"]


@checks("deduplication-scope")
def _(q):
    q.send("1", group="a", dedup="d")
    q.send("2", group="b", dedup="d")
    assert sorted(q.bodies()) == ["1", "2"]
    whole = q.make("whole.fifo", DeduplicationScope="queue", FifoThroughputLimit="perQueue")
    q.send("1", group="a", dedup="d", url=whole)
    q.send("2", group="b", dedup="d", url=whole)
    assert q.bodies(url=whole) == ["1"]


@checks("identifiers")
def _(q):
    refused("MissingParameter", q.client.send_message, QueueUrl=q.url, MessageBody="b", MessageDeduplicationId="d")
    refused("InvalidParameterValue", q.client.send_message, QueueUrl=q.url, MessageBody="b", MessageGroupId="g")


@checks("sequence")
def _(q):
    numbers = [q.send(f"{n}")["SequenceNumber"] for n in range(12)]
    assert all(n.isdigit() for n in numbers) and [int(n) for n in numbers] == sorted({int(n) for n in numbers})
    assert [m["Attributes"]["SequenceNumber"] for m in q.receive()] == numbers[:10]


@checks("trace-header")
def _(q):
    def header(text):
        return {"AWSTraceHeader": {"DataType": "String", "StringValue": text}}
    q.send("1", "a", MessageSystemAttributes=header("Root=1-5f-1"))
    q.client.send_message_batch(QueueUrl=q.url, Entries=[
        {"Id": i, "MessageBody": i, "MessageGroupId": i, "MessageDeduplicationId": i, **more}
        for i, more in (("2", {"MessageSystemAttributes": header("Root=1-5f-2")}), ("3", {}))])
    assert {m["Body"]: m["Attributes"].get("AWSTraceHeader") for m in q.receive()} == {
        "1": "Root=1-5f-1", "2": "Root=1-5f-2", "3": None}


@checks("attributes")
def _(q):
    before = int(time.time() * 1000) - 1
    q.send("body", group="g7", dedup="d7")
    attributes = q.receive()[0]["Attributes"]
    assert attributes["MessageGroupId"] == "g7" and attributes["MessageDeduplicationId"] == "d7"
    assert attributes["ApproximateReceiveCount"] == "1" and attributes["SequenceNumber"].isdigit()
    assert before <= int(attributes["SentTimestamp"]) <= int(attributes["ApproximateFirstReceiveTimestamp"])


@checks("batch-partial")
def _(q):
    answer = q.client.send_message_batch(QueueUrl=q.url, Entries=[
        {"Id": "ok", "MessageBody": "ok", "MessageGroupId": "g", "MessageDeduplicationId": "1"},
        {"Id": "bad", "MessageBody": "\x01", "MessageGroupId": "g", "MessageDeduplicationId": "2"},
        {"Id": "also", "MessageBody": "also", "MessageGroupId": "g", "MessageDeduplicationId": "3"}])
    assert [s["Id"] for s in answer["Successful"]] == ["ok", "also"]
    assert [(f["Id"], f["SenderFault"]) for f in answer["Failed"]] == [("bad", True)]
    assert q.bodies() == ["ok", "also"]


@checks("batch-limits")
def _(q):
    def entries(*identifiers):
        return [{"Id": i, "MessageBody": "b", "MessageGroupId": "g", "MessageDeduplicationId": "d"} for i in identifiers]
    prefix = "AWS.SimpleQueueService."
    for code, wrong in [("TooManyEntriesInBatchRequest", entries(*map(str, range(11)))), ("EmptyBatchRequest", []),
                        ("BatchEntryIdsNotDistinct", entries("1", "1"))]:
        refused(prefix + code, q.client.send_message_batch, QueueUrl=q.url, Entries=wrong)
    refused("InvalidParameterValue", q.receive, count=11)
    assert q.bodies() == []


@checks("long-poll")
def _(q):
    started = time.monotonic()
    assert q.receive(WaitTimeSeconds=1) == [] and time.monotonic() - started >= 0.95
    # A busy machine may be late once: then it is tried again.
    for body in ("first", "second", "third"):
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(q.receive, client=q.emulator.client("sqs"), WaitTimeSeconds=20)
            time.sleep(0.3)
            assert not waiting.done()
            sent = time.monotonic()
            q.send(body)
            message, = waiting.result(300)
            took = time.monotonic() - sent
        assert message["Body"] == body
        q.delete(message)
        if took < 15:
            return
    raise AssertionError(f"a message that comes ends the wait only after {took:.1f} s")


@checks("timeout-ends")
def _(q):
    q.send("1")
    received = time.monotonic()
    first, = q.receive(VisibilityTimeout=1)
    again, = q.wait_for()
    assert time.monotonic() - received >= 1
    assert again["MessageId"] == first["MessageId"] and again["ReceiptHandle"] != first["ReceiptHandle"]
    assert [m["Attributes"]["ApproximateReceiveCount"] for m in (first, again)] == ["1", "2"]


@checks("give-back")
def _(q):
    q.send("1", "a")
    q.send("2", "b")
    one, two = q.receive()
    q.visibility(one, 0)
    again, = q.receive()
    assert again["Body"] == "1" and again["Attributes"]["ApproximateReceiveCount"] == "2"
    answer = q.client.change_message_visibility_batch(QueueUrl=q.url, Entries=[
        {"Id": str(n), "ReceiptHandle": m["ReceiptHandle"], "VisibilityTimeout": 0} for n, m in enumerate((again, two))])
    assert [s["Id"] for s in answer["Successful"]] == ["0", "1"]
    assert sorted(q.bodies()) == ["1", "2"]


@checks("heartbeat")
def _(q):
    q.send("1")
    # On a busy machine a timeout may be over before it is renewed: the next is longer.
    for seconds in (1, 10, 100):
        message, = q.wait_for(VisibilityTimeout=seconds)
        try:
            q.visibility(message, 3600)
            break
        except ClientError as error:
            assert error.response["Error"]["Code"] == "InvalidParameterValue"
    time.sleep(seconds + 0.3)
    assert q.receive() == []
    q.delete(message)
    assert q.receive() == []


@checks("not-in-flight")
def _(q):
    q.send("1")
    message, = q.receive(VisibilityTimeout=0)
    refused("InvalidParameterValue", q.visibility, message=message, seconds=30)
    again, = q.receive()
    refused("InvalidParameterValue", q.visibility, message=message, seconds=30)
    q.delete(again)
    refused("InvalidParameterValue", q.visibility, message=again, seconds=30)
    refused("ReceiptHandleIsInvalid", q.visibility, message={"ReceiptHandle": "never"}, seconds=30)
    answer = q.client.change_message_visibility_batch(QueueUrl=q.url, Entries=[
        {"Id": "0", "ReceiptHandle": again["ReceiptHandle"], "VisibilityTimeout": 30}])
    assert [(f["Id"], f["Code"], f["SenderFault"]) for f in answer["Failed"]] == [("0", "InvalidParameterValue", True)]


@checks("delete-twice")
def _(q):
    q.send("1")
    message, = q.receive()
    for _ in range(2):
        q.delete(message)
    answer = q.client.delete_message_batch(
        QueueUrl=q.url, Entries=[{"Id": "0", "ReceiptHandle": message["ReceiptHandle"]}])
    assert [s["Id"] for s in answer["Successful"]] == ["0"] and not answer.get("Failed")


@checks("delete-expired")
def _(q):
    q.send("1")
    message, = q.receive(VisibilityTimeout=0)
    refused("InvalidParameterValue", q.delete, message=message)
    again, = q.receive()
    assert again["MessageId"] == message["MessageId"]
    refused("InvalidParameterValue", q.delete, message=message)
    answer = q.client.delete_message_batch(QueueUrl=q.url, Entries=[
        {"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate((message, again))])
    assert [(f["Id"], f["Code"]) for f in answer["Failed"]] == [("0", "InvalidParameterValue")]
    assert [s["Id"] for s in answer["Successful"]] == ["1"]


@checks("delete-batch-partial")
def _(q):
    for body in "123":
        q.send(body, body)
    messages = q.receive()
    answer = q.client.delete_message_batch(QueueUrl=q.url, Entries=[
        {"Id": "a", "ReceiptHandle": messages[0]["ReceiptHandle"]}, {"Id": "b", "ReceiptHandle": "never"},
        {"Id": "c", "ReceiptHandle": messages[2]["ReceiptHandle"]}])
    assert [s["Id"] for s in answer["Successful"]] == ["a", "c"]
    assert [(f["Id"], f["Code"]) for f in answer["Failed"]] == [("b", "ReceiptHandleIsInvalid")]
    q.visibility(messages[1], 0)
    assert q.bodies() == [messages[1]["Body"]]


@checks("unknown-receipt")
def _(q):
    refused("ReceiptHandleIsInvalid", q.delete, message={"ReceiptHandle": "never"})


@checks("attempt")
def _(q):
    for body in "123":
        q.send(body)
    first = q.receive(count=2, ReceiveRequestAttemptId="r1")
    again = q.receive(count=2, ReceiveRequestAttemptId="r1")
    assert [(m["Body"], m["ReceiptHandle"]) for m in again] == [(m["Body"], m["ReceiptHandle"]) for m in first]
    assert len(first) == 2 and q.receive(ReceiveRequestAttemptId="r2") == []
    q.delete(again[0])
    assert q.receive(ReceiveRequestAttemptId="r1") == []


@checks("dead-letters")
def _(q):
    q.client.set_queue_attributes(QueueUrl=q.url, Attributes={"RedrivePolicy": q.redrive})
    q.send("poison", dedup="d")
    q.send("next")
    for _ in range(2):
        message, = q.receive(count=1, VisibilityTimeout=0)
        assert message["Body"] == "poison"
    assert q.bodies() == ["next"]
    dead, = q.receive(url=q.dead)
    assert dead["Body"] == "poison" and dead["MessageId"] == message["MessageId"]
    assert dead["Attributes"]["MessageGroupId"] == "g"
    assert dead["Attributes"]["MessageDeduplicationId"] == message["MessageId"]


@checks("counts")
def _(q):
    for body in "123":
        q.send(body, body)
    q.receive(count=1)
    counts = q.client.get_queue_attributes(QueueUrl=q.url, AttributeNames=["All"])["Attributes"]
    assert (counts["ApproximateNumberOfMessages"], counts["ApproximateNumberOfMessagesNotVisible"]) == ("2", "1")


@checks("unknown-queue")
def _(q):
    refused("AWS.SimpleQueueService.NonExistentQueue", q.client.get_queue_url, QueueName="absent.fifo")
    refused("AWS.SimpleQueueService.NonExistentQueue", q.receive, url=q.url.replace("orders", "absent"))


@checks("racing-receivers")
def _(q):
    for number in range(120):
        q.send(f"{number}", group=f"g{number % 12}")
    holders, clashes = {}, []

    def work(_):
        client, got = q.emulator.client("sqs"), []
        while messages := q.receive(count=4, client=client):
            groups = {m["Attributes"]["MessageGroupId"] for m in messages}
            for group in groups:
                if holders.setdefault(group, client) is not client:
                    clashes.append(group)
            got += [(m["Attributes"]["MessageGroupId"], int(m["Body"])) for m in messages]
            for group in groups:
                holders.pop(group, None)
            client.delete_message_batch(QueueUrl=q.url, Entries=[
                {"Id": str(n), "ReceiptHandle": m["ReceiptHandle"]} for n, m in enumerate(messages)])
        return got
    with ThreadPoolExecutor(6) as pool:
        got = [pair for part in pool.map(work, range(6)) for pair in part]
    assert not clashes and sorted(number for _, number in got) == list(range(120))


# MARK: The weather of the data half

def test_the_weather_sends_twice_late_and_lets_receipts_expire_and_groups_stay_in_order(emulator):
    q = Queues(emulator)
    emulator.weather(queues={"duplicate": 0.3, "delay_seconds": 0.3, "expire": 0.3, "shuffle_groups": True, "seed": 7})
    sent, done, expired, empty = [], {}, 0, 0
    deadline = time.monotonic() + 300
    # How often messages are received, and whether a receipt expires, depends on time: it goes on until one has.
    while empty < 8 or not expired:
        assert time.monotonic() < deadline
        if not sent or empty >= 8:
            empty, more = 0, [(f"g{n % 6}", n) for n in range(len(sent), len(sent) + 60)]
            sent += more
            for group, number in more:
                q.send(f"{number}", group)
        messages = q.receive(count=10)
        empty = 0 if messages else empty + 1
        if not messages:
            time.sleep(0.05)
        for message in messages:
            try:
                q.delete(message)
            except ClientError as error:
                assert error.response["Error"]["Code"] == "InvalidParameterValue"
                expired += 1
                continue
            done.setdefault(message["Attributes"]["MessageGroupId"], []).append(int(message["Body"]))
    for group in {g for g, _ in sent}:
        numbers = done[group]
        assert numbers == sorted(numbers) and set(numbers) == {n for g, n in sent if g == group}
    assert sum(map(len, done.values())) > len(sent)
    assert emulator.status()["queues"]["duplicate"] == 0.3
    emulator.fair()
    assert emulator.status()["queues"] is None


def test_a_batch_may_be_done_in_part(emulator):
    q = Queues(emulator)
    emulator.weather(rules=[{"effect": "partial", "service": "sqs", "action": "*Batch", "nth": [1, 3]}])
    entries = [{"Id": str(n), "MessageBody": str(n), "MessageGroupId": "g", "MessageDeduplicationId": str(n)}
               for n in range(5)]
    answer = q.client.send_message_batch(QueueUrl=q.url, Entries=entries)
    assert [s["Id"] for s in answer["Successful"]] == ["0", "1", "2"]
    assert [(f["Id"], f["SenderFault"]) for f in answer["Failed"]] == [("3", False), ("4", False)]
    q.client.send_message_batch(QueueUrl=q.url, Entries=entries)
    messages = q.receive()
    assert [m["Body"] for m in messages] == ["0", "1", "2", "3", "4"]
    answer = q.client.delete_message_batch(QueueUrl=q.url, Entries=[
        {"Id": m["Body"], "ReceiptHandle": m["ReceiptHandle"]} for m in messages])
    assert len(answer["Successful"]) == 3 and [f["Id"] for f in answer["Failed"]] == ["3", "4"]


@pytest.mark.parametrize("effect, left", [("drop_before", ["1"]), ("drop_after", [])])
def test_an_acknowledgement_is_lost_and_happened_or_not(emulator, effect, left):
    q = Queues(emulator)
    q.send("1")
    message, = q.receive()
    emulator.weather(rules=[{"effect": effect, "action": "DeleteMessage", "count": 1}])
    with pytest.raises(Exception, match="Connection"):
        q.delete(message)
    if left:
        q.visibility(message, 0)
    assert q.bodies() == left


def test_calls_go_unrecorded_when_told(emulator):
    emulator.weather(record=False)
    Queues(emulator).send("1")
    assert emulator.stats()["total"] == 0
    emulator.weather(record=True)
    emulator.client("sqs").list_queues()
    assert emulator.stats()["total"] == 1


def test_unknown_settings_are_refused(emulator):
    import urllib.error
    for wrong in ({"queues": {"duplicates": 1}}, {"ttl": "sometimes"}):
        with pytest.raises(urllib.error.HTTPError):
            emulator.weather(**wrong)
