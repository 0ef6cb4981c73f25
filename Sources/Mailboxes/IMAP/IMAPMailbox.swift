import Mistakes

/// A folder of an IMAP server (RFC 3501).
///
/// Messages are listed by a hundred, in the order of their numbers, and fetched one by one with `BODY.PEEK[]`, so that
/// nothing in the folder changes by being read. What is removed is flagged `\Deleted`, with a keyword of our own where
/// the server keeps keywords, and purged by UID EXPUNGE (RFC 4315): nobody else's flags matter. A server without it has
/// EXPUNGE alone, which purges all that is flagged, whoever flagged it; it is used only where nobody else has flagged
/// anything, else what was removed stays flagged, is never given again, and `remarks` says so.
///
/// What somebody else has flagged `\Deleted` is not given: who did that wanted it gone.
public final class IMAPMailbox: Mailbox {
  /// Set on what was recorded; names the program, as RFC 5788 asks of keywords that nobody registered.
  static let keyword = "$WatchpostRecorded"
  /// Messages listed at a time.
  static let pageSize = 100
  /// Messages that wait to be removed together, at most.
  static let removalSize = 50

  /// See ``Mailbox/label``.
  public let label: String
  /// See ``Mailbox/remarks``.
  public private(set) var remarks: [String] = []

  private let settings: ServerSettings
  private let isStopped: () -> Bool
  private var session: IMAPSession?
  private var isOver = false
  /// What the connection ended with: all that is asked of it afterwards ends the same way.
  private var trouble: MailboxTrouble?
  private var folder = OpenFolder()
  /// What is listed and not yet given, the next one at the end.
  private var page: [MailboxEntry] = []
  private var removals: [UInt32] = []

  /// What the server said of the folder when it was opened.
  private struct OpenFolder {
    var uidValidity: UInt32 = 0
    var hasUIDExpunge = false
    var keepsKeywords = false
    /// The last UID that was listed.
    var lastUID: UInt32 = 0
    /// Somebody else has flagged messages, and the server can purge only all that is flagged.
    var isShared = false
  }

  /// - Parameter isStopped: asked at least once a second while the server is waited for; true ends the run.
  /// - Throws: the first setting that cannot work, by its name in `ServerSettings`.
  public init(settings: ServerSettings, isStopped: @escaping () -> Bool = { false }) throws(Mistake) {
    try settings.validate()
    (self.settings, self.isStopped) = (settings, isStopped)
    label = settings.label
  }

  /// See ``Mailbox/next(passing:)``. A trouble ends all: asked again, it is thrown again.
  public func next(passing isPassed: (MailboxEntry) throws -> Bool) throws -> MailboxMessage? {
    if isOver { return nil }
    if let trouble { throw trouble }
    while true {
      if page.isEmpty {
        page = try guarded { try nextPage($0) }.reversed()
        if page.isEmpty { return nil }
      }
      let entry = page.removeLast()
      if try isPassed(entry) { continue }
      if let message = try guarded(entry.name, { try fetch(entry, $0) }) { return message }
    }
  }

  /// See ``Mailbox/remove(_:)``. Told to the server by fifties, and by `close`.
  public func remove(_ entry: MailboxEntry) throws(MailboxTrouble) {
    // Another time's number could be another message's.
    if isOver || entry.name != "\(folder.uidValidity):\(entry.number)" { return }
    removals.append(entry.number)
    if removals.count >= Self.removalSize { try guarded { try purge($0) } }
  }

  /// See ``Mailbox/close()``.
  public func close() throws(MailboxTrouble) {
    defer { isOver = true }
    guard !isOver, trouble == nil, let session else { return }
    if !removals.isEmpty { try guarded { try purge($0) } }
    session.logOut()
  }

