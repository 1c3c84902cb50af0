"""The in-memory record of every API call, and its views."""
import base64
import fnmatch
import time
from collections import Counter

from wire import Call, error_code

BODY_LIMIT_BYTES = 256 * 1024  # longer bodies (image layers) are recorded by length only
CALL_LIMIT = 200_000


class Recorder:
    def __init__(self):
        self.calls: list[dict] = []
        self.next_sequence = 1
        self.is_on = True

    def reset(self):
        self.calls.clear()
        self.next_sequence = 1

    def begin(self, call: Call) -> dict:
        entry = {"seq": self.next_sequence, "time": time.time(), "started": time.perf_counter(), "call": call,
                 "status": None, "error": "", "weather": [], "ms": None}
        self.next_sequence += 1
        if self.is_on and len(self.calls) < CALL_LIMIT:
            self.calls.append(entry)
        return entry

    def end(self, entry: dict, answer):
        entry["ms"] = round((time.perf_counter() - entry.pop("started")) * 1000, 2)
        if answer is not None and self.is_on:
            entry["status"] = answer.status
            entry["error"] = error_code(entry["call"], answer)
        call = entry["call"]
        if len(call.body) > BODY_LIMIT_BYTES:
            entry["body_bytes"] = len(call.body)
            call.body = b""

    def select(self, service=None, action=None, kind=None, region=None, since=0, errors=None):
        """Entries whose service/action match the shell patterns given."""
        for entry in self.calls:
            call = entry["call"]
            if entry["seq"] <= since or service and not fnmatch.fnmatchcase(call.service, service) \
                    or action and not fnmatch.fnmatchcase(call.action, action) \
                    or kind and call.kind not in kind.split(",") or region and call.region != region \
                    or errors and not entry["error"]:
                continue
            yield entry

    def view(self, entry: dict, full: bool) -> dict:
        call = entry["call"]
        shown = {"seq": entry["seq"], "time": entry["time"], "service": call.service, "region": call.region,
                 "action": call.action, "kind": call.kind, "access_key": call.access_key, "status": entry["status"],
                 "error": entry["error"], "ms": entry["ms"], "weather": entry["weather"], "input": call.input}
        if full:
            headers = {k: "redacted" if k in ("authorization", "x-amz-security-token") else v
                       for k, v in call.headers.items()}
            shown |= {"method": call.method, "path": call.raw_path, "query": call.query_string, "headers": headers,
                      "protocol": call.protocol, "needs": call.needs, "denied": call.denied, "body_base64": base64.b64encode(call.body).decode(),
                      "body_bytes": entry.get("body_bytes", len(call.body))}
        return shown

    def stats(self) -> dict:
        kinds, actions, errors, regions = Counter(), Counter(), Counter(), Counter()
        for entry in self.calls:
            call = entry["call"]
            kinds[call.kind] += 1
            regions[call.region] += 1
            actions[f"{call.service}:{call.action}"] += 1
            if entry["error"]:
                errors[f"{call.service}:{call.action}:{entry['error']}"] += 1
        return {"total": len(self.calls), "api": len(self.calls) - kinds["registry"], **{k: kinds[k] for k in
                ("read", "write", "lock", "registry")}, "actions": dict(actions.most_common()),
                "errors": dict(errors.most_common()), "regions": dict(regions),
                "busy_ms": round(sum(e["ms"] or 0 for e in self.calls), 1)}
