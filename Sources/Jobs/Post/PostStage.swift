import Composition
import Forum
import Identifiers
import Inbound
import Ledger
import Membership
import Time

/// Posts replies into the forum, one after another: what is to be posted was written down, that it is tried is written
/// down, then the forum is asked, and its answer is written down with what the person is told (rule I5).
///
/// ```
/// waiting ──begin (commit)──▶ trying ──forum's transaction──▶ its answer ──(commit)──▶ posted, refused
/// ```
/// A run that dies between the two last commits leaves it `trying`. A forum that keeps the reply's key is simply asked
/// again. In another it is looked for: one post that may be it is taken for it, several are shown to the admin, and
/// where there is none it is tried again.
/// One that stands there as something else, by the word of the forum's own queries, is not tried again. What the forum
/// has failed to take for too long goes back to its author, after a last try.
public struct PostStage {
  /// What the configuration says.
  public struct Settings: Sendable {
    /// Whether people hear that their reply was posted.
    public var sendsReceipts: Bool
    /// Seconds for which the forum is asked again to take a reply that it fails to take.
    public var giveUpAfter: Int64
    /// Where files that came with replies are kept; nil: nowhere.
    public var attachments: AttachmentStore?
    /// No receipts, three days, and no files.
    public init(
      sendsReceipts: Bool = false, giveUpAfter: Int64 = 3 * 86_400, attachments: AttachmentStore? = nil
    ) {
      self.attachments = attachments
      self.sendsReceipts = sendsReceipts
      self.giveUpAfter = giveUpAfter
    }
  }

  /// What one run did.
  public struct Report: Hashable, Sendable {
    /// Stand in the forum, those that wait for a moderator included.
    public var posted = 0
    /// Were not taken.
    public var refused = 0
    /// Went back to their authors, since the forum had failed to take them for too long.
    public var givenUp = 0
    /// Of unknown fate, shown to the admin.
    public var inDoubt = 0
    /// Wait for somebody's word, from earlier runs too.
    public var parked = 0
    /// Of those, the ones that stand in the forum as something else, by the forum's own word.
    public var unlike = 0
    /// What is wrong with the first of them that this run met.
    public var unlikeness: String?
    /// Wait until their files can be kept.
    public var unkept = 0
    /// What is wrong with the directory, as the first of them met it.
    public var unkeepable: String?
    /// Nothing was done.
    public init() {}
  }

  let context: StageContext
  let settings: Settings
  /// nil: the forum has no way in, and no reply was ever taken for one.
  let poster: (any ReplyPoster)?
  let signingKey: UInt8
  let reader: MessageReader

  /// Does nothing yet.
  public init(
    _ context: StageContext, _ settings: Settings, poster: (any ReplyPoster)?, reader: MessageReader = MessageReader()
  ) {
    self.reader = reader
    self.context = context
    self.settings = settings
    self.poster = poster
    signingKey = context.signingKey
  }

  /// One run.
  /// - Throws: `ForumError` or `DatabaseError`; the reply at hand waits, or is looked into by the next run. Where one
  ///   reply alone meets a mistake of the mapping or of the forum's data, the others are posted first.
  public func runOnce() throws -> Report {
    var report = Report()
    try countParked(&report)
    guard let poster else { return report }
    var last: ReceivedID = 0
    var failure: ForumError?
    while !context.isStopping() {
      let page = try context.ledger.dueReplies(after: last, at: context.now(), limit: 50)
      guard let end = page.last else { break }
      last = end.received
      for one in page where !context.isStopping() {
        do {
          try post(one, over: poster, &report)
        } catch let error as ForumError {
          let isReturned = try giveUp(one, &report)
          if error.kind == .unavailable { throw error }
          let what =
            isReturned
            ? "which has gone back to its author (inbound.give_up_after)" : "which `watchpost replies` shows"
          failure = failure ?? ForumError(error.kind, "reply \(one.received), \(what): \(error.description)")
        }
      }
    }
    for one in try context.ledger.parkedReplies(limit: 1000) { _ = try giveUp(one, &report) }
    if let failure { throw failure }
    try countParked(&report)
    return report
  }

