import Composition
import Forum
import Identifiers
import Inbound
import Ledger
import Mail
import Membership
import Time

/// Commands, stop addresses and confirmations (rules I3, I8).
extension HandleStage {
  /// Obeys the commands of a letter. One that changes something must be vouched for: by a token of the person's own, or
  /// by a server's word that the author's domain stands for it; else the account's address is asked. A signed address
  /// says whose commands they are, whoever sends them; where there is none, the author's address says it.
  func commands(_ letter: Letter) throws -> Ledger.Settlement {
    let commands = ListCommand.read(subject: letter.subject, text: letter.text)
    if let answered = letter.found.answered, let known = try participant(answered.person) {
      if isFrom(known, letter) { return try obey(commands, known, answered.person, letter, isProved: true) }
      // An address that was written to is meant; what a header says anybody has copied. Who shows that they are somebody
      // else has pressed what somebody put before them.
      if letter.found.addressed != nil, try otherAuthor(than: answered.person, known, letter) == nil {
        return unconfirmed(commands, answered.person, letter, isSigned: true)
      }
    }
    guard let author = letter.message.author else { return Ledger.Settlement(.stranger) }
    let participants = try self.participants(at: author)
    guard let participant = participants.first else { return Ledger.Settlement(.stranger) }
    let person = try context.members.person(participant).id
    if participants.count > 1 { return sharedAddress(commands, person, letter) }
    if !isVouchedFor(letter), commands.contains(where: \.command.isChange) {
      return unconfirmed(commands, person, letter, isSigned: false)
    }
    return try obey(commands, participant, person, letter, isProved: isVouchedFor(letter))
  }

  /// The account's address is asked. Where nothing but a From names it, it is asked once a day for each host that such
  /// letters come from, and three times in all: who forges many fills nobody's mailbox, and her own are asked about too.
  /// - Parameter isSigned: the letter went to an address that names the person; else it says that it is theirs.
  private func unconfirmed(
    _ commands: [(line: String, command: ListCommand)], _ person: PersonID, _ letter: Letter, isSigned: Bool
  ) -> Ledger.Settlement {
    var settlement = Ledger.Settlement(.unconfirmed, person: person)
    let lines = commands.map { String($0.line.prefix(200)) }
    let matter = Notice.Matter.confirmCommands(received: letter.received.id.rawValue, commands: lines)
    settlement.notices = [
      isSigned
        ? question(
          matter, to: person, letter, topic: "confirm-signed-commands",
          sender: letter.message.author?.description ?? "", thing: lines.joined(separator: "\n"), most: 20)
        : question(
          matter, to: person, letter, topic: "confirm-commands", sender: letter.message.origin ?? "",
          thing: lines.joined(separator: "\n"), each: 1, most: 3)
    ]
    return settlement
  }

  /// Whose commands they are, nobody can tell: each account's own mails have an address that says it.
  private func sharedAddress(
    _ commands: [(line: String, command: ListCommand)], _ person: PersonID, _ letter: Letter
  ) -> Ledger.Settlement {
    var settlement = Ledger.Settlement(.refused, "several accounts have its author's address", person: person)
    let lines = commands.isEmpty ? [letter.subject] : commands.map(\.line)
    let report = Notice.CommandReport(answers: lines.map { .init(String($0.prefix(200)), .sharedAddress) })
    settlement.notices = [notice(.commands(report), to: person, letter, topic: "shared-address")]
    return settlement
  }

