import Forum
import Jobs
import Ledger
import Stories
import Text

/// What an order sends, or would send. Its keys in JSON are an interface.
struct ResendReport: Encodable {
  /// One post for one person.
  struct Named: Encodable {
    /// The forum's key of the person.
    var key: String
    /// Empty where the forum has them no more.
    var name, address: String
    /// The forum's key of the post, and the number that readers see.
    var post, number: String
    /// What became of it before: the name of a `SendingHistory.Fate`.
    var before: String
    /// Why it is left out: the name of a `Resend.Reason`.
    var leftOut: String?
  }

  /// What was selected, in one line.
  var asked: String
  /// What was set aside.
  var forced: [String]
  /// Nothing was sent.
  var dryRun: Bool
  /// The order's number; left out of a dry run, and where nothing was to be sent.
  var order: Int?
  /// The order had been carried out before, at this moment it was given: nothing was sent now.
  var doneBefore: String?
  /// Messages that are, or would be, sent.
  var messages = 0
  /// Posts for people that they carry, by what became of each before.
  var sent: [String: Int] = [:]
  /// Posts for people that are left out, by why.
  var leftOut: [String: Int] = [:]
  /// Posts for people, of those two, that an admin had taken out of the queue: by whom, and why.
  var cancelled: [String: Int] = [:]
  /// The first that are sent.
  var first: [Named] = []
  /// The first that are left out.
  var firstLeftOut: [Named] = []

  private enum CodingKeys: String, CodingKey {
    case asked, forced, dryRun, order, doneBefore, messages, sent, leftOut, cancelled, first, firstLeftOut
  }

  /// How many are named.
  private static let named = 20

  private var hints: [String: String] = [:]
  private let isOfOne: Bool

  /// - Parameter isOfOne: one person alone is named.
  init(asked: String, forced: Set<Exemption>, dryRun: Bool, isOfOne: Bool) {
    self.isOfOne = isOfOne
    self.asked = asked
    self.forced = forced.map(\.rawValue).sorted()
    self.dryRun = dryRun
  }

  /// Of one that was carried out before.
  init(_ order: ResendOrder) {
    self.init(asked: order.asked, forced: order.forced, dryRun: false, isOfOne: true)
    self.order = order.number
    messages = order.messages
    doneBefore = order.givenAt.description
  }

  /// Posts for people that were looked at.
  var lookedAt: Int { sent.values.reduce(0, +) + leftOut.values.reduce(0, +) }

  mutating func add(_ page: Resend.Page) {
    messages += page.messages
    for one in page.judged {
      let before = one.fate.name
      let named = Named(
        key: one.key, name: "", address: "",
        post: one.post, number: one.post, before: before, leftOut: one.reason?.name)
      if let who = one.cancelled { cancelled[ResendReport.words(cancelled: who), default: 0] += 1 }
      guard let reason = one.reason else {
        sent[before, default: 0] += 1
        if first.count < ResendReport.named { first.append(named) }
        continue
      }
      leftOut[reason.name, default: 0] += 1
      hints[reason.name] = hint(reason)
      if firstLeftOut.count < ResendReport.named { firstLeftOut.append(named) }
    }
  }

  /// `kofi: libel`, as a story tells it.
  private static func words(cancelled detail: String) -> String {
    let words = detail.hasPrefix("admin ") ? String(detail.dropFirst("admin ".count)) : detail
    return words.singleLine(limit: 200)
  }

  /// What would send it all the same; nil: nothing does.
  private func hint(_ reason: Resend.Reason) -> String? {
    guard let exemption = reason.exemption, !forced.contains(exemption.rawValue) else { return nil }
    if case .skipped(let skipped) = reason, skipped.isTheirChoice || exemption == .right, !isOfOne {
      return "each with --to and --force \(exemption.rawValue)"
    }
    return "--force \(exemption.rawValue)"
  }

