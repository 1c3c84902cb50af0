import Provisioning
import Testing

struct PlanRendererTests {
    private let plan = Plan(
        stack: "s", account: "1", toolVersion: "t",
        entries: [
            PlanEntry(node: NodeID(region: "r", name: "b"), step: "01-two", type: "fake:thing", action: .create),
            PlanEntry(
                node: NodeID(region: "r", name: "a"), step: "00-one", type: "fake:thing", action: .update,
                identity: "id-1",
                changes: [Change("setting", from: "x", to: "y"), Change("rule[80]", from: "present", to: nil)]),
            PlanEntry(node: NodeID(region: "r", name: "c"), step: "01-two", type: "fake:thing", action: .none),
            PlanEntry(
                node: NodeID(region: "r", name: "d"), step: "01-two", type: "fake:thing", action: .refuse,
                identity: "id-2",
                reason: "it is not this stack's"),
        ])

    @Test func aPlanIsWrittenByStepWithOneLineForEachSetting() {
        #expect(
            PlanRenderer(style: TextStyle(isColoured: false)).render(plan) == """
                00-one  r
                  ~ a  fake:thing  id-1
                      setting: x -> y
                      rule[80]: present -> (absent)
                01-two  r
                  + b  fake:thing
                  ! d  fake:thing  id-2
                      it is not this stack's
                1 to create, 1 to change, 0 to delete, 1 as desired, 1 in the way
                """)
    }

    @Test func coloursAreOnlyWrittenWhenAskedFor() {
        #expect(!PlanRenderer(style: TextStyle(isColoured: false)).render(plan).contains("\u{1B}"))
        #expect(PlanRenderer(style: TextStyle(isColoured: true)).render(plan).contains("\u{1B}[32m+"))
    }
}
