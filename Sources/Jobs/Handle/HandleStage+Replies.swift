import Composition
import Crypto
import Forum
import Identifiers
import Inbound
import Ledger
import Mail
import Membership
import Text
import Time

/// Replies: to whom they belong, what was written, and what it waits for (rules I2 to I4, I7, I9).
extension HandleStage {
  /// A letter that answers a mail of ours.
  func reply(_ answered: FoundTokens.Answered, _ letter: Letter) throws -> Ledger.Settlement {
    let person = answered.person
    guard let participant = try participant(person) else {
      return Ledger.Settlement(.badToken, "its participant is there no more", person: person)
    }
    if let other = try otherAuthor(than: person, participant, letter) { return try misdirected(other, letter) }
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
    if let meant = try contradiction(post, letter, participant) {
      return refused(.contradictory(posts: meant), participant, person, post, letter)
    }
    guard settings.takesReplies else { return refused(.noRight(title: ""), participant, person, post, letter) }
    if letter.received.isCut || letter.classification.reply?.isTooLong == true {
      return refused(.tooLarge(limit: settings.textLimit), participant, person, post, letter)
    }
    var reply = try own(letter, answering: answered, post)
    // Marks that turn what follows, and what is no text, get into no post (rule X1).
    let redacted = keys.withoutOurTokens(reply.own, settings.addresses)
    reply.own = redacted.text.plainText()
    if !redacted.left.isEmpty { reply.elided += "\n" + redacted.left.joined(separator: "\n") }
    let attached = files(of: letter, isTheirs: isFrom(participant, letter))
    if try reply.own.isEmpty || !reply.isRepeated && isOurs(reply.own, answering: answered, post) {
      if attached.files.kept.isEmpty {
        let left = attached.files.left
        return refused(left.isEmpty ? .empty : .attachmentsRefused(names: left), participant, person, post, letter)
      }
      reply.own = ""
    }
    let text = reply.own
    if StopWords.areAll(of: text) { return refused(.unsubscribeWord(post: post), participant, person, post, letter) }
    if text.utf8.count > settings.textLimit {
      return refused(.tooLarge(limit: settings.textLimit), participant, person, post, letter)
    }
    guard let entry = try context.ledger.journalEntries(positions: [post]).first, !entry.isReplaced else {
      return refused(.postGone, participant, person, post, letter)
    }
    return try posting(reply, attached, to: entry, participant, person, letter)
  }

  /// What the person wrote. Where their program marks what it quotes, that goes by its marks, and what they wrote stays,
  /// however much it is like what they answer; else, or where a piece of our mail is left, what we had mailed them is
  /// known by its words. What has marks and is not of our mail is theirs.
  private func own(
    _ letter: Letter, answering answered: FoundTokens.Answered, _ post: JournalPosition
  ) throws -> ReplyText {
    let posts = try mailed(answered, post)
    let sent = try sent(posts)
    let around = try around(posts)
    let mail = AnsweredMail(sent, names: around.names, places: around.places)
    let marked = ReplyText(letter.message, answering: mail)
    // Where nothing is left without it, or a mail without marks was cut off by its head alone, what was sent may tell more.
    if marked.isAnswer, !marked.own.isEmpty, !marked.hasByline, mail != nil || !marked.hasUnmarked,
      keys.withoutOurTokens(marked.own, settings.addresses).text == marked.own
    {
      return marked
    }
    return ReplyText(letter.message, sent: sent, answering: mail)
  }

  /// What becomes of the files that came with a letter, and what tells them from others. Of a letter from elsewhere only
  /// words are taken, since anybody can have sent it.
  private func files(of letter: Letter, isTheirs: Bool) -> (files: ReplyFiles, marks: String) {
    let parts = letter.message.attachments
    if parts.isEmpty { return (ReplyFiles(), "") }
    func left(_ reason: Notice.LeftFile.Reason?) -> (ReplyFiles, String) {
      let files = parts.map {
        Notice.LeftFile(name: ($0.filename ?? "").fileName(), octets: $0.size > 0 ? $0.size : nil, reason: reason)
      }
      return (ReplyFiles(left: files), "")
    }
    guard let rules = settings.attachments else { return left(nil) }
    if !isTheirs { return left(.elsewhere) }
    guard let files = reader.files(in: letter.received.raw) else {
      return left(.tooLargeTogether(limit: rules.messageLimit))
    }
    let sorted = rules.sorted(files)
    let message = String(letter.received.identity.prefix(40))
    let kept = sorted.kept.map { file, kind in
      ReplyFiles.Kept(
        number: file.number, stored: "\(keys.fileName(message: message, number: file.number)).\(kind.ending)",
        name: file.shownName, octets: file.count)
    }
    let marks = sorted.kept.map { " " + SHA256.hash(data: $0.file.octets).description }.joined()
    return (ReplyFiles(kept: kept, left: sorted.left), marks)
  }

