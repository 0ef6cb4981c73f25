import Identifiers

/// Posts put into parts of a stated size, in order (rule D2). A post larger than a part has a part of its own.
struct DigestParts {
  /// What the posts of a part may weigh in its mail.
  let limit: Int
  /// Octets that their bodies may have in the forum, of which a mail may show little: a part is composed at once (rule
  /// E4).
  let bodyLimit: Int
  private(set) var parts: [[JournalPosition]] = []
  private var weight = 0
  private var octets = 0

  init(limit: Int, bodyLimit: Int) {
    self.limit = limit
    self.bodyLimit = bodyLimit
  }

  /// - Parameter octets: of the post's body.
  mutating func add(_ position: JournalPosition, weight: Int, octets: Int) {
    if parts.isEmpty || self.weight + weight > limit || self.octets + octets > bodyLimit {
      parts.append([])
      self.weight = 0
      self.octets = 0
    }
    parts[parts.count - 1].append(position)
    self.weight += weight
    self.octets += octets
  }
}
