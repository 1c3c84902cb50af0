"""Refusals that AWS makes and ministack does not: a delete before its dependents, a second one of what may be once.

Without them a wrong order of deletion, or a repeated call, passes unseen. Sources: "Errors" of each operation's API
reference; the EC2 API error codes page for DependencyViolation, Resource.AlreadyAssociated, RouteAlreadyExists.
"""
import ipaddress
import time

from wire import Call

# Setting: seconds that a deleted queue's name stays blocked (AWS: 60).
_blocked_seconds = 0.0
_deleted_queues: dict[tuple, float] = {}


def configure(value) -> None:
    global _blocked_seconds
    _blocked_seconds = float(value or 0)
    _deleted_queues.clear()


def observe(call: Call) -> None:
    """Called after a success."""
    if (call.service, call.action) == ("sqs", "DeleteQueue"):
        name = str(call.input.get("QueueUrl", "")).rsplit("/", 1)[-1]
        _deleted_queues[call.region, name] = time.monotonic()


def check(call: Call):
    """(status, code, message) of a refusal, or None. Runs in the account and region of the call."""
    rule = RULES.get((call.service, call.action))
    return rule(call.input) if rule else None


def dependency(message):
    return 400, "DependencyViolation", message


def delete_subnet(p):
    from ministack.services import alb, ec2, ecs, elasticache, rds
    subnet = p.get("SubnetId")
    users = [f"NAT gateway {i}" for i, n in ec2._nat_gateways.items()
             if n["SubnetId"] == subnet and n["State"] != "deleted"]
    users += [f"VPC endpoint {i}" for i, e in ec2._vpc_endpoints.items() if subnet in (e.get("SubnetIds") or [])]
    users += [f"load balancer {b['LoadBalancerName']}" for b in alb._lbs.values() if subnet in b.get("Subnets", [])]
    users += [f"service {s['serviceName']}" for s in live_services(ecs)
              if subnet in service_network(s).get("subnets", [])]
    cluster_groups = {c.get("DBSubnetGroup") for c in rds._clusters.values()}
    users += [f"DB subnet group {n}" for n, g in rds._subnet_groups.items() if n in cluster_groups and subnet in
              [s.get("SubnetIdentifier") for s in g.get("Subnets", [])]]
    cache_groups = {g.get("CacheSubnetGroupName") for g in elasticache._replication_groups.values()}
    users += [f"cache subnet group {n}" for n, g in elasticache._subnet_groups.items() if n in cache_groups and subnet in
              [s.get("SubnetIdentifier") for s in g.get("Subnets", [])]]
    return dependency(f"The subnet '{subnet}' has dependencies and cannot be deleted. ({users[0]})") if users else None


def live_services(ecs):
    return [s for s in ecs._services.values() if s.get("status") == "ACTIVE"]


def service_network(service):
    return (service.get("networkConfiguration") or {}).get("awsvpcConfiguration") or {}


def delete_group(p):
    from ministack.services import alb, ec2, ecs, elasticache, rds
    group = p.get("GroupId")
    users = []
    for identifier, other in ec2._security_groups.items():
        pairs = [pair for side in ("IpPermissions", "IpPermissionsEgress") for rule in other.get(side, [])
                 for pair in rule.get("UserIdGroupPairs", [])]
        if identifier != group and any(pair.get("GroupId") == group for pair in pairs):
            users.append(f"group {identifier}")
    users += [f"load balancer {b['LoadBalancerName']}" for b in alb._lbs.values()
              if group in b.get("SecurityGroups", [])]
    users += [f"VPC endpoint {i}" for i, e in ec2._vpc_endpoints.items() if group in (e.get("SecurityGroupIds") or [])]
    users += [f"service {s['serviceName']}" for s in live_services(ecs)
              if group in service_network(s).get("securityGroups", [])]
    users += [f"cluster {n}" for n, c in rds._clusters.items()
              if group in [g.get("VpcSecurityGroupId") for g in c.get("VpcSecurityGroups", [])]]
    users += [f"replication group {n}" for n, c in elasticache._replication_groups.items()
              if group in [g.get("SecurityGroupId") for g in c.get("SecurityGroups", [])]]
    return dependency(f"resource {group} has a dependent object ({users[0]})") if users else None


def release_address(p):
    from ministack.services import ec2
    for identifier, nat in ec2._nat_gateways.items():
        if nat["AllocationId"] == p.get("AllocationId") and nat["State"] != "deleted":
            return 400, "AuthFailure", f"You do not have permission to access the specified resource. ({identifier})"
    return None


