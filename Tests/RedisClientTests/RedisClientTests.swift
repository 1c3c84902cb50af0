import Foundation
import NIOCore
import NIOPosix
import RedisClient
import TestSupport
import Testing

/// One node, real.
@Suite(.serialized)
struct RedisClientTests {
    @Test("values come back as they were sent; a server's refusal is thrown with its code")
    func values() async throws {
        let server = try RedisServer()
        try await withClient(server.url) { client async throws in
            #expect(try await client.send(["SET", "k", .bytes([0, 13, 10, 255])]) == .status("OK"))
            #expect(try await client.send(["GET", "k"]).bytesValue == [0, 13, 10, 255])
            #expect(try await client.send(["GET", "absent"]).isNull)
            #expect(try await client.send(["INCRBY", "n", 41]).integerValue == 41)
            #expect(try await client.send(["MGET", "n", "absent"]) == .array([.string(Array("41".utf8)), .null]))
            let error = await client.failure(of: "LPUSH", "n", "x")
            #expect(error?.kind == .server(code: "WRONGTYPE"))
            #expect(error?.target == "127.0.0.1:\(server.port)")
            let empty = await client.failure(of: RedisCommand([]))
            #expect(empty?.kind == .configuration)
            #expect(try server.command("CLIENT", "LIST").contains("name=tickctl"))
        }
    }

    @Test("ten thousand calls at once get their own answers")
    func pipelining() async throws {
        let server = try RedisServer()
        try await withClient(server.url, loops: 2) { client async throws in
            try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<10_000 {
                    group.addTask {
                        try await client.send(["ECHO", .integer(Int64(number))]).integerValue == Int64(number)
                    }
                }
                for try await isOwn in group { #expect(isOwn) }
            }
        }
    }

    @Test("a batch is answered in its order, each command for itself, and leaves in a few writes")
    func batch() async throws {
        let server = try RedisServer()
        try await withClient(server.url) { client async throws in
            func reads() async throws -> Int {
                let text = try await client.send(["INFO", "stats"]).stringValue ?? ""
                let line = text.split(separator: "\r\n").first { $0.hasPrefix("total_reads_processed:") }
                return try #require(line.flatMap { Int($0.split(separator: ":")[1]) })
            }
            let before = try await reads()
            var commands = (0..<1_000).map { RedisCommand(["ECHO", .integer(Int64($0))]) }
            commands[500] = RedisCommand(["NOSUCH"])
            let results = await client.sendAll(commands)
            #expect(results.count == 1_000)
            for (index, result) in results.enumerated() {
                switch result {
                case .success(let value): #expect(value.integerValue == Int64(index))
                case .failure(let error): #expect(index == 500 && error.code == "ERR")
                }
            }
            // 30 KB, 16 KB a read.
            let after = try await reads()
            #expect(after - before < 20)
            #expect(await client.sendAll([]).isEmpty)
        }
    }

    @Test("a call on a loop of the group uses that loop's session")
    func ownLoop() async throws {
        let server = try RedisServer()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        var configuration = try RedisConfiguration(url: server.url)
        configuration.commandTimeout = .seconds(120)
        let client = try RedisClient(configuration, group: group)
        try await client.ready(within: .seconds(120))
        var sessions: [Int64] = []
        for loop in group.makeIterator() {
            let caller = LoopCaller(loop: loop, client: client)
            let ids = try await caller.sessions(calls: 10)
            #expect(Set(ids).count == 1)
            sessions.append(ids[0])
        }
        #expect(Set(sessions).count == 2)
        await client.close()
        try await group.shutdownGracefully()
    }

    @Test("sign-in by password, and by user and password; the database of the URL")
    func signIn() async throws {
        let server = try RedisServer(.init(password: "planted-right"))
        try await withClient(server.url + "/5") { client async throws in
            _ = try await client.send(["SET", "k", "v"])
            #expect(try server.command("-n", "5", "GET", "k") == "v")
            _ = try await client.send(["ACL", "SETUSER", "app", "on", ">planted-app", "~*", "+@all", "-info"])
        }
        try await withClient("redis://app:planted-app@127.0.0.1:\(server.port)") { client async throws in
            #expect(try await client.send(["ACL", "WHOAMI"]).stringValue == "app")
        }
    }

