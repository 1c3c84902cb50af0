import Testing

@testable import RedisClient

struct RedisConfigurationTests {
    @Test("a full URL")
    func full() throws {
        let configuration = try RedisConfiguration(url: "rediss://app:p%40ss%2F1@cache.example:7000/3?cluster=false")
        #expect(configuration.host == "cache.example")
        #expect(configuration.port == 7000)
        #expect(configuration.username == "app")
        #expect(configuration.password == "p@ss/1")
        #expect(configuration.database == 3)
        #expect(configuration.mode == .single)
        #expect(configuration.tls?.verification == .full)
    }

    @Test("what is left out has its default")
    func defaults() throws {
        let configuration = try RedisConfiguration(url: "redis://cache")
        #expect(configuration.port == 6379)
        #expect(configuration.username == nil && configuration.password == nil && configuration.tls == nil)
        #expect(configuration.database == 0)
        #expect(configuration.mode == .automatic)
        #expect(configuration.commandTimeout == .milliseconds(200))
        #expect(configuration.connectTimeout == .seconds(2))
        #expect(try RedisConfiguration(url: "redis://cache/?cluster=true").mode == .cluster)
        #expect(try RedisConfiguration(url: "redis://[::1]:7/").host == "::1")
    }

    @Test("a password given apart outweighs the URL's; an empty one does not")
    func passwordApart() throws {
        #expect(try RedisConfiguration(url: "redis://:a@h", password: "b").password == "b")
        #expect(try RedisConfiguration(url: "redis://:a@h", password: "").password == "a")
        #expect(try RedisConfiguration(url: "redis://user@h", password: "b").username == "user")
    }

    @Test(
        "an unusable URL is refused without a word of it",
        arguments: [
            "", "planted", "http://planted-secret@h", "redis://", "redis:///0",
            "redis://:planted/secret@h:1", "redis://:planted#secret@h", "redis://:planted?secret@h",
            "redis://h:0", "redis://h:99999", "redis://h:planted", "redis://h/planted", "redis://h/-1",
            "redis://h?planted=1", "redis://h?cluster=planted", "redis://planted@h", "redis://h:99999999999999999999",
        ])
    func unusable(url: String) {
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
        #expect(error?.kind == .configuration)
        #expect(error?.description.contains("redis://[USER:PASSWORD@]HOST:PORT") == true)
        #expect(error?.description.contains("planted") == false)
    }

    @Test("printing never shows the password")
    func printing() throws {
        let configuration = try RedisConfiguration(url: "redis://app:planted@h/2")
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in [configuration.description, "\(configuration)", String(reflecting: configuration), dumped] {
            #expect(!text.contains("planted"))
            #expect(text.contains("h:6379"))
        }
    }

    @Test("limits that make no sense are refused")
    func limits() throws {
        let changes: [(inout RedisConfiguration) -> Void] = [
            { $0.commandTimeout = .zero }, { $0.stallTimeout = .seconds(-1) },
            { $0.connectTimeout = .seconds(1 << 40) },
            { $0.maxPendingCommands = 0 }, { $0.maxReplyBytes = -1 }, { $0.port = 0 }, { $0.clientName = "a b" },
            {
                $0.mode = .cluster; $0.database = 1
            },
        ]
        for change in changes {
            var configuration = RedisConfiguration(host: "h")
            try configuration.check()
            change(&configuration)
            let error = #expect(throws: RedisError.self) { try configuration.check() }
            #expect(error?.kind == .configuration)
        }
    }
}
