import Forum
import Identifiers
import Mail
import Phrases
import Text
import Time
import Tokens

/// A notice in the words of its reader's language: heading, body, and why it came.
struct NoticeWording {
  /// Settings and keys.
  let composer: Composer
  let notice: Notice
  let recipient: Recipient
  /// Of the recipient's language.
  let words: Catalogue

  /// The one line that says it all, for the subject too.
  var heading: String {
    let phrase: Phrase =
      switch notice.matter {
      case .replyRefused(_, _, sender: nil, _): .noticeRefused
      case .replyRefused: .noticeRefusedOther
      case .digestAnswered: .noticeRefused
      case .replyPosted(_, _, isPending: false): .noticePosted
      case .replyPosted(_, _, isPending: true): .noticePending
      case .attachmentsLeft: .noticeAttachmentsLeft
      case .confirmReply: .noticeConfirmReply
      case .confirmCommands: .noticeConfirmCommands
      case .commands(let report) where !report.answers.isEmpty: .noticeCommands
      case .commands(let report): report.overview == nil ? .noticeHelp : .noticeOverview
      case .probe: .noticeProbe
      case .lifted: .noticeLifted
      case .stopped: .noticeStopped
      case .signIn: .noticeSignIn
      }
    return words.plain(phrase)
  }

  /// What it is first, since a mail that seems a part of the discussion would be taken for one (RFC 3834 section
  /// 3.1.5), then what it answers.
  var subject: String {
    let answered = SubjectText(notice.subject.linkless(limit: 200)).text
    guard notice.matter.isAnswer, !answered.isEmpty else { return heading }
    return words[.noticeSubject].filled(["heading": heading, "subject": answered])
  }

  /// Why it came (rule M6).
  var reason: FilledPhrase {
    switch notice.matter {
    case .probe, .lifted: filled(.whyAddress)
    case .stopped: filled(.whyStopped)
    case .signIn: filled(.whySignIn, ["site": composer.settings.siteName])
    default: filled(.whyAnswer, ["site": composer.settings.siteName])
    }
  }

  /// Where an answer to it does something; nil where it does nothing: no `Reply-To` then.
  var replyAddress: String? {
    switch notice.matter {
    case .confirmReply(let received, _, _, _), .confirmCommands(let received, _):
      address(composer.settings.confirmPrefix, .confirm(person: recipient.person, received: received))
    case .commands: commandAddress
    default: nil
    }
  }

  /// What it says.
  var body: NoticeBody {
    var body = NoticeBody()
    switch notice.matter {
    case .replyRefused(let reason, let text, let sender, _):
      if let sender {
        add(sender: sender, to: &body)
        body.add(.paragraph(filled(.refusedOther)))
      }
      add(reason, to: &body)
      add(text, to: &body)
    case .digestAnswered(let posts, let text):
      body.add(.paragraph(filled(.digestAnswered)))
      body.add(.list(posts.map(item)))
      add(text, to: &body)
    case .replyPosted(let title, let url, let isPending):
      body.add(.paragraph(filled(isPending ? .replyPending : .replyPosted, ["title": shown(title)])))
      addPost(url, to: &body)
    case .attachmentsLeft(let title, let url, let names):
      body.add(.paragraph(filled(.attachmentsLeft, ["title": shown(title)])))
      addNames(names, to: &body)
      addPost(url, to: &body)
    case .confirmReply(_, let sender, let text, let octets):
      add(sender: sender, to: &body)
      // It may be a stranger's: nothing in it becomes a link.
      if let text, case let words = text.text.cut(to: Notice.ReturnedText.limit).linklessLines(), !words.isEmpty {
        body.add(.returned(label: filled(.confirmReplyText), words))
        if text.isCut { body.add(.paragraph(filled(.confirmReplyCut, ["size": size(octets ?? 0)]))) }
      }
      body.add(.paragraph(filled(.confirmReplyHow)))
      body.add(.address(label: filled(.confirmAddress), replyAddress ?? "", subject: nil))
    case .confirmCommands(_, let commands):
      body.add(.paragraph(filled(.confirmCommands)))
      body.add(.list(commands.map { .init(command: echo($0)) }))
      body.add(.paragraph(filled(.confirmCommandsHow)))
      body.add(.address(label: filled(.confirmAddress), replyAddress ?? "", subject: nil))
    case .commands(let report): add(report, to: &body)
    case .probe:
      body.add(.paragraph(filled(.probe)))
      body.add(.paragraph(filled(.probeNothing)))
    case .lifted(let posts, let since):
      body.add(.paragraph(filled(.lifted)))
      if let since { body.add(.paragraph(filled(.liftedSince, ["date": date(since)]))) }
      if posts > 0 { body.add(.paragraph(filled(.liftedPosts, ["posts": words.posts(posts)]))) }
    case .stopped(let stopped): add(stopped, to: &body)
    case .signIn(let link):
      body.add(.paragraph(filled(.signIn)))
      let token = composer.keys.token(
        for: .signIn(person: recipient.person, link: SignInID(link)), key: notice.signingKey)
      if let base = composer.settings.webURL, let url = SafeURL(web: "\(base)/in/\(token)") {
        body.add(.link(label: filled(.signInLink), url))
      }
      body.add(.paragraph(filled(.signInNot)))
    }
    return body
  }
}

