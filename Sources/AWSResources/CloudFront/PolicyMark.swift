import Provisioning

/// CloudFront's policies have no tags: they are known by their exact name and by this comment.
struct PolicyMark {
    let comment: String

    /// At most 128 characters, as CloudFront takes.
    init(_ tags: IdentityTags) {
        comment = String("\(IdentityTags.stackKey)=\(tags.stack) \(IdentityTags.idKey)=\(tags.id)".prefix(128))
    }

    /// Whose a policy with this comment is.
    func owner(of comment: String?) -> Owner {
        comment == self.comment
            ? .ours : .foreign(reason: "its comment is \"\(comment ?? "")\", not \"\(self.comment)\"")
    }
}
