/// What was mailed to a person, kept so that a quotation of it is recognised by what it says (rule I4), whatever marks,
/// or none, a mail program puts in front of it, and however it wraps the lines anew.
///
/// Kept are no words, but hashes of 64 bits: one of each few words in a row. It is a pure value; who keeps it, keeps
/// `octets`. It grows with the text: eight octets for each word, or for each character where words have no spaces.
public struct SentText: Sendable, Equatable {
  /// Of the text itself.
  private(set) var words: Set<UInt64>
  /// The same of each text, where there are several.
  private var texts: [Set<UInt64>]
  /// Of what we put around every text: nobody answers it.
  private(set) var foot: Set<UInt64>
  /// The same of its shortest phrases, whole: `Reply to:`. They are not kept as octets.
  private var labels: Set<UInt64> = []

  /// Texts as they were mailed, in any of their forms, and the lines that Watchpost adds to every mail.
  public init(_ texts: [String], foot: [String] = []) {
    words = Set(texts.flatMap(Self.hashes))
    self.texts = [words]
    // Some programs write `?` for letters beyond ASCII.
    let foot = foot + foot.compactMap(Self.squeezed)
    self.foot = Set(foot.flatMap(Self.hashes))
    for phrase in foot {
      let words = TextWord.all(in: phrase, most: ArraySlice<TextWord>.span)[...]
      if !words.isEmpty, words.spanned == nil { labels.insert(words.combined) }
    }
  }

  /// Both together.
  public func union(_ other: SentText) -> SentText {
    var result = self
    result.words.formUnion(other.words)
    result.texts += other.texts
    result.foot.formUnion(other.foot)
    result.labels.formUnion(other.labels)
    return result
  }

  /// Whether nothing can be recognised by it: no text, or one of a few words alone.
  public var isEmpty: Bool { words.isEmpty && foot.isEmpty }

  /// Whether so much of it is a small part of every text: less than half of one that has some twenty words more.
  func isSmallPart(_ hashes: Set<UInt64>) -> Bool {
    texts.allSatisfy { text in
      let part = text.intersection(hashes).count
      return part * 2 < text.count && text.count - part >= 20
    }
  }

  /// Whether a text has nothing but what was sent. A few words that were sent too a person may have written themselves:
  /// they count for sent where a title of ours or our foot stands with them.
  /// - Parameters:
  ///   - titles: of the mails, each as it stands in a line of its own.
  ///   - lines: of the texts that were sent, also those that are too short to be known by their words.
  public func isAll(of text: String, titles: [String], lines: [String]) -> Bool {
    let all = union(SentText([], foot: titles))
    let written = text.split(separator: "\n", maxSplits: 10_000).map { ReplyLine($0) }
      .filter { !$0.isBlank && !$0.isDrawn }
    let found = Found(of: all, in: written)
    let titles = Set(titles.map { ReplyLine.folded(Substring($0)) })
    let lines = Set(lines.map { ReplyLine.folded(Substring($0)) })
    var weight = 0
    var isFramed = false
    for (line, range) in zip(written, found.places) {
      if line.isByline || titles.contains(line.folded) || all.isLabelled(line, found.words[range]) {
        isFramed = true
      } else if !range.isEmpty, range.allSatisfy({ found.isKnown[$0] || found.isFoot[$0] || !found.isWord[$0] }) {
        isFramed = isFramed || range.allSatisfy { found.isFoot[$0] && !found.isKnown[$0] }
        weight += found.weight(range)
      } else if !lines.contains(line.folded) {
        return false
      }
    }
    return isFramed || weight >= Self.block
  }

  /// Whether a line is a label of ours with a link or an address behind it, or several such with points between.
  ///
  /// - Parameter words: the line's own; their places are places in its text.
  func isLabelled(_ line: ReplyLine, _ words: ArraySlice<TextWord>) -> Bool {
    guard line.text.utf8.count < 1000 else { return false }
    // Some programs write `?` for the point.
    let text = line.text.has(" ? ") ? line.text.replacing(" ? ", with: "·") : line.text
    guard text.has("·") else { return hasLabel(line, words) }
    let parts = text.split(separator: "·").map { ReplyLine($0) }.filter { !$0.isBlank }
    var hasFoot = false
    let others = parts.filter { part in
      let words = TextWord.all(in: part.text, most: 100)
      if isFoot(part, words) {
        hasFoot = true
        return false
      }
      return !hasLabel(part, words[...], isListed: true)
    }
    // Beside a sentence of ours numbers and times are ours: `Part 1 of 2 · Times: UTC · Answer a post by its own link.`
    return others.isEmpty || hasFoot && others.allSatisfy { $0.folded.words <= 6 && !$0.endsSentence }
  }

