import Jobs
import Ledger
import Text
import Time

/// What `status` found; its keys are an interface.
struct Status: Encodable {
  /// Something that wants a person.
  struct Finding: Encodable, Hashable {
    /// In words, with what to do.
    var words: String
    /// The exit status that it means.
    var exit: Int32
  }

  /// A job of `jobs/`, as this machine has seen it.
  struct Job: Encodable {
    var name: String
    /// How often cron starts it, in seconds; left out where the file does not say.
    var every: Int64?
    /// When a run last began and ended here, by the machine's clock; left out where none did.
    var began: String?
    var ended: String?
    /// Of the last one that ended.
    var exit: Int32?
    /// The process that is at work.
    var process: Int32?
    /// The last run has begun, and died before its end.
    var died: Bool?
  }

  /// The way that mails go.
  struct Relay: Encodable {
    var transport: String
    /// When it, as it is set, last took a mail; left out where it never did.
    var lastAccepted: String?
    /// Left out where it may be asked.
    var pausedUntil: String?
  }

  struct Clock: Encodable {
    /// What time it is taken to be.
    var now: String
    /// Left out where it is believed.
    var doubt: String?
  }

  /// What goes on by itself, unless something below keeps it back.
  struct Waits: Encodable {
    var due: Int
    var later: Int
    var nextDue: String?
    var leased: Int
    var forDigests: Int
    /// Left out of a digest, until they are shown again.
    var outOfSight: Int
    var nextDigest: String?
    var resting: Int
    var pending: Int
    var undecided: Int
  }

  /// Mail that came in.
  struct Incoming: Encodable {
    /// Taken in, not yet handled.
    var waiting: Int
    /// Could not be handled.
    var setAside: Int
    /// Replies that wait for a word.
    var parked: Int
    /// Addresses that are left alone.
    var suppressed: Int
  }

  /// What waits for the admin's word.
  struct Held: Encodable {
    /// domain, post, flood, forum, ledger, people, uncertain, uncomposed.
    var kind: String
    /// The domain, or the number of the post; left out for others.
    var name: String?
    /// In words.
    var words: String
    /// Left out where only messages are counted.
    var since: String?
    /// How many messages; left out where none are counted.
    var messages: Int?
    /// What lets it go.
    var command: String
    /// When it goes by itself; left out where it waits for the command.
    var until: String?
    /// One person alone is concerned.
    var isOfOne = false

    private enum CodingKeys: String, CodingKey { case kind, name, words, since, messages, command, until }
  }

  /// A domain that takes no mail: of itself no fault of anything here.
  struct SilentDomain: Encodable {
    var domain: String
    /// Messages that wait.
    var messages: Int
    /// Since when the first of them is tried.
    var since: String
    /// What was answered last.
    var answer: String
  }

  /// A run that did something, as the ledger remembers it: the last of each job, on whatever machine.
  struct Run: Encodable {
    var job: String
    var began: String
    var ended: String?
    var exit: Int?
  }

  enum CodingKeys: String, CodingKey {
    case exit, found, jobs, relay, clock, waiting, incoming, deliveries, held, silentDomains, setAside, setAsideCount,
      runs
  }

  /// What this means for a monitor; 0: nothing wants a person.
  private(set) var exit = ExitStatus.done.rawValue
  /// What wants a person.
  private(set) var found: [Finding] = []
  var jobs: [Job] = []
  /// Steps that no job of this machine takes; not a key.
  var missingSteps: Set<String> = []
  /// Left out, as all that follows, where the ledger cannot be used.
  var relay: Relay?
  var clock: Clock?
  var waiting: Waits?
  var incoming: Incoming?
  /// How many deliveries are in each state; a state that none is in is left out.
  var deliveries: [String: Int] = [:]
  var held: [Held] = []
  /// Domains where nobody was mailed for two days, though it was tried.
  var silentDomains: [SilentDomain] = []
  /// Rows of the forum that are to be mended, the newest 20.
  var setAside: [String] = []
  /// How many there are.
  var setAsideCount = 0
  var runs: [Run] = []

  /// Adds something that wants a person, unless it was said already.
  mutating func find(_ status: ExitStatus, _ words: String) {
    // One line each, whatever a library said.
    let words = words.split(whereSeparator: \.isNewline).map { $0.trimmed }.joined(separator: " ")
    if found.contains(where: { $0.words == words }) { return }
    found.append(Finding(words: words, exit: status.rawValue))
    exit = ExitStatus.worse(ExitStatus(rawValue: exit)!, status).rawValue
  }

