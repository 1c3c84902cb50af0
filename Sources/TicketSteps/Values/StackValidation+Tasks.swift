import Ticketing

extension StackValidation {
    /// Image, logs, who may deploy, task sizes, environment, how many tasks.
    func checkTasks() {
        if let tag = stack.image.tag, !tag.matches(/[A-Za-z0-9_][A-Za-z0-9_.\-]{0,127}/) {
            report(
                "image.tag",
                message: "must be 1 to 128 letters, digits, _, . and -, not beginning with . or -; it is \"\(tag)\"")
        }
        checkCluster()
        checkSize("tasks", cpu: stack.tasks.cpu, memoryMiB: stack.tasks.memoryMiB)
        checkSize("load", cpu: stack.load.cpu, memoryMiB: stack.load.memoryMiB)
        checkEnvironment()
        for role in Role.allCases {
            let service = stack.services[role]
            let path = "services.\(role.rawValue)"
            if !(service.minimumTasks <= service.initialTasks && service.initialTasks <= service.maximumTasks) {
                report(
                    "\(path).initialTasks", "\(path).minimumTasks", "\(path).maximumTasks",
                    message: "must be minimumTasks <= initialTasks <= maximumTasks; they are \(service.minimumTasks), "
                        + "\(service.initialTasks) and \(service.maximumTasks)")
            }
        }
    }

    private func checkCluster() {
        // https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
        let retentions = [
            1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
        ]
        if !retentions.contains(stack.cluster.logRetentionDays) {
            report(
                "cluster.logRetentionDays",
                message: "CloudWatch does not keep logs for \(stack.cluster.logRetentionDays) days; choose of "
                    + retentions.map(String.init).joined(separator: ", "))
        }
        if let repository = stack.cluster.githubRepository,
            !repository.matches(/[A-Za-z0-9][A-Za-z0-9\-]{0,38}\/[A-Za-z0-9._\-]{1,100}/)
        {
            report(
                "cluster.githubRepository",
                message: "must be \"owner/repository\", or null for no deploy role; it is \"\(repository)\"")
        }
        // A wildcard here would let every branch deploy.
        if !stack.cluster.githubRef.matches(/refs\/(heads|tags)\/[A-Za-z0-9._\/\-]+/) {
            report(
                "cluster.githubRef",
                message:
                    "must be one branch or tag in full, such as refs/heads/main; it is \"\(stack.cluster.githubRef)\"")
        }
    }

    private func checkSize(_ section: String, cpu: Int, memoryMiB: Int) {
        let sizes = Self.memoryMiB
        guard let memory = sizes.first(where: { $0.key == cpu })?.value else {
            return report(
                "\(section).cpu",
                message: "Fargate has no tasks of \(cpu) CPU units; choose of "
                    + sizes.map { String($0.key) }.joined(separator: ", "))
        }
        if !memory.contains(memoryMiB) {
            report(
                "\(section).memoryMiB", "\(section).cpu",
                message: "Fargate has no \(memoryMiB) MiB for \(cpu) CPU units; choose of "
                    + memory.map(String.init).joined(separator: ", "))
        }
    }

    /// MiB that Fargate offers, by CPU units
    /// (https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html).
    private static let memoryMiB: KeyValuePairs = [
        256: [512, 1024, 2048],
        512: gibibytes(1, 4, by: 1),
        1024: gibibytes(2, 8, by: 1),
        2048: gibibytes(4, 16, by: 1),
        4096: gibibytes(8, 30, by: 1),
        8192: gibibytes(16, 60, by: 4),
        16_384: gibibytes(32, 120, by: 8),
    ]

    private static func gibibytes(_ first: Int, _ last: Int, by step: Int) -> [Int] {
        stride(from: first, through: last, by: step).map { $0 * 1024 }
    }

    private func checkEnvironment() {
        for name in stack.tasks.environment.keys.sorted() {
            let path = "tasks.environment.\(name)"
            if !name.matches(/[A-Za-z_][A-Za-z0-9_]*/) {
                report(
                    path,
                    message: "\"\(name)\" is no name of a variable: letters, digits and _, not beginning with a digit")
            }
            let roles = Role.allCases.filter { $0.declaration.reservedNames.contains(name) }
            if !roles.isEmpty {
                report(
                    path,
                    message:
                        "\(name) is set by tickctl for \(roles.map(\.rawValue).joined(separator: ", ")); take it out")
            }
        }
        checkGrace()
    }

    /// A task that is killed before it has finished leaves its requests unanswered.
    private func checkGrace() {
        let name = "SHUTDOWN_GRACE"
        let declared = Role.worker.declaration.environment.first { $0.name == name }?.source
        let given = stack.tasks.environment[name]
        guard case .literal(let usual) = declared, let seconds = Int(given ?? usual) else {
            return report(
                "tasks.environment.\(name)", message: "must be a whole number of seconds; it is \"\(given ?? "")\"")
        }
        if seconds >= stack.tasks.stopTimeoutSeconds {
            report(
                "tasks.stopTimeoutSeconds", "tasks.environment.\(name)",
                message:
                    "tasks are killed after \(stack.tasks.stopTimeoutSeconds) s and take \(seconds) s to finish; raise "
                    + "stopTimeoutSeconds, or set tasks.environment.\(name) lower")
        }
    }
}
