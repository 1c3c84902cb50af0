"""Where ministack 1.5.33 is wrong in a way that a correct stack, or a test of a wrong one, would suffer from.

| operation | ministack | here, as AWS says | source |
|---|---|---|---|
| CreateNatGateway, CreateVpcEndpoint (ClientToken), ecs CreateService, RunTask (clientToken) | token ignored: a second one | the first answer again; other parameters: IdempotentParameterMismatch | EC2 API Reference "Ensuring idempotency"; ECS API RunTask |
| secretsmanager CreateSecret, same token and content | ResourceExistsException | success, the same secret | Secrets Manager API CreateSecret, ClientRequestToken |
| DescribeVpcEndpoints, ModifyVpcEndpoint | groups, private DNS, policy lost | kept and shown | EC2 API VpcEndpoint |
| UpdateSecurityGroupRuleDescriptionsIngress / Egress | InvalidAction | changes the description | EC2 API |
| CreateNatGateway, DescribeNatGateways | no address shown | natGatewayAddressSet with the allocation | EC2 API NatGateway |
| CreateSubnet | 251 free addresses | those of its block, but for the five that AWS keeps | VPC User Guide "Subnet CIDR blocks" |
| elbv2 CreateLoadBalancer | a fixed VPC id | the subnets' VPC | ELBv2 API LoadBalancer |
| ecs CreateService, UpdateService | availabilityZoneRebalancing lost | kept | ECS API Service |
| cloudwatch DescribeAlarms | Statistic "Average" beside ExtendedStatistic or Metrics | no Statistic | CloudWatch API MetricAlarm |
| cloudwatch GetMetricData | no expressions | evaluated: series.py | CloudWatch User Guide "metric math" |
| DescribeAddresses | association with a NAT gateway not shown, filters ignored | shown; `tag:`, `allocation-id` filters | EC2 API Address |
| iam AddClientIDToOpenIDConnectProvider | InvalidAction | adds the client | IAM API |
| iam SimulatePrincipalPolicy | the first resource only; no context | every resource, with ContextEntries | IAM API SimulatePrincipalPolicy |
| iam CreateServiceLinkedRole | one name per first label; EntityAlreadyExists | AWS's role names; InvalidInput when it exists | IAM User Guide "service-linked roles"; API CreateServiceLinkedRole |
| ecs ServiceDeployments, ServiceRevisions, StopServiceDeployment | always empty; a rollout ends at once | scripted: deployments.py | ECS API ServiceDeployment |
| ecs RunTask | RUNNING for ever | RUNNING, then STOPPED with an exit code, its output in its log stream | ECS Developer Guide "task lifecycle" |
| rds DeleteDBCluster with FinalDBSnapshotIdentifier | no snapshot | snapshot made | RDS API DeleteDBCluster |
| rds, the cluster's endpoints once it has an instance | become 127.0.0.1 | stay as CreateDBCluster answered them | RDS API DBCluster |
| rds, the secret of a managed master password | has no tags | `aws:rds:primaryDBClusterArn` names the cluster | Aurora User Guide "Password management with Secrets Manager" |
| dynamodb UpdateTimeToLive to what it is | accepted | ValidationException | DynamoDB API UpdateTimeToLive |
| ecr GetAuthorizationToken, registry `/v2/` | any login, one region for all | token needed, good for its region; the emulator is the registry named | registry.py |
| ecr DeleteRepository | its manifests are found by digest in the next repository of its name | gone with it | ECR API DeleteRepository |
| ecr BatchDeleteImage | `/v2/` still answers the manifest | gone there too | ECR API BatchDeleteImage |
| ecr DescribeImages, absent image | empty list | ImageNotFoundException | ECR API DescribeImages |
| elbv2 CreateLoadBalancer, CreateTargetGroup again, equal settings | refused | the existing one | ELBv2 API |
| cloudfront CreateDistribution, used CallerReference | the first again | DistributionAlreadyExists | CloudFront API CreateDistribution |
| secretsmanager CreateSecret, name in its recovery window | ResourceExistsException | InvalidRequestException | Secrets Manager API CreateSecret |
| deletes and duplicates | accepted in any order | refused: see refusals.py | the table there |
| sqs, FIFO queues | receipts, deduplication, attempts, trace headers | see queues.py | the table there |
| dynamodb, expired items | deleted every minute | never, or at once: see items.py | there |
| s3 | owner, checksums, absent keys, public access | see buckets.py | the table there |
| ecs StopTask, DescribeTasks: conditions on the task's tags | no tags evaluated | those of the task | Service Authorization Reference, ECS |
| IAM: resources and actions evaluated | often `*` or a parent's ARN | see authorization.py | Service Authorization Reference |
"""
import json
import re

