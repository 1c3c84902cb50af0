internal import StrictYAML

extension StackValidation {
    /// Redis and Aurora; the queue and the table have ranges only, which the reader knows.
    func checkDataPlane() {
        checkRedis()
        checkAurora()
    }

    private func checkRedis() {
        var said: Set<String> = []
        for region in stack.regions {
            if let problem = CacheNodeType.problem(stack.redis.nodeType, in: region.name), said.insert(problem).inserted
            {
                report("redis.nodeType", message: problem)
            }
        }
        // 7.1 is the last; what follows is another engine
        // (https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/supported-engine-versions.html).
        let versions = ["7.0", "7.1"]
        if !versions.contains(stack.redis.engineVersion) {
            report(
                "redis.engineVersion",
                message: "must be one of \(versions.joined(separator: ", ")); it is \"\(stack.redis.engineVersion)\"")
        }
        // https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/quota-limits.html
        let nodes = stack.redis.shards * (1 + stack.redis.replicasPerShard)
        if nodes > 500 {
            report(
                "redis.shards", "redis.replicasPerShard",
                message:
                    "\(stack.redis.shards) shards of \(1 + stack.redis.replicasPerShard) nodes are \(nodes): a cluster "
                    + "has at most 500, and more than 90 only with a raised quota; lower shards or replicasPerShard")
        }
    }

    private func checkAurora() {
        let aurora = stack.aurora
        for (name, units) in [("minimumACU", aurora.minimumACU), ("maximumACU", aurora.maximumACU)]
        where (units * 2).rounded() != units * 2 {
            report("aurora.\(name)", message: "must be a multiple of 0.5; it is \(units.decimal)")
        }
        if aurora.minimumACU > aurora.maximumACU {
            report(
                "aurora.minimumACU", "aurora.maximumACU",
                message: "minimumACU \(aurora.minimumACU.decimal) is more than maximumACU \(aurora.maximumACU.decimal)")
        }
        let major = aurora.engineVersion.split(separator: ".").first.flatMap { Int($0) } ?? 0
        if !aurora.engineVersion.matches(/[0-9]{2}\.[0-9]{1,2}/) || major < 15 {
            report(
                "aurora.engineVersion",
                message: "must be a version of Aurora PostgreSQL from 15 on, such as \"16.9\"; it is "
                    + "\"\(aurora.engineVersion)\"")
        }
        // https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBCluster.html (DatabaseName)
        if !aurora.database.matches(/[a-z][a-z0-9_]{0,62}/) {
            report(
                "aurora.database",
                message: "must be 1 to 63 lower-case letters, digits and underscores, beginning with a letter; it is "
                    + "\"\(aurora.database)\"")
        } else if Self.reservedWords.contains(aurora.database) {
            report(
                "aurora.database",
                message: "\"\(aurora.database)\" is reserved by PostgreSQL or RDS; choose another, such as ticket")
        }
    }

    /// Databases that every Aurora cluster has, and the reserved key words of PostgreSQL
    /// (https://www.postgresql.org/docs/current/sql-keywords-appendix.html).
    private static let reservedWords = Set(
        """
        postgres rdsadmin template0 template1 \
        all analyse analyze and any array as asc asymmetric authorization binary both case cast check collate collation \
        column concurrently constraint create cross current_catalog current_date current_role current_schema current_time \
        current_timestamp current_user default deferrable desc distinct do else end except false fetch for foreign freeze \
        from full grant group having ilike in initially inner intersect into is isnull join lateral leading left like \
        limit localtime localtimestamp natural not notnull null offset on only or order outer overlaps placing primary \
        references returning right select session_user similar some symmetric system_user table tablesample then to \
        trailing true union unique user using variadic verbose when where window with
        """.split(separator: " ").map(String.init))
}