  /// Whether words are a label of ours.
  func isLabel(_ text: Substring) -> Bool {
    labels.contains(TextWord.all(in: String(text), most: ArraySlice<TextWord>.span)[...].combined)
  }

  /// Whether words of a line begin with a label of ours, and nothing but a link, an address or a post's number follows.
  ///
  /// - Parameter isListed: whether it stands among others in its line, where it needs no link: programs leave them out.
  private func hasLabel(_ line: ReplyLine, _ words: ArraySlice<TextWord>, isListed: Bool = false) -> Bool {
    for count in 1..<ArraySlice<TextWord>.span where count <= words.count {
      guard labels.contains(words.prefix(count).combined) else { continue }
      if line.namesPost { return true }
      let behind = line.text[words[words.startIndex + count - 1].range.upperBound...]
      let rest = behind.drop { !$0.isLetter && $0 != "<" }
      if rest.contains("://") || rest.contains("@"), !rest.trimmedOfWhitespace.contains(where: \.isWhitespace) {
        return true
      }
      // A link's number, where all links stand at the end.
      if rest.isEmpty, isListed || behind.contains("[") && behind.contains("]") { return true }
    }
    return false
  }

  /// Whether a line is a sentence of our foot, with a label of ours behind it at most.
  private func isFoot(_ line: ReplyLine, _ words: [TextWord]) -> Bool {
    var end = 0
    for start in words.indices {
      guard let span = words[start...].spanned, foot.contains(span.hash) else { break }
      end = span.end
    }
    guard end > 0, end < words.count else { return end > 0 }
    let rest = line.text[words[end - 1].range.upperBound...]
    return !rest.contains(where: \.isLetter) || hasLabel(line, words[end...], isListed: true)
  }

  /// A text as a program leaves it that knows ASCII alone; nil where that is most of it or all.
  private static func squeezed(_ text: String) -> String? {
    let lost = text.unicodeScalars.count { !$0.isASCII }
    guard lost > 0, lost * 4 < text.unicodeScalars.count else { return nil }
    return String(decoding: text.unicodeScalars.lazy.map { $0.isASCII ? UInt8($0.value) : 0x3F }, as: UTF8.self)
  }

  /// For each place in a text where enough words follow, their hash.
  private static func hashes(_ text: String) -> [UInt64] {
    let words = TextWord.all(in: text, most: 50_000)
    return words.indices.compactMap { words[$0...].spanned?.hash }
  }
}

// MARK: As octets

extension SentText {
  /// The form of the octets, and the way of hashing: another one is not read.
  private static let version: UInt8 = 1

  /// For keeping, several texts as one: a version, two counts of 32 bits, then the hashes in order, the largest octet first.
  public var octets: [UInt8] {
    var result = [Self.version]
    result.reserveCapacity(9 + (words.count + foot.count) * 8)
    for count in [words.count, foot.count] {
      for shift in stride(from: 24, through: 0, by: -8) { result.append(UInt8(truncatingIfNeeded: count >> shift)) }
    }
    for hashes in [words, foot] {
      for hash in hashes.sorted() {
        for shift in stride(from: 56, through: 0, by: -8) { result.append(UInt8(truncatingIfNeeded: hash >> shift)) }
      }
    }
    return result
  }

  /// Reads what `octets` gave; nil if it is anything else.
  public init?(octets: [UInt8]) {
    guard octets.count >= 9, octets[0] == Self.version else { return nil }
    func number(_ start: Int, _ size: Int) -> UInt64 {
      octets[start..<(start + size)].reduce(0) { $0 << 8 | UInt64($1) }
    }
    let counts = (Int(number(1, 4)), Int(number(5, 4)))
    guard octets.count == 9 + (counts.0 + counts.1) * 8 else { return nil }
    let all = stride(from: 9, to: octets.count, by: 8).map { number($0, 8) }
    words = Set(all[..<counts.0])
    texts = [words]
    foot = Set(all[counts.0...])
    guard words.count == counts.0, foot.count == counts.1 else { return nil }
  }
}
