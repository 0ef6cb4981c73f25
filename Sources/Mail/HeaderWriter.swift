/// Writes header fields, folded and encoded, each ended by CRLF.
///
/// The values come from forums, mailboxes and templates, so no value can end its field or open another (rule X1): CR,
/// LF, NUL and every other control character, alone or in a row, become one space, as does a row of white space. The
/// names of fields come from the program; one that is no field name traps.
///
/// Lines are folded at 76 characters (RFC 2047 section 2, within RFC 5322's 78) wherever the value has a space; no
/// line is ever longer than 998 octets (RFC 5322 section 2.1.1). Nothing here fails: a value is cut, or a word of it
/// left out, where it cannot be carried, as each function says.
public enum HeaderWriter {
  /// Longest text of an unstructured field, in octets; the rest is cut at a character.
  public static let maximumText = 4096
  /// Longest display name: 100 characters and 200 octets; the rest is cut at a character.
  public static let maximumDisplayName = (characters: 100, octets: 200)
  /// Longest word of a structured value, in octets; a longer one cannot be folded and is left out.
  public static let maximumToken = 900

  /// Appends a field of free text: `Subject`, `Comments`. What is not ASCII, or looks like an encoded word, goes as
  /// RFC 2047 encoded words. An empty text gives an empty field.
  public static func appendUnstructured(_ name: String, _ text: String, to output: inout [UInt8]) {
    var line = FieldLine(name, to: &output)
    defer { line.end(&output) }
    var text = text
    let isWritten = text.withUTF8 { octets in
      guard CleanText.isPlain(octets, limit: maximumText) else { return false }
      line.appendWords(of: octets, to: &output)
      return true
    }
    if isWritten { return }
    let clean = CleanText.octets(of: text, limit: maximumText)
    let words = clean.split(separator: .space)
    let suspects = words.indices.filter { EncodedWord.isNeeded(for: words[$0]) }
    guard let first = suspects.first, let last = suspects.last else {
      for word in words { line.append(word, to: &output) }
      return
    }
    for word in words[..<first] { line.append(word, to: &output) }
    EncodedWord.append(clean[words[first].startIndex..<words[last].endIndex], to: &line, &output)
    for word in words[(last + 1)...] { line.append(word, to: &output) }
  }

  /// Appends a field with one mailbox: `From`, `To`, `Reply-To` (RFC 5322 section 3.4).
  ///
  /// The display name is freed of bidirectional controls, which could make it read as another, and cut. One with
  /// special characters, an `@` above all, is quoted; one that is not ASCII goes as encoded words (in which an `@` is
  /// no address to any reader), or, with `utf8`, as it is (RFC 6532, only for messages sent with SMTPUTF8). The
  /// address is written as it is: one that is not ASCII needs SMTPUTF8 whatever `utf8` says.
  public static func appendMailbox(
    _ name: String, displayName: String?, address: Address, utf8: Bool = false, to output: inout [UInt8]
  ) {
    var line = FieldLine(name, to: &output)
    let hasName = displayName.map { appendPhrase($0, utf8: utf8, to: &line, &output) } ?? false
    let written = address.description
    let count = written.utf8.count
    line.makeRoom(for: hasName ? count + 2 : count, in: &output)
    if hasName { output.append(UInt8(ascii: "<")) }
    output.append(contentsOf: written.utf8)
    if hasName { output.append(UInt8(ascii: ">")) }
    line.end(&output)
  }

  /// Appends a field with a phrase, if there is one, and something in angle brackets, as `List-Id` has it (RFC 2919).
  /// The phrase is treated as a display name is, `angle` as a structured value; it is given without its brackets.
  public static func appendPhrase(
    _ name: String, phrase: String?, angle: String, utf8: Bool = false, to output: inout [UInt8]
  ) {
    var line = FieldLine(name, to: &output)
    if let phrase { _ = appendPhrase(phrase, utf8: utf8, to: &line, &output) }
    let target = CleanText.ascii(angle).filter { !" <>".utf8.contains($0) }.prefix(maximumToken)
    line.append([UInt8(ascii: "<")] + target + [UInt8(ascii: ">")], to: &output)
    line.end(&output)
  }

  /// A display name as it stands before an address in a text of UTF-8 that people read, such as the messages of an RFC
  /// 1153 digest: freed and cut as in a header field, quoted unless it is letters, digits and spaces.
  public static func phrase(_ text: String) -> String {
    let clean = CleanText.displayName(text)
    let isPlain = clean.allSatisfy { $0.isAtomText || $0 == .space || $0 >= 0x80 }
    return String(decoding: isPlain ? clean : quoted(clean), as: UTF8.self)
  }

