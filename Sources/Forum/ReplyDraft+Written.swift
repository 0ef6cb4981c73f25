import Time

/// Whether a post that is said to be a reply is that reply: statements and programs that write something else would have
/// people's words under other names, in other threads, or before the eyes of those who may not see them (rule E8).
extension ReplyDraft {
  /// Seconds by which the forum's clock may differ from ours: less than any two zones.
  private static let clockTolerance: Int64 = 1500

  /// What a post that was just made of the reply has that the reply has not: `is of participant 5, and the reply of 36`.
  /// - Parameters:
  ///   - post: read back; nil: no query finds it.
  ///   - parent: what is answered. Where the forum tells no author of that, it need not tell the reply's.
  ///   - isPending: it was said to wait for a moderator.
  /// - Returns: nil where all of it matches.
  public func difference(fromWritten post: Post?, answering parent: Post, isPending: Bool) -> String? {
    guard let post else { return "is not found by its id" }
    if !String.isSameKey(post.threadKey, parent.threadKey) {
      return "stands in thread \(post.threadKey), and what it answers in \(parent.threadKey)"
    }
    if post.authorKey != nil || parent.authorKey != nil, !String.isSameKey(post.authorKey, author) {
      return "is of \(post.authorKey.map { "participant \($0)" } ?? "nobody"), and the reply of participant \(author)"
    }
    let claimed = isPending ? Visibility.pending : .visible
    if post.visibility != claimed {
      return "is \(post.visibility.rawValue), and was said to be \(claimed.rawValue)"
    }
    return difference(ofTextAndTime: post)
  }

  /// What a post that the forum says to have made of the reply some time ago has that the reply has not: moderators may
  /// have moved, hidden or anonymised it since.
  /// - Returns: nil where it may be the reply.
  public func difference(fromKnown post: Post) -> String? {
    if let other = post.authorKey, !String.isSameKey(other, author) {
      return "is of participant \(other), and the reply of participant \(author)"
    }
    return difference(ofTextAndTime: post)
  }

  private func difference(ofTextAndTime post: Post) -> String? {
    if !post.holds(text) { return "does not have the reply's text" }
    if !isTimeKnown { return nil }
    let moments = [("created_at", post.createdAt)] + (post.visibleAt.map { [("visible_at", $0)] } ?? [])
    // It may be as old as the mail: of a first try, or by a forum that goes by when the mail came.
    let span = (min(arrivedAt, now) - ReplyDraft.clockTolerance)...(now + ReplyDraft.clockTolerance)
    return moments.first { !span.contains($0.1) }.map { "is of \($0.1) by `\($0.0)`, and it is \(now)" }
  }
}

extension Post {
  /// Whether its body has more than half of a text's letters in their order, three by three, whatever a forum makes of
  /// the rest: markup, links, words that it does not let through.
  fileprivate func holds(_ text: String) -> Bool {
    let wanted = Post.letters(text)
    // A text may be kept as it is, with signs that look like markup and are none, whatever the forum's format.
    let own = [Post.letters(body)] + (format == .plain ? [] : [Post.letters(Post.withoutMarkup(body))])
    if wanted.isEmpty { return !body.isEmpty }
    if wanted.count < 3 { return own.contains { String($0).contains(String(wanted)) } }
    let there = Set(own.flatMap(Post.triples))
    let sought = Post.triples(wanted)
    return sought.count { there.contains($0) } * 2 > sought.count
  }

  private static func triples(_ letters: [Character]) -> [String] {
    (0..<max(0, letters.count - 2)).map { String(letters[$0..<($0 + 3)]) }
  }

  /// Letters and digits alone, small and without accents.
  private static func letters(_ text: String) -> [Character] {
    text.lowercased().compactMap { sign in
      guard sign.isLetter || sign.isNumber else { return nil }
      // Whether an accent is a sign of its own, or left to a reference's name (`&eacute;`), is the forum's matter.
      return String(sign).decomposedStringWithCanonicalMapping.unicodeScalars.first.map(Character.init)
    }
  }

  /// Of HTML neither tags nor references to signs.
  private static func withoutMarkup(_ html: String) -> String {
    html.replacing(#/<[^>]{0,2000}>/#, with: " ").replacing(#/&(#?[A-Za-z0-9]{1,31});/#) { found in
      let name = found.output.1
      if name.hasPrefix("#") {
        let digits = name.dropFirst()
        let isHex = digits.first == "x" || digits.first == "X"
        let code = isHex ? UInt32(digits.dropFirst(), radix: 16) : UInt32(digits)
        return code.flatMap(Unicode.Scalar.init).map { String(Character($0)) } ?? " "
      }
      return ["amp", "lt", "gt", "quot", "apos", "nbsp"].contains(name) ? " " : String(name.prefix(1))
    }
  }
}
