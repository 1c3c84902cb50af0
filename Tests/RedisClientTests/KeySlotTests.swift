import Testing

@testable import RedisClient

struct KeySlotTests {
    @Test(
        "slots are those of the cluster specification",
        arguments: [
            ("123456789", 0x31C3), ("", 0), ("foo", 12_182), ("{user1000}.following", 3_443), ("user1000", 3_443),
            ("foo{bar}{zap}", 5_061), ("bar", 5_061),
        ])
    func knownSlots(key: String, slot: Int) {
        #expect(KeySlot.slot(of: key) == slot % KeySlot.count)
    }

    @Test("an empty tag is no tag, and a tag begins at the first brace")
    func oddTags() {
        #expect(KeySlot.slot(of: "foo{{bar}}zap") == KeySlot.slot(of: "{bar"))
        #expect(KeySlot.slot(of: "foo{}{bar}") != KeySlot.slot(of: "bar"))
        #expect(KeySlot.slot(of: "foo{bar") != KeySlot.slot(of: "bar"))
        #expect(KeySlot.slot(of: "foo}bar{") != KeySlot.slot(of: "bar"))
    }

    @Test("keys of one command must share a slot")
    func crossSlot() throws {
        #expect(try KeySlot.slot(of: ["{a}1", "{a}2"], target: "t") == KeySlot.slot(of: "a"))
        #expect(try KeySlot.slot(of: [], target: "t") == nil)
        let error = #expect(throws: RedisError.self) { try KeySlot.slot(of: ["a", "b"], target: "t") }
        #expect(error?.kind == .configuration)
        #expect(error?.message.contains("hash tag") == true)
    }
}