import authorization
import buckets
import deployments
import items
import oneoff
import queues
import refusals
import registry
import series
from wire import Answer, Call, error_answer

DEFAULT_ACCOUNT = "123456789012"
# (service, action) -> the member that holds the client token.
TOKENS = {("ec2", "CreateNatGateway"): "ClientToken", ("ec2", "CreateVpcEndpoint"): "ClientToken",
          ("ecs", "CreateService"): "clientToken", ("ecs", "RunTask"): "clientToken",
          ("secretsmanager", "CreateSecret"): "ClientRequestToken"}
SERVICE_LINKED_ROLES = {
    "ecs.amazonaws.com": "AWSServiceRoleForECS", "rds.amazonaws.com": "AWSServiceRoleForRDS",
    "elasticache.amazonaws.com": "AWSServiceRoleForElastiCache",
    "elasticloadbalancing.amazonaws.com": "AWSServiceRoleForElasticLoadBalancing",
    "ecs.application-autoscaling.amazonaws.com": "AWSServiceRoleForApplicationAutoScaling_ECSService",
}
_authorized = False
_free_addresses: int | None = None
_answered: dict[tuple, tuple] = {}  # (account, region, service, action, token) -> (digest of the input, answer)


def install(auth: bool) -> None:
    from ministack.services import alb, ec2, iam, rds
    registry.install()
    deployments.install()
    queues.install()
    items.install()
    series.install()
    buckets.install()
    patch_databases(rds)
    patch_balancers(alb, ec2)
    patch_service_linked_roles(iam)
    iam._IAM_HANDLERS["AddClientIDToOpenIDConnectProvider"] = add_client(iam)
    iam._IAM_HANDLERS["SimulatePrincipalPolicy"] = simulate(iam)
    patch_endpoints(ec2)
    patch_addresses(ec2)
    patch_subnets(ec2)
    ec2._ACTION_MAP["UpdateSecurityGroupRuleDescriptionsIngress"] = describe_rules(ec2, "IpPermissions")
    ec2._ACTION_MAP["UpdateSecurityGroupRuleDescriptionsEgress"] = describe_rules(ec2, "IpPermissionsEgress")
    global _authorized
    _authorized = auth
    if auth:
        authorization.install()


def reset() -> None:
    _answered.clear()
    deployments.reset()
    registry.reset()
    oneoff.stop_all()


def reset_settings() -> None:
    oneoff.configure(None)
    refusals.configure(None)
    deployments.configure(None)
    configure_addresses(None)


def configure_addresses(value) -> None:
    global _free_addresses
    _free_addresses = value


def configure_tasks(value) -> None:
    oneoff.configure(value)


def account_of(call: Call) -> str:
    return call.access_key if re.fullmatch(r"\d{12}", call.access_key) else DEFAULT_ACCOUNT


def token_key(call: Call):
    member = TOKENS.get((call.service, call.action))
    token = member and call.input.get(member)
    return token and (account_of(call), call.region, call.service, call.action, token)


def meaning(call: Call) -> str:
    """What must be equal for a client token to stand for the same request: all but the tags."""
    return json.dumps({k: v for k, v in call.input.items() if k not in ("TagSpecification", "Tags", "tags")},
                      sort_keys=True)


