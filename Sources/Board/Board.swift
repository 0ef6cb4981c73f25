// Board: the embedded forum as its pages need it.
//
// What it does: says who may read, post and moderate in a discussion; lists discussions, threads and pages of posts,
// and finds posts by their words; posts, approves, hides, moves; signs people up; makes and changes discussions, roles
// and members for the commands. Each question is one read transaction, each change one that asks for the right in
// itself. Keys come from outside as text: one that no row has is nothing, never an error.
//
// What it refuses: no markup, no HTML, no mail, no sessions: who reads is said by whoever asks. Watches and preferences
// are not its business (`PreferenceKeeper`). What is decided is decided by `DiscussionRights` and `Discussion`, the
// same for a page and a mail. Who may not read is told no more than who asks for what is not there.
//
// When it fails: `DatabaseError`, and nothing was changed. A refusal is no error: it is an answer (`BoardRefusal`).

import Forum
import ForumSources
import SQL
import Time

/// The embedded forum's discussions, for pages and commands.
public struct Board: Sendable {
  /// How much a page holds, and how far is looked for it.
  public struct Limits: Hashable, Sendable {
    /// Discussions a page.
    public var discussions = 50
    /// Threads a page.
    public var threads = 30
    /// Posts a page of a thread or of hits.
    public var posts = 20
    /// Octets of all texts on a page; a text that is cut is had whole by itself.
    public var pageOctets = 32_000
    /// What is not counted further: "1000+".
    public var count = 1000
    /// Posts whose texts are read one after another where no index helps.
    public var window = 2000
    /// Octets of a post's text.
    public var postOctets = 200_000
    /// Characters of a title or subject.
    public var titleCharacters = 200
    /// Seconds in which their author may change a post.
    public var editing: Int64 = 15 * 60
    /// Addresses at a time that wait to be confirmed.
    public var signUps = 10_000
    /// Seconds after which one that was not confirmed is forgotten.
    public var signUpLife: Int64 = 86_400
    /// The defaults.
    public init() {}
  }

  let database: any Database
  /// What it goes by.
  public let limits: Limits

  /// - Parameter database: migrated by `EmbeddedForum.migrate`.
  public init(_ database: any Database, limits: Limits = Limits()) {
    (self.database, self.limits) = (database, limits)
  }

  /// One read transaction: everything that is asked in it is of one moment.
  func look<T>(_ reader: Reader, _ body: (BoardView) throws -> T) throws -> T {
    try database.read { try body(BoardView($0, database.dialect, reader, limits)) }
  }

  /// One transaction that writes. On PostgreSQL it runs beside others: posters do not wait for each other.
  func change<T>(_ reader: Reader, _ body: (BoardView) throws -> T) throws -> T {
    try database.write(.concurrent) { try body(BoardView($0, database.dialect, reader, limits)) }
  }
}

/// Who looks at a page.
public enum Reader: Hashable, Sendable {
  /// Nobody whom the forum knows.
  case guest
  /// A participant, by their key. One whose account is closed or not confirmed may do what a guest may.
  case participant(String)

  /// The number of their row.
  var id: Int64? { if case .participant(let key) = self { Int64(key) } else { nil } }
}

/// How many there are, as far as was counted.
public struct Count: Hashable, Sendable, CustomStringConvertible {
  /// At least so many.
  public let value: Int
  /// There are more.
  public let isMore: Bool

  /// - Parameter counted: one more than the limit where there are more.
  init(_ counted: Int, limit: Int) { (value, isMore) = (min(counted, limit), counted > limit) }

  /// `12`, or `1000+`.
  public var description: String { "\(value)\(isMore ? "+" : "")" }
}

/// A database in a transaction, as somebody sees it.
struct BoardView {
  let connection: any Connection
  let dialect: Dialect
  let reader: Reader
  let limits: Board.Limits
  /// The reader's row, or NULL.
  var person: Value { .optional(reader.id) }

  init(_ connection: any Connection, _ dialect: Dialect, _ reader: Reader, _ limits: Board.Limits) {
    (self.connection, self.dialect, self.reader, self.limits) = (connection, dialect, reader, limits)
  }
}
