"""What an AWS request says on the wire: service, region, operation, decoded input; and AWS's error shapes by protocol.

Sources: botocore's service models (protocol, routes); the Query, EC2 Query, JSON 1.x and REST-XML protocol pages of
https://smithy.io/2.0/aws/protocols/.
"""
import functools
import json
import re
import uuid
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, unquote
from xml.sax.saxutils import escape

import botocore.loaders

# SigV4 scope -> botocore service name, where they differ.
BOTOCORE_NAME = {"monitoring": "cloudwatch", "elasticloadbalancing": "elbv2", "servicequotas": "service-quotas"}
PROTOCOL = {
    "ec2": "ec2", "iam": "query", "sts": "query", "rds": "query", "elasticache": "query", "elbv2": "query",
    "sns": "query", "cloudformation": "query", "cloudfront": "rest-xml", "s3": "rest-xml",
}
QUERY_NAMESPACE = {
    "iam": "https://iam.amazonaws.com/doc/2010-05-08/",
    "sts": "https://sts.amazonaws.com/doc/2011-06-15/",
    "rds": "http://rds.amazonaws.com/doc/2014-10-31/",
    "elasticache": "http://elasticache.amazonaws.com/doc/2015-02-02/",
    "elbv2": "http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/",
    "sns": "http://sns.amazonaws.com/doc/2010-03-31/",
    "cloudwatch": "http://monitoring.amazonaws.com/doc/2010-08-01/",
}
# An operation is a read when its name starts with one of these; everything else changes something.
READ_VERBS = ("Describe", "Get", "List", "Head", "BatchGet", "BatchCheck", "Query", "Scan", "Select", "Search",
              "Filter", "Simulate", "Lookup", "AssumeRole", "Decode", "GET ", "HEAD ")
# The run lock's own writes: counted apart, so that "a no-op run changes nothing" stays checkable.
LOCK_TABLE = "tickctl-lock"
# Bodies that are the thing itself and no document of members.
RAW_BODIES = ("PutObject", "PutBucketPolicy")
CREDENTIAL = re.compile(r"Credential=([^/,\s]+)/(\d{8})/([^/]+)/([^/]+)/aws4_request")


@dataclass
class Call:
    """One request, identified. `service` is botocore's name ("elbv2", "cloudwatch", "application-autoscaling"),
    "registry" for the OCI registry protocol, "unsigned" for anything else without credentials."""
    method: str
    path: str
    raw_path: str
    query_string: str
    headers: dict
    body: bytes
    client: tuple | None = None
    service: str = ""
    scope: str = ""
    region: str = ""
    access_key: str = ""
    action: str = ""
    protocol: str = ""
    needs: list = field(default_factory=list)  # [action, ARN] that were allowed, with --auth
    denied: list = field(default_factory=list)  # [action, ARN] that was not
    _input: dict | None = field(default=None, repr=False)

    @property
    def kind(self) -> str:
        """read, write, lock (the run lock's own item) or registry."""
        if self.service == "registry":
            return "registry"
        if self.action.startswith(READ_VERBS):
            return "lock" if self.service == "dynamodb" and self._is_lock() else "read"
        return "lock" if self.service == "dynamodb" and self._is_lock() else "write"

    def _is_lock(self) -> bool:
        return self.action in ("PutItem", "UpdateItem", "DeleteItem", "GetItem", "TransactWriteItems") \
            and f'"{LOCK_TABLE}"'.encode() in self.body

    @property
    def input(self) -> dict:
        """The decoded input; wire names, nested where the protocol nests."""
        if self._input is None:
            self._input = decode_input(self)
        return self._input

    def parameter(self, name: str):
        value = self.input.get(name)
        return value if not isinstance(value, list) or len(value) != 1 else value[0]


