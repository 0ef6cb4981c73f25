import SQL
import Time

/// What waits in the ledger, and for what (rule E6).
public struct Waiting: Hashable, Sendable {
  /// Messages that the next run may send.
  public var due = 0
  /// Messages that wait for their time, such as those that failed for now.
  public var later = 0
  /// When the next of all these is due, which may be long ago; nil where there is none.
  public var nextDue: Timestamp?
  /// Messages that a run holds, at work or dead.
  public var leased = 0
  /// Posts, once for each person, that wait for a digest.
  public var forDigests = 0
  /// Posts, once for each person, that were left out of a digest since they cannot be seen for now, or are gone: they come
  /// with the next one if they are shown again.
  public var outOfSight = 0
  /// When the next digest is to be written, which may be long ago; nil where there is none.
  public var nextDigest: Timestamp?
  /// Posts of the forum that rest, so that their authors can mend them, or are held as a flood.
  public var resting = 0
  /// Posts of the forum that are not visible yet.
  public var pending = 0
  /// Posts for which it is not decided yet who gets them.
  public var undecided = 0
}

extension Ledger {
  /// What waits, and for what.
  public func waiting(at now: Timestamp) throws -> Waiting {
    try database.read { connection in
      func count(_ sql: String, _ values: [Value] = []) throws -> Int {
        try connection.first(sql, values) { Int($0.integer(0)) } ?? 0
      }
      func moment(_ sql: String) throws -> Timestamp? {
        try connection.first(sql, []) { $0.optionalInteger(0).map(Timestamp.init) } ?? nil
      }
      let open = """
        SELECT count(*) FROM decision WHERE decision = 'digest' AND delivery IS NULL AND %s
          (SELECT 1 FROM digest_slot s WHERE s.person = decision.person)
        """
      let waiting = "FROM delivery WHERE \(Ledger.isWaiting)"
      return Waiting(
        due: try count("SELECT count(*) \(waiting) AND due <= $1", [.integer(now.seconds)]),
        later: try count("SELECT count(*) \(waiting) AND due > $1", [.integer(now.seconds)]),
        nextDue: try moment("SELECT min(due) \(waiting)"),
        leased: try count("SELECT count(*) FROM delivery WHERE lease IS NOT NULL"),
        forDigests: try count(open.replacing("%s", with: "EXISTS")),
        // Of a post that another stands for nothing comes back.
        outOfSight: try count(
          """
          \(open.replacing("%s", with: "NOT EXISTS"))
            AND NOT EXISTS (SELECT 1 FROM journal j WHERE j.position = decision.post AND j.post_key LIKE $1)
          """, [.text("\(JournalEntry.replaced)%")]),
        nextDigest: try moment("SELECT min(due) FROM digest_slot"),
        resting: try count("SELECT count(*) FROM candidate WHERE state = 'resting'"),
        pending: try count("SELECT count(*) FROM candidate WHERE state = 'pending'"),
        undecided: try count("SELECT count(*) FROM fan_out"))
    }
  }
}
