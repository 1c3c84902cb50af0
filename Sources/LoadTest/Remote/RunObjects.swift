public import AWSCore
internal import AWSServices
public import Foundation

/// Where the parts of a run that are far from each other leave word: objects, by names that are the run's own.
///
/// What was put is what anyone gets from then on (S3 has been strongly consistent since December 2020:
/// https://docs.aws.amazon.com/AmazonS3/latest/userguide/Welcome.html#ConsistencyModel).
public protocol RunObjects: Sendable {
    /// Replaces what is there.
    func put(_ bytes: Data, at name: String) async throws

    /// - Returns: false when there is something already, which stays. True, too, where the lost answer of an earlier
    ///   attempt leaves it open: whoever must know reads it back.
    func putNew(_ bytes: Data, at name: String) async throws -> Bool

    /// nil: there is nothing of that name.
    func get(_ name: String) async throws -> Data?
}

/// The names of a run's objects.
enum RunObjectName {
    /// A `RunControl`.
    static let control = "control.json"
    /// A `WorkerOrder`.
    static func order(_ worker: Int) -> String { "worker-\(worker)/order.json" }
    /// Who carries it out.
    static func claim(_ worker: Int) -> String { "worker-\(worker)/claim" }
    /// `WorkerEvent`s, one a line; from 0.
    static func events(_ worker: Int, _ number: Int) -> String { "worker-\(worker)/events-\(number).jsonl" }
    /// A part of the history, cut at any byte; from 0.
    static func history(_ worker: Int, _ number: Int) -> String { "worker-\(worker)/history-\(number).tsv" }
}

/// The objects below `runs/ID/` of a bucket.
public struct S3RunObjects: RunObjects {
    private let client: AWSClient
    public let location: RunLocation

    public init(client: AWSClient, location: RunLocation) {
        self.client = client
        self.location = location
    }

    public func put(_ bytes: Data, at name: String) async throws {
        _ = try await client.send(object(bytes, name), region: location.region)
    }

    public func putNew(_ bytes: Data, at name: String) async throws -> Bool {
        var object = object(bytes, name)
        object.ifNoneMatch = true
        do {
            _ = try await client.send(object, region: location.region)
            return true
        } catch let error as AWSError where error.isObjectTaken {
            return error.followsLostAnswer
        }
    }

    public func get(_ name: String) async throws -> Data? {
        try await client.object(
            S3.GetObject(bucket: location.bucket, key: location.key(name), owner: location.owner),
            region: location.region
        ).map { Data($0) }
    }

    private func object(_ bytes: Data, _ name: String) -> S3.PutObject {
        S3.PutObject(bucket: location.bucket, key: location.key(name), owner: location.owner, body: Array(bytes))
    }
}

/// Where a run's objects are: s3://BUCKET/runs/ID, and the bucket's region.
public struct RunLocation: Sendable, Equatable {
    public var bucket: String
    public var runID: String
    public var region: String
    /// The account, 12 digits: another one's bucket of this name is not touched.
    public var owner: String

    public init(bucket: String, runID: String, region: String, owner: String) {
        self.bucket = bucket
        self.runID = runID
        self.region = region
        self.owner = owner
    }

    /// - Throws: `LoadTestError` `usage`.
    public init(_ url: String, region: String, owner: String) throws {
        let parts = url.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5, parts[0] == "s3:", parts[1].isEmpty, parts[3] == "runs", !parts[2].isEmpty,
            (1...64).contains(parts[4].utf8.count), !region.isEmpty, !owner.isEmpty
        else {
            throw LoadTestError(
                .usage, "\(url.debugDescription) is no place of a run",
                next: "it is s3://BUCKET/runs/ID, with a region and an owner"
            )
        }
        self.init(bucket: parts[2], runID: parts[4], region: region, owner: owner)
    }

    public var url: String { "s3://\(bucket)/runs/\(runID)" }

    func key(_ name: String) -> String { "runs/\(runID)/\(name)" }
}
