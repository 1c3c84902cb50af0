import AWSResources
import ArgumentParser
import Delivery
import Foundation
import Provisioning
import TicketSteps

extension Session {
    /// Where the stack's freeze is kept: beside its run lock.
    var freezes: FreezeStore {
        FreezeStore(
            client: client, region: stack.regions[0].name, table: DynamoDBTable.runLock.name, stack: stack.name)
    }

    /// Before a command changes anything: is there a sale?
    /// - Throws: `Refusal` while the stack is frozen, unless the freeze is to be broken; that is said then.
    func requireThawed(breaking: Bool) async throws {
        guard let freeze = try await freezes.current(at: Date()) else { return }
        guard breaking else {
            throw Refusal(
                description: "stack \(stack.name) is \(freeze.summary); nothing was changed. Wait for its end, run "
                    + "`tickctl unfreeze`, or add --break-freeze to this command")
        }
        say("breaking the freeze: stack \(stack.name) is \(freeze.summary)")
    }
}

/// Of every command that changes what stands in the account.
struct FreezeOptions: ParsableArguments {
    @Flag(help: "Do it although the stack is frozen for a sale (tickctl freeze).")
    var breakFreeze = false
}