// MARK: - Replies

extension NoticeWording {
  private func add(_ reason: Notice.Refusal, to body: inout NoticeBody) {
    switch reason {
    case .discussionClosed(let title, let closed?):
      body.add(.paragraph(filled(.refusedDiscussionClosedAt, ["title": shown(title), "date": date(closed)])))
    case .discussionClosed(let title, nil):
      body.add(.paragraph(filled(.refusedDiscussionClosed, ["title": shown(title)])))
    case .threadClosed(let title): body.add(.paragraph(filled(.refusedThreadClosed, ["title": shown(title)])))
    case .notOpenYet(let title, let opens):
      body.add(.paragraph(filled(.refusedNotOpenYet, ["title": shown(title), "date": date(opens)])))
    case .noRight(let title): body.add(.paragraph(filled(.refusedNoRight, ["title": shown(title)])))
    case .empty: body.add(.paragraph(filled(.refusedEmpty)))
    case .tooLarge(let limit): body.add(.paragraph(filled(.refusedTooLarge, ["size": size(limit)])))
    case .tooManyAttachments(let limit):
      body.add(.paragraph(filled(.refusedTooManyAttachments, ["count": String(limit)])))
    case .attachmentsRefused(let names):
      body.add(.paragraph(filled(.refusedAttachments)))
      addNames(names, to: &body)
    case .tokenExpired: body.add(.paragraph(filled(.refusedExpired)))
    case .unknownAddressee: body.add(.paragraph(filled(.refusedUnknownAddressee)))
    case .postGone: body.add(.paragraph(filled(.refusedPostGone)))
    case .unsubscribeWord(let post):
      body.add(.paragraph(filled(.refusedUnsubscribeWord)))
      let stop = address(composer.settings.stopPrefix, .stop(person: recipient.person, post: post))
      body.add(.address(label: filled(post == 0 ? .stopAllByMail : .stopByMail), stop, subject: nil))
    case .digestNeedsThread: body.add(.paragraph(filled(.refusedDigestNeedsThread)))
    case .contradictory(let posts):
      body.add(.paragraph(filled(.refusedContradictory)))
      if !posts.isEmpty { body.add(.list(posts.map(item))) }
    case .anothersAddress(let posts):
      body.add(.paragraph(filled(.refusedAnothersAddress)))
      if !posts.isEmpty { body.add(.list(posts.map(item))) }
    case .besideCommands: body.add(.paragraph(filled(.refusedBesideCommands)))
    case .forumRefused: body.add(.paragraph(filled(.refusedForum)))
    case .confirmedElsewhere: body.add(.paragraph(filled(.refusedConfirmedElsewhere)))
    }
  }

  /// Nothing where there is none; an empty text is no text.
  private func add(_ text: Notice.ReturnedText?, to body: inout NoticeBody) {
    // It is clean since it was made, but for one that comes from JSON.
    guard let text, case let words = text.text.cut(to: Notice.ReturnedText.limit).multiLine(), !words.isEmpty else {
      return
    }
    body.add(.returned(label: filled(.returnedText), words))
    if text.isCut { body.add(.paragraph(filled(.returnedTextCut))) }
  }

  /// A post that may have been meant, with its own reply address.
  private func item(_ post: Notice.DigestPost) -> NoticeBody.Item {
    let (title, number) = (shown(post.title), post.number.singleLine(limit: 40))
    let reply = address(composer.settings.replyPrefix, .reply(person: recipient.person, post: post.post))
    return .init(
      names: ["[#\(number)]", title],
      address: (reply, subject: DisplayedPost.replySubject(number: number, title: title)))
  }

