"""Which IAM actions on which resources an API call needs, as AWS's Service Authorization Reference has it
(https://docs.aws.amazon.com/service-authorization/latest/reference/). In force with --auth.

ministack checks one action on one ARN a call, often `*` or a parent's ARN, no iam:PassRole, no tag-on-create. Here every
call of the stack's services is checked on what AWS checks; the signature, the principal, its policies and the evaluation
of statements and conditions stay ministack's. A call of another service is checked as ministack does it.

A need is a list of alternatives; one must be allowed. More than one stands where the reference and AWS's own behaviour
are known to disagree or could not be confirmed (SURVEY.md lists them).
"""
import contextvars
import re

import buckets
from wire import Call, error_answer

current: contextvars.ContextVar = contextvars.ContextVar("authorized_call", default=None)
BATCHES = {"SendMessageBatch": "SendMessage", "DeleteMessageBatch": "DeleteMessage",
           "ChangeMessageVisibilityBatch": "ChangeMessageVisibility"}
IAM_PREFIX = {"elbv2": "elasticloadbalancing"}


class Need(tuple):
    """(action, ARN, tags of the resource, tags of the request, further context)"""
    def __new__(cls, action, arn, resource_tags=None, request_tags=None, **context):
        return super().__new__(cls, (action, arn, resource_tags or {}, request_tags or {}, context))