    @Test(
        "a wrong or missing password is told, without the password",
        arguments: [(":planted-wrong@", "WRONGPASS"), ("", "NOAUTH"), ("nobody:planted-wrong@", "WRONGPASS")])
    func wrongPassword(userInformation: String, code: String) async throws {
        let server = try RedisServer(.init(password: "planted-right"))
        try await withClient("redis://\(userInformation)127.0.0.1:\(server.port)", isAwaited: false) {
            client async throws in
            try await eventually { client.state.nodes.first?.failure != nil }
            let error = await client.failure(of: "PING")
            #expect(error?.kind == .connect)
            #expect(error?.message.contains(code) == true)
            #expect(error?.description.contains("planted") == false)
            #expect(!client.state.isReady)
        }
    }

    @Test("TLS with the server's authority; another authority or name is refused")
    func tls() async throws {
        let server = try RedisServer(.init(password: "pw", isTLS: true))
        try await withClient(server.url, { $0.tls?.trustRoots = .file(server.certificate) }) { client async throws in
            let large = [UInt8](repeating: 7, count: 1 << 20)
            _ = try await client.send(["SET", "k", .bytes(large)])
            #expect(try await client.send(["GET", "k"]).bytesValue == large)
        }
        try await withClient(
            "rediss://:pw@localhost:\(server.port)", { $0.tls?.trustRoots = .file(server.certificate) }
        ) { client async throws in
            #expect(try await client.send(["PING"]) == .status("PONG"))
        }
        let other = FileManager.default.temporaryDirectory.appending(path: "tickctl-ca-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: other, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: other) }
        let stranger = try RedisServer.makeCertificate(in: other, for: "IP:127.0.0.1")
        let refused: [(inout RedisConfiguration) -> Void] = [
            { $0.tls?.trustRoots = .file(stranger) },
            { $0.tls?.trustRoots = .system },
        ]
        for change in refused {
            try await withClient(server.url, isAwaited: false, change) { client async throws in
                try await eventually { client.state.nodes.first?.failure != nil }
                let error = await client.failure(of: "PING")
                #expect(error?.kind == .connect)
                #expect(error?.message.localizedStandardContains("certificate") == true, "\(error?.message ?? "")")
            }
        }
        var configuration = try RedisConfiguration(url: server.url)
        configuration.tls?.trustRoots = .file("/nonexistent/ca.pem")
        let error = #expect(throws: RedisError.self) {
            try RedisClient(configuration, group: MultiThreadedEventLoopGroup.singleton)
        }
        #expect(error?.kind == .configuration)
        #expect(error?.message.contains("/nonexistent/ca.pem") == true)
    }

    @Test("a certificate for another name is refused, unless that name is the one asked for")
    func serverName() async throws {
        var options = RedisServer.Options(isTLS: true)
        options.certificateNames = "DNS:cache.example"
        let server = try RedisServer(options)
        let trust = { @Sendable (configuration: inout RedisConfiguration) -> Void in
            configuration.tls?.trustRoots = .file(server.certificate)
        }
        try await withClient(server.url, isAwaited: false, trust) { client async throws in
            try await eventually { client.state.nodes.first?.failure != nil }
            #expect(await client.failure(of: "PING")?.kind == .connect)
        }
        let changes: [(inout RedisConfiguration) -> Void] = [
            { $0.tls?.serverName = "cache.example" }, { $0.tls?.verification = .chain },
            { $0.tls?.verification = .none },
        ]
        for change in changes {
            try await withClient(
                server.url,
                {
                    trust(&$0); change(&$0)
                }
            ) { client async throws in
                #expect(try await client.send(["PING"]) == .status("PONG"))
            }
        }
    }

