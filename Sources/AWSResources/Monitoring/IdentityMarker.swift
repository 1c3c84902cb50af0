import AWSCore
import AWSServices
import Provisioning

/// An identity in a text, "[tickctl stack=ticket id=alarm-dlq]", for what a list shows without its tags: it saves one
/// call for each alarm of a region.
extension IdentityTags {
    var marker: String { "[tickctl stack=\(stack) id=\(id)]" }

    /// Whose something is by the marker in `text`; nil when there is none.
    func owner(ofMarkedText text: String) -> Owner? {
        guard let match = text.firstMatch(of: #/\[tickctl stack=([^\s\]]+) id=([^\s\]]+)\]/#) else { return nil }
        return owner(of: [Self.stackKey: String(match.output.1), Self.idKey: String(match.output.2)])
    }
}

extension CloudWatch.Tag: TagPair {}

extension Scope<AWSCloud> {
    /// Whose an alarm or a dashboard is: by the marker in its text, else by its tags.
    func owner(ofMarkedText text: String, arn: String) async throws -> Owner {
        if let owner = tags.owner(ofMarkedText: text) { return owner }
        do {
            return tags.owner(of: try await send(CloudWatch.ListTagsForResource(resourceArn: arn)).tags.byKey)
        } catch  where AWSErrors().disposition(of: error) == .absent {
            // It was read a moment ago, so it is what cannot be tagged: a dashboard made before dashboards had tags.
            return tags.owner(of: [:])
        }
    }
}
