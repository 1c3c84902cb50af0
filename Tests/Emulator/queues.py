"""SQS where ministack is wrong about FIFO queues, and the queues' own weather.

| operation | ministack | here, as AWS says | source |
|---|---|---|---|
| SendMessageBatch | AWSTraceHeader lost | kept | API_SendMessageBatchRequestEntry |
| DeleteMessage, DeleteMessageBatch of a message that is gone | ReceiptHandleIsInvalid | success | API_DeleteMessage |
| the same, FIFO, after the visibility timeout | success, or ReceiptHandleIsInvalid when received again | InvalidParameterValue, the message stays | API_DeleteMessage; Developer Guide, "Exactly-once processing" |
| ChangeMessageVisibility of a message not in flight | ReceiptHandleIsInvalid, or success | InvalidParameterValue | API_ChangeMessageVisibility |
| ReceiveMessage with ReceiveRequestAttemptId | ignored | the same messages and receipts again, unless one was changed | API_ReceiveMessage |
| DLQ of a FIFO queue | the deduplication id stays | it is the message's id | Developer Guide, "Dead-letter queues" |

Deletes look their message up by its receipt and not by walking the queue.

Weather (`queues` in README.md): a message sent twice, arriving late, its visibility timeout over too early; groups in another
order. What belongs to one group stays in order in all of them.
"""
import random
import time

DEDUPLICATION_SECONDS = 300.0
RECEIPT_LIMIT = 200_000
FIELDS = {"duplicate": 0.0, "delay_seconds": 0.0, "expire": 0.0, "shuffle_groups": False,
          "deduplication_seconds": DEDUPLICATION_SECONDS, "seed": 1}


class QueueWeather:
    def __init__(self):
        self.configure(None)

    def configure(self, wanted) -> None:
        unknown = set(wanted or {}) - set(FIELDS)
        if unknown:
            raise ValueError(f"unknown fields of queues: {sorted(unknown)}; there are {sorted(FIELDS)}")
        self.settings = wanted and {**FIELDS, **wanted}
        values = {**FIELDS, **(wanted or {})}
        self.duplicate, self.expire = float(values["duplicate"]), float(values["expire"])
        self.delay_seconds, self.shuffle_groups = float(values["delay_seconds"]), bool(values["shuffle_groups"])
        self.deduplication_seconds = float(values["deduplication_seconds"])
        self.random = random.Random(values["seed"])

    def chance(self, probability: float) -> bool:
        return probability > 0 and self.random.random() < probability


weather = QueueWeather()


def install() -> None:
    from ministack.services import sqs
    handlers = sqs._HANDLERS
    send, receive, send_batch = handlers["SendMessage"], handlers["ReceiveMessage"], handlers["SendMessageBatch"]

    pending = []  # what the entries of the batch under way carry

    def sent(data, url):
        if pending:
            data = {**data, "MessageSystemAttributes": pending.pop(0)}
        queue = sqs._get_q(data.get("QueueUrl", url))
        known = len(queue["messages"])
        sqs._DEDUP_WINDOW_S = weather.deduplication_seconds
        answer = send(data, url)
        if queue["is_fifo"] and len(queue["messages"]) > known:
            arrive(sqs, queue)
        return answer

    def sent_batch(data, url):
        # The whole batch may be refused, or else every entry is sent in order.
        pending[:] = [e.get("MessageSystemAttributes") or {} for e in data.get("Entries", [])]
        try:
            return send_batch(data, url)
        finally:
            pending.clear()

    async def received(data, url):
        queue = sqs._get_q(data.get("QueueUrl", url))
        attempt = data.get("ReceiveRequestAttemptId")
        if not attempt or not queue["is_fifo"]:
            return await receive(data, url)
        again = same_receipts(queue, attempt, data)
        if again is not None:
            return answer_again(sqs, again, data)
        answer = await receive(data, url)
        handles = [m["ReceiptHandle"] for m in answer.get("Messages", [])]
        if handles:
            queue.setdefault("attempts", {})[attempt] = (time.time(), [
                (handle, queue["receipts"][handle]["visible_at"]) for handle in handles])
        return answer

    def deleted(data, url):
        queue = sqs._get_q(data.get("QueueUrl", url), "sqs:DeleteMessage")
        if not data.get("ReceiptHandle"):
            raise sqs._Err("MissingParameter", "The request must contain the parameter ReceiptHandle.")
        delete(sqs, queue, data["ReceiptHandle"])
        return {}

    def changed(data, url):
        queue = sqs._get_q(data.get("QueueUrl", url), "sqs:ChangeMessageVisibility")
        change(sqs, queue, data.get("ReceiptHandle", ""), data.get("VisibilityTimeout"))
        return {}

    def batch(one, permission, kind):
        def run(data, url):
            queue = sqs._get_q(data.get("QueueUrl", url), permission)
            entries = data.get("Entries", [])
            sqs._validate_batch_entries(entries, kind + "BatchRequestEntry")
            done, failed = [], []
            for entry in entries:
                try:
                    one(queue, entry)
                    done.append({"Id": entry["Id"]})
                except sqs._Err as error:
                    failed.append({"Id": entry["Id"], "Code": error.code, "Message": error.message,
                                   "SenderFault": True})
            return {"Successful": done, "Failed": failed}
        return run

    handlers["SendMessage"], handlers["SendMessageBatch"], handlers["ReceiveMessage"] = sent, sent_batch, received
    sqs._act_send_message = sent  # what the batch calls
    handlers["DeleteMessage"], handlers["ChangeMessageVisibility"] = deleted, changed
    handlers["DeleteMessageBatch"] = batch(
        lambda queue, entry: delete(sqs, queue, entry.get("ReceiptHandle", "")), "sqs:DeleteMessage", "DeleteMessage")
    handlers["ChangeMessageVisibilityBatch"] = batch(
        lambda queue, entry: change(sqs, queue, entry.get("ReceiptHandle", ""), entry.get("VisibilityTimeout")),
        "sqs:ChangeMessageVisibility", "ChangeMessageVisibility")
    patch_collection(sqs)
    patch_dead_letters(sqs)


