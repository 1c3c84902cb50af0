import Foundation
import Synchronization

/// How far the services' clocks are ahead of this machine's, once a service has said so.
final class ClockSkew: Sendable {
    private let seconds = Mutex<TimeInterval>(0)

    var offset: TimeInterval {
        get { seconds.withLock { $0 } }
        set { seconds.withLock { $0 = newValue } }
    }
}
