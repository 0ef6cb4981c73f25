import Time

/// Where mail lies until it is recorded (rule I1).
///
///     while let message = try mailbox.next(passing: { try isSetAside($0.name) }) {
///       try record(message)  // A transaction.
///       try mailbox.remove(message.entry)
///     }
///     try mailbox.close()
///
/// Whoever is killed anywhere in this loop loses nothing: what was recorded and not yet removed comes again. Not
/// thread-safe; its methods block, each within the limits that the mailbox was made with.
public protocol Mailbox: AnyObject {
  /// Which one it is, for people: `imaps://forum@mail.example.org/INBOX`. Never a secret.
  var label: String { get }

  /// What an admin should know although nothing failed, a sentence each.
  var remarks: [String] { get }

  /// The next message, in the order of arrival as far as the mailbox tells it; nil: there are no more. Each is given
  /// once; what arrives meanwhile may be left to the next run.
  /// - Parameter isPassed: asked before a message is fetched; true leaves it where it is, unfetched. For messages that
  ///   were too large, and for those that end the connection again and again.
  /// - Throws: `MailboxTrouble`, and whatever `isPassed` throws.
  func next(passing isPassed: (MailboxEntry) throws -> Bool) throws -> MailboxMessage?

  /// Removes a message. Called only once it is recorded. A server may be told of several at once, at the latest by
  /// `close`; what is gone already is no trouble.
  /// - Parameter entry: one that this mailbox gave since it was opened.
  func remove(_ entry: MailboxEntry) throws(MailboxTrouble)

  /// Makes what was removed final and takes leave. If it throws, or is never called, some of what was removed may come
  /// again. Afterwards the mailbox gives nothing more. A second call does nothing.
  func close() throws(MailboxTrouble)
}

extension Mailbox {
  /// Nothing, for most.
  public var remarks: [String] { [] }
}

/// A message's place in its mailbox.
public struct MailboxEntry: Hashable, Sendable {
  /// The same in every run, as long as the message lies there, and no other message's of this mailbox:
  /// `UIDVALIDITY:UID` with IMAP, UIDL's with POP3 (where a server may give equal messages one name), the file's name
  /// without its flags in a Maildir. 1 to 765 printable ASCII characters without a space.
  public let name: String
  /// Octets, as the mailbox says before the message is fetched; nil: it does not.
  public let size: Int?
  /// When it was delivered into the mailbox, by the mailbox's own clock (rule I7); nil: the mailbox does not tell
  /// (POP3), and only the `Received` field of our own MTA knows.
  public let arrived: Timestamp?
  /// Where it is in this session: a message number or UID.
  let number: UInt32

  /// - Parameter number: what the mailbox itself finds it by; no other's business.
  public init(name: String, size: Int?, arrived: Timestamp?, number: UInt32 = 0) {
    (self.name, self.size, self.arrived, self.number) = (name, size, arrived, number)
  }
}

/// A message as it lies in a mailbox.
public struct MailboxMessage: Hashable, Sendable {
  /// What there is of it.
  public enum Content: Hashable, Sendable {
    /// All of it, octet by octet; lines end as the mailbox has them (CRLF, in a Maildir usually LF).
    case whole([UInt8])
    /// It is larger than the limit. What could be had of its header: at most `headerLimit` octets, up to the empty
    /// line. It may be left where it is and told; to remove it loses it.
    case tooLarge(header: [UInt8])
    /// It alone cannot be had; why, in words for an admin.
    case unreadable(String)
  }

  /// Of a header, no more is kept of what is too large.
  public static let headerLimit = 65_536

  /// Where it lies; `remove` wants it.
  public let entry: MailboxEntry
  /// What there is of it.
  public let content: Content

  /// Made by a mailbox.
  public init(_ entry: MailboxEntry, _ content: Content) { (self.entry, self.content) = (entry, content) }

  /// A message that was fetched, unless it is hardly a part of what the mailbox said that it is: recorded and removed,
  /// the rest would be lost. Servers count line ends in more than one way, so sizes differ a little.
  init(_ entry: MailboxEntry, whole octets: [UInt8]) {
    let size = entry.size ?? octets.count
    let isWhole = octets.count >= size / 2 && (size == 0 || !octets.isEmpty)
    self.init(
      entry,
      isWhole
        ? .whole(octets)
        : .unreadable("the server gave \(octets.count) of \(size) octets; it is left where it is"))
  }

  /// The octets before the first empty line; all of them where there is none.
  static func header(of octets: some Sequence<UInt8>) -> [UInt8] {
    var header: [UInt8] = []
    var lineIsEmpty = true
    for octet in octets.prefix(headerLimit) {
      if octet == UInt8(ascii: "\n"), lineIsEmpty {
        if header.last == UInt8(ascii: "\r") { header.removeLast() }
        return header
      }
      header.append(octet)
      if octet != UInt8(ascii: "\r") { lineIsEmpty = octet == UInt8(ascii: "\n") }
    }
    return header
  }
}
