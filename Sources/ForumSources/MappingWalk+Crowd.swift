import Forum
import Time

/// What everybody who was met has in common: a column that stands the wrong way round contradicts nothing.
extension MappingWalk {
  /// Somebody who was met, and what keeps every post from them.
  struct Met {
    var participant: Participant
    var reasons: Set<SkipReason>
    /// Whether they were met as a watcher of a post.
    var isWatcher: Bool
  }

  /// Notes what would keep a post from each, by the rules that decide about mails.
  /// - Parameter post: nil for people who need not watch anything.
  mutating func meet(_ watchers: [Watcher], _ post: Post?) {
    let end = Timestamp(253_402_300_799)
    for watcher in watchers {
      let participant = watcher.participant
      var reasons: Set<SkipReason> = []
      if !participant.isActive { reasons.insert(.inactive) }
      if !participant.isConfirmed { reasons.insert(.unconfirmed) }
      if !participant.hasUsableAddress { reasons.insert(.badAddress) }
      if let now, let until = participant.preferences.pausedUntil, until > now { reasons.insert(.paused) }
      if let post {
        // Only the watches are asked about; a mute hides what else is odd about them.
        var one = Watcher(
          participant: Participant(key: "", name: "", address: "a@example.org"), watches: watcher.watches)
        let standing = Standing(
          preferences: EffectivePreferences(mode: participant.preferences.mode ?? .instant), mayRead: true)
        for _ in 1...2 {
          let decision = one.decide(
            authorKey: nil, visibleAt: post.visibleAt ?? post.createdAt, standing: standing, now: now ?? end)
          guard case .skipped(let reason) = decision else { break }
          reasons.insert(reason)
          for index in one.watches.indices { one.watches[index].isMute = false }
        }
      }
      let known = met[participant.key]
      if let known, post == nil || known.isWatcher { reasons.formIntersection(known.reasons) }
      met[participant.key] = Met(
        participant: participant, reasons: reasons, isWatcher: post != nil || known?.isWatcher == true)
    }
  }

  /// What many have in common, by the column that says it.
  private struct Trait {
    let reason: SkipReason
    let question: Question
    let words, advice: String
    /// Of a person, whoever they watch: all alike are a mistake where they are many.
    var isPersonal = true
  }

  private static let traits = [
    Trait(
      reason: .inactive, question: .participants, words: "are not active",
      advice: "let `active` be 1 for who may be mailed; it may stand the wrong way round"),
    Trait(
      reason: .unconfirmed, question: .participants, words: "have not confirmed their address",
      advice: "let `confirmed` be 1 for who may be mailed; it may stand the wrong way round"),
    Trait(
      reason: .badAddress, question: .participants, words: "have no address that mail can be sent to",
      advice: "let `address` be the column with their mail address, and NULL for who has none"),
    Trait(
      reason: .muted, question: .watchers, words: "mute what they watch",
      advice: "let `mute` be 1 for who wants nothing from there; it may stand the wrong way round", isPersonal: false),
    Trait(
      reason: .paused, question: .participants, words: "want no mail before a moment that is to come",
      advice: "`paused_until` is the end of a pause; leave it out where the forum knows none", isPersonal: false),
    Trait(
      reason: .olderThanWatch, question: .watchers, words: "watch since later than the posts",
      advice: "`since` is when a watch was set; leave it out where the forum keeps no time", isPersonal: false),
    Trait(
      reason: .modeOff, question: .participants, words: "want no mail, by their mode",
      advice: "let `mode` and `watch_mode` be `instant`, `digest`, or NULL for who chose nothing", isPersonal: false),
  ]

  /// Tells what keeps mail from all of them, or from most.
  mutating func judgePeople() {
    let people = met.sorted { $0.key < $1.key }.map(\.value)
    for trait in MappingWalk.traits {
      let asked = trait.isPersonal ? people : people.filter(\.isWatcher)
      let alike = asked.filter { $0.reasons.contains(trait.reason) }.map(\.participant)
      guard alike.count >= 3, alike.count * 2 > asked.count else { continue }
      let isAll = alike.count == asked.count
      let words =
        "\(isAll ? "all" : "\(alike.count) of") \(asked.count) \(trait.isPersonal ? "people" : "watchers") who were looked "
        + "at \(trait.words)" + (isAll ? "" : ", such as participant \(alike[0].key)")
      if isAll, trait.isPersonal, alike.count > 10 {
        complain(trait.question, words, advice: trait.advice)
      } else if isAll || trait.isPersonal || [.muted, .modeOff].contains(trait.reason) {
        remark(trait.question, words, advice: trait.advice)
      }
    }
    judgeAddresses(people.map(\.participant))
    judgeZones(people.map(\.participant))
  }

  /// Every forum has accounts that it closed, or people whom it banned.
  mutating func judgeActive() {
    guard let people = findings.rows.first(where: { $0.kind == .people }), people.leftOut.contains("active") else {
      return
    }
    remark(
      .watchers,
      "there is no column `active`: who is banned or whose account is closed is mailed like everybody else",
      advice:
        "let `active` be 1 for who may be mailed and 0 for the others; if the query finds nobody else, all is well")
  }

  /// Three people or all whose zone this machine does not know: it may be an offset, or another program's name.
  private mutating func judgeZones(_ people: [Participant]) {
    let zoned = people.filter { $0.preferences.zone != nil }
    let unknown = zoned.filter { !$0.hasKnownZone }
    guard let first = unknown.first, unknown.count >= min(3, zoned.count) else { return }
    remark(
      .participants,
      "\(unknown.count) of the \(zoned.count) people who have a zone have one that is not known, such as participant "
        + "\(first.key): `\((first.preferences.zone ?? "").prefix(60))`; their digests go by UTC",
      advice: "let `zone` be an IANA name such as Africa/Nairobi; without the column the setting `digest.zone` holds")
  }

  /// More than ten, and more than one in a hundred, whose address is a text of another kind: the query is at fault, as it
  /// is for rows that cannot be read (rule E1). Who has none at all may be gone.
  private mutating func judgeAddresses(_ people: [Participant]) {
    let without = people.filter { !$0.hasUsableAddress }
    if without.count == people.count { return }
    for (isEmpty, words) in [
      (false, "have an address that mail cannot be sent to"), (true, "have no address"),
    ] {
      let alike = without.filter { $0.address.isEmpty == isEmpty }
      guard let first = alike.first, alike.count > 10, alike.count * 100 > people.count else { continue }
      let told =
        "\(alike.count) of \(people.count) people who were looked at \(words), such as participant \(first.key)"
      if isEmpty {
        remark(
          .participants, told, advice: "if the forum has none for them, all is well; else let `address` be that column")
      } else {
        complain(
          .participants, "\(told): `\(first.address.prefix(60))`",
          advice: "let `address` be the column with their mail address, and NULL for who has none")
      }
    }
  }
}
