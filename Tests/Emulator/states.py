"""Slow states: what ministack makes at once takes its AWS time here, in the answers only.

Every answer of the service that shows a new (or deleted) thing shows the transitional status until its time is over, or
until it was looked at so often.
Statuses: the "State" members of the services' API references (NatGateway, VpcEndpoint, LoadBalancerState, DBCluster,
ReplicationGroup, TableDescription, DistributionSummary, Deployment).
"""
import copy
import json
from dataclasses import dataclass

import clock
from wire import Answer, Call
from xmltree import child, parse, text, write


@dataclass(frozen=True)
class Kind:
    service: str
    identifier: str            # member that names the thing, in XML or JSON
    status: tuple              # path from the thing to its status
    ready: str
    busy: str                  # after `starts`
    starts: tuple              # operations that begin the wait
    deleting: str = ""         # after `ends`
    ends: tuple = ()
    lists: str = ""            # the operation whose answer keeps showing a thing being deleted


KINDS = {
    "nat": Kind("ec2", "natGatewayId", ("state",), "available", "pending", ("CreateNatGateway",),
                "deleting", ("DeleteNatGateway",)),
    "vpc": Kind("ec2", "vpcId", ("state",), "available", "pending", ("CreateVpc",)),
    "subnet": Kind("ec2", "subnetId", ("state",), "available", "pending", ("CreateSubnet",)),
    "vpc_endpoint": Kind("ec2", "vpcEndpointId", ("state",), "available", "pending", ("CreateVpcEndpoint",)),
    "alb": Kind("elbv2", "LoadBalancerArn", ("State", "Code"), "active", "provisioning", ("CreateLoadBalancer",)),
    "rds_cluster": Kind("rds", "DBClusterIdentifier", ("Status",), "available", "creating", ("CreateDBCluster",),
                        "deleting", ("DeleteDBCluster",), "DescribeDBClusters"),
    "rds_instance": Kind("rds", "DBInstanceIdentifier", ("DBInstanceStatus",), "available", "creating",
                         ("CreateDBInstance",), "deleting", ("DeleteDBInstance",), "DescribeDBInstances"),
    "elasticache": Kind("elasticache", "ReplicationGroupId", ("Status",), "available", "creating",
                        ("CreateReplicationGroup",), "deleting", ("DeleteReplicationGroup",),
                        "DescribeReplicationGroups"),
    "dynamodb": Kind("dynamodb", "TableName", ("TableStatus",), "ACTIVE", "CREATING", ("CreateTable",),
                     "DELETING", ("DeleteTable",), "DescribeTable"),
    "cloudfront": Kind("cloudfront", "Id", ("Status",), "Deployed", "InProgress",
                       ("CreateDistribution", "CreateDistributionWithTags", "UpdateDistribution")),
    "ecs_service": Kind("ecs", "serviceName", (), "COMPLETED", "IN_PROGRESS", ("CreateService", "UpdateService")),
}


