#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Writes messages into a Maildir: into `tmp`, then by a rename into `new`, so that a reader sees whole messages only.
/// Not flushed to the disk: nobody's mail is lost with it.
struct MaildirWriter: Sendable {
  private let path: String

  /// Makes the directories that are missing, closed to other users.
  ///
  /// - Throws: `CaptureError.maildir`
  init(at path: String) throws(CaptureError) {
    self.path = path
    for folder in [path, path + "/tmp", path + "/new", path + "/cur"] where mkdir(folder, 0o700) != 0 {
      guard errno == EEXIST else { throw .maildir(path: path, reason: lastError()) }
    }
    guard access(path + "/new", W_OK) == 0, access(path + "/tmp", W_OK) == 0 else {
      throw .maildir(path: path, reason: lastError())
    }
  }

  /// - Throws: `CaptureError.maildir`; nothing is left behind then.
  func write(_ message: CapturedMessage) throws(CaptureError) {
    let file = Self.file(message)
    var sequence = 0
    while true {
      let name = "\(Self.microseconds()).\(sequence)_\(message.arrival).capture"
      let temporary = "\(path)/tmp/\(name)"
      let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
      if descriptor < 0, errno == EEXIST {
        // Another server writes here too.
        sequence += 1
        continue
      }
      guard descriptor >= 0 else { throw .maildir(path: path, reason: lastError()) }
      let isWritten = Self.write(file, to: descriptor)
      guard close(descriptor) == 0, isWritten, rename(temporary, "\(path)/new/\(name)") == 0 else {
        let reason = lastError()
        unlink(temporary)
        throw .maildir(path: path, reason: reason)
      }
      return
    }
  }

  /// Envelope, then the content with LF line ends. `Return-Path` is the envelope's last line, so that a content that
  /// opens with such lines itself deceives no reader.
  private static func file(_ message: CapturedMessage) -> [UInt8] {
    var file: [UInt8] = []
    file.reserveCapacity(message.data.count + 200)
    for recipient in message.recipients { file.append(contentsOf: "X-Original-To: \(recipient)\n".utf8) }
    file.append(contentsOf: "Return-Path: <\(message.from)>\n".utf8)
    message.data.withUnsafeBytes { bytes in
      var start = 0
      while let end = bytes.firstIndex(ofByte: 0x0A, from: start) {
        // Accepted content has no bare LF.
        file.append(contentsOf: bytes[start..<(end - 1)])
        file.append(0x0A)
        start = end + 1
      }
      file.append(contentsOf: bytes[start...])
    }
    return file
  }

  /// All of it, or false; `errno` says why.
  private static func write(_ octets: [UInt8], to descriptor: Int32) -> Bool {
    octets.withUnsafeBytes { bytes in
      var done = 0
      while done < bytes.count {
        #if canImport(Glibc)
          let written = Glibc.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
        #else
          let written = Musl.write(descriptor, bytes.baseAddress! + done, bytes.count - done)
        #endif
        if written < 0, errno == EINTR { continue }
        guard written > 0 else { return false }
        done += written
      }
      return true
    }
  }

  /// By the machine's clock, for names that sort by arrival.
  private static func microseconds() -> Int {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return now.tv_sec * 1_000_000 + now.tv_nsec / 1000
  }
}