  private func addPost(_ url: String?, to body: inout NoticeBody) {
    if let url = SafeURL(web: url) { body.add(.link(label: filled(.seePost), url)) }
  }

  private func addNames(_ files: [Notice.LeftFile], to body: inout NoticeBody) {
    let items = files.compactMap { file -> NoticeBody.Item? in
      let name = file.name.singleLine(limit: 120)
      if name.isEmpty { return nil }
      let size = file.octets.map { "(\(self.size(max($0, 1) + 999)))" }
      return .init(names: [name, size].compactMap(\.self), phrases: file.reason.map { [why($0)] } ?? [])
    }
    if !items.isEmpty { body.add(.list(items)) }
  }

  private func why(_ reason: Notice.LeftFile.Reason) -> FilledPhrase {
    switch reason {
    case .kind: filled(.fileKind)
    case .tooLarge(let limit): filled(.fileTooLarge, ["size": size(limit)])
    case .tooMany(let limit): filled(.fileTooMany, ["count": String(limit)])
    case .tooLargeTogether(let limit): filled(.filesTooLarge, ["size": size(limit)])
    case .elsewhere: filled(.fileElsewhere)
    }
  }

  /// The sender's address may be a stranger's: it becomes no link.
  private func add(sender: String, to body: inout NoticeBody) {
    if let address = try? Address(sender) {
      body.add(.paragraph(filled(.confirmReplyFrom, ["address": address.masked.singleLine(limit: 120)])))
    } else {
      body.add(.paragraph(filled(.confirmReply)))
    }
  }
}

// MARK: - Commands

extension NoticeWording {
  private func add(_ report: Notice.CommandReport, to body: inout NoticeBody) {
    if !report.answers.isEmpty {
      body.add(
        .list(report.answers.map { .init(command: echo($0.command), phrases: what($0)) })
      )
    }
    if let overview = report.overview { add(overview, to: &body) }
    if let help = report.help { add(help, to: &body) }
  }

  /// What became of a command.
  private func what(_ answer: Notice.CommandAnswer) -> [FilledPhrase] {
    switch answer.outcome {
    case .set(let setting, let discussion, let reach):
      let phrase: Phrase =
        switch setting {
        case .digest: .doneDigest
        case .instant: .doneInstant
        case .mail: .doneMail
        case .nomail: .doneNoMail
        }
      let what = filled(phrase, ["target": target(discussion)])
      switch reach {
      case nil: return [what]
      case .threads: return [what, filled(.doneThreads)]
      case .begun: return [what, filled(.doneBegun)]
      }
    case .signedOff(let discussion): return [filled(.doneSignOff, ["target": target(discussion)])]
    case .howToStop: return [filled(.doneHowToStop)]
    case .unknownCommand: return [filled(.doneUnknownCommand)]
    case .unknownDiscussion: return [filled(.doneUnknownDiscussion)]
    case .sharedAddress: return [filled(.doneSharedAddress)]
    case .nothingToChange: return [filled(.doneNothing)]
    case .refused: return [filled(.doneRefused)]
    }
  }

  private func target(_ discussion: String?) -> String { discussion.map(shown) ?? words.plain(.allDiscussions) }

  private func add(_ overview: Notice.Overview, to body: inout NoticeBody) {
    body.add(.paragraph(filled(.overviewMode, ["mode": word(overview.mode)])))
    body.add(.paragraph(digests(overview)))
    if let until = overview.pausedUntil { body.add(.paragraph(filled(.overviewPaused, ["date": date(until)]))) }
    switch overview.address {
    case .good: break
    case .returned(let since): body.add(.paragraph(filled(.overviewReturned, ["date": date(since)])))
    }
    guard !overview.watches.isEmpty else { return body.add(.paragraph(filled(.overviewNoWatches))) }
    body.add(.paragraph(filled(.overviewWatches)))
    body.add(.list(overview.watches.map { item($0, mode: overview.mode) }))
    if overview.more > 0 { body.add(.paragraph(filled(.overviewMore, ["count": String(overview.more)]))) }
  }

  private func digests(_ overview: Notice.Overview) -> FilledPhrase {
    let hour = min(max(overview.hour, 0), 23)
    var values = ["time": "\(hour < 10 ? "0" : "")\(hour):00", "zone": overview.zone.singleLine(limit: 60)]
    guard overview.period == .weekly else { return filled(.overviewDaily, values) }
    values["weekday"] = words.weekdays[overview.weekday.isoNumber - 1]
    return filled(.overviewWeekly, values)
  }