  /// - Parameter isProved: the letter is theirs for sure. What anybody may have sent uses up none of their answers.
  private func obey(
    _ commands: [(line: String, command: ListCommand)], _ participant: Participant, _ person: PersonID,
    _ letter: Letter, isProved: Bool
  ) throws -> Ledger.Settlement {
    var report = Notice.CommandReport()
    var example: String?
    func complained() throws -> Bool {
      try context.members.preferences(of: participant, context.members.person(participant)).mode == .off
        && context.ledger.hasComplained(person)
    }
    for (line, command) in commands {
      let line = String(line.prefix(200))
      switch command {
      case .set(let name, let setting):
        // After a complaint only its author's own page, or the admin, lets mail go again (rule B4).
        if try setting != .nomail && complained() {
          report.answers.append(.init(line, .refused))
          continue
        }
        let (outcome, discussion) = try change(name, participant) {
          let reach: Notice.SettingReach?
          switch try context.members.set(setting, in: $0, of: participant) {
          case .none: return .nothingToChange
          case .all: reach = nil
          case .threads: reach = .threads
          case .begun: reach = .begun
          }
          return .set(to: .init(setting), discussion: $0?.title, reach: reach)
        }
        example = example ?? discussion?.slug
        report.answers.append(.init(line, outcome))
      case .signOff(let name):
        let (outcome, discussion) = try change(name, participant) {
          try context.members.signOff(from: $0, participant) ? .signedOff(discussion: $0?.title) : .nothingToChange
        }
        example = example ?? discussion?.slug
        report.answers.append(.init(line, outcome))
      case .query:
        // As it is after the commands before it.
        report.overview = try overview(of: self.participant(person) ?? participant, person)
      case .help: report.help = .init(example: nil)
      case .stop:
        report.answers.append(.init(line, .howToStop))
        report.help = .init(example: nil)
      case .unknown:
        report.answers.append(.init(line, .unknownCommand))
        report.help = .init(example: nil)
      }
    }
    if commands.isEmpty { report.help = .init(example: nil) }
    if report.help != nil { report.help = .init(example: example) }
    var settlement = Ledger.Settlement(.command, "\(report.answers.count) commands", person: person)
    let isHelpOnly = report.answers.isEmpty && report.overview == nil
    let topic = isHelpOnly ? "help" : "commands"
    settlement.notices = [
      isProved
        ? notice(.commands(report), to: person, letter, topic: topic, limit: isHelpOnly ? 1 : 10)
        : question(
          .commands(report), to: person, letter, topic: "unproved-\(topic)", sender: letter.message.origin ?? "",
          thing: "", each: 1, most: 3)
    ]
    // What else stands in it may have been meant for the discussion, and nobody may lose it; a greeting is nothing.
    let rest = ListCommand.rest(of: letter.text)
    if isProved, !commands.isEmpty, rest.split(whereSeparator: \.isWhitespace).count >= 8 {
      let matter = Notice.Matter.replyRefused(reason: .besideCommands, text: Notice.ReturnedText(rest))
      let topic = "refused beside-commands "
      settlement.notices.append(
        notice(
          matter, to: person, letter, topic: topic + HandleStage.hash(rest),
          bounds: [topic: HandleStage.returnedTexts]))
    }
    return settlement
  }

  /// Finds the discussion of a name and changes something; `*` and `ALL` are everything.
  private func change(
    _ name: String, _ participant: Participant, _ body: (Discussion?) throws -> Notice.CommandOutcome
  ) throws -> (Notice.CommandOutcome, Discussion?) {
    if name == "*" || name.lowercased() == "all" { return (try body(nil), nil) }
    guard let discussion = try context.members.discussion(named: name, by: participant) else {
      return (.unknownDiscussion, nil)
    }
    return (try body(discussion), discussion)
  }

  private func overview(of participant: Participant, _ person: PersonID) throws -> Notice.Overview {
    let members = context.members
    let preferences = members.preferences(of: participant, try members.person(participant))
    let watches = try members.watchesInSight(of: participant)
    let threads = try context.forum.threads(keys: watches.filter { $0.watch.scope == .thread }.map(\.target))
      .keyed(by: \.key)
    let inside = watches.filter { $0.watch.scope == .discussion }.map(\.target) + threads.values.map(\.discussionKey)
    let discussions = try context.forum.discussions(keys: inside.distinctKeys.sortedTexts).keyed(by: \.key)
    let now = context.now()
    let state: Notice.AddressState =
      try context.ledger.suppression(of: participant.address).map { .returned(since: $0.since) } ?? .good
    return Notice.Overview(
      mode: preferences.mode, digest: preferences.digest,
      pausedUntil: preferences.pausedUntil.flatMap { $0 > now ? $0 : nil }, address: state,
      watches: watches.prefix(200).map { one in
        let thread = one.watch.scope == .thread ? threads[ForumKey(one.target)] : nil
        let key = one.watch.scope == .discussion ? one.target : thread?.discussionKey
        let discussion = key.flatMap { discussions[ForumKey($0)] }
        let title = (one.watch.scope == .thread ? thread?.title : discussion?.title) ?? one.title
        return Notice.OverviewWatch(
          scope: one.watch.scope, title: title, name: discussion?.slug, mode: one.watch.mode, isMute: one.watch.isMute)
      })
  }

  /// A letter to a stop address does what the address says, whoever sends it: programs do for their users
  /// (RFC 2369, RFC 8058).
  func stop(_ stop: (person: PersonID, post: JournalPosition), _ letter: Letter) throws -> Ledger.Settlement {
    guard let participant = try participant(stop.person) else {
      return Ledger.Settlement(.badToken, "its participant is there no more", person: stop.person)
    }
    var settlement = Ledger.Settlement(.stop, person: stop.person)
    if stop.post != 0 { settlement.post = stop.post }
    guard let (ended, thread) = try context.members.stop(by: stop.post, of: participant) else {
      settlement.detail = "its thread is there no more"
      return settlement
    }
    settlement.detail = ended.scope.rawValue
    let matter =
      try thread.map { try words(of: ended, $0) } ?? Notice.Stopped(scope: .everything, undo: "SET * MAIL")
    settlement.notices = [
      notice(.stopped(matter), to: stop.person, letter, topic: "stopped \(stop.post)")
    ]
    return settlement
  }

