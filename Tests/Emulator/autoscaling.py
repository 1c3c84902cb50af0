"""Application Auto Scaling, which ministack lacks: targets, policies and tags are kept, described, paged and deleted.

Registered as a service of ministack's own table, so that its signature and IAM checks apply to it too.
Source: https://docs.aws.amazon.com/autoscaling/application/APIReference/ (operations, limits, errors).
Nothing here scales: activities are those of the setting `scaling_activities` (README.md); no alarm is made (AWS returns the two alarms of a target-tracking policy; `Alarms` is [] here).
"""
import base64
import json
import time
import uuid

from ministack.core.responses import get_account_id, get_region

TARGET_PREFIX = "AnyScaleFrontendService"
SERVICE = "application-autoscaling"
ECS_DIMENSION = "ecs:service:DesiredCount"
NAMESPACES = {"ecs", "elasticmapreduce", "ec2", "appstream", "dynamodb", "rds", "sagemaker", "custom-resource",
              "comprehend", "lambda", "cassandra", "kafka", "elasticache", "neptune", "workspaces"}
POLICY_TYPES = {"StepScaling", "TargetTrackingScaling", "PredictiveScaling"}

_targets: dict = {}   # (account, region, namespace, resource, dimension) -> target
_policies: dict = {}  # the same key + policy name -> policy
_activities: list = []
_tags: dict = {}      # target ARN -> {key: value}


class Refusal(Exception):
    def __init__(self, code, message, status=400):
        super().__init__(message)
        self.code, self.message, self.status = code, message, status


def install() -> None:
    """Adds the service to ministack's routing, IAM and handler tables."""
    from ministack import app
    from ministack.core import iam_actions, router
    router.SERVICE_PATTERNS[SERVICE] = {"target_prefixes": [TARGET_PREFIX]}
    iam_actions.SERVICE_TO_IAM_NAMESPACE[SERVICE] = SERVICE
    app.SERVICE_HANDLERS[SERVICE] = handle


def reset() -> None:
    for table in (_targets, _policies, _tags):
        table.clear()


async def handle(method, path, headers, body, query_params):
    action = headers.get("x-amz-target", "").rsplit(".", 1)[-1]
    operation = OPERATIONS.get(action)
    try:
        if operation is None:
            raise Refusal("UnknownOperationException", "")
        payload = json.loads(body or b"{}")
        answer, status = operation(payload), 200
    except Refusal as refusal:
        answer, status = {"__type": refusal.code, "Message": refusal.message}, refusal.status
    except (ValueError, AttributeError, TypeError) as error:
        answer, status = {"__type": "SerializationException", "Message": str(error)}, 400
    return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(answer).encode()


def required(payload, *names):
    missing = [n for n in names if payload.get(n) in (None, "")]
    if missing:
        lowered = [n[0].lower() + n[1:] for n in missing]
        errors = "; ".join(f"Value null at '{n}' failed to satisfy constraint: Member must not be null"
                           for n in lowered)
        raise Refusal("ValidationException", f"{len(missing)} validation error{'s' if len(missing) > 1 else ''} "
                                             f"detected: {errors}")
    namespace = payload.get("ServiceNamespace")
    if namespace is not None and namespace not in NAMESPACES:
        raise Refusal("ValidationException", f"1 validation error detected: Value '{namespace}' at 'serviceNamespace' "
                                             "failed to satisfy constraint: Member must satisfy enum value set")


def key_of(payload):
    return (get_account_id(), get_region(), payload["ServiceNamespace"], payload["ResourceId"],
            payload["ScalableDimension"])


def describe_key(payload) -> str:
    return (f"service namespace: {payload['ServiceNamespace']}, resource ID: {payload['ResourceId']}, "
            f"scalable dimension: {payload['ScalableDimension']}")


def ecs_service_exists(resource_id: str) -> bool:
    from ministack.services import ecs
    parts = resource_id.split("/")
    if len(parts) != 3 or parts[0] != "service":
        raise Refusal("ValidationException", f"Unsupported service namespace, resource type or scalable dimension: "
                                             f"{resource_id}")
    return any(s.get("serviceName") == parts[2] and s.get("clusterArn", "").endswith(f"/{parts[1]}")
               and s.get("status") == "ACTIVE" for s in ecs._services.values())


