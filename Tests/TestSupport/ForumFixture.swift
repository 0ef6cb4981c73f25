import Forum
import ForumSources
import Ledger
import SQL
import Time

/// An embedded forum and a ledger, a database each, with a clock that stands: what most tests of
/// stages begin with.
///
///     let fixture = try ForumFixture()
///     let ana = try fixture.participant("ana"), ben = try fixture.participant("ben", mode: .digest)
///     let thread = try fixture.thread()
///     try fixture.watch(thread: thread, by: [ana, ben])
///     let post = try fixture.post(in: thread, by: ana, "I agree.")
public final class ForumFixture: Sendable {
  /// Where the databases' files are; gone with the last reference.
  public let directory: TemporaryDirectory
  /// What `now` is for whoever is made with this fixture.
  public let clock: TestClock
  /// The forum's tables.
  public let forum: any SQL.Database
  /// The ledger's tables, for a test that looks at rows.
  public let ledgerFile: any SQL.Database
  private let databases: (forum: TestDatabase, ledger: TestDatabase)
  /// The tables behind `forum`, for what has no convenience here.
  public let writer: EmbeddedForumWriter
  /// The forum as the stages ask it.
  public let source: SQLForum
  /// The ledger as the stages write it.
  public let ledger: Ledger
  /// The key of a discussion that is there from the start: public, never closes.
  public let discussion: String

  /// Both databases with their schema, one discussion, nobody in it.
  public init(_ clock: TestClock = TestClock()) throws {
    self.clock = clock
    directory = try TemporaryDirectory()
    databases = try (TestDatabase(in: directory, "forum.sqlite"), TestDatabase(in: directory, "ledger.sqlite"))
    (forum, ledgerFile) = try (databases.forum.open(), databases.ledger.open())
    try EmbeddedForum.migrate(forum)
    writer = EmbeddedForumWriter(forum)
    source = SQLForum(database: forum, mapping: EmbeddedForum.mapping(forum.dialect))
    ledger = Ledger(ledgerFile)
    try ledger.migrate()
    discussion = try writer.addDiscussion(title: "Risk assessment", slug: "risk", url: "https://forum.example.org/risk")
  }

  /// Another process on the same ledger: a connection of its own.
  public func anotherLedger() throws -> Ledger { Ledger(try databases.ledger.open()) }

  /// The forum as another program sees it: a connection of its own.
  public func anotherForum() throws -> any SQL.Database { try databases.forum.open() }

  /// On PostgreSQL a change of wishes is read once no older transaction is under way, another test's included: asks
  /// until that is so.
  public func awaitOlderTransactions() throws {
    guard forum.dialect == .postgres else { return }
    func number(_ sql: String) throws -> Int64 {
      try forum.write(.concurrent) { try $0.first("SELECT \(sql)::text::bigint") { $0.integer(0) } ?? 0 }
    }
    let newest = try number("pg_current_xact_id()")
    let deadline = Deadline()
    while try number("pg_snapshot_xmin(pg_current_snapshot())") < newest { try deadline.check("older transactions") }
  }

  /// A person called `name` with the address `name@example.net`; returns the key.
  @discardableResult
  public func participant(
    _ name: String, mode: Mode? = nil, isActive: Bool = true, isConfirmed: Bool = true,
    _ change: (inout Preferences) -> Void = { _ in }
  ) throws -> String {
    var preferences = Preferences()
    preferences.mode = mode
    change(&preferences)
    return try writer.addParticipant(
      name: name, address: "\(name)@example.net", isActive: isActive, isConfirmed: isConfirmed, preferences)
  }

  /// A thread of the discussion that is there from the start, or of another; returns the key.
  @discardableResult
  public func thread(_ title: String = "Living modified fish", in discussion: String? = nil) throws -> String {
    try writer.addThread(discussion: discussion ?? self.discussion, title: title)
  }

  /// A post that is made now; returns the key.
  @discardableResult
  public func post(
    in thread: String, by author: String? = nil, _ body: String = "I agree.", subject: String = "",
    state: Visibility = .visible, isUrgent: Bool = false
  ) throws -> String {
    try writer.addPost(
      thread: thread, author: author, body: body, subject: subject, state: state, isUrgent: isUrgent, at: clock.now)
  }

  /// Watches on a thread, a minute old.
  public func watch(thread: String, by people: [String], mode: Mode? = nil) throws {
    for person in people {
      try writer.put(Watch(scope: .thread, mode: mode), target: thread, participant: person, now: clock.now - 60)
    }
  }

  /// A watch or mute of any scope, a minute old unless it says when it was set.
  /// - Parameter target: the key of the thread or discussion; empty for everything.
  public func put(_ watch: Watch, on target: String = "", by person: String) throws {
    try writer.put(watch, target: target, participant: person, now: clock.now - 60)
  }
}