  /// What a mail program's line above a quotation of our mail names, an author or our domain; and where the posts stand,
  /// each from the discussion down to the thread.
  private func around(_ posts: Set<JournalPosition>) throws -> (names: [String], places: [[String]]) {
    let copies = try JournalledPosts(context.members).posts(posts, .standing).values.compactMap { found -> PostCopy? in
      if case .post(let copy, _) = found { copy } else { nil }
    }
    return (
      [settings.addresses.domain] + copies.compactMap(\.post.authorName),
      copies.map { [$0.discussion.title, $0.thread.theme, $0.thread.title].compactMap { $0?.singleLine() } }
    )
  }

  /// What mails said of posts, and around them.
  private func sent(_ posts: Set<JournalPosition>) throws -> SentText {
    try context.ledger.sentTexts(of: posts).compactMap { SentText(octets: $0) }
      .reduce(try foot.value()) { $0.union($1) }
  }

  /// Whether all that was taken for the person's words is what we sent them: however little a mail program leaves to tell
  /// it by, nobody else's words, and none of ours, are posted in their name.
  private func isOurs(_ text: String, answering answered: FoundTokens.Answered, _ post: JournalPosition) throws -> Bool
  {
    let positions = try mailed(answered, post)
    let entries = try context.ledger.journalEntries(positions: positions.sorted()).filter { !$0.isReplaced }
    let posts = try context.forum.posts(keys: entries.map(\.postKey), .whole)
    let threads = try context.forum.threads(keys: Array(Set(posts.map(\.threadKey))))
    let titles = posts.flatMap { post in
      let names = ([post.subject] + threads.map(\.title)).flatMap { [$0, "Re: \($0)"] }.filter { !$0.isEmpty }
      return names + names.map { "[#\(post.number)] \($0)" }
    }
    let lines = posts.flatMap { $0.body.utf8.count > 65_536 ? [] : $0.body.split(separator: "\n").map(String.init) }
    return try sent(positions).isAll(of: text, titles: titles, lines: lines)
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
    _ reply: ReplyText, _ attached: (files: ReplyFiles, marks: String), to entry: JournalEntry,
    _ participant: Participant, _ person: PersonID, _ letter: Letter
  ) throws -> Ledger.Settlement {
    let text = reply.own
    // Equal words with other files are not the same again.
    let hash = HandleStage.hash(text + attached.marks)
    var mailed = MailedReply(
      mailKey: String(letter.received.identity.prefix(40)), person: person, post: entry.position,
      threadKey: entry.threadKey, body: text, elided: reply.elided, bodyHash: hash,
      notes: attached.files.notes, messageID: letter.messageID, subject: String(letter.subject.prefix(300)),
      arrivedAt: letter.received.arrivedAt)
    let isTheirs = isFrom(participant, letter)
    mailed.parking = isTheirs ? try parking(of: mailed) : .otherSender
    var settlement = Ledger.Settlement(
      mailed.parking == nil ? .reply : .parked, mailed.parking?.rawValue ?? "", person: person, post: entry.position)
    settlement.reply = mailed
    // Its author would look for it in vain. What a machine sent is told to nobody.
    if let parking = mailed.parking, isTheirs, parking != .loop {
      let title = try context.forum.threads(keys: [entry.threadKey]).first?.title ?? ""
      settlement.notices = [
        notice(
          .replyPosted(title: title, url: nil, isPending: true), to: person, letter,
          topic: "waiting \(entry.position)", bounds: ["waiting ": 3])
      ]
    }
    if !isTheirs {
      let sender = letter.message.author?.description ?? ""
      let matter = Notice.Matter.confirmReply(
        received: letter.received.id.rawValue, sender: sender, text: Notice.ReturnedText(text),
        octets: text.utf8.count)
      settlement.notices = [
        question(matter, to: person, letter, topic: "confirm-reply", sender: sender, thing: text, most: 30)
      ]
    }
    return settlement
  }

