"""Weather rules: which calls they hit, and what then happens. Deterministic by seed and by the order of arrival."""
import fnmatch
import random
from collections import Counter
from dataclasses import dataclass, field

import items
from wire import Call, error_answer

EFFECTS = {"throttle", "error", "server_error", "drop_before", "drop_after", "truncate", "slow", "hold", "conflict",
           "partial"}
FIELDS = {"service", "action", "region", "kind", "contains", "nth", "every", "after", "count", "probability", "seed",
          "each", "effect", "status", "code", "message", "slow_ms", "headers", "execute"}


@dataclass
class Rule:
    """All given conditions must hold. `nth` (number or list, from 1), `every`, `after` count the calls that match;
    `count` ends the rule after that many hits, `each` after that many of one and the same call; `probability` draws from
    `seed`."""
    effect: str
    service: str = "*"
    action: str = "*"
    region: str = "*"
    kind: str = "read,write,lock"
    contains: str = ""
    nth: object = None
    every: int = 0
    after: int = 0
    count: int = 0
    each: int = 0
    probability: float = 1.0
    seed: int = 1
    status: int = 0
    code: str = ""
    message: str = ""
    slow_ms: float = 0
    headers: dict = field(default_factory=dict)
    execute: bool = False  # an error answer after the call was executed all the same
    matched: int = 0
    hits: int = 0

    def __post_init__(self):
        if self.effect not in EFFECTS:
            raise ValueError(f"unknown effect {self.effect!r}; one of {sorted(EFFECTS)}")
        self.random = random.Random(self.seed)
        self.hits_of: Counter = Counter()

    def covers(self, call: Call) -> bool:
        """Whether the call is of the rule's kind, whatever its number."""
        return fnmatch.fnmatchcase(call.service, self.service) and fnmatch.fnmatchcase(call.action, self.action) \
            and fnmatch.fnmatchcase(call.region, self.region) and call.kind in self.kind.split(",") \
            and (not self.contains or self.contains.encode() in call.body or self.contains in call.raw_path)

    def hit(self, call: Call) -> bool:
        if self.count and self.hits >= self.count or not self.covers(call):
            return False
        self.matched += 1
        if self.nth is not None:
            wanted = self.nth if isinstance(self.nth, list) else [self.nth]
            if self.matched not in wanted:
                return False
        if self.every and self.matched % self.every:
            return False
        if self.matched <= self.after or self.random.random() >= self.probability:
            return False
        identity = (call.service, call.action, call.region, call.raw_path, call.body)
        if self.each and self.hits_of[identity] >= self.each:
            return False
        self.hits_of[identity] += self.each > 0
        self.hits += 1
        return True


def rule_from(payload: dict) -> Rule:
    unknown = set(payload) - FIELDS
    if unknown or "effect" not in payload:
        raise ValueError(f"rule needs `effect`; unknown fields: {sorted(unknown)}")
    return Rule(**payload)


def throttle_code(call: Call) -> tuple[int, str, str]:
    """Status, code and message of a throttle, as the protocol's services word it."""
    if call.service == "ec2":
        return 503, "RequestLimitExceeded", "Request limit exceeded."
    if call.service == "s3":
        return 503, "SlowDown", "Please reduce your request rate."
    if call.service == "registry":
        return 429, "TOOMANYREQUESTS", "too many requests"
    if call.protocol in ("query", "rest-xml"):
        return 400, "Throttling", "Rate exceeded"
    if call.service == "dynamodb" and call.action in items.ITEM_ACTIONS:
        return 400, "ProvisionedThroughputExceededException", "The level of configured provisioned throughput for the " \
            "table was exceeded. Consider increasing your provisioning level with the UpdateTable API."
    return 400, "ThrottlingException", "Rate exceeded"


def answer_of(rule: Rule, call: Call):
    """The answer of an error-like effect."""
    if rule.effect == "conflict":
        return items.conflict(call)
    if rule.effect == "throttle":
        status, code, message = throttle_code(call)
    elif rule.effect == "server_error":
        status, code, message = 500, "InternalError" if call.protocol != "json" else "InternalServerError", \
            "An internal error occurred"
    else:
        status, code, message = 400, "ValidationException", "refused by a rule"
    return error_answer(call, rule.status or status, rule.code or code, rule.message or message, rule.headers)