  /// Appends a structured value that the caller has built in ASCII: message identifiers, `List-*`, `Feedback-ID`.
  ///
  /// It is folded only at its spaces, and never before its first word. Octets that are not ASCII become `?`; a word
  /// longer than `maximumToken` is left out; a value of which nothing is left gives no field.
  public static func appendRaw(_ name: String, _ value: String, to output: inout [UInt8]) {
    var line: FieldLine?
    var value = value
    value.withUTF8 { octets in
      var end = 0
      while let word = octets.word(from: end) {
        end = word.upperBound
        guard word.count <= maximumToken else { continue }
        if line == nil { line = FieldLine(name, to: &output) } else { line?.fold(for: word.count, in: &output) }
        output.append(.space)
        let start = output.count
        output.append(contentsOf: UnsafeBufferPointer(rebasing: octets[word]))
        for index in start..<output.count where output[index] >= 0x80 { output[index] = UInt8(ascii: "?") }
      }
    }
    line?.end(&output)
  }

  /// Appends a display name or other phrase; false if nothing is left of it.
  private static func appendPhrase(
    _ phrase: String, utf8: Bool, to line: inout FieldLine, _ output: inout [UInt8]
  ) -> Bool {
    var phrase = phrase
    let isWritten = phrase.withUTF8 { octets in
      guard CleanText.isPlain(octets, limit: maximumDisplayName.characters) else { return false }
      if octets.allSatisfy({ $0 == .space || $0.isAtomText }) {
        line.appendWords(of: octets, to: &output)
      } else {
        quoted(octets).withUnsafeBufferPointer { line.appendWords(of: $0, to: &output) }
      }
      return true
    }
    if isWritten { return !phrase.isEmpty }
    let clean = CleanText.displayName(phrase)
    let words = clean.split(separator: .space)
    if words.contains(where: { EncodedWord.isNeeded(for: $0, utf8: utf8) }) {
      EncodedWord.append(clean[...], to: &line, &output)
    } else if clean.allSatisfy({ $0.isAtomText || $0 == .space || $0 >= 0x80 }) {
      for word in words { line.append(word, to: &output) }
    } else {
      for word in quoted(clean).split(separator: .space) { line.append(word, to: &output) }
    }
    return !clean.isEmpty
  }

  /// RFC 5322 section 3.2.4.
  private static func quoted(_ octets: some Collection<UInt8>) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(octets.count + 8)
    result.append(UInt8(ascii: "\""))
    for octet in octets {
      if octet == UInt8(ascii: "\"") || octet == UInt8(ascii: "\\") { result.append(UInt8(ascii: "\\")) }
      result.append(octet)
    }
    result.append(UInt8(ascii: "\""))
    return result
  }
}

/// The line of a field that is being written.
struct FieldLine {
  /// Characters on a line that may hold an encoded word (RFC 2047 section 2).
  static let width = 76
  /// Where the line begins in the output.
  private var start: Int

  /// Opens a field; traps for what is no name of one, since only the program gives names.
  init(_ name: String, to output: inout [UInt8]) {
    precondition(
      !name.isEmpty && name.utf8.allSatisfy { (0x21...0x7E).contains($0) && $0 != UInt8(ascii: ":") },
      "'\(name)' is no name of a header field")
    start = output.count
    output.append(contentsOf: name.utf8)
    output.append(UInt8(ascii: ":"))
  }

  /// Octets that a word may have to stand on this line behind a space.
  func room(in output: [UInt8]) -> Int { Self.width - (output.count - start) - 1 }

  /// Begins a new line if this one has no room for so many octets behind a space, and is not new itself.
  mutating func fold(for count: Int, in output: inout [UInt8]) {
    guard count > room(in: output), output.count > start else { return }
    output.append(.carriageReturn)
    output.append(.lineFeed)
    start = output.count
  }

  /// Appends the space before a word of so many octets, on a new line where this one has no room for it.
  mutating func makeRoom(for count: Int, in output: inout [UInt8]) {
    fold(for: count, in: &output)
    output.append(.space)
  }

  /// Appends a word behind a space, or on a new line.
  mutating func append(_ word: some Collection<UInt8>, to output: inout [UInt8]) {
    makeRoom(for: word.count, in: &output)
    output.append(contentsOf: word)
  }

  /// Appends the words of a clean text.
  mutating func appendWords(of text: UnsafeBufferPointer<UInt8>, to output: inout [UInt8]) {
    if text.count <= room(in: output), !text.isEmpty {
      output.append(.space)
      return output.append(contentsOf: text)
    }
    var end = 0
    while let word = text.word(from: end) {
      append(UnsafeBufferPointer(rebasing: text[word]), to: &output)
      end = word.upperBound
    }
  }

  /// Ends the field; the next octet belongs to another one, or to the body.
  func end(_ output: inout [UInt8]) {
    output.append(.carriageReturn)
    output.append(.lineFeed)
  }
}
