internal import StrictYAML

extension Stack {
    /// Takes what `root` names.
    mutating func read(_ root: YAMLSection) {
        root.read("name", &name)
        root.read("account", &account)
        var regions: [Region] = []
        let namesRegions = root.sections("regions", required: ["name", "vpcCIDR"]) { section in
            var region = Region(name: "", vpcCIDR: "")
            section.read("name", &region.name)
            section.read("vpcCIDR", &region.vpcCIDR)
            section.read("certificate", &region.certificate)
            section.read("accessLogsBucket", &region.accessLogsBucket)
            regions.append(region)
        }
        if namesRegions { self.regions = regions }
        root.section("network") {
            $0.read("subnetPrefix", &network.subnetPrefix, 16...28)
            $0.read("nat", &network.nat)
            $0.read("endpoints", &network.endpoints)
            $0.read("albIngress", &network.albIngress)
        }
        root.section("image") {
            $0.read("tag", &image.tag)
            $0.read("keepTagged", &image.keepTagged, 1...1000)
            $0.read("dropUntaggedAfterDays", &image.dropUntaggedAfterDays, 1...365)
        }
        root.section("cluster") {
            $0.read("logRetentionDays", &cluster.logRetentionDays, 1...3653)
            $0.read("githubRepository", &cluster.githubRepository)
            $0.read("githubRef", &cluster.githubRef)
        }
        root.section("queue") {
            $0.read("visibilityTimeoutSeconds", &queue.visibilityTimeoutSeconds, 1...43_200)
            $0.read("retentionDays", &queue.retentionDays, 1...14)
            $0.read("maxReceiveCount", &queue.maxReceiveCount, 1...1000)
        }
        root.section("table") {
            $0.read("pointInTimeRecovery", &table.pointInTimeRecovery)
            $0.read("deletionProtection", &table.deletionProtection)
        }
        root.section("redis") {
            $0.read("clusterID", &redis.clusterID)
            $0.read("engineVersion", &redis.engineVersion)
            $0.read("nodeType", &redis.nodeType)
            $0.read("shards", &redis.shards, 1...500)
            $0.read("replicasPerShard", &redis.replicasPerShard, 1...5)
            $0.read("eviction", &redis.eviction)
        }
        root.section("aurora") {
            $0.read("clusterID", &aurora.clusterID)
            $0.read("engineVersion", &aurora.engineVersion)
            $0.read("database", &aurora.database)
            $0.read("minimumACU", &aurora.minimumACU, 0...256)
            $0.read("maximumACU", &aurora.maximumACU, 1...256)
            $0.read("backupRetentionDays", &aurora.backupRetentionDays, 1...35)
            $0.read("deletionProtection", &aurora.deletionProtection)
        }
        root.section("tasks") {
            $0.read("architecture", &tasks.architecture)
            $0.read("cpu", &tasks.cpu, 256...16_384)
            $0.read("memoryMiB", &tasks.memoryMiB, 512...122_880)
            $0.read("stopTimeoutSeconds", &tasks.stopTimeoutSeconds, 2...120)
            $0.read("tracing", &tasks.tracing)
            $0.read("environment", &tasks.environment)
        }
        root.section("loadBalancer") {
            $0.read("idleTimeoutSeconds", &loadBalancer.idleTimeoutSeconds, 1...4000)
            $0.read("deletionProtection", &loadBalancer.deletionProtection)
        }
        root.section("services") {
            $0.section("public") { services.public.read($0) }
            $0.section("confirm") { services.confirm.read($0) }
            $0.section("worker") { services.worker.read($0) }
        }
        root.section("scaling") {
            $0.read("cpuTargetPercent", &scaling.cpuTargetPercent, 1...100)
            $0.read("scaleOutCooldownSeconds", &scaling.scaleOutCooldownSeconds, 0...3600)
            $0.read("scaleInCooldownSeconds", &scaling.scaleInCooldownSeconds, 0...3600)
            $0.read("requestsPerSecondPerTask", &scaling.requestsPerSecondPerTask, 1...100_000)
            $0.read("p95Seconds", &scaling.p95Seconds, 0.001...60)
            $0.read("p95StepPercent", &scaling.p95StepPercent, 1...1000)
            $0.read("backlogPerTask", &scaling.backlogPerTask, 1...1_000_000)
            $0.read("queueAgeSeconds", &scaling.queueAgeSeconds, 1...86_400)
            $0.read("queueAgeStepPercent", &scaling.queueAgeStepPercent, 1...1000)
        }
        root.section("alarms") {
            $0.read("email", &alarms.email)
            $0.read("alb5xxPercent", &alarms.alb5xxPercent, 0.001...100)
            $0.read("p99Seconds", &alarms.p99Seconds, 0.001...60)
            $0.read("cpuPercent", &alarms.cpuPercent, 1...100)
            $0.read("memoryPercent", &alarms.memoryPercent, 1...100)
            $0.read("auroraACUPercent", &alarms.auroraACUPercent, 1...100)
            $0.read("auroraConnections", &alarms.auroraConnections, 1...100_000)
            $0.read("redisReplicationLagSeconds", &alarms.redisReplicationLagSeconds, 0.1...3600)
        }
        root.section("cloudfront") {
            $0.read("enabled", &cloudfront.enabled)
            $0.read("aliases", &cloudfront.aliases)
            $0.read("certificate", &cloudfront.certificate)
            $0.read("priceClass", &cloudfront.priceClass)
        }
        root.section("load") {
            $0.read("cpu", &load.cpu, 256...16_384)
            $0.read("memoryMiB", &load.memoryMiB, 512...122_880)
            $0.read("resultsDays", &load.resultsDays, 1...3650)
        }
    }
}

extension Stack.Service {
    mutating func read(_ section: YAMLSection) {
        section.read("initialTasks", &initialTasks, 1...5000)
        section.read("minimumTasks", &minimumTasks, 0...5000)
        section.read("maximumTasks", &maximumTasks, 1...5000)
    }
}
