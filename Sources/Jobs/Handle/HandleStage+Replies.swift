import Composition
import Crypto
import Forum
import Identifiers
import Inbound
import Ledger
import Mail
import Membership
import Time

/// Replies: to whom they belong, what was written, and what it waits for (rules I2 to I4, I7, I9).
extension HandleStage {
  /// A letter that answers a mail of ours.
  func reply(_ answered: FoundTokens.Answered, _ letter: Letter) throws -> Ledger.Settlement {
    let person = answered.person
    guard let participant = try participant(person) else {
      return Ledger.Settlement(.badToken, "its participant is there no more", person: person)
    }
    let post: JournalPosition
    switch answered {
    case .post(_, let position): post = position
    case .digestPart(_, let part):
      switch try onlyThread(of: part, person) {
      case .post(let position): post = position
      case .several(let posts): return digestAnswered(posts, participant, person, letter)
      case .forgotten: return refused(.tokenExpired, participant, person, nil, letter)
      }
    }
    guard settings.takesReplies else { return refused(.noRight(title: ""), participant, person, post, letter) }
    if letter.received.isCut {
      return refused(.tooLarge(limit: settings.textLimit), participant, person, post, letter)
    }
    let reply = try own(letter, answering: answered, post)
    let text = reply.own
    if text.isEmpty { return refused(.empty, participant, person, post, letter) }
    if StopWords.areAll(of: text) { return refused(.unsubscribeWord(post: post), participant, person, post, letter) }
    if text.utf8.count > settings.textLimit {
      return refused(.tooLarge(limit: settings.textLimit), participant, person, post, letter)
    }
    guard let entry = try context.ledger.journalEntries(positions: [post]).first, !entry.isReplaced else {
      return refused(.postGone, participant, person, post, letter)
    }
    return try posting(reply, to: entry, participant, person, letter)
  }

  /// The names of files that somebody attached; not of what programs attach by themselves.
  private func attachments(of letter: Letter) -> [String] {
    let own: Set<String> = [
      "application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature", "text/vcard",
      "text/x-vcard", "text/directory", "text/calendar", "application/ms-tnef",
    ]
    return letter.message.parts.filter { $0.isAttachment && !own.contains($0.type) }.compactMap(\.filename)
  }

  /// What the person wrote. Where their program marks what it quotes, that goes by its marks, and what they wrote stays,
  /// however much it is like what they answer; else, or where a piece of our mail is left, what we had mailed them is
  /// known by its words.
  private func own(
    _ letter: Letter, answering answered: FoundTokens.Answered, _ post: JournalPosition
  ) throws -> ReplyText {
    let marked = ReplyText(letter.message)
    if marked.isAnswer, keys.withoutOurLines(marked.own, settings.addresses) == marked.own { return marked }
    let posts = try mailed(answered, post)
    let known = try context.ledger.sentTexts(of: posts).compactMap { SentText(octets: $0) }
    return ReplyText(letter.message, sent: known.reduce(try foot.value()) { $0.union($1) })
  }

  /// The posts that stood in the mail that is answered, as far as that is known: of a digest all of them, lest one of
  /// another discussion be quoted here.
  private func mailed(_ answered: FoundTokens.Answered, _ post: JournalPosition) throws -> Set<JournalPosition> {
    var parts: [DeliveryID] = []
    switch answered {
    case .digestPart(_, let part): parts = [part]
    case .post(let person, let position):
      parts = try context.ledger.digestPart(of: position, person).map { [$0] } ?? []
    }
    return try context.ledger.posts(ofParts: parts).values.reduce(into: [post]) { $0.formUnion($1) }
  }

  /// The reply, or why it waits.
  private func posting(
    _ reply: ReplyText, to entry: JournalEntry, _ participant: Participant, _ person: PersonID, _ letter: Letter
  ) throws -> Ledger.Settlement {
    let text = keys.withoutOurLines(reply.own, settings.addresses)
    let hash = HandleStage.hash(text)
    let now = context.now()
    let recent = try context.ledger.recentReplies(
      of: person, since: now - HandleStage.floodSpan, equal: hash, within: now - HandleStage.repeatSpan, now: now)
    let isTheirs = isFrom(participant, letter)
    let parking: MailedReply.Parking? =
      !isTheirs
      ? .otherSender
      : recent.hasEqual
        ? .repeated
        : recent.count >= HandleStage.floodLimit || recent.within >= HandleStage.dayLimit
          ? .tooMany : nil
    let kept = attachments(of: letter)
    var settlement = Ledger.Settlement(
      parking == nil ? .reply : .parked, parking?.rawValue ?? "", person: person, post: entry.position)
    settlement.reply = MailedReply(
      mailKey: String(letter.received.identity.prefix(40)), person: person, post: entry.position,
      threadKey: entry.threadKey, body: text, elided: reply.elided, bodyHash: hash,
      notes: kept.prefix(50).map { String($0.prefix(200)).replacing("\n", with: " ") }.joined(separator: "\n"),
      messageID: letter.messageID, subject: String(letter.subject.prefix(300)), arrivedAt: letter.received.arrivedAt,
      parking: parking)
    if !isTheirs {
      let matter = Notice.Matter.confirmReply(
        received: letter.received.id.rawValue, sender: letter.message.author?.description ?? "",
        excerpt: String(text.prefix(200)))
      settlement.notices = [notice(matter, to: person, letter, topic: "confirm-reply", limit: 3)]
    }
    return settlement
  }

