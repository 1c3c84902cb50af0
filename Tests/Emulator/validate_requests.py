#!/usr/bin/env python3
"""Validates recorded requests against botocore's service models, from the wire up.

    python validate_requests.py http://127.0.0.1:PORT        the log of a running emulator
    python validate_requests.py log.json                     a saved /_weather/log?full=1
Found: unknown operations and members, missing required members, wrong types, values outside enums, patterns and
ranges, a wrong version, target or path. Prints one line a violation; exit code 1 when there is any.
"""
import base64
import functools
import hashlib
import json
import re
import sys
import urllib.request
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote

import botocore.loaders
import botocore.model

from xmltree import parse as parse_xml
from wire import local

SKIPPED = {"registry", "unsigned"}


@dataclass(frozen=True)
class Violation:
    sequence: int
    operation: str
    kind: str      # unknown, required, type, enum, pattern, range, protocol
    path: str
    detail: str

    def __str__(self):
        return f"#{self.sequence} {self.operation} {self.path or '(input)'}: {self.kind}: {self.detail}"


@functools.lru_cache(maxsize=None)
def model(service: str) -> botocore.model.ServiceModel:
    return botocore.model.ServiceModel(botocore.loaders.Loader().load_service_model(service, "service-2"), service)


class Checker:
    """One request against its operation's input shape."""

    def __init__(self, call: dict):
        self.call, self.found = call, []
        self.body = base64.b64decode(call["body_base64"])

    def report(self, kind, path, detail):
        self.found.append(Violation(self.call["seq"], f"{self.call['service']}:{self.call['action']}", kind, path,
                                    str(detail)[:200]))

    def run(self) -> list[Violation]:
        try:
            self.service = model(self.call["service"])
        except Exception:
            self.report("protocol", "", "no such service")
            return self.found
        if self.call["action"] not in self.service.operation_names:
            self.report("unknown", "", "no such operation")
            return self.found
        self.operation = self.service.operation_model(self.call["action"])
        shape = self.operation.input_shape
        protocol = self.call["protocol"]
        accepted = {p.replace("smithy-rpc-v2-", "") for p in self.service.metadata.get("protocols", [])} | \
            {self.service.metadata["protocol"]}
        if protocol not in accepted or not hasattr(self, "read_" + protocol.replace("-", "_")):
            self.report("protocol", "", f"sent as {protocol}, the service speaks {sorted(accepted)}")
            return self.found
        getattr(self, "read_" + protocol.replace("-", "_"))(shape)
        return self.found

    # -- JSON 1.x --

    def read_json(self, shape):
        prefix = self.service.metadata.get("targetPrefix")
        target = self.call["headers"].get("x-amz-target", "")
        if target != f"{prefix}.{self.call['action']}":
            self.report("protocol", "", f"X-Amz-Target is {target}")
        version = self.service.metadata.get("jsonVersion", "1.0")
        if not self.call["headers"].get("content-type", "").startswith(f"application/x-amz-json-{version}"):
            self.report("protocol", "", f"Content-Type is {self.call['headers'].get('content-type')}")
        try:
            value = json.loads(self.body or b"{}")
        except ValueError as error:
            self.report("protocol", "", f"no JSON: {error}")
            return
        if shape is None:
            if value:
                self.report("unknown", "", f"members of an input without any: {sorted(value)}")
            return
        self.check(shape, value, "", wire="json")

    # -- Query and EC2 Query --

    def read_query(self, shape, ec2=False):
        if self.call["method"] != "POST" or self.call["path"].split("?")[0] != "/":
            self.report("protocol", "", f"{self.call['method']} {self.call['path']}")
        pairs = parse_qsl(self.body.decode(), keep_blank_values=True)
        flat = dict(pairs)
        if len(flat) != len(pairs):
            self.report("protocol", "", "a key sent twice")
        flat.pop("Action", None)
        version = flat.pop("Version", None)
        if version != self.service.metadata["apiVersion"]:
            self.report("protocol", "", f"Version is {version}")
        used: set[str] = set()
        value = self.unflatten(shape, "", flat, used, ec2) if shape is not None else {}
        for key in sorted(set(flat) - used):
            self.report("unknown", key, "no such member")
        if shape is not None:
            self.check(shape, value, "", wire="text")

    def read_ec2(self, shape):
        self.read_query(shape, ec2=True)

    def unflatten(self, shape, prefix, flat, used, ec2):
        """The value of a shape below a key prefix; None when nothing is there."""
        dot = prefix + "." if prefix else ""
        if shape.type_name == "structure":
            value = {}
            for name, member in shape.members.items():
                inner = self.unflatten(member, dot + wire_name(member, name, ec2), flat, used, ec2)
                if inner is not None:
                    value[name] = inner
            return value if value or not prefix else None
        if shape.type_name == "list":
            if ec2:
                start = prefix
            elif shape.serialization.get("flattened"):
                name = shape.member.serialization.get("name")
                start = ".".join(prefix.split(".")[:-1] + [name]) if name else prefix
            else:
                start = f"{prefix}.{shape.member.serialization.get('name', 'member')}"
            numbers = sorted({int(k[len(start) + 1:].split(".")[0]) for k in flat
                              if k.startswith(start + ".") and k[len(start) + 1:].split(".")[0].isdigit()})
            if not numbers:
                if prefix in flat and flat[prefix] == "":
                    used.add(prefix)
                    return []
                return None
            if numbers != list(range(1, len(numbers) + 1)):
                self.report("protocol", prefix, f"list indices {numbers}")
            return [self.unflatten(shape.member, f"{start}.{n}", flat, used, ec2) for n in numbers]
        if shape.type_name == "map":
            start = prefix if shape.serialization.get("flattened") else prefix + ".entry"
            key_name = shape.key.serialization.get("name", "key")
            value_name = shape.value.serialization.get("name", "value")
            value, index = {}, 1
            while f"{start}.{index}.{key_name}" in flat:
                used.add(f"{start}.{index}.{key_name}")
                value[flat[f"{start}.{index}.{key_name}"]] = self.unflatten(
                    shape.value, f"{start}.{index}.{value_name}", flat, used, ec2)
                index += 1
            return value or None
        if prefix in flat:
            used.add(prefix)
            return flat[prefix]
        return None

    # -- REST-XML --

    def read_rest_xml(self, shape):
        uri, _, fixed = self.operation.http["requestUri"].partition("?")
        pattern = re.sub(r"\\\{(\w+)\\\+\\\}", r"(?P<\1>.+)", re.escape(uri))
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", pattern)
        found = re.fullmatch(pattern + "/?", self.call["path"].split("?")[0])
        if found is None or self.call["method"] != self.operation.http["method"]:
            self.report("protocol", "", f"{self.call['method']} {self.call['path']} is not {self.operation.http}")
            return
        query = dict(parse_qsl(self.call["query"], keep_blank_values=True))
        for key in dict(parse_qsl(fixed, keep_blank_values=True)):
            query.pop(key, None)
        if shape is None:
            return
        value, body_members = {}, {}
        for name, member in shape.members.items():
            where, wire = member.serialization.get("location"), member.serialization.get("name", name)
            if where == "uri":
                value[name] = unquote(found.groupdict()[wire])
            elif where == "querystring" and wire in query:
                value[name] = query.pop(wire)
            elif where == "header" and self.call["headers"].get(wire.lower()) is not None:
                value[name] = self.call["headers"][wire.lower()]
            elif where is None:
                body_members[name] = member
        for key in query:
            self.report("unknown", key, "no such query member")
        self.needs_checksum()
        payload = shape.serialization.get("payload")
        if payload and shape.members[payload].type_name in ("blob", "string"):
            value[payload] = base64.b64encode(self.body).decode() if shape.members[payload].type_name == "blob" \
                else self.body.decode()
        elif self.body:
            root = parse_xml(self.body)
            if root is None:
                self.report("protocol", "", "the body is no XML")
                return
            if payload:
                expected = shape.members[payload].serialization.get("name", payload)
                if local(root.tag) != expected:
                    self.report("unknown", local(root.tag), f"the root element should be {expected}")
                namespace = (shape.members[payload].serialization.get("xmlNamespace") or {}).get("uri")
                if namespace and not root.tag.startswith("{" + namespace + "}"):
                    self.report("protocol", payload, f"namespace is not {namespace}")
                value[payload] = self.from_xml(shape.members[payload], root, payload)
            elif body_members:
                value |= self.from_xml(shape, root, "")
            else:
                self.report("unknown", local(root.tag), "a body where none is modelled")
        self.check(shape, value, "", wire="text")

    def needs_checksum(self):
        """Where the model says so, a digest of the body is sent, and it is the body's."""
        if not (self.operation.http_checksum or {}).get("requestChecksumRequired"):
            return
        headers = self.call["headers"]
        digests = {"x-amz-checksum-sha256": hashlib.sha256, "content-md5": hashlib.md5}
        if not any(h.startswith("x-amz-checksum-") or h == "content-md5" for h in headers):
            self.report("required", "checksum", "missing")
        for name, algorithm in digests.items():
            if name in headers and base64.b64decode(headers[name]) != algorithm(self.body).digest():
                self.report("protocol", name, "not the body's digest")

    def from_xml(self, shape, element, path):
        if shape.type_name == "structure":
            value = {}
            names = {m.serialization.get("name", n): (n, m) for n, m in shape.members.items()
                     if not m.serialization.get("location")}
            for child in element:
                tag = local(child.tag)
                if tag not in names:
                    self.report("unknown", f"{path}.{tag}", "no such element")
                    continue
                name, member = names[tag]
                where = f"{path}.{name}" if path else name
                if member.type_name == "list" and member.serialization.get("flattened"):
                    value.setdefault(name, []).append(self.from_xml(member.member, child, where))
                elif name in value:
                    self.report("protocol", where, "element sent twice")
                else:
                    value[name] = self.from_xml(member, child, where)
            return value
        if shape.type_name == "list":
            expected = shape.member.serialization.get("name", "member")
            for child in element:
                if local(child.tag) != expected:
                    self.report("unknown", f"{path}.{local(child.tag)}", f"list elements are called {expected}")
            return [self.from_xml(shape.member, child, f"{path}[{i}]") for i, child in enumerate(element)]
        return element.text or ""

    # -- the value against its shape --

    def check(self, shape, value, path, wire):
        kind = shape.type_name
        if value is None:
            self.report("type", path, "null")
        elif kind == "structure":
            self.check_structure(shape, value, path, wire)
        elif kind == "list":
            if not isinstance(value, list):
                self.report("type", path, f"{type(value).__name__} where a list is modelled")
                return
            self.in_range(shape, len(value), path, "members")
            for index, item in enumerate(value):
                self.check(shape.member, item, f"{path}[{index}]", wire)
        elif kind == "map":
            if not isinstance(value, dict):
                self.report("type", path, f"{type(value).__name__} where a map is modelled")
                return
            for key, item in value.items():
                self.check(shape.key, key, f"{path}.{key}(key)", wire)
                self.check(shape.value, item, f"{path}.{key}", wire)
        else:
            self.check_scalar(shape, kind, value, path, wire)

    def check_structure(self, shape, value, path, wire):
        if getattr(shape, "is_document_type", False):
            return
        if not isinstance(value, dict):
            self.report("type", path, f"{type(value).__name__} where a structure is modelled")
            return
        names = {m.serialization.get("name", n) if wire == "json" else n: (n, m) for n, m in shape.members.items()}
        for name in shape.required_members:
            sent = shape.members[name].serialization.get("name", name) if wire == "json" else name
            if sent not in value and not shape.members[name].metadata.get("idempotencyToken"):
                self.report("required", f"{path}.{name}".lstrip("."), "missing")
        for name, item in value.items():
            if name not in names:
                self.report("unknown", f"{path}.{name}".lstrip("."), "no such member")
            else:
                self.check(names[name][1], item, f"{path}.{names[name][0]}".lstrip("."), wire)
        if getattr(shape, "is_tagged_union", False) and len(value) != 1:
            self.report("type", path, f"a union with {len(value)} members set")

    def check_scalar(self, shape, kind, value, path, wire):
        if kind in ("string", "character"):
            if not isinstance(value, str):
                self.report("type", path, f"{type(value).__name__} where a string is modelled")
                return
            if shape.enum and value not in shape.enum:
                self.report("enum", path, f"{value!r} is none of {shape.enum[:12]}")
            self.in_range(shape, len(value), path, "characters")
            pattern = compiled(shape.metadata.get("pattern"))
            if pattern is not None and not pattern.search(value):
                self.report("pattern", path, f"{value!r} does not match {shape.metadata['pattern']}")
        elif kind in ("integer", "long", "short", "byte"):
            good = re.fullmatch(r"-?\d+", value) if wire == "text" else isinstance(value, int) and \
                not isinstance(value, bool)
            if not good:
                self.report("type", path, f"{value!r} where an integer is modelled")
            else:
                self.in_range(shape, int(value), path, "")
        elif kind in ("float", "double", "bigdecimal"):
            try:
                if wire == "json" and (isinstance(value, (str, bool))):
                    raise ValueError
                self.in_range(shape, float(value), path, "")
            except (TypeError, ValueError):
                self.report("type", path, f"{value!r} where a number is modelled")
        elif kind == "boolean":
            if value not in ("true", "false") if wire == "text" else not isinstance(value, bool):
                self.report("type", path, f"{value!r} where a boolean is modelled")
        elif kind == "timestamp":
            if wire == "text" and not re.match(r"\d{4}-\d\d-\d\dT", value) and not re.match(r"\w{3}, ", value) \
                    or wire == "json" and isinstance(value, bool):
                self.report("type", path, f"{value!r} where a timestamp is modelled")
        elif kind == "blob":
            try:
                base64.b64decode(value, validate=True)
            except (TypeError, ValueError):
                self.report("type", path, "no base64 where a blob is modelled")

    def in_range(self, shape, size, path, unit):
        low, high = shape.metadata.get("min"), shape.metadata.get("max")
        if low is not None and size < low or high is not None and size > high:
            self.report("range", path, f"{size} {unit} outside [{low}, {high}]")


