import Identifiers
import SQL
import Time

/// Who was to have the last posts of a place: by them it is judged whether an answer of the forum can be believed (rule
/// E9).
extension Ledger {
  /// Where one looks for people, and of which watches.
  private typealias Evidence = (post: JournalPosition, scopes: [String])

  /// People, and the posts that tell of them, the nearest first.
  public typealias KnownReaders = (people: Set<PersonID>, posts: [JournalPosition])

  /// Some of the people for whom the post itself, or the last one before it in its thread, its discussion or anywhere,
  /// was chosen by a watch that bears on the post too. The nearest post that tells of more than a few people is enough.
  /// - Parameters:
  ///   - thread, discussion: where the post stands now.
  ///   - floor: posts up to this one prove nothing.
  ///   - moment: nor do those that became visible before it: people come and go.
  ///   - few: with more people than that the look is over.
  public func knownReaders(
    of entry: JournalEntry, thread: String, discussion: String, after floor: JournalPosition, since moment: Timestamp,
    moreThan few: Int, limit: Int
  ) throws -> KnownReaders {
    try database.read { connection in
      var known: KnownReaders = ([], [])
      for evidence in try Ledger.evidence(of: entry, thread, discussion, floor, moment, connection) {
        let people = try connection.query(
          """
          SELECT person FROM decision WHERE post = $1 AND decision IN ('instant', 'digest') AND detail IN ($2)
          ORDER BY person LIMIT $3
          """, [.id(evidence.post), .texts(evidence.scopes), .integer(Int64(limit))]
        ) { $0.id(0) as PersonID }
        if people.isEmpty { continue }
        known.people.formUnion(people)
        known.posts.append(evidence.post)
        if known.people.count > few { break }
      }
      return known
    }
  }

  private static func evidence(
    of entry: JournalEntry, _ thread: String, _ discussion: String, _ floor: JournalPosition, _ moment: Timestamp,
    _ connection: any Connection
  ) throws -> [Evidence] {
    let all = ["thread", "discussion", "everything"]
    var evidence: [Evidence] = []
    if entry.position > floor, entry.threadKey == thread, entry.discussionKey == discussion {
      evidence.append((entry.position, all))
    }
    let range: [Value] = [.id(entry.position), .id(floor), .integer(moment.seconds)]
    let before = "position < $1 AND position > $2 AND visible_at >= $3"
    let nearby = try connection.query(
      """
      SELECT position, thread_key FROM journal WHERE discussion_key = $4 AND \(before) ORDER BY position DESC LIMIT 50
      """, range + [.text(discussion)]
    ) { (post: $0.id(0) as JournalPosition, thread: $0.text(1)) }
    evidence += nearby.filter { $0.thread == thread }.prefix(2).map { ($0.post, all) }
    evidence += nearby.prefix(5).map { ($0.post, Array(all.dropFirst())) }
    evidence += try connection.query(
      "SELECT position FROM journal WHERE \(before) ORDER BY position DESC LIMIT 2", range
    ) { ($0.id(0), ["everything"]) }
    return evidence
  }

  /// The last position that was given; 0 before the first.
  public func lastPosition() throws -> JournalPosition {
    try database.read { try $0.first("SELECT max(position) FROM journal", []) { $0.optionalInteger(0) } ?? nil }
      .map { JournalPosition($0) } ?? 0
  }
}