  /// Not posted, and why; the text goes back to whom it is known to be from.
  func refused(
    _ reason: Notice.Refusal, _ participant: Participant, _ person: PersonID, _ post: JournalPosition?, _ letter: Letter
  ) -> Ledger.Settlement {
    var settlement = Ledger.Settlement(.refused, reason.word, person: person, post: post)
    let text = isFrom(participant, letter) ? Notice.ReturnedText(letter.text) : nil
    settlement.notices = [
      notice(
        .replyRefused(reason: reason, text: text), to: person, letter,
        topic: "refused \(reason.word) \(post?.description ?? "")")
    ]
    return settlement
  }

  /// The digest has several threads: each one's reply address goes back with the text (rule I7).
  private func digestAnswered(
    _ posts: [Notice.DigestPost], _ participant: Participant, _ person: PersonID, _ letter: Letter
  ) -> Ledger.Settlement {
    if posts.isEmpty { return refused(.digestNeedsThread, participant, person, nil, letter) }
    var settlement = Ledger.Settlement(.refused, "a digest of several threads", person: person)
    let text = isFrom(participant, letter) ? Notice.ReturnedText(letter.text) : nil
    settlement.notices = [
      notice(.digestAnswered(posts: posts, text: text), to: person, letter, topic: "digest-answered", limit: 5)
    ]
    return settlement
  }

  private enum DigestThread {
    /// All its posts are of one thread: this is the last of them.
    case post(JournalPosition)
    /// Which of these was meant? The last post of each thread.
    case several([Notice.DigestPost])
    case forgotten
  }

  private func onlyThread(of part: DeliveryID, _ person: PersonID) throws -> DigestThread {
    guard try context.ledger.addressee(of: part)?.person == person,
      let positions = try context.ledger.posts(ofParts: [part])[part], !positions.isEmpty
    else { return .forgotten }
    let loaded = try JournalledPosts(context.members).posts(positions, .standing)
    var last: [ForumKey: (copy: PostCopy, position: JournalPosition)] = [:]
    for position in positions.sorted() {
      if case .post(let copy, _)? = loaded[position] { last[ForumKey(copy.thread.key)] = (copy, position) }
    }
    let threads = last.values.sorted { $0.position < $1.position }
    if threads.count == 1 { return .post(threads[0].position) }
    let numbers = try context.forum.posts(keys: threads.map(\.copy.post.key)).keyed(by: \.key)
    return .several(
      threads.filter { $0.copy.takesAnswers }.map {
        Notice.DigestPost(
          title: $0.copy.thread.title, number: numbers[$0.copy.post.key]?.number ?? $0.copy.post.number,
          post: $0.position)
      })
  }

  /// Equal for texts that differ in nothing but blanks and case.
  static func hash(_ text: String) -> String {
    let words = text.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return SHA256.hash(data: Array(words.utf8)).prefix(16).map { String($0, radix: 16) }.joined(separator: ".")
  }
}

extension Notice.Refusal {
  /// For the ledger and for counting.
  var word: String {
    switch self {
    case .discussionClosed: "discussion-closed"
    case .threadClosed: "thread-closed"
    case .notOpenYet: "not-open-yet"
    case .noRight: "no-right"
    case .empty: "empty"
    case .tooLarge: "too-large"
    case .tooManyAttachments: "too-many-attachments"
    case .attachmentsRefused: "attachments-refused"
    case .tokenExpired: "token-expired"
    case .unknownAddressee: "unknown-addressee"
    case .postGone: "post-gone"
    case .unsubscribeWord: "unsubscribe-word"
    case .digestNeedsThread: "digest-needs-thread"
    case .forumRefused: "forum-refused"
    }
  }
}
