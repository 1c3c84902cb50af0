extension AWSClient {
    /// The most pages one listing may have; past it the service is believed to go in circles.
    private static let pageLimit = 10_000

    /// Every page of `operation`, in order.
    /// - Throws: `AWSError` of any page; code `PaginationLoop` when a token comes back twice.
    public func all<Operation: AWSPaginated>(
        _ operation: Operation, region: String
    ) async throws -> [Operation.Output] {
        var pages: [Operation.Output] = []
        var next = operation
        var seen: Set<String> = []
        while true {
            let page = try await send(next, region: region)
            pages.append(page)
            guard let token = Operation.outputToken(page), !token.isEmpty else { return pages }
            guard seen.insert(token).inserted, pages.count < Self.pageLimit else {
                throw AWSError(
                    cause: .malformedAnswer, code: "PaginationLoop",
                    message: "page \(pages.count) repeats a token of an earlier page, so the listing would never end",
                    service: Operation.service.name, action: Operation.action, region: region)
            }
            next[keyPath: Operation.inputToken] = token
        }
    }

    /// The elements of every page of `operation`: `client.all(DescribeVpcs(), region: region) { $0.vpcSet }`.
    /// - Throws: as `all(_:region:)`.
    public func all<Operation: AWSPaginated, Element>(
        _ operation: Operation, region: String, _ elements: (Operation.Output) -> [Element]
    ) async throws -> [Element] {
        try await all(operation, region: region).flatMap(elements)
    }
}
