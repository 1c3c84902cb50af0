#!/usr/bin/env python3
"""The whole default stack of stack.md, made with boto3 call by call: the checkers' own test subject.

It lets census.py and expected.py be tested without tickctl (a full stack must pass, each planted deviation must be
found) and shows which operations of the steps ministack answers. Not a provisioner: no retry, no adoption, no order
but the written one.    python reference_stack.py ENDPOINT
"""
import hashlib
import json
import sys

import boto3
from botocore.config import Config

ACCOUNT = "123456789012"
REGIONS = {"ap-northeast-1": "10.11", "ap-northeast-2": "10.12"}
MANIFEST = json.dumps({
    "schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "layers": [],
    "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "size": 2,
               "digest": "sha256:" + hashlib.sha256(b"{}").hexdigest()}})
DIGEST = "sha256:" + hashlib.sha256(MANIFEST.encode()).hexdigest()
ROLES = ("public", "confirm", "worker")
APP = "ticket"
PRIMARY = sorted(REGIONS)[0]
BUCKET = f"{APP}-load-{ACCOUNT}-{PRIMARY}"


def trust(service):
    return json.dumps({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}]})


class Maker:
    def __init__(self, endpoint, credentials=("test", "test", None)):
        self.endpoint, self.credentials, self.clients = endpoint, credentials, {}
        self.albs = {}

    def client(self, service, region="us-east-1"):
        if (service, region) not in self.clients:
            key, secret, token = self.credentials
            self.clients[service, region] = boto3.client(
                service, region_name=region, endpoint_url=self.endpoint, aws_access_key_id=key,
                aws_secret_access_key=secret, aws_session_token=token, config=Config(retries={"max_attempts": 0}))
        return self.clients[service, region]

    @staticmethod
    def tags(step, identifier, key="Key", value="Value", name=True):
        pairs = {"tickctl:stack": APP, "tickctl:step": step, "tickctl:id": identifier}
        if name:
            pairs["Name"] = f"{APP}-{identifier}"
        return [{key: k, value: v} for k, v in pairs.items()]

    @staticmethod
    def tag_map(step, identifier):
        return {"tickctl:stack": APP, "tickctl:step": step, "tickctl:id": identifier}

    def everything(self):
        self.client("sts").get_caller_identity()
        self.global_roles()
        for region in REGIONS:
            self.network(region)
            self.repositories(region)
            self.cluster(region)
            self.data(region)
            self.task_definitions(region)
            self.services(region)
            self.scaling(region)
        self.edge()

    def network(self, region):
        ec2, base = self.client("ec2", region), REGIONS[region]

        def spec(kind, identifier):
            return [{"ResourceType": kind, "Tags": self.tags("00-network", identifier)}]
        vpc = self.vpc = ec2.create_vpc(CidrBlock=f"{base}.0.0/16", TagSpecifications=spec("vpc", "vpc"))["Vpc"]["VpcId"]
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": True})
        ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": True})
        igw = ec2.create_internet_gateway(TagSpecifications=spec("internet-gateway", "igw"))
        igw = igw["InternetGateway"]["InternetGatewayId"]
        ec2.attach_internet_gateway(InternetGatewayId=igw, VpcId=vpc)
        zones = sorted(z["ZoneName"] for z in ec2.describe_availability_zones()["AvailabilityZones"])[:3]
        public_table = ec2.create_route_table(VpcId=vpc, TagSpecifications=spec("route-table", "rtb-public"))
        public_table = public_table["RouteTable"]["RouteTableId"]
        ec2.create_route(RouteTableId=public_table, DestinationCidrBlock="0.0.0.0/0", GatewayId=igw)
        self.public, self.private, tables = [], [], []
        for index, zone in enumerate(zones):
            letter = "abc"[index]
            for kind, block, found in (("public", index, self.public), ("private", index + 3, self.private)):
                subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=f"{base}.{16 * block}.0/20", AvailabilityZone=zone,
                                           TagSpecifications=spec("subnet", f"{kind}-{letter}"))["Subnet"]["SubnetId"]
                found.append(subnet)
            ec2.modify_subnet_attribute(SubnetId=self.public[-1], MapPublicIpOnLaunch={"Value": True})
            ec2.associate_route_table(RouteTableId=public_table, SubnetId=self.public[-1])
            address = ec2.allocate_address(Domain="vpc", TagSpecifications=spec("elastic-ip", f"eip-{letter}"))
            nat = ec2.create_nat_gateway(SubnetId=self.public[-1], AllocationId=address["AllocationId"],
                                         ClientToken=f"{region}-{letter}-{vpc}",
                                         TagSpecifications=spec("natgateway", f"nat-{letter}"))
            table = ec2.create_route_table(VpcId=vpc, TagSpecifications=spec("route-table", f"rtb-private-{letter}"))
            table = table["RouteTable"]["RouteTableId"]
            tables.append(table)
            ec2.create_route(RouteTableId=table, DestinationCidrBlock="0.0.0.0/0",
                             NatGatewayId=nat["NatGateway"]["NatGatewayId"])
            ec2.associate_route_table(RouteTableId=table, SubnetId=self.private[-1])
        groups = self.groups = {}
        for name in ("alb", "ecs", "redis", "aurora", "endpoints"):
            groups[name] = ec2.create_security_group(
                GroupName=f"{APP}-{name}", Description=f"{APP} {name}", VpcId=vpc,
                TagSpecifications=spec("security-group", f"sg-{name}"))["GroupId"]

        def allow(group, port, **source):
            ec2.authorize_security_group_ingress(GroupId=groups[group], IpPermissions=[
                {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, **source}])

        def pair(group, text):
            return {"UserIdGroupPairs": [{"GroupId": groups[group], "Description": text}]}
        for port in (80, 443):
            allow("alb", port, IpRanges=[{"CidrIp": "0.0.0.0/0", "Description": "anywhere"}])
        allow("ecs", 3000, **pair("alb", "load balancer"))
        allow("redis", 6379, **pair("ecs", "tasks"))
        allow("aurora", 5432, **pair("ecs", "tasks"))
        allow("endpoints", 443, **pair("ecs", "tasks"))
        default = ec2.describe_security_groups(Filters=[{"Name": "vpc-id", "Values": [vpc]},
                                                        {"Name": "group-name", "Values": ["default"]}])
        default = default["SecurityGroups"][0]
        if default["IpPermissions"]:
            ec2.revoke_security_group_ingress(GroupId=default["GroupId"], IpPermissions=default["IpPermissions"])
        if default["IpPermissionsEgress"]:
            ec2.revoke_security_group_egress(GroupId=default["GroupId"], IpPermissions=default["IpPermissionsEgress"])
        for service in ("s3", "dynamodb"):
            ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{region}.{service}",
                                    VpcEndpointType="Gateway", RouteTableIds=[public_table, *tables],
                                    TagSpecifications=spec("vpc-endpoint", f"endpoint-{service}"))
        for service in ("ecr.api", "ecr.dkr", "logs", "sqs", "secretsmanager"):
            ec2.create_vpc_endpoint(VpcId=vpc, ServiceName=f"com.amazonaws.{region}.{service}",
                                    VpcEndpointType="Interface", SubnetIds=self.private, PrivateDnsEnabled=True,
                                    SecurityGroupIds=[groups["endpoints"]],
                                    TagSpecifications=spec("vpc-endpoint", f"endpoint-{service.replace('.', '-')}"))

    def repositories(self, region):
        ecr = self.client("ecr", region)
        lifecycle = {"rules": [
            {"rulePriority": 1, "description": "untagged", "action": {"type": "expire"},
             "selection": {"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days",
                           "countNumber": 7}},
            {"rulePriority": 2, "description": "tagged", "action": {"type": "expire"},
             "selection": {"tagStatus": "tagged", "tagPatternList": ["*"], "countType": "imageCountMoreThan",
                           "countNumber": 50}}]}
        for role in ROLES:
            ecr.create_repository(repositoryName=f"{APP}-{role}", imageTagMutability="IMMUTABLE",
                                  imageScanningConfiguration={"scanOnPush": True},
                                  encryptionConfiguration={"encryptionType": "AES256"},
                                  tags=self.tags("01-ecr", f"repository-{role}", name=False))
            ecr.put_lifecycle_policy(repositoryName=f"{APP}-{role}", lifecyclePolicyText=json.dumps(lifecycle))
            ecr.put_image(repositoryName=f"{APP}-{role}", imageManifest=MANIFEST, imageTag="one",
                          imageManifestMediaType="application/vnd.oci.image.manifest.v1+json")
        ecr.get_authorization_token()

    def global_roles(self):
        iam = self.client("iam")
        for service in ("ecs", "elasticache", "rds", "elasticloadbalancing", "ecs.application-autoscaling"):
            iam.create_service_linked_role(AWSServiceName=f"{service}.amazonaws.com")
        iam.create_open_id_connect_provider(Url="https://token.actions.githubusercontent.com",
                                            ClientIDList=["sts.amazonaws.com"], ThumbprintList=["f" * 40],
                                            Tags=self.tags("02-cluster", "oidc-github", name=False))
        both = sorted(REGIONS)

        def role(name, identifier, document, statements):
            iam.create_role(RoleName=f"{APP}-{name}", AssumeRolePolicyDocument=document,
                            Tags=self.tags("02-cluster", identifier, name=False))
            iam.put_role_policy(RoleName=f"{APP}-{name}", PolicyName=f"{APP}-{name}", PolicyDocument=json.dumps(
                {"Version": "2012-10-17", "Statement": statements}))

        def allow(actions, *resources):
            return {"Effect": "Allow", "Action": actions, "Resource": list(resources) or "*"}

        def arns(service, tail):
            return [f"arn:aws:{service}:{r}:{ACCOUNT}:{tail}" for r in both]
        tasks = trust("ecs-tasks.amazonaws.com")
        table, queue = arns("dynamodb", f"table/{APP}-seat-lock"), arns("sqs", f"{APP}-confirm.fifo")
        items = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:Query",
                 "dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem"]
        xray = allow(["xray:PutTraceSegments", "xray:PutTelemetryRecords"])
        secret = ["secretsmanager:GetSecretValue"]
        role("execution", "role-execution", tasks, [
            allow(["ecr:GetAuthorizationToken"]),
            allow(["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer", "ecr:BatchCheckLayerAvailability"],
                  *arns("ecr", f"repository/{APP}-*")),
            allow(["logs:CreateLogStream", "logs:PutLogEvents"], *arns("logs", f"log-group:/ecs/{APP}-*:*")),
            allow(secret, *arns("secretsmanager", f"secret:{APP}/*"), *arns("secretsmanager", "secret:rds!cluster-*"))])
        role("public-task", "role-public", tasks, [allow(items, *table), xray])
        role("confirm-task", "role-confirm", tasks, [
            allow(items, *table, *(t + "/index/*" for t in table)), allow(["sqs:SendMessage"], *queue), xray])
        role("worker-task", "role-worker", tasks, [
            allow([a for a in items if a != "dynamodb:Query"], *table), allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility",
                                         "sqs:GetQueueAttributes"], *queue), xray])
        role("load", "role-load", tasks, [
            allow(["s3:GetObject", "s3:PutObject"], f"arn:aws:s3:::{BUCKET}/runs/*"),
            allow(["s3:ListBucket"], f"arn:aws:s3:::{BUCKET}")])
        role("deploy", "role-deploy", json.dumps({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Action": "sts:AssumeRoleWithWebIdentity",
            "Principal": {"Federated": f"arn:aws:iam::{ACCOUNT}:oidc-provider/token.actions.githubusercontent.com"},
            "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}}]}),
            [allow(["ecs:UpdateService", "ecs:DescribeServices"], *arns("ecs", f"service/{APP}/*"))])

    def cluster(self, region):
        ecs, logs = self.client("ecs", region), self.client("logs", region)
        ecs.create_cluster(clusterName=APP, settings=[{"name": "containerInsights", "value": "enabled"}],
                           capacityProviders=["FARGATE", "FARGATE_SPOT"],
                           defaultCapacityProviderStrategy=[{"capacityProvider": "FARGATE", "weight": 1, "base": 1}],
                           tags=self.tags("02-cluster", "cluster", "key", "value", name=False))
        for role in (*ROLES, "load"):
            logs.create_log_group(logGroupName=f"/ecs/{APP}-{role}", tags=self.tag_map("02-cluster", f"logs-{role}"))
            logs.put_retention_policy(logGroupName=f"/ecs/{APP}-{role}", retentionInDays=30)

        if region == PRIMARY:
            self.bucket(region)

    def bucket(self, region):
        s3, arn = self.client("s3", region), f"arn:aws:s3:::{BUCKET}"
        s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={
            "LocationConstraint": region, "Tags": self.tags("02-cluster", "bucket-load", name=False)})
        s3.put_public_access_block(Bucket=BUCKET, PublicAccessBlockConfiguration={
            k: True for k in ("BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy", "RestrictPublicBuckets")})
        s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [{
            "Sid": "TLSOnly", "Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": [arn, arn + "/*"],
            "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]}))
        s3.put_bucket_lifecycle_configuration(Bucket=BUCKET, LifecycleConfiguration={"Rules": [
            {"ID": "expire", "Status": "Enabled", "Filter": {"Prefix": "runs/"}, "Expiration": {"Days": 14}},
            {"ID": "abort-uploads", "Status": "Enabled", "Filter": {"Prefix": ""},
             "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}]})

    def data(self, region):
        sqs, ddb = self.client("sqs", region), self.client("dynamodb", region)
        cache, rds = self.client("elasticache", region), self.client("rds", region)
        secrets, ec2 = self.client("secretsmanager", region), self.client("ec2", region)
        common = {"FifoQueue": "true", "SqsManagedSseEnabled": "true", "MessageRetentionPeriod": "345600"}

        def policy(name):
            arn = f"arn:aws:sqs:{region}:{ACCOUNT}:{name}"
            return json.dumps({"Version": "2012-10-17", "Statement": [{
                "Sid": "TLSOnly", "Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": arn,
                "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]})
        dead, live = f"{APP}-deadletter.fifo", f"{APP}-confirm.fifo"
        sqs.create_queue(QueueName=dead, Attributes=common | {"Policy": policy(dead)},
                         tags=self.tag_map("03-dataplane", "queue-deadletter"))
        dead_url = sqs.get_queue_url(QueueName=dead)["QueueUrl"]
        dead_arn = sqs.get_queue_attributes(QueueUrl=dead_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        sqs.create_queue(QueueName=live, tags=self.tag_map("03-dataplane", "queue-confirm"), Attributes=common | {
            "VisibilityTimeout": "60", "DeduplicationScope": "messageGroup",
            "FifoThroughputLimit": "perMessageGroupId", "Policy": policy(live),
            "RedrivePolicy": json.dumps({"deadLetterTargetArn": dead_arn, "maxReceiveCount": 5})})

        def table(name, identifier, protection, attributes, keys, **more):
            ddb.create_table(TableName=name, BillingMode="PAY_PER_REQUEST", DeletionProtectionEnabled=protection,
                             AttributeDefinitions=[{"AttributeName": a, "AttributeType": "S"} for a in attributes],
                             KeySchema=keys, Tags=self.tags("03-dataplane", identifier, name=False), **more)
            ddb.describe_time_to_live(TableName=name)
            ddb.update_time_to_live(TableName=name, TimeToLiveSpecification={"Enabled": True, "AttributeName": "ttl"})
        pair = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
        table(f"{APP}-seat-lock", "table-seat-lock", True, ("pk", "sk", "unsent"), pair, GlobalSecondaryIndexes=[{
            "IndexName": "unsent", "Projection": {"ProjectionType": "ALL"},
            "KeySchema": [{"AttributeName": "unsent", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]}])
        ddb.update_continuous_backups(TableName=f"{APP}-seat-lock",
                                      PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True})
        if region == "ap-northeast-1":
            table("tickctl-lock", "table-lock", False, ("pk",), pair[:1])

        cache.create_cache_subnet_group(CacheSubnetGroupName=f"{APP}-redis", SubnetIds=self.private,
                                        CacheSubnetGroupDescription=APP,
                                        Tags=self.tags("03-dataplane", "redis-subnets", name=False))
        cache.create_cache_parameter_group(CacheParameterGroupName=f"{APP}-redis7", CacheParameterGroupFamily="redis7",
                                           Description=APP, Tags=self.tags("03-dataplane", "redis-parameters", name=False))
        cache.modify_cache_parameter_group(CacheParameterGroupName=f"{APP}-redis7", ParameterNameValues=[
            {"ParameterName": "cluster-enabled", "ParameterValue": "yes"},
            {"ParameterName": "maxmemory-policy", "ParameterValue": "volatile-ttl"}])
        for name in ("room-token-key", "webhook-secret", "redis-auth"):
            secrets.create_secret(Name=f"{APP}/{name}", SecretString=json.dumps({"value": "0" * 64}),
                                  Tags=self.tags("03-dataplane", f"secret-{name}", name=False))
        cache.create_replication_group(
            ReplicationGroupId=f"{APP}-redis", ReplicationGroupDescription=APP, Engine="redis", EngineVersion="7.1",
            CacheNodeType="cache.r7g.large", NumNodeGroups=3, ReplicasPerNodeGroup=1, ClusterMode="enabled",
            CacheParameterGroupName=f"{APP}-redis7", CacheSubnetGroupName=f"{APP}-redis",
            SecurityGroupIds=[self.groups["redis"]], AutomaticFailoverEnabled=True, MultiAZEnabled=True,
            TransitEncryptionEnabled=True, AtRestEncryptionEnabled=True, AuthToken="0" * 64,
            Tags=self.tags("03-dataplane", "redis", name=False))

        rds.create_db_subnet_group(DBSubnetGroupName=f"{APP}-aurora", DBSubnetGroupDescription=APP,
                                   SubnetIds=self.private, Tags=self.tags("03-dataplane", "aurora-subnets", name=False))
        rds.create_db_cluster_parameter_group(
            DBClusterParameterGroupName=f"{APP}-aurora", DBParameterGroupFamily="aurora-postgresql16", Description=APP,
            Tags=self.tags("03-dataplane", "aurora-parameters", name=False))
        rds.modify_db_cluster_parameter_group(DBClusterParameterGroupName=f"{APP}-aurora", Parameters=[
            {"ParameterName": "rds.force_ssl", "ParameterValue": "1", "ApplyMethod": "pending-reboot"}])
        rds.create_db_cluster(
            DBClusterIdentifier=f"{APP}-aurora", Engine="aurora-postgresql", EngineVersion="16.9", DatabaseName=APP,
            MasterUsername="tickctl", ManageMasterUserPassword=True, StorageEncrypted=True, DeletionProtection=True,
            BackupRetentionPeriod=7, DBSubnetGroupName=f"{APP}-aurora", VpcSecurityGroupIds=[self.groups["aurora"]],
            DBClusterParameterGroupName=f"{APP}-aurora", CopyTagsToSnapshot=True,
            ServerlessV2ScalingConfiguration={"MinCapacity": 2, "MaxCapacity": 128},
            Tags=self.tags("03-dataplane", "aurora", name=False))
        for name in ("writer", "reader"):
            rds.create_db_instance(
                DBInstanceIdentifier=f"{APP}-aurora-{name}", DBClusterIdentifier=f"{APP}-aurora",
                Engine="aurora-postgresql", DBInstanceClass="db.serverless", EnablePerformanceInsights=True,
                PubliclyAccessible=False, Tags=self.tags("03-dataplane", f"aurora-{name}", name=False))
        ec2.describe_network_interfaces()

    def task_definitions(self, region):
        ecs = self.client("ecs", region)
        for role in ROLES:
            container = {
                "name": role, "image": f"{ACCOUNT}.dkr.ecr.{region}.amazonaws.com/{APP}-{role}@{DIGEST}",
                "essential": True, "cpu": 1024, "memory": 2048, "command": ["serve", "--role", role],
                "readonlyRootFilesystem": True, "user": "65532:65532", "stopTimeout": 30,
                "ulimits": [{"name": "nofile", "softLimit": 65536, "hardLimit": 65536}],
                "environment": [{"name": "AWS_REGION", "value": region}],
                "secrets": [{"name": "ROOM_TOKEN_KEY", "valueFrom":
                             f"arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:{APP}/room-token-key"}],
                "healthCheck": {"command": ["CMD", "/usr/bin/tickctl", "health"], "interval": 10, "timeout": 5,
                                "retries": 3, "startPeriod": 10},
                "logConfiguration": {"logDriver": "awslogs", "options": {
                    "awslogs-group": f"/ecs/{APP}-{role}", "awslogs-region": region, "awslogs-stream-prefix": role,
                    "mode": "non-blocking", "max-buffer-size": "25m"}}}
            if role != "worker":
                container["portMappings"] = [{"containerPort": 3000, "protocol": "tcp"}]
            ecs.register_task_definition(
                family=f"{APP}-{role}", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="1024",
                memory="2048", runtimePlatform={"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"},
                executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{APP}-execution",
                taskRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{APP}-{role}-task", containerDefinitions=[container],
                tags=self.tags("04-taskdefs", f"taskdef-{role}", "key", "value", name=False))
        ecs.register_task_definition(
            family=f"{APP}-load", networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="4096", memory="8192",
            runtimePlatform={"cpuArchitecture": "X86_64", "operatingSystemFamily": "LINUX"}, volumes=[{"name": "home"}],
            executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{APP}-execution",
            taskRoleArn=f"arn:aws:iam::{ACCOUNT}:role/{APP}-load",
            tags=self.tags("04-taskdefs", "taskdef-load", "key", "value", name=False),
            containerDefinitions=[{
                "name": "load", "image": f"{ACCOUNT}.dkr.ecr.{region}.amazonaws.com/{APP}-public@{DIGEST}",
                "essential": True, "cpu": 4096, "memory": 8192, "readonlyRootFilesystem": True, "user": "65532:65532",
                "command": ["load", "worker"], "stopTimeout": 30,
                "environment": [{"name": "AWS_REGION", "value": region}, {"name": "TMPDIR", "value": "/home/tickctl"}],
                "secrets": [{"name": "LOAD_WEBHOOK_SECRET", "valueFrom":
                             f"arn:aws:secretsmanager:{region}:{ACCOUNT}:secret:{APP}/webhook-secret"}],
                "mountPoints": [{"sourceVolume": "home", "containerPath": "/home/tickctl", "readOnly": False}],
                "ulimits": [{"name": "nofile", "softLimit": 65536, "hardLimit": 65536}],
                "logConfiguration": {"logDriver": "awslogs", "options": {
                    "awslogs-group": f"/ecs/{APP}-load", "awslogs-region": region, "awslogs-stream-prefix": "load",
                    "mode": "non-blocking", "max-buffer-size": "25m"}}}])

    def services(self, region):
        elb, ecs = self.client("elbv2", region), self.client("ecs", region)
        alb = elb.create_load_balancer(Name=f"{APP}-alb", Subnets=self.public, SecurityGroups=[self.groups["alb"]],
                                       Scheme="internet-facing", Type="application", IpAddressType="ipv4",
                                       Tags=self.tags("05-services", "alb", name=False))["LoadBalancers"][0]
        self.albs[region] = alb
        elb.modify_load_balancer_attributes(LoadBalancerArn=alb["LoadBalancerArn"], Attributes=[
            {"Key": "routing.http.drop_invalid_header_fields.enabled", "Value": "true"}])
        listener = elb.create_listener(
            LoadBalancerArn=alb["LoadBalancerArn"], Port=80, Protocol="HTTP",
            DefaultActions=[{"Type": "fixed-response", "FixedResponseConfig": {
                "StatusCode": "404", "ContentType": "application/json", "MessageBody": '{"error":"not_found"}'}}],
            Tags=self.tags("05-services", "listener-80", name=False))["Listeners"][0]["ListenerArn"]
        self.labels = {}
        for priority, role in ((10, "public"), (20, "confirm")):
            group = elb.create_target_group(
                Name=f"{APP}-{role}", Protocol="HTTP", Port=3000, VpcId=self.vpc, TargetType="ip",
                HealthCheckPath=f"/{role}/ready", HealthCheckIntervalSeconds=10, HealthCheckTimeoutSeconds=5,
                HealthyThresholdCount=2, UnhealthyThresholdCount=3, Matcher={"HttpCode": "200"},
                Tags=self.tags("05-services", f"tg-{role}", name=False))["TargetGroups"][0]["TargetGroupArn"]
            elb.modify_target_group_attributes(TargetGroupArn=group, Attributes=[
                {"Key": "deregistration_delay.timeout_seconds", "Value": "30"},
                {"Key": "load_balancing.algorithm.type", "Value": "least_outstanding_requests"}])
            elb.create_rule(ListenerArn=listener, Priority=priority, Actions=[{"Type": "forward", "TargetGroupArn": group}],
                            Conditions=[{"Field": "path-pattern", "PathPatternConfig": {"Values": [f"/{role}/*"]}}],
                            Tags=self.tags("05-services", f"rule-{role}", name=False))
            self.labels[role] = alb["LoadBalancerArn"].split("loadbalancer/")[1] + "/" + group.split(":")[-1], group
        for role, count in (("public", 24), ("confirm", 12), ("worker", 6)):
            balancers = [] if role == "worker" else [
                {"targetGroupArn": self.labels[role][1], "containerName": role, "containerPort": 3000}]
            ecs.create_service(
                cluster=APP, serviceName=f"{APP}-{role}-svc", taskDefinition=f"{APP}-{role}", desiredCount=count,
                launchType="FARGATE", loadBalancers=balancers, availabilityZoneRebalancing="ENABLED",
                deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": True},
                                         "minimumHealthyPercent": 100, "maximumPercent": 200},
                networkConfiguration={"awsvpcConfiguration": {
                    "subnets": self.private, "securityGroups": [self.groups["ecs"]], "assignPublicIp": "DISABLED"}},
                **({"healthCheckGracePeriodSeconds": 60} if balancers else {}), propagateTags="SERVICE",
                enableECSManagedTags=True, tags=self.tags("05-services", f"service-{role}", "key", "value", name=False))

    def scaling(self, region):
        scaling, watch = self.client("application-autoscaling", region), self.client("cloudwatch", region)
        topic = self.client("sns", region).create_topic(
            Name=f"{APP}-alarms", Tags=self.tags("06-autoscaling", "topic-alarms", name=False))["TopicArn"]

        def alarm(name, namespace, metric, dimensions, threshold, statistic="Average", actions=(topic,), **more):
            kind = {"ExtendedStatistic": statistic} if statistic.startswith("p") else {"Statistic": statistic}
            watch.put_metric_alarm(
                AlarmName=f"{APP}-{name}", Namespace=namespace, MetricName=metric, Period=60, Threshold=threshold,
                Dimensions=[{"Name": k, "Value": v} for k, v in dimensions.items()], AlarmActions=list(actions),
                ComparisonOperator="GreaterThanThreshold", TreatMissingData="notBreaching",
                **({"EvaluationPeriods": 2} | kind | more),
                Tags=self.tags("06-autoscaling", f"alarm-{name}", name=False))
        balancer = self.albs[region]["LoadBalancerArn"].split("loadbalancer/")[1]
        for role, minimum in (("public", 12), ("confirm", 12), ("worker", 6)):
            target = {"ServiceNamespace": "ecs", "ResourceId": f"service/{APP}/{APP}-{role}-svc",
                      "ScalableDimension": "ecs:service:DesiredCount"}
            scaling.register_scalable_target(**target, MinCapacity=minimum, MaxCapacity=400,
                                             Tags=self.tag_map("06-autoscaling", f"target-{role}"))

            def track(name, value, **metric):
                scaling.put_scaling_policy(
                    **target, PolicyName=f"{APP}-{role}-{name}", PolicyType="TargetTrackingScaling",
                    TargetTrackingScalingPolicyConfiguration={
                        "TargetValue": value, "ScaleOutCooldown": 30, "ScaleInCooldown": 120, **metric})

            def step(name, percent):
                return scaling.put_scaling_policy(
                    **target, PolicyName=f"{APP}-{role}-{name}", PolicyType="StepScaling",
                    StepScalingPolicyConfiguration={
                        "AdjustmentType": "PercentChangeInCapacity", "Cooldown": 60, "MetricAggregationType": "Average",
                        "StepAdjustments": [{"MetricIntervalLowerBound": 0.0, "ScalingAdjustment": percent}]})["PolicyARN"]
            if role == "worker":
                queue = [{"Name": "QueueName", "Value": f"{APP}-confirm.fifo"}]
                track("backlog", 1000.0, CustomizedMetricSpecification={"Metrics": [
                    {"Id": "visible", "ReturnData": False, "MetricStat": {"Stat": "Sum", "Metric": {
                        "Namespace": "AWS/SQS", "MetricName": "ApproximateNumberOfMessagesVisible",
                        "Dimensions": queue}}},
                    {"Id": "running", "ReturnData": False, "MetricStat": {"Stat": "Average", "Metric": {
                        "Namespace": "ECS/ContainerInsights", "MetricName": "RunningTaskCount",
                        "Dimensions": [{"Name": "ClusterName", "Value": APP},
                                       {"Name": "ServiceName", "Value": f"{APP}-worker-svc"}]}}},
                    {"Id": "backlog", "Expression": "visible / running", "ReturnData": True}]})
                alarm("worker-age-scale", "AWS/SQS", "ApproximateAgeOfOldestMessage",
                      {"QueueName": f"{APP}-confirm.fifo"}, 60, "Maximum", (step("age", 30),))
                continue
            label, group = self.labels[role]
            track("cpu", 60.0, PredefinedMetricSpecification={"PredefinedMetricType": "ECSServiceAverageCPUUtilization"})
            track("requests", 48000.0, PredefinedMetricSpecification={
                "PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": label})
            alarm(f"{role}-p95-scale", "AWS/ApplicationELB", "TargetResponseTime",
                  {"LoadBalancer": balancer, "TargetGroup": group.split(":")[-1]}, 0.2, "p95", (step("p95", 20),))
            dimensions = {"LoadBalancer": balancer, "TargetGroup": group.split(":")[-1]}
            alarm(f"{role}-unhealthy-hosts", "AWS/ApplicationELB", "UnHealthyHostCount", dimensions, 0, "Maximum")
            alarm(f"{role}-p99", "AWS/ApplicationELB", "TargetResponseTime", dimensions, 0.5, "p99")
            alarm(f"{role}-p95", "AWS/ApplicationELB", "TargetResponseTime", dimensions, 0.2, "p95")
        alarm("alb-5xx", "AWS/ApplicationELB", "HTTPCode_ELB_5XX_Count", {"LoadBalancer": balancer}, 10, "Sum")
        for role in ROLES:
            service = {"ClusterName": APP, "ServiceName": f"{APP}-{role}-svc"}
            alarm(f"{role}-cpu", "AWS/ECS", "CPUUtilization", service, 85)
            alarm(f"{role}-memory", "AWS/ECS", "MemoryUtilization", service, 85)
        alarm("queue-age", "AWS/SQS", "ApproximateAgeOfOldestMessage", {"QueueName": f"{APP}-confirm.fifo"}, 60, "Maximum")
        alarm("deadletter-depth", "AWS/SQS", "ApproximateNumberOfMessagesVisible",
              {"QueueName": f"{APP}-deadletter.fifo"}, 0, "Maximum")
        redis = {"ReplicationGroupId": f"{APP}-redis"}
        for name, metric in (("evictions", "Evictions"), ("cpu", "EngineCPUUtilization"), ("lag", "ReplicationLag")):
            alarm(f"redis-{name}", "AWS/ElastiCache", metric, redis, 5)
        for name, metric in (("acu", "ACUUtilization"), ("connections", "DatabaseConnections")):
            alarm(f"aurora-{name}", "AWS/RDS", metric, {"DBClusterIdentifier": f"{APP}-aurora"}, 90)
        alarm("table-throttles", "AWS/DynamoDB", "ThrottledRequests", {"TableName": f"{APP}-seat-lock"}, 0, "Sum")
        metrics = (("AWS/ApplicationELB", "RequestCount"), ("AWS/ApplicationELB", "TargetResponseTime"),
                   ("ECS/ContainerInsights", "DesiredTaskCount"), ("ECS/ContainerInsights", "RunningTaskCount"),
                   ("AWS/SQS", "ApproximateNumberOfMessagesVisible"), ("AWS/CloudFront", "CacheHitRate"),
                   ("AWS/RDS", "DatabaseConnections"), ("AWS/RDS", "ReadIOPS"))
        widgets = [{"type": "metric", "x": 0, "y": 6 * i, "width": 12, "height": 6, "properties": {
            "region": region, "title": metric, "metrics": [[namespace, metric, "QueueName", f"{APP}-deadletter.fifo"]]}}
            for i, (namespace, metric) in enumerate(metrics)]
        watch.put_dashboard(DashboardName=f"{APP}-{region}", DashboardBody=json.dumps({"widgets": widgets}))

    def edge(self):
        front = self.client("cloudfront")

        def cache(name, minimum, default, maximum, strings):
            return front.create_cache_policy(CachePolicyConfig={
                "Name": f"{APP}-{name}", "Comment": APP, "MinTTL": minimum, "DefaultTTL": default, "MaxTTL": maximum,
                "ParametersInCacheKeyAndForwardedToOrigin": {
                    "EnableAcceptEncodingGzip": True, "EnableAcceptEncodingBrotli": True,
                    "HeadersConfig": {"HeaderBehavior": "none"}, "CookiesConfig": {"CookieBehavior": "none"},
                    "QueryStringsConfig": strings}})["CachePolicy"]["Id"]
        summary = cache("summary", 0, 10, 60, {"QueryStringBehavior": "none"})
        seats = cache("seats", 0, 10, 60, {"QueryStringBehavior": "whitelist", "QueryStrings": {
            "Quantity": 2, "Items": ["section", "cursor"]}})
        disabled = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
        viewer = front.create_origin_request_policy(OriginRequestPolicyConfig={
            "Name": f"{APP}-all-viewer", "Comment": APP, "HeadersConfig": {"HeaderBehavior": "allViewer"},
            "CookiesConfig": {"CookieBehavior": "none"},
            "QueryStringsConfig": {"QueryStringBehavior": "all"}})["OriginRequestPolicy"]["Id"]
        security = front.create_response_headers_policy(ResponseHeadersPolicyConfig={
            "Name": f"{APP}-security", "Comment": APP, "SecurityHeadersConfig": {
                "StrictTransportSecurity": {"Override": True, "AccessControlMaxAgeSec": 31536000,
                                            "IncludeSubdomains": True, "Preload": False},
                "ContentTypeOptions": {"Override": True},
                "FrameOptions": {"Override": True, "FrameOption": "DENY"}}})["ResponseHeadersPolicy"]["Id"]
        every = {"Quantity": 7, "Items": ["GET", "HEAD", "OPTIONS", "PUT", "PATCH", "POST", "DELETE"],
                 "CachedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]}}
        reading = {"Quantity": 2, "Items": ["GET", "HEAD"], "CachedMethods": {"Quantity": 2, "Items": ["GET", "HEAD"]}}

        def behavior(target, policy, methods, **more):
            return {"TargetOriginId": target, "ViewerProtocolPolicy": "redirect-to-https", "Compress": True,
                    "AllowedMethods": methods, "CachePolicyId": policy, "ResponseHeadersPolicyId": security, **more}
        regions = sorted(self.albs)
        origins = [{"Id": r, "DomainName": self.albs[r]["DNSName"], "CustomOriginConfig": {
            "HTTPPort": 80, "HTTPSPort": 443, "OriginProtocolPolicy": "http-only",
            "OriginSslProtocols": {"Quantity": 1, "Items": ["TLSv1.2"]}}} for r in regions]
        front.create_distribution_with_tags(DistributionConfigWithTags={
            "Tags": {"Items": self.tags("07-cloudfront", "distribution", name=False)},
            "DistributionConfig": {
                "CallerReference": f"tickctl-{APP}", "Comment": APP, "Enabled": True, "HttpVersion": "http2and3",
                "PriceClass": "PriceClass_200", "IsIPV6Enabled": True,
                "Origins": {"Quantity": len(origins), "Items": origins},
                "OriginGroups": {"Quantity": 1, "Items": [{
                    "Id": "failover", "FailoverCriteria": {"StatusCodes": {"Quantity": 3, "Items": [502, 503, 504]}},
                    "Members": {"Quantity": 2, "Items": [{"OriginId": r} for r in regions]}}]},
                "DefaultCacheBehavior": behavior(regions[0], disabled, every, OriginRequestPolicyId=viewer),
                "CacheBehaviors": {"Quantity": 4, "Items": [
                    {"PathPattern": "/public/summary/*"} | behavior("failover", summary, reading),
                    {"PathPattern": "/public/seats/*"} | behavior("failover", seats, reading),
                    {"PathPattern": "/public/*"} | behavior(regions[0], disabled, every, OriginRequestPolicyId=viewer),
                    {"PathPattern": "/confirm/*"} | behavior(regions[0], disabled, every,
                                                             OriginRequestPolicyId=viewer)]},
                "ViewerCertificate": {"CloudFrontDefaultCertificate": True, "MinimumProtocolVersion": "TLSv1.2_2021"}}})


if __name__ == "__main__":
    Maker(sys.argv[1]).everything()