  /// A question whether the person sent something: once a day for the same thing, three times for one sender, and so
  /// often in all. What strangers send uses up nobody else's questions.
  /// - Parameters:
  ///   - topic: what is asked about; mails that name the person by a signed address have another than those that do not.
  ///   - sender: who is said to have sent it; nil where it is said to be the person.
  ///   - thing: what was sent.
  ///   - each: of one sender, `most` of all.
  func question(
    _ matter: Notice.Matter, to person: PersonID, _ letter: Letter, topic: String, sender: String?, thing: String,
    each: Int = 3, most: Int
  ) -> Ledger.NoticeDraft {
    var opening = "\(topic) "
    var bounds = [opening: most]
    if let sender {
      opening += "\(HandleStage.hash(sender)) "
      bounds[opening] = each
    }
    return notice(matter, to: person, letter, topic: opening + HandleStage.hash(thing), bounds: bounds)
  }

  /// Whether a reply of the person's own waits for a moderator, and why (rule I9).
  private func parking(of reply: MailedReply) throws -> MailedReply.Parking? {
    let recent = try context.ledger.recentReplies(before: reply, span: HandleStage.floodSpan, now: context.now())
    if recent.hasEqual { return .repeated }
    if recent.lately >= HandleStage.floodLimit || recent.today >= HandleStage.dayLimit { return .tooMany }
    if recent.inThread >= HandleStage.threadLimit { return .tooManyInThread }
    if recent.isQuick, recent.quick >= HandleStage.quickLimit { return .loop }
    let since = context.now() - Pace.span
    let moments = try context.ledger.moments(inThreadOf: reply, since: since, now: context.now(), limit: Pace.most)
    let pace = Pace(moments + [reply.arrivedAt])
    if pace.isEven || pace.isSleepless { return .loop }
    guard let shape = Pace.shape(of: reply.body) else { return nil }
    let texts = try context.ledger.textsToday(before: reply, now: context.now(), limit: HandleStage.dayLimit)
    return texts.count { Pace.shape(of: $0) == shape } >= HandleStage.shapeLimit ? .loop : nil
  }

  /// Texts of one person that come back within a day for one reason, each of them once: none of theirs is lost, and no
  /// machine is answered for ever. Of those that nothing proves to be theirs there are fewer, since anybody may have sent
  /// them.
  static let returnedTexts = 20
  static let unprovedTexts = 3

  /// Not posted, and why; the text goes back to whom it is known to be from.
  func refused(
    _ reason: Notice.Refusal, _ participant: Participant, _ person: PersonID, _ post: JournalPosition?,
    _ letter: Letter, most: Int = HandleStage.returnedTexts
  ) -> Ledger.Settlement {
    var settlement = Ledger.Settlement(.refused, reason.word, person: person, post: post)
    let isTheirs = isFrom(participant, letter)
    let matter = Notice.Matter.replyRefused(
      reason: reason, text: isTheirs ? Notice.ReturnedText(letter.text) : nil,
      sender: isTheirs ? nil : letter.message.author?.description ?? "", post: post)
    let topic = "\(isTheirs ? "refused" : "refused-other") \(reason.word) \(post?.description ?? "") "
    settlement.notices = [
      isTheirs && reason.returnsText
        ? notice(matter, to: person, letter, topic: topic + HandleStage.hash(letter.text), bounds: [topic: most])
        : notice(matter, to: person, letter, topic: topic)
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
      notice(
        .digestAnswered(posts: posts, text: text), to: person, letter,
        topic: text == nil ? "digest-answered " : "digest-answered \(HandleStage.hash(letter.text))",
        bounds: ["digest-answered ": HandleStage.returnedTexts])
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

  /// Equal for texts that differ in nothing but blanks, case, and characters that nobody sees.
  static func hash(_ text: String) -> String {
    let seen = String(
      String.UnicodeScalarView(text.unicodeScalars.filter { !$0.properties.isDefaultIgnorableCodePoint }))
    let words = seen.lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return SHA256.hash(data: Array(words.utf8)).prefix(16).map { String($0, radix: 16) }.joined(separator: ".")
  }
}

extension Notice.Refusal {
  /// Whether a text comes back that its author would miss.
  var returnsText: Bool {
    switch self {
    case .empty, .unsubscribeWord: false
    default: true
    }
  }

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
    case .contradictory: "contradictory"
    case .anothersAddress: "anothers-address"
    case .besideCommands: "beside-commands"
    case .forumRefused: "forum-refused"
    case .confirmedElsewhere: "confirmed-elsewhere"
    }
  }
}
