/// How the octets of a body part travel (RFC 2045 section 6), and the writing of each way.
///
/// Text comes in with LF line ends, as templates and posts have them, and goes out with CRLF; a CRLF that is already
/// there counts as one line end. Nothing here fails: every octet sequence can be carried by quoted-printable and
/// base64.
public enum TransferEncoding: String, Sendable, CaseIterable {
  /// Text that can go as it stands.
  case sevenBit = "7bit"
  /// For text that is mostly ASCII: a person can read it in the source.
  case quotedPrintable = "quoted-printable"
  /// For text in other scripts, which it makes a third longer where quoted-printable would make it three times as long.
  case base64

  /// The value of `Content-Transfer-Encoding`.
  public var headerValue: String { rawValue }

  /// The smallest encoding for a text, found in one pass; quoted-printable where the two are equal, since a person can
  /// read it.
  ///
  /// `sevenBit` only if every line is ASCII without controls, at most 76 octets long, without white space at its end,
  /// and opens with neither a dot nor `From ` (old mailboxes and careless relays change those).
  public static func best(for text: [UInt8]) -> TransferEncoding {
    let measure = TextMeasure(text)
    if measure.isPlain { return .sevenBit }
    return measure.quotedPrintable <= measure.base64 ? .quotedPrintable : .base64
  }

  /// Appends a text in this encoding, its line ends as CRLF. For `sevenBit` the caller vouches that `best(for:)` said
  /// so.
  public func append(text: [UInt8], to output: inout [UInt8]) {
    switch self {
    case .sevenBit: Self.canonical(text, into: &output)
    case .quotedPrintable: Self.quotedPrintable(text, into: &output)
    case .base64:
      var canonical: [UInt8] = []
      canonical.reserveCapacity(text.count + text.count / 16 + 16)
      Self.canonical(text, into: &canonical)
      Self.base64(canonical, into: &output)
    }
  }

  /// Appends a text with each LF (or CRLF) as CRLF, otherwise unchanged.
  static func canonical(_ text: [UInt8], into output: inout [UInt8]) {
    output.reserveCapacity(output.count + text.count + text.count / 16)
    text.withUnsafeBufferPointer { input in
      var start = 0
      while let end = input.firstIndex(ofByte: .lineFeed, from: start) {
        let contentEnd = end > start && input[end - 1] == .carriageReturn ? end - 1 : end
        output.append(contentsOf: UnsafeBufferPointer(rebasing: input[start..<contentEnd]))
        output.append(.carriageReturn)
        output.append(.lineFeed)
        start = end + 1
      }
      output.append(contentsOf: UnsafeBufferPointer(rebasing: input[start...]))
    }
  }
}

/// What a text would cost in each encoding.
struct TextMeasure {
  /// Octets in quoted-printable; exact but for the few octets that a soft break beside a UTF-8 sequence costs.
  private(set) var quotedPrintable = 0
  /// Octets in base64 with its line ends.
  private(set) var base64 = 0
  /// True if it needs no encoding at all.
  private(set) var isPlain = true

  /// Per octet: the octets in quoted-printable in the low bits, 0x80 if it cannot travel as it is.
  private static let costs: [UInt8] = (0..<256).map { byte in
    switch UInt8(byte) {
    case .lineFeed: 2
    case .equals: 3
    case .space...0x7E, .tab: 1
    default: 0x83
    }
  }

  /// Counts line by line: what a line costs in quoted-printable, and whether anything in it forbids `7bit`.
  init(_ text: [UInt8]) {
    var lines = 0
    var spoilt: UInt8 = 0
    text.withUnsafeBufferPointer { input in
      Self.costs.withUnsafeBufferPointer { costs in
        var start = 0
        while start < input.count {
          var cost = 0
          var end = start
          while end < input.count, input[end] != .lineFeed {
            let entry = costs[Int(input[end])]
            spoilt |= entry
            cost += Int(entry & 0x7F)
            end += 1
          }
          if end - start > 76 || (end > start && Self.isFragile(input, start..<end)) { spoilt |= 0x80 }
          if cost > 76 { cost += (cost - 1) / 75 * 3 }
          quotedPrintable += cost + (end < input.count ? 2 : 0)
          lines += end < input.count ? 1 : 0
          start = end + 1
        }
      }
    }
    let encoded = (text.count + lines + 2) / 3 * 4
    base64 = encoded + (encoded + 75) / 76 * 2
    isPlain = spoilt & 0x80 == 0
  }

  /// True for a line that relays or mailboxes are known to change.
  private static func isFragile(_ input: UnsafeBufferPointer<UInt8>, _ line: Range<Int>) -> Bool {
    let last = input[line.upperBound - 1]
    return last == .space || last == .tab || input[line.lowerBound] == .dot || input.hasFrom(at: line.lowerBound)
  }
}