  /// Returns a reply to its author that has failed for too long (rule I7), unless the clock that says so is doubted.
  private func giveUp(_ one: Ledger.OutgoingReply, _ report: inout Report) throws -> Bool {
    let now = context.now()
    guard !context.doubtsClock, one.isOverdue(settings.giveUpAfter, at: now) else { return false }
    let notice = draft(
      .replyRefused(reason: .forumRefused, text: Notice.ReturnedText(one.reply.body)), one,
      topic: "refused given-up \(one.received)")
    let isOurs = try context.ledger.giveUpPosting(one.received, notice: notice, now: now)
    if isOurs { report.givenUp += 1 }
    return isOurs
  }

  private func countParked(_ report: inout Report) throws {
    let parked = try context.ledger.parkedReplies(limit: 1000)
    report.parked = parked.count
    report.unlike = parked.count { $0.reply.parking == .unlike }
  }

  private func post(_ one: Ledger.OutgoingReply, over poster: any ReplyPoster, _ report: inout Report) throws {
    let people = try context.ledger.people(ids: [one.reply.person])
    let entry = try context.ledger.journalEntries(positions: [one.reply.post]).first
    let files: ReplyFiles
    do { files = try keep(one) } catch let error as UnusableFile {
      report.unkept += 1
      report.unkeepable = report.unkeepable ?? error.description
      return
    }
    guard try context.ledger.beginPosting(one.received, now: context.now()) else { return }
    guard let person = people[one.reply.person], !person.isErased, let entry, !entry.isReplaced else {
      return try end(one, files, .refused(.postGone), &report)
    }
    if one.reply.body.isEmpty, files.kept.isEmpty { return try refuse(one, files, &report) }
    let draft = ReplyDraft(
      mailKey: one.reply.mailKey, author: person.key, parent: entry.postKey, body: one.reply.body,
      files: files.posted(under: settings.attachments?.url ?? ""), arrivedAt: one.reply.arrivedAt, now: context.now(),
      isTimeKnown: !context.doubtsClock)
    if one.state == .trying, !poster.isExact {
      let found = try poster.posts(like: draft, since: one.reply.arrivedAt)
      if found.count == 1 { return try end(one, files, .posted(key: found[0], isPending: false), &report) }
      if found.count > 1 {
        try context.ledger.endPosting(one.received, .parked(.inDoubt), notices: [], now: context.now())
        report.inDoubt += 1
        return
      }
    }
    try end(one, files, try poster.post(draft), &report)
  }

  /// Puts the reply's files where they are served, before the post that names them is made. They are taken out of the
  /// message again; one that it has no more, or that is not to be kept any more, is left out.
  private func keep(_ one: Ledger.OutgoingReply) throws -> ReplyFiles {
    let planned = ReplyFiles(notes: one.reply.notes)
    if planned.kept.isEmpty { return planned }
    let raw = try settings.attachments == nil ? nil : context.ledger.raw(of: one.received)
    let found = raw.flatMap { reader.files(in: $0) } ?? []
    var files = ReplyFiles(left: planned.left)
    for file in planned.kept {
      guard let store = settings.attachments, let there = found.first(where: { $0.number == file.number }),
        there.count == file.octets
      else {
        files.left.append(Notice.LeftFile(name: file.name, octets: file.octets))
        continue
      }
      try store.keep(there.octets, as: file.stored)
      files.kept.append(file)
    }
    return files
  }

  /// Nothing is left of it.
  private func refuse(_ one: Ledger.OutgoingReply, _ files: ReplyFiles, _ report: inout Report) throws {
    let notice = draft(
      .replyRefused(reason: .attachmentsRefused(names: files.left), text: nil), one,
      topic: "refused attachments-refused \(one.received)")
    try context.ledger.endPosting(
      one.received, .refused("attachments-refused"), notices: [notice], now: context.now())
    report.refused += 1
  }

