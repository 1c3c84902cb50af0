#!/usr/bin/env python3
"""A census of an account: every resource of every service the stack uses, both regions and global, with its settings.

    python census.py ENDPOINT                     prints it as JSON
    python census.py ENDPOINT --save FILE         saves it
    python census.py FILE_A FILE_B                compares two; exit 1 when they differ
Two accounts made by different runs compare equal: ids and ARNs are replaced by names that follow from what the thing is
(`<subnet/public-a>`), times and random parts are left out. A second one of anything is named `...#2`.
"""
import functools
import json
import os
import re
import sys
from collections import defaultdict

from botocore.exceptions import ClientError

from launcher import client_of

REGIONS = ("ap-northeast-1", "ap-northeast-2")
GLOBAL = "global"


@functools.lru_cache(maxsize=128)
def client(endpoint, credentials, service, region):
    """Clients are costly to make and are shared by all censuses of an endpoint. They look again: a connection that was idle
    for long may be cut."""
    return client_of(endpoint, credentials, service, region, retries=3)


class Census:
    """`collect()` gives {"region kind/name": settings}. Reads only."""

    def __init__(self, endpoint, credentials=("test", "test", None), regions=REGIONS):
        self.endpoint, self.credentials, self.regions = endpoint, credentials, regions
        self.found: list[tuple] = []        # (region, kind, name, settings)
        self.replacements: dict[str, str] = {}

    def client(self, service, region):
        return client(self.endpoint, self.credentials, service, region)

    def collect(self) -> dict:
        for region in self.regions:
            for part in (self.network, self.repositories, self.cluster, self.logs, self.queues, self.tables, self.cache,
                         self.databases, self.secrets, self.balancing, self.scaling, self.watching, self.buckets):
                part(region)
        self.roles()
        self.edge()
        return self.normalised()

    def add(self, region, kind, name, settings, *identifiers):
        """identifiers: ids and ARNs that stand for this thing wherever they appear."""
        count = sum(1 for f in self.found if f[:2] == (region, kind) and re.sub(r"#\d+$", "", f[2]) == name)
        full = name if not count else f"{name}#{count + 1}"
        self.found.append((region, kind, full, settings))
        for identifier in identifiers:
            if identifier:
                self.replacements[identifier] = f"<{kind}/{full}>"

    def normalised(self) -> dict:
        keys = sorted(self.replacements, key=len, reverse=True)
        pattern = re.compile("|".join(re.escape(k) for k in keys)) if keys else None
        census = {}
        for region, kind, name, settings in self.found:
            text = json.dumps(settings, sort_keys=True, default=str)
            if pattern:
                text = pattern.sub(lambda m: self.replacements[m.group(0)], text)
            census[f"{region} {kind}/{name}"] = sorted_references(json.loads(text))
        return dict(sorted(census.items()))

    # -- one service after another; names follow from structure, not from tags --

    def network(self, region):
        ec2 = self.client("ec2", region)

        def every(operation, key, **arguments):
            return [item for page in ec2.get_paginator(operation).paginate(**arguments) for item in page[key]]
        vpcs = [v for v in every("describe_vpcs", "Vpcs") if not v.get("IsDefault")]
        mine = {v["VpcId"] for v in vpcs}
        gateways = [g for g in every("describe_internet_gateways", "InternetGateways")
                    if not g.get("Attachments") or g["Attachments"][0]["VpcId"] in mine]
        subnets = [s for s in every("describe_subnets", "Subnets") if s["VpcId"] in mine]
        tables = [t for t in every("describe_route_tables", "RouteTables") if t["VpcId"] in mine]
        nats = [n for n in every("describe_nat_gateways", "NatGateways")
                if n["State"] not in ("deleted", "deleting") and n["VpcId"] in mine]
        addresses = ec2.describe_addresses()["Addresses"]
        groups = [g for g in every("describe_security_groups", "SecurityGroups") if g.get("VpcId") in mine]
        endpoints = [e for e in every("describe_vpc_endpoints", "VpcEndpoints") if e["VpcId"] in mine]
        for vpc in sorted(vpcs, key=lambda v: v["CidrBlock"]):
            attributes = {name: ec2.describe_vpc_attribute(VpcId=vpc["VpcId"], Attribute=name)[key]["Value"]
                          for name, key in (("enableDnsHostnames", "EnableDnsHostnames"),
                                            ("enableDnsSupport", "EnableDnsSupport"))}
            self.add(region, "vpc", "vpc", {"cidr": vpc["CidrBlock"], "tenancy": vpc.get("InstanceTenancy"),
                                            **attributes, "tags": tag_map(vpc.get("Tags"))}, vpc["VpcId"])
        for gateway in gateways:
            self.add(region, "igw", "igw", {"vpcs": [a["VpcId"] for a in gateway.get("Attachments", [])],
                                            "tags": tag_map(gateway.get("Tags"))}, gateway["InternetGatewayId"])
        table_of, default_route = {}, {}
        for table in tables:
            for association in table.get("Associations", []):
                if association.get("SubnetId"):
                    table_of[association["SubnetId"]] = table["RouteTableId"]
            for route in table["Routes"]:
                if route.get("DestinationCidrBlock") == "0.0.0.0/0":
                    default_route[table["RouteTableId"]] = route.get("NatGatewayId") or route.get("GatewayId")
        zone_of = {s["SubnetId"]: s["AvailabilityZone"][-1] for s in subnets}
        for subnet in sorted(subnets, key=lambda s: (s["VpcId"], s["AvailabilityZone"], s["CidrBlock"])):
            route = default_route.get(table_of.get(subnet["SubnetId"]), "") or ""
            kind = "public" if route.startswith("igw-") else "private" if route.startswith("nat-") else "isolated"
            self.add(region, "subnet", f"{kind}-{zone_of[subnet['SubnetId']]}", {
                "vpc": subnet["VpcId"], "cidr": subnet["CidrBlock"], "zone": subnet["AvailabilityZone"],
                "publicIP": subnet.get("MapPublicIpOnLaunch", False), "table": table_of.get(subnet["SubnetId"]),
                "tags": tag_map(subnet.get("Tags"))}, subnet["SubnetId"])
        holder = {}
        for nat in sorted(nats, key=lambda n: zone_of.get(n["SubnetId"], "")):
            letter = zone_of.get(nat["SubnetId"], "?")
            allocation = next((a.get("AllocationId") for a in nat.get("NatGatewayAddresses", [])), None)
            holder[allocation] = letter
            self.add(region, "nat", f"nat-{letter}", {
                "subnet": nat["SubnetId"], "state": nat["State"], "address": allocation,
                "connectivity": nat.get("ConnectivityType"), "tags": tag_map(nat.get("Tags"))}, nat["NatGatewayId"])
        for address in sorted(addresses, key=lambda a: holder.get(a["AllocationId"], "~")):
            name = f"eip-{holder[address['AllocationId']]}" if address["AllocationId"] in holder else "eip-unused"
            self.add(region, "eip", name, {"domain": address["Domain"], "tags": tag_map(address.get("Tags"))},
                     address["AllocationId"], address.get("PublicIp"))
        nat_zone = {n["NatGatewayId"]: zone_of.get(n["SubnetId"], "?") for n in nats}
        for table in tables:
            route = default_route.get(table["RouteTableId"], "") or ""
            zones = sorted({zone_of.get(a.get("SubnetId"), "?") for a in table.get("Associations", [])
                            if a.get("SubnetId")})
            name = "rtb-main" if any(a.get("Main") for a in table.get("Associations", [])) else \
                "rtb-public" if route.startswith("igw-") else \
                f"rtb-private-{''.join(zones) or nat_zone.get(route, '?')}" if route.startswith("nat-") else "rtb-unused"
            self.add(region, "rtb", name, {
                "routes": sorted([r.get("DestinationCidrBlock") or r.get("DestinationPrefixListId"),
                                  r.get("NatGatewayId") or r.get("GatewayId")] for r in table["Routes"]),
                "subnets": sorted(zones), "tags": tag_map(table.get("Tags"))}, table["RouteTableId"])
        for group in groups:
            self.add(region, "sg", group["GroupName"], {
                "description": group.get("Description"), "vpc": group["VpcId"],
                "ingress": rules(group["IpPermissions"]), "egress": rules(group["IpPermissionsEgress"]),
                "tags": tag_map(group.get("Tags"))}, group["GroupId"])
        for endpoint in endpoints:
            self.add(region, "endpoint", endpoint["ServiceName"].split(f"{region}.")[-1], {
                "type": endpoint["VpcEndpointType"], "vpc": endpoint["VpcId"], "state": endpoint["State"].lower(),
                "subnets": sorted(endpoint.get("SubnetIds", [])), "tables": sorted(endpoint.get("RouteTableIds", [])),
                "groups": sorted(g["GroupId"] for g in endpoint.get("Groups", [])),
                "privateDNS": endpoint.get("PrivateDnsEnabled"), "tags": tag_map(endpoint.get("Tags"))},
                endpoint["VpcEndpointId"])

    def repositories(self, region):
        ecr = self.client("ecr", region)
        for page in ecr.get_paginator("describe_repositories").paginate():
            for repository in page["repositories"]:
                name = repository["repositoryName"]
                lifecycle = optional(lambda: json.loads(ecr.get_lifecycle_policy(repositoryName=name)
                                                        ["lifecyclePolicyText"]))
                images = [d for p in ecr.get_paginator("describe_images").paginate(repositoryName=name)
                          for d in p["imageDetails"]]
                self.add(region, "repository", name, {
                    "mutability": repository["imageTagMutability"],
                    "scanOnPush": repository["imageScanningConfiguration"]["scanOnPush"],
                    "encryption": repository.get("encryptionConfiguration", {}).get("encryptionType"),
                    "lifecycle": lifecycle, "images": sorted([i["imageDigest"], sorted(i.get("imageTags", []))]
                                                             for i in images),
                    "tags": tag_map(ecr.list_tags_for_resource(resourceArn=repository["repositoryArn"])["tags"])})

    def cluster(self, region):
        ecs = self.client("ecs", region)
        arns = [a for p in ecs.get_paginator("list_clusters").paginate() for a in p["clusterArns"]]
        for cluster in ecs.describe_clusters(clusters=arns, include=["TAGS", "SETTINGS"])["clusters"] if arns else []:
            if cluster["status"] != "ACTIVE":
                continue
            self.add(region, "cluster", cluster["clusterName"], {
                "settings": {s["name"]: s["value"] for s in cluster.get("settings", [])},
                "providers": sorted(cluster.get("capacityProviders", [])),
                "strategy": cluster.get("defaultCapacityProviderStrategy", []), "tags": tag_map(cluster.get("tags"))})
            services = [a for p in ecs.get_paginator("list_services").paginate(cluster=cluster["clusterArn"])
                        for a in p["serviceArns"]]
            for start in range(0, len(services), 10):
                described = ecs.describe_services(cluster=cluster["clusterArn"], include=["TAGS"],
                                                  services=services[start:start + 10])["services"]
                for service in described:
                    if service["status"] == "ACTIVE":
                        self.add(region, "service", service["serviceName"], service_settings(service))
        families = defaultdict(list)
        for page in ecs.get_paginator("list_task_definitions").paginate(status="ACTIVE"):
            for arn in page["taskDefinitionArns"]:
                families[arn.split("/")[-1].rsplit(":", 1)[0]].append(arn)
        for family in sorted(families):
            for arn in sorted(families[family], key=lambda a: int(a.rsplit(":", 1)[1])):
                answer = ecs.describe_task_definition(taskDefinition=arn, include=["TAGS"])
                definition = {k: v for k, v in answer["taskDefinition"].items() if k not in (
                    "taskDefinitionArn", "revision", "registeredAt", "registeredBy", "compatibilities", "status",
                    "requiresAttributes")}
                self.add(region, "taskdef", family, definition | {"tags": tag_map(answer.get("tags"))}, arn,
                         arn.split("/")[-1])

    def logs(self, region):
        logs = self.client("logs", region)
        for page in logs.get_paginator("describe_log_groups").paginate():
            for group in page["logGroups"]:
                arn = group["arn"].removesuffix(":*")
                self.add(region, "logs", group["logGroupName"], {
                    "retention": group.get("retentionInDays"), "tags": logs.list_tags_for_resource(resourceArn=arn)
                    .get("tags", {})})

    def queues(self, region):
        sqs = self.client("sqs", region)
        for url in [u for p in sqs.get_paginator("list_queues").paginate() for u in p.get("QueueUrls", [])]:
            attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
            settings = {k: v for k, v in attributes.items() if not k.endswith("Timestamp") and not k.startswith("Approx")}
            for name in ("Policy", "RedrivePolicy", "RedriveAllowPolicy"):
                if name in settings:
                    settings[name] = json.loads(settings[name])
            settings["tags"] = sqs.list_queue_tags(QueueUrl=url).get("Tags", {})
            self.add(region, "queue", url.rsplit("/", 1)[-1], settings, url)

    def tables(self, region):
        ddb = self.client("dynamodb", region)
        for name in [n for p in ddb.get_paginator("list_tables").paginate() for n in p["TableNames"]]:
            table = ddb.describe_table(TableName=name)["Table"]
            ttl = ddb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
            backups = ddb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
            self.add(region, "table", name, {
                "keys": {k["AttributeName"]: k["KeyType"] for k in table["KeySchema"]},
                "attributes": {a["AttributeName"]: a["AttributeType"] for a in table["AttributeDefinitions"]},
                "billing": table.get("BillingModeSummary", {}).get("BillingMode"),
                "indexes": {i["IndexName"]: {"keys": {k["AttributeName"]: k["KeyType"] for k in i["KeySchema"]},
                                             "projection": i["Projection"]["ProjectionType"]}
                            for i in table.get("GlobalSecondaryIndexes", [])},
                "protection": table.get("DeletionProtectionEnabled", False), "status": table["TableStatus"],
                "ttl": ttl.get("AttributeName") if ttl["TimeToLiveStatus"] == "ENABLED" else None,
                "pitr": backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"],
                "items": ddb.scan(TableName=name, Select="COUNT")["Count"],
                "tags": tag_map(ddb.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"])})

    def cache(self, region):
        cache = self.client("elasticache", region)

        def tags(arn):
            return tag_map(cache.list_tags_for_resource(ResourceName=arn)["TagList"])
        for page in cache.get_paginator("describe_replication_groups").paginate():
            for group in page["ReplicationGroups"]:
                members = cache.describe_cache_clusters(CacheClusterId=group["MemberClusters"][0])["CacheClusters"][0]
                self.add(region, "redis", group["ReplicationGroupId"], {
                    "status": group["Status"], "clusterMode": group.get("ClusterMode"),
                    "shards": len(group["NodeGroups"]), "nodeType": group.get("CacheNodeType"),
                    "replicas": len(group["NodeGroups"][0].get("NodeGroupMembers", [])) - 1,
                    "failover": group.get("AutomaticFailover"), "multiAZ": group.get("MultiAZ"),
                    "tls": group.get("TransitEncryptionEnabled"), "atRest": group.get("AtRestEncryptionEnabled"),
                    "authToken": group.get("AuthTokenEnabled"), "engineVersion": members.get("EngineVersion"),
                    "parameters": members.get("CacheParameterGroup", {}).get("CacheParameterGroupName"),
                    "subnetGroup": members.get("CacheSubnetGroupName"),
                    "groups": sorted(g["SecurityGroupId"] for g in members.get("SecurityGroups", [])),
                    "tags": tags(group["ARN"])}, group["ARN"])
        for page in cache.get_paginator("describe_cache_subnet_groups").paginate():
            for group in page["CacheSubnetGroups"]:
                if group["CacheSubnetGroupName"] != "default":
                    self.add(region, "redis-subnets", group["CacheSubnetGroupName"], {
                        "subnets": sorted(s["SubnetIdentifier"] for s in group["Subnets"]), "tags": tags(group["ARN"])})
        for page in cache.get_paginator("describe_cache_parameter_groups").paginate():
            for group in page["CacheParameterGroups"]:
                name = group["CacheParameterGroupName"]
                if name.startswith("default."):
                    continue
                parameters = {p["ParameterName"]: p.get("ParameterValue") for q in cache.get_paginator(
                    "describe_cache_parameters").paginate(CacheParameterGroupName=name) for p in q["Parameters"]}
                self.add(region, "redis-parameters", name, {
                    "family": group["CacheParameterGroupFamily"], "tags": tags(group["ARN"]),
                    "values": {k: parameters.get(k) for k in ("cluster-enabled", "maxmemory-policy")}})

    def databases(self, region):
        rds = self.client("rds", region)

        def tags(arn):
            return tag_map(rds.list_tags_for_resource(ResourceName=arn)["TagList"])
        for page in rds.get_paginator("describe_db_clusters").paginate():
            for cluster in page["DBClusters"]:
                scaling = cluster.get("ServerlessV2ScalingConfiguration", {})
                self.add(region, "aurora", cluster["DBClusterIdentifier"], {
                    "status": cluster["Status"], "engine": cluster["Engine"], "version": cluster["EngineVersion"],
                    "database": cluster.get("DatabaseName"), "user": cluster.get("MasterUsername"),
                    "managedPassword": bool(cluster.get("MasterUserSecret")),
                    "encrypted": cluster.get("StorageEncrypted"), "protection": cluster.get("DeletionProtection"),
                    "backupDays": cluster.get("BackupRetentionPeriod"), "subnetGroup": cluster.get("DBSubnetGroup"),
                    "parameters": cluster.get("DBClusterParameterGroup"),
                    "copyTags": cluster.get("CopyTagsToSnapshot"),
                    "acu": [scaling.get("MinCapacity"), scaling.get("MaxCapacity")],
                    "groups": sorted(g["VpcSecurityGroupId"] for g in cluster.get("VpcSecurityGroups", [])),
                    "members": sorted(m["DBInstanceIdentifier"] for m in cluster.get("DBClusterMembers", [])),
                    "tags": tags(cluster["DBClusterArn"])}, cluster["DBClusterArn"])
                for end in ("Endpoint", "ReaderEndpoint"):
                    self.replacements[cluster[end]] = f"<aurora-{end.lower()}/{cluster['DBClusterIdentifier']}>"
        for page in rds.get_paginator("describe_db_instances").paginate():
            for instance in page["DBInstances"]:
                self.add(region, "aurora-instance", instance["DBInstanceIdentifier"], {
                    "status": instance["DBInstanceStatus"], "class": instance["DBInstanceClass"],
                    "engine": instance["Engine"], "cluster": instance.get("DBClusterIdentifier"),
                    "public": instance.get("PubliclyAccessible"),
                    "insights": instance.get("PerformanceInsightsEnabled"), "tags": tags(instance["DBInstanceArn"])})
        for group in rds.describe_db_subnet_groups()["DBSubnetGroups"]:
            if group["DBSubnetGroupName"] != "default":
                self.add(region, "aurora-subnets", group["DBSubnetGroupName"], {
                    "subnets": sorted(s["SubnetIdentifier"] for s in group["Subnets"]),
                    "tags": tags(group["DBSubnetGroupArn"])})
        for group in rds.describe_db_cluster_parameter_groups()["DBClusterParameterGroups"]:
            name = group["DBClusterParameterGroupName"]
            if not name.startswith("default."):
                parameters = {p["ParameterName"]: p.get("ParameterValue") for q in rds.get_paginator(
                    "describe_db_cluster_parameters").paginate(DBClusterParameterGroupName=name)
                    for p in q["Parameters"]}
                self.add(region, "aurora-parameters", name, {
                    "family": group["DBParameterGroupFamily"], "values": {
                        "rds.force_ssl": parameters.get("rds.force_ssl")},
                    "tags": tags(group["DBClusterParameterGroupArn"])})
        for snapshot in rds.describe_db_cluster_snapshots()["DBClusterSnapshots"]:
            self.add(region, "aurora-snapshot", re.sub(r"\d{6,}", "<time>", snapshot["DBClusterSnapshotIdentifier"]),
                     {"cluster": snapshot["DBClusterIdentifier"], "status": snapshot["Status"]})

    def secrets(self, region):
        secrets = self.client("secretsmanager", region)
        for page in secrets.get_paginator("list_secrets").paginate():
            for secret in page["SecretList"]:
                name = secret["Name"]
                owner = secret.get("OwningService")
                if owner == "rds" or name.startswith("rds!"):
                    name = "rds!" + name.split("!")[-1].split("-")[0]
                self.add(region, "secret", name, {"tags": tag_map(secret.get("Tags")) if owner != "rds" else {}},
                         secret["ARN"])

    def balancing(self, region):
        elb = self.client("elbv2", region)

        def tags(arn):
            return tag_map(elb.describe_tags(ResourceArns=[arn])["TagDescriptions"][0]["Tags"])
        groups = [g for p in elb.get_paginator("describe_target_groups").paginate() for g in p["TargetGroups"]]
        for group in groups:
            attributes = {a["Key"]: a["Value"] for a in elb.describe_target_group_attributes(
                TargetGroupArn=group["TargetGroupArn"])["Attributes"]}
            self.add(region, "targetgroup", group["TargetGroupName"], {
                "protocol": group["Protocol"], "port": group["Port"], "type": group["TargetType"],
                "vpc": group["VpcId"], "healthPath": group.get("HealthCheckPath"),
                "healthCodes": group.get("Matcher", {}).get("HttpCode"),
                "balancers": group.get("LoadBalancerArns", []),
                "attributes": {k: attributes.get(k) for k in ("deregistration_delay.timeout_seconds",
                                                              "load_balancing.algorithm.type")},
                "tags": tags(group["TargetGroupArn"])}, group["TargetGroupArn"], group["TargetGroupArn"].split(":")[-1])
        for balancer in [b for p in elb.get_paginator("describe_load_balancers").paginate() for b in p["LoadBalancers"]]:
            arn, name = balancer["LoadBalancerArn"], balancer["LoadBalancerName"]
            attributes = {a["Key"]: a["Value"] for a in elb.describe_load_balancer_attributes(LoadBalancerArn=arn)
                          ["Attributes"]}
            self.add(region, "alb", name, {
                "scheme": balancer["Scheme"], "type": balancer["Type"], "state": balancer["State"]["Code"],
                "vpc": balancer["VpcId"], "groups": sorted(balancer.get("SecurityGroups", [])),
                "subnets": sorted(z["SubnetId"] for z in balancer["AvailabilityZones"]),
                "dropInvalidHeaders": attributes.get("routing.http.drop_invalid_header_fields.enabled"),
                "tags": tags(arn)}, arn, arn.split("loadbalancer/")[-1], balancer["DNSName"])
            for listener in elb.describe_listeners(LoadBalancerArn=arn)["Listeners"]:
                port = str(listener["Port"])
                self.add(region, "listener", port, {
                    "protocol": listener["Protocol"], "balancer": arn,
                    "default": [actions_of(a) for a in listener["DefaultActions"]],
                    "tags": tags(listener["ListenerArn"])}, listener["ListenerArn"])
                for rule in elb.describe_rules(ListenerArn=listener["ListenerArn"])["Rules"]:
                    if not rule["IsDefault"]:
                        paths = sorted(v for c in rule["Conditions"] for v in
                                       c.get("PathPatternConfig", {}).get("Values", c.get("Values", [])))
                        self.add(region, "rule", f"{port}{','.join(paths)}", {
                            "actions": [actions_of(a) for a in rule["Actions"]], "tags": tags(rule["RuleArn"])},
                            rule["RuleArn"])

    def scaling(self, region):
        scaling = self.client("application-autoscaling", region)
        for page in scaling.get_paginator("describe_scalable_targets").paginate(ServiceNamespace="ecs"):
            for target in page["ScalableTargets"]:
                tags = scaling.list_tags_for_resource(ResourceARN=target["ScalableTargetARN"])["Tags"]
                self.add(region, "target", target["ResourceId"].split("/")[-1], {
                    "min": target["MinCapacity"], "max": target["MaxCapacity"],
                    "dimension": target["ScalableDimension"], "tags": tags}, target["ScalableTargetARN"])
        for page in scaling.get_paginator("describe_scaling_policies").paginate(ServiceNamespace="ecs"):
            for policy in page["ScalingPolicies"]:
                settings = {k: policy[k] for k in ("PolicyType", "TargetTrackingScalingPolicyConfiguration",
                                                   "StepScalingPolicyConfiguration") if k in policy}
                self.add(region, "policy", f"{policy['ResourceId'].split('/')[-1]}/{policy_kind(policy)}", settings,
                         policy["PolicyARN"])

    def watching(self, region):
        watch, sns = self.client("cloudwatch", region), self.client("sns", region)
        for page in sns.get_paginator("list_topics").paginate():
            for topic in page["Topics"]:
                arn = topic["TopicArn"]
                self.add(region, "topic", arn.split(":")[-1], {
                    "subscriptions": len(sns.list_subscriptions_by_topic(TopicArn=arn)["Subscriptions"]),
                    "tags": tag_map(sns.list_tags_for_resource(ResourceArn=arn)["Tags"])})
        for page in watch.get_paginator("describe_alarms").paginate():
            for alarm in page["MetricAlarms"]:
                settings = {k: alarm[k] for k in (
                    "Namespace", "MetricName", "Dimensions", "Statistic", "ExtendedStatistic", "Period",
                    "EvaluationPeriods", "DatapointsToAlarm", "Threshold", "ComparisonOperator", "TreatMissingData",
                    "Metrics", "AlarmActions", "OKActions", "ActionsEnabled") if k in alarm}
                settings["tags"] = tag_map(watch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"])
                self.add(region, "alarm", alarm["AlarmName"], settings, alarm["AlarmArn"])
        for page in watch.get_paginator("list_dashboards").paginate():
            for entry in page["DashboardEntries"]:
                body = json.loads(watch.get_dashboard(DashboardName=entry["DashboardName"])["DashboardBody"])
                self.add(region, "dashboard", entry["DashboardName"], body)

    def buckets(self, region):
        s3 = self.client("s3", region)
        for bucket in s3.list_buckets(BucketRegion=region)["Buckets"]:
            name = bucket["Name"]
            policy = optional(lambda: json.loads(s3.get_bucket_policy(Bucket=name)["Policy"]))
            self.add(region, "bucket", name, {
                "publicAccessBlock": optional(lambda: s3.get_public_access_block(Bucket=name)
                                              ["PublicAccessBlockConfiguration"]),
                "policy": policy, "versioning": s3.get_bucket_versioning(Bucket=name).get("Status"),
                "lifecycle": {r.get("ID"): {k: v for k, v in r.items() if k != "ID"} for r in optional(
                    lambda: s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]) or []},
                "tags": tag_map(optional(lambda: s3.get_bucket_tagging(Bucket=name)["TagSet"]) or [])})

    def roles(self):
        iam = self.client("iam", "us-east-1")
        for page in iam.get_paginator("list_roles").paginate():
            for role in page["Roles"]:
                name = role["RoleName"]
                linked = role["Path"].startswith("/aws-service-role/")
                inline = {p: iam.get_role_policy(RoleName=name, PolicyName=p)["PolicyDocument"]
                          for q in iam.get_paginator("list_role_policies").paginate(RoleName=name)
                          for p in q["PolicyNames"]}
                attached = [a["PolicyArn"] for q in iam.get_paginator("list_attached_role_policies")
                            .paginate(RoleName=name) for a in q["AttachedPolicies"]]
                self.add(GLOBAL, "linked-role" if linked else "role", name, {} if linked else {
                    "trust": role["AssumeRolePolicyDocument"], "inline": inline, "attached": sorted(attached),
                    "tags": tag_map(iam.list_role_tags(RoleName=name)["Tags"])})
        for page in iam.get_paginator("list_policies").paginate(Scope="Local"):
            for policy in page["Policies"]:
                self.add(GLOBAL, "managed-policy", policy["PolicyName"], {})
        for provider in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]:
            shown = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=provider["Arn"])
            self.add(GLOBAL, "oidc", shown["Url"].removeprefix("https://"), {
                "clients": sorted(shown["ClientIDList"]), "tags": tag_map(shown.get("Tags"))})

    def edge(self):
        front = self.client("cloudfront", "us-east-1")
        kinds = (("cache-policy", "list_cache_policies", "CachePolicy"),
                 ("origin-request-policy", "list_origin_request_policies", "OriginRequestPolicy"),
                 ("response-headers-policy", "list_response_headers_policies", "ResponseHeadersPolicy"))
        for kind, operation, member in kinds:
            items = getattr(front, operation)(Type="custom")[member + "List"].get("Items", [])
            for item in sorted(items, key=lambda i: i[member][member + "Config"]["Name"]):
                config = item[member][member + "Config"]
                self.add(GLOBAL, kind, config["Name"], without_quantities(config), item[member]["Id"])
        listed = [d for p in front.get_paginator("list_distributions").paginate()
                  for d in p["DistributionList"].get("Items", [])]
        for summary in listed:
            shown = front.get_distribution(Id=summary["Id"])["Distribution"]
            tags = tag_map(front.list_tags_for_resource(Resource=shown["ARN"])["Tags"]["Items"])
            config = shown["DistributionConfig"]
            name = "distribution" if "tickctl:stack" in tags else config["CallerReference"]
            self.add(GLOBAL, "distribution", name, without_quantities(config) | {"status": shown["Status"],
                                                                                "tags": tags}, shown["Id"], shown["ARN"])


def sorted_references(value):
    """Lists of references and of rows are sets: sorted by the names that replaced the ids."""
    if isinstance(value, dict):
        return {k: sorted_references(v) for k, v in value.items()}
    if isinstance(value, list):
        items = [sorted_references(v) for v in value]
        rows = all(isinstance(i, list) or isinstance(i, str) and i.startswith("<") for i in items)
        return sorted(items, key=str) if rows else items
    return value


def tag_map(tags) -> dict:
    """AWS's tags, by whatever names, as a map; AWS's own (aws:...) left out."""
    pairs = {}
    for tag in tags or []:
        key = tag.get("Key", tag.get("key", tag.get("TagKey")))
        pairs[key] = tag.get("Value", tag.get("value", tag.get("TagValue")))
    return {k: v for k, v in sorted(pairs.items()) if not k.startswith("aws:")}


def optional(read):
    try:
        return read()
    except ClientError:
        return None


def rules(permissions) -> list:
    """One line a source: [protocol, from, to, source, description]."""
    lines = []
    for rule in permissions:
        head = [rule["IpProtocol"], rule.get("FromPort"), rule.get("ToPort")]
        for kind, member in (("IpRanges", "CidrIp"), ("Ipv6Ranges", "CidrIpv6"), ("PrefixListIds", "PrefixListId"),
                             ("UserIdGroupPairs", "GroupId")):
            for source in rule.get(kind, []):
                lines.append([*head, source[member], source.get("Description", "")])
    return sorted(lines, key=str)


def service_settings(service) -> dict:
    network = service.get("networkConfiguration", {}).get("awsvpcConfiguration", {})
    deployment = service.get("deploymentConfiguration", {})
    return {
        "definition": service["taskDefinition"], "desired": service["desiredCount"],
        "launchType": service.get("launchType"), "providers": service.get("capacityProviderStrategy"),
        "subnets": sorted(network.get("subnets", [])), "groups": sorted(network.get("securityGroups", [])),
        "publicIP": network.get("assignPublicIp"), "balancers": service.get("loadBalancers", []),
        "breaker": {k: deployment.get("deploymentCircuitBreaker", {}).get(k) for k in ("enable", "rollback")},
        "minimum": deployment.get("minimumHealthyPercent"), "maximum": deployment.get("maximumPercent"),
        "rebalancing": service.get("availabilityZoneRebalancing"), "grace": service.get("healthCheckGracePeriodSeconds"),
        "propagateTags": service.get("propagateTags"), "tags": tag_map(service.get("tags")),
    }


def actions_of(action) -> dict:
    return {k: v for k, v in action.items() if k in ("Type", "TargetGroupArn", "FixedResponseConfig", "RedirectConfig")}


def policy_kind(policy) -> str:
    """What a scaling policy follows: cpu, requests, backlog or step."""
    if policy["PolicyType"] == "StepScaling":
        return "step"
    metric = policy["TargetTrackingScalingPolicyConfiguration"].get("PredefinedMetricSpecification", {})
    return {"ECSServiceAverageCPUUtilization": "cpu", "ALBRequestCountPerTarget": "requests"}.get(
        metric.get("PredefinedMetricType"), "backlog")


def without_quantities(value):
    """CloudFront's {"Quantity", "Items"} as plain lists; sets sorted where order says nothing."""
    if isinstance(value, dict):
        if set(value) <= {"Quantity", "Items", "CachedMethods"} and "Quantity" in value:
            items = [without_quantities(i) for i in value.get("Items", [])]
            if items and all(isinstance(i, (str, int)) for i in items):
                items = sorted(items)
            return {"items": items, "cached": without_quantities(value["CachedMethods"])} \
                if "CachedMethods" in value else items
        return {k: without_quantities(v) for k, v in value.items()}
    return [without_quantities(v) for v in value] if isinstance(value, list) else value


def differences(left: dict, right: dict, names=("left", "right")) -> list[str]:
    """One line for each thing that only one side has, and for each setting that differs."""
    lines = []
    for key in sorted(set(left) | set(right)):
        if key not in right:
            lines.append(f"{key}: only {names[0]}")
        elif key not in left:
            lines.append(f"{key}: only {names[1]}")
        else:
            lines += [f"{key}: {path}: {a!r} | {b!r}" for path, a, b in unequal(left[key], right[key])]
    return lines


def unequal(left, right, path=""):
    if isinstance(left, dict) and isinstance(right, dict):
        for key in sorted(set(left) | set(right)):
            yield from unequal(left.get(key), right.get(key), f"{path}.{key}".lstrip("."))
    elif isinstance(left, list) and isinstance(right, list) and len(left) == len(right):
        for index, (a, b) in enumerate(zip(left, right)):
            yield from unequal(a, b, f"{path}[{index}]")
    elif left != right:
        yield path, left, right


def main() -> int:
    arguments = sys.argv[1:]
    if len(arguments) == 2 and all(os.path.exists(a) for a in arguments):
        with open(arguments[0]) as left, open(arguments[1]) as right:
            lines = differences(json.load(left), json.load(right), arguments)
        print("\n".join(lines) or "equal")
        return 1 if lines else 0
    if not arguments or not arguments[0].startswith("http"):
        print(__doc__, file=sys.stderr)
        return 64
    census = Census(arguments[0]).collect()
    if len(arguments) == 3 and arguments[1] == "--save":
        with open(arguments[2], "w") as file:
            json.dump(census, file, indent=1)
    else:
        json.dump(census, sys.stdout, indent=1)
    return 0


if __name__ == "__main__":
    sys.exit(main())