def detach_gateway(p):
    from ministack.services import alb, ec2
    vpc = p.get("VpcId")
    users = [i for i, n in ec2._nat_gateways.items() if n["VpcId"] == vpc and n["State"] != "deleted"]
    users += [b["LoadBalancerName"] for b in alb._lbs.values()
              if b.get("VpcId") == vpc and b.get("Scheme") == "internet-facing"]
    if users:
        return dependency(f"Network {vpc} has some mapped public address(es). Please unmap those public address(es) "
                          f"before detaching the gateway. ({users[0]})")
    return None


def delete_vpc(p):
    from ministack.services import alb, ec2
    vpc = p.get("VpcId")
    users = [i for i, e in ec2._vpc_endpoints.items() if e["VpcId"] == vpc]
    users += [i for i, n in ec2._nat_gateways.items() if n["VpcId"] == vpc and n["State"] != "deleted"]
    users += [i for i, t in ec2._route_tables.items() if t["VpcId"] == vpc and
              not any(a.get("Main") for a in t["Associations"])]
    users += [i for i, g in ec2._security_groups.items() if g.get("VpcId") == vpc and g["GroupName"] != "default"]
    users += [i for i, g in ec2._internet_gateways.items()
              if vpc in [a.get("VpcId") for a in g.get("Attachments", [])]]
    users += [b["LoadBalancerName"] for b in alb._lbs.values() if b.get("VpcId") == vpc]
    return dependency(f"The vpc '{vpc}' has dependencies and cannot be deleted. ({users[0]})") if users else None


def delete_route_table(p):
    from ministack.services import ec2
    table = ec2._route_tables.get(p.get("RouteTableId"))
    if table and table["Associations"]:
        return dependency(f"The routeTable '{table['RouteTableId']}' has dependencies and cannot be deleted.")
    return None


def create_route(p):
    from ministack.services import ec2
    table = ec2._route_tables.get(p.get("RouteTableId")) or {"Routes": []}
    if any(r.get("DestinationCidrBlock") == p.get("DestinationCidrBlock") for r in table["Routes"]):
        return 400, "RouteAlreadyExists", f"The route identified by {p.get('DestinationCidrBlock')} already exists."
    return None


def create_nat(p):
    from ministack.services import ec2
    allocation = p.get("AllocationId")
    if allocation and any(n["AllocationId"] == allocation and n["State"] != "deleted"
                          for n in ec2._nat_gateways.values()):
        return 400, "Resource.AlreadyAssociated", f"resource {allocation} is already associated"
    if allocation and allocation not in ec2._addresses:
        return 400, "InvalidAllocationID.NotFound", f"The allocation ID '{allocation}' does not exist"
    return None


def create_endpoint(p):
    from ministack.services import ec2
    vpc, service, tables = p.get("VpcId"), p.get("ServiceName"), p.get("RouteTableId") or []
    for identifier, endpoint in ec2._vpc_endpoints.items():
        if (endpoint["VpcId"], endpoint["ServiceName"]) != (vpc, service):
            continue
        if set(endpoint.get("RouteTableIds") or []) & set(tables if isinstance(tables, list) else [tables]):
            return 400, "RouteAlreadyExists", f"route table already has a route to {service}"
        if endpoint["VpcEndpointType"] == "Interface" and endpoint.get("PrivateDnsEnabled") == "true":
            return 400, "InvalidParameter", (f"private-dns-enabled cannot be set because there is already a conflicting "
                                             f"DNS domain for {service} in the VPC {vpc}")
    return None


def create_subnet(p):
    from ministack.services import ec2
    vpc = ec2._vpcs.get(p.get("VpcId"))
    try:
        block = ipaddress.ip_network(p.get("CidrBlock"))
    except ValueError:
        return 400, "InvalidParameterValue", f"Value ({p.get('CidrBlock')}) for parameter cidrBlock is invalid."
    if vpc is None:
        return None
    if not block.subnet_of(ipaddress.ip_network(vpc["CidrBlock"])):
        return 400, "InvalidSubnet.Range", f"The CIDR '{block}' is invalid."
    for subnet in ec2._subnets.values():
        if subnet["VpcId"] == p.get("VpcId") and block.overlaps(ipaddress.ip_network(subnet["CidrBlock"])):
            return 400, "InvalidSubnet.Conflict", f"The CIDR '{block}' conflicts with another subnet"
    return None


def authorize(side):
    def rule(p):
        from ministack.services import ec2
        group = ec2._security_groups.get(p.get("GroupId"))
        for wanted in p.get("IpPermissions") or []:
            if group and any(same_source(wanted, old) for old in group.get(side, [])):
                return 400, "InvalidPermission.Duplicate", "the specified rule already exists"
        return None
    return rule


