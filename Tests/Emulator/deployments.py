"""Service deployments of ECS: UpdateService begins one, and what becomes of it is scripted.

ministack finishes every rollout at once and answers the four operations on service deployments with nothing. Here a change
of the task definition (or a forced one) begins a deployment that takes its time and ends as the first matching rule says;
the service shows it as AWS does: two deployments while it lasts, the old task definition again after a rollback.

Settings ("deployments" of /_weather): a list of rules, {"service": "*", "region": "*", "contains": "", "outcome", "seconds"};
`service` and `region` are shell patterns, `contains` is looked for in the JSON of the task definition that is brought.

| outcome | what happens |
|---|---|
| succeed | SUCCESSFUL (the default, after 0.3 s) |
| fail_to_start | tasks stop (CannotPullContainerError); STOPPED, the service keeps the new task definition, rollout FAILED |
| circuit_breaker | tasks stop (exit code 1, with log lines); ROLLBACK_IN_PROGRESS, then ROLLBACK_SUCCESSFUL |
| alarm | ROLLBACK_IN_PROGRESS, then ROLLBACK_SUCCESSFUL, with the alarm's name |
| rollback_fails | ROLLBACK_IN_PROGRESS, then ROLLBACK_FAILED; the service keeps the new task definition |
| hang | IN_PROGRESS until it is stopped |

Shapes: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html.
"""
import fnmatch
import json
import time
import uuid

from wire import Answer, Call

OUTCOMES = {"succeed", "fail_to_start", "circuit_breaker", "alarm", "rollback_fails", "hang"}
UNDER_WAY = {"PENDING", "IN_PROGRESS", "STOP_REQUESTED", "ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"}
DEFAULT = {"outcome": "succeed", "seconds": 0.3}
ALARM = "ticket-alb-5xx"
_rules: list[dict] = []
_deployments: dict[str, list] = {}   # service ARN -> its deployments, the latest first
_revisions: dict[str, dict] = {}     # service revision ARN -> it


def configure(value) -> None:
    global _rules
    for rule in value or []:
        unknown = set(rule) - {"service", "region", "contains", "outcome", "seconds"}
        if unknown or rule.get("outcome") not in OUTCOMES:
            raise ValueError(f"a deployment's rule: {sorted(unknown) or rule.get('outcome')}")
    _rules = list(value or [])


def reset() -> None:
    _deployments.clear()
    _revisions.clear()


def settings() -> list[dict]:
    return _rules


def install() -> None:
    """Puts our operations in the place of ministack's, which then still checks who may call them."""
    from ministack.services import ecs
    ecs._ACTION_MAP |= {"ListServiceDeployments": listed, "DescribeServiceDeployments": described,
                        "DescribeServiceRevisions": revisions, "StopServiceDeployment": stopped}


def before(call: Call) -> None:
    """Brings every deployment of the call's region to this moment."""
    from ministack.services import ecs
    if call.service == "ecs":
        for service in list(ecs._services.values()):
            for deployment in _deployments.get(service["serviceArn"], []):
                advance(service, deployment)


def after(call: Call, answer: Answer) -> Answer:
    """Begins a deployment where ministack has changed a service's task definition; the answer shows it under way."""
    from ministack.services import ecs
    if call.action not in ("CreateService", "UpdateService"):
        return answer
    payload = json.loads(answer.body)
    service = next((s for s in ecs._services.values() if s["serviceArn"] == payload["service"]["serviceArn"]), None)
    known = _deployments.setdefault(payload["service"]["serviceArn"], [])
    if service is None or not (call.action == "CreateService" or call.input.get("taskDefinition") or
                               call.input.get("forceNewDeployment")):
        return answer
    if known and _revisions[known[0]["target"]]["taskDefinition"] == service["taskDefinition"] \
            and not call.input.get("forceNewDeployment"):
        return answer
    begin(service, "seconds" if call.action == "UpdateService" else None, call.region)
    payload["service"] = {**payload["service"], **{k: service[k] for k in ("taskDefinition", "deployments", "runningCount")}}
    return answer.with_body(json.dumps(ecs._normalize_ecs_timestamps(ecs._sanitize(payload))).encode())


