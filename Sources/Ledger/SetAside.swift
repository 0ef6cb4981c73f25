import Forum
import Identifiers
import SQL
import Time

/// A post, a person, a thread or a discussion of the forum that cannot be read, until it can be (rule E1).
public struct SetAside: Hashable, Sendable {
  /// What is wrong, and with what.
  public let fault: RowFault
  /// The thread and the discussion of the post for which a person was asked about; nil where none was.
  public let place: Place?
  /// The posts for which fan-out had to pass the person by: they are decided when the person can be read again.
  public let posts: ClosedRange<JournalPosition>?
  /// When it was first met.
  public let since: Timestamp
  /// The ledger was restored since, and all had been mailed by then: whoever, or whatever, can be read at the next look
  /// may have been mended, and mailed, in the time that the ledger has forgotten (rule E3).
  public private(set) var isInDoubt = false

  /// Where a post stands, whose watchers were asked for.
  public struct Place: Hashable, Sendable {
    /// The thread's key.
    public let thread: String
    /// The discussion's key.
    public let discussion: String

    /// The place of a post.
    public init(thread: String, discussion: String) {
      self.thread = thread
      self.discussion = discussion
    }
  }

  /// - Parameters:
  ///   - place: where the post stands whose watchers were asked for.
  ///   - post: the post for which fan-out passes the person by.
  public init(_ fault: RowFault, at place: Place? = nil, post: JournalPosition? = nil, since: Timestamp) {
    self.fault = fault
    self.place = place
    self.since = since
    posts = post.map { $0...$0 }
  }

  /// Sentences for the admin about what was met anew: one for what is alike, however many rows that is.
  public static func words(of met: [SetAside]) -> [String] {
    let alike = Dictionary(grouping: met.map(\.fault)) { [$0.query, $0.column, $0.complaint] }
    return alike.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { _, faults in
      let first = faults.first!
      let many = faults.count == 1 ? "" : "\(faults.count) rows of the forum are alike at fault, such as: "
      let waiting = first.holdsBack ? "What it concerns waits until it is mended; " : ""
      return "\(many)\(first). \(waiting)`watchpost status` shows what is to be mended."
    }
  }

  /// What `init(_ row:)` reads, in its order.
  static let columns = """
    subject, row_key, query, column_name, value, complaint, ordinal, thread_key, discussion_key, first_post, last_post, \
    since, in_doubt
    """

  /// - Returns: nil for a subject that a newer program wrote.
  init?(_ row: any Row) {
    guard let subject = RowFault.Subject(rawValue: row.text(0)) else { return nil }
    fault = RowFault(
      subject, key: row.text(1), query: row.text(2), column: row.text(3), value: row.text(4), complaint: row.text(5),
      ordinal: row.optionalInteger(6))
    place = row.optionalText(7).map { Place(thread: $0, discussion: row.text(8)) }
    posts = (row.optionalID(9) as JournalPosition?).map { $0...row.id(10) }
    since = row.moment(11)
    isInDoubt = row.integer(12) != 0
  }
}
