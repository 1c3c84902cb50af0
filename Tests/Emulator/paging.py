"""Forces small pages onto list answers that ministack gives whole, by botocore's own paginator tables.

The first call of a list is cut and its rest kept; the next token is ours and is answered from what was kept.
"""
import copy
import itertools
import json

from wire import Answer, Call, local, paginators, service_model
from xmltree import child, parse, sub, write

KEPT_LIMIT = 4096


class Pager:
    def __init__(self):
        self.size = 0
        self.kept: dict[str, tuple] = {}
        self.numbers = itertools.count(1)

    def configure(self, value):
        self.size = int(value or 0)

    def continued(self, call: Call):
        """The next page, when the call carries one of our tokens."""
        if not self.kept or b"page-" not in call.body and "page-" not in call.query_string:
            return None
        table = paginators(call.service).get(call.action)
        if not table:
            return None
        for name in listed(table["input_token"]):
            token = find_token(call, name)
            if token in self.kept:
                answer, offset = self.kept[token]
                return self._slice(call, answer, table, offset)
        return None

    def cut(self, call: Call, answer: Answer) -> Answer:
        # S3's lists are repeated elements, and ministack pages them by their max-keys.
        if not self.size or call.kind != "read" or answer.status >= 400 or call.service == "s3":
            return answer
        table = paginators(call.service).get(call.action)
        return self._slice(call, answer, table, 0) if table else answer

    def _slice(self, call, answer, table, offset):
        if call.protocol == "json":
            return self._slice_json(answer, table, offset)
        return self._slice_xml(call, answer, table, offset)

    def _token(self, answer, offset) -> str:
        if len(self.kept) > KEPT_LIMIT:
            self.kept.clear()
        token = f"page-{next(self.numbers)}-{offset}"
        self.kept[token] = (answer, offset)
        return token

    def _slice_json(self, answer, table, offset):
        payload = json.loads(answer.body)
        names = [n for n in listed(table["result_key"]) if isinstance(payload.get(n), list)]
        output = listed(table["output_token"])[0]
        if not names or payload.get(output) and not str(payload[output]).startswith("page-"):
            return answer
        total = max(len(payload[n]) for n in names)
        if total - offset <= self.size and offset == 0:
            return answer
        for name in names:
            payload[name] = payload[name][offset:offset + self.size]
        payload.pop(output, None)
        if offset + self.size < total:
            payload[output] = self._token(answer, offset + self.size)
        return answer.with_body(json.dumps(payload).encode())

    def _slice_xml(self, call, answer, table, offset):
        root = parse(answer.body)
        if root is None:
            return answer
        root = copy.deepcopy(root)
        result = child(root, f"{call.action}Result")
        result = root if result is None else result
        paths = [path_of(call.service, call.action, key) for key in listed(table["result_key"])]
        holders = [h for h in (self._holder(result, p) for p in paths if p) if h is not None]
        token_path = listed(table["output_token"])[0].split(".")
        place = result
        if len(token_path) > 1 and local(root.tag) != token_path[0]:
            place = child(result, *token_path[:-1])
        elif len(token_path) > 1:
            place = root
        name = wire_name(call.service, call.action, token_path[-1])
        if not holders or place is None or child(place, name) is not None and child(place, name).text:
            return answer
        total = max(len(h) for h in holders)
        if total - offset <= self.size and offset == 0:
            return answer
        for holder in holders:
            for index, item in enumerate(list(holder)):
                if not offset <= index < offset + self.size:
                    holder.remove(item)
        more = offset + self.size < total
        old = child(place, name)
        if old is not None:
            place.remove(old)
        if more:
            sub(place, name, self._token(answer, offset + self.size))
        flag = child(place, "IsTruncated")
        if flag is not None:
            flag.text = "true" if more else "false"
        return answer.with_body(write(root))

    @staticmethod
    def _holder(result, path):
        path = path[1:] if local(result.tag) == path[0] and len(path) > 1 else path
        return child(result, *path)


def listed(value) -> list:
    return value if isinstance(value, list) else [value]


def find_token(call: Call, name: str) -> str:
    value = call.input.get(name)
    return value if isinstance(value, str) else ""


def path_of(service, action, key):
    """The wire names from the result element to a list member, e.g. ["vpcSet"]; None for JMESPath expressions."""
    model = service_model(service)
    shape = model["shapes"][model["operations"][action]["output"]["shape"]]
    names = []
    for part in key.split("."):
        member = shape.get("members", {}).get(part)
        if member is None:
            return None
        names.append(member.get("locationName", part))
        shape = model["shapes"][member["shape"]]
    return names


def wire_name(service, action, name):
    model = service_model(service)
    shape = model["shapes"][model["operations"][action]["output"]["shape"]]
    return shape.get("members", {}).get(name, {}).get("locationName", name)
