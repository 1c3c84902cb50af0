import Foundation
import Ticketing

@testable import TicketStores

/// A data folder of its own, removed with the last reference.
final class EmbeddedFolder: Sendable {
    let folder: URL
    var path: String { folder.appendingPathComponent(EmbeddedDatabase.fileName).path }

    init() {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("embedded-\(UUID().uuidString)")
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func open() throws -> EmbeddedDatabase { try EmbeddedDatabase(path: path) }

    func permissions(_ name: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: folder.appendingPathComponent(name).path)[.posixPermissions]
            as? Int
    }
}
