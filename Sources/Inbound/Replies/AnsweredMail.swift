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

  /// - Parameter names: what such a line may name; names of less than four octets are passed over.
  /// - Returns: nil where no text is known: that proves nothing of what is quoted.
  public init?(_ words: SentText, names: [String]) {
    if words.words.isEmpty { return nil }
    self.words = words
    self.names = names.map { ReplyLine.folded(Substring($0)) }.filter { $0.utf8.count > 3 }
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
