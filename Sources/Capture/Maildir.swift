#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Reads the messages that a capture server wrote.
public enum Maildir {
  /// A message in a Maildir.
  public struct Message: Hashable, Sendable {
    /// Name of the file, without its directory.
    public let name: String
    /// Reverse-path, from the `Return-Path` line; empty for the null reverse-path.
    public let from: String
    /// Recipients, from the `X-Original-To` lines.
    public let recipients: [String]
    /// The message behind the envelope's lines, with LF line ends.
    public let data: [UInt8]
  }

  /// The messages in `new` and `cur`, in order of arrival.
  ///
  /// - Throws: `CaptureError.maildir` if a directory or file cannot be read.
  public static func messages(at path: String) throws(CaptureError) -> [Message] {
    var files: [(name: String, path: String)] = []
    for folder in ["new", "cur"] {
      for name in try names(in: "\(path)/\(folder)", of: path) { files.append((name, "\(path)/\(folder)/\(name)")) }
    }
    // Names begin with the microsecond, and number what falls into one.
    files.sort { ($0.name.utf8.count, $0.name) < ($1.name.utf8.count, $1.name) }
    var messages: [Message] = []
    messages.reserveCapacity(files.count)
    for file in files { messages.append(parse(try contents(of: file.path, in: path), name: file.name)) }
    return messages
  }

  /// The envelope's lines stand first and end with `Return-Path`; from there on all is the message.
  private static func parse(_ octets: [UInt8], name: String) -> Message {
    var from: String?
    var recipients: [String] = []
    var rest = octets[...]
    while from == nil, let end = rest.firstIndex(of: 0x0A) {
      let line = rest[..<end]
      if line.starts(with: "X-Original-To: ".utf8) {
        recipients.append(String(decoding: line.dropFirst(15), as: UTF8.self))
      } else if line.starts(with: "Return-Path: <".utf8) {
        from = String(decoding: line.dropFirst(14).dropLast(), as: UTF8.self)
      } else {
        break
      }
      rest = rest[(end + 1)...]
    }
    return Message(name: name, from: from ?? "", recipients: recipients, data: Array(rest))
  }

  /// Files of a folder, but for hidden ones.
  private static func names(in folder: String, of maildir: String) throws(CaptureError) -> [String] {
    guard let directory = opendir(folder) else { throw .maildir(path: maildir, reason: lastError()) }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if !name.hasPrefix(".") { names.append(name) }
    }
    return names
  }

  /// A file, read whole; it was renamed into place, so it does not grow.
  private static func contents(of file: String, in maildir: String) throws(CaptureError) -> [UInt8] {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw .maildir(path: maildir, reason: lastError()) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw .maildir(path: maildir, reason: lastError()) }
    let size = Int(status.st_size)
    var failure: CaptureError?
    let octets = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
      while count < size {
        let got = read(descriptor, buffer.baseAddress! + count, size - count)
        if got < 0, errno == EINTR { continue }
        if got < 0 { failure = .maildir(path: maildir, reason: lastError()) }
        if got <= 0 { return }
        count += got
      }
    }
    if let failure { throw failure }
    return octets
  }
}

/// The C library's words for the last failure.
func lastError() -> String { String(cString: strerror(errno)) }
