"""The ASGI middleware around ministack: records, delays, breaks and bends calls, and answers /_weather."""
import asyncio
import fnmatch
import json
import os
import signal
import time
from urllib.parse import parse_qsl

import clock
import connections
import corrections
import deployments
import refusals
import snapshots
import autoscaling
import items
import queues
import quotas
from paging import Pager
from recorder import Recorder
from rules import answer_of, rule_from
from stale import StaleReads
from states import SlowStates
from wire import Answer, Call, error_answer, identify

KILL_SCOPES = {"mutating": ("write", "lock"), "any": ("read", "write", "lock"), "registry": ("registry",)}
TOKEN_EXPIRED = {"ec2": (400, "RequestExpired", "Request has expired.")}


class Settings:
    """Everything `POST /_weather` sets; `POST /_weather/reset` makes it new."""

    def __init__(self):
        self.delay_ms = 0.0
        self.clock_offset_seconds = 0.0
        self.rules = []
        self.kill = None
        self.expire = None
        self.calls_by_scope = {"any": 0, "write": 0}


class Weather:
    def __init__(self, app, ready):
        self.app, self.ready = app, ready
        self.recorder = Recorder()
        self.reset()

    def reset(self):
        self.settings = Settings()
        self.stale, self.states, self.pager = StaleReads(), SlowStates(), Pager()
        clock.run()
        corrections.reset_settings()
        queues.weather.configure(None)
        items.configure(None)
        quotas.configure(None)
        autoscaling.configure(None)
        self.recorder.is_on = True

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            return await self.app(scope, receive, self.announce(send))
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        path = scope["path"]
        body = await read_body(receive)
        if path == "/_weather" or path.startswith("/_weather/"):
            return await reply(send, await self.control(scope, path, body))
        if path.startswith(("/_ministack", "/_localstack", "/_alb")) or path == "/health":
            if path == "/_ministack/reset":
                autoscaling.reset()
                corrections.reset()
                self.recorder.reset()
                self.reset()
            return await self.app(scope, replay(body), send)
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        raw = (scope.get("raw_path") or path.encode()).decode("latin-1")
        call = identify(scope["method"], path, raw, scope["query_string"].decode("latin-1"), headers, body,
                        scope.get("client"))
        entry = self.recorder.begin(call)
        answer = await self.handle(call, scope, entry)
        self.recorder.end(entry, answer)
        if answer is None:
            connections.cut(call.client)
        elif entry.pop("truncate", False):
            await send_truncated(send, answer, call.client)
        else:
            await reply(send, answer, head=call.method == "HEAD", ahead=self.settings.clock_offset_seconds)

    def announce(self, send):
        async def wrapped(message):
            await send(message)
            if message["type"] == "lifespan.startup.complete":
                self.ready()
        return wrapped

    async def handle(self, call: Call, scope, entry) -> Answer | None:
        """The answer, or None to cut the connection."""
        settings, noted = self.settings, entry["weather"]
        kill = self.kill_due(call)
        if kill == "before":
            noted.append("kill before")
            return await self.shoot()
        if settings.delay_ms and call.kind != "registry":
            await asyncio.sleep(settings.delay_ms / 1000)
        expired = self.expired(call)
        if expired:
            noted.append("expired")
            return expired
        after = None
        for rule in settings.rules:
            if not rule.hit(call):
                continue
            noted.append(rule.effect)
            if rule.slow_ms:
                await asyncio.sleep(rule.slow_ms / 1000)
            while rule.effect == "hold" and any(
                    other.effect == "hold" and other.covers(call) for other in self.settings.rules):
                await asyncio.sleep(0.02)
            if rule.effect == "drop_before":
                return None
            if rule.effect in ("throttle", "error", "server_error", "conflict") and not rule.execute:
                return answer_of(rule, call)
            if rule.effect == "partial":
                return await self.execute_half(call, scope, noted)
            if rule.effect not in ("slow", "hold"):
                after = rule
            break
        answer = await self.execute(call, scope, noted)
        if kill == "after":
            noted.append("kill after")
            entry["status"] = answer.status
            return await self.shoot()
        if after is not None:
            if after.effect == "drop_after":
                return None
            if after.effect == "truncate":
                entry["truncate"] = True
            else:
                return answer_of(after, call)
        return answer

    async def execute_half(self, call, scope, noted) -> Answer:
        """A batch of which only the first half was done, and whose answer says so."""
        whole, (call.body, complete) = call.body, items.halve(call)
        try:
            answer = await self.execute(call, scope, noted)
        finally:
            call.body = whole
        return answer.with_body(json.dumps(complete(json.loads(answer.body))).encode()) if answer.status == 200 \
            else answer

    async def execute(self, call, scope, noted) -> Answer:
        """ministack's answer, then what stale reads, slow states and paging make of it."""
        page = self.pager.continued(call)
        if page is not None:
            return page
        old = self.stale.answer_for(call)
        if old is not None:
            noted.append("stale")
            return self.stale.hide_new(call, old)
        # What AWS has begun it ends, though the caller is gone: a call is never half corrected.
        answer = await asyncio.shield(asyncio.ensure_future(self.executed(call, scope)))
        self.stale.observe(call, answer)
        answer = self.stale.hide_new(call, answer)
        answer = self.states.bend(call, answer)
        return self.pager.cut(call, answer)

    async def executed(self, call, scope) -> Answer:
        answer = await corrections.before(call)
        if answer is None:
            answer = await run(self.app, scope, call.body)
            answer = await corrections.after(call, answer)
        return answer

    def kill_due(self, call: Call):
        settings, kill = self.settings, self.settings.kill
        if call.kind != "registry":
            settings.calls_by_scope["any"] += 1
            settings.calls_by_scope["write"] += call.kind in ("write", "lock")
        if not kill or call.kind not in KILL_SCOPES[kill["scope"]] or not (
                fnmatch.fnmatchcase(call.service, kill["service"]) and fnmatch.fnmatchcase(call.action, kill["action"])):
            return None
        kill["seen"] += 1
        if kill["seen"] == kill["after"]:
            kill["done"] = f"{call.service}:{call.action}"
            return kill["when"]
        return None

    async def shoot(self):
        kill = self.settings.kill
        while kill["pid"] is None and self.settings.kill is kill:
            await asyncio.sleep(0.02)
        if kill["pid"] is not None:
            try:
                os.kill(kill["pid"], signal.SIGKILL)
            except ProcessLookupError:
                pass
        return None

    def expired(self, call: Call):
        expire = self.settings.expire
        if not expire or call.kind == "registry":
            return None
        expire["seen"] += 1
        if expire["seen"] < expire["after"]:
            return None
        if expire["key"] is None:
            expire["key"] = identity_of(call)
        if identity_of(call) != expire["key"]:
            return None
        status, code, message = TOKEN_EXPIRED.get(call.service, (
            403 if call.protocol in ("query", "rest-xml") else 400,
            "ExpiredToken" if call.protocol in ("query", "rest-xml") else "ExpiredTokenException",
            "The security token included in the request is expired"))
        return error_answer(call, status, code, message)

    async def control(self, scope, path, body) -> Answer:
        query = dict(parse_qsl(scope["query_string"].decode()))
        try:
            if path == "/_weather/reset":
                self.reset()
            elif path == "/_weather/snapshot":
                return plain({"containers": snapshots.save(query.get("name", "default"))})
            elif path == "/_weather/restore":
                self.recorder.reset()
                self.reset()
                return plain({"containers": snapshots.restore(query.get("name", "default"))})
            elif path == "/_weather/log/clear":
                self.recorder.reset()
            elif path == "/_weather/log":
                full = query.pop("full", "") in ("1", "true")
                since = int(query.pop("since", 0))
                chosen = self.recorder.select(since=since, **query)
                return plain({"calls": [self.recorder.view(e, full) for e in chosen]})
            elif path == "/_weather/stats":
                return plain(self.recorder.stats())
            elif path == "/_weather" and scope["method"] == "POST":
                self.apply(json.loads(body or b"{}"))
            elif path != "/_weather":
                return plain({"error": f"no such control: {path}"}, 404)
        except (ValueError, TypeError, KeyError) as error:
            return plain({"error": f"{type(error).__name__}: {error}"}, 400)
        return plain(self.status())

    def apply(self, wanted: dict) -> None:
        settings = self.settings
        for name, value in wanted.items():
            if name == "delay_ms":
                settings.delay_ms = float(value)
            elif name == "clock_offset_seconds":
                settings.clock_offset_seconds = float(value)
            elif name == "free_addresses":
                corrections.configure_addresses(None if value is None else int(value))
            elif name == "quotas":
                quotas.configure(value)
            elif name == "rules":
                settings.rules = [rule_from(r) for r in value]
            elif name == "add_rules":
                settings.rules += [rule_from(r) for r in value]
            elif name == "kill":
                settings.kill = value and {"pid": value.get("pid"), "after": int(value["after"]), "seen": 0,
                                           "when": value.get("when", "after"),
                                           "scope": value.get("scope", "mutating"),
                                           "service": value.get("service", "*"), "action": value.get("action", "*"),
                                           "done": None}
            elif name == "kill_pid":
                settings.kill["pid"] = int(value)
            elif name == "expire_credentials":
                settings.expire = value and {"after": int(value["after"]), "seen": 0, "key": None}
            elif name == "stale":
                self.stale.configure(value)
            elif name == "advance_seconds":
                clock.advance(float(value))
            elif name == "slow_states":
                self.states.configure(value)
            elif name == "page_size":
                self.pager.configure(value)
            elif name == "queues":
                queues.weather.configure(value)
            elif name == "ttl":
                items.configure(value)
            elif name == "record":
                self.recorder.is_on = bool(value)
            elif name == "queue_name_blocked_seconds":
                refusals.configure(value)
            elif name == "deployments":
                deployments.configure(value)
            elif name == "tasks":
                corrections.configure_tasks(value)
            elif name == "scaling_activities":
                autoscaling.configure(value)
            else:
                raise ValueError(f"unknown setting {name!r}")

    def status(self) -> dict:
        settings = self.settings
        return {"delay_ms": settings.delay_ms, "calls": settings.calls_by_scope, "kill": settings.kill,
                "expire_credentials": settings.expire and {k: settings.expire[k] for k in ("after", "seen")},
                "rules": [{"effect": r.effect, "service": r.service, "action": r.action, "matched": r.matched,
                           "hits": r.hits} for r in settings.rules],
                "stale": self.stale.settings, "slow_states": self.states.settings, "page_size": self.pager.size,
                "queues": queues.weather.settings, "deployments": deployments.settings(), "ttl": items.setting(), "record": self.recorder.is_on,
                "time": time.time()}


