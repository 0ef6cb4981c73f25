import Text

/// What mails say, by name. Each language has one text for each (files `words.<language>`).
public enum Phrase: String, CaseIterable, Sendable {
  case months, monthsShort, weekdays, dayOne, date, dateShort, kilobytes, megabytes
  case byline, labelPlace, labelReply, labelWeb, labelAttachments, nobody
  case seePost, replyHow, answers, replyShort, noAnswers, continues
  case shownInForum, noText, image, imageNamed
  case whyThread, whyDiscussion, whyEverything
  case whyDaily, whyWeekly, whyCatchUp, whyLastCall, whyLeaving, whySentAgain
  case watched, watchedThreads, watchedDiscussions, watchedThread, watchedDiscussion, watchedEverything, list
  case changeOrStop, changeOrStopLink, stopByMail, stopByMailLink, stopAllByMail, stopAllByMailLink
  case account, helpdesk
  case digestDaily, digestWeekly, digestCatchUp, digestLastCall, digestLeaving
  case digestSubject, part, contents, contentsLine, digestTimes, digestReplies
  case noticeSubject, noticeRefused, noticePosted, noticePending, noticeAttachmentsLeft
  case noticeRefusedOther, noticeConfirmReply, noticeConfirmCommands, noticeCommands, noticeOverview, noticeHelp
  case noticeProbe, noticeLifted, noticeStopped
  case whyAnswer, whyAddress, whyStopped
  case refusedDiscussionClosed, refusedDiscussionClosedAt, refusedThreadClosed, refusedNotOpenYet, refusedNoRight
  case refusedEmpty, refusedTooLarge, refusedTooManyAttachments, refusedAttachments, refusedExpired
  case refusedUnknownAddressee, refusedPostGone, refusedUnsubscribeWord, refusedDigestNeedsThread, refusedForum
  case refusedContradictory, refusedAnothersAddress, refusedBesideCommands, refusedConfirmedElsewhere, refusedOther
  case returnedText, returnedTextCut, digestAnswered, replyPosted, replyPending, attachmentsLeft
  case fileKind, fileTooLarge, fileTooMany, filesTooLarge, fileElsewhere
  case confirmReply, confirmReplyFrom, confirmReplyText, confirmReplyCut, confirmReplyHow
  case confirmCommands, confirmCommandsHow, confirmAddress
  case doneDigest, doneInstant, doneMail, doneNoMail, doneSignOff
  case doneUnknownCommand, doneUnknownDiscussion, doneSharedAddress, doneNothing, doneRefused, allDiscussions
  case doneThreads, doneBegun, doneHowToStop
  case modeInstant, modeDigest, modeOff, modeMuted
  case overviewMode, overviewDaily, overviewWeekly, overviewPaused, overviewReturned
  case overviewWatches, overviewNoWatches, overviewWatch, overviewWatchNamed, overviewMore
  case overviewThreadNamed
  case helpAddress, helpDigest, helpInstant, helpNoMail, helpMail, helpSignOff, helpQuery, helpHelp
  case helpName, helpExample
  case probe, probeNothing, lifted, liftedSince, liftedPosts
  case stoppedThread, stoppedDiscussion, stoppedEverything, stoppedUndo, stoppedWatchAgain
  case noticeSignIn, signIn, signInLink, signInNot, whySignIn, pageTitle, pageSignInHow
  case pageAddress, pageSendLink, pageLinkSent, pageLinkSentElse, pageOpenHow, pageOpen, pageLinkUsed
  case pageLinkOld, pageLinkBad, pageAccountGone, pageSignOut, pageSignedOut, pageAccount, pageSave, pageSaved
  case pageNothingChanged, pageByForum, pageModeHeading, pageModeInstant, pageModeDigest, pageModeOff
  case pageDigestHeading, pagePeriod, pageDaily, pageWeekly, pageWeekday, pageHour, pageZone, pageZoneGuess
  case pageZoneUse, pageStyle, pageStyleFull, pageStyleSubjects, pageFormat, pageFormatAlternative
  case pageFormatPlain, pageFormatMime, pageFormHeading, pageLanguage, pageTextOnly, pageOwnPosts
  case pagePauseHeading, pagePauseHow, pagePauseUntil, pagePause, pagePaused, pageResume, pageResumed
  case pageBadDate, pageBadValue, pageWatchesHeading, pageWatchMode, pageAsUsual, pageThread, pageDiscussion
  case pageStop, pageStopped, pageStoppedEverything, pageForget, pageForgotten, pageHidden
  case pagePages, pageNext, pagePrevious
  case pageStopHeading, pageStopEverything, pageStopAll, pageNoMail, pageMailAgain, pageMailComes
  case pageNotWatching, pageWatchAgain, pageWatching, pageThreadGone, pageAddressHeading, pageAddressGood
  case pageAddressReturned, pageAddressAnswer, pageAddressStopped, pageAddressComplaint, pageTest, pageTested
  case pageNextDigest, pageNotWatchingDiscussion, pageNotWatchingThis, pageNoAddress, pageLinkSentHere
  case pageTestedToday, pageLanguages, pageNotFound, pageTooMany, pageBusy, pageStale