async def before(call: Call) -> Answer | None:
    """An answer instead of ministack's, or None."""
    from ministack.core.responses import request_scope
    authorization.current.set(call)
    if call.service == "registry":
        login, refusal = registry.enter(call)
        return refusal or (authorization.registry_refusal(call, login) if _authorized else None)
    key = token_key(call)
    if key in _answered:
        digest, answer = _answered[key]
        if digest == meaning(call):
            return answer
        code = "ResourceExistsException" if call.service == "secretsmanager" else "IdempotentParameterMismatch"
        return error_answer(call, 400, code, "The client token was used with other parameters.")
    with request_scope(account_of(call), call.region):
        existing = existing_load_balancing(call)
        if existing is not None:
            return existing
        refusal = buckets.check(call, account_of(call)) if call.service == "s3" else refusals.check(call)
        if refusal is not None:
            return error_answer(call, *refusal)
        items.before(call)
        deployments.before(call)
        if (call.service, call.action) == ("rds", "DeleteDBCluster"):
            final_snapshot(call)
    return None


async def after(call: Call, answer: Answer) -> Answer:
    from ministack.core.responses import request_scope
    if (call.service, call.action, answer.status) == ("s3", "GetObject", 404) and _authorized:
        answer = authorization.hidden_absence(call, answer)
    if answer.status >= 400:
        return authorization.name_what_was_denied(call, answer)
    key = token_key(call)
    if key:
        _answered[key] = (meaning(call), answer)
    if (call.service, call.action) == ("ecr", "GetAuthorizationToken"):
        answer = registry.hand_out(call, answer, account_of(call))
    if (call.service, call.action) == ("ecr", "DeleteRepository"):
        registry.forget(call, account_of(call))
    if (call.service, call.action) == ("ecr", "BatchDeleteImage"):
        forget_manifests(call, json.loads(answer.body))
    if (call.service, call.action) == ("ecs", "RunTask"):
        oneoff.begin(call, json.loads(answer.body), account_of(call))
    if call.service == "ecs" and call.action in ("CreateService", "UpdateService"):
        answer = keep_rebalancing(call, answer)
        with request_scope(account_of(call), call.region):
            answer = deployments.after(call, answer)
    if (call.service, call.action) == ("cloudwatch", "PutMetricAlarm") and call.protocol == "json":
        keep_expression(call)
    if (call.service, call.action) == ("cloudwatch", "DescribeAlarms") and call.protocol == "json":
        answer = drop_invented_statistic(answer)
    if call.service == "ec2" and call.action in ("CreateNatGateway", "DescribeNatGateways"):
        answer = show_nat_addresses(call, answer)
    if (call.service, call.action) == ("ec2", "DescribeSubnets") and _free_addresses is not None:
        answer = answer.with_body(re.sub(rb"(<availableIpAddressCount>)\d+", rb"\g<1>%d" % _free_addresses, answer.body))
    if (call.service, call.action) == ("ecr", "DescribeImages") and call.input.get("imageIds"):
        if len(json.loads(answer.body)["imageDetails"]) < len(call.input["imageIds"]):
            return error_answer(call, 400, "ImageNotFoundException",
                                "The image requested does not exist within the repository with name "
                                f"'{call.input.get('repositoryName')}' in the registry with id '{account_of(call)}'")
    if key:
        _answered[key] = (_answered[key][0], answer)
    refusals.observe(call)
    return answer


def forget_manifests(call: Call, deleted: dict) -> None:
    from ministack.core.responses import request_scope
    from ministack.services import ecr
    with request_scope(account_of(call), call.region):
        name = call.input["repositoryName"]
        left = {image.get("imageDigest") or image["imageId"].get("imageDigest") for image in ecr._images.get(name, [])}
        for image in deleted["imageIds"]:
            if image.get("imageDigest") not in left:
                ecr._manifest_blobs.get(name, {}).pop(image.get("imageDigest"), None)


