import Testing
import TicketSteps

struct StackBillingTests {
    @Test func hourlyQuantitiesFollowTheSizes() {
        var stack = Stack()
        #expect(stack.hourlyQuantities.map(\.quantity) == [6, 30, 2, 84, 12, 8])
        stack.network.nat = .single
        stack.redis.shards = 1
        stack.aurora.minimumACU = 0.5
        stack.regions.removeLast()
        #expect(stack.hourlyQuantities.map(\.quantity) == [1, 15, 1, 42, 2, 1])
    }
}