  /// Runs what needs the connection, which is made on first use and given up after a trouble.
  private func guarded<T>(
    _ message: String? = nil, _ body: (IMAPSession) throws -> T
  ) throws(MailboxTrouble) -> T {
    if let trouble { throw trouble }
    do {
      return try body(try session ?? open())
    } catch let error as MailboxTrouble {
      let told = error.at(message)
      trouble = told
      session?.close()
      throw told
    } catch {
      // Nothing else is thrown below.
      throw MailboxTrouble(.dialogue, mailbox: label, problem: "\(error)", message: message)
    }
  }

  private func dialogue(_ problem: String, _ answer: IMAPSession.Answer? = nil) -> MailboxTrouble {
    MailboxTrouble(.dialogue, mailbox: label, problem: problem, answer: answer?.line)
  }

  // MARK: Opening

  private func open() throws -> IMAPSession {
    let connection = try ServerConnection.open(settings, isStopped: isStopped)
    let session = IMAPSession(connection, label: label)
    self.session = session
    let told = try session.ask("CAPABILITY") { response in
      if case .capability(let names) = response { folder.hasUIDExpunge = names.contains("UIDPLUS") }
    }
    guard told.isOK else { throw dialogue("the server does not say what it can do", told) }
    var validity: UInt32?
    var mayDelete = true
    let answer = try session.ask("SELECT \(FolderName.quoted(settings.folder))") { response in
      guard case .status(_, "OK", let code, _) = response else { return }
      let words = code.uppercased().split(whereSeparator: { " ()".contains($0) }).map(String.init)
      switch words.first {
      case "UIDVALIDITY": validity = words.count == 2 ? UInt32(words[1]) : nil
      case "PERMANENTFLAGS":
        mayDelete = words.contains("\\DELETED")
        folder.keepsKeywords = words.contains("\\*") || words.contains(Self.keyword.uppercased())
      default: break
      }
    }
    try requireSelected(answer, mayDelete: mayDelete)
    guard let validity else { throw dialogue("the server gives messages no lasting numbers (UIDVALIDITY)", answer) }
    folder.uidValidity = validity
    session.fixEnd()
    return session
  }

  private func requireSelected(_ answer: IMAPSession.Answer, mayDelete: Bool) throws(MailboxTrouble) {
    guard answer.isOK else {
      if ["UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG"].contains(answer.kind) {
        throw MailboxTrouble(
          .busy, mailbox: label, problem: "the folder cannot be opened just now", answer: answer.line)
      }
      throw MailboxTrouble(
        .folder, mailbox: label,
        problem: "the folder \(settings.folder) cannot be opened; is there one of that name? (inbound.mailbox or "
          + "inbound.folder names it, in full, as the server does)", answer: answer.line)
    }
    guard answer.kind != "READ-ONLY", mayDelete else {
      throw MailboxTrouble(
        .folder, mailbox: label,
        problem:
          "messages of the folder \(settings.folder) may be read, but not removed; give \(settings.credentials.user) "
          + "the right to delete there", answer: answer.line)
    }
  }

  // MARK: Listing

  /// The next messages that there are, at most a hundred; empty: no more of those that were there at first.
  private func nextPage(_ session: IMAPSession) throws -> [MailboxEntry] {
    while session.position < session.end, !isStopped() {
      let first = session.position + 1
      let last = min(session.position + Self.pageSize, session.end)
      var found: [UInt32: IMAPFetch] = [:]
      session.position = last
      let answer = try session.ask("FETCH \(first):\(last) (UID FLAGS INTERNALDATE RFC822.SIZE)") { response in
        guard case .fetch(let fetch) = response, (first...last).contains(Int(fetch.sequence)) else { return }
        // What there is to say of a message may come in more than one response (RFC 3501 section 7.4.2).
        found[fetch.sequence, default: IMAPFetch(sequence: fetch.sequence)].add(fetch)
      }
      guard answer.isOK else { throw dialogue("the server does not list the messages", answer) }
      let entries = found.sorted { $0.key < $1.key }.compactMap { entry($0.value) }
      if !entries.isEmpty { return entries }
    }
    return []
  }

