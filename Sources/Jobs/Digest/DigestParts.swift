import Identifiers

/// Posts put into parts of a stated size, in order (rule D2). A post larger than a part has a part of its own.
struct DigestParts {
  let limit: Int
  private(set) var parts: [[JournalPosition]] = []
  private var weight = 0

  init(limit: Int) { self.limit = limit }

  mutating func add(_ position: JournalPosition, weight: Int) {
    if parts.isEmpty || self.weight + weight > limit {
      parts.append([])
      self.weight = 0
    }
    parts[parts.count - 1].append(position)
    self.weight += weight
  }
}