def same_source(wanted: dict, old: dict) -> bool:
    """True when a source of the wanted permission (wire names) is in the old rule for the same ports."""
    if str(wanted.get("IpProtocol")) != str(old.get("IpProtocol")):
        return False
    if any(str(wanted.get(k, "")) != str(old.get(k, "")) for k in ("FromPort", "ToPort")):
        return False
    kinds = (("IpRanges", "IpRanges", "CidrIp"), ("Ipv6Ranges", "Ipv6Ranges", "CidrIpv6"),
             ("Groups", "UserIdGroupPairs", "GroupId"), ("PrefixListIds", "PrefixListIds", "PrefixListId"))
    for theirs, ours, member in kinds:
        values = {e.get(member) for e in wanted.get(theirs) or [] if isinstance(e, dict)}
        if values & {e.get(member) for e in old.get(ours, [])} - {None}:
            return True
    return False


def delete_balancer(p):
    from ministack.services import alb
    attributes = alb._lb_attrs.get(p.get("LoadBalancerArn")) or []
    if any(a["Key"] == "deletion_protection.enabled" and a["Value"] == "true" for a in attributes):
        return 400, "OperationNotPermitted", f"Load balancer '{p.get('LoadBalancerArn')}' cannot be deleted because " \
                                             "deletion protection is enabled"
    return None


def delete_target_group(p):
    from ministack.services import alb
    arn = p.get("TargetGroupArn")
    listeners = [r for r in alb._listeners.values() if r["LoadBalancerArn"] in alb._lbs]
    live = {r["ListenerArn"] for r in listeners}
    for record in [*(r for r in alb._rules.values() if r["ListenerArn"] in live), *listeners]:
        if arn in str(record.get("Actions")) + str(record.get("DefaultActions")):
            return 400, "ResourceInUse", f"Target group '{arn}' is currently in use by a listener or a rule"
    return None


def create_rule(p):
    from ministack.services import alb
    for rule in alb._rules.values():
        if rule["ListenerArn"] == p.get("ListenerArn") and str(rule["Priority"]) == str(p.get("Priority")):
            return 400, "PriorityInUse", f"Priority '{p.get('Priority')}' is currently in use"
    return None


def create_listener(p):
    from ministack.services import alb
    for listener in alb._listeners.values():
        if listener["LoadBalancerArn"] == p.get("LoadBalancerArn") and str(listener.get("Port")) == str(p.get("Port")):
            return 400, "DuplicateListener", "A listener already exists on this port for this load balancer " \
                                             f"'{p.get('LoadBalancerArn')}'"
    return None


def delete_cluster(p):
    from ministack.services import ecs
    name = str(p.get("cluster", "default")).rsplit("/", 1)[-1]
    if any(s.get("clusterArn", "").endswith("/" + name) for s in live_services(ecs)):
        return 400, "ClusterContainsServicesException", "The Cluster cannot be deleted while Services are active."
    return None


def in_use(users, code, message):
    return (400, code, message) if users else None


def delete_db_subnets(p):
    from ministack.services import rds
    name = p.get("DBSubnetGroupName")
    return in_use([c for c in rds._clusters.values() if c.get("DBSubnetGroup") == name],
                  "InvalidDBSubnetGroupStateFault", f"Cannot delete the subnet group '{name}' because at least one "
                  "database instance is still using it.")


def delete_db_parameters(p):
    from ministack.services import rds
    name = p.get("DBClusterParameterGroupName")
    return in_use([c for c in rds._clusters.values() if c.get("DBClusterParameterGroup") == name],
                  "InvalidDBParameterGroupState", f"One or more database instances are still members of this parameter "
                  f"group {name}, so the group cannot be deleted")


def delete_cache_subnets(p):
    from ministack.services import elasticache
    name = p.get("CacheSubnetGroupName")
    return in_use([g for g in elasticache._replication_groups.values() if g.get("CacheSubnetGroupName") == name],
                  "CacheSubnetGroupInUse", f"Cache subnet group {name} is currently in use by a cache cluster.")


def delete_cache_parameters(p):
    from ministack.services import elasticache
    name = p.get("CacheParameterGroupName")
    return in_use([g for g in elasticache._replication_groups.values() if g.get("CacheParameterGroupName") == name],
                  "InvalidCacheParameterGroupState", f"One or more cache clusters are still members of this parameter "
                  f"group {name}, so the group cannot be deleted.")


def update_ttl(p):
    from ministack.services import dynamodb
    wanted = p.get("TimeToLiveSpecification") or {}
    current = dynamodb._ttl_settings.get(p.get("TableName")) or {"TimeToLiveStatus": "DISABLED"}
    if bool(wanted.get("Enabled")) == (current["TimeToLiveStatus"] == "ENABLED") and p.get("TableName") in \
            dynamodb._tables:
        return 400, "ValidationException", f"TimeToLive is already {'en' if wanted.get('Enabled') else 'dis'}abled"
    return None