  /// The same for people.
  var lines: [String] {
    var lines = found.map { "wrong: \($0.words)" }
    lines += jobs.map(line)
    if let relay {
      lines.append(
        "relay \(relay.transport): "
          + (relay.lastAccepted.map { "last took a mail at \($0)" } ?? "has taken no mail yet")
          + (relay.pausedUntil.map { "; left alone until \($0)" } ?? ""))
    }
    if let waiting { lines += self.lines(of: waiting) }
    if let incoming { lines += self.lines(of: incoming) }
    for one in held {
      let since = one.since.map { ", since \($0)" } ?? ""
      lines.append("held: \(one.words)\(since); \(one.command)")
    }
    lines += silentDomains.map {
      "\($0.domain): nobody there was mailed for two days; \($0.messages) messages wait, the first since \($0.since), the last "
        + "was answered with: \($0.answer)"
    }
    lines += setAside.map { "to mend: \($0)" }
    if setAsideCount > setAside.count { lines.append("to mend: \(setAsideCount - setAside.count) more") }
    for state in DeliveryState.allCases {
      guard let count = deliveries[state.rawValue] else { continue }
      lines.append("\(state.rawValue.padding(toLength: 12, withPad: " ", startingAt: 0))\(count)")
    }
    lines += runs.map { "last work of \($0.job): \($0.began), exit \($0.exit.map(String.init) ?? "?")" }
    if let doubt = clock?.doubt { lines.append("clock: \(doubt)") }
    return lines
  }

  private func line(_ job: Job) -> String {
    let every = job.every.map { " (every \(TimeSpan(seconds: $0)))" } ?? ""
    if let process = job.process {
      return "job \(job.name)\(every): at work, process \(process), since \(job.began ?? "?")"
    }
    if job.died == true { return "job \(job.name)\(every): the run that began \(job.began ?? "?") has died" }
    guard let ended = job.ended, let exit = job.exit else {
      return "job \(job.name)\(every): no run on this machine yet"
    }
    return "job \(job.name)\(every): last run ended \(ended), exit \(exit)"
  }

  private func lines(of incoming: Incoming) -> [String] {
    [
      (incoming.waiting, "messages that came in wait for the job inbound"),
      (incoming.setAside, "messages that came in could not be handled; `watchpost release received`"),
      (incoming.parked, "replies by mail wait for a word; `watchpost replies`"),
      (incoming.suppressed, "addresses are left alone, since mail to them fails, or was called spam"),
    ].compactMap { count, words in count > 0 ? "mail: \(count) \(words)" : nil }
  }

  private func lines(of waiting: Waits) -> [String] {
    var lines: [String] = []
    func add(_ count: Int, _ words: String) { if count > 0 { lines.append("waiting: \(count) \(words)") } }
    let left = relay?.pausedUntil.map { "the relay is left alone until \($0)" }
    add(
      waiting.due,
      "messages, due now: \(left ?? expectation(ofStep: "deliver") ?? "the next run sends them")")
    add(waiting.later, "messages for their next try\(waiting.due == 0 ? at(waiting.nextDue) : "")")
    add(waiting.leased, leased)
    let digest = waiting.nextDigest.map { moment in
      moment > clock?.now ?? "" ? "the next is written \(moment)" : "the next was due \(moment)"
    }
    add(waiting.forDigests, "copies for digests\((digest ?? expectation(ofStep: "digest")).map { ", \($0)" } ?? "")")
    add(waiting.outOfSight, "copies of posts that are hidden or gone: they go out if the posts are shown again")
    let undecided = expectation(ofStep: "fan-out").map { ": \($0)" } ?? ""
    add(waiting.undecided, "posts until it is decided who gets them\(undecided)")
    add(waiting.resting, "posts that rest (collect.settle) or are held as a flood")
    add(waiting.pending, "posts that are not visible yet")
    if lines.isEmpty { lines.append(held.isEmpty ? "Nothing waits." : "Nothing waits but what is held.") }
    return lines
  }

  /// What keeps a step from doing what waits for it; nil: the next run does it.
  private func expectation(ofStep step: String) -> String? {
    if held.contains(where: { $0.kind == "ledger" }) { return "nothing goes on before your word, see below" }
    if missingSteps.contains(step) { return "no job takes the step \(step)" }
    if step == "deliver", let until = relay?.pausedUntil { return "the relay is left alone until \(until)" }
    return nil
  }

  private var leased: String {
    if jobs.contains(where: { $0.process != nil }) { return "messages that a run is sending" }
    if jobs.contains(where: { $0.died == true }) {
      return "messages that a run had begun when it died: the next run takes them over"
    }
    return "messages that a run is sending; if it died, they go out when its lease has ended (delivery.lease)"
  }

  private func at(_ moment: String?, _ words: String = "the next is due") -> String {
    moment.map { ", \(words) \($0)" } ?? ""
  }
}
