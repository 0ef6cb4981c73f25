import DeliveryPolicy
import Forum
import Ledger

extension StoryEvent {
  /// What happened, and what a server said that led to it.
  var words: (String, answer: String?) {
    let message = delivery.map { "message \($0)" } ?? "it"
    switch kind {
    case .folded:
      let why = detail == "lifted" ? "the address is mailed again" : "it was late by too much"
      return ("\(message) is not sent; its post comes in a digest: \(why)", nil)
    case .reopened:
      let why =
        detail == "lifted" ? "the address is mailed again" : "its reader could not see it when the part was to be sent"
      return ("the post was taken out of \(message) and waits for another digest: \(why)", nil)
    case .skipped:
      let reason = detail.split(separator: " ").first.flatMap { SkipReason(rawValue: String($0)) }
      return ("it is left out of the digest for good: \(reason?.words ?? detail)", nil)
    case .withheld: return ("\(message) was not sent: \(SkipReason(rawValue: detail)?.words ?? detail)", nil)
    case .held:
      let parts = detail.components(separatedBy: ": ")
      let said = parts.dropFirst().joined(separator: ": ")
      return ("\(message) waits: \(StoryEvent.heldWords(parts[0]))", said.isEmpty ? nil : said)
    case .released, .discarded, .cancelled:
      let parts = detail.components(separatedBy: ": ")
      let why = parts.dropFirst().joined(separator: ": ")
      let what =
        kind == .released ? "goes on" : kind == .cancelled ? "is taken out of the queue" : "is sent to nobody"
      return ("\(message) \(what): \(StoryEvent.releasedWords(parts[0]))", why.isEmpty ? nil : why)
    case .rescued:
      let then = detail == "held" ? "it waits for a word" : "it is sent again, with the same Message-ID"
      return ("the run that was sending \(message) ended before the answer was there; \(then)", nil)
    case .expired: return ("\(message) was given up, having been tried for as long as it may be", nil)
    case .requeued: return ("the post can be seen again: \(message) goes out after all", nil)
    case .givenBack: return ("the refusal was the relay's fault: \(message) is tried again", nil)
    case .resent:
      let parts = detail.components(separatedBy: ": ")
      let order = parts[0].split(separator: " ", maxSplits: 1).map(String.init)
      let by = order.count > 1 ? " (\(order[1]))" : ""
      return (
        "it is sent again as \(message), resend \(order.first ?? "?"), by the admin's word\(by)",
        parts.dropFirst().joined(separator: ": ")
      )
    case .stopped:
      let parts = detail.components(separatedBy: ": ")
      let why = parts[0] == Suppression.Cause.admin.rawValue ? "by the admin's word" : "too much had failed"
      return ("mail to the address was stopped, \(why)", parts.dropFirst().joined(separator: ": "))
    case .lifted: return ("the address is mailed again: \(StoryEvent.releasedWords(detail))", nil)
    }
  }

  static func heldWords(_ reason: String) -> String { HoldReason(text: reason)?.words ?? reason }

  private static func releasedWords(_ detail: String) -> String {
    switch ReleasedBy(text: detail) {
    case .admin(let name)?: "by the admin's word" + (name.isEmpty ? "" : " (\(name))")
    case .owner?: "by the person's own word"
    case .time?: "the time was over"
    case .taken?: "a mail of the kind was taken"
    case .relay?: "the relay had been to blame"
    case .probe?: "a mail that was sent as a try has arrived"
    case .excused?: "whoever sent the mails back had been to blame"
    case nil: detail
    }
  }
}

extension HoldReason {
  /// Why it waits, as an admin says it.
  public var words: String {
    switch self {
    case .domain(let domain): "mail to \(domain) is held"
    case .post: "mail of the post is held"
    case .uncertain: "nobody knows whether it arrived"
    case .uncomposed: "it could not be written"
    case .ordered: "an admin holds it"
    }
  }
}

extension SkipReason {
  /// Behind "nothing: ", as an admin says why.
  public var words: String {
    switch self {
    case .unwatched: "watches nothing that bears on it"
    case .muted: "muted it"
    case .ownPost: "wrote it"
    case .olderThanWatch: "watches since later"
    case .modeOff: "wants no mail (mode off)"
    case .paused: "has paused all mail"
    case .inactive: "not active, by the forum's word"
    case .unconfirmed: "address not confirmed"
    case .badAddress: "the address is none that mail can be sent to"
    case .suppressed: "the address is suppressed"
    case .notReadable: "may not read it"
    case .hidden: "the post is not shown"
    case .gone: "the post is gone"
    case .moved: "the post was moved away"
    case .unreadablePost: "the post's row cannot be read"
    case .unreadablePerson: "the person's row cannot be read"
    case .mailedBefore: "mailed before a backup was restored"
    case .discarded: "the admin discarded its mail"
    case .resent: "another message was sent in its place"
    case .cancelled: "an admin took it out of the queue"
    case .erased: "was erased"
    }
  }