def edge_policy(member, code):
    def rule(p):
        from ministack.services import cloudfront
        identifier = p.get("Id")
        for record in cloudfront._distributions.values():
            if identifier and identifier in repr(record):
                return 409, code, f"Cannot delete the {member} because it is attached to one or more cache behaviors."
        return None
    return rule


def create_queue(p):
    from ministack.core.responses import get_region
    since = time.monotonic() - _deleted_queues.get((get_region(), p.get("QueueName")), float("-inf"))
    if since < _blocked_seconds:
        return 400, "AWS.SimpleQueueService.QueueDeletedRecently", \
            "You must wait 60 seconds after deleting a queue before you can create another with the same name."
    return None


def delete_role(p):
    name = str(p.get("RoleName"))
    if name.startswith("AWSServiceRoleFor"):
        return 400, "UnmodifiableEntity", f"Cannot perform the operation on the protected role '{name}' - this role " \
                                          "is only modifiable by AWS"
    return None


def create_balancer(p):
    name, subnets = str(p.get("Name")), p.get("Subnets") or []
    if len(name) > 32:
        return 400, "ValidationError", f"Load balancer name '{name}' cannot be longer than '32' characters"
    if len(subnets) < 2:
        return 400, "ValidationError", "At least two subnets in two different Availability Zones must be specified"
    return None


def create_service(p):
    from ministack.services import ecs
    wanted = p.get("taskDefinition")
    if wanted and ecs._resolve_td_key(wanted) not in ecs._task_defs:
        return 400, "ClientException", "TaskDefinition not found."
    return None


def create_secret(p):
    from ministack.services import secretsmanager
    _, record = secretsmanager._resolve(p.get("Name") or "")
    if record and record.get("DeletedDate"):
        return 400, "InvalidRequestException", "You can't create this secret because a secret with this name is " \
                                               "already scheduled for deletion."
    return None


def create_distribution(p):
    from ministack.services import cloudfront
    config = p.get("DistributionConfigWithTags", {}).get("DistributionConfig") or p.get("DistributionConfig") or {}
    reference = config.get("CallerReference")
    for identifier, record in cloudfront._distributions.items():
        if reference and f">{reference}<" in str(record) or reference and f"'{reference}'" in str(record):
            return 409, "DistributionAlreadyExists", "The caller reference that you are using to create a distribution " \
                "is associated with another distribution. Already exists: " + str(identifier)
    return None


RULES = {
    ("elbv2", "CreateLoadBalancer"): create_balancer, ("ecs", "CreateService"): create_service,
    ("secretsmanager", "CreateSecret"): create_secret, ("cloudfront", "CreateDistribution"): create_distribution,
    ("cloudfront", "CreateDistributionWithTags"): create_distribution,
    ("ec2", "DeleteSubnet"): delete_subnet, ("ec2", "DeleteSecurityGroup"): delete_group,
    ("ec2", "ReleaseAddress"): release_address, ("ec2", "DetachInternetGateway"): detach_gateway,
    ("ec2", "DeleteVpc"): delete_vpc, ("ec2", "DeleteRouteTable"): delete_route_table,
    ("ec2", "CreateRoute"): create_route, ("ec2", "CreateNatGateway"): create_nat,
    ("ec2", "CreateVpcEndpoint"): create_endpoint, ("ec2", "CreateSubnet"): create_subnet,
    ("ec2", "AuthorizeSecurityGroupIngress"): authorize("IpPermissions"),
    ("ec2", "AuthorizeSecurityGroupEgress"): authorize("IpPermissionsEgress"),
    ("elbv2", "DeleteLoadBalancer"): delete_balancer, ("elbv2", "DeleteTargetGroup"): delete_target_group,
    ("elbv2", "CreateRule"): create_rule, ("elbv2", "CreateListener"): create_listener,
    ("ecs", "DeleteCluster"): delete_cluster, ("rds", "DeleteDBSubnetGroup"): delete_db_subnets,
    ("rds", "DeleteDBClusterParameterGroup"): delete_db_parameters,
    ("elasticache", "DeleteCacheSubnetGroup"): delete_cache_subnets,
    ("elasticache", "DeleteCacheParameterGroup"): delete_cache_parameters,
    ("dynamodb", "UpdateTimeToLive"): update_ttl, ("sqs", "CreateQueue"): create_queue,
    ("iam", "DeleteRole"): delete_role,
    ("cloudfront", "DeleteCachePolicy"): edge_policy("cache policy", "CachePolicyInUse"),
    ("cloudfront", "DeleteOriginRequestPolicy"): edge_policy("origin request policy", "OriginRequestPolicyInUse"),
    ("cloudfront", "DeleteResponseHeadersPolicy"): edge_policy("response headers policy", "ResponseHeadersPolicyInUse"),
}
