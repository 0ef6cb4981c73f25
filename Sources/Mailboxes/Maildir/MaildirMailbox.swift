import Glibc
import Text
import Time

/// A Maildir: every file in `new/` and `cur/` is a message, whatever its flags say; `tmp/` is not looked at.
///
/// To remove is to delete the file: the ledger keeps the message for as long as somebody may ask. Only regular files
/// are opened, so that a pipe cannot hold up a run nor a link lead out of the directory.
public final class MaildirMailbox: Mailbox {
  /// See ``Mailbox/label``.
  public let label: String

  private let path: String
  private let maxSize: Int
  /// Names of a listing; with more files the directory is read again.
  private let pageSize: Int
  /// The last message that was listed.
  private var last: MaildirPlace?
  /// What is listed and not yet given, the next one at the end.
  private var page: [MaildirPlace] = []
  /// What was given last, and most likely is removed next.
  private var given: (name: String, place: MaildirPlace)?
  private var isOpen = true

  /// - Parameters:
  ///   - path: the directory that has `new` and `cur` in it.
  ///   - maxSize: octets of a message at most.
  ///   - pageSize: how many names are kept at a time.
  public init(path: String, maxSize: Int, pageSize: Int = 10_000) {
    precondition(maxSize > 0 && pageSize > 0)
    label = "maildir:\(path)"
    (self.path, self.maxSize, self.pageSize) = (path, maxSize, pageSize)
  }

  /// See ``Mailbox/next(passing:)``. Two files of one name, one of them in each directory, are one message; that a program moved and flagged a file
  /// meanwhile is no trouble.
  public func next(passing isPassed: (MailboxEntry) throws -> Bool) throws -> MailboxMessage? {
    while isOpen {
      if page.isEmpty {
        page = try list()
        guard let newest = page.first else { return nil }
        last = newest
      }
      let place = page.removeLast()
      guard place != page.last, let (file, found) = try find(place) else { continue }
      let entry = MailboxEntry(name: place.entryName, size: found.size, arrived: place.arrival ?? found.modified)
      if try isPassed(entry) { continue }
      guard let content = read(file, found) else { continue }
      given = (entry.name, place)
      return MailboxMessage(entry, content)
    }
    return nil
  }

  /// See ``Mailbox/remove(_:)``. The file is gone at once.
  public func remove(_ entry: MailboxEntry) throws(MailboxTrouble) {
    guard let name = MaildirPlace.name(of: entry.name) else { return }
    let place = given?.name == entry.name ? given?.place : nil
    // Twice, since a mail program may be moving it from `new` to `cur` while we look.
    for _ in 0..<2 {
      guard let (file, _) = try find(place ?? MaildirPlace(name, isNew: true)) else { return }
      if unlink(file) == 0 { return }
      let code = errno
      guard code == ENOENT else {
        throw trouble(
          "cannot remove \(String(decoding: file.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self))", code,
          "jobs must run as a user that may write there",
          message: entry.name)
      }
    }
  }

  /// See ``Mailbox/close()``.
  public func close() { isOpen = false }

  // MARK: Listing

  /// The earliest `pageSize` messages behind the last, the earliest at the end.
  private func list() throws(MailboxTrouble) -> [MaildirPlace] {
    var places: [MaildirPlace] = []
    for folder in ["new", "cur"] {
      try forEachName(in: folder) { name in
        let place = MaildirPlace(name, isNew: folder == "new")
        if let last, place <= last { return }
        places.append(place)
        // What is far behind is dropped now and then, so that a page is all that is ever kept.
        if places.count >= 2 * pageSize {
          places.sort()
          places.removeSubrange(pageSize...)
        }
      }
    }
    places.sort()
    return places.prefix(pageSize).reversed()
  }

  /// Calls with the name of each file that may be a message.
  private func forEachName(in folder: String, _ body: ([UInt8]) -> Void) throws(MailboxTrouble) {
    guard let directory = opendir("\(path)/\(folder)") else {
      let code = errno
      throw MailboxTrouble(
        code == ENOENT || code == ENOTDIR ? .folder : .storage, mailbox: label,
        problem: "cannot read \(path)/\(folder): \(String(cString: strerror(code)))"
          + (code == ENOENT
            ? "; a Maildir has the directories new, cur and tmp: is it spelt right, and was mail ever delivered there?"
            : "; jobs must run as a user that may read it"))
    }
    defer { closedir(directory) }
    errno = 0
    while let entry = readdir(directory) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { Array($0.prefix { $0 != 0 }) }
      if MaildirPlace.isMessage(name) { body(name) }
      errno = 0
    }
    if errno != 0 { throw trouble("cannot read \(path)/\(folder)", errno, "is its disk well?") }
  }

  /// The file as it is called now, since a mail program may have moved and flagged it after it was listed; nil: it is
  /// gone.
  private func find(_ place: MaildirPlace) throws(MailboxTrouble) -> (file: [CChar], found: Found)? {
    let file = cPath(place.isNew ? "new" : "cur", place.file)
    if let found = inspect(file) { return (file, found) }
    var moved: [UInt8]?
    try forEachName(in: "cur") { if moved == nil, MaildirPlace($0, isNew: false) == place { moved = $0 } }
    guard let moved else { return nil }
    let path = cPath("cur", moved)
    return inspect(path).map { (path, $0) }
  }

  /// Names of files are octets, not always text.
  private func cPath(_ folder: String, _ name: [UInt8]) -> [CChar] {
    (Array("\(path)/\(folder)/".utf8) + name + [0]).map { CChar(bitPattern: $0) }
  }

  // MARK: Reading

  private struct Found {
    let size: Int
    let modified: Timestamp
    let isFile: Bool
  }

  /// nil: it is gone.
  private func inspect(_ file: [CChar]) -> Found? {
    var status = stat()
    guard lstat(file, &status) == 0 else { return nil }
    return Found(
      size: Int(status.st_size), modified: Timestamp(Int64(status.st_mtim.tv_sec)),
      isFile: status.st_mode & S_IFMT == S_IFREG)
  }

  /// nil: it is gone.
  private func read(_ file: [CChar], _ found: Found) -> MailboxMessage.Content? {
    guard found.isFile else { return .unreadable("it is no file: a directory, a link or a pipe") }
    // Without waiting for another side, should it have become a pipe just now.
    let descriptor = open(file, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return errno == ENOENT ? nil : .unreadable(Self.words(errno)) }
    defer { Glibc.close(descriptor) }
    let limit = found.size > maxSize ? min(maxSize, MailboxMessage.headerLimit) : maxSize + 1
    var octets: [UInt8] = []
    octets.reserveCapacity(min(found.size + 1, limit))
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while octets.count < limit {
      let count = Glibc.read(descriptor, &chunk, min(chunk.count, limit - octets.count))
      if count < 0, errno == EINTR { continue }
      if count < 0 { return .unreadable(Self.words(errno)) }
      if count == 0 { break }
      octets += chunk[..<count]
    }
    // One that grew since it was looked at counts as what it is now.
    guard found.size <= maxSize, octets.count <= maxSize else {
      return .tooLarge(header: MailboxMessage.header(of: octets))
    }
    return .whole(octets)
  }

  private static func words(_ code: Int32) -> String { String(cString: strerror(code)) }

  private func trouble(_ what: String, _ code: Int32, _ advice: String, message: String? = nil) -> MailboxTrouble {
    MailboxTrouble(
      .storage, mailbox: label, problem: "\(what): \(Self.words(code)); \(advice)", message: message)
  }
}
