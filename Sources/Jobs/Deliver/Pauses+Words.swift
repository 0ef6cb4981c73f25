import DeliveryPolicy

extension Pauses.Subject {
  /// What is wrong with it, in the one wording that runs and `status` have: `b.example refuses everybody, …`.
  /// - Parameter key: a post's number in the forum.
  public func words(post key: String = "?") -> String {
    switch self {
    case .domain(let domain): "\(domain) refuses everybody, also those whose last mail it took; mail for it waits"
    case .post:
      "the post [#\(key)] is refused to people of several domains or while others are taken; its mail is held, all else goes"
    }
  }
}

extension String {
  /// As a sentence begins.
  var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