def begin(service: dict, rule_for, region: str) -> None:
    from ministack.services import ecs
    known = _deployments[service["serviceArn"]]
    place = service["serviceArn"].split(":service/", 1)
    revision = f"{place[0]}:service-revision/{place[1]}/{uuid.uuid4().int % 10**19}"
    _revisions[revision] = {"serviceRevisionArn": revision, "serviceArn": service["serviceArn"],
                            "clusterArn": service["clusterArn"], "taskDefinition": service["taskDefinition"],
                            "launchType": "FARGATE", "createdAt": time.time()}
    for old in known:
        if old["status"] in UNDER_WAY:
            old.update(status="STOPPED", statusReason="Replaced by a newer service deployment.", finishedAt=time.time())
    # What ran last is where a rollback goes: the revision of the last deployment that was not undone.
    source = next((d["runs"] for d in known if d["status"] in ("SUCCESSFUL", "ROLLBACK_SUCCESSFUL", "STOPPED")), None)
    key = ecs._resolve_td_key(service["taskDefinition"])
    definition = json.dumps(ecs._task_defs.get(key) or {}, default=str)
    name = service["serviceName"]
    rule = DEFAULT if rule_for is None else next(
        (r for r in _rules if fnmatch.fnmatchcase(name, r.get("service", "*"))
         and fnmatch.fnmatchcase(region, r.get("region", "*")) and r.get("contains", "") in definition), DEFAULT)
    now = time.time()
    # A service is made complete, as ministack does it; only a change takes time.
    seconds = 0 if rule_for is None else rule.get("seconds", DEFAULT["seconds"])
    known.insert(0, {
        "arn": f"{place[0]}:service-deployment/{place[1]}/{uuid.uuid4().hex[:21]}", "serviceArn": service["serviceArn"],
        "clusterArn": service["clusterArn"], "createdAt": now, "startedAt": now, "finishedAt": None, "status": "IN_PROGRESS",
        "statusReason": "", "target": revision, "runs": revision, "source": source, "outcome": rule["outcome"],
        "until": now + seconds, "seconds": seconds, "rollback": None, "breaker": None, "triggered": []})
    advance(service, known[0])
    show(service, known[0])


def advance(service: dict, deployment: dict) -> None:
    """Brings one deployment to this moment."""
    now = time.time()
    while deployment["status"] in UNDER_WAY and now >= deployment["until"]:
        outcome, status = deployment["outcome"], deployment["status"]
        if status in ("ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"):
            finish_rollback(service, deployment)
        elif outcome == "hang":
            return
        elif outcome == "succeed":
            deployment.update(status="SUCCESSFUL", finishedAt=now)
        elif outcome == "fail_to_start":
            add_failed_tasks(service, deployment, "TaskFailedToStart",
                             "CannotPullContainerError: pull image manifest has been retried 1 time(s): not found", None)
            deployment.update(status="STOPPED", finishedAt=now,
                              statusReason="Service deployment stopped because the circuit breaker threshold was exceeded.",
                              breaker={"status": "TRIGGERED", "failureCount": 3, "threshold": 3})
        else:
            if outcome == "circuit_breaker":
                add_failed_tasks(service, deployment, "EssentialContainerExited",
                                 "Essential container in task exited", 1)
                deployment["breaker"] = {"status": "TRIGGERED", "failureCount": 3, "threshold": 3}
            if outcome == "alarm":
                deployment["triggered"] = [ALARM]
            start_rollback(deployment, {
                "alarm": "Service deployment rolled back because an alarm went off.",
                "circuit_breaker": "Service deployment rolled back because the circuit breaker threshold was exceeded.",
                "rollback_fails": "Service deployment rolled back because the circuit breaker threshold was exceeded.",
            }[outcome])
        if deployment is _deployments[service["serviceArn"]][0]:
            show(service, deployment)