def patch_collection(sqs) -> None:
    """Receipts are remembered; groups come in another order and timeouts end early when the weather says so."""
    original = sqs._collect_msgs

    def collect(queue, limit, timeout):
        if not queue["messages"]:
            return []
        if weather.shuffle_groups and queue["is_fifo"]:
            groups = list({m["group_id"] for m in queue["messages"]})
            weather.random.shuffle(groups)
            rank = {group: number for number, group in enumerate(groups)}
            queue["messages"].sort(key=lambda m: rank[m["group_id"]])
        messages = original(queue, limit, timeout)
        receipts = queue.setdefault("receipts", {})
        for message in messages:
            receipts[message["receipt_handle"]] = message
        while len(receipts) > RECEIPT_LIMIT:
            del receipts[next(iter(receipts))]
        if weather.chance(weather.expire):
            # The whole of each group: nothing of it may be in flight behind what is to come again.
            now = time.time()
            for message in messages:
                message["visible_at"] = now
        return messages

    sqs._collect_msgs = collect


def patch_dead_letters(sqs) -> None:
    original = sqs._dlq_sweep

    def sweep(queue):
        if "RedrivePolicy" not in queue["attributes"] or not queue["messages"]:
            return
        original(queue)
        for dead in sqs._queues.values():
            for message in dead["messages"] if dead["is_fifo"] else ():
                if message["sys"].get("DeadLetterQueueSourceArn") and message["dedup_id"] != message["id"]:
                    message["dedup_id"] = message["id"]

    sqs._dlq_sweep = sweep


def arrive(sqs, queue) -> None:
    """The weather of the message just sent, the last one of `queue`."""
    message = queue["messages"][-1]
    if weather.delay_seconds:
        earlier = [m["visible_at"] for m in queue["messages"][:-1]
                   if m["group_id"] == message["group_id"] and m["receive_count"] == 0]
        message["visible_at"] = max([time.time() + weather.random.uniform(0, weather.delay_seconds), *earlier])
    if weather.chance(weather.duplicate):
        queue["fifo_seq"] += 1
        queue["messages"].append({**message, "id": sqs.new_uuid(), "sys": dict(message["sys"]),
                                  "seq": str(queue["fifo_seq"]).zfill(20)})


def delete(sqs, queue, handle) -> None:
    message = known(sqs, queue, handle)
    if message.get("gone"):
        return
    if queue["is_fifo"] and (message["receipt_handle"] != handle or message["visible_at"] <= time.time()):
        raise sqs._Err("InvalidParameterValue", f"Value {handle} for parameter ReceiptHandle is invalid. Reason: The "
                                                "receipt handle has expired.")
    message["gone"] = True
    # By identity: two messages may be equal.
    index = next((i for i, m in enumerate(queue["messages"]) if m is message), None)
    if index is not None:
        del queue["messages"][index]


def change(sqs, queue, handle, seconds) -> None:
    message = known(sqs, queue, handle)
    now, timeout = time.time(), int(seconds if seconds is not None else 30)
    if not 0 <= timeout <= 43200:
        raise sqs._Err("InvalidParameterValue", f"Value {timeout} for parameter VisibilityTimeout is invalid. Reason: "
                                                "Must be between 0 and 43200.")
    if message.get("gone") or message["visible_at"] <= now or message["receipt_handle"] != handle:
        raise sqs._Err("InvalidParameterValue", f"Value {handle} for parameter ReceiptHandle is invalid. Reason: "
                                                "Message does not exist or is not available for visibility timeout "
                                                "change.")
    message["visible_at"] = now + timeout
    if timeout == 0:
        sqs.esm_wake.set()


def known(sqs, queue, handle):
    """The message that the receipt was for."""
    message = queue.get("receipts", {}).get(handle)
    if message is None:
        raise sqs._Err("ReceiptHandleIsInvalid", f'The input receipt handle "{handle}" is not a valid receipt handle.')
    return message


def same_receipts(queue, attempt, data):
    """The messages of that attempt, in flight anew; None when it is another one, over, or something of it changed."""
    at, receipts = queue.get("attempts", {}).get(attempt, (0, []))
    now = time.time()
    if now - at > DEDUPLICATION_SECONDS or not receipts:
        return None
    messages = []
    for handle, visible_at in receipts:
        message = queue["receipts"].get(handle)
        if message is None or message.get("gone") or message["receipt_handle"] != handle \
                or message["visible_at"] != visible_at or visible_at <= now:
            return None
        messages.append(message)
    timeout = data.get("VisibilityTimeout")
    until = now + int(timeout if timeout is not None else queue["attributes"].get("VisibilityTimeout", "30"))
    for message in messages:
        message["visible_at"] = until
    queue["attempts"][attempt] = (now, [(m["receipt_handle"], until) for m in messages])
    return messages


def answer_again(sqs, messages, data) -> dict:
    names = data.get("AttributeNames") or data.get("MessageSystemAttributeNames") or []
    answer = []
    for message in messages:
        entry = {"MessageId": message["id"], "ReceiptHandle": message["receipt_handle"],
                 "MD5OfBody": message["md5_body"], "Body": message["body"]}
        attributes = sqs._build_sys_attrs(message, names)
        answer.append(entry | ({"Attributes": attributes} if attributes else {}))
    return {"Messages": answer}
