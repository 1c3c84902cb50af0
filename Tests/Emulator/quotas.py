"""Service Quotas, which ministack lacks: the quotas that `tickctl verify` asks for, of the size that an account in use has.

Source: https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/ (GetServiceQuota, GetAWSDefaultServiceQuota).
"""
import json

from ministack.core.responses import get_account_id, get_region

TARGET_PREFIX = "ServiceQuotasV20190624"
# As botocore names it; IAM leaves the hyphen out.
SERVICE = "service-quotas"
# (service, code) -> (name, AWS's default, this account's value; None: it never asked for another)
KNOWN = {("fargate", "L-3032A538"): ("Fargate On-Demand vCPU resource count", 6.0, 4000.0),
         ("fargate", "L-36FBB829"): ("Fargate Spot vCPU resource count", 6.0, 4000.0),
         ("vpc", "L-DF5E4CA3"): ("Network interfaces per Region", 5000.0, None)}
_set: dict[str, float] = {}


def install() -> None:
    from ministack import app
    from ministack.core import iam_actions, router
    router.SERVICE_PATTERNS[SERVICE] = {"target_prefixes": [TARGET_PREFIX]}
    iam_actions.SERVICE_TO_IAM_NAMESPACE[SERVICE] = "servicequotas"
    app.SERVICE_HANDLERS[SERVICE] = handle


def configure(value) -> None:
    """Code -> this account's value."""
    _set.clear()
    _set.update({code: float(number) for code, number in (value or {}).items()})


async def handle(method, path, headers, body, query_params):
    action, p = headers.get("x-amz-target", "").rsplit(".", 1)[-1], json.loads(body or b"{}")
    if action not in ("GetServiceQuota", "GetAWSDefaultServiceQuota"):
        return answer({"__type": "UnknownOperationException"}, 400)
    service, code = p.get("ServiceCode"), p.get("QuotaCode")
    name, default, applied = KNOWN.get((service, code), (None, None, None))
    value = default if action == "GetAWSDefaultServiceQuota" else _set.get(code, applied)
    if value is None:
        return answer({"__type": "NoSuchResourceException", "Message": "The request failed because the specified "
                       "resource does not exist."}, 400)
    return answer({"Quota": {
        "ServiceCode": service, "QuotaCode": code, "QuotaName": name, "Value": value, "Unit": "None", "Adjustable": True,
        "GlobalQuota": False,
        "QuotaArn": f"arn:aws:servicequotas:{get_region()}:{get_account_id()}:{service}/{code}"}})


def answer(payload, status=200):
    return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(payload).encode()
