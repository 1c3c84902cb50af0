"""Prints generated requests and how botocore signs them, one JSON object a line.

Usage: python sigv4_cases.py [COUNT [SEED]]. The same count and seed give the same requests. Needs botocore.

A line: kind (header | unsigned | presigned), service, region, date (YYYYMMDDTHHMMSSZ), accessKey, secretKey,
token (or null), method, url, headers [[name, value]], body, expires (seconds), and what botocore made of it:
authorization (header, unsigned) or signedURL (presigned).
"""

import datetime
import json
import random
import sys

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

SERVICES = ["ec2", "iam", "sts", "ecs", "dynamodb", "sqs", "monitoring", "elasticloadbalancing", "s3", "s3", "s3"]
REGIONS = ["us-east-1", "ap-northeast-1", "ap-northeast-2", "eu-central-1", "cn-north-1", "us-gov-west-1"]
METHODS = ["GET", "POST", "PUT", "DELETE", "HEAD", "PATCH"]
SEGMENTS = [
    "a", "index.html", "with%20space", "%2F", "%7Etilde", "~tilde", ".", "..", "", "a+b", "a=b", "a:b@c", "a;b,c",
    "$&'()*!", "\u30c1\u30b1\u30c3\u30c8", "%E3%83%81", "caf\u00e9", "-._~", "100%25", "UPPER", "\U0001f3ab", "x" * 60,
]
NAMES = ["Action", "Version", "prefix", "list-type", "a", "A", "b", "%E1%88%B4", "X-Amz-Foo", "key%20name", "z.1"]
VALUES = ["", "1", "value", "a%20b", "%2Fpath%2F", "%E3%83%81", "2016-11-15", "a%3Db", "~-._", "%21%2A%27%28%29"]
HEADERS = [
    ("Content-Type", ["application/json", "application/x-amz-json-1.1", "application/xml"]),
    ("X-Amz-Target", ["DynamoDB_20120810.PutItem", "AmazonEC2ContainerServiceV20141113.CreateService"]),
    ("X-Custom", ["plain", "  spaces   inside  and around ", "a, b,  c", "tab\there", "caf\u00e9", ""]),
    ("x-lower", ["1"]),
    ("X-UPPER", ["Value"]),
    ("User-Agent", ["ignored/1.0"]),
    ("Expect", ["100-continue"]),
    ("X-Amzn-Trace-Id", ["Root=1-5759e988-bd862e3fe1be46a994272793"]),
    ("If-Match", ['"etag"']),
    ("x-amz-meta-note", ["\u30c1\u30b1\u30c3\u30c8  \u5e2d"]),
]
BODIES = ["", "{}", '{"TableName":"seats"}', "Action=DescribeVpcs&Version=2016-11-15", "\u5ea7\u5e2d", "x" * 5000]


def host(rng):
    name = rng.choice(["ec2.ap-northeast-1.amazonaws.com", "example.com", "127.0.0.1", "Bucket.S3.amazonaws.com"])
    scheme, port = rng.choice(
        [("https", ""), ("https", ":443"), ("http", ""), ("http", ":80"), ("http", ":4566"), ("https", ":8443")]
    )
    return f"{scheme}://{name}{port}"


def path(rng, service):
    segments = [rng.choice(SEGMENTS) for _ in range(rng.randint(0, 4))]
    if service == "s3" and not segments:
        segments = ["key"]
    text = "/" + "/".join(segments) + rng.choice(["", "", "/"])
    return text if rng.random() < 0.95 or service == "s3" else ""


def query(rng, is_presigned):
    pairs = [(rng.choice(NAMES), rng.choice(VALUES)) for _ in range(rng.randint(0, 4))]
    if is_presigned:
        # botocore re-encodes the query and keeps one pair a name.
        pairs = list(dict(pairs).items())
        return "&".join(f"{name}={value}" for name, value in pairs)
    return "&".join(name if value == "" and rng.random() < 0.3 else f"{name}={value}" for name, value in pairs)


def case(rng):
    service = rng.choice(SERVICES)
    kind = rng.choice(["header", "header", "header", "presigned", "unsigned"])
    question = query(rng, kind == "presigned")
    url = host(rng) + path(rng, service) + ("?" + question if question else "")
    if kind == "unsigned":
        url = url.replace("http://", "https://")
    headers = []
    for name, values in HEADERS:
        if rng.random() < 0.3:
            headers.append([name, rng.choice(values)])
            if name.startswith("X-C") and rng.random() < 0.3:
                headers.append([name, rng.choice(values)])
    body = "" if kind == "presigned" else rng.choice(BODIES)
    date = datetime.datetime(2015, 1, 1) + datetime.timedelta(seconds=rng.randint(0, 20 * 365 * 86400))
    return {
        "kind": kind,
        "service": service,
        "region": rng.choice(REGIONS),
        "date": date.strftime("%Y%m%dT%H%M%SZ"),
        "accessKey": "AKID" + "".join(rng.choice("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567") for _ in range(16)),
        "secretKey": "".join(rng.choice("abcdefghijklmnopqrstuvwxyzABCDEF0123456789+/") for _ in range(40)),
        "token": rng.choice([None, "token", "IQoJb3JpZ2luX2VjE+/=" * 8]),
        "method": rng.choice(METHODS),
        "url": url,
        "headers": headers,
        "body": body,
        "expires": rng.choice([1, 900, 3600, 604800]),
    }


def sign(item):
    moment = datetime.datetime.strptime(item["date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
    botocore.auth.get_current_datetime = lambda *arguments, **options: moment
    credentials = Credentials(item["accessKey"], item["secretKey"], item["token"])
    request = AWSRequest(method=item["method"], url=item["url"], data=item["body"].encode() or None)
    for name, value in item["headers"]:
        request.headers.add_header(name, value)
    is_s3 = item["service"] == "s3"
    if item["kind"] == "presigned":
        signer = botocore.auth.S3SigV4QueryAuth if is_s3 else botocore.auth.SigV4QueryAuth
        signer(credentials, item["service"], item["region"], expires=item["expires"]).add_auth(request)
        item["signedURL"] = request.url
        return
    is_signed = item["kind"] == "header"
    request.context["payload_signing_enabled"] = is_signed
    request.context["client_config"] = Config(s3={"payload_signing_enabled": is_signed})
    signer = botocore.auth.S3SigV4Auth if is_s3 else botocore.auth.SigV4Auth
    signer(credentials, item["service"], item["region"]).add_auth(request)
    item["authorization"] = request.headers["Authorization"]


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1200
    rng = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else 20260131)
    for _ in range(count):
        item = case(rng)
        sign(item)
        print(json.dumps(item))


if __name__ == "__main__":
    main()