  /// Fills in what readers call the posts that are named, and who the people are, by the forum's word; what left it keeps
  /// its key.
  mutating func name(by forum: any ForumReader) throws {
    let all = first + firstLeftOut
    let posts = Set(all.map(\.post)).filter { !$0.isEmpty }.sorted()
    let numbers = Dictionary(
      try forum.posts(keys: posts).rows.map { ($0.key, $0.number.singleLine(limit: 40)) },
      uniquingKeysWith: { first, _ in first })
    let people = try forum.participants(keys: Set(all.map(\.key)).filter { !$0.isEmpty }.sorted()).keyed(by: \.key)
    func named(_ one: Named) -> Named {
      var one = one
      one.number = numbers[one.post] ?? one.post
      if let person = people[ForumKey(one.key)] {
        (one.name, one.address) = (person.name.singleLine(limit: 100), person.address.singleLine(limit: 320))
      }
      return one
    }
    (first, firstLeftOut) = (first.map(named), firstLeftOut.map(named))
  }

  /// For people.
  func lines(next: [String]) -> [String] {
    if let doneBefore {
      return ["This order was given at \(doneBefore) and carried out (messages: \(messages)); nothing is sent now."]
    }
    var lines: [String] = []
    let pairs = sent.values.reduce(0, +)
    // Of an order that was begun before, the messages are all, and what was looked at is the rest.
    let what = pairs <= messages ? "" : ", posts in them: \(pairs)"
    if let order {
      lines.append("Queued as resend \(order): messages: \(messages)\(what)")
    } else if messages > 0 {
      lines.append("\(dryRun ? "Would be sent again" : "To be sent again"): messages: \(messages)\(what)")
    } else {
      lines.append("Nothing is to be sent again.")
    }
    for (before, count) in sent.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      lines.append("  \(SendingHistory.words(before)): \(count)")
    }
    lines += first.map { "    [#\($0.number)] \($0.who)" }
    if pairs > first.count { lines.append("    and \(pairs - first.count) more") }
    let left = leftOut.values.reduce(0, +)
    if left > 0 { lines.append("Left out: \(left)") }
    for (name, count) in leftOut.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      lines.append("  \(Resend.Reason.words(name)): \(count)\(hints[name].map { " (\($0))" } ?? "")")
    }
    for (who, count) in cancelled.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      lines.append("    \(count) by \(who)")
    }
    if left <= ResendReport.named {
      lines += firstLeftOut.map { "    [#\($0.number)] \($0.who): \(Resend.Reason.words($0.leftOut ?? ""))" }
    }
    return lines + next.map { "Next: \($0)" }
  }
}

extension ResendReport.Named {
  fileprivate var who: String {
    let known = [name, address].filter { !$0.isEmpty }.joined(separator: ", ")
    return known.isEmpty ? "participant \(key)" : known
  }
}

extension SendingHistory.Fate {
  /// For scripts: the `Loss`, the `SkipReason`, or the case's own name.
  fileprivate var name: String {
    switch self {
    case .none: "nothing"
    case .has: "has"
    case .waits: "waits"
    case .held: "held"
    case .outOfSight: "out-of-sight"
    case .lost(let loss): loss.rawValue
    case .skipped(let reason): reason.rawValue
    }
  }
}

extension SendingHistory {
  /// What became of it before, by the fate's name.
  fileprivate static func words(_ name: String) -> String {
    switch name {
    case "nothing": "was not for them"
    case "has": "have it"
    case "failed": "was refused for good"
    case "expired": "was given up"
    case "returned": "came back"
    case "suppressed": "was not sent, the address was suppressed"
    case "uncertain": "nobody knows whether it arrived"
    case "dropped": "was not sent"
    case "forgotten": "what became of it is forgotten"
    default: "nothing was sent: \(SkipReason(rawValue: name)?.words ?? name)"
    }
  }
}

extension Resend.Reason {
  /// By its name.
  fileprivate static func words(_ name: String) -> String {
    switch name {
    case "has": "have it"
    case "waits": "it is under way, or waits for their digest"
    case "held": "it is held, see `watchpost status`"
    case "out-of-sight": "it comes by itself when they can see it again"
    case "forgotten": "what became of it is forgotten, and they may have it"
    case "deciding": "it is not decided yet who gets it"
    case "stopped": "have stopped all mail, or called it spam: nothing is sent, whatever is forced"
    default: SkipReason(rawValue: name)?.words ?? name
    }
  }
}
