/// A row of the forum that cannot be read: it is set aside, and everything else goes on (rule E1).
public struct RowFault: Error, Hashable, Sendable, CustomStringConvertible {
  /// Whose row it is; the raw value stands in the ledger.
  public enum Subject: String, Sendable, CaseIterable {
    case post, thread, discussion, participant
    /// A file of a post; its key is the post's.
    case attachment
  }
  /// Whose row it is.
  public var subject: Subject
  /// The forum's key; empty where the row has none that can be read.
  public var key: String
  /// The mapping's name and the query's: `embedded, query watchers`.
  public var query: String
  /// The column at fault.
  public var column: String
  /// What stands in it, cut to what a message can bear and on one line.
  public var value: String
  /// What is wrong with the value: `is no moment in UTC`.
  public var complaint: String
  /// A post's place in the forum's order, if that can be read.
  public var ordinal: Int64?

  /// - Parameter ordinal: only for a post.
  public init(
    _ subject: Subject, key: String, query: String, column: String, value: String, complaint: String,
    ordinal: Int64? = nil
  ) {
    self.subject = subject
    self.key = key
    self.query = query
    self.column = column
    self.value = value
    self.complaint = complaint
    self.ordinal = ordinal
  }

  /// A thread or a discussion that the forum does not have, and in which a post stands that can be seen.
  /// - Parameter query: the one that was asked for it.
  public static func notThere(_ subject: Subject, key: String, query: String, post: String) -> RowFault {
    RowFault(
      subject, key: key, query: "query \(query)", column: "id", value: key,
      complaint: beforePost + post + afterPost)
  }

  private static let beforePost = "is not in its answer, and post "
  private static let afterPost = ", which is visible, stands there"

  /// The post that stands in a thread or a discussion that is not there.
  public var strandedPost: String? {
    guard isNotThere, complaint.hasPrefix(RowFault.beforePost), complaint.hasSuffix(RowFault.afterPost) else {
      return nil
    }
    return String(complaint.dropFirst(RowFault.beforePost.count).dropLast(RowFault.afterPost.count))
  }

  /// Whether a row is missing, rather than wrong.
  public var isNotThere: Bool { [.thread, .discussion].contains(subject) && column == "id" }

  /// Whether something waits until it is mended. A person's address or zone that cannot be used keeps nothing back, nor
  /// does a file: its post is mailed without its name.
  public var holdsBack: Bool {
    switch subject {
    case .attachment: false
    case .participant: !["address", "zone"].contains(column)
    case .post, .thread, .discussion: true
    }
  }

  /// ``embedded, query posts, post 17: `soon` in column `created_at` is no moment in UTC``
  public var description: String {
    "\(query)\(key.isEmpty ? "" : ", \(subject == .attachment ? "of post" : subject.rawValue) \(key)"): `\(value)` in column `\(column)` \(complaint)"
  }
}

extension RowFault {
  /// What stands in each such complaint.
  public static let ofAll = "rows cannot be read, for one reason"

  /// Why the question is at fault, and not its rows: more than ten of them, and more than one in a hundred, fail alike.
  /// - Parameter count: rows in the answer, faults included.
  /// - Returns: nil for faults that are their rows' own.
  public static func complaint(ofAll faults: [RowFault], among count: Int) -> String? {
    guard faults.count > 10, faults.count * 100 > count else { return nil }
    let alike = Dictionary(grouping: faults) { [$0.column, $0.complaint] }.values.max { $0.count < $1.count } ?? []
    guard alike.count > 10, alike.count * 100 > count, let first = alike.first else { return nil }
    return "\(alike.count) of \(count) \(ofAll): \(first)"
  }
}