  /// What would have to change; nil where nothing brings it back.
  var advice: String? {
    switch self {
    case .unwatched:
      "a watch of its thread or discussion, or of everything, if they wish it; it brings what comes after it"
    case .muted: "they have to end the mute; that brings what comes afterwards"
    case .ownPost: "they have to ask for their own posts"
    case .olderThanWatch: "nothing brings it: a watch is for what comes after it"
    case .modeOff: "they have to choose another mode, of theirs or of the watch; it brings what comes afterwards"
    case .paused: "they have to end the pause; what came meanwhile is not made up for"
    case .inactive: "the forum has to open the account"
    case .unconfirmed: "they have to confirm their address to the forum"
    case .badAddress: "the forum needs an address of theirs that is one"
    case .suppressed:
      "the address has to be mailed again; what was on its way before goes then, what came meanwhile does not"
    case .notReadable: "the forum has to let them read it; where a copy was on its way, it goes then"
    case .hidden, .gone: "the forum has to show the post again; it goes then"
    case .moved: "the post back where it was, or a watch where it stands now that is older than the post; it goes then"
    case .unreadablePost, .unreadablePerson: "the row has to be mended in the forum; it goes then"
    case .mailedBefore, .discarded, .resent, .cancelled: nil
    case .erased: "nothing brings it: who takes part again needs a new account in the forum"
    }
  }

  /// Commands that show or change it.
  func next(_ rows: StoryRows) -> [String] {
    let person = rows.reader.key.asArgument
    switch self {
    // What is theirs to choose is shown, and no command given that chooses for them.
    case .unwatched, .muted, .olderThanWatch, .moved: return ["watchpost watch list \(person)"]
    case .ownPost, .modeOff, .paused: return ["watchpost participant show \(person)"]
    case .inactive, .unconfirmed, .badAddress: return ["watchpost participant show \(person)"]
    case .suppressed:
      return rows.suppression == nil
        ? ["watchpost participant show \(person)"] : ["watchpost release \(rows.reader.address.asArgument)"]
    case .notReadable, .hidden, .gone: return rows.post.map { ["watchpost check \($0.key.asArgument)"] } ?? []
    case .unreadablePost, .unreadablePerson: return ["watchpost status"]
    case .mailedBefore, .discarded, .resent, .cancelled, .erased: return []
    }
  }
}

extension String {
  /// As a shell takes it for one word.
  public var asArgument: String {
    if !isEmpty, allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "._-@+:".contains($0)) }), first != "-" {
      return self
    }
    return "'" + singleLine(limit: 320).replacing("'", with: "'\\''") + "'"
  }
}

extension Ledger.AttemptRecord.Outcome {
  var words: String {
    switch self {
    case .accepted: "taken by the relay"
    case .transient: "refused for now"
    case .permanent: "refused for good"
    case .lost: "the connection broke"
    case .uncertain: "nobody knows whether it arrived"
    }
  }
}

extension Verdict.Scope {
  /// Whose fault it was.
  var words: String {
    switch self {
    case .recipient: "of this address"
    case .domain: "of its domain"
    case .message: "of this message"
    case .sender: "of our address as the sender"
    case .relay: "of the relay"
    case .run: "of the run"
    }
  }
}

extension FailureEvent.Severity {
  var words: String {
    switch self {
    case .hard: "there is no such mailbox"
    case .soft: "the mailbox did not take it"
    case .policy: "somebody's policy, which says nothing of the person"
    }
  }
}

extension DigestCause {
  var words: String {
    switch self {
    case .regular: "at its usual time"
    case .catchUp: "of what was late, or waited"
    case .lastCall: "before the discussion closes"
    case .leaving: "the last one, they changed to single mails"
    }
  }
}

extension Ledger.DeliveryRecord {
  /// Why it was dropped or suppressed.
  public var dropWords: String {
    if reason == "folded" { return "its post comes in a digest" }
    return reason.flatMap { SkipReason(rawValue: $0) }?.words ?? reason ?? "the address is suppressed"
  }
}

extension Ledger.IncomingRecord {
  /// What a mail to a stop address ended.
  var stoppedWords: String {
    switch stopped {
    case .thread?: "mail of a thread"
    case .discussion?: "mail of a discussion"
    case .everything?: "all mail"
    case nil: "mail"
    }
  }

  private var ofMessage: String { delivery.map { " (\($0))" } ?? "" }

  /// What came in.
  /// - Parameter isErased: whose it was were erased: what waited was thrown away then.
  func words(isErased: Bool) -> String {
    let what =
      switch outcome {
      case .reply?, .parked?, .refused?: "a reply came by mail"
      case .command?, .unconfirmed?: "commands came in answer to it"
      case .confirmation?: "a confirmation came"
      case .stop? where isElsewhere:
        "the person stopped \(stoppedWords) by the address of another message\(ofMessage)"
      case .stop?: "the person stopped it by its address"
      case .failure?: "a report of failure came"
      case .report?: "a report came that it is late, or arrived"
      case .complaint? where isElsewhere: "the person called another message spam\(ofMessage): mail to them is off"
      case .complaint?: "the person called it spam: mail to them is off"
      case .automatic?: "a machine answered it"
      case .other?, .own?, .badToken?, .stranger?: "a mail came in about it"
      case nil: "a mail came in about it, which is not handled yet"
      }
    let then =
      switch reply {
      case nil: ""
      case .waiting?, .trying?: "; it is to be posted"
      case .parked?: "; it waits for a word, see `watchpost replies`"
      case .posted?: "; it was posted" + (postKey.map { " as post \($0.singleLine(limit: 100))" } ?? "")
      case .refused?: "; the forum does not take it"
      case .discarded? where isErased: "; it is thrown away"
      case .discarded?: "; the admin threw it away"
      }
    return what + then
  }
}