def identify(method, path, raw_path, query_string, headers, body, client=None) -> Call:
    """headers: lower-case names. Never raises; what it cannot tell stays empty."""
    call = Call(method, path, raw_path, query_string, headers, body, client)
    found = CREDENTIAL.search(headers.get("authorization", "")) or \
        CREDENTIAL.search("Credential=" + dict(parse_qsl(query_string)).get("X-Amz-Credential", ""))
    if found:
        call.access_key, _, call.region, call.scope = found.groups()
    call.service = BOTOCORE_NAME.get(call.scope, call.scope)
    if path == "/v2" or path.startswith("/v2/"):
        call.service, call.protocol = "registry", "registry"
        call.action = f"{method} {registry_kind(path)}"
        return call
    target = headers.get("x-amz-target")
    content_type = headers.get("content-type", "")
    cbor = re.match(r"/service/(\w+)/operation/(\w+)$", path)
    if target:
        call.action, call.protocol = target.rsplit(".", 1)[-1], "json"
    elif cbor:
        call.action, call.protocol = cbor.group(2), "cbor"
    elif "x-www-form-urlencoded" in content_type or "Action=" in query_string:
        form = dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)) if body else {}
        form = form or dict(parse_qsl(query_string, keep_blank_values=True))
        call.action = form.get("Action", "")
        call.protocol = "ec2" if call.service == "ec2" else "query"
        if not call.service and form.get("Version") == "2011-06-15":
            call.service = "sts"
    else:
        call.protocol = PROTOCOL.get(call.service, "rest-json")
        call.action = match_route(call.service, method, path, query_string) or f"{method} {path}"
        # S3's routes of these two differ by a part of the query.
        if call.action == "AbortMultipartUpload" and "uploadId=" not in query_string:
            call.action = "DeleteObject"
    call.service = call.service or "unsigned"
    return call


def registry_kind(path: str) -> str:
    for word in ("/manifests/", "/blobs/uploads", "/blobs/", "/tags/list"):
        if word in path:
            return word.strip("/").replace("/", "-")
    return "base"


@functools.lru_cache(maxsize=None)
def service_model(service: str) -> dict | None:
    """botocore's raw service-2 model, or None where there is none."""
    try:
        return botocore.loaders.Loader().load_service_model(service, "service-2")
    except Exception:
        return None


@functools.lru_cache(maxsize=None)
def paginators(service: str) -> dict:
    try:
        return botocore.loaders.Loader().load_service_model(service, "paginators-1")["pagination"]
    except Exception:
        return {}


@functools.lru_cache(maxsize=None)
def _routes(service: str):
    model = service_model(service)
    routes = []
    for name, operation in (model or {}).get("operations", {}).items():
        if operation.get("deprecated") or name == "CopyObject":
            continue  # S3 has operations of the same route as their successors; a copy is told from a put by a header only
        path, _, query = operation["http"]["requestUri"].partition("?")
        pattern = re.sub(r"\\\{(\w+)\\\+\\\}", r"(?P<\1>.+)", re.escape(path))
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", pattern)
        routes.append((operation["http"]["method"], re.compile(pattern + "/?$"), dict(parse_qsl(query, True)), name))
    # The most literal route first; the one with required query parts before the one without.
    routes.sort(key=lambda r: (-len(r[2]), r[1].groups))
    return routes


def match_route(service, method, path, query_string):
    if service not in ("cloudfront", "lambda", "route53", "s3"):
        return None
    query = dict(parse_qsl(query_string, keep_blank_values=True))
    for verb, pattern, required, name in _routes(service):
        if verb == method and pattern.match(path) and all(query.get(k) == v for k, v in required.items()):
            return name
    return None


def route_parameters(call: Call) -> dict:
    for verb, pattern, required, name in _routes(call.service):
        if name == call.action:
            found = pattern.match(call.path)
            return {k: unquote(v) for k, v in found.groupdict().items()} if found else {}
    return {}


def decode_input(call: Call) -> dict:
    """Query and EC2: the flat keys nested by their dots, numbers becoming lists. JSON: the object. XML: a tree."""
    try:
        if call.protocol in ("query", "ec2"):
            pairs = parse_qsl(call.body.decode() or call.query_string, keep_blank_values=True)
            return nest([(k, v) for k, v in pairs if k not in ("Action", "Version")])
        if call.protocol in ("json", "rest-json"):
            value = json.loads(call.body) if call.body else {}
            return value if isinstance(value, dict) else {"value": value}
        if call.protocol == "rest-xml":
            tree = dict(route_parameters(call), **dict(parse_qsl(call.query_string, keep_blank_values=True)))
            if call.body and call.action not in RAW_BODIES:
                import defusedxml.ElementTree as ET
                root = ET.fromstring(call.body)
                tree[local(root.tag)] = xml_tree(root)
            return tree
    except Exception as error:
        return {"_undecodable": f"{type(error).__name__}: {error}"}
    return {}