def keep_rebalancing(call: Call, answer: Answer) -> Answer:
    from ministack.core.responses import request_scope
    from ministack.services import ecs
    payload = json.loads(answer.body)
    with request_scope(account_of(call), call.region):
        for record in ecs._services.values():
            if record.get("serviceArn") == payload["service"]["serviceArn"]:
                value = call.input.get("availabilityZoneRebalancing") or record.get("availabilityZoneRebalancing") \
                    or "ENABLED"
                record["availabilityZoneRebalancing"] = payload["service"]["availabilityZoneRebalancing"] = value
    return answer.with_body(json.dumps(payload).encode())


def keep_expression(call: Call) -> None:
    """An alarm over Metrics keeps them, and has no metric, statistic and period of its own."""
    from ministack.core.responses import request_scope
    from ministack.services import cloudwatch
    if call.input.get("Metrics"):
        with request_scope(account_of(call), call.region):
            alarm = cloudwatch._alarms[call.input["AlarmName"]]
            alarm["Metrics"] = call.input["Metrics"]
            for name in ("MetricName", "Namespace", "Statistic", "Period"):
                alarm[name] = None


def drop_invented_statistic(answer: Answer) -> Answer:
    payload = json.loads(answer.body)
    for alarm in payload.get("MetricAlarms", []):
        if alarm.get("ExtendedStatistic") or alarm.get("Metrics"):
            alarm.pop("Statistic", None)
    return answer.with_body(json.dumps(payload).encode())


def show_nat_addresses(call: Call, answer: Answer) -> Answer:
    from ministack.core.responses import request_scope
    from ministack.services import ec2
    text = answer.body.decode()
    with request_scope(account_of(call), call.region):
        for identifier, nat in ec2._nat_gateways.items():
            address = ec2._addresses.get(nat["AllocationId"])
            if address and nat["State"] != "deleted":
                shown = (f"<natGatewayAddressSet><item><allocationId>{nat['AllocationId']}</allocationId><publicIp>"
                         f"{address['PublicIp']}</publicIp><networkInterfaceId>eni-{identifier[4:]}</networkInterfaceId>"
                         "<isPrimary>true</isPrimary><status>succeeded</status></item></natGatewayAddressSet>")
                text = re.sub(rf"(<natGatewayId>{identifier}</natGatewayId>(?:(?!<natGatewayId>).)*?)"
                              r"<natGatewayAddressSet/>", lambda m: m.group(1) + shown, text, flags=re.S)
    return answer.with_body(text.encode())


def patch_balancers(alb, ec2) -> None:
    original = alb._ACTION_MAP["CreateLoadBalancer"]

    def create(p):
        known = set(alb._lbs)
        status, headers, body = original(p)
        for arn in set(alb._lbs) - known:
            record = alb._lbs[arn]
            subnet = next((ec2._subnets[s] for s in record["Subnets"] if s in ec2._subnets), None)
            if subnet:
                text = body.decode() if isinstance(body, bytes) else body
                body = text.replace(record["VpcId"], subnet["VpcId"]).encode()
                record["VpcId"] = subnet["VpcId"]
        return status, headers, body

    alb._ACTION_MAP["CreateLoadBalancer"] = create


def patch_subnets(ec2) -> None:
    original = ec2._ACTION_MAP["CreateSubnet"]

    def create(p):
        known = set(ec2._subnets)
        answer = original(p)
        for identifier in set(ec2._subnets) - known:
            subnet = ec2._subnets[identifier]
            subnet["AvailableIpAddressCount"] = 2 ** (32 - int(subnet["CidrBlock"].split("/")[1])) - 5
        return answer

    ec2._ACTION_MAP["CreateSubnet"] = create


def patch_databases(rds) -> None:
    rds._sync_cluster_endpoints = lambda cluster: None
    create = rds._ACTION_MAP["CreateDBCluster"]

    def created(p):
        answer = create(p)
        cluster = rds._clusters.get(rds._p(p, "DBClusterIdentifier")) or {}
        arn = (cluster.get("MasterUserSecret") or {}).get("SecretArn")
        _, secret = rds.secretsmanager._resolve(arn) if arn else (None, None)
        if secret is not None:
            secret["Tags"] = [{"Key": "aws:secretsmanager:owningService", "Value": "rds"},
                              {"Key": "aws:rds:primaryDBClusterArn", "Value": cluster["DBClusterArn"]}]
        return answer

    rds._ACTION_MAP["CreateDBCluster"] = created


