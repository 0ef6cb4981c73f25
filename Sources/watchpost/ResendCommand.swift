import ArgumentParser
import Forum
import Foundation
import Identifiers
import Jobs
import Ledger
import Membership
import Time

/// `watchpost resend`: sends again what did not arrive, or what an admin wants sent all the same.
struct ResendCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "resend", abstract: "Send posts again to those who were to have them and do not.",
    discussion: """
      What is named has to hold together: `resend 9240 --to ana@example.net`, `resend --failed --since 2026-11-27`, \
      `resend --thread 12`. Everybody is left out who has it, to whom it is under way, who did not wish it or may not \
      have it now; `--dry-run` counts them and names the first. Who has mail in digests gets several posts in one.

      It goes out with the next run of the job dispatch, as a new message: mail programs hide a second one that has the \
      Message-ID of the first. The mail says that the administrators had it sent; replies to it and reports about it find their way.

      A command that was killed is given once more and goes on where it was. With `--key NAME` an order is carried out \
      once, however often it is given; without one, what it has sent is what the next one leaves out.

      `--force` sets aside what would leave somebody out: have (they have it), watch (they do not watch it, or muted it), mode (off, or paused), right \
      (they may not read it; with --to alone), suppressed (the address failed too often), cancelled (an admin took it out of \
      the queue). Who has stopped all mail, or called it spam, is \
      sent nothing.
      """)

  @Argument(help: "Posts, by the numbers that readers see.")
  var posts: [String] = []
  @Option(name: .customLong("to"), help: ArgumentHelp("To this person alone.", valueName: "person"))
  var person: String?
  @Option(help: ArgumentHelp("All posts of a thread, by its id in the forum's database.", valueName: "thread"))
  var thread: String?
  @Option(
    name: .customLong("message"),
    help: ArgumentHelp("What this message carried, by its number, Message-ID or bounce address.", valueName: "message"))
  var messages: [String] = []
  @Option(help: ArgumentHelp("Whose message ended, in UTC, at this moment or later.", valueName: "time"))
  var since: String?
  @Option(help: ArgumentHelp("Or earlier.", valueName: "time"))
  var until: String?
  @Flag(help: "What was refused, given up, came back, or was not sent since its address was suppressed.")
  var failed = false
  @Flag(help: "What is held since nobody knows whether it arrived.")
  var uncertain = false
  @Option(
    help: ArgumentHelp(
      "What not to go by, separated by commas.", valueName: "have,watch,mode,right,suppressed,cancelled"))
  var force: String?
  @Option(help: ArgumentHelp("Why, for the audit log; needed unless it is a dry run.", valueName: "words"))
  var reason: String?
  @Option(help: ArgumentHelp("A name for this order, under which it is carried out once.", valueName: "name"))
  var key: String?
  @Flag(name: [.customShort("n"), .customLong("dry-run")], help: "Say what would be sent, and send nothing.")
  var dryRun = false
  @Flag(name: .shortAndLong, help: "Do not ask before more than 100 messages.")
  var yes = false
  @OptionGroup var option: ConfigurationOption
  @Flag(help: "As JSON.")
  var json = false

  func run() async throws {
    try await reportingFailures {
      let installation = try Installation(option)
      let (selection, asked) = try selection(installation)
      if !dryRun, reason?.contains(where: { !$0.isWhitespace }) != true {
        throw Failure(.usage, "say why: --reason \"…\" (it stands in the audit log), or see first: --dry-run")
      }
      if let done = try known(asked, selection, installation.ledger), done.isDone {
        return say(ResendReport(done), [])
      }
      let resend = Resend(
        installation.members, selection, partSize: installation.configuration.digest.partSize)
      var report = ResendReport(
        asked: asked, forced: selection.forced, dryRun: dryRun, isOfOne: selection.reader != nil)
      try resend.pages {
        report.add($0)
        Progress.show("looked at \(report.lookedAt)")
      }
      Progress.clear()
      try report.name(by: installation.members.forum)
      guard report.messages > 0 else { return say(report, []) }
      if dryRun { return say(report, [command]) }
      if report.messages > Confirmation.limit, !yes, !json {
        printError(report.lines(next: []).joined(separator: "\n"))
      }
      try Confirmation.require(
        "\(report.messages) messages would be sent again", count: report.messages, isGiven: yes)
      let order = try installation.ledger.giveResendOrder(
        Ledger.ResendDraft(
          key: key, asked: asked, forced: selection.forced, operatorName: Operator.name, reason: reason ?? "",
          person: selection.reader?.id), now: installation.now())
      try resend.pages { page in
        _ = try installation.ledger.resend(
          page.items, by: order, signingKey: installation.keys.current, now: installation.now())
        Progress.show("queued")
      }
      Progress.clear()
      report.order = order.number
      report.messages = try installation.ledger.finish(order, now: installation.now())
      say(report, ["watchpost run dispatch -v, or wait for cron"])
    }
  }

  /// The same order, to be typed.
  private var command: String {
    var words = posts.map(\.asArgument)
    for (name, value) in [("to", person), ("thread", thread), ("since", since), ("until", until)] {
      if let value { words += ["--\(name)", value.asArgument] }
    }
    for message in messages { words += ["--message", message.asArgument] }
    if failed { words.append("--failed") }
    if uncertain { words.append("--uncertain") }
    if let force { words += ["--force", force.asArgument] }
    if let key { words += ["--key", key.asArgument] }
    return "watchpost resend " + words.joined(separator: " ") + " --reason \"…\""
  }

  private func say(_ report: ResendReport, _ next: [String]) {
    print(json ? jsonLine(report) : report.lines(next: next).joined(separator: "\n"))
  }

  // MARK: What is asked

  /// What the options name, and the same in one line for the audit log.
  private func selection(_ installation: Installation) throws -> (ResendSelection, asked: String) {
    var selection = ResendSelection()
    var asked: [String] = []
    if let key, !key.contains(where: { !$0.isWhitespace }) { throw Failure(.usage, "--key: give it a name") }
    if failed, uncertain { throw Failure(.usage, "--failed or --uncertain, not both") }
    if !posts.isEmpty {
      // A list pasted from mails may have one twice.
      var seen: Set<ForumKey> = []
      let places = try posts.map { try PostPlace(PostName($0), installation) }
        .filter { seen.insert(ForumKey($0.shown.key)).inserted }
      selection.posts = try places.map { place in
        guard let entry = place.entry else {
          throw Failure(
            .usage,
            "post \(place.shown.number) was taken up by no run, so nobody was to have it: watchpost check \(place.shown.key)"
          )
        }
        return entry.position
      }
      asked.append("post " + places.map(\.shown.key).joined(separator: ","))
    }
    if let thread {
      selection.posts = try self.posts(ofThread: thread, selection.posts, installation)
      asked.append("thread \(thread)")
    }
    if let person {
      let participant = try installation.members.participant(person)
      selection.reader = .init(id: try installation.members.person(participant).id, key: participant.key)
      asked.append("to \(participant.key)")
    }
    if !messages.isEmpty {
      var seen: Set<DeliveryID> = []
      selection.messages = try messages.map { try message($0, installation) }.filter { seen.insert($0).inserted }
      let known = Set(try installation.ledger.deliveries(ids: selection.messages).map(\.id))
      if let missing = selection.messages.first(where: { !known.contains($0) }) {
        throw Failure(
          .usage, "--message: the ledger has no message \(missing); what has ended is kept for a time only")
      }
      asked.append("message " + selection.messages.map { "\($0)" }.joined(separator: ","))
    }
    (selection.since, selection.until) = (try since?.moment(of: "--since"), try until?.moment(of: "--until"))
    if let since = selection.since, let until = selection.until, since > until {
      throw Failure(.usage, "--since is later than --until: nothing ended then")
    }
    if let since = selection.since { asked.append("since \(since)") }
    if let until = selection.until { asked.append("until \(until)") }
    if failed || uncertain {
      selection.only = failed ? .failed : .uncertain
      asked.append(failed ? "failed" : "uncertain")
    }
    if selection.isEmpty {
      throw Failure(.usage, "say what: posts, --to, --thread, --message, --since, --failed or --uncertain")
    }
    selection.forced = try forced()
    if selection.forced.contains(.right), selection.reader == nil {
      throw Failure(
        .usage, "--force right: say to whom, with --to: who may not read a post gets it by a word about them alone")
    }
    return (selection, asked.joined(separator: " "))
  }

  private func posts(ofThread key: String, _ named: [JournalPosition]?, _ installation: Installation) throws
    -> [JournalPosition]
  {
    guard let thread = try ForumError.foundByTyped({ try installation.forum.threads(keys: [key]) }).first else {
      throw Failure(.usage, "--thread: the forum has no thread \"\(key)\"; give its id in the forum's database")
    }
    let all = try installation.ledger.positions(ofThread: thread.key, discussion: thread.discussionKey)
    guard let named else { return all }
    if let elsewhere = named.first(where: { !all.contains($0) }) {
      let key = try installation.ledger.journalEntries(positions: [elsewhere]).first?.postKey ?? "?"
      throw Failure(.usage, "--thread: post \(key) is none of thread \(thread.key)'s; leave out the one or the other")
    }
    return named
  }

  private func message(_ text: String, _ installation: Installation) throws -> DeliveryID {
    switch try MessageName(text, installation.keys) {
    case .delivery(let id): return id
    case .post(let person, let position):
      // A copy's Message-ID names person and post.
      guard let last = try installation.ledger.histories(of: position, [person]).first?.sendings.last?.delivery else {
        throw Failure(.usage, "--message: the ledger has no message of \"\(text)\" any more; name post and person")
      }
      return last
    }
  }

  private func forced() throws -> Set<Exemption> {
    Set(
      try (force ?? "").split(separator: ",").map { word in
        guard let exemption = Exemption(rawValue: word.trimmingCharacters(in: .whitespaces)) else {
          throw Failure(
            .usage,
            "--force: \"\(word)\" is none of \(Exemption.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        return exemption
      })
  }

  /// The order of this key.
  /// - Throws: `Failure` if it asked for something else.
  private func known(_ asked: String, _ selection: ResendSelection, _ ledger: Ledger) throws -> ResendOrder? {
    guard let key, let order = try ledger.resendOrder(key: key) else { return nil }
    guard order.asked == asked, order.forced == selection.forced else {
      throw Failure(
        .usage,
        "--key: \"\(key)\" is the name of another order, of \(order.givenAt): \(order.asked); give this one a name of its own"
      )
    }
    return order
  }
}