  private func item(_ watch: Notice.OverviewWatch, mode: Mode) -> NoticeBody.Item {
    let mode = watch.isMute ? words.plain(.modeMuted) : word(watch.mode ?? mode)
    var values = [
      "title": watch.scope == .everything ? words.plain(.allDiscussions) : shown(watch.title), "mode": mode,
    ]
    guard let name = watch.name?.singleLine(limit: 60), !name.isEmpty else {
      return .init(phrases: [filled(.overviewWatch, values)])
    }
    values["name"] = name
    return .init(phrases: [filled(watch.scope == .thread ? .overviewThreadNamed : .overviewWatchNamed, values)])
  }

  private func word(_ mode: Mode) -> String {
    switch mode {
    case .instant: words.plain(.modeInstant)
    case .digest: words.plain(.modeDigest)
    case .off: words.plain(.modeOff)
    }
  }

  /// Commands stand in Latin letters in every language.
  private func add(_ help: Notice.Help, to body: inout NoticeBody) {
    body.add(.address(label: filled(.helpAddress), commandAddress, subject: nil))
    let commands: [(String, Phrase)] = [
      ("SET NAME DIGEST", .helpDigest), ("SET NAME NODIGEST", .helpInstant), ("SET NAME NOMAIL", .helpNoMail),
      ("SET NAME MAIL", .helpMail), ("SIGNOFF NAME", .helpSignOff), ("QUERY", .helpQuery), ("HELP", .helpHelp),
    ]
    body.add(.list(commands.map { .init(command: $0.0, phrases: [filled($0.1)]) }))
    body.add(.paragraph(filled(.helpName)))
    let example = help.example?.linkless(limit: 60) ?? ""
    body.add(.paragraph(filled(.helpExample)))
    body.add(.list([.init(command: "SET \(example.isEmpty ? "*" : example) DIGEST")]))
  }

  private func add(_ stopped: Notice.Stopped, to body: inout NoticeBody) {
    switch stopped.scope {
    case .thread: body.add(.paragraph(filled(.stoppedThread, ["title": shown(stopped.title)])))
    case .discussion: body.add(.paragraph(filled(.stoppedDiscussion, ["title": shown(stopped.title)])))
    case .everything: body.add(.paragraph(filled(.stoppedEverything, ["site": composer.settings.siteName])))
    }
    if let undo = stopped.undo?.linkless(limit: Self.echoLimit), !undo.isEmpty {
      body.add(.address(label: filled(.stoppedUndo), commandAddress, subject: undo.mailtoEncoded))
      body.add(.list([.init(command: undo)]))
    }
    if let url = SafeURL(web: stopped.url) { body.add(.link(label: filled(.stoppedWatchAgain), url)) }
  }
}

// MARK: - Words

extension NoticeWording {
  /// Octets of a command that are shown.
  private static let echoLimit = 100

  private func filled(_ phrase: Phrase, _ values: [String: String] = [:]) -> FilledPhrase {
    FilledPhrase(phrase: words[phrase], values: values)
  }

  /// A title; never empty, so that no quotation marks stand around nothing.
  private func shown(_ title: String) -> String {
    let title = composer.keys.masked(title.singleLine(limit: 300))
    return title.isEmpty ? "…" : title
  }

  private func echo(_ command: String) -> String {
    let command = command.linkless(limit: Self.echoLimit)
    return command.isEmpty ? "…" : command
  }

  /// A moment as its reader reads it, in their zone.
  private func date(_ moment: Timestamp) -> String {
    LocalDate(words).text(moment, offset: composer.zones.offset(recipient.zone, at: moment))
  }

  /// `500 KB`, or `10 MB` where it is many of those; rounded down, so that what fits the words fits.
  private func size(_ octets: Int) -> String {
    let kilobytes = max(octets, 0) / 1000
    return kilobytes < 1000
      ? words[.kilobytes].filled(["count": String(kilobytes)])
      : words[.megabytes].filled(["count": String(kilobytes / 1000)])
  }

  private var commandAddress: String { "\(composer.settings.commandPrefix)@\(composer.settings.domain)" }

  /// An address of ours with a token in it.
  private func address(_ prefix: String, _ subject: TokenSubject) -> String {
    "\(prefix)+\(composer.keys.token(for: subject, key: notice.signingKey))@\(composer.settings.domain)"
  }
}
