import Forum
import Identifiers
import Jobs
import Ledger
import Stories

/// The orders that there are about messages.
enum QueueVerb: String {
  case hold, release, cancel, discard

  /// What it is about; what is being sent is counted too.
  var states: Set<DeliveryState> {
    switch self {
    case .hold, .cancel: QueueQuery.waiting.union([.sending])
    case .release, .discard: [.held]
    }
  }

  /// Behind a number of messages.
  func done(_ count: Int) -> String {
    switch self {
    case .hold: count == 1 ? "is held" : "are held"
    case .release: count == 1 ? "is queued again" : "are queued again"
    case .cancel, .discard: count == 1 ? "is sent to nobody" : "are sent to nobody"
    }
  }
}

/// One order: what it concerns, whether that is meant, and what came of it.
struct QueueOrderRun {
  private let installation: Installation
  private let given: QueueOrderArguments
  private let verb: QueueVerb
  private let reason: String
  private let selection: QueueSelection
  /// A whole domain, or a whole post, is meant.
  private let subject: HoldReason?
  /// So many are shown before something is done about them.
  private static let shown = 20

  init(_ installation: Installation, _ given: QueueOrderArguments, _ verb: QueueVerb, reason: String) throws {
    (self.installation, self.given, self.verb, self.reason) = (installation, given, verb, reason)
    selection = try QueueSelection(given.filter, given.messages, states: verb.states, installation)
    subject = [.hold, .release].contains(verb) ? selection.subject(given.filter) : nil
  }

  private var ledger: Ledger { installation.ledger }

  /// What is concerned, and what is not and why.
  private struct Concerned {
    var keys: [QueueKey] = []
    var inHand = 0
    var elsewhere = 0
    /// These are let go by another word: by one about what holds them.
    var blocked: [HoldReason: Int] = [:]
    var isSubjectHeld = false
  }

  private func concerned() throws -> Concerned {
    var found = Concerned()
    let standing = verb == .release ? try ledger.heldSubjects(now: installation.now()) : []
    found.isSubjectHeld = subject.map(standing.contains) ?? false
    for key in try selection.keys() {
      if !verb.states.contains(key.state) {
        found.elsewhere += 1
      } else if key.isLeased {
        found.inHand += 1
      } else if let hold = key.hold, hold != subject, standing.contains(hold) || isOfAnother(hold) {
        found.blocked[hold, default: 0] += 1
      } else {
        found.keys.append(key)
      }
    }
    return found
  }

  /// Whether what is chosen by what it has in common is not meant by this order: undone is the order that held it, and
  /// what may have arrived goes out again by a word that says so.
  private func isOfAnother(_ hold: HoldReason) -> Bool {
    guard verb == .release, selection.numbers == nil else { return false }
    return hold == .uncertain || subject != nil
  }

  func run() throws {
    if let post = selection.comingSubject(given.filter), verb == .hold || verb == .release {
      return try order(coming: post)
    }
    let concerned = try concerned()
    let count = concerned.keys.count
    let left = try leftWords(concerned)
    // A domain may be held, and let go, though nothing waits for it.
    guard count > 0 || subject != nil && (verb == .hold || concerned.isSubjectHeld) else {
      throw Failure(.usage, "nothing of it can be \(verb.participle)" + (left.map { ": \($0)" }.joined()))
    }
    var report = CommandReport("queue \(verb.rawValue)", given.words, reason: reason)
    let people = Set(concerned.keys.map(\.person)).count
    let what = "\(messages(count)), of \(people == 1 ? "1 person" : "\(people) people")"
    if given.dryRun {
      report.tell(words("would be \(verb.participle)", count, moved: count, left, isTried: true), count)
      report.messages = try reports(concerned)
      if given.json { return print(jsonLine(report)) }
      try show(concerned, "Would be \(verb.participle): \(what)")
      return print(try lines(report, concerned))
    }
    if !given.json { try show(concerned, "To be \(verb.participle): \(what)") }
    try Confirmation.require("\(what), to be \(verb.participle)", count: count, isGiven: given.yes)
    try obey(concerned, left, &report)
    print(given.json ? jsonLine(report) : try lines(report, concerned))
  }

  /// Of a post that no run took up yet there is nothing but the order; the run that takes it up finds it.
  private func order(coming post: String) throws {
    let isHeld = try ledger.comingHolds().contains { ForumKey($0.key) == ForumKey(post) }
    guard verb == .hold || isHeld else { throw Failure(.usage, "nothing of it can be released: the post is not held") }
    var report = CommandReport("queue \(verb.rawValue)", given.words, reason: reason)
    let be = given.dryRun ? "would be" : "are"
    report.tell(
      verb == .hold
        ? "No run took the post up yet: its copies \(be) held when one does; digests that have it go."
        : given.dryRun ? "The post would not be held any more." : "The post is not held any more.", 0)
    if given.dryRun {
      report.outcome = "Nothing was changed: " + report.outcome
    } else if verb == .hold {
      try ledger.holdComing(
        post, by: Operator.name, why: reason, now: installation.now(), entry: installation.entry(report))
      report.next = next
    } else {
      _ = try ledger.releaseComing(post)
      try installation.record(report)
    }
    print(report.text(json: given.json))
  }