def install() -> None:
    """Puts our needs in the place of ministack's single check."""
    from ministack import app
    from ministack.core import iam_evaluator
    original = iam_evaluator.enforce

    def enforce(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
        call = current.get()
        needs = needs_of(call) if call is not None else None
        if needs is None:
            return original(access_key_id, iam_action, service, region, resource_arn=resource_arn,
                            service_context=service_context)
        for alternatives in needs:
            refusals = []
            for action, arn, tags, request_tags, context in alternatives:
                merged = {f"aws:RequestTag/{k}": v for k, v in request_tags.items()}
                if request_tags:
                    merged["aws:TagKeys"] = sorted(request_tags)
                merged |= {f"aws:ResourceTag/{k}": v for k, v in tags.items()}
                merged |= {k.replace("__", ":"): v for k, v in context.items()}
                denied = original(access_key_id, action, service, region, resource_arn=arn, service_context=merged)
                if not denied:
                    call.needs.append([action, arn])
                    break
                refusals.append(denied)
            else:
                call.denied[:] = alternatives[0][:2]
                return refusals[0]
        return None

    iam_evaluator.enforce = enforce
    # Loopback speaks HTTP, AWS only TLS: a policy that denies without TLS must not deny here.
    app.pin_request_origin = lambda address, secure: iam_evaluator.pin_request_origin(address, True)


def name_what_was_denied(call: Call, answer):
    """ministack's refusal names the call; AWS's names the action and the resource that were not allowed."""
    if not call.denied or answer.status < 400:
        return answer
    action, arn = call.denied
    told = re.sub(rb"perform: \S+", f"perform: {action} on resource: {arn}".encode(), answer.body, count=1)
    return answer.with_body(told)


def needs_of(call: Call):
    """A list of lists of alternative needs, or None where ministack's own check stands."""
    service = SERVICES.get(call.service)
    return service(call, Place(call)) if service else None


class Place:
    def __init__(self, call):
        self.region = call.region
        self.account = call.access_key if re.fullmatch(r"\d{12}", call.access_key) else "123456789012"

    def arn(self, service, resource, region=True):
        return f"arn:aws:{service}:{self.region if region else ''}:{self.account}:{resource}"


def one(need) -> list:
    return [need]


def tag_values(items) -> dict:
    """Tags as a map, from any protocol's spelling (RDS and ElastiCache call their members `Tag`)."""
    tags = {}
    if isinstance(items, dict):
        items = items.get("Tag")
    for item in items or []:
        if isinstance(item, dict):
            key = item.get("Key", item.get("key", item.get("TagKey")))
            tags[key] = item.get("Value", item.get("value", item.get("TagValue", "")))
    return tags


# -- EC2 --

EC2_KINDS = {"vpc": "vpc", "subnet": "subnet", "igw": "internet-gateway", "rtb": "route-table", "sg": "security-group",
             "eipalloc": "elastic-ip", "nat": "natgateway", "vpce": "vpc-endpoint", "sgr": "security-group-rule",
             "pl": "prefix-list", "eni": "network-interface"}
EC2_MADE = {"CreateVpc": "vpc", "CreateSubnet": "subnet", "CreateInternetGateway": "internet-gateway",
            "AllocateAddress": "elastic-ip", "CreateNatGateway": "natgateway", "CreateRouteTable": "route-table",
            "CreateSecurityGroup": "security-group", "CreateVpcEndpoint": "vpc-endpoint"}
EC2_IDS = ("VpcId", "SubnetId", "InternetGatewayId", "RouteTableId", "GroupId", "AllocationId", "NatGatewayId",
           "VpcEndpointId", "SecurityGroupId", "PrefixListId", "ResourceId")
# A route's targets are no resources of its authorisation.
EC2_TARGETS = {"CreateRoute": ("RouteTableId",), "ReplaceRoute": ("RouteTableId",), "DeleteRoute": ("RouteTableId",),
               "AuthorizeSecurityGroupIngress": ("GroupId",), "AuthorizeSecurityGroupEgress": ("GroupId",),
               "RevokeSecurityGroupIngress": ("GroupId",), "RevokeSecurityGroupEgress": ("GroupId",)}


def ec2_tags(identifier) -> dict:
    from ministack.services import ec2
    return tag_values(ec2._tags.get(identifier))


def ec2_needs(call, place):
    action, p = "ec2:" + call.action, call.input
    if call.action.startswith("Describe") and call.action != "DescribeVpcAttribute":
        return [one(Need(action, "*"))]
    needs = []
    request_tags = {}
    for specification in p.get("TagSpecification") or []:
        request_tags |= tag_values(specification.get("Tag"))
    made = EC2_MADE.get(call.action)
    if made:
        arn = place.arn("ec2", f"{made}/*")
        needs.append(one(Need(action, arn, request_tags=request_tags)))
        if request_tags:
            needs.append(one(Need("ec2:CreateTags", arn, request_tags=request_tags, ec2__CreateAction=call.action)))
    explicit = tag_values(p.get("Tag")) if call.action in ("CreateTags", "DeleteTags") else {}
    if call.action == "DisassociateRouteTable":
        from ministack.services import ec2
        for identifier, table in ec2._route_tables.items():
            if any(a["RouteTableAssociationId"] == p.get("AssociationId") for a in table["Associations"]):
                needs.append(one(Need(action, place.arn("ec2", f"route-table/{identifier}"), ec2_tags(identifier))))
    for member in EC2_TARGETS.get(call.action, EC2_IDS):
        values = p.get(member) or []
        for identifier in values if isinstance(values, list) else [values]:
            kind = EC2_KINDS.get(str(identifier).rsplit("-", 1)[0])
            if kind:
                needs.append(one(Need(action, place.arn("ec2", f"{kind}/{identifier}"), ec2_tags(identifier), explicit)))
    if call.action == "CreateVpcEndpoint" and p.get("VpcEndpointType") == "Interface" and \
            p.get("PrivateDnsEnabled", "true") == "true":
        needs.append(one(Need("route53:AssociateVPCWithHostedZone", "arn:aws:route53:::hostedzone/ZOFTHESERVICE")))
    return needs or [one(Need(action, "*"))]


# -- ECR and its registry --

def ecr_needs(call, place):
    action, p = "ecr:" + call.action, call.input
    if call.action == "GetAuthorizationToken":
        return [one(Need(action, "*"))]
    if call.action == "DescribeRepositories":
        names = p.get("repositoryNames") or ["*"]
        return [[Need(action, place.arn("ecr", f"repository/{n}")), Need(action, "*")] for n in names]
    arn = p.get("resourceArn") or place.arn("ecr", f"repository/{p.get('repositoryName')}")
    tags = tag_values(p.get("tags"))
    needs = [one(Need(action, arn, request_tags=tags))]
    if call.action == "CreateRepository" and tags:
        needs.append(one(Need("ecr:TagResource", arn, request_tags=tags)))
    return needs


REGISTRY = (("HEAD", "/blobs/", "BatchCheckLayerAvailability"), ("GET", "/blobs/", "GetDownloadUrlForLayer"),
            ("POST", "/blobs/uploads", "InitiateLayerUpload"), ("PATCH", "/blobs/uploads", "UploadLayerPart"),
            ("PUT", "/blobs/uploads", "CompleteLayerUpload"), ("PUT", "/manifests/", "PutImage"),
            ("HEAD", "/manifests/", "BatchGetImage"), ("GET", "/manifests/", "BatchGetImage"))


def registry_refusal(call: Call, login):
    """An answer for a registry call that its login does not permit; None when it may go on."""
    action = next((a for m, part, a in REGISTRY if m == call.method and part in call.path), None)
    if action is None:
        return None
    name = re.match(r"/v2/(.+?)/(?:blobs|manifests)/", call.path).group(1)
    arn = f"arn:aws:ecr:{login.region}:{login.account}:repository/{name}"
    if allowed(login, "ecr:" + action, arn):
        call.needs.append(["ecr:" + action, arn])
        return None
    call.denied[:] = ["ecr:" + action, arn]
    return error_answer(call, 403, "DENIED", f"User is not authorized to perform: ecr:{action} on resource: {arn}")


def allowed(holder, action: str, arn: str) -> bool:
    """holder: whatever has an access_key, an account and a region."""
    from ministack.core.iam_evaluator import EvalContext, evaluate, resolve_principal
    principal = resolve_principal(holder.access_key, holder.account)
    if getattr(principal, "policies", ()) is None:
        return True
    context = EvalContext(principal.arn, principal.type, principal.account, action, arn, holder.region)
    return evaluate(context, principal.policies, *principal.limits).decision == "Allow"


# -- IAM, STS, logs --

def iam_needs(call, place):
    action, p = "iam:" + call.action, call.input
    if call.action in ("ListRoles", "ListOpenIDConnectProviders", "ListPolicies", "GetAccountSummary",
                       "ListAccountAliases"):
        return [one(Need(action, "*"))]
    if call.action == "CreateServiceLinkedRole":
        service = p.get("AWSServiceName", "")
        from corrections import SERVICE_LINKED_ROLES
        arn = place.arn("iam", f"role/aws-service-role/{service}/{SERVICE_LINKED_ROLES.get(service, '*')}", region=False)
        return [one(Need(action, arn, iam__AWSServiceName=service))]
    if call.action == "CreateOpenIDConnectProvider":
        host = str(p.get("Url", "")).removeprefix("https://")
        arn, tags = place.arn("iam", f"oidc-provider/{host}", region=False), tag_values(p.get("Tags"))
        return [one(Need(action, arn, request_tags=tags))] + (
            [one(Need("iam:TagOpenIDConnectProvider", arn, request_tags=tags))] if tags else [])
    for member in ("OpenIDConnectProviderArn", "PolicyArn", "PolicySourceArn"):
        if p.get(member) and not p.get("RoleName"):
            return [one(Need(action, p[member]))]
    if p.get("RoleName"):
        from ministack.services import iam
        record = iam._roles.get(p["RoleName"]) or {}
        arn = record.get("Arn") or place.arn("iam", f"role{p.get('Path', '/')}{p['RoleName']}", region=False)
        tags = tag_values(p.get("Tags"))
        needs = [one(Need(action, arn, tag_values(record.get("Tags")), tags))]
        if call.action == "CreateRole" and tags:
            needs.append(one(Need("iam:TagRole", arn, request_tags=tags)))
        return needs
    return None


def quotas_needs(call, place):
    return [one(Need("servicequotas:" + call.action, "*"))]


def logs_needs(call, place):
    action, p = "logs:" + call.action, call.input
    if call.action == "DescribeLogGroups":
        return [[Need(action, "*"), Need(action, place.arn("logs", "log-group::log-stream:"))]]
    if p.get("resourceArn"):
        return [one(Need(action, p["resourceArn"].removesuffix(":*"), request_tags=p.get("tags") or {}))]
    name = p.get("logGroupName") or str(p.get("logGroupIdentifier", "")).split("log-group:")[-1]
    group = place.arn("logs", f"log-group:{name}")
    if p.get("logStreamName"):
        return [one(Need(action, f"{group}:log-stream:{p['logStreamName']}"))]
    needs = [[Need(action, f"{group}:log-stream:", request_tags=p.get("tags") or {}),
              Need(action, group, request_tags=p.get("tags") or {})]]
    if call.action == "CreateLogGroup" and p.get("tags"):
        needs.append([Need("logs:TagResource", group, request_tags=p["tags"])])
    return needs


# -- data --

def sqs_needs(call, place):
    action, p = "sqs:" + BATCHES.get(call.action, call.action), call.input
    name = str(p.get("QueueUrl") or p.get("QueueName") or "").rsplit("/", 1)[-1]
    if not name:
        return [one(Need(action, "*"))]
    arn, tags = place.arn("sqs", name), p.get("tags") or p.get("Tags") or {}
    tags = tags if isinstance(tags, dict) else {}
    return [one(Need(action, arn, request_tags=tags))] + (
        [one(Need("sqs:TagQueue", arn, request_tags=tags))] if call.action == "CreateQueue" and tags else [])


def dynamodb_needs(call, place):
    p, action = call.input, "dynamodb:" + call.action
    if call.action not in ("CreateTable", "DeleteTable", "UpdateTable", "TagResource", "UntagResource",
                           "ListTagsOfResource", "UpdateTimeToLive", "DescribeTimeToLive", "DescribeTable",
                           "UpdateContinuousBackups", "DescribeContinuousBackups", "ListTables", "GetItem", "PutItem",
                           "UpdateItem", "DeleteItem"):
        return None  # batches, queries and transactions: ministack's own check is AWS's
    if call.action == "ListTables":
        return [one(Need(action, "*"))]
    arn = p.get("ResourceArn") or place.arn("dynamodb", f"table/{p.get('TableName')}")
    tags = tag_values(p.get("Tags"))
    return [one(Need(action, arn, request_tags=tags))] + (
        [one(Need("dynamodb:TagResource", arn, request_tags=tags))] if call.action == "CreateTable" and tags else [])


def by_members(prefix, members, tagger):
    """Needs of a Query service whose inputs name their resources: {input member: ARN type}."""
    def needs(call, place):
        action, p = f"{prefix}:{call.action}", call.input
        if p.get("ResourceName"):
            return [one(Need(action, p["ResourceName"], request_tags=tag_values(p.get("Tags"))))]
        tags = tag_values(p.get("Tags"))
        arns = [place.arn(prefix, f"{kind}:{p[m]}") for m, kind in members.items() if isinstance(p.get(m), str)]
        if not arns:
            kind = DESCRIBED.get(call.action)
            return [[Need(action, place.arn(prefix, f"{kind}:*")), Need(action, "*")] if kind else one(Need(action, "*"))]
        found = [one(Need(action, a, request_tags=tags if i == 0 else {})) for i, a in enumerate(arns)]
        if tags and call.action.startswith("Create"):
            found.append(one(Need(f"{prefix}:{tagger}", arns[0], request_tags=tags)))
        return found
    return needs


DESCRIBED = {"DescribeReplicationGroups": "replicationgroup", "DescribeCacheSubnetGroups": "subnetgroup",
             "DescribeCacheParameterGroups": "parametergroup", "DescribeCacheClusters": "cluster",
             "DescribeDBClusters": "cluster", "DescribeDBInstances": "db", "DescribeDBSubnetGroups": "subgrp",
             "DescribeDBClusterParameterGroups": "cluster-pg", "DescribeDBClusterSnapshots": "cluster-snapshot"}
elasticache_needs = by_members("elasticache", {
    "ReplicationGroupId": "replicationgroup", "CacheClusterId": "cluster", "CacheSubnetGroupName": "subnetgroup",
    "CacheParameterGroupName": "parametergroup"}, "AddTagsToResource")
_rds_needs = by_members("rds", {
    "DBInstanceIdentifier": "db", "DBClusterIdentifier": "cluster", "DBSubnetGroupName": "subgrp",
    "DBClusterParameterGroupName": "cluster-pg", "DBClusterSnapshotIdentifier": "cluster-snapshot",
    "FinalDBSnapshotIdentifier": "cluster-snapshot"}, "AddTagsToResource")


def rds_needs(call, place):
    needs = _rds_needs(call, place)
    if call.input.get("ManageMasterUserPassword") == "true" and call.action == "CreateDBCluster":
        # https://docs.aws.amazon.com/AmazonRDS/latest/AuroraUserGuide/rds-secrets-manager.html#rds-secrets-manager-permissions
        secret = place.arn("secretsmanager", "secret:rds!cluster-00000000-0000-0000-0000-000000000000-000000")
        needs += [one(Need("secretsmanager:CreateSecret", secret)), one(Need("secretsmanager:TagResource", secret)),
                  one(Need("kms:DescribeKey", place.arn("kms", "key/aws-managed-secretsmanager")))]
    return needs


def secrets_needs(call, place):
    action, p = "secretsmanager:" + call.action, call.input
    if call.action in ("ListSecrets", "GetRandomPassword", "BatchGetSecretValue"):
        return [one(Need(action, "*"))]
    from ministack.services import secretsmanager
    name = p.get("SecretId") or p.get("Name") or ""
    _, record = secretsmanager._resolve(name)
    arn = (record or {}).get("ARN") or (name if name.startswith("arn:") else
                                        place.arn("secretsmanager", f"secret:{name}-AbCdEf"))
    tags = tag_values(p.get("Tags"))
    needs = [one(Need(action, arn, tag_values((record or {}).get("Tags")), tags))]
    if call.action == "CreateSecret" and tags:
        needs.append(one(Need("secretsmanager:TagResource", arn, request_tags=tags)))
    return needs


def s3_needs(call, place):
    action, p = buckets.IAM_ACTIONS.get(call.action), call.input
    if action is None:
        return None  # what only the tests call
    action, bucket = "s3:" + action, f"arn:aws:s3:::{p.get('Bucket')}"
    if call.action == "DeleteObjects":
        # S3 API DeleteObjects, "Permissions": s3:DeleteObject always, for a version s3:DeleteObjectVersion, too.
        return [one(Need(needed, f"{bucket}/{o.get('Key')}")) for o in buckets.objects_of(call)
                for needed in [action] + (["s3:DeleteObjectVersion"] if o.get("VersionId") else [])]
    if p.get("Key"):
        return [one(Need(action, f"{bucket}/{p['Key']}"))]
    if action == "s3:ListBucket":
        return [one(Need(action, bucket, **({"s3__prefix": p["prefix"]} if p.get("prefix") else {})))]
    pairs = ((p.get("CreateBucketConfiguration") or {}).get("Tags") or {}).get("Tag") or []
    tags = tag_values(pairs if isinstance(pairs, list) else [pairs])
    # S3 API CreateBucket: "You must have the s3:TagResource permission to create a general purpose bucket with tags".
    return [one(Need(action, bucket, request_tags=tags))] + (
        [one(Need("s3:TagResource", bucket, request_tags=tags))] if tags else [])


def hidden_absence(call, answer):
    """Whoever may not list a bucket is not told that a key is absent."""
    place = Place(call)
    place.access_key = call.access_key
    need = ["s3:ListBucket", f"arn:aws:s3:::{call.input.get('Bucket')}"]
    if b"NoSuchKey" not in answer.body:
        return answer
    if allowed(place, *need):
        call.needs.append(need)
        return answer
    call.denied[:] = need
    return error_answer(call, 403, "AccessDenied", f"User is not authorized to perform: {need[0]} on resource: {need[1]}")


# -- containers, load balancing, scaling --

def ecs_needs(call, place):
    action, p = "ecs:" + call.action, call.input
    cluster = str(p.get("cluster") or p.get("clusterName") or "default").rsplit("/", 1)[-1]
    cluster_arn, tags = place.arn("ecs", f"cluster/{cluster}"), tag_values(p.get("tags"))

    def full(kind, name):
        name = str(name)
        if name.startswith("arn:"):
            return name
        return place.arn("ecs", f"{kind}/{name}" if kind == "task-definition" else f"{kind}/{cluster}/{name}")
    arns, loose, own = None, False, {}
    if call.action in ("CreateCluster", "DeleteCluster", "UpdateCluster", "UpdateClusterSettings",
                       "PutClusterCapacityProviders"):
        arns = [cluster_arn]
    elif call.action == "DescribeClusters":
        names = [str(c).rsplit("/", 1)[-1] for c in p.get("clusters") or ["default"]]
        arns = [place.arn("ecs", f"cluster/{n}") for n in names]
    elif call.action in ("CreateService", "UpdateService", "DeleteService", "ListServiceDeployments"):
        arns = [full("service", p.get("serviceName") or p.get("service"))]
    elif call.action == "DescribeServices":
        arns = [full("service", s) for s in p.get("services") or []]
    elif call.action == "RegisterTaskDefinition":
        arns = ["*"]  # as AWS's own refusals say, though the reference lists the type task-definition
    elif call.action == "DeleteTaskDefinitions":
        arns, loose = [full("task-definition", t) for t in p.get("taskDefinitions") or []], True
    elif call.action == "RunTask":
        from ministack.services import ecs
        key = ecs._resolve_td_key(p.get("taskDefinition", "")) if p.get("taskDefinition") else None
        record = ecs._task_defs.get(key) or {}
        arns = [record.get("taskDefinitionArn") or full("task-definition", p.get("taskDefinition"))]
    elif call.action in ("StopTask", "DescribeTasks"):
        from ministack.services import ecs
        own = ecs._tags
        arns = [full("task", t) for t in ([p["task"]] if "task" in p else p.get("tasks") or [])]
    elif call.action in ("DescribeServiceDeployments", "DescribeServiceRevisions", "StopServiceDeployment"):
        arns = p.get("serviceDeploymentArns") or p.get("serviceRevisionArns") or [p.get("serviceDeploymentArn")]
    elif call.action in ("TagResource", "UntagResource", "ListTagsForResource"):
        arns = [p.get("resourceArn")]
    if arns is None:
        loose_arns = [cluster_arn] if p.get("cluster") else []
        return [[Need(action, "*"), *(Need(action, a) for a in loose_arns)]]
    needs = [[Need(action, a, tag_values(own.get(a)), tags, ecs__cluster=cluster_arn)] + ([Need(action, "*", request_tags=tags)]
                                                                               if loose else []) for a in arns]
    if tags and call.action in ("CreateCluster", "CreateService", "RegisterTaskDefinition", "RunTask"):
        created = {"RunTask": place.arn("ecs", f"task/{cluster}/*"),
                   "RegisterTaskDefinition": full("task-definition", f"{p.get('family')}:1")}.get(call.action, arns[0])
        needs.append(one(Need("ecs:TagResource", created, request_tags=tags, ecs__CreateAction=call.action)))
    roles = [p.get("taskRoleArn"), p.get("executionRoleArn")]
    if call.action == "RunTask":
        roles += [(p.get("overrides") or {}).get(k) for k in ("taskRoleArn", "executionRoleArn")]
        roles += [record.get(k) for k in ("taskRoleArn", "executionRoleArn")]
    for role in {r for r in roles if r}:
        needs.append(one(Need("iam:PassRole", role, iam__PassedToService="ecs-tasks.amazonaws.com")))
    return needs


def elb_needs(call, place):
    action, p = "elasticloadbalancing:" + call.action, call.input
    if call.action.startswith("Describe"):
        return [one(Need(action, "*"))]
    tags = tag_values(p.get("Tags"))
    if call.action in ("AddTags", "RemoveTags"):
        return [one(Need(action, a, request_tags=tags)) for a in p.get("ResourceArns") or []]
    made = {"CreateLoadBalancer": f"loadbalancer/app/{p.get('Name')}/*", "CreateTargetGroup": f"targetgroup/{p.get('Name')}/*"}
    if call.action in made:
        arn = tagged = place.arn("elasticloadbalancing", made[call.action])
    else:
        arn = p.get("RuleArn") or p.get("ListenerArn") or p.get("TargetGroupArn") or p.get("LoadBalancerArn") or "*"
        tagged = arn.replace(":loadbalancer/", ":listener/") + "/*" if call.action == "CreateListener" else \
            arn.replace(":listener/", ":listener-rule/") + "/*"
    needs = [one(Need(action, arn, request_tags=tags))]
    if tags and call.action.startswith("Create"):
        needs.append(one(Need("elasticloadbalancing:AddTags", tagged, request_tags=tags,
                              elasticloadbalancing__CreateAction=call.action)))
    return needs


def autoscaling_needs(call, place):
    action, p = "application-autoscaling:" + call.action, call.input
    if call.action.startswith("Describe"):
        return [one(Need(action, "*"))]
    context = {}
    if p.get("ServiceNamespace"):
        context["application-autoscaling__service-namespace"] = p["ServiceNamespace"]
    if p.get("ScalableDimension"):
        context["application-autoscaling__scalable-dimension"] = p["ScalableDimension"]
    import autoscaling
    key = tuple(p.get(m) for m in ("ServiceNamespace", "ResourceId", "ScalableDimension"))
    known = next((t["ScalableTargetARN"] for k, t in autoscaling._targets.items() if k[1:] == (place.region, *key)), None)
    arn = p.get("ResourceARN") or known or place.arn("application-autoscaling", "scalable-target/*")
    tags = p.get("Tags") if isinstance(p.get("Tags"), dict) else {}
    needs = [one(Need(action, arn, request_tags=tags, **context))]
    if tags and call.action == "RegisterScalableTarget":
        needs.append(one(Need("application-autoscaling:TagResource", arn, request_tags=tags, **context)))
    return needs + scaling_in_the_callers_name(call.action, p, place)


def scaling_in_the_callers_name(action, p, place):
    """What the service does with the caller's permissions (https://docs.aws.amazon.com/autoscaling/application/userguide/
    security_iam_id-based-policy-examples.html, "API actions on target services and CloudWatch")."""
    if p.get("ServiceNamespace") != "ecs":
        return []
    if action == "RegisterScalableTarget":
        service = place.arn("ecs", p.get("ResourceId", ""))
        return [one(Need("ecs:DescribeServices", service)), one(Need("ecs:UpdateService", service))]
    alarm = place.arn("cloudwatch", f"alarm:TargetTracking-{p.get('ResourceId')}-AlarmHigh")
    if action == "PutScalingPolicy" and p.get("PolicyType") == "TargetTrackingScaling":
        return [one(Need("cloudwatch:DescribeAlarms", "*")), one(Need("cloudwatch:PutMetricAlarm", alarm))]
    return [one(Need("cloudwatch:DeleteAlarms", alarm))] if action == "DeleteScalingPolicy" else []


def cloudwatch_needs(call, place):
    action, p = "cloudwatch:" + call.action, call.input
    if call.action in ("PutDashboard", "GetDashboard", "DeleteDashboards"):
        names = p.get("DashboardNames") or [p.get("DashboardName")]
        arns, tags = [place.arn("cloudwatch", f"dashboard/{n}", region=False) for n in names], tag_values(p.get("Tags"))
        return [one(Need(action, a, request_tags=tags)) for a in arns] + (
            [one(Need("cloudwatch:TagResource", arns[0], request_tags=tags))] if tags else [])
    if call.action in ("PutMetricAlarm", "DeleteAlarms", "PutCompositeAlarm", "SetAlarmState"):
        tags = tag_values(p.get("Tags"))
        arns = [place.arn("cloudwatch", f"alarm:{n}") for n in p.get("AlarmNames") or [p.get("AlarmName")]]
        needs = [one(Need(action, a, request_tags=tags)) for a in arns]
        return needs + ([one(Need("cloudwatch:TagResource", arns[0], request_tags=tags))] if tags else [])
    if p.get("ResourceARN"):
        return [one(Need(action, p["ResourceARN"], request_tags=tag_values(p.get("Tags"))))]
    return [one(Need(action, "*"))]


def sns_needs(call, place):
    action, p = "sns:" + call.action, call.input
    arn = p.get("TopicArn") or p.get("ResourceArn") or (p.get("Name") and place.arn("sns", p["Name"]))
    if call.action == "Unsubscribe" or not arn:
        return [one(Need(action, "*"))]
    tags = tag_values(p.get("Tags"))
    return [one(Need(action, arn, request_tags=tags))] + (
        [one(Need("sns:TagResource", arn, request_tags=tags))] if call.action == "CreateTopic" and tags else [])


def cloudfront_needs(call, place):
    def global_arn(kind, identifier):
        return place.arn("cloudfront", f"{kind}/{identifier}", region=False)
    from ministack.services import cloudfront
    action, p = "cloudfront:" + call.action, call.input
    if call.action == "CreateDistributionWithTags":
        arn = global_arn("distribution", "*")
        items = ((p.get("DistributionConfigWithTags") or {}).get("Tags") or {}).get("Items") or {}
        tags = tag_values(items["Tag"] if isinstance(items.get("Tag"), list) else [items.get("Tag")])
        # The API's page names CreateDistribution and TagResource; the operation's own name is also in use.
        return [[Need("cloudfront:CreateDistribution", arn, request_tags=tags), Need(action, arn, request_tags=tags)],
                one(Need("cloudfront:TagResource", arn, request_tags=tags))]
    if p.get("Resource"):
        return [one(Need(action, p["Resource"]))]
    for word, kind in (("CachePolic", "cache-policy"), ("OriginRequestPolic", "origin-request-policy"),
                       ("ResponseHeadersPolic", "response-headers-policy")):
        if word in call.action:
            return [[Need(action, global_arn(kind, p.get("Id", "*"))), *([Need(action, "*")] if "Id" not in p else [])]]
    identifier = p.get("Id") or p.get("DistributionId")
    if identifier:
        arn = global_arn("distribution", identifier)
        return [one(Need(action, arn, tag_values(cloudfront._tags.get(arn))))]
    return [[Need(action, "*"), Need(action, global_arn("distribution", "*"))]]


SERVICES = {
    "ec2": ec2_needs, "ecr": ecr_needs, "iam": iam_needs, "logs": logs_needs, "sqs": sqs_needs,
    "service-quotas": quotas_needs,
    "dynamodb": dynamodb_needs, "elasticache": elasticache_needs, "rds": rds_needs, "secretsmanager": secrets_needs,
    "ecs": ecs_needs, "elbv2": elb_needs, "application-autoscaling": autoscaling_needs, "cloudwatch": cloudwatch_needs,
    "sns": sns_needs, "cloudfront": cloudfront_needs, "s3": s3_needs,
}