def register_target(payload):
    required(payload, "ServiceNamespace", "ResourceId", "ScalableDimension")
    key = key_of(payload)
    old = _targets.get(key)
    if payload["ServiceNamespace"] == "ecs":
        if payload["ScalableDimension"] != ECS_DIMENSION:
            raise Refusal("ValidationException", "Unsupported service namespace, resource type or scalable dimension: "
                                                 + payload["ScalableDimension"])
        if not ecs_service_exists(payload["ResourceId"]):
            raise Refusal("ValidationException", f"ECS service doesn't exist: {payload['ResourceId']}")
    low = payload.get("MinCapacity", old and old["MinCapacity"])
    high = payload.get("MaxCapacity", old and old["MaxCapacity"])
    if low is None or high is None:
        raise Refusal("ValidationException", "Minimum and maximum capacity are required to register a scalable target")
    if high < low:
        raise Refusal("ValidationException", "Maximum capacity cannot be less than minimum capacity")
    if low < 0:
        raise Refusal("ValidationException", "1 validation error detected: Value '-1' at 'minCapacity' failed to "
                                             "satisfy constraint: Member must have value greater than or equal to 0")
    target = old or {
        "ServiceNamespace": payload["ServiceNamespace"], "ResourceId": payload["ResourceId"],
        "ScalableDimension": payload["ScalableDimension"], "CreationTime": time.time(),
        "RoleARN": payload.get("RoleARN") or
        f"arn:aws:iam::{key[0]}:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/"
        "AWSServiceRoleForApplicationAutoScaling_ECSService",
        "SuspendedState": {"DynamicScalingInSuspended": False, "DynamicScalingOutSuspended": False,
                           "ScheduledScalingSuspended": False},
        "ScalableTargetARN": f"arn:aws:application-autoscaling:{key[1]}:{key[0]}:scalable-target/"
                             + uuid.uuid5(uuid.NAMESPACE_URL, "/".join(key) + str(time.time())).hex[:32],
    }
    target["MinCapacity"], target["MaxCapacity"] = low, high
    target["SuspendedState"].update(payload.get("SuspendedState") or {})
    _targets[key] = target
    if old is None:
        _tags[target["ScalableTargetARN"]] = dict(payload.get("Tags") or {})
    return {"ScalableTargetARN": target["ScalableTargetARN"]}


def deregister_target(payload):
    required(payload, "ServiceNamespace", "ResourceId", "ScalableDimension")
    target = _targets.pop(key_of(payload), None)
    if target is None:
        raise Refusal("ObjectNotFoundException", f"No scalable target found for {describe_key(payload)}")
    _tags.pop(target["ScalableTargetARN"], None)
    for key in [k for k in _policies if k[:5] == key_of(payload)]:
        del _policies[key]
    return {}


def put_policy(payload):
    required(payload, "PolicyName", "ServiceNamespace", "ResourceId", "ScalableDimension")
    key = key_of(payload)
    if key not in _targets:
        raise Refusal("ObjectNotFoundException", f"No scalable target registered for {describe_key(payload)}")
    old = _policies.get(key + (payload["PolicyName"],))
    kind = payload.get("PolicyType") or (old and old["PolicyType"]) or "StepScaling"
    if kind not in POLICY_TYPES:
        raise Refusal("ValidationException", f"1 validation error detected: Value '{kind}' at 'policyType' failed to "
                                             "satisfy constraint: Member must satisfy enum value set")
    configuration = {"TargetTrackingScaling": "TargetTrackingScalingPolicyConfiguration",
                     "StepScaling": "StepScalingPolicyConfiguration",
                     "PredictiveScaling": "PredictiveScalingPolicyConfiguration"}[kind]
    body = payload.get(configuration) or (old and old.get(configuration))
    if not body:
        raise Refusal("ValidationException", f"{configuration} is required for policy type {kind}")
    check_policy(kind, body)
    arn = old["PolicyARN"] if old else (
        f"arn:aws:autoscaling:{key[1]}:{key[0]}:scalingPolicy:{uuid.uuid4()}:resource/{key[2]}/{key[3]}:"
        f"policyName/{payload['PolicyName']}")
    _policies[key + (payload["PolicyName"],)] = {
        "PolicyARN": arn, "PolicyName": payload["PolicyName"], "ServiceNamespace": key[2], "ResourceId": key[3],
        "ScalableDimension": key[4], "PolicyType": kind, configuration: body, "Alarms": [],
        "CreationTime": old["CreationTime"] if old else time.time(),
    }
    return {"PolicyARN": arn, "Alarms": []}


