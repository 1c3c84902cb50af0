"""Answers against openapi/ticketing.yaml: the status is documented, the body and the headers are as said."""
import json
import re
from functools import cache
from pathlib import Path

import yaml
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from client import Answer, Client

PATH = Path(__file__).resolve().parent.parent.parent / "openapi/ticketing.yaml"
URI = "urn:contract"
FORMATS = FormatChecker()


@FORMATS.checks("date-time")
def is_instant(value) -> bool:
    return not isinstance(value, str) or bool(
        re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", value))


class Contract:
    def __init__(self):
        self.document = yaml.safe_load(PATH.read_text())
        self.registry = Registry().with_resource(URI, Resource(self.document, DRAFT202012))
        self.operations = {(method.upper(), path): operation for path, item in self.document["paths"].items()
                           for method, operation in item.items()}

    def paths(self, *tags: str) -> set[str]:
        return {path for (_, path), operation in self.operations.items() if set(operation["tags"]) & set(tags)}

    def methods(self, path: str) -> set[str]:
        """Those that a path takes, HEAD included."""
        methods = {method for method, known in self.operations if known == path}
        return methods | ({"HEAD"} if "GET" in methods else set())

    def operation(self, method: str, target: str) -> dict | None:
        path = target.split("?")[0]
        for (known, template), operation in self.operations.items():
            pattern = re.sub(r"\\{[^}]+\\}", "[^/]+", re.escape(template))
            if known == ("GET" if method == "HEAD" else method) and re.fullmatch(pattern, path):
                return operation
        return None

    def resolve(self, node: dict) -> dict:
        """What a `$ref` names; what stands beside it wins."""
        while "$ref" in node:
            target = self.document
            for step in node["$ref"].removeprefix("#/").split("/"):
                target = target[step]
            node = {**target, **{k: v for k, v in node.items() if k != "$ref"}}
        return node

    def validate(self, schema: dict, value, what: str):
        schema = anchored(schema)
        validator = Draft202012Validator(schema, registry=self.registry, format_checker=FORMATS)
        problems = [f"{'/'.join(map(str, e.absolute_path))}: {e.message}" for e in validator.iter_errors(value)]
        assert not problems, f"{what}: {problems[:5]}"

    def check(self, method: str, target: str, answer: Answer) -> Answer:
        """The answer itself, if it is one that the contract has for this call."""
        what = f"{method} {target[:120]} -> {answer.status} {answer.body[:300]!r}"
        assert answer.headers.get("x-request-id"), f"{what}: no x-request-id"
        operation = self.operation(method, target)
        responses = operation["responses"] if operation else {}
        response = responses.get(str(answer.status), responses.get("default"))
        if response is None:
            assert answer.status in (404, 405), what
            response = self.document["components"]["responses"]["Error"]
        response = self.resolve(response)
        for name, header in response.get("headers", {}).items():
            self.check_header(name, self.resolve(header), answer, what)
        content = response.get("content", {})
        if method == "HEAD" or answer.status == 304:
            assert not answer.body, what
        elif content:
            kind = answer.headers.get("content-type", "").split(";")[0]
            assert kind in content, f"{what}: {kind!r}"
            schema = content[kind].get("schema")
            parse = {"application/json": json.loads, "application/yaml": yaml.safe_load}.get(kind, bytes.decode)
            self.validate(schema, parse(answer.body), what)
        return answer

    def check_header(self, name: str, header: dict, answer: Answer, what: str):
        value = answer.headers.get(name.lower())
        if value is None:
            assert not header.get("required"), f"{what}: no {name}"
            return
        schema = self.resolve(header["schema"])
        self.validate(schema, int(value) if schema.get("type") == "integer" else value, f"{what}: {name}")


def anchored(node):
    """The schema with its references made absolute, so that the whole document stands behind them."""
    if isinstance(node, dict):
        return {k: URI + v if k == "$ref" and v.startswith("#") else anchored(v) for k, v in node.items()}
    return [anchored(v) for v in node] if isinstance(node, list) else node


@cache
def contract() -> Contract:
    return Contract()


class CheckedClient(Client):
    """Every answer is held against the contract."""

    def request(self, method, target, body=None, headers=None):
        return contract().check(method, target, super().request(method, target, body, headers))