  /// nil for what is not to be given.
  private func entry(_ fetch: IMAPFetch) -> MailboxEntry? {
    // UIDs rise with the numbers; what was listed before is not listed twice, however numbers move.
    guard let uid = fetch.uid, uid > folder.lastUID else { return nil }
    folder.lastUID = uid
    if fetch.flags?.contains("\\DELETED") == true {
      // Left by a run that died before it was purged.
      if fetch.flags?.contains(Self.keyword.uppercased()) == true { removals.append(uid) }
      return nil
    }
    return MailboxEntry(name: "\(folder.uidValidity):\(uid)", size: fetch.size, arrived: fetch.arrived, number: uid)
  }

  // MARK: Fetching

  /// nil: it is gone.
  private func fetch(_ entry: MailboxEntry, _ session: IMAPSession) throws -> MailboxMessage? {
    let isTooLarge = (entry.size ?? 0) > settings.maxSize
    let section = isTooLarge ? "HEADER" : ""
    let limit = isTooLarge ? MailboxMessage.headerLimit : settings.maxSize + 1
    var body: [UInt8]??
    let command = "UID FETCH \(entry.number) (UID BODY.PEEK[\(section)]<0.\(limit)>)"
    let answer = try session.ask(command, literals: limit) { response in
      guard case .fetch(var fetch) = response, !fetch.bodies.isEmpty else { return }
      guard fetch.uid == entry.number, let octets = fetch.bodies.removeValue(forKey: section), body == nil else {
        throw dialogue("the server answered with another message than the one that it was asked for")
      }
      body = .some(octets)
    }
    guard answer.isOK else {
      return isTooLarge
        ? MailboxMessage(entry, .tooLarge(header: []))
        : MailboxMessage(entry, .unreadable("the server does not give it: \(answer.line)"))
    }
    guard let body else { return nil }
    guard let octets = body else {
      return MailboxMessage(entry, .unreadable("the server says that it has no text of it"))
    }
    if isTooLarge || octets.count > settings.maxSize {
      return MailboxMessage(entry, .tooLarge(header: MailboxMessage.header(of: octets)))
    }
    return MailboxMessage(entry, whole: octets)
  }

  // MARK: Removing

  private func purge(_ session: IMAPSession) throws {
    let uids = removals.map(String.init).joined(separator: ",")
    let flags = folder.keepsKeywords ? "\\Deleted \(Self.keyword)" : "\\Deleted"
    let store = "UID STORE \(uids) +FLAGS.SILENT (\(flags))"
    let commands = folder.hasUIDExpunge ? [store, "UID EXPUNGE \(uids)"] : [store]
    let answers = try session.ask(commands)
    if let refused = answers.first(where: { !$0.isOK }) {
      throw MailboxTrouble(
        .folder, mailbox: label,
        problem: "messages that were recorded cannot be removed; they will be fetched again, and recognised",
        answer: refused.line)
    }
    if !folder.hasUIDExpunge { try purgeAlone(session) }
    removals = []
  }

  /// EXPUNGE purges whatever is flagged; so nothing may be that we did not flag.
  private func purgeAlone(_ session: IMAPSession) throws {
    if folder.isShared { return }
    let ours = Set(removals)
    var others: [UInt32] = []
    let search = folder.keepsKeywords ? "UID SEARCH DELETED UNKEYWORD \(Self.keyword)" : "UID SEARCH DELETED"
    let found = try session.ask(search) { response in
      if case .search(let uids) = response { others += uids.filter { !ours.contains($0) } }
    }
    if found.isOK, others.isEmpty {
      let answer = try session.ask("EXPUNGE")
      guard answer.isOK else { throw dialogue("the server does not purge what is flagged as deleted", answer) }
    } else {
      folder.isShared = true
      remarks.append(
        "messages that were recorded stay in the folder \(settings.folder), flagged as deleted: the server can purge "
          + "only all that is flagged (it has no UIDPLUS), and somebody else has flagged messages too; purge the folder "
          + "with a mail program")
    }
  }
}
