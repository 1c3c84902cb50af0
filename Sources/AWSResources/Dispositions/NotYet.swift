/// What a resource throws when a call must wait for something under way that it looked at itself: the executor tries
/// again later, as for `ErrorDisposition.busy`.
public struct NotYet: Error, CustomStringConvertible {
    /// What is being waited for: "the snapshot x is 40 % done".
    public var description: String

    public init(_ description: String) { self.description = description }
}
