import GRDB
import Glibc

/// An SQLite database file, through GRDB: its connection, serial access, busy handling and statement cache. Values are
/// bound and read on the prepared statement itself, which halves the cost of a row (no array of arguments, no row
/// object).
///
/// Connections of our own files run in WAL mode with `synchronous=FULL`: a commit that returned has reached the disk
/// (rule S5).
public final class SQLiteDatabase: Database {
  private let queue: DatabaseQueue
  /// As it was given; `:memory:` for one that lives with this object.
  public let path: String
  /// SQLite's words.
  public var dialect: Dialect { .sqlite }

  /// How a file is opened.
  public enum Access: Sendable {
    /// Ours: created if missing, readable by its owner alone (rule X2), WAL, durable commits.
    case own
    /// As `own`, but never created.
    case existing
    /// A foreign program's: never created, its settings left alone.
    case foreign(readOnly: Bool)
  }

  /// Opens a file.
  /// - Throws: `DatabaseError` that names the path.
  public init(path: String, access: Access = .own) throws {
    var configuration = Configuration()
    // Seconds that another process's transaction is waited for; ours are short.
    configuration.busyMode = .timeout(30)
    configuration.foreignKeysEnabled = true
    self.path = path
    switch access {
    case .own, .existing:
      if case .own = access {
        try SQLiteDatabase.makePrivate(path)
      } else {
        try SQLiteDatabase.require(path, advice: "; `watchpost init` makes it")
      }
      try SQLiteDatabase.requireSpace(path)
      configuration.prepareDatabase { db in
        try db.execute(sql: "PRAGMA journal_mode = WAL")
        try db.execute(sql: "PRAGMA synchronous = FULL")
        // What is deleted is overwritten, not only unlinked: who was erased stands nowhere in the file (rule A6).
        try db.execute(sql: "PRAGMA secure_delete = ON")
        // 16 MB of pages, and a checkpoint every 32 MB of log, not every 4: fan-out writes much at once.
        try db.execute(sql: "PRAGMA cache_size = -16000")
        try db.execute(sql: "PRAGMA wal_autocheckpoint = 8000")
      }
    case .foreign(let readOnly):
      configuration.readonly = readOnly
      try SQLiteDatabase.require(path)
    }
    do {
      queue = try DatabaseQueue(path: path, configuration: configuration)
    } catch {
      throw SQLiteDatabase.explain(error, path)
    }
  }

  /// Creates the file if it is missing, mode 0600; SQLite gives the files beside it the same mode.
  private static func makePrivate(_ path: String) throws(DatabaseError) {
    if path == ":memory:" { return }
    let file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if file >= 0 {
      Glibc.close(file)
    } else if errno != EEXIST {
      throw DatabaseError(
        .unavailable, "\(path): the database file cannot be made: \(String(cString: strerror(errno)))")
    }
  }

  /// Octets; less is not room enough for the index of a write-ahead log.
  private static let leastSpace: UInt = 256 << 10

  /// SQLite shares the index of the log with other processes as memory. Where the disk has no room for a part of it, the
  /// kernel ends the process: better told before, and nothing could be written anyhow.
  private static func requireSpace(_ path: String) throws(DatabaseError) {
    var space = statvfs()
    guard path != ":memory:", statvfs(path, &space) == 0, space.f_bavail * UInt(space.f_frsize) < leastSpace else {
      return
    }
    throw DatabaseError(.unavailable, "\(path): the disk is all but full")
  }

  /// A path that is not there is refused in words: SQLite would say only that it cannot open the file.
  private static func require(_ path: String, advice: String = "") throws(DatabaseError) {
    if path == ":memory:" || access(path, F_OK) == 0 { return }
    let reason = errno == ENOENT ? "there is no such database file\(advice)" : String(cString: strerror(errno))
    throw DatabaseError(.unavailable, "\(path): \(reason)")
  }

  /// Within a transaction of the same thread's it sees that one's state, and what was written in it.
  public func read<T>(_ body: (any Connection) throws -> T) throws -> T {
    try perform { db in
      if db.isInsideTransaction { return try body(SQLiteConnection(db)) }
      try db.execute(sql: "BEGIN DEFERRED")
      defer { try? db.execute(sql: "COMMIT") }  // nothing was written: there is nothing that a failure could lose
      return try body(SQLiteConnection(db))
    }
  }

  /// Every write transaction is serial.
  @discardableResult
  public func write<T>(_: WriteOrder, _ body: (any Connection) throws -> T) throws -> T {
    try perform { db in
      var result: T?
      try db.inTransaction(.immediate) {
        result = try body(SQLiteConnection(db))
        return .commit
      }
      return result!
    }
  }

