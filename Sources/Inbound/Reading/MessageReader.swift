import CGMime

/// Octets into an `InboundMessage`: the one way in.
public struct MessageReader: Sendable {
  /// How much is read.
  public let bounds: ReadingBounds

  /// A reader that keeps to bounds.
  public init(bounds: ReadingBounds = ReadingBounds()) { self.bounds = bounds }

  /// Reads a message; any octets are one, if need be without header and text.
  ///
  /// Line ends may be CR LF or LF, a line `From …` of an mbox in front is passed over.
  public func read(_ octets: [UInt8]) -> InboundMessage { read(octets, keepsOctets: false) }

  /// - Parameter keepsOctets: whether leaves have their octets, as many as the message at the most.
  func read(_ octets: [UInt8], keepsOctets: Bool) -> InboundMessage {
    let input = bounded(octets)
    guard let parsed = ParsedMessage(input.octets) else {
      let body = Part(type: "text/plain", parameters: [:], filename: nil, isAttachment: false, content: .text(""))
      return InboundMessage(header: Header(fields: []), body: body, isComplete: input.isComplete)
    }
    var walk = PartWalk(bounds: bounds, isComplete: input.isComplete, keepsOctets: keepsOctets)
    let header = walk.header(of: parsed.object)
    let body = parsed.body.map { walk.part($0, depth: 1) } ?? nil
    return InboundMessage(
      header: header,
      body: body ?? Part(type: "text/plain", parameters: [:], filename: nil, isAttachment: false, content: .text("")),
      isComplete: walk.isComplete)
  }

  /// The octets without an mbox's line in front, cut to the bounds of message, header and boundaries.
  private func bounded(_ octets: [UInt8]) -> (octets: [UInt8], isComplete: Bool) {
    var slice = octets[...]
    // Old programs end lines with CR alone.
    if !slice.prefix(4096).contains(0x0A), slice.prefix(4096).contains(0x0D) {
      slice = slice.map { $0 == 0x0D ? 0x0A : $0 }[...]
    }
    // Blank lines in front, with and without blanks in them.
    while let end = slice.firstIndex(where: { $0 > 0x20 || $0 == 0x0A }), slice[end] == 0x0A {
      slice = slice[(end + 1)...]
    }
    if slice.starts(with: Array("From ".utf8)) || slice.starts(with: Array(">From ".utf8)) {
      slice = slice.drop { $0 != 0x0A }.dropFirst()
    }
    return slice.withUnsafeBufferPointer { buffer in
      let kept = UnsafeBufferPointer(rebasing: buffer.prefix(bounds.message))
      let cut = LineScan(kept, header: bounds.header, boundaries: bounds.boundaries)
      let isComplete = kept.count == buffer.count && cut.isComplete
      return (Array(kept[..<cut.headerKept]) + kept[cut.headerEnd..<cut.end], isComplete)
    }
  }
}