def patch_service_linked_roles(iam) -> None:
    original = iam._IAM_HANDLERS["CreateServiceLinkedRole"]

    def create(p):
        service = iam._p(p, "AWSServiceName")
        name = SERVICE_LINKED_ROLES.get(service)
        if name is None:
            return original(p)
        if name in iam._roles:
            return iam._error(400, "InvalidInput", f"Service role name {name} has been taken in this account, please "
                                                   "try a different suffix.", ns="iam")
        first = service.split(".")[0]
        made = f"AWSServiceRoleFor{first.capitalize()}"
        kept = iam._roles.pop(made, None)
        status, headers, _ = original(p)
        record = iam._roles.pop(made)
        if kept is not None:
            iam._roles[made] = kept
        record["RoleName"], record["Arn"] = name, record["Arn"].replace(made, name)
        iam._roles[name] = record
        return status, headers, iam._xml(
            200, "CreateServiceLinkedRoleResponse",
            f"<CreateServiceLinkedRoleResult><Role>{iam._role_xml(name)}</Role></CreateServiceLinkedRoleResult>",
            ns="iam")[2]

    iam._IAM_HANDLERS["CreateServiceLinkedRole"] = create


def add_client(iam):
    def add(p):
        provider = iam._oidc_providers.get(iam._p(p, "OpenIDConnectProviderArn"))
        if provider is None:
            return iam._error(404, "NoSuchEntity", "OpenIDConnect Provider not found.", ns="iam")
        clients = next(v for k, v in provider.items() if k.lower().startswith("clientid"))
        if iam._p(p, "ClientID") not in clients:
            clients.append(iam._p(p, "ClientID"))
        return iam._xml(200, "AddClientIDToOpenIDConnectProviderResponse", "", ns="iam")
    return add


def simulate(iam):
    from ministack.core.iam_evaluator import EvalContext, _gather_role_policies, evaluate
    from ministack.core.responses import get_account_id, get_region

    def members(p, name):
        found, index = [], 1
        while iam._p(p, f"{name}.member.{index}"):
            found.append(iam._p(p, f"{name}.member.{index}"))
            index += 1
        return found

    def simulated(p):
        source = iam._p(p, "PolicySourceArn")
        name = source.split(":role/")[-1]
        if name not in iam._roles:
            return iam._error(404, "NoSuchEntity", f"No such entity: {source}", ns="iam")
        context, index = {}, 1
        while iam._p(p, f"ContextEntries.member.{index}.ContextKeyName"):
            prefix = f"ContextEntries.member.{index}."
            values = members(p, prefix + "ContextKeyValues")
            context[iam._p(p, prefix + "ContextKeyName").lower()] = values[0] if len(values) == 1 else values
            index += 1
        results = ""
        for action in members(p, "ActionNames"):
            for resource in members(p, "ResourceArns") or ["*"]:
                decision = evaluate(EvalContext(
                    principal_arn=source, principal_type="AssumedRole", principal_account=get_account_id(),
                    action=action, resource_arn=resource, region=get_region(), service_context=context),
                    _gather_role_policies(name, get_account_id())).decision
                results += (f"<member><EvalActionName>{action}</EvalActionName><EvalResourceName>{resource}"
                            "</EvalResourceName><EvalDecision>"
                            + {"Allow": "allowed", "Deny": "explicitDeny"}.get(decision, "implicitDeny")
                            + "</EvalDecision></member>")
        return iam._xml(200, "SimulatePrincipalPolicyResponse",
                        f"<SimulatePrincipalPolicyResult><EvaluationResults>{results}</EvaluationResults>"
                        "<IsTruncated>false</IsTruncated></SimulatePrincipalPolicyResult>", ns="iam")
    return simulated