def start_rollback(deployment: dict, reason: str) -> None:
    deployment.update(status="ROLLBACK_IN_PROGRESS", statusReason=reason, until=time.time() + deployment["seconds"],
                      rollback={"reason": reason, "startedAt": time.time(),
                                **({"serviceRevisionArn": deployment["source"]} if deployment["source"] else {})})


def finish_rollback(service: dict, deployment: dict) -> None:
    now = time.time()
    if deployment["outcome"] == "rollback_fails" or deployment["source"] is None:
        deployment.update(status="ROLLBACK_FAILED", finishedAt=now)
        return
    deployment.update(status="ROLLBACK_SUCCESSFUL", finishedAt=now, runs=deployment["source"])
    service["taskDefinition"] = _revisions[deployment["source"]]["taskDefinition"]


def show(service: dict, deployment: dict) -> None:
    """The service's own deployments: PRIMARY, and while it lasts the one before it as ACTIVE."""
    from ministack.services import ecs
    status = deployment["status"]
    running = service["desiredCount"]
    primary = ecs._make_deployment(service["taskDefinition"], service["desiredCount"])
    primary["rolloutState"] = "IN_PROGRESS" if status in UNDER_WAY else \
        "COMPLETED" if status in ("SUCCESSFUL", "ROLLBACK_SUCCESSFUL") else "FAILED"
    primary["rolloutStateReason"] = deployment["statusReason"]
    primary["runningCount"] = running if primary["rolloutState"] == "COMPLETED" else 0
    primary["failedTasks"] = 3 if deployment["breaker"] else 0
    service["deployments"] = [primary]
    if primary["rolloutState"] != "COMPLETED" and deployment["source"]:
        old = ecs._make_deployment(_revisions[deployment["source"]]["taskDefinition"], service["desiredCount"], "ACTIVE")
        old.update(rolloutState="COMPLETED", runningCount=running)
        service["deployments"].append(old)
    service["runningCount"], service["pendingCount"] = running, 0
    service["events"].insert(0, {"id": str(uuid.uuid4()), "createdAt": ecs._iso(), "message":
                                 f"(service {service['serviceName']}) deployment {status}. {deployment['statusReason']}"})


def add_failed_tasks(service: dict, deployment: dict, code: str, reason: str, exit_code: int | None) -> None:
    from ministack.services import ecs
    import oneoff
    definition = _revisions[deployment["target"]]["taskDefinition"]
    record = ecs._task_defs.get(ecs._resolve_td_key(definition)) or {}
    container = (record.get("containerDefinitions") or [{}])[0]
    place = service["serviceArn"].split(":service/", 1)
    for _ in range(3):
        identifier, now = uuid.uuid4().hex, ecs._iso()
        arn = f"{place[0]}:task/{place[1].split('/')[0]}/{identifier}"
        ecs._tasks[arn] = {
            "taskArn": arn, "clusterArn": service["clusterArn"], "taskDefinitionArn": definition,
            "group": f"service:{service['serviceName']}", "startedBy": "ecs-svc/1", "lastStatus": "STOPPED",
            "desiredStatus": "STOPPED", "stopCode": code, "stoppedReason": reason, "createdAt": now, "stoppedAt": now,
            "launchType": "FARGATE", "cpu": record.get("cpu", "256"), "memory": record.get("memory", "512"),
            "attachments": [], "overrides": {}, "tags": [], "version": 1,
            "containers": [{"name": container.get("name", ""), "lastStatus": "STOPPED", "taskArn": arn,
                            **({"exitCode": exit_code} if exit_code is not None else {"reason": reason})}]}
        if exit_code is not None:
            oneoff.write_log(container, identifier, oneoff._settings["log_lines"] or [
                "starting", "cannot reach postgres://ticket:hunter2@db/ticket", "<script>alert(1)</script> exit 1"])


# -- the four operations --

def find(arn: str):
    for known in _deployments.values():
        for deployment in known:
            if deployment["arn"] == arn:
                return deployment
    return None


