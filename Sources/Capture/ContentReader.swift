import NIOCore

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Finds the end of a message's content, and takes the content apart.
///
/// Only CR LF . CR LF ends it: an end in bare LFs, as SMTP smuggling uses, is content, and content with a bare LF is
/// refused.
struct ContentReader {
  /// Why a content is refused.
  enum Flaw: Error {
    case tooLarge, bareLineFeed, longLine

    /// The answer to the final dot.
    var reply: StaticString {
      switch self {
      case .tooLarge: "552 5.3.4 The message is too large"
      case .bareLineFeed: "554 5.6.0 A line of the message ends in a bare LF"
      case .longLine: "554 5.6.0 A line of the message is longer than 998 octets"
      }
    }
  }

  /// Whether the end has come.
  enum Outcome {
    case incomplete
    case complete(Result<[UInt8], Flaw>)
  }

  /// Largest content that is ever held, whatever the options say.
  private static let hardLimit = 500_000_000
  /// RFC 5321 section 4.5.3.1.6, without CRLF.
  private static let longestLine = 998

  /// Set by the owner when the first octets have come.
  var hasBegun = false
  /// Octets at the front of the input that hold no end.
  private var scanned = 0
  private var isTooLarge = false

  /// Takes a content out of the input as soon as its end is there.
  mutating func read(_ input: inout ByteBuffer, limit: Int?) -> Outcome {
    guard let end = input.withUnsafeReadableBytes({ findEnd($0) }) else {
      // What is too large is read to its end and thrown away as it comes: closing would hide the answer from the
      // client.
      if input.readableBytes > min(limit ?? Self.hardLimit, Self.hardLimit) + 16 {
        // Only the end matters now; its first four octets may be here.
        isTooLarge = true
        input.moveReaderIndex(forwardBy: input.readableBytes - 4)
        input.discardReadBytes()
        scanned = 4
      }
      return .incomplete
    }
    defer { input.moveReaderIndex(forwardBy: end.next) }
    if isTooLarge { return .complete(.failure(.tooLarge)) }
    return .complete(
      input.withUnsafeReadableBytes { bytes in
        let content = Self.unstuffed(UnsafeRawBufferPointer(rebasing: bytes[..<end.content]))
        if let limit, case .success(let octets) = content, octets.count > limit { return .failure(.tooLarge) }
        return content
      })
  }

  /// The length of the content, and where the next command begins; looks only at octets that it has not seen yet.
  private mutating func findEnd(_ bytes: UnsafeRawBufferPointer) -> (content: Int, next: Int)? {
    while let end = bytes.firstIndex(ofByte: 0x0A, from: scanned) {
      scanned = end + 1
      guard end >= 2, bytes[end - 1] == 0x0D, bytes[end - 2] == 0x2E else { continue }
      // A content that is empty: its first line is the dot.
      if end == 2, !isTooLarge { return (0, 3) }
      if end >= 4, bytes[end - 3] == 0x0A, bytes[end - 4] == 0x0D { return (end - 2, end + 1) }
    }
    scanned = bytes.count
    return nil
  }

  /// The content without the dots that SMTP added (RFC 5321 section 4.5.2), in one pass over its lines.
  private static func unstuffed(_ bytes: UnsafeRawBufferPointer) -> Result<[UInt8], Flaw> {
    var content: [UInt8] = []
    content.reserveCapacity(bytes.count)
    var copied = 0
    var start = 0
    while start < bytes.count {
      let end = bytes.firstIndex(ofByte: 0x0A, from: start) ?? bytes.count
      guard end < bytes.count, end > start, bytes[end - 1] == 0x0D else { return .failure(.bareLineFeed) }
      let isStuffed = bytes[start] == 0x2E
      if end - 1 - start - (isStuffed ? 1 : 0) > longestLine { return .failure(.longLine) }
      if isStuffed {
        content.append(contentsOf: bytes[copied..<start])
        copied = start + 1
      }
      start = end + 1
    }
    content.append(contentsOf: bytes[copied...])
    return .success(content)
  }
}

extension UnsafeRawBufferPointer {
  /// The first index at or after `start` that holds the byte; the C library's search, many octets at a time.
  func firstIndex(ofByte byte: UInt8, from start: Int) -> Int? {
    guard let base = baseAddress, start < count, let hit = memchr(base + start, Int32(byte), count - start) else {
      return nil
    }
    return UnsafeRawPointer(hit) - base
  }
}