class SlowStates:
    """settings: {"seconds": s, "kinds": [...]} (all kinds when not named) or {"seconds": {kind: s}}; "looks": {kind: n}: a new
    thing of that kind is ready when n reads have shown it busy, and a deleted one is gone at once."""

    def __init__(self):
        self.settings = None
        self.seconds: dict[str, float] = {}
        self.until: dict[tuple, float] = {}      # (kind, region, id) -> end of the wait
        self.looks: dict[tuple, int] = {}        # the same key -> reads that will still show it busy
        self.deleted: dict[tuple, tuple] = {}    # the same key -> (end, last seen thing)
        self.seen: dict[tuple, object] = {}      # the same key -> last seen thing, copied

    def configure(self, value):
        self.settings, self.seconds = value, {}
        if not value:
            return
        if unknown := set(value) - {"seconds", "looks", "kinds"}:
            raise ValueError(f"unknown fields of slow_states: {sorted(unknown)}")
        looks = value.get("looks", {})
        seconds = value.get("seconds", {} if looks else 1)
        kinds = value.get("kinds") or (list(seconds) if isinstance(seconds, dict) else list(KINDS))
        for kind in [*kinds, *looks]:
            if kind not in KINDS:
                raise ValueError(f"unknown kind {kind!r}; one of {sorted(KINDS)}")
            self.seconds[kind] = float("inf" if kind in looks else seconds[kind] if isinstance(seconds, dict) else seconds)

    def bend(self, call: Call, answer: Answer) -> Answer:
        kinds = [(n, k) for n, k in KINDS.items() if k.service == call.service and n in self.seconds]
        if not kinds:
            return answer
        if call.protocol == "json":
            return self._bend_json(call, answer, kinds)
        return self._bend_xml(call, answer, kinds)

    def _begin(self, name, kind, call, identifier, thing):
        key = (name, call.region, identifier)
        now = clock.now()
        if call.action in kind.starts:
            if not self._is_busy(key, now):
                self.until[key] = now + self.seconds[name]
                self.looks[key] = self.settings.get("looks", {}).get(name, float("inf"))
            self.deleted.pop(key, None)
        if call.action in kind.ends and self.seconds[name] < float("inf"):
            self.deleted[key] = (now + self.seconds[name], thing)
        return key

    def _is_busy(self, key, now) -> bool:
        return self.until.get(key, 0) > now and self.looks[key] > 0

    def _count_look(self, call, shown: set) -> None:
        """One answer is one look at each thing in it, however often it names it."""
        if call.kind == "read":
            for key in shown:
                self.looks[key] -= 1

    def _bend_xml(self, call, answer, kinds):
        root = parse(answer.body)
        if root is None:
            return answer
        changed, now, shown = False, clock.now(), set()
        for name, kind in kinds:
            for element in list(root.iter()):
                identifier = text(element, kind.identifier)
                status = child(element, *kind.status)
                if not identifier or status is None:
                    continue
                key = self._begin(name, kind, call, identifier, copy.deepcopy(element))
                if key in self.deleted and self.deleted[key][0] > now:
                    status.text, changed = kind.deleting, True
                elif self._is_busy(key, now) and status.text == kind.ready:
                    status.text, changed = kind.busy, True
                    shown.add(key)
            if call.action == kind.lists:
                if answer.status < 400:
                    changed |= self._keep_ghosts(root, call, name, kind, now)
                else:
                    ghost = self._ghost_answer(call, name, kind, now)
                    if ghost is not None:
                        return Answer(200, answer.headers, b"").with_body(ghost)
        self._count_look(call, shown)
        return answer.with_body(write(root)) if changed else answer

    def _ghosts(self, call, name, now):
        wanted = str(call.input.get(KINDS[name].identifier, ""))
        for (kind_name, region, identifier), (end, thing) in self.deleted.items():
            if kind_name == name and region == call.region and end > now and wanted in ("", identifier):
                yield identifier, thing

    def _keep_ghosts(self, root, call, name, kind, now) -> bool:
        shown = {text(e, kind.identifier) for e in root.iter()}
        holder = next((e for e in root.iter() if e.tag.endswith(f"{kind.lists.removeprefix('Describe')}")), None)
        changed = False
        for identifier, thing in self._ghosts(call, name, now):
            if identifier not in shown and holder is not None:
                ghost = copy.deepcopy(thing)
                ghost.tag = holder.tag[:-1]
                child(ghost, *kind.status).text = kind.deleting
                holder.append(ghost)
                changed = True
        return changed

    def _ghost_answer(self, call, name, kind, now):
        for _, thing in self._ghosts(call, name, now):
            namespace = thing.tag.rsplit("}", 1)[0] + "}" if thing.tag.startswith("{") else ""
            import xml.etree.ElementTree as ET
            root = ET.Element(f"{namespace}{kind.lists}Response")
            holder = ET.SubElement(ET.SubElement(root, f"{namespace}{kind.lists}Result"),
                                   f"{namespace}{kind.lists.removeprefix('Describe')}")
            ghost = copy.deepcopy(thing)
            ghost.tag = holder.tag[:-1]
            child(ghost, *kind.status).text = kind.deleting
            holder.append(ghost)
            return write(root)
        return None

    def _bend_json(self, call, answer, kinds):
        try:
            payload = json.loads(answer.body)
        except ValueError:
            return answer
        changed, now, shown = False, clock.now(), set()
        for name, kind in kinds:
            for thing in things(payload, kind.identifier):
                key = self._begin(name, kind, call, thing[kind.identifier], thing)
                busy = self._is_busy(key, now)
                if name == "ecs_service" and busy and "deployments" in thing:
                    changed |= bend_service(thing)
                    shown.add(key)
                elif kind.status and key in self.deleted and self.deleted[key][0] > now:
                    thing[kind.status[0]], changed = kind.deleting, True
                elif kind.status and busy and thing.get(kind.status[0]) == kind.ready:
                    thing[kind.status[0]], changed = kind.busy, True
                    shown.add(key)
        self._count_look(call, shown)
        if call.action == "DescribeTable" and answer.status >= 400:
            for name, kind in kinds:
                for _, thing in self._ghosts(call, name, now):
                    return Answer(200, answer.headers, b"").with_body(
                        json.dumps({"Table": {**thing, "TableStatus": kind.deleting}}).encode())
        return answer.with_body(json.dumps(payload).encode()) if changed else answer


def things(node, identifier):
    """Every object in a JSON answer that carries the identifier."""
    if isinstance(node, dict):
        if isinstance(node.get(identifier), str):
            yield node
        for value in node.values():
            yield from things(value, identifier)
    elif isinstance(node, list):
        for value in node:
            yield from things(value, identifier)


def bend_service(service: dict) -> bool:
    """A rollout under way: the newest deployment in progress, nothing of it running yet."""
    for deployment in service["deployments"]:
        if deployment.get("status") == "PRIMARY":
            deployment["rolloutState"] = "IN_PROGRESS"
            deployment["pendingCount"], deployment["runningCount"] = deployment.get("desiredCount", 0), 0
    service["pendingCount"], service["runningCount"] = service.get("desiredCount", 0), 0
    return True
