/// `format=flowed` (RFC 3676): lines that end with a space go on in the next one.
enum FlowedText {
  /// The paragraphs as the sender wrote them; quotations keep their marks.
  ///
  /// - Parameter deletesSpace: `delsp=yes`: the space at the end is the format's, not the text's.
  static func unflowed(_ text: String, deletesSpace: Bool) -> String {
    var paragraph: [UInt8] = []
    var output: [UInt8] = []
    var openDepth: Int?
    func close() {
      guard openDepth != nil else { return }
      output += paragraph
      output.append(0x0A)
      paragraph = []
      openDepth = nil
    }
    let lines = text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false)
    for (number, line) in lines.enumerated() {
      let depth = line.prefix { $0 == 0x3E }.count
      var rest = line.dropFirst(depth)
      if rest.first == 0x20 { rest = rest.dropFirst() }
      let isSignature = rest.elementsEqual("-- ".utf8)
      if openDepth != nil, openDepth != depth || isSignature { close() }
      if openDepth == nil {
        paragraph = Array(repeating: 0x3E, count: depth) + (depth > 0 ? [0x20] : [])
        openDepth = depth
      }
      let isFlowed = rest.last == 0x20 && !isSignature && number < lines.count - 1
      paragraph += isFlowed && deletesSpace ? rest.dropLast() : rest
      if !isFlowed { close() }
    }
    close()
    if output.last == 0x0A { output.removeLast() }
    return String(decoding: output, as: UTF8.self)
  }
}
