public import Foundation
import OpenSSLCrypto

/// Evidence that a slice stood as desired when it was last looked at. A cache: deleting it changes nothing.
public struct Stamp: Sendable, Codable, Equatable {
    public static let currentFormat = 1
    public var format = Stamp.currentFormat
    public var stack: String
    public var region: String
    public var step: StepID
    public var account: String
    /// SHA-256 over the settings of the slice, outputs of other slices resolved.
    public var inputs: String
    /// SHA-256 over identities, outputs and the managed settings as they stand.
    public var observed: String
    /// By resource name. Never a secret.
    public var outputs: [String: [String: String]]
    public var toolVersion: String
    public var time: Date

    /// The digest of a slice's desired settings; nil while an output of another slice is not known.
    static func inputsDigest<Cloud>(of nodes: [Graph<Cloud>.Node], slice: SliceID, values: Values) throws -> String? {
        // References within the slice stay symbolic, so that the digest can be computed before anything is made.
        var outer = values
        for node in nodes { outer[node.id] = nil }
        let hasher = SHA256()
        for node in nodes {
            let hasOuterValues = node.document.references.contains { outer[$0] != nil }
            let document = hasOuterValues ? try ResourceDocument(node.resource, values: outer) : node.document
            for reference in document.references where !nodes.contains(where: { $0.id == reference.node }) {
                if outer[reference] == nil { return nil }
            }
            hasher.update(Array("\(node.id) \(node.type) \(node.presence.rawValue) \(document.json)\n".utf8))
        }
        return hexadecimal(hasher.finalize())
    }

    /// The digest of what stands: settings with every output resolved.
    static func observedDigest<Cloud>(
        of nodes: [Graph<Cloud>.Node], values: Values, identities: [NodeID: String]
    ) throws -> String {
        let hasher = SHA256()
        for node in nodes where node.presence == .present {
            let document = try ResourceDocument(node.resource, values: values)
            let outputs = (values[node.id] ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
            hasher.update(
                Array(
                    "\(node.id) \(identities[node.id] ?? "") \(document.json) \(outputs.joined(separator: " "))\n".utf8)
            )
        }
        return hexadecimal(hasher.finalize())
    }
}

/// The stamps of one stack: `<root>/<stack>/<region>/<step>.stamp`.
public struct StampStore: Sendable {
    public let root: String
    public let stack: String

    public init(root: String, stack: String) {
        self.root = root
        self.stack = stack
    }

    public var directory: String { "\(root)/\(stack)" }
    public var journalPath: String { "\(directory)/journal.ndjson" }

    func path(of slice: SliceID) -> String { "\(directory)/\(slice.region)/\(slice.step).stamp" }

    /// The stamp of `slice`, nil when there is none, or none that this version can use.
    public func read(_ slice: SliceID) -> Stamp? {
        guard let data = FileManager.default.contents(atPath: path(of: slice)) else { return nil }
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        guard let stamp = try? decoder.decode(Stamp.self, from: data), stamp.format == Stamp.currentFormat,
            stamp.stack == stack, stamp.region == slice.region, stamp.step == slice.step
        else { return nil }
        return stamp
    }

    /// Writes atomically: another file, fsync, rename.
    /// - Throws: `ProvisioningError.storage`.
    public func write(_ stamp: Stamp) throws {
        let path = path(of: SliceID(region: stamp.region, step: stamp.step))
        let encoder = JSONEncoder()
        encoder.dateEncodingStrategy = .iso8601
        encoder.outputFormatting = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
        do {
            try FileManager.default.createDirectory(
                atPath: (path as NSString).deletingLastPathComponent, withIntermediateDirectories: true)
            var data = try encoder.encode(stamp)
            data.append(UInt8(ascii: "\n"))
            try data.write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw ProvisioningError(
                .storage, "the stamp \(path) cannot be written",
                next: "the resources stand; `tickctl stamps rebuild` writes it",
                underlying: error)
        }
    }

    /// What is not there is removed already.
    public func remove(_ slice: SliceID) throws {
        let path = path(of: slice)
        guard FileManager.default.fileExists(atPath: path) else { return }
        try FileManager.default.removeItem(atPath: path)
    }

    /// All stamps there are, in order of step and region.
    public func all() -> [Stamp] {
        let regions = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return regions.flatMap { region -> [Stamp] in
            let files = (try? FileManager.default.contentsOfDirectory(atPath: "\(directory)/\(region)")) ?? []
            return files.filter { $0.hasSuffix(".stamp") }.compactMap {
                read(SliceID(region: region, step: StepID(String($0.dropLast(".stamp".count)))))
            }
        }.sorted { ($0.step, $0.region) < ($1.step, $1.region) }
    }
}
