import Mail

/// A layout in both forms that a body can travel in; which one is better is known when a body is put together.
struct Fragment: Sendable {
  /// As it is, for base64.
  let layout: Layout
  /// Encoded but for its personal lines.
  let quotedPrintable: QuotedPrintableLayout

  init(_ layout: Layout) {
    self.layout = layout
    quotedPrintable = QuotedPrintableLayout(layout)
  }

  init(_ rendered: String, blocks: [Hole: String] = [:]) { self.init(Layout(rendered, blocks: blocks)) }
}

/// Puts fragments together to the body of one MIME part.
struct BodyWriter {
  /// The same for the whole part.
  private let encoding: TransferEncoding
  /// For one line at a time.
  private var scratch: [UInt8] = []
  /// What waits for base64, which cannot be encoded in pieces.
  private var raw: [UInt8] = []

  /// The encoding in which these fragments are smaller.
  static func encoding(of fragments: some Sequence<Fragment>) -> TransferEncoding {
    let sizes = fragments.reduce(into: (quotedPrintable: 0, raw: 0)) {
      $0.quotedPrintable += $1.quotedPrintable.size
      $0.raw += $1.layout.size
    }
    return sizes.quotedPrintable * 57 <= sizes.raw * 78 ? .quotedPrintable : .base64
  }

  /// - Parameter encoding: quoted-printable or base64; `encoding(of:)` gives one of the two.
  init(_ encoding: TransferEncoding) { self.encoding = encoding }

  /// Appends a fragment with its holes filled; in base64 only when the part is finished.
  mutating func append(_ fragment: Fragment, _ fields: PersonalFields, to output: inout [UInt8]) {
    if encoding == .quotedPrintable {
      fragment.quotedPrintable.append(fields, scratch: &scratch, to: &output)
    } else {
      fragment.layout.append(fields, to: &raw)
    }
  }

  /// Ends the part; to be called once, behind the last fragment.
  mutating func finish(_ output: inout [UInt8]) {
    if encoding == .base64 { TransferEncoding.base64(raw, into: &output) }
  }
}