    @Test("a late command frees its caller, and later answers are still matched")
    func timeout() async throws {
        let server = try RedisServer()
        try await withClient(server.url, { $0.commandTimeout = .milliseconds(500) }) { client async throws in
            // A busy machine may be late, too: then a call is made again.
            var session: RedisValue?
            try await eventually {
                session = try? await client.send(["CLIENT", "ID"])
                return session != nil
            }
            try server.signal("STOP")
            for _ in 0..<3 { #expect(await client.failure(of: "INCR", "late")?.kind == .timeout) }
            #expect(client.state.isReady)
            try server.signal("CONT")
            try await eventually { (try? await client.send(["CLIENT", "ID"])) == session }
            for number in 0..<100 as Range<Int64> {
                try await eventually {
                    guard let answer = try? await client.send(["ECHO", .integer(number)]) else { return false }
                    #expect(answer.integerValue == number)
                    return true
                }
            }
        }
    }

    @Test("a session that stalls is closed and made again")
    func stall() async throws {
        let server = try RedisServer()
        try await withClient(
            server.url,
            {
                $0.commandTimeout = .milliseconds(100)
                $0.stallTimeout = .milliseconds(300)
                $0.connectTimeout = .seconds(2)
            }
        ) { client async throws in
            try server.signal("STOP")
            let error = await client.failure(of: "PING")
            #expect(error?.kind == .timeout)
            try await eventually { !client.state.isReady }
            let next = await client.failure(of: "PING")
            #expect(next?.kind == .connect)
            try server.signal("CONT")
            try await client.ready(within: .seconds(120))
        }
    }

    @Test("past the bound of pending commands a call fails at once")
    func overload() async throws {
        let server = try RedisServer()
        try await withClient(server.url, { $0.maxPendingCommands = 8 }) { client async throws in
            try server.signal("STOP")
            let results = await withTaskGroup(of: Result<RedisValue, RedisError>.self) { group in
                for _ in 0..<50 {
                    group.addTask { () async -> Result<RedisValue, RedisError> in
                        do throws(RedisError) {
                            return .success(try await client.send(["PING"]))
                        } catch {
                            return .failure(error)
                        }
                    }
                }
                var results: [Result<RedisValue, RedisError>] = []
                for await result in group {
                    results.append(result)
                    // The 42 that are refused come first: nothing else can end while the server stands still.
                    if results.count == 42 {
                        #expect(results.allSatisfy { (try? $0.get()) == nil })
                        try? server.signal("CONT")
                    }
                }
                return results
            }
            let refused = results.compactMap { result -> RedisError? in
                if case .failure(let error) = result { error } else { nil }
            }
            #expect(refused.count == 42)
            #expect(refused.allSatisfy { $0.kind == .overloaded })
            #expect(try await client.send(["PING"]) == .status("PONG"))
        }
    }

    @Test("bytes that the node does not take are bounded, too")
    func unwrittenBytes() async throws {
        let server = try RedisServer()
        try await withClient(server.url, { $0.maxUnwrittenBytes = 1 << 20 }) { client async throws in
            try server.signal("STOP")
            let large = RedisArgument.bytes([UInt8](repeating: 1, count: 1 << 20))
            let refused = await withTaskGroup(of: Bool.self) { group in
                for _ in 0..<40 {
                    group.addTask {
                        do throws(RedisError) {
                            _ = try await client.send(["SET", "k", large])
                            return false
                        } catch {
                            return error.kind == .overloaded
                        }
                    }
                }
                var refused = 0
                for await isRefused in group where isRefused {
                    refused += 1
                    if refused == 1 { try? server.signal("CONT") }
                }
                return refused
            }
            #expect(refused > 0)
        }
    }

    @Test("killed: calls fail at once; back again: they work, without anything done here")
    func restart() async throws {
        let server = try RedisServer()
        try await withClient(server.url, loops: 2) { client async throws in
            _ = try await client.send(["SET", "k", "v"])
            for round in 1...3 {
                try server.kill()
                try await eventually { !client.state.isReady }
                // A wait of the two minutes that a command may take would show.
                for _ in 0..<100 {
                    let error = await client.failure(of: "GET", "k")
                    #expect(error?.kind == .connect)
                }
                // The first reason is that the session ended; the next tries meet a closed port.
                try await eventually {
                    client.state.nodes.first?.failure?.message.contains("onnection refused") == true
                }
                try server.start()
                let back = ContinuousClock.now
                try await client.ready(within: .seconds(120))
                print("round \(round): connected again \(ContinuousClock.now - back) after the server's return")
                #expect(try await client.send(["GET", "k"]).isNull)
                _ = try await client.send(["SET", "k", "v"])
            }
        }
    }

    @Test("commands under way fail when the server is killed, none hangs")
    func killedUnderLoad() async throws {
        let server = try RedisServer()
        try await withClient(server.url) { client async throws in
            try server.signal("STOP")
            let errors = await withTaskGroup(of: RedisError?.self) { group in
                for _ in 0..<100 {
                    group.addTask { await client.failure(of: "PING") }
                }
                group.addTask {
                    try? await Task.sleep(for: .milliseconds(300))
                    try? server.kill()
                    return nil
                }
                var errors: [RedisError] = []
                for await error in group { if let error { errors.append(error) } }
                return errors
            }
            #expect(errors.count == 100)
            #expect(errors.allSatisfy { $0.kind == .connect })
        }
    }

    @Test("READONLY: the session is given up, since the name may lead to another node by now")
    func readOnly() async throws {
        let server = try RedisServer()
        try await withClient(server.url) { client async throws in
            let before = try await client.send(["CLIENT", "ID"])
            let nobody = try ReservedPort()
            try server.command("REPLICAOF", "127.0.0.1", "\(nobody.number)")
            let error = await client.failure(of: "SET", "k", "v")
            #expect(error?.kind == .server(code: "READONLY"))
            try server.command("REPLICAOF", "NO", "ONE")
            try await eventually { (try? await client.send(["SET", "k", "v"])) == .status("OK") }
            #expect(try await client.send(["CLIENT", "ID"]) != before)
        }
    }

    @Test("a script is sent once, called by its digest, and sent again to a node that forgot it")
    func scripts() async throws {
        let server = try RedisServer()
        try await withClient(server.url) { client async throws in
            let script = RedisScript("return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}")
            func run() async throws -> [RedisValue]? {
                try await client.evaluate(script, keys: ["k"], arguments: [7]).arrayValue
            }
            #expect(try await run() == [.string([107]), .string([55]), .integer(1)])
            #expect(try await run()?.last == .integer(2))
            _ = try await client.send(["SCRIPT", "FLUSH"])
            #expect(try await run()?.last == .integer(3))
            #expect(try await run()?.last == .integer(4))
            let text = try await client.send(["INFO", "commandstats"]).stringValue ?? ""
            #expect(text.contains("cmdstat_eval:calls=1,"))
            let broken = RedisScript("return redis.call('LPUSH', KEYS[1], 1)")
            let error = await #expect(throws: RedisError.self) { try await client.evaluate(broken, keys: ["k"]) }
            #expect(error?.code == "WRONGTYPE")
        }
    }

    @Test("after close every call fails, those under way included")
    func close() async throws {
        let server = try RedisServer()
        try await withClient(server.url) { client async throws in
            try server.signal("STOP")
            async let pending = client.failure(of: "PING")
            try await Task.sleep(for: .milliseconds(100))
            await client.close()
            #expect(await pending?.kind == .closed)
            let error = await client.failure(of: "PING")
            #expect(error?.kind == .closed)
            #expect(!client.state.isReady)
            try server.signal("CONT")
            try await eventually { try !server.command("CLIENT", "LIST").contains("name=tickctl") }
        }
    }

    @Test("a client that is dropped leaves no session behind")
    func dropped() async throws {
        let server = try RedisServer()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            let client = try RedisClient(RedisConfiguration(url: server.url), group: group)
            try await client.ready(within: .seconds(120))
            #expect(try server.command("CLIENT", "LIST").contains("name=tickctl"))
        }
        try await eventually { try !server.command("CLIENT", "LIST").contains("name=tickctl") }
        try await group.shutdownGracefully()
    }
}

/// Calls from an event loop, as a handler of an HTTP server on that loop does.
private actor LoopCaller {
    private let executor: any SerialExecutor
    private let loop: any EventLoop
    private let client: RedisClient

    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    init(loop: any EventLoop, client: RedisClient) {
        executor = loop.executor
        self.loop = loop
        self.client = client
    }

    func sessions(calls: Int) async throws -> [Int64] {
        var ids: [Int64] = []
        for _ in 0..<calls {
            ids.append(try await client.send(["CLIENT", "ID"]).integerValue ?? -1)
            loop.preconditionInEventLoop()
        }
        return ids
    }
}