  private func words(of stopped: Members.Stopped, _ thread: Thread) throws -> Notice.Stopped {
    switch stopped.scope {
    case .thread: return Notice.Stopped(scope: .thread, title: thread.title, url: thread.url)
    case .discussion:
      let discussion = try context.forum.discussions(keys: [stopped.target]).first
      return Notice.Stopped(
        scope: .discussion, title: discussion?.title ?? "", url: discussion?.url,
        undo: discussion.flatMap { $0.slug.isEmpty ? nil : "SET \($0.slug) MAIL" })
    case .everything: return Notice.Stopped(scope: .everything, undo: nil)
    }
  }

  /// A confirmation from another address counts for nothing; the account hears of a yes, lest it be waited for in vain.
  private func confirmedElsewhere(
    _ confirmed: (person: PersonID, message: ReceivedID), _ letter: Letter
  ) throws -> Ledger.Settlement {
    var settlement = Ledger.Settlement(.badToken, "a confirmation from another address", person: confirmed.person)
    guard let parked = try context.ledger.mailedReply(confirmed.message), parked.reply.person == confirmed.person,
      parked.state == .parked, ConfirmingWord.answer(of: letter.text) == .yes
    else { return settlement }
    let matter = Notice.Matter.replyRefused(
      reason: .confirmedElsewhere, text: nil, sender: letter.message.author?.description ?? "")
    settlement.notices = [
      notice(
        matter, to: confirmed.person, letter, topic: "confirmed-elsewhere \(confirmed.message.rawValue)",
        bounds: ["confirmed-elsewhere ": 3])
    ]
    return settlement
  }

  /// An answer that is neither yes nor no: what waits goes on waiting, and the person hears, once a day, which word is
  /// needed.
  private func askedAgain(
    _ confirmed: (person: PersonID, message: ReceivedID), _ letter: Letter
  ) throws -> Ledger.Settlement {
    var settlement = Ledger.Settlement(.confirmation, "neither yes nor no: asked again", person: confirmed.person)
    let matter: Notice.Matter
    if let parked = try context.ledger.mailedReply(confirmed.message), parked.state == .parked,
      parked.reply.person == confirmed.person
    {
      matter = .confirmReply(
        received: confirmed.message.rawValue, sender: "", text: Notice.ReturnedText(parked.reply.body),
        octets: parked.reply.body.utf8.count)
    } else if let original = try context.ledger.unconfirmed(confirmed.message, by: confirmed.person) {
      let lines = commands(in: original).map { String($0.line.prefix(200)) }
      matter = .confirmCommands(received: confirmed.message.rawValue, commands: lines)
    } else {
      settlement.detail = "of what waits no more"
      return settlement
    }
    settlement.notices = [notice(matter, to: confirmed.person, letter, topic: "asked-again \(confirmed.message)")]
    return settlement
  }

  private func commands(in original: Received) -> [(line: String, command: ListCommand)] {
    let message = reader.read(original.raw)
    let text = Classification(message).reply?.own ?? ReplyText(message).own
    return ListCommand.read(subject: message.header["subject"] ?? "", text: text)
  }

  /// An answer to a question of ours: from the account's address, what waited goes on.
  func confirm(_ confirmed: (person: PersonID, message: ReceivedID), _ letter: Letter) throws -> Ledger.Settlement {
    guard let participant = try participant(confirmed.person), isFrom(participant, letter) else {
      return try confirmedElsewhere(confirmed, letter)
    }
    let said = ListCommand.read(subject: "", text: letter.text).filter { $0.command != .unknown }
    if !said.isEmpty { return try obey(said, participant, confirmed.person, letter, isProved: true) }
    switch ConfirmingWord.answer(of: letter.text) {
    case .yes: break
    case .no: return Ledger.Settlement(.confirmation, "no: what waits goes on waiting", person: confirmed.person)
    case nil: return try askedAgain(confirmed, letter)
    }
    if let parked = try context.ledger.mailedReply(confirmed.message) {
      guard parked.reply.person == confirmed.person, parked.state == .parked else {
        return Ledger.Settlement(.confirmation, "of what waits no more", person: confirmed.person)
      }
      var settlement = Ledger.Settlement(.confirmation, "a reply", person: confirmed.person, post: parked.reply.post)
      settlement.confirms = confirmed.message
      return settlement
    }
    guard let original = try context.ledger.unconfirmed(confirmed.message, by: confirmed.person) else {
      return Ledger.Settlement(.confirmation, "of what waits no more", person: confirmed.person)
    }
    var settlement = try obey(commands(in: original), participant, confirmed.person, letter, isProved: true)
    settlement.outcome = .confirmation
    settlement.obeyed = confirmed.message
    return settlement
  }
}

extension Notice.CommandSetting {
  init(_ setting: Members.DiscussionSetting) {
    self =
      switch setting {
      case .digest: .digest
      case .nodigest: .instant
      case .mail: .mail
      case .nomail: .nomail
      }
  }
}
