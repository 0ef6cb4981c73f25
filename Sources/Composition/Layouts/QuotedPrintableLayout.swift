import Mail

/// A layout in quoted-printable, encoded once but for the lines that hold a personal field.
///
/// Quoted-printable works line by line, so encoding lines apart and joining them is encoding the whole.
struct QuotedPrintableLayout: Sendable {
  private enum Segment: Sendable {
    /// Whole lines, encoded.
    case lines([UInt8])
    /// One line, to be filled in and encoded.
    case personal(Layout)
  }

  /// In their order; two plain ones never stand side by side.
  private var segments: [Segment] = []
  /// Octets, the holes not counted.
  private(set) var size = 0

  /// Goes through the layout line by line and encodes what is alike for all readers.
  init(_ layout: Layout) {
    var plain: [UInt8] = []
    var line: [Layout.Piece] = []
    for piece in layout.pieces {
      guard case .text(let text) = piece else {
        line.append(piece)
        continue
      }
      var rest = text[...]
      while let end = rest.firstIndex(of: 0x0A) {
        line.append(.text(Array(rest[...end])))
        rest = rest[(end + 1)...]
        add(line, &plain)
        line = []
      }
      if !rest.isEmpty { line.append(.text(Array(rest))) }
    }
    // A last line without its end is no whole one: it is encoded with the mail.
    if !line.isEmpty { addPersonal(line, &plain) }
    flush(&plain)
  }

  /// A whole line: by itself where it holds a hole, else to the plain ones before it.
  private mutating func add(_ line: [Layout.Piece], _ plain: inout [UInt8]) {
    if line.contains(where: { if case .hole = $0 { true } else { false } }) { return addPersonal(line, &plain) }
    for case .text(let part) in line { plain += part }
  }

  private mutating func addPersonal(_ line: [Layout.Piece], _ plain: inout [UInt8]) {
    flush(&plain)
    let layout = Layout(pieces: line)
    segments.append(.personal(layout))
    size += layout.size
  }

  /// Encodes the plain lines collected so far, which stand before whatever comes next.
  private mutating func flush(_ plain: inout [UInt8]) {
    guard !plain.isEmpty else { return }
    var encoded: [UInt8] = []
    TransferEncoding.quotedPrintable(plain, into: &encoded)
    size += encoded.count
    segments.append(.lines(encoded))
    plain = []
  }

  /// Appends the layout encoded and filled in.
  /// - Parameter scratch: memory that is used again for every line.
  func append(_ fields: PersonalFields, scratch: inout [UInt8], to output: inout [UInt8]) {
    for segment in segments {
      switch segment {
      case .lines(let encoded): output.append(contentsOf: encoded)
      case .personal(let layout):
        scratch.removeAll(keepingCapacity: true)
        layout.append(fields, to: &scratch)
        TransferEncoding.quotedPrintable(scratch, into: &output)
      }
    }
  }
}
