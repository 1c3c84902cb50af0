"""The registry behind ECR: logins by GetAuthorizationToken, and the region that a login is for.

ministack serves both regions' registries on one port, takes any login and keeps every push in its default region. ECR
answers 401 without a token, and a token is good for one region's registry
(https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html).
"""
import base64
import contextvars
import json
import re
from dataclasses import dataclass

from wire import Answer, Call, error_answer


@dataclass(frozen=True)
class Login:
    access_key: str
    account: str
    region: str


_logins: dict[str, Login] = {}  # password -> login
_region: contextvars.ContextVar = contextvars.ContextVar("registry_region", default="")


def install() -> None:
    from ministack import app
    original = app.extract_region
    app.extract_region = lambda headers, query_params=None: _region.get() or original(headers, query_params)


def reset() -> None:
    _logins.clear()


def hand_out(call: Call, answer: Answer, account: str) -> Answer:
    """GetAuthorizationToken's answer with a password of our own and this emulator as the registry."""
    payload = json.loads(answer.body)
    for data in payload["authorizationData"]:
        password = base64.b64encode(f"{call.access_key}/{call.region}/{len(_logins)}".encode()).decode()
        _logins[password] = Login(call.access_key, account, call.region)
        data["authorizationToken"] = base64.b64encode(f"AWS:{password}".encode()).decode()
        data["proxyEndpoint"] = "http://" + call.headers.get("host", "")
    return answer.with_body(json.dumps(payload).encode())


def forget(call: Call, account: str) -> None:
    """A repository's manifests go with it; ministack would still find them by digest in the next one of its name."""
    from ministack.core.responses import request_scope
    from ministack.services import ecr
    with request_scope(account, call.region):
        ecr._manifest_blobs.pop(call.input["repositoryName"], None)


def login_of(call: Call):
    found = re.fullmatch(r"Basic (\S+)", call.headers.get("authorization", ""))
    try:
        user, _, password = base64.b64decode(found.group(1)).decode().partition(":") if found else ("", "", "")
    except ValueError:
        return None
    return _logins.get(password) if user == "AWS" else None


def enter(call: Call):
    """(login, None) and the region set for ministack, or (None, a refusal)."""
    login = login_of(call)
    if login is None:
        return None, error_answer(call, 401, "UNAUTHORIZED", "Not Authorized", {
            "www-authenticate": f'Basic realm="http://{call.headers.get("host", "")}/",service="ecr.amazonaws.com"'})
    _region.set(login.region)
    call.region = login.region
    return login, None