def service_of(deployment: dict):
    from ministack.services import ecs
    return next(s for s in ecs._services.values() if s["serviceArn"] == deployment["serviceArn"])


def respond(payload: dict, status: int = 200):
    return status, {"Content-Type": "application/x-amz-json-1.1"}, json.dumps(payload).encode()


def refused(code: str, message: str):
    return respond({"__type": code, "message": message}, 400)


def listed(data: dict):
    from ministack.services import ecs
    cluster, name = str(data.get("cluster") or "default").rsplit("/", 1)[-1], str(data["service"])
    service = ecs._services.get(f"{cluster}/{name.rsplit('/', 1)[-1]}")
    if service is None:
        return refused("ServiceNotFoundException", "Service not found.")
    found = _deployments.get(service["serviceArn"], [])
    wanted = data.get("status")
    after_time = (data.get("createdAt") or {}).get("after")
    found = [d for d in found if (not wanted or d["status"] in wanted) and (not after_time or d["createdAt"] > after_time)]
    return respond({"serviceDeployments": [brief(d) for d in found[:data.get("maxResults") or 100]]})


def brief(deployment: dict) -> dict:
    shown = {"serviceDeploymentArn": deployment["arn"], "serviceArn": deployment["serviceArn"],
             "clusterArn": deployment["clusterArn"], "targetServiceRevisionArn": deployment["target"]}
    for name in ("createdAt", "startedAt", "finishedAt", "status", "statusReason"):
        if deployment[name]:
            shown[name] = deployment[name]
    return shown


def described(data: dict):
    found, failures = [], []
    for arn in data["serviceDeploymentArns"]:
        deployment = find(arn)
        if deployment is None:
            failures.append({"arn": arn, "reason": "MISSING"})
            continue
        desired = service_of(deployment)["desiredCount"]
        done = deployment["status"] == "SUCCESSFUL"
        shown = brief(deployment)
        target = shown.pop("targetServiceRevisionArn")
        shown["targetServiceRevision"] = {"arn": target, "requestedTaskCount": desired, "pendingTaskCount": 0,
                                          "runningTaskCount": desired if done else 0}
        if deployment["source"]:
            shown["sourceServiceRevisions"] = [{"arn": deployment["source"], "requestedTaskCount": desired,
                                                "pendingTaskCount": 0, "runningTaskCount": 0 if done else desired}]
        if deployment["rollback"]:
            shown["rollback"] = deployment["rollback"]
        shown["deploymentCircuitBreaker"] = deployment["breaker"] or {
            "status": "MONITORING_COMPLETE" if done else "MONITORING", "failureCount": 0, "threshold": 3}
        if deployment["triggered"]:
            shown["alarms"] = {"status": "TRIGGERED", "alarmNames": deployment["triggered"],
                               "triggeredAlarmNames": deployment["triggered"]}
        found.append(shown)
    return respond({"serviceDeployments": found, "failures": failures})


def revisions(data: dict):
    arns = data["serviceRevisionArns"]
    return respond({"serviceRevisions": [_revisions[a] for a in arns if a in _revisions],
                     "failures": [{"arn": a, "reason": "MISSING"} for a in arns if a not in _revisions]})


def stopped(data: dict):
    deployment = find(data["serviceDeploymentArn"])
    if deployment is None:
        return refused("ServiceDeploymentNotFoundException", "The service deployment was not found.")
    if deployment["status"] not in ("PENDING", "IN_PROGRESS"):
        return refused("ConflictException", f"The service deployment is {deployment['status']}.")
    deployment["seconds"] = DEFAULT["seconds"]
    if data.get("stopType", "ROLLBACK") == "ABORT":
        deployment.update(status="STOPPED", statusReason="Service deployment stopped by request.", finishedAt=time.time())
    else:
        start_rollback(deployment, "Service deployment rollback was requested by the user.")
    show(service_of(deployment), deployment)
    return respond({"serviceDeploymentArn": deployment["arn"]})