def identity_of(call: Call) -> str:
    return call.access_key + "/" + call.headers.get("x-amz-security-token", "")


async def read_body(receive) -> bytes:
    parts = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return b"".join(parts)
        parts.append(message.get("body", b""))
        if not message.get("more_body"):
            return b"".join(parts)


def replay(body: bytes):
    sent = False

    async def receive():
        nonlocal sent
        if sent:
            await asyncio.Event().wait()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}
    return receive


async def run(app, scope, body: bytes) -> Answer:
    """Calls an ASGI application and collects its whole answer."""
    status, headers, parts = 500, [], []

    async def collect(message):
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status, headers = message["status"], list(message.get("headers", []))
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))
    await app(scope, replay(body), collect)
    return Answer(status, headers, b"".join(parts))


def plain(payload, status=200) -> Answer:
    data = json.dumps(payload, default=str).encode()
    return Answer(status, [(b"content-type", b"application/json"), (b"content-length", str(len(data)).encode())], data)


async def reply(send, answer: Answer, head: bool = False, ahead: float = 0.0) -> None:
    headers = answer.headers
    if not head and not any(k.lower() == b"content-length" for k, _ in headers) and answer.status not in (204, 304):
        headers = headers + [(b"content-length", str(len(answer.body)).encode())]
    if ahead or not any(k.lower() == b"date" for k, _ in headers):
        from email.utils import formatdate
        headers = [(k, v) for k, v in headers if k.lower() != b"date"] + [(b"date", formatdate(time.time() + ahead, usegmt=True).encode())]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body})


async def send_truncated(send, answer: Answer, client) -> None:
    """Half of the body under the whole one's Content-Length, then the connection dies."""
    headers = [(k, v) for k, v in answer.headers if k.lower() != b"content-length"]
    headers.append((b"content-length", str(max(len(answer.body), 2)).encode()))
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body[:len(answer.body) // 2], "more_body": True})
    connections.cut(client)