def nest(pairs) -> dict:
    """[("Filter.1.Name", "x")] -> {"Filter": [{"Name": "x"}]}"""
    root: dict = {}
    for key, value in pairs:
        node, parts = root, key.split(".")
        for part in parts[:-1]:
            child = node.setdefault(part, {})
            if not isinstance(child, dict):
                child = node[part] = {"": child}
            node = child
        node[parts[-1]] = value

    def lists(node):
        if not isinstance(node, dict):
            return node
        node = {k: lists(v) for k, v in node.items()}
        if node and all(k.isdigit() for k in node):
            return [node[k] for k in sorted(node, key=int)]
        if len(node) == 1 and next(iter(node)) in ("member", "entry"):
            return next(iter(node.values()))
        return node

    return lists(root)


def local(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]


def xml_tree(element):
    children = list(element)
    if not children:
        return element.text or ""
    tree: dict = {}
    for child in children:
        tree.setdefault(local(child.tag), []).append(xml_tree(child))
    return {k: v[0] if len(v) == 1 else v for k, v in tree.items()}


@dataclass
class Answer:
    """status, headers [(bytes, bytes)], body."""
    status: int
    headers: list
    body: bytes

    def header(self, name: str) -> str:
        name = name.lower().encode()
        return next((v.decode("latin-1") for k, v in self.headers if k.lower() == name), "")

    def with_body(self, body: bytes) -> "Answer":
        """The same answer over another body; checksums of the old one (DynamoDB's x-amz-crc32) go."""
        headers = [(k, v) for k, v in self.headers if k.lower() not in (b"content-length", b"x-amz-crc32")]
        return Answer(self.status, headers + [(b"content-length", str(len(body)).encode())], body)


def error_answer(call: Call, status: int, code: str, message: str, headers: dict | None = None) -> Answer:
    """An error in the shape of the call's protocol."""
    request_id = str(uuid.uuid4())
    fault = "Sender" if status < 500 else "Receiver"
    if call.protocol == "ec2":
        body = (f'<?xml version="1.0" encoding="UTF-8"?><Response><Errors><Error><Code>{escape(code)}</Code><Message>'
                f'{escape(message)}</Message></Error></Errors><RequestID>{request_id}</RequestID></Response>')
        content_type = "text/xml;charset=UTF-8"
    elif call.service == "s3":
        body = (f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{escape(code)}</Code><Message>{escape(message)}'
                f'</Message><RequestId>{request_id}</RequestId></Error>')
        content_type = "application/xml"
    elif call.protocol in ("query", "rest-xml"):
        namespace = QUERY_NAMESPACE.get(call.service, "http://cloudfront.amazonaws.com/doc/2020-05-31/")
        body = (f'<ErrorResponse xmlns="{namespace}"><Error><Type>{fault}</Type><Code>{escape(code)}</Code><Message>'
                f'{escape(message)}</Message></Error><RequestId>{request_id}</RequestId></ErrorResponse>')
        content_type = "text/xml"
    elif call.protocol == "registry":
        body, content_type = json.dumps({"errors": [{"code": code, "message": message}]}), "application/json"
    else:
        body = json.dumps({"__type": code, "message": message})
        content_type = "application/x-amz-json-1.1"
    data = body.encode()
    merged = {"content-type": content_type, "x-amzn-requestid": request_id, "content-length": str(len(data)),
              **(headers or {})}
    return Answer(status, [(k.encode(), v.encode()) for k, v in merged.items()], data)


def json_answer(payload, status: int = 200) -> Answer:
    data = json.dumps(payload).encode()
    return Answer(status, [(b"content-type", b"application/x-amz-json-1.1"),
                           (b"x-amzn-requestid", str(uuid.uuid4()).encode()),
                           (b"content-length", str(len(data)).encode())], data)


def error_code(call: Call, answer: Answer) -> str:
    """AWS's error code in an answer, "" for a success."""
    if answer.status < 400:
        return ""
    header = answer.header("x-amzn-errortype")
    if header:
        return header.split(":")[0].rsplit("#", 1)[-1]
    text = answer.body[:4000].decode("utf-8", "replace")
    found = re.search(r"<Code>([^<]+)</Code>", text) or re.search(r'"(?:__type|code|Code)"\s*:\s*"([^"]+)"', text)
    return found.group(1).rsplit("#", 1)[-1] if found else str(answer.status)