def check_policy(kind, body):
    if kind == "TargetTrackingScaling":
        if body.get("TargetValue") is None:
            raise Refusal("ValidationException", "1 validation error detected: Value null at "
                          "'targetTrackingScalingPolicyConfiguration.targetValue' failed to satisfy constraint: "
                          "Member must not be null")
        predefined = body.get("PredefinedMetricSpecification")
        if bool(predefined) == bool(body.get("CustomizedMetricSpecification")):
            raise Refusal("ValidationException", "Exactly one of the predefined or customized metric specification is "
                                                 "required")
        if predefined and predefined.get("PredefinedMetricType") == "ALBRequestCountPerTarget":
            label = predefined.get("ResourceLabel") or ""
            parts = label.split("/")
            if len(parts) != 6 or parts[0] != "app" or parts[3] != "targetgroup":
                raise Refusal("ValidationException", "Invalid resource label, the label should be in the form "
                              "app/<load-balancer-name>/<load-balancer-id>/targetgroup/<target-group-name>/"
                              f"<target-group-id>: {label}")
    if kind == "StepScaling":
        steps = body.get("StepAdjustments")
        if not body.get("AdjustmentType") or not steps:
            raise Refusal("ValidationException", "AdjustmentType and at least one StepAdjustment are required")
        for step in steps:
            if step.get("ScalingAdjustment") is None:
                raise Refusal("ValidationException", "ScalingAdjustment is required in a StepAdjustment")


def delete_policy(payload):
    required(payload, "PolicyName", "ServiceNamespace", "ResourceId", "ScalableDimension")
    if _policies.pop(key_of(payload) + (payload["PolicyName"],), None) is None:
        raise Refusal("ObjectNotFoundException", f"No scaling policy found for {describe_key(payload)}, "
                                                 f"policy name: {payload['PolicyName']}")
    return {}


def page(items, payload, name, limit):
    size = min(int(payload.get("MaxResults") or limit), limit)
    start = 0
    if payload.get("NextToken"):
        try:
            start = int(base64.b64decode(payload["NextToken"]))
        except ValueError:
            raise Refusal("InvalidNextTokenException", "The next token supplied was invalid.") from None
    answer = {name: items[start:start + size]}
    if start + size < len(items):
        answer["NextToken"] = base64.b64encode(str(start + size).encode()).decode()
    return answer


def mine(table, payload):
    found = []
    for key, value in table.items():
        if key[:3] != (get_account_id(), get_region(), payload["ServiceNamespace"]):
            continue
        if payload.get("ScalableDimension") not in (None, key[4]):
            continue
        found.append(value)
    return found


def describe_targets(payload):
    required(payload, "ServiceNamespace")
    wanted = payload.get("ResourceIds")
    found = [t for t in mine(_targets, payload) if not wanted or t["ResourceId"] in wanted]
    return page(found, payload, "ScalableTargets", 50)


def describe_policies(payload):
    required(payload, "ServiceNamespace")
    names, resource = payload.get("PolicyNames"), payload.get("ResourceId")
    found = [p for p in mine(_policies, payload)
             if (not names or p["PolicyName"] in names) and resource in (None, p["ResourceId"])]
    return page(found, payload, "ScalingPolicies", 10)


def configure(activities) -> None:
    wanted = {"Region", "ResourceId", "Description", "Cause", "StartTime", "EndTime", "StatusCode"}
    for activity in activities or []:
        if not {"Region", "ResourceId", "StartTime"} <= set(activity) <= wanted:
            raise ValueError(f"an activity has Region, ResourceId, StartTime, and of {sorted(wanted)}")
    _activities[:] = activities or []


def describe_activities(payload):
    required(payload, "ServiceNamespace")
    found = [a for a in _activities if a["Region"] == get_region() and payload.get("ResourceId") in (None, a["ResourceId"])]
    found = [{"ServiceNamespace": payload["ServiceNamespace"], "ScalableDimension": ECS_DIMENSION,
              "ActivityId": f"activity-{a['StartTime']}", **{k: v for k, v in a.items() if k != "Region"}} for a in found]
    return page(sorted(found, key=lambda a: -a["StartTime"]), payload, "ScalingActivities", 50)


def tags_of(payload):
    required(payload, "ResourceARN")
    if payload["ResourceARN"] not in _tags:
        raise Refusal("ResourceNotFoundException", "The specified resource doesn't exist.")
    return _tags[payload["ResourceARN"]]


def tag(payload):
    tags = tags_of(payload)
    required(payload, "Tags")
    if len({**tags, **payload["Tags"]}) > 50:
        raise Refusal("TooManyTagsException", "The number of tags exceeds the limit of 50")
    tags.update(payload["Tags"])
    return {}


def untag(payload):
    tags = tags_of(payload)
    for key in payload.get("TagKeys") or []:
        tags.pop(key, None)
    return {}


OPERATIONS = {
    "RegisterScalableTarget": register_target, "DeregisterScalableTarget": deregister_target,
    "DescribeScalableTargets": describe_targets, "PutScalingPolicy": put_policy,
    "DescribeScalingPolicies": describe_policies, "DeleteScalingPolicy": delete_policy,
    "ListTagsForResource": lambda p: {"Tags": dict(tags_of(p))}, "TagResource": tag, "UntagResource": untag,
    "DescribeScalingActivities": describe_activities,
    "DescribeScheduledActions": lambda p: page([], p, "ScheduledActions", 50),
}
