"""DynamoDB's own weather: when items past their time to live go, and transactions that meet others.

AWS deletes expired items "within a few days"; ministack does every minute. Here: never, unless `ttl` is `at_once`.
Source: DynamoDB Developer Guide, "Using time to live (TTL)".
"""
import json
import time

from wire import Answer, Call, error_answer

TTL = ("never", "at_once")
ITEM_ACTIONS = {"GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query", "Scan", "BatchGetItem", "BatchWriteItem",
                "TransactWriteItems", "TransactGetItems"}
CONFLICT = "Transaction is ongoing for the item"
_ttl = "never"


def install() -> None:
    """Ends ministack's reaper: it is the only one that walks the settings, and finds none."""
    from ministack.core.responses import AccountRegionScopedDict
    from ministack.services import dynamodb

    class NothingExpires(AccountRegionScopedDict):
        __slots__ = ()

        def all_items(self):
            return []

    dynamodb._ttl_settings.__class__ = NothingExpires


def configure(value) -> None:
    global _ttl
    if value not in (None, *TTL):
        raise ValueError(f"ttl is one of {', '.join(TTL)}")
    _ttl = value or "never"


def setting() -> str:
    return _ttl


def before(call: Call) -> None:
    """In the account and region of the call."""
    if _ttl == "at_once" and call.service == "dynamodb" and call.action in ITEM_ACTIONS:
        expire()


def expire() -> None:
    from ministack.services import dynamodb
    now = time.time()
    for name, table in list(dynamodb._tables.items()):
        setting = dynamodb._ttl_settings.get(name) or {}
        if setting.get("TimeToLiveStatus") != "ENABLED":
            continue
        attribute = setting["AttributeName"]
        for partition, rows in list(table["items"].items()):
            for sort, item in list(rows.items()):
                value = item.get(attribute, {}).get("N")
                if value is not None and float(value) <= now:
                    dynamodb._remove_item(table, partition, sort)


def conflict(call: Call) -> Answer:
    """What a write answers when another transaction holds one of its items."""
    if call.action != "TransactWriteItems":
        return error_answer(call, 400, "TransactionConflictException", CONFLICT)
    count = len(call.input.get("TransactItems", []))
    reasons = [{"Code": "TransactionConflict", "Message": CONFLICT}] + [{"Code": "None"}] * (count - 1)
    answer = error_answer(call, 400, "TransactionCanceledException", "")
    return answer.with_body(json.dumps({
        "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
        "Message": "Transaction cancelled, please refer cancellation reasons for specific reasons "
                   f"[{', '.join(r['Code'] for r in reasons)}]",
        "CancellationReasons": reasons}).encode())


def halve(call: Call) -> tuple[bytes, callable]:
    """A batch of which the service does the first half: that half as a body, and what makes the whole answer of its
    answer. Raises ValueError for a call that is no batch."""
    data = dict(call.input)
    if call.service == "dynamodb" and call.action == "BatchGetItem":
        kept, left = {}, {}
        for table, request in data["RequestItems"].items():
            keys = request["Keys"]
            half = (len(keys) + 1) // 2
            kept[table] = {**request, "Keys": keys[:half]}
            if keys[half:]:
                left[table] = {**request, "Keys": keys[half:]}
        data["RequestItems"] = kept
        return json.dumps(data).encode(), lambda payload: {**payload, "UnprocessedKeys": left}
    if call.service == "sqs" and call.action.endswith("Batch"):
        entries = data["Entries"]
        half = (len(entries) + 1) // 2
        failed = [{"Id": e["Id"], "Code": "InternalError", "Message": "The request processing has failed because of "
                   "an unknown error.", "SenderFault": False} for e in entries[half:]]
        data["Entries"] = entries[:half]
        return json.dumps(data).encode(), lambda payload: {
            **payload, "Successful": payload.get("Successful", []), "Failed": payload.get("Failed", []) + failed}
    raise ValueError(f"{call.action} is no batch")