  /// The file is used by one machine, whose write transactions exclude each other: there is nothing to spare.
  public func exclusively<T>(_: String, _ body: () throws -> T) throws -> T? { try body() }

  /// This machine's clock will do: nobody else uses the file.
  public func clock() throws -> Int64? { nil }

  /// Copies the log back into the file and empties it: what was overwritten stands there no more.
  public func dropOldVersions() throws {
    try perform { db in _ = try db.checkpoint(.truncate) }
  }

  /// Copies the WAL back into the file and closes; the object is not used afterwards.
  public func close() throws {
    do { try queue.close() } catch { throw SQLiteDatabase.explain(error, path) }
  }

  /// Everybody waits for the one connection. Reentrant, since a job reads while its transaction is open.
  private func perform<T>(_ body: (GRDB.Database) throws -> T) throws -> T {
    do {
      return try queue.unsafeReentrantWrite(body)
    } catch let error as GRDB.DatabaseError {
      throw SQLiteDatabase.explain(error, path)
    }
  }

  /// A database in WAL mode is read with two files beside it, which its programs make and, the last of them, take away.
  /// To pass the log by (`immutable`) would be to read what nobody has finished writing, as soon as one comes back.
  private static func unreadableLog(_ path: String) -> String {
    let parts = path.split(separator: "/", omittingEmptySubsequences: false).dropLast()
    let directory = parts.isEmpty ? "." : parts == [""] ? "/" : parts.joined(separator: "/")
    return
      "no program has this database open, it is in WAL mode, and the files that are needed beside it cannot be made: "
      + "let this user (\(userName(geteuid()))) write to the directory \(directory)\(rights(of: directory)), or let the "
      + "forum's own program keep a connection open"
  }

  /// Whose a directory is: `, which is www-data's with mode 755`; nothing where that cannot be told.
  private static func rights(of directory: String) -> String {
    var status = stat()
    guard stat(directory, &status) == 0 else { return "" }
    return ", which is \(userName(status.st_uid))'s with mode \(String(status.st_mode & 0o7777, radix: 8))"
  }

  /// A user's name, or the number where there is none.
  private static func userName(_ id: uid_t) -> String {
    var entry = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 16_384)
    guard getpwuid_r(id, &entry, &buffer, buffer.count, &found) == 0, found != nil else { return "\(id)" }
    return String(cString: entry.pw_name)
  }

  /// Whose the files are that this user cannot use: SQLite names none of them, and the ones beside the database may be
  /// somebody else's.
  private static func unusable(_ path: String) -> String {
    ["", "-wal", "-shm"].map { path + $0 }
      .filter { access($0, F_OK) == 0 && access($0, R_OK | W_OK) != 0 }
      .map { "; \($0): \(ownership(of: $0))" }.joined()
  }

  /// GRDB's error in our kinds. A damaged file, or one that is no database, counts as unavailable: whoever restores it
  /// changes neither the program nor its configuration.
  static func explain(_ error: any Error, _ path: String) -> DatabaseError {
    guard let error = error as? GRDB.DatabaseError else { return DatabaseError(.unavailable, "\(path): \(error)") }
    var words = "\(path): \(error.message ?? "SQLite error \(error.resultCode.rawValue)")"
    if [.SQLITE_READONLY_DIRECTORY, .SQLITE_READONLY_CANTINIT].contains(error.extendedResultCode) {
      words = "\(path): \(unreadableLog(path))"
    }
    if [.SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM].contains(error.resultCode) { words += unusable(path) }
    if [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode) {
      words += "; it does not heal: restore it from a backup, as the page Backups.md says"
    }
    var limit = rlimit()
    if [.SQLITE_IOERR, .SQLITE_FULL].contains(error.resultCode),
      getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit) == 0, limit.rlim_cur < rlim_t(Int64.max)
    {
      words += "; no file of this process may be larger than \(limit.rlim_cur) octets (ulimit -f)"
    }
    let kind: DatabaseError.Kind =
      switch error.resultCode {
      case .SQLITE_CONSTRAINT: .constraint
      case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_CANTOPEN, .SQLITE_READONLY,
        .SQLITE_NOTADB, .SQLITE_PERM, .SQLITE_CORRUPT, .SQLITE_NOMEM:
        .unavailable
      default: .invalid
      }
    let statement = error.sql.map { "\nin: \($0.prefix(400))" } ?? ""
    return DatabaseError(
      kind, words + (kind == .invalid ? statement : ""),
      isOfMissingTable: error.message?.hasPrefix("no such table") == true)
  }
}