def wire_name(member, default, ec2):
    if ec2:
        if "queryName" in member.serialization:
            return member.serialization["queryName"]
        name = member.serialization.get("name")
        return name[0].upper() + name[1:] if name else default
    return member.serialization.get("name", default)


@functools.lru_cache(maxsize=None)
def compiled(pattern):
    """A model's pattern as AWS means it: over the whole value. Java's Unicode classes are widened to Python's."""
    if not pattern:
        return None
    def widen(match):
        inside = pattern[:match.start()].count("[") > pattern[:match.start()].count("]")
        if match.group(1) == "Print":
            return r"\x20-\x7e" if inside else "."
        return {"N": r"\d", "Z": r"\s"}.get(match.group(1), r"\w")
    text = re.sub(r"\\p\{(\w+)\}", widen, pattern).replace("\\z", r"\Z")
    try:
        return re.compile(rf"\A(?:{text})\Z")
    except re.error:
        return None


def violations(calls) -> list[Violation]:
    found = []
    for call in calls:
        if call["service"] not in SKIPPED:
            found += Checker(call).run()
    return found


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 64
    source = sys.argv[1]
    if source.startswith("http"):
        with urllib.request.urlopen(source.rstrip("/") + "/_weather/log?full=1") as answer:
            calls = json.load(answer)["calls"]
    else:
        with open(source) as file:
            calls = json.load(file)["calls"]
    found = violations(calls)
    for violation in found:
        print(violation)
    checked = sum(c["service"] not in SKIPPED for c in calls)
    print(f"{checked} requests checked, {len(calls) - checked} of no AWS API, {len(found)} violations")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