  private func obey(_ concerned: Concerned, _ left: [String], _ report: inout CommandReport) throws {
    let (admin, now) = (Operator.name, installation.now())
    var base = report
    base.person = selection.query.person ?? (concerned.keys.count == 1 ? concerned.keys[0].person : nil)
    let asked = concerned.keys.count
    // What is held for it is let go with it, also of who has moved to another address.
    var freed = 0
    if verb == .release, let subject { freed = try ledger.release(subject, by: .admin(admin), now: now) }
    let order: Ledger.QueueOrder =
      switch verb {
      case .hold: .hold(subject ?? .ordered)
      case .release: .release
      case .cancel: .cancel
      case .discard: .discard
      }
    let moved =
      try ledger.obey(order, concerned.keys.map(\.id), by: admin, why: reason, now: now) { moved in
        var told = base
        told.tell(words(verb.done(moved + freed), asked, moved: moved + freed, left))
        return installation.entry(told)
      } + freed
    report.tell(words(verb.done(moved), asked, moved: moved, left), moved)
    try settle()
    report.next = next
  }

  /// What a run told of it is over where nothing is left.
  private func settle() throws {
    let held = try ledger.heldCounts()
    if held[.uncertain] == nil { try installation.settled(.uncertain) }
    if held[.uncomposed] == nil { try installation.settled(.uncomposed) }
    guard verb == .release else { return }
    switch subject {
    case .domain(let domain)?: try installation.settled(.domain, named: domain)
    case .post(let post)?: try installation.settled(.post, named: ledger.postKey(at: post) ?? "?")
    default: break
    }
  }

  // MARK: Words

  private func messages(_ count: Int) -> String { count == 1 ? "1 message" : "\(count) messages" }

  /// One line of all that came of it.
  private func words(
    _ done: String, _ asked: Int, moved: Int, _ left: [String], isTried: Bool = false
  ) -> String {
    var words = "\(messages(moved)) \(done)"
    let (isOne, are, isHeld) = isTried ? ("would be", "would be", "would not be held") : ("is", "are", "is not held")
    switch (verb, subject) {
    case (.hold, .domain(let domain)?): words += ", and so \(isOne) what comes to \(domain) later"
    case (.hold, .post?): words += ", and so \(are) copies of the post that come later; digests that have it go"
    case (.release, .domain(let domain)?): words += "; \(domain) \(isHeld) any more"
    case (.release, .post?): words += "; the post \(isHeld) any more"
    case (.hold, _): words += isTried ? "; what is queued later would not be" : "; what is queued later is not"
    default: break
    }
    // A run took these meanwhile.
    let taken = max(0, asked - moved)
    return ([words] + left + (taken > 0 ? ["\(taken) went on meanwhile"] : [])).joined(separator: "; ") + "."
  }

  /// What is not concerned, and why.
  private func leftWords(_ concerned: Concerned) throws -> [String] {
    var left: [String] = []
    if concerned.inHand > 0 {
      left.append("\(concerned.inHand) \(concerned.inHand == 1 ? "is" : "are") being sent, or in the hands of a run")
    }
    if concerned.elsewhere > 0 { left.append("\(concerned.elsewhere) \(verb.misfit)") }
    for (hold, count) in concerned.blocked.sorted(by: { $0.key.text < $1.key.text }) {
      let command =
        switch hold {
        case .domain(let domain): "release \(domain.asArgument)"
        case .post(let post): "release \("post:\(try ledger.postKey(at: post) ?? "?")".asArgument)"
        case .uncertain, .uncomposed: "release \(hold.text)"
        case .ordered: "queue release \(given.filter.words) --state held"
        }
      left.append("\(count) go with `watchpost \(command)`, since \(hold.words)")
    }
    let parts = concerned.keys.count { $0.isPart }
    if parts > 0, [.cancel, .discard].contains(verb) {
      left.append(
        "\(parts == 1 ? "1 is a part of a digest" : "\(parts) are parts of digests"), whose posts come in no other")
    }
    return left
  }

  private func reports(_ concerned: Concerned) throws -> [QueueReport] {
    try installation.reports(selection.inOrder(concerned.keys.prefix(QueueOrderRun.shown).map(\.id)))
  }

  private func show(_ concerned: Concerned, _ heading: String) throws {
    print(heading)
    if concerned.keys.isEmpty { return }
    // By different orders, it may be.
    let holds = Dictionary(grouping: concerned.keys.compactMap(\.hold), by: \.self).mapValues(\.count)
    for (hold, count) in holds.sorted(by: { ($1.value, $0.key.text) < ($0.value, $1.key.text) }) {
      print("  \(count): \(hold.words)")
    }
    print(QueueReport.table(try reports(concerned)).joined(separator: "\n"))
    let more = concerned.keys.count - QueueOrderRun.shown
    if more > 0 { print("and \(more) more") }
  }

  private func lines(_ report: CommandReport, _ concerned: Concerned) throws -> String {
    var report = report
    if given.dryRun { report.outcome = "Nothing was changed: " + report.outcome }
    return report.lines.joined(separator: "\n")
  }

  /// What to type next.
  private var next: [String] {
    switch verb {
    // Their state is another now.
    case .hold:
      given.filter.state.isEmpty ? ["watchpost queue release \(given.words)"] : ["watchpost queue list --state held"]
    case .release: ["watchpost queue list"]
    case .cancel, .discard: given.messages.count == 1 ? ["watchpost explain \(given.words)"] : ["watchpost queue list"]
    }
  }
}

extension QueueVerb {
  fileprivate var participle: String {
    switch self {
    case .hold: "held"
    case .release: "released"
    case .cancel: "cancelled"
    case .discard: "discarded"
    }
  }

  /// Behind a number of those that it is not for.
  fileprivate var misfit: String {
    switch self {
    case .hold, .cancel: "do not wait: see `watchpost queue show`"
    case .release, .discard: "are not held"
    }
  }
}