  private func end(
    _ one: Ledger.OutgoingReply, _ files: ReplyFiles, _ answer: ReplyAnswer, _ report: inout Report
  ) throws {
    let now = context.now()
    switch answer {
    case .posted(let key, let isPending):
      let notices = try receipts(one, files.left, key, isPending: isPending)
      try context.ledger.endPosting(one.received, .posted(key: key), notices: notices, now: now)
      report.posted += 1
    case .refused(let refusal):
      try context.ledger.endPosting(
        one.received, .refused(refusal.rawValue), notices: [try returned(one, refusal)], now: now)
      report.refused += 1
    case .unlike(_, let words):
      try context.ledger.endPosting(one.received, .parked(.unlike), notices: [], now: now)
      report.unlikeness = report.unlikeness ?? "reply \(one.received): \(words)"
    }
  }

  /// What the person hears of their post: that attachments were left out, in any case; that it stands there, where the
  /// admin wants that, or where they would look for it in vain.
  private func receipts(
    _ one: Ledger.OutgoingReply, _ left: [Notice.LeftFile], _ key: String, isPending: Bool
  ) throws -> [Ledger.NoticeDraft] {
    guard settings.sendsReceipts || isPending || !left.isEmpty else { return [] }
    let post = try context.forum.posts(keys: [key], .whole).first
    let thread = try context.forum.threads(keys: [post?.threadKey ?? one.reply.threadKey]).first
    let title = thread?.title ?? ""
    let url = isPending ? nil : post?.url ?? thread?.url
    let matter: Notice.Matter =
      left.isEmpty
      ? .replyPosted(title: title, url: url, isPending: isPending)
      : .attachmentsLeft(title: title, url: url, names: left)
    return [draft(matter, one, topic: "posted \(one.received)")]
  }

  private func returned(_ one: Ledger.OutgoingReply, _ refusal: ReplyRefusal) throws -> Ledger.NoticeDraft {
    let entry = try context.ledger.journalEntries(positions: [one.reply.post]).first
    // The post may have moved to where the person is not let in: they hear as little of that as of one that is gone.
    let person = try context.ledger.people(ids: [one.reply.person])[one.reply.person]
    guard let entry, let person, !person.isErased, try context.members.mayRead(post: entry.postKey, person.key) else {
      return draft(
        .replyRefused(reason: .postGone, text: Notice.ReturnedText(one.reply.body)), one,
        topic: "refused \(ReplyRefusal.postGone.rawValue) \(one.reply.post) \(one.reply.bodyHash)")
    }
    let thread = try context.forum.threads(keys: [one.reply.threadKey]).first
    let discussion = try context.forum.discussions(keys: [thread?.discussionKey ?? entry.discussionKey]).first
    let title = discussion?.title ?? ""
    let reason: Notice.Refusal =
      switch refusal {
      case .discussionClosed: .discussionClosed(title: title, closed: discussion?.closesAt)
      case .notOpenYet:
        discussion?.opensAt.map { .notOpenYet(title: title, opens: $0) } ?? .discussionClosed(title: title, closed: nil)
      case .threadClosed: .threadClosed(title: thread?.title ?? "")
      case .noRight: .noRight(title: title)
      case .postGone: .postGone
      }
    return draft(
      .replyRefused(reason: reason, text: Notice.ReturnedText(one.reply.body), sender: nil), one,
      topic: "refused \(refusal.rawValue) \(one.reply.post) \(one.reply.bodyHash)")
  }

  private func draft(_ matter: Notice.Matter, _ one: Ledger.OutgoingReply, topic: String) -> Ledger.NoticeDraft {
    let notice = Notice(
      matter, inReplyTo: one.reply.messageID, subject: one.reply.subject, signingKey: signingKey)
    return Ledger.NoticeDraft(person: one.reply.person, topic: topic, body: notice.json)
  }
}
