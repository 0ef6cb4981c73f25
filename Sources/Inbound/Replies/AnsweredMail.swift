/// The mail that a reply answers, to tell what in the reply quotes it from what quotes others (rule I4). Where it is known,
/// a mark alone, or a line that looks like a mail program's, is not enough to take a person's words away.
public struct AnsweredMail: Sendable {
  /// What a quotation is of.
  enum Source {
    /// The mail that is answered.
    case mail
    /// Something else.
    case other
    /// It has too few words for anybody to know.
    case unknown
  }

  /// Its words, and what Watchpost puts around every text.
  let words: SentText
  /// What stands in the lines by which programs introduce it: its author, our domain; folded.
  private let names: [String]
  /// The titles that stand above its posts, and each place whole, from the discussion to the thread; folded.
  private let titles: Set<String>
  private let places: [String]

  /// - Parameters:
  ///   - names: what such a line may name; names of less than four octets are passed over.
  ///   - places: where its posts stand, each from the discussion down to the thread, by their titles.
  /// - Returns: nil where no text is known: that proves nothing of what is quoted.
  public init?(_ words: SentText, names: [String], places: [[String]] = []) {
    if words.words.isEmpty { return nil }
    self.words = words
    self.names = names.map { ReplyLine.folded(Substring($0)) }.filter { $0.utf8.count > 3 }
    let folded = Set(places).map { $0.map { ReplyLine.folded(Substring($0)) }.filter { !$0.isEmpty } }
    titles = Set(folded.joined())
    self.places = folded.map { $0.joined(separator: Self.separator) }
  }

  private static let separator = " › "

  /// Whether a line is nothing but a title above a post of the mail, or the place where it stands, or a part of that,
  /// since programs break long lines; our word for places may stand in front of it.
  func isTitle(_ line: ReplyLine) -> Bool {
    guard !places.isEmpty, (3...400).contains(line.folded.utf8.count) else { return false }
    if isPlace(line.folded) || isContents(line.folded) || words.isLabel(line.folded[...]) { return true }
    guard let colon = line.folded.firstIndex(where: { $0 == ":" || $0 == "：" }), words.isLabel(line.folded[..<colon])
    else { return false }
    return isPlace(String(line.folded[line.folded.index(after: colon)...]))
  }

  /// Whether a line is of what a digest says of its posts at its beginning, or at its end (RFC 1153).
  private func isContents(_ text: String) -> Bool {
    if text.hasPrefix("end of "), text.hasSuffix(" digest") { return true }
    guard text.has("[#"), let end = text.firstIndex(of: "]") else { return false }
    let rest = String(text[end...].dropFirst().drop { $0 == " " })
    return names.contains { rest.hasPrefix("\($0):") }
  }

  private func isPlace(_ text: String) -> Bool {
    var bare = text.drop { "*_# ".contains($0) }
    if bare.hasPrefix("[#"), let end = bare.firstIndex(of: "]") { bare = bare[end...].dropFirst().drop { $0 == " " } }
    while let last = bare.last, "*_ ".contains(last) { bare.removeLast() }
    let title = String(bare)
    if titles.contains(title) || title.hasPrefix("re: ") && titles.contains(String(title.dropFirst(4))) { return true }
    // A part of it begins and ends as words do.
    guard title.words > 1 else { return false }
    let isLong = title.words > 2 || title.contains("›")
    return places.contains { place in
      place.hasPrefix("\(title) ") || place.hasSuffix(" \(title)") || isLong && " \(place) ".has(" \(title) ")
    }
  }

  /// Whether a line has an address of ours that is made for one person.
  func hasOurAddress(_ line: ReplyLine) -> Bool {
    (line.folded.has("reply+") || line.folded.has("stop+")) && names.contains { line.folded.has($0) }
  }

  /// What lines quote.
  ///
  /// - Parameter head: the lines that introduce them.
  func source(of lines: ArraySlice<ReplyLine>, below head: ArraySlice<ReplyLine>) -> Source {
    if head.contains(where: { line in names.contains { line.folded.has($0) } }) { return .mail }
    let found = SentText.Found(of: words, in: Array(lines))
    let all = found.weight(found.words.indices)
    let known = found.words.indices.reduce(0) {
      $0 + (found.isKnown[$1] || found.isFoot[$1] ? found.words[$1].weight : 0)
    }
    if known >= Self.enough || known >= ArraySlice<TextWord>.span && known * 10 >= all * 3 { return .mail }
    return all < ArraySlice<TextWord>.span ? .unknown : .other
  }

  /// Whether lines have a good part of a text of the mail, or what Watchpost puts around it.
  func isMuch(_ lines: ArraySlice<ReplyLine>) -> Bool {
    let found = SentText.Found(of: words, in: Array(lines))
    return found.isFoot.contains(true) || !words.isSmallPart(found.hashes(in: [found.words.indices]))
  }

  /// Words that are nobody else's by chance: twenty.
  private static let enough = 40
}
