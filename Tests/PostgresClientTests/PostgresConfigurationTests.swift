import PostgresClient
import Testing

@Suite struct PostgresConfigurationTests {
    @Test func aURLGivesItsPartsAndPrintsNoPassword() throws {
        var configuration = try PostgresConfiguration(
            url: "postgresql://app:s%40cret@db.example:6543/ticket?sslmode=require&connect_timeout=7")
        #expect(configuration.target == "app@db.example:6543/ticket")
        #expect(configuration.connectTimeout == .seconds(7))
        configuration.applicationName = "tickctl"
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            #expect(text.contains("app@db.example:6543/ticket"))
            #expect(!text.contains("s@cret") && !text.contains("s%40cret"))
        }
    }

    @Test(arguments: [
        "",
        "planted",
        "postgresql://app:planted@db/ticket?unknown=1",
        "postgresql://app:plan%zzted@db/ticket",
        "postgresql://app:planted\"x@[::1/ticket",
        "postgresql://app:plan@planted.rest@db/ticket",  // an unescaped @
        "postgresql://app:planted/rest@db/ticket",  // an unescaped /
        "postgresql://app:1/planted@db/ticket",
        "postgresql://app:planted@db:port/ticket",
        "postgresql://app:planted@db:70000/ticket",
        "postgresql://app:planted@db/ticket?connect_timeout=never",
        "host=db user=app password=planted port",
        "host=db\0 password=planted",
    ])
    func anUnusableURLIsRefusedWithoutBeingQuoted(url: String) {
        let error = #expect(throws: PostgresError.self) { try PostgresConfiguration(url: url) }
        #expect(error?.kind == .configuration)
        #expect(error?.description.contains("planted") == false)
        #expect(error?.description.contains("expected postgresql://USER:PASSWORD@HOST:PORT/DATABASE") == true)
    }
}