  /// The names that a text must hold in braces, each at least once; it may hold no other.
  public var placeholders: Set<String> {
    switch self {
    case .date: ["day", "month", "year", "time", "zone"]
    case .byline: ["author", "date"]
    case .dateShort: ["day", "month", "time"]
    case .digestTimes: ["zone"]
    case .watchedThread: ["thread"]
    case .watchedDiscussion: ["discussion"]
    case .whyLastCall, .digestLastCall: ["discussion", "date"]
    case .answers: ["author", "number"]
    case .contentsLine: ["author", "words"]
    case .watched: ["watches"]
    case .list: ["first", "second"]
    case .kilobytes, .megabytes, .refusedTooManyAttachments, .fileTooMany, .overviewMore: ["count"]
    case .noticeSubject: ["heading", "subject"]
    case .refusedDiscussionClosedAt, .refusedNotOpenYet: ["title", "date"]
    case .refusedDiscussionClosed, .refusedThreadClosed, .refusedNoRight, .replyPosted, .replyPending, .attachmentsLeft,
      .stoppedThread, .stoppedDiscussion:
      ["title"]
    case .refusedTooLarge, .confirmReplyCut, .fileTooLarge, .filesTooLarge: ["size"]
    case .confirmReplyFrom: ["address"]
    case .doneDigest, .doneInstant, .doneMail, .doneNoMail, .doneSignOff: ["target"]
    case .overviewMode: ["mode"]
    case .overviewDaily: ["time", "zone"]
    case .overviewWeekly: ["weekday", "time", "zone"]
    case .overviewPaused, .overviewReturned, .liftedSince: ["date"]
    case .overviewWatch: ["title", "mode"]
    case .overviewWatchNamed, .overviewThreadNamed: ["title", "name", "mode"]
    case .liftedPosts: ["posts"]
    case .whyAnswer, .whySentAgain, .stoppedEverything: ["site"]
    case .whyEverything, .watchedEverything, .digestDaily, .digestWeekly, .digestCatchUp, .digestLeaving: ["site"]
    case .account: ["address"]
    case .imageNamed: ["name"]
    case .digestSubject: ["heading", "posts"]
    case .part: ["part", "parts"]
    case .whySignIn, .pageTitle, .pageStopEverything, .pageNoMail:
      ["site"]
    case .pageAccount, .pageLinkSentHere:
      ["address"]
    case .pagePaused, .pageNextDigest, .pageAddressReturned, .pageAddressStopped:
      ["date"]
    case .pageStopped, .pageForgotten, .pageNotWatching, .pageNotWatchingDiscussion, .pageWatching:
      ["title"]
    case .pageAsUsual:
      ["mode"]
    case .pageHidden:
      ["count"]
    case .pagePages:
      ["page", "pages"]
    default: []
    }
  }

  /// True if templates may use it as `{{words.…}}`: a text that is whole by itself.
  public var isForTemplates: Bool {
    placeholders.isEmpty && ![.months, .monthsShort, .weekdays, .dayOne].contains(self) && !rawValue.hasPrefix("page")
  }
}

extension String {
  /// Escaped, and in a `bdi` if it holds letters that run the other way than the text around it (rule M7).
  public func htmlIsolated(within direction: TextDirection) -> String {
    holdsLetters(against: direction) ? "<bdi>\(htmlEscaped)</bdi>" : htmlEscaped
  }
}

/// One phrase of a catalogue, ready to be filled.
public struct PhraseText: Equatable, Sendable {
  /// A phrase is fixed text with placeholders between.
  enum Piece: Equatable, Sendable {
    case text(String)
    case placeholder(String)
  }

  let pieces: [Piece]
  /// The way in which its language runs.
  private let direction: TextDirection

  /// What comes from a forum or its people; all else that fills a phrase is written by this program.
  private static let foreign: Set<String> = ["discussion", "name", "site", "subject", "target", "thread", "title"]

  /// nil if a brace has no partner.
  init?(_ source: String, _ direction: TextDirection = .ltr) {
    self.direction = direction
    var pieces: [Piece] = []
    var rest = source[...]
    while let brace = rest.firstIndex(where: { $0 == "{" || $0 == "}" }) {
      guard rest[brace] == "{", let end = rest[brace...].firstIndex(of: "}") else { return nil }
      if brace > rest.startIndex { pieces.append(.text(String(rest[..<brace]))) }
      pieces.append(.placeholder(String(rest[rest.index(after: brace)..<end])))
      rest = rest[rest.index(after: end)...]
    }
    if !rest.isEmpty { pieces.append(.text(String(rest))) }
    self.pieces = pieces
  }

  var placeholders: Set<String> {
    Set(pieces.compactMap { if case .placeholder(let name) = $0 { name } else { nil } })
  }

  /// As plain text: names and titles isolated where they run the other way (rule M7).
  public func filled(_ values: [String: String] = [:]) -> String {
    pieces.reduce(into: "") { text, piece in
      switch piece {
      case .text(let fixed): text += fixed
      case .placeholder(let name):
        let value = values[name] ?? ""
        text += Self.foreign.contains(name) ? value.isolated(within: direction) : value
      }
    }
  }

  /// As HTML: the values escaped, and isolated from the direction of the text around them (rule M7).
  public func filledHTML(_ values: [String: String] = [:]) -> String {
    pieces.reduce(into: "") { text, piece in
      switch piece {
      case .text(let fixed): fixed.appendHTMLEscaped(to: &text)
      case .placeholder(let name):
        text += (values[name] ?? "").htmlIsolated(within: direction)
      }
    }
  }
}
