import Dispatch
import Foundation
import Testing
import Ticketing

@testable import TicketStores

@Suite struct EmbeddedDatabaseTests {
    let folder = EmbeddedFolder()
    let sample = ConformanceSample()

    private func request(_ number: Int, user: String = "alice") -> HoldRequest {
        HoldRequest(
            holdID: "hold-\(number)", userID: sample.user(user), seats: [sample.seat(number)],
            expiresAt: sample.after(60), limit: 100_000)
    }

    /// What opening `path` throws.
    private func failure(opening path: String) throws -> StoreError {
        try #require(throws: StoreError.self) { _ = try EmbeddedDatabase(path: path) }
    }

    @Test func folderAndFilesAreTheUsersAlone() async throws {
        let database = try folder.open()
        _ = try await SQLiteHoldStore(database).hold(request(1), now: sample.start)
        #expect(try folder.permissions("") == 0o700)
        for suffix in ["", "-wal", "-shm"] {
            #expect(try folder.permissions(EmbeddedDatabase.fileName + suffix) == 0o600)
        }
    }

    @Test func fileThatOthersCouldReadIsMadePrivate() async throws {
        try folder.open().close()
        try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: folder.path)
        _ = try folder.open()
        #expect(try folder.permissions(EmbeddedDatabase.fileName) == 0o600)
    }

    @Test func fileOfAnotherKindIsRefusedAndLeftAlone() throws {
        try FileManager.default.createDirectory(at: folder.folder, withIntermediateDirectories: true)
        let text = Data(String(repeating: "not a database. ", count: 400).utf8)
        try text.write(to: URL(fileURLWithPath: folder.path))
        let error = try failure(opening: folder.path)
        #expect(error.kind == .invalid)
        #expect(
            error.message
                == "\(folder.path) is not a sound SQLite database (SQLite 26: file is not a database); "
                + "next: move it away, or choose another --data-dir")
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path)) == text)
    }

    @Test func newerSchemaIsRefused() async throws {
        let database = try folder.open()
        try await database.write("test") { try $0.run("INSERT INTO grdb_migrations VALUES ('99 later')") }
        try database.close()
        let error = try failure(opening: folder.path)
        #expect(error.kind == .invalid)
        #expect(error.message.contains("was written by a newer tickctl; next: "))
    }

    @Test func folderThatCannotBeMadeIsNamed() throws {
        try FileManager.default.createDirectory(at: folder.folder, withIntermediateDirectories: true)
        let file = folder.folder.appendingPathComponent("file")
        try Data().write(to: file)
        let error = try failure(opening: file.path + "/data/tickctl.sqlite")
        #expect(error.kind == .unavailable)
        #expect(error.message.hasPrefix("cannot make the folder \(file.path)/data: "))
        #expect(error.message.hasSuffix("; next: choose another with --data-dir"))
        let ofADevice = try failure(opening: "/dev/null/tickctl.sqlite")
        #expect(ofADevice.kind == .unavailable)
    }

    @Test func fullDiskIsToldAndNothingOfTheWriteStays() async throws {
        let database = try folder.open()
        let store = SQLiteHoldStore(database)
        _ = try await store.hold(request(1), now: sample.start)
        let pages = try await database.write("test") { try $0.int("PRAGMA page_count") }
        _ = try await database.write("test") { try $0.int("PRAGMA max_page_count = \(pages + 2)") }
        let large = HoldRequest(
            holdID: "hold-large", userID: String(repeating: "u", count: 40_000), seats: sample.seats(2),
            expiresAt: sample.after(60), limit: 10)
        let error = try await #require(throws: StoreError.self) { try await store.hold(large, now: sample.start) }
        #expect(error.kind == .unavailable)
        #expect(error.message.contains("database or disk is full"))
        _ = try await database.write("test") { try $0.int("PRAGMA max_page_count = 100000") }
        #expect(try await store.seats(eventID: sample.eventID, sectionID: "A").keys.sorted() == [sample.seat(1).seatID])
        guard case .held = try await store.hold(large, now: sample.start) else {
            Issue.record("room again, and the seat is free")
            return
        }
    }

    /// A copy of the files under a running database is what kill -9 would leave.
    @Test func whatWasAnsweredSurvivesACrash() async throws {
        let database = try folder.open()
        let store = SQLiteHoldStore(database)
        let copy = EmbeddedFolder()
        for round in 1...3 {
            let numbers = (round * 100)..<(round * 100 + 50)
            _ = try await atOnce(50) { try await store.hold(request(numbers.lowerBound + $0), now: sample.start) }
            let record = CommitRecord(
                idem: sample.idem("commit-\(round)"), fingerprint: String(repeating: "a", count: 64),
                order: sample.order("bob", sample.seats(round)), seats: sample.seats(round), createdAt: sample.start)
            #expect(try await store.pin(record, limit: 10, now: sample.start) == .recorded)

            try? FileManager.default.removeItem(at: copy.folder)
            try FileManager.default.createDirectory(at: copy.folder, withIntermediateDirectories: true)
            for suffix in ["", "-wal"] {
                try FileManager.default.copyItem(atPath: folder.path + suffix, toPath: copy.path + suffix)
            }
            let revived = SQLiteHoldStore(try copy.open())
            #expect(try await revived.commit(idem: record.idem) == record)
            let seats = try await revived.seats(eventID: sample.eventID, sectionID: "A")
            #expect(numbers.allSatisfy { seats[sample.seat($0).seatID] != nil })
            #expect(seats.count == round * 51)
        }
    }

    @Test func everyCommitIsForcedToTheDisk() async throws {
        let database = try folder.open()
        let synchronous = try await database.write("test") { try $0.int("PRAGMA synchronous") }
        #expect(synchronous == 2, "FULL")
    }

    @Test func severalOpenOneNewFileAtOnce() async throws {
        let databases = try await atOnce(6) { _ in try folder.open() }
        let outcomes = try await atOnce(6) { number in
            try await SQLiteHoldStore(databases[number]).hold(
                request(1, user: "buyer-\(number)"), now: sample.start)
        }
        #expect(outcomes.count { if case .held = $0 { true } else { false } } == 1)
    }

    @Test func twoProcessesExcludeEachOther() async throws {
        // Two of these share nothing in memory but the locks of SQLite, as two processes would.
        let stores = [SQLiteHoldStore(try folder.open()), SQLiteHoldStore(try folder.open())]
        let outcomes = try await atOnce(200) { number in
            try await stores[number % 2].hold(request(number / 4, user: "buyer-\(number)"), now: sample.start)
        }
        #expect(outcomes.count { if case .held = $0 { true } else { false } } == 50)
        for store in stores {
            #expect(try await store.seats(eventID: sample.eventID, sectionID: "A").count == 50)
        }
    }

    @Test func writesAtOnceShareATransactionAndFailAlone() async throws {
        struct Refused: Error {}
        let database = try EmbeddedDatabase(path: folder.path, pendingWriteLimit: 100)
        let gate = DispatchSemaphore(value: 0)
        let began = AsyncStream<Void>.makeStream()
        async let first: Void = database.write("test") { _ in
            began.continuation.finish()
            gate.wait()
        }
        for await _ in began.stream {}
        let before = walFrames()
        let outcomes = try await withThrowingTaskGroup(of: StoreError.Kind?.self) { group in
            for number in 0..<110 {
                group.addTask {
                    do {
                        try await database.write("test") { db in
                            try db.put(.sold(userID: "u", idem: "i"), seat: sample.seat(number))
                            if number % 10 == 0 { throw Refused() }
                        }
                        return nil
                    } catch let error as StoreError {
                        return error.kind
                    }
                }
            }
            // As soon as ten are refused, a hundred wait.
            var outcomes: [StoreError.Kind?] = []
            for try await outcome in group {
                outcomes.append(outcome)
                if outcomes.count == 10 { gate.signal() }
            }
            return outcomes
        }
        try await first
        #expect(outcomes.prefix(10).allSatisfy { $0 == .overloaded })
        let written = outcomes.count { $0 == nil }
        #expect(outcomes.count { $0 == .invalid } == 100 - written && (89...99).contains(written))
        let seats = try await SQLiteHoldStore(database).seats(eventID: sample.eventID, sectionID: "A")
        #expect(seats.count == written, "a write that failed left nothing, and took no other with it")
        #expect((1..<30).contains(walFrames() - before), "a commit of its own for each would take over a hundred")
    }

    /// Pages written to the write-ahead log so far: at least one a commit.
    private func walFrames() -> Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: folder.path + "-wal")
        return (attributes?[.size] as? Int ?? 0) / (4_096 + 24)
    }

    @Test func writesPastTheBoundAreRefusedAtOnce() async throws {
        let database = try EmbeddedDatabase(path: folder.path, pendingWriteLimit: 3)
        let gate = DispatchSemaphore(value: 0)
        let began = AsyncStream<Void>.makeStream()
        async let first: Void = database.write("test") { _ in
            began.continuation.finish()
            gate.wait()
        }
        for await _ in began.stream {}
        let outcomes = try await withThrowingTaskGroup(of: StoreError.Kind?.self) { group in
            for _ in 0..<10 {
                group.addTask {
                    do {
                        try await database.write("hold store") { _ in }
                        return nil
                    } catch let error as StoreError {
                        return error.kind
                    }
                }
            }
            // The refused ones return while the writer still stands.
            var outcomes: [StoreError.Kind?] = []
            while outcomes.count < 7, let outcome = try await group.next() { outcomes.append(outcome) }
            #expect(outcomes.allSatisfy { $0 == .overloaded })
            gate.signal()
            for try await outcome in group { outcomes.append(outcome) }
            return outcomes
        }
        try await first
        #expect(outcomes.count { $0 == nil } == 3)
    }

    @Test func closedDatabaseFailsAndDoesNotTrap() async throws {
        let database = try folder.open()
        try database.close()
        await #expect(throws: StoreError.self) { try await database.ping("hold store") }
        await #expect(throws: StoreError.self) {
            try await SQLiteHoldStore(database).hold(request(1), now: sample.start)
        }
    }
}
