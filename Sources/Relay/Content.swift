import Glibc

/// The octets of a message as the DATA command takes them (RFC 5321 section 4.5.2).
enum Content {
  /// What a message needs of the relay.
  struct Needs: Hashable {
    /// A header field has octets above 127 (RFC 6532).
    var headerUTF8 = false
    /// Any octet is above 127.
    var eightBit = false
  }

  /// One pass over the octets.
  static func needs(of data: [UInt8]) -> Needs {
    data.withUnsafeBytes { bytes in
      guard let first = firstAbove127(bytes) else { return Needs() }
      return Needs(headerUTF8: first < headerEnd(bytes), eightBit: true)
    }
  }

  /// Appends the message with its dots doubled, and the final dot.
  ///
  /// Whatever the message holds, only the last line is a dot alone: a line end that is not CRLF, which some relays take
  /// for one and others do not ("SMTP smuggling"), becomes CRLF (X1), and a missing line end at the end is added.
  static func append(_ data: [UInt8], to output: inout [UInt8]) {
    // A dot may open any line; one line in 64 octets is more than mails have.
    output.reserveCapacity(output.count + data.count + data.count / 64 + 8)
    data.withUnsafeBytes { bytes in
      var lines = LineScanner(bytes)
      var copied = 0
      func copy(to end: Int) {
        output.append(contentsOf: UnsafeRawBufferPointer(rebasing: bytes[copied..<end]))
        copied = end
      }
      while let line = lines.next() {
        if bytes[line.start] == UInt8(ascii: ".") {
          copy(to: line.start)
          output.append(UInt8(ascii: "."))
        }
        if line.next != line.end + 2 {
          copy(to: line.end)
          output.append(contentsOf: "\r\n".utf8)
          copied = line.next
        }
      }
      copy(to: bytes.count)
    }
    output.append(contentsOf: ".\r\n".utf8)
  }

  /// Eight octets at a time.
  private static func firstAbove127(_ bytes: UnsafeRawBufferPointer) -> Int? {
    var position = 0
    while position + 8 <= bytes.count {
      if bytes.loadUnaligned(fromByteOffset: position, as: UInt64.self) & 0x8080_8080_8080_8080 != 0 { break }
      position += 8
    }
    return bytes[position...].firstIndex { $0 >= 0x80 }
  }

  /// Where the first empty line begins; the whole length if there is none.
  private static func headerEnd(_ bytes: UnsafeRawBufferPointer) -> Int {
    var lines = LineScanner(bytes)
    while let line = lines.next(), line.end > line.start { continue }
    return lines.lineStart
  }
}

/// Walks over lines ended by CRLF, LF or CR, in time linear in the octets whatever they are.
struct LineScanner {
  struct Line: Hashable {
    let start: Int
    /// Without the line end.
    let end: Int
    /// Start of the next line: `end` + 2 after CRLF, + 1 after LF or CR, + 0 at the very end.
    let next: Int
  }

  /// Only for as long as the caller's closure runs.
  private let bytes: UnsafeRawBufferPointer
  private var position = 0
  /// The next LF at or after `position`, or the count; found once, not once per CR before it.
  private var feed = -1
  /// Start of the line given last; the count when there are no more.
  private(set) var lineStart = 0

  /// - Parameter bytes: must outlive the scanner.
  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  /// The next line; nil at the end. Text behind the last line end is a line too.
  mutating func next() -> Line? {
    lineStart = position
    guard position < bytes.count else { return nil }
    if feed < position { feed = find(UInt8(ascii: "\n"), before: bytes.count) ?? bytes.count }
    let start = position
    guard let carriage = find(UInt8(ascii: "\r"), before: feed) else {
      position = min(feed + 1, bytes.count)
      return Line(start: start, end: feed, next: position)
    }
    position = carriage + 1 == feed && feed < bytes.count ? carriage + 2 : carriage + 1
    return Line(start: start, end: carriage, next: position)
  }

  /// The C library's search: a mail is walked over once for each line end, not octet by octet.
  private func find(_ byte: UInt8, before end: Int) -> Int? {
    guard position < end, let base = bytes.baseAddress,
      let found = memchr(base + position, Int32(byte), end - position)
    else { return nil }
    return base.distance(to: UnsafeRawPointer(found))
  }
}
