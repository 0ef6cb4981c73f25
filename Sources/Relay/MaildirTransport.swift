import DeliveryPolicy
import Glibc
import Mail

/// Writes each message as a file into a Maildir instead of sending it: for trying things out, and for a site whose mail
/// is fetched from a directory.
///
/// A file is written and synced in `tmp/`, then linked into `new/` under a name that nothing has yet, so a message
/// delivered twice is there twice and neither is lost. Line ends are LF, as mail readers of a Maildir expect.
public struct MaildirTransport: Transport {
  private let path: String
  private let unique: @Sendable () -> String
  private let now: @Sendable () -> ContinuousClock.Instant

  /// - Parameters:
  ///   - path: the Maildir; it and its `tmp`, `new` and `cur` are made, for the owner alone, if they are not there.
  ///   - unique: a part of the file's name that no other run uses; characters other than letters, digits, `-` and `_`
  ///     become `_`.
  ///   - now: a monotonic clock.
  public init(
    path: String, unique: @escaping @Sendable () -> String,
    now: @escaping @Sendable () -> ContinuousClock.Instant = { ContinuousClock.now }
  ) {
    self.path = path
    self.unique = unique
    self.now = now
  }

  /// See ``Transport/run(feed:stop:)``. A message that cannot be written ends the run as
  /// ``TransportReport/End/relayDown(_:)``: a full disk is no person's fault, and the next message would fare no
  /// better.
  public func run(feed: any MessageFeed, stop: StopSignal) throws -> TransportReport {
    var report = TransportReport()
    var ticked = now()
    do {
      try prepare()
    } catch {
      report.end = .relayDown(trouble(error))
      return report
    }
    while !stop.requested {
      if now() - ticked >= .milliseconds(500) {
        ticked = now()
        try feed.tick()
      }
      guard let message = try feed.next() else { return report }
      let outcome: Outcome
      do {
        outcome = .accepted(Reply(code: 250, lines: ["2.0.0 stored as \(try store(message))"]))
      } catch {
        outcome = .unsent(reason: error.description)
        report.end = .relayDown(trouble(error))
      }
      report.count(outcome)
      try feed.ended(message.id, outcome)
      if case .relayDown = report.end { return report }
    }
    report.end = .stopped
    return report
  }

  // MARK: Files

  /// What could not be done to which file, in the system's words. `errno` is read at once, before it changes.
  private struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ action: String, _ path: String) {
      description = "cannot \(action) \(path): \(String(cString: strerror(errno)))"
    }
  }

  private func trouble(_ failure: Failure) -> RelayTrouble {
    RelayTrouble(.storage, relay: path, problem: failure.description)
  }

  /// The directories are made by the first run; what is there is left as it is.
  private func prepare() throws(Failure) {
    for folder in [path, path + "/tmp", path + "/new", path + "/cur"] {
      guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw Failure("make", folder) }
    }
  }

  /// - Returns: the file's name in `new/`.
  private func store(_ message: OutgoingMessage) throws(Failure) -> String {
    let suffix = String(unique().map { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "_" })
    let name = "\(message.id).\(suffix)"
    let draft = "\(path)/tmp/\(name)"
    unlink(draft)  // What a run that died in the middle left behind.
    try write(message, to: draft)
    defer { unlink(draft) }
    var final = name
    var copies = 1
    while link(draft, "\(path)/new/\(final)") != 0 {
      guard errno == EEXIST else { throw Failure("link", "\(path)/new/\(final)") }
      copies += 1
      final = "\(name).\(copies)"
    }
    try sync(folder: path + "/new")
    return final
  }

  private func write(_ message: OutgoingMessage, to file: String) throws(Failure) {
    let descriptor = open(file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Failure("make", file) }
    defer { close(descriptor) }
    let bytes = Self.file(message)
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, $0.count - written) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw Failure("write", file) }
      written += count
    }
    guard fsync(descriptor) == 0 else { throw Failure("sync", file) }
  }

  /// The name in `new/` has to last as well.
  private func sync(folder: String) throws(Failure) {
    let descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure("open", folder) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw Failure("sync", folder) }
  }

  /// The envelope in header fields, then the message with LF line ends.
  static func file(_ message: OutgoingMessage) -> [UInt8] {
    let recipient = message.envelope.recipient.description
    var bytes: [UInt8] = []
    bytes.reserveCapacity(message.data.count + 256)
    bytes += "Return-Path: <\(message.envelope.reversePath?.description ?? "")>\n".utf8
    bytes += "Delivered-To: \(recipient)\nX-Original-To: \(recipient)\n".utf8
    message.data.withUnsafeBytes { data in
      var lines = LineScanner(data)
      while let line = lines.next() {
        bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: data[line.start..<line.end]))
        bytes.append(UInt8(ascii: "\n"))
      }
    }
    return bytes
  }
}