def patch_endpoints(ec2) -> None:
    create, modify, fields = (ec2._ACTION_MAP["CreateVpcEndpoint"], ec2._ACTION_MAP["ModifyVpcEndpoint"],
                              ec2._vpce_fields_xml)

    def shown(endpoint, tag="item"):
        groups = "".join(f"<item><groupId>{g}</groupId><groupName>"
                         f"{ec2._security_groups.get(g, {}).get('GroupName', '')}</groupName></item>"
                         for g in endpoint.get("SecurityGroupIds", []))
        policy = endpoint.get("PolicyDocument") or '{"Statement":[{"Action":"*","Effect":"Allow","Principal":"*",' \
                                                   '"Resource":"*"}],"Version":"2008-10-17"}'
        more = (f"<groupSet>{groups}</groupSet><privateDnsEnabled>{endpoint.get('PrivateDnsEnabled', 'false')}"
                f"</privateDnsEnabled><policyDocument>{policy.replace('&', '&amp;').replace('<', '&lt;')}"
                "</policyDocument>")
        text = fields(endpoint, tag)
        end = text.rindex(f"</{tag}>")
        return text[:end] + more + text[end:]

    def created(p):
        known = set(ec2._vpc_endpoints)
        answer = create(p)
        for identifier in set(ec2._vpc_endpoints) - known:
            endpoint = ec2._vpc_endpoints[identifier]
            endpoint["SecurityGroupIds"] = ec2._parse_member_list(p, "SecurityGroupId")
            interface = endpoint["VpcEndpointType"] == "Interface"
            endpoint["PrivateDnsEnabled"] = ec2._p(p, "PrivateDnsEnabled").lower() or ("true" if interface else "false")
            endpoint["PolicyDocument"] = ec2._p(p, "PolicyDocument")
            return ec2._xml(200, "CreateVpcEndpointResponse", shown(endpoint, "vpcEndpoint"))
        return answer

    def modified(p):
        answer = modify(p)
        endpoint = ec2._vpc_endpoints.get(ec2._p(p, "VpcEndpointId"))
        if endpoint:
            groups = [g for g in endpoint.get("SecurityGroupIds", [])
                      if g not in ec2._parse_member_list(p, "RemoveSecurityGroupId")]
            endpoint["SecurityGroupIds"] = groups + [g for g in ec2._parse_member_list(p, "AddSecurityGroupId")
                                                     if g not in groups]
            if ec2._p(p, "PrivateDnsEnabled"):
                endpoint["PrivateDnsEnabled"] = ec2._p(p, "PrivateDnsEnabled").lower()
            if ec2._p(p, "ResetPolicy") == "true":
                endpoint["PolicyDocument"] = ""
        return answer

    ec2._vpce_fields_xml = shown
    ec2._ACTION_MAP["CreateVpcEndpoint"], ec2._ACTION_MAP["ModifyVpcEndpoint"] = created, modified


def patch_addresses(ec2) -> None:
    original = ec2._ACTION_MAP["DescribeAddresses"]

    def describe(p):
        holders = {n["AllocationId"]: i for i, n in ec2._nat_gateways.items() if n["State"] != "deleted"}
        filters = ec2._parse_filters(p)
        status, headers, body = original(p)
        text = body.decode() if isinstance(body, bytes) else body

        def kept(match):
            item = match.group(0)
            allocation = re.search(r"<allocationId>([^<]+)", item).group(1)
            tags = {t["Key"]: t["Value"] for t in ec2._tags.get(allocation, [])}
            for name, values in filters.items():
                if name.startswith("tag:") and tags.get(name[4:]) not in values \
                        or name == "tag-key" and not set(values) & set(tags) \
                        or name == "allocation-id" and allocation not in values:
                    return ""
            if allocation in holders and "<associationId>" not in item:
                extra = (f"<associationId>eipassoc-{allocation[9:]}</associationId>"
                         f"<networkInterfaceId>eni-{holders[allocation][4:]}</networkInterfaceId>")
                item = item.replace("<domain>", extra + "<domain>")
            return item
        text = re.sub(r"<item>\s*<allocationId>(?:(?!<allocationId>).)*?(?:<tagSet/>|</tagSet>)\s*</item>", kept, text,
                      flags=re.S)
        return status, headers, text.encode()

    ec2._ACTION_MAP["DescribeAddresses"] = describe


def describe_rules(ec2, side):
    """The handler of UpdateSecurityGroupRuleDescriptions: rules named by what they allow, or by id."""
    def update(p):
        group = ec2._security_groups.get(ec2._p(p, "GroupId"))
        if group is None:
            return ec2._error("InvalidGroup.NotFound", f"The security group '{ec2._p(p, 'GroupId')}' does not exist",
                              400)
        named = {}
        for index in range(1, 1000):
            rule = ec2._p(p, f"SecurityGroupRuleDescription.{index}.SecurityGroupRuleId")
            if not rule:
                break
            named[rule] = ec2._p(p, f"SecurityGroupRuleDescription.{index}.Description")
        for wanted in ec2._parse_ip_permissions(p, "IpPermissions"):
            found = [r for r in group[side] if ec2._rules_match(r, wanted)]
            if not found:
                return ec2._error("InvalidPermission.NotFound",
                                  "The specified rule does not exist in this security group.", 400)
            for rule in found:
                for kind in ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs"):
                    rule[kind] = wanted[kind]
        for rule in group[side]:
            identifier = rule.get("SecurityGroupRuleId") or ec2._sg_rule_id(group["GroupId"], side != "IpPermissions",
                                                                            rule)
            if identifier in named:
                for kind in ("IpRanges", "Ipv6Ranges", "PrefixListIds", "UserIdGroupPairs"):
                    for entry in rule[kind]:
                        entry["Description"] = named[identifier]
        name = "UpdateSecurityGroupRuleDescriptions" + ("Ingress" if side == "IpPermissions" else "Egress")
        return ec2._xml(200, name + "Response", "<return>true</return>")
    return update


def existing_load_balancing(call: Call) -> Answer | None:
    """Create with the name and settings of one that exists: AWS answers the existing one."""
    from ministack.services import alb
    if call.service != "elbv2":
        return None
    if call.action == "CreateTargetGroup":
        for record in alb._tgs.values():
            wanted = [("Protocol", "Protocol"), ("VpcId", "VpcId"), ("HealthCheckPath", "HealthCheckPath")]
            if record["TargetGroupName"] == call.input.get("Name") and str(record.get("Port")) == \
                    str(call.input.get("Port")) and all(record.get(b) == call.input.get(a) for a, b in wanted):
                return load_balancing_answer(call, f"<TargetGroups>{alb._tg_xml(record)}</TargetGroups>")
    if call.action == "CreateLoadBalancer":
        for record in alb._lbs.values():
            if record["LoadBalancerName"] == call.input.get("Name") \
                    and record["Scheme"] == (call.input.get("Scheme") or "internet-facing") \
                    and sorted(record["Subnets"]) == sorted(call.input.get("Subnets") or []) \
                    and sorted(record["SecurityGroups"]) == sorted(call.input.get("SecurityGroups") or []):
                return load_balancing_answer(call, f"<LoadBalancers>{alb._lb_xml(record)}</LoadBalancers>")
    return None


def load_balancing_answer(call, inner):
    body = (f'<{call.action}Response xmlns="http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/"><{call.action}'
            f"Result>{inner}</{call.action}Result><ResponseMetadata><RequestId>existing</RequestId>"
            f"</ResponseMetadata></{call.action}Response>").encode()
    return Answer(200, [(b"content-type", b"text/xml")], b"").with_body(body)


def final_snapshot(call: Call) -> None:
    from ministack.services import rds
    name, cluster = call.input.get("FinalDBSnapshotIdentifier"), rds._clusters.get(call.input.get("DBClusterIdentifier"))
    if name and cluster and not cluster.get("DBClusterMembers") and not cluster.get("DeletionProtection"):
        rds._create_cluster_snapshot_internal(name, cluster)
